//! What this program measured, as a tree of logs: our reader, and MMTests' own, find in it what the record says.
//!
//! The programs that run are scripts of this test. They print samples of the definitions, which are real outputs. With
//! `MMTESTS_DIR`, a tree of MMTests, its extraction reads the same logs.

use lava_bench::formats::mmtests::{self, Run};
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// The programs, what they say of their version, and what they print by their arguments.
const PROGRAMS: &[(&str, &str, &str)] = &[
    (
        "sysbench",
        "sysbench 1.0.20",
        "case $* in *cpu*) cat $D/sysbench-cpu/samples/1.0.20/threads-2.stdout ;;
         *) cat $D/sysbench-mutex/samples/1.0.20/threads-1.stdout ;; esac",
    ),
    (
        "perf",
        "perf version 6.1.192",
        "case $* in
         *' messaging --thread '*) cat $D/perf-bench-sched-messaging/samples/6.1.192/threads.stdout ;;
         *messaging*) cat $D/perf-bench-sched-messaging/samples/6.1.192/processes.stdout ;;
         *pipe*) cat $D/perf-bench-sched-pipe/samples/6.1.192/processes.stdout ;;
         *) cat $D/perf-bench-syscall/samples/6.1.192/basic.stdout ;; esac",
    ),
    ("stress-ng", "stress-ng, version 0.15.06", "cat $D/stress-ng/samples/0.15.06/pipe.stderr >&2"),
    ("blogbench", "blogbench 1.2", "cat $D/blogbench/samples/1.2/loops-2.stdout"),
    ("getppid1_processes", "", ""),
    ("page_fault1_processes", "", "cat $D/will-it-scale/samples/75f66e4/page_fault1-processes-1.stdout"),
];

/// Definitions, and their parameters.
const DEFINITIONS: &[(&str, &[&str])] = &[
    ("sysbench-cpu", &["THREADS=2"]),
    ("sysbench-mutex", &["THREADS=2"]),
    ("perf-bench-sched-pipe", &[]),
    ("perf-bench-syscall", &[]),
    ("perf-bench-sched-messaging", &["IPC=pipes sockets", "TASKS=process thread", "GROUPS=1 2"]),
    ("stress-ng", &["INSTANCES=1", "STRESSOR=pipe"]),
    ("blogbench", &[]),
    ("will-it-scale", &["TEST=page_fault1", "MODE=processes", "TASKS=1", "TIME=1"]),
];

/// The benchmarks of MMTests that they are.
const BENCHMARKS: &[&str] = &[
    "blogbench",
    "hackbench-process-pipes",
    "hackbench-process-sockets",
    "hackbench-thread-pipes",
    "hackbench-thread-sockets",
    "perfpipe",
    "perfsyscall",
    "stressng",
    "sysbenchcpu",
    "sysbenchmutex",
    "wis-pf",
];

fn ours(folder: &Path, arguments: &[&str]) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), env::var("PATH").unwrap_or_default());
    let mut command = Command::new(env!("CARGO_BIN_EXE_lava-bench"));
    command.args(arguments).current_dir(folder).env("PATH", path);
    command.output().expect("the program starts")
}

/// A folder with the programs and, in `out`, a run of the definitions.
fn measured(definitions: &[(&str, &[&str])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("bin")).expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-definitions");
    for (name, version, prints) in PROGRAMS {
        let path = folder.path().join("bin").join(name);
        let versions = format!("case $1 in --version|--help) echo '{version}'; exit ;; esac");
        fs::write(&path, format!("#!/bin/sh\nD='{}'\n{versions}\n{prints}\n", samples.display())).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script");
    }
    let mut arguments: Vec<String> =
        ["run", "--output", "out", "--signals", "none", "--label", "run", "--iterations", "3"].map(Into::into).to_vec();
    for (definition, parameters) in definitions {
        arguments.push((*definition).into());
        arguments.extend(parameters.iter().flat_map(|text| ["--param".into(), format!("{definition}.{text}")]));
    }
    let output = ours(folder.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn json(folder: &Path, source: &str) -> Vec<Run> {
    let output = ours(folder, &["convert", source, "--to", "mmtests-json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    mmtests::read(&output.stdout).expect("MMTests JSON")
}

/// Operations with the numbers and values of their samples, by name.
fn samples(run: &Run) -> Vec<(String, Vec<(f64, f64)>)> {
    let mut all: Vec<_> = run.operations.iter().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let of = |operation: &&mmtests::Operation| {
        let iterations = operation.iterations.iter().flatten();
        let pairs = iterations.flat_map(|iteration| iteration.numbers.iter().zip(iteration.values.iter()));
        (operation.name.clone(), pairs.collect())
    };
    all.iter().map(of).collect()
}

fn named<'a>(runs: &'a [Run], name: &str) -> &'a Run {
    runs.iter().find(|run| run.benchmark() == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn logs_say_what_the_record_says() {
    let folder = measured(DEFINITIONS);
    let output = ours(folder.path(), &["convert", "out", "--to", "mmtests-log", "-o", "work/log/run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (record, logs) = (json(folder.path(), "out/record.json"), json(folder.path(), "work/log/run"));
    let mut names: Vec<String> = logs.iter().map(Run::benchmark).collect();
    names.sort();
    assert_eq!(names, BENCHMARKS);
    for name in BENCHMARKS.iter().copied() {
        let (record, logs) = (named(&record, name), named(&logs, name));
        assert_eq!(samples(record), samples(logs), "{name}");
        assert!(samples(logs).iter().all(|(_, samples)| samples.len() == 3), "{name}: {:?}", samples(logs));
        for field in ["_ModuleName", "_TestName", "_PreferredVal"] {
            assert_eq!(record.fields.get(field), logs.fields.get(field), "{name}: {field}");
        }
    }
    let iteration = folder.path().join("work/log/run/iter-0");
    let stamps = fs::read_to_string(iteration.join("tests-timestamp")).expect("times");
    assert!(stamps.starts_with("start :: ") && stamps.contains("test begin :: perfpipe "), "{stamps}");
    let commands = fs::read_to_string(iteration.join("sysbenchcpu/logs/commands.log")).expect("commands");
    assert!(commands.starts_with("sysbench cpu --threads=2 "), "{commands}");
    let Some(tree) = env::var_os("MMTESTS_DIR").map(PathBuf::from) else {
        eprintln!("skipped: MMTESTS_DIR names no MMTests, whose extraction would read the same");
        return;
    };
    for name in BENCHMARKS.iter().copied() {
        let mut extract = Command::new("perl");
        extract.current_dir(&tree).arg("bin/extract-mmtests.pl").arg("-d").arg(folder.path().join("work/log"));
        let theirs = extract.args(["-b", name, "-n", "run", "--print-json"]).output().expect("perl");
        let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
        let theirs = mmtests::read(&theirs.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
        assert_eq!(samples(named(&theirs, name)), samples(named(&record, name)), "{name}");
        eprintln!("{name}: MMTests extracts the record's samples");
    }
}

#[test]
fn what_has_no_log_is_told() {
    let folder = measured(&[("sysbench-cpu", &["THREADS=2"])]);
    let convert = |source: &str, to: &[&str]| {
        let arguments = [&["convert", source, "--to", "mmtests-log"], to].concat();
        let output = ours(folder.path(), &arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = convert("out", &[]);
    assert!(code == Some(2) && said.contains("-o is missing"), "{said}");
    let (code, said) = convert("out", &["-o", "out"]);
    assert!(code == Some(2) && said.contains("out: is there already"), "{said}");
    assert_eq!(convert("out", &["-o", "tree"]).0, Some(0));
    let record = fs::read_to_string(folder.path().join("out/record.json")).expect("a record");
    fs::write(folder.path().join("out/record.json"), record.replace("sysbench-cpu", "primes")).expect("written");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == Some(2) && said.contains("no output that MMTests has a log for"), "{said}");
    fs::write(folder.path().join("out/record.json"), record.replace("sysbench-cpu/", "../")).expect("written");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == Some(2) && said.contains("is no name of a file in the folder"), "{said}");
    fs::write(folder.path().join("out/record.json"), &record).expect("written");
    fs::remove_file(folder.path().join("out/sysbench-cpu/threads_2/1.stdout")).expect("it is there");
    let (code, said) = convert("out", &["-o", "none"]);
    assert!(code == Some(2) && said.contains("threads_2/1.stdout: No such file"), "{said}");
    assert!(!folder.path().join("none").exists(), "half a tree is not left");
}
