//! What was found of one record -> the record: frames before signals before a database's results.

use super::{
    Rebuilt, continuation,
    database::{Group, Settled, checksum_of, told_checksum},
    explanation::{Explanation, Frames, Results, Signals},
    names::{Part, dictionary, resolve},
    structure::{self, Evidence, Samples},
};
use crate::{
    record::{Ident, Invalid, Loss, Record, RecordId, Series, Unit},
    signal::{
        Assembled, Assembly, AssemblyError, Budget, DEFAULT_BUDGET, Name, Sequence, Signal, WorkBudget, record_signals,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Why frames do not give a record.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWhole {
    /// They give no document.
    #[error(transparent)]
    Frames(#[from] AssemblyError),
    /// They give another document.
    #[error("the frames hold no record: {}", one_line(.0))]
    NotARecord(#[from] Invalid),
    /// They give a record with another id than theirs.
    #[error("the frames hold another record")]
    Another,
    /// Never, after it was read as JSON.
    #[error(transparent)]
    Text(#[from] std::string::FromUtf8Error),
}

/// What was found of one record.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    pub(super) frames: Assembly,
    /// In the order in which they were first found.
    signals: Vec<Signal>,
    names: BTreeMap<Name, usize>,
    /// Names that were found with two contents, both with a right check.
    contradicted: BTreeSet<Name>,
    benchmarks: BTreeSet<Ident>,
}

impl Pieces {
    /// Adds a signal, and returns about how many bytes are kept more.
    pub(super) fn signal(&mut self, signal: Signal) -> usize {
        match self.names.get(&signal.name) {
            Some(at) if self.signals[*at] != signal => {
                self.contradicted.insert(signal.name);
                0
            }
            Some(_) => 0,
            None => {
                self.names.insert(signal.name.clone(), self.signals.len());
                if !self.benchmarks.contains(signal.name.benchmark()) {
                    self.benchmarks.insert(signal.name.benchmark().clone());
                }
                self.signals.push(signal);
                // A name is kept twice, and has a handful of allocations.
                1000
            }
        }
    }

    pub(super) fn has(&self, name: &Name) -> bool {
        self.names.contains_key(name)
    }

    pub(super) fn benchmarks(&self) -> impl Iterator<Item = &Ident> {
        self.benchmarks.iter()
    }

    fn counts(&self) -> (Frames, Signals) {
        let (found, needed) = self.frames.count();
        let frames = Frames { sent: self.frames.sent(), needed, found, ..Frames::default() };
        (frames, Signals { exact: self.signals.len(), contradicted: self.contradicted.len(), against_frames: 0 })
    }

    /// The record, if there are frames enough; else why not.
    pub(super) fn whole(&self, id: RecordId, budget: &mut WorkBudget) -> Result<Rebuilt, NotWhole> {
        let Assembled { json, repaired, odd } = self.frames.json(budget)?;
        self.rebuilt(id, json, Frames { repaired, odd, contents: 1, ..self.counts().0 })
    }

    /// The record with this JSON.
    fn rebuilt(&self, id: RecordId, json: Vec<u8>, frames: Frames) -> Result<Rebuilt, NotWhole> {
        let record = Record::from_json(&json)?;
        if record.id != id {
            return Err(NotWhole::Another);
        }
        let json = String::from_utf8(json)?;
        let (_, signals) = self.counts();
        let lost = |record: &Record| samples(record).filter(|sample| !sample).count();
        let samples = Samples {
            exact: samples(&record).filter(|there| *there).count(),
            lost: lost(&record),
            ..Samples::default()
        };
        let explanation = Explanation { id, frames, signals, results: Results::default(), samples };
        Ok(Rebuilt { record, json, explanation })
    }

    /// All records that the frames give, where `first` is one: two with one id are a conflict, and each says so. Where one
    /// continues the others, it is the record.
    pub(super) fn conflict(&self, first: Rebuilt, budget: &mut WorkBudget) -> Vec<Rebuilt> {
        let (id, frames) = (first.explanation.id, first.explanation.frames.clone());
        if !self.frames.may_give_more(frames.odd) {
            return vec![self.against_signals(first)];
        }
        let all = self.frames.all(budget).into_iter();
        let mut all: Vec<Rebuilt> = all.filter_map(|json| self.rebuilt(id, json, frames.clone()).ok()).collect();
        if all.len() < 2 {
            return vec![self.against_signals(first)];
        }
        if let Some(last) = continuation::last(all.iter().map(|rebuilt| &rebuilt.record)) {
            return vec![self.against_signals(all.swap_remove(last))];
        }
        let contents = all.len();
        let why = format!(
            "{contents} whole records with this id and different contents were found: which one is meant is unknown"
        );
        let in_conflict = |mut rebuilt: Rebuilt| {
            rebuilt.record.losses.insert(0, Loss::new("record", why.as_str()));
            rebuilt.explanation.frames.contents = contents;
            Rebuilt { json: rebuilt.record.to_json(), ..rebuilt }
        };
        all.into_iter().map(in_conflict).collect()
    }

    /// The record of the frames, and a loss where signals of its id have samples that are not in it: they belong to another
    /// record, which is lost.
    fn against_signals(&self, mut rebuilt: Rebuilt) -> Rebuilt {
        let mut told: BTreeMap<Name, Vec<&Signal>> = BTreeMap::new();
        for signal in self.signals.iter().filter(|signal| signal.name.position().is_some()) {
            told.entry(signal.name.stem()).or_default().push(signal);
        }
        let all: usize = told.values().map(Vec::len).sum();
        let is_sure = |signal: &&&Signal| !self.contradicted.contains(&signal.name);
        let same = named_series(&rebuilt.record, &told)
            .map(|(signals, series, unit)| {
                signals.iter().filter(is_sure).filter(|one| tells(one, series, unit)).count()
            })
            .sum();
        let other = all.saturating_sub(same);
        rebuilt.explanation.signals.against_frames = other;
        if other == 0 {
            return rebuilt;
        }
        let why = format!(
            "{other} signals with this id tell samples that are not those of the frames: they are of another record"
        );
        rebuilt.record.losses.insert(0, Loss::new("signals", why));
        Rebuilt { json: rebuilt.record.to_json(), ..rebuilt }
    }

    /// The record without its frames, which do not give it for the reason `why`. Takes the results out of `groups` that it
    /// can vouch for.
    pub(super) fn put_together(
        self,
        id: RecordId,
        why: &NotWhole,
        groups: &mut Vec<Group>,
        damaged: &BTreeMap<RecordId, Vec<Name>>,
    ) -> Rebuilt {
        let (mut frames, signals) = self.counts();
        frames.problem = Some(why.to_string());
        let mut results = Results::default();
        let mut contradicted = self.contradicted.clone();
        let sure = self.signals.iter().filter(|signal| !contradicted.contains(&signal.name)).cloned();
        let mut evidence: Vec<Evidence> = sure.map(|signal| Evidence { signal, rounded: false }).collect();
        for settled in self.vouched(groups) {
            // What a signal told exactly is not in doubt because a database has it twice, and what the checksum proves is
            // not because a log has.
            contradicted.extend(settled.contradicted.into_iter().filter(|name| !self.has(name)));
            if settled.proved {
                contradicted.retain(|name| !settled.signals.iter().any(|signal| signal.name == *name));
            }
            results.taken += add(&mut evidence, settled.signals);
        }
        let known: BTreeSet<Name> = evidence.iter().map(|evidence| evidence.signal.name.clone()).collect();
        let (mut record, samples) = structure::record(id, evidence, &contradicted);
        for name in damaged.get(&id).into_iter().flatten().filter(|name| !known.contains(name)) {
            let (what, reason) = (name.to_string(), "its signal is damaged".to_string());
            // Another loss may have the same name: that a series is rounded, which its chart's name stands for too.
            let missing = |loss: &&mut Loss| loss.what == what && loss.reason.ends_with("signal is missing");
            match record.losses.iter_mut().find(missing) {
                Some(loss) => loss.reason = reason,
                None => record.losses.push(Loss { what, reason }),
            }
        }
        record.losses.insert(0, document(why));
        let json = record.to_json();
        Rebuilt { record, json, explanation: Explanation { id, frames, signals, results, samples } }
    }

    /// What of `groups` belongs to this record: its `_crc32` came with a right check, and the group tells the same one, or
    /// makes it right together with the signals.
    fn vouched(&self, groups: &mut Vec<Group>) -> Vec<Settled> {
        let dictionary = dictionary(self.signals.iter());
        let mut parts: BTreeMap<Part, BTreeMap<&Name, &Signal>> = BTreeMap::new();
        for signal in self.signals.iter().filter(|signal| !self.contradicted.contains(&signal.name)) {
            if let Some((part, _)) = resolve(&signal.name, &dictionary) {
                parts.entry(part).or_default().insert(&signal.name, signal);
            }
        }
        let mut taken = Vec::new();
        groups.retain(|group| {
            let Some(exact) = parts.get(&group.part) else { return true };
            let Some(checksum) = exact.values().find_map(|signal| told_checksum(signal)) else { return true };
            let settled = group.settle(exact, Some(checksum));
            let same = settled.proved || group.tells(checksum);
            if same {
                taken.push(settled);
            }
            !same
        });
        taken
    }
}

/// An error in one line, its hint after it.
fn one_line(error: &Invalid) -> String {
    error.to_string().replace("\nhint: ", "; ")
}

fn document(why: &impl ToString) -> Loss {
    let what = "only frames carry label, agent, machine, times, commands, executions and reasons, and benchmarks of which no \
                signal was found";
    Loss::new("document", format!("{what}: {}", why.to_string()))
}

/// Whether each sample of a record is there.
fn samples(record: &Record) -> impl Iterator<Item = bool> {
    let series = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases).flat_map(|case| &case.series);
    series.flat_map(|series| series.samples.iter().flatten().map(Option::is_some))
}

/// The series of a record that have signals of samples, by the series' name.
fn named_series<'a>(
    record: &'a Record,
    told: &'a BTreeMap<Name, Vec<&'a Signal>>,
) -> impl Iterator<Item = (&'a [&'a Signal], &'a Series, &'a Unit)> {
    record.benchmarks.iter().flat_map(move |benchmark| {
        let mut sequence = Sequence::new(benchmark, record.schema, Budget::all(0));
        let cases = benchmark.cases.iter().flat_map(|case| case.series.iter().map(move |series| (case, series)));
        cases.filter_map(move |(case, series)| {
            let (name, unit) = sequence.series(benchmark, case, series)?;
            Some((told.get(&name)?.as_slice(), series, unit))
        })
    })
}

/// Whether a signal has the same value as its place of the series.
fn tells(signal: &Signal, series: &Series, unit: &Unit) -> bool {
    let at = |(iteration, sample): (u32, u32)| {
        let iteration = series.samples.get(usize::try_from(iteration).ok()?)?;
        *iteration.get(usize::try_from(sample).ok()?)?
    };
    let value = signal.name.position().and_then(at);
    value.is_some_and(|value| signal.measurement.as_ref() == Some(&(value, unit.clone())))
}

/// Puts signals of a database among the exact ones, each after the one that it follows in the database; returns how many.
fn add(evidence: &mut Vec<Evidence>, signals: Vec<Signal>) -> usize {
    let exact: BTreeSet<Name> = evidence.iter().map(|evidence| evidence.signal.name.clone()).collect();
    let mut behind: BTreeMap<Option<Name>, Vec<Evidence>> = BTreeMap::new();
    let (mut last, mut added) = (None, 0);
    for signal in signals {
        if exact.contains(&signal.name) {
            last = Some(signal.name);
        } else {
            behind.entry(last.clone()).or_default().push(Evidence { signal, rounded: true });
            added += 1;
        }
    }
    let mut all = behind.remove(&None).unwrap_or_default();
    for one in std::mem::take(evidence) {
        let more = behind.remove(&Some(one.signal.name.clone()));
        all.push(one);
        all.extend(more.into_iter().flatten());
    }
    *evidence = all;
    added
}

/// The checksums of the signals that the board may have sent of each part of `record`, which is known bit-exact: with samples,
/// without, or with those of primary metrics alone.
pub(super) fn told(record: &Record) -> Vec<(Part, u32)> {
    let mut told = Vec::new();
    let budgets = [Budget::all(DEFAULT_BUDGET), Budget::all(0), Budget::primary(DEFAULT_BUDGET)];
    for signals in budgets.map(|budget| record_signals(record, budget)) {
        let dictionary = dictionary(signals.iter());
        let mut parts: BTreeMap<Part, Vec<&Signal>> = BTreeMap::new();
        for signal in &signals {
            if let Some((part, _)) = resolve(&signal.name, &dictionary) {
                parts.entry(part).or_default().push(signal);
            }
        }
        told.extend(parts.into_iter().map(|(part, signals)| (part, checksum_of(signals.into_iter()))));
    }
    told
}

/// The record of what no log proves: a database knows jobs and not records, so it is one for all.
pub(super) fn from_database(groups: Vec<Group>) -> Option<Rebuilt> {
    if groups.is_empty() {
        return None;
    }
    let mut results = Results { taken: 0, alone: true };
    let (mut evidence, mut contradicted) = (Vec::new(), BTreeSet::new());
    for group in groups {
        let settled = group.settle(&BTreeMap::new(), None);
        results.taken += group.len();
        evidence.extend(settled.signals.into_iter().map(|signal| Evidence { signal, rounded: true }));
        contradicted.extend(settled.contradicted);
    }
    let id = RecordId(checksum_of(evidence.iter().map(|evidence| &evidence.signal)));
    let (mut record, samples) = structure::record(id, evidence, &contradicted);
    let why = "a database's results are not a part of them".to_string();
    record.losses.insert(0, document(&why));
    record.losses.insert(1, Loss::new("id", "a database does not keep it; this one is the checksum over the results"));
    let json = record.to_json();
    let frames = Frames { problem: Some(why), needed: 1, ..Frames::default() };
    Some(Rebuilt {
        record,
        json,
        explanation: Explanation { id, frames, signals: Signals::default(), results, samples },
    })
}
