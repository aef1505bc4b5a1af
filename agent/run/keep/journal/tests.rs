use super::*;
use crate::{
    plan::PlannedCase,
    record::{Benchmark, Boot, Record, Role},
    run::StepName,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, fs, time::Duration};
use tempfile::TempDir;

/// A record of one benchmark with two cases of three iterations.
fn record() -> Record {
    let case = |n: u32| {
        let execution = |i: u32| format!(r#"{{"iteration":{i},"elapsed_seconds":1.0,"exit":{{"code":0}}}}"#);
        let executions: Vec<String> = (0..3).map(execution).collect();
        format!(
            r#"{{"labels":{{"n":"{n}"}},"result":"pass","valid":true,"command":["true"],"folder":"b/n_{n}","executions":[{}],
               "series":[{{"metric":"t","samples":[[{n}.5],[{n}.25],[{n}.125]]}}]}}"#,
            executions.join(",")
        )
    };
    let json = format!(
        r#"{{"schema":"lava-bench-record/2","id":"0a1b2c3d","boots":[{{"id":"3f9a0c7d12be"}}],"benchmarks":[{{"name":"b","parameters":{{}},
           "metrics":[{{"name":"t","unit":"s","better":"lower"}}],"cases":[{},{}]}}],"not_begun":["c"]}}"#,
        case(1),
        case(2)
    );
    Record::from_json(json.as_bytes()).unwrap()
}

/// Tells a journal of `record` as a run would; of the last case only what `last` iterations gave, of which one more begins.
fn told(journal: &mut Journal, record: &Record, last: usize) {
    let benchmark = &record.benchmarks[0];
    let mut begun = Benchmark { cases: Vec::new(), ..benchmark.clone() };
    let mut opening = Record { benchmarks: Vec::new(), ..record.clone() };
    opening.not_begun.insert(0, benchmark.name.clone());
    journal.event(&Event::RunBegins { record: &opening });
    journal.event(&Event::BenchmarkBegins { benchmark: &begun });
    for (at, case) in benchmark.cases.iter().enumerate() {
        let whole = at + 1 < benchmark.cases.len() || last == 3;
        let mut partial = Case { executions: Vec::new(), valid: None, ..case.clone() };
        partial.series[0].samples.clear();
        for (number, step) in StepName::all(Role::Iteration, 3).enumerate() {
            journal.event(&Event::ExecutionBegins { benchmark: &begun, case: &planned(case), step });
            if !whole && number == last {
                return;
            }
            partial.executions.push(case.executions[number].clone());
            partial.series[0].samples.push(case.series[0].samples[number].clone());
            journal.event(&Event::ExecutionEnded { benchmark: &begun, case: &partial, step });
        }
        journal.event(&Event::CaseDone { benchmark: &begun, case });
        begun.cases.push(case.clone());
    }
    journal.event(&Event::BenchmarkEnded { benchmark });
}

fn planned(case: &Case) -> PlannedCase {
    PlannedCase {
        labels: case.labels.clone(),
        values: BTreeMap::new(),
        timeout: Duration::from_secs(1),
        retries: 0,
        environment: BTreeMap::new(),
        prepare: Vec::new(),
        commands: Vec::new(),
        background: Vec::new(),
        cleanup: Vec::new(),
    }
}

fn written(last: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    told(&mut Journal::begin(folder.path(), PlannedRun::default()).unwrap(), &record(), last);
    folder
}

fn samples(record: &Record) -> Vec<f64> {
    let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
    cases.flat_map(|case| &case.series).flat_map(|series| series.values().map(|value| value.get())).collect()
}

const ALL: [f64; 6] = [1.5, 1.25, 1.125, 2.5, 2.25, 2.125];

#[test]
fn what_was_measured_is_in_the_record_and_what_ran_is_named() {
    for (last, count) in [(0, 3), (1, 4), (2, 5)] {
        let recovered = Recovered::read(written(last).path()).unwrap();
        let found = recovered.record();
        found.check().unwrap();
        assert_eq!(samples(&found), ALL[..count]);
        assert_eq!(recovered.in_flight().unwrap().step, format!("iteration {} of 3", last + 1));
        assert!(found.interrupted && found.not_begun == record().not_begun);
        let case = found.benchmarks[0].cases.last().unwrap();
        assert_eq!(case.reasons, [format!("the run ended during iteration {} of 3", last + 1)]);
        let measured = (last > 0).then_some((true, "b/n_2"));
        assert_eq!(case.valid.zip(case.folder.as_deref()), measured);
    }
    let whole = Recovered::read(written(3).path()).unwrap().record();
    assert_eq!(whole.benchmarks, record().benchmarks);
}

#[test]
fn a_step_that_ends_the_run_twice_is_in_quarantine() {
    let folder = written(1);
    let boot = |digit: char| Boot { id: Some(String::from(digit).repeat(12).parse().unwrap()), booted: None };
    let step = StepName::all(Role::Iteration, 3).nth(1).unwrap();
    for (deaths, digit) in [(1, 'a'), (2, 'b')] {
        let recovered = Recovered::read(folder.path()).unwrap();
        let resumption = recovered.resumption(boot(digit));
        assert_eq!(resumption.quarantine.len(), usize::from(deaths == 2));
        assert_eq!((resumption.record.boots.len(), !resumption.partial.is_empty()), (deaths + 1, true));
        let mut journal = Journal::resume(folder.path(), &resumption, recovered.tail).unwrap();
        let current = resumption.current.clone().unwrap();
        journal.event(&Event::BenchmarkBegins { benchmark: &current });
        journal.event(&Event::ExecutionBegins {
            benchmark: &current,
            case: &planned(&record().benchmarks[0].cases[1]),
            step,
        });
    }
    // The same boot is no new one.
    let again = Recovered::read(folder.path()).unwrap().resumption(boot('b'));
    assert_eq!(again.record.boots.len(), 3);
}

#[test]
fn a_run_that_goes_on_is_not_resumed() {
    let folder = written(1);
    let recovered = Recovered::read(folder.path()).unwrap();
    let resumption = recovered.resumption(Boot::default());
    let first = Journal::resume(folder.path(), &resumption, recovered.tail).unwrap();
    let second = Journal::resume(folder.path(), &resumption, recovered.tail).unwrap_err();
    assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
    drop(first);
    assert!(Journal::resume(folder.path(), &resumption, recovered.tail).is_ok());
}

#[test]
fn a_folder_without_a_journal_or_with_another_version_is_an_error() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(Recovered::read(folder.path()), Err(JournalError::Unreadable { .. })));
    fs::write(folder.path().join(JOURNAL), "").unwrap();
    assert!(matches!(Recovered::read(folder.path()), Err(JournalError::Empty(_))));
    let entry = Entry::Run { version: VERSION + 1, plan: PlannedRun::default(), record: record().to_json() };
    fs::write(folder.path().join(JOURNAL), entry.line().unwrap()).unwrap();
    assert!(matches!(Recovered::read(folder.path()), Err(JournalError::Unknown { .. })));
}

proptest! {
    #[test]
    fn a_journal_that_is_cut_or_changed_anywhere_gives_what_stands_before(at in 0_usize..10_000, change in any::<Option<u8>>()) {
        let folder = written(2);
        let path = folder.path().join(JOURNAL);
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        match change {
            None => bytes.truncate(at),
            Some(change) => bytes[at] ^= change.max(1),
        }
        fs::write(&path, &bytes).unwrap();
        if let Ok(recovered) = Recovered::read(folder.path()) {
            let found = recovered.record();
            prop_assert!(found.check().is_ok());
            let values = samples(&found);
            prop_assert_eq!(&values[..], &ALL[..values.len()]);
            prop_assert_eq!(recovered.tail.at + recovered.tail.left, bytes.len() as u64);
        }
    }
}
