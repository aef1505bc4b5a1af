//! Rebuilding: captures and databases' results -> [`Record`]s. A value is right, or a loss says what is wrong with it;
//! nothing is guessed.
//!
//! Frames give a record back bit-exact, proved by their SHA-256. Where they do not suffice, every signal proves itself by
//! its `CHECK`, and what they tell is put together; then a database's results fill in what is missing, as far as the
//! checksum that the board sent vouches for them. Everything else is a loss. An [`Explanation`] says what came from where.

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
    record::{Record, RecordId},
    signal::Name,
};
use pieces::Pieces;
use scan::{Item, items};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead},
};

/// The most bytes of signals and frames that are kept, so that no source exhausts the memory.
const MAX_KEPT: usize = 512 << 20;

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

impl Rebuilder {
    /// Takes in one source.
    ///
    /// # Errors
    /// What reading it says, or that there is more of signals and frames than 512 MiB.
    pub fn source(&mut self, source: impl BufRead) -> io::Result<()> {
        capture::read(source, |text, found| {
            let mut proved = false;
            for item in items(text) {
                proved |= matches!(item, Item::Frame(_) | Item::Signal(..));
                self.item(item, found);
            }
            proved
        })?;
        if self.kept < MAX_KEPT {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "more than 512 MiB of signals and frames; rebuild from fewer sources",
        ))
    }

    /// Takes in one result of a database: those of one job, in the order in which they were reported. Results that are not
    /// ours are passed over.
    pub fn result(&mut self, result: DatabaseResult) {
        self.results.push(result);
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
        passed.foreign_results = foreign;
        let damaged = owned(damaged, &pieces);
        let whole: BTreeMap<RecordId, Rebuilt> =
            pieces.iter().filter_map(|(id, pieces)| Some((*id, pieces.whole(*id).ok()?))).collect();
        // Results of a record that is known bit-exact say nothing new.
        groups.retain(|group| !whole.values().any(|rebuilt| pieces::tells_of(&rebuilt.record, group)));
        let mut rebuilt = Vec::new();
        let mut whole = whole;
        for id in order {
            let Some(pieces) = pieces.remove(&id) else { continue };
            rebuilt.push(match whole.remove(&id) {
                Some(whole) => whole,
                None => pieces.put_together(id, &mut groups, &damaged),
            });
        }
        rebuilt.extend(pieces::from_database(groups));
        (rebuilt, passed)
    }
}

/// The damaged names by the record that they surely belong to: the only one that has their benchmark.
fn owned(damaged: BTreeSet<Name>, pieces: &BTreeMap<RecordId, Pieces>) -> BTreeMap<RecordId, Vec<Name>> {
    let mut owned: BTreeMap<RecordId, Vec<Name>> = BTreeMap::new();
    for name in damaged {
        let mut having = pieces.iter().filter(|(_, pieces)| pieces.has_benchmark(name.benchmark()));
        if let (Some((id, pieces)), None) = (having.next(), having.next())
            && !pieces.has(&name)
        {
            owned.entry(*id).or_default().push(name);
        }
    }
    owned
}
