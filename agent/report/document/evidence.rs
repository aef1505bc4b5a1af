//! What only the records have of a finding: how it was measured, and each iteration with its conditions.

use super::{Document, MetricFields, OneBoot};
use crate::{
    boots::{Measured, Wanted, measured},
    record::{self, Benchmark, Case, Record},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many findings have their evidence in the document. All have their boots' values.
const MOST: usize = 60;
/// How many iterations of a side.
const MOST_ITERATIONS: usize = 200;

/// The records that a comparison is of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// The old side.
    pub base: &'a [Record],
    /// The new one.
    pub new: &'a [Record],
}

/// How a finding was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub tool: Option<String>,
    pub tool_version: Option<String>,
    pub command: Vec<String>,
    pub all_parameters: BTreeMap<String, String>,
    pub base: Vec<Iteration>,
    pub new: Vec<Iteration>,
    /// How many iterations the two lists leave out.
    pub left_out: usize,
}

/// One iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    pub boot: String,
    pub iteration: usize,
    pub value: f64,
    pub samples: usize,
    pub counts: bool,
    pub disturbances: Vec<String>,
    pub conditions: Option<Conditions>,
    pub monitors: Vec<Monitor>,
}

/// What the machine did in an iteration: what a person looks at first. The record has more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    pub temperature_celsius: Option<f64>,
    pub frequency_mhz: Option<(u64, u64)>,
    pub load_average: Option<f64>,
    pub throttle_events: u64,
    pub cpu_stall_ms: u64,
    pub io_stall_ms: u64,
    pub memory_stall_ms: u64,
    pub steal_ms: u64,
}

/// What a monitor measured in an iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    pub name: String,
    pub unit: String,
    pub minimum: f64,
    pub median: f64,
    pub maximum: f64,
}

impl Document {
    /// The document, with the evidence of what is worse, changed or better, and then of what is unknown.
    #[must_use]
    pub fn with_evidence(mut self, sources: Sources) -> Document {
        let told = |metric: &&mut MetricFields| metric.verdict != "same" && metric.metric.is_some();
        for metric in self.metrics.iter_mut().filter(told).take(MOST) {
            let counted = |points: &[(usize, f64)], boots: &[OneBoot]| {
                points.iter().filter_map(|(at, _)| Some(boots.get(*at)?.id.clone())).collect::<BTreeSet<String>>()
            };
            let (base, new) =
                (counted(&metric.points.base, &self.boots.base), counted(&metric.points.new, &self.boots.new));
            metric.evidence = evidence(metric, sources, (&base, &new));
        }
        self
    }
}

/// The evidence of a metric; `counted` are the boots of both sides that are compared.
fn evidence(
    metric: &MetricFields,
    sources: Sources,
    counted: (&BTreeSet<String>, &BTreeSet<String>),
) -> Option<Evidence> {
    let wanted = Wanted {
        benchmark: &metric.benchmark,
        parameters: &metric.parameters,
        case: &metric.case,
        metric: metric.metric.as_ref()?,
        labels: &metric.labels,
        unit: metric.unit.as_ref(),
    };
    let (base, old_case) = measured(sources.base, &wanted);
    let (new, new_case) = measured(sources.new, &wanted);
    let (benchmark, case): (&Benchmark, &Case) = new_case.or(old_case)?;
    let left_out = [&base, &new].iter().map(|side| side.len().saturating_sub(MOST_ITERATIONS)).sum();
    let tool = benchmark.tool.as_ref();
    // What a board measured that is left out does not count either.
    let iterations = |all: Vec<Measured>, boots: &BTreeSet<String>| {
        let counts = |one: Measured| Measured { counts: one.counts && boots.contains(&one.boot), ..one };
        all.into_iter().take(MOST_ITERATIONS).map(counts).map(Iteration::of).collect()
    };
    Some(Evidence {
        tool: tool.map(|tool| tool.name.clone()),
        tool_version: tool.and_then(|tool| tool.version.clone()),
        command: case.command.clone(),
        all_parameters: benchmark.parameters.clone(),
        base: iterations(base, counted.0),
        new: iterations(new, counted.1),
        left_out,
    })
}

impl Iteration {
    fn of(measured: Measured) -> Self {
        let Measured { boot, iteration, value, samples, counts, conditions, monitors, disturbances } = measured;
        let monitor = |one: record::Monitor| Monitor {
            name: one.name.to_string(),
            unit: one.unit.to_string(),
            minimum: one.minimum.get(),
            median: one.median.get(),
            maximum: one.maximum.get(),
        };
        Iteration {
            boot,
            iteration,
            value: value.get(),
            samples,
            counts,
            disturbances,
            conditions: conditions.as_ref().map(Conditions::of),
            monitors: monitors.into_iter().map(monitor).collect(),
        }
    }
}

impl Conditions {
    fn of(conditions: &record::Conditions) -> Self {
        let mhz = || conditions.frequency_khz.values().map(|khz| khz / 1000);
        Conditions {
            temperature_celsius: conditions.temperature_millicelsius.map(|degrees| f64::from(degrees) / 1000.0),
            frequency_mhz: mhz().min().zip(mhz().max()),
            load_average: conditions.load_average_hundredths.map(|load| f64::from(load) / 100.0),
            throttle_events: conditions.throttle_events,
            cpu_stall_ms: conditions.cpu_stall_us / 1000,
            io_stall_ms: conditions.io_stall_us / 1000,
            memory_stall_ms: conditions.memory_stall_us / 1000,
            steal_ms: conditions.steal_ms,
        }
    }
}
