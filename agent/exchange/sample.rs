//! Records -> samples, each with what it is of: the rows of a table.

use crate::record::{Benchmark, Case, Iterations, Lab, Metric, Record, Series, Value};
use std::io;

/// A sample with what it is of.
pub(super) struct Sample<'a> {
    pub(super) origin: &'a Origin<'a>,
    pub(super) benchmark: &'a Benchmark,
    pub(super) case: &'a Case,
    pub(super) case_labels: &'a str,
    pub(super) metric: Option<&'a Metric>,
    pub(super) series: &'a Series,
    pub(super) series_labels: &'a str,
    pub(super) primary: bool,
    pub(super) boot: &'a str,
    pub(super) valid: Option<bool>,
    /// From 0.
    pub(super) iteration: usize,
    /// From 0.
    pub(super) position: usize,
    pub(super) value: Option<Value>,
}

/// What all samples of a record share.
pub(super) struct Origin<'a> {
    pub(super) id: String,
    pub(super) label: &'a str,
    pub(super) started: &'a str,
    pub(super) kernel: &'a str,
    pub(super) board: &'a str,
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only the tables have a column for it"))]
    pub(super) device: &'a str,
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only the tables have a column for it"))]
    pub(super) device_type: &'a str,
}

/// Gives each sample of a record, in its order.
///
/// # Errors
/// Those of `take`.
pub(super) fn each(record: &Record, take: &mut dyn FnMut(&Sample) -> io::Result<()>) -> io::Result<()> {
    let origin = Origin::of(record);
    let boot = |at: usize| record.boots.get(at).and_then(|boot| boot.id.as_ref()).map_or("", |id| id.as_str());
    for benchmark in &record.benchmarks {
        for case in &benchmark.cases {
            of_case(&origin, (benchmark, case), &boot, take)?;
        }
    }
    Ok(())
}

fn of_case<'a>(
    origin: &Origin,
    (benchmark, case): (&Benchmark, &Case),
    boot: &dyn Fn(usize) -> &'a str,
    take: &mut dyn FnMut(&Sample) -> io::Result<()>,
) -> io::Result<()> {
    let (iterations, case_labels, primary) = (Iterations::of(case), case.labels.to_string(), benchmark.primary());
    for series in &case.series {
        let metric = benchmark.metrics.iter().find(|metric| metric.name == series.metric);
        let (series_labels, primary) = (series.labels.to_string(), primary.contains(&series.metric));
        for (iteration, values) in series.samples.iter().enumerate() {
            let boot = boot(iterations.execution(iteration).map_or(0, |execution| execution.boot as usize));
            let valid = iterations.is_valid(iteration);
            for (position, value) in values.iter().enumerate() {
                let (case_labels, series_labels, value) = (&*case_labels, &*series_labels, *value);
                let sample = Sample {
                    origin,
                    benchmark,
                    case,
                    case_labels,
                    metric,
                    series,
                    series_labels,
                    primary,
                    boot,
                    valid,
                    iteration,
                    position,
                    value,
                };
                take(&sample)?;
            }
        }
    }
    Ok(())
}

impl<'a> Origin<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        let (machine, lab) = (record.machine.as_ref(), record.lab.as_ref());
        Origin {
            id: record.id.to_string(),
            label: text(&record.label),
            started: text(&record.started),
            kernel: machine.map_or("", |machine| text(&machine.kernel.release)),
            board: machine.map_or("", |machine| text(&machine.board.model)),
            device: lab.map_or("", |lab: &Lab| text(&lab.device)),
            device_type: lab.map_or("", |lab: &Lab| text(&lab.device_type)),
        }
    }
}
