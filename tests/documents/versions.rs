//! The versions of the record: version 1 is read for ever, as the program of then wrote it (`tests/records/version-1`); both
//! together; and what is done about a version that is newer than the program.

use crate::{
    document,
    support::{self, Said, project, run, run_with},
};
use lava_bench::{
    rebuild::{Rebuilder, Rebuilt},
    record::{Record, RecordId, Role, Schema},
    signal::{Budget, DEFAULT_BUDGET, Redundancy, frames, record_signals},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The records that were made, and what became of their captures in the program of then.
const MADE: [&str; 3] = ["primes", "rich", "example"];
const DAMAGED: [&str; 4] = ["signals", "summary", "damaged", "damaged-signals"];

fn kept(name: &str) -> PathBuf {
    project("tests/records/version-1").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(kept(name)).unwrap()
}

fn version1(name: &str) -> (Record, String) {
    let json = String::from_utf8(bytes(&format!("{name}.json"))).unwrap();
    (Record::from_json(json.as_bytes()).unwrap(), json)
}

fn rebuilt(log: &[u8]) -> Vec<Rebuilt> {
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(log).unwrap();
    rebuilder.finish()
}

fn lines(record: &Record) -> String {
    let signals = record_signals(record, DEFAULT_BUDGET).into_iter().map(|signal| signal.to_line(record.id));
    let frames = frames(record.id, &record.to_json(), Redundancy::default()).unwrap();
    signals.chain(frames.iter().map(ToString::to_string)).map(|line| line + "\n").collect()
}

#[test]
fn a_record_of_version_1_is_read_and_written_as_it_is() {
    for name in MADE {
        let (record, json) = version1(name);
        assert_eq!((record.schema, record.to_json()), (Schema::V1, json.clone()));
        assert_eq!(lines(&record).as_bytes(), bytes(&format!("{name}.log")), "{name}: its signals and frames");
        let raised = record.clone().raised();
        let again = Record::from_json(raised.to_json().as_bytes()).unwrap();
        assert_eq!((again.schema, &again), (Schema::V2, &raised));
        assert_eq!(again.lowered(), (record, Vec::new()), "{name}");
    }
    let (rich, _) = version1("rich");
    let roles: Vec<Role> = rich.benchmarks[0].cases[0].executions.iter().map(|execution| execution.role).collect();
    assert_eq!(roles, [Role::Unmeasured, Role::Iteration, Role::Iteration, Role::Unmeasured]);
}

#[test]
fn a_capture_of_version_1_gives_what_it_gave_then() {
    for name in MADE {
        let damaged = DAMAGED.map(|damage| format!("{name}-{damage}")).into_iter();
        for log in damaged.filter(|log| kept(&format!("{log}.log")).exists()).chain([name.into()]) {
            let records = rebuilt(&bytes(&format!("{log}.log")));
            assert_eq!(records.len(), 1, "{log}");
            assert_eq!(records[0].record.schema, Schema::V1, "{log}");
            assert_eq!(records[0].json.as_bytes(), bytes(&format!("{log}.json")), "{log}");
        }
    }
}

#[test]
fn both_versions_in_one_damaged_log() {
    let example = document("docs/example-record.json").trim_end().to_string();
    let example = Record::from_json(example.as_bytes()).unwrap();
    assert_eq!(example.schema, Schema::V2);
    let old = String::from_utf8(bytes("rich.log")).unwrap();
    let new = lines(&example);
    let (mut old, mut new) = (old.lines(), new.lines());
    let mut log = String::new();
    // Every seventh line is lost, and of each of the others a part stands before it once more.
    for number in 0.. {
        let line = if number % 3 == 0 { new.next().or_else(|| old.next()) } else { old.next().or_else(|| new.next()) };
        let Some(line) = line else { break };
        if number % 7 != 6 {
            log += &format!("{}\r\n[   17.2] usb 1-1: new device\r\n{line}\r\n", &line[..line.len() / 2]);
        }
    }
    let records = rebuilt(log.as_bytes());
    let json = |schema| records.iter().find(|one| one.record.schema == schema).map(|one| one.json.clone());
    assert_eq!(records.len(), 2);
    assert_eq!(json(Schema::V1), Some(version1("rich").1));
    assert_eq!(json(Schema::V2), Some(example.to_json()));
}

#[test]
fn both_versions_in_one_file_and_one_comparison() {
    let (_, old) = version1("primes");
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("1.json"), folder.path().join("2.json"));
    fs::write(&first, &old).unwrap();
    let raised = run_with(&["convert", "-", "--to", "record"], old.as_bytes());
    fs::write(&second, &raised.stdout).unwrap();
    assert!(raised.stdout.starts_with("{\"schema\":\"lava-bench-record/2\""));

    let both = format!("{old}\n{}", raised.stdout);
    let Said { code, stdout: records, stderr: said } = run_with(&["convert", "-", "--to", "record"], both.as_bytes());
    assert_eq!((code, records.matches("lava-bench-record/2").count()), (0, 2), "{said}");
    let Said { code, stdout: records, stderr: said } =
        run_with(&["convert", "-", "--to", "record", "--record-version", "1"], both.as_bytes());
    assert_eq!((code, records), (0, format!("{old}\n{old}\n")), "{said}");

    let compared = |base: &Path, new: &Path| run_with(&["compare", base.to_str().unwrap(), new.to_str().unwrap()], b"");
    let other = folder.path().join("3.json");
    fs::write(&other, raised.stdout.replace("1b2c3d4e", "1b2c3d4f")).unwrap();
    let Said { code, stdout: table, stderr: said } = compared(&first, &other);
    assert_eq!(code, 0, "{said}");
    assert_eq!(table, compared(&second, &other).stdout);
    // The same record in both versions is the same record.
    let Said { code, stderr: said, .. } = compared(&first, &second);
    assert!(code == 2 && said.contains("both sides are the same record 1b2c3d4e"), "{said}");
}

#[test]
fn what_version_1_cannot_hold_is_named() {
    let example = document("docs/example-record.json");
    let Said { code, stdout: lowered, stderr: said } =
        run_with(&["convert", "-", "--to", "record", "--record-version", "1"], example.as_bytes());
    assert_eq!(code, 4, "{said}");
    for field in ["boots", "benchmarks.metrics.primary", "benchmarks.cases.executions.role"] {
        assert!(said.contains(&format!("record 0a1b2c3d: version 1 cannot hold all of `{field}`")), "{said}");
    }
    let lowered = Record::from_json(lowered.trim_end().as_bytes()).unwrap();
    assert_eq!(lowered.schema, Schema::V1);
    let execution = &lowered.benchmarks[0].cases[0].executions[1];
    assert_eq!(execution.started.as_deref(), Some("2026-11-24T02:28:27.063Z"), "reckoned from the boot");
    assert_eq!(execution.outputs[0].file, "sysbench-cpu/threads_4/0.stdout");
    let Said { code, stderr: said, .. } =
        run_with(&["convert", "-", "--to", "mmtests-json", "--record-version", "1"], example.as_bytes());
    assert!(code == 2 && said.contains("--record-version: goes with --to record alone"), "{said}");
}

#[test]
fn a_newer_version_is_refused_by_its_name() {
    let newer = document("docs/example-record.json").replace("lava-bench-record/2", "lava-bench-record/3");
    let message = "its version is 3, and this program reads 1 and 2\nhint: use a newer lava-bench";
    for verb in [&["emit", "-"][..], &["convert", "-", "--to", "record"], &["convert", "-", "--to", "mmtests-json"]] {
        let Said { code, stdout: out, stderr: said } = run_with(verb, newer.as_bytes());
        assert!(code == 2 && out.is_empty() && said.contains(message), "{verb:?}: {said}");
    }
    // In frames, its signals still tell what they tell.
    let json = newer.trim_end();
    let record = Record::from_json(document("docs/example-record.json").trim_end().as_bytes()).unwrap();
    let signals: String =
        record_signals(&record, DEFAULT_BUDGET).into_iter().map(|signal| signal.to_line(record.id) + "\n").collect();
    let frames = frames(RecordId(0x0a1b_2c3d), json, Redundancy::default()).unwrap();
    let frames: String = frames.iter().map(|frame| format!("{frame}\n")).collect();
    let Said { code, stdout: out, stderr: said } = support::rebuild(format!("{signals}{frames}"));
    assert_eq!(code, 4, "{said}");
    let rebuilt = Record::from_json(out.trim_end().as_bytes()).unwrap();
    let why = &rebuilt.losses[0].reason;
    assert!(why.ends_with("its version is 3, and this program reads 1 and 2; use a newer lava-bench"), "{why}");
    assert_eq!(rebuilt.benchmarks[0].cases[0].series, record.benchmarks[0].cases[0].series);
    // Signals of a newer version say so themselves, and are not taken for what they may not be.
    let samples = |version: &str| {
        let body = format!(
            "TESTCASE TEST_CASE_ID=a._samples.schema_{version} RESULT=pass MEASUREMENT=0 UNITS=samples CHECK=0000000a"
        );
        format!("<LAVA_SIGNAL_{body}{:08x}>\n", crc32fast::hash(body.as_bytes()))
    };
    let losses = |version| rebuilt_losses(&samples(version));
    assert!(losses("3").iter().any(|loss| loss == "a._samples.schema_3: it is not understood"), "{:?}", losses("3"));
    assert!(!losses("2").iter().any(|loss| loss.contains("not understood")), "{:?}", losses("2"));
}

fn rebuilt_losses(log: &str) -> Vec<String> {
    let record = rebuilt(log.as_bytes()).remove(0).record;
    record.losses.into_iter().map(|loss| format!("{}: {}", loss.what, loss.reason)).collect()
}

#[test]
fn a_definition_without_primary_metrics_is_valid_and_its_first_stands_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("primes.yaml");
    let text = run(&["show", "primes", "--yaml"]).stdout;
    let with = |line: &str| fs::write(&file, text.replace("  primary: [rounds-per-second]\n", line)).unwrap();
    let check = || run(&["check", file.to_str().unwrap()]);
    with("");
    let Said { code, stdout: said, .. } = check();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("note: no `primary`: its first metric stands for it"), "{said}");
    let signals = |budget| -> Vec<String> {
        let (record, _) = version1("primes");
        let names = record_signals(&record, budget).into_iter().map(|signal| signal.name.to_string());
        names.filter(|name| !name.contains("._param.")).collect()
    };
    let short = signals(Budget::primary(DEFAULT_BUDGET));
    assert!(short.iter().any(|name| name == "primes.rounds-per-second.threads_1.0.0"), "{short:#?}");
    assert!(!short.iter().any(|name| name.contains("rounds.") || name.contains("name_rounds.")), "{short:#?}");
    for (wrong, why) in [
        ("  primary: [speed]\n", "benchmark.primary: metric `speed` is not declared"),
        ("  primary: [rounds, rounds]\n", "benchmark.primary: `rounds` stands twice"),
        ("  primary: [a, b, c, d]\n", "benchmark.primary: 4 metrics (one to 3 are quoted)"),
    ] {
        with(wrong);
        let Said { code, stdout: said, .. } = check();
        assert!(code == 2 && said.contains(why), "{said}");
    }
}

#[test]
fn the_limit_of_signals_is_felt_by_other_metrics_first() {
    let (record, _) = version1("primes");
    let mut record = record.raised();
    let benchmark = &mut record.benchmarks[0];
    benchmark.metrics[0].primary = true;
    let sent = |record: &Record, budget: Budget| -> Vec<String> {
        let signals = record_signals(record, budget).into_iter().filter(|signal| signal.name.position().is_some());
        signals.map(|signal| signal.name.to_string()).collect()
    };
    // 4 samples are primary, 6 are not: of a budget of 6 these have 3, so that all of the others fit.
    let names = sent(&record, Budget::all(6));
    assert_eq!(names.iter().filter(|name| name.contains(".rounds-per-second.")).count(), 4, "{names:#?}");
    assert_eq!(names.len(), 6, "{names:#?}");
    record.benchmarks[0].metrics[0].primary = false;
    record.benchmarks[0].metrics[1].primary = true;
    let names = sent(&record, Budget::all(DEFAULT_BUDGET));
    assert!(names[0].contains("primes.rounds.") && names[1].contains("primes.rounds-per-second."), "{names:#?}");
}
