//! Outputs: what a command writes to its pipes and files -> bounded bytes in memory and on disk.

use super::error::FileError;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::{
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The most bytes of one output that are kept in memory and on disk.
pub const OUTPUT_LIMIT: u64 = 64 << 20;

/// The most bytes that are read at once, and the most such readings before the clock is looked at again.
const CHUNK: usize = 65_536;
const TURN: usize = 16;

/// Bytes that several outputs may take together.
#[derive(Clone, Debug)]
pub struct ByteBudget(Arc<AtomicUsize>);

impl ByteBudget {
    /// A budget of `bytes`.
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes as much of `wanted` as there is.
    fn take(&self, wanted: usize) -> usize {
        let less = |left: usize| Some(left.saturating_sub(wanted));
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        before.unwrap_or_else(|left| left).min(wanted)
    }
}

/// One output of a command.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The first 64 MiB of it, or less where all outputs of the command together are larger than what is kept of them.
    pub bytes: Vec<u8>,
    /// How much the command wrote.
    pub total: u64,
    /// How much of it is in the file.
    pub kept: u64,
    /// Why not all of it is in the file.
    pub error: Option<String>,
}

impl Captured {
    /// Whether the command wrote more than is in memory.
    pub fn is_cut(&self) -> bool {
        self.total > self.bytes.len() as u64
    }

    /// Whether the command wrote more than is kept of one output.
    pub(super) fn is_too_long(&self) -> bool {
        self.total > OUTPUT_LIMIT
    }

    /// Takes in what was written: the part of it that is below the bound of one output.
    fn count<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = usize::try_from(OUTPUT_LIMIT.saturating_sub(self.total)).unwrap_or(usize::MAX);
        self.total = self.total.saturating_add(bytes.len() as u64);
        &bytes[..bytes.len().min(room)]
    }

    /// Writes to `file` what there is room for.
    fn keep(&mut self, bytes: &[u8], file: &mut Keep, disk: &ByteBudget) {
        if matches!(file, Keep::Nowhere) {
            return;
        }
        let granted = &bytes[..disk.take(bytes.len())];
        let error = match file.write(granted, &mut self.kept) {
            Ok(()) if granted.len() == bytes.len() => return,
            Ok(()) => "the run's outputs are larger than the room for them".to_string(),
            Err(error) => error.to_string(),
        };
        self.error = Some(format!("a raw output could not be kept: {error}"));
        *file = Keep::Nowhere;
    }
}

/// What a command wrote into a file, if it did; the file is moved to `keep`.
///
/// Only a regular file is opened, and without waiting: whatever the command put there instead could block for ever.
///
/// # Errors
/// What stands there instead of a file, or why it cannot be read.
pub(super) fn written_file(
    written: &Path,
    keep: Option<&PathBuf>,
    disk: &ByteBudget,
    memory: &ByteBudget,
) -> Result<Option<Captured>, FileError> {
    match fs::metadata(written) {
        Ok(metadata) => regular(metadata.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(written)?;
    let metadata = file.metadata()?;
    regular(metadata.file_type())?;
    // A file of the kernel's own file systems has contents although its size is 0.
    let expected = metadata.len().clamp(CHUNK as u64, OUTPUT_LIMIT) as usize;
    let mut captured = Captured::default();
    file.take(memory.take(expected) as u64).read_to_end(&mut captured.bytes)?;
    captured.total = metadata.len().max(captured.bytes.len() as u64);
    if let Some(keep) = keep
        && let Err(error) = move_file(written, keep, &mut captured, disk)
    {
        captured.error = Some(format!("a file could not be kept: {error}"));
    }
    Ok(Some(captured))
}

/// Moves a file to where it is kept. Of a link the contents are kept: what it leads to is not ours.
fn move_file(written: &Path, keep: &Path, captured: &mut Captured, disk: &ByteBudget) -> io::Result<()> {
    let size = usize::try_from(captured.total).unwrap_or(usize::MAX);
    let granted = disk.take(size);
    if fs::symlink_metadata(written)?.is_symlink() {
        let bytes = &captured.bytes[..captured.bytes.len().min(granted)];
        fs::write(keep, bytes)?;
        captured.kept = bytes.len() as u64;
        return Ok(());
    }
    fs::rename(written, keep)?;
    captured.kept = granted as u64;
    if granted == size {
        return Ok(());
    }
    OpenOptions::new().write(true).open(keep)?.set_len(granted as u64)?;
    Err(io::Error::other("the run's outputs are larger than the room for them"))
}

/// What is there instead of a regular file.
fn regular(kind: FileType) -> Result<(), FileError> {
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(FileError::NotRegular(what))
}

/// Something that can be polled and read.
pub(super) trait Readable: Read + AsFd {}
impl<T: Read + AsFd> Readable for T {}

/// One output while it is read.
pub(super) struct Pipe {
    pub(super) pipe: Option<Box<dyn Readable>>,
    file: Keep,
    disk: ByteBudget,
    memory: ByteBudget,
    pub(super) captured: Captured,
}

/// Where an output is kept. A file is made when there is something to keep.
pub(super) enum Keep {
    Nowhere,
    In(PathBuf),
    Open(File),
}

impl Pipe {
    pub(super) fn new(
        pipe: Option<Box<dyn Readable>>,
        path: Option<&PathBuf>,
        disk: &ByteBudget,
        memory: &ByteBudget,
    ) -> Self {
        if let Some(pipe) = &pipe {
            let _ = fcntl(pipe.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        }
        let file = path.map_or(Keep::Nowhere, |path| Keep::In(path.clone()));
        Self { pipe, file, disk: disk.clone(), memory: memory.clone(), captured: Captured::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pipe.is_none()
    }

    /// Reads what is there, up to what one turn may take: who writes fast does not keep us from the clock.
    pub(super) fn read(&mut self) {
        let mut buffer = vec![0; CHUNK];
        for _ in 0..TURN {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.take(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.pipe = None,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let bytes = self.captured.count(bytes);
        self.captured.bytes.extend_from_slice(&bytes[..self.memory.take(bytes.len())]);
        self.captured.keep(bytes, &mut self.file, &self.disk);
    }
}

impl Keep {
    /// Writes `bytes`, and counts in `kept` what is written of them.
    fn write(&mut self, mut bytes: &[u8], kept: &mut u64) -> io::Result<()> {
        if let Self::In(path) = self {
            *self = Self::Open(File::create(path)?);
        }
        let Self::Open(file) = self else { return Ok(()) };
        while !bytes.is_empty() {
            match file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    *kept += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The end of an output that nobody keeps in memory: enough for its last words.
const TAIL: usize = 4096;

/// An output that is read while something else is measured: kept on disk, looked through, and forgotten.
pub(super) struct Followed {
    ready: Option<regex::bytes::Regex>,
    is_ready: bool,
    line: Vec<u8>,
    tail: Vec<u8>,
    file: Keep,
    disk: ByteBudget,
    pub(super) captured: Captured,
}

impl Followed {
    /// An output that is kept in `path`, and in which `ready` is looked for.
    pub(super) fn new(path: PathBuf, ready: Option<&regex::bytes::Regex>, disk: &ByteBudget) -> Self {
        let (line, tail, captured) = (Vec::new(), Vec::new(), Captured::default());
        Self { ready: ready.cloned(), is_ready: false, line, tail, file: Keep::In(path), disk: disk.clone(), captured }
    }

    /// Whether a line fits that says that it is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Its last line that is not blank, or the end of it.
    pub(super) fn last_line(&self) -> Option<&[u8]> {
        let mut lines = self.tail.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.find(|line| !line.is_empty())
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.look(bytes);
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        let bytes = self.captured.count(bytes);
        self.captured.keep(bytes, &mut self.file, &self.disk);
    }

    /// Looks for the line that says that it is ready, also where its end is not written yet.
    fn look(&mut self, bytes: &[u8]) {
        let Some(ready) = self.ready.as_ref().filter(|_| !self.is_ready) else { return };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = CHUNK.saturating_sub(self.line.len());
            let ended = piece.ends_with(b"\n");
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            self.is_ready = self.is_ready || ready.is_match(&self.line);
            if ended {
                self.line.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_once() {
        let room = ByteBudget::of(10);
        let other = room.clone();
        assert_eq!((room.take(4), other.take(4), room.take(4), other.take(4)), (4, 4, 2, 0));
    }

    #[test]
    fn a_turn_of_reading_ends_though_there_is_more() {
        let endless = File::open("/dev/zero").unwrap();
        let mut pipe = Pipe::new(Some(Box::new(endless)), None, &ByteBudget::of(0), &ByteBudget::of(100));
        pipe.read();
        assert_eq!(pipe.captured.total, (TURN * CHUNK) as u64);
        assert!(pipe.captured.bytes.len() == 100 && !pipe.is_closed());
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, memory) = (ByteBudget::of(5), ByteBudget::of(3));
        let mut pipe = Pipe::new(None, Some(&folder.path().join("one")), &disk, &memory);
        pipe.take(b"1234");
        pipe.take(b"5678");
        let captured = &pipe.captured;
        assert_eq!((captured.bytes.as_slice(), captured.total, captured.kept), (&b"123"[..], 8, 5));
        assert!(captured.is_cut() && captured.error.as_ref().unwrap().contains("room"));
        assert_eq!(fs::read(folder.path().join("one")).unwrap(), b"12345");
        fs::write(folder.path().join("file"), "text").unwrap();
        let keep = folder.path().join("kept");
        let captured =
            written_file(&folder.path().join("file"), Some(&keep), &disk, &ByteBudget::of(9)).unwrap().unwrap();
        assert_eq!((captured.bytes.as_slice(), captured.kept, captured.is_cut()), (&b"text"[..], 0, false));
        assert!(captured.error.unwrap().contains("room"));
    }

    #[test]
    fn a_followed_output_is_looked_through_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let ready = regex::bytes::RegexBuilder::new("^ready$").unicode(false).build().unwrap();
        let mut followed = Followed::new(folder.path().join("out"), Some(&ready), &ByteBudget::of(1 << 20));
        followed.take(b"not ready\nre");
        assert!(!followed.is_ready());
        followed.take(b"ady");
        assert!(followed.is_ready());
        followed.take(&[b'x'; 100_000]);
        followed.take(b"\nlast words\n\n");
        assert_eq!(followed.last_line(), Some(&b"last words"[..]));
        assert!(followed.captured.bytes.is_empty() && followed.tail.len() <= TAIL);
        assert_eq!(followed.captured.kept, followed.captured.total);
    }
}
