//! Decimal numbers, exact: what tools write, before it becomes a double once.

/// `mantissa` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// The most significant digits that are read: more than any tool prints, and 128 bits hold them.
const MAX_DIGITS: usize = 30;

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self::new(0, 0);
    /// One.
    pub const ONE: Self = Self::new(1, 0);

    /// `mantissa` times ten to the power of `exponent`.
    pub const fn new(mantissa: i128, exponent: i32) -> Self {
        Self { mantissa, exponent }
    }

    /// Digits with a point, a sign and an exponent, as in `1234.5` and `1.2e-3`; at most 30 digits, not counting zeros at either end.
    /// Nothing else is a number: no blanks, no `inf`, no `nan`.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match number.as_bytes().first()? {
            b'-' => (true, &number[1..]),
            b'+' => (false, &number[1..]),
            _ => (false, number),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let all = [whole, fraction].concat();
        let shown = all.trim_end_matches('0');
        let zeros = all.len() - shown.len();
        let shown = shown.trim_start_matches('0');
        if shown.len() > MAX_DIGITS {
            return None;
        }
        let mantissa = if shown.is_empty() { 0 } else { shown.parse::<i128>().ok()? };
        let exponent = i32::from(exponent) + i32::try_from(zeros).ok()? - i32::try_from(fraction.len()).ok()?;
        Some(Self::new(if negative { -mantissa } else { mantissa }, exponent))
    }

    /// The product, where it can be held exactly.
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(other.mantissa)?, self.exponent.checked_add(other.exponent)?))
    }

    /// The sum, where it can be held exactly.
    pub fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let scaled = |number: Self| {
            let power = 10_i128.checked_pow(u32::try_from(number.exponent - exponent).ok()?)?;
            number.mantissa.checked_mul(power)
        };
        Some(Self::new(scaled(self)?.checked_add(scaled(other)?)?, exponent))
    }

    /// The quotient as the nearest double; where both are exact doubles or the divisor is a power of ten, that is rounded once.
    pub fn over(self, divisor: Self) -> f64 {
        if divisor.mantissa == 1 {
            return Self::new(self.mantissa, self.exponent.saturating_sub(divisor.exponent)).to_f64();
        }
        self.to_f64() / divisor.to_f64()
    }

    /// Whether it is more than zero.
    pub fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        // The library rounds decimal texts right; there is no other exact way in it. Such a text is always a number.
        format!("{}e{}", self.mantissa, self.exponent).parse().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn what_is_scaled_stays_decimal() {
        assert_eq!(decimal("0.1122").times(decimal("1000")).unwrap().to_f64(), 112.2);
        assert_eq!(decimal("112.2").over(decimal("1000")), 0.1122);
        assert_eq!(decimal("60").plus(decimal("2.3")).unwrap().to_f64(), 62.3);
        assert_eq!(decimal("3").over(decimal("4")), 0.75);
        assert_eq!(decimal("-1.50e3"), Decimal::new(-15, 2));
    }

    #[test]
    fn anything_else_is_no_number() {
        let wrong = [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "1,5",
            "0x1",
            "inf",
            "nan",
            " 1",
            "1 ",
            "--1",
            "1e99999",
            "1234567890123456789012345678901",
        ];
        for text in wrong {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_the_library_reads(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            let text = number.to_string();
            if let Some(decimal) = Decimal::parse(&text) {
                prop_assert_eq!(decimal.to_f64(), number);
            }
            prop_assert_eq!(decimal_of(number), number);
        }
    }

    fn decimal_of(number: f64) -> f64 {
        decimal(&format!("{number:e}")).to_f64()
    }
}
