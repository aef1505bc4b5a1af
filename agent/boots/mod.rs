//! Boots: records -> one number a boot for each series. Pure.
//!
//! The unit is the boot: the median of its valid samples is its number, so that iterations of one boot are never counted as
//! independent. A record without a boot's id is a boot of its own; records of one boot are taken together. What a failed or
//! a skipped case measured does not count.

mod circumstances;
mod collect;
mod condensed;
mod facts;
mod iterations;
mod kind;

pub use circumstances::{CaseKey, Circumstances, SeriesKey};
pub use collect::{Collector, build_of, collect};
pub use condensed::condensed;
pub use facts::facts;
pub use iterations::{Measured, Wanted, measured};
pub use kind::Kind;

use crate::record::{Better, BootId, Loss, Machine, RecordId, Verdict};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::SystemTime,
};

/// What tells a boot from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BootKey {
    /// Its id.
    Id(BootId),
    /// It has none: the record that it is of, and its position among the record's boots.
    Record(RecordId, u32),
}

/// `3f9a0c7d12be`; of a boot without an id `record 0a1b2c3d`, and `record 0a1b2c3d, boot 2` for its second one.
impl fmt::Display for BootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id.as_str()),
            Self::Record(record, 0) => write!(f, "record {record}"),
            Self::Record(record, at) => write!(f, "record {record}, boot {}", at + 1),
        }
    }
}

/// One boot of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Boot {
    /// What tells it from others.
    pub key: BootKey,
    /// When the first of its records was begun; absent where no clock said so, as one that stood at 1970.
    pub started: Option<SystemTime>,
    /// What it was measured on, where that is known.
    pub machine: Option<Arc<Machine>>,
    /// What was set on it for the run, as name and value.
    pub tuned: Vec<(String, String)>,
    /// Which kind of machine that is.
    pub kind: Kind,
    /// The board, as a lab calls it.
    pub device: Option<String>,
    /// The address of the lab's job that measured.
    pub job: Option<String>,
    /// The kernel's build: what a lab or a user calls it, else its release and version.
    pub build: Option<String>,
    /// The version of the program that measured.
    pub agent: Option<String>,
    /// Iterations that count, and those that do not because the machine was disturbed, over all cases.
    pub iterations: (usize, usize),
    /// What the kernel log complained of while something was measured.
    pub faults: usize,
    /// What a rebuild could not find of its records.
    pub losses: Vec<Loss>,
    /// Whether the run of one of its records ended early.
    pub ended_early: bool,
}

/// What one boot says of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The boot: its position in [`Boots::boots`].
    pub boot: usize,
    /// The median of its valid samples.
    pub value: f64,
    /// How many samples that are.
    pub samples: usize,
}

/// One series, over all boots.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Which values are better; `Neither` where the records do not agree.
    pub better: Better,
    /// Whether a person would quote it.
    pub primary: bool,
    /// Its boots, in the order of [`Boots::boots`].
    pub points: Vec<Point>,
}

/// How a case went in one boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The boot: its position in [`Boots::boots`].
    pub boot: usize,
    /// LAVA's verdict; of several the worst.
    pub result: Verdict,
    /// Why it is not `pass`: the first reason.
    pub reason: Option<String>,
}

impl Boot {
    /// Whether what was measured in it may not all be here: its run ended early, or its log is incomplete.
    pub fn is_partial(&self) -> bool {
        self.ended_early || !self.losses.is_empty()
    }
}

impl Boots {
    /// The boots that are wanted, with what they measured.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&Boot) -> bool) -> Boots {
        let mut places = vec![None; self.boots.len()];
        let mut boots = Vec::new();
        for (at, boot) in self.boots.iter().enumerate().filter(|(_, boot)| wanted(boot)) {
            places[at] = Some(boots.len());
            boots.push(boot.clone());
        }
        let mut series = BTreeMap::new();
        for (key, Series { better, primary, points }) in &self.series {
            let of = |point: &Point| Some(Point { boot: places[point.boot]?, ..*point });
            let points: Vec<Point> = points.iter().filter_map(of).collect();
            if !points.is_empty() {
                series.insert(key.clone(), Series { better: *better, primary: *primary, points });
            }
        }
        let mut cases = BTreeMap::new();
        for (key, outcomes) in &self.cases {
            let of = |outcome: &Outcome| Some(Outcome { boot: places[outcome.boot]?, ..outcome.clone() });
            let outcomes: Vec<Outcome> = outcomes.iter().filter_map(of).collect();
            if !outcomes.is_empty() {
                cases.insert(key.clone(), outcomes);
            }
        }
        Boots { boots, series, cases, records: self.records.clone(), notes: self.notes.clone() }
    }
}

/// All boots of some records, and what they measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boots {
    /// In the order of the records.
    pub boots: Vec<Boot>,
    /// The series.
    pub series: BTreeMap<SeriesKey, Series>,
    /// The cases.
    pub cases: BTreeMap<CaseKey, Vec<Outcome>>,
    /// The records that they are of.
    pub records: BTreeSet<RecordId>,
    /// What a reader should know of the records.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests;
