use super::*;
use crate::{record::Better, suites::lkp::names::names};
use std::{fs, path::Path};

const JOB: &str = "suite: hackbench\ntestcase: hackbench\ncategory: benchmark\nnr_threads: 2\nhackbench:\n  mode: process\n\
    arch: aarch64\ntbox_group: board7\nnr_cpu: 2\nmemory: 4G\nrootfs: debian\nkconfig: defconfig\ncompiler: gcc-12\ncommit: v6.1\n";

const STATS: &str = r#"{"hackbench.throughput": 100.5, "hackbench.throughput.instance1": 3, "hackbench.a.pass": 1,
    "hackbench.b.fail": 1, "hackbench.time.elapsed_time": 2.5, "time.user_time": 1.25, "vmstat.cpu.us": 7,
    "interrupts.CPU0.24:IO-APIC.5-edge": 3, "kmsg.timestamp:last": 20.5}"#;

fn write(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
}

fn record(files: &[(&str, &str)]) -> Record {
    let folder = tempfile::TempDir::new().unwrap();
    write(folder.path(), files);
    let record = to_record(&Root::read(folder.path(), names()), names(), RecordId(7));
    record.check().unwrap();
    record
}

#[test]
fn a_run_is_a_record_with_its_monitors_apart() {
    let record = record(&[("job.yaml", JOB), ("stats.json", STATS)]);
    assert_eq!((record.label.as_deref(), record.losses.len()), (Some("v6.1"), 0));
    let machine = record.machine.unwrap();
    assert_eq!(
        (machine.kernel.architecture.as_deref(), machine.board.model.as_deref()),
        (Some("aarch64"), Some("board7"))
    );
    assert_eq!((machine.processor.threads, machine.memory.total_bytes), (Some(2), Some(4 << 30)));
    let [benchmark] = record.benchmarks.as_slice() else { panic!("one benchmark") };
    assert_eq!(benchmark.name.as_str(), "lkp-hackbench");
    let parameters: Vec<String> = benchmark.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        parameters,
        ["arch=aarch64", "compiler=gcc-12", "kconfig=defconfig", "mode=process", "nr_threads=2", "rootfs=debian"]
    );
    let metric = &benchmark.metrics[0];
    assert_eq!(
        (metric.name.as_str(), metric.unit.as_str(), metric.better, metric.primary),
        ("throughput", "KiB/s", Better::Higher, true)
    );
    let cases: Vec<(String, Verdict)> =
        benchmark.cases.iter().map(|case| (case.labels.to_string(), case.result)).collect();
    assert_eq!(
        cases,
        [(String::new(), Verdict::Pass), ("test=a".into(), Verdict::Pass), ("test=b".into(), Verdict::Fail)]
    );
    let execution = &benchmark.cases[0].executions[0];
    assert_eq!((execution.elapsed_seconds, execution.monitors.len()), (2.5, 2));
    assert_eq!(execution.monitors.iter().map(|one| one.unit.as_str()).collect::<Vec<_>>(), ["1", "%"]);
}

#[test]
fn a_run_that_failed_says_what_lkp_says_of_it() {
    let of = |files: &[(&str, &str)]| {
        let record = record(files);
        let case = record.benchmarks[0].cases[0].clone();
        (case.result, case.reasons.join("; "), case.executions[0].exit.to_string())
    };
    let (result, why, exit) = of(&[
        ("job.yaml", JOB),
        ("stats.json", "{}"),
        ("last_state", "test.hackbench.exit_code.99: 1\nexit_fail: 1\n"),
    ]);
    assert_eq!((result, exit.as_str()), (Verdict::Skip, "exit status 99"));
    assert!(why.contains("test.hackbench.exit_code.99"), "{why}");
    let (result, why, exit) =
        of(&[("job.yaml", JOB), ("stats.json", STATS), ("last_state", "test.hackbench.exit_code.1: 1\n")]);
    assert_eq!(
        (result, why.as_str(), exit.as_str()),
        (Verdict::Fail, "last_state: test.hackbench.exit_code.1", "exit status 1")
    );
    let (result, why, _) = of(&[("job.yaml", JOB), ("stats.json", "{}")]);
    assert_eq!((result, why.as_str()), (Verdict::Fail, "stats.json has no number of hackbench"));
}

#[test]
fn what_the_kernel_complained_of_disturbs_the_run() {
    let log = "kern  :err   : [   10.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [x:1]\n";
    let record_of = |files: &[(&str, &str)]| record(files).benchmarks[0].cases[0].clone();
    let case = record_of(&[("job.yaml", JOB), ("stats.json", STATS), ("kmsg", log)]);
    assert_eq!((case.valid, case.executions[0].faults.len()), (Some(false), 1));
    let stats = r#"{"hackbench.throughput": 1.0, "dmesg.WARNING:at_x": 1, "dmesg.timestamp:last": 3}"#;
    let case = record_of(&[("job.yaml", JOB), ("stats.json", stats)]);
    assert_eq!(case.executions[0].disturbances, ["lkp found in the kernel's log: WARNING:at_x"]);
}

#[test]
fn a_root_that_is_cut_anywhere_gives_what_is_whole_or_a_named_loss() {
    let files = [("job.yaml", JOB), ("stats.json", STATS), ("last_state", "exit_fail: 1\n"), ("kmsg", "[ 1.0] x\n")];
    let whole = record(&files);
    for at in 0..files.len() {
        let without: Vec<(&str, &str)> = (0..files.len()).filter(|one| *one != at).map(|one| files[one]).collect();
        let missing = record(&without);
        let needed = at < 2;
        assert_eq!(missing.losses.iter().any(|loss| loss.what.ends_with(files[at].0)), needed, "{}", files[at].0);
        for cut in 0..files[at].1.len() {
            let mut damaged = files;
            damaged[at].1 = &files[at].1[..cut];
            let damaged = record(&damaged);
            // A number of a damaged file is never another one.
            for series in damaged.benchmarks.iter().flat_map(|one| &one.cases).flat_map(|case| &case.series) {
                let same = whole.benchmarks.iter().flat_map(|one| &one.cases).flat_map(|case| &case.series);
                assert!(same.into_iter().any(|one| one == series), "{} cut at {cut}", files[at].0);
            }
            let named = damaged.losses.iter().any(|loss| loss.what.ends_with(files[at].0));
            assert!(named || at != 1, "{} cut at {cut}", files[at].0);
        }
    }
}

#[test]
fn a_bomb_of_yaml_and_bytes_that_are_no_text_are_named_losses() {
    let bomb: String = (1..9).map(|n| format!("a{n}: &a{n} [{}1]\n", format!("*a{}, ", n - 1).repeat(9))).collect();
    let bomb = format!("a0: &a0 x\n{bomb}");
    let deep = "[".repeat(5000);
    for text in [bomb.as_str(), deep.as_str(), "suite: [\n", "\u{1}\u{2}"] {
        let damaged = record(&[("job.yaml", text), ("stats.json", STATS)]);
        let loss = &damaged.losses[0];
        assert!(loss.what.ends_with("/job.yaml") && loss.reason.starts_with("line "), "{loss:?}");
        // What was measured is still there.
        assert!(damaged.benchmarks[0].cases[0].series.iter().any(|series| series.metric.as_str() == "throughput"));
    }
    let damaged = record(&[("job.yaml", JOB), ("stats.json", &deep)]);
    assert!(damaged.losses[0].what.ends_with("/stats.json"), "{:?}", damaged.losses);
}
