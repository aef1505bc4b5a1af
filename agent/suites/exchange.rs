//! Results of any suite, or records: recognised, read, written and compared.

use super::{error::SuiteError, mmtests};
use crate::record::{Invalid, Record, RecordId};
use std::{
    any::Any,
    io::{self, Write},
    path::Path,
};

/// What a host does with one suite's results.
pub(super) struct Exchange {
    /// Whether a file or a folder holds them.
    pub(super) recognises: fn(&Input) -> bool,
    pub(super) read: fn(&Input, &Selection) -> ReadResults,
    /// What the suite makes of records.
    pub(super) of_records: fn(&[Record]) -> ReadResults,
    /// The formats that its results are written in.
    pub(super) formats: &'static [Format],
    /// Its own comparison, if it has one.
    pub(super) comparison: Option<OwnComparison>,
}

/// A suite's own comparison.
pub(super) struct OwnComparison {
    /// What it is written as.
    pub(super) formats: &'static [Format],
    /// The options that it takes.
    pub(super) options: &'static [&'static str],
    /// Whether the suite's results alone are compared so where nobody asks for another comparison.
    pub(super) is_default: bool,
    /// Compares all results together.
    pub(super) compare: fn(Vec<AnyResults>, &str, &TableOptions) -> ComparedTables,
}

/// What is asked of a suite's own comparison; each suite takes its part.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// What MMTests' takes.
    pub mmtests: mmtests::TableOptions,
    /// Everything, and not only what changed.
    pub all: bool,
    /// Only what the tested programs measured themselves.
    pub kpi: bool,
}

/// What is taken of a folder: so far only MMTests' folders leave a choice.
pub type Selection = mmtests::Selection;

/// What is read.
pub enum Input<'a> {
    /// A folder.
    Folder(&'a Path),
    /// The bytes of a file.
    File(&'a [u8]),
}

/// A format of a suite.
#[derive(Debug)]
pub struct Format {
    /// Its name, which begins with the suite's.
    pub name: &'static str,
    /// What it is, as a help text has it.
    pub help: &'static str,
    /// What it is written as.
    pub shape: Shape,
}

/// What a format is written as.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One document.
    Document,
    /// A folder with the raw outputs of one run: the outputs of a record, which are in the first folder, go to the second.
    Logs(fn(&Record, &Path, &Path) -> LeftOut),
    /// A folder of results.
    Folder(fn(&[Record], &Path) -> LeftOut),
}

/// What could not be written to a new folder.
pub type LeftOut = Result<Vec<String>, SuiteError>;

/// A table of a suite's own comparison.
pub struct ComparedTable {
    /// What is compared.
    pub benchmark: String,
    /// The table.
    pub text: String,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// The tables of all benchmarks, or why there is no table.
pub type Tables = Vec<Result<ComparedTable, SuiteError>>;

/// What writes a result.
pub type Writer = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()>>;

/// The results of one suite, as it has them.
pub trait Results: Any {
    /// The suite's name.
    fn suite(&self) -> &'static str;

    /// What a reader should know.
    fn notes(&self) -> Vec<String>;

    /// Why nothing can be made of them, if they hold nothing.
    fn check(&self) -> Result<(), SuiteError>;

    /// The records of all runs; each has an identity of its own.
    fn into_records(self: Box<Self>, identity: &dyn Fn() -> RecordId) -> Vec<Record>;

    /// Prepares a format of the suite, and says what it cannot hold.
    ///
    /// # Errors
    /// Nothing that the format can hold.
    fn writer(self: Box<Self>, selection: &Selection, list: bool, say: &dyn Fn(&str)) -> Result<Writer, SuiteError>;
}

/// The results of any suite.
pub type AnyResults = Box<dyn Results>;

/// Results, or what the suite says of a file that is wrong.
pub(super) type ReadResults = Result<AnyResults, SuiteError>;

/// Tables, or why nothing can be compared.
pub(super) type ComparedTables = Result<Tables, SuiteError>;

/// What a source holds.
pub enum Content {
    /// Records, one a line.
    Records(Vec<Record>),
    /// A suite's results.
    Results(AnyResults),
}

/// Why a source is not understood.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A record that cannot be read.
    #[error(transparent)]
    Record(#[from] Invalid),
    /// One of several records that is none.
    #[error("line {line}: {error}")]
    Line {
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        error: Invalid,
    },
    /// A suite's file that is wrong.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

impl Content {
    /// The records of all runs; each that is new has an identity of its own.
    pub fn into_records(self, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        match self {
            Self::Records(records) => records,
            Self::Results(results) => results.into_records(identity),
        }
    }
}
