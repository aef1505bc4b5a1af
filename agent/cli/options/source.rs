//! Sources: a file, a folder or standard input -> results, whatever format they are in.

use crate::{
    cli::terminal,
    suites::{self, Content, Input, IterationOrder, Selection, Version},
};
use clap::ValueEnum;
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// How a folder that MMTests wrote is read.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TreeArgs {
    /// The alternative report of a folder's benchmark, such as fio's latency
    #[arg(long, value_name = "NAME")]
    report: Option<String>,
    /// Takes a folder's iterations in the order of their numbers, not MMTests' (iter-10 before iter-2)
    #[arg(long)]
    numeric_iterations: bool,
    /// Whose rules and titles, and whose reading of a folder's logs
    #[arg(long, value_enum, default_value_t = MmtestsVersion::Head, value_name = "VERSION")]
    pub(in crate::cli) mmtests_version: MmtestsVersion,
}

/// A version of MMTests, as it is named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MmtestsVersion {
    /// June 2026
    #[value(name = "2026-06", alias = "head")]
    Head,
    /// January 2026
    #[value(name = "classic-2026-01")]
    Classic202601,
    /// November 2021
    #[value(name = "2021-11", alias = "classic-2021-11")]
    Classic202111,
}

impl From<MmtestsVersion> for Version {
    fn from(version: MmtestsVersion) -> Self {
        match version {
            MmtestsVersion::Head => Self::Head,
            MmtestsVersion::Classic202601 => Self::Classic202601,
            MmtestsVersion::Classic202111 => Self::Classic202111,
        }
    }
}

impl TreeArgs {
    pub(in crate::cli) fn selection(&self, benchmark: Option<String>) -> Selection {
        let order = if self.numeric_iterations { IterationOrder::Numbers } else { IterationOrder::Bytes };
        Selection { benchmark, alternative: self.report.clone(), order, version: self.mmtests_version.into() }
    }
}

/// Reads a source, which is recognised by its content; `selection` is what is taken of a folder.
pub(in crate::cli) fn read(path: &Path, selection: &Selection) -> anyhow::Result<Content> {
    let mut bytes = Vec::new();
    let input = if path.is_dir() {
        Input::Folder(path)
    } else {
        if path.to_str() == Some("-") {
            io::stdin().read_to_end(&mut bytes)?;
        } else {
            bytes = fs::read(path)?;
        }
        Input::File(&bytes)
    };
    let content = suites::read(&input, selection)?;
    if let Content::Results(results) = &content {
        results.notes().iter().for_each(|note| say(note));
    }
    Ok(content)
}

/// Says what a reader of results should know.
pub(in crate::cli) fn say(note: &str) {
    terminal::say(&format!("lava-bench: {note}"));
}
