//! Student's t distribution: how far from 0 a `t` gets by chance.
//!
//! Good to 1e-12 of the value from 0.5 degrees of freedom upwards, and down to the smallest probabilities that a number
//! can hold.

/// From here on the expansion in 1 / df is better than what a number can hold, and the continued fraction is slow.
const MANY: f64 = 1e5;

/// The probability of a `t` at least as far from 0 by chance, with `df` degrees of freedom: the two-sided p-value.
///
/// `t` is finite, `df` positive. The answer is in 0..=1.
pub(super) fn two_sided(t: f64, df: f64) -> f64 {
    let t = t.abs().min(1e100);
    let square = t * t;
    if square == 0.0 {
        return 1.0;
    }
    if df > MANY {
        return normal_two_sided(normal_equivalent(square, df)).clamp(0.0, 1.0);
    }
    // I_x(df / 2, 1 / 2), the regularised incomplete beta function at x = df / (df + t^2).
    let (half, x, rest) = (df / 2.0, df / (df + square), square / (df + square));
    let power = (-half * (square / df).ln_1p()).exp() * rest.sqrt() * gamma_ratio(half) / std::f64::consts::PI.sqrt();
    let p = if x < (half + 1.0) / (half + 2.5) {
        power / half * continued_fraction(half, 0.5, x)
    } else {
        1.0 - 2.0 * power * continued_fraction(0.5, half, rest)
    };
    p.clamp(0.0, 1.0)
}

/// The probability of a `t` above this one: the one-sided p-value.
pub(super) fn above(t: f64, df: f64) -> f64 {
    let half = two_sided(t, df) / 2.0;
    if t < 0.0 { 1.0 - half } else { half }
}

/// The logarithm of the density at `t`, with `df` degrees of freedom.
///
/// `t` is finite, `df` positive.
pub(super) fn log_density(t: f64, df: f64) -> f64 {
    let t = t.abs().min(1e100);
    gamma_ratio(df / 2.0).ln() - 0.5 * (std::f64::consts::PI * df).ln() - (df + 1.0) / 2.0 * (t * t / df).ln_1p()
}

/// The normal deviate that is as improbable (Hill 1970, algorithm 395; its first three terms).
fn normal_equivalent(square: f64, df: f64) -> f64 {
    let a = df - 0.5;
    let b = 48.0 * a * a;
    let y = (a * (square / df).ln_1p()).min(1e4);
    let third = (((0.4 * y + 3.3) * y + 24.0) * y + 85.5) / (0.8 * y * y + 100.0 + b);
    ((y + 3.0 - third) / b + 1.0) * y.sqrt()
}

/// The probability of a standard normal number at least as far from 0: the error function's series near 0, and the
/// continued fraction of the incomplete gamma function (Legendre) further out.
fn normal_two_sided(z: f64) -> f64 {
    let y = z * z / 2.0;
    let density = (-y).exp() / std::f64::consts::PI.sqrt() * y.sqrt();
    if y < 2.0 {
        let terms =
            std::iter::successors(Some((1.0, 1.0)), |(term, odd)| Some((term * 2.0 * y / (odd + 2.0), odd + 2.0)));
        return 1.0 - 2.0 * density * terms.take(40).map(|(term, _)| term).sum::<f64>();
    }
    let inner = (1..200).rev().fold(0.0, |below, step| {
        let n = f64::from(step);
        n * (n - 0.5) / (y + 2.0 * n + 0.5 - below)
    });
    density / (y + 0.5 - inner)
}

/// Gamma(a + 1/2) / Gamma(a): the recurrence up to 20, and Stirling's series from there.
fn gamma_ratio(mut a: f64) -> f64 {
    let mut factor = 1.0;
    while a < 20.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let square = 1.0 / (a * a);
    let series = (-1.0 / 8.0 + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * (17.0 / 14336.0)))) / a;
    factor * a.sqrt() * series.exp()
}

/// The continued fraction of the incomplete beta function, by Lentz's method (Thompson and Barnett 1986).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const SMALLEST: f64 = 1e-300;
    let solid = |number: f64| if number.abs() < SMALLEST { SMALLEST } else { number };
    let mut c = 1.0;
    let mut d = 1.0 / solid(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..2000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / solid(1.0 + even * d);
        c = solid(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / solid(1.0 + odd * d);
        c = solid(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::excessive_precision, reason = "as the tables have them")]
    fn is_that_of_the_tables_down_to_the_far_tails() {
        // mpmath with 40 digits: betainc(df / 2, 1 / 2, 0, df / (df + t^2)), and the integral of the density above 1e5 degrees
        // of freedom; scipy 1.16's t.sf agrees to 1e-14.
        for (t, df, p) in [
            (0.5, 0.5, 0.75731807292943663),
            (12.7, 1.0, 0.05002432768934416),
            (2.3, 2.5, 0.12247966442415531),
            (4.0412705061, 7.304389033, 0.0045064947046202686),
            (0.0790582974, 57.1300040488, 0.93726252501305993),
            (1.2, 20.0, 0.24416160768409255),
            (9.0, 23.0, 5.3679331107511574e-9),
            (40.0, 23.0, 9.1288074530559392e-23),
            (8.0, 1000.0, 3.4266614823914744e-15),
            (3.0, 4990.0, 0.0027131357385349557),
            (0.3, 4990.0, 0.76418965166085073),
            (3.0, 5010.0, 0.0027130824168193681),
            (3.0, 100010.0, 0.0027004608175849329),
            (8.2, 5010.0, 3.0262147032335884e-16),
            (0.3, 100010.0, 0.76417777912798714),
            (5.0, 1000000.0, 5.7339978708907416e-7),
            (1e-05, 30.0, 0.99999208735630225),
        ] {
            let found = two_sided(t, df);
            assert!((found / p - 1.0).abs() < 1e-11, "t {t} df {df}: {found:e} instead of {p:e}");
        }
    }

    #[test]
    fn the_density_is_that_of_the_tables() {
        // Closed forms: 1 / (pi (1 + t^2)) with one degree of freedom, (2 + t^2)^(-3/2) with two, the normal one with many.
        let cauchy = |t: f64| -(std::f64::consts::PI * (1.0 + t * t)).ln();
        let two = |t: f64| -1.5 * (2.0 + t * t).ln();
        let normal = |t: f64| -t * t / 2.0 - 0.5 * std::f64::consts::TAU.ln();
        for t in [-30.0, -1.0, 0.0, 0.3, 2.5, 12.0_f64] {
            assert!((log_density(t, 1.0) - cauchy(t)).abs() < 1e-9, "{t}");
            assert!((log_density(t, 2.0) - two(t)).abs() < 1e-9, "{t}");
            assert!((log_density(t, 1e12) - normal(t)).abs() < 1e-6, "{t}");
        }
        assert!(log_density(1e300, 5.0).is_finite());
    }

    #[test]
    fn is_a_probability_for_any_number() {
        for df in [0.5, 1.0, 7.3, 4999.0, 5001.0, 1e7, 1e12, 1e300] {
            for t in [0.0, 1e-300, 1e-9, 1.0, 40.0, 1e9, 1e200, -3.0] {
                let p = two_sided(t, df);
                assert!((0.0..=1.0).contains(&p), "t {t} df {df}: {p}");
            }
        }
        assert_eq!(above(0.0, 5.0), 0.5);
        assert!((above(-2.0, 5.0) + above(2.0, 5.0) - 1.0).abs() < 1e-15);
    }
}
