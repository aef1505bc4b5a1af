//! Where an output ends: the lines that are whole, and what is left of one that may be cut.
//!
//! A number at the very end of an output whose last line has no end may be the beginning of a longer one. So only lines with
//! an end are read; a last line without one is read where one of the format's `ends` fits it up to its `$`, as far as something
//! follows in it.

use super::{Problem, split::lines};
use crate::{
    definition::{LinePart, OutputFormat, Syntax},
    text::printable,
};

/// An output as far as its lines are whole.
pub(super) struct Whole<'a> {
    /// The lines with an end.
    pub(super) lines: &'a [u8],
    /// A last line without an end that one of `ends` fits.
    pub(super) last: Option<&'a [u8]>,
    /// Another last line without an end; nothing is taken from it.
    rest: &'a [u8],
}

impl<'a> Whole<'a> {
    /// What of `text` is whole.
    pub(super) fn of(format: &OutputFormat, text: &'a [u8]) -> Self {
        let start = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (lines, rest) = text.split_at(start);
        let bare = rest.strip_suffix(b"\r").unwrap_or(rest);
        let fits = |end: &regex::bytes::Regex| end.as_str().ends_with('$') && end.is_match(bare);
        let known = !rest.is_empty() && format.ends.iter().any(fits);
        if known { Self { lines, last: Some(bare), rest: b"" } } else { Self { lines, last: None, rest } }
    }

    /// What is missing at the end, going by `format`.
    pub(super) fn problems(&self, format: &OutputFormat) -> Vec<Problem> {
        let found = |end: &&regex::bytes::Regex| lines(self.lines).chain(self.last).any(|line| end.is_match(line));
        let mut cut: Vec<&regex::bytes::Regex> = format.ends.iter().collect();
        cut.retain(|end| !found(end));
        let mut problems: Vec<Problem> = cut.into_iter().map(|end| Problem::Cut(end.as_str().into())).collect();
        if !self.rest.is_empty() && self.may_say_something(format) {
            problems.push(Problem::Unended(printable(self.rest)));
        }
        problems
    }

    /// Whether the rest may be the beginning of a line that says something. Behind the end of an output, or of a document
    /// that its last bracket ends, only a line counts that the format reads.
    fn may_say_something(&self, format: &OutputFormat) -> bool {
        let is_read = |part: LinePart| !matches!(part, LinePart::Known | LinePart::Parameter(_));
        let is_json = format.document.as_ref().is_some_and(|document| document.syntax == Syntax::Json);
        (format.ends.is_empty() && !is_json) || format.matches(self.rest).any(is_read)
    }
}
