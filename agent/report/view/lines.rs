//! The table of all metrics: a line each.

use super::{Reason, columns::aligned, combined::Finding, draw::strip, sides::Case};
use crate::{
    compare::{BootCounts, number},
    report::{
        document::MetricFields,
        sentences::{boots, boots_in_words, chance, count},
        templates::Drawing,
    },
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many unknown metrics of one reason are listed, and how many reasons.
const MOST_OF_A_REASON: usize = 12;
const MOST_REASONS: usize = 12;

/// One metric of one comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Line {
    word: String,
    name: String,
    label: String,
    base: String,
    new: String,
    /// In words; nothing where nothing was judged.
    change: String,
    /// In per cent, for a sort.
    percent: String,
    /// Without the words that it shares with the change.
    interval: String,
    /// For a column, and for a sentence.
    boots: String,
    counted: String,
    q: String,
    reason: String,
    primary: bool,
    strip: Drawing,
}

impl Line {
    pub(super) fn of(metric: &MetricFields, label: &str) -> Line {
        let counts = BootCounts { past: metric.boots.past, base: metric.boots.base, new: metric.boots.new };
        Line {
            word: metric.verdict.clone(),
            name: metric.name.clone(),
            label: label.into(),
            base: quantity(metric.base, metric),
            new: quantity(metric.new, metric),
            change: metric.change_words.clone().unwrap_or_default(),
            percent: metric.change.map(|change| format!("{:.2}", change * 100.0)).unwrap_or_default(),
            interval: metric.interval_brief().unwrap_or_default(),
            boots: boots(counts),
            counted: boots_in_words(counts),
            q: metric.q.map(chance).unwrap_or_default(),
            reason: metric.reason.clone().unwrap_or_default(),
            primary: metric.primary,
            strip: strip(&metric.points.base, &metric.points.new),
        }
    }
}

/// A median with its unit; `?` where there is none.
pub(super) fn quantity(value: Option<f64>, metric: &MetricFields) -> String {
    match (value, &metric.unit) {
        (None, _) => "?".into(),
        (Some(value), Some(unit)) => format!("{} {unit}", number(value)),
        (Some(value), None) => number(value),
    }
}

/// Every metric of every comparison, in the order of the findings.
pub(super) fn all(findings: &[Finding], labels: &[String]) -> Vec<Line> {
    let seen = findings.iter().flat_map(|finding| &finding.seen);
    seen.map(|(at, metric)| Line::of(metric, labels.get(*at).map_or("", String::as_str))).collect()
}

/// The lines of a text: cases, then metrics, each in aligned columns.
pub(super) fn table(lines: &[Line], cases: &[Case], several: bool) -> Vec<String> {
    let case = |case: &Case| vec![case.word.clone(), case.name.clone(), case.words.clone(), case.label.clone()];
    let mut all = aligned(&cases.iter().map(case).collect::<Vec<_>>(), &[]);
    if !all.is_empty() {
        all.push(String::new());
    }
    let head = ["verdict", "metric", "base", "new", "change", "90 % interval", "boots", "q"].map(String::from);
    let mut rows = vec![head.to_vec()];
    rows.extend(lines.iter().map(|line| {
        let Line { word, name, base, new, change, interval, boots, q, .. } = line.clone();
        vec![word, name, base, new, change, interval, boots, q]
    }));
    if several {
        let labels = std::iter::once("where").chain(lines.iter().map(|line| line.label.as_str()));
        rows.iter_mut().zip(labels).for_each(|(row, label)| row.push(label.into()));
    }
    if lines.is_empty() {
        all.push("No data: no metric has a valid value on both sides.".into());
    } else {
        all.extend(aligned(&rows, &[2, 3]));
    }
    all
}

/// What is unknown, by what it needs: the reason of most metrics first. Reasons that differ in their numbers alone are one.
pub(super) fn unknown(findings: &[Finding], labels: &[String]) -> Vec<Reason> {
    let mut reasons: BTreeMap<Vec<&str>, Vec<(&str, Line)>> = BTreeMap::new();
    for (at, metric) in
        findings.iter().flat_map(|finding| &finding.seen).filter(|(_, metric)| metric.verdict == "unknown")
    {
        let reason = metric.reason.as_deref().unwrap_or("nothing says why");
        let label = labels.get(*at).map_or("", String::as_str);
        reasons.entry(pieces(reason).0).or_default().push((reason, Line::of(metric, label)));
    }
    let mut reasons: Vec<Vec<(&str, Line)>> = reasons.into_values().collect();
    reasons.sort_by_key(|told| (!told.iter().any(|(_, line)| line.primary), usize::MAX - told.len()));
    let rest = reasons.split_off(reasons.len().min(MOST_REASONS));
    let shown = |told: Vec<(&str, Line)>| {
        let reason = together(&told.iter().map(|(reason, _)| *reason).collect::<Vec<_>>());
        let more = told.len().saturating_sub(MOST_OF_A_REASON);
        let mut lines: Vec<Line> = told.into_iter().map(|(_, line)| line).take(MOST_OF_A_REASON).collect();
        // Each line says its own where the title has a range.
        lines.iter_mut().filter(|line| line.reason == reason).for_each(|line| line.reason.clear());
        Reason { metrics: count(lines.len() + more, "metric"), reason, lines, more }
    };
    let mut all: Vec<Reason> = reasons.into_iter().map(shown).collect();
    let more: usize = rest.iter().map(Vec::len).sum();
    if more > 0 {
        let reason = "for other reasons, which the table names".into();
        all.push(Reason { metrics: count(more, "metric"), reason, lines: Vec::new(), more });
    }
    all
}

/// A text in what stands around its numbers, and the numbers.
fn pieces(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut around, mut numbers) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(from.len());
        let number = from[..end].trim_end_matches('.');
        around.push(before);
        numbers.push(number);
        rest = &from[number.len()..];
    }
    around.push(rest);
    (around, numbers)
}

/// Texts that differ in their numbers alone as one, with the range of each: `9 to 53 more boots on each side would decide`.
fn together(texts: &[&str]) -> String {
    let all: Vec<(Vec<&str>, Vec<&str>)> = texts.iter().map(|text| pieces(text)).collect();
    let Some((around, first)) = all.first() else { return String::new() };
    let range = |at: usize| {
        let mut numbers: Vec<&str> = all.iter().filter_map(|(_, numbers)| numbers.get(at).copied()).collect();
        numbers.sort_by(|a, b| {
            let value = |number: &str| number.parse::<f64>().unwrap_or(f64::NAN);
            value(a).total_cmp(&value(b))
        });
        match (numbers.first(), numbers.last()) {
            (Some(low), Some(high)) if low != high => format!("{low} to {high}"),
            (low, _) => low.copied().unwrap_or_default().to_string(),
        }
    };
    let told = (0..first.len()).map(|at| format!("{}{}", around[at], range(at)));
    told.chain(around.last().map(|end| (*end).to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_differ_in_their_numbers_are_one() {
        let boots = ["53 more boots would decide", "9 more boots would decide"];
        assert_eq!(together(&boots), "9 to 53 more boots would decide");
        assert_eq!(together(&boots[1..]), boots[1]);
        assert_eq!(together(&["by 37.7 %: more than 60.", "by 4 %: more than 60."]), "by 4 to 37.7 %: more than 60.");
        assert_eq!(together(&["none", "none"]), "none");
        assert_ne!(pieces("1 more boot").0, pieces("2 more boots").0);
    }
}
