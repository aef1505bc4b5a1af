//! Comparisons and a history -> what the templates of the page and of the mail get; `docs/report.md` has the fields.

mod columns;
mod combined;
mod draw;
mod finding;
mod lead;
mod lines;
mod links;
mod origin;
mod over_time;
mod reproduce;
mod sides;

use super::{document::Document, sentences::count};
use crate::{compare::number, history::Changes};
use combined::{Finding, WORDS, combined, labels};
use finding::{Item, Main};
use lines::Line;
use serde::Serialize;
use sides::{Case, Compared};
use std::time::SystemTime;

/// How many findings are shown in full, with their boots; the table has all.
const MOST_ITEMS: usize = 30;
/// How many series are drawn over time.
const MOST_SERIES: usize = 60;

/// What a report is made of.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The comparisons: of several boards, or of several days.
    pub documents: &'a [Document],
    /// Why there is no comparison, where nothing was measured.
    pub no_data: Option<&'a str>,
    /// The boots over time.
    pub history: Option<&'a Changes>,
    /// Draws every series of the history, also those that did not change.
    pub all_series: bool,
    /// Addresses that a reader may want.
    pub links: &'a [String],
    /// Who reports: a name and an address.
    pub reporter: Option<&'a str>,
    /// The last good commit and the first bad one, where the builds' names do not say them.
    pub commits: (Option<&'a str>, Option<&'a str>),
    /// When the report is made.
    pub made: SystemTime,
}

/// What templates get.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct View {
    /// The answer in one sentence.
    headline: String,
    /// The same behind the most important finding.
    tally: String,
    /// The most important finding in one sentence; nothing where there is none.
    lead: Option<String>,
    /// The same for a subject.
    pub(super) subject: String,
    /// `worse`, `better`, `same`, `unknown`: what the answer looks like.
    tone: &'static str,
    /// The day, and the program.
    made: String,
    program: &'static str,
    /// What is said where there is nothing.
    no_data: Option<String>,
    comparisons: Vec<Compared>,
    cases: Vec<Case>,
    sections: Vec<Section>,
    unknown: Vec<Reason>,
    /// How many metrics there are of each word.
    counts: Counts,
    /// Every metric of every comparison.
    lines: Vec<Line>,
    /// The same as the lines of a text.
    table: Vec<String>,
    /// The finding that the first sentence is of.
    main: Option<Main>,
    history: Option<over_time::History>,
    links: Vec<links::Link>,
    more_links: usize,
    reporter: Option<String>,
    origin: Option<origin::Origin>,
    margin: String,
    several: bool,
    /// Whether all comparisons are of the same two kernels.
    same_kernels: bool,
}

/// The findings of one word.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Section {
    word: &'static str,
    title: &'static str,
    count: usize,
    items: Vec<Item>,
    /// How many are in the table alone.
    more: usize,
}

/// Metrics that are unknown for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Reason {
    /// `3 metrics`.
    metrics: String,
    reason: String,
    lines: Vec<Line>,
    more: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Counts {
    worse: usize,
    changed: usize,
    better: usize,
    unknown: usize,
    same: usize,
}

impl Counts {
    fn of(findings: &[Finding]) -> Counts {
        let counted = |word: &str| findings.iter().filter(|finding| finding.word == word).count();
        let [worse, changed, better, unknown, same] = WORDS.map(counted);
        Counts { worse, changed, better, unknown, same }
    }
}

impl View {
    pub(super) fn of(input: &Input) -> View {
        let labels = labels(input.documents);
        let findings = combined(input.documents);
        let counts = Counts::of(&findings);
        let cases = sides::cases(input.documents, &labels);
        let said = lead::said(input, &findings, &labels);
        let (links, more_links) = links::links(input);
        let all = lines::all(&findings, &labels);
        View {
            tone: tone(input, &counts),
            no_data: no_data(input),
            comparisons: input.documents.iter().zip(&labels).map(|(one, label)| Compared::of(one, label)).collect(),
            sections: sections(&findings, input, &labels),
            unknown: lines::unknown(&findings, &labels),
            table: lines::table(&all, &cases, input.documents.len() > 1),
            lines: all,
            main: findings.first().and_then(|finding| Main::of(finding, input)),
            history: input.history.map(|changes| over_time::History::of(changes, &findings, input)),
            more_links,
            links,
            reporter: input.reporter.map(String::from),
            origin: origin::Origin::of(input, counts.worse > 0 || cases.iter().any(Case::is_failure)),
            margin: input.documents.first().map_or_else(String::new, |one| number(one.settings.margin * 100.0)),
            several: input.documents.len() > 1,
            same_kernels: same_kernels(input.documents),
            made: humantime::format_rfc3339_seconds(input.made).to_string().chars().take(10).collect(),
            program: concat!("lava-bench ", env!("CARGO_PKG_VERSION")),
            headline: said.headline,
            tally: said.tally,
            lead: said.lead,
            subject: said.subject,
            counts,
            cases,
        }
    }
}

fn sections(findings: &[Finding], input: &Input, labels: &[String]) -> Vec<Section> {
    let mut left = MOST_ITEMS;
    let titles =
        [("worse", "Worse"), ("changed", "Changed, and nobody says which direction is good"), ("better", "Better")];
    let section = |(word, title): (&'static str, &'static str)| {
        let of_word: Vec<&Finding> = findings.iter().filter(|finding| finding.word == word).collect();
        let shown = of_word.len().min(left);
        left -= shown;
        let items = of_word.iter().take(shown).map(|finding| Item::of(finding, input, labels)).collect();
        (!of_word.is_empty()).then(|| Section { word, title, count: of_word.len(), items, more: of_word.len() - shown })
    };
    titles.into_iter().filter_map(section).collect()
}

fn same_kernels(documents: &[Document]) -> bool {
    let names = |document: &Document| {
        [&document.base, &document.new]
            .map(|side| side.kernels.iter().map(|kernel| kernel.name.clone()).collect::<Vec<_>>())
    };
    documents.windows(2).all(|two| names(&two[0]) == names(&two[1]))
}

fn tone(input: &Input, counts: &Counts) -> &'static str {
    let regression = input.documents.iter().any(|document| document.summary.regression);
    let undecided = input.documents.iter().any(|document| document.summary.undecided);
    match () {
        () if input.documents.is_empty() => "neutral",
        () if regression => "worse",
        () if undecided || counts.same + counts.better + counts.changed == 0 => "unknown",
        () if counts.better > 0 => "better",
        () => "same",
    }
}

/// That nothing was measured is said, and is no good news.
fn no_data(input: &Input) -> Option<String> {
    if let Some(why) = input.no_data {
        return Some(format!("No data: {why}."));
    }
    let empty = |document: &&Document| document.metrics.is_empty();
    let without = input.documents.iter().filter(empty).count();
    match (input.documents.len(), without) {
        (0, _) if input.history.is_none() => Some("No data: there is no comparison in it.".into()),
        (_, 0) => None,
        (all, without) if all == without => {
            Some("No data: no metric has a valid value on both sides, so nothing is said of regressions.".into())
        }
        (all, without) => {
            let has = if without == 1 { "has" } else { "have" };
            Some(format!(
                "No data of {without} of {}: {has} no metric with a valid value on both sides.",
                count(all, "comparison")
            ))
        }
    }
}
