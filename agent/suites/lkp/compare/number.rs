//! Numbers as Ruby's `printf` writes them: as C's does, but for those near the middle of two.

/// `%.{decimals}f`.
pub(super) fn fixed(number: f64, decimals: usize) -> String {
    let digits = decimals as i32 + 1 + exponent(number);
    format!("{:.decimals$}", half_to_even(number, digits))
}

/// The power of ten of a number's first digit.
fn exponent(number: f64) -> i32 {
    let text = format!("{number:e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or_default()
}

/// The number; one that lies within the error of doubles in the middle of two numbers of so many digits is the even one of
/// these. C takes the nearer one, which Ruby does not look for.
fn half_to_even(number: f64, digits: i32) -> f64 {
    /// The most digits that Ruby makes of doubles alone.
    const QUICK: i32 = 14;
    if number == 0.0 || !number.is_finite() || !(1..=QUICK).contains(&digits) {
        return number;
    }
    let power = exponent(number);
    let mut rest = if power > 0 { number.abs() / 10f64.powi(power) } else { number.abs() * 10f64.powi(-power) };
    let error = (2.0 * rest + 7.0) / 2f64.powi(52) * 10f64.powi(digits - 1);
    let mut made = 0.0;
    for at in 1..=digits {
        let digit = rest.floor();
        rest -= digit;
        made = made * 10.0 + digit;
        if rest == 0.0 {
            return number;
        }
        if at < digits {
            rest *= 10.0;
        }
    }
    if (rest - 0.5).abs() > error {
        return number;
    }
    let even = if made % 2.0 == 0.0 { made } else { made + 1.0 };
    format!("{even}e{}", power - (digits - 1)).parse::<f64>().unwrap_or(number).copysign(number)
}

/// `%.{digits}g`.
pub(super) fn general(number: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if number == 0.0 {
        return "0".into();
    }
    let number = half_to_even(number, digits as i32);
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

/// `%d`: the number without what stands behind its point.
pub(super) fn whole(number: f64) -> String {
    format!("{:.0}", number.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_two_numbers_is_the_even_one() {
        let all = [
            (37.074999999999996, "37.08"),
            (2.675, "2.68"),
            (5.015, "5.02"),
            (1.115, "1.12"),
            (8.345, "8.34"),
            (0.145, "0.14"),
            (1.165, "1.16"),
            (128.375, "128.38"),
            (100.625, "100.62"),
            (33.335, "33.34"),
            (1.005, "1.00"),
            (37.0749999, "37.07"),
            (37.075, "37.08"),
            (-8.345, "-8.34"),
            (0.0, "0.00"),
            (999.996, "1000.00"),
            (0.001, "0.00"),
            (20.0, "20.00"),
        ];
        for (number, text) in all {
            assert_eq!(fixed(number, 2), text, "{number}");
        }
        assert_eq!((fixed(0.25, 1), fixed(0.35, 1), fixed(-19.95, 1)), ("0.2".into(), "0.4".into(), "-20.0".into()));
    }

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
        assert_eq!((whole(3.99), whole(-3.01), whole(1e9)), ("3".into(), "-3".into(), "1000000000".into()));
        assert_eq!((signed("1.0".into()), signed("-1.0".into())), ("+1.0".into(), "-1.0".into()));
    }
}
