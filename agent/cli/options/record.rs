//! Records from files.

use super::early;
#[cfg(feature = "host")]
use crate::suites;
use crate::{cli::exit::Failure, record::Record};
use anyhow::Context;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A record as an argument.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RecordFile {
    /// A record's file, a run's folder, or `-` for standard input
    record: PathBuf,
}

impl RecordFile {
    /// The record.
    pub(in crate::cli) fn read(&self) -> Result<Record, Failure> {
        read(&self.record).map_err(Failure::input)
    }

    /// What is in it; of a folder nothing.
    pub(in crate::cli) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let read = if self.record.is_dir() { Ok(Vec::new()) } else { bytes(&self.record) };
        read.with_context(|| self.named()).map_err(Failure::input)
    }

    /// The record that `bytes` are, which were read of it.
    pub(in crate::cli) fn record(&self, bytes: &[u8]) -> Result<Record, Failure> {
        if self.record.is_dir() {
            return self.read();
        }
        Record::from_json(bytes).with_context(|| self.named()).map_err(Failure::input)
    }

    /// Where it is.
    pub(in crate::cli) fn path(&self) -> &Path {
        &self.record
    }

    /// What it is called in messages.
    pub(in crate::cli) fn named(&self) -> String {
        self.record.display().to_string()
    }
}

/// The record in a file or a run's folder, or on standard input where that is called `-`.
pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Record> {
    if path.is_dir() {
        return early::record(path);
    }
    let named = || path.display().to_string();
    let bytes = bytes(path).with_context(named)?;
    Record::from_json(&bytes).with_context(named)
}

/// The records in a file, of which there may be several, one a line; otherwise as [`read`].
#[cfg(feature = "host")]
pub(in crate::cli) fn several(path: &Path) -> anyhow::Result<Vec<Record>> {
    if path.is_dir() {
        return Ok(vec![early::record(path)?]);
    }
    let bytes = bytes(path)?;
    match suites::is_record(&bytes) {
        true => Ok(suites::records(&bytes)?),
        // It says what is wrong.
        false => Ok(vec![Record::from_json(&bytes)?]),
    }
}

/// The bytes of a file, or of standard input where that is called `-`.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if path.to_str() != Some("-") {
        return fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
