//! Numbers as tools write them: text + format -> an exact decimal, or why it is none.

use crate::{
    definition::NumberFormat,
    record::{Decimal, NotAValue, Value},
};

/// Why what stands where a number should be is not taken: what a sentence says of it that begins with the text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NumberError {
    /// It is something else.
    #[error("is not a number")]
    NotANumber,
    /// Its unit is none of its pattern's.
    #[error("has the unit `{0}`, which is not declared")]
    Unit(String),
    /// No sample can have it.
    #[error(transparent)]
    Value(#[from] NotAValue),
    /// Its metric cannot have it.
    #[error("is not between {low} and {high}")]
    OutOfRange {
        /// The lowest that it can have.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// There is none, where it is measured on the command itself.
    #[error("was measured")]
    Unmeasured,
}

/// The value that `number` is, if its metric can have it.
pub(super) fn in_range(number: f64, (low, high): (f64, f64)) -> Result<Value, NumberError> {
    let value = Value::try_from(number)?;
    if (low..=high).contains(&number) { Ok(value) } else { Err(NumberError::OutOfRange { low, high }) }
}

/// The number that `text` writes in `format`. Nothing is guessed: a text that is not wholly of the format is no number.
pub(super) fn read(text: &[u8], format: NumberFormat) -> Result<Decimal, NumberError> {
    let text = str::from_utf8(text).map_err(|_| NumberError::NotANumber)?;
    let number = match format {
        NumberFormat::Plain => Decimal::parse(text),
        NumberFormat::Grouped => grouped(text),
        NumberFormat::Decimal => decimal(text),
        NumberFormat::Binary => binary(text),
        NumberFormat::Duration => duration(text),
        NumberFormat::Hexadecimal => hexadecimal(text),
    };
    number.ok_or(NumberError::NotANumber)
}

/// `1,234,567.8`: one to three digits, then groups of three.
fn grouped(text: &str) -> Option<Decimal> {
    let whole = text.split('.').next()?.trim_start_matches(['-', '+']);
    let mut groups = whole.split(',');
    let digits = |group: &str, length: std::ops::RangeInclusive<usize>| {
        length.contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit())
    };
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let long_first = rest.is_empty() && first.len() > 3;
    let right = digits(first, 1..=3) && rest.iter().all(|group| digits(group, 3..=3));
    if right && !long_first && !text.split('.').skip(1).any(|part| part.contains(',')) {
        Decimal::parse(&text.replace(',', ""))
    } else {
        None
    }
}

/// Prefixes and their powers of ten.
const DECIMAL: [(&str, i32); 6] = [("k", 3), ("K", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15)];

fn decimal(text: &str) -> Option<Decimal> {
    let (number, power) = prefixed(text, &DECIMAL).unwrap_or((text, 0));
    Decimal::parse(number)?.times(Decimal::new(1, power))
}

/// Prefixes and their powers of two; longer names before their beginnings.
const BINARY: [(&str, i32); 11] = [
    ("Ki", 10),
    ("Mi", 20),
    ("Gi", 30),
    ("Ti", 40),
    ("ki", 10),
    ("k", 10),
    ("K", 10),
    ("M", 20),
    ("G", 30),
    ("T", 40),
    ("m", 20),
];

fn binary(text: &str) -> Option<Decimal> {
    let (number, power) = prefixed(text, &BINARY).unwrap_or((text, 0));
    Decimal::parse(number)?.times(Decimal::new(1 << power, 0))
}

/// The number before one of `prefixes`, and what the prefix stands for.
fn prefixed<'a>(text: &'a str, prefixes: &[(&str, i32)]) -> Option<(&'a str, i32)> {
    prefixes.iter().find_map(|(prefix, power)| Some((text.strip_suffix(prefix)?.trim_end(), *power)))
}

/// The units of durations: longer names before their beginnings; seconds = number * times * 10^power.
const TIMES: [(&str, i128, i32); 13] = [
    ("min", 60, 0),
    ("msec", 1, -3),
    ("usec", 1, -6),
    ("nsec", 1, -9),
    ("sec", 1, 0),
    ("day", 86_400, 0),
    ("ms", 1, -3),
    ("us", 1, -6),
    ("ns", 1, -9),
    ("d", 86_400, 0),
    ("h", 3600, 0),
    ("m", 60, 0),
    ("s", 1, 0),
];

fn duration(text: &str) -> Option<Decimal> {
    let mut seconds = Decimal::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = Decimal::parse(&rest[..end])?;
        let unit = rest[end..].trim_start();
        let found = TIMES.iter().find_map(|(name, times, power)| Some((unit.strip_prefix(name)?, *times, *power)));
        let (after, times, power) = found?;
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        seconds = seconds.plus(number.times(Decimal::new(times, power))?)?;
        rest = after.trim_start();
    }
    Some(seconds)
}

fn hexadecimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // 13 digits are 52 bits: what a double holds exactly.
    let right = (1..=13).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = i128::from_str_radix(digits, 16).ok().filter(|_| right)?;
    Some(Decimal::new(number, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(format: NumberFormat, right: &[(&str, f64)], wrong: &[&str]) {
        for (text, number) in right {
            assert_eq!(read(text.as_bytes(), format).map(Decimal::to_f64), Ok(*number), "{text}");
        }
        for text in wrong {
            assert!(read(text.as_bytes(), format).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_numbers_as_tools_write_them() {
        all(
            NumberFormat::Plain,
            &[("1.5", 1.5), ("-2", -2.0), ("1.2e-3", 0.0012)],
            &["", "inf", "nan", "1,5", "5k", " 1", "0x1"],
        );
        let grouped = [("1,234.5", 1234.5), ("12", 12.0), ("1,234,567", 1_234_567.0)];
        all(NumberFormat::Grouped, &grouped, &["1,23", "1234,567", "12345", ",123", "1,234,56", "1.5,000"]);
        all(NumberFormat::Decimal, &[("5.3k", 5300.0), ("12G", 12e9), ("7", 7.0)], &["5Ki", "k", "5kk"]);
        all(NumberFormat::Binary, &[("64K", 65536.0), ("2Gi", 2_147_483_648.0), ("1.5M", 1_572_864.0)], &["x", "1.5Q"]);
        let durations = [("1m2.5s", 62.5), ("1min 2.3s", 62.3), ("350ms", 0.35), ("2h", 7200.0), ("12.5 us", 12.5e-6)];
        all(NumberFormat::Duration, &durations, &["", "5", "5x", "1mins", "s"]);
        all(NumberFormat::Hexadecimal, &[("ff", 255.0), ("0x1F", 31.0)], &["", "0x", "g", "11112222333344"]);
    }
}
