//! Means of subsamples: groups of numbers -> a mean and the deviation of that mean, by drawing again and again.

use super::{arithmetic_mean, median};

/// How groups are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Resampling {
    /// How often.
    pub rounds: usize,
    /// What part of a group is drawn each time, with replacement.
    pub part: f64,
    /// Whether the variance of a draw has the divisor n - 1 rather than n.
    pub unbiased: bool,
}

/// A generator of draws (SplitMix64): the same input gives the same answer.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The high half of the product is uniform enough for groups far smaller than 2^64.
        ((u128::from(mixed) * bound as u128) >> 64) as usize
    }
}

/// The mean of the groups' typical means, and the deviation of it from the spread within and between the groups.
///
/// For each group: the median over the rounds of `mean` of a draw, and the median of the draws' variances. `None` where
/// a group is too small to draw from, or a mean does not exist.
pub fn subsample_mean(groups: &[&[f64]], how: Resampling, mean: impl Fn(&[f64]) -> Option<f64>) -> Option<(f64, f64)> {
    let mut draws = Draws(1);
    let (mut means, mut variances, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups {
        let size = (group.len() as f64 * how.part) as usize;
        let mut drawn = vec![0.0; size];
        let mut each = |statistic: &dyn Fn(&[f64]) -> Option<f64>| {
            let mut found = Vec::with_capacity(how.rounds);
            for _ in 0..how.rounds {
                drawn.fill_with(|| group[draws.below(group.len())]);
                found.push(statistic(&drawn)?);
            }
            median(&mut found)
        };
        means.push(each(&mean)?);
        variances.push(each(&|drawn| variance(drawn, how.unbiased))?);
        sizes.push(size as f64);
    }
    let centre = arithmetic_mean(&means)?;
    let within = arithmetic_mean(&variances)?;
    let squares = means.iter().zip(&sizes).map(|(mean, size)| (mean - centre) * (mean - centre) * size);
    let between = if means.len() > 1 { squares.sum::<f64>() / (means.len() - 1) as f64 } else { 0.0 };
    Some((centre, ((between + within) / sizes.iter().sum::<f64>()).sqrt()))
}

fn variance(numbers: &[f64], unbiased: bool) -> Option<f64> {
    let mean = arithmetic_mean(numbers)?;
    let divisor = numbers.len() as f64 - if unbiased { 1.0 } else { 0.0 };
    let squares = numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>();
    (divisor > 0.0).then(|| squares / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_subsamples_is_near_the_mean() {
        let group: Vec<f64> = (0..100).map(f64::from).collect();
        let how = Resampling { rounds: 1000, part: 0.8, unbiased: false };
        let (mean, deviation) = subsample_mean(&[&group, &group], how, arithmetic_mean).unwrap();
        assert!((mean - 49.5).abs() < 1.0, "{mean}");
        // The deviation of the mean of 160 uniform numbers of 0..100.
        assert!((deviation - 28.9 / 160_f64.sqrt()).abs() < 0.2, "{deviation}");
        assert_eq!(subsample_mean(&[&[1.0]], how, arithmetic_mean), None);
    }
}
