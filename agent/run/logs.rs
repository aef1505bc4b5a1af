//! Logs: the tree that a command left in its working directory -> benchmarks of the record.

use crate::{
    record::{Benchmark, Case},
    suites::mmtests::{Selection, benchmarks, read_run},
};
use std::path::Path;

/// What MMTests left in `folder`, as benchmarks of a run called `name`, and what is no sample in it. `driver` is the case
/// that left it: what disturbed it disturbed them.
pub(super) fn read(folder: &Path, name: &str, driver: &Case) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    let mut tree = read_run(folder, &Selection::default()).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().to_string()
    })?;
    tree.rename(name);
    let mut found = benchmarks(&tree);
    for case in found.iter_mut().flat_map(|benchmark| &mut benchmark.cases) {
        case.valid = driver.valid;
        case.disturbances = driver.all_disturbances();
    }
    Ok((found, tree.notes))
}
