//! The real MMTests: what `run mmtests` reads of its logs is what its own extraction says, and `run --mmtests`, without it,
//! runs the same commands and gives the same logs.
//!
//! With `MMTESTS_DIR`, the folder of an installed MMTests that has its programs (work/sources/*-installed):
//! `MMTESTS_DIR=/opt/mmtests cargo test --test mmtests_run real:: -- --nocapture`.

use super::{
    driver, root, run,
    support::{self, Said, program, record},
};
use lava_bench::{
    record::Verdict,
    suites::mmtests,
    suites::mmtests::compare::{Comparison, Options, View},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tempfile::TempDir;

/// The real MMTests, where there is one. It keeps files in its own folder: one run at a time.
pub(super) fn real() -> Option<(PathBuf, MutexGuard<'static, ()>)> {
    static ONE: Mutex<()> = Mutex::new(());
    let tree = support::mmtests("MMTESTS_DIR", "installed with its programs");
    tree.filter(|_| root()).map(|tree| (tree, ONE.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// Configurations, what makes them short, and the benchmarks they run.
const REAL: [(&str, &str, &[&str]); 5] = [
    (
        "scheduler-sysbench-cpu",
        "SYSBENCHCPU_MAX_PRIME=10000 SYSBENCHCPU_MAX_THREADS=2 SYSBENCHCPU_ITERATIONS=2",
        &["sysbenchcpu"],
    ),
    (
        "scheduler-hackbench",
        "HACKBENCH_MIN_GROUP_COUNT=1 HACKBENCH_MAX_GROUP_COUNT=2 HACKBENCH_ITERATIONS=2 HACKBENCH_LOOPS=20",
        &["hackbench-process-pipes", "hackbench-process-sockets", "hackbench-thread-pipes", "hackbench-thread-sockets"],
    ),
    ("scheduler-perfpipe", "PERFPIPE_LOOPS=2000 PERFPIPE_ITERATIONS=3", &["perfpipe"]),
    (
        "workload-stressng-context",
        "STRESSNG_MIN_THREADS=1 STRESSNG_MAX_THREADS=2 STRESSNG_RUNTIME=1 STRESSNG_ITERATIONS=2",
        &["stressng"],
    ),
    ("db-sqlite-insert-small", "SQLITE_SIZE=20000 SQLITE_ITERATIONS=1", &["sqlite"]),
];

/// What MMTests' own extraction says of a log tree.
pub(super) fn extracted(tree: &Path, logs: &Path, benchmark: &str) -> mmtests::Extract {
    let mut extract = Command::new("perl");
    extract.arg(tree.join("bin/extract-mmtests.pl")).arg("-d").arg(logs);
    let output = extract.args(["-b", benchmark, "-n", "run", "--print-json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    mmtests::read(&output.stdout).unwrap().remove(0)
}

/// An operation with the numbers and values of its samples, by iteration.
pub(super) type Samples = (String, Vec<Vec<(f64, f64)>>);

pub(super) fn samples(run: &mmtests::Extract) -> Vec<Samples> {
    let one = |iteration: &Option<mmtests::Iteration>| -> Vec<(f64, f64)> {
        iteration.iter().flat_map(|iteration| iteration.numbers.iter().zip(iteration.values.iter())).collect()
    };
    let all = run.operations.iter().filter(|operation| operation.values().next().is_some());
    all.map(|operation| (operation.name.clone(), operation.iterations.iter().map(one).collect())).collect()
}

#[test]
fn a_real_mmtests_gives_what_its_own_extraction_gives() {
    let Some((tree, _alone)) = real() else { return };
    for (config, set, names) in REAL {
        let folder = TempDir::new().unwrap();
        let output = folder.path().join("out");
        let parameters = [format!("CONFIG={config}"), format!("SET={set}")];
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        let (_, record) = run(&tree, &output, &parameters, &["--iterations", "2", "--label", "run"]);
        let record = record.unwrap();
        assert_eq!(driver(&record).result, Verdict::Pass, "{:?}", driver(&record).reasons);
        let ours = mmtests::to_extracts(&record).unwrap();
        let logs = output.join(format!("mmtests/config_{config}/work/log"));
        for name in names {
            let ours = ours.iter().find(|run| run.benchmark() == *name).unwrap_or_else(|| panic!("{name}"));
            let theirs = extracted(&tree, &logs, name);
            let count: usize = theirs.operations.iter().map(|operation| operation.values().count()).sum();
            assert!(count > 0, "{name}");
            assert_eq!(samples(ours), samples(&theirs), "{name}");
            assert_eq!(ours.direction(), theirs.direction(), "{name}");
            eprintln!("{config}: {name}: {count} samples are equal");
        }
    }
}

/// A configuration that MMTests runs, and this program without it.
struct Native {
    config: &'static str,
    /// MMTests' variables that make it short.
    set: &'static str,
    /// The same as our parameters.
    parameters: &'static [&'static str],
    benchmarks: &'static [&'static str],
    /// What a command of MMTests' log is here: the program that it finds, and options of the same meaning.
    command: fn(&str) -> String,
}

/// Without the folder of the program, and with one blank between words.
fn plain(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, options) = words.split_first().map_or(("", &[][..]), |(program, options)| (*program, options));
    let program = program.rsplit('/').next().unwrap_or(program);
    [&[program], options].concat().join(" ")
}

const NATIVE: [Native; 5] = [
    Native {
        config: "scheduler-sysbench-cpu",
        set: "SYSBENCHCPU_MAX_PRIME=10000 SYSBENCHCPU_MAX_THREADS=2 SYSBENCHCPU_ITERATIONS=2",
        parameters: &["MAX_PRIME=10000", "THREADS=1 2", "ITERATIONS=2"],
        benchmarks: &["sysbenchcpu"],
        // The older name of the option, and what sysbench does without these two.
        command: |command| {
            plain(command).replace("--num-threads", "--threads").replace(" run", " --events=0 --time=10 run")
        },
    },
    Native {
        config: "scheduler-perfpipe",
        set: "PERFPIPE_LOOPS=2000 PERFPIPE_ITERATIONS=3",
        parameters: &["LOOPS=2000", "ITERATIONS=3"],
        benchmarks: &["perfpipe"],
        command: plain,
    },
    Native {
        config: "workload-perfsyscall",
        set: "PERFSYSCALL_LOOPS=20000 PERFSYSCALL_ITERATIONS=3",
        parameters: &["LOOPS=20000", "ITERATIONS=3"],
        benchmarks: &["perfsyscall"],
        command: plain,
    },
    Native {
        config: "scheduler-hackbench",
        set: "HACKBENCH_MIN_GROUP_COUNT=1 HACKBENCH_MAX_GROUP_COUNT=2 HACKBENCH_ITERATIONS=2 HACKBENCH_LOOPS=20",
        parameters: &["GROUP_COUNT=1 2", "LOOPS=20", "ITERATIONS=2"],
        benchmarks: &[
            "hackbench-process-pipes",
            "hackbench-process-sockets",
            "hackbench-thread-pipes",
            "hackbench-thread-sockets",
        ],
        command: plain,
    },
    Native {
        config: "workload-stressng-context",
        set: "STRESSNG_MIN_THREADS=1 STRESSNG_MAX_THREADS=2 STRESSNG_RUNTIME=1 STRESSNG_ITERATIONS=2",
        parameters: &["INSTANCES=1 2", "TIME=1", "ITERATIONS=2"],
        benchmarks: &["stressng"],
        command: |command| {
            plain(command).replace("--timeout 1s", "--timeout 1").replace("--metrics-brief", "--metrics --no-rand-seed")
        },
    },
];

/// The configuration without MMTests, as MMTests' JSON, and as a tree of logs in `native`.
fn native(tree: &Path, folder: &Path, native: &Native) -> Vec<mmtests::Extract> {
    let ours = |arguments: &[&str]| {
        let output = Said::of(program().args(arguments).current_dir(folder));
        assert_eq!(output.code, 0, "{}", output.stderr);
    };
    let config = tree.join(format!("configs/config-{}", native.config)).display().to_string();
    let mut arguments = vec!["run", "--signals", "none", "--label", "run", "--output", "output", "--mmtests", &config];
    arguments.extend(native.parameters.iter().flat_map(|parameter| ["--param", parameter]));
    ours(&arguments);
    ours(&["convert", "output", "--to", "mmtests-log", "-o", "native/run"]);
    mmtests::to_extracts(&record(&folder.join("output"))).unwrap()
}

/// The names of the files in a folder, without those that only MMTests' monitors and shellpacks write.
fn logs(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("mmtests.log")).collect();
    names.sort();
    names
}

/// Operations, and by iteration the numbers of their samples.
fn shape(run: &mmtests::Extract) -> Vec<(String, Vec<Vec<f64>>)> {
    let numbers = |samples: Vec<Vec<(f64, f64)>>| -> Vec<Vec<f64>> {
        samples.into_iter().map(|list| list.into_iter().map(|(number, _)| number).collect()).collect()
    };
    samples(run).into_iter().map(|(name, samples)| (name, numbers(samples))).collect()
}

#[test]
fn a_configuration_without_mmtests_is_run_as_mmtests_does() {
    let Some((tree, _alone)) = real() else { return };
    for case in NATIVE {
        let folder = TempDir::new().unwrap();
        let parameters = [format!("CONFIG={}", case.config), format!("SET={}", case.set)];
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        let (_, record) = run(&tree, &folder.path().join("out"), &parameters, &["--label", "run"]);
        let theirs = mmtests::to_extracts(&record.unwrap()).unwrap();
        let runs = native(&tree, folder.path(), &case);
        for name in case.benchmarks {
            let find = |runs: &[mmtests::Extract]| runs.iter().find(|run| run.benchmark() == *name).cloned();
            let (theirs, ours) = (find(&theirs).unwrap(), find(&runs).unwrap_or_else(|| panic!("{name}")));
            assert_eq!(shape(&ours), shape(&theirs), "{name}: operations, iterations and samples");
            for field in ["_ModuleName", "_PreferredVal", "_Precision", "_Summarytype"] {
                assert_eq!(ours.header.to_map().get(field), theirs.header.to_map().get(field), "{name}: {field}");
            }
            let out = folder.path().join(format!("out/mmtests/config_{}/work/log/run/iter-0/{name}/logs", case.config));
            let own = folder.path().join(format!("native/run/iter-0/{name}/logs"));
            assert_eq!(logs(&own), logs(&out), "{name}: logs");
            let commands = |logs: &Path| fs::read_to_string(logs.join("commands.log")).unwrap();
            let logged: Vec<String> = commands(&out).lines().map(case.command).collect();
            assert_eq!(commands(&own).lines().collect::<Vec<_>>(), logged, "{name}: command lines");
            let extracted = extracted(&tree, &folder.path().join("native"), name);
            assert_eq!(samples(&extracted), samples(&ours), "{name}: MMTests' extraction of our logs");
            let compared = Comparison::new(&[&theirs, &ours], &Options::default()).unwrap().print(View::default());
            eprintln!("{compared}");
            assert!(compared.contains(&samples(&ours)[0].0) && !compared.contains("NaN"), "{compared}");
        }
    }
}

/// A configuration whose commands are not MMTests' own to the letter: what it measures has the same names.
struct SameOperations {
    config: &'static str,
    set: &'static str,
    /// `{tree}` is the folder of MMTests.
    parameters: &'static [&'static str],
    benchmarks: &'static [&'static str],
    /// Of what MMTests' extraction reads of our logs, too: they are MMTests' own.
    logs: bool,
    /// What a command of MMTests' log is here, where it is the same command.
    command: Option<fn(&str) -> String>,
}

const SAME_OPERATIONS: [SameOperations; 13] = [
    SameOperations {
        config: "network-iperf-ipv4-unbound",
        set: "IPERF3_BUFFER_SIZES=1420 IPERF3_MAX_STREAMS=2 IPERF3_DURATION=1 IPERF3_ITERATIONS=2",
        parameters: &["SIZE=1420", "STREAMS=1 2", "TIME=1", "ITERATIONS=2"],
        benchmarks: &["iperf3-ipv4-tcp", "iperf3-ipv4-udp"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "network-netperf-stream-ipv4-unbound",
        set: "NETPERF_ITERATIONS=1 NETPERF_DURATION=1 NETPERF_BUFFER_SIZES=1024",
        parameters: &["SIZE=1024", "TIME=1", "ITERATIONS=1"],
        benchmarks: &["netperf-ipv4-tcp", "netperf-ipv4-udp"],
        logs: false,
        command: None,
    },
    SameOperations {
        config: "network-netperf-rr-ipv6-unbound",
        set: "NETPERF_ITERATIONS=1 NETPERF_DURATION=1",
        parameters: &["TIME=1", "ITERATIONS=1"],
        benchmarks: &["netperf-ipv6-tcp-rr", "netperf-ipv6-udp-rr"],
        logs: false,
        command: None,
    },
    SameOperations {
        config: "network-netperf-unix-unbound",
        set: "NETPERF_ITERATIONS=1 NETPERF_BUFFER_SIZES=1024",
        parameters: &["SIZE=1024", "ITERATIONS=1"],
        benchmarks: &["netperf-unix"],
        logs: true,
        // Another port, and the time that netperf takes without the option.
        command: Some(|command| {
            plain(command).replace("netperf -i", "netperf -p 12866 -i").replace("95,5 -f", "95,5 -l 10 -f")
        }),
    },
    SameOperations {
        config: "scheduler-schbench-ttwustress",
        set: "SCHBENCH_RUNTIME=4 SCHBENCH_INTERVAL=2",
        parameters: &["TIME=4", "INTERVAL=2"],
        benchmarks: &["schbench"],
        logs: true,
        command: Some(plain),
    },
    SameOperations {
        config: "workload-libmicro-pipe",
        set: "LIBMICRO_COMMON='-E -C 0 -D 300 -B 100 -L -S -W' LIBMICRO_LOADFILE='pipe pipe_pst1 -s 1 -x pipe -m st'",
        parameters: &["TEST=pipe_pst1", "TIME=300", "BATCH=100"],
        benchmarks: &["libmicro-pipe"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "io-io_uring-nops",
        set: "IOURING_RUNTIME=3",
        parameters: &["TIME=3", "PROGRAM={tree}/work/sources/fio-3.33-installed/t/io_uring"],
        benchmarks: &["io_uring"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "workload-jitter_detect",
        set: "SYSJITTER_DURATION=1",
        parameters: &["TIME=1"],
        benchmarks: &["sysjitter"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "workload-sembench-futex",
        set: "SEMBENCH_MAX_THREADS=2",
        parameters: &["THREADS=2"],
        benchmarks: &["sembench-futex"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "workload-time-unmap",
        set: "TIME_UNMAP_SIZE=268435456 TIME_UNMAP_ITERATIONS=2 TIME_UNMAP_THREADS=2",
        parameters: &["SIZE=268435456", "ITERATIONS=2", "THREADS=2"],
        benchmarks: &["time_unmap"],
        logs: true,
        command: Some(|command| command.replace("./time-unmap", "time-unmap")),
    },
    SameOperations {
        config: "workload-poundsyscall",
        set: "POUNDSYSCALL_MAX_THREADS=1 POUNDSYSCALL_ITERATIONS=2",
        parameters: &["THREADS=1", "ITERATIONS=2"],
        benchmarks: &["poundsyscall"],
        logs: true,
        command: None,
    },
    SameOperations {
        config: "scheduler-saladfork",
        set: "SALADFORK_ITERATIONS=100",
        parameters: &["FORKS=100"],
        benchmarks: &["saladfork"],
        logs: false,
        command: None,
    },
    SameOperations {
        config: "io-trunc",
        set: "TRUNC_FILESIZE=67108864 TRUNC_NR_FILES=2 TRUNC_ITERATIONS=2",
        parameters: &["SIZE=67108864", "FILES=2", "ITERATIONS=2"],
        benchmarks: &["trunc"],
        logs: false,
        command: None,
    },
];

/// The names of operations, in order.
fn names(run: &mmtests::Extract) -> Vec<String> {
    let mut names: Vec<String> = samples(run).into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn what_a_configuration_measures_has_the_names_of_mmtests() {
    let Some((tree, _alone)) = real() else { return };
    for case in SAME_OPERATIONS {
        let folder = TempDir::new().unwrap();
        let parameters = [format!("CONFIG={}", case.config), format!("SET={}", case.set)];
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        run(&tree, &folder.path().join("out"), &parameters, &["--label", "run"]);
        let config = tree.join(format!("configs/config-{}", case.config)).display().to_string();
        let mut arguments =
            vec!["run", "--signals", "none", "--label", "run", "--output", "output", "--mmtests", &config];
        let own: Vec<String> =
            case.parameters.iter().map(|text| text.replace("{tree}", &tree.display().to_string())).collect();
        arguments.extend(own.iter().flat_map(|parameter| ["--param", parameter]));
        let ours = Said::of(program().args(&arguments).current_dir(folder.path()));
        assert_eq!(ours.code, 0, "{}: {}", case.config, ours.stderr);
        let runs = mmtests::to_extracts(&record(&folder.path().join("output"))).unwrap();
        if case.logs {
            let arguments = ["convert", "output", "--to", "mmtests-log", "-o", "native/run"];
            let written = Said::of(program().args(arguments).current_dir(folder.path()));
            assert_eq!(written.code, 0, "{}: {}", case.config, written.stderr);
        }
        // A label's `_` is spelled so in the name of a folder.
        let spelled = case.config.replace('_', "_5f");
        let logs = folder.path().join(format!("out/mmtests/config_{spelled}/work/log"));
        for name in case.benchmarks {
            // Where a tenth of the datagrams is lost, MMTests prints the rate that was sent as the loss.
            let theirs = names(&extracted(&tree, &logs, name));
            let theirs: Vec<String> = theirs.into_iter().filter(|name| !name.starts_with("udpstream-loss")).collect();
            let own = runs.iter().find(|run| run.benchmark() == *name).unwrap_or_else(|| panic!("{name}"));
            assert!(!theirs.is_empty() && names(own) == theirs, "{name}: {:?}, {theirs:?}", names(own));
            if case.logs {
                let read = extracted(&tree, &folder.path().join("native"), name);
                assert_eq!(names(&read), theirs, "{name}: MMTests' extraction of our logs");
            }
            if let Some(command) = case.command {
                let commands = |logs: &Path| fs::read_to_string(logs.join("commands.log")).unwrap();
                let logged = commands(&logs.join(format!("run/iter-0/{name}/logs")));
                let logged: Vec<String> = logged.lines().map(command).collect();
                let own = commands(&folder.path().join(format!("native/run/iter-0/{name}/logs")));
                assert_eq!(own.lines().collect::<Vec<_>>(), logged, "{name}: command lines");
            }
            eprintln!("{}: {name}: the names of {} operations are equal", case.config, theirs.len());
        }
    }
}
