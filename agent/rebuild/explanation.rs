//! What a record was rebuilt from, in numbers, and as text for people.

use super::structure::Samples;
use crate::{record::RecordId, text::counted};
use serde::Serialize;
use std::fmt;

/// What one record was rebuilt from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The record.
    pub id: RecordId,
    /// Its frames.
    pub frames: Frames,
    /// Its signals in logs.
    pub signals: Signals,
    /// A database's results.
    pub results: Results,
    /// Its samples, by where they came from.
    pub samples: Samples,
}

/// The frames of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frames {
    /// How many the board sent, as any of them says; 0: none was found.
    pub sent: usize,
    /// How many are needed.
    pub needed: usize,
    /// How many different ones were found whole.
    pub found: usize,
    /// How many data frames were missing and computed from others.
    pub repaired: usize,
    /// How many were left out, as they contradicted the others.
    pub odd: usize,
    /// How many different records they give, all with this id: more than one is a conflict.
    pub contents: usize,
    /// Why they do not give the record back, if they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The signals of a record in logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signals {
    /// How many different ones proved themselves.
    pub exact: usize,
    /// How many names were found with two contents, both with a right check.
    pub contradicted: usize,
    /// How many have samples that the record of the whole frames does not have: they belong to another record.
    pub against_frames: usize,
}

/// A database's results that belong to a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Results {
    /// How many said something that no signal said.
    pub taken: usize,
    /// Whether there is nothing else.
    pub alone: bool,
}

/// What was found and belongs to no record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// Frames of ours that are cut or changed, before lines were put together.
    pub damaged_frames: usize,
    /// Signals of ours that are cut or changed, before lines were put together.
    pub damaged_signals: usize,
    /// Whole signals of other programs.
    pub foreign_signals: usize,
    /// A database's results of other programs.
    pub foreign_results: usize,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, frames, signals, results, samples } = self;
        writeln!(f, "record {id}")?;
        write!(f, "  frames: {} found, {} needed, {} sent", frames.found, frames.needed, frames.sent)?;
        match &frames.problem {
            None => write!(f, "; {} repaired, {} left out", frames.repaired, frames.odd)?,
            Some(problem) => write!(f, "; not used: {problem}")?,
        }
        match frames.contents {
            0 | 1 => writeln!(f)?,
            contents => writeln!(f, "; in conflict: they give {contents} different records with this id")?,
        }
        write!(f, "  signals: {} exact, {} with two contents", signals.exact, signals.contradicted)?;
        match signals.against_frames {
            0 => writeln!(f)?,
            count => writeln!(f, "; {count} tell other samples than the frames")?,
        }
        writeln!(f, "  database: {} results taken", results.taken)?;
        let Samples { exact, rounded, unproved, lost } = samples;
        writeln!(
            f,
            "  samples: {exact} exact, {rounded} rounded to 10 decimals, {unproved} rounded and not proved, {lost} lost"
        )
    }
}

impl Passed {
    /// It in words, as lines. Where `nothing_lost`, what was cut was put together again or not needed.
    pub fn in_words(&self, nothing_lost: bool) -> String {
        let Self { damaged_frames, damaged_signals, foreign_signals, foreign_results } = *self;
        let some = |all: &[(usize, &str)]| {
            let there = all.iter().filter(|(count, _)| *count > 0);
            there.map(|(count, what)| counted(*count, what)).collect::<Vec<_>>().join(", ")
        };
        let cut = some(&[(damaged_frames, "frame"), (damaged_signals, "signal")]);
        let foreign = some(&[(foreign_signals, "foreign signal"), (foreign_results, "foreign result")]);
        let lines = [
            (
                "cut or changed in the log: ",
                cut,
                match nothing_lost {
                    true => "; put together again, or not needed: nothing is lost",
                    false => " (lines that were cut and put together again are counted too)",
                },
            ),
            ("passed over: ", foreign, ""),
        ];
        let there = lines.into_iter().filter(|(_, what, _)| !what.is_empty());
        there.map(|(before, what, after)| format!("{before}{what}{after}\n")).collect()
    }
}
