//! Logs: the tree that a command left in its working directory -> benchmarks of the record.

use crate::{
    record::{Benchmark, Case, RecordId},
    suites,
};
use std::path::Path;

/// The suite whose logs a definition leaves.
const LOGS: &str = "mmtests";

/// What the suite left in `folder`, as benchmarks of a run called `name`, and what is no sample in it. `driver` is the case
/// that left it: what disturbed it disturbed them.
pub(super) fn read(folder: &Path, name: &str, driver: &Case) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    let suite = suites::named(LOGS).ok_or("no suite reads its logs")?;
    let logged = suite.run(folder, Some(name), RecordId(0)).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().to_string()
    })?;
    let notes = logged.notes.clone();
    let mut found = logged.into_benchmarks();
    for case in found.iter_mut().flat_map(|benchmark| &mut benchmark.cases) {
        case.valid = driver.valid;
        case.disturbances = driver.all_disturbances();
    }
    Ok((found, notes))
}
