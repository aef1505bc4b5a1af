//! Distributions: what a statistic would be by chance alone.

use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// The smallest k for which at most k successes in `trials` have at least the probability `quantile`.
///
/// `None` where `success` is not a probability.
pub fn binomial_quantile(quantile: f64, trials: u64, success: f64) -> Option<u64> {
    if trials == 0 {
        return Some(0);
    }
    let binomial = Binomial::new(success, trials).ok()?;
    (0.0..=1.0).contains(&quantile).then(|| {
        let (mut low, mut high) = (0, trials);
        while low < high {
            let middle = low + (high - low) / 2;
            if binomial.cdf(middle) >= quantile { high = middle } else { low = middle + 1 }
        }
        low
    })
}

/// The probability of a `t` at least as far from 0 by chance, with `freedom` degrees of freedom: the two-sided p-value.
///
/// `None` without degrees of freedom.
pub fn t_test_p_value(t: f64, freedom: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    t.is_finite().then(|| 2.0 * distribution.sf(t.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_those_of_the_tables() {
        // R: qbinom(0.025, 9, 0.95), qbinom(0.975, 9, 0.95), qbinom(0.025, 99, 0.5)
        assert_eq!(binomial_quantile(0.025, 9, 0.95), Some(7));
        assert_eq!(binomial_quantile(0.975, 9, 0.95), Some(9));
        assert_eq!(binomial_quantile(0.025, 99, 0.5), Some(40));
        assert_eq!(binomial_quantile(0.5, 0, 0.5), Some(0));
        assert_eq!(binomial_quantile(0.5, 5, 1.5), None);
        // The 97.5 % quantile of t with 2 and with 10 degrees of freedom.
        assert!((t_test_p_value(4.302_652_729_911_275, 2.0).unwrap() - 0.05).abs() < 1e-9);
        assert!((t_test_p_value(-2.228_138_851_964_939, 10.0).unwrap() - 0.05).abs() < 1e-9);
        assert_eq!(t_test_p_value(1.0, 0.0), None);
    }
}
