//! Records -> a table of comma-separated values in the long form: a row for each sample. `docs/exchange.md` describes it.

use super::sample::{Sample, each};
use crate::record::Record;
use std::{borrow::Cow, io};

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
        each(record, &mut |sample| write_row(&mut table, sample))?;
    }
    table.flush()
}

fn write_row(table: &mut Table, sample: &Sample) -> io::Result<()> {
    for (_, text) in &COLUMNS {
        table.write_field(text(sample).as_bytes())?;
    }
    Ok(table.write_record(None::<&[u8]>)?)
}
