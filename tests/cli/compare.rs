//! `compare` as people use it: what a kernel developer types, and what the answer says.

use super::support::{Said, program, run, run_with};
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// The record of one boot of sysbench-cpu with two cases: events/s, of which more is better.
pub(super) fn boot(kernel: &str, number: u32, level: f64) -> Value {
    let case = |threads: f64| {
        let samples: Vec<[f64; 1]> = [0.998, 1.0, 1.003].iter().map(|noise| [level * threads * noise]).collect();
        json!({"labels": {"threads": threads.to_string()}, "result": "pass", "valid": true, "series": [{"metric": "events-per-second", "samples": samples}]})
    };
    json!({
        "schema": "lava-bench-record/2", "id": format!("{number:08x}"), "started": "2026-11-24T02:28:25Z",
        "machine": {"kernel": {"release": kernel}, "board": {"model": "Raspberry Pi 4"}, "processor": {"model": "Cortex-A72", "threads": 4}},
        "boots": [{"id": format!("{number:012x}")}],
        "benchmarks": [{
            "name": "sysbench-cpu", "tool": {"name": "sysbench", "version": "1.0.20"},
            "parameters": {"MAX_PRIME": "10000", "THREADS": "1 4", "ITERATIONS": "3"},
            "metrics": [{"name": "events-per-second", "unit": "events/s", "better": "higher", "primary": true}],
            "cases": [case(1.0), case(4.0)],
        }],
    })
}

/// Three boots of a kernel, a file each.
pub(super) fn three(folder: &Path, name: &str, first: u32, factor: f64, change: impl Fn(&mut Value)) {
    fs::create_dir(folder.join(name)).unwrap();
    for (number, level) in (first..).zip([1000.0, 1004.0, 997.0]) {
        let mut record = boot(name, number, level * factor);
        change(&mut record);
        fs::write(folder.join(name).join(format!("{number}.json")), record.to_string() + "\n").unwrap();
    }
}

pub(super) fn sides(factor: f64, change: impl Fn(&mut Value)) -> TempDir {
    let folder = TempDir::new().unwrap();
    three(folder.path(), "old", 1, 1.0, |_| {});
    three(folder.path(), "new", 11, factor, change);
    folder
}

pub(super) fn compare(folder: &TempDir, arguments: &[&str]) -> Said {
    let said = Said::of(program().current_dir(folder.path()).arg("compare").args(arguments));
    for line in said.stdout.lines() {
        assert!(line.chars().count() <= 80 || arguments.contains(&"--format"), "{line}");
    }
    said
}

pub(super) fn of_folders(folder: &TempDir, more: &[&str]) -> Said {
    compare(folder, &[&["old", "--vs", "new"], more].concat())
}

#[test]
fn the_same_kernel_twice_is_no_finding() {
    let folder = sides(1.001, |_| {});
    let said = of_folders(&folder, &["--fail-on", "regression,unknown,failure"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(said.stdout.starts_with("No regression: 2 metrics are the same.\n"), "{}", said.stdout);
    assert!(!said.stdout.contains('*'));
}

#[test]
fn two_runs_of_one_boot_each_decide_nothing_and_say_what_would() {
    let folder = sides(1.3, |_| {});
    let said = compare(&folder, &["old/1.json", "new/11.json"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.starts_with("Nothing is decided: 2 metrics are unknown.\n"), "{}", said.stdout);
    assert!(said.stdout.contains("\nUnknown, as one boot a side decides nothing: take 2 more"), "{}", said.stdout);
    assert_eq!(compare(&folder, &["old/1.json", "new/11.json", "--fail-on", "unknown"]).code, 1);
}

#[test]
fn more_events_a_second_are_more_and_better() {
    let said = of_folders(&sides(1.1087, |_| {}), &[]);
    assert!(said.stdout.starts_with("No regression: 2 metrics are better.\n"), "{}", said.stdout);
    assert!(said.stdout.contains("% more events/s ("), "{}", said.stdout);
    let folder = sides(0.9, |_| {});
    let said = of_folders(&folder, &["--fail-on", "regression"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.starts_with("Regression: 2 metrics are worse.\n"), "{}", said.stdout);
    assert!(said.stdout.contains("1000 -> 900 events/s: 10.0 % fewer events/s ("), "{}", said.stdout);
    assert_eq!(of_folders(&folder, &[]).code, 0);
}

#[test]
fn other_parameters_and_tools_are_refused() {
    for (change, told) in [
        ("/benchmarks/0/parameters/MAX_PRIME", "sysbench-cpu: parameter MAX_PRIME: 10000 -> 20000"),
        ("/benchmarks/0/tool/version", "sysbench-cpu: tool sysbench: 1.0.20 -> 20000"),
        ("/machine/board/model", "machine: board: Raspberry Pi 4 -> 20000"),
    ] {
        let folder = sides(0.5, |record| *record.pointer_mut(change).unwrap() = json!("20000"));
        let said = of_folders(&folder, &[]);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{told}");
        assert!(said.stderr.contains(told) && said.stderr.contains("--allow-different"), "{}", said.stderr);
        let allowed = of_folders(&folder, &["--allow-different"]);
        assert_eq!(allowed.code, 0);
        assert!(
            allowed.stdout.contains("What else differs:") && allowed.stdout.contains("-> 20000"),
            "{}",
            allowed.stdout
        );
    }
}

#[test]
fn four_benchmarks_fit_a_screen() {
    let folder = sides(1.0, |_| {});
    for name in ["old", "new"] {
        for entry in fs::read_dir(folder.path().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            for more in ["hackbench", "fio", "netperf"] {
                let mut benchmark = record["benchmarks"][0].clone();
                benchmark["name"] = json!(more);
                record["benchmarks"].as_array_mut().unwrap().push(benchmark);
            }
            fs::write(&path, record.to_string()).unwrap();
        }
    }
    let said = of_folders(&folder, &[]);
    assert!(said.stdout.lines().count() <= 24, "{}", said.stdout);
    assert!(said.stdout.contains("The same within 5 %: 8 metrics"), "{}", said.stdout);
}

#[test]
fn a_case_that_fails_now_comes_first() {
    let folder = sides(1.0, |record| {
        let case = &mut record["benchmarks"][0]["cases"][1];
        case["result"] = json!("fail");
        case["reasons"] = json!(["exit status 1"]);
    });
    let said = of_folders(&folder, &["--fail-on", "failure"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.starts_with("Regression: 1 case fails that passed, "), "{}", said.stdout);
    assert!(said.stdout.contains("exit status 1"), "{}", said.stdout);
}

#[test]
fn a_source_is_a_record_several_a_folder_a_log_or_standard_input() {
    let folder = sides(1.0, |_| {});
    let all: String = ["11", "12", "13"]
        .map(|name| fs::read_to_string(folder.path().join(format!("new/{name}.json"))).unwrap())
        .concat();
    fs::write(folder.path().join("new.jsonl"), &all).unwrap();
    let expected = of_folders(&folder, &[]).stdout;
    assert_eq!(compare(&folder, &["old", "--vs", "new.jsonl"]).stdout, expected);
    assert_eq!(compare(&folder, &["old", "new.jsonl"]).stdout, expected);
    // A log: what `emit` sends is what a board says.
    let log = run_with(&["emit", "-"], fs::read(folder.path().join("new/11.json")).unwrap().trim_ascii_end());
    fs::write(folder.path().join("serial.log"), format!("noise\n{}", log.stdout)).unwrap();
    let said = compare(&folder, &["old", "--vs", "serial.log", "new/12.json", "new/13.json"]);
    assert_eq!((said.stdout, said.code), (expected, 0));
    // A run's folder.
    fs::create_dir(folder.path().join("run")).unwrap();
    fs::copy(folder.path().join("new/11.json"), folder.path().join("run/record.json")).unwrap();
    let one = compare(&folder, &["old", "--vs", "run"]);
    assert!(one.stdout.contains("1 boot, 6 iterations"), "{}", one.stdout);
}

#[test]
fn the_same_boot_on_both_sides_is_said() {
    let folder = sides(1.0, |_| {});
    // Each boot was measured twice: these are other records of the same boots.
    fs::create_dir(folder.path().join("again")).unwrap();
    let files: Vec<_> = fs::read_dir(folder.path().join("old")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for (at, file) in files.iter().enumerate() {
        let mut record: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        record["id"] = format!("0000000{at}").into();
        fs::write(folder.path().join(format!("again/{at}.json")), format!("{record}\n")).unwrap();
    }
    let said = compare(&folder, &["old", "again"]);
    assert!(said.stdout.starts_with("Nothing is compared, as both sides are the same boots: "), "{}", said.stdout);
    assert!(said.stdout.contains("all 3 new boots are on the base side too"), "{}", said.stdout);
    assert_eq!(compare(&folder, &["old", "again", "--fail-on", "unknown"]).code, 1);
    let said = compare(&folder, &["old", "--vs", "again/0.json", "new"]);
    assert!(said.stdout.contains("1 of 4 new boots is on the base side too"), "{}", said.stdout);
}

#[test]
fn the_same_records_on_both_sides_are_refused() {
    let folder = sides(1.0, |_| {});
    let hint = "hint: name what each kernel measured: compare OLD NEW\n";
    for (arguments, what) in [
        (&["old", "old"][..], "3 records"),
        (&["old/1.json", "old/1.json"], "record "),
        (&["old", "--vs", "old/3.json", "old/1.json", "old/2.json"], "3 records"),
        (&["old", "old", "--format", "json"], "3 records"),
    ] {
        let said = compare(&folder, arguments);
        let begin = format!("lava-bench: both sides are the same {what}");
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(said.stderr.starts_with(&begin) && said.stderr.ends_with(hint), "{}", said.stderr);
    }
}

#[test]
fn json_has_an_object_a_metric() {
    let folder = sides(0.9, |_| {});
    let said = of_folders(&folder, &["--format", "json"]);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(json["schema"], "lava-bench-comparison/1");
    let metric = &json["metrics"][0];
    for key in [
        "benchmark",
        "case",
        "metric",
        "unit",
        "base",
        "new",
        "change",
        "interval",
        "verdict",
        "p",
        "q",
        "boots",
        "reason",
    ] {
        assert!(metric.get(key).is_some(), "{key}: {metric}");
    }
    assert_eq!((&metric["verdict"], &metric["boots"]["new"]), (&json!("worse"), &json!(3)));
}

#[test]
fn wrong_sources_are_named() {
    let folder = sides(1.0, |_| {});
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("notes.txt"), "nothing\n").unwrap();
    fs::write(folder.path().join("cut.json"), "{\"schema\":\"lava-bench-record/2\",\"id\":\"0a").unwrap();
    for (arguments, told) in [
        (&["old"][..], "1 source: which are old, and which are new?"),
        (&["old", "old", "new"], "3 sources: which are old"),
        (&["old", "--vs", "empty"], "empty: no record in it, and no run of MMTests"),
        (&["old", "--vs", "notes.txt"], "notes.txt: neither a record nor a suite's results"),
        (&["old", "--vs", "cut.json"], "cut.json: "),
        (&["old", "--vs", "gone"], "gone: "),
        (&["old", "--vs", "new", "--ratio"], "goes with --format mmtests"),
        (&["old", "--vs", "new", "--benchmark", "fio"], "--benchmark fio: nothing of that name"),
        (&["old", "--vs", "new", "--margin", "0"], "write a share above 0 % and below 100 %, as 5% or 0.05"),
    ] {
        let said = compare(&folder, arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(said.stderr.contains(told), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn mmtests_table_stays_for_who_asks_for_it() {
    let folder = sides(1.0, |_| {});
    let said = compare(&folder, &["old/1.json", "new/11.json", "--format", "mmtests"]);
    assert!(said.code == 0 && said.stdout.contains("BAmean.95"), "{said:?}");
    let said = compare(&folder, &["old/1.json", "new/11.json", "--format", "mmtests", "--all"]);
    assert!(said.code == 2 && said.stderr.contains("--all: a suite's own table has no verdicts"), "{said:?}");
    assert_eq!(run(&["compare"]).code, 2);
}
