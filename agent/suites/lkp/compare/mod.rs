//! lkp's own comparison: runs -> the table of `lkp ncompare`, to the letter.
//!
//! Runs of the same axes but for the commit are a group, and each commit of it a column. What is missing in a run is 0 there, as
//! lkp has it; `docs/lkp-results.md` says what that means for a reader.

mod change;
mod column;
mod number;
mod print;

use super::{
    names::Names,
    record::ARCH,
    root::{Job, Root},
};
use change::{Statistic, is_changed};
use column::Column;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Every statistic, and not only what changed (`-a`).
    pub(super) all: bool,
    /// Only what tests measured themselves (`-k`).
    pub(super) kpi: bool,
}

/// The axis whose values are the columns.
const COMMIT: &str = "commit";

/// Why there is nothing to compare.
#[derive(Debug, thiserror::Error)]
pub(super) enum NothingToCompare {
    /// All runs are of one commit.
    #[error(
        "{0}: all runs are of one commit, or no two commits have the same parameters and machine\nhint: lkp's table compares two commits or more; --format text compares any two sides"
    )]
    OneSide(String),
}

/// The runs of one group, by commit.
pub(super) struct Group<'r> {
    /// The axes that all have.
    pub(super) axes: BTreeMap<String, String>,
    /// The commits in the order in which they came up, each with its runs.
    columns: Vec<(String, Vec<&'r Root>)>,
}

/// The table of all runs together, and what a reader should know.
///
/// # Errors
/// Nothing to compare.
pub(super) fn table(roots: &[Root], names: &Names, view: View) -> Result<(String, Vec<String>), NothingToCompare> {
    let (groups, mut notes) = groups(roots);
    let compared: Vec<&Group> = groups.iter().filter(|group| group.columns.len() > 1).collect();
    if compared.is_empty() {
        let which = groups.first().map(|group| values(&group.axes)).unwrap_or_else(|| "no run has a commit".into());
        return Err(NothingToCompare::OneSide(which));
    }
    for group in groups.iter().filter(|group| group.columns.len() == 1) {
        notes.push(format!("not compared: {}: only {} has it", values(&group.axes), group.columns[0].0));
    }
    notes.extend(compared.iter().filter_map(|group| of_several_architectures(group)));
    Ok((compared.into_iter().map(|group| one(group, names, view)).collect(), notes))
}

/// lkp compares runs whatever the architecture is: it is no axis of its results.
fn of_several_architectures(group: &Group) -> Option<String> {
    let runs = group.columns.iter().flat_map(|(_, runs)| runs);
    let all: BTreeSet<&str> =
        runs.filter_map(|run| run.job.as_ref()?.fact(ARCH)).filter(|name| !name.is_empty()).collect();
    let names = all.iter().copied().collect::<Vec<_>>().join(" and ");
    (all.len() > 1).then(|| format!("{}: runs on {names} are compared with each other", values(&group.axes)))
}

fn values(axes: &BTreeMap<String, String>) -> String {
    axes.values().cloned().collect::<Vec<_>>().join("/")
}

/// The groups in the order in which they came up, and the runs that are in none.
fn groups(roots: &[Root]) -> (Vec<Group<'_>>, Vec<String>) {
    let (mut groups, mut notes) = (Vec::<Group>::new(), Vec::new());
    for root in roots {
        let axes = root.job.as_ref().map(Job::axes).unwrap_or_default();
        let (Some(commit), true) = (axes.get(COMMIT).cloned(), root.has_stats) else {
            notes.push(format!("not compared: {}: its commit or its numbers are unknown", root.folder.display()));
            continue;
        };
        let mut axes = axes;
        axes.remove(COMMIT);
        let at = groups.iter().position(|group| group.axes == axes).unwrap_or_else(|| {
            groups.push(Group { axes, columns: Vec::new() });
            groups.len() - 1
        });
        let columns = &mut groups[at].columns;
        match columns.iter_mut().find(|(known, _)| *known == commit) {
            Some((_, runs)) => runs.push(root),
            None => columns.push((commit, vec![root])),
        }
    }
    (groups, notes)
}

/// The table of one group; nothing where nothing changed.
fn one(group: &Group, names: &Names, view: View) -> String {
    let columns: Vec<Column> = group.columns.iter().map(|(_, runs)| Column::new(runs)).collect();
    let commits: Vec<&str> = group.columns.iter().map(|(commit, _)| commit.as_str()).collect();
    let Some((base, others)) = columns.split_first() else { return String::new() };
    let wanted: Vec<&str> = match view.all {
        true => columns.iter().flat_map(Column::stats).collect(),
        false => others.iter().flat_map(|other| changed(names, other, base)).collect(),
    };
    let mut seen = BTreeSet::new();
    let wanted = wanted.into_iter().filter(|stat| seen.insert(*stat) && (!view.kpi || is_kpi(names, stat)));
    let statistics: Vec<Statistic> = wanted.map(|stat| Statistic::new(stat, &columns)).collect();
    print::group(&group.axes, &commits, sorted(statistics, names))
}

/// What lkp takes for a change: first of what the new column has, then of what it has not.
fn changed<'r>(names: &Names, new: &Column<'r>, base: &Column<'r>) -> Vec<&'r str> {
    let missing = base.stats().filter(|stat| new.values(stat).is_none());
    new.stats().chain(missing).filter(|stat| is_changed(names, stat, new, base)).collect()
}

/// Whether a statistic is what a test measured itself.
fn is_kpi(names: &Names, stat: &str) -> bool {
    let (program, rest) = stat.split_once('.').unwrap_or((stat, ""));
    names.is_test(program)
        && !rest.starts_with("time.")
        && !matches!(stat, "vm-scalability.stddev" | "unixbench.incomplete_result")
}

/// Tests first, then the programs with few statistics, within each by name.
fn sorted<'s>(mut statistics: Vec<Statistic<'s>>, names: &Names) -> Vec<Statistic<'s>> {
    /// What puts a program with failures before all others.
    const FAILED: i64 = -10_000;
    let mut weights = BTreeMap::<&str, i64>::new();
    for statistic in &statistics {
        *weights.entry(statistic.program()).or_insert(if statistic.is_verdict { FAILED } else { 0 }) += 1;
    }
    for (program, weight) in &mut weights {
        if *weight > 0 && names.is_test(program) {
            *weight = 0;
        }
    }
    statistics.sort_by(|one, other| {
        let weight = |statistic: &Statistic| weights.get(statistic.program()).copied();
        let key = |statistic: &Statistic<'s>| (weight(statistic), statistic.sort_key());
        key(one)
            .cmp(&key(other))
            .then_with(|| one.changes.partial_cmp(&other.changes).unwrap_or(std::cmp::Ordering::Equal))
    });
    statistics
}

#[cfg(test)]
mod tests;
