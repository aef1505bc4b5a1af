//! A point of the model -> the next one by Newton's step, for all levels, the shift and the spread at once.
//!
//! Passes of the EM algorithm halve what is left for most groups. A group of one old and one new boot that are far apart
//! is slower, the more so the further they are, and of thousands of boards one is always slow: Newton's steps are as quick
//! for it as for the others. Levels meet each other only in the shift and the spread, so a step costs what a pass does.

use super::{Fit, Fitted, Groups, Model, NU, SMALLEST_VARIANCE};

/// A group with less than this share of the curvature that a pass assumes is so flat that Newton's step would be wild.
const LEAST_CURVATURE: f64 = 0.05;
/// The furthest that a level or the shift may go, in units of the noise's scale, and the spread as a logarithm.
const FURTHEST: f64 = 0.5;
/// So many halvings leave nothing of an interval.
const MOST_HALVINGS: usize = 60;

/// Sums over boots of u, which is how far each is from its centre, in units of the noise's scale.
#[derive(Clone, Copy, Debug, Default)]
struct Slopes {
    /// The sum of 1 / (1 + u^2).
    weight: f64,
    /// The sum of u / (1 + u^2): the slope, going up with the centre.
    slope: f64,
    /// The sum of (1 - u^2) / (1 + u^2)^2: how fast the slope falls.
    curvature: f64,
    /// The sum of u / (1 + u^2)^2: how fast it falls with the spread.
    mixed: f64,
    /// The sums of u^2 / (1 + u^2) and of u^2 / (1 + u^2)^2, halved: slope and curvature along the spread.
    spread: (f64, f64),
}

/// A matrix of two, symmetrical, and the right side: what is left of the equations after the levels are solved.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    shift: f64,
    mixed: f64,
    spread: f64,
    right: (f64, f64),
}

/// The next point; `None` where the likelihood is not round enough for such a step.
pub(super) fn step(fit: &Fit, groups: &Groups, model: Model, fitted: Fitted) -> Option<Fit> {
    if fit.variance <= 2.0 * SMALLEST_VARIANCE {
        return None;
    }
    let scale = (NU * fit.variance).sqrt();
    let sides: Vec<(Slopes, Slopes)> = groups
        .parts
        .iter()
        .zip(&fit.levels)
        .map(|(part, level)| {
            (slopes(groups.old(*part), *level, scale), slopes(groups.new_boots(*part), level + fit.shift, scale))
        })
        .collect();
    let prior = model.prior_boots * model.prior_spread * model.prior_spread / fit.variance;
    let (shift, spread) = rest(&sides, groups, model, prior).solved(fitted)?;
    if shift.abs() > FURTHEST || spread.abs() > FURTHEST {
        return None;
    }
    let mut next = Fit { shift: fit.shift + shift * scale, variance: fit.variance * spread.exp(), ..fit.clone() };
    if groups.level_known {
        return Some(next);
    }
    let next_scale = (NU * next.variance).sqrt();
    for ((level, part), (old, new)) in next.levels.iter_mut().zip(&groups.parts).zip(&sides) {
        if is_flat(*old, *new) {
            let slope = |level: f64| {
                let (old, new) = (groups.old(*part), groups.new_boots(*part));
                let (old, new) = (slopes(old, level, next_scale), slopes(new, level + next.shift, next_scale));
                (old.slope + new.slope, old.weight + new.weight)
            };
            *level = top(slope, *level, next_scale);
            continue;
        }
        let right = old.slope + new.slope - new.curvature * shift - (old.mixed + new.mixed) * spread;
        *level += scale * (right / (old.curvature + new.curvature)).clamp(-FURTHEST, FURTHEST);
    }
    Some(next)
}

/// Where the likelihood of a flat group is largest, uphill from `level`: `slope` says how steep it is, and its weight.
fn top(slope: impl Fn(f64) -> (f64, f64), level: f64, scale: f64) -> f64 {
    let (steep, weight) = slope(level);
    let (mut near, mut step) = (level, scale * steep / weight);
    let mut far = near + step;
    for _ in 0..MOST_HALVINGS {
        if slope(far).0 * steep <= 0.0 {
            break;
        }
        near = far;
        step *= 2.0;
        far += step;
    }
    for _ in 0..MOST_HALVINGS {
        let middle = f64::midpoint(near, far);
        *(if slope(middle).0 * steep > 0.0 { &mut near } else { &mut far }) = middle;
    }
    f64::midpoint(near, far)
}

/// The equations of the shift and the spread, after the levels are solved.
fn rest(sides: &[(Slopes, Slopes)], groups: &Groups, model: Model, prior: f64) -> Rest {
    let boots = groups.count() + model.prior_boots;
    let mut rest = Rest { spread: prior / (2.0 * (NU + 1.0)), ..Rest::default() };
    rest.right.1 = (prior - boots) / (2.0 * (NU + 1.0));
    for (old, new) in sides {
        rest.spread += old.spread.1 + new.spread.1;
        rest.right.1 += old.spread.0 + new.spread.0;
        let (old, new) = if groups.level_known { (Slopes::default(), *new) } else { usable(*old, *new) };
        let taken = if groups.level_known { 0.0 } else { 1.0 / (old.curvature + new.curvature) };
        let (slope, mixed) = (old.slope + new.slope, old.mixed + new.mixed);
        rest.shift += new.curvature - taken * new.curvature * new.curvature;
        rest.mixed += new.mixed - taken * new.curvature * mixed;
        rest.spread -= taken * mixed * mixed;
        rest.right.0 += new.slope - taken * new.curvature * slope;
        rest.right.1 -= taken * mixed * slope;
    }
    rest
}

fn is_flat(old: Slopes, new: Slopes) -> bool {
    old.curvature + new.curvature <= LEAST_CURVATURE * (old.weight + new.weight)
}

/// The sums of a group; where its likelihood is flat or hollow, those that a pass of the EM algorithm takes for it.
fn usable(old: Slopes, new: Slopes) -> (Slopes, Slopes) {
    if !is_flat(old, new) {
        return (old, new);
    }
    let as_in_a_pass = |side: Slopes| Slopes { curvature: side.weight, mixed: 0.0, ..side };
    (as_in_a_pass(old), as_in_a_pass(new))
}

impl Rest {
    /// The steps of the shift and of the logarithm of the variance; `None` where this is no maximum.
    fn solved(&self, fitted: Fitted) -> Option<(f64, f64)> {
        if fitted == Fitted::Levels {
            return (self.spread > 0.0).then(|| (0.0, self.right.1 / self.spread));
        }
        let determinant = self.shift * self.spread - self.mixed * self.mixed;
        (self.shift > 0.0 && determinant > 0.0).then(|| {
            let shift = (self.right.0 * self.spread - self.right.1 * self.mixed) / determinant;
            (shift, (self.right.1 * self.shift - self.right.0 * self.mixed) / determinant)
        })
    }
}

fn slopes(boots: &[f64], centre: f64, scale: f64) -> Slopes {
    let mut sums = Slopes::default();
    for boot in boots {
        let u = (boot - centre) / scale;
        let weight = 1.0 / (1.0 + u * u);
        sums.weight += weight;
        sums.slope += u * weight;
        sums.curvature += (1.0 - u * u) * weight * weight;
        sums.mixed += u * weight * weight;
        sums.spread.0 += 0.5 * u * u * weight;
        sums.spread.1 += 0.5 * u * u * weight * weight;
    }
    sums
}
