//! Numbers as Perl reads them: text -> double.

/// The number that all of `text` is: blanks, a sign, digits with or without a dot, an exponent, white space; or `inf`,
/// `infinity` and `nan` in any case.
///
/// `None` of anything else, such as `1,000`, `0x10` and `12.5x`: MMTests keeps no such datum.
pub fn parse(text: &str) -> Option<f64> {
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

/// How many decimals `text` has, if it is a plain decimal of at most 15 digits: then the shortest decimal of the double,
/// or that with as many decimals, is `text` again.
pub(super) fn plain_decimals(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let leading = whole.is_empty() || (whole.len() > 1 && whole.starts_with('0'));
    let dangling = digits.len() > whole.len() && decimals.is_empty();
    if leading || dangling || !all(whole) || !all(decimals) || digits.len() > 16 {
        return None;
    }
    (whole.len() + decimals.len() <= 15).then_some(decimals.len() as u8)
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
            if let (Some(number), Some(decimals)) = (parse(&text), plain_decimals(&text)) {
                prop_assert_eq!(format!("{number:.*}", usize::from(decimals)), text.clone());
                if decimals == 0 || !text.ends_with('0') {
                    prop_assert_eq!(number.to_string(), text);
                }
            }
        }
    }
}
