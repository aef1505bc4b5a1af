//! Synthetic logs, and what older versions read of them: each form that only their rules have.

use super::tests::{read_logs_as, samples};
use super::*;

fn read_as(version: Version, benchmark: &str, alternative: Option<&str>, logs: &[(&str, &str)]) -> Tree {
    let selection = Selection { alternative: alternative.map(Into::into), version, ..Selection::default() };
    read_logs_as(&selection, benchmark, logs).expect("a tree")
}

#[test]
fn stream_is_a_mean_of_all_files() {
    let text = |value| format!("Number of Threads counted = 2\nCopy:  {value}  0.1\nScale:  1024.0  0.1\n");
    let (one, two) = (text("2048.0"), text("6144.0"));
    let logs = [("stream-1.log", one.as_str()), ("stream-2.log", two.as_str())];
    let january = read_as(Version::Classic202601, "stream", None, &logs);
    assert_eq!(samples(&january), ["copy-2 0:4", "scale-2 0:1"]);
    let november = read_as(Version::Classic202111, "stream", None, &logs);
    assert_eq!(samples(&november), ["copy-2 0:4096", "scale-2 0:1024"]);
    // The newest has them as samples.
    assert_eq!(samples(&read_as(Version::Head, "stream", None, &logs))[0], "Copy 1:2048 2:6144");
}

#[test]
fn what_is_no_number_is_none_of_a_mean() {
    let logs = [("stream-1.log", "Copy:  2048.0  0.1\n"), ("stream-2.log", "Copy:  what  0.1\n")];
    let found = samples(&read_as(Version::Classic202601, "stream", None, &logs));
    assert!(found[0].ends_with("operation `copy-`: `what` is not a number"), "{found:?}");
    assert_eq!(found[1..], ["copy- 0:2"]);
}

#[test]
fn iperf3_counts_over_both_directions_and_lists_one_before_the_other() {
    let text = |sent, received| {
        let line = |value, end| format!("[  5]   0.00-2.00   sec   359 MBytes  {value} Mbits/sec  {end}\n");
        format!("Summary Results:\n{}{}", line(sent, "29  sender"), line(received, "receiver"))
    };
    let (a, b, c, d) = (text(1, 2), text(3, 4), text(5, 6), text(7, 8));
    let logs = [("tcp-64-0-1.1", &*a), ("tcp-64-0-1.2", &*b), ("tcp-64-0-1.10", &*c), ("tcp-1024-0-1.1", &*d)];
    let tree = read_as(Version::Classic202601, "iperf3", None, &logs);
    let expected = ["send-64-0-1 1:1 3:5 5:3", "send-1024-0-1 1:7", "recv-64-0-1 2:2 4:6 6:4", "recv-1024-0-1 2:8"];
    assert_eq!(samples(&tree), expected);
    assert_eq!(tree.benchmarks[0].0.listed().last().map(String::as_str), Some("recv-1024-0-1"));
}

#[test]
fn schbench_has_all_reports_but_the_last() {
    let report = |count| {
        format!(
            "Wakeup Latencies percentiles (usec) runtime 2 (s) (9 total samples)\n\
             \t  50.0th: 7          (9 samples)\n\t* 99.0th: 8          ({count} samples)\n\t  min=1, max=10\n\
             RPS percentiles (requests) runtime 2 (s) (9 total samples)\n\
             \t* 50.0th: 76         (1 samples)\n\t  99.9th: 77         (1 samples)\ncurrent rps: 76.90\n"
        )
    };
    let text = [report(0), report(5), report(5)].concat();
    let tree = read_as(Version::Classic202601, "schbench", None, &[("schbench-1.log", &text)]);
    let expected = [
        "Wakeup-50th-1 1:7 2:7",
        "Wakeup-max-1 1:10 2:10",
        "RPS-50th-1 1:76 2:76",
        "RPS-99.9th-1 1:77 2:77",
        "Wakeup-99th-1 2:8",
    ];
    assert_eq!(samples(&tree), expected);
    let ratio = tree.benchmarks[0].0.header.to_map().get("_RatioOperations").map(ToString::to_string);
    assert_eq!(ratio.as_deref(), Some(r#"["Wakeup-99th-1","RPS-50th-1","Wakeup-99th-1","RPS-50th-1"]"#));
}

#[test]
fn opslatency_has_each_figure_of_all_files_before_the_next() {
    let text = "   1  65029  345.90 MB/sec  execute   1 sec  latency 22.844 ms\n\n \
                Operation  Count  AvgLat  MaxLat\n ------\n Flush  4410  0.003  13.040\n FIND_FIRST  1  2  3\n Close  45  0.002  30.547\n";
    let logs = [("dbench-execute-1.log", text), ("dbench-execute-16.log", text), ("dbench-execute-2.log", text)];
    let found = samples(&read_as(Version::Classic202601, "dbench4", Some("opslatency"), &logs));
    assert_eq!(found.len(), 18, "{found:?}");
    assert_eq!(found[..3], ["count-Flush-1 0:4410", "count-Close-1 0:45", "count-Flush-2 0:4410"]);
    assert_eq!(found[6..8], ["avg-Flush-1 0:0.003", "avg-Close-1 0:0.002"]);
    assert_eq!(found[17], "max-Close-16 0:30.547");
}

#[test]
fn cyclictest_lacks_the_last_processor() {
    let text = "# Total: 5 5 5\n# Min Latencies: 00016 00013 00001\n# Histogram Overflows: 00105 00000 00003\n";
    let logs = [("cyclictest-histogram.log", text)];
    let january = samples(&read_as(Version::Classic202601, "cyclictest", None, &logs));
    assert_eq!(january, ["Min-0 0:16", "Min-1 0:13", "Overflow-0 0:105", "Overflow-1 0:0"]);
    assert_eq!(samples(&read_as(Version::Head, "cyclictest", None, &logs)).len(), 6);
}
