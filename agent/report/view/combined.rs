//! Several comparisons -> findings, each said once: the same metric on other boards or days is the same finding.

use crate::report::document::{Document, MetricFields};
use std::collections::{BTreeMap, BTreeSet};

/// The words of findings, in the order of a report.
pub(super) const WORDS: [&str; 5] = ["worse", "changed", "better", "unknown", "same"];

/// One finding, wherever it was seen.
#[derive(Clone, Debug)]
pub(super) struct Finding<'a> {
    /// The first of [`WORDS`] that some comparison says.
    pub(super) word: &'a str,
    /// The comparison's position and what it says. What has the finding's word stands first.
    pub(super) seen: Vec<(usize, &'a MetricFields)>,
}

impl<'a> Finding<'a> {
    /// Those that say the finding's word.
    pub(super) fn agreeing(&self) -> impl Iterator<Item = &(usize, &'a MetricFields)> {
        self.seen.iter().filter(|(_, metric)| metric.verdict == self.word)
    }

    /// What it is told by: the largest change among those that agree.
    pub(super) fn first(&self) -> Option<&(usize, &'a MetricFields)> {
        self.seen.first()
    }
}

/// The findings of all comparisons: by word, then what a person would quote, then on how many boards, then the largest.
pub(super) fn combined(documents: &[Document]) -> Vec<Finding<'_>> {
    let mut groups: BTreeMap<&str, Vec<(usize, &MetricFields)>> = BTreeMap::new();
    for (at, document) in documents.iter().enumerate() {
        for metric in document.metrics.iter().chain(lone_indexes(document)) {
            groups.entry(&metric.name).or_default().push((at, metric));
        }
    }
    let mut findings: Vec<Finding> = groups.into_values().map(finding).collect();
    findings.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal));
    findings
}

fn finding<'a>(mut seen: Vec<(usize, &'a MetricFields)>) -> Finding<'a> {
    let order = |metric: &MetricFields| (rank(&metric.verdict), -size(metric));
    seen.sort_by(|(_, a), (_, b)| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal));
    let word = seen.first().map_or("unknown", |(_, metric)| WORDS[rank(&metric.verdict)]);
    Finding { word, seen }
}

fn order(finding: &Finding) -> (usize, bool, usize, f64) {
    let (primary, size) = finding.first().map_or((false, 0.0), |(_, metric)| (metric.primary, size(metric)));
    let others = usize::MAX - finding.agreeing().count();
    (rank(finding.word), !primary, others, -size)
}

fn rank(word: &str) -> usize {
    WORDS.iter().position(|known| *known == word).unwrap_or(3)
}

fn size(metric: &MetricFields) -> f64 {
    metric.change.unwrap_or(0.0).abs()
}

/// The benchmarks as a whole that say what no metric of theirs does.
fn lone_indexes(document: &Document) -> impl Iterator<Item = &MetricFields> {
    let said: BTreeSet<(&str, &BTreeMap<String, String>, &str)> = document
        .metrics
        .iter()
        .map(|metric| (metric.benchmark.as_str(), &metric.parameters, metric.verdict.as_str()))
        .collect();
    document.indexes.iter().filter(move |index| {
        let key = (index.benchmark.as_str(), &index.parameters, index.verdict.as_str());
        ["worse", "changed", "better"].contains(&index.verdict.as_str()) && !said.contains(&key)
    })
}

/// What tells comparisons apart: the machine, else the new kernel, else a number.
pub(super) fn labels(documents: &[Document]) -> Vec<String> {
    let machine = |document: &Document| {
        let kinds = document.new.machines.iter().map(|machine| machine.kind.clone());
        kinds.collect::<Vec<_>>().join(" and ")
    };
    let kernel =
        |document: &Document| document.new.kernels.first().map(|kernel| kernel.name.clone()).unwrap_or_default();
    let device = |document: &Document| {
        let machines = document.new.machines.iter().flat_map(|machine| machine.devices.clone());
        machines.collect::<Vec<_>>().join(", ")
    };
    let mut labels: Vec<String> = documents.iter().map(machine).collect();
    for more in [device as fn(&Document) -> String, kernel as fn(&Document) -> String] {
        if distinct(&labels) {
            break;
        }
        for (label, document) in labels.iter_mut().zip(documents) {
            let more = more(document);
            if !more.is_empty() {
                label.push_str(&format!(" ({more})"));
            }
        }
    }
    if !distinct(&labels) {
        labels.iter_mut().enumerate().for_each(|(at, label)| label.push_str(&format!(" #{}", at + 1)));
    }
    labels
}

fn distinct(labels: &[String]) -> bool {
    labels.iter().collect::<BTreeSet<_>>().len() == labels.len()
}
