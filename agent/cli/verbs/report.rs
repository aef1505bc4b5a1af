//! `report`: comparisons -> a page to look at, and a mail that a maintainer acts on.

use crate::{
    boots::collect,
    cli::{
        exit::{Code, Failure},
        options::{
            lab::LabArgs,
            report::{FaceArgs, boards},
            source::{self, TreeArgs},
            values::share,
        },
        terminal,
    },
    compare::Rules,
    history,
    record::Record,
    report::{self, Document, Input},
    statistics::verdict::Setting,
};
use anyhow::{Context, anyhow};
use std::{fs, path::PathBuf, time::SystemTime};

/// Writes a comparison as a page to look at and as a mail to act on
///
/// Sources are those of `compare`; of several kinds of machines each is compared with itself, and what they agree on is
/// said once. A SOURCE may also be what `compare --format json` wrote: several of them (boards, days) become one report.
///
/// The page is one file of HTML: each boot as a dot, the numbers over time with --history, and the iterations with their
/// conditions. The mail says the finding first, then how to measure it again. docs/report.md has an example of both.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench report old/ --vs new/ --page report.html
  lava-bench report old/ --vs new/ --history nightly/ --page report.html \\
      --mail report.eml --from 'A Lab <lab@example.org>'
  lava-bench report board-1.json board-2.json --page report.html
  lava-bench report --print-template mail.txt")]
pub(in crate::cli) struct Args {
    /// The old side; or, without --vs, what `compare --format json` wrote. `-` is standard input
    #[arg(required_unless_present = "print_template", value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The new side
    #[arg(long, num_args = 1.., value_name = "SOURCE")]
    vs: Vec<PathBuf>,
    /// Past boots of the old side: they say how far numbers spread, and are drawn over time
    #[arg(long, value_name = "SOURCE")]
    history: Vec<PathBuf>,
    /// Where the page goes; `-` is standard output
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Only this benchmark
    #[arg(long, value_name = "NAME")]
    benchmark: Vec<String>,
    /// Only this metric
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Changes within this count as none
    #[arg(long, value_parser = share, default_value = "5%", value_name = "PERCENT")]
    margin: f64,
    /// Compares other parameters and tool versions too, and says so
    #[arg(long)]
    allow_different: bool,
    /// Counts iterations too in which the machine was disturbed
    #[arg(long)]
    with_disturbed: bool,
    /// Shows a template of the page or the mail, to be changed and given back with --template
    #[arg(long, value_name = "NAME", conflicts_with_all = ["sources", "page"])]
    print_template: Option<String>,
    #[command(flatten)]
    face: FaceArgs,
    #[command(flatten)]
    lab: LabArgs,
    #[command(flatten)]
    tree: TreeArgs,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    if let Some(name) = &args.print_template {
        terminal::data(report::built_in(name).map_err(Failure::input)?)?;
        return Ok(Code::Done);
    }
    if args.page.is_none() {
        return Err(Failure::input(anyhow!("report: it would go nowhere\nhint: --page FILE or --mail FILE")));
    }
    let templates = args.face.templates()?;
    let (documents, past) = args.documents()?;
    let changes = match &past {
        Some(records) => changes(records, args)?,
        None => None,
    };
    let input = Input {
        documents: &documents,
        history: changes.as_ref(),
        all_series: false,
        links: &args.face.links,
        reporter: args.face.from.as_deref(),
        commits: (args.face.good.as_deref(), args.face.bad.as_deref()),
        made: SystemTime::now(),
    };
    if let Some(path) = &args.page {
        let page = report::page(&input, &templates).map_err(Failure::input)?;
        let path = Some(path.as_path()).filter(|path| *path != std::path::Path::new("-"));
        terminal::output(path, |out| out.write_all(page.as_bytes()))?;
    }
    Ok(Code::Done)
}

/// What changed over time; a history in which nothing was measured is none.
fn changes(records: &[Record], args: &Args) -> Result<Option<history::Changes>, Failure> {
    let rules = history::Rules { benchmarks: args.benchmark.clone(), metrics: args.metric.clone() };
    match history::history(&collect(records, args.with_disturbed), &rules) {
        Ok(changes) => Ok(Some(changes)),
        Err(history::NoHistory::NothingMeasured { .. }) => Ok(None),
        Err(error) => Err(Failure::input(error)),
    }
}

impl Args {
    /// The comparisons, and all records in the order of time where there is a history.
    fn documents(&self) -> Result<(Vec<Document>, Option<Vec<Record>>), Failure> {
        if self.vs.is_empty() {
            return Ok((self.sources.iter().map(read).collect::<Result<_, _>>()?, None));
        }
        let selection = self.tree.selection(self.benchmark.first().cloned());
        let records = |sources: &[PathBuf]| source::records(sources, &selection, &self.lab);
        let (base, new, past) = (records(&self.sources)?, records(&self.vs)?, records(&self.history)?);
        let rules = Rules {
            setting: Setting { margin: self.margin, ..Setting::default() },
            allow_different: self.allow_different,
            benchmarks: self.benchmark.clone(),
            metrics: self.metric.clone(),
        };
        let documents = boards(&base, &new, &past, &rules, self.with_disturbed)?;
        let past = (!self.history.is_empty()).then(|| [past, base, new].concat());
        Ok((documents, past))
    }
}

/// A comparison that was written before.
fn read(path: &PathBuf) -> Result<Document, Failure> {
    let bytes = match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()).map(String::into_bytes),
        _ => fs::read(path),
    };
    let bytes = bytes.with_context(|| path.display().to_string()).map_err(Failure::input)?;
    if !Document::is_meant(&bytes) {
        return Err(Failure::input(anyhow!(
            "{}: not a comparison\nhint: name what `compare --format json` wrote, or both sides: report OLD... --vs NEW...",
            path.display()
        )));
    }
    Document::from_json(&bytes).with_context(|| path.display().to_string()).map_err(Failure::input)
}
