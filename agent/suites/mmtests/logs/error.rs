//! Errors of reading log trees.

use std::{io, path::PathBuf};

/// Why a folder is not a log tree, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// No iteration anywhere.
    #[error("{0}: no run of MMTests in it\nhint: name work/log, or one run in it, which has iter-0")]
    NoRun(PathBuf),
    /// No benchmark with logs.
    #[error("{0}: no benchmark with logs in it")]
    NoBenchmark(PathBuf),
    /// Not the benchmark that was asked for.
    #[error("{folder}: no benchmark `{benchmark}` in it\nhint: it has {known}")]
    NoSuchBenchmark {
        /// The run's folder.
        folder: PathBuf,
        /// What was asked for.
        benchmark: String,
        /// Those with logs.
        known: String,
    },
    /// A benchmark whose logs are not understood.
    #[error("{folder}: benchmark `{benchmark}` has no extraction rule\nhint: there are rules for {known}")]
    NoRule {
        /// The run's folder.
        folder: PathBuf,
        /// Its name.
        benchmark: String,
        /// Those that have rules.
        known: String,
    },
    /// Logs without a sample.
    #[error("{0}: benchmark `{1}`: no sample in its logs\nhint: did it fail? see mmtests.log, or choose a --benchmark")]
    NoSample(PathBuf, String),
    /// A benchmark that began and left no logs.
    #[error("{0}: benchmark `{1}`: it began, but it has no logs")]
    NoLogs(PathBuf, String),
    /// A file.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A log that cannot be read to its end.
    #[error("{0}: {1}\nhint: is it damaged or cut off? copy it again, or remove it to read the others")]
    Damaged(PathBuf, io::Error),
}
