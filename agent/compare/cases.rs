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
    /// It passed on the base, and fails in a new boot.
    Broke,
    /// It was measured on the base, and is not there, or was not run in every boot.
    Missing,
    /// Nobody knows how it ended on one of the sides: the run was interrupted, or the log is incomplete.
    Unfinished,
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
            Self::Unfinished => "not finished",
            Self::FailsOnBoth => "fails on both sides",
            Self::Fixed => "passes again",
            Self::Added => "new",
        }
    }
}

impl Tally {
    fn of(outcomes: &[Outcome]) -> Tally {
        let count = |result: Verdict| outcomes.iter().filter(|outcome| outcome.result == result).count();
        let worst = [Verdict::Fail, Verdict::Unknown, Verdict::Skip];
        let bad = worst.iter().find_map(|word| outcomes.iter().find(|outcome| outcome.result == *word));
        Tally {
            pass: count(Verdict::Pass),
            fail: count(Verdict::Fail),
            skip: count(Verdict::Skip),
            unknown: count(Verdict::Unknown),
            reason: bad.and_then(why),
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

/// Why a case did not pass. A log that lost its end does not say it.
fn why(outcome: &Outcome) -> Option<String> {
    let silent = (outcome.result == Verdict::Unknown).then(|| "nothing says how it ended".to_string());
    outcome.reason.clone().or(silent)
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
    let partial = is_partial(pairing);
    let finding = |key: &CaseKey| {
        let tally =
            |side: &BTreeMap<CaseKey, Vec<Outcome>>| side.get(key).map_or_else(Tally::default, |all| Tally::of(all));
        let (base, mut new) = (tally(&base), tally(&new));
        if partial && new.boots() == 0 {
            new.reason = Some("the run ended early, or its log is incomplete".into());
        }
        let (benchmark, labels) = (key.benchmark.clone(), key.labels.clone());
        let change = change(&base, &new, partial)?;
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

/// Whether no new boot that is compared says all that was measured in it.
fn is_partial(pairing: &Pairing) -> bool {
    let mut compared = pairing.new.boots.iter().filter(|boot| pairing.group_of(boot).is_some());
    compared.all(|boot| boot.is_partial())
}

/// What became of a case; `partial` says that the new side may have lost what it does not have.
fn change(base: &Tally, new: &Tally, partial: bool) -> Option<CaseChange> {
    match (base.ran() > 0, new.ran() > 0) {
        (false, false) => None,
        (true, false) if partial && new.boots() == 0 => Some(CaseChange::Unfinished),
        (true, false) => Some(CaseChange::Missing),
        // What did not run on the base did not pass there.
        (false, true) => Some(CaseChange::Added),
        (true, true) => match (base.fail > 0, new.fail > 0) {
            (true, true) => Some(CaseChange::FailsOnBoth),
            (false, true) if base.pass > 0 => Some(CaseChange::Broke),
            _ if base.unknown + new.unknown > 0 => Some(CaseChange::Unfinished),
            (true, false) => Some(CaseChange::Fixed),
            // A base that neither fails nor is unknown passes.
            (false, _) => (new.skip > base.skip).then_some(CaseChange::Missing),
        },
    }
}
