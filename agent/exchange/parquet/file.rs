//! Rows -> one Parquet file, by the crate `parquet`.

use super::column::{COLUMNS, Values, schema, started};
use crate::exchange::sample::Sample;
use parquet::{
    basic::Compression,
    data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
};
use std::{
    fs::File,
    io::{self, BufWriter},
    path::Path,
    sync::Arc,
};

/// The rows of one row group, before they are written.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<Values>,
    count: usize,
}

impl Rows {
    pub(super) fn new() -> Rows {
        Rows { columns: COLUMNS.iter().map(Values::of).collect(), count: 0 }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        let started = started(sample.origin.started);
        self.columns.iter_mut().zip(&COLUMNS).for_each(|(values, column)| values.add((column.cell)(sample, started)));
        self.count += 1;
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How much memory they take, about.
    pub(super) fn size(&self) -> usize {
        self.columns.iter().map(Values::size).sum()
    }
}

/// A file that is being written.
pub(super) struct TableFile(SerializedFileWriter<BufWriter<File>>);

impl TableFile {
    pub(super) fn create(path: &Path) -> io::Result<TableFile> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("lava-bench version ", env!("CARGO_PKG_VERSION")).into());
        let out = BufWriter::new(File::create_new(path)?);
        let schema = schema().map_err(failed)?;
        SerializedFileWriter::new(out, schema, Arc::new(properties.build())).map(TableFile).map_err(failed)
    }

    /// Writes rows as one row group.
    pub(super) fn group(&mut self, rows: &Rows) -> io::Result<()> {
        let mut write = || {
            let mut group = self.0.next_row_group()?;
            for values in &rows.columns {
                let Some(mut column) = group.next_column()? else { break };
                values.write(&mut column)?;
                column.close()?;
            }
            group.close()
        };
        write().map(drop).map_err(failed)
    }

    /// Writes the metadata; the file is whole when this returns.
    pub(super) fn finish(self) -> io::Result<()> {
        let out = self.0.into_inner().map_err(failed)?;
        out.into_inner().map(drop).map_err(io::IntoInnerError::into_error)
    }
}

/// What the system said, where it was the reason.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => cause.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error),
        error => io::Error::other(error),
    }
}

impl Values {
    fn write(&self, column: &mut SerializedColumnWriter) -> Result<(), ParquetError> {
        match self {
            Values::Texts { texts, rows, .. } => {
                let text = |at: u32| texts.get(at as usize).cloned();
                write::<ByteArrayType>(column, &rows.iter().map(|row| text((*row)?)).collect::<Vec<_>>())
            }
            Values::Booleans(rows) => write::<BoolType>(column, rows),
            Values::Integers(rows) => write::<Int32Type>(column, rows),
            Values::Times(rows) => write::<Int64Type>(column, rows),
            Values::Doubles(rows) => write::<DoubleType>(column, rows),
        }
    }
}

/// The values that there are, and for each row whether it has one.
fn write<T: DataType>(column: &mut SerializedColumnWriter, rows: &[Option<T::T>]) -> Result<(), ParquetError> {
    let present: Vec<i16> = rows.iter().map(|row| i16::from(row.is_some())).collect();
    let values: Vec<T::T> = rows.iter().flatten().cloned().collect();
    column.typed::<T>().write_batch(&values, Some(&present), None).map(drop)
}
