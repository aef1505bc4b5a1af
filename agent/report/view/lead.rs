//! The first sentences: the answer, the most important finding, and both for a subject.

use super::{Input, combined::Finding, over_time::History};
use crate::report::{
    document::{Document, MetricFields, SideFields},
    sentences::count,
};

/// The longest name in a subject, and the longest subject.
const LONGEST_NAME: usize = 60;
const LONGEST_SUBJECT: usize = 160;

/// What is said first.
pub(super) struct Said {
    pub(super) headline: String,
    /// The headline behind the finding: that it is a regression is said by then.
    pub(super) tally: String,
    pub(super) lead: Option<String>,
    pub(super) subject: String,
}

pub(super) fn said(input: &Input, findings: &[Finding], labels: &[String]) -> Said {
    let headline = headline(input, findings);
    let mut cases = input.documents.iter().flat_map(|one| one.cases.iter().map(move |case| (one, case)));
    let case = cases.find(|(_, case)| case.change == "fails");
    let finding = findings.iter().find(|finding| ["worse", "changed", "better"].contains(&finding.word));
    let (lead, subject) = match (case, finding) {
        (Some((document, case)), _) => {
            let (name, words, kernels) = (&case.name, &case.words, kernels(document));
            (
                Some(format!("{name} fails with {}: {words}, on {}.", kernels.1, super::sides::machines(document))),
                format!("Regression: {} fails with {}", shortened(name, LONGEST_NAME), shortened(&kernels.1, 40)),
            )
        }
        (None, Some(finding)) => of_finding(finding, input, labels),
        (None, None) => (None, subject_of_none(input, &headline)),
    };
    let rest = headline.split_once(": ").filter(|(answer, _)| answer.starts_with("Regression"));
    let tally = rest.map_or_else(|| format!("In all: {headline}."), |(_, rest)| format!("In all, {rest}."));
    Said { headline: format!("{headline}."), tally, lead, subject: shortened(&subject, LONGEST_SUBJECT) }
}

fn of_finding(finding: &Finding, input: &Input, labels: &[String]) -> (Option<String>, String) {
    let Some((at, metric)) = finding.first() else { return (None, String::new()) };
    let document = &input.documents[*at];
    let (old, new) = kernels(document);
    let change = metric.change_words.clone().unwrap_or_else(|| metric.verdict.clone());
    let interval = metric.interval_brief().map(|words| format!(" ({words})")).unwrap_or_default();
    let others = others(finding, labels);
    let lead =
        format!("{}: {change}{interval} with {new} than with {old}, on {}{others}.", metric.name, machine(document));
    let word = match finding.word {
        "worse" => "Regression",
        "better" => "Improvement",
        _ => "Change",
    };
    let name = shortened(&metric.name, LONGEST_NAME);
    (Some(lead), format!("{word}: {name}: {change} with {}", shortened(&new, 40)))
}

/// What the same metric does on other boards.
fn others(finding: &Finding, labels: &[String]) -> String {
    if finding.seen.len() < 2 {
        return String::new();
    }
    let label = |at: &usize| labels.get(*at).cloned().unwrap_or_default();
    let told = |(at, metric): &(usize, &MetricFields)| match &metric.change_words {
        Some(words) if metric.verdict != "same" && metric.verdict != "unknown" => format!("{words} on {}", label(at)),
        _ => format!("{} on {}", metric.verdict, label(at)),
    };
    let others: Vec<String> = finding.seen.iter().skip(1).take(4).map(told).collect();
    let more = finding.seen.len().saturating_sub(5);
    let more = if more > 0 { format!(" and {}", count(more, "other comparison")) } else { String::new() };
    format!("; {}{more}", others.join(", "))
}

fn machine(document: &Document) -> String {
    super::sides::machines(document)
}

/// What both sides' kernels are called in a sentence: their first words.
fn kernels(document: &Document) -> (String, String) {
    let name = |side: &SideFields| {
        let first = side.kernels.first().map_or("an unknown kernel", |kernel| kernel.name.as_str());
        let first = first.split(" #").next().unwrap_or(first).to_string();
        match side.kernels.len() {
            0 | 1 => first,
            more => format!("{first} and {}", count(more - 1, "other kernel")),
        }
    };
    let (old, new) = (name(&document.base), name(&document.new));
    if old == new { (format!("{old} (base)"), format!("{new} (new)")) } else { (old, new) }
}

fn headline(input: &Input, findings: &[Finding]) -> String {
    match (input.documents, input.history) {
        ([], _) if input.no_data.is_some() => "No data".into(),
        ([], Some(changes)) => History::headline(changes),
        ([], None) => "No data".into(),
        ([document], _) if !document.headline.is_empty() => document.headline.clone(),
        (documents, _) => of_several(documents, findings),
    }
}

/// Of several comparisons each metric counts once, by its worst word.
fn of_several(documents: &[Document], findings: &[Finding]) -> String {
    let counted = |word: &str| findings.iter().filter(|finding| finding.word == word).count();
    let broken: usize =
        documents.iter().map(|document| document.summary.cases.get("fails").copied().unwrap_or(0)).sum();
    let agreed = findings.iter().filter(|finding| finding.word == "worse" && finding.agreeing().count() > 1).count();
    let is = |number: usize, what: &str| {
        format!("{} {} {what}", count(number, "metric"), if number == 1 { "is" } else { "are" })
    };
    let mut parts: Vec<String> = Vec::new();
    if broken > 0 {
        parts.push(format!("{} that passed {}", count(broken, "case"), if broken == 1 { "fails" } else { "fail" }));
    }
    for word in ["worse", "changed", "better", "unknown", "same"] {
        let number = counted(word);
        match (number, word) {
            (0, _) => {}
            (_, "worse") if agreed > 0 => {
                parts.push(format!("{} ({agreed} in more than one comparison)", is(number, word)))
            }
            (_, "changed") => parts.push(format!("{} changed", count(number, "metric"))),
            (_, "same") => parts.push(is(number, "the same")),
            _ => parts.push(is(number, word)),
        }
    }
    let regressions = documents.iter().filter(|document| document.summary.regression).count();
    let undecided = documents.iter().any(|document| document.summary.undecided);
    let decided = counted("worse") + counted("changed") + counted("better") + counted("same");
    let answer = match () {
        () if regressions > 0 => "Regression",
        () if findings.is_empty() => "No data",
        () if decided == 0 => "Nothing is decided",
        () if undecided => "No regression found, but not all is decided",
        () => "No regression",
    };
    let parts = if parts.is_empty() { "no metric has a valid value on both sides".into() } else { parts.join(", ") };
    let of = if regressions > 0 { format!("{regressions} of ") } else { String::new() };
    format!("{answer} in {of}{}: {parts}", count(documents.len(), "comparison"))
}

fn subject_of_none(input: &Input, headline: &str) -> String {
    if let Some(why) = input.no_data {
        return format!("{headline}: {why}");
    }
    let Some(document) = input.documents.first() else { return headline.into() };
    let (_, new) = kernels(document);
    format!("{headline} with {}", shortened(&new, 40))
}

/// The begin and the end of a long name.
pub(super) fn shortened(name: &str, longest: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= longest {
        return name.to_string();
    }
    let end = (longest - 3) / 2;
    let begin = longest - 3 - end;
    let (begin, end) = (&letters[..begin], &letters[letters.len() - end..]);
    format!("{}...{}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}
