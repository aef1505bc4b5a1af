//! MMTests' configuration files: the text of `configs/config-NAME` and a machine -> what of our definitions runs, with
//! which parameters, and all that was not understood or is done in another way. Nothing of the file is executed.
//!
//! Which definition stands for which benchmark is said by the benchmark's file (`benchmarks/`).

mod arithmetic;
mod choice;
mod command;
mod condition;
mod expand;
mod facts;
mod joined;
mod reader;
mod reason;
mod select;
mod shell;
mod variables;
mod walk;

pub use choice::{Choice, Left};
pub use facts::Facts;
pub use reason::Reason;
pub use variables::{Config, Problem, ProblemKind, Surroundings};

/// What a configuration becomes.
#[derive(Debug, Default)]
pub struct Selection {
    /// What runs, in the order of `MMTESTS`; benchmarks that one definition measures are one.
    pub choices: Vec<Choice>,
    /// The benchmarks that nothing here measures as they are asked for.
    pub left: Vec<Left>,
    /// `NAME=value` of variables that nothing used.
    pub unused: Vec<String>,
}

/// Why a configuration selects nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// It does not say which benchmarks.
    #[error(
        "it names no benchmarks: nothing sets MMTESTS\nhint: it may be a part that another configuration uses; name a file such as configs/config-scheduler-sysbench-cpu"
    )]
    NoBenchmarks,
    /// It ends before it says which benchmarks.
    #[error("it names no benchmarks before it ends: {0}")]
    Ended(String),
    /// It is unknown which benchmarks are to run.
    #[error(
        "the benchmarks are unknown: MMTESTS depends on {0}\nhint: put `export MMTESTS=\"...\"` with their names after that line, in a copy"
    )]
    Unknown(String),
}

impl Config {
    /// What of the definitions runs.
    ///
    /// # Errors
    /// The configuration names no benchmarks.
    pub fn select(&self) -> Result<Selection, SelectionError> {
        match (self.value("MMTESTS").filter(|names| !names.trim().is_empty()), self.unknown("MMTESTS"), &self.ended) {
            (Some(names), _, Some(ended)) => Ok(select::none(names, ended)),
            (Some(names), ..) => Ok(select::select(self, names)),
            (None, _, Some(ended)) => Err(SelectionError::Ended(ended.clone())),
            (None, Some(root), None) => Err(SelectionError::Unknown(root.into())),
            (None, None, None) => Err(SelectionError::NoBenchmarks),
        }
    }
}
