//! Why a command could not be started, or what it wrote could not be read.

use std::{io, path::PathBuf};

/// Why a command could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    /// It has no words.
    #[error("an empty command")]
    Empty,
    /// Its input, its program, or something else that stands in a file.
    #[error("`{0}`: {1}")]
    Program(String, io::Error),
    /// The program is there, but not what it is run by.
    #[error("`{0}`: its interpreter or loader: {1}")]
    Interpreter(String, io::Error),
    /// The folder that it would run in.
    #[error("working folder `{path}`: {error}", path = .0.display(), error = .1)]
    Folder(PathBuf, io::Error),
    /// A file of an earlier command cannot be removed, and would be taken for this one's.
    #[error("file `{0}` of an earlier command: {1}")]
    Stale(String, io::Error),
    /// Nowhere to keep an output.
    #[error("its output cannot be kept")]
    Nowhere,
    /// No thread that reads its output.
    #[error("its {0} cannot be read: no thread: {1}")]
    Thread(&'static str, io::Error),
}

/// Why a file that a command wrote cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// Something else stands there.
    #[error("{0}, and not a regular file")]
    NotRegular(&'static str),
    /// What the system says.
    #[error(transparent)]
    Io(#[from] io::Error),
}
