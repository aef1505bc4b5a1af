//! Numbers as C's and Ruby's `printf` write them.

/// `%.{digits}g`.
pub(super) fn general(number: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if number == 0.0 {
        return "0".into();
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let shortened = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", shortened(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    shortened(&format!("{number:.decimals$}"))
}

/// A number with its sign.
pub(super) fn signed(text: String) -> String {
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// `%d`: the whole number below it, as Ruby has it.
pub(super) fn whole(number: f64) -> String {
    format!("{:.0}", number.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_printf_does() {
        let all = [
            (34_359_738_367.0, 4, "3.436e+10"),
            (1.6666e101, 2, "1.7e+101"),
            (250_000.0, 2, "2.5e+05"),
            (0.0001, 3, "0.0001"),
            (0.00001234, 3, "1.23e-05"),
            (100.0, 4, "100"),
            (99_999.9, 2, "1e+05"),
            (-123_456.0, 2, "-1.2e+05"),
            (0.0, 4, "0"),
        ];
        for (number, digits, text) in all {
            assert_eq!(general(number, digits), text);
        }
        assert_eq!((whole(3.99), whole(-3.01), whole(1e9)), ("3".into(), "-4".into(), "1000000000".into()));
        assert_eq!((signed("1.0".into()), signed("-1.0".into())), ("+1.0".into(), "-1.0".into()));
    }
}
