//! Scales: values of any unit -> numbers whose differences are changes.

use crate::statistics::{arithmetic_mean, median};

/// What a difference of two numbers means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The logarithm of a ratio: all values are positive.
    Logarithm,
    /// A share of the absolute median of the base: some value is 0 or less.
    Share,
}

impl Scale {
    /// The scale that fits values: logarithms if all are positive.
    pub fn of<'a>(mut values: impl Iterator<Item = &'a f64>) -> Scale {
        if values.all(|value| *value > 0.0) { Scale::Logarithm } else { Scale::Share }
    }

    /// The values on this scale; `None` where the base has the median 0, so that nothing is a share of it.
    pub fn apply(self, values: &[f64], base: &[f64]) -> Option<Vec<f64>> {
        match self {
            Scale::Logarithm => Some(values.iter().map(|value| value.ln()).collect()),
            Scale::Share => {
                let unit = median(&mut base.to_vec())?.abs();
                (unit > 0.0).then(|| values.iter().map(|value| value / unit).collect())
            }
        }
    }

    /// A difference on this scale as a share of the old value: 0.05 is 5 % more. Always a number.
    pub fn change(self, difference: f64) -> f64 {
        match self {
            Scale::Logarithm => difference.exp_m1().min(f64::MAX),
            Scale::Share => difference,
        }
    }

    /// A margin given as a share, as a difference on this scale.
    pub fn margin(self, share: f64) -> f64 {
        match self {
            Scale::Logarithm => share.ln_1p(),
            Scale::Share => share,
        }
    }
}

/// Builds with two or more boots that the estimate of the jitter needs.
const ENOUGH_BUILDS: usize = 8;
/// The jitter that is always assumed.
const LEAST_JITTER: f64 = 0.005;

/// How far builds of one source differ, from past builds with their boots: what the means of the builds vary more than
/// the boots within them explain. On the scale of the values, never below 0.005.
///
/// `None` with fewer than 8 builds of two or more boots, or where the values have no scale.
pub fn jitter_of_builds(builds: &[&[f64]]) -> Option<f64> {
    let several: Vec<&[f64]> = builds.iter().copied().filter(|build| build.len() > 1).collect();
    let all = several.concat();
    if several.len() < ENOUGH_BUILDS || !all.iter().all(|value| value.is_finite()) {
        return None;
    }
    let scale = Scale::of(all.iter());
    let scaled: Option<Vec<Vec<f64>>> = several.iter().map(|build| scale.apply(build, &all)).collect();
    let scaled = scaled?;
    let means: Vec<f64> = scaled.iter().filter_map(|build| arithmetic_mean(build)).collect();
    let within_squares: f64 = scaled.iter().zip(&means).map(|(build, mean)| squares(build, *mean)).sum();
    let within = within_squares / (all.len() - several.len()) as f64;
    let between = squares(&means, arithmetic_mean(&means)?) / (means.len() - 1) as f64;
    // The variance of a build's mean that its boots explain, averaged over builds of different sizes.
    let explained = within * scaled.iter().map(|build| 1.0 / build.len() as f64).sum::<f64>() / means.len() as f64;
    let jitter = (between - explained).max(0.0).sqrt().max(LEAST_JITTER);
    jitter.is_finite().then_some(jitter)
}

fn squares(numbers: &[f64], centre: f64) -> f64 {
    numbers.iter().map(|number| (number - centre) * (number - centre)).sum()
}
