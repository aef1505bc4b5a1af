//! A run that went on after a boot. In: the records that were sent of it. Out: the one that continues all the others.
//!
//! A run with `reboot: true` sends its record before each boot, and so does one that was stopped and resumed. All of these
//! records have one id, and a LAVA job's log holds them all.

use crate::record::{Benchmark, Case, Record, Series, Verdict};

/// The position of the record that continues all the others, if there is one.
pub(super) fn last<'a>(records: impl Iterator<Item = &'a Record> + Clone) -> Option<usize> {
    records.clone().position(|last| records.clone().all(|earlier| continues(last, earlier)))
}

/// Whether `last` is the record of the same run, sent later: it went through the same boots first, and has all that passed.
/// What did not pass may have been run again.
fn continues(last: &Record, earlier: &Record) -> bool {
    let same_run = last.id == earlier.id
        && last.started.is_some()
        && last.started == earlier.started
        && !earlier.boots.is_empty()
        && last.boots.starts_with(&earlier.boots);
    same_run && earlier.benchmarks.iter().all(|benchmark| has(last, benchmark))
}

fn has(last: &Record, earlier: &Benchmark) -> bool {
    let same = |benchmark: &&Benchmark| (&benchmark.name, benchmark.run) == (&earlier.name, earlier.run);
    let Some(benchmark) = last.benchmarks.iter().find(same) else { return false };
    let mut passed = earlier.cases.iter().filter(|case| case.result == Verdict::Pass);
    passed.all(|earlier| {
        let case = benchmark.cases.iter().find(|case| case.labels == earlier.labels);
        case.is_some_and(|case| earlier.series.iter().all(|series| goes_on(case, series)))
    })
}

/// Whether a case has the samples of an earlier series, and perhaps more of them.
fn goes_on(case: &Case, earlier: &Series) -> bool {
    let same = |series: &&Series| (&series.metric, &series.labels) == (&earlier.metric, &earlier.labels);
    case.series.iter().find(same).is_some_and(|series| series.samples.starts_with(&earlier.samples))
}
