//! A folder of records -> its records, one after the other, read on all cores.

use super::early;
use crate::{
    cli::terminal,
    record::Record,
    run::{JOURNAL, RECORD},
    suites,
};
use anyhow::{Context, anyhow};
use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

/// How deep folders of records are looked into, and how many files are taken.
const DEEPEST: usize = 8;
const MOST_FILES: usize = 1_000_000;
/// How many files are read before their records are given away.
const BATCH: usize = 256;
/// How many files without a record are named.
const PASSED: usize = 3;

/// What a file holds.
pub(super) enum Held {
    /// Records.
    Records(Vec<Record>),
    /// The journal of a run that ended early, in this folder: what it measured until then.
    Early(PathBuf, Box<Record>),
    /// No record.
    Nothing,
}

/// Whether a folder may hold many records: it is not a run's own.
pub(super) fn is_meant(folder: &Path) -> bool {
    !folder.join(RECORD).is_file() && !folder.join(JOURNAL).is_file()
}

/// Gives each record of a folder, in the order of their paths.
pub(super) fn each(folder: &Path, take: &mut dyn FnMut(Record) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let files = files(folder)?;
    let (mut found, mut passed) = (0, Passed::default());
    for batch in files.chunks(BATCH) {
        for (path, held) in batch.iter().zip(all(batch, &|path| read(path))) {
            match held? {
                Held::Records(records) => {
                    found += records.len();
                    records.into_iter().try_for_each(&mut *take)?;
                }
                Held::Early(folder, record) => {
                    found += 1;
                    say_early(&folder);
                    take(*record)?;
                }
                Held::Nothing => passed.add(path),
            }
        }
    }
    passed.end(found)
}

/// What was passed over.
#[derive(Default)]
pub(super) struct Passed {
    named: Vec<String>,
    more: usize,
}

impl Passed {
    pub(super) fn add(&mut self, path: &Path) {
        if self.named.len() < PASSED { self.named.push(path.display().to_string()) } else { self.more += 1 }
    }

    /// Says what was passed over; nothing found is an error.
    pub(super) fn end(self, found: usize) -> anyhow::Result<()> {
        if found == 0 {
            return Err(anyhow!(
                "no record in it, and no run of MMTests or lkp\nhint: name a folder with {RECORD} or other .json files in it"
            ));
        }
        if !self.named.is_empty() {
            let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
            terminal::say(&format!("lava-bench: no record, and passed over: {}{more}", self.named.join(", ")));
        }
        Ok(())
    }
}

pub(super) fn say_early(folder: &Path) {
    terminal::say(&format!(
        "lava-bench: {}: the run ended early: what it measured until then is taken",
        folder.display()
    ));
}

/// Does the same for each of many things on all cores; the answers are in the order of the things.
pub(super) fn all<T: Sync, A: Send>(things: &[T], work: &(dyn Fn(&T) -> A + Sync)) -> Vec<A> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = things.len().div_ceil(cores).max(1);
    if cores == 1 || things.len() < 8 {
        return things.iter().map(work).collect();
    }
    thread::scope(|scope| {
        let of = |part| {
            scope.spawn(move || {
                let part: &[T] = part;
                part.iter().map(work).collect::<Vec<A>>()
            })
        };
        let workers: Vec<_> = things.chunks(share).map(of).collect();
        let done = |worker: thread::ScopedJoinHandle<'_, Vec<A>>| match worker.join() {
            Ok(answers) => answers,
            Err(fault) => std::panic::resume_unwind(fault),
        };
        workers.into_iter().flat_map(done).collect()
    })
}

/// What a file holds.
pub(super) fn read(path: &PathBuf) -> anyhow::Result<Held> {
    let named = || path.display().to_string();
    if let (true, Some(folder)) = (path.ends_with(JOURNAL), path.parent()) {
        let record = early::record(folder).with_context(|| folder.display().to_string())?;
        return Ok(Held::Early(folder.into(), Box::new(record)));
    }
    let bytes = fs::read(path).with_context(named)?;
    match suites::is_record(&bytes) {
        true => Ok(Held::Records(suites::records(&bytes).with_context(named)?)),
        false => Ok(Held::Nothing),
    }
}

/// The files of records in a folder and below it, in the order of their paths.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    walk(folder, DEEPEST, &mut files)?;
    Ok(files)
}

/// A run's folder has its record alone.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    // What an entry is stands in the folder itself: to ask for each file again would take as long as to read it.
    let kind = |entry: fs::DirEntry| entry.file_type().map(|kind| (entry.path(), kind));
    let mut entries = entries.map(|entry| kind(entry?)).collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let own = |name: &str| entries.iter().find(|(path, _)| path.ends_with(name)).cloned();
    if let Some(own) = own(RECORD).or_else(|| own(JOURNAL)) {
        entries = vec![own];
    }
    for (path, kind) in entries {
        let named = |ending: &str| path.extension().is_some_and(|extension| extension == ending);
        let wanted = named("json") || named("jsonl") || path.ends_with(JOURNAL);
        let (is_dir, is_file) = match kind.is_symlink() {
            true => (path.is_dir(), wanted && path.is_file()),
            false => (kind.is_dir(), wanted && kind.is_file()),
        };
        if is_dir && depth > 0 {
            walk(&path, depth - 1, files)?;
        } else if is_file {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(anyhow!("more than {MOST_FILES} files\nhint: name the folder of fewer runs"));
        }
    }
    Ok(())
}
