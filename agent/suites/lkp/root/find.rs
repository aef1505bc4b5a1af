//! A folder -> the runs in it.

use super::{RootError, file::find};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How deep a run may lie: `/lkp/result` has eight folders above one.
const DEEPEST: usize = 12;

/// How many folders are looked into to see whether there is a run at all, and how many for all runs.
#[cfg(feature = "host")]
const GLANCE: usize = 2_000;
const MOST_FOLDERS: usize = 200_000;

/// The most runs of one source.
pub(super) const MOST_RUNS: usize = 20_000;

/// What one look at a folder says.
struct Look {
    is_run: bool,
    folders: Vec<PathBuf>,
}

/// Whether a folder is a run, or has one below it.
#[cfg(feature = "host")]
pub(super) fn has_run(folder: &Path) -> bool {
    let mut left = GLANCE;
    first(folder, 0, &mut left)
}

#[cfg(feature = "host")]
fn first(folder: &Path, depth: usize, left: &mut usize) -> bool {
    if depth > DEEPEST || *left == 0 {
        return false;
    }
    *left -= 1;
    let Ok(look) = look(folder) else { return false };
    look.is_run || look.folders.iter().any(|folder| first(folder, depth + 1, left))
}

/// The runs in a folder, in the order of their paths, numbers as numbers: itself, or those below it.
///
/// # Errors
/// A folder that cannot be read, or more runs than are taken.
pub fn runs(folder: &Path) -> Result<Vec<PathBuf>, RootError> {
    let (mut found, mut open, mut looked) = (Vec::new(), vec![(folder.to_path_buf(), 0)], 0);
    while let Some((next, depth)) = open.pop() {
        looked += 1;
        if looked > MOST_FOLDERS || found.len() > MOST_RUNS {
            return Err(RootError::Many(folder.into()));
        }
        let look = look(&next).map_err(|error| RootError::File { path: next.clone(), error })?;
        if look.is_run {
            found.push(next);
        } else if depth < DEEPEST {
            open.extend(look.folders.into_iter().rev().map(|folder| (folder, depth + 1)));
        }
    }
    Ok(found)
}

fn look(folder: &Path) -> io::Result<Look> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link may lead in a circle.
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort_by_cached_key(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name.parse::<u64>().unwrap_or(u64::MAX), name)
    });
    Ok(Look { is_run: is_run(folder), folders })
}

/// Whether a folder is one run's: it has what lkp writes at its beginning or at its end.
fn is_run(folder: &Path) -> bool {
    // A folder of several runs has a matrix of its own.
    if folder.join("desc.yaml").is_file() && !folder.join("job.yaml").is_file() {
        return false;
    }
    let has = |name: &str| find(folder, name).is_some();
    has("stats.json") && !has("record.json") || has("job.yaml") && is_job(&folder.join("job.yaml"))
}

/// Whether a `job.yaml` is lkp's: another program's may be called so too.
fn is_job(path: &Path) -> bool {
    let Ok(text) = super::file::read(path) else { return false };
    let has = |key: &[u8]| text.split(|byte| *byte == b'\n').any(|line| line.starts_with(key));
    has(b"testcase:") || has(b"suite:") && has(b"category:")
}
