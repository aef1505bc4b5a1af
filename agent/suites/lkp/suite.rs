//! lkp as any suite: what the face calls.

#[cfg(feature = "host")]
use super::{names::names, record::to_record, results, root};
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

#[cfg(feature = "host")]
fn runs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let all = root::read_all(folder, names()).map_err(io::Error::other)?;
    Ok(all.into_iter().map(|root| root.folder).collect())
}

#[cfg(feature = "host")]
fn run(folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
    let root = root::Root::read(folder, names());
    let notes = root.notes();
    let mut record = to_record(&root, names(), id);
    record.label = label.map(str::to_string).or(record.label);
    Ok(Logged { record, notes })
}

/// What a board does not do.
#[cfg(not(feature = "host"))]
#[derive(Debug, thiserror::Error)]
#[error("lkp's result roots are read on a host")]
struct OnAHost;

#[cfg(not(feature = "host"))]
fn runs(_: &Path) -> io::Result<Vec<PathBuf>> {
    Err(io::Error::other(OnAHost))
}

#[cfg(not(feature = "host"))]
fn run(_: &Path, _: Option<&str>, _: RecordId) -> Result<Logged, SuiteError> {
    Err(SuiteError::new(OnAHost))
}
