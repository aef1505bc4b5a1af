//! Other programs' suites of benchmarks: their results <-> records, and their configurations -> what runs.
//!
//! One room for each suite, and one line in [`SUITES`]. This file is the face: every other room recognises, reads, writes
//! and compares a suite's results through it, and knows no suite.

#[cfg(feature = "host")]
mod exchange;
pub mod mmtests;

#[cfg(feature = "host")]
pub use exchange::{
    ComparedTable, Content, ContentError, Format, Input, Results, Tables, Writer, formats, read, tables,
};
pub use mmtests::config;
#[cfg(feature = "host")]
pub use mmtests::{
    IterationOrder, Selection, TableOptions, Version,
    compare::{Options as ComparisonOptions, View as TableView},
};

use crate::record::{Benchmark, Record, RecordId};
use std::{io, path::Path, path::PathBuf};

/// All suites. The first reads what none of them recognises, and says what is wrong with it.
static SUITES: &[Suite] = &[mmtests::SUITE];

/// What can be done with one suite.
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    runs: fn(&Path) -> io::Result<Vec<PathBuf>>,
    run: fn(&Path, Option<&str>, RecordId) -> Result<Logged, SuiteError>,
    /// What a host does with its results.
    #[cfg(feature = "host")]
    exchange: exchange::Exchange,
}

/// What a suite says of its own files that are wrong.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SuiteError(Box<dyn std::error::Error + Send + Sync>);

impl SuiteError {
    /// What the suite says.
    pub fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// What a run left in its folder of logs.
pub struct Logged {
    /// The run.
    pub record: Record,
    /// What was found and is no sample.
    pub notes: Vec<String>,
}

impl Logged {
    /// Its benchmarks, each as the first run of its name.
    pub fn into_benchmarks(self) -> Vec<Benchmark> {
        let first = |benchmark| Benchmark { run: 1, ..benchmark };
        self.record.benchmarks.into_iter().map(first).collect()
    }
}

/// The suite with this name.
pub fn named(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.name == name)
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
    /// A folder that is none of a run, or without a benchmark.
    pub fn run(&self, folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
        (self.run)(folder, label, id)
    }
}
