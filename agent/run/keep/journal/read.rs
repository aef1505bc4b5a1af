//! The file of a journal -> its entries, as far as they are whole.

use super::{JOURNAL, entry::Entry};
use std::{
    fs::{File, TryLockError},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The longest line that is read: a case with all its samples.
const LONGEST: u64 = 1 << 30;

/// Where what can be read of a journal ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// How many bytes are whole entries.
    pub at: u64,
    /// How many bytes follow that are none.
    pub left: u64,
}

/// Why nothing can be made of a folder.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no journal, or it cannot be read.
    #[error("{path}: {error}\nhint: name the output folder of a run that ended early")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The run goes on.
    #[error("{0}: the run goes on\nhint: wait for its end, or end it")]
    Live(PathBuf),
    /// It has no first entry.
    #[error(
        "{0}: the journal has no whole entry: the run had not begun to measure\nhint: remove its folder, and begin the run again"
    )]
    Empty(PathBuf),
    /// A version that a later program wrote, or a record in it that is none.
    #[error("{path}: {why}\nhint: use the lava-bench that wrote it, or a newer one")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Whether the lock of a journal is held by a run that goes on. A command that was being started when its run was killed has the
/// lock for a moment longer.
pub(super) fn is_held(lock: impl Fn() -> Result<(), TryLockError>) -> bool {
    let begun = Instant::now();
    while matches!(lock(), Err(TryLockError::WouldBlock)) {
        if begun.elapsed() > Duration::from_secs(1) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Whether a run writes to the journal in `folder`.
pub(in crate::run::keep) fn is_live(folder: &Path) -> bool {
    File::open(folder.join(JOURNAL)).is_ok_and(|file| is_held(|| file.try_lock_shared()))
}

/// Hands each whole entry of the journal in `folder` to `take`, in their order.
pub(super) fn entries(folder: &Path, mut take: impl FnMut(Entry<'static>)) -> Result<Tail, JournalError> {
    let path = folder.join(JOURNAL);
    let unreadable = |error| JournalError::Unreadable { path: path.clone(), error };
    let file = File::open(&path).map_err(unreadable)?;
    if is_held(|| file.try_lock_shared()) {
        return Err(JournalError::Live(path));
    }
    let size = file.metadata().map_err(unreadable)?.len();
    let mut reader = BufReader::new(file);
    let mut tail = Tail { at: 0, left: size };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
        let whole = line.strip_suffix(b"\n").and_then(Entry::of);
        let Some(entry) = whole else { return Ok(tail) };
        tail.at += read as u64;
        tail.left = size.saturating_sub(tail.at);
        take(entry);
    }
}
