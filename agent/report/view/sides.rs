//! What was compared with what: sides, machines, what else differs, and cases that do not go as they should.

use crate::{
    report::{
        document::{CaseFields, DifferenceFields, Document, SideFields},
        sentences::count,
    },
    text::listed,
};
use serde::Serialize;

/// How many kernels of a side, and how many differences and cases of a kind, are listed.
const MOST_KERNELS: usize = 6;
const MOST: usize = 50;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Compared {
    label: String,
    headline: String,
    machine: String,
    base: OneSide,
    new: OneSide,
    past_boots: usize,
    differences: Vec<Differs>,
    more_differences: usize,
    refused: Vec<Differs>,
    notes: Vec<String>,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct OneSide {
    kernels: Vec<String>,
    more_kernels: usize,
    /// `3 boots, 30 iterations, 2 more not counted`.
    counts: String,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Differs {
    what: String,
    base: String,
    new: String,
}

/// A case that does not go on both sides as it should.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Case {
    /// `fails`, `missing`, `fails-on-both`, `passes-again`, `new`.
    pub(super) word: String,
    pub(super) name: String,
    pub(super) label: String,
    pub(super) words: String,
    reason: Option<String>,
}

impl Compared {
    pub(super) fn of(document: &Document, label: &str) -> Compared {
        let differs = |all: &[DifferenceFields]| all.iter().take(MOST).map(Differs::of).collect();
        Compared {
            label: label.into(),
            headline: document.headline.clone(),
            machine: machines(document),
            base: OneSide::of(&document.base),
            new: OneSide::of(&document.new),
            past_boots: document.past_boots,
            differences: differs(&document.differences),
            more_differences: document.differences.len().saturating_sub(MOST),
            refused: differs(&document.refused),
            notes: document.notes.iter().take(MOST).cloned().collect(),
        }
    }
}

/// The machines of both sides, each once.
pub(super) fn machines(document: &Document) -> String {
    let mut all: Vec<String> = Vec::new();
    for machine in document.new.machines.iter().chain(&document.base.machines) {
        let devices =
            if machine.devices.is_empty() { String::new() } else { format!(" ({})", listed(machine.devices.iter())) };
        let shown = format!("{}{devices}", machine.kind);
        if !all.contains(&shown) {
            all.push(shown);
        }
    }
    if all.is_empty() { "unknown machine".into() } else { all.join("; ") }
}

impl OneSide {
    fn of(side: &SideFields) -> OneSide {
        let several = side.kernels.len() > 1;
        let kernel = |kernel: &crate::report::document::KernelFields| match several {
            true => format!("{} ({})", kernel.name, count(kernel.boots, "boot")),
            false => kernel.name.clone(),
        };
        let mut counts = vec![count(side.boots, "boot"), count(side.iterations, "iteration")];
        if side.invalid_iterations > 0 {
            counts.push(format!("{} more not counted", side.invalid_iterations));
        }
        if side.faults > 0 {
            counts.push(format!("{} in the kernel log", count(side.faults, "fault")));
        }
        if side.losses > 0 {
            counts.push(match side.losses {
                1 => "1 loss in the rebuild".to_string(),
                losses => format!("{losses} losses in the rebuild"),
            });
        }
        OneSide {
            kernels: side.kernels.iter().take(MOST_KERNELS).map(kernel).collect(),
            more_kernels: side.kernels.len().saturating_sub(MOST_KERNELS),
            counts: counts.join(", "),
        }
    }
}

impl Differs {
    fn of(difference: &DifferenceFields) -> Differs {
        let DifferenceFields { topic, benchmark, what, base, new } = difference.clone();
        let topic = if topic == "fact" { String::new() } else { format!("{topic} ") };
        let benchmark = benchmark.map(|benchmark| format!("{benchmark}: ")).unwrap_or_default();
        Differs { what: format!("{benchmark}{topic}{what}"), base, new }
    }
}

/// The cases of all comparisons, those that broke first.
pub(super) fn cases(documents: &[Document], labels: &[String]) -> Vec<Case> {
    let order = ["fails", "missing", "not-finished", "fails-on-both", "passes-again", "new"];
    let all =
        documents.iter().zip(labels).flat_map(|(document, label)| document.cases.iter().map(move |case| (case, label)));
    let mut all: Vec<Case> = all.map(|(case, label)| Case::of(case, label)).collect();
    all.sort_by_key(|case| order.iter().position(|word| *word == case.word));
    all
}

impl Case {
    fn of(case: &CaseFields, label: &str) -> Case {
        let CaseFields { change, name, words, reason, .. } = case.clone();
        Case { word: change, name, label: label.into(), words, reason }
    }

    pub(super) fn is_failure(&self) -> bool {
        self.word == "fails"
    }
}
