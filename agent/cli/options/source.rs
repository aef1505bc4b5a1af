//! Sources: a file, a folder or standard input -> results, whatever format they are in.

use crate::{
    cli::{options::identity::record_id, terminal},
    record::Record,
    suites::mmtests::{self, IterationOrder, Run, Selection, Tree, Version},
};
use anyhow::Context;
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

/// What a source holds.
pub(in crate::cli) enum Source {
    /// Records, one a line.
    Records(Vec<Record>),
    /// MMTests' runs.
    Runs(Vec<Run>),
    /// What MMTests left in a folder.
    Trees(Vec<Tree>),
}

/// Reads a source, which is recognised by its content; `selection` is what is taken of a folder.
pub(in crate::cli) fn read(path: &Path, selection: &Selection) -> anyhow::Result<Source> {
    if path.is_dir() {
        let trees = mmtests::read_tree(path, selection)?;
        for tree in &trees {
            tree.notes
                .iter()
                .cloned()
                .chain(failures(tree))
                .for_each(|note| terminal::say(&format!("lava-bench: {note}")));
        }
        return Ok(Source::Trees(trees));
    }
    let mut bytes = Vec::new();
    if path.to_str() == Some("-") {
        io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(path)?;
    }
    // All records are begun with their schema, or have it somewhere near; MMTests' JSON has no such field.
    if !is_record(&bytes) {
        return Ok(Source::Runs(mmtests::read(&bytes)?));
    }
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let records = match Record::from_json(&bytes) {
        Ok(record) => vec![record],
        // More than one, or none: the line says where.
        Err(error) if bytes.trim_ascii().contains(&b'\n') => lines
            .enumerate()
            .map(|(at, line)| Record::from_json(line).with_context(|| format!("line {}", at + 1)))
            .collect::<Result<_, _>>()
            .map_err(|_| error)?,
        Err(error) => return Err(error.into()),
    };
    Ok(Source::Records(records))
}

/// The iterations that the times say to have failed.
fn failures(tree: &Tree) -> impl Iterator<Item = String> + '_ {
    let timings = tree.benchmarks.iter().flat_map(|(run, timings)| (1..).zip(timings).map(move |timing| (run, timing)));
    timings.filter_map(|(run, (iteration, timing))| {
        let why = timing.failure()?;
        Some(format!("run `{}`: {}: iteration {iteration}: {why}", tree.name, run.benchmark()))
    })
}

fn is_record(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let text = String::from_utf8_lossy(head);
    text.contains("\"lava-bench-record/") && text.contains("\"schema\"")
}

impl Source {
    pub(in crate::cli) fn into_runs(self) -> anyhow::Result<Vec<Run>> {
        match self {
            Self::Runs(runs) => Ok(runs),
            Self::Trees(trees) => {
                let benchmarks = trees.into_iter().flat_map(|tree| tree.benchmarks);
                Ok(benchmarks.map(|(run, _)| run).collect())
            }
            Self::Records(records) => {
                let runs: Result<Vec<Vec<Run>>, _> = records.iter().map(mmtests::to_runs).collect();
                Ok(runs?.into_iter().flatten().collect())
            }
        }
    }

    pub(in crate::cli) fn into_records(self) -> Vec<Record> {
        match self {
            Self::Records(records) => records,
            Self::Trees(trees) => trees.iter().map(|tree| mmtests::from_tree(tree, record_id())).collect(),
            // One after the other: a run is as large as its record.
            Self::Runs(runs) => runs.into_iter().map(|run| mmtests::to_record(&run, record_id())).collect(),
        }
    }
}
