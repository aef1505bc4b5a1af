//! The largest likelihood of noise that is Student t, by weights that are fitted again and again (the EM algorithm of
//! Lange, Little and Taylor 1989), and where that is slow by Newton's steps in between.

use super::{Fit, Fitted, Groups, Model, NU, Part, SMALLEST_VARIANCE, newton};
use crate::statistics::median;

const MOST_PASSES: usize = 500;
const TOLERANCE: f64 = 1e-11;
/// After so many passes it is clear which maximum they go to. Of many boards the slowest would take hundreds more.
const PASSES_ALONE: usize = 20;

/// What the boots of one side of one group say around a centre.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    /// The sum of 1 / (NU variance + r^2): the weights but for a factor.
    weight: f64,
    /// The sum of r / (NU variance + r^2).
    pull: f64,
}

impl Fit {
    /// The fit from the usual start: the medians, and the spread around them.
    pub(super) fn from_medians(groups: &Groups, model: Model, shift: f64, fitted: Fitted) -> Fit {
        let mut start = Fit { levels: vec![0.0; groups.parts.len()], shift, variance: 0.0, log_likelihood: 0.0 };
        if fitted == Fitted::LevelsAndShift {
            let news = groups.parts.iter().flat_map(|part| groups.new_boots(*part));
            start.shift = median(&mut news.copied().collect::<Vec<_>>()).unwrap_or(shift);
        }
        let mut far: Vec<f64> = start.residuals(groups).map(f64::abs).collect();
        let mean_square = far.iter().map(|r| r * r).sum::<f64>() / groups.count();
        let robust = 1.4826 * median(&mut far).unwrap_or(0.0);
        start.variance = posterior(groups, model, (robust * robust).max(0.1 * mean_square) * groups.count());
        start.climb(groups, model, fitted)
    }

    /// The fit of levels, shift and spread that starts from another one, its shift put to `shift`.
    pub(super) fn from_other(groups: &Groups, model: Model, other: &Fit, shift: f64) -> Fit {
        Fit { shift, ..other.clone() }.climb(groups, model, Fitted::LevelsAndShift)
    }

    fn climb(mut self, groups: &Groups, model: Model, fitted: Fitted) -> Fit {
        for pass in 0..MOST_PASSES {
            if pass >= PASSES_ALONE {
                self.leap(groups, model, fitted);
            }
            let before = self.variance;
            let moved = self.pass(groups, model, fitted);
            let still = moved < TOLERANCE * self.variance.sqrt();
            if still && (self.variance - before).abs() < TOLERANCE * self.variance {
                break;
            }
        }
        self.log_likelihood = self.likelihood(groups, model);
        self
    }

    /// Newton's step, where it does not lead down.
    fn leap(&mut self, groups: &Groups, model: Model, fitted: Fitted) {
        let Some(mut next) = newton::step(self, groups, model, fitted) else { return };
        self.log_likelihood = self.likelihood(groups, model);
        next.log_likelihood = next.likelihood(groups, model);
        // Sums of many logarithms are no more exact than this.
        if next.log_likelihood >= self.log_likelihood - 1e-13 * self.log_likelihood.abs() {
            *self = next;
        }
    }

    /// One pass: weights, then levels and shift by least squares for all at once, then the spread. Says how far the
    /// levels and the shift moved.
    pub(super) fn pass(&mut self, groups: &Groups, model: Model, fitted: Fitted) -> f64 {
        let scale = NU * self.variance;
        let sides = |fit: &Fit, at: usize, part: Part| {
            let level = fit.levels[at];
            (moments(groups.old(part), level, scale), moments(groups.new_boots(part), level + fit.shift, scale))
        };
        let first = sides(self, 0, groups.parts[0]);
        let several: Vec<_> = match groups.parts.len() {
            1 => Vec::new(),
            _ => groups.parts.iter().enumerate().map(|(at, part)| sides(self, at, *part)).collect(),
        };
        let all = if several.is_empty() { std::slice::from_ref(&first) } else { &several };
        let step = if fitted == Fitted::Levels { 0.0 } else { shift_step(all, groups.level_known) };
        let mut moved = move_by(&mut self.shift, step);
        // The weighted squares around the old centres, less what the new centres take away.
        let mut squares = groups.count();
        for ((old, new), level) in all.iter().zip(&mut self.levels) {
            let (weight, pull) = (old.weight + new.weight, old.pull + new.pull);
            let by = if groups.level_known { 0.0 } else { (pull - step * new.weight) / weight };
            squares -= scale * weight + 2.0 * (by * pull + step * new.pull);
            squares += by * by * weight + step * (2.0 * by + step) * new.weight;
            moved = moved.max(move_by(level, by));
        }
        self.variance = posterior(groups, model, (NU + 1.0) * self.variance * squares.max(0.0));
        moved
    }

    fn residuals<'a>(&'a self, groups: &'a Groups) -> impl Iterator<Item = f64> + 'a {
        groups.parts.iter().zip(&self.levels).flat_map(move |(part, level)| {
            let old = groups.old(*part).iter().map(move |boot| boot - level);
            old.chain(groups.new_boots(*part).iter().map(move |boot| boot - level - self.shift))
        })
    }

    fn likelihood(&self, groups: &Groups, model: Model) -> f64 {
        let scale = NU * self.variance;
        let (mut logarithms, mut product) = (0.0, 1.0_f64);
        for r in self.residuals(groups) {
            product *= 1.0 + r * r / scale;
            if product > 1e100 {
                logarithms += product.ln();
                product = 1.0;
            }
        }
        logarithms += product.ln();
        let prior = model.prior_boots * model.prior_spread * model.prior_spread / (2.0 * self.variance);
        -(groups.count() + model.prior_boots) / 2.0 * self.variance.ln() - prior - (NU + 1.0) / 2.0 * logarithms
    }
}

/// The variance that a sum of squares and the prior give.
fn posterior(groups: &Groups, model: Model, squares: f64) -> f64 {
    let prior = model.prior_boots * model.prior_spread * model.prior_spread;
    ((squares + prior) / (groups.count() + model.prior_boots)).max(SMALLEST_VARIANCE)
}

/// How far the least squares move the shift.
fn shift_step(sides: &[(Moments, Moments)], level_known: bool) -> f64 {
    let (mut pull, mut weight) = (0.0, 0.0);
    for (old, new) in sides {
        if level_known {
            pull += new.pull;
            weight += new.weight;
        } else {
            let all = old.weight + new.weight;
            pull += (old.weight * new.pull - new.weight * old.pull) / all;
            weight += old.weight * new.weight / all;
        }
    }
    pull / weight
}

/// Moves a number, and says how far it really went: less than its last digit is nothing.
fn move_by(number: &mut f64, step: f64) -> f64 {
    let before = *number;
    *number += step;
    (*number - before).abs()
}

/// Four sums side by side, so that the processor can divide several at once.
fn moments(boots: &[f64], centre: f64, scale: f64) -> Moments {
    let (mut weights, mut pulls) = ([0.0; 4], [0.0; 4]);
    let (fours, rest) = boots.as_chunks::<4>();
    for four in fours {
        for lane in 0..4 {
            let r = four[lane] - centre;
            let weight = 1.0 / (scale + r * r);
            weights[lane] += weight;
            pulls[lane] += weight * r;
        }
    }
    for (lane, boot) in rest.iter().enumerate() {
        let r = boot - centre;
        let weight = 1.0 / (scale + r * r);
        weights[lane] += weight;
        pulls[lane] += weight * r;
    }
    Moments { weight: weights.iter().sum(), pull: pulls.iter().sum() }
}
