//! One statistic over all columns: what lkp makes of its numbers, and whether it takes that for a change.

use super::column::Column;
use crate::suites::lkp::names::Names;
use std::cmp::Ordering;

/// One statistic over all columns.
pub(super) struct Statistic<'s> {
    pub(super) name: &'s str,
    /// Whether it says that something happened, and not how much.
    pub(super) is_verdict: bool,
    /// For each column the mean, or in how many runs it happened.
    pub(super) means: Vec<f64>,
    /// For each column the standard deviation; -1 where there is one run.
    pub(super) deviations: Vec<f64>,
    /// For each column how many runs there are.
    pub(super) runs: Vec<usize>,
    /// For each column but the first one its change.
    pub(super) changes: Vec<f64>,
    /// Whether that is a difference instead of a percentage.
    pub(super) is_absolute: bool,
}

impl<'s> Statistic<'s> {
    pub(super) fn new(name: &'s str, columns: &[Column]) -> Self {
        match is_verdict(name) {
            true => Self::verdict(name, columns),
            false => Self::number(name, columns),
        }
    }

    fn verdict(name: &'s str, columns: &[Column]) -> Self {
        let count = |column: &Column| column.values(name).map_or(0.0, |values| values.iter().sum());
        let means: Vec<f64> = columns.iter().map(count).collect();
        let runs: Vec<usize> = columns.iter().map(|column| column.runs).collect();
        let share = |count: f64, runs: usize| count / runs as f64;
        let first = share(means.first().copied().unwrap_or_default(), runs.first().copied().unwrap_or(1));
        // To lkp, the runs of each column are those of the column before it.
        let changes = means.iter().skip(1).zip(&runs).map(|(count, runs)| 100.0 * (share(*count, *runs) - first));
        let changes = changes.collect();
        Self { name, is_verdict: true, means, deviations: Vec::new(), runs, changes, is_absolute: false }
    }

    fn number(name: &'s str, columns: &[Column]) -> Self {
        let values: Vec<Vec<f64>> = columns.iter().map(|column| column.complete(name).unwrap_or_default()).collect();
        let means: Vec<f64> = values.iter().map(|values| mean(values)).collect();
        let deviations = values.iter().map(|values| deviation(values)).collect();
        let first = means.first().copied().unwrap_or_default();
        let is_absolute = name.starts_with("perf-profile") || name.ends_with('%');
        let change = |mean: &f64| match is_absolute {
            true => mean - first,
            false => {
                // Nothing divides by 0.
                let first = if first == 0.0 { 1e-100 } else { first };
                100.0 * (mean - first) / first
            }
        };
        let changes = means.iter().skip(1).map(change).collect();
        let runs = columns.iter().map(Column::complete_runs).collect();
        Self { name, is_verdict: false, means, deviations, runs, changes, is_absolute }
    }

    /// What stands before the first dot.
    pub(super) fn program(&self) -> &'s str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// By what it stands where it does; those of `perf-profile` by what they are of.
    pub(super) fn sort_key(&self) -> &'s str {
        if self.program() != "perf-profile" {
            return self.name;
        }
        let end = self.name.match_indices('.').nth(1).map_or(self.name.len(), |(at, _)| at);
        self.name.get(..end).unwrap_or(self.name)
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { sum(values.iter().copied()) / values.len() as f64 }
}

/// Of a population; -1 of a single number.
fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return -1.0;
    }
    let mean = mean(values);
    // Added one after the other, as lkp does it.
    let squares = values.iter().fold(0.0, |sum, value| sum + (value - mean).powi(2));
    (1.0 / values.len() as f64 * squares).sqrt()
}

/// A sum that keeps what the addition of doubles loses, as Ruby's does (Kahan and Babuška).
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Whether a statistic says that something happened, and not how much.
pub(super) fn is_verdict(stat: &str) -> bool {
    if [".time.", ".timestamp:", ".bootstage:"].iter().any(|part| stat.contains(part)) {
        return false;
    }
    let begins = |word: &str| stat.starts_with(word);
    let after = |part: &str| stat.find(part).is_some_and(|at| at > 0);
    after("killed_by")
        || is_failure(stat)
        || ["dmesg", "kmsg", "last_state", "stderr"].iter().any(|log| begins(log))
        || begins("kmemleak.") && stat.contains(".unreferenced_object.")
        || begins("locktoture.") && stat.contains(".lock_hotplug")
        || begins("rcutoture.") && stat.contains(".rcu_hotplug")
        || begins("xfstests.") && stat.ends_with("fail")
        || stat.len() > ".pass".len() && stat.ends_with(".pass")
}

/// Whether a part of the name begins with `error`, `warn` or `fail`, and no `_` comes behind it.
fn is_failure(stat: &str) -> bool {
    let parts = stat.match_indices('.').filter(|(at, _)| *at > 0);
    parts.map(|(at, _)| stat.get(at + 1..).unwrap_or_default()).any(|rest| {
        let word = ["error", "warn", "fail"].iter().find_map(|word| rest.strip_prefix(word));
        word.is_some_and(|rest| !rest.contains('_'))
    })
}

/// The lowest number, the middle one and the highest one of one side.
struct Spread {
    lowest: f64,
    middle: f64,
    highest: f64,
}

impl Spread {
    /// Of many runs some of the outermost numbers are left out; -1 is no number.
    fn of(values: &[f64], margin: usize) -> Option<Self> {
        let left_out = (values.len() >> 5).min(margin);
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let first = sorted.iter().position(|value| *value != -1.0).unwrap_or(sorted.len());
        let sorted = sorted.get(first..).unwrap_or_default();
        let sorted = sorted.get(left_out..sorted.len().saturating_sub(left_out)).unwrap_or_default();
        Some(Self { lowest: *sorted.first()?, middle: *sorted.get(sorted.len() / 2)?, highest: *sorted.last()? })
    }
}

/// Whether lkp takes the numbers of a column for a change from those of the first one.
pub(super) fn is_changed(names: &Names, stat: &str, new: &Column, base: &Column) -> bool {
    let incomplete = new.is_incomplete() || base.is_incomplete();
    if !incomplete {
        return changed(names, stat, new, base, false);
    }
    // First what is said of all runs, then the numbers of those that are complete.
    let said = stat.starts_with("dmesg.") || stat.starts_with("last_state.") || stat.starts_with("stderr.");
    let both = new.complete_runs() > 0 && base.complete_runs() > 0;
    said && changed(names, stat, new, base, false) || both && changed(names, stat, new, base, true)
}

fn changed(names: &Names, stat: &str, new: &Column, base: &Column, complete: bool) -> bool {
    let values = |column: &Column| {
        if complete { column.complete(stat) } else { column.values(stat).map(<[f64]>::to_vec) }
    };
    let runs = |column: &Column| if complete { column.complete_runs() } else { column.runs };
    let old = values(base);
    // A monitor that is new has nothing to be compared with.
    let monitored = || ["lock_stat.", "perf-profile."].iter().any(|name| stat.starts_with(name) && base.has(name));
    if old.is_none() && !is_verdict(stat) && !monitored() {
        return false;
    }
    let old = old.unwrap_or_else(|| vec![0.0; runs(base)]);
    let new_values = values(new).unwrap_or_else(|| vec![0.0; runs(new)]);
    let of_profile = stat.starts_with("perf-profile.") && new.is_whole(stat);
    differs(names, stat, (&new_values, runs(new)), (&old, runs(base)), base, of_profile)
}

/// The rules, on the numbers of both sides.
fn differs(
    names: &Names,
    stat: &str,
    new: (&[f64], usize),
    old: (&[f64], usize),
    base: &Column,
    of_profile: bool,
) -> bool {
    let ((new, new_runs), (old, old_runs)) = (new, old);
    let is_verdict = is_verdict(stat);
    if names.report().is_hidden(stat) || is_verdict && lacks_counterpart(stat, base) {
        return false;
    }
    // Fewer than three runs say nothing of a number.
    if !is_verdict && new_runs < 3 && old_runs < 3 {
        return false;
    }
    let margin = if is_verdict { 0 } else { 3 };
    let of_new = if old.len() <= 3 { margin.min(1) } else { margin };
    let (Some(old), Some(new)) = (Spread::of(old, margin), Spread::of(new, of_new)) else { return false };
    // Of a profile with whole shares, those above 5 % are shown.
    let apart = match of_profile {
        true => new.middle > 5.0 || old.middle > 5.0,
        false if is_verdict => new.highest != old.highest,
        false => {
            old.lowest > new.middle && old.middle > new.highest || new.lowest > old.middle && new.middle > old.highest
        }
    };
    apart && (stat.starts_with("perf-profile.") || is_large(names, stat, &new, &old))
}

/// Whether a change is as large as one that lkp shows.
fn is_large(names: &Names, stat: &str, one: &Spread, other: &Spread) -> bool {
    let (high, low) = match one.middle.partial_cmp(&other.middle) {
        Some(Ordering::Greater) => (one, other),
        _ => (other, one),
    };
    let most = 5.0;
    let ratio = if low.middle > 0.0 { (high.middle / low.middle).min(most) } else { most };
    ratio > 1.01
        && (ratio > 1.05 || names.is_sensitive(stat))
        && names.report().is_reasonable(stat, high.middle - low.middle, one.highest.max(other.highest))
}

/// Whether a test's failure has no success on the first side, or its success no failure there: then it is not the same test.
fn lacks_counterpart(stat: &str, base: &Column) -> bool {
    if ["dmesg.", "kmsg.", "last_state.", "stderr."].iter().any(|log| stat.starts_with(log)) {
        return false;
    }
    let Some((test, word)) = stat.rsplit_once('.') else { return false };
    let has = |word: &str| base.values(&format!("{test}.{word}")).is_some();
    match word {
        "error" | "warn" | "fail" => !has("pass"),
        "pass" => !["error", "warn", "fail"].iter().any(|word| has(word)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_that_something_happened() {
        for stat in [
            "ltp.a.fail",
            "ltp.a.failed",
            "stress-ng.cpu.pass",
            "dmesg.BUG:x",
            "last_state.OOM",
            "a.b.killed_by_signal",
            "x.warnings",
        ] {
            assert!(is_verdict(stat), "{stat}");
        }
        for stat in [
            "a.fail_count",
            "dmesg.timestamp:last",
            "hackbench.throughput",
            "a.time.fail",
            "fail.x",
            "apachebench.pass_time",
        ] {
            assert!(!is_verdict(stat), "{stat}");
        }
    }

    #[test]
    fn sums_lose_nothing() {
        assert_eq!(sum([1e16, 1.0, -1e16].into_iter()), 1.0);
        assert_eq!(mean(&[0.1, 0.2, 0.3]), 0.6 / 3.0);
        assert_eq!(deviation(&[4.0]), -1.0);
    }
}
