//! Cases that do not go on both sides as they should: one that passed and fails is the first line of any report.

use super::pairing::Pairing;
use crate::{
    boots::{Boots, CaseKey, Outcome},
    record::{Ident, Labels, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// How a case went on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In so many boots it passed.
    pub pass: usize,
    /// It failed.
    pub fail: usize,
    /// It was not run.
    pub skip: usize,
    /// It was not finished.
    pub unknown: usize,
    /// Why it did not pass: the first reason.
    pub reason: Option<String>,
}

/// What became of a case. The order is that of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseChange {
    /// It passed on the base, and does not in every new boot.
    Broke,
    /// It was measured on the base, and is not there, or was not run in every boot.
    Missing,
    /// It fails on both sides.
    FailsOnBoth,
    /// It failed on the base, and passes.
    Fixed,
    /// It is on the new side alone.
    Added,
}

/// One case that does not go on both sides as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFinding {
    /// What became of it.
    pub change: CaseChange,
    /// The benchmark.
    pub benchmark: Ident,
    /// The parameters that tell it from the same benchmark, run in another way.
    pub parameters: BTreeMap<String, String>,
    /// The case's point.
    pub labels: Labels,
    /// How it went on the base.
    pub base: Tally,
    /// How it goes on the new side.
    pub new: Tally,
}

impl CaseChange {
    /// Whether something that worked does not.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Broke | Self::Missing)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broke => "fails",
            Self::Missing => "missing",
            Self::FailsOnBoth => "fails on both sides",
            Self::Fixed => "passes again",
            Self::Added => "new",
        }
    }
}

impl Tally {
    fn of(outcomes: &[Outcome]) -> Tally {
        let count = |result: Verdict| outcomes.iter().filter(|outcome| outcome.result == result).count();
        let bad = outcomes.iter().find(|outcome| outcome.result != Verdict::Pass);
        Tally {
            pass: count(Verdict::Pass),
            fail: count(Verdict::Fail),
            skip: count(Verdict::Skip),
            unknown: count(Verdict::Unknown),
            reason: bad.and_then(|outcome| outcome.reason.clone()),
        }
    }

    /// In how many boots it is there.
    pub fn boots(&self) -> usize {
        self.pass + self.fail + self.skip + self.unknown
    }

    fn ran(&self) -> usize {
        self.pass + self.fail + self.unknown
    }
}

/// `fails in 2 of 3 boots`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: usize| match self.boots() {
            1 => String::new(),
            boots if boots == count => format!(" in all {boots} boots"),
            boots => format!(" in {count} of {boots} boots"),
        };
        let Tally { pass, fail, skip, unknown, .. } = self;
        match () {
            () if self.boots() == 0 => f.write_str("not there"),
            () if *fail > 0 => write!(f, "fails{}", of(*fail)),
            () if *unknown > 0 => write!(f, "not finished{}", of(*unknown)),
            () if *skip > 0 => write!(f, "skipped{}", of(*skip)),
            () => write!(f, "passes{}", of(*pass)),
        }
    }
}

/// The cases of two sides that do not pass on both.
pub(super) fn findings(pairing: &Pairing) -> Vec<CaseFinding> {
    let (base, new) = (by_case(pairing, pairing.base), by_case(pairing, pairing.new));
    let keys: BTreeSet<&CaseKey> = base.keys().chain(new.keys()).collect();
    let finding = |key: &CaseKey| {
        let tally =
            |side: &BTreeMap<CaseKey, Vec<Outcome>>| side.get(key).map_or_else(Tally::default, |all| Tally::of(all));
        let (base, new) = (tally(&base), tally(&new));
        let (benchmark, labels) = (key.benchmark.clone(), key.labels.clone());
        let change = change(&base, &new)?;
        Some(CaseFinding { change, benchmark, parameters: pairing.telling(key), labels, base, new })
    };
    let mut findings: Vec<CaseFinding> = keys.into_iter().filter_map(finding).collect();
    findings.sort_by_key(|finding| finding.change);
    findings
}

fn by_case(pairing: &Pairing, side: &Boots) -> BTreeMap<CaseKey, Vec<Outcome>> {
    let mut all: BTreeMap<CaseKey, Vec<Outcome>> = BTreeMap::new();
    let groups = pairing.groups_of(side);
    for (key, outcomes) in &side.cases {
        let counted = outcomes.iter().filter(|outcome| groups[outcome.boot].is_some());
        let counted: Vec<Outcome> = counted.cloned().collect();
        if let (Some(key), false) = (pairing.case(key), counted.is_empty()) {
            all.entry(key).or_default().extend(counted);
        }
    }
    all
}

fn change(base: &Tally, new: &Tally) -> Option<CaseChange> {
    let bad = |side: &Tally| side.fail + side.unknown > 0;
    match (base.ran() > 0, new.ran() > 0) {
        (false, false) => None,
        (true, false) => Some(CaseChange::Missing),
        // What did not run on the base did not pass there.
        (false, true) => Some(CaseChange::Added),
        (true, true) => match (bad(base), bad(new)) {
            (false, false) if new.skip > base.skip => Some(CaseChange::Missing),
            (false, false) => None,
            (false, true) => Some(CaseChange::Broke),
            (true, true) => Some(CaseChange::FailsOnBoth),
            (true, false) => Some(CaseChange::Fixed),
        },
    }
}
