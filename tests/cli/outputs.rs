//! What is made of the output of a tool.

use crate::{
    Fake, run_shell, sample, shell_definition,
    support::{rebuild, record, run, run_with},
    sysbench_output,
};
use lava_bench::record::Verdict;
use std::fs;

#[test]
fn garbage_is_a_failure_and_forges_nothing() {
    let fake = Fake::new(
        "printf '\\033[2J<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=forged RESULT=pass>\\n<LAVA_TEST_RUNNER EXIT>\\n'; \
         printf 'LBF1.0a1b2c3d.0.1.0.00000000.AAAA.\\n<LAVA_SIGNAL_TESTRAISE x>\\n' >&2",
    );
    let output = fake.run(&[]);
    assert_eq!(output.code, 1);
    let words = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("output not recognised; it begins: \\x1b[2J\\x3cLAVA_SIGNAL_TESTCASE"), "{}", output.stderr);
    let console = output.stdout + &output.stderr;
    assert!(!console.contains("forged RESULT=pass>") || console.contains("\\x3cLAVA"), "{console}");
    for line in console.lines().filter(|line| line.contains("<LAVA") || line.contains("LBF1.")) {
        assert!(
            line.starts_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=sysbench-cpu.") || line.starts_with("LBF1."),
            "{line}"
        );
        assert!(!line.contains("00000000.AAAA"), "{line}");
    }
    assert_eq!(record(&fake.output()).benchmarks[0].cases[0].result, Verdict::Fail);
    // What the tool wrote is kept as it is.
    let raw = fs::read(fake.output().join("sysbench-cpu/threads_1/0.stdout")).unwrap();
    assert!(raw.starts_with(b"\x1b[2J<LAVA_SIGNAL_TESTCASE"));
}

#[test]
fn a_number_that_cannot_be_true_is_no_value() {
    let fake =
        Fake::new(&format!("{} | sed 's/events per second: .*/events per second: 99999999999.99/'", sysbench_output()));
    let output = fake.run(&[]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("metric `events-per-second`: `99999999999.99` is not between"));
    let record = record(&fake.output());
    assert!(record.benchmarks[0].cases[0].series.iter().all(|series| series.metric.as_str() != "events-per-second"));
    let second = fake.folder.path().join("2");
    assert_eq!(fake.run(&["--exit-zero", "--output", second.to_str().unwrap()]).code, 2);
}

#[test]
fn parse_reads_saved_outputs() {
    let sample = &*sample(2);
    let output = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", sample, sample]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let record = output.record();
    let case = &record.benchmarks[0].cases[0];
    assert_eq!((case.labels.to_string().as_str(), case.series[0].samples.len()), ("threads=2", 2));
    let signals = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", "--signals", "all", sample]);
    assert!(
        signals
            .stdout
            .starts_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=sysbench-cpu._tool.name_sysbench RESULT=pass CHECK=")
    );
    let failed = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", "/dev/null"]);
    assert_eq!(
        (failed.code, failed.stderr),
        (1, "lava-bench: sysbench-cpu threads=2: iteration 1: no output\n".into())
    );
}

#[test]
fn what_an_output_says_of_its_parameters_is_taken_and_what_nobody_says_is_not() {
    let sample = &*sample(2);
    let parameters = |arguments: &[&str]| {
        let said = run(&[&["parse", "sysbench-cpu", sample][..], arguments].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        let benchmark = said.record().benchmarks.remove(0);
        let all: Vec<String> = benchmark.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (benchmark.cases[0].labels.to_string(), all.join(" "))
    };
    let (labels, all) = parameters(&[]);
    assert_eq!((labels.as_str(), all.as_str()), ("threads=2", "ITERATIONS=1 MAX_PRIME=10000 THREADS=2"));
    assert_eq!(parameters(&["--param", "TIME=3"]).1, "ITERATIONS=1 MAX_PRIME=10000 THREADS=2 TIME=3");
    let said = run(&["parse", "sysbench-cpu", sample, "--param", "sysbench-cpu.MAX_PRIME=20000"]);
    assert_eq!(said.code, 1);
    let why = "iteration 1: parameter `MAX_PRIME`: the output says `10000`, and `20000` was expected\n";
    assert!(said.stderr.ends_with(why), "{}", said.stderr);
    // Two outputs of different runs are not iterations of one.
    let other = &*crate::sample(1);
    let said = run(&["parse", "sysbench-cpu", sample, other]);
    assert!(
        said.code == 1 && said.stderr.contains("iteration 2: parameter `THREADS`: the output says `1`"),
        "{}",
        said.stderr
    );
    // Where the tool does not do what it was told.
    let fake = Fake::new(&format!("cat {sample}"));
    assert!(fake.run(&[]).stderr.contains("parameter `THREADS`: the output says `2`, and `1` was expected"));
}

#[test]
fn a_case_must_be_told_where_the_output_does_not_say_it() {
    let text = "Running in process mode with 2 groups using 40 file descriptors each (== 80 tasks)\n\
        Each sender will pass 100 messages of 100 bytes\nTime: 0.174\n";
    let said = run_with(&["parse", "hackbench"], text.as_bytes());
    let expected = "lava-bench: benchmark `hackbench`: the output does not say what MODE was\n\
        hint: say which it is, as in --param MODE=process\n";
    assert_eq!((said.code, said.stderr.as_str()), (2, expected));
    let said = run_with(&["parse", "hackbench", "--param", "MODE=process"], text.as_bytes());
    let benchmark = said.record().benchmarks.remove(0);
    assert_eq!(benchmark.cases[0].labels.to_string(), "groups=2 mode=process");
    assert!(!benchmark.parameters.contains_key("FDS") && benchmark.parameters["LOOPS"] == "100");
}

#[test]
fn a_kernel_without_kunit_is_a_reason_to_skip() {
    let folder = tempfile::TempDir::new().unwrap();
    let said = run(&["run", "kunit", "--output", folder.path().to_str().unwrap()]);
    let case = record(folder.path()).benchmarks[0].cases[0].clone();
    let is_told = case.reasons.iter().any(|reason| reason.starts_with("kernel module `kunit` not found"));
    let has = lava_bench::system::has_module(std::path::Path::new("/"), "kunit");
    assert!(is_told != has && (has || case.result == Verdict::Skip), "{}", said.stderr);
}

#[test]
fn each_test_of_a_suite_is_a_case() {
    let script = "echo 1..2; echo '# selftests: mm: map'; echo '# 1..1'; echo '# ok 1 fixed'; echo 'ok 1 selftests: mm: map'\n\
        echo 'not ok 2 selftests: mm: cow # exit=1'; exit 1";
    let benchmark = "  exit-codes: [0, 1]\n  verdict-labels: [collection, test, subtest]\n  outputs:\n    - name: TAP\n      recognise: '^1\\.\\.'\n      \
        tap: {test: '^selftests: (?P<collection>\\S+): (?P<test>\\S+)$', nested: subtest}\n";
    let folder = shell_definition(script, benchmark);
    let (output, record) = run_shell(&folder, &["--iterations", "2"]);
    let cases: Vec<String> =
        record.benchmarks[0].cases.iter().map(|case| format!("{} {:?}", case.labels, case.result)).collect();
    assert_eq!(
        cases,
        [
            " Pass",
            "collection=mm test=map subtest=fixed Pass",
            "collection=mm test=map Pass",
            "collection=mm test=cow Fail"
        ]
    );
    assert_eq!(record.benchmarks[0].cases[3].reasons, ["iteration 1: exit=1", "iteration 2: exit=1"]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    let signals = &output.stdout;
    assert!(signals.contains("TEST_CASE_ID=shell._case.collection_mm.test_cow RESULT=fail"), "{signals}");
    let rebuilt = rebuild(&output.stdout);
    assert_eq!(rebuilt.code, 0);
}

#[test]
fn files_and_the_command_itself_are_measured() {
    let benchmark = "  metrics:\n    - {name: speed, unit: MB/s, better: higher, range: [0, 100]}\n    - {name: time, unit: s, better: lower, range: [0, 60]}\n    \
        - {name: memory, unit: B, better: lower, range: [1, 1.0e12]}\n  measure: {elapsed: time, max-rss: memory}\n  outputs:\n    - name: its file\n      \
        from: {file: result.txt}\n      recognise: '^speed '\n      patterns:\n        - {metric: speed, regex: '^speed (?P<value>\\d+)$'}\n";
    let folder = shell_definition("test -e result.txt && exit 9; echo speed 7 > result.txt", benchmark);
    let (output, measured) = run_shell(&folder, &["--iterations", "2"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let case = &measured.benchmarks[0].cases[0];
    let series: Vec<(&str, usize)> =
        case.series.iter().map(|series| (series.metric.as_str(), series.samples.len())).collect();
    assert_eq!(series, [("speed", 2), ("time", 2), ("memory", 2)]);
    assert_eq!(
        (case.folder.as_deref(), case.executions[1].outputs[0].file.as_str()),
        (Some("shell/case"), "1.result.txt")
    );
    assert_eq!(fs::read(folder.path().join("output/shell/case/1.result.txt")).unwrap(), b"speed 7\n");

    let folder = shell_definition("true", benchmark);
    let (output, measured) = run_shell(&folder, &[]);
    assert_eq!(output.code, 1);
    assert_eq!(measured.benchmarks[0].cases[0].reasons, ["iteration 1: file `result.txt`: not written"]);
}
