//! Verdicts: what an output says of each of many tests.

use super::Expected;
use crate::record::{Ident, Verdict};
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// What each text that a tool writes for a verdict means.
pub type Results = BTreeMap<String, Verdict>;

/// How verdicts stand in lines.
#[derive(Clone, Debug)]
pub struct LineVerdict {
    /// Its group `verdict` is the verdict, `reason` why; all other named groups are labels.
    pub regex: Regex,
    /// The section that the line must be in.
    pub section: Option<String>,
    /// Labels that are the same for each match.
    pub labels: BTreeMap<Ident, String>,
    /// What each text means.
    pub results: Results,
    /// How many lines of one execution match.
    pub expected: Expected,
    /// A line of the output that says how many there are, in its group `total`.
    pub total: Option<Regex>,
    /// Whether no two lines have the same labels; otherwise the later ones get a number.
    pub once: bool,
}

/// How the tests of a TAP or KTAP output are called.
#[derive(Clone, Debug)]
pub struct Tap {
    /// Matches the description of an outermost test; its named groups are labels.
    pub test: Regex,
    /// The label of a nested test: the descriptions from the outermost one's child down, with dots between.
    pub nested: Ident,
}
