//! `history`: records over time -> where series changed.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{lab::LabArgs, report::plain_page, source},
        terminal,
    },
    history::{Document, NoHistory, Rules, View, history, in_text},
};
use clap::ValueEnum;
use std::{env, path::PathBuf};

/// Finds where series changed over time, and what else changed there
///
/// All records together are the history: one value a boot for each series on
/// each machine, in the order of time. A series of 16 boots or more is searched
/// for steps, slow trends and spikes. Each change has the builds it lies between,
/// its size, and what else changed there: the tool, a parameter, the kernel's
/// configuration. Where a tool or a parameter changes, the series goes on.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  lava-bench history records/*.json
  lava-bench history nightly.json --benchmark sysbench-cpu --all
  lava-bench history nightly.json --metric latency --json -o changes.json
  lava-bench history nightly.json --format html -o nightly.html"
)]
pub(in crate::cli) struct Args {
    /// Records, logs, folders, addresses of jobs, as `compare` takes them
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Only this benchmark (repeatable)
    #[arg(long, value_name = "NAME")]
    benchmark: Vec<String>,
    /// Only this metric (repeatable)
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Lists also the series that did not change
    #[arg(long)]
    all: bool,
    /// Counts iterations too in which the machine was disturbed
    #[arg(long)]
    with_disturbed: bool,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Where it goes, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    lab: LabArgs,
    #[command(flatten)]
    tree: source::TreeArgs,
}

/// How a history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, at most 80 columns
    Text,
    /// A page to look at: each series drawn, with its changes
    Html,
    /// lava-bench-history/1, with the values for a plot
    Json,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let boots = source::gather(&args.sources, &args.tree.selection(None), &args.lab, args.with_disturbed)?.boots;
    let rules = Rules { benchmarks: args.benchmark.clone(), metrics: args.metric.clone() };
    let changes = match history(&boots, &rules) {
        Ok(changes) => changes,
        Err(nothing @ NoHistory::NothingMeasured { .. }) => {
            source::say(&nothing.to_string());
            return Ok(Code::Nothing);
        }
        Err(error) => return Err(Failure::input(error)),
    };
    let output = args.output.as_deref();
    match if args.json { Format::Json } else { args.format } {
        Format::Json => terminal::output(output, |out| {
            serde_json::to_writer(&mut *out, &Document::of(&changes, args.all))?;
            out.write_all(b"\n")
        })?,
        Format::Html => {
            let page = plain_page(&[], Some(&changes), args.all)?;
            terminal::output(output, |out| out.write_all(page.as_bytes()))?;
        }
        Format::Text => {
            let text = in_text(&changes, View { all: args.all, unicode: is_unicode() });
            terminal::output(output, |out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(Code::Done)
}

/// Whether the locale has block characters. A serial console has none.
fn is_unicode() -> bool {
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
