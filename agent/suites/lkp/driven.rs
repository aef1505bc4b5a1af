//! The result roots that a tree of lkp left on the board, one for each iteration -> one record.

use super::{names::names, record::to_record, root::Root};
use crate::{
    kernel_log::Faults,
    record::{Benchmark, Case, Record, RecordId, Series},
    suites::{error::SuiteError, suite::Logged},
};
use std::path::{Path, PathBuf};

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
#[error("{}: no result root of lkp in it\nhint: the folder has one for each iteration: 0, 1 and so on", .0.display())]
struct NoRoot(PathBuf);

/// What is in a folder, which has the folders `0`, `1` and so on.
pub(super) fn run(folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
    let folders = (0..).map(|number: u32| folder.join(number.to_string())).take_while(|root| root.is_dir());
    let (mut record, mut notes) = (None::<Record>, Vec::new());
    for (iteration, folder) in folders.enumerate() {
        // The kernel's log was watched meanwhile: a monitor's copy of it has all that was there before, too.
        let root = Root { faults: Faults::default(), ..Root::read(&folder, names()) };
        notes.extend(root.notes());
        let next = to_record(&root, names(), id);
        match &mut record {
            None => record = Some(next),
            Some(record) => {
                record.losses.extend(next.losses);
                next.benchmarks.into_iter().for_each(|benchmark| add(&mut record.benchmarks, benchmark, iteration));
            }
        }
    }
    let mut record = record.ok_or_else(|| SuiteError::new(NoRoot(folder.into())))?;
    record.label = label.map(str::to_string).or(record.label);
    Ok(Logged { record, notes })
}

/// Adds what an iteration gave to those before it.
fn add(all: &mut Vec<Benchmark>, mut next: Benchmark, iteration: usize) {
    let Some(known) = all.iter_mut().find(|known| known.name == next.name && known.run == next.run) else {
        next.cases.iter_mut().for_each(|case| later(case, iteration));
        return all.push(next);
    };
    for metric in next.metrics {
        if !known.metrics.iter().any(|other| other.name == metric.name) {
            known.metrics.push(metric);
        }
    }
    for mut case in next.cases {
        later(&mut case, iteration);
        match known.cases.iter_mut().find(|other| other.labels == case.labels) {
            Some(other) => join(other, case),
            None => known.cases.push(case),
        }
    }
}

/// Makes the first iteration of a case this one.
fn later(case: &mut Case, iteration: usize) {
    for series in &mut case.series {
        series.samples.splice(0..0, vec![Vec::new(); iteration]);
    }
    let number = u32::try_from(iteration).ok();
    case.executions.iter_mut().for_each(|execution| execution.iteration = number);
    case.reasons.iter_mut().for_each(|reason| *reason = format!("iteration {}: {reason}", iteration + 1));
}

fn join(case: &mut Case, next: Case) {
    for series in next.series {
        let same = |other: &&mut Series| other.metric == series.metric && other.labels == series.labels;
        match case.series.iter_mut().find(same) {
            Some(other) => {
                let known = other.samples.len();
                other.samples.extend(series.samples.into_iter().skip(known));
            }
            None => case.series.push(series),
        }
    }
    case.result = case.result.worse(next.result);
    case.valid = case.valid.zip(next.valid).map(|(before, now)| before && now);
    case.executions.extend(next.executions);
    case.reasons.extend(next.reasons);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;
    use std::fs;
    use tempfile::tempdir;

    #[test]
    fn iterations_are_samples_of_one_case_and_the_worst_verdict_counts() {
        let folder = tempdir().unwrap();
        assert!(run(folder.path(), None, RecordId(1)).is_err());
        let all = [("ops: 1\n", ""), ("ops: 2\nmore: 5\n", ""), ("", "test.x.exit_code.1: 1\n"), ("ops: 4\n", "")];
        for (number, (parsed, state)) in all.iter().enumerate() {
            let root = folder.path().join(number.to_string());
            fs::create_dir_all(root.join("parsed")).unwrap();
            fs::write(root.join("job.yaml"), r#"{"testcase": "x", "x": {"size": 1}}"#).unwrap();
            fs::write(root.join("last_state"), state).unwrap();
            fs::write(root.join("parsed/x"), parsed).unwrap();
        }
        let logged = run(folder.path(), Some("label"), RecordId(1)).unwrap();
        assert_eq!(logged.record.label.as_deref(), Some("label"));
        let [benchmark] = &logged.record.benchmarks[..] else { panic!("one") };
        let [case] = &benchmark.cases[..] else { panic!("one: {benchmark:?}") };
        let samples = |at: usize| {
            let sample =
                |samples: &Vec<_>| samples.iter().flatten().map(|value: &crate::record::Value| value.get()).collect();
            case.series[at].samples.iter().map(sample).collect::<Vec<Vec<f64>>>()
        };
        assert_eq!(samples(0), [vec![1.0], vec![2.0], vec![], vec![4.0]]);
        assert_eq!(samples(1), [vec![], vec![5.0]]);
        assert_eq!(case.reasons, ["iteration 3: last_state: test.x.exit_code.1"]);
        assert_eq!((case.result, case.executions.len(), benchmark.metrics.len()), (Verdict::Fail, 4, 2));
    }
}
