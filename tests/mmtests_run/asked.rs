//! What a user may ask of `run mmtests`, with the real MMTests: monitors, iterations, exports that are overridden, a retry.
//! Whatever is asked, the record holds what MMTests' own extraction says of the same logs.

use super::{
    attempts, benchmark, driver,
    real::{extracted, real, samples},
    run,
    support::{Said, program},
};
use lava_bench::{
    record::{Exit, Record, Verdict},
    suites::mmtests,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Configurations, what makes them short, their benchmark, and what its command line has then.
const CONFIGS: [(&str, &str, &str, &str); 2] = [
    ("scheduler-perfpipe", "PERFPIPE_LOOPS=1000 PERFPIPE_ITERATIONS=2", "perfpipe", "bench sched pipe -l 1000"),
    (
        "scheduler-sysbench-cpu",
        "SYSBENCHCPU_MAX_PRIME=9000 SYSBENCHCPU_MIN_THREADS=2 SYSBENCHCPU_MAX_THREADS=2 SYSBENCHCPU_ITERATIONS=1",
        "sysbenchcpu",
        "--cpu-max-prime=9000",
    ),
];

/// The record is what MMTests extracts of the logs; the logs' folder.
fn is_extracted(tree: &Path, output: &Path, record: &Record, config: &str, name: &str) -> PathBuf {
    let logs = output.join(format!("mmtests/config_{config}/work/log"));
    let theirs = extracted(tree, &logs, name);
    let ours = mmtests::to_extracts(record).unwrap();
    let ours = ours.iter().find(|run| run.benchmark() == name).unwrap_or_else(|| panic!("{name}"));
    let count: usize = theirs.operations.iter().map(|operation| operation.values().count()).sum();
    assert!(count > 0, "{name}");
    assert_eq!(samples(ours), samples(&theirs), "{name}");
    eprintln!("{config}: {name}: {count} samples are equal");
    logs.join("run")
}

fn asked(tree: &Path, output: &Path, config: &str, set: &str, more: &[&str], options: &[&str]) -> Record {
    let (config, set) = (format!("CONFIG={config}"), format!("SET={set}"));
    let parameters = [&[config.as_str(), set.as_str()], more].concat();
    let (_, record) = run(tree, output, &parameters, &[&["--label", "run"], options].concat());
    let record = record.unwrap();
    assert_eq!(driver(&record).result, Verdict::Pass, "{:?}", driver(&record).reasons);
    record
}

#[test]
fn monitors_run_where_they_are_asked_for() {
    let Some((tree, _alone)) = real() else { return };
    let (config, set, name, _) = CONFIGS[0];
    let monitors = format!("{set} RUN_MONITOR=no MONITORS_ALWAYS= MONITORS_WITH_LATENCY= MONITORS_GZIP=proc-vmstat");
    for (asked_for, expected) in [("yes", true), ("no", false), ("config", false)] {
        let folder = TempDir::new().unwrap();
        let output = folder.path().join("out");
        let record = asked(&tree, &output, config, &monitors, &[&format!("MONITORS={asked_for}")], &[]);
        let logs = is_extracted(&tree, &output, &record, config, name);
        let monitor = logs.join(format!("iter-0/proc-vmstat-{name}.gz"));
        assert_eq!(monitor.is_file(), expected, "MONITORS={asked_for}");
    }
}

#[test]
fn iterations_and_exports_are_as_they_are_asked_for() {
    let Some((tree, _alone)) = real() else { return };
    for (config, set, name, command) in CONFIGS {
        let folder = TempDir::new().unwrap();
        let output = folder.path().join("out");
        let record = asked(&tree, &output, config, set, &[], &["--iterations", "2"]);
        let logs = is_extracted(&tree, &output, &record, config, name);
        let case = &benchmark(&record, &format!("mmtests-{name}")).cases[0];
        assert_eq!((case.executions.len(), case.result), (2, Verdict::Pass));
        for iteration in ["iter-0", "iter-1"] {
            let commands = fs::read_to_string(logs.join(iteration).join(name).join("logs/commands.log")).unwrap();
            assert!(commands.lines().all(|line| line.contains(command)), "{commands}");
        }
        assert!(!logs.join("iter-2").exists());
    }
}

#[test]
fn a_run_that_fails_once_is_tried_again() {
    let Some((tree, _alone)) = real() else { return };
    let (config, set, name, _) = CONFIGS[0];
    let folder = TempDir::new().unwrap();
    let (output, mark) = (folder.path().join("out"), folder.path().join("tried"));
    let set = format!("{set}; [ -e {0} ] || {{ : >{0}; exit 3; }}", mark.display());
    let record = asked(&tree, &output, config, &set, &["RETRIES=2"], &[]);
    is_extracted(&tree, &output, &record, config, name);
    let exits = attempts(driver(&record));
    assert_eq!(exits, [Exit::Code(3), Exit::Code(0)]);
}

#[test]
fn its_logs_are_parsed_as_they_were_read() {
    let Some((tree, _alone)) = real() else { return };
    let (config, set, name, _) = CONFIGS[0];
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("out");
    let record = asked(&tree, &output, config, set, &[], &[]);
    let logs = is_extracted(&tree, &output, &record, config, name);
    let measured = benchmark(&record, &format!("mmtests-{name}"));
    for source in [logs.as_path(), logs.parent().unwrap()] {
        let parsed = Said::of(program().args(["parse", "mmtests"]).arg(source)).record();
        let again = benchmark(&parsed, measured.name.as_str());
        assert_eq!((&again.metrics, &again.cases[0].series), (&measured.metrics, &measured.cases[0].series));
        assert_eq!(
            (again.parameters.get("_TestName"), parsed.label.as_deref()),
            (measured.parameters.get("_TestName"), Some("run"))
        );
    }
}
