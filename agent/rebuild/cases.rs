//! Samples as their signals have them -> the cases that they belong to, and where samples are missing.

use crate::{
    record::{Case, Ident, Labels, Loss, Series, Unit, Value},
    signal::{Name, Word},
};
use std::collections::BTreeMap;

/// A sample as its signal has it.
pub(super) struct Sample {
    /// Which signal of the benchmark it was: cases are in the order of their first one.
    pub(super) turn: usize,
    pub(super) name: Name,
    pub(super) metric: Ident,
    pub(super) labels: Labels,
    pub(super) position: Option<(u32, u32)>,
    pub(super) value: Value,
    pub(super) unit: Unit,
    pub(super) rounded: bool,
}

/// How many samples a record may lack before ones that are there: a forged position must not make us allocate.
pub(super) const ROOM: usize = 100_000;

/// Cases in the making. All are found by their labels, as there may be many.
#[derive(Debug, Default)]
pub(super) struct Cases {
    /// Each with the turn of its first signal.
    all: Vec<(usize, Case)>,
    cases: BTreeMap<Labels, usize>,
    /// By case, metric and labels.
    series: BTreeMap<(usize, Ident, Labels), usize>,
    /// The turns of series' values for charts, by case and metric and labels: they are sent in the order of the series.
    charts: BTreeMap<(usize, Ident, Labels), usize>,
}

impl Cases {
    /// The case of `labels`, which a signal of this turn names, and its number.
    pub(super) fn at(&mut self, labels: Labels, turn: usize) -> (usize, &mut Case) {
        let all = &mut self.all;
        let at = *self.cases.entry(labels).or_insert_with_key(|labels| {
            all.push((turn, Case { labels: labels.clone(), ..Case::default() }));
            all.len() - 1
        });
        all[at].0 = all[at].0.min(turn);
        (at, &mut all[at].1)
    }

    /// Puts a sample into the series `own` of the case `point`. A value for a chart is computed from the samples and no
    /// sample itself, but its series is there.
    ///
    /// # Errors
    /// The sample's name, if more would be missing before it than there is `room` for.
    pub(super) fn place(&mut self, point: Labels, own: Labels, sample: Sample, room: &mut usize) -> Result<(), Name> {
        let (number, _) = self.at(point, sample.turn);
        let case = &mut self.all[number].1;
        if sample.position.is_none() {
            self.charts.insert((number, sample.metric.clone(), own.clone()), sample.turn);
        }
        let series = self.series.entry((number, sample.metric, own)).or_insert_with_key(|(_, metric, own)| {
            case.series.push(Series { metric: metric.clone(), labels: own.clone(), samples: Vec::new() });
            case.series.len() - 1
        });
        let Some((iteration, number)) = sample.position else { return Ok(()) };
        let (iteration, number) = (iteration as usize, number as usize);
        let samples = &mut case.series[*series].samples;
        let there = samples.get(iteration).map_or(0, Vec::len);
        let before = iteration.saturating_sub(samples.len()) + number.saturating_sub(there);
        *room = room.checked_sub(before).ok_or(sample.name)?;
        samples.resize(samples.len().max(iteration + 1), Vec::new());
        let samples = &mut samples[iteration];
        samples.resize(samples.len().max(number + 1), None);
        samples[number] = Some(sample.value);
        Ok(())
    }

    /// The cases in the order of their first signals, each one's series in that of their values for charts.
    pub(super) fn in_order(mut self) -> Vec<Case> {
        for (number, (_, case)) in self.all.iter_mut().enumerate() {
            let turn = |series: &Series| self.charts.get(&(number, series.metric.clone(), series.labels.clone()));
            case.series.sort_by_cached_key(|series| turn(series).copied().unwrap_or(usize::MAX));
        }
        self.all.sort_by_key(|(turn, _)| *turn);
        self.all.into_iter().map(|(_, case)| case).collect()
    }
}

/// Lists the positions before known ones whose samples are missing.
pub(super) fn gaps(name: &Ident, run: u32, cases: &[Case], losses: &mut Vec<Loss>) {
    let run = Labels::of_run(run);
    for case in cases {
        for series in &case.series {
            let labels = run.then(&case.labels).and_then(|labels| labels.then(&series.labels)).unwrap_or_default();
            let stem = Name::new(name, Word::Metric(series.metric.clone()), &labels);
            for (iteration, samples) in (0..).zip(&series.samples) {
                let lost = (0..).zip(samples).filter(|(_, sample)| sample.is_none());
                losses.extend(lost.map(|(number, _)| Loss::new(stem.at(iteration, number), "its signal is missing")));
            }
        }
    }
}
