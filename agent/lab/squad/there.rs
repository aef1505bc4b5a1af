//! A record that SQUAD has already, by its id -> whether it has the same results: a part of a record has the same id.

use super::fetch;
use crate::lab::{Client, ServerError};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// How far the numbers of both may be apart: SQUAD keeps doubles.
const ALIKE: f64 = 1e-9;

/// What a submission has.
pub(super) struct Results<'a> {
    /// The names of its tests.
    pub(super) tests: BTreeSet<&'a str>,
    /// The values of each metric.
    pub(super) metrics: BTreeMap<&'a str, &'a [f64]>,
}

/// The number of the test run that is there, where it has other results; none where it has the same.
pub(super) fn other(
    client: &Client,
    build: &fetch::Build,
    ours: &Results,
    id: &str,
) -> Result<Option<u64>, ServerError> {
    let folder = tempfile::tempdir().map_err(ServerError::file(Path::new("a temporary folder")))?;
    let runs = fetch::test_runs(client, build, folder.path())?;
    let Some(run) = runs.iter().find(|run| run.job_id.as_deref() == Some(id)).map(|run| run.id) else {
        return Err(client.wrong("/api/testruns/", format!("no test run with job_id {id} in the list")));
    };
    let file = folder.path().join("file.json");
    let held = |what: &str| -> Result<Map<String, Value>, ServerError> {
        let path = format!("/api/testruns/{run}/{what}/");
        match client.json(&path, &file, |error| format!("not a file of SQUAD's: {error}")) {
            // A test run without any has no such file.
            Err(ServerError::Missing { .. }) => Ok(Map::new()),
            read => read,
        }
    };
    let same = is_same(&held("tests_file")?, &held("metrics_file")?, ours);
    Ok((!same).then_some(run))
}

fn is_same(tests: &Map<String, Value>, metrics: &Map<String, Value>, ours: &Results) -> bool {
    let theirs: BTreeMap<&str, Vec<f64>> =
        metrics.iter().map(|(name, value)| (name.as_str(), numbers(value))).collect();
    let alike = |(one, other): (&f64, &f64)| (one - other).abs() <= ALIKE * one.abs().max(other.abs());
    let same = |name: &str, values: &[f64]| {
        theirs.get(name).is_some_and(|other| other.len() == values.len() && values.iter().zip(other).all(alike))
    };
    ours.tests == tests.keys().map(String::as_str).collect()
        && ours.metrics.len() == theirs.len()
        && ours.metrics.iter().all(|(name, values)| same(name, values))
}

/// The values of a metric, which stand alone or beside a unit.
fn numbers(value: &Value) -> Vec<f64> {
    match value.get("value").unwrap_or(value) {
        Value::Array(list) => list.iter().filter_map(Value::as_f64).collect(),
        value => value.as_f64().into_iter().collect(),
    }
}
