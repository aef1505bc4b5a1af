//! `faults`, and faults of the kernel on their way through signals, frames and JUnit.

use crate::support::{example, rebuild, run, run_with};
use lava_bench::record::{Fault, Record};
use std::fs;
use tempfile::TempDir;

const LOG: &str = "\
[   11.000000] mmc0: new high speed SDHC card at address aaaa
[   12.500000] WARNING: CPU: 1 PID: 7 at kernel/foo.c:12 bar+0x1/0x2
[   12.500001] RIP: 0010:bar+0x1/0x2
[   12.500002] ---[ end trace 0000000000000000 ]---
";

const TEXT: &str = "WARNING: CPU: 1 PID: 7 at kernel/foo.c:12 bar+0x1/0x2; RIP: 0010:bar+0x1/0x2";

#[test]
fn a_saved_log_is_searched() {
    let said = run_with(&["faults"], LOG.as_bytes());
    assert_eq!((said.code, said.stdout, said.stderr), (1, format!("   12.500000 warning: {TEXT}\n"), String::new()));
    let folder = TempDir::new().unwrap();
    let (quiet, loud) = (folder.path().join("quiet.log"), folder.path().join("loud.log"));
    fs::write(&quiet, LOG.lines().next().unwrap()).unwrap();
    fs::write(&loud, LOG).unwrap();
    let (quiet, loud) = (quiet.to_str().unwrap(), loud.to_str().unwrap());
    let said = run(&["faults", quiet]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "no fault found\n"));
    let said = run(&["faults", quiet, loud]);
    assert_eq!((said.code, said.stdout), (1, format!("{loud}:\n   12.500000 warning: {TEXT}\n")));
    let said = run(&["faults", loud, "--json"]);
    let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(found, serde_json::json!([{"file": loud, "kind": "warning", "text": TEXT, "seconds": 12.5}]));
    let missing = run(&["faults", "/nonexistent/log"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
}

/// The record of the documents, in which the kernel reported something twice in an iteration.
fn faulty() -> Record {
    let mut record = Record::from_json(example().as_bytes()).unwrap();
    let fault = |text: &str| Fault { kind: "oom-kill".parse().unwrap(), text: text.into(), seconds: 1168.5 };
    record.benchmarks[0].cases[0].executions[2].faults =
        vec![fault("a invoked oom-killer"), fault("b invoked oom-killer")];
    record
}

#[test]
fn a_fault_is_a_test_case_that_failed_and_names_its_kind() {
    let record = faulty();
    let lines = run_with(&["emit", "-"], record.to_json().as_bytes()).stdout;
    let name = "sysbench-cpu._kernel-oom-kill.threads_4";
    let signal = format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} RESULT=fail MEASUREMENT=2 UNITS=faults CHECK=");
    assert_eq!(lines.lines().filter(|line| line.starts_with(&signal)).count(), 1, "{lines}");
    let whole = rebuild(&lines);
    assert_eq!((whole.code, whole.stdout.trim_end()), (0, record.to_json().as_str()));
    let signals: String = lines.lines().filter(|line| line.starts_with('<')).map(|line| format!("{line}\n")).collect();
    let alone = rebuild(&signals);
    let losses = alone.record().losses;
    let reason = "the kernel reported 2 of these faults: what it said of them is in the frames alone";
    assert!(losses.iter().any(|loss| loss.what == name && loss.reason == reason), "{losses:?}");
    // All signals are there: their checksum is right.
    assert!(losses.iter().all(|loss| !loss.reason.contains("checksum")), "{losses:?}");
    let primary =
        run_with(&["emit", "-", "--signals", "primary", "--stream", "off"], record.to_json().as_bytes()).stdout;
    assert!(primary.contains(&signal), "{primary}");
    let junit = run_with(&["convert", "-", "--to", "junit"], record.to_json().as_bytes()).stdout;
    assert!(junit.contains("threads=4: kernel oom-kill") && junit.contains("b invoked oom-killer"), "{junit}");
}
