//! MMTests' configuration files: the text of `configs/config-NAME` and a machine -> what of our definitions runs, with
//! which parameters, and all that was not understood or is done in another way. Nothing of the file is executed.
//!
//! Which definition stands for which benchmark is said by a table (`benchmarks.yaml`); what MMTests calls the results, by
//! another (`results.yaml`).

mod arithmetic;
mod config;
mod joined;
mod results;
mod table;
mod walk;
mod written;

pub use config::{Config, Problem};
pub use results::{Iterations, Log, Results, hundredths, results};
pub use table::{Choice, Left};

/// What a configuration asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How many processors may be used.
    pub cpus: usize,
    /// The memory, if it is known.
    pub memory_bytes: Option<u64>,
    /// How many nodes of memory there are.
    pub nodes: usize,
}

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
        "no `export MMTESTS=\"...\"` that is understood\nhint: name a file of MMTests' configs, such as configs/config-scheduler-sysbench-cpu"
    )]
    NoBenchmarks,
}

impl Config {
    /// What of the definitions runs.
    ///
    /// # Errors
    /// The configuration names no benchmarks.
    pub fn select(&self) -> Result<Selection, SelectionError> {
        let names = self.value("MMTESTS").filter(|names| !names.trim().is_empty());
        Ok(table::select(self, names.ok_or(SelectionError::NoBenchmarks)?))
    }
}
