//! What a tool's output means: the forms it has, and a pattern for each metric.

use super::Template;
use crate::record::Ident;
use regex::bytes::Regex;

/// One form of a tool's output.
#[derive(Clone, Debug)]
pub struct OutputFormat {
    /// What it is called in messages.
    pub name: String,
    /// Where it stands.
    pub from: Stream,
    /// Matches one of its lines, and none of another form.
    pub recognise: Regex,
    /// Lines that say that the tool failed.
    pub failures: Vec<Regex>,
    /// A pattern for each metric.
    pub patterns: Vec<Pattern>,
}

/// Where an output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a metric stands in a line: the group `value` is the number, any other named group a label.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The metric.
    pub metric: Ident,
    /// Matched on one line without its end; ASCII classes.
    pub regex: Regex,
    /// How many lines of one execution match.
    pub expected: Expected,
}

/// How many lines match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This many, the template filled with the case's parameters.
    Exactly(Template),
    /// At least one.
    Some,
}
