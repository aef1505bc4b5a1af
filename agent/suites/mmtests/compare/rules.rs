//! How a benchmark is compared: what the JSON says of it, else what is known of it -> `Rules`.

use super::{Error, Options, statistic::Statistic};
use crate::{
    record::Better,
    suites::mmtests::{
        Count, Extract, Field, Version,
        benchmarks::{Direction, Presentation, Section, SummaryType},
    },
};
use regex::bytes::RegexBuilder;
use std::collections::{HashMap, HashSet};

/// How one benchmark is compared.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) version: Version,
    pub(super) statistics: Vec<Statistic>,
    /// The statistic that ratios and marks are about.
    pub(super) ratio: Statistic,
    /// How it is known whether a difference is significant.
    pub(super) significance: Significance,
    /// Whether ratios come with differences in units of the spread.
    pub(super) normalised: bool,
    /// The operations of the ratio table, if not all; one may come several times.
    pub(super) ratio_operations: Option<Vec<String>>,
    pub(super) decimals: usize,
    pub(super) width: usize,
    pub(super) value_title: String,
    /// MMTests' direction for the benchmark.
    pub(super) direction: Direction,
    /// The directions of operations that MMTests takes wrongly, if they are to be put right.
    corrected: HashMap<String, Direction>,
}

/// How it is known whether a difference is significant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Significance {
    /// It is not.
    Unknown,
    /// By intervals that do not overlap.
    Intervals,
    /// By a t-test.
    TTest,
}

impl Rules {
    pub(super) fn new(baseline: &Extract, options: &Options) -> Result<Self, Error> {
        let version = options.version;
        let known = baseline.presentation();
        let section = options.sub_heading.as_deref().and_then(|name| known?.sections.iter().find(|s| s.name == name));
        let section = section.filter(|_| version == Version::Head);
        let kind = kind(baseline, known, section);
        let names = match baseline.header.statistics.texts().filter(|list| !list.is_empty() && section.is_none()) {
            Some(names) => names,
            None => statistics(kind, version).iter().map(ToString::to_string).collect(),
        };
        let parse = |name: &String| name.parse().map_err(Error::Statistic);
        let ratio_names =
            match baseline.header.ratio_statistics.texts().filter(|list| !list.is_empty() && section.is_none()) {
                Some(names) => names,
                None => ratio(kind, version).iter().map(ToString::to_string).collect(),
            };
        let precision = baseline.header.precision.number().filter(|decimals| *decimals > 0);
        let width = if version == Version::Head { 18 } else { 12 };
        Ok(Self {
            version,
            statistics: names.iter().map(parse).collect::<Result<_, _>>()?,
            ratio: ratio_names.first().map_or(Ok(Statistic::Value), parse)?,
            significance: match ratio_names.len() {
                _ if version == Version::Classic202111 => Significance::TTest,
                0 | 1 => Significance::Unknown,
                _ => Significance::Intervals,
            },
            normalised: ratio_names.len() > 1,
            // The extraction chooses them while it reads logs: what was read from JSON has none.
            ratio_operations: baseline.header.ratio_operations.texts().filter(|_| !options.sorted),
            decimals: precision.map_or(decimals(baseline, known), |decimals| decimals.min(30) as usize),
            width: baseline.header.field_length.number().map_or(width, |width| width.clamp(1, 200) as usize),
            value_title: baseline.header.value_title.text().unwrap_or("Ops").into(),
            direction: section.map_or_else(|| baseline.direction(), |section| section.direction),
            corrected: if options.true_direction { corrected(baseline) } else { HashMap::new() },
        })
    }

    /// The direction of one operation: MMTests', or where it was asked for the true one.
    pub(super) fn direction_of(&self, operation: &str) -> Direction {
        self.corrected.get(operation).copied().unwrap_or(self.direction)
    }

    /// The title of `statistic`'s row for `operation`.
    pub(super) fn title(&self, statistic: Statistic, operation: &str) -> String {
        statistic.title(self.version, self.direction_of(operation), &self.value_title)
    }
}

/// The true direction of every operation of which it is known.
fn corrected(baseline: &Extract) -> HashMap<String, Direction> {
    let direction = |name: &String| match baseline.metric(name)?.better {
        Better::Higher => Some(Direction::Higher),
        Better::Lower => Some(Direction::Lower),
        Better::Neither => None,
    };
    let listed =
        baseline.listed().into_iter().chain(baseline.operations.iter().map(|operation| operation.name.clone()));
    listed.filter_map(|name| direction(&name).map(|direction| (name, direction))).collect()
}

/// The operations of `baseline` that are compared.
pub(super) fn operations(baseline: &Extract, options: &Options) -> Result<Vec<String>, Error> {
    let mut names = if options.sorted { Vec::new() } else { baseline.listed() };
    let mut measured: Vec<String> = baseline.operations.iter().map(|operation| operation.name.clone()).collect();
    if options.sorted {
        measured.sort();
    }
    names.extend(measured);
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let Some(heading) = &options.sub_heading else { return Ok(names) };
    let flag = |field: &Field<Count>| field.number().is_some_and(|flag| flag != 0);
    let pattern = match (flag(&baseline.header.exact_sub_heading), flag(&baseline.header.client_sub_heading)) {
        (true, _) => format!("^(?:{})$", regex::escape(heading)),
        (_, true) => format!("-{heading}$"),
        _ => format!("^{heading}.*"),
    };
    // ASCII classes: the program has no Unicode tables.
    let pattern = RegexBuilder::new(&pattern).unicode(false).build();
    let pattern = pattern.map_err(|error| Error::SubHeading(heading.clone(), error.to_string()))?;
    names.retain(|name| pattern.is_match(name.as_bytes()));
    if names.is_empty() { Err(Error::NoOperation(heading.clone())) } else { Ok(names) }
}

fn kind(baseline: &Extract, known: Option<&Presentation>, section: Option<&Section>) -> SummaryType {
    let said = baseline.header.summary_type.text().and_then(SummaryType::from_name);
    section
        .map(|section| section.summary)
        .or(said)
        .or(known.map(|known| known.summary))
        .unwrap_or(SummaryType::Multiops)
}

fn decimals(baseline: &Extract, known: Option<&Presentation>) -> usize {
    // A module that says what it shows and says no precision shows two decimals.
    known.filter(|_| baseline.header.field_length.is_absent()).map_or(2, |known| known.decimals)
}

/// `_SummaryStats` of a kind.
fn statistics(kind: SummaryType, version: Version) -> Vec<&'static str> {
    let names = match (kind, version) {
        (SummaryType::Multiops, Version::Head) => "min _mean stddev-_mean coeffvar-_mean max _mean-95",
        (SummaryType::Multiops, Version::Classic202601) => {
            "min _mean stddev-_mean coeffvar-_mean max _mean-50 _mean-95 _mean-99"
        }
        (SummaryType::Multiops, Version::Classic202111) => "min _mean stddev coeffvar max _mean-50 _mean-95 _mean-99",
        (SummaryType::Normalisedops, _) => "min _mean _mean-95 percentile-95 stddev-_mean coeffvar-_mean max",
        (SummaryType::NormalisedLeftSkewops, _) => {
            "min _mean _mean-50 percentile-50 _mean-75 percentile-75 _mean-90 percentile-90 _mean-99 percentile-99 \
             stddev-_mean coeffvar-_mean max"
        }
        (SummaryType::Singleops, _) => "_value",
        (SummaryType::Subselection, Version::Head) => {
            "min _mean _mean-95 stddev-_mean coeffvar-_mean max submean-_mean submeanci-_mean"
        }
        (SummaryType::Subselection, Version::Classic202601) => {
            "min _mean _mean-50 _mean-90 _mean-95 _mean-99 stddev-_mean coeffvar-_mean max submean-_mean submeanci-_mean"
        }
        (SummaryType::Subselection, Version::Classic202111) => "min _mean stddev coeffvar max submean submeanci",
        (SummaryType::Variabletime, Version::Classic202111) => {
            "min percentile-25 percentile-50 percentile-75 percentile-1 percentile-5 percentile-10 percentile-90 \
             percentile-95 percentile-99 max _mean stddev coeffvar _mean-99 _mean-95 _mean-90 _mean-75 _mean-50 _mean-25"
        }
        (SummaryType::Variabletime, _) => {
            "min percentile-25 percentile-50 percentile-75 percentile-1 percentile-5 percentile-10 percentile-90 \
             percentile-95 percentile-99 max _mean stddev-_mean coeffvar-_mean _mean-99 _mean-95 _mean-90 _mean-75 \
             _mean-50 _mean-25"
        }
    };
    names.split(' ').collect()
}

fn ratio(kind: SummaryType, version: Version) -> &'static [&'static str] {
    match (kind, version) {
        (SummaryType::Singleops, _) => &["_value"],
        (SummaryType::Subselection, Version::Classic202111) => &["submean", "submeanci"],
        (SummaryType::Variabletime, Version::Classic202111) => &["percentile-95"],
        (SummaryType::Variabletime, _) => &["percentile-95", "percentileci_low-95", "percentileci_high-95"],
        (SummaryType::Subselection, _) => &["submean-_mean", "submeanci_low-_mean", "submeanci_high-_mean"],
        (_, Version::Classic202111) => &["_mean", "stddev"],
        _ => &["_mean", "meanci_low-_mean", "meanci_high-_mean"],
    }
}
