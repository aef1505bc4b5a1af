//! test-definitions as any suite: what the face calls.

#[cfg(feature = "host")]
use super::results;
use crate::{
    record::RecordId,
    suites::{
        error::SuiteError,
        suite::{Logged, Suite},
    },
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The suite.
pub(crate) const SUITE: Suite = Suite {
    name: super::NAME,
    runs,
    run,
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};

/// Its scripts keep no tree of logs.
#[derive(Debug, thiserror::Error)]
#[error("test-definitions has no tree of logs\nhint: `convert` reads its result.txt")]
struct NoLogs;

fn runs(_: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(Vec::new())
}

fn run(_: &Path, _: Option<&str>, _: RecordId) -> Result<Logged, SuiteError> {
    Err(SuiteError::new(NoLogs))
}
