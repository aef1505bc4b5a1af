//! The iterations behind the numbers of boots: what each measured, and in which conditions. For the few series that a report
//! shows in full.

use super::BootKey;
use crate::record::{Benchmark, Case, Conditions, Ident, Iterations, Labels, Monitor, Record, Unit, Value, Verdict};
use std::collections::BTreeMap;

/// The series that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The benchmark.
    pub benchmark: &'a Ident,
    /// Parameters that it was run with, among others.
    pub parameters: &'a BTreeMap<String, String>,
    /// The case's point.
    pub case: &'a Labels,
    /// The metric.
    pub metric: &'a Ident,
    /// What the tool's output labels it with.
    pub labels: &'a Labels,
    /// The unit.
    pub unit: Option<&'a Unit>,
}

/// One iteration of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The boot that it ran in.
    pub boot: String,
    /// Its number in its record, from 1.
    pub iteration: usize,
    /// The median of its samples, and how many these are.
    pub value: Value,
    /// How many samples it has.
    pub samples: usize,
    /// Whether it counts: not if the machine was disturbed, or the case failed or was skipped.
    pub counts: bool,
    /// What the machine did meanwhile.
    pub conditions: Option<Conditions>,
    /// What monitors measured meanwhile.
    pub monitors: Vec<Monitor>,
    /// Why it does not count.
    pub disturbances: Vec<String>,
}

/// The iterations of a series in all records, in their order; and the first case that it is of.
pub fn measured<'a>(records: &'a [Record], wanted: &Wanted) -> (Vec<Measured>, Option<(&'a Benchmark, &'a Case)>) {
    let (mut all, mut first) = (Vec::new(), None);
    let benchmarks = records.iter().flat_map(|record| record.benchmarks.iter().map(move |one| (record, one)));
    for (record, benchmark) in benchmarks.filter(|(_, benchmark)| wanted.is_of(benchmark)) {
        for case in benchmark.cases.iter().filter(|case| case.labels == *wanted.case) {
            let before = all.len();
            of_case(record, case, wanted, &mut all);
            if all.len() > before {
                first.get_or_insert((benchmark, case));
            }
        }
    }
    (all, first)
}

impl Wanted<'_> {
    fn is_of(&self, benchmark: &Benchmark) -> bool {
        let metric = benchmark.metrics.iter().find(|metric| metric.name == *self.metric);
        benchmark.name == *self.benchmark
            && metric.is_some_and(|metric| self.unit.is_none_or(|unit| metric.unit == *unit))
            && self.parameters.iter().all(|(name, value)| benchmark.parameters.get(name) == Some(value))
    }
}

fn of_case(record: &Record, case: &Case, wanted: &Wanted, all: &mut Vec<Measured>) {
    let iterations = Iterations::of(case);
    let counted = !matches!(case.result, Verdict::Fail | Verdict::Skip);
    let series = case.series.iter().filter(|one| one.metric == *wanted.metric && one.labels == *wanted.labels);
    for (number, samples) in series.flat_map(|one| one.samples.iter().enumerate()) {
        let values: Vec<Value> = samples.iter().flatten().copied().collect();
        let samples = values.len();
        let Some(value) = Value::median(values) else { continue };
        let execution = iterations.execution(number);
        let at = execution.map_or(0, |execution| execution.boot);
        let id = record.boots.get(at as usize).and_then(|boot| boot.id.clone());
        all.push(Measured {
            boot: id.map_or(BootKey::Record(record.id, at), BootKey::Id).to_string(),
            iteration: number + 1,
            value,
            samples,
            counts: counted && iterations.is_valid(number) != Some(false),
            conditions: execution.and_then(|execution| execution.conditions.clone()),
            monitors: execution.map(|execution| execution.monitors.clone()).unwrap_or_default(),
            disturbances: execution.map(|execution| execution.disturbances.clone()).unwrap_or_default(),
        });
    }
}
