//! `convert` to what other programs read: tables of samples, tests of dashboards.

use crate::support::{example, program, run, run_with};
use lava_bench::record::Record;
use std::fs;
use tempfile::TempDir;

/// The record of `docs/example-record.json`, and how many samples it has.
fn sampled() -> (String, usize) {
    let json = example();
    let record = Record::from_json(json.trim_end().as_bytes()).unwrap();
    let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
    let samples = cases.flat_map(|case| &case.series).map(|series| series.samples.concat().len()).sum();
    (json, samples)
}

#[test]
fn csv_has_a_row_for_each_sample_of_all_records() {
    let (json, samples) = sampled();
    let other = json.replace("0a1b2c3d", "0a1b2c3e");
    let folder = TempDir::new().unwrap();
    let (source, table) = (folder.path().join("records.json"), folder.path().join("samples.csv"));
    fs::write(&source, format!("{}\n{}\n", json.trim_end(), other.trim_end())).unwrap();
    let said = run(&["convert", source.to_str().unwrap(), "--to", "csv", "-o", table.to_str().unwrap()]);
    assert_eq!((said.code, &*said.stdout), (0, ""), "{}", said.stderr);
    let text = fs::read_to_string(&table).unwrap();
    assert!(samples > 1 && text.lines().count() == 2 * samples + 1, "{text}");
    assert_eq!(text.matches("0a1b2c3e,").count(), samples);
    // Standard input and output do as well.
    let one = run_with(&["convert", "-", "--to", "csv"], json.as_bytes());
    assert_eq!((one.code, one.stdout.lines().count()), (0, samples + 1), "{}", one.stderr);
    assert!(text.starts_with(&one.stdout));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (json, _) = sampled();
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("records.json");
    let record = |number: usize| format!("{}\n", json.trim_end().replace("0a1b2c3d", &format!("{number:08x}")));
    fs::write(&source, (0..400).map(record).collect::<String>()).unwrap();
    for format in ["csv", "junit", "record"] {
        let mut command = program();
        command.args(["convert", source.to_str().unwrap(), "--to", format]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{format}: {said}");
    }
}

#[test]
fn junit_says_how_each_case_went() {
    let (json, _) = sampled();
    let said = run_with(&["convert", "-", "--to", "junit"], json.as_bytes());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lava-bench\""));
    assert!(said.stdout.contains("<testcase classname=\"sysbench-cpu\" name=\"threads=4\""), "{}", said.stdout);
    let failed = json.replace("\"result\":\"pass\"", "\"result\":\"fail\",\"reasons\":[\"exit status 1\"]");
    let said = run_with(&["convert", "-", "--to", "junit"], failed.as_bytes());
    // What is converted was read well: that a case failed is the document's to say.
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("<failure message=\"exit status 1\" type=\"fail\"/>"), "{}", said.stdout);
}

#[test]
fn every_column_is_described_in_its_order() {
    let page = fs::read_to_string(crate::support::project("docs/exchange.md")).unwrap();
    let (json, _) = sampled();
    let table = run_with(&["convert", "-", "--to", "csv"], json.as_bytes()).stdout;
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let section = page.split("## ").find(|section| section.starts_with("Samples")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(rows.map(|(name, _)| name).collect::<Vec<_>>(), columns);
}
