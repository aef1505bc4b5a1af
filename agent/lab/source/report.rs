//! What is read of a source, and what there is to say about it.

use super::{Content, ItemError};
use crate::rebuild::{DatabaseResult, Rebuilder};
use std::io::{self, BufRead};

/// The most bytes of a JSON document: 150,000 test cases of LAVA's REST interface.
pub const MAX_DOCUMENT: u64 = 64 << 20;

/// Where the contents of sources go.
pub trait Sink {
    /// Takes in everything that holds lines.
    ///
    /// # Errors
    /// What reading them says.
    fn lines(&mut self, source: &mut dyn BufRead) -> io::Result<()>;

    /// Takes in one test case of a database.
    ///
    /// # Errors
    /// That there are too many.
    fn result(&mut self, result: DatabaseResult) -> io::Result<()>;
}

impl Sink for Rebuilder {
    fn lines(&mut self, source: &mut dyn BufRead) -> io::Result<()> {
        self.source(source)
    }

    fn result(&mut self, result: DatabaseResult) -> io::Result<()> {
        Self::result(self, result)
    }
}

/// What a source was.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// What it holds.
    pub content: Content,
    /// What there is to say about it.
    pub notes: Vec<String>,
    /// Why it could be read in part only; what was read is taken in.
    pub damage: Option<String>,
}

/// Why a source cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A document that would have to be held in memory.
    #[error(
        "a JSON document of more than {} MiB\nhint: LAVA's csv export and a log may have any size",
        MAX_DOCUMENT >> 20
    )]
    TooLarge,
    /// It has the form of an export, but not its content.
    #[error("{what}, line {line}: {why}")]
    Malformed {
        /// The export.
        what: Content,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// The same of a JSON document.
    #[error("{what}, document {document}: {why}")]
    Document {
        /// The export.
        what: Content,
        /// Which of the file's documents, from 1.
        document: usize,
        /// What is wrong.
        why: ExportError,
    },
    /// There is nothing to rebuild.
    #[error("this is a record already\nhint: a rebuild takes what a board sent, or what a database keeps of it")]
    Record,
}

/// Why an export in JSON is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// An item of a list.
    #[error("item {number}: {why}")]
    Item {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        why: ItemError,
    },
    /// A member of an object.
    #[error(transparent)]
    Member(#[from] ItemError),
    /// It cannot be read again, in its order.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl SourceReport {
    pub(in crate::lab) fn new(content: Content) -> Self {
        Self { content, notes: Vec::new(), damage: None }
    }
}
