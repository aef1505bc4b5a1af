//! What this program measured, as a tree of logs: our reader, and MMTests' own, find in it what the record says.
//!
//! The programs that run are scripts of this test. They print samples of the definitions, which are real outputs. With
//! `MMTESTS_DIR`, a tree of MMTests, its extraction reads the same logs.

use super::support::{self, Said, path_with, program, project, script, shell};
use lava_bench::suites::mmtests::{self, Extract};
use std::{collections::BTreeSet, ffi::OsStr, fs, path::Path, process::Command};
use tempfile::TempDir;

/// The programs, what they say of their version, and what they print by their arguments; with `SECOND=1` some print another
/// sample.
const PROGRAMS: &[(&str, &str, &str)] = &[
    (
        "sysbench",
        "sysbench 1.0.20",
        "case $* in *cpu*) cat $D/sysbench-cpu/samples/1.0.20/threads-${SECOND:-2}.stdout ;;
         *) cat $D/sysbench-mutex/samples/1.0.20/threads-1.stdout ;; esac |
         sed 's/^Number of threads: .*/Number of threads: 2/; s/^Prime numbers limit: .*/Prime numbers limit: 10000/'",
    ),
    (
        "perf",
        "perf version 6.1.192",
        "V=6.1.192; [ -z \"$SECOND\" ] || V=7.2.13
         case $* in
         *' messaging --thread '*) cat $D/perf-bench-sched-messaging/samples/$V/threads.stdout ;;
         *messaging*) cat $D/perf-bench-sched-messaging/samples/$V/processes.stdout ;;
         *pipe*) cat $D/perf-bench-sched-pipe/samples/$V/processes.stdout ;;
         *) cat $D/perf-bench-syscall/samples/$V/basic.stdout ;; esac",
    ),
    (
        "stress-ng",
        "stress-ng, version 0.15.06",
        "case $* in
         *--yaml*) cat $D/stress-ng-parallel/samples/0.15.06/named.stderr >&2
                   cat $D/stress-ng-parallel/samples/0.15.06/named.stress-ng.yaml >stress-ng.yaml ;;
         *--context*) cat $D/stress-ng/samples/0.15.06/context.stderr >&2 ;;
         *) cat $D/stress-ng/samples/0.15.06/pipe.stderr >&2 ;; esac",
    ),
    ("blogbench", "blogbench 1.2", "cat $D/blogbench/samples/1.2/loops-2.stdout"),
    ("getppid1_processes", "", ""),
    ("page_fault1_processes", "", "cat $D/will-it-scale/samples/75f66e4/page_fault1-processes-1.stdout"),
    ("ebizzy", "", "cat $D/ebizzy/samples/0.3/threads-2.stdout"),
    ("coremark", "", "cat $D/coremark/samples/1.01/threads-2.stdout"),
    ("schbench", "", "cat $D/schbench/samples/2025/intervals.stderr >&2"),
    ("stream", "", "cat $D/stream/samples/5.10/threads-2.stdout"),
    ("usemem", "", "cat $D/usemem/samples/96c9436/threads.stdout; sleep 0.1"),
    ("singleuser", "", "cat $D/aim9/samples/1.1/$(tail -n 1 s9workfile).stdout"),
    ("redis-server", "", "echo 'Ready to accept connections'; exec sleep 100"),
    ("redis-cli", "", ""),
    (
        "redis-benchmark",
        "redis-benchmark 7.0.15",
        "case $* in *mset*) test=mset ;; *) test=set ;; esac; cat $D/redis/samples/7.0.15/$test.stdout",
    ),
    ("memtier_benchmark", "memtier_benchmark 2.1", "cat $D/memtier/samples/git-2026/default.stdout"),
    ("busybox", "", "case $1 in httpd) exec sleep 100 ;; esac"),
    ("siege", "SIEGE 4.0.7", "cat $D/siege/samples/4.0.7/text-clients-25.stderr >&2"),
    ("fs_mark", "", "cat $D/fsmark/samples/3.3/iterations-2.stdout"),
    ("fio", "fio-3.33", "cat $D/fio-job/samples/3.33/terse-and-json.stdout"),
    ("pmqtest", "pmqtest V 2.10", "cat $D/pmqtest/samples/2.10/pairs-2.stdout"),
    ("make", "GNU Make 4.3", "cat $D/kernbench/samples/4.3/tinyconfig.stdout; sleep 0.1"),
    ("gcc", "", ""),
    ("flex", "", ""),
    ("bison", "", ""),
    ("bc", "", ""),
];

/// Definitions and their parameters, in runs of their own: `stress-ng` and `stress-ng-parallel` are one benchmark.
pub(super) const RUNS: [&[(&str, &[&str])]; 2] = [
    &[
        ("sysbench-cpu", &["THREADS=2"]),
        ("sysbench-mutex", &["THREADS=2"]),
        ("perf-bench-sched-pipe", &[]),
        ("perf-bench-syscall", &[]),
        ("perf-bench-sched-messaging", &["IPC=pipes sockets", "TASKS=process thread", "GROUP_COUNT=1 2"]),
        ("stress-ng", &["INSTANCES=1", "STRESSOR=pipe context"]),
        ("blogbench", &[]),
        ("will-it-scale", &["TEST=page_fault1", "MODE=processes", "TASKS=1", "TIME=1"]),
        ("ebizzy", &["THREADS=2", "MMAP=default"]),
        ("coremark", &[]),
        ("schbench", &["WORKERS=2", "INTERVAL=2"]),
        ("stream", &["THREADS=1 2"]),
        ("usemem", &["TASKS=2", "MODE=threads"]),
        ("siege", &["CLIENTS=25"]),
    ],
    &[
        ("stress-ng-parallel", &["STRESSORS=pipe+context", "INSTANCES=1"]),
        ("aim9", &["TEST=page_test fork_test"]),
        ("redis", &["TEST=set mset", "CLIENTS=1 50"]),
        ("memtier", &["CLIENTS=50"]),
        ("kernbench", &["SOURCE=."]),
        ("fsmark", &["THREADS=2", "ITERATIONS=2"]),
        ("fio-job", &[]),
        ("pmqtest", &["THREADS=2"]),
    ],
];

/// The benchmarks of MMTests that they are.
pub(super) const BENCHMARKS: [&[&str]; 2] = [
    &[
        "blogbench",
        "coremark",
        "ebizzy",
        "hackbench-process-pipes",
        "hackbench-process-sockets",
        "hackbench-thread-pipes",
        "hackbench-thread-sockets",
        "perfpipe",
        "perfsyscall",
        "schbench",
        "siege",
        "stream",
        "stressng",
        "sysbenchcpu",
        "sysbenchmutex",
        "usemem",
        "wis-pf",
    ],
    &["aim9", "fio", "fsmark", "kernbench", "pmqtest-pinned", "redis", "redis-memtier", "stressng"],
];

fn command<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = program();
    command.args(arguments).current_dir(folder).env("PATH", path_with(&folder.join("bin")));
    command
}

fn ours<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Said {
    Said::of(&mut command(folder, arguments))
}

/// A folder with the programs and, in `out`, a run of the definitions.
pub(super) fn measured(definitions: &[(&str, &[&str])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let samples = project("test-definitions");
    for (name, version, prints) in PROGRAMS {
        let path = folder.path().join("bin").join(name);
        let versions = format!("case $1 in --version|--help) echo '{version}'; exit ;; esac");
        script(&path, &format!("D='{}'\n{versions}\n{prints}", samples.display()));
    }
    fs::write(folder.path().join("Kconfig"), "").expect("a file");
    fs::write(folder.path().join("bin/fakeh.tar"), "").expect("a file");
    let output = ours(folder.path(), &run_of(definitions, "out"));
    assert_eq!(output.code, 0, "{}", output.stderr);
    folder
}

/// The arguments of a run of the definitions, whose record is called as its folder is.
fn run_of(definitions: &[(&str, &[&str])], output: &str) -> Vec<String> {
    let first = ["run", "--output", output, "--signals", "none", "--label", output, "--param", "ITERATIONS=3"];
    let mut arguments = first.map(String::from).to_vec();
    for (definition, parameters) in definitions {
        arguments.push((*definition).into());
        arguments.extend(parameters.iter().flat_map(|text| ["--param".into(), format!("{definition}.{text}")]));
    }
    arguments
}

fn json(folder: &Path, source: &str) -> Vec<Extract> {
    let output = ours(folder, &["convert", source, "--to", "mmtests-json"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    mmtests::read(output.stdout.as_bytes()).expect("MMTests JSON")
}

/// An operation with the numbers and values of its samples, by iteration.
type Samples = (String, Vec<Vec<(f64, f64)>>);

/// All operations, by name. Those that have none are left out.
fn samples(run: &Extract) -> Vec<Samples> {
    // A record does not say when schbench reported.
    let timed = run.benchmark() != "schbench";
    let mut all: Vec<_> = run.operations.iter().filter(|operation| operation.values().next().is_some()).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let pairs = |iteration: &Option<mmtests::Iteration>| {
        let pairs = iteration.iter().flat_map(|iteration| iteration.numbers.iter().zip(iteration.values.iter()));
        pairs.map(|(number, value)| (if timed { number } else { 0.0 }, value)).collect()
    };
    all.iter().map(|operation| (operation.name.clone(), operation.iterations.iter().map(pairs).collect())).collect()
}

fn named<'a>(runs: &'a [Extract], name: &str) -> &'a Extract {
    runs.iter().find(|run| run.benchmark() == name).unwrap_or_else(|| panic!("no {name}"))
}

/// What MMTests' extraction makes of a tree.
fn extracted(tree: &Path, logs: &Path, benchmark: &str) -> Vec<Extract> {
    let mut extract = Command::new("perl");
    extract.current_dir(tree).arg("bin/extract-mmtests.pl").arg("-d").arg(logs);
    let theirs = extract.args(["-b", benchmark, "-n", "out", "--print-json"]).output().expect("perl");
    let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
    mmtests::read(&theirs.stdout).unwrap_or_else(|error| panic!("{benchmark}: {error}: {said}"))
}

#[test]
fn logs_say_what_the_record_says() {
    let tree = support::mmtests("MMTESTS_DIR", "whose extraction would read the same");
    for (definitions, benchmarks) in RUNS.iter().zip(BENCHMARKS) {
        let folder = measured(definitions);
        let output = ours(folder.path(), &["convert", "out", "--to", "mmtests-log", "-o", "work/log/out"]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_eq!(output.stderr, "");
        let (record, logs) = (json(folder.path(), "out/record.json"), json(folder.path(), "work/log/out"));
        let mut names: Vec<String> = logs.iter().map(Extract::benchmark).collect();
        names.sort();
        assert_eq!(names, benchmarks);
        for name in benchmarks.iter().copied() {
            let logs = named(&logs, name);
            assert!(!samples(logs).is_empty(), "{name}: no sample in its logs");
            if name != "pmqtest-pinned" {
                let record = named(&record, name);
                assert_eq!(samples(record), samples(logs), "{name}");
                for field in ["_ModuleName", "_TestName", "_PreferredVal", "_Precision", "_Summarytype"] {
                    assert_eq!(record.header.to_map().get(field), logs.header.to_map().get(field), "{name}: {field}");
                }
                let sorted = |run: &Extract| run.header.ratio_operations.texts().map(BTreeSet::from_iter);
                assert_eq!(sorted(record), sorted(logs), "{name}: what is in the table of ratios");
            }
            let Some(tree) = &tree else { continue };
            let theirs = extracted(tree, &folder.path().join("work/log"), name);
            let mut expected = samples(logs);
            // MMTests takes the fifth column and all behind it, which is not a number since memtier 1.3.
            expected.retain(|(operation, _)| name != "redis-memtier" || !operation.starts_with("kb/sec"));
            assert_eq!(samples(named(&theirs, name)), expected, "{name}");
            eprintln!("{name}: MMTests extracts the record's samples");
        }
    }
}

#[test]
fn a_run_has_what_mmtests_reports_look_for() {
    let folder = measured(&[
        ("perf-bench-sched-messaging", &["IPC=pipes", "TASKS=process thread", "GROUP_COUNT=1"]),
        ("will-it-scale", &["TEST=page_fault1", "MODE=processes", "TASKS=1", "TIME=1"]),
    ]);
    let output = ours(folder.path(), &["convert", "out", "--to", "mmtests-log", "-o", "run"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let read = |file: &str| {
        fs::read_to_string(folder.path().join("run").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let lines = |file: &str| -> Vec<String> {
        let times = |word: &str| !word.bytes().all(|byte| byte.is_ascii_digit()) || word.len() < 5;
        let plain = |line: &str| line.split(' ').filter(|word| times(word)).collect::<Vec<_>>().join(" ");
        read(file).lines().map(plain).collect()
    };
    // The benchmark's own iterations are samples of one iteration of MMTests; will-it-scale has none of its own.
    let hackbench = ["process-pipes", "thread-pipes"].map(|variant| format!("hackbench-{variant}"));
    let tests = |names: &[&str]| -> Vec<String> {
        let of =
            |name: &&str| [format!("run-mmtests: test start :: {name}"), format!("run-mmtests: test end :: {name} 0")];
        names.iter().flat_map(of).collect()
    };
    let iteration = |number: u32, names: &[&str]| -> Vec<String> {
        let start = vec!["run-mmtests: Start".to_string(), format!("run-mmtests: Iteration {number} start")];
        [start, tests(names), vec![format!("run-mmtests: Iteration {number} end")]].concat()
    };
    let first = iteration(1, &[&hackbench[0], &hackbench[1], "wis-pf"]);
    assert_eq!(lines("iter-0/tests-activity"), first);
    let end = vec!["run-mmtests: End".to_string(), "status :: 0".to_string()];
    let whole = [first, iteration(2, &["wis-pf"]), iteration(3, &["wis-pf"]), end].concat();
    assert_eq!(lines("mmtests-activity"), whole);
    let stamps = lines("iter-1/tests-timestamp");
    assert_eq!(stamps[..3], ["start ::", "test begin :: wis-pf", "test end :: wis-pf 0"]);
    assert!(stamps[3].starts_with("time :: wis-pf ") && stamps[4] == "finish ::", "{stamps:?}");
    assert_eq!(
        read("iter-0/hackbench-thread-pipes/logs/commands.log"),
        "perf bench sched messaging --pipe --thread -g 1 -l 1000\n"
    );
    assert_eq!(read("iter-0/hackbench-thread-pipes/logs/hackbench-1").matches("Total time:").count(), 3);
    assert!(read("iter-2/wis-pf/logs/benchlog-page_fault1_processes-1").starts_with("measurement\nmin:"));
    assert!(read("iter-2/wis-pf/logs/time-page_fault1_processes-1").contains("elapsed "));
}

/// MMTests has one name for both: neither the JSON nor the log may mix them.
#[test]
fn cases_that_mmtests_cannot_tell_apart_are_not_mixed() {
    let folder = measured(&[("ebizzy", &["THREADS=2", "MMAP=default yes"])]);
    let runs = json(folder.path(), "out/record.json");
    let [(_, total), ..] = &samples(named(&runs, "ebizzy"))[..] else { panic!("{runs:?}") };
    assert_eq!(total[0].len(), 6, "three iterations of two threads of one case");
    let others = named(&runs, "ebizzy-higher").operations.iter().map(|operation| operation.name.as_str());
    assert!(
        others.clone().any(|name| name == "records-per-second-threads=2-mmap=yes"),
        "{:?}",
        others.collect::<Vec<_>>()
    );
    let output = ours(folder.path(), &["convert", "out", "--to", "mmtests-log", "-o", "tree"]);
    let said = output.stderr;
    assert!(said.contains("a second output for iter-0/ebizzy/logs/ebizzy-2-1.log, of another case"), "{said}");
}

/// A group of hackbench's threads has 40 files open; MMTests raises the limit too.
#[test]
fn hackbench_may_have_its_files_open() {
    let folder = measured(&[("sysbench-cpu", &["THREADS=2"])]);
    script(&folder.path().join("bin/perf"), "[ $1 = bench ] && ulimit -Sn >&2\nexit 1");
    let limited = "ulimit -Sn 256; ulimit -Hn 500; exec \"$AGENT\" run perf-bench-sched-messaging --output two";
    let path = path_with(&folder.path().join("bin"));
    shell(limited).current_dir(folder.path()).env("PATH", path).output().expect("a shell");
    let said = fs::read_to_string(
        folder.path().join("two/perf-bench-sched-messaging/tasks_process.ipc_sockets.groups_1/0.stderr"),
    );
    assert_eq!(said.expect("its standard error"), "500\n");
}

#[test]
fn mmtests_compares_trees_as_we_do() {
    let Some(tree) = support::mmtests("MMTESTS_DIR", "which would compare the trees") else { return };
    let definitions: &[(&str, &[&str])] = &[
        ("sysbench-cpu", &["THREADS=2"]),
        ("perf-bench-sched-pipe", &[]),
        ("perf-bench-syscall", &[]),
        ("perf-bench-sched-messaging", &["IPC=pipes sockets", "TASKS=process thread", "GROUP_COUNT=1 2"]),
    ];
    let folder = measured(definitions);
    let second = Said::of(command(folder.path(), &run_of(definitions, "second")).env("SECOND", "1"));
    assert_eq!(second.code, 0, "{}", second.stderr);
    for run in ["out", "second"] {
        let tree = format!("work/log/{run}");
        let output = ours(folder.path(), &["convert", run, "--to", "mmtests-log", "-o", &tree]);
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
    let hackbench = ["process-pipes", "process-sockets", "thread-pipes", "thread-sockets"];
    let hackbench = hackbench.map(|variant| format!("hackbench-{variant}"));
    for name in ["sysbenchcpu", "perfpipe", "perfsyscall"].into_iter().chain(hackbench.iter().map(String::as_str)) {
        let mut compare = Command::new("perl");
        compare.current_dir(&tree).arg("bin/compare-mmtests.pl").arg("-d").arg(folder.path().join("work/log"));
        let theirs = compare.args(["-b", name, "-n", "out,second"]).output().expect("perl");
        let ours = ours(folder.path(), &["compare", "work/log", "--benchmark", name, "--format", "mmtests"]);
        let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
        assert!(theirs.lines().count() > 7 && !theirs.contains("nan"), "{name}: {theirs}");
        assert_eq!(ours.stdout, theirs, "{name}");
        eprintln!("{name}: MMTests prints the same comparison");
    }
}

#[test]
fn what_has_no_log_is_told() {
    let folder = measured(&[("sysbench-cpu", &["THREADS=2"])]);
    let convert = |source: &str, to: &[&str]| {
        let arguments = [&["convert", source, "--to", "mmtests-log"], to].concat();
        let output = ours(folder.path(), &arguments);
        (output.code, output.stderr)
    };
    let (code, said) = convert("out", &[]);
    assert!(code == 2 && said.contains("-o is missing"), "{said}");
    let (code, said) = convert("out", &["-o", "out"]);
    assert!(code == 2 && said.contains("out: exists already"), "{said}");
    assert_eq!(convert("out", &["-o", "tree"]).0, 0);
    let record = fs::read_to_string(folder.path().join("out/record.json")).expect("a record");
    fs::write(folder.path().join("out/record.json"), record.replace("sysbench-cpu", "primes")).expect("written");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == 2 && said.contains("MMTests has no log for any of its outputs"), "{said}");
    fs::write(folder.path().join("out/record.json"), record.replace("sysbench-cpu/", "../")).expect("written");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == 2 && said.contains("is not the name of a file in the folder"), "{said}");
    fs::write(folder.path().join("out/record.json"), &record).expect("written");
    fs::remove_file(folder.path().join("out/sysbench-cpu/threads_2/1.stdout")).expect("it is there");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == 2 && said.contains("threads_2/1.stdout: No such file"), "{said}");
    assert!(!folder.path().join("none").exists(), "half a tree is not left");
}
