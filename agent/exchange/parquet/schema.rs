//! The columns of the table: a sample -> a row.

use super::thrift::Struct;
use crate::exchange::sample::Sample;
use std::time::SystemTime;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Boolean,
    Integer,
    Time,
    Double,
}

/// The value of one row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Boolean(Option<bool>),
    Integer(i32),
    /// Microseconds since 1970.
    Time(Option<i64>),
    Double(Option<f64>),
}

/// A column: its name, what it holds, and its value in a row.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) cell: for<'a> fn(&'a Sample<'a>, Option<i64>) -> Cell<'a>,
}

macro_rules! column {
    ($name:literal, $kind:ident, $cell:expr) => {
        Column { name: $name, kind: Kind::$kind, cell: $cell }
    };
}

/// The columns in their order: those of the CSV table, and the board as a lab calls it. The folders' names have the date and the
/// type of the device.
pub(super) static COLUMNS: [Column; 22] = [
    column!("record", Text, |sample, _| Cell::Text(&sample.origin.id)),
    column!("label", Text, |sample, _| Cell::Text(sample.origin.label)),
    column!("benchmark", Text, |sample, _| Cell::Text(sample.benchmark.name.as_str())),
    column!("run", Integer, |sample, _| integer(sample.benchmark.run as usize)),
    column!("case", Text, |sample, _| Cell::Text(sample.case_labels)),
    column!("metric", Text, |sample, _| Cell::Text(sample.series.metric.as_str())),
    column!("labels", Text, |sample, _| Cell::Text(sample.series_labels)),
    column!("unit", Text, |sample, _| Cell::Text(sample.metric.map_or("", |metric| metric.unit.as_str()))),
    column!("better", Text, |sample, _| Cell::Text(sample.metric.map_or("", |metric| metric.better.as_str()))),
    column!("iteration", Integer, |sample, _| integer(sample.iteration + 1)),
    column!("position", Integer, |sample, _| integer(sample.position + 1)),
    column!("value", Double, |sample, _| Cell::Double(sample.value.map(|value| value.get()))),
    column!("boot", Text, |sample, _| Cell::Text(sample.boot)),
    column!("started", Time, |_, started| Cell::Time(started)),
    column!("kernel", Text, |sample, _| Cell::Text(sample.origin.kernel)),
    column!("board", Text, |sample, _| Cell::Text(sample.origin.board)),
    column!("tool", Text, |sample, _| Cell::Text(sample.benchmark.tool.as_ref().map_or("", |tool| &tool.name))),
    column!("tool_version", Text, |sample, _| {
        Cell::Text(sample.benchmark.tool.as_ref().and_then(|tool| tool.version.as_deref()).unwrap_or_default())
    }),
    column!("result", Text, |sample, _| Cell::Text(sample.case.result.as_str())),
    column!("valid", Boolean, |sample, _| Cell::Boolean(sample.valid)),
    column!("primary", Boolean, |sample, _| Cell::Boolean(Some(sample.primary))),
    column!("device", Text, |sample, _| Cell::Text(sample.origin.device)),
];

fn integer(number: usize) -> Cell<'static> {
    Cell::Integer(i32::try_from(number).unwrap_or(i32::MAX))
}

/// When a record began, in microseconds since 1970.
pub(super) fn started(text: &str) -> Option<i64> {
    let time = humantime::parse_rfc3339_weak(text).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

impl Kind {
    /// Parquet's physical type.
    pub(super) fn physical(self) -> i32 {
        match self {
            Kind::Boolean => 0,
            Kind::Integer => 1,
            Kind::Time => 2,
            Kind::Double => 5,
            Kind::Text => 6,
        }
    }
}

/// The schema as Parquet's metadata has it: the row, then its columns. Any value may be absent.
pub(super) fn schema() -> Vec<Vec<u8>> {
    const OPTIONAL: i32 = 1;
    let root = Struct::default().text(4, "sample").i32(5, COLUMNS.len() as i32).end();
    let column = |column: &Column| {
        let element = Struct::default().i32(1, column.kind.physical()).i32(3, OPTIONAL).text(4, column.name);
        let element = match column.kind {
            Kind::Text => element.i32(6, 0).inner(10, Struct::default().inner(1, Struct::default())),
            Kind::Time => {
                let microseconds = Struct::default().inner(2, Struct::default());
                let timestamp = Struct::default().bool(1, true).inner(2, microseconds);
                element.i32(6, 10).inner(10, Struct::default().inner(8, timestamp))
            }
            Kind::Boolean | Kind::Integer | Kind::Double => element,
        };
        element.end()
    };
    std::iter::once(root).chain(COLUMNS.iter().map(column)).collect()
}
