//! Statistics of samples: numbers -> means, spreads, quantiles, tests. Pure.
//!
//! Every function says for which input its answer is `None`, and which order its numbers need. Only `median` sorts them
//! itself, in place.

#[cfg(feature = "host")]
mod bootstrap;
#[cfg(feature = "host")]
pub mod change_points;
#[cfg(feature = "host")]
mod distribution;
#[cfg(feature = "host")]
pub mod ramp;
#[cfg(feature = "host")]
pub mod sequential;
#[cfg(feature = "host")]
pub mod shift;
#[cfg(feature = "host")]
mod student;
#[cfg(feature = "host")]
pub mod verdict;

#[cfg(feature = "host")]
pub use bootstrap::{Resampling, subsample_mean};
#[cfg(feature = "host")]
pub use distribution::{binomial_quantile, t_test_p_value};

/// The 97.5 % quantile of the standard normal distribution: half of a two-sided 95 % interval is this many deviations.
pub const NORMAL_975: f64 = 1.959_963_984_540_054;

/// The arithmetic mean, summed in the order given; `None` of no numbers.
pub fn arithmetic_mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| sum(numbers.iter().copied()) / numbers.len() as f64)
}

/// The harmonic mean, summed in the order given; `None` of no numbers, or if one of them is not positive.
pub fn harmonic_mean(numbers: &[f64]) -> Option<f64> {
    let positive = numbers.iter().all(|number| *number > 0.0);
    (positive && !numbers.is_empty()).then(|| numbers.len() as f64 / sum(numbers.iter().map(|number| 1.0 / number)))
}

/// The sum in the order given. `Iterator::sum` starts at -0, so that of negative zeros it makes one.
fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |sum, number| sum + number)
}

/// The standard deviation of a sample (divisor n - 1) around `mean`; `None` of fewer than two numbers.
pub fn standard_deviation(numbers: &[f64], mean: f64) -> Option<f64> {
    let squares = || sum(numbers.iter().map(|number| (number - mean) * (number - mean)));
    (numbers.len() > 1).then(|| (squares() / (numbers.len() - 1) as f64).sqrt())
}

/// The standard deviation that belongs to the harmonic mean `mean`: of the reciprocals (divisor n), taken back to the
/// numbers' own scale by the square of the mean. `None` of fewer than two numbers.
pub fn harmonic_deviation(numbers: &[f64], mean: f64) -> Option<f64> {
    let squares = || {
        let centre = 1.0 / mean;
        sum(numbers.iter().map(|number| (1.0 / number - centre) * (1.0 / number - centre)))
    };
    (numbers.len() > 1).then(|| (squares() * mean.powi(4) / numbers.len() as f64).sqrt())
}

/// The geometric mean of positive numbers; 1 of none.
pub fn geometric_mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() {
        return 1.0;
    }
    numbers.iter().product::<f64>().powf(1.0 / numbers.len() as f64)
}

/// The middle number, or the mean of the two middle ones; sorts `numbers`. `None` of no numbers.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        n if n % 2 == 1 => Some(numbers[middle]),
        _ => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
    }
}

/// Up to here the smallest probability is a number that can be held.
const EXACT: usize = 1000;

/// The 95 % interval of the median by order statistics, whatever the distribution (David and Nagaraja 2003, 7.1); sorts
/// `numbers`. `None` of fewer than 6: they hold the median with less than 95 %.
pub fn median_interval(numbers: &mut [f64]) -> Option<(f64, f64)> {
    numbers.sort_unstable_by(f64::total_cmp);
    let outside = outside(numbers.len())?;
    Some((numbers[outside], numbers[numbers.len() - 1 - outside]))
}

/// How many of `count` numbers may be left out on each side.
fn outside(count: usize) -> Option<usize> {
    if count > EXACT {
        let rank = (count as f64 - NORMAL_975 * (count as f64).sqrt()) / 2.0;
        return Some(rank as usize - 1);
    }
    // The median is below all but the first k numbers with the probability of at most k heads in as many throws as numbers.
    let mut term = 0.5_f64.powi(i32::try_from(count).ok()?);
    let (mut tail, mut heads) = (term, 0);
    while 2.0 * tail <= 0.05 {
        term *= (count - heads) as f64 / (heads + 1) as f64;
        tail += term;
        heads += 1;
    }
    heads.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_known_numbers() {
        assert_eq!(arithmetic_mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(harmonic_mean(&[1.0, 2.0, 4.0]), Some(12.0 / 7.0));
        assert_eq!(standard_deviation(&[2.0, 4.0, 6.0], 4.0), Some(2.0));
        assert_eq!(geometric_mean(&[2.0, 8.0]), 4.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0, 10.0]), Some(2.5));
        let spread = harmonic_deviation(&[1.0, 2.0], 4.0 / 3.0).unwrap();
        assert!((spread - 4.0 / 9.0).abs() < 1e-15, "{spread}");
    }

    #[test]
    fn the_interval_of_a_median_is_that_of_the_tables() {
        // Conover 1999, table A3: the ranks of the 95 % interval.
        for (count, rank) in
            [(6, 1), (8, 1), (9, 2), (10, 2), (15, 4), (20, 6), (25, 8), (40, 14), (100, 40), (1000, 469)]
        {
            let mut numbers: Vec<f64> = (1..=count).rev().map(f64::from).collect();
            let expected = (f64::from(rank), f64::from(count + 1 - rank));
            assert_eq!(median_interval(&mut numbers), Some(expected), "{count}");
        }
        assert_eq!((median_interval(&mut [1.0; 5]), median_interval(&mut [])), (None, None));
        assert_eq!(outside(1001), Some(468));
    }

    #[test]
    fn are_absent_where_they_have_no_meaning() {
        assert_eq!((arithmetic_mean(&[]), harmonic_mean(&[]), median(&mut [])), (None, None, None));
        for bad in [0.0, -1.0, f64::NAN] {
            assert_eq!(harmonic_mean(&[2.0, bad]), None, "{bad}");
        }
        assert_eq!((standard_deviation(&[5.0], 5.0), harmonic_deviation(&[5.0], 5.0)), (None, None));
    }
}
