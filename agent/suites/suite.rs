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
    /// How it reads folders of logs that a run on a board left, where its programs leave such.
    pub logs: Option<Logs>,
    /// What a host does with its results.
    #[cfg(feature = "host")]
    pub(super) exchange: Exchange,
}

/// What reads a suite's folders of logs.
pub struct Logs {
    pub(super) runs: fn(&Path) -> io::Result<Vec<PathBuf>>,
    pub(super) run: fn(&Path, Option<&str>, RecordId) -> Result<Logged, SuiteError>,
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

impl Logs {
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

    /// The suite's own comparison of all results together, in one of its formats; no table where it has no comparison.
    ///
    /// # Errors
    /// What cannot be compared.
    pub fn compare(
        &self,
        results: Vec<AnyResults>,
        format: &Format,
        options: &TableOptions,
    ) -> Result<Tables, SuiteError> {
        let own = self.exchange.comparison.as_ref();
        own.map_or_else(|| Ok(Vec::new()), |own| (own.compare)(results, format.name, options))
    }

    /// Whether its own comparison takes an option, as `--ratio`.
    pub fn takes(&self, option: &str) -> bool {
        self.exchange.comparison.as_ref().is_some_and(|comparison| comparison.options.contains(&option))
    }
}
