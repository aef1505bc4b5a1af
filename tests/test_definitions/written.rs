//! `convert`, `show`, `compare` and `history` of a `result.txt`, and back.

use crate::support::{golden, run, run_with};
use lava_bench::record::Record;
use std::{collections::BTreeMap, fs, path::Path};
use tempfile::TempDir;

const HACKBENCH: &str = "hackbench-mean pass 0.914 s\nhackbench-min pass 0.665 s\nhackbench-max pass 1.305 s\n";

fn record(text: &str) -> Record {
    let said = run_with(&["convert", "-", "--to", "record"], text.as_bytes());
    assert_eq!(said.code, 0, "{said:?}");
    said.record()
}

fn written(record: &Record) -> String {
    let said = run_with(&["convert", "-", "--to", "test-definitions"], record.to_json().as_bytes());
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

#[test]
fn what_our_definition_measures_too_has_its_names() {
    let record = record(HACKBENCH);
    let [ours, theirs] = record.benchmarks.as_slice() else { panic!("{record:?}") };
    assert_eq!((ours.name.as_str(), theirs.name.as_str()), ("hackbench", "test-definitions"));
    let [case] = ours.cases.as_slice() else { panic!("{ours:?}") };
    assert_eq!(case.labels.to_string(), "groups=10 mode=process");
    assert_eq!(case.series[0].values().next().unwrap().get(), 0.914);
    let names: Vec<_> = theirs.cases.iter().filter_map(|case| case.labels.get("name")).collect();
    assert_eq!(names, ["hackbench-min", "hackbench-max"]);
    assert_eq!(written(&record), HACKBENCH);
}

#[test]
fn what_cannot_be_taken_is_a_loss_with_its_line() {
    let said = run_with(&["convert", "-", "--to", "record"], b"a pass 1 s\nb pass  ms\nc pass 1,234 ops\n");
    assert_eq!(said.code, 0, "{said:?}");
    let losses: Vec<_> = said.record().losses.iter().map(|loss| loss.what.clone()).collect();
    assert_eq!(losses, ["result.txt: line 2", "result.txt: line 3"]);
    assert!(said.stderr.contains("result.txt: line 3: not taken: `c`: `1,234`: not a number"), "{}", said.stderr);
    let said = run_with(&["convert", "-", "--to", "record"], b"fio-read pass  iops\n");
    assert!(said.code == 2 && said.stderr.contains("no result in it"), "{said:?}");
}

#[test]
fn lines_that_nothing_here_measures_stay_as_they_are() {
    let text =
        "lava-test-set start a\nx pass 1 s\nx fail 2 s\nlava-test-set stop\nx pass 3 MB/s\ny skip\nz unknown 7\n";
    assert_eq!(written(&record(text)), text);
}

#[test]
fn a_record_of_ours_is_written_whole() {
    let example = fs::read_to_string(crate::support::project("docs/example-record.json")).unwrap();
    let said = run_with(&["convert", "-", "--to", "test-definitions"], example.as_bytes());
    assert_eq!(said.code, 0, "{said:?}");
    let record = Record::from_json(example.trim_end().as_bytes()).unwrap();
    let values = record.benchmarks.iter().flat_map(|it| &it.cases).flat_map(|it| &it.series).flat_map(|it| it.values());
    let measured = said.stdout.lines().filter(|line| line.split(' ').count() > 2).count();
    assert_eq!(measured, values.count());
    assert!(said.stderr.contains("are not in a result.txt"), "{said:?}");
}

#[test]
fn a_history_that_began_with_their_script_goes_on_with_our_definition() {
    let folder = TempDir::new().unwrap();
    let mut sources = Vec::new();
    for at in 0..12 {
        let path = folder.path().join(format!("{at:02}.txt"));
        fs::write(&path, HACKBENCH.replace("0.914", &format!("0.9{at:02}"))).unwrap();
        sources.push(path.to_str().unwrap().to_string());
    }
    let mut ours = record(HACKBENCH);
    ours.benchmarks.truncate(1);
    for at in 12..24_u32 {
        ours.id.0 = at;
        ours.benchmarks[0].tool = None;
        let path = folder.path().join(format!("{at:02}.json"));
        fs::write(&path, ours.to_json()).unwrap();
        sources.push(path.to_str().unwrap().to_string());
    }
    let arguments: Vec<&str> = ["history", "--benchmark", "hackbench", "--json", "--all"]
        .into_iter()
        .chain(sources.iter().map(String::as_str))
        .collect();
    let said = run(&arguments);
    assert_eq!(said.code, 0, "{said:?}");
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let series = document["series"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{}", said.stdout);
    assert!(said.stdout.contains("test-definitions"), "what changed is not told: {}", said.stdout);
    let said = run(&["show", &sources[0]]);
    assert!(said.code == 0 && said.stdout.contains("hackbench"), "{said:?}");
    let said = run(&["compare", &sources[0], &sources[1], "--all"]);
    assert!(said.stdout.contains("hackbench"), "{said:?}");
}

/// Each line's words, with its number as a number.
fn lines(text: &str) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut words: Vec<String> = line.split_whitespace().map(String::from).collect();
        if let Some(number) = words.get(2).and_then(|word| word.parse::<f64>().ok()) {
            words[2] = number.to_string();
        }
        *all.entry(words.join(" ")).or_default() += 1;
    }
    all
}

#[test]
fn every_golden_comes_back_but_for_what_is_named() {
    let Some(folder) = golden("test-definitions") else { return };
    let mut all = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let Ok(text) = fs::read_to_string(entry.path().join("result.txt")) else { continue };
        let said = run(&["convert", entry.path().join("result.txt").to_str().unwrap(), "--to", "record"]);
        if said.code != 0 {
            assert!(said.stderr.contains("no result in it") || said.stderr.contains("it is empty"), "{said:?}");
            continue;
        }
        let record = said.record();
        record.check().unwrap();
        let (mut theirs, ours) = (lines(&text), lines(&written(&record)));
        theirs.retain(|line, count| {
            let left = count.saturating_sub(ours.get(line).copied().unwrap_or_default());
            *count = left;
            left > 0
        });
        let lost: usize = theirs.values().sum();
        // A line of a test set that holds nothing, another spelling of a result, and other units are no loss.
        let named = record.losses.len() + theirs.keys().filter(|line| is_only_spelled_otherwise(line)).count();
        assert!(lost <= named, "{:?}: {theirs:#?}\n{:#?}", entry.file_name(), record.losses);
        all += 1;
    }
    assert!(all >= 20, "{all}");
}

/// Verdicts of iterations that all passed are one verdict.
fn is_only_spelled_otherwise(line: &str) -> bool {
    (line.starts_with("iteration-") && line.ends_with("-pi-stress pass"))
        || line.starts_with("lava-test-set ")
        || line.contains(" PASS")
        || line.contains(" Pass")
        || line.ends_with(" Gbits/sec")
}

#[test]
fn their_runners_file_says_its_parameters_and_its_machine() {
    let Some(file) = golden("test-definitions/test-runner/result.json") else { return };
    let said = run(&["convert", file.to_str().unwrap(), "--to", "record"]);
    assert_eq!(said.code, 0, "{said:?}");
    let record = said.record();
    let ours = &record.benchmarks[0];
    assert_eq!(ours.name.as_str(), "hackbench");
    assert_eq!(ours.parameters.get("ITERATIONS").map(String::as_str), Some("2"));
    assert_eq!(record.machine.unwrap().kernel.release.as_deref(), Some("6.18.44-fc-v669"));
    assert!(Path::new(&file).exists());
}
