//! Measured values and their units: numbers and texts -> `Value`, `Unit`.

use super::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A finite double below 1e20 in magnitude.
///
/// LAVA 2026.07 hangs on nan and inf and drops cases of 1e20 and more; such a number is a failure of its case, not a value.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Value(f64);

/// Why a number or a text is not a [`Value`].
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum NotAValue {
    /// A number that LAVA does not keep.
    #[error("number {0}: not a value (it must be finite and below 1e20 in magnitude)")]
    OutOfRange(f64),
    /// A text that writes no number.
    #[error("`{0}`: not a number")]
    NotANumber(String),
}

impl Value {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The middle one; between two middle ones their mean, as exact as they are written: that of 0.073 and 0.043 is 0.058.
    pub fn median(mut values: Vec<Self>) -> Option<Self> {
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let middle = values.len() / 2;
        let upper = *values.get(middle)?;
        Some(if values.len() % 2 == 1 { upper } else { values[middle - 1].midpoint(upper) })
    }

    fn midpoint(self, other: Self) -> Self {
        let decimal = |value: Self| Decimal::parse(&format!("{:e}", value.0));
        let exact = || decimal(self)?.plus(decimal(other)?)?.times(Decimal::new(5, -1));
        Self(exact().map_or_else(|| self.0.midpoint(other.0), Decimal::to_f64))
    }

    /// The number with 10 decimals, as LAVA's database keeps it (`numeric(30,10)`); ties go to even, -0 is 0.
    pub fn to_database(self) -> String {
        let text = format!("{:.10}", self.0);
        match text.strip_prefix('-') {
            Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.into(),
            _ => text,
        }
    }
}

impl TryFrom<f64> for Value {
    type Error = NotAValue;

    fn try_from(number: f64) -> Result<Self, NotAValue> {
        if number.is_finite() && number.abs() < 1e20 { Ok(Self(number)) } else { Err(NotAValue::OutOfRange(number)) }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self(f64::from(number))
    }
}

impl From<Value> for f64 {
    fn from(value: Value) -> Self {
        value.0
    }
}

/// The shortest decimal that reads back as the same double; with an exponent where it would be longer than 20 characters.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = format!("{}", self.0);
        if plain.len() <= 20 { f.write_str(&plain) } else { write!(f, "{:e}", self.0) }
    }
}

impl FromStr for Value {
    type Err = NotAValue;

    /// Takes what [`Value`]'s `Display` writes, and any other decimal spelling of a number.
    fn from_str(text: &str) -> Result<Self, NotAValue> {
        text.parse::<f64>().map_err(|_| NotAValue::NotANumber(text.into()))?.try_into()
    }
}

/// A metric's unit: 1 to 30 printable ASCII characters without `<`, `>` and `=`.
///
/// SQUAD on PostgreSQL loses a whole test run at 31 characters; LAVA drops a signal with a blank or `>` in it, before
/// 2025.02 with `=` too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(String);

/// Why a text is not a [`Unit`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unit `{0}`: not a unit (1 to 30 printable ASCII characters, no blank, `<`, `>` or `=`)")]
pub struct NotAUnit(String);

impl Unit {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Unit {
    type Err = NotAUnit;

    fn from_str(text: &str) -> Result<Self, NotAUnit> {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'='));
        if plain && (1..=30).contains(&text.len()) { Ok(Self(text.into())) } else { Err(NotAUnit(text.into())) }
    }
}

impl TryFrom<String> for Unit {
    type Error = NotAUnit;

    fn try_from(text: String) -> Result<Self, NotAUnit> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_lava_cannot_keep() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e20, -1e20] {
            assert!(Value::try_from(bad).is_err(), "{bad}");
        }
        for bad in ["", "a b", "a>b", "a<b", "a=b", "µs", "a\tb", &"x".repeat(31)] {
            assert!(bad.parse::<Unit>().is_err(), "{bad}");
        }
        for good in ["events/s", "%", "ms", &"x".repeat(30)] {
            assert!(good.parse::<Unit>().is_ok(), "{good}");
        }
    }

    #[test]
    fn writes_short_and_full() {
        let text = |number: f64| Value::try_from(number).map(|v| v.to_string()).unwrap();
        assert_eq!(text(4213.07), "4213.07");
        assert_eq!(text(10_000.0), "10000");
        assert_eq!(text(1e-300), "1e-300");
        assert_eq!(text(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(Value::try_from(-1e-12).unwrap().to_database(), "0.0000000000");
        assert_eq!(Value::try_from(-1.5).unwrap().to_database(), "-1.5000000000");
    }

    #[test]
    fn the_median_is_as_exact_as_its_numbers() {
        let median = |numbers: &[f64]| {
            let values = numbers.iter().map(|number| Value::try_from(*number).unwrap()).collect();
            Value::median(values).map(Value::get)
        };
        assert_eq!(median(&[0.073, 0.043]), Some(0.058));
        assert_eq!(median(&[0.087, 9.0, 0.0, 0.076]), Some(0.0815));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        // Too far apart for 128 bits.
        assert_eq!(median(&[9e19, 1e-300]), Some(4.5e19));
        assert_eq!(median(&[]), None);
    }

    proptest! {
        #[test]
        fn a_median_of_two_lies_between_them(a in -1e19..1e19_f64, b in -1e19..1e19_f64) {
            let value = |number| Value::try_from(number).unwrap();
            let middle = Value::median(vec![value(a), value(b)]).unwrap().get();
            prop_assert!(a.min(b) <= middle && middle <= a.max(b));
        }

        #[test]
        fn reads_back_as_the_same_double(bits in any::<u64>()) {
            if let Ok(value) = Value::try_from(f64::from_bits(bits)) {
                let back: Value = value.to_string().parse().unwrap();
                prop_assert_eq!(back.get().to_bits(), value.get().to_bits());
            }
        }
    }
}
