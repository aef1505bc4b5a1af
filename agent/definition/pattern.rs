//! What a tool's output means: the forms it has, and where in them each metric stands.

use super::{Document, Expected, Factor, LineVerdict, NumberFormat, Syntax, Table, Tap};
use crate::record::Ident;
use regex::bytes::{Regex, RegexSet};
use std::collections::BTreeMap;

/// One form of a tool's output.
#[derive(Clone, Debug)]
pub struct OutputFormat {
    /// What it is called in messages.
    pub name: String,
    /// Where it stands.
    pub from: Source,
    /// Matches one of its lines, and none of another form.
    pub recognise: Regex,
    /// Lines that say with which parameters the tool ran: each one's name, and the pattern whose group `value` is its value.
    pub parameters: Vec<(String, Regex)>,
    /// Lines that say that the tool failed.
    pub failures: Vec<Regex>,
    /// Matches every text that has such a line, and perhaps others.
    pub(crate) may_fail: RegexSet,
    /// Lines that a complete output has, each at least once.
    pub ends: Vec<Regex>,
    /// Whether a line that nothing matches is a problem.
    pub strict: bool,
    /// Headings: what they say holds for the lines below them.
    pub sections: Vec<Section>,
    /// Where metrics stand in lines.
    pub patterns: Vec<Pattern>,
    /// Where metrics stand in tables.
    pub tables: Vec<Table>,
    /// Where metrics and verdicts stand in a JSON or YAML document.
    pub document: Option<Document>,
    /// How verdicts stand in TAP or KTAP.
    pub tap: Option<Tap>,
    /// Where verdicts stand in lines.
    pub verdicts: Vec<LineVerdict>,
    /// All that is matched on lines, in one automaton: most lines match none of it.
    pub(crate) all: RegexSet,
    /// What each pattern of `all` is.
    pub(crate) parts: Vec<LinePart>,
}

/// What a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinePart {
    /// The heading of a section.
    Section(usize),
    /// A line of a pattern.
    Pattern(usize),
    /// The header of a table.
    Table(usize),
    /// A line with a verdict.
    Verdict(usize),
    /// A line that says with which parameter the tool ran.
    Parameter(usize),
    /// A line that says nothing about any metric.
    Known,
}

impl OutputFormat {
    /// What of the format `line` is.
    pub(crate) fn matches(&self, line: &[u8]) -> impl Iterator<Item = LinePart> {
        self.all.matches(line).into_iter().map(|at| self.parts[at])
    }

    /// Whether an output may have verdicts of tests.
    pub fn gives_verdicts(&self) -> bool {
        let in_document = self.document.as_ref().is_some_and(|document| !document.verdicts.is_empty());
        in_document || self.tap.is_some() || !self.verdicts.is_empty()
    }

    /// Whether an output shows that it is complete: by a line at its end, by the last bracket of its document, or because it is
    /// known how many lines of each kind it has.
    pub fn has_end(&self) -> bool {
        let exact = |expected: &Expected| matches!(expected, Expected::Exactly(_));
        let counted = self.patterns.iter().all(|pattern| exact(&pattern.expected))
            && self.tables.iter().all(|table| exact(&table.expected))
            && self.verdicts.iter().all(|verdict| exact(&verdict.expected));
        let in_document = self.document.as_ref().map(|document| document.syntax == Syntax::Json);
        !self.ends.is_empty() || in_document.unwrap_or(counted && self.tap.is_none())
    }
}

/// Where an output stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file that the command writes, in its working directory.
    File(String),
}

impl Source {
    /// The name of the file that it is.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::File(name) => Some(name),
            Self::Stdout | Self::Stderr => None,
        }
    }
}

/// The group that has the same text in a heading and in each line below it, and is no label.
pub(crate) const SAME: &str = "same";

/// A heading; its section ends at the next heading of any section.
#[derive(Clone, Debug)]
pub struct Section {
    /// What patterns call it.
    pub name: String,
    /// The heading; its named groups are labels of the lines below it.
    pub heading: Regex,
}

/// How numbers stand in a line.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Which group is which metric's number. All other named groups but `unit` are labels.
    pub values: Vec<(String, Ident)>,
    /// Matched on one line without its end; ASCII classes.
    pub regex: Regex,
    /// The section that the line must be in.
    pub section: Option<String>,
    /// Labels that are the same for each match.
    pub labels: BTreeMap<Ident, String>,
    /// The label that counts the numbers, from 0, where a group holds several with blanks between.
    pub split: Option<Ident>,
    /// How a number is written.
    pub number: NumberFormat,
    /// What a number is multiplied with, by the text of the group `unit`.
    pub units: BTreeMap<String, Factor>,
    /// What every number is multiplied with where there are no `units`.
    pub factor: Factor,
    /// How many lines of one execution match.
    pub expected: Expected,
    /// How many values one series has: those of a metric with the same labels.
    pub repeats: Expected,
}
