//! Records -> a table of comma-separated values in the long form: a row for each sample. `docs/exchange.md` describes it.

use crate::record::{Benchmark, Case, Iterations, Metric, Record, Series, Value};
use std::{borrow::Cow, io};

/// A sample with what it is of.
struct Sample<'a> {
    origin: &'a Origin<'a>,
    benchmark: &'a Benchmark,
    case: &'a Case,
    case_labels: &'a str,
    metric: Option<&'a Metric>,
    series: &'a Series,
    series_labels: &'a str,
    primary: bool,
    boot: &'a str,
    valid: Option<bool>,
    /// From 0.
    iteration: usize,
    /// From 0.
    position: usize,
    value: Option<Value>,
}

/// What all samples of a record share.
struct Origin<'a> {
    id: String,
    label: &'a str,
    started: &'a str,
    kernel: &'a str,
    board: &'a str,
}

/// A column: its name, and its text in a row. An empty text means unknown.
type Column = (&'static str, for<'a> fn(&'a Sample<'a>) -> Cow<'a, str>);

/// The columns in their order. New ones are added at the end, and none is ever taken away.
const COLUMNS: [Column; 21] = [
    ("record", |sample| sample.origin.id.as_str().into()),
    ("label", |sample| sample.origin.label.into()),
    ("benchmark", |sample| sample.benchmark.name.as_str().into()),
    ("run", |sample| sample.benchmark.run.to_string().into()),
    ("case", |sample| sample.case_labels.into()),
    ("metric", |sample| sample.series.metric.as_str().into()),
    ("labels", |sample| sample.series_labels.into()),
    ("unit", |sample| sample.metric.map_or("", |metric| metric.unit.as_str()).into()),
    ("better", |sample| sample.metric.map_or("", |metric| metric.better.as_str()).into()),
    ("iteration", |sample| (sample.iteration + 1).to_string().into()),
    ("position", |sample| (sample.position + 1).to_string().into()),
    ("value", |sample| sample.value.map(|value| value.to_string()).unwrap_or_default().into()),
    ("boot", |sample| sample.boot.into()),
    ("started", |sample| sample.origin.started.into()),
    ("kernel", |sample| sample.origin.kernel.into()),
    ("board", |sample| sample.origin.board.into()),
    ("tool", |sample| sample.benchmark.tool.as_ref().map_or("", |tool| &tool.name).into()),
    ("tool_version", |sample| {
        sample.benchmark.tool.as_ref().and_then(|tool| tool.version.as_deref()).unwrap_or_default().into()
    }),
    ("result", |sample| sample.case.result.as_str().into()),
    ("valid", |sample| sample.valid.map_or("", truth).into()),
    ("primary", |sample| truth(sample.primary).into()),
];

fn truth(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

type Table<'a> = csv::Writer<&'a mut dyn io::Write>;

/// Writes the table, with the names of the columns as its first line.
pub(super) fn write(records: &[Record], out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS.iter().map(|(name, _)| name))?;
    for record in records {
        let origin = Origin::of(record);
        let boot = |at: usize| record.boots.get(at).and_then(|boot| boot.id.as_ref()).map_or("", |id| id.as_str());
        for benchmark in &record.benchmarks {
            for case in &benchmark.cases {
                write_case(&mut table, &origin, benchmark, case, &boot)?;
            }
        }
    }
    table.flush()
}

fn write_case<'a>(
    table: &mut Table,
    origin: &Origin,
    benchmark: &Benchmark,
    case: &Case,
    boot: &dyn Fn(usize) -> &'a str,
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
                write_row(table, &sample)?;
            }
        }
    }
    Ok(())
}

fn write_row(table: &mut Table, sample: &Sample) -> io::Result<()> {
    for (_, text) in &COLUMNS {
        table.write_field(text(sample).as_bytes())?;
    }
    Ok(table.write_record(None::<&[u8]>)?)
}

impl<'a> Origin<'a> {
    fn of(record: &'a Record) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        let machine = record.machine.as_ref();
        Origin {
            id: record.id.to_string(),
            label: text(&record.label),
            started: text(&record.started),
            kernel: machine.map_or("", |machine| text(&machine.kernel.release)),
            board: machine.map_or("", |machine| text(&machine.board.model)),
        }
    }
}
