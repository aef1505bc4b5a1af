//! A folder of records -> its records, one after the other, read on all cores.

use super::early;
use crate::{
    archive::{Entry, Index, NoIndex, Stamp},
    boots,
    cli::terminal,
    record::Record,
    run::{JOURNAL, RECORD},
    suites::{self, Input},
};
use anyhow::{Context, anyhow};
use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
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
pub(in crate::cli) fn is_meant(folder: &Path) -> bool {
    !folder.join(RECORD).is_file() && !folder.join(JOURNAL).is_file()
}

/// Gives each record of a folder, in the order of their paths.
pub(in crate::cli) fn each(folder: &Path, take: &mut dyn FnMut(Record) -> anyhow::Result<()>) -> anyhow::Result<()> {
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

/// The number of files from which on a folder has an index.
const INDEXED: usize = 1000;
/// How often it is said how far the reading is.
const OFTEN: Duration = Duration::from_secs(5);

/// The files of a folder that has so many that it is indexed.
pub(super) fn indexed(folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
    if !folder.is_dir() || !is_meant(folder) || suites::recognises(&Input::Folder(folder)) {
        return Ok(None);
    }
    Ok(Some(files(folder)?).filter(|files| files.len() >= INDEXED))
}

/// Gives what boots are made of in each of the files of a folder, in their order: from its index, or read.
pub(super) fn each_condensed(
    folder: &Path,
    files: &[PathBuf],
    take: &mut dyn FnMut(Record) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let told = |why: NoIndex| terminal::say(&format!("lava-bench: {}: {why}", folder.display()));
    let mut index = match Index::open(folder, &told) {
        Ok(index) => Some(index),
        Err(why) => {
            told(why);
            None
        }
    };
    let (mut found, mut passed) = (0, Passed::default());
    let mut progress = Progress { folder, all: files.len(), done: 0, read: 0, said: Instant::now() };
    for batch in files.chunks(BATCH) {
        let mut new = Vec::new();
        for (path, condensed) in batch.iter().zip(all(batch, &|path| condensed(folder, path, index.as_ref()))) {
            let Condensed { records, entry, early } = condensed?;
            progress.read += usize::from(entry.is_some());
            new.extend(entry);
            early.iter().for_each(|folder| say_early(folder));
            found += records.len();
            if records.is_empty() {
                passed.add(path);
            }
            records.into_iter().try_for_each(&mut *take)?;
        }
        if let Some(Err(error)) = index.as_mut().map(|index| index.add(&new)) {
            told(NoIndex::File(error));
            index = None;
        }
        progress.done += batch.len();
        progress.say();
    }
    if let Some(Err(error)) = index.map(|index| index.close(files)) {
        told(NoIndex::File(error));
    }
    passed.end(found)
}

/// What one file gives.
struct Condensed {
    records: Vec<Record>,
    /// What the index does not have yet.
    entry: Option<Entry>,
    /// The folder of a run that ended early.
    early: Option<PathBuf>,
}

fn condensed(folder: &Path, path: &PathBuf, index: Option<&Index>) -> anyhow::Result<Condensed> {
    let named = || path.display().to_string();
    let stamp = Stamp::of(path).with_context(named)?;
    // An entry that cannot be read any more does not matter: the file is there.
    if let Some(Ok(records)) = index.and_then(|index| index.records(path, &stamp)) {
        return Ok(Condensed { records, entry: None, early: None });
    }
    let records = match read(path)? {
        Held::Records(records) => records.into_iter().map(boots::condensed).collect(),
        Held::Nothing => Vec::new(),
        // It goes on: it is not kept.
        Held::Early(folder, record) => {
            return Ok(Condensed { records: vec![boots::condensed(*record)], entry: None, early: Some(folder) });
        }
    };
    let entry = index.map(|_| Entry::new(folder, path, stamp, &records)).transpose().with_context(named)?;
    Ok(Condensed { records, entry, early: None })
}

/// How far the reading of a folder is.
struct Progress<'a> {
    folder: &'a Path,
    all: usize,
    done: usize,
    /// How many files were read, and not known from the index.
    read: usize,
    said: Instant,
}

impl Progress<'_> {
    fn say(&mut self) {
        if self.said.elapsed() < OFTEN {
            return;
        }
        self.said = Instant::now();
        let Progress { folder, all, done, read, .. } = self;
        let known = *done - (*read).min(*done);
        terminal::say(&format!(
            "lava-bench: {}: {done} of {all} files, {known} known from the index",
            folder.display()
        ));
    }
}

/// A folder without a record.
#[derive(Debug, thiserror::Error)]
#[error("no record in it, and no run of MMTests or lkp\nhint: name a folder with {RECORD} or other .json files in it")]
pub(in crate::cli) struct NoRecord;

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
            return Err(NoRecord.into());
        }
        if !self.named.is_empty() {
            let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
            terminal::tell(&format!("lava-bench: no record, and passed over: {}{more}", self.named.join(", ")));
        }
        Ok(())
    }
}

pub(super) fn say_early(folder: &Path) {
    terminal::tell(&format!(
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
