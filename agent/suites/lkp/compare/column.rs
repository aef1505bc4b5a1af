//! The runs of one commit -> their numbers by statistic, as lkp's matrix has them.

use crate::suites::lkp::root::{Number, Root};
use std::collections::{BTreeMap, BTreeSet};

/// A run that lkp itself calls incomplete.
const INCOMPLETE: &str = "last_state.is_incomplete_run";

/// The runs of one commit.
pub(super) struct Column<'r> {
    /// Each statistic with a number for each run; 0 where a run has none.
    all: BTreeMap<&'r str, Vec<f64>>,
    /// The statistics in the order in which they came up: lkp's table depends on it.
    order: Vec<&'r str>,
    /// The statistics with a number that is not whole.
    broken: BTreeSet<&'r str>,
    /// How many runs there are.
    pub(super) runs: usize,
    /// The positions of the runs that are incomplete.
    incomplete: Vec<usize>,
}

impl<'r> Column<'r> {
    pub(super) fn new(runs: &[&'r Root]) -> Self {
        let mut all = BTreeMap::<&str, Vec<f64>>::new();
        let (mut order, mut seen, mut broken) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (at, run) in runs.iter().enumerate() {
            for (name, Number { value, whole }) in &run.stats {
                let values = all.entry(name).or_insert_with(|| {
                    order.push(name.as_str());
                    vec![0.0; runs.len()]
                });
                if let Some(slot) = values.get_mut(at) {
                    *slot = *value;
                }
                // A whole 0 in all runs is nothing to lkp; a 0.0 is something.
                if *value != 0.0 || !whole {
                    seen.insert(name.as_str());
                }
                if !whole {
                    broken.insert(name.as_str());
                }
            }
        }
        let counts = |name: &str| seen.contains(name) && !is_of_a_cpu(name);
        all.retain(|name, _| counts(name));
        order.retain(|name| counts(name));
        let failed = |values: &Vec<f64>| {
            let positions = values.iter().enumerate().filter(|(_, value)| **value == 1.0);
            positions.map(|(at, _)| at).collect()
        };
        let incomplete = all.get(INCOMPLETE).map(failed).unwrap_or_default();
        Self { all, order, broken, runs: runs.len(), incomplete }
    }

    /// The names of all statistics, in the order in which they came up.
    pub(super) fn stats(&self) -> impl Iterator<Item = &'r str> + '_ {
        self.order.iter().copied()
    }

    /// Whether all numbers of a statistic are whole, as where there is none.
    pub(super) fn is_whole(&self, stat: &str) -> bool {
        !self.broken.contains(stat)
    }

    /// The numbers of all runs.
    pub(super) fn values(&self, stat: &str) -> Option<&[f64]> {
        self.all.get(stat).map(Vec::as_slice)
    }

    /// The numbers of the complete runs.
    pub(super) fn complete(&self, stat: &str) -> Option<Vec<f64>> {
        if !self.incomplete.is_empty() && stat == INCOMPLETE {
            return None;
        }
        let values = self.all.get(stat)?.iter().enumerate().filter(|(at, _)| !self.incomplete.contains(at));
        Some(values.map(|(_, value)| *value).collect())
    }

    /// How many runs are complete.
    pub(super) fn complete_runs(&self) -> usize {
        self.runs.saturating_sub(self.incomplete.len())
    }

    /// Whether a run is incomplete.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.incomplete.is_empty()
    }

    /// Whether there is any statistic that begins so.
    pub(super) fn has(&self, beginning: &str) -> bool {
        self.all.range(beginning..).next().is_some_and(|(name, _)| name.starts_with(beginning))
    }
}

/// `sched_debug` has a statistic for each CPU, which lkp leaves out of its matrix.
fn is_of_a_cpu(name: &str) -> bool {
    name.starts_with("sched_debug.")
        && name.rsplit('.').next().is_some_and(|end| end.bytes().all(|b| b.is_ascii_digit()))
}
