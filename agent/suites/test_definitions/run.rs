//! What one test left: the lines of its `result.txt`, owned, and what else is known of it.

use super::line::{Line, lines};
use crate::{
    record::{Loss, Machine, Value, Verdict},
    text::printable,
};
use std::collections::BTreeMap;

/// What one test left.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Run {
    /// The test, where that is said.
    pub(super) test: Option<String>,
    /// What the run is called.
    pub(super) label: Option<String>,
    /// The version of test-definitions.
    pub(super) version: Option<String>,
    /// The test's parameters, where they are said.
    pub(super) parameters: Option<BTreeMap<String, String>>,
    /// Where it ran.
    pub(super) machine: Option<Machine>,
    /// The results, in their order.
    pub(super) entries: Vec<Entry>,
    /// What cannot be taken.
    pub(super) losses: Vec<Loss>,
}

/// One result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The test set that it is in.
    pub(super) set: Option<String>,
    pub(super) name: String,
    pub(super) result: Verdict,
    /// The number and its units; empty where it has none.
    pub(super) measured: Option<(Value, String)>,
}

impl Run {
    /// Reads a `result.txt`.
    pub(super) fn of_text(bytes: &[u8]) -> Self {
        let (mut run, mut set) = (Self::default(), None);
        for (number, line) in lines(bytes) {
            match line {
                Ok(Line::Start(name)) => set = Some(name.to_string()),
                Ok(Line::Stop) => set = None,
                Ok(Line::Result(result)) => run.entries.push(Entry {
                    set: set.clone(),
                    name: result.name.into(),
                    result: result.result,
                    measured: result.measured.map(|it| (it.value, it.units.unwrap_or_default().into())),
                }),
                Err(error) => {
                    let error = printable(error.to_string().as_bytes()).to_string();
                    run.losses.push(Loss::new(format!("result.txt: line {number}"), error));
                }
            }
        }
        run
    }
}
