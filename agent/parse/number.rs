//! Numbers as tools write them: text + format -> a double, or why it is none.

use crate::definition::NumberFormat;

/// The number that `text` writes in `format`. Nothing is guessed: a text that is not wholly of the format is no number.
pub(super) fn read(text: &[u8], format: NumberFormat) -> Result<f64, String> {
    let text = str::from_utf8(text).map_err(|_| "is not a number".to_string())?;
    let number = match format {
        NumberFormat::Plain => plain(text),
        NumberFormat::Grouped => grouped(text),
        NumberFormat::Decimal => prefixed(text, &DECIMAL),
        NumberFormat::Binary => prefixed(text, &BINARY),
        NumberFormat::Duration => duration(text),
        NumberFormat::Hexadecimal => hexadecimal(text),
    };
    number.ok_or_else(|| "is not a number".to_string())
}

/// Digits with a point, a sign and an exponent; `inf` and `nan` are none.
fn plain(text: &str) -> Option<f64> {
    let decimal = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|_| decimal)
}

/// `1,234,567.8`: one to three digits, then groups of three.
fn grouped(text: &str) -> Option<f64> {
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
        plain(&text.replace(',', ""))
    } else {
        None
    }
}

const DECIMAL: [(&str, f64); 6] = [("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15)];

const BINARY: [(&str, f64); 11] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("ki", 1024.0),
    ("k", 1024.0),
    ("K", 1024.0),
    ("M", 1_048_576.0),
    ("G", 1_073_741_824.0),
    ("T", 1_099_511_627_776.0),
    ("m", 1_048_576.0),
];

fn prefixed(text: &str, prefixes: &[(&str, f64)]) -> Option<f64> {
    let found = prefixes.iter().find_map(|(prefix, factor)| Some((text.strip_suffix(prefix)?, *factor)));
    let (number, factor) = found.unwrap_or((text, 1.0));
    Some(plain(number.trim_end())? * factor)
}

/// The units of durations: longer names before their beginnings; seconds = number * times / over.
const TIMES: [(&str, f64, f64); 13] = [
    ("min", 60.0, 1.0),
    ("msec", 1.0, 1e3),
    ("usec", 1.0, 1e6),
    ("nsec", 1.0, 1e9),
    ("sec", 1.0, 1.0),
    ("day", 86_400.0, 1.0),
    ("ms", 1.0, 1e3),
    ("us", 1.0, 1e6),
    ("ns", 1.0, 1e9),
    ("d", 86_400.0, 1.0),
    ("h", 3600.0, 1.0),
    ("m", 60.0, 1.0),
    ("s", 1.0, 1.0),
];

fn duration(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = plain(&rest[..end])?;
        let unit = rest[end..].trim_start();
        let (after, times, over) =
            TIMES.iter().find_map(|(name, times, over)| Some((unit.strip_prefix(name)?, *times, *over)))?;
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        seconds += number * times / over;
        rest = after.trim_start();
    }
    Some(seconds)
}

fn hexadecimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // 13 digits are 52 bits: what a double holds exactly.
    let right = (1..=13).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| right).map(|number| number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(format: NumberFormat, right: &[(&str, f64)], wrong: &[&str]) {
        for (text, number) in right {
            assert_eq!(read(text.as_bytes(), format), Ok(*number), "{text}");
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
