//! `convert`: results of one format -> another.

use crate::{
    cli::{exit::Code, exit::Failure, options::source, terminal},
    record::Record,
    run::RECORD,
    suites::mmtests,
};
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Converts results between the record and MMTests' formats
///
/// The SOURCE is recognised by its content: a record, MMTests JSON (of any version, one run or several), or a folder that
/// MMTests wrote (work/log, or one run in it). Several records are written one a line. For `mmtests-log` it is the output
/// folder of a run, as the logs are its raw outputs. What the other format cannot hold
/// is listed on standard error. With --mmtests-version, MMTests' JSON is written as that version reads it.
///
/// A record is written as version 2, whatever version it was. With --record-version 1, what that version cannot hold is left
/// out and listed on standard error, and the exit code is then 4.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench convert record.json --to mmtests-json -o mmtests.json
  lava-bench convert mmtests.json --to record
  lava-bench convert work/log --to record -o records.json
  lava-bench convert record.json --to record --record-version 1
  lava-bench convert OUTPUT --to mmtests-log -o work/log/6.12")]
pub(in crate::cli) struct Args {
    /// A file or a folder; `-` is standard input
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// The format that is written
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// Where it is written, instead of standard output; for `mmtests-log` a folder that is not there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this benchmark, of a folder or for MMTests' JSON
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    #[command(flatten)]
    tree: source::TreeArgs,
    /// The version of the record: 1 is for programs that read no other
    #[arg(long, value_enum, default_value_t = Version::Two, value_name = "VERSION")]
    record_version: Version,
    /// Writes a list even of one run, as MMTests' own --from-json wants it, and as is done for its older versions
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// This program's own document
    Record,
    /// What MMTests' extraction writes and its comparison reads
    MmtestsJson,
    /// The logs of a run's output folder as MMTests lays them out, for its own extraction
    MmtestsLog,
}

/// A version of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Version {
    /// Version 1
    #[value(name = "1")]
    One,
    /// Version 2
    #[value(name = "2")]
    Two,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    if args.record_version == Version::One && args.to != Format::Record {
        let error = anyhow!("--record-version: goes with --to record alone");
        return Err(Failure::input(error));
    }
    let named = || args.source.display().to_string();
    if args.to == Format::MmtestsLog {
        return mmtests_log(args).with_context(named).map_err(Failure::input);
    }
    let source = source::read(&args.source, &args.tree.selection(args.benchmark.clone()))
        .with_context(named)
        .map_err(Failure::input)?;
    match args.to {
        Format::Record => {
            let records = records(source).with_context(named).map_err(Failure::input)?;
            let (records, complete) = in_version(records, args.record_version);
            terminal::output(args.output.as_deref(), |out| {
                records.iter().try_for_each(|record| record.write_json(&mut *out).and_then(|()| out.write_all(b"\n")))
            })?;
            return Ok(if complete { Code::Done } else { Code::Incomplete });
        }
        Format::MmtestsJson | Format::MmtestsLog => {
            let version = args.tree.mmtests_version.into();
            let runs = runs(source, args.benchmark.as_deref()).and_then(|runs| readable(runs, version));
            let runs = runs.with_context(named).map_err(Failure::input)?;
            let list = (args.list || version != mmtests::Version::Head) && runs.len() == 1;
            terminal::output(args.output.as_deref(), |out| {
                out.write_all(if list { b"[" } else { b"" })?;
                mmtests::write(&runs, &mut *out)?;
                out.write_all(if list { b"]" } else { b"" })
            })?;
        }
    }
    Ok(Code::Done)
}

/// The records as documents of one version, and whether that can hold all of them; what it cannot is said.
fn in_version(records: Vec<Record>, version: Version) -> (Vec<Record>, bool) {
    if version == Version::Two {
        return (records.into_iter().map(Record::raised).collect(), true);
    }
    let mut complete = true;
    let lower = |record: Record| {
        let (lowered, lost) = record.lowered();
        for field in lost {
            complete = false;
            terminal::say(&format!("lava-bench: record {}: version 1 cannot hold all of `{field}`", record.id));
        }
        lowered
    };
    let records = records.into_iter().map(lower).collect();
    (records, complete)
}

fn records(source: source::Source) -> anyhow::Result<Vec<Record>> {
    // A record tells by itself what failed; a folder without samples is an error already.
    if let source::Source::Runs(runs) = &source
        && runs.iter().all(is_empty)
    {
        return Err(anyhow!(NO_SAMPLES));
    }
    let records = source.into_records();
    for record in &records {
        record.check()?;
        for benchmark in &record.benchmarks {
            let about = format!("run `{}`: {}", record.label.as_deref().unwrap_or_default(), benchmark.name);
            let reasons = benchmark.cases.iter().flat_map(|case| &case.reasons);
            reasons.for_each(|reason| terminal::say(&format!("lava-bench: {about}: {reason}")));
        }
    }
    Ok(records)
}

/// What is said of results that hold nothing.
const NO_SAMPLES: &str = "no samples in it\nhint: did the benchmark fail, or were its logs not there?";

fn is_empty(run: &mmtests::Run) -> bool {
    run.operations.iter().all(|operation| operation.values().next().is_none())
}

/// The runs of a source, or those of one benchmark.
fn runs(source: source::Source, benchmark: Option<&str>) -> anyhow::Result<Vec<mmtests::Run>> {
    if let source::Source::Records(records) = &source {
        records.iter().flat_map(left_out).for_each(|what| terminal::say(&format!("lava-bench: {what}")));
    }
    // Of a folder nothing else was read, and its names may be others than the runs'.
    let benchmark = benchmark.filter(|_| !matches!(source, source::Source::Trees(_)));
    let mut runs = source.into_runs()?;
    if runs.is_empty() {
        return Err(anyhow!("no benchmark in it"));
    }
    let all: BTreeSet<String> = runs.iter().map(mmtests::Run::benchmark).collect();
    runs.retain(|run| benchmark.is_none_or(|name| run.benchmark() == name));
    if runs.is_empty() {
        let name = benchmark.unwrap_or_default();
        let all: Vec<String> = all.into_iter().collect();
        return Err(anyhow!("no benchmark `{name}` in it\nhint: there are {}", all.join(", ")));
    }
    if runs.iter().all(is_empty) {
        return Err(anyhow!(NO_SAMPLES));
    }
    for run in runs.iter().filter(|run| is_empty(run)) {
        terminal::say(&format!("lava-bench: run `{}`: {}: no samples", run.name(), run.benchmark()));
    }
    Ok(runs)
}

/// The runs as a version of MMTests reads them. One that it has no module for is left out: its comparison dies of it.
fn readable(runs: Vec<mmtests::Run>, version: mmtests::Version) -> anyhow::Result<Vec<mmtests::Run>> {
    let (mut readable, mut left_out) = (Vec::new(), Vec::new());
    for run in runs {
        let name = run.name().to_string();
        match run.readable_by(version) {
            Ok(mmtests::Readable { run, note }) => {
                note.iter().for_each(|note| terminal::say(&format!("lava-bench: run `{name}`: {note}")));
                readable.push(run);
            }
            Err(error) => left_out.push((name, error)),
        }
    }
    if let (true, Some((_, error))) = (readable.is_empty(), left_out.first()) {
        return Err(anyhow!("{error}\nhint: without --mmtests-version its JSON is that of June 2026"));
    }
    let say = |(name, error): &(String, _)| terminal::say(&format!("lava-bench: left out: run `{name}`: {error}"));
    left_out.iter().for_each(say);
    let modules: BTreeSet<String> = readable.iter().map(mmtests::Run::benchmark).collect();
    if version != mmtests::Version::Head && modules.len() > 1 {
        let modules: Vec<String> = modules.into_iter().collect();
        let all = modules.join(", ");
        terminal::say(&format!(
            "lava-bench: MMTests takes all of a list for runs of one benchmark, and here are {all}\nhint: --benchmark NAME"
        ));
    }
    Ok(readable)
}

/// Writes the tree; the source is an output folder, or the record in it.
fn mmtests_log(args: &Args) -> anyhow::Result<Code> {
    let run = args.output.as_ref().context("-o is missing\nhint: name a new folder, such as work/log/6.12")?;
    let path = if args.source.is_dir() { args.source.join(RECORD) } else { args.source.clone() };
    let bytes = fs::read(&path).context("no record in it\nhint: name the output folder of a run")?;
    let record = Record::from_json(bytes.trim_ascii_end())?;
    let outputs = path.parent().unwrap_or(Path::new("."));
    let left = mmtests::write_run(&record, outputs, run)?;
    left.iter().for_each(|what| terminal::say(&format!("lava-bench: left out: {what}")));
    Ok(Code::Done)
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
