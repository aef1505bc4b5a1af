//! A folder for the time of a verb: it is gone when the program ends, also when a signal ends it.

use nix::sys::signal::{SigSet, Signal, raise};
use std::{fs, io, path::Path, thread};
use tempfile::TempDir;

/// How often it is tried to remove the folder: something may be written into it meanwhile.
const TRIES: usize = 100;

/// The folder.
pub(in crate::cli) struct Scratch(TempDir);

impl Scratch {
    /// A new folder. Signals that end the program remove it first.
    pub(in crate::cli) fn new() -> io::Result<Self> {
        let mask: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
        mask.thread_block()?;
        let folder = tempfile::Builder::new().prefix("lava-bench-").tempdir()?;
        let path = folder.path().to_owned();
        thread::Builder::new().name("scratch".into()).spawn(move || {
            let Ok(signal) = mask.wait() else { return };
            let gone = |_: &usize| matches!(fs::remove_dir_all(&path), Ok(())) || !path.exists();
            (0..TRIES).find(gone);
            // Not blocked here any more, it ends the program as it would have.
            let _ = mask.thread_unblock().and_then(|()| raise(signal));
        })?;
        Ok(Self(folder))
    }

    pub(in crate::cli) fn path(&self) -> &Path {
        self.0.path()
    }
}
