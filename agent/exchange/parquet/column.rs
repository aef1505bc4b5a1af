//! The columns of the table: samples -> the values of each column of a row group.

use crate::exchange::sample::Sample;
use parquet::{
    basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::ByteArray,
    errors::ParquetError,
    schema::types::{Type, TypePtr},
};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    Integer,
    Time,
    Double,
}

/// A column: its name, what it holds, and its value in a row.
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
    pub(super) cell: for<'a> fn(&'a Sample<'a>, Option<i64>) -> Cell<'a>,
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

/// The schema of a file. Any value may be absent.
pub(super) fn schema() -> Result<TypePtr, ParquetError> {
    let fields = COLUMNS.iter().map(|column| column.field().map(Arc::new)).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("sample").with_fields(fields).build()?))
}

impl Column {
    fn field(&self) -> Result<Type, ParquetError> {
        let (physical, logical, converted) = match self.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
            Kind::Boolean => (Physical::BOOLEAN, None, ConvertedType::NONE),
            Kind::Integer => (Physical::INT32, None, ConvertedType::NONE),
            Kind::Time => {
                let time = LogicalType::timestamp(true, TimeUnit::MICROS);
                (Physical::INT64, Some(time), ConvertedType::TIMESTAMP_MICROS)
            }
            Kind::Double => (Physical::DOUBLE, None, ConvertedType::NONE),
        };
        let field = Type::primitive_type_builder(self.name, physical).with_repetition(Repetition::OPTIONAL);
        field.with_logical_type(logical).with_converted_type(converted).build()
    }
}

/// The values of a column so far.
#[derive(Debug)]
pub(super) enum Values {
    /// Texts: each once, and for each row which one.
    Texts {
        known: HashMap<Box<str>, u32>,
        texts: Vec<ByteArray>,
        rows: Vec<Option<u32>>,
        bytes: usize,
    },
    Booleans(Vec<Option<bool>>),
    Integers(Vec<Option<i32>>),
    Times(Vec<Option<i64>>),
    Doubles(Vec<Option<f64>>),
}

impl Values {
    pub(super) fn of(column: &Column) -> Values {
        match column.kind {
            Kind::Text => Values::Texts { known: HashMap::new(), texts: Vec::new(), rows: Vec::new(), bytes: 0 },
            Kind::Boolean => Values::Booleans(Vec::new()),
            Kind::Integer => Values::Integers(Vec::new()),
            Kind::Time => Values::Times(Vec::new()),
            Kind::Double => Values::Doubles(Vec::new()),
        }
    }

    /// Adds the value of a row. An empty text is not known.
    pub(super) fn add(&mut self, cell: Cell) {
        match (self, cell) {
            (Values::Texts { known, texts, rows, bytes }, Cell::Text(text)) => {
                let at = known.get(text).copied().or_else(|| {
                    let at = u32::try_from(texts.len()).ok().filter(|_| !text.is_empty())?;
                    known.insert(text.into(), at);
                    texts.push(text.into());
                    *bytes += 2 * text.len() + 96;
                    Some(at)
                });
                rows.push(at);
            }
            (Values::Booleans(rows), Cell::Boolean(value)) => rows.push(value),
            (Values::Integers(rows), Cell::Integer(value)) => rows.push(Some(value)),
            (Values::Times(rows), Cell::Time(value)) => rows.push(value),
            (Values::Doubles(rows), Cell::Double(value)) => rows.push(value),
            // A column takes the values of its kind: the schema pairs them.
            _ => {}
        }
    }

    /// How much memory its values take, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Values::Texts { rows, bytes, .. } => rows.len() * 8 + bytes,
            Values::Booleans(rows) => rows.len(),
            Values::Integers(rows) => rows.len() * 8,
            Values::Times(rows) => rows.len() * 16,
            Values::Doubles(rows) => rows.len() * 16,
        }
    }
}
