//! The table of all metrics: a line each.

use super::{Reason, columns::aligned, combined::Finding, draw::strip, sides::Case};
use crate::{
    compare::number,
    report::{
        document::{BootFields, MetricFields},
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
    interval: String,
    boots: String,
    q: String,
    reason: String,
    primary: bool,
    strip: Drawing,
}

impl Line {
    pub(super) fn of(metric: &MetricFields, label: &str) -> Line {
        Line {
            word: metric.verdict.clone(),
            name: metric.name.clone(),
            label: label.into(),
            base: quantity(metric.base, metric),
            new: quantity(metric.new, metric),
            change: metric.change_words.clone().unwrap_or_default(),
            percent: metric.change.map(|change| format!("{:.2}", change * 100.0)).unwrap_or_default(),
            interval: metric.interval_words.clone().unwrap_or_default(),
            boots: boots(&metric.boots),
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

/// The boots that a verdict rests on: `3 -> 3`, `20 past + 3 -> 3`.
pub(super) fn boots(boots: &BootFields) -> String {
    let BootFields { past, base, new } = *boots;
    crate::report::sentences::boots(crate::compare::BootCounts { past, base, new })
}

/// A share of false alarms.
pub(super) fn chance(q: f64) -> String {
    if q < 0.0001 { "< 0.0001".into() } else { format!("{q:.4}") }
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

/// What is unknown, by what it needs: the reason of most metrics first.
pub(super) fn unknown(findings: &[Finding], labels: &[String]) -> Vec<Reason> {
    let mut reasons: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    for (at, metric) in
        findings.iter().flat_map(|finding| &finding.seen).filter(|(_, metric)| metric.verdict == "unknown")
    {
        let reason = metric.reason.as_deref().unwrap_or("nothing says why");
        let label = labels.get(*at).map_or("", String::as_str);
        reasons.entry(reason).or_default().push(Line::of(metric, label));
    }
    let mut reasons: Vec<(&str, Vec<Line>)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, lines)| (!lines.iter().any(|line| line.primary), usize::MAX - lines.len()));
    let rest = reasons.split_off(reasons.len().min(MOST_REASONS));
    let shown = |(reason, mut lines): (&str, Vec<Line>)| {
        let more = lines.len().saturating_sub(MOST_OF_A_REASON);
        lines.truncate(MOST_OF_A_REASON);
        Reason { reason: reason.into(), lines, more }
    };
    let mut all: Vec<Reason> = reasons.into_iter().map(shown).collect();
    let more: usize = rest.iter().map(|(_, lines)| lines.len()).sum();
    if more > 0 {
        all.push(Reason { reason: "for other reasons, which the table names".into(), lines: Vec::new(), more });
    }
    all
}
