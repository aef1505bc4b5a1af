//! `compare`: two sides -> what is worse, better, the same or unknown; or a suite's own table.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{
            comparing::ComparingArgs,
            identity::record_id,
            lab::LabArgs,
            report::{over_time, plain_page},
            source::{self, Gathered, TreeArgs},
            tables::TableArgs,
        },
        terminal,
    },
    compare::{Comparison, compare},
    record::Record,
    report::{self, Document, Sources},
    suites::{self, AnyResults, Content, Selection, Suite},
};
use anyhow::anyhow;
use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

/// Says what got worse or better between two kernels
///
/// Each SOURCE is a record, several one a line, a run's folder, a folder of records, a log or a capture, a job's address
/// (lava+https://..., squad+https://...), MMTests' JSON or a folder that MMTests or lkp wrote. Several of a side are its
/// boots.
///
/// Each metric gets one word: worse, better, same (within --margin) or unknown, with the number of boots that would decide.
/// One boot a side decides nothing without --history. docs/comparison.md has the method and how often it is wrong.
///
/// Sides that differ in parameters, tool version or machine do not compare: the exit code is then 2. MMTests' results alone
/// are compared as compare-mmtests.pl does it, to the letter, unless another --format is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench compare old.json new.json --history nightly/
  lava-bench compare old-*.json --vs new-*.json
  lava-bench compare old/ --vs new/ --format markdown --all
  lava-bench compare old/ --vs new/ --fail-on regression && echo no regression
  lava-bench compare 5.15.json 6.1.json --format mmtests --ratio")]
pub(in crate::cli) struct Args {
    /// The old side; with one source each, the old and the new one. `-` is standard input
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The new side
    #[arg(long, num_args = 1.., value_name = "SOURCE")]
    vs: Vec<PathBuf>,
    /// Past boots of the old side, which tell how far its numbers spread
    #[arg(long, value_name = "SOURCE")]
    history: Vec<PathBuf>,
    /// How the comparison is written
    #[arg(long, value_parser = format(), value_name = "FORMAT")]
    format: Option<Format>,
    /// Where the comparison goes, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Shows every metric, also what is the same
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    comparing: ComparingArgs,
    /// Ends with exit code 1 if one of these is found
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    #[command(flatten)]
    lab: LabArgs,
    #[command(flatten)]
    tree: TreeArgs,
    #[command(flatten)]
    table: TableArgs,
}

/// What ends the program with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A metric got worse, or a case that passed fails
    Regression,
    /// Something is undecided, on one side alone, or does not compare
    Unknown,
    /// A case that passed fails or is missing
    Failure,
}

#[derive(Clone, Copy)]
enum Format {
    Text,
    Markdown,
    Json,
    Csv,
    Junit,
    Html,
    /// A format of a suite's own comparison.
    Suite(&'static Suite, &'static suites::Format),
}

const OURS: [(&str, &str, Format); 6] = [
    ("text", "For people, at most 80 columns", Format::Text),
    ("markdown", "For a mail or an issue", Format::Markdown),
    ("html", "A page to look at, as `report` writes it", Format::Html),
    ("json", "For scripts: one document, in one line", Format::Json),
    ("csv", "A table with a row for each metric and case", Format::Csv),
    ("junit", "For CI systems: a test case for each metric and case", Format::Junit),
];

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if let Self::Suite(_, format) = self { format.name } else { "verdicts" })
    }
}

fn format() -> impl TypedValueParser<Value = Format> {
    let ours = OURS.iter().map(|(name, help, _)| PossibleValue::new(*name).help(*help));
    let all = ours.chain(suites::tables().map(|(_, format)| PossibleValue::new(format.name).help(format.help)));
    PossibleValuesParser::new(all.collect::<Vec<_>>()).try_map(|name| {
        let ours = OURS.iter().find(|(known, _, _)| *known == name).map(|(_, _, format)| *format);
        let theirs = || suites::tables().find(|(_, format)| format.name == name);
        ours.or_else(|| theirs().map(|(suite, format)| Format::Suite(suite, format))).ok_or("no such format")
    })
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let selection = args.comparing.selection(&args.tree);
    if source::are_large(args.sources.iter().chain(&args.vs))? {
        return args.large(&selection);
    }
    let read = |path: &PathBuf| source::read(path, &selection, &args.lab);
    let mut contents = args.sources.iter().map(read).collect::<Result<Vec<Content>, Failure>>()?;
    let format = args.format.or_else(|| own_table(args, &contents));
    if let Some(Format::Suite(suite, format)) = format {
        contents.extend(args.vs.iter().map(read).collect::<Result<Vec<_>, _>>()?);
        args.check_table(suite)?;
        args.table.print(suite, format, contents, &selection, args.all)?;
        return Ok(Code::Done);
    }
    if let Some(option) = args.table.used().first() {
        let takes: Vec<&str> =
            suites::tables().filter(|(suite, _)| suite.takes(option)).map(|(_, format)| format.name).collect();
        return Err(Failure::input(anyhow!("{option}: goes with --format {}", takes.join(" or "))));
    }
    let (base, new) = args.sides(contents, &selection)?;
    let of = |records| Gathered::of(records, args.comparing.with_disturbed);
    args.told(&of(base), &of(new), format, &selection)
}

/// MMTests' results alone are compared as MMTests does it.
fn own_table<'c>(args: &Args, contents: &'c [Content]) -> Option<Format> {
    let of_suite = |content: &'c Content| if let Content::Results(results) = content { Some(results) } else { None };
    let results: Vec<&AnyResults> = contents.iter().filter_map(of_suite).collect();
    let own = (results.len() == contents.len() && args.vs.is_empty()).then(|| suites::own_table(&results)).flatten();
    own.map(|(suite, format)| Format::Suite(suite, format))
}

fn which_side(count: usize) -> Failure {
    Failure::input(anyhow!(
        "{count} source{}: which are old, and which are new?\nhint: compare OLD NEW, or compare OLD... --vs NEW...",
        if count == 1 { "" } else { "s" }
    ))
}

/// The most columns of the text.
const WIDEST: usize = 80;

fn write(comparison: &Comparison, sources: Sources, format: Format, args: &Args) -> Result<(), Failure> {
    terminal::output(args.output.as_deref(), |out| match format {
        Format::Markdown => out.write_all(report::markdown(comparison).as_bytes()),
        Format::Json => Document::of(comparison).with_evidence(sources).write(out),
        Format::Csv => report::csv(comparison, out),
        Format::Junit => report::junit(comparison, out),
        Format::Text | Format::Html | Format::Suite(..) => {
            // A file has the width of a plain terminal; so has one that is wider.
            let width = if args.output.is_some() { WIDEST } else { terminal::width().min(WIDEST) };
            out.write_all(terminal::harmless(&report::text(comparison, args.all, width)).as_bytes())
        }
    })
}

impl Args {
    /// Compares sides of which one has more records than are held at the same time.
    fn large(&self, selection: &Selection) -> Result<Code, Failure> {
        if matches!(self.format, Some(Format::Suite(..))) || !self.table.used().is_empty() {
            return Err(Failure::input(anyhow!(
                "--format: a suite's own table is not made of a folder of so many records"
            )));
        }
        let gather = |sources: &[PathBuf]| source::gather(sources, selection, &self.lab, self.comparing.with_disturbed);
        let (base, new) = match (self.vs.is_empty(), &self.sources[..]) {
            (false, _) => (gather(&self.sources)?, gather(&self.vs)?),
            (true, [base, new]) => (gather(std::slice::from_ref(base))?, gather(std::slice::from_ref(new))?),
            (true, sources) => return Err(which_side(sources.len())),
        };
        self.told(&base, &new, self.format, selection)
    }

    /// Compares, and writes what was found.
    fn told(
        &self,
        base: &Gathered,
        new: &Gathered,
        format: Option<Format>,
        selection: &Selection,
    ) -> Result<Code, Failure> {
        let history = source::gather(&self.history, selection, &self.lab, self.comparing.with_disturbed)?;
        let comparison =
            compare(&base.boots, &new.boots, &history.boots, &self.comparing.rules()).map_err(Failure::input)?;
        let sources = Sources { base: &base.records, new: &new.records };
        match format.unwrap_or(Format::Text) {
            Format::Html => self.page(&comparison, sources, &history)?,
            format => write(&comparison, sources, format, self)?,
        }
        Ok(self.code(&comparison))
    }

    /// The page, with what changed over time where there is a history.
    fn page(&self, comparison: &Comparison, sources: Sources, past: &Gathered) -> Result<(), Failure> {
        let changes = over_time(past, sources, &self.comparing.rules_of_history(), self.comparing.with_disturbed)?;
        let document = Document::of(comparison).with_evidence(sources);
        let page = plain_page(&[document], changes.as_ref(), false)?;
        terminal::output(self.output.as_deref(), |out| out.write_all(page.as_bytes()))
    }

    /// The records of both sides.
    fn sides(&self, mut contents: Vec<Content>, selection: &Selection) -> Result<(Vec<Record>, Vec<Record>), Failure> {
        let new = match (self.vs.is_empty(), contents.len()) {
            (false, _) => source::records(&self.vs, selection, &self.lab)?,
            (true, 2) => contents.split_off(1).into_iter().flat_map(|one| one.into_records(&record_id)).collect(),
            (true, count) => return Err(which_side(count)),
        };
        Ok((contents.into_iter().flat_map(|one| one.into_records(&record_id)).collect(), new))
    }

    /// What verdicts alone have.
    fn check_table(&self, suite: &Suite) -> Result<(), Failure> {
        let of_verdicts = [
            ("--history", !self.history.is_empty()),
            ("--fail-on", !self.fail_on.is_empty()),
            ("--all", self.all && !suite.takes("--all")),
            ("--output", self.output.is_some()),
        ];
        let own = of_verdicts.into_iter().filter(|(_, given)| *given).map(|(option, _)| option);
        let shared = self.comparing.given().into_iter().filter(|option| *option != "--benchmark");
        match own.chain(shared).next() {
            Some(option) => Err(Failure::input(anyhow!(
                "{option}: a suite's own table has no verdicts\nhint: --format text compares its results by the method of docs/comparison.md"
            ))),
            None => match self.table.used().iter().find(|option| !suite.takes(option)) {
                Some(option) => Err(Failure::input(anyhow!("{option}: is not of {}'s own table", suite.name))),
                None => Ok(()),
            },
        }
    }

    fn code(&self, comparison: &Comparison) -> Code {
        let found = |what: &FailOn| match what {
            FailOn::Regression => comparison.has_regression(),
            FailOn::Unknown => comparison.has_unknown(),
            FailOn::Failure => comparison.has_failure(),
        };
        match () {
            () if self.fail_on.iter().any(found) => Code::Failed,
            () if !comparison.refused.is_empty() => Code::Invalid,
            () => Code::Done,
        }
    }
}
