//! Why a server's answer cannot be used.

use crate::text::counted;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a server's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It was asked again and again.
    #[error("{url}: {why} (asked {})\nhint: give the same command again when the server answers", counted(*.tries as usize, "time"))]
    GaveUp {
        /// What was asked for.
        url: String,
        /// What happened last.
        why: String,
        /// How often it was asked.
        tries: u32,
    },
    /// It does not want us.
    #[error("{url}: the server refuses ({status}): {hint}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What to do.
        hint: &'static str,
    },
    /// It has no such thing.
    #[error(
        "{url}: the server has nothing at this address (404)\nhint: something private looks as if it were not there: does it need a token?"
    )]
    Missing {
        /// What was asked for.
        url: String,
    },
    /// It says something else than it should.
    #[error("{url}: {why}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// It sends more than can be believed.
    #[error("{url}: {why}\nhint: save the job's log with another program, such as curl, and rebuild from that file")]
    TooMuch {
        /// What was asked for.
        url: String,
        /// Which bound it is.
        why: String,
    },
    /// A file on our side.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

impl ServerError {
    /// What became of `path`.
    pub(in crate::lab) fn file(path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |error| Self::File { path: path.into(), error }
    }
}
