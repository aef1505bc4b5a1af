//! `compare`: results -> what differs between them.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::source,
        terminal,
    },
    suites::{self, Content, Suite, TableOptions, TableView},
};
use anyhow::Context;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// Compares results with the first of them
///
/// Each SOURCE is MMTests JSON, a record, or a folder that MMTests wrote (work/log, or one run in it); one may hold several
/// runs. The formats mmtests and mmtests-html are those of compare-mmtests.pl, to the letter: its statistics, its marks and
/// its directions, unless --true-direction is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench compare 5.15.json 6.1.json
  lava-bench compare 5.15.json 6.1.json --ratio --true-direction
  lava-bench compare runs.json --sub-heading tput --mmtests-version 2021-11
  lava-bench compare work/log --format mmtests-html")]
pub(in crate::cli) struct Args {
    /// Files or folders, the baseline first; `-` is standard input
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// How the comparison is written
    #[arg(long, value_parser = format(), default_value = "mmtests", value_name = "FORMAT")]
    format: Format,
    /// Only this benchmark
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    #[command(flatten)]
    tree: source::TreeArgs,
    /// Only these runs, by their names, in this order
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    runs: Vec<String>,
    /// Ratios to the baseline instead of all statistics
    #[arg(long, visible_alias = "print-ratio")]
    ratio: bool,
    /// Adds the significance of each operation
    #[arg(long, visible_alias = "print-significance", conflicts_with = "ratio")]
    significance: bool,
    /// No percentages
    #[arg(long, conflicts_with = "ratio")]
    no_compare: bool,
    /// Only the operations that begin so (a regular expression)
    #[arg(long, value_name = "TEXT")]
    sub_heading: Option<String>,
    /// Operations in the order of their bytes, as MMTests shows what it reads from JSON
    #[arg(long)]
    sort: bool,
    /// Takes a throughput for higher-is-better where MMTests does not
    #[arg(long)]
    true_direction: bool,
}

/// A format of a suite's own comparison.
#[derive(Clone, Copy)]
struct Format(&'static Suite, &'static suites::Format);

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1.name)
    }
}

fn format() -> impl TypedValueParser<Value = Format> {
    let all = suites::tables().map(|(_, format)| PossibleValue::new(format.name).help(format.help));
    PossibleValuesParser::new(all.collect::<Vec<_>>()).try_map(|name| {
        let found = suites::tables().find(|(_, format)| format.name == name);
        found.map(|(suite, format)| Format(suite, format)).ok_or("no such format")
    })
}

/// Says which records are not all that was measured.
fn say_losses(content: &Content) {
    let Content::Records(records) = content else { return };
    for record in records.iter().filter(|record| !record.losses.is_empty()) {
        let count = record.losses.len();
        source::say(&format!("record {}: {count} losses: what is lost is not in the comparison", record.id));
    }
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let selection = args.tree.selection(args.benchmark.clone());
    let Format(suite, format) = args.format;
    let mut results = Vec::new();
    for path in &args.sources {
        let content = source::read(path, &selection).with_context(|| path.display().to_string());
        let content = content.map_err(Failure::input)?;
        say_losses(&content);
        let read = suite.results(content);
        results.push(read.with_context(|| path.display().to_string()).map_err(Failure::input)?);
    }
    let options = TableOptions {
        comparison: suites::ComparisonOptions {
            version: selection.version,
            sub_heading: args.sub_heading.clone(),
            sorted: args.sort,
            true_direction: args.true_direction,
        },
        view: TableView {
            ratio: args.ratio,
            significance: args.significance,
            no_compare: args.no_compare,
            html: false,
        },
        benchmark: args.benchmark.clone(),
        runs: args.runs.clone(),
    };
    let tables = suite.compare(results, format, &options).map_err(Failure::input)?;
    let several = tables.len() > 1;
    for table in tables {
        let table = table.map_err(Failure::input)?;
        let title = if several { format!("\n{}\n", table.benchmark) } else { String::new() };
        terminal::data(&format!("{title}{}", table.text))?;
        table.notes.iter().for_each(|note| source::say(&format!("{}: {note}", table.benchmark)));
    }
    Ok(Code::Done)
}
