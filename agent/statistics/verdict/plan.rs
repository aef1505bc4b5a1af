//! How many more boots would decide.

use super::{Setting, Sides};
use crate::statistics::shift::Shift;
use crate::statistics::student;

/// Why nothing is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// So many more new boots on each board decide in four cases of five (without history: on both sides).
    MoreBoots(usize),
    /// One boot a side without history: nothing is known about the spread between boots, and no number can be given.
    TooFewBoots,
    /// The base is one boot, which is unlike its history.
    OddBase,
    /// The change is about as large as the margin: it is neither clearly there nor clearly within.
    EdgeOfMargin,
    /// The base has too few boots: its own error does not shrink with new boots.
    ShortHistory,
    /// The boots spread so much that more than 60 more would be needed.
    TooNoisy,
}

/// More boots than this are never asked for.
const MOST_MORE: usize = 60;
/// The normal deviate of a power of 80 %.
const POWER: f64 = 0.84;
/// The level of each of the two tests behind "same".
const SAME_LEVEL: f64 = 0.05;
/// As good as endlessly many.
const ENDLESS: f64 = 1e9;

struct Plan<'a> {
    sides: &'a Sides,
    setting: &'a Setting,
    /// The absolute effect so far.
    effect: f64,
    /// The variance of one boot.
    variance: f64,
}

/// The smallest number of more boots with which the effect so far would be called different or same.
pub(super) fn more_boots(sides: &Sides, shift: &Shift, setting: &Setting) -> Undecided {
    if sides.has_odd_base() {
        return Undecided::OddBase;
    }
    if sides.calibration(0).is_none() && sides.boots() == (1, 1) {
        return Undecided::TooFewBoots;
    }
    let now = sides.groups().weight();
    let jitter = sides.jitter(setting);
    let variance = (shift.se * shift.se - jitter * jitter).max(0.0) * now;
    let plan = Plan { sides, setting, effect: shift.effect.abs(), variance };
    if plan.decides_with(MOST_MORE) {
        let (mut low, mut high) = (0, MOST_MORE);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if plan.decides_with(middle) { high = middle } else { low = middle }
        }
        return Undecided::MoreBoots(high);
    }
    let endless = |weight: f64| plan.decides(weight, ENDLESS, sides.calibration(MOST_MORE));
    if !endless(f64::INFINITY) {
        Undecided::EdgeOfMargin
    } else if !endless(sides.weight_of_base()) {
        Undecided::ShortHistory
    } else {
        Undecided::TooNoisy
    }
}

impl Plan<'_> {
    fn decides_with(&self, more: usize) -> bool {
        let (weight, freedom) = self.sides.grown(more);
        self.decides(weight, freedom, self.sides.calibration(more))
    }

    fn decides(&self, weight: f64, freedom: f64, calibration: Option<f64>) -> bool {
        let Some(factor) = calibration else { return false };
        let df = (freedom + self.sides.model(self.setting).prior_boots).max(1.0);
        let jitter = self.sides.jitter(self.setting);
        let se = (self.variance / weight + jitter * jitter).sqrt().max(f64::MIN_POSITIVE);
        // T^-1(1 - a) <= x is the same as "the probability above x is at most a".
        let beyond = |distance: f64, level: f64| student::above(distance / se - POWER, df) <= level;
        let margin = self.sides.scale().margin(self.setting.margin);
        beyond(self.effect, self.setting.level / (2.0 * factor)) || beyond(margin - self.effect, SAME_LEVEL)
    }
}
