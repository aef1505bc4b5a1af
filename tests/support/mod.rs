//! What integration tests share: the real binary in a clean environment, what it said, programs that stand for a tool, and
//! the folders of the project and of the goldens. Used as `mod support;`, or with `#[path]` from a folder of tests.
#![expect(clippy::allow_attributes, clippy::unwrap_used, reason = "each test crate uses another part of this")]
#![allow(dead_code)]

use lava_bench::record::Record;
use std::{
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
const OTHERS: [&str; 12] = [
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

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Said {
    program().args(arguments).output().unwrap().into()
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
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
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

/// A file of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder of the goldens that stand beside the project; where they are absent, the test says that it skips.
pub(crate) fn golden(path: &str) -> Option<PathBuf> {
    let folder = project("../shared/goldens").join(path);
    if !folder.exists() {
        #[expect(clippy::print_stderr, reason = "a test that skips says so")]
        {
            eprintln!("skipped: no {}", folder.display());
        }
        return None;
    }
    Some(folder)
}
