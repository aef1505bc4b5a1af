//! One common shift between old and new boots: its size, and how far it is from chance.
//!
//! The model: every boot has the level of its group; the new boots have one common shift more; the noise is Student t
//! with 8 degrees of freedom, so that a spike counts little and three boots that agree count fully; all share one
//! spread. The statistic is the likelihood ratio of "shift free" against "shift = delta", turned into a t value that is
//! exact for normal noise and no prior.

mod fit;
mod newton;
mod profile;

pub use profile::{Profile, Shift};

use super::median;

/// What is believed before the first boot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// The prior of the spread is worth this many boots; 0 for none.
    pub prior_boots: f64,
    /// The spread that the prior believes in, on the scale of the numbers (0.02: 2 % of logarithms).
    pub prior_spread: f64,
    /// How far two builds of one source differ, as a standard deviation on the scale of the numbers: layout, link order.
    pub jitter: f64,
}

impl Model {
    /// The prior of `compare`: one boot at 2 %, and builds that differ by 0.5 %.
    pub const COMPARE: Model = Model { prior_boots: 1.0, prior_spread: 0.02, jitter: 0.005 };
    /// Nothing is believed: what confirms a change point.
    pub const NONE: Model = Model { prior_boots: 0.0, prior_spread: 0.0, jitter: 0.0 };
}

/// The boots of one group: of one board, or of one older stretch of its history.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Where the group's old boots begin, its new ones begin, and its new ones end in the numbers of all.
    old: usize,
    new: usize,
    end: usize,
}

/// The degrees of freedom of the noise.
const NU: f64 = 8.0;
/// The smallest variance: constant values have one too.
const SMALLEST_VARIANCE: f64 = 1e-12;

/// A point of the model, and how likely the boots are there.
#[derive(Clone, Debug)]
struct Fit {
    /// The level of each group, less the median of its old boots.
    levels: Vec<f64>,
    /// What the new boots have more.
    shift: f64,
    variance: f64,
    log_likelihood: f64,
}

/// Whether the shift is fitted too.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fitted {
    LevelsAndShift,
    Levels,
}

/// Boots in groups, each with old and new ones. At least one group has both, and every number is finite.
#[derive(Clone, Debug)]
pub struct Groups {
    /// Group by group, the old boots before the new ones, each less the median of its group's old boots.
    boots: Vec<f64>,
    parts: Vec<Part>,
    /// Whether the level of the old side is known to be 0: the boots are differences of pairs.
    level_known: bool,
}

/// The largest number: products of the weights of two stay above the smallest that a number can hold.
const LARGEST: f64 = 1e60;

impl Groups {
    /// Groups of (old, new) boots. A group without new boots gives spread and no level.
    ///
    /// `None` where no group has both, a group has no old boot, or a number is not finite or beyond 1e60.
    pub fn new(groups: &[(&[f64], &[f64])]) -> Option<Groups> {
        let mut boots = Vec::with_capacity(groups.iter().map(|(old, new)| old.len() + new.len()).sum());
        let mut parts = Vec::with_capacity(groups.len());
        for (old, new) in groups {
            let start = boots.len();
            boots.extend_from_slice(old);
            let level = median(&mut boots[start..])?;
            boots.truncate(start);
            boots.extend(old.iter().chain(*new).map(|boot| boot - level));
            parts.push(Part { old: start, new: start + old.len(), end: boots.len() });
        }
        let both = parts.iter().any(|part| part.new < part.end);
        let groups = Groups { boots, parts, level_known: false };
        (both && groups.all_in_range()).then_some(groups)
    }

    /// Differences (new less old) of interleaved pairs: one group whose old level is 0.
    ///
    /// `None` of no pair, or where a difference is not finite or beyond 1e60.
    pub fn of_pairs(differences: &[f64]) -> Option<Groups> {
        let part = Part { old: 0, new: 0, end: differences.len() };
        let groups = Groups { boots: differences.to_vec(), parts: vec![part], level_known: true };
        (!differences.is_empty() && groups.all_in_range()).then_some(groups)
    }

    fn all_in_range(&self) -> bool {
        self.boots.iter().all(|boot| boot.abs() <= LARGEST)
    }

    /// How many boots there are in all.
    fn count(&self) -> f64 {
        self.boots.len() as f64
    }

    /// How many numbers are fitted: the levels and the shift.
    fn parameters(&self) -> f64 {
        if self.level_known { 1.0 } else { self.parts.len() as f64 + 1.0 }
    }

    /// What the spread of one boot is divided by for the variance of the shift: the sum of a b / (a + b) over the groups
    /// with a old and b new boots. Positive.
    pub fn weight(&self) -> f64 {
        if self.level_known {
            return self.count();
        }
        let sizes = self.parts.iter().map(|part| ((part.new - part.old) as f64, (part.end - part.new) as f64));
        sizes.map(|(old, new)| old * new / (old + new)).sum()
    }

    fn old(&self, part: Part) -> &[f64] {
        &self.boots[part.old..part.new]
    }

    fn new_boots(&self, part: Part) -> &[f64] {
        &self.boots[part.new..part.end]
    }
}

/// The shift between old and new, tested against `delta`: `effect` is the estimate, and `t` its distance from `delta`.
pub fn shift(groups: &Groups, model: Model, delta: f64) -> Shift {
    Profile::new(groups, model).shift(delta)
}

#[cfg(test)]
mod tests;
