//! A configuration of MMTests or a test plan of test-definitions -> the benchmarks and the parameters that it asks for.

use super::{mmtests, test_plan};
use crate::{cli::exit::Failure, definition::Store};
use std::path::Path;

/// What another suite's file asks for.
pub(in crate::cli) struct Foreign {
    pub(in crate::cli) names: Vec<String>,
    pub(in crate::cli) parameters: Vec<(String, String)>,
}

/// Reads another suite's file, and says what of it will not run.
pub(in crate::cli) fn read(
    config: Option<&Path>,
    plan: Option<&Path>,
    overlay: Option<&Path>,
    store: &Store,
) -> Result<Option<Foreign>, Failure> {
    if let Some(path) = config {
        let chosen = mmtests::read(path, store)?;
        chosen.warn();
        return Ok(Some(Foreign { names: chosen.names(), parameters: chosen.parameters() }));
    }
    let Some(path) = plan else { return Ok(None) };
    let plan = test_plan::read(path, overlay, store)?;
    test_plan::warn(&plan);
    Ok(Some(Foreign { names: test_plan::names(&plan), parameters: test_plan::parameters(&plan) }))
}
