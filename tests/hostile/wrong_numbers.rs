//! Outputs that are cut, of another tool, or contradict each other: no wrong number passes.

use super::support::{self, Said, run_with};
use lava_bench::record::Record;
use std::fs;

/// What `parse` says of a text, and the record.
fn parsed(arguments: &[&str], text: &[u8]) -> (Said, Record) {
    let said = run_with(&[&["parse"], arguments].concat(), text);
    let record = Record::from_json(said.stdout.trim_end().as_bytes()).unwrap();
    (said, record)
}

fn sample(path: &str) -> String {
    fs::read_to_string(support::project("test-definitions").join(path)).unwrap()
}

/// The values of a record, by metric and labels.
fn values(record: &Record) -> Vec<String> {
    let series = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases).flat_map(|case| &case.series);
    series.map(|series| format!("{} {} {:?}", series.metric, series.labels, series.samples)).collect()
}

#[test]
fn a_cut_last_line_is_no_other_number() {
    let text = sample("pi-stress/samples/2.6/groups-2.stdout");
    let line = text.find('\n').unwrap();
    let whole = values(&parsed(&["pi-stress", "--param", "GROUP_COUNT=2"], text.as_bytes()).1);
    for end in 1..text.len() {
        let (said, record) = parsed(&["pi-stress", "--param", "GROUP_COUNT=2"], &text.as_bytes()[..end]);
        if end <= line {
            assert_eq!((said.code, values(&record)), (1, vec![]), "{end}: {}", said.stderr);
        } else {
            // The line of the number is whole; that the output goes on is told.
            assert_eq!((said.code, values(&record)), (i32::from(end + 1 < text.len()), whole.clone()), "{end}");
        }
    }
}

#[test]
fn a_number_that_ends_with_its_line_is_whole_only_with_the_end_of_the_line() {
    let text = sample("pi-stress/samples/2.6/groups-2.stdout");
    let (said, _) = parsed(&["pi-stress", "--param", "GROUP_COUNT=2"], text.lines().next().unwrap().as_bytes());
    assert!(
        said.stderr.contains("output is cut: its last line has no end: Total inversion performed: 126490"),
        "{said:?}"
    );
    // The shell's `$(...)` takes the last end of a line away: what stands before that line is whole.
    let (said, record) = parsed(&["pi-stress", "--param", "GROUP_COUNT=2"], text.trim_end().as_bytes());
    assert_eq!((said.code, values(&record).len()), (0, 1), "{}", said.stderr);
}

#[test]
fn a_value_is_not_another_functions_where_a_heading_is_lost() {
    let text = sample("perf-bench-mem/samples/6.1.192/memcpy.stdout");
    let parse = |text: &str| parsed(&["perf-bench-mem", "--param", "OPERATIONS=memcpy"], text.as_bytes());
    let lost = text.lines().filter(|line| !line.contains("'x86-64-movsb'")).map(|line| format!("{line}\n"));
    let (said, record) = parse(&lost.collect::<String>());
    assert_eq!(said.code, 1);
    assert!(values(&record).iter().all(|series| !series.contains("movs")), "{:?}", values(&record));
    assert!(said.stderr.contains("function=x86-64-movsq: 2 values, 1 expected"), "{}", said.stderr);
    // The first heading has no other one before it.
    let first = text.lines().find(|line| line.starts_with("# function ")).unwrap();
    let (said, _) = parse(&text.replace(&format!("{first}\n"), ""));
    assert!(said.code == 1 && said.stderr.contains("a line is not below its heading"), "{}", said.stderr);
}

#[test]
fn a_row_of_a_table_is_there_once() {
    let text = sample("dbench/samples/4.00/clients-1.stdout");
    let row = text.lines().find(|line| line.starts_with(" NTCreateX ")).unwrap();
    let doubled = text.replace(row, &format!("{row}\n{row}"));
    let (said, record) = parsed(&["dbench", "--param", "CLIENTS=1"], doubled.as_bytes());
    assert_eq!(said.code, 1);
    assert!(values(&record).iter().all(|series| !series.contains("NTCreateX")), "{:?}", values(&record));
    assert!(said.stderr.contains("NTCreateX: 2 values, 1 expected"), "{}", said.stderr);
}

#[test]
fn a_label_is_never_empty() {
    let text = sample("oslat/samples/2.10/cpus-2.stdout");
    let cpu = text.lines().find(|line| line.trim_start().starts_with("\"cpu\":")).unwrap();
    let (said, record) = parsed(&["oslat"], text.replacen(&format!("{cpu}\n"), "", 1).as_bytes());
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("has no label `cpu`"), "{}", said.stderr);
    let labels = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases).flat_map(|case| &case.series);
    assert!(labels.flat_map(|series| series.labels.iter()).all(|(_, text)| !text.is_empty()));
}

#[test]
fn an_output_without_an_end_is_named() {
    let said = support::run(&["check", &support::project("test-definitions/rt-app/rt-app.yaml").display().to_string()]);
    assert!(said.code == 0 && said.stdout.contains("; no end: rt-app 1)"), "{said:?}");
    let text = sample("rt-app/samples/1.0/tasks-2.stdout");
    let (said, _) = parsed(&["rt-app", "--param", "TASKS=2", "--param", "POLICY=SCHED_OTHER"], text.as_bytes());
    assert!(said.stderr.contains("rt-app 1: nothing in this output says that it is complete"), "{}", said.stderr);
}

/// What a form says of units, and outputs of tools that print the same lines.
mod forms {
    use crate::support::{definition, project, run};
    use std::fs;
    use tempfile::TempDir;

    #[test]
    fn one_unit_is_not_taken_for_all_numbers_of_a_line() {
        let folder = TempDir::new().unwrap();
        let path = definition(folder.path(), "units", "echo score 1", "");
        let text = fs::read_to_string(&path).unwrap();
        let (from, to) = (
            "{metric: score, regex: '^score (?P<value>\\d+)$'}",
            "{values: {a: score, b: time}, regex: '^score (?P<a>\\d+) in (?P<b>[\\d.]+) (?P<unit>\\w+)$', units: {s: 1000}}",
        );
        assert!(text.contains(from));
        let text = text
            .replace(from, to)
            .replace("metrics: [", "metrics: [{name: time, unit: s, better: lower, range: [0, 9]}, ");
        fs::write(&path, &text).unwrap();
        let said = run(&["check", path.to_str().unwrap()]);
        assert!(
            said.code == 2 && said.stdout.contains("`units` go with one value in a line, and this pattern has 2\n"),
            "{}",
            said.stdout
        );
        assert!(said.stdout.contains("\nhint: write one pattern for each value that has a unit"), "{}", said.stdout);
        // As the hint says.
        let both = "{metric: score, regex: '^score (?P<value>\\d+) in '}, {metric: time, regex: ' in (?P<value>[\\d.]+) (?P<unit>\\w+)$', units: {s: 1, ms: 1/1000}}";
        fs::write(&path, text.replace(to, both)).unwrap();
        let output = folder.path().join("output");
        fs::write(&output, "score 7 in 500 ms\n").unwrap();
        let name = folder.path().to_str().unwrap();
        let said = run(&["--definitions", name, "parse", "units", output.to_str().unwrap()]);
        assert!(
            said.code == 0 && said.stdout.contains("[[0.5]]") && said.stdout.contains("[[7.0]]"),
            "{}{}",
            said.stdout,
            said.stderr
        );
    }

    #[test]
    fn an_output_of_another_tool_that_prints_the_same_lines_is_refused() {
        for (sample, definition, parameters) in [
            ("zstd/samples/1.5.4/level-1", "lz4", &["LEVEL=1"][..]),
            ("lz4/samples/1.9.4/level-1", "zstd", &["LEVEL=1", "THREADS=1"]),
            ("xz/samples/5.4.1/threads-1", "pigz", &["THREADS=1"]),
            ("pigz/samples/2.6/threads-1", "xz", &["THREADS=1"]),
            ("sysbench-threads/samples/1.0.20/threads-1", "sysbench-mutex", &["THREADS=1"]),
            ("sysbench-mutex/samples/1.0.20/threads-1", "sysbench-threads", &["THREADS=1"]),
            ("tbench/samples/4.00/clients-2", "dbench", &["CLIENTS=2"]),
            ("dbench/samples/4.00/clients-2", "tbench", &["CLIENTS=2"]),
            ("hackbench/samples/2.4/threads", "hackbench-pipe", &["GROUP_COUNT=2", "MODE=process"]),
            ("hackbench-pipe/samples/2.4/process", "hackbench", &["GROUP_COUNT=2", "MODE=process"]),
        ] {
            let file = |end: &str| project("test-definitions").join(format!("{sample}.{end}"));
            let output = ["stdout", "stderr"]
                .map(file)
                .into_iter()
                .find(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0));
            let output = output.unwrap();
            let mut arguments = vec!["parse", definition, output.to_str().unwrap()];
            arguments.extend(parameters.iter().flat_map(|parameter| ["--param", parameter]));
            let said = run(&arguments);
            assert_eq!(said.code, 1, "{sample} for {definition}: {}{}", said.stdout, said.stderr);
        }
    }
}
