//! The comparison that MMTests makes: runs of one benchmark -> its tables, to the letter.
//!
//! The first run is the baseline. `docs/mmtests-reference.md` says which numbers these are, and which of them mislead.

mod header;
mod print;
mod ratio;
mod rules;
mod statistic;
mod summary;
mod tables;

pub use crate::suites::mmtests::Version;
pub use ratio::{Ratio, RatioTable};
pub use statistic::UnknownStatistic;
pub use summary::{Cell, Row};
pub use tables::TableOptions;
pub(super) use tables::{ComparisonText, tables};

use crate::suites::mmtests::{
    Direction::{self, Higher, Lower},
    Extract, Operation,
};
use rules::{Rules, Significance};
use std::collections::{HashMap, HashSet};
use summary::Summary;

/// What is compared, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whose rules.
    pub version: Version,
    /// Only operations that begin so: a regular expression.
    pub sub_heading: Option<String>,
    /// Operations in the order of their bytes, as `--from-json` shows them.
    pub sorted: bool,
    /// Throughputs that MMTests takes for lower-is-better are taken for what they are.
    pub true_direction: bool,
}

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no run.
    #[error("no run to compare")]
    NoRun,
    /// The baseline is empty.
    #[error("run `{0}`: the baseline has no samples\nhint: were its logs there when the JSON was written?")]
    NoSamples(String),
    /// A statistic that the JSON asks for.
    #[error(transparent)]
    Statistic(UnknownStatistic),
    /// A sub-heading that is not a regular expression.
    #[error("sub-heading `{0}`: {1}")]
    SubHeading(String, String),
    /// A benchmark of several.
    #[error("{0}")]
    Benchmark(String, #[source] Box<Self>),
    /// A run that was asked for.
    #[error("run `{0}`: not there\nhint: there are {1}")]
    NoSuchRun(String, String),
    /// A benchmark that was asked for.
    #[error("benchmark `{0}`: not there\nhint: there is {1}")]
    NoSuchBenchmark(String, String),
    /// A sub-heading that no operation begins with.
    #[error("sub-heading `{0}`: no operation begins with it")]
    NoOperation(String),
}

/// A comparison.
#[derive(Debug)]
pub struct Comparison {
    rules: Rules,
    /// The runs' names, the baseline's first.
    pub runs: Vec<String>,
    /// The operations, in their order.
    pub operations: Vec<String>,
    /// The table: statistic after statistic, in each of them the operations.
    pub rows: Vec<Row>,
    /// For each operation and run whether the difference is significant, and the number that says so.
    pub significance: Vec<Vec<(bool, f64)>>,
    /// The ratios to the baseline.
    pub ratios: RatioTable,
    /// What a reader should know in addition to the table.
    pub notes: Vec<String>,
}

/// How a comparison is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// Ratios to the baseline instead of all statistics.
    pub ratio: bool,
    /// The significance of each operation below the table.
    pub significance: bool,
    /// No percentages.
    pub no_compare: bool,
    /// HTML instead of text.
    pub html: bool,
}

impl Comparison {
    /// Compares `runs` with the first of them.
    ///
    /// # Errors
    /// A baseline without samples, an unknown statistic, a sub-heading without operations.
    pub fn new(runs: &[&Extract], options: &Options) -> Result<Self, Error> {
        let baseline = *runs.first().ok_or(Error::NoRun)?;
        if baseline.operations.iter().all(|operation| operation.values().next().is_none()) {
            return Err(Error::NoSamples(baseline.name().into()));
        }
        let rules = Rules::new(baseline, options)?;
        let operations = rules::operations(baseline, options)?;
        let known: Vec<Operations<'_>> = runs.iter().map(|run| by_name(run)).collect();
        let summarise = |name: &String| {
            known.iter().map(|run| Summary::new(run.get(name.as_str()).copied(), name, &rules)).collect()
        };
        let summaries: Vec<Vec<Summary>> = operations.iter().map(summarise).collect();
        let significance = summary::significances(&summaries, &rules);
        Ok(Self {
            rows: summary::rows(&operations, &summaries, &significance, &rules),
            ratios: RatioTable::new(&operations, &summaries, &rules),
            notes: notes(runs, &known, &operations, &summaries, &significance),
            runs: runs.iter().map(|run| run.name().to_string()).collect(),
            significance,
            operations,
            rules,
        })
    }

    /// The comparison as MMTests prints it.
    pub fn print(&self, view: View) -> String {
        let table = if view.ratio { self.ratio_table() } else { self.full_table(view) };
        if view.html { table.html() } else { table.text() }
    }
}

/// The operations of a run, by name. Of two with the same name, the first.
type Operations<'r> = HashMap<&'r str, &'r Operation>;

fn by_name(run: &Extract) -> Operations<'_> {
    run.operations.iter().rev().map(|operation| (operation.name.as_str(), operation)).collect()
}

/// What the table does not show: samples that are not there, and means that do not exist.
fn notes(
    runs: &[&Extract],
    known: &[Operations<'_>],
    operations: &[String],
    summaries: &[Vec<Summary>],
    significance: &[Vec<(bool, f64)>],
) -> Vec<String> {
    let mut notes = Vec::new();
    for ((name, summaries), pairs) in operations.iter().zip(summaries).zip(significance) {
        let marked = pairs.iter().any(|(significant, _)| *significant);
        if marked && summaries.first().is_some_and(|base| base.interval.is_none() && base.test.is_none()) {
            notes.push(format!(
                "operation `{name}`: the baseline has no spread, so a mark of significance says nothing"
            ));
        }
    }
    for (name, summaries) in operations.iter().zip(summaries) {
        for ((run, known), summary) in runs.iter().zip(known).zip(summaries) {
            let about = format!("run `{}`: operation `{name}`: ", run.name());
            notes.extend(
                missing(known.get(name.as_str()).copied(), summary).into_iter().map(|what| about.clone() + &what),
            );
        }
    }
    let shown: HashSet<&str> = operations.iter().map(String::as_str).collect();
    let baseline: HashSet<&str> = runs[0].operations.iter().map(|o| o.name.as_str()).collect();
    for run in &runs[1..] {
        let more = run.operations.iter().map(|operation| operation.name.as_str());
        for name in more.filter(|name| !shown.contains(name) && !baseline.contains(name)) {
            notes.push(format!("run `{}`: operation `{name}`: not in the baseline, so it is not shown", run.name()));
        }
    }
    notes
}

/// What is missing of one operation in one run.
fn missing(operation: Option<&Operation>, summary: &Summary) -> Vec<String> {
    let mut missing = Vec::new();
    let iterations = operation.map_or(&[][..], |operation| operation.iterations.as_slice());
    let lists = iterations.iter().flatten();
    let null = lists.map(|list| list.values.len()).sum::<usize>() - summary.count;
    if null > 0 {
        missing.push(format!("{null} values are null and left out"));
    }
    if summary.count == 0 {
        missing.push("no samples; the table shows 0".into());
    } else if let Some(at) = iterations.iter().position(Option::is_none) {
        missing.push(format!("no samples in iteration {at}; the others are compared (MMTests stops here)"));
    } else if summary.without_mean {
        missing.push("no mean (a value is nan, or not positive and the mean harmonic); the table shows 0".into());
    }
    missing
}

/// By how much percent `new` is better than `base`, as MMTests counts it.
pub(super) fn gain(direction: Direction, new: f64, base: f64) -> f64 {
    match direction {
        _ if new == base => 0.0,
        Higher if new == 0.0 => 0.0,
        Higher if base == 0.0 || base.is_nan() => 100.0,
        Higher => new * 100.0 / base - 100.0,
        Lower if new == 0.0 => 100.0,
        Lower if base == 0.0 => -99.0,
        Lower => 100.0 - new * 100.0 / base,
    }
}

/// How far two intervals are apart: the difference of the means, in lengths of the parts of the intervals between them.
pub(super) fn interval_distance(new: f64, new_interval: (f64, f64), base: f64, base_interval: (f64, f64)) -> f64 {
    let width = if new < base {
        new_interval.1 - new + base - base_interval.0
    } else {
        new - new_interval.0 + base_interval.1 - base
    };
    if width == 0.0 { new - base } else { (new - base) / width }
}
