//! The program: it compares and converts what MMTests wrote.

use super::support::{Said, run_with};
use lava_bench::record::Record;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The exit code, the output, and what is said of it.
pub(super) fn program(arguments: &[&str], input: &str) -> (i32, String, String) {
    let Said { code, stdout, stderr } = run_with(arguments, input.as_bytes());
    (code, stdout, stderr)
}

pub(super) const TWO: &str = r#"[{"_ModuleName":"ExtractShellpacksysbenchcpu","_TestName":"old","_GeneratedOperations":["events/sec-1","gone"],
    "_ResultData":{"events/sec-1":[{"SampleNrs":["1",2,3],"Values":["100.5","101.25","99.75"]}]}},
    {"_ModuleName":"ExtractShellpacksysbenchcpu","_TestName":"new","_GeneratedOperations":["events/sec-1","more"],
    "_ResultData":{"events/sec-1":[{"SampleNrs":["1",2],"Values":["50.25","50.75"]}],"more":[{"SampleNrs":[1],"Values":[1]}]}}]"#;

#[test]
fn the_program_compares_and_tells_what_the_table_does_not() {
    let (code, table, notes) = program(&["compare", "-"], TWO);
    assert_eq!(code, 0, "{notes}");
    // MMTests takes the loss for a gain.
    assert!(
        table.contains("Amean     events/sec-1            100.50 (   0.00%)             50.50 *  49.75%*"),
        "{table}"
    );
    assert!(notes.contains("run `old`: operation `gone`: no samples"), "{notes}");
    assert!(notes.contains("run `new`: operation `more`: not in the baseline"), "{notes}");
    let (_, table, _) = program(&["compare", "-", "--true-direction"], TWO);
    assert!(
        table.contains("Hmean     events/sec-1            100.50 (   0.00%)             50.50 * -49.75%*"),
        "{table}"
    );
    let (_, table, _) = program(&["compare", "-", "--true-direction", "--ratio"], TWO);
    assert!(table.contains("Gmean Higher"), "{table}");
    let (_, table, _) = program(&["compare", "-", "--runs", "new,old", "--no-compare"], TWO);
    assert_eq!(table.lines().nth(1).map(|line| line.split_whitespace().collect::<Vec<_>>()), Some(vec!["new", "old"]));
    let (_, html, _) = program(&["compare", "-", "--format", "mmtests-html"], TWO);
    assert!(html.starts_with("<table class=\"resultsTable\">") && html.contains("bgcolor=\"#A0FFA0\""), "{html}");
}

#[test]
fn the_program_converts_there_and_back() {
    let (code, records, error) = program(&["convert", "-", "--to", "record"], TWO);
    assert_eq!((code, records.lines().count()), (0, 2), "{error}");
    let (code, json, error) = program(&["convert", "-", "--to", "mmtests-json"], &records);
    assert_eq!(code, 0, "{error}");
    let value = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
    assert_eq!(value(&json), value(TWO));
    let (_, one, _) =
        program(&["convert", "-", "--to", "mmtests-json", "--list"], records.lines().next().expect("one"));
    assert_eq!(value(&one), json!([value(TWO)[0]]));
}

/// A run with these logs.
pub(super) fn tree(folder: &Path, logs: &[(&str, &str)]) {
    for (path, text) in logs {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
}

#[test]
fn a_folder_is_read_and_what_is_not_understood_is_said() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let time = |value: &str| format!("     Total time: {value} [sec]\n");
    let logs = "hackbench-thread-pipes/logs/hackbench-2";
    let kernel = "Linux vm 6.1.0 #1 SMP x86_64 GNU/Linux\n";
    let stamps = "start :: 1795457751\ntest begin :: hackbench-thread-pipes 1795457752\n\
                  test end :: hackbench-thread-pipes 1795457813 0\ntime :: hackbench-thread-pipes 54.51 user 0.28 system 60.74 elapsed\n";
    tree(
        folder.path(),
        &[
            (&format!("log/a/iter-0/{logs}"), &time("0.100")),
            (&format!("log/a/iter-10/{logs}"), &time("0.300")),
            (&format!("log/a/iter-2/{logs}"), &time("broken")),
            ("log/a/iter-0/kernel.version", kernel),
            ("log/a/iter-0/tests-timestamp", stamps),
            ("log/not-a-run/file", ""),
        ],
    );
    let log = folder.path().join("log").to_string_lossy().into_owned();
    let (code, json, notes) = program(&["convert", &log, "--to", "mmtests-json"], "");
    assert_eq!(code, 0, "{notes}");
    assert!(notes.contains("operation `time-2`: `broken` is not a number"), "{notes}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let values = |json: &Value| -> Vec<Value> {
        let all = json["_ResultData"]["time-2"].as_array().expect("iterations");
        all.iter().map(|iteration| iteration["Values"][0].clone()).collect()
    };
    assert_eq!(values(&json), [json!("0.100"), json!("0.300")]);
    let (_, json, _) = program(&["convert", &log, "--to", "mmtests-json", "--numeric-iterations"], "");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(values(&json), [json!("0.100"), Value::Null, json!("0.300")]);
    let (_, record, _) = program(&["convert", &format!("{log}/a"), "--to", "record"], "");
    let record = Record::from_json(record.trim_end().as_bytes()).expect("a record");
    assert_eq!(record.machine.as_ref().and_then(|machine| machine.kernel.release.as_deref()), Some("6.1.0"));
    assert_eq!(record.benchmarks[0].cases[0].executions[0].elapsed_seconds, 60.74);

    tree(folder.path(), &[("log/a/iter-0/unheard/logs/file", "1\n")]);
    let (code, _, error) = program(&["compare", &log], "");
    assert_eq!(code, 2);
    assert!(error.contains("benchmark `unheard` has no extraction rule\nhint: there are rules for aim9, "), "{error}");
    let (code, table, _) = program(&["compare", &log, "--benchmark", "hackbench-thread-pipes"], "");
    assert!(code == 0 && table.contains("Amean     time-2"), "{table}");
    tree(
        folder.path(),
        &[("none/a/iter-0/hackbench/logs/hackbench-1", "nothing\n"), ("bad/a/iter-0/fio/logs/fio.log.gz", "no gzip")],
    );
    let (code, _, error) = program(&["compare", &folder.path().join("none").to_string_lossy()], "");
    assert!(code == 2 && error.contains("benchmark `hackbench`: no sample in its logs"), "{error}");
    let (code, _, error) = program(&["compare", &folder.path().join("bad").to_string_lossy()], "");
    assert!(code == 2 && error.contains("fio.log.gz"), "{error}");
}
