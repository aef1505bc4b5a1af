//! The names of `names.yaml`: what a script wrote of a tool's output is what our definition reads in it.

use crate::support::{golden, project, run, run_with};
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

/// Of several devices each has its name; a mean is a sample. Ours are called by their paths.
#[test]
fn a_device_is_named_without_its_folder() {
    let text = "sda-read-perf pass 71.72 MB/sec\nnvme0n1-read-perf pass 515.18 MB/sec\n";
    let read = run_with(&["convert", "-", "--to", "record"], text.as_bytes()).record();
    let [ours] = read.benchmarks.as_slice() else { panic!("{read:?}") };
    assert_eq!(ours.name.as_str(), "device-read-perf");
    let cases: Vec<String> = ours.cases.iter().map(|case| case.labels.to_string()).collect();
    assert_eq!(cases, ["device=/dev/sda", "device=/dev/nvme0n1"]);
    let back = run_with(&["convert", "-", "--to", "test-definitions"], read.to_json().as_bytes());
    assert_eq!(back.stdout, text, "{back:?}");
}

/// A script divides by three seconds whatever openssl counted, and with OpenSSL 3 it takes the word `size` for the size of a
/// cipher's blocks. Its outputs are samples of our definition.
#[test]
fn openssls_rates_are_those_of_its_own_table() {
    let text = "openssl-version pass 3.0.19 version\nsha256-16 pass 21451738 bytes/s\nsha256-16384 pass 394324650 bytes/s\n\
                aes-128-cbc-size pass 0 bytes/s\nrsa2048-sign pass 2416.1 sign/s\nrsa2048-verify pass 44055.6 verify/s\n";
    let theirs = run_with(&["convert", "-", "--to", "record"], text.as_bytes()).record();
    assert_eq!(theirs.losses.len(), 1, "the version is no number: {:?}", theirs.losses);
    assert_eq!(theirs.benchmarks.len(), 2, "the word of the cipher is no size: {theirs:?}");
    let theirs = numbers(&theirs, "openssl-speed");
    let ours = |algorithm: &str| {
        let output = project(&format!("test-definitions/openssl-speed/samples/3.0.19/linaro-{algorithm}.stdout"));
        let parameters = [format!("ALGORITHMS={algorithm}"), "THREADS=1".into()];
        let arguments =
            ["parse", "openssl-speed", output.to_str().unwrap(), "--param", &parameters[0], "--param", &parameters[1]];
        numbers(&record(&arguments), "openssl-speed")
    };
    let (rsa, sha256, aes) = (ours("rsa2048"), ours("sha256"), ours("aes-128-cbc"));
    for series in ["signs-per-second ", "verifies-per-second "] {
        assert_eq!(theirs.get(series), rsa.get(series), "{series}");
    }
    // `Doing sha256 for 3s on 16 size blocks: 4022201 sha256's in 0.97s`, of a busy machine.
    for (size, blocks, seconds) in [(16.0, 4_022_201.0, 0.97), (16384.0, 72_203.0, 0.89)] {
        let series = format!("bandwidth block-size={size}");
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-6;
        assert!(near(theirs[&series][0], blocks * size / 3.0 / 1000.0), "{series}: {:?}", theirs[&series]);
        assert!(near(sha256[&series][0], blocks * size / seconds / 1000.0), "{series}: {:?}", sha256[&series]);
    }
    assert_eq!(aes.len(), 6, "{aes:?}");
}

/// `device-read-perf.sh` read a loop device three times, and its mean is what ours of the three is.
#[test]
fn a_mean_of_a_device_is_that_of_the_script() {
    let mut read = run_with(&["convert", "-", "--to", "record"], b"loop0-read-perf pass 75.14 MB/sec\n").record();
    let sample = |value: f64| vec![Some(value.try_into().unwrap())];
    read.benchmarks[0].cases[0].series[0].samples = [71.72, 75.92, 77.78].map(sample).to_vec();
    let back = run_with(&["convert", "-", "--to", "test-definitions"], read.to_json().as_bytes());
    assert_eq!(back.stdout, "loop0-read-perf pass 75.14 MB/sec\n", "{back:?}");
}

#[test]
fn seconds_of_a_boot_are_milliseconds_here() {
    let text = "systemd-analyze-kernel pass 1.234 seconds\nsystemd-analyze-userspace pass 5.678 seconds\n";
    let read = run_with(&["convert", "-", "--to", "record"], text.as_bytes()).record();
    let found = numbers(&read, "systemd-analyze");
    assert_eq!((&found["kernel-time "], &found["userspace-time "]), (&vec![1234.0], &vec![5678.0]));
    let back = run_with(&["convert", "-", "--to", "test-definitions"], read.to_json().as_bytes());
    assert_eq!(back.stdout, text, "{back:?}");
}
