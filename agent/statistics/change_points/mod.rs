//! Change points: one value a boot, in order -> where the level changed.
//!
//! Spikes are drawn in towards a rolling median; the best split into segments is found exactly (PELT: Killick, Fearnhead
//! and Eckley 2012); each cut is confirmed by the test that `compare` uses.

mod pelt;
mod smooth;

pub use smooth::rolling_median;

use super::shift::{Groups, Model, Profile};
use super::verdict::Scale;
use std::ops::Range;

/// What counts as a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// What a cut costs: this times the logarithm of the number of boots, in variances of the noise.
    pub penalty: f64,
    /// The shortest segment.
    pub shortest: usize,
    /// How many boots on either side of a cut confirm it, at most.
    pub side: usize,
    /// The smallest t of a confirmed cut.
    pub t: f64,
}

impl Default for Sensitivity {
    fn default() -> Self {
        Sensitivity { penalty: 20.0, shortest: 8, side: 30, t: 6.0 }
    }
}

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// How many boots are before it: the first boot of the new level, counted from 0.
    pub at: usize,
    /// The first of the boots around it that confirmed it.
    from: usize,
    /// The first boot after those.
    to: usize,
    /// The distance from "no change" in standard errors, without priors: what confirmed it.
    pub t: f64,
    /// The change on `scale`, with the priors of `compare`.
    pub effect: f64,
    /// How often chance alone gets as far from "no change", by the test of `compare`.
    pub p: f64,
    /// What `effect` is: a logarithm of a ratio, or a share of the absolute median of the series.
    pub scale: Scale,
}

impl ChangePoint {
    /// The change of level at `at`, by the boots of `around` on its two sides: `values` are on `scale`.
    ///
    /// `None` where a side has no boot, or a number is not finite or beyond 1e60.
    pub fn measured(at: usize, around: Range<usize>, values: &[f64], scale: Scale) -> Option<ChangePoint> {
        let cut = Cut { at, from: around.start, to: around.end, t: 0.0 };
        cut.with_t(values).report(values, scale)
    }

    /// Its 90 % interval on its scale; `values` are those that it was found in, on that scale. It takes ten times as long as
    /// all else of a change point.
    ///
    /// `None` of other values.
    pub fn interval(&self, values: &[f64]) -> Option<(f64, f64)> {
        let groups = groups(values, self.from, self.at, self.to)?;
        Some(Profile::new(&groups, Model::COMPARE).interval(0.1))
    }

    /// The change as a share of the old value: 0.05 is 5 % more.
    pub fn change(&self) -> f64 {
        self.scale.change(self.effect)
    }
}

/// A value that is infinite or not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("value {at} is not a finite number")]
pub struct NotFinite {
    /// Its position, counted from 0.
    pub at: usize,
}

/// The changes of level in a series, in order. Builds that are missing are simply absent.
///
/// None where the series has fewer boots than two of the shortest segments, or where the median is 0 and some value is
/// not positive.
pub fn change_points(values: &[f64], sensitivity: &Sensitivity) -> Result<Vec<ChangePoint>, NotFinite> {
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(NotFinite { at });
    }
    let scale = Scale::of(values.iter());
    let shortest = sensitivity.shortest.clamp(1, pelt::LONGEST / 2);
    if values.len() < 2 * shortest {
        return Ok(Vec::new());
    }
    let (Some(calm), Some(scaled)) = (smooth::winsorised(values), scale.apply(values, values)) else {
        return Ok(Vec::new());
    };
    let penalty = sensitivity.penalty * (values.len() as f64).ln();
    let cuts = confirmed(&scaled, pelt::cuts(&calm, penalty, shortest), sensitivity);
    Ok(cuts.into_iter().filter_map(|cut| cut.report(&scaled, scale)).collect())
}

/// A cut with the boots that confirm it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: usize,
    from: usize,
    to: usize,
    t: f64,
}

impl Cut {
    /// The cut at `at` between its neighbours, with its t.
    fn between(values: &[f64], before: usize, at: usize, after: usize, side: usize) -> Cut {
        let (from, to) = (before.max(at.saturating_sub(side)), after.min(at + side));
        Cut { at, from, to, t: 0.0 }.with_t(values)
    }

    fn with_t(self, values: &[f64]) -> Cut {
        let groups = groups(values, self.from, self.at, self.to);
        let t = groups.map_or(0.0, |groups| Profile::new(&groups, Model::NONE).shift(0.0).t.abs());
        Cut { t, ..self }
    }

    fn report(self, values: &[f64], scale: Scale) -> Option<ChangePoint> {
        let Cut { at, from, to, t } = self;
        let shift = Profile::new(&groups(values, from, at, to)?, Model::COMPARE).shift(0.0);
        Some(ChangePoint { at, from, to, t, effect: shift.effect, p: shift.p(), scale })
    }
}

/// The boots on the two sides of a cut.
fn groups(values: &[f64], from: usize, at: usize, to: usize) -> Option<Groups> {
    Groups::new(&[(values.get(from..at)?, values.get(at..to)?)])
}

/// The cuts that are left after the weakest one was removed again and again.
fn confirmed(values: &[f64], cuts: Vec<usize>, sensitivity: &Sensitivity) -> Vec<Cut> {
    let edges: Vec<usize> = [vec![0], cuts, vec![values.len()]].concat();
    let between = |edges: &[usize]| Cut::between(values, edges[0], edges[1], edges[2], sensitivity.side.max(1));
    let mut cuts: Vec<Cut> = edges.windows(3).map(between).collect();
    while let Some(weakest) = (0..cuts.len()).min_by(|a, b| cuts[*a].t.total_cmp(&cuts[*b].t)) {
        if cuts[weakest].t >= sensitivity.t {
            break;
        }
        cuts.remove(weakest);
        for at in weakest.saturating_sub(1)..(weakest + 1).min(cuts.len()) {
            let before = if at == 0 { 0 } else { cuts[at - 1].at };
            let after = cuts.get(at + 1).map_or(values.len(), |next| next.at);
            cuts[at] = between(&[before, cuts[at].at, after]);
        }
    }
    cuts
}

#[cfg(test)]
mod tests;
