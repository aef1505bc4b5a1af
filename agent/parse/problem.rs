//! Problems: why an output is not what its definition says.

use super::NumberError;
use crate::{
    definition::Syntax,
    record::{Ident, Labels},
    text::counted,
};

/// Why an output is not what its definition says.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// No format recognises it.
    #[error("output not recognised; it begins: {0}")]
    Unrecognised(String),
    /// The tool wrote nothing.
    #[error("no output")]
    Empty,
    /// The tool did not write a file, or nothing into it.
    #[error("file `{0}`: not written")]
    NoFile(String),
    /// The tool said that it failed.
    #[error("the tool says: {0}")]
    ToolFailed(String),
    /// The tool says that it ran with another parameter than was set, or with two.
    #[error("parameter `{name}`: the output says `{printed}`, and `{other}` was expected")]
    Parameter {
        /// The parameter.
        name: String,
        /// What the output says.
        printed: String,
        /// What was set, or what the output says in an earlier line.
        other: String,
    },
    /// A line that a complete output has is not there.
    #[error("output is cut: no line fits `{0}`")]
    Cut(String),
    /// The last line has no end, and something stands in it that may go on.
    #[error("output is cut: its last line has no end: {0}")]
    Unended(String),
    /// A series has too few or too many values: a line or a heading is lost, doubled or in another place.
    #[error("{}: {found} values, {expected} expected ({format})", series(.metric, .labels))]
    Repeated {
        /// The metric.
        metric: Ident,
        /// Its labels.
        labels: Labels,
        /// How many values there are; none of them counts.
        found: usize,
        /// How many there should be.
        expected: String,
        /// The output's format.
        format: String,
    },
    /// A label that a metric declares has no text, as below a heading that is lost.
    #[error("metric `{metric}`: `{text}` has no label `{label}`")]
    Label {
        /// The metric.
        metric: Ident,
        /// The number's text.
        text: String,
        /// The label.
        label: Ident,
    },
    /// A pattern matched too few or too many lines, or a path led to too few or too many places.
    #[error("{what}: {found} {}, {expected} expected ({format}){}", if *.found == 1 { "line matches" } else { "lines match" }, .near.as_ref().map(|line| format!("; nearly: {line}")).unwrap_or_default())]
    Count {
        /// The metric, or `verdicts`.
        what: String,
        /// How many lines match.
        found: usize,
        /// How many should.
        expected: String,
        /// The output's format.
        format: String,
        /// The first line that is like one that should match.
        near: Option<String>,
    },
    /// A path leads to too few or too many places of a document.
    #[error("{what}: `{path}` leads to {}, {expected} expected ({format}){}", counted(*.found, "value"), .end.as_ref().map(|end| format!("; {end}")).unwrap_or_default())]
    Places {
        /// The metric, or `verdicts`.
        what: String,
        /// The path.
        path: String,
        /// To how many places it leads.
        found: usize,
        /// To how many it should.
        expected: String,
        /// The output's format.
        format: String,
        /// How far it leads, where that is not to its end.
        end: Option<String>,
    },
    /// Lines that nothing matches, where every line must match.
    #[error("{}: {first}", match .count { 1 => "a line does not fit".into(), count => format!("{count} lines do not fit; the first") })]
    Leftover {
        /// The first of them.
        first: String,
        /// How many there are.
        count: usize,
    },
    /// A row of a table has other cells than its header.
    #[error("row of a table: {found} cells, {expected} columns: {row}")]
    Row {
        /// The row.
        row: String,
        /// Its cells.
        found: usize,
        /// The header's.
        expected: usize,
    },
    /// A table has no such column.
    #[error("table: no column `{column}`: its header has {columns}")]
    Column {
        /// The column that the definition names.
        column: String,
        /// The columns that there are.
        columns: String,
    },
    /// The document is none.
    #[error("{syntax}: {why}")]
    Document {
        /// How it should be written.
        syntax: Syntax,
        /// What is wrong with it.
        why: String,
    },
    /// The TAP is not whole.
    #[error("TAP: {0}")]
    Tap(String),
    /// A text where a verdict should be.
    #[error("verdict of `{labels}`: `{text}` is none")]
    Verdict {
        /// The test's labels.
        labels: Labels,
        /// What stands there.
        text: String,
    },
    /// A verdict that does not say which test it is of.
    #[error("verdict `{text}`: has no label `{label}`")]
    Unlabelled {
        /// What stands there.
        text: String,
        /// The label.
        label: String,
    },
    /// A line that belongs below a heading, and stands below another one or none.
    #[error("a line is not below its heading: {0}")]
    Homeless(String),
    /// A second line with a verdict of the same test.
    #[error("a second verdict of a test: {0}")]
    Doubled(String),
    /// There is more than is taken.
    #[error("more than {most} {what}: the others are left out")]
    Many {
        /// What there is too much of.
        what: &'static str,
        /// How much is taken.
        most: usize,
    },
    /// A number that cannot be true, or none at all.
    #[error("metric `{metric}`: `{text}` {why}")]
    Number {
        /// The metric.
        metric: Ident,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: NumberError,
    },
}

fn series(metric: &Ident, labels: &Labels) -> String {
    let name = format!("metric `{metric}` {labels}");
    name.trim_end().into()
}
