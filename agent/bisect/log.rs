//! The log of a bisection: a line for each thing that happened, with a checksum. Lines are added and never changed.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// The format and its version.
const SCHEMA: &str = "lava-bench-bisect/1";
/// The largest log.
const MOST_BYTES: u64 = 16 << 20;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// The bisection begins.
    Begin(Begin),
    /// A build was measured.
    Measured {
        /// The commit.
        commit: String,
        /// One value a boot; of none, no iteration counts.
        values: Vec<f64>,
        /// The folder of the record.
        folder: PathBuf,
        /// The boots' ids, where they have one.
        boots: Vec<String>,
    },
    /// A build was judged.
    Answer {
        /// The commit.
        commit: String,
        /// The answer.
        answer: Outcome,
        /// Why, in words.
        why: String,
    },
}

/// What is bisected, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    schema: String,
    /// What is measured, in words.
    pub subject: String,
    /// One value a boot of the good side.
    pub good: Vec<f64>,
    /// One value a boot of the bad side.
    pub bad: Vec<f64>,
    /// The share of bisections that may name a wrong commit.
    pub error: f64,
    /// How many answers name a commit, if none is skipped.
    pub planned: usize,
    /// The most measurements of one build.
    pub most: usize,
}

impl Begin {
    /// What begins a bisection of `commits` commits.
    pub fn new(subject: String, sides: (Vec<f64>, Vec<f64>), error: f64, commits: u64, most: usize) -> Begin {
        let (good, bad) = sides;
        let planned = (u64::BITS - commits.saturating_sub(1).leading_zeros()).max(1) as usize;
        Begin { schema: SCHEMA.into(), subject, good, bad, error, planned, most }
    }

    /// Whether both are of one bisection. How many commits it had is known at its first step alone.
    pub fn is_of(&self, other: &Begin) -> bool {
        *self == Begin { planned: self.planned, ..other.clone() }
    }
}

/// What `git bisect` is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The build has the good side's level.
    Good,
    /// It has the bad side's.
    Bad,
    /// It cannot be told.
    Skip,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Skip => "skip",
        })
    }
}

/// Why a log is not used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The log.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It does not say what is bisected.
    #[error(
        "{path}: its first line is damaged, or it is no log of a bisection\nhint: name another --log, and begin again"
    )]
    NoBeginning {
        /// The log.
        path: PathBuf,
    },
}

/// A log's file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Whether the last line has no end.
    cut: bool,
}

impl Log {
    /// Opens a log, or makes it: its entries, and the numbers of the lines that are damaged and do not count.
    ///
    /// # Errors
    /// What the system says, a log of more than 16 MiB, and one that has lines and no beginning.
    pub fn open(path: &Path) -> Result<(Log, Vec<Entry>, Vec<usize>), LogError> {
        let wrong = |error| LogError::File { path: path.into(), error };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(wrong)?;
        let mut bytes = Vec::new();
        (&mut file).take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(wrong)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(wrong(io::Error::other("larger than 16 MiB: no log of a bisection")));
        }
        let (entries, damaged) = entries(&bytes);
        if !bytes.is_empty() && !matches!(entries.first(), Some(Entry::Begin(begin)) if begin.schema == SCHEMA) {
            return Err(LogError::NoBeginning { path: path.into() });
        }
        let cut = bytes.last().is_some_and(|last| *last != b'\n');
        Ok((Log { path: path.into(), file, cut }, entries, damaged))
    }

    /// Adds an entry; it is on the storage when this returns.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, entry: &Entry) -> Result<(), LogError> {
        let text = format!("{}{}", if self.cut { "\n" } else { "" }, line(entry));
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        self.cut = false;
        written.map_err(|error| LogError::File { path: self.path.clone(), error })
    }
}

/// An entry's line: the CRC-32 of its JSON, and the JSON.
fn line(entry: &Entry) -> String {
    // Its fields are texts and finite numbers.
    let json = serde_json::to_string(entry).unwrap_or_default();
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The entries of a log, and the numbers of the lines that are none, from 1.
fn entries(bytes: &[u8]) -> (Vec<Entry>, Vec<usize>) {
    let (mut entries, mut damaged) = (Vec::new(), Vec::new());
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    for (line, number) in lines {
        match entry(line) {
            Some(entry) => entries.push(entry),
            None => damaged.push(number),
        }
    }
    (entries, damaged)
}

fn entry(line: &[u8]) -> Option<Entry> {
    let (sum, json) = (line.get(..8)?, line.get(9..)?);
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (sum == crc32fast::hash(json)).then(|| serde_json::from_slice(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn begin() -> Entry {
        Entry::Begin(Begin::new("b: rate".into(), (vec![100.0, 101.0], vec![90.0, 91.0]), 0.05, 16, 12))
    }

    fn measured(value: f64) -> Entry {
        Entry::Measured { commit: "c1".into(), values: vec![value], folder: "f".into(), boots: vec!["3f9a".into()] }
    }

    #[test]
    fn a_line_that_was_cut_does_not_count_and_what_comes_after_it_does() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("log");
        let (mut log, entries, _) = Log::open(&path).unwrap();
        assert_eq!(entries, []);
        [begin(), measured(1.5), measured(2.5)].iter().for_each(|entry| log.add(entry).unwrap());
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(Log::open(&path).unwrap().1, [begin(), measured(1.5), measured(2.5)]);
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let (mut log, entries, damaged) = Log::open(&path).unwrap();
        assert_eq!((entries, damaged), (vec![begin(), measured(1.5)], vec![3]));
        log.add(&measured(3.5)).unwrap();
        let (_, entries, damaged) = Log::open(&path).unwrap();
        assert_eq!((entries, damaged), (vec![begin(), measured(1.5), measured(3.5)], vec![3]));
    }

    #[test]
    fn any_byte_that_changes_is_noticed() {
        let text = format!("{}{}", line(&begin()), line(&measured(1.5)));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let (found, damaged) = entries(&bytes);
            assert!(!damaged.is_empty() || found == [begin(), measured(1.5)], "{at}");
            assert!(found.iter().all(|entry| *entry == begin() || *entry == measured(1.5)), "{at}");
        }
    }

    #[test]
    fn what_is_no_log_is_refused() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("log");
        for text in ["hello\n".to_string(), line(&measured(1.0)), format!("x{}", line(&begin()))] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Log::open(&path), Err(LogError::NoBeginning { .. })));
        }
        assert!(matches!(Log::open(folder.path()), Err(LogError::File { .. })));
    }

    #[test]
    fn as_many_answers_are_planned_as_halvings_name_one_commit() {
        let planned = |commits| Begin::new(String::new(), (vec![], vec![]), 0.05, commits, 12).planned;
        assert_eq!([0, 1, 2, 3, 4, 15, 16, 17, 13_000].map(planned), [1, 1, 1, 2, 2, 4, 4, 5, 14]);
    }
}
