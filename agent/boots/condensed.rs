//! A record -> the part of it that boots are made of.

use crate::record::{Execution, Exit, Fault, Record};

/// A record without what [`collect`](super::collect) does not look at: conditions, monitors, outputs, commands, times. The boots
/// of both are the same.
#[must_use]
pub fn condensed(record: Record) -> Record {
    let mut small = record.raised();
    for case in small.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases) {
        case.reasons.truncate(1);
        case.disturbances.truncate(1);
        case.command.clear();
        (case.folder, case.stopped) = (None, None);
        case.executions.iter_mut().for_each(condense);
    }
    small.quarantine = Vec::new();
    small
}

fn condense(execution: &mut Execution) {
    // How many faults there are counts, and not what they say.
    for Fault { text, seconds, .. } in &mut execution.faults {
        (*text, *seconds) = (String::new(), 0.0);
    }
    execution.disturbances.truncate(1);
    let Execution { role, iteration, boot, faults, disturbances, .. } = std::mem::take(execution);
    let exit = Exit::default();
    *execution = Execution { role, iteration, boot, faults, disturbances, exit, ..Execution::default() };
}
