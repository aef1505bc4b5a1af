use super::*;
use crate::{
    plan::PlannedCase,
    record::{Benchmark, Boot, Record, Role, Verdict},
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

fn boot(digit: char) -> Boot {
    Boot { id: Some(String::from(digit).repeat(12).parse().unwrap()), booted: None }
}

/// Goes on in another boot as a run would: the cases that are done are told again, then a step of the last case begins.
fn resumed(folder: &Path, digit: char, iteration: usize) -> (Resumption, Journal) {
    let recovered = Recovered::read(folder).unwrap();
    let resumption = recovered.resumption(boot(digit));
    let mut journal = Journal::resume(folder, &resumption, recovered.tail).unwrap();
    let current = resumption.current.clone().unwrap();
    let mut begun = Benchmark { cases: Vec::new(), ..current.clone() };
    journal.event(&Event::BenchmarkBegins { benchmark: &begun });
    for case in current.cases {
        journal.event(&Event::CaseDone { benchmark: &begun, case: &case });
        begun.cases.push(case);
    }
    let step = StepName::all(Role::Iteration, 3).nth(iteration).unwrap();
    let case = &planned(&record().benchmarks[0].cases[1]);
    journal.event(&Event::ExecutionBegins { benchmark: &begun, case, step });
    (resumption, journal)
}

#[test]
fn a_step_that_ends_the_run_twice_is_in_quarantine() {
    let folder = written(1);
    for (deaths, digit) in [(1, 'a'), (2, 'b')] {
        let (resumption, _) = resumed(folder.path(), digit, 1);
        assert_eq!(resumption.quarantine.len(), usize::from(deaths == 2));
        assert_eq!((resumption.record.boots.len(), !resumption.partial.is_empty()), (deaths + 1, true));
    }
    // The same boot is no new one.
    let again = Recovered::read(folder.path()).unwrap().resumption(boot('b'));
    assert_eq!(again.record.boots.len(), 3);
}

#[test]
fn what_a_case_had_before_two_deaths_is_kept() {
    let folder = written(2);
    for digit in ['a', 'b'] {
        resumed(folder.path(), digit, 2);
        let found = Recovered::read(folder.path()).unwrap().record();
        found.check().unwrap();
        assert_eq!(samples(&found), ALL[..5], "in boot {digit}");
    }
}

#[test]
fn the_reasons_of_a_case_that_is_gone_on_with_are_kept_once() {
    let folder = written(1);
    let mut partial = Recovered::read(folder.path()).unwrap().resumption(boot('a')).partial.remove(0);
    for (iteration, digit) in [(1, 'a'), (2, 'b')] {
        let (resumption, mut journal) = resumed(folder.path(), digit, iteration);
        partial.reasons.push(format!("iteration {}: exit status 1", iteration + 1));
        partial.executions.push(record().benchmarks[0].cases[1].executions[iteration].clone());
        let benchmark = &resumption.current.unwrap();
        let step = StepName::all(Role::Iteration, 3).nth(iteration).unwrap();
        journal.event(&Event::ExecutionEnded { benchmark, case: &partial, step });
    }
    let resumption = Recovered::read(folder.path()).unwrap().resumption(boot('c'));
    assert_eq!(resumption.partial[0].reasons, partial.reasons);
}

#[test]
fn a_step_that_was_left_out_stays_named_in_the_boots_after_it() {
    let folder = written(1);
    resumed(folder.path(), 'a', 1);
    let (resumption, mut journal) = resumed(folder.path(), 'b', 2);
    assert!(Recovered::read(folder.path()).is_err(), "the run goes on");
    let quarantined = resumption.quarantine[0].clone().quarantined();
    let case = Case {
        reasons: vec![quarantined.explanation()],
        result: Verdict::Fail,
        ..record().benchmarks[0].cases[1].clone()
    };
    journal.event(&Event::CaseDone { benchmark: &resumption.current.unwrap(), case: &case });
    drop(journal);
    let recovered = Recovered::read(folder.path()).unwrap();
    assert_eq!(recovered.record().quarantine, std::slice::from_ref(&quarantined));
    assert_eq!(recovered.resumption(boot('c')).record.quarantine, [quarantined]);
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
