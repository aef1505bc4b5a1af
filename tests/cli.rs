//! The real binary: what it prints, how it ends, and that nothing is lost when something goes wrong.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on fails")]

use lava_bench::record::{Record, Role, Verdict};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

fn agent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lava-bench"));
    for name in ["LAVA_JOB_ID", "LAVA_RESULT_DIR", "KMSG", "CHARACTER_DELAY", "LAVA_BENCH_OUTPUT"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    agent().args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn record(folder: &Path) -> Record {
    Record::from_json(fs::read(folder.join("record.json")).unwrap().trim_ascii_end()).unwrap()
}

/// A folder with a program `sysbench` that is this shell script.
struct Fake {
    folder: TempDir,
}

impl Fake {
    fn new(script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("bin/sysbench");
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(&program, format!("#!/bin/sh\n[ \"$1\" = --version ] && echo 'sysbench 1.0.20' && exit\n{script}\n"))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = agent();
        let path = format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).args(["run", "sysbench-cpu", "--param", "THREADS=1", "--iterations", "2"]);
        command.arg("--output").arg(self.output()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// What sysbench 1.0.20 prints, from the samples.
fn sysbench_output() -> String {
    format!("cat {}/test-definitions/sysbench-cpu/samples/1.0.20/threads-1.stdout", env!("CARGO_MANIFEST_DIR"))
}

fn rebuild(log: &[u8]) -> Output {
    let mut child = agent()
        .args(["rebuild", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let log = log.to_vec();
    let writer = thread::spawn(move || stdin.write_all(&log));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output
}

#[test]
fn a_run_is_rebuilt_from_what_it_said() {
    let fake = Fake::new(&sysbench_output());
    let output = fake.run(&[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let rebuilt = rebuild(&output.stdout);
    assert_eq!((code(&rebuilt), stderr(&rebuilt).contains("complete")), (0, true));
    assert_eq!(rebuilt.stdout, fs::read(fake.output().join("record.json")).unwrap());
    let record = record(&fake.output());
    assert_eq!(record.benchmarks[0].cases[0].series.len(), 12);
    assert!(stderr(&output).contains("threads=1: pass"), "{}", stderr(&output));

    let file = fake.output().join("record.json");
    let again = run(&["emit", file.to_str().unwrap()]);
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(Into::into).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(stdout(&again)), sorted(stdout(&output)));
    let summary = run(&["emit", file.to_str().unwrap(), "--signals", "summary", "--stream", "off"]);
    assert!(stdout(&summary).contains("TEST_CASE_ID=sysbench-cpu.events-per-second.threads_1 "));
    assert!(!stdout(&summary).contains(".0.0 ") && !stdout(&summary).contains("LBF1."));
}

#[test]
fn without_frames_the_losses_are_named() {
    let fake = Fake::new(&sysbench_output());
    let output = fake.run(&["--stream", "off"]);
    let lines: Vec<String> =
        stdout(&output).lines().filter(|line| !line.contains("latency-p95.threads_1.1.0")).map(Into::into).collect();
    let rebuilt = rebuild(lines.join("\n").as_bytes());
    assert_eq!(code(&rebuilt), 4);
    assert!(stderr(&rebuilt).contains("sysbench-cpu: 23 of 24 sample signals found"), "{}", stderr(&rebuilt));
    let record = Record::from_json(rebuilt.stdout.trim_ascii_end()).unwrap();
    assert_eq!(record.benchmarks[0].cases[0].series.iter().map(|series| series.values().count()).sum::<usize>(), 23);
}

#[test]
fn unknown_names_tell_the_nearest() {
    for (arguments, expected) in [
        (&["run", "sysbench-cpuu"][..], "hint: did you mean `sysbench-cpu`?"),
        (&["show", "prime"], "hint: did you mean `primes`?"),
        (&["run", "primes", "--param", "THREAD=1"], "hint: did you mean `THREADS`?"),
        (&["run", "primes", "--param", "THREADS=0"], "`0` is not a whole number from 1 to 4096"),
        (&["run", "primes", "--param", "THREADS"], "write NAME=VALUE"),
        (&["run", "primes", "--timeout", "soon"], "write 90s or 5m"),
        (&["run"], "<NAME>"),
        (&["rebuidl"], "a similar subcommand exists: 'rebuild'"),
        (&["rebuild", "/nonexistent"], "/nonexistent: No such file"),
        (&["parse", "primes", "/dev/null"], "say which it is, as in --param THREADS=1"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_wrong_definition_is_told_with_file_and_line() {
    let folder = TempDir::new().unwrap();
    let text = stdout(&run(&["show", "primes", "--yaml"])).replace("unit: rounds/s", "unit: rounds per s");
    let file = folder.path().join("primes.yaml");
    fs::write(&file, text).unwrap();
    let output = run(&["check", file.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    let expected = format!("{}:38: benchmark.metrics[0]: unit `rounds per s`: not a unit", file.display());
    assert!(stdout(&output).contains(&expected), "{}", stdout(&output));
    let output = run(&["--definitions", folder.path().to_str().unwrap(), "run", "primes"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("not a unit"));
}

#[test]
fn a_missing_tool_is_a_skip_with_the_package() {
    let folder = TempDir::new().unwrap();
    let text = stdout(&run(&["show", "sysbench-cpu", "--yaml"])).replace("name: sysbench\n", "name: no-such-tool\n");
    fs::write(folder.path().join("sysbench-cpu.yaml"), text).unwrap();
    let definitions = folder.path().to_str().unwrap();
    for (exit_zero, expected) in [(&[][..], 3), (&["--exit-zero"], 0)] {
        let output = folder.path().join(format!("output-{expected}"));
        let arguments = ["--definitions", definitions, "run", "sysbench-cpu", "--output", output.to_str().unwrap()];
        let output = run(&[&arguments, exit_zero].concat());
        assert_eq!(code(&output), expected);
        assert!(stdout(&output).contains("sysbench-cpu._case.threads_1 RESULT=skip"), "{}", stdout(&output));
        assert!(stderr(&output).contains("program `no-such-tool` not found; install the package sysbench"));
        assert_eq!(code(&rebuild(&output.stdout)), 0);
    }
}

#[test]
fn garbage_is_a_failure_and_forges_nothing() {
    let fake = Fake::new(
        "printf '\\033[2J<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=forged RESULT=pass>\\n<LAVA_TEST_RUNNER EXIT>\\n'; \
         printf 'LBF1.0a1b2c3d.0.1.0.00000000.AAAA.\\n<LAVA_SIGNAL_TESTRAISE x>\\n' >&2",
    );
    let output = fake.run(&[]);
    assert_eq!(code(&output), 1);
    assert!(
        stderr(&output).contains("output not recognised; it begins: \\x1b[2J\\x3cLAVA_SIGNAL_TESTCASE"),
        "{}",
        stderr(&output)
    );
    let console = stdout(&output) + &stderr(&output);
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
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("metric `events-per-second`: `99999999999.99` is not between"));
    let record = record(&fake.output());
    assert!(record.benchmarks[0].cases[0].series.iter().all(|series| series.metric.as_str() != "events-per-second"));
    assert_eq!(
        code(
            &fake
                .command(&["--exit-zero", "--output", fake.folder.path().join("2").to_str().unwrap()])
                .output()
                .unwrap()
        ),
        2
    );
}

#[test]
fn exit_statuses_and_signals_are_reasons() {
    for (script, reason) in [
        ("echo oh no >&2; exit 7", "iteration 1: exit status 7; it says: oh no"),
        ("kill -SEGV $$", "iteration 1: killed by SIGSEGV"),
        ("rm -f $0; exit 1", "iteration 2: not started: `sysbench`"),
    ] {
        let fake = Fake::new(script);
        let mut command = fake.command(&[]);
        if script.starts_with("rm") {
            // Once it is gone, no other sysbench may take its place.
            command.env("PATH", format!("{}:{}", fake.folder.path().join("bin").display(), tools(&fake).display()));
        }
        let output = command.output();
        let output = output.unwrap();
        assert_eq!(code(&output), 1);
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
}

/// A folder with the few programs that a script needs.
fn tools(fake: &Fake) -> PathBuf {
    let folder = fake.folder.path().join("tools");
    fs::create_dir(&folder).unwrap();
    for name in ["sh", "rm"] {
        std::os::unix::fs::symlink(Path::new("/bin").join(name), folder.join(name)).unwrap();
    }
    folder
}

#[test]
fn a_timeout_ends_the_whole_process_tree() {
    let fake = Fake::new("echo $$ > pids; sleep 1000 & echo $! >> pids; setsid sleep 1000 & echo $! >> pids; wait");
    let output = fake.run(&["--timeout", "1s"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("iteration 1: timed out after 1 s"), "{}", stderr(&output));
    let pids = fs::read_to_string(fake.output().join("sysbench-cpu/threads_1/work/pids")).unwrap();
    for pid in pids.lines() {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} still runs");
    }
    assert_eq!(pids.lines().count(), 3);
}

#[test]
fn a_daemon_that_its_tool_stopped_is_gone() {
    // As perf's test of its daemon does: it waits until the process is no more.
    let fake = Fake::new(&format!(
        "sh -c 'setsid sleep 1000 & echo $! > daemon'; daemon=$(cat daemon); kill $daemon\n\
         while kill -0 $daemon 2>&-; do sleep 0.05; done; {}",
        sysbench_output()
    ));
    let output = fake.run(&["--timeout", "30s"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_command_runs_with_no_signal_blocked() {
    let fake = Fake::new(&format!("grep SigBlk /proc/self/status > mask; {}", sysbench_output()));
    assert_eq!(code(&fake.run(&[])), 0);
    let mask = fs::read_to_string(fake.output().join("sysbench-cpu/threads_1/work/mask")).unwrap();
    assert_eq!(mask, "SigBlk:\t0000000000000000\n");
}

#[test]
fn interrupted_keeps_what_was_measured() {
    let fake = Fake::new(&format!("[ -e once ] && touch again && exec sleep 1000; touch once; {}", sysbench_output()));
    let child = fake.command(&["primes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&fake.output().join("sysbench-cpu/threads_1/work/again"));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    let record = record(&fake.output());
    assert!(record.interrupted);
    let not_begun: Vec<&str> = record.not_begun.iter().map(lava_bench::record::Ident::as_str).collect();
    assert_eq!(not_begun, ["primes"]);
    let case = &record.benchmarks[0].cases[0];
    assert_eq!((case.result, case.series[0].values().count()), (Verdict::Unknown, 1));
    assert_eq!(rebuild(&output.stdout).stdout.trim_ascii_end(), record.to_json().as_bytes());
}

fn wait_for(path: &Path) {
    let by = Instant::now() + Duration::from_secs(60);
    while !path.exists() {
        assert!(Instant::now() < by, "{} never came", path.display());
        thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap().success());
}

#[test]
fn a_closed_stdout_loses_nothing() {
    let fake = Fake::new(&sysbench_output());
    let mut child = fake.command(&["--signals", "all"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 5);
    assert!(stderr(&output).contains("signals: not all could be sent: Broken pipe"), "{}", stderr(&output));
    assert!(stderr(&output).contains("hint: `lava-bench emit "));
    assert_eq!(record(&fake.output()).benchmarks[0].cases[0].result, Verdict::Pass);
    // For data, a reader that has seen enough is success.
    let mut child = agent().arg("list").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_output_folder_is_used_once() {
    let fake = Fake::new(&sysbench_output());
    assert_eq!(code(&fake.run(&[])), 0);
    let before = fs::read(fake.output().join("record.json")).unwrap();
    let output = fake.run(&[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("has another run's results\nhint: name another folder with --output"));
    assert_eq!(fs::read(fake.output().join("record.json")).unwrap(), before);
    // What the environment names is numbered: a LAVA job may have several definitions.
    for _ in 0..2 {
        let mut command = agent();
        command.args(["run", "primes", "--param", "TIME=0.02", "--param", "THREADS=1", "--signals", "none"]);
        let output = command.env("LAVA_BENCH_OUTPUT", fake.folder.path().join("named")).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    assert!(
        fake.folder.path().join("named/record.json").is_file()
            && fake.folder.path().join("named.2/record.json").is_file()
    );
    let output = run(&["run", "primes", "--output", "/proc/lava-bench"]);
    assert_eq!(code(&output), 5);
    assert!(stderr(&output).contains("output folder `/proc/lava-bench`: "), "{}", stderr(&output));
}

#[test]
fn a_full_disk_loses_nothing() {
    // A file system of one page, seen by this command alone.
    let script = format!(
        "mount -t tmpfs -o size=4k tmpfs /mnt && exec {} run primes --param THREADS='1 2' --param TIME=0.05 --output /mnt/o \"$@\"",
        env!("CARGO_BIN_EXE_lava-bench")
    );
    let isolated = |arguments: &[&str]| {
        Command::new("unshare").args(["-m", "sh", "-c", &script, "sh"]).args(arguments).output().unwrap()
    };
    let output = isolated(&["--signals", "all"]);
    if stderr(&output).contains("unshare failed") || stderr(&output).contains("mount:") {
        eprintln!("skipped: file systems cannot be mounted here: {}", stderr(&output));
        return;
    }
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("record: cannot be written to /mnt/o: No space left on device"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("hint: its frames were sent"));
    assert_eq!(code(&rebuild(&output.stdout)), 0);
    let output = isolated(&["--signals", "none"]);
    assert!(stderr(&output).contains("hint: it stands on standard output"), "{}", stderr(&output));
    assert_eq!(Record::from_json(output.stdout.trim_ascii_end()).unwrap().benchmarks[0].cases.len(), 2);
}

#[test]
fn runs_of_one_lava_job_are_numbered() {
    let folder = TempDir::new().unwrap();
    let names = |arguments: &[&str]| -> Vec<String> {
        let mut command = agent();
        command.args([
            "run",
            "primes",
            "--param",
            "TIME=0.02",
            "--param",
            "THREADS=1",
            "--iterations",
            "1",
            "--stream",
            "off",
        ]);
        let output = command.args(arguments).env("TMPDIR", folder.path()).env("LAVA_JOB_ID", "7").output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let names = stdout(&output);
        names.lines().map(|line| line.split(' ').nth(1).unwrap().to_string()).collect()
    };
    let (first, second) = (names(&[]), names(&[]));
    assert!(first.contains(&"TEST_CASE_ID=primes._case.threads_1".into()), "{first:#?}");
    assert!(second.contains(&"TEST_CASE_ID=primes._case.run_2.threads_1".into()), "{second:#?}");
    assert!(first.iter().all(|name| !second.contains(name)));
}

#[test]
fn character_delay_is_waited_before_each_signal() {
    let folder = TempDir::new().unwrap();
    let mut command = agent();
    command.args([
        "run",
        "primes",
        "--param",
        "TIME=0.01",
        "--param",
        "THREADS=1",
        "--iterations",
        "1",
        "--stream",
        "off",
    ]);
    let started = Instant::now();
    let output = command.env("TMPDIR", folder.path()).env("CHARACTER_DELAY", "0.02").output().unwrap();
    let signals = u32::try_from(stdout(&output).lines().count()).unwrap();
    assert!(signals > 10 && started.elapsed() >= Duration::from_millis(20) * signals);
}

#[test]
fn a_person_at_a_terminal_sees_a_table_and_no_signals() {
    let folder = TempDir::new().unwrap();
    let command = format!(
        "{} run primes --param TIME=0.05 --param THREADS=1 --output {}",
        env!("CARGO_BIN_EXE_lava-bench"),
        folder.path().join("o").display()
    );
    let output =
        Command::new("script").args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()).env("TERM", "vt102").output();
    let Ok(output) = output else {
        eprintln!("skipped: no program `script` here");
        return;
    };
    let text = stdout(&output);
    assert!(text.contains("threads=1: pass") && text.contains("rounds-per-second"), "{text}");
    assert!(!text.contains("LAVA_SIGNAL") && !text.contains('\x1b'), "{text}");
}

#[test]
fn parse_reads_saved_outputs() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/test-definitions/sysbench-cpu/samples/1.0.20/threads-2.stdout");
    let output = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", sample, sample]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let record = Record::from_json(output.stdout.trim_ascii_end()).unwrap();
    let case = &record.benchmarks[0].cases[0];
    assert_eq!((case.labels.to_string().as_str(), case.series[0].samples.len()), ("threads=2", 2));
    let signals = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", "--signals", "all", sample]);
    assert!(
        stdout(&signals)
            .starts_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=sysbench-cpu._tool.name_sysbench RESULT=pass CHECK=")
    );
    let failed = run(&["parse", "sysbench-cpu", "--param", "THREADS=2", "/dev/null"]);
    assert_eq!(
        (code(&failed), stderr(&failed)),
        (1, "lava-bench: sysbench-cpu threads=2: iteration 1: no output\n".into())
    );
}

#[test]
fn a_tool_is_found_where_a_parameter_says() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("run_kselftest.sh");
    fs::write(&script, "#!/bin/sh\nprintf 'TAP version 13\\n1..1\\nok 1 selftests: size: get_size\\n'\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let run_in = |place: &Path, output: &str| {
        let output = folder.path().join(output);
        let parameter = format!("KSELFTESTS={}", place.display());
        let arguments = ["run", "kselftest", "--param", "COLLECTIONS=size", "--signals", "none", "--param", &parameter];
        let mut command = agent();
        let finished = command.args(arguments).arg("--output").arg(&output).output().unwrap();
        (code(&finished), record(&output).benchmarks.remove(0))
    };
    let (here, benchmark) = run_in(folder.path(), "here");
    // Only root may run it.
    if !benchmark.cases[0].reasons.iter().any(|reason| reason.contains("root")) {
        assert_eq!((here, benchmark.cases.len()), (0, 2), "{:?}", benchmark.cases[0].reasons);
        assert_eq!(benchmark.tool.unwrap().name, script.display().to_string());
    }
    let (elsewhere, benchmark) = run_in(Path::new("/no/such/folder"), "elsewhere");
    assert_eq!(elsewhere, 3);
    let reason = &benchmark.cases[0].reasons[0];
    assert!(reason.contains("program `/no/such/folder/run_kselftest.sh` not found"), "{reason}");
    assert!(reason.ends_with("; KSELFTESTS says where it is"), "{reason}");
}

#[test]
fn a_parameter_may_be_the_text_of_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("job");
    fs::write(&file, "[a]\nsize=1m\n").unwrap();
    let argument = format!("JOB=@{}", file.display());
    let output = run(&["run", "fio-job", "--dry-run", "--param", &argument]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    fs::remove_file(&file).unwrap();
    let output = run(&["run", "fio-job", "--dry-run", "--param", &argument]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("No such file"), "{}", stderr(&output));
}

#[test]
fn a_dry_run_runs_nothing() {
    let fake = Fake::new("touch /proc/nothing");
    let output = fake.run(&["--dry-run"]);
    let expected = "sysbench-cpu: 1 cases, 0 warm-ups and 2 iterations each\n  threads=1: sysbench cpu --threads=1 ";
    assert!(stdout(&output).starts_with(expected), "{}", stdout(&output));
    assert!(!fake.output().exists());
}

#[test]
fn json_where_a_script_wants_it() {
    for arguments in
        [&["list", "--json"][..], &["show", "primes", "--json"], &["check", "--json"], &["doctor", "--json"]]
    {
        let output = run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
    }
    let list: serde_json::Value = serde_json::from_slice(&run(&["list", "--json"]).stdout).unwrap();
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|definition| definition["name"] == "primes" && definition["available"] == true)
    );
}

#[test]
fn several_records_in_one_log_do_not_mix() {
    let folder = TempDir::new().unwrap();
    let mut log = Vec::new();
    let mut records = Vec::new();
    for number in ["1", "2"] {
        let output = folder.path().join(number);
        let said = run(&[
            "run",
            "primes",
            "--param",
            "TIME=0.02",
            "--param",
            "THREADS=1",
            "--output",
            output.to_str().unwrap(),
        ]);
        log.push(BufReader::new(&said.stdout[..]).lines().map(Result::unwrap).collect::<Vec<_>>());
        records.extend(fs::read(output.join("record.json")).unwrap());
    }
    let mixed: Vec<String> = log[0].iter().zip(&log[1]).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let rest = log[0].iter().skip(log[1].len()).chain(log[1].iter().skip(log[0].len())).cloned();
    let rebuilt = rebuild(mixed.into_iter().chain(rest).collect::<Vec<_>>().join("\r\n").as_bytes());
    assert_eq!(rebuilt.stdout, records, "{}", stderr(&rebuilt));
}

/// A folder with a definition whose command is a shell script, with `benchmark` for the rest of it.
fn shell_definition(script: &str, benchmark: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let indented = script.replace('\n', "\n      ");
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: shell, description: a script}}\n\
         run: {{steps: [lava-bench run shell]}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  command:\n    - sh\n    - -c\n    - |\n      \
         {indented}\n{benchmark}"
    );
    fs::create_dir(folder.path().join("shell")).unwrap();
    fs::write(folder.path().join("shell/shell.yaml"), text).unwrap();
    folder
}

fn run_shell(folder: &TempDir, arguments: &[&str]) -> (Output, Record) {
    let output = folder.path().join("output");
    let mut command = agent();
    command.arg("--definitions").arg(folder.path()).args(["run", "shell", "--output"]).arg(&output).args(arguments);
    let finished = command.output().unwrap();
    assert!(output.join("record.json").exists(), "{}", stderr(&finished));
    (finished, record(&output))
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
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let signals = stdout(&output);
    assert!(signals.contains("TEST_CASE_ID=shell._case.collection_mm.test_cow RESULT=fail"), "{signals}");
    let rebuilt = rebuild(&output.stdout);
    assert_eq!(code(&rebuilt), 0);
}

#[test]
fn files_and_the_command_itself_are_measured() {
    let benchmark = "  metrics:\n    - {name: speed, unit: MB/s, better: higher, range: [0, 100]}\n    - {name: time, unit: s, better: lower, range: [0, 60]}\n    \
        - {name: memory, unit: B, better: lower, range: [1, 1.0e12]}\n  measure: {elapsed: time, max-rss: memory}\n  outputs:\n    - name: its file\n      \
        from: {file: result.txt}\n      recognise: '^speed '\n      patterns:\n        - {metric: speed, regex: '^speed (?P<value>\\d+)$'}\n";
    let folder = shell_definition("test -e result.txt && exit 9; echo speed 7 > result.txt", benchmark);
    let (output, measured) = run_shell(&folder, &["--iterations", "2"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
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
    assert_eq!(code(&output), 1);
    assert_eq!(measured.benchmarks[0].cases[0].reasons, ["iteration 1: file `result.txt`: not written"]);
}

#[test]
fn a_background_command_runs_until_the_case_is_over() {
    let benchmark = |server: &str| {
        format!(
            "  metrics: [{{name: speed, unit: MB/s, better: higher, range: [0, 100]}}]\n  background:\n    \
             - {{command: [sh, -c, '{server}'], ready: '^ready$', within: 300ms}}\n  outputs:\n    - name: all\n      \
             recognise: '^speed '\n      patterns:\n        - {{metric: speed, regex: '^speed (?P<value>\\d+)$'}}\n"
        )
    };
    // The server waits for a byte in each iteration; nobody else could answer.
    let server = benchmark(
        "mkfifo ask answer; echo ready; while read line < ask; do echo 7 > answer; done; sleep 60 & sleep 60",
    );
    let folder = shell_definition("echo now > ask; read number < answer; echo speed $number", &server);
    let (output, measured) = run_shell(&folder, &["--iterations", "3"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let case = &measured.benchmarks[0].cases[0];
    assert_eq!(case.series[0].samples.len(), 3);
    assert_eq!((case.executions.len(), case.executions[3].role), (4, Role::Background));

    // A load may not end before the iterations, and is not there where its parameter is empty.
    let load = |load: &str| {
        format!(
            "  metrics: [{{name: speed, unit: MB/s, better: higher, range: [0, 100]}}]\n  background:\n    \
             - {{command: [sh, -c, '{load}'], when: '{load}', settle: 50ms, lasts: true}}\n  outputs:\n    - name: all\n      \
             recognise: '^speed '\n      patterns:\n        - {{metric: speed, regex: '^speed (?P<value>\\d+)$'}}\n"
        )
    };
    // It ends when the second iteration tells it to; how fast that is seen depends on the machine.
    let told = "until [ -e enough ]; do sleep 0.01; done; echo over";
    for (command, iterations, reason) in [
        ("", 50..51, ""),
        ("sleep 60", 50..51, ""),
        ("echo over", 0..1, "exit status 0 before it was ready; it says: over"),
        (told, 2..50, "exit status 0 before the case was over; it says: over"),
    ] {
        let folder = shell_definition(
            "if [ -e once ]; then touch enough; sleep 0.02; fi; touch once; echo speed 1",
            &load(command),
        );
        let (_, measured) = run_shell(&folder, &["--iterations", "50"]);
        let case = &measured.benchmarks[0].cases[0];
        let measured = case.series.first().map_or(0, |series| series.samples.len());
        assert!(iterations.contains(&measured), "{command}: {measured}");
        let reasons = case.reasons.join("; ");
        assert!(reasons.contains(reason) && reasons.is_empty() == reason.is_empty(), "{command}: {reasons}");
    }

    for (server, reason) in [
        ("exit 3", "exit status 3 before it was ready"),
        ("echo no; sleep 60", "not ready after 300ms; it says: no"),
        ("echo ready; sleep 0.1; exit 4", "exit status 4 before the case was over"),
    ] {
        let folder = shell_definition("sleep 0.2; echo speed 1", &benchmark(server));
        let (output, measured) = run_shell(&folder, &[]);
        assert_eq!(code(&output), 1);
        let reasons = measured.benchmarks[0].cases[0].reasons.join("; ");
        assert!(reasons.contains(reason), "{reasons}");
    }
}

#[test]
fn each_execution_says_what_it_was_for_and_when_it_began() {
    let folder = TempDir::new().unwrap();
    let script = "n=$(cat n || echo 0); echo $((n+1)) > n; [ $n != 1 ] || exit 3; echo speed $n";
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: roles, description: fails once}}\nparams: {{RETRIES: '2'}}\n\
         run: {{steps: ['lava-bench run roles --param \"RETRIES=$RETRIES\"']}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  \
         parameters: [{{name: RETRIES, type: integer, minimum: 0, maximum: 9, description: more attempts}}]\n  retries: RETRIES\n  \
         warm-up: 1\n  prepare: [[sh, -c, 'exit 0']]\n  cleanup: [[sh, -c, 'exit 0']]\n  background: [{{command: [sleep, '60']}}]\n  \
         command: [sh, -c, '{script}']\n  metrics:\n    - {{name: speed, unit: MB/s, better: higher, range: [0, 100]}}\n  outputs:\n    \
         - {{name: all, recognise: '^speed ', patterns: [{{metric: speed, regex: '^speed (?P<value>\\d+)$'}}]}}\n"
    );
    fs::write(folder.path().join("roles.yaml"), text).unwrap();
    let output = folder.path().join("output");
    let mut command = agent();
    command
        .arg("--definitions")
        .arg(folder.path())
        .args(["run", "roles", "--iterations", "1", "--output"])
        .arg(&output);
    let finished = command.output().unwrap();
    assert_eq!(code(&finished), 0, "{}", stderr(&finished));
    let record = record(&output);
    let executions = &record.benchmarks[0].cases[0].executions;
    let roles: Vec<(Role, Option<u32>)> =
        executions.iter().map(|execution| (execution.role, execution.iteration)).collect();
    let expected = [
        (Role::Preparation, None),
        (Role::WarmUp, None),
        (Role::Retry, Some(0)),
        (Role::Iteration, Some(0)),
        (Role::Background, None),
        (Role::CleanUp, None),
    ];
    assert_eq!(roles, expected);
    assert_eq!((record.boots.len(), record.boots[0].id.is_some()), (1, true));
    let begun: Vec<f64> = executions.iter().filter_map(|execution| execution.since_boot_seconds).collect();
    // The background command began before the warm-up.
    assert!(begun.len() == 6 && begun[0] <= begun[4] && begun[4] <= begun[1] && begun[3] <= begun[5], "{begun:?}");
    assert!(executions.iter().all(|execution| execution.started.is_none()));
    // Reckoned from the boot, it is the time of day that the record has.
    let timed = record.with_times();
    let first = timed.benchmarks[0].cases[0].executions[0].started.clone().unwrap();
    let (started, finished) = (record.started.unwrap(), record.finished.unwrap());
    assert!(started[..17] <= first[..17] && first[..17] <= finished[..17], "{started} {first} {finished}");
}

#[test]
fn rebuild_explains_what_came_from_where() {
    let record = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/example-record.json");
    let lines = stdout(&run(&["emit", record, "--redundancy", "0"]));
    assert_eq!(lines.matches("LBF1.").count(), 3);
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    // A frame is lost, a sample's signal is cut, and there is another program's.
    let damaged = lines.replace("MEASUREMENT=4100.5", "MEASURE").replace("LBF1.0a1b2c3d.1.", "LBF1.");
    fs::write(&log, format!("{damaged}<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=other RESULT=pass>\n")).unwrap();
    let output = run(&["rebuild", log.to_str().unwrap(), "--explain", "--json"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = &told["records"][0];
    assert_eq!(of["id"], "0a1b2c3d");
    assert_eq!((of["frames"]["found"].as_u64(), of["frames"]["needed"].as_u64()), (Some(2), Some(3)));
    assert_eq!((of["samples"]["exact"].as_u64(), of["samples"]["lost"].as_u64()), (Some(1), Some(1)));
    let lost = of["losses"].as_array().unwrap().iter().map(|loss| loss["what"].as_str().unwrap());
    assert!(lost.clone().any(|what| what == "sysbench-cpu.events-per-second.threads_4.1.0"), "{of}");
    let passed =
        serde_json::json!({"damaged_frames": 1, "damaged_signals": 1, "foreign_signals": 1, "foreign_results": 0});
    assert_eq!(told["passed_over"], passed);
    let text = stdout(&run(&["rebuild", log.to_str().unwrap(), "--explain"]));
    assert!(text.contains("frames: 2 found, 3 needed, 3 sent; not used: 2 frames found, 3 needed"), "{text}");
    // Any three of the frames that are sent by default give it back.
    let frames = stdout(&run(&["emit", record, "--signals", "none", "--stream", "on"]));
    let last: Vec<&str> = frames.lines().rev().take(3).collect();
    assert_eq!(stdout(&rebuild(last.join("\n").as_bytes())), fs::read_to_string(record).unwrap());
    let refused = run(&["emit", record, "--redundancy", "401"]);
    assert!(code(&refused) == 2 && stderr(&refused).contains("0 to 400"), "{}", stderr(&refused));
}

#[test]
fn lava_is_told_when_the_agent_itself_fails_and_nobody_else_is() {
    const RAISE: &str = "<LAVA_SIGNAL_TESTRAISE lava-bench>\n";
    let run = |set: Option<&str>| {
        let mut command = agent();
        if let Some(name) = set {
            command.env(name, "7");
        }
        command.args(["run", "primes", "--exit-zero", "--output", "/dev/null/x"]).output().unwrap()
    };
    let output = run(Some("LAVA_JOB_ID"));
    assert_eq!((code(&output), stdout(&output)), (5, RAISE.into()), "{}", stderr(&output));
    let output = run(None);
    assert_eq!((code(&output), stdout(&output)), (5, String::new()));
}

#[test]
fn a_jobs_part_is_yaml_with_the_cases_of_the_record() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("run");
    let run = ["run", "primes", "--param", "TIME=0.02", "--param", "THREADS=1", "--signals", "all", "--stream", "off"];
    let sent = agent().args(run).arg("--output").arg(&output).output().unwrap();
    assert_eq!(code(&sent), 0, "{}", stderr(&sent));
    let sent = stdout(&sent);
    let names = |text: &str, mark: &str| -> Vec<String> {
        let names = text.lines().filter_map(|line| line.trim_start().strip_prefix(mark)?.split(' ').next());
        names.map(Into::into).collect()
    };
    let part = agent().args(["show", "primes", "--lava", "--record"]).arg(output.join("record.json")).output().unwrap();
    let expected = names(&stdout(&part), "- primes.");
    let sent = names(&sent, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=primes.");
    assert!(!sent.is_empty() && expected == sent, "{expected:?} {sent:?}");
}
