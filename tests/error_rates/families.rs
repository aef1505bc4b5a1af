//! Families of 500 metrics: how many of the flagged did not change.

use crate::{
    rules::calibrated,
    simulation::Random,
    windows::{Design, moved, windows},
};
use lava_bench::statistics::verdict::{Setting, false_discovery_rates};

const METRICS: usize = 500;
const FAMILIES: usize = 400;
/// The repeat that confirms.
const REPEAT: usize = 3;

/// The answers of one window: unchanged and with the shift, the first boots and their repeat.
#[derive(Clone, Copy)]
struct Window {
    unchanged: [(f64, bool); 2],
    shifted: [(f64, bool); 2],
}

/// The flagged of an average family.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flagged {
    /// The share of false ones among all flagged, in percent: the mean over the families (0 where nothing is flagged).
    pub(crate) false_share: f64,
    pub(crate) false_alarms: f64,
    /// How many of the changed metrics are flagged, in percent.
    pub(crate) power: f64,
    /// Families with any false alarm, in percent.
    pub(crate) families: f64,
}

/// What is flagged in families of windows of the series, `changed` of each moved by `shift`: as flagged, and as confirmed.
pub(crate) fn families(series: &[Vec<f64>], changed: usize, shift: f64) -> [Flagged; 2] {
    let pool = pool(series, shift);
    let mut random = Random(7);
    let mut flagged = [Flagged::default(); 2];
    for _ in 0..FAMILIES {
        let drawn: Vec<Window> = (0..METRICS).map(|_| pool[random.below(pool.len())]).collect();
        let first = |at: usize| if at < changed { drawn[at].shifted } else { drawn[at].unchanged };
        let p: Vec<f64> = (0..METRICS).map(|at| first(at)[0].0).collect();
        let rates = false_discovery_rates(&p);
        let setting = Setting::default();
        let found = (0..METRICS).filter(|at| p[*at] < setting.level && rates[*at] < setting.false_discovery);
        let found: Vec<usize> = found.collect();
        // A repeat confirms at p < .05, of the p-value as it is.
        let confirmed = |at: &usize| first(*at)[1].0 / 1.4 < 0.05 && first(*at)[0].1 == first(*at)[1].1;
        let repeated = found.iter().copied().filter(confirmed).collect();
        for (sum, found) in flagged.iter_mut().zip([found, repeated]) {
            add(sum, &found, changed);
        }
    }
    flagged
}

fn add(sum: &mut Flagged, found: &[usize], changed: usize) {
    let wrong = found.iter().filter(|at| **at >= changed).count() as f64;
    let part = 1.0 / FAMILIES as f64;
    sum.false_share += part * 100.0 * wrong / found.len().max(1) as f64;
    sum.false_alarms += part * wrong;
    sum.power += part * 100.0 * (found.len() as f64 - wrong) / changed.max(1) as f64;
    sum.families += part * if wrong > 0.0 { 100.0 } else { 0.0 };
}

fn pool(series: &[Vec<f64>], shift: f64) -> Vec<Window> {
    let test = |old: &[f64], new: &[f64]| calibrated(old, new).unwrap_or((1.0, true));
    let both = |old: &[f64], new: &[f64]| [test(old, &new[..REPEAT]), test(old, &new[REPEAT..])];
    let all = series.iter().flat_map(|boots| windows(boots, Design { old: 20, new: 2 * REPEAT }));
    all.map(|(old, new)| Window { unchanged: both(old, new), shifted: both(old, &moved(new, shift)) }).collect()
}
