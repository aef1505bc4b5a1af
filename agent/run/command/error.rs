//! Why a command could not be started, is not ready, or wrote what cannot be read.

use crate::record::Exit;
use std::{io, path::PathBuf, time::Duration};

/// Why a command could not be started.
#[derive(Debug, thiserror::Error)]
pub(in crate::run) enum StartError {
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

/// Why a background command is not ready.
#[derive(Debug, thiserror::Error)]
pub(in crate::run) enum NotReady {
    /// It cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The run was asked to end.
    #[error("interrupted")]
    Interrupted,
    /// It is over.
    #[error("{0} before it was ready")]
    Ended(Exit),
    /// Nothing says so in this time.
    #[error("not ready after {}", humantime::format_duration(*.0))]
    Late(Duration),
}

/// Why a background command is not ready, and what it said last.
#[derive(Debug, thiserror::Error)]
#[error("{why}{last_words}")]
pub(in crate::run) struct BackgroundError {
    pub(super) why: NotReady,
    /// A part of a sentence, or nothing.
    pub(super) last_words: String,
}

impl From<StartError> for BackgroundError {
    fn from(error: StartError) -> Self {
        Self { why: error.into(), last_words: String::new() }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_background_command_that_is_not_ready_says_why_and_its_last_words() {
        let text = |why: NotReady| BackgroundError { why, last_words: "; it says: no port".into() }.to_string();
        assert_eq!(text(NotReady::Late(Duration::from_secs(90))), "not ready after 1m 30s; it says: no port");
        assert_eq!(text(NotReady::Ended(Exit::Code(3))), "exit status 3 before it was ready; it says: no port");
        assert_eq!(BackgroundError::from(StartError::Empty).to_string(), "an empty command");
    }
}
