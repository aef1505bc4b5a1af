//! Values in the order of time -> steps, trends and spikes.
//!
//! **Spikes** are single boots, or two in a row, that are further than 5 spreads and 3 % from the rolling median of 17
//! boots, and as far from the level that they belong to. The spread is the larger one of the whole series and of the 60 boots
//! around.
//!
//! **Steps** are the change points of [`statistics::change_points`](crate::statistics::change_points), each moved by up to 7
//! boots to the place that fits best: shorter segments than 8 are not looked for, but a jump may be nearer to the next one.
//!
//! **Trends**: the same change points, and those that 100 boots on either side confirm where 30 do not, are candidates. A run
//! of neighbours that go in one direction is held against a single line between two levels, on the boots from the last other
//! candidate to the next one, with values drawn in to 5 spreads from the rolling median. With n boots and K candidates, the
//! line is the better explanation where the squares around it and around the K + 1 levels give
//!
//! ```text
//! n ln(squares of the levels / squares of the line) + (2 K - 3) ln n  >  6
//! ```
//!
//! which is Schwarz's criterion for the line's 4 numbers against the levels' 2 K + 1, and a margin. The same holds against the
//! best single step, wherever it is (a jump a few boots before the end is no line). The line has 16 boots or
//! more and a t of 6 or more. Where it is not better, the largest candidate stands by itself, and the runs on its two sides are
//! tried alone. A candidate that no trend took and that 30 boots do not confirm is dropped.
//!
//! **Departures**: a level has 8 boots or more, so the last 7 boots are too few for one. Where the newest boots are all on one
//! side of the level before the last 7, further than 5 spreads and 3 %, that is told, and they are no spikes.

use super::refine::{explained, refined};
use crate::statistics::{
    change_points::{ChangePoint, NotFinite, Sensitivity, change_points, rolling_median},
    median,
    ramp::{self, Ramp},
    verdict::Scale,
};
use std::ops::Range;

/// Boots that a history has at least.
pub const FEWEST: usize = 16;
/// What finds the candidates of trends: a slow change needs more boots to be seen.
const WIDE: Sensitivity = Sensitivity { penalty: 20.0, shortest: 8, side: 100, t: 6.0 };
/// The fewest boots of a trend.
const SHORTEST_TREND: usize = 16;
/// The smallest t of a trend.
const TREND_T: f64 = 6.0;
/// By how much a line must be the better explanation.
const MARGIN: f64 = 6.0;
/// How many spreads from the rolling median a spike is, and where values are drawn in to.
const FAR: f64 = 5.0;
/// A spike is at least this far, as a share.
const LEAST_SPIKE: f64 = 0.03;
/// The newest boots, which are too few for a level.
const NEWEST: usize = 7;
/// The most boots of one spike.
const WIDEST_SPIKE: usize = 2;
/// The median absolute deviation of normal noise is its standard deviation divided by this.
const NORMAL: f64 = 1.4826;
/// Squares around a level or a line are at least those of this spread: constant values have none.
const LEAST_SPREAD: f64 = 1e-4;

/// How a level changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From one boot to the next.
    Step,
    /// Slowly.
    Trend,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// How.
    pub kind: Kind,
    /// The boots of the old level. Of a trend that was there from the beginning: its first boot.
    pub old: Range<usize>,
    /// The boots of the new level. Of a trend that has not ended: its last boot.
    pub new: Range<usize>,
    /// How far the new level is from the old one, as a share of it: 0.05 is 5 % more.
    pub change: f64,
    /// Its 90 % interval.
    pub interval: (f64, f64),
    /// The distance from "no change" in standard errors.
    pub t: f64,
    /// How often chance alone gets as far, by the test of `compare`.
    pub p: f64,
}

/// One boot far from the level around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    /// Its position.
    pub at: usize,
    /// How far it is from the level, as a share of it.
    pub change: f64,
}

/// The newest boots, far from the level before them: too few for a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departure {
    /// How many they are, 7 at most.
    pub boots: usize,
    /// How far their median is from the level, as a share of it.
    pub change: f64,
}

/// What a series did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Changes of level, in order.
    pub changes: Vec<Change>,
    /// Spikes, in order.
    pub spikes: Vec<Spike>,
    /// What the newest boots did.
    pub departure: Option<Departure>,
}

/// What values in the order of time did.
///
/// `None` where nothing is a share of anything: the median is 0 and some value is not positive, or the values are further
/// apart than numbers can hold.
///
/// # Errors
/// A value that is not finite.
pub fn shape(values: &[f64]) -> Result<Option<Shape>, NotFinite> {
    let scale = Scale::of(values.iter());
    let steps = change_points(values, &Sensitivity::default())?;
    let scaled = scale.apply(values, values).filter(|scaled| scaled.iter().all(|value| value.abs() <= 1e60));
    let Some(scaled) = scaled else { return Ok(None) };
    let levels = rolling_median(&scaled);
    let spreads = spreads(&scaled, &levels);
    let draw_in = |((value, level), spread): ((&f64, &f64), &f64)| level + (value - level).clamp(-spread, *spread);
    let limits: Vec<f64> = spreads.iter().map(|spread| FAR * spread).collect();
    let calm: Vec<f64> = scaled.iter().zip(&levels).zip(&limits).map(draw_in).collect();
    let series = Series { scaled, calm, limits, scale };
    let changes = changes(&series, steps, change_points(values, &WIDE)?);
    let departure = departure(&series, &changes);
    let settled = values.len() - departure.map_or(0, |departure| departure.boots);
    let mut spikes = spikes(&series, &levels, &changes);
    spikes.retain(|spike| spike.at < settled);
    Ok(Some(Shape { changes, spikes, departure }))
}

/// A series on a scale of which differences are changes.
struct Series {
    scaled: Vec<f64>,
    /// The same, drawn in to the limits around the rolling median.
    calm: Vec<f64>,
    /// How far is far, boot by boot.
    limits: Vec<f64>,
    scale: Scale,
}

/// The last boots that all are far on one side of the level before the last seven.
fn departure(series: &Series, changes: &[Change]) -> Option<Departure> {
    let Series { scaled: values, limits, scale, .. } = series;
    let from = changes.last().map_or(0, |change| change.new.start);
    let newest = values.len().checked_sub(NEWEST)?;
    let before = values.get(from..newest).filter(|before| before.len() > NEWEST)?;
    let level = median(&mut before.to_vec())?;
    let distance = |at: usize| values[at] - level;
    let is_far = |at: &usize| distance(*at).abs() > limits[*at] && scale.change(distance(*at)).abs() > LEAST_SPIKE;
    let side = distance(values.len() - 1).signum();
    let boots = (newest..values.len()).rev().take_while(|at| is_far(at) && distance(*at).signum() == side).count();
    let middle = median(&mut values[values.len() - boots..].to_vec())?;
    Some(Departure { boots, change: scale.change(middle - level) })
}

/// The spread around each boot: of the whole series, or of the 60 boots around it, whichever is larger.
fn spreads(values: &[f64], levels: &[f64]) -> Vec<f64> {
    const BLOCK: usize = 16;
    const AROUND: usize = 22;
    let far: Vec<f64> = values.iter().zip(levels).map(|(value, level)| (value - level).abs()).collect();
    let spread = |far: &[f64]| NORMAL * median(&mut far.to_vec()).unwrap_or(0.0);
    let whole = spread(&far);
    let blocks = (0..far.len()).step_by(BLOCK).flat_map(|from| {
        let to = (from + BLOCK).min(far.len());
        let around = spread(&far[from.saturating_sub(AROUND)..(to + AROUND).min(far.len())]);
        std::iter::repeat_n(whole.max(around), to - from)
    });
    blocks.collect()
}

/// A place where the level may have changed.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    point: ChangePoint,
    /// Whether it is one by the method of a history, and not only for trends.
    confirmed: bool,
}

/// Steps and trends, in order.
fn changes(series: &Series, steps: Vec<ChangePoint>, wide: Vec<ChangePoint>) -> Vec<Change> {
    let Series { scaled, calm, limits, scale } = series;
    let mut candidates: Vec<Candidate> = steps.into_iter().map(|point| Candidate { point, confirmed: true }).collect();
    for point in wide {
        if !candidates.iter().any(|known| known.point.at == point.at) {
            candidates.push(Candidate { point, confirmed: false });
        }
    }
    candidates.sort_by_key(|candidate| candidate.point.at);
    let mut edges: Vec<usize> = candidates.iter().map(|candidate| candidate.point.at).chain([calm.len()]).collect();
    for (at, candidate) in candidates.iter_mut().enumerate().filter(|(_, candidate)| candidate.confirmed) {
        let from = at.checked_sub(1).map_or(0, |before| edges[before]);
        candidate.point = refined(candidate.point, scaled, limits[candidate.point.at], from, edges[at + 1]);
        edges[at] = candidate.point.at;
    }
    let runs = Runs { scaled, calm, scale: *scale, candidates: &candidates };
    let mut found = Vec::new();
    for run in candidates.chunk_by(|a, b| a.point.effect.signum() == b.point.effect.signum()) {
        let first = candidates.partition_point(|candidate| candidate.point.at < run[0].point.at);
        runs.explain(first..first + run.len(), &mut found);
    }
    found.sort_by_key(|change| (change.old.end, change.new.start));
    join_levels(&mut found, calm.len());
    found
}

/// The boots of a level end where the next change begins.
fn join_levels(changes: &mut [Change], count: usize) {
    let mut before = 0;
    for at in 0..changes.len() {
        let after = changes.get(at + 1).map_or(count, |next| next.old.end);
        let change = &mut changes[at];
        change.old.start = before.min(change.old.end.saturating_sub(1));
        change.new.end = after.max(change.new.start + 1).min(count);
        before = change.new.start;
    }
}

/// Candidates of which runs go in one direction.
struct Runs<'a> {
    scaled: &'a [f64],
    calm: &'a [f64],
    scale: Scale,
    candidates: &'a [Candidate],
}

impl Runs<'_> {
    /// One trend, or the largest as a step and what is on its two sides.
    fn explain(&self, run: Range<usize>, found: &mut Vec<Change>) {
        if run.is_empty() {
            return;
        }
        if let Some(trend) = self.trend(&run) {
            found.push(trend);
            return;
        }
        let size = |at: &usize| self.candidates[*at].point.effect.abs();
        let Some(largest) = run.clone().max_by(|a, b| size(a).total_cmp(&size(b))) else { return };
        self.explain(run.start..largest, found);
        if self.candidates[largest].confirmed {
            found.push(self.step(largest));
        }
        self.explain(largest + 1..run.end, found);
    }

    fn at(&self, candidate: usize) -> usize {
        self.candidates.get(candidate).map_or(self.calm.len(), |candidate| candidate.point.at)
    }

    fn step(&self, candidate: usize) -> Change {
        let point = self.candidates[candidate].point;
        let ChangePoint { at, t, p, .. } = point;
        let change = point.change();
        let (low, high) = point.interval(self.scaled).unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let interval = (self.scale.change(low), self.scale.change(high));
        Change { kind: Kind::Step, old: 0..at, new: at..self.calm.len(), change, interval, t: t.abs(), p }
    }

    /// The line that explains a run better than its steps.
    fn trend(&self, run: &Range<usize>) -> Option<Change> {
        let from = run.start.checked_sub(1).map_or(0, |before| self.at(before));
        let to = self.at(run.end);
        let line = ramp::fit(&self.calm[from..to], SHORTEST_TREND)?;
        let edges: Vec<usize> = [from].into_iter().chain(run.clone().map(|at| self.at(at))).chain([to]).collect();
        let of_levels: f64 = edges.windows(2).map(|edge| squares(&self.calm[edge[0]..edge[1]])).sum();
        let boots = (to - from) as f64;
        let least = LEAST_SPREAD * LEAST_SPREAD * boots;
        let beats = |squares: f64, cuts: usize| {
            let gain = boots * (squares.max(least) / line.squares.max(least)).ln();
            gain + (2.0 * cuts as f64 - 3.0) * boots.ln() > MARGIN
        };
        let better = beats(of_levels, run.len()) && beats(squares_of_best_step(&self.calm[from..to]), 1);
        let same_way = line.rise.signum() == self.candidates[run.start].point.effect.signum();
        (better && same_way && line.t().abs() >= TREND_T).then(|| self.of_line(&line, from, to))
    }

    fn of_line(&self, line: &Ramp, from: usize, to: usize) -> Change {
        let (begin, end) = (from + line.begin, from + line.end);
        let (low, high) = line.interval();
        Change {
            kind: Kind::Trend,
            old: from..begin.max(from + 1),
            new: end.min(to - 1)..to,
            change: self.scale.change(line.rise),
            interval: (self.scale.change(low), self.scale.change(high)),
            t: line.t().abs(),
            p: line.p(),
        }
    }
}

/// The squares around the two levels of the best step, wherever it is.
fn squares_of_best_step(values: &[f64]) -> f64 {
    (squares(values) - explained(values).into_iter().fold(0.0, f64::max)).max(0.0)
}

/// The squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// Boots that are far from what is around them and from their own level, at most two in a row, and not the edge of a change.
fn spikes(series: &Series, levels: &[f64], changes: &[Change]) -> Vec<Spike> {
    let Series { scaled: values, limits, scale, .. } = series;
    let settled = settled(values, changes);
    let distance = |at: usize| values[at] - levels[at];
    let is_beyond = |at: usize, by: f64| by.abs() > limits[at] && scale.change(by).abs() > LEAST_SPIKE;
    let is_off_level = |at: usize| settled[at].is_none_or(|level| is_beyond(at, values[at] - level));
    let is_far = |at: &usize| is_beyond(*at, distance(*at)) && is_off_level(*at);
    let is_edge = |at: usize| changes.iter().any(|change| change.old.end == at || change.old.end == at + 1);
    let far: Vec<usize> = (0..values.len()).filter(is_far).collect();
    let runs = far.chunk_by(|a, b| a + 1 == *b).filter(|run| run.len() <= WIDEST_SPIKE);
    let alone = runs.filter(|run| !run.iter().any(|at| is_edge(*at)));
    alone.flatten().map(|at| Spike { at: *at, change: scale.change(distance(*at)) }).collect()
}

/// The level that each boot belongs to; none within a trend, and where there is only one level, which may wander.
fn settled(values: &[f64], changes: &[Change]) -> Vec<Option<f64>> {
    let mut levels = vec![None; values.len()];
    for range in changes.iter().flat_map(|change| [&change.old, &change.new]) {
        let level = median(&mut values[range.clone()].to_vec());
        levels[range.clone()].fill(level);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random numbers with a seed.
    struct Noise(u64);

    impl Noise {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn between(&mut self, low: f64, high: f64) -> f64 {
            low + (high - low) * self.unit()
        }

        fn boots(&mut self, low: f64, high: f64) -> usize {
            self.between(low, high) as usize
        }

        fn normal(&mut self) -> f64 {
            (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
        }

        /// Student t with 3 degrees of freedom.
        fn heavy(&mut self) -> f64 {
            let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
            self.normal() / (squares / 3.0).sqrt()
        }
    }

    /// How many of some series were told as a trend alone, as steps alone (one, several), as both, and as nothing.
    #[derive(Debug, Default, Clone, Copy)]
    struct Told {
        trend: usize,
        step: usize,
        steps: usize,
        both: usize,
        nothing: usize,
    }

    const SERIES: usize = 400;

    /// What 400 series are told as, each of them logarithms, boot by boot.
    #[expect(clippy::print_stdout, reason = "the rates are what the test is for")]
    fn told(seed: u64, mut series: impl FnMut(&mut Noise) -> Vec<f64>) -> Told {
        let (mut noise, mut told) = (Noise(seed), Told::default());
        for _ in 0..SERIES {
            let values: Vec<f64> = series(&mut noise).iter().map(|value| 100.0 * value.exp()).collect();
            let found = shape(&values).unwrap().unwrap();
            let trends = found.changes.iter().filter(|change| change.kind == Kind::Trend).count();
            let counter = match (trends, found.changes.len() - trends) {
                (0, 0) => &mut told.nothing,
                (0, 1) => &mut told.step,
                (0, _) => &mut told.steps,
                (1, 0) => &mut told.trend,
                _ => &mut told.both,
            };
            *counter += 1;
        }
        println!("{seed}: of {SERIES}: {told:?}");
        told
    }

    /// A rise or a fall of 5 to 20 % in 40 to 100 boots, beginning after 20 to 80 boots and followed by as many.
    struct Ascent {
        before: usize,
        length: usize,
        after: usize,
        rise: f64,
        spread: f64,
    }

    impl Ascent {
        fn new(noise: &mut Noise) -> Ascent {
            let sign = if noise.unit() < 0.5 { 1.0 } else { -1.0 };
            let rise = sign * noise.between(0.05, 0.2).ln_1p();
            let (before, length, after) = (noise.boots(20.0, 80.0), noise.boots(40.0, 100.0), noise.boots(20.0, 80.0));
            Ascent { before, length, after, rise, spread: noise.between(0.005, 0.03) }
        }

        fn values(&self, noise: &mut Noise, share: impl Fn(f64) -> f64) -> Vec<f64> {
            let at = |boot: usize| (boot as f64 - self.before as f64) / self.length as f64;
            let boots = 0..self.before + self.length + self.after;
            boots.map(|boot| self.rise * share(at(boot)) + self.spread * noise.normal()).collect()
        }
    }

    #[test]
    fn slow_changes_are_trends() {
        let found = told(1, |noise| Ascent::new(noise).values(noise, |at| at.clamp(0.0, 1.0)));
        assert!(found.trend * 100 >= 92 * SERIES && found.nothing * 100 <= 5 * SERIES, "{found:?}");
        assert!((found.step + found.steps) * 100 <= 4 * SERIES, "{found:?}");
    }

    #[test]
    fn steps_are_steps() {
        let found = told(2, |noise| Ascent::new(noise).values(noise, |at| f64::from(at >= 0.5)));
        assert!(found.step * 100 >= 98 * SERIES && found.trend + found.both + found.steps <= SERIES / 200, "{found:?}");
        let small = told(3, |noise| {
            let (spread, before, after) =
                (noise.between(0.005, 0.03), noise.boots(20.0, 150.0), noise.boots(20.0, 150.0));
            let rise = noise.between(1.5, 4.0) * spread;
            let level = |boot: usize| if boot < before { 0.0 } else { rise };
            (0..before + after).map(|boot| level(boot) + spread * noise.normal()).collect()
        });
        assert!(small.step * 100 >= 80 * SERIES && small.trend + small.both <= SERIES / 200, "{small:?}");
    }

    #[test]
    fn two_steps_one_way_are_seldom_a_trend() {
        let found = told(4, |noise| {
            let ascent = Ascent::new(noise);
            let first = 1.0 / 3.0;
            ascent.values(noise, move |at| {
                if at < first {
                    0.0
                } else if at < 1.0 {
                    0.5
                } else {
                    1.0
                }
            })
        });
        assert!(found.trend * 100 <= 25 * SERIES, "{found:?}");
    }

    #[test]
    fn a_trend_and_a_later_step_are_both_told() {
        let found = told(5, |noise| {
            let ascent = Ascent { before: 40, length: 70, after: 90, rise: 0.2, spread: noise.between(0.005, 0.02) };
            ascent.values(noise, |at| at.clamp(0.0, 1.0) / 2.0 + f64::from(at > 1.6) / 2.0)
        });
        assert!(found.both * 100 >= 98 * SERIES, "{found:?}");
    }

    #[test]
    fn noise_is_no_change_whatever_it_looks_like() {
        let quiet = |seed: u64, noise_of: &dyn Fn(&mut Noise, usize, usize, &mut f64) -> f64| {
            told(seed, |noise| {
                let (count, spread, mut last) = (noise.boots(30.0, 500.0), noise.between(0.005, 0.03), 0.0);
                (0..count).map(|boot| spread * noise_of(noise, boot, count, &mut last)).collect()
            })
        };
        let normal = quiet(6, &|noise, _, _, _| noise.normal());
        let heavy = quiet(7, &|noise, _, _, _| noise.heavy());
        let doubling = quiet(8, &|noise, boot, count, _| noise.normal() * if boot * 2 > count { 2.0 } else { 1.0 });
        let spiky = quiet(9, &|noise, _, _, _| noise.normal() * if noise.unit() < 0.02 { 20.0 } else { 1.0 });
        let slow = quiet(10, &|noise, _, _, last| {
            *last = 0.3 * *last + noise.normal();
            *last
        });
        for told in [normal, heavy, doubling, spiky, slow] {
            assert!(told.nothing >= SERIES - 1, "{told:?}");
        }
    }

    #[test]
    fn the_newest_boots_may_have_left_the_level() {
        let of = |last: usize, factor: f64| {
            let found = shape(&example(|at| if at + last >= 120 { factor } else { 1.0 })).unwrap().unwrap();
            assert!(found.changes.is_empty() && found.spikes.is_empty(), "{found:?}");
            found.departure.map(|departure| (departure.boots, (departure.change * 10.0).round() / 10.0))
        };
        assert_eq!((of(0, 1.0), of(3, 1.02)), (None, None));
        assert_eq!(
            [of(1, 1.3), of(2, 0.7), of(3, 1.3), of(4, 1.3)].map(Option::unwrap),
            [(1, 0.3), (2, -0.3), (3, 0.3), (4, 0.3)]
        );
        // A large jump of seven is a level, which the rolling median follows late: no boot of it is a spike.
        let found = shape(&example(|at| if at < 113 { 1.0 } else { 1.3 })).unwrap().unwrap();
        assert!(found.spikes.is_empty() && found.changes.len() == 1 && found.changes[0].new == (113..120), "{found:?}");
        // After a step the level is the new one.
        let found = shape(&example(|at| if at < 100 { 1.0 } else { 1.3 })).unwrap().unwrap();
        assert_eq!((found.changes.len(), found.departure), (1, None));
        let quiet = |seed| {
            let mut noise = Noise(seed);
            let values = |noise: &mut Noise| (0..60).map(|_| (0.02 * noise.normal()).exp()).collect::<Vec<f64>>();
            (0..SERIES).filter(|_| shape(&values(&mut noise)).unwrap().unwrap().departure.is_some()).count()
        };
        assert!(quiet(11) <= SERIES / 200, "{}", quiet(11));
    }

    fn example(change: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..120).map(|at| (100.0 + (at * 7 % 5) as f64 / 2.0) * change(at)).collect()
    }

    #[test]
    fn one_or_two_boots_far_away_are_spikes_and_three_are_not() {
        let far = [(10, 0.5), (40, 1.3), (41, 1.25), (70, 1.2), (71, 1.2), (72, 1.2)];
        let factor = |at| far.iter().find(|(spike, _)| *spike == at).map_or(1.0, |(_, factor)| *factor);
        let found = shape(&example(factor)).unwrap().unwrap();
        assert_eq!(found.changes, []);
        assert_eq!(found.spikes.iter().map(|spike| spike.at).collect::<Vec<_>>(), [10, 40, 41]);
        assert!(
            (found.spikes[0].change + 0.5).abs() < 0.02 && (found.spikes[1].change - 0.3).abs() < 0.02,
            "{found:?}"
        );
    }

    #[test]
    fn a_spike_is_beyond_a_few_percent_and_no_edge_of_a_step() {
        let found = shape(&example(|at| {
            if at == 30 {
                1.02
            } else if at < 60 {
                1.0
            } else {
                1.4
            }
        }))
        .unwrap()
        .unwrap();
        assert_eq!((found.changes.len(), found.spikes.len()), (1, 0), "{found:?}");
        let step = &found.changes[0];
        assert_eq!((step.kind, step.old.clone(), step.new.clone()), (Kind::Step, 0..60, 60..120));
        assert!((step.change - 0.4).abs() < 0.01 && step.interval.0 < 0.4 && step.interval.1 > 0.4 && step.p < 1e-9);
    }

    #[test]
    fn a_trend_has_its_begin_and_its_end() {
        let rise = |at: usize| 1.0 + 0.2 * ((at as f64 - 40.0) / 40.0).clamp(0.0, 1.0);
        let found = shape(&example(rise)).unwrap().unwrap();
        let [trend] = &found.changes[..] else { panic!("{found:?}") };
        assert_eq!(trend.kind, Kind::Trend);
        assert!(trend.old.end.abs_diff(40) < 4 && trend.new.start.abs_diff(80) < 4, "{trend:?}");
        assert!((trend.change - 0.2).abs() < 0.01 && trend.old.start == 0 && trend.new.end == 120, "{trend:?}");
        // One that goes on from the first boot to the last.
        let found = shape(&example(|at| 1.0 + at as f64 / 300.0)).unwrap().unwrap();
        let [trend] = &found.changes[..] else { panic!("{found:?}") };
        assert!(
            trend.old.start == 0 && trend.new.end == 120 && trend.old.end < 8 && trend.new.start > 112,
            "{trend:?}"
        );
    }

    #[test]
    fn odd_values_give_ranges_that_fit() {
        let mut odd: Vec<Vec<f64>> = vec![
            vec![],
            vec![1.0],
            vec![5.0; 1000],
            (0..300).map(f64::from).collect(),
            (0..300).map(|at| -f64::from(at)).collect(),
            (0..300).map(|at| f64::from(at / 10)).collect(),
            (0..100).map(|at| if at < 50 { 1e19 } else { 1e-300 }).collect(),
            (0..100).map(|at| if at % 2 == 0 { -1e19 } else { 1e-300 }).collect(),
            (0..64).map(|at| f64::from(1 << (at % 16))).collect(),
        ];
        odd.push((0..500).map(|at| f64::from(at * at % 97) - 40.0).collect());
        for values in odd {
            let Some(found) = shape(&values).unwrap() else { continue };
            for Change { old, new, change, interval, t, p, .. } in &found.changes {
                assert!(old.start < old.end && old.end <= new.start + 1 && new.start < new.end, "{found:?}");
                assert!(
                    new.end <= values.len() && [*change, interval.0, interval.1, *t, *p].iter().all(|n| n.is_finite())
                );
            }
        }
        assert_eq!(shape(&[0.0; 100]), Ok(None));
        assert_eq!(shape(&[1.0, f64::NAN]), Err(NotFinite { at: 1 }));
    }
}
