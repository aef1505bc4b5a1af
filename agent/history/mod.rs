//! A history: boots over time -> where the level of a series changed, and what else changed there. Pure; `docs/history.md`
//! has the rules.

mod document;
mod lines;
mod machines;
mod plain;
mod refine;
mod series;
pub mod shape;
mod spark;
mod suspects;

pub use document::{Document, SCHEMA};
pub use plain::{View, in_text};
pub use series::{Departure, LevelChange, Place, Point, SeriesHistory, Spike, State};
pub use suspects::Suspect;

use crate::{boots::Boots, text::counted};
use machines::Machines;
use series::Teller;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

/// The most names that an error lists.
const MOST_NAMES: usize = 30;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// These benchmarks alone; of none all.
    pub benchmarks: Vec<String>,
    /// These metrics alone; of none all.
    pub metrics: Vec<String>,
}

/// What became of all series.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// How many boots were read.
    pub boots: usize,
    /// How many of their iterations count, and how many do not.
    pub iterations: (usize, usize),
    /// How many kernels they are of, as far as these have names.
    pub builds: usize,
    /// When the first and the last of them began, of those that say so.
    pub span: Option<(SystemTime, SystemTime)>,
    /// The kinds of machines, each with the boards as a lab calls them.
    pub machines: BTreeMap<String, BTreeSet<String>>,
    /// The series: those that got worse first, then changed, better, level, and those that say nothing.
    pub series: Vec<SeriesHistory>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Why there is no history.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoHistory {
    /// A name that nothing has.
    #[error("{option} {name}: nothing of that name was measured\nhint: there is {known}")]
    NoSuch {
        /// The option that it was given to.
        option: &'static str,
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No iteration counts.
    #[error("{}: nothing was measured{}", counted(*boots, "boot"), hint(*disturbed))]
    NothingMeasured {
        /// How many boots were read.
        boots: usize,
        /// Iterations that do not count.
        disturbed: usize,
    },
}

fn hint(disturbed: usize) -> String {
    match disturbed {
        0 => String::new(),
        _ => format!(
            " that counts\nhint: --with-disturbed counts iterations in which the machine was disturbed; {disturbed} do not count"
        ),
    }
}

/// The history of boots.
///
/// # Errors
/// Names that nothing has, and boots in which nothing was measured.
pub fn history(boots: &Boots, rules: &Rules) -> Result<Changes, NoHistory> {
    let measured = boots.series.values().any(|series| !series.points.is_empty());
    if !measured {
        let disturbed = boots.boots.iter().map(|boot| boot.iterations.1).sum();
        return Err(NoHistory::NothingMeasured { boots: boots.boots.len(), disturbed });
    }
    check_names(boots, rules)?;
    let machines = Machines::of(boots);
    let (lines, joined) = lines::of(boots, &machines, rules);
    let mut teller = Teller::new(boots);
    let mut series: Vec<SeriesHistory> = lines.iter().map(|line| teller.tell(line)).collect();
    series.sort_by(|a, b| a.order().partial_cmp(&b.order()).unwrap_or(std::cmp::Ordering::Equal));
    let notes = boots.notes.iter().cloned().chain(machines.notes.clone()).chain(joined).chain(losses(boots)).collect();
    let iterations = boots.boots.iter().map(|boot| boot.iterations);
    Ok(Changes {
        boots: boots.boots.len(),
        iterations: iterations.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1)),
        builds: boots.boots.iter().filter_map(|boot| boot.build.as_deref()).collect::<BTreeSet<&str>>().len(),
        span: span(boots),
        machines: machines.named(),
        series,
        notes,
    })
}

fn check_names(boots: &Boots, rules: &Rules) -> Result<(), NoHistory> {
    let asked = |name: &str| rules.benchmarks.is_empty() || rules.benchmarks.iter().any(|asked| asked == name);
    let keys = || boots.series.keys();
    let benchmarks: BTreeSet<&str> = keys().map(|key| key.case.benchmark.as_str()).collect();
    let chosen = keys().filter(|key| asked(key.case.benchmark.as_str()));
    let metrics: BTreeSet<&str> = chosen.map(|key| key.metric.as_str()).collect();
    for (option, asked, known) in
        [("--benchmark", &rules.benchmarks, benchmarks), ("--metric", &rules.metrics, metrics)]
    {
        if let Some(name) = asked.iter().find(|name| !known.contains(name.as_str())) {
            let mut names: Vec<String> = known.iter().take(MOST_NAMES).map(ToString::to_string).collect();
            if known.len() > MOST_NAMES {
                names.push(format!("{} more", known.len() - MOST_NAMES));
            }
            return Err(NoHistory::NoSuch { option, name: name.clone(), known: names.join(", ") });
        }
    }
    Ok(())
}

fn losses(boots: &Boots) -> Option<String> {
    let damaged = boots.boots.iter().filter(|boot| !boot.losses.is_empty()).count();
    let text = format!(
        "{damaged} of {} boots: their records have losses; what is lost is not in the history",
        boots.boots.len()
    );
    (damaged > 0).then_some(text)
}

fn span(boots: &Boots) -> Option<(SystemTime, SystemTime)> {
    let times = || boots.boots.iter().filter_map(|boot| boot.started);
    times().min().zip(times().max())
}

#[cfg(test)]
mod tests;
