//! What integration tests share: the real binary in a clean environment, what it said, programs that stand for a tool, a
//! server that stands for LAVA and SQUAD, the folders of the project and of the goldens, and what a skipped test says. Used
//! as `mod support;`, or with `#[path]` from a folder of tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
// Each test crate uses another part of this.
#![allow(dead_code)]

pub(crate) mod server;

use lava_bench::record::Record;
use std::{
    env,
    fmt::Display,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The binary that is tested.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_lava-bench");

/// Variables that change what the program does, and that the machine of a test may have.
const OTHERS: [&str; 15] = [
    "COLUMNS",
    "LAVA_JOB_ID",
    "LAVA_RESULT_DIR",
    "LAVA_BENCH_OUTPUT",
    "LAVA_TOKEN",
    "SQUAD_TOKEN",
    "KMSG",
    "CHARACTER_DELAY",
    "NO_COLOR",
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The program in a clean environment, without input.
pub(crate) fn program() -> Command {
    clean(Command::new(PROGRAM))
}

/// `command` without the variables that change what the program does, and without input.
pub(crate) fn clean(mut command: Command) -> Command {
    for name in OTHERS {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// A shell script that calls the program as `"$AGENT"`, in a clean environment.
pub(crate) fn shell(script: &str) -> Command {
    let mut command = clean(Command::new("bash"));
    command.args(["-c", script]).env("AGENT", PROGRAM);
    command
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code; -1 where a signal ended it.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Runs `command` to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The one record on its standard output.
    pub(crate) fn record(&self) -> Record {
        Record::from_json(self.stdout.trim_end().as_bytes()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Said {
    Said::of(program().args(arguments))
}

/// Runs the program to its end, with an input.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Said {
    let mut command = program();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let said = child.wait_with_output().unwrap().into();
    writer.join().unwrap();
    said
}

/// What becomes of a log.
pub(crate) fn rebuild(log: impl AsRef<[u8]>) -> Said {
    run_with(&["rebuild", "-"], log.as_ref())
}

/// Waits until something is so, for at most a minute; whether it is.
pub(crate) fn becomes_true(condition: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !condition() {
        if begun.elapsed() > Duration::from_secs(60) {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Waits until `child` ends; after `bound` it is killed and the test fails.
pub(crate) fn ends_within(child: &mut Child, bound: Duration) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < bound {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("it does not end within {bound:?}");
}

/// The record in a run's folder.
pub(crate) fn record(folder: &Path) -> Record {
    Record::from_json(fs::read(folder.join("record.json")).unwrap().trim_ascii_end()).unwrap()
}

/// Writes an executable shell script.
pub(crate) fn script(path: &Path, text: &str) {
    executable(path, &format!("#!/bin/sh\n{text}\n"));
}

/// Writes an executable file, and its folder.
pub(crate) fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A `PATH` whose programs in `folder` come first.
pub(crate) fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), env::var("PATH").unwrap())
}

/// A definition `name` whose command is a shell script, with `more` keys of `benchmark:` (indented by two): its metric `score`
/// is the line `score N`.
pub(crate) fn definition(folder: &Path, name: &str, script: &str, more: &str) -> PathBuf {
    let words = serde_json::to_string(&["sh", "-c", script]).unwrap();
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: {name}, description: A test.}}\n\
         run: {{steps: [lava-bench run {name}]}}\n\
         benchmark:\n  schema: 1\n  tool: {{name: sh}}\n  command: {words}\n  \
         metrics: [{{name: score, unit: points, better: higher, range: [0, 1.0e12]}}]\n  \
         outputs: [{{name: one, recognise: '^score', patterns: [{{metric: score, regex: '^score (?P<value>\\d+)$'}}]}}]\n{more}"
    );
    let path = folder.join(format!("{name}.yaml"));
    fs::write(&path, text).unwrap();
    path
}

/// The lines of an output without what it says of disturbances: another program may use this machine at any time.
pub(crate) fn undisturbed(output: &str) -> Vec<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut said: Option<usize> = None;
    let is_quiet = |line: &&str| {
        // Such a sentence may go on in lines that are indented more.
        let goes_on = said.is_some_and(|said| indent(line) > said);
        if line.contains("not valid: ") {
            said = Some(indent(line));
        } else if !goes_on {
            said = None;
        }
        said.is_none()
    };
    output.lines().filter(is_quiet).collect()
}

/// A file of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The file of a definition that comes with the program.
pub(crate) fn definition_file(name: &str) -> PathBuf {
    project(&format!("test-definitions/{name}/{name}.yaml"))
}

/// The record of `docs/`, as JSON without the line's end.
pub(crate) fn example() -> String {
    fs::read_to_string(project("docs/example-record.json")).unwrap().trim_end().to_owned()
}

/// A folder of the goldens: outputs of other projects, which are not part of this one. `LAVA_BENCH_GOLDENS` names them; by
/// default they are looked for beside the project. Where they are absent, the test says that it skips.
pub(crate) fn golden(path: &str) -> Option<PathBuf> {
    let goldens = env::var_os("LAVA_BENCH_GOLDENS").map_or_else(|| project("../shared/goldens"), PathBuf::from);
    existing("goldens", goldens.join(path))
}

/// A folder of real data that some workplaces have beside the project.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    existing("data", project("../shared/data").join(path))
}

fn existing(what: &str, path: PathBuf) -> Option<PathBuf> {
    if !path.exists() {
        skipped(format_args!("no {what} at {}", path.display()));
        return None;
    }
    Some(path)
}

/// The tree of MMTests that a variable names; `what` says what it would be good for.
pub(crate) fn mmtests(variable: &str, what: &str) -> Option<PathBuf> {
    let tree = env::var_os(variable).map(PathBuf::from);
    if tree.is_none() {
        skipped(format_args!("{variable} names no MMTests, {what}"));
    }
    tree
}

/// Whether tests that need much are wanted; says so when they are not.
pub(crate) fn wanted(variable: &str, what: &str) -> bool {
    let wanted = env::var_os(variable).is_some_and(|value| value == "1");
    if !wanted {
        skipped(format_args!("{what}; {variable}=1 runs it"));
    }
    wanted
}

/// A test, or a part of it, that does not run says why.
#[expect(clippy::print_stderr, reason = "a test's own remark, for the test harness")]
pub(crate) fn skipped(why: impl Display) {
    eprintln!("skipped: {why}");
}
