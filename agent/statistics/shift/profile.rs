//! The likelihood as a function of the shift: tests of any shift, and the interval of those that are not rejected.

use super::{Fit, Fitted, Groups, Model};
use crate::statistics::student;

/// A shift, and how far it is from the one that it was tested against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The distance from the tested shift, in standard errors.
    pub t: f64,
    /// The degrees of freedom of `t`.
    pub df: f64,
    /// The most likely shift, on the scale of the numbers.
    pub effect: f64,
    /// The standard error of `effect`, builds' jitter included.
    pub se: f64,
    /// The spread of one boot: a standard deviation on the scale of the numbers.
    pub spread: f64,
}

impl Shift {
    /// The two-sided p-value: how often chance alone gets as far.
    pub fn p(&self) -> f64 {
        student::two_sided(self.t, self.df)
    }
}

/// So many degrees of freedom that more make no difference.
const MOST_FREEDOM: f64 = 1e12;

/// The likelihood of boots for any shift.
///
/// The fit with a free shift does not depend on the shift that is tested: it is made once.
pub struct Profile<'a> {
    groups: &'a Groups,
    model: Model,
    free: Fit,
}

impl<'a> Profile<'a> {
    /// The likelihood of `groups`.
    pub fn new(groups: &'a Groups, model: Model) -> Profile<'a> {
        Profile { groups, model, free: Fit::from_medians(groups, model, 0.0, Fitted::LevelsAndShift) }
    }

    /// The test of "the shift is `delta`".
    pub fn shift(&self, delta: f64) -> Shift {
        let fixed = Fit::from_medians(self.groups, self.model, delta, Fitted::Levels);
        if self.free.log_likelihood >= fixed.log_likelihood {
            return self.distance(&self.free, &fixed, delta);
        }
        // Two new boots that disagree wildly give two maxima; this start finds the other one.
        let other = Fit::from_other(self.groups, self.model, &fixed, delta);
        let better = if other.log_likelihood > self.free.log_likelihood { &other } else { &self.free };
        self.distance(better, &fixed, delta)
    }

    /// The likelihood ratio as a t value. The jitter is known, so it adds degrees of freedom (Satterthwaite 1946).
    fn distance(&self, free: &Fit, fixed: &Fit, delta: f64) -> Shift {
        let boots = self.groups.count();
        let from_delta = free.shift - delta;
        let prior = self.model.prior_spread * self.model.prior_spread;
        let prior_df = if prior > 0.0 { self.model.prior_boots * prior / (prior + free.variance / 4.0) } else { 0.0 };
        let df = (boots - self.groups.parameters()).max(0.5) + prior_df;
        let gain = (free.log_likelihood - fixed.log_likelihood).max(0.0);
        let t = (df * (2.0 * gain / (boots + self.model.prior_boots)).exp_m1()).sqrt();
        // Where the likelihoods do not differ, the standard error is that of noise with 8 degrees of freedom.
        let variance = if t < 1e-4 || from_delta == 0.0 {
            1.25 * free.variance / self.groups.weight()
        } else {
            (from_delta / t).powi(2)
        };
        let with_jitter = variance + self.model.jitter * self.model.jitter;
        Shift {
            t: from_delta / with_jitter.sqrt(),
            df: (df * (with_jitter / variance).powi(2)).min(MOST_FREEDOM),
            effect: free.shift,
            se: with_jitter.sqrt(),
            spread: free.variance.sqrt(),
        }
    }

    /// The interval of the shifts that are not rejected at `alpha`: 0.1 for the 90 % interval.
    pub fn interval(&self, alpha: f64) -> (f64, f64) {
        let middle = self.shift(0.0);
        (self.bound(&middle, -1.0, alpha), self.bound(&middle, 1.0, alpha))
    }

    /// Where p falls to `alpha` on one side: outwards until it is below, and then by the Illinois rule (Dowell and Jarratt
    /// 1971). The root of -ln p is nearly linear in the shift, so that few steps do.
    fn bound(&self, middle: &Shift, side: f64, alpha: f64) -> f64 {
        let beyond = |delta: f64| (-self.shift(delta).p().max(1e-300).ln()).sqrt() - (-alpha.ln()).sqrt();
        let (mut inner, mut inner_height) = (middle.effect, -(-alpha.ln()).sqrt());
        let mut distance = 2.0 * middle.se;
        let mut outer = middle.effect + side * distance;
        let mut outer_height = beyond(outer);
        for _ in 0..60 {
            if outer_height > 0.0 {
                break;
            }
            (inner, inner_height) = (outer, outer_height);
            distance *= 1.6;
            outer = middle.effect + side * distance;
            outer_height = beyond(outer);
        }
        illinois(beyond, (inner, inner_height), (outer, outer_height), 1e-10 * middle.se)
    }
}

/// Where a function that is negative at `low` and positive at `high` is 0, to `tolerance`.
fn illinois(f: impl Fn(f64) -> f64, mut low: (f64, f64), mut high: (f64, f64), tolerance: f64) -> f64 {
    let mut went_low = None;
    let mut at = low.0;
    for _ in 0..80 {
        let slope = (high.1 - low.1) / (high.0 - low.0);
        let next = low.0 - low.1 / slope;
        if !next.is_finite() {
            break;
        }
        at = next;
        let height = f(at);
        if (height / slope).abs() <= tolerance {
            break;
        }
        // The end that stays a second time counts half, so that it moves too.
        if height < 0.0 {
            low = (at, height);
            high.1 /= if went_low == Some(true) { 2.0 } else { 1.0 };
        } else {
            high = (at, height);
            low.1 /= if went_low == Some(false) { 2.0 } else { 1.0 };
        }
        went_low = Some(height < 0.0);
    }
    at
}
