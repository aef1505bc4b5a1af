//! The names of `names.yaml`: what a script wrote of a tool's output is what our definition reads in it.

use crate::support::{golden, run};
use lava_bench::record::Record;
use std::{collections::BTreeMap, path::Path};

/// The golden's folder, our definition, its parameters, the tool's output, and the metrics that the script has wrong.
type Script = (&'static str, &'static str, &'static [&'static str], &'static str, &'static [&'static str]);

/// All that kept their outputs.
const SCRIPTS: [Script; 15] = [
    ("stream", "stream", &["THREADS=1"], "stream-output.txt", &[]),
    ("cyclictest", "cyclictest", &["THREADS=2"], "cyclictest.json", &[]),
    ("pmqtest", "pmqtest", &["THREADS=2", "AFFINITY=pinned"], "pmqtest-1.json", &[]),
    ("ptsematest", "ptsematest", &["THREADS=2"], "ptsematest.json", &[]),
    ("svsematest", "svsematest", &["THREADS=2"], "svsematest.json", &[]),
    ("signaltest", "signaltest", &["THREADS=2"], "signaltest-1.json", &[]),
    ("rt-migrate-test", "rt-migrate-test", &[], "rt-migrate-test-1.json", &[]),
    ("pi-stress", "pi-stress", &["GROUP_COUNT=2"], "pi-stress-1.json", &[]),
    ("apache-bench", "apachebench", &["CLIENTS=10"], "ablog.txt", &[]),
    ("iperf", "iperf", &["PROTOCOL=tcp", "STREAMS=1"], "iperf.txt", &[]),
    ("meminfo", "meminfo", &[], "proc-meminfo", &[]),
    // The script cuts the digits of these off.
    ("sysbench", "sysbench-cpu", &["THREADS=2"], "sysbench-cpu.txt", &LATENCIES),
    ("sysbench", "sysbench-threads", &["THREADS=2"], "sysbench-threads.txt", &LATENCIES),
    ("sysbench", "sysbench-mutex", &["THREADS=2"], "sysbench-mutex.txt", &LATENCIES),
    ("sysbench", "sysbench-memory", &["THREADS=2", "OPERATION=write"], "sysbench-memory.txt", &LATENCIES),
];

const LATENCIES: [&str; 3] = ["latency-min", "latency-mean", "latency-max"];

/// UnixBench's names stand twice there, with the rate and with the index: each is the number that our definition reads, and
/// none is left.
#[test]
fn names_that_stand_twice_are_told_apart_by_their_units() {
    let Some(folder) = golden("test-definitions") else { return };
    let path = |name: &str| folder.join("unixbench").join(name).to_str().unwrap().to_string();
    let theirs = record(&["convert", &path("result.txt"), "--to", "record"]);
    assert_eq!(theirs.benchmarks.len(), 1, "all lines are UnixBench's");
    assert_eq!(numbers(&theirs, "unixbench").len(), 25);
    for copies in ["single", "multiple"] {
        let output = path(&format!("raw/unixbench-{copies}.txt"));
        let parameters = ["--param", if copies == "single" { "COPIES=1" } else { "COPIES=2" }, "--param", "TEST=index"];
        let ours =
            numbers(&record(&[&["parse", "unixbench", output.as_str()], parameters.as_slice()].concat()), "unixbench");
        let single = |case: &lava_bench::record::Case| case.labels.get("copies").is_some();
        let cases = theirs.benchmarks[0].cases.iter().filter(|case| single(case) == (copies == "single"));
        let mut compared = 0;
        for series in cases.flat_map(|case| &case.series) {
            let name = format!("{} {}", series.metric, series.labels);
            let values: Vec<f64> = series.values().map(|value| value.get()).collect();
            assert_eq!(ours.get(&name), Some(&values), "{copies}: {name}");
            compared += 1;
        }
        assert_eq!(compared, 25, "{copies}");
    }
}

/// The numbers of one benchmark, by metric and the series' labels.
fn numbers(record: &Record, benchmark: &str) -> BTreeMap<String, Vec<f64>> {
    let mine = record.benchmarks.iter().filter(|it| it.name.as_str() == benchmark);
    let series = mine.flat_map(|it| &it.cases).flat_map(|case| &case.series);
    series.map(|it| (format!("{} {}", it.metric, it.labels), it.values().map(|value| value.get()).collect())).collect()
}

fn record(arguments: &[&str]) -> Record {
    run(arguments).record()
}

#[test]
fn what_a_script_wrote_is_what_our_definition_reads() {
    let Some(folder) = golden("test-definitions") else { return };
    let mut compared = 0;
    for (golden, definition, parameters, output, wrong) in SCRIPTS {
        let path = |name: &str| folder.join(golden).join(name).to_str().unwrap().to_string();
        let theirs = numbers(&record(&["convert", &path("result.txt"), "--to", "record"]), definition);
        let parameters: Vec<&str> = parameters.iter().flat_map(|parameter| ["--param", parameter]).collect();
        let output = path(&Path::new("raw").join(output).display().to_string());
        let ours =
            numbers(&record(&[&["parse", definition, output.as_str()], parameters.as_slice()].concat()), definition);
        assert!(!theirs.is_empty(), "{golden}: nothing of it is {definition}");
        for (series, numbers) in theirs {
            let metric = series.split(' ').next().unwrap();
            let same = ours.get(&series) == Some(&numbers);
            // A digit that was cut off may have been 0.
            assert!(same || wrong.contains(&metric), "{golden}: {series}: {numbers:?}, ours {:?}", ours.get(&series));
            compared += usize::from(same);
        }
    }
    assert_eq!(compared, 131);
}
