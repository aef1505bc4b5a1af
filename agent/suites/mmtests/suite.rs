//! MMTests as any suite: what the face calls.

#[cfg(feature = "host")]
use super::results;
use super::{
    logs::{self, Selection},
    record::from_tree,
};
use crate::{
    record::RecordId,
    suites::{
        error::SuiteError,
        suite::{Logged, Logs, Suite},
    },
};
use std::path::Path;

/// The suite.
pub(crate) const SUITE: Suite = Suite {
    name: super::NAME,
    logs: Some(Logs { runs: logs::runs, run }),
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};

fn run(folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
    let mut tree = logs::read_run(folder, &Selection::default()).map_err(SuiteError::new)?;
    if let Some(label) = label {
        tree.rename(label);
    }
    let record = from_tree(&tree, id);
    Ok(Logged { record, notes: tree.notes })
}
