//! Rebuilding: captures -> [`Record`]s. A value is right, or it is listed as lost; nothing is guessed.
//!
//! Frames give a record back bit-exact, proved by their SHA-256. Where they do not suffice, every signal proves itself by
//! its `CHECK`, and what they tell is put together; everything else is a loss.

mod scan;
mod structure;

use crate::{
    capture,
    record::{Loss, Record, RecordId},
    signal::{Assembly, Name, Signal},
};
use scan::{Item, items};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead},
};

/// Collects what sources hold, then gives the records.
#[derive(Debug, Default)]
pub struct Rebuilder {
    order: Vec<RecordId>,
    pieces: BTreeMap<RecordId, Pieces>,
    results: Vec<DatabaseResult>,
}

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
    /// The measurement's unit.
    pub units: Option<String>,
}

/// What was found of one record.
#[derive(Debug, Default)]
struct Pieces {
    frames: Assembly,
    /// In the order in which they were first found.
    signals: Vec<Signal>,
    names: BTreeMap<Name, usize>,
    /// Names that were found with two contents, both with a right check.
    contradicted: BTreeSet<Name>,
}

/// One record, and its canonical JSON.
#[derive(Debug)]
pub struct Rebuilt {
    /// The record; its `losses` say what is missing.
    pub record: Record,
    /// Where nothing is missing, byte for byte what the board wrote.
    pub json: String,
}

impl Rebuilder {
    /// Takes in one source.
    ///
    /// # Errors
    /// What reading it says.
    pub fn source(&mut self, source: impl BufRead) -> io::Result<()> {
        capture::read(source, |text| items(text).for_each(|item| self.item(item)))
    }

    /// Takes in one result of a database, one job's in all. Results that are not ours are passed over.
    pub fn result(&mut self, result: DatabaseResult) {
        self.results.push(result);
    }

    fn item(&mut self, item: Item) {
        let id = match &item {
            Item::Frame(frame) => frame.id(),
            Item::Signal(id, _) => *id,
        };
        let pieces = self.pieces.entry(id).or_insert_with(|| {
            self.order.push(id);
            Pieces::default()
        });
        match item {
            Item::Frame(frame) => pieces.frames.add(frame),
            Item::Signal(_, signal) => pieces.signal(signal),
        }
    }

    /// The records, in the order in which they were first found.
    pub fn finish(self) -> Vec<Rebuilt> {
        let Self { order, mut pieces, .. } = self;
        order.iter().filter_map(|id| pieces.remove(id).map(|pieces| pieces.rebuild(*id))).collect()
    }
}

impl Pieces {
    fn signal(&mut self, signal: Signal) {
        match self.names.get(&signal.name) {
            Some(at) if self.signals[*at] != signal => {
                self.contradicted.insert(signal.name);
            }
            Some(_) => {}
            None => {
                self.names.insert(signal.name.clone(), self.signals.len());
                self.signals.push(signal);
            }
        }
    }

    fn rebuild(self, id: RecordId) -> Rebuilt {
        let why = match self.frames.json() {
            Ok(json) => match Record::from_json(&json) {
                Ok(record) if record.id == id => {
                    let json = String::from_utf8(json).unwrap_or_else(|_| record.to_json());
                    return Rebuilt { record, json };
                }
                Ok(_) => "the frames hold another record".into(),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        let lost = Loss {
            what: "document".into(),
            reason: format!(
                "only frames carry label, agent, machine, times, commands, executions and reasons, and benchmarks of which no \
                 signal was found: {why}"
            ),
        };
        let mut record = structure::record(id, self.signals, &self.contradicted);
        record.losses.insert(0, lost);
        let json = record.to_json();
        Rebuilt { record, json }
    }
}
