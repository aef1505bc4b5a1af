//! Sentences that several faces say.

use super::figures::Figures;
use crate::compare::{BootCounts, CaseChange, CaseFinding, Comparison, MetricFinding, Side, number};

/// The word for what became of a case, without blanks: for programs.
pub(super) fn case_word(change: CaseChange) -> &'static str {
    match change {
        CaseChange::Broke => "fails",
        CaseChange::Missing => "missing",
        CaseChange::FailsOnBoth => "fails-on-both",
        CaseChange::Fixed => "passes-again",
        CaseChange::Added => "new",
    }
}

/// A number of things: `1 metric`, `2 metrics`.
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// What was found, in a sentence without its full stop: what is worse or fails, else that nothing is.
pub(super) fn headline(comparison: &Comparison) -> String {
    let is = |number: usize, thing: &str, state: &str| match number {
        0 => None,
        1 => Some(format!("1 {thing} is {state}")),
        _ => Some(format!("{number} {} are {state}", plural(thing))),
    };
    let [worse, changed, better, ..] = comparison.counts();
    let indexes = comparison.indexes.iter().filter(|finding| finding.word() == "worse").count();
    let cases = |change| comparison.cases.iter().filter(|case| case.change == change).count();
    let fails = match cases(CaseChange::Broke) {
        0 => None,
        1 => Some("1 case fails".to_string()),
        many => Some(format!("{many} cases fail")),
    };
    let missing = is(cases(CaseChange::Missing), "case", "missing");
    let bad = [fails, missing, is(worse, "metric", "worse"), is(indexes, "index", "worse")];
    let mut parts: Vec<String> = bad.into_iter().flatten().collect();
    if parts.is_empty() {
        let known = if comparison.has_unknown() { "Nothing is known to be worse" } else { "Nothing is worse" };
        parts.push(known.into());
    }
    parts.extend([is(changed, "metric", "changed"), is(better, "metric", "better")].into_iter().flatten());
    parts.join(", ")
}

fn plural(thing: &str) -> String {
    if thing == "index" { "indexes".into() } else { format!("{thing}s") }
}

/// The kernels of a side, each with its boots: `6.12.2 (3 boots)`.
pub(super) fn kernels(side: &Side) -> String {
    let kernel = |(name, boots): &(String, usize)| format!("{name} ({})", count(*boots, "boot"));
    side.builds.iter().map(kernel).collect::<Vec<_>>().join(", ")
}

/// The machines of a side: `qemu,virt [qemu-01, qemu-02]`.
pub(super) fn machines(side: &Side) -> String {
    let machine = |(kind, devices): &(String, Vec<String>)| {
        if devices.is_empty() { kind.clone() } else { format!("{kind} [{}]", devices.join(", ")) }
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

/// The boots that a verdict rests on: `3 -> 3`, `20 past + 3 -> 3`.
pub(super) fn boots(boots: BootCounts) -> String {
    let BootCounts { past, base, new } = boots;
    match (past, base) {
        (0, _) => format!("{base} -> {new}"),
        (_, 0) => format!("{past} past -> {new}"),
        _ => format!("{past} past + {base} -> {new}"),
    }
}

/// A metric in one line: `5.1 % fewer events/s (4.0 to 6.2 % fewer events/s): 4213 events/s -> 3998 events/s, boots 3 -> 3`.
pub(super) fn metric(finding: &MetricFinding, figures: &Figures) -> String {
    let change = figures.change_words.clone().into_iter();
    let interval = figures.interval_words.iter().map(|interval| format!("({interval})"));
    let change: Vec<String> = change.chain(interval).collect();
    let medians = format!("{} -> {}", quantity(figures.base, finding), quantity(figures.new, finding));
    let about = [change.join(" "), medians].into_iter().filter(|text| !text.is_empty());
    let about = about.collect::<Vec<_>>().join(": ");
    let reason = figures.reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    format!("{about}, boots {}{reason}", boots(finding.boots))
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
