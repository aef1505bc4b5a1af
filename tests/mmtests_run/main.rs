//! `run mmtests`: MMTests is driven, and its logs become benchmarks of the record.
//!
//! A small script of our own stands for MMTests where only the driver is of interest (its outputs are synthetic); `real.rs`
//! drives the real one.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod asked;
mod real;

use lava_bench::{
    record::{Benchmark, Case, Exit, Record, Verdict},
    suites::mmtests,
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use support::{Said, executable, program, record, skipped};
use tempfile::TempDir;

/// What the driver sees of MMTests: its options, configurations, logs, times and exit codes. `FAIL` is a benchmark that
/// exits with 1, `INSTALL` one that cannot be installed, `HANG` one that does not end, `MUTE` one that leaves no sample, and
/// `TRIES` a file that counts: the first attempt fails.
const FAKE: &str = r#"#!/bin/bash
echo "$*" >>"$(dirname "$0")/calls"
configs=()
while [ $# -gt 1 ]; do
	case $1 in
	--config) configs+=("$2"); shift ;;
	*) echo "option $1" ;;
	esac
	shift
done
for file in "${configs[@]}"; do source "$file"; done
echo Building shellpacks
[ "$ASSUME_PACKAGE_INSTALLED" = yes ] || echo 'packages are installed'
if [ -n "$TRIES" ] && [ ! -e "$TRIES" ]; then : >"$TRIES"; echo 'FATAL: no network'; exit 255; fi
for ((i = 0; i < MMTEST_ITERATIONS; i++)); do
	log=$SHELLPACK_LOG_BASE/$1/iter-$i
	mkdir -p "$log"
	uname -a >"$log/kernel.version"
	echo "start :: 1795457751" >"$log/tests-timestamp"
	for name in $MMTESTS; do
		[ "$name" != "$INSTALL" ] || { echo "FATAL run-mmtests: Installation step failed for $name"; exit 255; }
		mkdir -p "$log/$name/logs"
		echo "test begin :: $name 1795457751" >>"$log/tests-timestamp"
		[ "$name" != "$HANG" ] || { sleep 1000 & setsid sleep 1001 & echo "$! $(jobs -p)" >"$PIDS"; wait; }
		for thread in $THREADS; do
			[ "$name" = "$MUTE" ] || echo "    events per second: $((thread * 100 + i)).25" >"$log/$name/logs/benchlog-$thread-_-1"
		done
		code=0
		[ "$name" != "$FAIL" ] || code=1
		echo "test end :: $name 1795457752 $code" >>"$log/tests-timestamp"
		echo "time :: $name 0.50 user 0.10 system 1.25 elapsed" >>"$log/tests-timestamp"
	done
	echo Cleaning up
done
exit $code
"#;

/// A folder with a tree of MMTests and one for outputs.
struct Tree {
    folder: TempDir,
}

impl Tree {
    /// The synthetic one, with a configuration `config-one` that has this text.
    fn fake(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("tree/configs")).unwrap();
        executable(&folder.path().join("tree/run-mmtests.sh"), FAKE);
        fs::write(folder.path().join("tree/configs/config-one"), config).unwrap();
        Self { folder }
    }

    fn run(&self, parameters: &[&str], more: &[&str]) -> (Said, Option<Record>) {
        let tree = self.folder.path().join("tree");
        run(&tree, &self.folder.path().join("out"), parameters, more)
    }
}

fn run(tree: &Path, output: &Path, parameters: &[&str], more: &[&str]) -> (Said, Option<Record>) {
    let mut command = program();
    command.args(["run", "mmtests", "--output"]).arg(output);
    command.args(["--param", &format!("MMTESTS_DIR={}", tree.display())]);
    for parameter in parameters {
        command.args(["--param", parameter]);
    }
    let said = Said::of(command.args(more));
    eprintln!("{}", said.stderr);
    (said, output.join("record.json").exists().then(|| record(output)))
}

fn benchmark<'a>(record: &'a Record, name: &str) -> &'a Benchmark {
    record.benchmarks.iter().find(|benchmark| benchmark.name.as_str() == name).unwrap_or_else(|| panic!("no {name}"))
}

/// How the attempts at the one iteration ended, in their order.
fn attempts(case: &Case) -> Vec<Exit> {
    let tried = case.executions.iter().filter(|execution| execution.iteration == Some(0));
    tried.map(|execution| execution.exit.clone()).collect()
}

fn driver(record: &Record) -> &Case {
    &benchmark(record, "mmtests").cases[0]
}

/// Whether this test runs as root, which the definition wants.
fn root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        skipped("MMTests is run as root only");
    }
    root
}

#[test]
fn its_benchmarks_are_those_of_its_logs() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS='sysbenchcpu'\nexport THREADS='1 2 4'\n");
    let more = ["--iterations", "3", "--label", "6.1-rc1", "--signals", "all"];
    let (output, record) = tree.run(&["CONFIG=one", "SET=THREADS='1 2' UNUSED=3"], &more);
    let record = record.unwrap();
    assert_eq!(output.code, 0);
    let calls = fs::read_to_string(tree.folder.path().join("tree/calls")).unwrap();
    assert_eq!(calls, "--no-monitor --config ./config --config ./override run\n");
    assert_eq!(driver(&record).result, Verdict::Pass);
    assert!(driver(&record).executions.iter().any(|execution| execution.conditions.is_some()));
    let measured = benchmark(&record, "mmtests-sysbenchcpu");
    assert_eq!(measured.parameters["_TestName"], "6.1-rc1");
    let shown: Vec<String> = measured.cases[0].series.iter().map(|series| series.labels.to_string()).collect();
    assert_eq!(shown, ["op=events/sec-1", "op=events/sec-2"]);
    let values: Vec<f64> = measured.cases[0].series[1].values().map(|value| value.get()).collect();
    assert_eq!(values, [200.25, 201.25, 202.25]);
    assert_eq!(measured.cases[0].executions.len(), 3);
    assert!(record.machine.is_some());
    // `convert` makes the same of the logs, and the signals carry it all.
    let logs = tree.folder.path().join("out/mmtests/config_one/work/log/run");
    let folder = mmtests::read_run(&logs, &mmtests::Selection::default()).unwrap();
    let converted = &mmtests::benchmarks(&folder)[0];
    assert_eq!((&converted.metrics, &converted.cases[0].series), (&measured.metrics, &measured.cases[0].series));
    let signals = &output.stdout;
    assert!(signals.contains("TEST_CASE_ID=mmtests-sysbenchcpu.value.op_events_2fsec-2.0.0"), "{signals}");
    let capture = tree.folder.path().join("console.log");
    fs::write(&capture, &output.stdout).unwrap();
    assert_eq!(Said::of(program().arg("rebuild").arg(&capture)).record(), record);
}

#[test]
fn every_benchmark_has_its_own_verdict() {
    if !root() {
        return;
    }
    let names = "sysbenchcpu hackbench-x sysbenchmutex unheard";
    let tree = Tree::fake(&format!("export MMTESTS='{names}' THREADS=1 FAIL=sysbenchcpu MUTE=hackbench-x\n"));
    let (output, record) = tree.run(&["CONFIG=one"], &[]);
    let record = record.unwrap();
    let case = |name: &str| benchmark(&record, name).cases[0].clone();
    // Its own exit code is that of the last benchmark.
    assert_eq!((output.code, driver(&record).result), (1, Verdict::Pass));
    let failed = case("mmtests-sysbenchcpu");
    assert_eq!((failed.result, failed.reasons.as_slice()), (Verdict::Fail, &["iteration 1: exit status 1".into()][..]));
    assert_eq!(failed.series.len(), 1, "what was measured is kept");
    assert!(case("mmtests-hackbench-x").reasons[0].contains("no sample in its logs"));
    assert!(case("mmtests-unheard").reasons[0].contains("no extraction rule"));
}

#[test]
fn monitors_and_packages_are_as_asked_for() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS=sysbenchcpu THREADS=1\n");
    let (_, record) = tree.run(&["CONFIG=one", "MONITORS=yes", "OFFLINE=no"], &[]);
    assert_eq!(driver(&record.unwrap()).result, Verdict::Pass);
    let calls = fs::read_to_string(tree.folder.path().join("tree/calls")).unwrap();
    assert!(calls.starts_with("--run-monitor --config"), "{calls}");
    let said = fs::read_to_string(tree.folder.path().join("out/mmtests/config_one/0.stdout")).unwrap();
    assert!(said.contains("packages are installed"), "{said}");
}

#[test]
fn what_fails_says_why() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS='sysbenchcpu sysbenchmutex' THREADS=1 INSTALL=sysbenchmutex\n");
    let (output, record) = tree.run(&["CONFIG=one"], &[]);
    let record = record.unwrap();
    assert_eq!(output.code, 1);
    let why = "iteration 1: exit status 255; it says: FATAL run-mmtests: Installation step failed for sysbenchmutex";
    assert_eq!(driver(&record).reasons, [why]);
    assert_eq!(benchmark(&record, "mmtests-sysbenchcpu").cases[0].result, Verdict::Pass, "what ran before is kept");

    let tree = Tree::fake("");
    let (output, record) = tree.run(&["CONFIG=two"], &[]);
    let reasons = driver(&record.unwrap()).reasons.join(" ");
    assert!(output.code == 1 && reasons.contains("no configuration two: neither a file nor "), "{reasons}");

    let tree = Tree::fake("");
    let (output, record) = tree.run(&["CONFIG=one", "SET='"], &[]);
    let reasons = driver(&record.unwrap()).reasons.join(" ");
    assert!(output.code == 1 && reasons.contains("unexpected EOF"), "{reasons}");

    let nothing = TempDir::new().unwrap();
    let (output, record) = run(nothing.path(), &nothing.path().join("out"), &["CONFIG=one"], &[]);
    let case = driver(&record.unwrap()).clone();
    assert_eq!((output.code, case.result), (3, Verdict::Skip));
    let program = nothing.path().join("run-mmtests.sh");
    assert_eq!(case.reasons, [format!("program `{}` not found; MMTESTS_DIR says where it is", program.display())]);
}

#[test]
fn a_finished_run_is_parsed() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS='sysbenchcpu sysbenchmutex' THREADS=1 FAIL=sysbenchcpu\n");
    let (_, record) = tree.run(&["CONFIG=one"], &["--label", "6.1", "--iterations", "2"]);
    let record = record.unwrap();
    let logs = tree.folder.path().join("out/mmtests/config_one/work/log");
    let parse =
        |sources: &[&Path], more: &[&str]| Said::of(program().args(["parse", "mmtests"]).args(sources).args(more));
    let output = parse(&[&logs], &["--label", "6.1"]);
    let (parsed, said) = (output.record(), output.stderr);
    assert!(output.code == 1 && said.contains("mmtests-sysbenchcpu: iteration 1: exit status 1"), "{said}");
    for name in ["mmtests-sysbenchcpu", "mmtests-sysbenchmutex"] {
        let (again, before) = (&benchmark(&parsed, name), &benchmark(&record, name));
        assert_eq!((&again.metrics, &again.parameters), (&before.metrics, &before.parameters));
        let (again, before) = (&again.cases[0], &before.cases[0]);
        assert_eq!((&again.series, &again.reasons, again.result), (&before.series, &before.reasons, before.result));
    }
    let signals = parse(&[&logs.join("run")], &["--signals", "all"]).stdout;
    assert!(signals.contains("TEST_CASE_ID=mmtests-sysbenchcpu.value.op_events_2fsec-1.0.0"));

    let hint = "hint: `parse mmtests FOLDER` takes the folder of one run, work/log/NAME, alone";
    let out = tree.folder.path().join("out");
    fs::create_dir_all(logs.join("run2/iter-0")).unwrap();
    let wrong: [(&[&Path], &[&str], &str); 5] = [
        (&[], &[], "its results are one folder of logs"),
        (&[&out], &[], "out: no run of MMTests in it, which has iter-0"),
        (&[&out.join("record.json")], &[], "record.json: is no folder"),
        (&[&logs], &[], "work/log/run2"),
        (&[&logs.join("run")], &["--param", "CONFIG=x"], "--stderr, --file and --param say nothing of logs"),
    ];
    for (sources, more, expected) in wrong {
        let Said { code, stderr: said, .. } = parse(sources, more);
        assert!(code == 2 && said.contains(expected) && said.contains(hint), "{said}");
    }
    let said = Said::of(program().args(["parse", "sysbench-cpu", "--param", "THREADS=1"]).arg(&logs)).stderr;
    assert!(said.contains("work/log: is a folder\nhint: name the file with the tool's output"), "{said}");
}

#[test]
fn a_failed_run_is_tried_again() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS=sysbenchcpu THREADS=1\n");
    let set = format!("SET=TRIES={}", tree.folder.path().join("tries").display());
    let (output, record) = tree.run(&["CONFIG=one", &set, "RETRIES=2"], &[]);
    let record = record.unwrap();
    let exits = attempts(driver(&record));
    assert_eq!(exits, [Exit::Code(255), Exit::Code(0)], "the attempt and the retry");
    assert_eq!((output.code, driver(&record).result), (0, Verdict::Pass));
    assert_eq!(benchmark(&record, "mmtests-sysbenchcpu").cases[0].result, Verdict::Pass);
}

#[test]
fn a_run_that_hangs_is_ended_with_all_that_it_started() {
    if !root() {
        return;
    }
    let tree = Tree::fake("export MMTESTS='sysbenchcpu sysbenchmutex' THREADS=1 HANG=sysbenchmutex\n");
    let pids = tree.folder.path().join("pids");
    let started = Instant::now();
    let set = format!("SET=PIDS={}", pids.display());
    let (output, record) = tree.run(&["CONFIG=one", &set, "TIMEOUT=2s"], &[]);
    let record = record.unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_eq!(output.code, 1);
    assert!(driver(&record).reasons[0].contains("timed out"), "{:?}", driver(&record).reasons);
    assert_eq!(benchmark(&record, "mmtests-sysbenchcpu").cases[0].result, Verdict::Pass, "what ran before is kept");
    let hung = &benchmark(&record, "mmtests-sysbenchmutex").cases[0];
    assert_eq!(hung.result, Verdict::Fail);
    for pid in fs::read_to_string(&pids).unwrap().split_whitespace() {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} runs on");
    }
}
