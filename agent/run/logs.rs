//! Logs: the tree that a command left in its working directory -> benchmarks of the record.

use crate::{
    definition::Logs,
    record::{Benchmark, Case, RecordId},
    suites::{self, SuiteError},
};
use std::path::Path;

/// Why logs cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogsError {
    /// Their format is unknown.
    #[error("logs: no suite has the format `{0}`")]
    Format(String),
    /// What the suite says of them. Its hint is for those who named the folder themselves.
    #[error("{}", first_line(.0))]
    Suite(#[from] SuiteError),
}

fn first_line(error: &SuiteError) -> String {
    error.to_string().lines().next().unwrap_or_default().into()
}

/// What stands in the logs below the working directory `work`, as benchmarks of a run called `name`, and what was found and is
/// no sample. `driver` is the case that left them: what disturbed it disturbed them.
pub(super) fn read(
    logs: &Logs,
    work: &Path,
    name: &str,
    driver: &Case,
) -> Result<(Vec<Benchmark>, Vec<String>), LogsError> {
    let suite = suites::named(logs.format).and_then(|suite| suite.logs.as_ref());
    let reader = suite.ok_or_else(|| LogsError::Format(logs.format.into()))?;
    let logged = reader.run(&work.join(&logs.folder), Some(name), RecordId(0))?;
    let notes = logged.notes.clone();
    let mut found = logged.into_benchmarks();
    for case in found.iter_mut().flat_map(|benchmark| &mut benchmark.cases) {
        case.valid = driver.valid;
        case.disturbances = driver.all_disturbances();
    }
    Ok((found, notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    #[test]
    fn a_suite_reads_the_logs_of_every_definition_that_leaves_some() {
        let store = Store::embedded();
        let definitions = store.names().map(|name| store.load(name).unwrap());
        let formats: Vec<&str> = definitions.filter_map(|definition| Some(definition.logs?.format)).collect();
        assert!(!formats.is_empty() && formats.iter().all(|format| suites::named(format).is_some()), "{formats:?}");
    }

    #[test]
    fn logs_that_cannot_be_read_are_named_in_one_line() {
        let work = tempfile::tempdir().unwrap();
        let error = |format| {
            let logs = Logs { format, folder: "log".into() };
            read(&logs, work.path(), "run", &Case::default()).unwrap_err().to_string()
        };
        assert_eq!(error("unheard"), "logs: no suite has the format `unheard`");
        let missing = error("mmtests");
        assert!(missing.contains("log") && !missing.contains('\n'), "{missing}");
    }
}
