//! `convert`: results of one format -> another.

#[cfg(feature = "parquet")]
mod tables;

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{identity::record_id, lab::LabArgs, source},
        terminal,
    },
    exchange,
    record::Record,
    run::RECORD,
    suites::{self, Content, LeftOut, Shape, Suite},
};
use anyhow::{Context, anyhow};
use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Converts results between the record and other suites' formats, and to tables and dashboards
///
/// The SOURCE is recognised by its content: a record, MMTests JSON (of any version, one run or several), a folder that MMTests
/// (work/log, or one run in it) or lkp wrote (a run, or any folder above runs), or a result.txt or result.json of Linaro's
/// test-definitions. Several records are written one a line, or one after the other into one table or document (csv, junit),
/// or into a new folder of tables by date and type of device (parquet; docs/exchange.md describes all three). For
/// `mmtests-log` it is the output
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
  lava-bench convert records.json --to csv -o samples.csv
  lava-bench convert record.json --to junit -o junit.xml
  lava-bench convert nightly/ --to parquet -o samples
  lava-bench convert output/result.txt --to record -o record.json
  lava-bench convert record.json --to record --record-version 1
  lava-bench convert OUTPUT --to mmtests-log -o work/log/6.12
  lava-bench convert record.json --to lkp -o roots && lkp merge roots")]
pub(in crate::cli) struct Args {
    /// A file or a folder; `-` is standard input, as in `cat one.json two.json | lava-bench convert - --to csv`
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// The format that is written
    #[arg(long, value_parser = format(), value_name = "FORMAT")]
    to: Format,
    /// Where it is written, instead of standard output; for `mmtests-log`, `lkp` and `parquet` a folder that is not there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this benchmark, of a folder or for MMTests' JSON
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    #[command(flatten)]
    tree: source::TreeArgs,
    #[command(flatten)]
    lab: LabArgs,
    /// The version of the record: 1 is for programs that read no other
    #[arg(long, value_enum, default_value_t = Version::Two, value_name = "VERSION")]
    record_version: Version,
    /// Writes a list even of one run, as MMTests' own --from-json wants it, and as is done for its older versions
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy)]
enum Format {
    Record,
    /// Tables in folders.
    #[cfg(feature = "parquet")]
    Parquet,
    /// A format without a suite.
    Exchange(&'static exchange::Format),
    /// A format of a suite.
    Suite(&'static Suite, &'static suites::Format),
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Record => "record",
            #[cfg(feature = "parquet")]
            Self::Parquet => tables::NAME,
            Self::Exchange(format) => format.name,
            Self::Suite(_, format) => format.name,
        })
    }
}

/// The record, what goes to other programs, and what suites write.
fn format() -> impl TypedValueParser<Value = Format> {
    let ours = [
        ("record", "This program's own document", Format::Record),
        #[cfg(feature = "parquet")]
        (tables::NAME, "A folder of tables with a row for each sample, by date and type of device", Format::Parquet),
    ];
    let exchange = exchange::FORMATS.iter().map(|format| (format.name, format.help, Format::Exchange(format)));
    let of_suites = suites::formats().map(|(suite, format)| (format.name, format.help, Format::Suite(suite, format)));
    let all: Vec<_> = ours.into_iter().chain(exchange).chain(of_suites).collect();
    let values: Vec<PossibleValue> = all.iter().map(|(name, help, _)| PossibleValue::new(*name).help(*help)).collect();
    PossibleValuesParser::new(values).map(move |name| {
        let chosen = all.iter().find(|(known, _, _)| *known == name);
        chosen.map_or(Format::Record, |(_, _, format)| *format)
    })
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
    if args.record_version == Version::One && !matches!(args.to, Format::Record) {
        let error = anyhow!("--record-version: goes with --to record alone");
        return Err(Failure::input(error));
    }
    let named = || args.source.display().to_string();
    let read = || source::read(&args.source, &args.tree.selection(args.benchmark.clone()), &args.lab);
    match args.to {
        Format::Suite(suite, format) => match format.shape {
            Shape::Logs(write) => write_logs(write, args).with_context(named).map_err(Failure::input)?,
            Shape::Folder(write) => write_folder(write, read()?, args).with_context(named).map_err(Failure::input)?,
            Shape::Document => {
                let selection = args.tree.selection(args.benchmark.clone());
                let results = suite.results(read()?);
                let writer = results.and_then(|results| results.writer(&selection, args.list, &source::say));
                let writer = writer.with_context(named).map_err(Failure::input)?;
                terminal::output(args.output.as_deref(), writer)?;
            }
        },
        #[cfg(feature = "parquet")]
        Format::Parquet => tables::write(args)?,
        Format::Exchange(format) => {
            let records = records(read()?).with_context(named).map_err(Failure::input)?;
            terminal::output(args.output.as_deref(), |out| format.write(&records, out))?;
        }
        Format::Record => {
            let records = records(read()?).with_context(named).map_err(Failure::input)?;
            let (records, complete) = in_version(records, args.record_version);
            terminal::output(args.output.as_deref(), |out| {
                records.iter().try_for_each(|record| record.write_json(&mut *out).and_then(|()| out.write_all(b"\n")))
            })?;
            return Ok(if complete { Code::Done } else { Code::Incomplete });
        }
    }
    Ok(Code::Done)
}

/// Writes a suite's folder of results, and says what is left out.
fn write_folder(write: fn(&[Record], &Path) -> LeftOut, content: Content, args: &Args) -> anyhow::Result<()> {
    let folder = args.output.as_ref().context("-o is missing\nhint: name a new folder")?;
    let left = write(&records(content)?, folder)?;
    left.iter().for_each(|what| source::say(&format!("left out: {what}")));
    Ok(())
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
            terminal::tell(&format!("lava-bench: record {}: version 1 cannot hold all of `{field}`", record.id));
        }
        lowered
    };
    let records = records.into_iter().map(lower).collect();
    (records, complete)
}

fn records(content: Content) -> anyhow::Result<Vec<Record>> {
    if let Content::Results(results) = &content {
        results.check()?;
    }
    let records = content.into_records(&record_id);
    for record in &records {
        check(record)?;
    }
    Ok(records)
}

/// Refuses a record that breaks a rule, and says what went wrong in it.
fn check(record: &Record) -> anyhow::Result<()> {
    record.check()?;
    for benchmark in &record.benchmarks {
        let run = record.label.as_ref().map(|label| format!("run `{label}`: ")).unwrap_or_default();
        for case in &benchmark.cases {
            let about = format!("{run}{} {}", benchmark.name, case.labels);
            case.reasons.iter().for_each(|reason| source::say(&format!("{}: {reason}", about.trim_end())));
        }
    }
    Ok(())
}

/// Writes the tree; the source is an output folder, or the record in it.
fn write_logs(write: fn(&Record, &Path, &Path) -> LeftOut, args: &Args) -> anyhow::Result<()> {
    let run = args.output.as_ref().context("-o is missing\nhint: name a new folder, such as work/log/6.12")?;
    let path = if args.source.is_dir() { args.source.join(RECORD) } else { args.source.clone() };
    let bytes = fs::read(&path).context("no record in it\nhint: name the output folder of a run")?;
    let record = Record::from_json(bytes.trim_ascii_end())?;
    let left = write(&record, path.parent().unwrap_or(Path::new(".")), run)?;
    left.iter().for_each(|what| source::say(&format!("left out: {what}")));
    Ok(())
}
