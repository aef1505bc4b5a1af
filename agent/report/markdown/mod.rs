//! A comparison -> a short report in Markdown for a mail, a merge request or an issue.

mod escape;

use super::{
    figures::Figures,
    sentences::{self, count},
};
use crate::compare::{CaseFinding, Comparison, Difference, MetricFinding, Side, Topic, number};
use escape::{code, prose};
use std::collections::BTreeMap;

/// Lines of the table, and of each list; the JSON has all.
const MOST_LINES: usize = 50;
/// Metrics that are named for one reason.
const MOST_NAMES: usize = 8;

/// The report: what was found, what is worse, changed or better, what is unknown and what it needs, what else differs.
pub fn markdown(comparison: &Comparison) -> String {
    let mut parts = vec![opening(comparison)];
    parts.extend(cases(comparison));
    parts.extend(table(comparison));
    parts.extend(unknown(comparison));
    parts.extend(same(comparison));
    parts.extend(list("Not compared, as the numbers of both sides depend on what differs:", &comparison.refused));
    parts.extend(list("What else differs:", &comparison.differences));
    parts.extend(doubts(comparison));
    parts.push(footnote(comparison));
    parts.join("\n\n") + "\n"
}

fn opening(comparison: &Comparison) -> String {
    let side = |side: &Side| {
        let kernel = |(name, boots): &(String, usize)| format!("{} ({})", code(name), count(*boots, "boot"));
        side.builds.iter().map(kernel).collect::<Vec<_>>().join(", ")
    };
    let past = match comparison.past {
        0 => String::new(),
        past => format!(" and {}", count(past, "past boot")),
    };
    let (old, now) = (sentences::machines(&comparison.base), sentences::machines(&comparison.new));
    let machines = if old == now { code(&now) } else { format!("{} against {}", code(&now), code(&old)) };
    let (new, base) = (side(&comparison.new), side(&comparison.base));
    format!("**{}**: {new} against {base}{past}, on {machines}.", sentences::headline(comparison))
}

/// The lines that fit, and a line for the others.
fn bounded(lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_LINES);
    let mut lines = lines;
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    lines
}

fn cases(comparison: &Comparison) -> Option<String> {
    let line = |case: &CaseFinding| {
        let why = sentences::case_reason(case).map(|why| format!(": {}", code(why))).unwrap_or_default();
        let name = code(&sentences::case_name(case));
        format!("- **{}**: {name}: {}{why}", case.change.as_str(), sentences::case(case))
    };
    let lines = bounded(comparison.cases.iter().map(line).collect());
    (!lines.is_empty()).then(|| format!("Cases:\n\n{}", lines.join("\n")))
}

fn table(comparison: &Comparison) -> Option<String> {
    let differs = |finding: &&MetricFinding| ["worse", "changed", "better"].contains(&finding.word());
    let all = comparison.metrics.iter().chain(&comparison.indexes).filter(differs);
    let mut rows: Vec<String> = all.map(|finding| row(finding, comparison)).collect();
    if rows.is_empty() {
        return None;
    }
    let more = rows.len().saturating_sub(MOST_LINES);
    rows.truncate(MOST_LINES);
    let more = if more > 0 { format!("\n\nand {more} more") } else { String::new() };
    let head = "| verdict | metric | from | to | change | 90 % interval | boots |\n|---|---|---|---|---|---|---|";
    Some(format!("{head}\n{}{more}", rows.join("\n")))
}

fn row(finding: &MetricFinding, comparison: &Comparison) -> String {
    let figures = Figures::of(finding, &comparison.setting);
    let suspect = if figures.suspect { " (suspect)" } else { "" };
    let quantity = |value| prose(&sentences::quantity(value, finding));
    let words = |words: &Option<String>| prose(words.as_deref().unwrap_or("?"));
    let cells = [
        format!("**{}**{suspect}", finding.word()),
        code(&finding.subject.to_string()),
        quantity(figures.base),
        quantity(figures.new),
        words(&figures.change_words),
        words(&figures.interval_words),
        sentences::boots(finding.boots),
    ];
    format!("| {} |", cells.join(" | "))
}

/// What is unknown, by what it needs.
fn unknown(comparison: &Comparison) -> Option<String> {
    let unknown: Vec<&MetricFinding> =
        comparison.metrics.iter().filter(|finding| finding.word() == "unknown").collect();
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in &unknown {
        let reason = Figures::of(finding, &comparison.setting).reason.unwrap_or_default();
        reasons.entry(reason).or_default().push(code(&finding.subject.to_string()));
    }
    let mut reasons: Vec<(String, Vec<String>)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let line = |(reason, names): (String, Vec<String>)| {
        let more = names.len().saturating_sub(MOST_NAMES);
        let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("- {}: {shown}{more}", prose(&reason))
    };
    let lines = bounded(reasons.into_iter().map(line).collect());
    let (is, count) = (if unknown.len() == 1 { "is" } else { "are" }, count(unknown.len(), "metric"));
    (!lines.is_empty()).then(|| format!("{count} {is} unknown:\n\n{}", lines.join("\n")))
}

fn same(comparison: &Comparison) -> Option<String> {
    let margin = number(comparison.setting.margin * 100.0);
    match comparison.counts()[4] {
        0 => None,
        1 => Some(format!("1 metric is the same within {margin} %.")),
        same => Some(format!("{same} metrics are the same within {margin} %.")),
    }
}

/// What facts of the same kind begin with: those of one kind are one line.
const KINDS: [&str; 3] = ["command line ", "mitigation ", "CONFIG_"];

fn list(title: &str, differences: &[Difference]) -> Option<String> {
    let line = |difference: &Difference| {
        let Difference { topic, benchmark, what, base, new } = difference;
        let benchmark = benchmark.as_ref().map(|benchmark| format!("{benchmark}: ")).unwrap_or_default();
        let topic = match topic {
            Topic::Machine => "machine: ",
            Topic::Tool => "tool ",
            Topic::Parameter => "parameter ",
            Topic::Fact => "",
        };
        format!("{benchmark}{topic}{}: {} -> {}", code(what), code(base), code(new))
    };
    let kind = |one: &Difference| KINDS.iter().find(|kind| one.topic == Topic::Fact && one.what.starts_with(**kind));
    let alike = |one: &Difference, other: &Difference| kind(one).is_some() && kind(one) == kind(other);
    let joined = |some: &[Difference]| format!("- {}", some.iter().map(line).collect::<Vec<_>>().join("; "));
    let lines = bounded(differences.chunk_by(alike).map(joined).collect());
    (!lines.is_empty()).then(|| format!("{title}\n\n{}", lines.join("\n")))
}

/// What lessens the trust in the numbers: of the machines while they measured, and of the records.
fn doubts(comparison: &Comparison) -> Option<String> {
    let of_side = |name: &str, side: &Side| {
        let parts = [
            (side.invalid, "iterations that do not count"),
            (side.faults, "complaints of the kernel log"),
            (side.losses, "losses of a rebuild"),
        ];
        let part = |(number, what): (usize, &str)| (number > 0).then(|| format!("- {name}: {what}: {number}"));
        parts.into_iter().filter_map(part).collect::<Vec<_>>()
    };
    let mut lines = of_side("base", &comparison.base);
    lines.extend(of_side("new", &comparison.new));
    lines.extend(comparison.notes.iter().map(|note| format!("- {}", prose(note))));
    let lines = bounded(lines);
    (!lines.is_empty()).then(|| format!("Note:\n\n{}", lines.join("\n")))
}

fn footnote(comparison: &Comparison) -> String {
    let margin = number(comparison.setting.margin * 100.0);
    format!(
        "---\n\nA boot is one number: the median of its iterations. *Worse*, *better*, *changed* (nobody says which direction \
         is good): unlikely by chance, and yet about 6 % of these words are wrong; *suspect*: on fewer than 3 new boots. \
         *Same*: the 90 % interval of the change is within {margin} %. *Unknown*: the boots decide neither. \
         docs/comparison.md has the rules, and how often they are wrong."
    )
}
