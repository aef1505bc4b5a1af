//! MMTests' results as any suite's: recognised, read, written and compared.

use super::{
    compare::{ComparisonText, tables},
    extract::Extract,
    json,
    logs::{Selection, Tree, TreeError, is_tree, read_tree, write_run},
    older::{NoModule, Readable},
    record::{RecordError, from_tree, to_extracts, to_record},
    version::Version,
};
use crate::{
    record::{Record, RecordId},
    suites::{
        error::SuiteError,
        exchange::{
            self, AnyResults, ComparedTable, ComparedTables, Exchange, Format, Input, LeftOut, OwnComparison,
            ReadResults, Results, Shape, Writer,
        },
    },
};
use std::{collections::BTreeSet, io::Write, path::Path};

/// What the face calls.
pub(super) const EXCHANGE: Exchange = Exchange {
    recognises,
    read,
    of_records,
    formats: &[
        Format {
            name: "mmtests-json",
            help: "What MMTests' extraction writes and its comparison reads",
            shape: Shape::Document,
        },
        Format {
            name: "mmtests-log",
            help: "The logs of a run's output folder as MMTests lays them out, for its own extraction",
            shape: Shape::Logs(write_logs),
        },
    ],
    comparison: Some(OwnComparison {
        formats: &[
            Format { name: "mmtests", help: "MMTests' text", shape: Shape::Document },
            Format { name: HTML, help: "MMTests' HTML", shape: Shape::Document },
        ],
        options: &[
            "--runs",
            "--ratio",
            "--significance",
            "--no-compare",
            "--sub-heading",
            "--sort",
            "--true-direction",
        ],
        is_default: true,
        compare,
    }),
};

/// The comparison as a page shows it.
const HTML: &str = "mmtests-html";

/// Why there are no results, or why they cannot be written.
#[derive(Debug, thiserror::Error)]
enum ResultsError {
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Json(#[from] json::JsonError),
    #[error("no samples in it\nhint: did the benchmark fail, or were its logs not there?")]
    NoSamples,
    #[error("no benchmark in it")]
    NoBenchmark,
    #[error("no benchmark `{0}` in it\nhint: it has {1}")]
    NoSuchBenchmark(String, String),
    #[error("{0}\nhint: without --mmtests-version its JSON is that of June 2026")]
    NoModule(NoModule),
}

/// Results, and what they were read from.
enum Extracts {
    /// JSON.
    Json(Vec<Extract>),
    /// Folders of logs.
    Trees(Vec<Tree>),
    /// Records, and what of them MMTests' JSON does not hold.
    Records(Vec<Extract>, Vec<String>),
}

fn recognises(input: &Input) -> bool {
    match input {
        Input::Folder(folder) => is_tree(folder),
        Input::File(bytes) => {
            let name = b"\"_ResultData\"";
            bytes.windows(name.len()).any(|part| part == name)
        }
    }
}

fn read(input: &Input, selection: &Selection) -> ReadResults {
    let extracts = || -> Result<Extracts, ResultsError> {
        Ok(match input {
            Input::Folder(folder) => Extracts::Trees(read_tree(folder, selection)?),
            Input::File(bytes) => Extracts::Json(json::read(bytes)?),
        })
    };
    Ok(Box::new(extracts().map_err(SuiteError::new)?))
}

fn of_records(records: &[Record]) -> ReadResults {
    let all: Result<Vec<Vec<Extract>>, RecordError> = records.iter().map(to_extracts).collect();
    let extracts = all.map_err(SuiteError::new)?.concat();
    Ok(Box::new(Extracts::Records(extracts, records.iter().flat_map(left_out).collect())))
}

fn write_logs(record: &Record, outputs: &Path, run: &Path) -> LeftOut {
    write_run(record, outputs, run).map_err(SuiteError::new)
}

fn compare(results: Vec<AnyResults>, format: &str, options: &exchange::TableOptions) -> ComparedTables {
    let own = |results: AnyResults| (results as Box<dyn std::any::Any>).downcast::<Extracts>().ok();
    let extracts: Vec<Extract> = results.into_iter().filter_map(own).flat_map(|results| results.into_all()).collect();
    let tables = tables(&extracts, format == HTML, &options.mmtests).map_err(SuiteError::new)?;
    let table = |ComparisonText { benchmark, text, notes }| ComparedTable { benchmark, text, notes };
    Ok(tables.into_iter().map(|compared| compared.map(table).map_err(SuiteError::new)).collect())
}

impl Extracts {
    fn into_all(self) -> Vec<Extract> {
        match self {
            Self::Json(extracts) | Self::Records(extracts, _) => extracts,
            Self::Trees(trees) => {
                let benchmarks = trees.into_iter().flat_map(|tree| tree.benchmarks);
                benchmarks.map(|(extract, _)| extract).collect()
            }
        }
    }

    /// Those of one benchmark, or all.
    fn selected(self, benchmark: Option<&str>, say: &dyn Fn(&str)) -> Result<Vec<Extract>, ResultsError> {
        if let Self::Records(_, left_out) = &self {
            left_out.iter().for_each(|what| say(what));
        }
        // Of a folder nothing else was read, and its names may be others than the runs'.
        let benchmark = benchmark.filter(|_| !matches!(self, Self::Trees(_)));
        let mut extracts = self.into_all();
        if extracts.is_empty() {
            return Err(ResultsError::NoBenchmark);
        }
        let all: BTreeSet<String> = extracts.iter().map(Extract::benchmark).collect();
        extracts.retain(|extract| benchmark.is_none_or(|name| extract.benchmark() == name));
        if extracts.is_empty() {
            let all: Vec<String> = all.into_iter().collect();
            return Err(ResultsError::NoSuchBenchmark(benchmark.unwrap_or_default().into(), all.join(", ")));
        }
        if extracts.iter().all(Extract::is_empty) {
            return Err(ResultsError::NoSamples);
        }
        for extract in extracts.iter().filter(|extract| extract.is_empty()) {
            say(&format!("run `{}`: {}: no samples", extract.name(), extract.benchmark()));
        }
        Ok(extracts)
    }
}

impl Results for Extracts {
    fn suite(&self) -> &'static str {
        super::NAME
    }

    fn notes(&self) -> Vec<String> {
        let Self::Trees(trees) = self else { return Vec::new() };
        trees.iter().flat_map(|tree| tree.notes.iter().cloned().chain(failures(tree))).collect()
    }

    fn check(&self) -> Result<(), SuiteError> {
        // A record says by itself what failed; a folder without samples is an error already.
        match self {
            Self::Json(extracts) if extracts.iter().all(Extract::is_empty) => {
                Err(SuiteError::new(ResultsError::NoSamples))
            }
            _ => Ok(()),
        }
    }

    fn into_records(self: Box<Self>, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        match *self {
            Self::Trees(trees) => trees.iter().map(|tree| from_tree(tree, identity())).collect(),
            // One after the other: an extract is as large as its record.
            Self::Json(extracts) | Self::Records(extracts, _) => {
                extracts.into_iter().map(|extract| to_record(&extract, identity())).collect()
            }
        }
    }

    fn writer(self: Box<Self>, selection: &Selection, list: bool, say: &dyn Fn(&str)) -> Result<Writer, SuiteError> {
        let version = selection.version;
        let selected = self.selected(selection.benchmark.as_deref(), say);
        let extracts = selected.and_then(|extracts| readable(extracts, version, say)).map_err(SuiteError::new)?;
        let list = (list || version != Version::Head) && extracts.len() == 1;
        Ok(Box::new(move |out: &mut dyn Write| {
            out.write_all(if list { b"[" } else { b"" })?;
            json::write(&extracts, &mut *out)?;
            out.write_all(if list { b"]" } else { b"" })
        }))
    }
}

/// The iterations that the times say to have failed.
fn failures(tree: &Tree) -> impl Iterator<Item = String> + '_ {
    let timings =
        tree.benchmarks.iter().flat_map(|(extract, timings)| (1..).zip(timings).map(move |timing| (extract, timing)));
    timings.filter_map(|(extract, (iteration, timing))| {
        let why = timing.failure()?;
        Some(format!("run `{}`: {}: iteration {iteration}: {why}", tree.name, extract.benchmark()))
    })
}

/// The extracts as a version of MMTests reads them. One without a module there is left out: its comparison would end with
/// an error.
fn readable(extracts: Vec<Extract>, version: Version, say: &dyn Fn(&str)) -> Result<Vec<Extract>, ResultsError> {
    let (mut readable, mut left_out) = (Vec::new(), Vec::new());
    for extract in extracts {
        let name = extract.name().to_string();
        match extract.readable_by(version) {
            Ok(Readable { extract, note }) => {
                note.iter().for_each(|note| say(&format!("run `{name}`: {note}")));
                readable.push(extract);
            }
            Err(error) => left_out.push((name, error)),
        }
    }
    if let (true, Some((_, error))) = (readable.is_empty(), left_out.first()) {
        return Err(ResultsError::NoModule(error.clone()));
    }
    left_out.iter().for_each(|(name, error)| say(&format!("left out: run `{name}`: {error}")));
    let benchmarks: BTreeSet<String> = readable.iter().map(Extract::benchmark).collect();
    if version != Version::Head && benchmarks.len() > 1 {
        let all = benchmarks.into_iter().collect::<Vec<_>>().join(", ");
        say(&format!(
            "MMTests takes everything in a list for runs of one benchmark, and this has {all}\nhint: --benchmark NAME"
        ));
    }
    Ok(readable)
}

/// What a record holds and MMTests' JSON does not.
fn left_out(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |there: bool, what: &str| {
        if there {
            all.push(format!("record {}: {what} are not in MMTests JSON", record.id));
        }
    };
    let native = || record.benchmarks.iter().filter(|benchmark| !benchmark.parameters.contains_key("_ModuleName"));
    let cases = || native().flat_map(|benchmark| &benchmark.cases);
    add(record.machine.is_some(), "the facts of the machine");
    add(native().any(|benchmark| !benchmark.parameters.is_empty()), "parameters");
    add(native().next().is_some(), "units and verdicts");
    add(cases().any(|case| !case.executions.is_empty()), "executions and their conditions");
    add(!record.losses.is_empty(), "losses");
    all
}
