//! Rebuilding: captures and databases' results -> [`Record`]s. A value is right, or a loss says what is wrong with it;
//! nothing is guessed.
//!
//! Frames give a record back bit-exact, proved by their SHA-256. Where they do not suffice, every signal proves itself by
//! its `CHECK`, and what they say is put together; then a database's results fill in what is missing, as far as the
//! checksum that the board sent vouches for them. Everything else is a loss. An [`Explanation`] says what came from where.

mod cases;
mod continuation;
mod database;
mod explanation;
mod names;
mod pieces;
mod scan;
mod structure;

pub use database::DatabaseResult;
pub use explanation::{Explanation, Frames, Passed, Results, Signals};
pub use structure::Samples;

use crate::{
    capture::{self, Found},
    record::{Ident, Lab, Record, RecordId, Schema},
    signal::{Name, WorkBudget},
};
use pieces::{NotWhole, Pieces};
use scan::{Item, items};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead},
};

/// The most bytes of signals, frames and results that are kept, so that no source exhausts the memory.
const MAX_KEPT: usize = 256 << 20;

/// About how many bytes a record takes in addition to its signals and frames, and how many a database's result takes.
const RECORD_COST: usize = 1000;
const RESULT_COST: usize = 1000;

/// The most names of damaged signals that are kept.
const MAX_DAMAGED: usize = 10_000;

/// Collects what sources hold, then gives the records.
#[derive(Clone, Debug, Default)]
pub struct Rebuilder {
    order: Vec<RecordId>,
    pieces: BTreeMap<RecordId, Pieces>,
    results: Vec<DatabaseResult>,
    kept: usize,
    passed: Passed,
    damaged: BTreeSet<Name>,
}

/// One record, and its canonical JSON.
#[derive(Debug)]
pub struct Rebuilt {
    /// The record; its `losses` say what is missing.
    pub record: Record,
    /// Where nothing is missing, byte for byte what the board wrote.
    pub json: String,
    /// What it was rebuilt from.
    pub explanation: Explanation,
}

impl Rebuilt {
    /// Adds what a lab knows of the run, where the record's version has a place for it.
    pub fn add_lab(&mut self, lab: Option<&Lab>) {
        if let Some(lab) = lab.filter(|_| self.record.schema >= Schema::V2) {
            self.record.lab = Some(lab.clone());
            self.json = self.record.to_json();
        }
    }
}

impl Rebuilder {
    /// Takes in one source.
    ///
    /// # Errors
    /// What reading it says, or that there is more of signals, frames and results than can be kept.
    pub fn source(&mut self, source: impl BufRead) -> io::Result<()> {
        capture::read(source, |text, found| {
            let mut proved = false;
            for item in items(text) {
                proved |= matches!(item, Item::Frame(_) | Item::Signal(..));
                self.item(item, found);
            }
            proved
        })?;
        self.check_kept()
    }

    /// Takes in one result of a database: those of one job, in the order in which they were reported. Results that are not
    /// ours are passed over.
    ///
    /// # Errors
    /// That there is more of signals, frames and results than can be kept.
    pub fn result(&mut self, result: DatabaseResult) -> io::Result<()> {
        if result.name.parse::<Name>().is_err() {
            self.passed.foreign_results += 1;
            return Ok(());
        }
        self.kept += RESULT_COST;
        self.results.push(result);
        self.check_kept()
    }

    /// The same without any result of a database.
    pub fn without_results(&self) -> Self {
        let Self { order, pieces, kept, passed, damaged, .. } = self;
        Self {
            order: order.clone(),
            pieces: pieces.clone(),
            results: Vec::new(),
            kept: *kept,
            passed: passed.clone(),
            damaged: damaged.clone(),
        }
    }

    /// Forgets the results for which `keep` says no.
    pub fn retain_results(&mut self, keep: impl FnMut(&DatabaseResult) -> bool) {
        self.results.retain(keep);
    }

    /// Whether there are results of a database.
    pub fn has_results(&self) -> bool {
        !self.results.is_empty()
    }

    fn check_kept(&self) -> io::Result<()> {
        if self.kept < MAX_KEPT {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "more than {} MiB of signals, frames and results\nhint: rebuild from fewer sources",
                MAX_KEPT >> 20
            ),
        ))
    }

    fn item(&mut self, item: Item, found: Found) {
        let first = found == Found::Line;
        match item {
            _ if self.kept >= MAX_KEPT => {}
            Item::Frame(frame) => {
                let id = frame.id();
                self.kept += self.pieces(id).frames.add(frame);
            }
            Item::Signal(id, signal) => self.kept += self.pieces(id).signal(signal),
            // A line that was put together stands for lines that were looked at before.
            Item::DamagedFrame => self.passed.damaged_frames += usize::from(first),
            Item::DamagedSignal(name) => {
                self.passed.damaged_signals += usize::from(first);
                if self.damaged.len() < MAX_DAMAGED {
                    self.damaged.extend(name);
                }
            }
            Item::Foreign => self.passed.foreign_signals += usize::from(first),
        }
    }

    fn pieces(&mut self, id: RecordId) -> &mut Pieces {
        self.pieces.entry(id).or_insert_with(|| {
            self.kept += RECORD_COST;
            self.order.push(id);
            Pieces::default()
        })
    }

    /// The records, in the order in which they were first found.
    pub fn finish(self) -> Vec<Rebuilt> {
        self.explained().0
    }

    /// The records, and what of the sources belongs to none of them.
    pub fn explained(self) -> (Vec<Rebuilt>, Passed) {
        let Self { order, mut pieces, results, mut passed, damaged, .. } = self;
        let (mut groups, foreign) = database::groups(&results);
        passed.foreign_results += foreign;
        let damaged = owned(damaged, &pieces);
        let mut whole = whole(&pieces);
        // Results of a record that is known bit-exact say nothing new.
        if !groups.is_empty() {
            let told: BTreeSet<_> =
                whole.values().flatten().flatten().flat_map(|rebuilt| pieces::told(&rebuilt.record)).collect();
            groups.retain(|group| !group.tells_one_of(&told));
        }
        let mut rebuilt = Vec::new();
        for id in order {
            let (Some(pieces), Some(whole)) = (pieces.remove(&id), whole.remove(&id)) else { continue };
            rebuilt.extend(whole.unwrap_or_else(|why| vec![pieces.put_together(id, &why, &mut groups, &damaged)]));
        }
        rebuilt.extend(pieces::from_database(groups));
        (rebuilt, passed)
    }
}

/// The records that the frames of each id give, or why they give none: more than one is a conflict. The budget is the same
/// for all: those that take least come first, each once, and only then is it tried with other frames, so that forged ones
/// take nothing from honest ones.
fn whole(pieces: &BTreeMap<RecordId, Pieces>) -> BTreeMap<RecordId, Result<Vec<Rebuilt>, NotWhole>> {
    let all = WorkBudget::default();
    let mut budget = WorkBudget { attempts: 1, ..all };
    let mut order: Vec<_> = pieces.iter().map(|(id, pieces)| (pieces.frames.effort(), id, pieces)).collect();
    order.sort_by_key(|(effort, id, _)| (*effort, **id));
    let mut whole: BTreeMap<_, _> =
        order.iter().map(|(_, id, pieces)| (**id, pieces.whole(**id, &mut budget))).collect();
    budget.attempts = all.attempts;
    for (effort, id, pieces) in order {
        if effort.is_some() && whole.get(id).is_some_and(Result::is_err) {
            whole.insert(*id, pieces.whole(*id, &mut budget));
        }
    }
    // With a budget of its own: what a conflict takes is taken from no record.
    let mut budget = all;
    let conflict = |(id, whole): (RecordId, Result<Rebuilt, NotWhole>)| {
        let pieces = pieces.get(&id);
        (id, whole.map(|first| pieces.map_or_else(Vec::new, |pieces| pieces.conflict(first, &mut budget))))
    };
    whole.into_iter().map(conflict).collect()
}

/// The damaged names by the record that they surely belong to: the only one that has their benchmark.
fn owned(damaged: BTreeSet<Name>, pieces: &BTreeMap<RecordId, Pieces>) -> BTreeMap<RecordId, Vec<Name>> {
    let mut having: BTreeMap<&Ident, Option<RecordId>> = BTreeMap::new();
    for (id, pieces) in pieces {
        for benchmark in pieces.benchmarks() {
            having.entry(benchmark).and_modify(|one| *one = None).or_insert(Some(*id));
        }
    }
    let mut owned: BTreeMap<RecordId, Vec<Name>> = BTreeMap::new();
    for name in damaged {
        if let Some(Some(id)) = having.get(name.benchmark())
            && !pieces[id].has(&name)
        {
            owned.entry(*id).or_default().push(name);
        }
    }
    owned
}
