//! One suite, as every other room sees it.

use super::error::SuiteError;
#[cfg(feature = "host")]
use super::exchange::{AnyResults, Content, Exchange, Format, TableOptions, Tables};
use crate::record::{Benchmark, Record, RecordId};
use std::{
    io,
    path::{Path, PathBuf},
};

/// What can be done with one suite.
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    pub(super) runs: fn(&Path) -> io::Result<Vec<PathBuf>>,
    pub(super) run: fn(&Path, Option<&str>, RecordId) -> Result<Logged, SuiteError>,
    /// What a host does with its results.
    #[cfg(feature = "host")]
    pub(super) exchange: Exchange,
}

/// What a run left in its folder of logs.
pub struct Logged {
    /// The run.
    pub record: Record,
    /// What was found besides samples.
    pub notes: Vec<String>,
}

impl Logged {
    /// Its benchmarks, each as the first run of its name.
    pub fn into_benchmarks(self) -> Vec<Benchmark> {
        let first = |benchmark| Benchmark { run: 1, ..benchmark };
        self.record.benchmarks.into_iter().map(first).collect()
    }
}

impl Suite {
    /// The folders of runs in a folder of logs: itself, or those in it.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn runs(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        (self.runs)(folder)
    }

    /// The record of one run's folder of logs, which is called `label`, or as the folder.
    ///
    /// # Errors
    /// A folder that is not of a run, or has no benchmark.
    pub fn run(&self, folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
        (self.run)(folder, label, id)
    }
}

#[cfg(feature = "host")]
impl Suite {
    /// What the suite makes of a source.
    ///
    /// # Errors
    /// Records that it did not leave so.
    pub fn results(&self, content: Content) -> Result<AnyResults, SuiteError> {
        match content {
            Content::Results(results) if results.suite() == self.name => Ok(results),
            // What another suite left is one record for each run; nobody sees what they are called.
            other => (self.exchange.of_records)(&other.into_records(&|| RecordId(0))),
        }
    }

    /// The suite's own comparison of all results together, in one of its formats.
    ///
    /// # Errors
    /// What cannot be compared.
    pub fn compare(
        &self,
        results: Vec<AnyResults>,
        format: &Format,
        options: &TableOptions,
    ) -> Result<Tables, SuiteError> {
        (self.exchange.compare)(results, format.name, options)
    }

    /// Whether its own comparison takes an option, as `--ratio`.
    pub fn takes(&self, option: &str) -> bool {
        self.exchange.table_options.contains(&option)
    }

    /// Writes records as the suite's results to the new folder `folder`: what is left out.
    ///
    /// # Errors
    /// Nothing that can be written, or a file.
    pub fn write_folder(&self, records: &[Record], folder: &Path) -> Result<Vec<String>, SuiteError> {
        (self.exchange.write_folder)(records, folder)
    }

    /// Writes the logs of a record, whose outputs are in `outputs`, to the new folder `run`: what is left out.
    ///
    /// # Errors
    /// There is no log, or a file.
    pub fn write_logs(&self, record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, SuiteError> {
        (self.exchange.write_logs)(record, outputs, run)
    }
}
