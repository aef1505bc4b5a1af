//! A log of each benchmark, in its tool's own form, and what it holds.

use super::*;
use crate::suites::mmtests::presentation;
use std::env;

/// The 63 benchmarks that MMTests extracts.
const BENCHMARKS: &str = "aim9 apachebench autonumabench blogbench bonniepp coremark cyclictest dbench easywave ebizzy fio \
    fsmark futexbench gitcheckout gitsource hackbench io_uring iperf3 kernbench kvmstart libmicro ltp nas netperf pedsort \
    perffutexwake perfnuma perfpipe perfsyscall pgbench pistress pmqtest poundsyscall redis redis-memtier rtmigration \
    saladfork schbench sembench siege simoop specjbb specjbb2015 sqlite sstartup stockfish stream stressng stutterp \
    sysbench sysbenchcpu sysbenchmutex sysjitter tbench thpchallenge time_unmap trunc unixbenchd usemem wis xfsrepair \
    xfstests xsbench";

/// Their alternative reports.
const ALTERNATIVES: [(&str, &str); 8] = [
    ("bonniepp", "tput"),
    ("easywave", "exectime"),
    ("fio", "latency"),
    ("pgbench", "exectime"),
    ("simoop", "rates"),
    ("sysbench", "exectime"),
    ("thpchallenge", "counts"),
    ("thpchallenge", "locality"),
];

#[test]
fn every_benchmark_of_mmtests_has_a_rule() {
    let names: Vec<&str> = BENCHMARKS.split_whitespace().collect();
    assert_eq!(names.len(), 63);
    let main = names.into_iter().map(|name| (name, None));
    for (name, alternative) in main.chain(ALTERNATIVES.map(|(name, report)| (name, Some(report)))) {
        // Only its own: a shorter name is another benchmark.
        assert!(benchmarks::with_rules().any(|known| known == name), "{name}");
        assert!(!benchmarks::rules(name, alternative, Version::Head).is_empty(), "{name} {alternative:?}");
        assert!(presentation(name, alternative).is_some(), "{name} {alternative:?}");
    }
}

/// A saved output of a definition's samples.
fn sample(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-definitions").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the logs of one iteration give: `OPERATION SAMPLE:VALUE ...`, or the error.
fn extracted(benchmark: &str, alternative: Option<&str>, logs: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let selection = Selection { alternative: alternative.map(Into::into), ..Selection::default() };
    Ok(samples(&read_logs_as(&selection, benchmark, logs)?))
}

/// The tree of one iteration with these logs.
pub(super) fn read_logs_as(selection: &Selection, benchmark: &str, logs: &[(&str, &str)]) -> Result<Tree, String> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let run = folder.path().join("run");
    for (name, text) in logs {
        let path = run.join("iter-0").join(benchmark).join("logs").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    let mut trees = read_tree(&run, selection).map_err(|error| error.to_string())?;
    Ok(trees.remove(0))
}

/// Its notes and its samples.
pub(super) fn samples(tree: &Tree) -> Vec<String> {
    let (measured, _) = &tree.benchmarks[0];
    let mut lines = tree.notes.clone();
    for operation in &measured.operations {
        let iteration = operation.iterations[0].as_ref().expect("an iteration");
        let samples = iteration.numbers.iter().zip(iteration.values.iter());
        let samples: Vec<String> = samples.map(|(number, value)| format!("{number}:{value}")).collect();
        lines.push(format!("{} {}", operation.name, samples.join(" ")));
    }
    lines
}

fn assert_extracted(benchmark: &str, alternative: Option<&str>, logs: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(extracted(benchmark, alternative, logs).expect("a tree"), expected, "{benchmark} {alternative:?}");
}

#[test]
fn redis_has_a_rate_and_latencies_of_each_command() {
    let text = sample("redis/samples/7.0.15/mset.stdout");
    let expected = [
        "MSET-RPS-4 1:100.14",
        "MSET-lat95-4 1:271",
        "MSET-lat99-4 1:3935",
        "MSET-latAvg-4 1:214",
        "MSET-latMax-4 1:7199",
        "MSET-latMin-4 1:56",
    ];
    assert_extracted("redis", None, &[("redis-4-1.log", &text)], &expected);
    // awk writes six digits of what is not whole.
    let text = "\"PING\",\"28571.4285\",\"0.1\",\"0.1\",\"0.1\",\"0.1\",\"0.1\",\"1.2345678\"\n";
    let found = extracted("redis", None, &[("redis-1-1.log", text)]).expect("a tree");
    assert!(found.contains(&"PING-RPS-1 1:28.5714".into()), "{found:?}");
    assert!(found.contains(&"PING-latMax-1 1:1234.57".into()), "{found:?}");
}

#[test]
fn memtier_has_the_totals() {
    let text = sample("memtier/samples/git-2026/default.stdout");
    let expected =
        ["ops/sec-1 2:6969.92", "hits/sec-1 2:0", "misses/sec-1 2:6334.68", "latency-1 2:0.71726", "kb/sec-1 2:295.69"];
    assert_extracted("redis-memtier", None, &[("benchlog-1-2", &text)], &expected);
    let older = "Totals      100.50        10.00        90.50      1.25000      7.75\n";
    let found = extracted("redis-memtier", None, &[("benchlog-1-1", older)]).expect("a tree");
    assert_eq!(found[4], "kb/sec-1 1:7.75");
}

#[test]
fn pgbench_has_the_rate_of_each_four_intervals() {
    // Seven lines are left out; the next four are the first batch, which does not count.
    let text: String = (0..17).map(|at| format!("{} {} 5 1 9\n", 1_000_000 + 2 * at, 10 * at)).collect();
    // (110 + 120 + 130 + 140) in the 8 s since the batch before ended, at 20 s.
    assert_extracted("pgbench", None, &[("pgbench-transactions-8.log", &text)], &["txn-8 28:62.5"]);
    let times = [("time-8-1", "1.50user 0.25system 0:10.00elapsed 17%CPU\n")];
    assert_extracted("pgbench", Some("exectime"), &times, &["Elapsed-8 1:10", "System-8 1:0.25", "User-8 1:1.5"]);
    assert_extracted("sysbench", Some("exectime"), &times, &["Elapsed-8 1:10", "System-8 1:0.25", "User-8 1:1.5"]);
    assert_extracted("easywave", Some("exectime"), &times, &["Elapsed-8 1:10", "System-8 1:0.25", "User-8 1:1.5"]);
    assert_extracted("xfsrepair", None, &times, &["Elapsed-8 1:10", "System-8 1:0.25"]);
}

#[test]
fn servers_have_transactions() {
    let siege = "Transactions:\t\t        5120 hits\nTransaction rate:\t     1024.50 trans/sec\n";
    assert_extracted(
        "siege",
        None,
        &[("siege-4-1.log", siege), ("siege-4-2.log", siege)],
        &["txn/sec-4 1:1024.5 2:1024.5"],
    );
    let oltp = "    transactions:                        12345  (411.41 per sec.)\n    queries: 5 (1.00 per sec.)\n";
    assert_extracted(
        "sysbench",
        None,
        &[("sysbench-raw-2-1", oltp), ("sysbench-raw-2-2", oltp)],
        &["txn/sec-2 0:411.41 1:411.41"],
    );
}

#[test]
fn futexbench_tells_private_and_shared() {
    let hash = sample("perf-bench-futex-hash/samples/6.1.192/threads-1.stdout");
    assert_extracted(
        "futexbench-hash",
        None,
        &[("hash-1.log", &hash), ("workloads", "hash\n")],
        &["hash-private-1 1:2977555"],
    );
    let shared = hash.replace("[private]", "[shared]");
    assert_extracted("futexbench-hash", None, &[("hash-1.log", &shared)], &["hash-shared-1 1:2977555"]);
    let lock = sample("perf-bench-futex-lock-pi/samples/6.1.192/futexes.stdout");
    assert_extracted("futexbench-lock-pi", None, &[("lock-pi-2.log", &lock)], &["lock-pi-private-2 1:12285 2:12598"]);
    let requeue = sample("perf-bench-futex-requeue/samples/6.1.192/pi.stdout");
    assert_extracted(
        "futexbench-requeue-pi",
        None,
        &[("requeue-pi-4.log", &requeue)],
        &["requeue-pi-private-4 1:0.169 2:0.195 3:0.081 4:0.018 5:0.098"],
    );
    let parallel = "[Run 1]: Avg per-thread latency (waking 1/4 threads) in 0.0400 ms (+-27.64%)\n\
                    Avg per-thread latency (waking 1/4 threads) in 0.0500 ms (+-1.00%)\n";
    assert_extracted(
        "futexbench-wake-parallel",
        None,
        &[("wake-parallel-4.log", parallel)],
        &["wake-parallel-private-4 1:40"],
    );
}

#[test]
fn sysjitter_names_columns_by_their_processors() {
    let text = "core_i: 2 7\nthreshold(ns): 300 300\nint_n: 5 6\nint_n_per_sec: 0.100 0.120\nint_999(ns): 12000 13000\n\
                int_total(%): 0.001 0.002\n";
    assert_extracted(
        "sysjitter",
        None,
        &[("sysjitter.log", text)],
        &[
            "int_n-cpu2 1:5",
            "int_n-cpu7 1:6",
            "int_n_per_sec-cpu2 1:0.1",
            "int_n_per_sec-cpu7 1:0.12",
            "int_999_ns-cpu2 1:12000",
            "int_999_ns-cpu7 1:13000",
            "int_total_%age-cpu2 1:0.001",
            "int_total_%age-cpu7 1:0.002",
        ],
    );
}

#[test]
fn processors_have_scores() {
    let one = sample("coremark/samples/1.01/logged.stdout");
    assert_extracted("coremark", None, &[("coremark-1.log", &one)], &["score 1:14158.289679"]);
    let four = one.replace("Memory location", "Parallel PThreads : 4\nMemory location");
    assert_extracted("coremark", None, &[("coremark-2.log", &four)], &["score-4 2:14158.289679"]);
    let wave = "Model time = 00:05:00,   elapsed: 512 msec\nModel time = 00:10:00,   elapsed: 1033 msec\n";
    assert_extracted("easywave", None, &[("benchlog-4-1", wave)], &["exectime-4 1:1033"]);
    let ebizzy = "900 records/s 400 500 \nreal  1.00 s\n";
    assert_extracted(
        "ebizzy",
        None,
        &[("ebizzy-2-1.log", ebizzy), ("ebizzy-2-2.log", ebizzy)],
        &["thread_rsec-2 1:400 2:500 3:400 4:500", "total_rsec-2 1:900 2:900"],
    );
    let command = "./pgms/syscall 10 getpid\n./pgms/syscall 10 getpid\n";
    let logs = [("commands.log", command), ("unixbenchd.log", "COUNT|12345|1|lps\nCOUNT|12400|1|lps\n")];
    assert_extracted("unixbenchd", None, &logs, &["syscall 0:12345 0:12400"]);
    let found = extracted("unixbenchd", None, &logs[1..]);
    assert!(found.as_ref().is_err_and(|error| error.contains("commands.log")), "{found:?}");
}

#[test]
fn saladfork_asks_which_node_a_processor_is_on() {
    let text = "parent child latency\n000 001 12.5\n000 003 20.5\n001 000 13.5\n";
    let nodes = "available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 1 MB\nnode 1 cpus: 2 3\n";
    assert_extracted(
        "saladfork",
        None,
        &[("saladfork-0.log", text), ("../../numactl.txt", nodes)],
        &["local 1:12.5 2:13.5", "remote 1:20.5", "local_v_total 1:0.666666666666667"],
    );
    let few = "node 0 cpus: 0 1\n";
    let found = extracted("saladfork", None, &[("saladfork-0.log", text), ("../../numactl.txt", few)]).expect("a tree");
    assert!(found[0].contains("operation `local`: `3 is not defined` is not a number"), "{found:?}");
}

#[test]
fn perfnuma_has_three_figures_of_a_workload() {
    let text = " process,      0.123, secs,           NUMA-convergence-latency\n \
                 main,  2.500, GB/sec,         thread-speed\n main,  5.000, GB/sec,         total-speed\n";
    assert_extracted(
        "perfnuma",
        None,
        &[("2x3_converge-1.log", text), ("RAM-bw-1.log", text)],
        &[
            "converged-2x3 1:0.123",
            "converged-RAM-bw 1:0.123",
            "threadspeed-2x3 1:2.5",
            "threadspeed-RAM-bw 1:2.5",
            "totalspeed-2x3 1:5",
            "totalspeed-RAM-bw 1:5",
        ],
    );
}

#[test]
fn filesystems_have_rates() {
    let two = sample("fsmark/samples/3.3/threads-2.stdout");
    let found = extracted("fsmark", None, &[("fsmark-2.log", &two)]).expect("a tree");
    let rates = two.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit())).enumerate();
    let rates = rates.map(|(at, line)| {
        let rate: f64 = line.split_whitespace().nth(3).and_then(|word| word.parse().ok()).expect("a rate");
        format!(" {}:{rate}", at + 1)
    });
    assert_eq!(found, [format!("files_sec-2{}", rates.collect::<String>())]);
    // The order of operations is that of lines: 16 before 2.
    let table =
        "FSUse%        Count         Size    Files/sec     App Overhead\n     1   100   4096     50.5      900\n";
    assert_extracted(
        "fsmark",
        None,
        &[("fsmark-2.log", table), ("fsmark-16.log", table)],
        &["files_sec-16 1:50.5", "files_sec-2 1:50.5"],
    );
    let uring =
        "submitter=0, tid=1\nIOPS=856, BW=3MiB/s, IOS/call=32/31\nIOPS=1.25K, BW=4.88MiB/s\nIOPS=1.25M, BW=4.88GiB/s\n";
    assert_extracted("io_uring", None, &[("t-io_uring.log", uring)], &["IOops-1 1:0.856 2:1.25 3:1250"]);
    let detail = "pc 15\nwr 120\nwr 130\nxx 1\ndr 7\n";
    assert_extracted(
        "bonniepp",
        None,
        &[("bonnie-detail", detail)],
        &["latency-SeqOut:char 1:15", "latency-SeqOut:block 1:120 2:130", "latency-RandCreate:del 1:7"],
    );
    let comma = sample("bonnie/samples/2.00a/board.stdout");
    assert_extracted(
        "bonniepp",
        Some("tput"),
        &[("bonnie", &comma)],
        &[
            "SeqOut block 1:105830",
            "SeqOut rewrite 1:252633",
            "SeqCreate ops 1:14593",
            "SeqCreate del 1:56205",
            "RandCreate ops 1:1511",
            "RandCreate del 1:61525",
        ],
    );
    let start = |name: &str| format!("results/replayed_{name}_startup/repetition0/bfq-5r5w-seq-single_times.txt");
    assert_extracted(
        "sstartup",
        None,
        &[(&start("gnometerm"), "  1.25\n 1.5\n")],
        &["time-gnometerm-5r5w-seq 1:1.25 2:1.5"],
    );
}

#[test]
fn memory_has_latencies() {
    assert_extracted("stutterp", None, &[("mmap-latency-4.log", "2 1999\n1 31000\n")], &["mmap-4 1:1 2:1 3:31"]);
    let found = extracted("stutterp", None, &[("mmap-latency-4.log", "1 1999\n99999999999 5\n")]).expect("a tree");
    assert!(found[0].contains("`99999999999 times 0` is not a number"), "{found:?}");
    let simoop = "Run time: 1 seconds\nRead latency usec: (p50: 1) (p95: 2) (p99: 3) (max: 4)\nWarmup complete\n\
                  Run time: 90 seconds\nRead latency usec: (p50: 1,234) (p95: 22,222) (p99: 33,333) (max: 1,044,444)\n\
                  Allocation latency usec: (p50: 5) (p95: 6) (p99: 7) (max: 8)\n\
                  work rate = 12.50/sec (avg 13.00/sec) (p50: 12.00)\nalloc stall rate = 0.00/sec (avg: 0.00)\n\
                  Final stats:\nRead latency usec: (p50: 9) (p95: 9) (p99: 9) (max: 9)\nalloc stall rate = 0.50/sec\n";
    assert_extracted(
        "simoop",
        None,
        &[("simoop.log", simoop)],
        &[
            "p50-Read 90:1234",
            "p95-Read 90:22222",
            "p99-Read 90:33333",
            "max-Read 90:1044444",
            "p50-Allocation 90:5",
            "p95-Allocation 90:6",
            "p99-Allocation 90:7",
            "max-Allocation 90:8",
        ],
    );
    assert_extracted("simoop", Some("rates"), &[("simoop.log", simoop)], &["work 90:12.5", "stall 90:0.5"]);
    let faults = "fault 1 base 1500 x 1\nfault 1 base 1700 x 0\nother\nfault 2 base 1600 x 1\nfault 2 base 1 x -1\n";
    let logs = [("threads-4.log", faults)];
    assert_extracted(
        "thpchallenge",
        None,
        &logs,
        &["fault-base-4 1:1500 2:1700 3:1600 4:1", "fault-both-4 1:1500 2:1700 3:1600 4:1", "fault-huge-4 1:0"],
    );
    assert_extracted("thpchallenge", Some("counts"), &logs, &["huge-4 1:0"]);
    assert_extracted("thpchallenge", Some("locality"), &logs, &["local-base-4 1:50", "remote-base-4 1:25"]);
    let mixed = [("threads-1.log", "fault 1 huge 9 x 1\nfault 1 base 2 x 0\nfault 1 huge 9 x 1\nfault 1 huge 9 x 0\n")];
    assert_extracted("thpchallenge", Some("counts"), &mixed, &["huge-1 1:75"]);
    assert_extracted("thpchallenge", Some("counts"), &[("threads-1.log", "nothing\n")], &["huge-1 1:-1"]);
}

#[test]
fn java_has_warehouses_and_service_levels() {
    let table = "JVM 1 Scores\n  Warehouses   Thrput\n           1    34105\n         * 2    66000\n\n  9 9\n";
    let multi =
        [("default/SPECjbbMultiJVM.001/MultiVMReport.txt", &*format!("{table}{}", table.replace("JVM 1", "JVM 2")))];
    assert_extracted("specjbb", None, &multi, &["tput-1 1:34105 2:34105", "tput-2 1:66000 2:66000"]);
    let single = [("default/SPECjbbSingleJVM/SPECjbb.001.txt", table)];
    assert_extracted("specjbb", None, &single, &["tput-1 1:34105", "tput-2 1:66000"]);
    let text = "jbb2015.result.metric.max-jOPS = 3000\njbb2015.result.metric.critical-jOPS = 1200\n\
                jbb2015.result.SLA-10000-jOPS = 1000\n";
    assert_extracted(
        "specjbb2015",
        None,
        &[("default/specjbb2015.log", text)],
        &["JOPS-Max 1:3000", "JOPS-Critical 1:1200", "JOPS-10000us 1:1000", "pctMax-10000us 1:33.3333"],
    );
    let cut = [("default/specjbb2015.log", "jbb2015.result.SLA-10000-jOPS = 1000\n")];
    let found = extracted("specjbb2015", None, &cut).expect("a tree");
    assert!(found[0].contains("`1000 of no JOPS-Max` is not a number"), "{found:?}");
}

#[test]
fn tests_that_pass_are_zero() {
    let text = "startup='x'\ntag=abort01 stime=1 dur=0 exit=exited stat=0 core=no cu=0 cs=0\n\
                tag=acct01 stime=1 dur=0 exit=exited stat=32 core=no cu=0 cs=0\n\
                tag=bind01 stime=1 dur=0 exit=exited stat=3 core=no\ntag=bind02 stime=1 dur=0 exit=exited stat=33 core=no\n\
                tag=bind03 stime=1 dur=0 exit=exited stat=320 core=no\ntag=cve stime=1 dur=0 exit=signaled stat=11 core=no\n";
    assert_extracted(
        "ltp",
        None,
        &[("runltp-mm", text), ("benchlog-mm", "Summary:\nfailed 9\n")],
        &["mm-abort01 1:0", "mm-acct01 1:0", "mm-bind01 1:3", "mm-bind02 1:33", "mm-bind03 1:320", "mm-cve 1:11"],
    );
    let summary = "Summary:\npassed   5\nfailed   2\nbroken   1\nskipped  3\nwarnings 1\n";
    assert_extracted("ltp", None, &[("benchlog-mm", summary), ("benchlog-fs", "died\n")], &["fs 1:-1", "mm 1:3"]);
    let check = "FSTYP         -- ext4\ngeneric/001 4s ... [16:00:00] [16:00:04] 4s\ngeneric/002\t[16:00:04] [16:00:05] [not run] no\n\
                 generic/003 [16:00:05] [16:00:06] [failed, exit status 12]- output mismatch (see x)\n\
                 generic/004 [16:00:06] [16:00:07]- output mismatch (see x)\nRan: generic/001\n";
    assert_extracted(
        "xfstests",
        None,
        &[("xfstests-default.log", check)],
        &["generic/001 1:0", "generic/003 1:12", "generic/004 1:1"],
    );
}

#[test]
fn netperf_has_both_sides_of_udp() {
    let text = "Socket  Message  Elapsed      Messages\nSize    Size     Time         Okay Errors   Throughput\n\n\
                212992    1024   5.00      1250000      0    2048.50\n212992           5.00      1200000           1966.40\n";
    assert_extracted(
        "netperf-ipv4-udp",
        None,
        &[("UDP_STREAM-1024.1", text)],
        &["udpstream-send-1024 1:2048.5", "udpstream-recv-1024 1:1966.4"],
    );
}
