//! What is wrong with a job file, and where.

use std::fmt;

/// A line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 stands for the whole file.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}: line {line}", self.file),
        }
    }
}

/// Why a job file is not read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {why}")]
pub struct JobError {
    /// Where.
    pub place: Place,
    /// Why.
    pub why: Wrong,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// Not YAML, or over its bounds.
    #[error("{0}")]
    Yaml(String),
    /// Something else than a mapping.
    #[error("it is not a job: there are no keys\nhint: a job is a mapping with `suite`, `testcase` and a program")]
    NoMapping,
    /// A file that is included and is not there.
    #[error("`<<: {name}`: {why}")]
    Include {
        /// Its name.
        name: String,
        /// Why it is not read.
        why: Reason,
    },
    /// A file that includes itself.
    #[error("`<<: {0}`: the file includes itself\nhint: take one of the includes out")]
    Cycle(String),
    /// Files that include each other too deeply, or too much.
    #[error("the files that it includes have more than {0}")]
    Large(&'static str),
    /// A line of ERB, or an expression.
    #[error("`{text}` is not understood: {why}\nhint: write the value that it gives, in a copy")]
    Expression {
        /// The text.
        text: String,
        /// What is not understood.
        why: ExpressionError,
    },
    /// A list where one value belongs.
    #[error("`{0}`: a list under a key that takes one value\nhint: write a job for each value")]
    List(String),
    /// Too many jobs, or too many lists.
    #[error("its lists give more than {0}\nhint: give them fewer values")]
    Many(&'static str),
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// A name that is not set, or not yet.
    #[error("`{0}` is not set")]
    Unset(String),
    /// What this program does not evaluate.
    #[error("{0}")]
    Foreign(String),
}

/// Why something is not as a job would have it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(String);

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<ExpressionError> for Reason {
    fn from(error: ExpressionError) -> Self {
        Self(error.to_string())
    }
}
