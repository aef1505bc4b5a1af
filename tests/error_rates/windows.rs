//! Windows of a history in which nothing changed: the boots before are the old side, the last ones the new side.

use crate::rules::Flag;
use lava_bench::statistics::{arithmetic_mean, standard_deviation};

/// So many windows are taken of each series, evenly.
const WINDOWS: usize = 150;

/// A comparison: how many old boots, how many new ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Design {
    pub(crate) old: usize,
    pub(crate) new: usize,
}

/// The shifts that are injected, as shares.
pub(crate) const SHIFTS: [f64; 3] = [0.02, 0.05, 0.10];

/// How often a rule flags, in percent: the mean over the series.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) false_positives: f64,
    /// A 95 % interval of it: mean and 1.96 standard errors over the series.
    pub(crate) error: f64,
    /// For each of `SHIFTS`, in series with a coefficient of variation below 5 %: the share that is flagged upwards.
    pub(crate) power: [f64; SHIFTS.len()],
    pub(crate) comparisons: usize,
}

/// The windows of a series for a design, as (old, new).
pub(crate) fn windows(boots: &[f64], design: Design) -> impl Iterator<Item = (&[f64], &[f64])> {
    let size = design.old + design.new;
    let count = (boots.len() + 1).saturating_sub(size);
    let starts = (0..count).step_by((count / WINDOWS).max(1));
    starts.map(move |start| boots[start..start + size].split_at(design.old))
}

/// The standard deviation over the mean.
pub(crate) fn variation(boots: &[f64]) -> f64 {
    let mean = arithmetic_mean(boots).unwrap_or(f64::NAN);
    standard_deviation(boots, mean).map_or(0.0, |spread| spread / mean.abs())
}

/// The rates of a rule over series in which nothing changed.
pub(crate) fn rates(series: &[Vec<f64>], design: Design, rule: fn(&[f64], &[f64]) -> Flag) -> Rates {
    let (mut rates, mut false_positives) = (Rates::default(), Vec::new());
    let mut powers: [Vec<f64>; SHIFTS.len()] = Default::default();
    for boots in series {
        let windows: Vec<_> = windows(boots, design).collect();
        if windows.is_empty() {
            continue;
        }
        let share = |flagged: usize| 100.0 * flagged as f64 / windows.len() as f64;
        rates.comparisons += windows.len();
        false_positives.push(share(windows.iter().filter(|(old, new)| rule(old, new).is_some()).count()));
        if variation(boots) >= 0.05 {
            continue;
        }
        for (power, shift) in powers.iter_mut().zip(SHIFTS) {
            let found = windows.iter().filter(|(old, new)| rule(old, &moved(new, shift)) == Some(true));
            power.push(share(found.count()));
        }
    }
    let mean = |shares: &[f64]| arithmetic_mean(shares).unwrap_or(f64::NAN);
    rates.false_positives = mean(&false_positives);
    let spread = standard_deviation(&false_positives, rates.false_positives).unwrap_or(f64::NAN);
    rates.error = 1.96 * spread / (false_positives.len() as f64).sqrt();
    rates.power = powers.map(|power| mean(&power));
    rates
}

pub(crate) fn moved(new: &[f64], shift: f64) -> Vec<f64> {
    new.iter().map(|value| value * (1.0 + shift)).collect()
}
