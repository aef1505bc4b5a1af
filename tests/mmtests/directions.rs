//! Directions: the throughputs that MMTests takes for lower-is-better, and what `--true-direction` makes of them.

use super::program::program;
use serde_json::json;

/// Benchmark, report and an operation of which MMTests has the wrong direction: a loss prints as a gain.
const WRONG: [(&str, &str, &str); 19] = [
    ("sysbenchcpu", "", "events/sec-1"),
    ("stressng", "", "bops-context-1"),
    ("futexbench", "", "hash-1"),
    ("futexbench", "", "lock-pi-1"),
    ("redis", "", "SET-RPS-1"),
    ("redis-memtier", "", "ops/sec-Sets"),
    ("redis-memtier", "", "hits/sec-Gets"),
    ("redis-memtier", "", "kb/sec-Gets"),
    ("schbench", "", "RPS-50.0th-1"),
    ("dbench", "", "tput-1"),
    ("tbench", "", "tput-1"),
    ("pedsort", "", "jobs-1"),
    ("perfnuma", "", "threadspeed-1"),
    ("perfnuma", "", "totalspeed-1"),
    ("thpchallenge", "counts", "huge-1"),
    ("thpchallenge", "locality", "local-1"),
    ("sysbenchcpu-variant", "", "events/sec-64"),
    ("dbench4", "", "tput-1"),
    ("tbench4", "", "tput-1"),
];

/// Others, of which it has the right one.
const RIGHT: [(&str, &str, &str); 10] = [
    ("sysbenchmutex", "", "latency-1"),
    ("redis", "", "SET-latency-1"),
    ("redis-memtier", "", "latency-Gets"),
    ("redis-memtier", "", "misses/sec-Gets"),
    ("futexbench", "", "requeue-1"),
    ("schbench", "", "Wakeup-99.0th-1"),
    ("dbench", "", "loadfile-1"),
    ("perfnuma", "", "converged-1"),
    ("hackbench", "", "time-1"),
    ("thpchallenge", "", "fault-base-1"),
];

/// What of the mean of twice as much is said: `+` or `-`.
fn sign(benchmark: &str, report: &str, operation: &str, arguments: &[&str]) -> char {
    let run = |name: &str, values: [u32; 3]| {
        let mut run = json!({"_ModuleName": format!("ExtractShellpack{benchmark}"), "_TestName": name, "_Summarytype": "Multiops",
            "_ResultData": {operation: [{"SampleNrs": [1, 2, 3], "Values": values}]}});
        if !report.is_empty() {
            run["_ShellpackConfig"] = json!(format!("/x/shellpack-{report}.yaml"));
        }
        run
    };
    let json = json!([run("old", [100, 101, 102]), run("new", [200, 201, 202])]).to_string();
    let (code, table, said) = program(&[&["compare", "-"], arguments].concat(), &json);
    assert_eq!(code, 0, "{benchmark} {operation}: {said}");
    let mean = table.lines().find(|line| line.starts_with("Amean") || line.starts_with("Hmean")).expect("a mean");
    let percent = mean.rsplit(['*', '(']).find(|part| part.contains('%')).expect("a percentage");
    if percent.trim().starts_with('-') { '-' } else { '+' }
}

#[test]
fn wrong_directions_are_put_right_when_asked_and_right_ones_stay() {
    for (benchmark, report, operation) in WRONG {
        assert_eq!(sign(benchmark, report, operation, &[]), '-', "{benchmark} {report} {operation}: as MMTests");
        assert_eq!(sign(benchmark, report, operation, &["--true-direction"]), '+', "{benchmark} {report} {operation}");
    }
    for (benchmark, report, operation) in RIGHT {
        assert_eq!(sign(benchmark, report, operation, &[]), '-', "{benchmark} {report} {operation}: as MMTests");
        assert_eq!(sign(benchmark, report, operation, &["--true-direction"]), '-', "{benchmark} {report} {operation}");
    }
}
