//! Records -> result roots that lkp merges and compares: a folder for each commit, with the runs and their matrix.
//!
//! What lkp has no place for is left out and said. `docs/lkp-results.md` lists what that is.

mod name;
mod run;

pub(super) use run::{Written, runs};

use super::names::names;
use crate::{record::Record, suites::error::SuiteError};
use serde_json::{Map, Value as Json, json};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Why nothing is written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("{}: it is there already\nhint: name a folder that is not", .0.display())]
    There(PathBuf),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("nothing of it was measured, so lkp would have no run of it")]
    Nothing,
}

/// Writes the runs of records to a new folder: what is left out.
///
/// # Errors
/// A folder that is there, a file that cannot be written, or no run.
pub(super) fn write(records: &[Record], folder: &Path) -> Result<Vec<String>, SuiteError> {
    let (mut all, mut left) = (Vec::new(), Vec::new());
    for record in records {
        let (runs, said) = runs(record, names());
        all.extend(runs);
        left.extend(said);
    }
    left.sort();
    left.dedup();
    write_all(&all, folder).map_err(SuiteError::new)?;
    Ok(left)
}

fn write_all(all: &[Written], folder: &Path) -> Result<(), WriteError> {
    if all.is_empty() {
        return Err(WriteError::Nothing);
    }
    if folder.exists() {
        return Err(WriteError::There(folder.into()));
    }
    let mut points = BTreeMap::<PathBuf, Vec<&Written>>::new();
    for run in all {
        points.entry(folder.join(run.folder())).or_default().push(run);
    }
    points.iter().try_for_each(|(folder, runs)| write_point(folder, runs))
}

/// The runs of one commit at one point, and their matrix.
fn write_point(folder: &Path, runs: &[&Written]) -> Result<(), WriteError> {
    let mut matrix = Map::new();
    let mut sources = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let own = folder.join(at.to_string());
        fs::create_dir_all(&own).map_err(|error| WriteError::File { path: own.clone(), error })?;
        file(&own.join("job.yaml"), &run.job())?;
        file(&own.join("stats.json"), &text(&Json::Object(run.stats.iter().map(entry).collect())))?;
        if !run.state.is_empty() {
            let lines: String = run.state.iter().map(|what| format!("{what}: 1\n")).collect();
            file(&own.join("last_state"), &lines)?;
        }
        for (name, value) in &run.stats {
            let values = matrix.entry(name.as_str()).or_insert_with(|| Json::Array(vec![json!(0); runs.len()]));
            if let Some(slot) = values.as_array_mut().and_then(|values| values.get_mut(at)) {
                *slot = number(*value);
            }
        }
        sources.push(Json::from(own.join("stats.json").display().to_string()));
    }
    matrix.insert("stats_source".into(), sources.into());
    file(&folder.join("matrix.json"), &text(&matrix.into()))
}

fn entry((name, value): &(String, f64)) -> (String, Json) {
    (name.clone(), number(*value))
}

/// A count is a whole number to lkp, and everything else has a point.
fn number(value: f64) -> Json {
    const LARGEST: f64 = 9e15;
    if value.fract() == 0.0 && value.abs() < LARGEST { json!(value as i64) } else { json!(value) }
}

fn text(json: &Json) -> String {
    format!("{json:#}\n")
}

fn file(path: &Path, text: &str) -> Result<(), WriteError> {
    fs::write(path, text).map_err(|error| WriteError::File { path: path.into(), error })
}

#[cfg(test)]
mod tests;
