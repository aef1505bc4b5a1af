//! An archive: a folder of many records -> what boots are made of, kept in an index next to them, so that a record is read once.
//!
//! The index is never trusted further than it can be checked: each entry has a checksum, and what the system says of its file
//! (size, times, number). A file that changed is read again; an index that is damaged, or of another version, is made again.
//! `docs/scale.md` has the format.

mod block;

use crate::record::Record;
use block::Block;
use nix::fcntl::{Flock, FlockArg};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// The index's file. It has no ending of a record.
pub const INDEX: &str = ".lava-bench-index";
/// What it begins with.
const MAGIC: &[u8] = b"lava-bench-index/1\n";
/// A file that changed so shortly before it was read may have changed again within one tick of its file system's clock.
const TICK: Duration = Duration::from_secs(2);
/// The largest entry.
const MOST_BYTES: u32 = 256 << 20;

/// What the system says of a file: if all of it is the same, so is what the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    size: u64,
    /// Nanoseconds since 1970.
    modified: i128,
    changed: i128,
    number: u64,
    /// Whether it had been at rest when it was read.
    at_rest: bool,
}

impl Stamp {
    /// That of a file, at this moment.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Stamp> {
        let metadata = fs::metadata(path)?;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        let modified = nanoseconds(metadata.mtime(), metadata.mtime_nsec());
        let changed = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at_rest = modified.max(changed) + (TICK.as_nanos() as i128) < now.as_nanos() as i128;
        Ok(Stamp { size: metadata.size(), modified, changed, number: metadata.ino(), at_rest })
    }

    /// Whether a file is as it was when this was made, and will be seen to change if it does.
    fn holds(&self, now: &Stamp) -> bool {
        self.at_rest && Stamp { at_rest: true, ..*now } == *self
    }
}

/// Why an index is made again.
#[derive(Debug, thiserror::Error)]
pub enum NoIndex {
    /// It is not one, or is damaged.
    #[error("the index is damaged or of another version, and is made again")]
    Damaged,
    /// The system says no.
    #[error("no index can be kept: {0}")]
    File(#[from] io::Error),
}

/// Where an entry is.
#[derive(Clone, Copy, Debug)]
struct Place {
    stamp: Stamp,
    at: u64,
    length: u32,
}

/// The index of a folder.
pub struct Index {
    folder: PathBuf,
    file: Flock<File>,
    places: HashMap<PathBuf, Place>,
    /// Where the next entry goes.
    end: u64,
    /// How many bytes belong to entries that do not count any more.
    dead: u64,
}

/// An entry that is ready to be added.
pub struct Entry {
    path: PathBuf,
    stamp: Stamp,
    block: Block,
}

impl Entry {
    /// The entry of a file of `folder` that holds these records, which are condensed; `stamp` was taken before it was read.
    ///
    /// # Errors
    /// Those of the compressor.
    pub fn new(folder: &Path, path: &Path, stamp: Stamp, records: &[Record]) -> io::Result<Entry> {
        let path = path.strip_prefix(folder).unwrap_or(path).to_path_buf();
        let block = Block::of(&path, &stamp, records)?;
        Ok(Entry { path, stamp, block })
    }
}

impl Index {
    /// Opens the index of a folder, or makes it. It is this program's alone until it is closed.
    ///
    /// # Errors
    /// A folder that cannot be written to, and an index that another program has.
    pub fn open(folder: &Path, damaged: &dyn Fn(NoIndex)) -> Result<Index, NoIndex> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join(INDEX))?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| io::Error::from(error))?;
        let mut index = Index { folder: folder.into(), file, places: HashMap::new(), end: 0, dead: 0 };
        let length = index.file.metadata()?.len();
        if length > 0 && index.read(length).is_err() {
            damaged(NoIndex::Damaged);
        } else if length > 0 {
            return Ok(index);
        }
        index.clear()?;
        Ok(index)
    }

    /// Begins again.
    fn clear(&mut self) -> io::Result<()> {
        self.places.clear();
        self.file.set_len(0)?;
        self.file.write_all_at(MAGIC, 0)?;
        (self.end, self.dead) = (MAGIC.len() as u64, 0);
        Ok(())
    }

    /// Reads which entries there are, and checks each byte of them.
    fn read(&mut self, length: u64) -> Result<(), NoIndex> {
        let mut file: &File = &self.file;
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut magic = vec![0; MAGIC.len()];
        reader.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(NoIndex::Damaged);
        }
        let mut at = MAGIC.len() as u64;
        let mut bytes = Vec::new();
        while at < length {
            let size = block::next(&mut reader, &mut bytes, MOST_BYTES).map_err(|_| NoIndex::Damaged)?;
            let (path, stamp) = block::head(&bytes).ok_or(NoIndex::Damaged)?;
            let place = Place { stamp, at, length: size };
            self.dead += self.places.insert(path, place).map_or(0, |old| u64::from(old.length));
            at += u64::from(size);
        }
        self.end = at;
        Ok(())
    }

    /// The records of a file, if it is as it was when they were read.
    ///
    /// # Errors
    /// What the system says, and an entry that changed since the index was opened.
    pub fn records(&self, path: &Path, now: &Stamp) -> Option<Result<Vec<Record>, NoIndex>> {
        let place = self.places.get(path.strip_prefix(&self.folder).unwrap_or(path))?;
        place.stamp.holds(now).then(|| {
            let mut bytes = vec![0; place.length as usize];
            self.file.read_exact_at(&mut bytes, place.at)?;
            let mut content = Vec::new();
            block::next(&mut &bytes[..], &mut content, MOST_BYTES).map_err(|_| NoIndex::Damaged)?;
            block::records(&content).ok_or(NoIndex::Damaged)
        })
    }

    /// Adds entries.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for Entry { path, stamp, block } in entries {
            let at = self.end + bytes.len() as u64;
            let length = block.write(&mut bytes);
            places.push((path.clone(), Place { stamp: *stamp, at, length }));
        }
        self.file.write_all_at(&bytes, self.end)?;
        self.end += bytes.len() as u64;
        for (path, place) in places {
            self.dead += self.places.insert(path, place).map_or(0, |old| u64::from(old.length));
        }
        Ok(())
    }

    /// Ends the use of the index: one that is more than half of entries that do not count any more is written anew. `kept` are
    /// the files that the folder has.
    ///
    /// # Errors
    /// What the system says.
    pub fn close(mut self, kept: &[PathBuf]) -> io::Result<()> {
        let kept: Vec<&Path> = kept.iter().map(|path| path.strip_prefix(&self.folder).unwrap_or(path)).collect();
        let mut live: Vec<Place> = kept.iter().filter_map(|path| self.places.get(*path).copied()).collect();
        let bytes: u64 = live.iter().map(|place| u64::from(place.length)).sum();
        let all = self.end - MAGIC.len() as u64;
        if bytes * 2 >= all {
            return Ok(());
        }
        live.sort_unstable_by_key(|place| place.at);
        let path = self.folder.join(format!("{INDEX}.new"));
        let mut new = BufWriter::new(File::create(&path)?);
        new.write_all(MAGIC)?;
        for place in live {
            let mut bytes = vec![0; place.length as usize];
            self.file.read_exact_at(&mut bytes, place.at)?;
            new.write_all(&bytes)?;
        }
        new.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        self.places.clear();
        fs::rename(path, self.folder.join(INDEX))
    }
}

#[cfg(test)]
mod tests;
