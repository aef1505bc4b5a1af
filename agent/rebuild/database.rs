//! Results of a database -> signals with rounded values, and what vouches for them.
//!
//! A database keeps neither `CHECK` nor the record's id, and 10 decimals. So no result proves itself: the `_crc32` over all
//! of a benchmark's signals does it for all of them together. Where a log gave that checksum, results are taken into the
//! log's record if they fit it, and never otherwise.

use super::names::{Part, dictionary, resolve};
use crate::{
    record::{Unit, Verdict},
    signal::{Name, Reserved, Signal, Word, checksum},
};
use std::collections::{BTreeMap, BTreeSet};

/// A test case as a database keeps it (LAVA's or SQUAD's).
///
/// It carries no check of its own and no record's id: the manifest among the same benchmark's results vouches for all of
/// them together. Numbers have 10 decimals, whatever was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseResult {
    /// The test case's name, without the suite's.
    pub name: String,
    /// `pass`, `fail`, `skip` or `unknown`.
    pub result: String,
    /// The measurement as the database writes it; `None` for a verdict.
    pub measurement: Option<String>,
    /// The measurement's unit; if a database lost it, the metric's own signal has it.
    pub units: Option<String>,
}

impl DatabaseResult {
    /// A test case without a measurement.
    pub fn verdict(name: impl Into<String>, result: impl Into<String>) -> Self {
        Self { name: name.into(), result: result.into(), measurement: None, units: None }
    }

    /// The same with a measurement, if there is one; units go with one alone.
    #[must_use]
    pub fn with(self, measurement: Option<String>, units: Option<String>) -> Self {
        Self { units: units.filter(|_| measurement.is_some()), measurement, ..self }
    }
}

/// How many contents of one name are tried, and how many combinations of several names'.
const CONTENTS: usize = 4;
const COMBINATIONS: usize = 64;

/// How many results are left out one by one, where there are more of them than were sent.
const LEFT_OUT: usize = 2000;

/// One benchmark's results in the order in which they came, with every content that a name was found with.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) part: Part,
    results: Vec<Vec<Signal>>,
}

/// What can be taken from a group.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) signals: Vec<Signal>,
    /// Names with several contents, of which none makes the checksum right.
    pub(super) contradicted: BTreeSet<Name>,
    /// Whether the checksum is right.
    pub(super) proved: bool,
}

/// The results that are ours, by benchmark, and how many are not. A group has something that only we send.
pub(super) fn groups(results: &[DatabaseResult]) -> (Vec<Group>, usize) {
    let units = units(results);
    let signals: Vec<Signal> = results.iter().filter_map(|result| signal(result, &units)).collect();
    let mut foreign = results.len() - signals.len();
    let dictionary = dictionary(signals.iter());
    let mut groups: Vec<Group> = Vec::new();
    let mut places: BTreeMap<Name, (usize, usize)> = BTreeMap::new();
    let mut parts: BTreeMap<Part, usize> = BTreeMap::new();
    for signal in signals {
        // Labels that cannot be resolved are listed as lost later, with the first run's.
        let part =
            resolve(&signal.name, &dictionary).map_or_else(|| (signal.name.benchmark().clone(), 1), |(part, _)| part);
        let at = *parts.entry(part.clone()).or_insert_with(|| {
            groups.push(Group { part, results: Vec::new() });
            groups.len() - 1
        });
        match places.get(&signal.name) {
            Some((at, row)) => {
                let contents = &mut groups[*at].results[*row];
                if !contents.contains(&signal) && contents.len() < CONTENTS {
                    contents.push(signal);
                }
            }
            None => {
                places.insert(signal.name.clone(), (at, groups[at].results.len()));
                groups[at].results.push(vec![signal]);
            }
        }
    }
    groups.retain(|group| {
        let ours = group.results.iter().flatten().any(|signal| matches!(signal.name.word(), Word::Reserved(_)));
        foreign += if ours { 0 } else { group.results.len() };
        ours
    });
    (groups, foreign)
}

/// The units in the metrics' own signals.
fn units(results: &[DatabaseResult]) -> BTreeMap<(String, String), Unit> {
    let told = results.iter().filter_map(|result| {
        let name: Name = result.name.parse().ok()?;
        let (Word::Reserved(Reserved::Metric), crate::signal::NameLabels::Plain(labels)) = (name.word(), name.labels())
        else {
            return None;
        };
        Some(((name.benchmark().to_string(), labels.get("name")?.into()), labels.get("unit")?.parse().ok()?))
    });
    told.collect()
}

fn signal(result: &DatabaseResult, units: &BTreeMap<(String, String), Unit>) -> Option<Signal> {
    let name: Name = result.name.parse().ok()?;
    let verdict: Verdict = result.result.to_ascii_lowercase().parse().ok()?;
    let there = |text: &&str| !text.is_empty() && *text != "None" && *text != "null";
    let Some(measurement) = result.measurement.as_deref().map(str::trim).filter(there) else {
        return Some(Signal::verdict(name, verdict));
    };
    let unit = match result.units.as_deref().map(str::trim).filter(there) {
        Some(unit) => unit.parse().ok()?,
        None => match name.word() {
            Word::Metric(metric) => units.get(&(name.benchmark().to_string(), metric.to_string()))?.clone(),
            Word::Reserved(Reserved::Samples) => "samples".parse().ok()?,
            Word::Reserved(Reserved::Signals) => "signals".parse().ok()?,
            Word::Reserved(Reserved::Crc32) => "crc32".parse().ok()?,
            Word::Fault(_) => "faults".parse().ok()?,
            Word::Reserved(_) => return None,
        },
    };
    Some(Signal { name, result: verdict, measurement: Some((measurement.parse().ok()?, unit)) })
}

/// The checksum in a signal, if it is the one that carries it.
pub(super) fn told_checksum(signal: &Signal) -> Option<f64> {
    let is = *signal.name.word() == Word::Reserved(Reserved::Crc32);
    signal.measurement.as_ref().filter(|_| is).map(|(value, _)| value.get())
}

/// Whether the checksum covers a signal.
fn is_covered(signal: &Signal) -> bool {
    !matches!(signal.name.word(), Word::Reserved(Reserved::Signals | Reserved::Crc32))
}

/// The checksum over `signals`.
pub(super) fn checksum_of<'a>(signals: impl Iterator<Item = &'a Signal>) -> u32 {
    let lines: Vec<String> = signals.filter(|signal| is_covered(signal)).map(Signal::canonical).collect();
    checksum(lines.iter().map(String::as_str))
}

impl Group {
    /// How many names it has.
    pub(super) fn len(&self) -> usize {
        self.results.len()
    }

    fn all(&self) -> impl Iterator<Item = &Signal> {
        self.results.iter().flatten()
    }

    /// Whether this is its own checksum.
    pub(super) fn tells(&self, checksum: f64) -> bool {
        self.all().filter_map(told_checksum).any(|told| told == checksum)
    }

    /// Whether its part has one of these checksums.
    pub(super) fn tells_one_of(&self, checksums: &BTreeSet<(Part, u32)>) -> bool {
        let whole =
            |told: f64| (told.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&told)).then_some(told as u32);
        let mut told = self.all().filter_map(told_checksum).filter_map(whole);
        told.any(|told| checksums.contains(&(self.part.clone(), told)))
    }

    /// What can be taken from it in addition to the signals `exact`, which count more. With a `checksum` this is the one that must be
    /// right, without one its own is.
    pub(super) fn settle(&self, exact: &BTreeMap<&Name, &Signal>, checksum: Option<f64>) -> Settled {
        let own = self.all().find_map(told_checksum);
        let wanted = checksum.or(own);
        let right = |signals: &[&Signal]| {
            let ours = signals.iter().filter(|signal| !exact.contains_key(&signal.name));
            Some(f64::from(checksum_of(exact.values().copied().chain(ours.copied())))) == wanted
        };
        let picks = self.results.iter().filter(|contents| contents.len() > 1).map(Vec::len);
        let combinations = picks.fold(1_usize, usize::saturating_mul).min(COMBINATIONS);
        for number in 0..combinations {
            let chosen = self.choose(number);
            if right(&chosen) {
                return Settled::proved(chosen);
            }
        }
        let chosen = self.choose(0);
        if let Some(at) = surplus(&chosen, exact, wanted) {
            return Settled::proved(
                chosen.into_iter().enumerate().filter(|(other, _)| *other != at).map(|(_, s)| s).collect(),
            );
        }
        let (sure, contested): (Vec<_>, Vec<_>) = self.results.iter().partition(|contents| contents.len() == 1);
        Settled {
            signals: sure.into_iter().flatten().cloned().collect(),
            contradicted: contested.iter().map(|contents| contents[0].name.clone()).collect(),
            proved: false,
        }
    }

    fn choose(&self, mut number: usize) -> Vec<&Signal> {
        let pick = |contents: &'_ Vec<Signal>| {
            let at = number % contents.len();
            number /= contents.len();
            at
        };
        let picks: Vec<usize> = self.results.iter().map(pick).collect();
        self.results.iter().zip(picks).map(|(contents, at)| &contents[at]).collect()
    }
}

/// Which sample is one too many, so that the others with the `exact` signals have the checksum that is wanted: a foreign
/// result that is named like ours.
fn surplus(chosen: &[&Signal], exact: &BTreeMap<&Name, &Signal>, wanted: Option<f64>) -> Option<usize> {
    let is_sample = |signal: &Signal| signal.name.position().is_some();
    let found = chosen.iter().filter(|signal| is_sample(signal)).count();
    let sent = chosen.iter().find(|signal| *signal.name.word() == Word::Reserved(Reserved::Signals))?;
    let more = sent.measurement.as_ref().is_some_and(|(sent, _)| found as f64 == sent.get() + 1.0);
    if !more || chosen.len() > LEFT_OUT {
        return None;
    }
    // Written and sorted once: there may be many samples, and each is left out in turn.
    let ours = chosen.iter().enumerate().filter(|(_, signal)| !exact.contains_key(&signal.name));
    let all = exact.values().map(|signal| (None, *signal)).chain(ours.map(|(at, signal)| (Some(at), *signal)));
    let mut lines: Vec<(String, Option<usize>)> =
        all.filter(|(_, signal)| is_covered(signal)).map(|(at, signal)| (signal.canonical(), at)).collect();
    lines.sort_unstable();
    let without = |at: &usize| {
        let left = lines.iter().filter(|(_, other)| *other != Some(*at));
        is_sample(chosen[*at]) && Some(f64::from(checksum(left.map(|(line, _)| line.as_str())))) == wanted
    };
    (0..chosen.len()).find(without)
}

impl Settled {
    fn proved(signals: Vec<&Signal>) -> Self {
        Self { signals: signals.into_iter().cloned().collect(), contradicted: BTreeSet::new(), proved: true }
    }
}
