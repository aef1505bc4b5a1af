//! Sentences that several faces say.

use super::figures::Figures;
use crate::{
    compare::{BootCounts, CaseChange, CaseFinding, Comparison, MetricFinding, Side, number},
    text::listed,
};
use std::collections::BTreeSet;

/// The word for what became of a case, without blanks: for programs.
pub(super) fn case_word(change: CaseChange) -> &'static str {
    match change {
        CaseChange::Broke => "fails",
        CaseChange::Missing => "missing",
        CaseChange::Unfinished => "not-finished",
        CaseChange::FailsOnBoth => "fails-on-both",
        CaseChange::Fixed => "passes-again",
        CaseChange::Added => "new",
    }
}

/// A number of things: `1 metric`, `2 metrics`.
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// The answer in one sentence, without its full stop.
pub(super) fn headline(comparison: &Comparison) -> String {
    let [worse, changed, better, unknown, same] = comparison.counts();
    let cases = |change: CaseChange| comparison.cases.iter().filter(|case| case.change == change).count();
    let some = |number: usize, one: &str, several: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {several}")),
    };
    let lone = indexes_alone(comparison, "worse").len();
    let refused: BTreeSet<_> = comparison.refused.iter().map(|difference| &difference.benchmark).collect();
    let parts: Vec<String> = [
        some(cases(CaseChange::Broke), "case fails that passed", "cases fail that passed"),
        some(cases(CaseChange::Missing), "case is missing", "cases are missing"),
        boards(comparison, true, "missing"),
        boards(comparison, false, "another machine now"),
        some(cases(CaseChange::Unfinished), "case is not finished", "cases are not finished"),
        some(worse, "metric is worse", "metrics are worse"),
        some(lone, "benchmark is worse as a whole", "benchmarks are worse as a whole"),
        some(changed, "metric changed", "metrics changed"),
        some(better, "metric is better", "metrics are better"),
        some(unknown, "metric is unknown", "metrics are unknown"),
        some(same, "metric is the same", "metrics are the same"),
        some(refused.len(), "benchmark does not compare", "benchmarks do not compare"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return "Nothing is compared: no metric has a valid value on both sides".into();
    }
    let answer = answer(comparison, worse + changed + better + same > 0);
    format!("{answer}: {}", parts.join(", "))
}

/// The answer in a few words; `decided` says that some metric has a verdict.
fn answer(comparison: &Comparison, decided: bool) -> &'static str {
    match () {
        () if comparison.is_of_itself() && comparison.new.boots == 1 => {
            "Nothing is compared, as both sides are the same boot"
        }
        () if comparison.is_of_itself() => "Nothing is compared, as both sides are the same boots",
        () if comparison.has_regression() => "Regression",
        () if !decided => "Nothing is decided",
        () if comparison.has_unknown() => "No regression found, but not all is decided",
        () => "No regression",
    }
}

/// The boards of the base that the new side does not have, or has as another machine.
fn boards(comparison: &Comparison, missing: bool, what: &str) -> Option<String> {
    let boards = comparison.lone_boards.iter().filter(|board| board.is_missing == missing);
    let names: Vec<&str> = boards.map(|board| board.name.as_str()).collect();
    let are = if names.len() == 1 { "board is" } else { "boards are" };
    (!names.is_empty()).then(|| format!("{} {are} {what} ({})", names.len(), listed(names.iter())))
}

/// The indexes with this word that tell what no metric by itself does.
pub(super) fn indexes_alone<'a>(comparison: &'a Comparison, word: &str) -> Vec<&'a MetricFinding> {
    let told = |index: &&MetricFinding| index.word() == word && members(comparison, index, word).is_empty();
    comparison.indexes.iter().filter(told).collect()
}

/// The metrics of an index's benchmark that got this word.
pub(super) fn members<'a>(comparison: &'a Comparison, index: &MetricFinding, word: &str) -> Vec<&'a MetricFinding> {
    let of = |finding: &&MetricFinding| finding.subject.is_of_the_benchmark_of(&index.subject);
    comparison.metrics.iter().filter(of).filter(|finding| finding.word() == word).collect()
}

/// The kernels of a side, each with its boots: `6.12.2 (3 boots)`.
pub(super) fn kernels(side: &Side) -> String {
    let kernel = |(name, boots): &(String, usize)| format!("{name} ({})", count(*boots, "boot"));
    side.builds.iter().map(kernel).collect::<Vec<_>>().join(", ")
}

/// The machines of a side: `qemu,virt [qemu-01, qemu-02]`.
pub(super) fn machines(side: &Side) -> String {
    let machine = |(kind, devices): &(String, Vec<String>)| {
        if devices.is_empty() { kind.clone() } else { format!("{kind} [{}]", listed(devices.iter())) }
    };
    side.machines.iter().map(machine).collect::<Vec<_>>().join(", ")
}

/// A median with its unit; `?` where there is none.
pub(super) fn quantity(value: Option<f64>, finding: &MetricFinding) -> String {
    let text = value.map_or_else(|| "?".into(), number);
    match &finding.subject.unit {
        Some(unit) if value.is_some() => format!("{text} {unit}"),
        _ => text,
    }
}

/// The boots that a verdict rests on, in a column: `3 -> 3`, `20 past + 3 -> 3`.
pub(super) fn boots(boots: BootCounts) -> String {
    let BootCounts { past, base, new } = boots;
    match (past, base) {
        (0, _) => format!("{base} -> {new}"),
        (_, 0) => format!("{past} past -> {new}"),
        _ => format!("{past} past + {base} -> {new}"),
    }
}

/// The same in a sentence: `3 -> 3 boots`, `3 -> 3 boots, and 20 past ones`.
pub(super) fn boots_in_words(boots: BootCounts) -> String {
    let BootCounts { past, base, new } = boots;
    let sides = format!("{base} -> {new} boots");
    match (past, base) {
        (0, _) => sides,
        (past, 0) => format!("{} -> {new}", count(past, "past boot")),
        (1, _) => format!("{sides}, and 1 past one"),
        (past, _) => format!("{sides}, and {past} past ones"),
    }
}

/// A share of false alarms, as it stands behind `q`.
pub(super) fn chance(q: f64) -> String {
    if q < 0.0001 { "< 0.0001".into() } else { format!("{q:.4}") }
}

/// The change with its interval: `5.1 % fewer events/s (4.0 to 6.2 %)`.
pub(super) fn change(figures: &Figures) -> String {
    let interval = figures.interval_brief.iter().map(|interval| format!("({interval})"));
    figures.change_words.clone().into_iter().chain(interval).collect::<Vec<_>>().join(" ")
}

/// A metric in one line: `5.1 % fewer events/s (4.0 to 6.2 %): 4213 events/s -> 3998 events/s, 3 -> 3 boots`.
pub(super) fn metric(finding: &MetricFinding, figures: &Figures) -> String {
    let medians = format!("{} -> {}", quantity(figures.base, finding), quantity(figures.new, finding));
    let about = [change(figures), medians].into_iter().filter(|text| !text.is_empty());
    let about = about.collect::<Vec<_>>().join(": ");
    let reason = figures.reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    format!("{about}, {}{reason}", boots_in_words(finding.boots))
}

/// What became of a case, in one line: `passes in all 3 boots -> fails in 2 of 3 boots`.
pub(super) fn case(case: &CaseFinding) -> String {
    format!("{} -> {}", case.base, case.new)
}

/// Why a case does not pass: on the new side, else on the base.
pub(super) fn case_reason(case: &CaseFinding) -> Option<&str> {
    case.new.reason.as_deref().or(case.base.reason.as_deref())
}

/// A case with what tells it from others: `b N=4 threads=1`.
pub(super) fn case_name(case: &CaseFinding) -> String {
    let parameters = case.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    let labels = case.labels.iter().map(|(key, value)| format!("{key}={value}"));
    std::iter::once(case.benchmark.to_string()).chain(parameters).chain(labels).collect::<Vec<_>>().join(" ")
}

/// The words of a text; a number and its per cent sign, and `q < 0.01`, are one.
pub(super) fn unbroken(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if word.starts_with('%') || last == "q" || last.ends_with(" <") => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.into()),
        }
    }
    words
}
