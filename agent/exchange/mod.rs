//! Records -> formats without a suite behind them: tables of samples, the tests of a dashboard. `docs/exchange.md` describes
//! them.

mod csv;
mod junit;
#[cfg(feature = "parquet")]
mod parquet;
mod sample;

#[cfg(feature = "parquet")]
pub use parquet::{Tables, Written};

use crate::record::Record;
use std::io;

/// A format that records are written in.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    write: Write,
}

type Write = fn(&[Record], &mut dyn io::Write) -> io::Result<()>;

/// All of them.
pub static FORMATS: [Format; 2] = [
    Format { name: "csv", help: "A table with a row for each sample", write: csv::write },
    Format { name: "junit", help: "JUnit XML: a test for each case", write: junit::write },
];

impl Format {
    /// Writes `records`, one after the other, as one document.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, records: &[Record], out: &mut dyn io::Write) -> io::Result<()> {
        (self.write)(records, out)
    }
}

#[cfg(test)]
mod tests;
