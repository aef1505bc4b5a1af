//! Records from files.

use super::early;
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
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => io::stdin().read_to_end(&mut bytes).map(|_| ()),
        _ => fs::read(path).map(|read| bytes = read),
    };
    let named = || path.display().to_string();
    read.with_context(named)?;
    Record::from_json(&bytes).with_context(named)
}
