//! What a tool's output means: the forms it has, and where in them each metric stands.

use super::Template;
use crate::record::Ident;
use regex::bytes::{Regex, RegexSet};
use std::collections::BTreeMap;

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
    /// Lines that say nothing about any metric.
    pub ignore: Vec<Regex>,
    /// Whether a line that nothing matches is a problem.
    pub strict: bool,
    /// Headings: what they say holds for the lines below them.
    pub sections: Vec<Section>,
    /// Where metrics stand in lines.
    pub patterns: Vec<Pattern>,
    /// Where metrics stand in JSON.
    pub json: Vec<JsonPattern>,
    /// All that is matched on lines, in one automaton: the sections' headings, the patterns, what is ignored, and what
    /// recognises the format, in this order. Most lines match none of them.
    pub(crate) all: RegexSet,
}

impl OutputFormat {
    /// What of the format `line` matches: sections, patterns, and whether it is known to say nothing about any metric.
    pub(crate) fn matches(&self, line: &[u8]) -> LineMatches {
        let (sections, patterns) = (self.sections.len(), self.patterns.len());
        let mut found = LineMatches { sections: Vec::new(), patterns: Vec::new(), known: line.trim_ascii().is_empty() };
        for at in self.all.matches(line) {
            match at {
                _ if at < sections => found.sections.push(at),
                _ if at < sections + patterns => found.patterns.push(at - sections),
                _ => found.known = true,
            }
        }
        found
    }
}

/// What of a format a line matches.
#[derive(Debug)]
pub(crate) struct LineMatches {
    /// Indices of sections.
    pub(crate) sections: Vec<usize>,
    /// Indices of patterns.
    pub(crate) patterns: Vec<usize>,
    /// Whether it is blank, ignored, or what the format is recognised by.
    pub(crate) known: bool,
}

/// Where an output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

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
    /// How a number is written.
    pub number: NumberFormat,
    /// What a number is multiplied with, by the text of the group `unit`; without any, it is taken as it stands.
    pub units: BTreeMap<String, Factor>,
    /// How many lines of one execution match.
    pub expected: Expected,
}

/// How numbers stand in a JSON document.
#[derive(Clone, Debug)]
pub struct JsonPattern {
    /// The metric.
    pub metric: Ident,
    /// The steps to the numbers.
    pub path: Vec<JsonStep>,
    /// The labels, each the key or index that one of the path's wildcards met, or the text at another path.
    pub labels: BTreeMap<Ident, JsonLabel>,
    /// What a number is multiplied with.
    pub factor: Factor,
    /// How many numbers one execution has.
    pub expected: Expected,
}

/// One step into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonStep {
    /// The member with this key, or the element with this index.
    Key(String),
    /// Every member or element.
    Each,
}

/// Where a label stands in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonLabel {
    /// The key or index that the how many-th wildcard of the path met, from 0.
    Wildcard(usize),
    /// The text at a path; its wildcards meet what the metric's path met.
    Path(Vec<JsonStep>),
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberFormat {
    /// `1234.5`, `1.2e-3`.
    #[default]
    Plain,
    /// `1,234.5`: a comma before every three digits.
    Grouped,
    /// `5.3k`, `12G`: decimal prefixes.
    Decimal,
    /// `64K`, `1.5M`, `2Gi`: binary prefixes.
    Binary,
    /// `1m2.3s`, `1min 2.3s`, `350ms`: in seconds.
    Duration,
    /// `1f`, `0x1f`.
    Hexadecimal,
}

/// A factor: a number, or a fraction of two, which rounds only once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// What is multiplied with.
    pub times: f64,
    /// What is divided by.
    pub over: f64,
}

impl Factor {
    /// Nothing changes.
    pub const ONE: Self = Self { times: 1.0, over: 1.0 };

    /// `1024`, `0.5` or `1/1000`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
        match text.split_once('/') {
            Some((times, over)) => Some(Self { times: number(times)?, over: number(over)? }),
            None => Some(Self { times: number(text)?, over: 1.0 }),
        }
    }

    /// `number`, converted.
    pub fn apply(self, number: f64) -> f64 {
        if self == Self::ONE { number } else { number * self.times / self.over }
    }
}

/// How many lines match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This many, the template filled with the case's parameters.
    Exactly(Template),
    /// At least one.
    Some,
    /// Any number, none too: what some runs print.
    Any,
}
