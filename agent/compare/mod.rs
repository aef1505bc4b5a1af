//! The verdict: boots of two kernels -> what is worse, better, the same or unknown. Pure; `docs/comparison.md` has the rules.

mod boot;
mod candidate;
mod cases;
mod differences;
mod index;
mod judge;
mod lone;
mod pairing;
mod past;
mod subject;
mod words;

pub use boot::{BootSummary, Points, SideBoots};
pub use cases::{CaseChange, CaseFinding, Tally};
pub use differences::{Difference, Topic};
pub use judge::{BootCounts, MetricFinding};
pub use lone::LoneBoard;
pub use subject::Subject;
pub use words::{in_words, interval_in_brief, interval_in_words, number, reason_in_words};

use crate::{
    boots::{Boot, Boots, CaseKey},
    record::{self, Ident, RecordId},
    statistics::verdict::{Setting, Verdict},
    text::{counted, printable},
};
use pairing::Pairing;
use past::History;
use std::collections::{BTreeMap, HashSet};

/// What is compared, and how.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// When something counts as different, and when as the same.
    pub setting: Setting,
    /// Compares numbers of other parameters, tool versions and machines too.
    pub allow_different: bool,
    /// These benchmarks alone; of none all.
    pub benchmarks: Vec<String>,
    /// These metrics alone; of none all.
    pub metrics: Vec<String>,
}

/// Two sides, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The old side.
    pub base: Side,
    /// The new one.
    pub new: Side,
    /// How many past boots the history has.
    pub past: usize,
    /// What else differs between the sides.
    pub differences: Vec<Difference>,
    /// What keeps benchmarks from being compared; they have no findings.
    pub refused: Vec<Difference>,
    /// The boards of the base that are not compared.
    pub lone_boards: Vec<LoneBoard>,
    /// Cases that do not go on both sides as they should, those that broke first.
    pub cases: Vec<CaseFinding>,
    /// The index of each benchmark with several metrics that a person would quote.
    pub indexes: Vec<MetricFinding>,
    /// Each series: what is worse first, then changed, better, unknown, the same.
    pub metrics: Vec<MetricFinding>,
    /// The boots that the values of [`MetricFinding::points`] are of.
    pub boots: SideBoots,
    /// How many new boots are on the base too: what differs between boots is not seen in them.
    pub shared_boots: usize,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// What was asked for.
    pub setting: Setting,
}

/// One side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// The kernels, with the number of their boots.
    pub builds: Vec<(String, usize)>,
    /// The kinds of machines, with the boards as a lab calls them.
    pub machines: Vec<(String, Vec<String>)>,
    /// How many boots it has.
    pub boots: usize,
    /// Iterations that count, over all cases.
    pub iterations: usize,
    /// Iterations that do not, as the machine was disturbed or their case failed.
    pub invalid: usize,
    /// What the kernel log complained of.
    pub faults: usize,
    /// What a rebuild could not find.
    pub losses: usize,
}

/// Why two sides do not compare.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum NotComparable {
    /// A side holds nothing.
    #[error("{0}: no benchmark was measured")]
    Empty(&'static str),
    /// Somebody named the same thing twice.
    #[error("both sides are the same {}: there is nothing to compare\nhint: name what each kernel measured: compare OLD NEW", records(.0))]
    Same(Vec<RecordId>),
    /// They differ in what numbers depend on.
    #[error(
        "the sides do not compare: {}\nhint: measure both alike; --allow-different compares them all the same, and shows this beside the verdict",
        shown(.0)
    )]
    Different(Vec<Difference>),
    /// A name that nothing has.
    #[error("{option} {name}: nothing of that name was measured\nhint: {known}")]
    NoSuch {
        /// The option that it was given to.
        option: &'static str,
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No case is on both sides.
    #[error("nothing was measured on both sides: base has {base}; new has {new}\nhint: {}", in_common(base, new))]
    NothingInCommon {
        /// The benchmarks of the base.
        base: String,
        /// The benchmarks of the new side.
        new: String,
    },
    /// What both sides have was run on neither.
    #[error("nothing was measured: {cases} skipped on both sides{}\nhint: `lava-bench doctor NAME`, on the board, says what a benchmark lacks", in_brackets(.reason))]
    Skipped {
        /// The cases, in words.
        cases: String,
        /// Why, where a record says it.
        reason: Option<String>,
    },
    /// What both sides have passed, and is no number.
    #[error(
        "nothing to compare: the cases that both sides have gave no number\nhint: compare runs of benchmarks that have metrics"
    )]
    NoNumber,
    /// What both sides have does not count.
    #[error(
        "no iteration counts that both sides have: the machine was disturbed in {base} iterations of the base and in {new} of the new side\n\
         hint: --with-disturbed counts them; docs/validity.md says what disturbs"
    )]
    NothingCounts {
        /// The iterations of the base that do not count.
        base: usize,
        /// Those of the new side.
        new: usize,
    },
}

fn in_brackets(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(" ({})", printable(reason.as_bytes()))).unwrap_or_default()
}

/// What to do where no case is on both sides.
fn in_common(base: &str, new: &str) -> &'static str {
    match base == new {
        true => "no case has the same parameters on both sides: run with those of the other side",
        false => "compare runs of the same benchmark",
    }
}

/// `record 0a1b2c3d`, `3 records`.
fn records(ids: &[RecordId]) -> String {
    match ids {
        [one] => format!("record {one}"),
        several => counted(several.len(), "record"),
    }
}

fn shown(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Comparison {
    /// How many series got each word: worse, changed, better, unknown, same.
    pub fn counts(&self) -> [usize; 5] {
        let mut counts = [0; 5];
        self.metrics.iter().for_each(|finding| counts[finding.rank()] += 1);
        counts
    }

    /// Whether something got worse: a metric, or a case that passed and fails.
    pub fn has_regression(&self) -> bool {
        let worse = |finding: &MetricFinding| finding.word() == "worse";
        let broke = self.cases.iter().any(|case| case.change == CaseChange::Broke);
        self.metrics.iter().chain(&self.indexes).any(worse) || broke
    }

    /// Whether a case that passed on the base fails, or is not there, as is each case of a board that is missing.
    pub fn has_failure(&self) -> bool {
        self.cases.iter().any(|case| case.change.is_failure()) || self.lone_boards.iter().any(|board| board.is_missing)
    }

    /// Whether both sides are the same boots.
    pub fn is_of_itself(&self) -> bool {
        self.shared_boots > 0 && self.shared_boots == self.new.boots && self.shared_boots == self.base.boots
    }

    /// Whether something is undecided, was refused, or is on one side alone.
    pub fn has_unknown(&self) -> bool {
        let lone = self.cases.iter().any(|case| case.change != CaseChange::Fixed);
        self.metrics.iter().any(|finding| finding.word() == "unknown")
            || !self.refused.is_empty()
            || lone
            || !self.lone_boards.is_empty()
            || self.is_of_itself()
    }
}

/// Compares two sides; `past` are the boots of a history.
///
/// # Errors
/// Sides of which nothing compares.
pub fn compare(base: &Boots, new: &Boots, past: &Boots, rules: &Rules) -> Result<Comparison, NotComparable> {
    check_sides(base, new)?;
    let pairing = Pairing::new(base, new, past, rules)?;
    let (base_groups, new_groups) = (pairing.groups_of(base), pairing.groups_of(new));
    let cases = cases::findings(&pairing);
    let lone_boards = pairing.lone_boards().into_iter().collect();
    let history = History::of(&pairing);
    let (mut metrics, indexes) = judge::judge(&pairing, &history, &rules.setting);
    let alone =
        |case: &CaseFinding| matches!(case.change, CaseChange::Missing | CaseChange::Added) || case.new.boots() == 0;
    if metrics.is_empty() && cases.iter().all(alone) {
        return Err(nothing(base, new, pairing.refused));
    }
    metrics.sort_by(|a, b| a.order().partial_cmp(&b.order()).unwrap_or(std::cmp::Ordering::Equal));
    let unlike = judge::unlike(&metrics);
    let mut notes = base.notes.iter().map(|note| format!("base: {note}")).collect::<Vec<_>>();
    notes.extend(new.notes.iter().map(|note| format!("new: {note}")));
    notes.extend(pairing.notes.into_iter().chain(history.notes).chain(unlike));
    let mut differences = pairing.allowed;
    differences.extend(differences::of_sides((base, &base_groups), (new, &new_groups)));
    Ok(Comparison {
        base: Side::of(base, &base_groups),
        new: Side::of(new, &new_groups),
        past: history.boots.len(),
        boots: SideBoots::of(base, new, past),
        differences,
        shared_boots: pairing.shared_boots,
        refused: pairing.refused,
        lone_boards,
        cases,
        indexes,
        metrics,
        notes,
        setting: rules.setting,
    })
}

/// Each side has something, and they are not the same.
fn check_sides(base: &Boots, new: &Boots) -> Result<(), NotComparable> {
    for (name, side) in [("base", base), ("new", new)] {
        if side.cases.is_empty() {
            return Err(NotComparable::Empty(name));
        }
    }
    if !new.records.is_empty() && base.records == new.records {
        return Err(NotComparable::Same(new.records.iter().copied().collect()));
    }
    Ok(())
}

fn nothing(base: &Boots, new: &Boots, refused: Vec<Difference>) -> NotComparable {
    if !refused.is_empty() {
        return NotComparable::Different(refused);
    }
    let common: Vec<&CaseKey> = base.cases.keys().filter(|key| new.cases.contains_key(*key)).collect();
    if !common.is_empty() {
        let disturbed = |boots: &Boots| boots.boots.iter().map(|boot| boot.iterations.1).sum();
        let (base_boots, new_boots) = (base, new);
        let (base, new) = (disturbed(base), disturbed(new));
        if base + new > 0 {
            return NotComparable::NothingCounts { base, new };
        }
        let outcomes =
            || [base_boots, new_boots].into_iter().flat_map(|side| common.iter().flat_map(|key| &side.cases[*key]));
        if outcomes().any(|outcome| outcome.result != record::Verdict::Skip) {
            return NotComparable::NoNumber;
        }
        let cases =
            if common.len() == 1 { "the only case was".into() } else { format!("all {} cases were", common.len()) };
        return NotComparable::Skipped { cases, reason: outcomes().find_map(|outcome| outcome.reason.clone()) };
    }
    let names = |boots: &Boots| {
        let mut names: Vec<&Ident> = boots.cases.keys().map(|key| &key.benchmark).collect();
        names.dedup();
        names.iter().take(8).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    NotComparable::NothingInCommon { base: names(base), new: names(new) }
}

impl Side {
    /// The boots of a side that are in a group.
    fn of(boots: &Boots, groups: &[Option<usize>]) -> Side {
        let mut builds: Vec<(String, usize)> = Vec::new();
        let mut machines: BTreeMap<String, (Vec<String>, HashSet<&str>)> = BTreeMap::new();
        let counted = boots.boots.iter().zip(groups).filter(|(_, group)| group.is_some()).map(|(boot, _)| boot);
        let mut side = Side { boots: counted.clone().count(), ..Side::default() };
        for Boot { build, kind, device, iterations, faults, losses, .. } in counted {
            let name = build.clone().unwrap_or_else(|| "unknown kernel".into());
            match builds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => builds.push((name, 1)),
            }
            let (devices, known) = machines.entry(kind.to_string()).or_default();
            devices.extend(device.iter().filter(|device| known.insert(device)).cloned());
            side.iterations += iterations.0;
            side.invalid += iterations.1;
            side.faults += faults;
            side.losses += losses.len();
        }
        let machines = machines.into_iter().map(|(kind, (devices, _))| (kind, devices)).collect();
        Side { builds, machines, ..side }
    }
}

/// The word for a verdict.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Worse => "worse",
        Verdict::Changed => "changed",
        Verdict::Better => "better",
        Verdict::Unknown(_) => "unknown",
        Verdict::Same => "same",
    }
}

#[cfg(test)]
mod tests;
