//! What only LAVA can show: jobs of the real lava-run, with what it recorded and what its log keeps.
//!
//! These tests run `scripts/lava-job`, which needs root and, the first time, downloads; they run with `LAVA_BENCH_LAVA=1`
//! and are skipped without it. The one on the emulated board wants `LAVA_BENCH_BOARD=1` too. `LAVA_RUN` names another
//! lava-run than Debian's, one of 2026.04 or later: see `scripts/lava-job --help`.

#![expect(clippy::disallowed_methods, reason = "what is read is LAVA's own, and the program's")]

mod support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;
use support::{PROGRAM, Said, becomes_true, clean, definition_file, program, project};
use tempfile::TempDir;

/// A test case as LAVA recorded it.
#[derive(Debug, Deserialize, PartialEq)]
struct Case {
    case: String,
    /// The suite: `lava` for LAVA's own steps, `0_NAME` for a job's first definition.
    definition: String,
    result: String,
    measurement: Option<f64>,
    units: Option<String>,
}

/// A line of LAVA's log.
#[derive(Deserialize)]
struct Line {
    lvl: String,
    msg: serde_yaml::Value,
}

/// A definition and the files beside it, in a folder of its own.
struct Definition {
    folder: TempDir,
    name: &'static str,
}

impl Definition {
    /// A definition whose step runs `script` (in `$SCRIPT`), with `more` lines at the end of the file.
    fn new(name: &'static str, step: &str, script: &str, more: &str) -> Self {
        let definition = Self { folder: TempDir::new().expect("a temporary folder"), name };
        let folder = definition.folder.path().join(name);
        fs::create_dir(&folder).expect("a folder for the definition");
        fs::write(folder.join("script.sh"), script).expect("the script can be written");
        let text = format!(
            "metadata: {{format: Lava-Test Test Definition 1.0, name: {name}, description: a test}}\n\
             run:\n  steps:\n  - SCRIPT=test-definitions/{name}/script.sh\n  - {step}\n{more}"
        );
        fs::write(definition.path(), text).expect("the definition can be written");
        definition
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name).join(format!("{}.yaml", self.name))
    }
}

/// A job that has ended: what `scripts/lava-job` said, and its results.
struct Job {
    output: Said,
    folder: TempDir,
}

impl Job {
    fn status(&self) -> i32 {
        self.output.code
    }

    fn errors(&self) -> &str {
        &self.output.stderr
    }

    /// LAVA's log, as its server stores it: what a record is rebuilt from.
    fn log(&self) -> PathBuf {
        self.folder.path().join("log.yaml")
    }

    /// The host's side of the board's /mnt/host.
    fn share(&self) -> PathBuf {
        self.folder.path().join("share")
    }

    /// What LAVA recorded for the job's definition, in order.
    fn cases(&self) -> Vec<Case> {
        let text = fs::read_to_string(self.folder.path().join("results.jsonl")).expect("results are kept");
        let cases = text.lines().map(|line| serde_json::from_str::<Case>(line).expect("a line is a result"));
        cases.filter(|case| case.definition.starts_with("0_")).collect()
    }

    /// The console's lines, as the log has them.
    fn console(&self) -> Vec<String> {
        let text = fs::read_to_string(self.log()).expect("the log is kept, in UTF-8");
        let lines = text.lines().map(|line| serde_yaml::from_str::<[Line; 1]>(line).expect("a line of the log"));
        let console = lines.filter(|[line]| line.lvl == "target");
        console.filter_map(|[line]| line.msg.as_str().map(str::to_owned)).collect()
    }
}

fn lava_job(folder: &Path, options: &[&str], definition: &Path) -> Command {
    let mut command = clean(Command::new(project("scripts/lava-job")));
    command.args(["--timeout", "120s", "--output"]).arg(folder).args(options).arg(definition);
    command
}

/// Runs a definition on the pty board, with the agent of this build.
fn run_on_pty(options: &[&str], definition: &Path) -> Job {
    let agent = ["--agent", PROGRAM];
    run(&[&agent, options].concat(), definition)
}

fn run(options: &[&str], definition: &Path) -> Job {
    let folder = TempDir::new().expect("a temporary folder");
    let output = Said::of(&mut lava_job(folder.path(), options, definition));
    Job { output, folder }
}

/// Whether the tests that need this are wanted; says so when they are not.
fn wanted(variable: &str) -> bool {
    support::wanted(variable, "runs LAVA")
}

/// Signals as the agent prints them, with a field that LAVA does not know; lines of frames; and what LAVA is to record.
fn printed() -> (Vec<String>, Vec<Case>) {
    let measured: &[(&str, &str, f64, &str)] = &[
        ("sysbench-cpu.events-per-second.threads_4.0.0", "4213.07", 4213.07, "events/s"),
        ("sysbench-cpu.total-time.threads_4.0.0", "0.30000000000000004", 0.300_000_000_000_000_04, "s"),
        ("sysbench-cpu.latency.name_95_25.0.1", "0.000000000001", 1e-12, "%"),
        ("sysbench-cpu.events.threads_4.1.0", "9007199254740991", 9_007_199_254_740_991.0, "events"),
        ("sysbench-cpu.zero.0.0", "-0", -0.0, "s"),
    ];
    let (mut lines, mut cases) = (Vec::new(), Vec::new());
    let case = |name: &str, result: &str| Case {
        case: name.to_owned(),
        definition: "0_printer".to_owned(),
        result: result.to_owned(),
        measurement: None,
        units: None,
    };
    for (name, written, value, unit) in measured {
        let fields = format!("RESULT=pass MEASUREMENT={written} UNITS={unit} CHECK=0a1b2c3d9f3c2b1a");
        lines.push(format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} {fields}>"));
        cases.push(Case { measurement: Some(*value), units: Some((*unit).to_owned()), ..case(name, "pass") });
    }
    for result in ["pass", "fail", "skip", "unknown"] {
        let name = format!("sysbench-cpu._case.result_{result}");
        lines.push(format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} RESULT={result} CHECK=0a1b2c3d9f3c2b1a>"));
        cases.push(case(&name, result));
    }
    for index in 0..50 {
        let payload: String =
            (0_u8..150).map(|i| char::from(b'A' + (i.wrapping_mul(7).wrapping_add(index)) % 26)).collect();
        lines.push(format!("LBF1.0a1b2c3d.{index}.50.0.9f3c2b1a.{payload}."));
    }
    (lines, cases)
}

/// A definition that prints those lines, its parameters and a file of the share, and has the key that only we read.
fn printer(before: &str) -> Definition {
    // Paced, as LAVA 2023.01 overlooks signals on a serial line where more than 4000 characters are waiting for it.
    let bursts: String =
        printed().0.chunks(8).map(|lines| format!("cat <<'END'\n{}\nEND\nsleep 0.1\n", lines.join("\n"))).collect();
    let script = format!(
        "echo \"parameters [$1] [$2] [$3]\"\n\
         mkdir -p \"$LAVA_BENCH_OUTPUT\"\nlava-bench --version >\"$LAVA_BENCH_OUTPUT/version\"\n\
         {before}{bursts}"
    );
    let more = "params: {THREADS: '4', TIME: 10, WORDS: some}\n\
                benchmark: {tool: {name: sysbench}, metrics: [{name: events-per-second, unit: events/s}]}\n";
    Definition::new("printer", r#"sh "$SCRIPT" "$THREADS" "$TIME" "$WORDS" || true"#, &script, more)
}

/// The job completed, LAVA recorded what the signals said, and every line is whole in its log.
fn check_printer(job: &Job) {
    assert_eq!(job.status(), 0, "{}", job.errors());
    let (lines, cases) = printed();
    assert_eq!(job.cases(), cases);
    let console = job.console();
    for line in lines {
        assert!(console.iter().any(|other| other.trim_end_matches('\r').ends_with(&line)), "not in the log: {line}");
    }
    let words = "parameters [4] [2] [two words; $HOME: #1]";
    assert!(console.iter().any(|line| line == words), "{console:#?}");
    let version = fs::read_to_string(job.share().join("record/version")).expect("what the board wrote is on the host");
    assert!(version.starts_with("lava-bench "), "{version}");
}

const PARAMETERS: [&str; 4] = ["--param", "TIME=2", "--param", "WORDS=two words; $HOME: #1"];

#[test]
fn lava_records_what_the_signals_say_and_its_log_keeps_every_line() {
    if wanted("LAVA_BENCH_LAVA") {
        check_printer(&run_on_pty(&PARAMETERS, &printer("").path()));
    }
}

#[test]
fn the_same_on_the_emulated_board() {
    if wanted("LAVA_BENCH_LAVA") && wanted("LAVA_BENCH_BOARD") {
        let options = [&["--device", "board"][..], &PARAMETERS].concat();
        check_printer(&run(&options, &printer("").path()));
    }
}

#[test]
fn the_same_through_the_kernels_log() {
    if wanted("LAVA_BENCH_LAVA") {
        let to_kernel = "[ \"$KMSG\" = true ] || exit\nexec >/dev/kmsg\n";
        let options = [&["--kmsg"][..], &PARAMETERS].concat();
        check_printer(&run_on_pty(&options, &printer(to_kernel).path()));
    }
}

#[test]
fn a_job_that_does_not_complete_says_why() {
    if !wanted("LAVA_BENCH_LAVA") {
        return;
    }
    let job = run_on_pty(&[], &Definition::new("raiser", "lava-test-raise no-such-board", "", "").path());
    assert_eq!(job.status(), 1, "{}", job.errors());
    let verdict = fs::read_to_string(job.folder.path().join("verdict")).expect("the verdict is kept");
    assert!(verdict.starts_with("incomplete: ") && verdict.contains("no-such-board"), "{verdict}");
    assert!(job.errors().contains("+ lava-test-raise no-such-board"), "the console's end is shown: {}", job.errors());
}

/// What a line of the console says to LAVA, if it is a test case's signal.
fn signalled(line: &str, definition: &str) -> Option<Case> {
    let fields = line.split_once("<LAVA_SIGNAL_TESTCASE ")?.1.split_once('>')?.0;
    let field = |key: &str| {
        let mut values = fields.split_whitespace().filter_map(|field| field.split_once('='));
        values.find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
    };
    Some(Case {
        case: field("TEST_CASE_ID")?,
        definition: format!("0_{definition}"),
        result: field("RESULT")?,
        measurement: field("MEASUREMENT").map(|text| text.parse().expect("a number")),
        units: field("UNITS"),
    })
}

/// The record rebuilt from LAVA's log is the one that the board wrote, and LAVA recorded what the signals said.
fn check_record(job: &Job, definition: &str) {
    assert_eq!(job.status(), 0, "{}", job.errors());
    let rebuilt = job.folder.path().join("rebuilt.json");
    let output = Said::of(program().arg("rebuild").arg(job.log()).arg("-o").arg(&rebuilt));
    assert_eq!(output.code, 0, "{}", output.stderr);
    let written = fs::read_to_string(job.share().join("record/record.json")).expect("the board wrote a record");
    assert_eq!(fs::read_to_string(rebuilt).expect("a record was rebuilt"), written);
    let said: Vec<Case> = job.console().iter().filter_map(|line| signalled(line, definition)).collect();
    assert!(said.iter().any(|case| case.measurement.is_some()), "{said:#?}");
    let recorded = job.cases();
    let lost: Vec<&Case> = said.iter().filter(|case| !recorded.contains(case)).collect();
    assert!(lost.is_empty(), "LAVA lost {} of {}: {lost:#?}", lost.len(), said.len());
    assert_eq!(recorded, said);
}

#[test]
fn a_record_comes_back_from_lavas_log_as_the_board_wrote_it() {
    if wanted("LAVA_BENCH_LAVA") {
        let options = ["--param", "TIME=1", "--param", "ITERATIONS=2"];
        check_record(&run_on_pty(&options, &definition_file("sysbench-cpu")), "sysbench-cpu");
        check_record(
            &run_on_pty(&[&options[..], &["--kmsg"]].concat(), &definition_file("sysbench-cpu")),
            "sysbench-cpu",
        );
    }
}

#[test]
fn a_record_of_the_emulated_board_comes_back_as_well() {
    if wanted("LAVA_BENCH_LAVA") && wanted("LAVA_BENCH_BOARD") {
        let options = ["--device", "board", "--param", "TIME=1", "--param", "ITERATIONS=2"];
        check_record(&run(&options, &definition_file("sysbench-cpu")), "sysbench-cpu");
    }
}

/// A definition that only the job knows: its metric is what LEVEL says.
fn own(step: &str) -> Definition {
    let more = "params: {LEVEL: '7'}\n\
        benchmark:\n  schema: 1\n  tool: {name: sh}\n  command: [sh, -c, 'echo score {LEVEL}']\n  \
        parameters: [{name: LEVEL, type: integer, minimum: 1, maximum: 9, description: how much}]\n  \
        metrics: [{name: score, unit: points, better: higher, range: [0, 10]}]\n  \
        outputs: [{name: one, recognise: '^score', patterns: [{metric: score, regex: '^score (?P<value>\\d+)$'}]}]\n";
    Definition::new("own", step, "", more)
}

const OWN_STEP: &str = "lava-bench run own --exit-zero --param \"LEVEL=$LEVEL\"";

#[test]
fn a_persons_own_definition_runs_and_its_record_comes_back() {
    if wanted("LAVA_BENCH_LAVA") {
        let job = run_on_pty(&["--param", "LEVEL=3"], &own(OWN_STEP).path());
        check_record(&job, "own");
        let score = job.cases().into_iter().find(|case| case.case == "own.score.0.0").expect("a score");
        assert_eq!((score.measurement, score.units.as_deref()), (Some(3.0), Some("points")));
    }
}

#[test]
fn a_job_that_could_measure_nothing_is_incomplete_and_says_why() {
    if !wanted("LAVA_BENCH_LAVA") {
        return;
    }
    for (parameters, step, why) in [
        (&[][..], "lava-bench run nope --exit-zero --param \"LEVEL=$LEVEL\"", "benchmark `nope`"),
        (&["--param", "LEVEL=70"], OWN_STEP, "parameter `LEVEL`: `70` is not a whole number from 1 to 9"),
        (&["--param", "LEVLE=3"], OWN_STEP, "parameter `LEVLE`: the LAVA job sets it, and nothing uses it"),
    ] {
        let job = run_on_pty(parameters, &own(step).path());
        assert_eq!(job.status(), 1, "{step}: {}", job.errors());
        // The terminal is narrow: a sentence may take several lines.
        let console = job.console();
        let told = console.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
        assert!(told.contains(why), "{why}: {console:#?}");
    }
}

/// LAVA 2026.04 and later lets each case fail that the list does not name, and reports what it names and does not come;
/// older ones do not look at it.
#[test]
fn the_cases_that_a_job_is_told_to_expect_are_those_that_come() {
    if !wanted("LAVA_BENCH_LAVA") {
        return;
    }
    let first = run_on_pty(&["--param", "TIME=0.2"], &definition_file("primes"));
    assert_eq!(first.status(), 0, "{}", first.errors());
    let mut show = program();
    let shown = show.args(["show", "primes", "--lava", "--record"]).arg(first.share().join("record/record.json"));
    let part: serde_yaml::Value = serde_yaml::from_str(&Said::of(shown).stdout).expect("YAML");
    let inline = &part[0]["test"]["definitions"][0]["repository"];
    let step = inline["run"]["steps"][0].as_str().expect("a step");
    let expected = &inline["expected"];
    let list = serde_yaml::to_string(&serde_yaml::Mapping::from_iter([("expected".into(), expected.clone())]));
    let definition = Definition::new("primes", step, "", &list.expect("a list"));
    let job = run_on_pty(&[], &definition.path());
    check_record(&job, "primes");
    let names: Vec<String> = job.cases().into_iter().map(|case| case.case).collect();
    let expected: Vec<&str> = expected.as_sequence().expect("a list").iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(names, expected);
    // And a list that lacks one shows whether this LAVA looks at it. A case may also fail by itself: an iteration is not
    // valid where others used the processor.
    let lacking = Definition::new("primes", step, "", "expected: [primes._samples.schema_2]\n");
    let job = run_on_pty(&[], &lacking.path());
    let said: Vec<Case> = job.console().iter().filter_map(|line| signalled(line, "primes")).collect();
    let looks = env::var_os("LAVA_RUN").is_some();
    let to_fail = said.iter().filter(|case| case.result == "fail" || looks && case.case != "primes._samples.schema_2");
    let to_fail: Vec<&str> = to_fail.map(|case| case.case.as_str()).collect();
    let cases = job.cases();
    let failed: Vec<&str> = cases.iter().filter(|case| case.result == "fail").map(|case| case.case.as_str()).collect();
    assert_eq!(failed, to_fail);
    assert_eq!(cases.len(), names.len());
}

/// The processes of this machine with `word` in their command line.
fn processes_with(word: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("/proc is readable").flatten();
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(word)).count()
}

#[test]
fn nothing_of_an_interrupted_job_stays_but_its_log() {
    if !wanted("LAVA_BENCH_LAVA") {
        return;
    }
    for (signal, status) in [(Signal::SIGTERM, Some(143)), (Signal::SIGINT, Some(130)), (Signal::SIGKILL, None)] {
        let seconds = format!("{}", 1_000_000 + std::process::id());
        let definition = Definition::new("sleeper", &format!("sleep {seconds}"), "", "");
        let folder = TempDir::new().expect("a temporary folder");
        let mut child = lava_job(folder.path(), &["--agent", PROGRAM], &definition.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/lava-job starts");
        assert!(becomes_true(|| processes_with(&seconds) > 0), "the board has not started to sleep");
        kill(Pid::from_raw(i32::try_from(child.id()).expect("a process id")), signal).expect("it is there");
        assert_eq!(child.wait().expect("it ends").code(), status);
        assert!(becomes_true(|| processes_with(&seconds) == 0), "the board's shell is still there after {signal}");
        let mounts = fs::read_to_string("/proc/self/mounts").expect("mounts are readable");
        assert!(!mounts.contains("target/lava/mnt"), "{mounts}");
        let log = fs::read_to_string(folder.path().join("log.yaml")).expect("the log is kept");
        assert!(log.contains(&format!("+ sleep {seconds}")), "{log}");
    }
}

#[test]
fn a_bad_invocation_is_told_before_anything_is_done() {
    let cases: &[(&[&str], &str)] = &[
        (&["--device", "moon"], "not a device: moon"),
        (&["--param", "1=2"], "not a parameter K=V: 1=2"),
        (&["--param", "A=it's"], "a parameter can have neither a single quote nor a line break"),
        (&["--timeout", "soon"], "not a duration: soon"),
        (&["--output"], "--output needs a value"),
        (&["--frobnicate"], "unknown option: --frobnicate"),
        (&["no-such-benchmark"], "no such definition"),
        (&["one", "two"], "one definition at a time"),
        (&["--agent", "/no/such/agent", "primes"], "no such program: /no/such/agent"),
    ];
    for (arguments, message) in cases {
        let output = Said::of(clean(Command::new(project("scripts/lava-job"))).args(*arguments));
        let errors = &output.stderr;
        assert_eq!(output.code, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(message) && errors.contains("\nhint: "), "{arguments:?}: {errors}");
    }
}
