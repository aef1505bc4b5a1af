//! lkp's own result roots, its comparison of them, and its directions, against ours.

use crate::support::golden;
use lava_bench::{
    record::{Better, Record, RecordId, Verdict},
    suites::{self, Content, Input, Selection, TableOptions, lkp::names},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn content(folder: &Path) -> Content {
    suites::read(&Input::Folder(folder), &Selection::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn records(folder: &Path) -> Vec<Record> {
    let records = content(folder).into_records(&|| RecordId(1));
    records.iter().for_each(|record| record.check().expect("a record"));
    records
}

fn table(folders: &[PathBuf], all: bool, kpi: bool) -> String {
    let suite = suites::named("lkp").expect("the suite");
    let (_, format) = suites::tables().find(|(_, format)| format.name == "lkp").expect("the table");
    let results = folders.iter().map(|folder| suite.results(content(folder)).expect("roots")).collect();
    let options = TableOptions { all, kpi, ..TableOptions::default() };
    let tables = suite.compare(results, format, &options).unwrap_or_else(|error| panic!("{error}"));
    tables.into_iter().map(|table| table.expect("a table").text).collect()
}

/// What lkp printed, without its command and its exit code.
fn printed(transcript: &Path) -> String {
    let text = fs::read_to_string(transcript).expect("a transcript");
    let (_, text) = text.split_once('\n').expect("a command");
    text.split("[exit ").next().unwrap_or_default().to_string()
}

#[test]
fn ncompare_prints_what_we_print() {
    let Some(folder) = golden("lkp") else { return };
    let root = folder.join("_result-root/result");
    let of = folder.join("_compare");
    for (file, all, kpi) in
        [("ncompare.txt", false, false), ("ncompare-all.txt", true, false), ("ncompare-search.txt", true, true)]
    {
        let ours = table(std::slice::from_ref(&root), all, kpi);
        let theirs = printed(&of.join(file));
        let different = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
        assert!(ours == theirs, "{file}: {different:?}\n{ours}");
    }
    let written = folder.join("_write");
    for (file, all, kpi) in [("3-ncompare.txt", false, false), ("4-ncompare-kpi.txt", true, true)] {
        assert_eq!(table(&[written.join("input-dir")], all, kpi), printed(&written.join(file)), "{file}");
    }
}

#[test]
fn result_roots_are_records_of_their_numbers() {
    let Some(folder) = golden("lkp") else { return };
    let all = records(&folder.join("_result-root/result"));
    assert_eq!(all.len(), 7);
    let programs: Vec<&str> = all.iter().flat_map(|record| &record.benchmarks).map(|one| one.name.as_str()).collect();
    assert_eq!(programs, [vec!["lkp-hackbench"; 6], vec!["lkp-sysbench-cpu"]].concat());
    let hackbench = &all[0].benchmarks[0];
    let parameters: Vec<String> = hackbench.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        parameters,
        [
            "arch=x86_64",
            "compiler=gcc-12",
            "ipc=pipe",
            "iterations=2",
            "kconfig=defconfig",
            "loops=2000",
            "mode=process",
            "nr_threads=2",
            "rootfs=debian"
        ]
    );
    assert!(all.iter().all(|record| record.losses.is_empty() && record.started.is_some()));
    // Each number of a test, and nothing else.
    let mut counted = 0;
    for (record, root) in all.iter().zip(runs(&folder.join("_result-root/result"))) {
        let text = fs::read_to_string(root.join("stats.json")).expect("its numbers");
        let stats: BTreeMap<String, f64> = serde_json::from_str(&text).expect("numbers");
        let benchmark = &record.benchmarks[0];
        let program = benchmark.tool.as_ref().map(|tool| tool.name.clone()).unwrap_or_default();
        let own: Vec<f64> = stats
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("{program}.")) && !name.contains(".time."))
            .map(|(_, value)| *value)
            .collect();
        let mut ours: Vec<f64> =
            benchmark.cases[0].series.iter().flat_map(|one| one.values()).map(|value| value.get()).collect();
        let mut theirs = own.clone();
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        assert_eq!(ours, theirs, "{}", root.display());
        counted += ours.len();
        assert!(benchmark.cases[0].executions[0].monitors.len() > 50);
    }
    assert!(counted > 30, "{counted}");
}

/// The folders of runs, in the order in which they are read.
fn runs(folder: &Path) -> Vec<PathBuf> {
    suites::lkp::runs(folder).expect("runs")
}

#[test]
fn runs_that_failed_say_so() {
    let Some(folder) = golden("lkp") else { return };
    let all = records(&folder.join("_failures/result"));
    let told: Vec<(String, Verdict, String)> = all
        .iter()
        .map(|record| {
            let benchmark = &record.benchmarks[0];
            let case = &benchmark.cases[0];
            (benchmark.name.to_string(), case.result, case.executions[0].exit.to_string())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("lkp-hackbench".to_string(), Verdict::Skip, "exit status 99".to_string()),
            ("lkp-mytest".to_string(), Verdict::Fail, "exit status 1".to_string())
        ]
    );
}

#[test]
fn monitors_are_never_numbers_of_a_test() {
    let Some(folder) = golden("lkp") else { return };
    let text = fs::read_to_string(folder.join("_monitors/iostat/expected.parse.txt")).expect("a monitor");
    let program = tempfile::TempDir::new().expect("a folder");
    let stats: BTreeMap<String, f64> = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter_map(|(name, value)| Some((format!("iostat.{name}"), value.parse().ok()?)))
        .collect();
    assert!(stats.len() > 4);
    fs::write(program.path().join("stats.json"), serde_json::to_string(&stats).expect("JSON")).expect("a file");
    fs::write(program.path().join("job.yaml"), "suite: hackbench\ntestcase: hackbench\niostat:\n").expect("a file");
    let record = &records(program.path())[0];
    let case = &record.benchmarks[0].cases[0];
    assert_eq!((case.series.len(), case.executions[0].monitors.len()), (0, stats.len()));
}

/// Statistics of which lkp's direction is not what a reader would call better.
const WRONG: [&str; 4] = [
    "netpipe.less_8K_usec.avg",
    // A period is what was asked for; a longer slack is a task that was done earlier.
    "rt-app..*.period.average",
    "rt-app..*.slack.average",
    "stress-ng..*_per_item",
];

#[test]
fn directions_are_lkps_where_these_are_right() {
    let Some(folder) = golden("lkp") else { return };
    let text = fs::read_to_string(folder.join("_direction/direction.tsv")).expect("directions");
    let is_wrong = |stat: &str| {
        let fits = |pattern: &&str| regex::Regex::new(&format!("^{pattern}$")).expect("a pattern").is_match(stat);
        WRONG.iter().any(fits)
    };
    let (mut equal, mut wrong, mut others) = (0, 0, Vec::new());
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (stat, theirs) = (columns[0], columns[4]);
        let Some((program, name)) = stat.split_once('.') else { continue };
        let ours = names().meaning(program, name).better;
        let theirs = match theirs {
            "improvement" => Better::Higher,
            "regression" => Better::Lower,
            _ => continue,
        };
        match (ours == theirs, is_wrong(stat)) {
            (true, false) => equal += 1,
            (false, true) => wrong += 1,
            (_, told) => others.push(format!("{stat}: theirs {theirs:?}, ours {ours:?}, told as wrong: {told}")),
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(equal > 240 && wrong > 5, "{equal} are equal, {wrong} wrong");
}

#[test]
fn what_lkp_wrote_is_written_again_and_compared_the_same() {
    let Some(folder) = golden("lkp") else { return };
    let (_, format) = suites::formats().find(|(_, format)| format.name == "lkp").expect("its format");
    let suites::Shape::Folder(write) = format.shape else { panic!("it is a folder") };
    let scratch = tempfile::TempDir::new().expect("a folder");
    let written = scratch.path().join("written");
    write(&records(&folder.join("_write/input-dir")), &written).expect("it can be written");
    let ours = table(&[written], true, false);
    assert_eq!(ours, printed(&folder.join("_write/3-ncompare.txt")));
}

/// A run of one commit in a folder, with these numbers.
fn write_run(folder: &Path, commit: &str, stats: &str) -> PathBuf {
    let run = folder.join(commit).join("0");
    fs::create_dir_all(&run).expect("a folder");
    let job = format!(
        "suite: mytest\ntestcase: mytest\ncategory: benchmark\narch: x86_64\ntbox_group: board7\nrootfs: debian\n\
         kconfig: defconfig\ncompiler: gcc-12\ncommit: {commit}\n"
    );
    fs::write(run.join("job.yaml"), job).expect("a file");
    fs::write(run.join("stats.json"), stats).expect("a file");
    folder.join(commit)
}

#[test]
fn ncompare_of_single_runs_shows_a_change_only_where_all_is_asked_for() {
    let Some(folder) = golden("lkp") else { return };
    let scratch = tempfile::TempDir::new().expect("a folder");
    let roots = [
        write_run(scratch.path(), "c1", r#"{"mytest.x": 1, "with space.y": 3}"#),
        write_run(scratch.path(), "c2", r#"{"mytest.x": 2, "with space.y": 9}"#),
    ];
    let of = folder.join("_write");
    assert_eq!(table(&roots, true, false), printed(&of.join("10-ncompare-single-run-all.txt")));
    assert_eq!(table(&roots, false, false), printed(&of.join("9-ncompare-single-run-default.txt")));
}

#[test]
fn runs_sums_and_means_are_those_of_lkps_stat() {
    let Some(folder) = golden("lkp") else { return };
    let mut compared = 0;
    for (roots, transcript) in [("_write/input-dir", "_write/6-stat.txt"), ("_result-root/result", "_compare/stat.txt")]
    {
        let all = records(&folder.join(roots));
        let text = fs::read_to_string(folder.join(transcript)).expect("a transcript");
        let metric = text.split_once("hackbench.").and_then(|(_, rest)| rest.split_whitespace().next());
        let metric = metric.expect("what was asked for").replace('_', "-");
        for row in text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            let [runs, sum, mean, _, case] = row[..] else { continue };
            let Ok(runs) = runs.parse::<usize>() else { continue };
            let commit = case.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let of = all.iter().filter(|record| record.label.as_deref() == Some(commit));
            let series = of.flat_map(|record| &record.benchmarks[0].cases[0].series);
            let values: Vec<f64> = series
                .filter(|series| series.metric.as_str() == metric)
                .flat_map(|series| series.values().map(|value| value.get()))
                .collect();
            let total: f64 = values.iter().sum();
            assert_eq!(values.len(), runs, "{transcript}: {commit}");
            let told = [format!("{total:.2}"), format!("{:.2}", total / runs as f64)];
            assert_eq!([sum, mean], [told[0].as_str(), told[1].as_str()], "{transcript}: {commit}");
            compared += 1;
        }
    }
    assert!(compared >= 4, "{compared} rows");
}
