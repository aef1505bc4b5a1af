//! Outputs: what a command writes to its pipes and files -> bounded bytes in memory and on disk.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::fd::AsFd,
    path::{Path, PathBuf},
};

/// The most bytes of one output that are kept in memory and on disk.
pub const OUTPUT_LIMIT: u64 = 64 << 20;

/// One output of a command.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The first 64 MiB of it.
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
}

/// What a command wrote into a file, if it did; the file is moved to `keep`.
pub(super) fn written_file(written: &Path, keep: Option<&PathBuf>) -> Option<Captured> {
    let file = File::open(written).ok()?;
    let total = file.metadata().ok().filter(|metadata| metadata.is_file())?.len();
    let mut captured = Captured { total, ..Captured::default() };
    match file.take(OUTPUT_LIMIT).read_to_end(&mut captured.bytes) {
        Ok(_) => {}
        Err(error) => captured.error = Some(format!("{}: {error}", written.display())),
    }
    if let Some(keep) = keep {
        match fs::rename(written, keep) {
            Ok(()) => captured.kept = total,
            Err(error) => captured.error = Some(format!("a file could not be kept: {error}")),
        }
    }
    Some(captured)
}

/// Something that can be polled and read.
pub(super) trait Readable: Read + AsFd {}
impl<T: Read + AsFd> Readable for T {}

/// One output while it is read.
pub(super) struct Pipe {
    pub(super) pipe: Option<Box<dyn Readable>>,
    file: Keep,
    pub(super) captured: Captured,
}

/// Where an output is kept. A file is made when there is something to keep.
enum Keep {
    Nowhere,
    In(PathBuf),
    Open(File),
}

impl Pipe {
    pub(super) fn new(pipe: Option<Box<dyn Readable>>, path: Option<&PathBuf>) -> Self {
        if let Some(pipe) = &pipe {
            let _ = fcntl(pipe.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        }
        let file = path.map_or(Keep::Nowhere, |path| Keep::In(path.clone()));
        Self { pipe, file, captured: Captured::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pipe.is_none()
    }

    /// Reads all that is there.
    pub(super) fn read(&mut self) {
        let mut buffer = [0; 65_536];
        while let Some(pipe) = &mut self.pipe {
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
        let captured = &mut self.captured;
        let room = usize::try_from(OUTPUT_LIMIT.saturating_sub(captured.total)).unwrap_or(usize::MAX);
        let bytes_kept = &bytes[..bytes.len().min(room)];
        captured.total += bytes.len() as u64;
        captured.bytes.extend_from_slice(bytes_kept);
        match self.file.write(bytes_kept) {
            Ok(kept) => captured.kept += kept,
            Err(error) => {
                captured.error = Some(format!("a raw output could not be kept: {error}"));
                self.file = Keep::Nowhere;
            }
        }
    }
}

impl Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        if let Self::In(path) = self {
            *self = Self::Open(File::create(path)?);
        }
        match self {
            Self::Open(file) => file.write_all(bytes).map(|()| bytes.len() as u64),
            Self::Nowhere | Self::In(_) => Ok(0),
        }
    }
}
