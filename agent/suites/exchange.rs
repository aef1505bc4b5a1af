//! Results of any suite, or records: recognised, read, written and compared.

use super::{SUITES, Selection, Suite, SuiteError, TableOptions};
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
    pub(super) read: fn(&Input, &Selection) -> Result<Box<dyn Results>, SuiteError>,
    /// What the suite makes of records.
    pub(super) of_records: fn(&[Record]) -> Result<Box<dyn Results>, SuiteError>,
    /// The formats that its results are written in.
    pub(super) formats: &'static [Format],
    /// The formats of its own comparison.
    pub(super) tables: &'static [Format],
    /// Its own comparison, of all results together.
    pub(super) compare: fn(Vec<Box<dyn Results>>, &str, &TableOptions) -> Result<Tables, SuiteError>,
    /// Writes the logs of a record, whose outputs are in the first folder, to the second, which is new: what is left out.
    pub(super) write_logs: fn(&Record, &Path, &Path) -> Result<Vec<String>, SuiteError>,
}

/// What is read.
pub enum Input<'a> {
    /// A folder.
    Folder(&'a Path),
    /// The bytes of a file.
    File(&'a [u8]),
}

/// A format of a suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Format {
    /// Its name, which begins with the suite's.
    pub name: &'static str,
    /// What it is, as a help text has it.
    pub help: &'static str,
    /// Whether it is a folder of logs.
    pub is_logs: bool,
}

/// A table of a suite's own comparison.
pub struct ComparedTable {
    /// What is compared.
    pub benchmark: String,
    /// The table.
    pub text: String,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// The tables of all benchmarks, or why there is none.
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

/// What a source holds.
pub enum Content {
    /// Records, one a line.
    Records(Vec<Record>),
    /// A suite's results.
    Results(Box<dyn Results>),
}

/// Why a source is not understood.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A record that is none.
    #[error(transparent)]
    Record(#[from] Invalid),
    /// A suite's file that is wrong.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// Reads what is recognised by its content; `selection` is what is taken of a folder.
///
/// # Errors
/// What is neither a record nor a suite's.
pub fn read(input: &Input, selection: &Selection) -> Result<Content, ContentError> {
    match input {
        Input::File(bytes) if is_record(bytes) => Ok(Content::Records(records(bytes)?)),
        _ => {
            let recognised = SUITES.iter().find(|suite| (suite.exchange.recognises)(input));
            let suite = recognised.unwrap_or(&SUITES[0]);
            Ok(Content::Results((suite.exchange.read)(input, selection)?))
        }
    }
}

/// All records are begun with their schema, or have it somewhere near; no suite's results have such a field.
fn is_record(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let text = String::from_utf8_lossy(head);
    text.contains("\"lava-bench-record/") && text.contains("\"schema\"")
}

fn records(bytes: &[u8]) -> Result<Vec<Record>, Invalid> {
    let lines = || bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    match Record::from_json(bytes) {
        Ok(record) => Ok(vec![record]),
        // More than one, or none.
        Err(error) if bytes.trim_ascii().contains(&b'\n') => {
            lines().map(Record::from_json).collect::<Result<_, _>>().map_err(|_| error)
        }
        Err(error) => Err(error),
    }
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

/// All formats that results are written in, with their suites.
pub fn formats() -> impl Iterator<Item = (&'static Suite, &'static Format)> {
    SUITES.iter().flat_map(|suite| suite.exchange.formats.iter().map(move |format| (suite, format)))
}

/// All formats of suites' own comparisons, with their suites.
pub fn tables() -> impl Iterator<Item = (&'static Suite, &'static Format)> {
    SUITES.iter().flat_map(|suite| suite.exchange.tables.iter().map(move |format| (suite, format)))
}

impl Suite {
    /// What the suite makes of a source.
    ///
    /// # Errors
    /// Records that it did not leave so.
    pub fn results(&self, content: Content) -> Result<Box<dyn Results>, SuiteError> {
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
        results: Vec<Box<dyn Results>>,
        format: &Format,
        options: &TableOptions,
    ) -> Result<Tables, SuiteError> {
        (self.exchange.compare)(results, format.name, options)
    }

    /// Writes the logs of a record, whose outputs are in `outputs`, to the new folder `run`: what is left out.
    ///
    /// # Errors
    /// There is no log, or a file.
    pub fn write_logs(&self, record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, SuiteError> {
        (self.exchange.write_logs)(record, outputs, run)
    }
}
