//! A base that is at another level than its history, simulated: what is then called better or worse, and is not.

use crate::simulation::{Noise, Random, series};
use lava_bench::statistics::verdict::{Board, Setting, Sides};

/// Past boots, boots of the base, new ones.
type Counts = (usize, usize, usize);

/// How far the base is from its history, and the new side from the base, as shares.
#[derive(Clone, Copy, Debug)]
struct Levels {
    base: f64,
    new: f64,
}

/// How often of a hundred comparisons the new side is called lower and higher than the base.
fn flagged((past, base, new): Counts, levels: Levels, spread: f64) -> [f64; 2] {
    const RUNS: usize = 2000;
    let mut random = Random(7);
    let mut counts = [0_usize; 2];
    for _ in 0..RUNS {
        let mut boots = |count: usize, level: f64| -> Vec<f64> {
            series(&mut random, Noise::Spiky, spread, count).into_iter().map(|boot| boot * level).collect()
        };
        let base_level = 1.0 + levels.base;
        let (past, base) = (boots(past, 1.0), boots(base, base_level));
        let new = boots(new, base_level * (1.0 + levels.new));
        let Ok(sides) = Sides::new(&[Board { older: Vec::new(), past, base, new }], None) else { continue };
        let setting = Setting::default();
        let shift = sides.shift(&setting);
        if sides.calibrated(shift.p()).is_some_and(|p| p < setting.level) {
            counts[usize::from(shift.effect > 0.0)] += 1;
        }
    }
    counts.map(|count| 100.0 * count as f64 / RUNS as f64)
}

#[test]
fn a_base_that_is_unlike_its_history_makes_nothing_better_or_worse() {
    // A lone new boot may be a spike, as 2 % of them are here: it is a suspect.
    for (counts, most) in [((20, 1, 1), 2.5), ((20, 3, 3), 1.5), ((20, 5, 5), 1.0)] {
        for spread in [0.01, 0.02] {
            let still = flagged(counts, Levels { base: 0.0, new: 0.0 }, spread);
            let moved = flagged(counts, Levels { base: 0.1, new: 0.0 }, spread);
            let between = flagged(counts, Levels { base: 0.1, new: -0.05 }, spread);
            let found = flagged(counts, Levels { base: 0.0, new: 0.05 }, spread);
            println!(
                "{counts:?}, spread {spread}: base like its history, nothing changed {still:?}, 5 % more {found:?}; base 10 % above it, nothing changed {moved:?}, 5 % less {between:?}"
            );
            assert!(still[0] + still[1] <= most, "{counts:?} {spread}: {still:?}");
            assert!(moved[0] + moved[1] <= most, "{counts:?} {spread}: {moved:?}");
            assert!(between[1] <= 1.0, "{counts:?} {spread}: {between:?}");
        }
    }
}
