//! Outputs that other projects' parsers were run on, with their answers: ours must be the same numbers.
//!
//! They are not part of the project. `LAVA_BENCH_GOLDENS` names their folder; by default it is looked for beside the
//! project, and the tests are skipped where it is not.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use lava_bench::{
    capture,
    definition::Store,
    parse::{Extraction, extract},
    rebuild::DatabaseResult,
    source::{self, Content, Sink},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

fn goldens(part: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/goldens");
    let folder = env::var_os("LAVA_BENCH_GOLDENS").map_or_else(beside, PathBuf::from).join(part);
    if !folder.is_dir() {
        eprintln!("skipped: no goldens at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// What a source gave.
#[derive(Default)]
struct Results(Vec<DatabaseResult>);

impl Sink for Results {
    fn lines(&mut self, _: &mut dyn BufRead) -> io::Result<()> {
        Ok(())
    }

    fn result(&mut self, result: DatabaseResult) {
        self.0.push(result);
    }
}

/// What two real LAVAs and tuxrun wrote of one and the same test definition.
#[test]
fn exports_of_lava_and_tuxrun_are_known_by_their_content() {
    let Some(folder) = goldens("lava") else { return };
    let export = |file: &str| {
        let (mut results, file) = (Results::default(), fs::File::open(folder.join(file)).expect("a golden"));
        let told = source::read(file, &mut results).expect("it can be read");
        (told.content, results.0)
    };
    for version in ["2023.01", "2026.07"] {
        for (file, content) in [
            ("rest_jobs_N_tests", Content::LavaTests),
            ("rest_jobs_N_suites_S_tests", Content::LavaTests),
            ("rest_jobs_N_csv", Content::LavaCsv),
            ("rest_jobs_N_suites_S_csv", Content::LavaCsv),
            ("rest_jobs_N_yaml", Content::LavaYaml),
            ("rest_jobs_N_suites_S_yaml", Content::LavaYaml),
        ] {
            let (is, results) = export(&format!("{version}/{file}"));
            assert_eq!((is, results.len()), (content, 11), "{version}/{file}");
            let first = &results[0];
            let told = (first.name.as_str(), first.measurement.as_deref(), first.units.as_deref());
            assert_eq!(told, ("api-pass", Some("1.5"), Some("s")), "{version}/{file}");
            assert_eq!(results.iter().filter(|result| result.measurement.is_some()).count(), 3);
        }
        assert_eq!(export(&format!("{version}/rest_jobs_N_junit")).0, Content::LavaJunit);
        assert_eq!(export(&format!("{version}/rest_jobs_N_logs")).0, Content::Capture);
    }
    let (is, results) = export("tuxrun/results.json");
    assert_eq!((is, results.len()), (Content::Tuxrun, 8));
    assert!(results.iter().any(|result| result.name == "unk" && result.result == "unknown"));
}

fn sysbench(path: &Path) -> Extraction {
    let definition = Store::embedded().load("sysbench-cpu").expect("it is embedded");
    let text = fs::read(path).expect("a golden can be read");
    extract(&definition, &BTreeMap::new(), &text, b"")
}

fn value(extraction: &Extraction, metric: &str) -> f64 {
    let found = extraction.found.iter().find(|found| found.metric.as_str() == metric);
    found.unwrap_or_else(|| panic!("no {metric}")).values[0].get()
}

#[test]
fn sysbench_cpu_as_lkp_reads_it() {
    let Some(folder) = goldens("lkp/sysbench-cpu") else { return };
    let ours = sysbench(&folder.join("raw/sysbench-cpu"));
    assert_eq!(ours.problems, []);
    let theirs = fs::read(folder.join("expected.json")).expect("their answer");
    let theirs: Value = serde_json::from_slice(&theirs).expect("JSON");
    for (key, metric) in [
        ("workload", "events"),
        ("latency_ms.min", "latency-min"),
        ("latency_ms.avg", "latency-mean"),
        ("latency_ms.max", "latency-max"),
        ("latency_ms.95th", "latency-p95"),
        ("events/thread.avg", "thread-events-mean"),
        ("events/thread.stddev", "thread-events-stddev"),
        ("runtime/thread.avg", "thread-time-mean"),
    ] {
        let number = theirs[format!("sysbench-cpu.{key}")][0].as_f64().unwrap_or_else(|| panic!("their {key}"));
        assert_eq!(value(&ours, metric), number, "{metric}");
    }
}

/// Runs of which every statistic of lkp is one of our numbers.
const EQUAL: [&str; 8] = [
    "iperf",
    "iperf/cases/udp",
    "perf-bench-numa-mem",
    "perf-bench-sched-messaging",
    "perf-bench-syscall",
    "sysbench-cpu",
    "sysbench-fileio",
    "sysbench-threads",
];

#[test]
fn the_numbers_of_lkp_are_ours_too() {
    let Some(folder) = goldens("lkp") else { return };
    for run in EQUAL {
        let name = run.split('/').next().expect("a name");
        let definition = Store::embedded().load(name).expect("an embedded definition");
        let text = fs::read(folder.join(run).join("raw").join(name)).expect("the tool's output");
        let ours = extract(&definition, &BTreeMap::new(), &text, b"");
        let values: Vec<f64> = ours.found.iter().flat_map(|found| found.values.iter().map(|v| v.get())).collect();
        let theirs = fs::read(folder.join(run).join("expected.json")).expect("their answer");
        let theirs: BTreeMap<String, Vec<f64>> = serde_json::from_slice(&theirs).expect("JSON");
        // The unit may be another: then a power of 1000 lies between equal numbers.
        let same = |a: f64, b: f64| [1.0, 1e3, 1e6, 1e-3, 1e-6].iter().any(|f| (a * f - b).abs() <= 1e-9 * b.abs());
        for (statistic, numbers) in theirs {
            let ours = numbers.iter().all(|number| values.iter().any(|value| same(*value, *number)));
            assert!(ours, "{run}: {statistic} {numbers:?} is not one of {values:?}");
        }
    }
}

#[test]
fn sysbench_cpu_as_its_logs_of_other_suites_say() {
    let (Some(mmtests), Some(linaro)) =
        (goldens("mmtests/sysbenchcpu/raw-classic"), goldens("test-definitions/sysbench"))
    else {
        return;
    };
    let mut logs = vec![linaro.join("raw/sysbench-cpu.txt")];
    for run in ["5.15.0", "6.1.0"] {
        for iteration in ["iter-0", "iter-1"] {
            let folder = mmtests.join(run).join(iteration).join("sysbenchcpu/logs");
            let entries = fs::read_dir(folder).expect("a folder of logs").flatten().map(|entry| entry.path());
            logs.extend(entries.filter(|path| path.to_string_lossy().contains("sysbench-raw-")));
        }
    }
    assert!(logs.len() > 20, "{}", logs.len());
    for log in logs {
        let extraction = sysbench(&log);
        assert_eq!(extraction.problems, [], "{}", log.display());
        let text = fs::read_to_string(&log).expect("a log");
        let line = text.lines().find_map(|line| line.trim().strip_prefix("events per second:")).expect("the rate");
        assert_eq!(value(&extraction, "events-per-second"), line.trim().parse::<f64>().expect("a number"));
        assert_eq!(extraction.found.len(), 12, "{}", log.display());
    }
}

#[test]
fn the_console_of_lavas_logs() {
    let Some(folder) = goldens("lava") else { return };
    for log in
        ["lava-run-2023/stderr.log", "lava-run-2026/logs.yaml", "2023.01/rest_jobs_N_logs", "2026.07/rest_jobs_N_logs"]
    {
        let path = folder.join(log);
        let mut texts = Vec::new();
        let file = BufReader::new(fs::File::open(&path).expect("a log"));
        let read = capture::read(file, |text, _| {
            texts.push(text.to_string());
            false
        });
        read.expect("a log can be read");
        let signal = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=api-pass RESULT=pass UNITS=s MEASUREMENT=1.5>";
        assert_eq!(texts.iter().filter(|text| *text == signal).count(), 1, "{log}");
        assert!(!texts.iter().any(|text| text.contains("Received signal")), "{log}");
    }
}
