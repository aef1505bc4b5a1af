//! Numbers as Perl reads them: text -> double.

/// The number that all of `text` is: blanks, a sign, digits with or without a dot, an exponent, white space; or `inf`,
/// `infinity` and `nan` in any case.
///
/// `None` of anything else, such as `1,000`, `0x10` and `12.5x`: MMTests keeps no such datum.
pub fn parse(text: &str) -> Option<f64> {
    Numeral::read(text).map(|numeral| numeral.number)
}

/// A number and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numeral<'t> {
    pub(super) text: &'t str,
    pub(super) number: f64,
    /// How many decimals the text has, if it is a plain decimal of at most 15 digits: then the shortest decimal of the
    /// number, or that with as many decimals, is the text again.
    pub(super) decimals: Option<u8>,
}

impl<'t> Numeral<'t> {
    /// What [`parse`] reads.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        match plain(text) {
            Some((number, decimals)) => Some(Self { text, number, decimals: Some(decimals) }),
            None => any(text).map(|number| Self { text, number, decimals: None }),
        }
    }
}

fn any(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    match digits.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if number { text.parse().ok() } else { None }
}

/// The digits that any double keeps.
const DIGITS: usize = 15;

/// The powers of ten that decimals of so many digits are divided by: all are doubles.
const POWERS: [f64; DIGITS] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];

/// A plain decimal and its number of decimals: digits without zeros before them, and perhaps a dot and digits, at most 15.
///
/// A whole number below 10^15 and a power of ten are doubles, and so their quotient is the nearest one.
fn plain(text: &str) -> Option<(f64, u8)> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let (mut whole, mut read, mut dot) = (0_u64, 0, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' if read < DIGITS => (whole, read) = (whole * 10 + u64::from(byte - b'0'), read + 1),
            b'.' if dot.is_none() && at > 0 => dot = Some(at),
            _ => return None,
        }
    }
    let before = dot.unwrap_or(digits.len());
    let decimals = dot.map_or(0, |dot| digits.len() - dot - 1);
    if before == 0 || (before > 1 && digits[0] == b'0') || (dot.is_some() && decimals == 0) {
        return None;
    }
    let number = whole as f64 / POWERS[decimals];
    Some((if digits.len() < text.len() { -number } else { number }, decimals as u8))
}

/// The text of `number` with so many decimals, where it is the nearest double to a decimal of at most 15 digits.
pub(super) fn plain_text(number: f64, decimals: u8, buffer: &mut [u8; 18]) -> Option<&str> {
    let power = *POWERS.get(usize::from(decimals))?;
    let whole = (number.abs() * power).round();
    if whole >= 1e15 || whole / power != number.abs() || number.is_sign_negative() {
        return None;
    }
    let (mut rest, mut at) = (whole as u64, buffer.len());
    let mut put = |byte| {
        at -= 1;
        buffer[at] = byte;
    };
    for place in 0.. {
        if place == u32::from(decimals) && decimals > 0 {
            put(b'.');
        }
        if place > u32::from(decimals) && rest == 0 {
            break;
        }
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    std::str::from_utf8(&buffer[at..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_perl_reads() {
        for (text, number) in
            [("5", 5.0), (" .5", 0.5), ("5.\n", 5.0), ("-1e3", -1000.0), ("+7", 7.0), ("iNf", f64::INFINITY)]
        {
            assert_eq!(parse(text), Some(number), "{text:?}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
        for text in ["", " ", "abc", "1,000", "1_000", "0x10", "12.5x", ".", "e5", "--1", "+-1", "infinite"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_decimal_is_written_again(text in "-?[0-9]{1,9}(\\.[0-9]{1,9})?") {
            if let Some(Numeral { number, decimals: Some(decimals), .. }) = Numeral::read(&text) {
                prop_assert_eq!(number.to_bits(), text.parse::<f64>().map(f64::to_bits).unwrap_or(0));
                prop_assert_eq!(format!("{number:.*}", usize::from(decimals)), text.clone());
                if number.is_sign_positive() {
                    let mut buffer = [0; 18];
                    prop_assert_eq!(plain_text(number, decimals, &mut buffer), Some(text.as_str()));
                }
                if decimals == 0 || !text.ends_with('0') {
                    prop_assert_eq!(number.to_string(), text);
                }
            }
        }

        #[test]
        fn what_is_written_is_what_the_library_writes(number in proptest::num::f64::ANY, scale in 0_u32..12, decimals in 0_u8..20) {
            for number in [number, (number % 1e6).trunc() / 10_f64.powi(scale as i32)] {
                let mut buffer = [0; 18];
                if let Some(text) = plain_text(number, decimals, &mut buffer) {
                    prop_assert_eq!(format!("{number:.*}", usize::from(decimals)), text);
                }
            }
        }
    }
}
