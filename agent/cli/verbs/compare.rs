//! `compare`: results -> what differs between them.

use crate::{
    cli::{exit::Code, exit::Failure, options::source, terminal},
    suites::mmtests::{
        Run,
        compare::{Comparison, Options, View},
    },
};
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use std::{collections::BTreeMap, path::PathBuf};

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
    #[arg(long, value_enum, default_value_t = Format::Mmtests, value_name = "FORMAT")]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// MMTests' text
    Mmtests,
    /// MMTests' HTML
    MmtestsHtml,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let selection = args.tree.selection(args.benchmark.clone());
    let mut runs = Vec::new();
    for path in &args.sources {
        let read = source::read(path, &selection).and_then(source::Source::into_runs);
        runs.extend(read.with_context(|| path.display().to_string()).map_err(Failure::input)?);
    }
    let groups = select(&runs, args).map_err(Failure::input)?;
    let view = View {
        ratio: args.ratio,
        significance: args.significance,
        no_compare: args.no_compare,
        html: args.format == Format::MmtestsHtml,
    };
    let options = Options {
        version: args.tree.mmtests_version.into(),
        sub_heading: args.sub_heading.clone(),
        sorted: args.sort,
        true_direction: args.true_direction,
    };
    for (benchmark, group) in &groups {
        let comparison = Comparison::new(group, &options).with_context(|| benchmark.clone()).map_err(Failure::input)?;
        let title = if groups.len() > 1 { format!("\n{benchmark}\n") } else { String::new() };
        terminal::data(&format!("{title}{}", comparison.print(view)))?;
        for note in lacking(&groups, group).iter().chain(&comparison.notes) {
            terminal::say(&format!("lava-bench: {benchmark}: {note}"));
        }
    }
    Ok(Code::Done)
}

/// The runs that have other benchmarks and not that of `group`.
fn lacking(groups: &[(String, Vec<&Run>)], group: &[&Run]) -> Vec<String> {
    let mut names: Vec<&str> = groups.iter().flat_map(|(_, group)| group).map(|run| run.name()).collect();
    names.sort_unstable();
    names.dedup();
    let missing = names.iter().filter(|name| !group.iter().any(|run| run.name() == **name));
    let mut notes: Vec<String> = missing.map(|name| format!("run `{name}`: it has no such benchmark")).collect();
    if let ([run], [] | [_]) = (group, names.as_slice()) {
        notes.push(format!("run `{}`: it is alone, so that nothing is compared", run.name()));
    }
    notes
}

/// The runs that were asked for, by benchmark in the order of the first run.
fn select<'a>(runs: &'a [Run], args: &Args) -> anyhow::Result<Vec<(String, Vec<&'a Run>)>> {
    for name in &args.runs {
        if !runs.iter().any(|run| run.name() == name) {
            let known: Vec<&str> = runs.iter().map(Run::name).collect();
            return Err(anyhow!("run `{name}`: not there\nhint: there are {}", known.join(", ")));
        }
    }
    let mut order = Vec::new();
    let mut groups: BTreeMap<String, Vec<&Run>> = BTreeMap::new();
    let wanted = |run: &&Run| args.runs.is_empty() || args.runs.iter().any(|name| name == run.name());
    for run in runs.iter().filter(wanted) {
        let name = run.benchmark();
        let group = groups.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            Vec::new()
        });
        group.push(run);
    }
    if let Some(benchmark) = &args.benchmark {
        let known = order.join(", ");
        order.retain(|name| name == benchmark);
        if order.is_empty() {
            return Err(anyhow!("benchmark `{benchmark}`: not there\nhint: there is {known}"));
        }
    }
    let place = |run: &&Run| args.runs.iter().position(|name| name == run.name());
    let take = |name: String| {
        let mut group = groups.remove(&name).unwrap_or_default();
        group.sort_by_key(place);
        (name, group)
    };
    Ok(order.into_iter().map(take).collect())
}
