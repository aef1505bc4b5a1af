//! What is no result of MMTests, or one that is broken: what MMTests prints where that is sensible, an error that names the
//! file where it is not, and never nothing.
//!
//! `MMTESTS_DIR` names a tree of MMTests of June 2026; then it is asked what it makes of the same logs.

use super::{program::program, support};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// What MMTests does with the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Theirs {
    /// It prints the same.
    Same,
    /// It prints something else.
    Other,
    /// It ends with an error.
    Dies,
    /// It does not end.
    Hangs,
}
use Theirs::{Dies, Hangs, Other, Same};

/// Logs of two runs, `a` and `b`, of one benchmark.
struct Logs {
    root: TempDir,
    benchmark: &'static str,
}

const RUNS: [&str; 2] = ["a", "b"];

impl Logs {
    /// Runs of a benchmark that prints `line` for each value; `{}` is the value.
    fn new(benchmark: &'static str, values: &[&str]) -> Self {
        let logs = Self { root: TempDir::new().expect("a folder"), benchmark };
        RUNS.iter().for_each(|run| logs.add(run, "iter-0", "1", values));
        logs
    }

    fn line(&self, value: &str) -> String {
        match self.benchmark {
            "stream" => format!("Copy:            {value}     0.01 0.01 0.01\n"),
            _ => format!("CPU speed:\n    events per second:  {value}\n\nGeneral statistics:\n"),
        }
    }

    /// Adds a log for each value.
    fn add(&self, run: &str, iteration: &str, operation: &str, values: &[&str]) {
        for (value, sample) in values.iter().zip(1..) {
            self.write(run, iteration, &format!("benchlog-{operation}-_-{sample}"), self.line(value).as_bytes());
        }
    }

    fn folder(&self, run: &str, iteration: &str) -> PathBuf {
        let folder = self.root.path().join(run).join(iteration).join(self.benchmark).join("logs");
        fs::create_dir_all(&folder).expect("it can be made");
        folder
    }

    fn write(&self, run: &str, iteration: &str, name: &str, bytes: &[u8]) {
        fs::write(self.folder(run, iteration).join(name), bytes).expect("it can be written");
    }

    /// Adds a log with these bytes to both runs.
    fn both(self, name: &str, bytes: &[u8]) -> Self {
        RUNS.iter().for_each(|run| self.write(run, "iter-0", name, bytes));
        self
    }

    /// Does something to the logs of both runs.
    fn each(self, harm: impl Fn(&Path)) -> Self {
        RUNS.iter().for_each(|run| harm(&self.folder(run, "iter-0")));
        self
    }

    fn ours(&self, verb: &[&str]) -> (i32, String, String) {
        let path = self.root.path().to_string_lossy().into_owned();
        let mut arguments = vec![verb[0], &path];
        arguments.extend(&verb[1..]);
        program(&arguments, "")
    }

    fn theirs(&self, mmtests: &Path) -> (bool, Vec<u8>) {
        let mut command = Command::new("timeout");
        command.arg("30").arg(mmtests.join("bin/compare-mmtests.pl")).arg("-d").arg(self.root.path());
        let output = command.args(["-b", self.benchmark, "-n", "a,b"]).output().expect("MMTests runs");
        (output.status.success(), output.stdout)
    }
}

fn sysbench() -> Logs {
    Logs::new("sysbenchcpu", &["100.5", "101.25"])
}

/// The path of a third log.
const THIRD: &str = "benchlog-1-_-3";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

/// What is wrong, the logs, what ours says, and what MMTests does.
type Case = (&'static str, Logs, Result<&'static str, &'static str>, Theirs);

/// Iterations and runs.
fn missing() -> Vec<Case> {
    let iteration = |make: fn(&Logs, &str)| {
        let logs = sysbench();
        for run in RUNS {
            make(&logs, run);
            logs.add(run, "iter-2", "1", &["99.5"]);
        }
        logs
    };
    let folder = |logs: &Logs, run: &str| fs::create_dir_all(logs.root.path().join(run).join("iter-1")).expect("made");
    let later = |logs: Logs| {
        fs::remove_dir_all(logs.root.path().join("b")).expect("removed");
        logs
    };
    let empty = later(sysbench());
    empty.write("b", "iter-0", "benchlog-1-_-1", b"");
    let (other, more, less) = (later(sysbench()), sysbench(), sysbench());
    fs::create_dir_all(other.root.path().join("b/iter-0/stream/logs")).expect("made");
    fs::write(other.root.path().join("b/iter-0/stream/logs/benchlog-1-_-1"), "Copy: 5 1 1 1\n").expect("written");
    more.add("b", "iter-0", "2", &["5"]);
    less.add("a", "iter-0", "2", &["5"]);
    let second = later(sysbench());
    fs::rename(second.root.path().join("a/iter-0"), second.root.path().join("a/iter-1")).expect("renamed");
    second.add("b", "iter-1", "1", &["5"]);
    vec![
        (
            "an iteration without the benchmark",
            iteration(folder),
            Ok("iter-1: benchmark `sysbenchcpu`: no sample"),
            Dies,
        ),
        ("an iteration without logs", iteration(|logs, run| drop(logs.folder(run, "iter-1"))), Ok("no sample"), Dies),
        ("no iter-0", second, Ok(""), Same),
        (
            "an iteration that is a file",
            sysbench().each(|logs| {
                let run = logs.ancestors().nth(3).expect("the run");
                fs::write(run.join("iter-1"), "").expect("written");
            }),
            Err("iter-1: Not a directory"),
            Same,
        ),
        ("a run without the benchmark", other, Ok("sysbenchcpu: run `b`: it does not have this benchmark"), Other),
        (
            "a run without samples",
            empty,
            Err("b: benchmark `sysbenchcpu`: no sample in its logs\nhint: did it fail?"),
            Other,
        ),
        (
            "no samples at all",
            Logs::new("sysbenchcpu", &[]).both("benchlog-1-_-1", b"\n"),
            Err("no sample in its logs\nhint: did it fail?"),
            Dies,
        ),
        ("no number at all", Logs::new("sysbenchcpu", &["?"]), Err("no sample in its logs\nhint: did it fail?"), Other),
        (
            "an operation more",
            more,
            Ok("run `b`: operation `events/sec-2`: not in the baseline, so it is not shown"),
            Same,
        ),
        ("an operation less", less, Ok("run `b`: operation `events/sec-2`: no samples; the table shows 0"), Same),
    ]
}

/// Files.
fn damaged() -> Vec<Case> {
    let packed = gzip(&sysbench().line("99.75"));
    let mut changed = packed.clone();
    changed[20] ^= 0xff;
    let linked = |to: &'static str| sysbench().each(move |logs| symlink(to, logs.join(THIRD)).expect("linked"));
    let pipe = |logs: &Path| {
        let status = Command::new("mkfifo").arg(logs.join(THIRD)).status();
        assert!(status.is_ok_and(|status| status.success()));
    };
    let middle = "benchlog-1-_-3: it ends in the middle of a line, which is left out";
    let hint = "hint: is it damaged or cut off?";
    let twin = sysbench().both(THIRD, sysbench().line("99.75").as_bytes()).both(&format!("{THIRD}.gz"), &gzip("no\n"));
    vec![
        ("a log that is empty", sysbench().both(THIRD, b""), Ok("benchlog-1-_-3: it is empty"), Same),
        ("cut off in a number", sysbench().both(THIRD, b"    events per second:  99"), Ok(middle), Other),
        ("cut off before it", sysbench().both(THIRD, b"CPU speed:\n    events per sec"), Ok(middle), Same),
        ("of something else", sysbench().both(THIRD, b"Copy: 1 1 1 1\n"), Ok("benchlog-1-_-3: no sample in it"), Same),
        ("no text", sysbench().both(THIRD, &[0xff, 0, 0x80, b'\n']), Ok("benchlog-1-_-3: no sample in it"), Same),
        ("no gzip", sysbench().both("benchlog-1-_-3.gz", b"no gzip\n"), Err(hint), Other),
        (
            "gzip that is cut off",
            sysbench().both("benchlog-1-_-3.gz", &packed[..30]),
            Err("benchlog-1-_-3.gz: "),
            Other,
        ),
        ("gzip that was changed", sysbench().both("benchlog-1-_-3.gz", &changed), Err("benchlog-1-_-3.gz: "), Other),
        ("no xz", sysbench().both("benchlog-1-_-3.xz", b"\xfd7zXZ\0\0\0"), Err("benchlog-1-_-3.xz: "), Other),
        ("a link to nothing", linked("/nowhere/such"), Err("benchlog-1-_-3: No such file"), Other),
        ("a link to itself", linked(THIRD), Err("benchlog-1-_-3: Too many levels of symbolic links"), Other),
        ("a device", linked("/dev/zero"), Err("benchlog-1-_-3: neither a file nor a folder"), Hangs),
        ("a pipe", sysbench().each(pipe), Err("benchlog-1-_-3: neither a file nor a folder"), Hangs),
        (
            "a folder",
            sysbench().each(|logs| fs::create_dir(logs.join(THIRD)).expect("made")),
            Err("a folder, and not a log"),
            Other,
        ),
        ("a link upwards", sysbench().each(|logs| symlink("..", logs.join("up")).expect("linked")), Ok(""), Same),
        ("a log and its packed twin", twin, Ok(""), Same),
    ]
}

/// Values.
fn odd() -> Vec<Case> {
    let lower = |values: &[&str]| Logs::new("sysbenchcpu", values);
    let higher = |values: &[&str]| Logs::new("stream", values);
    let names = sysbench().each(|logs| {
        for name in ["a b", "é€", "\"q\"", "<b>", "a\tb", "a\nb", "$(x)", "*", "%s"] {
            fs::write(logs.join(format!("benchlog-{name}-_-1")), sysbench().line("5")).expect("written");
        }
    });
    let later = lower(&["5"]);
    later.add("b", "iter-0", "1", &["1", "2", "3"]);
    let zero = higher(&["5", "3"]);
    zero.add("b", "iter-0", "1", &["0", "0"]);
    let mean = "operation `Copy-1`: no mean (a value is nan, or not positive and the mean harmonic); the table shows 0";
    vec![
        ("no number", lower(&["1,234.5", "5"]), Ok("operation `events/sec-1`: `1,234.5` is not a number"), Same),
        ("nan", lower(&["nan", "1", "2"]), Ok("no mean (a value is nan"), Same),
        ("nan alone", lower(&["nan"]), Ok("no mean (a value is nan"), Same),
        ("infinite", lower(&["inf", "1", "2"]), Ok(""), Same),
        ("negative", lower(&["-5", "-6", "-7"]), Ok(""), Same),
        ("zero", lower(&["0", "0"]), Ok(""), Same),
        ("one sample", lower(&["5"]), Ok(""), Same),
        ("one sample in the baseline", later, Ok("the baseline has no spread"), Same),
        ("a zero in a harmonic mean", higher(&["5", "0", "3"]), Ok(mean), Same),
        ("a negative value in a harmonic mean", higher(&["5", "-1", "3"]), Ok(mean), Same),
        ("an infinite value in a harmonic mean", higher(&["inf", "1", "2"]), Ok(""), Same),
        ("zeros alone in a harmonic mean", higher(&["0", "0"]), Ok(mean), Dies),
        ("negative values alone in a harmonic mean", higher(&["-5", "-3"]), Ok(mean), Dies),
        ("nan in a harmonic mean", higher(&["nan", "1"]), Ok(mean), Dies),
        ("zeros in the later run", zero, Ok(mean), Other),
        ("one sample of which more is better", higher(&["5"]), Ok(""), Same),
        ("operations with any character", names, Ok(""), Other),
    ]
}

#[test]
fn logs_that_are_broken_are_compared_as_mmtests_does_or_named() {
    let mmtests = support::mmtests("MMTESTS_DIR", "which would read the same logs");
    for (what, logs, expected, theirs) in missing().into_iter().chain(damaged()).chain(odd()) {
        let (code, table, said) = logs.ours(&["compare"]);
        let verbs = [&["convert", "--to", "record"][..], &["convert", "--to", "mmtests-json"], &["rebuild"]];
        match expected {
            Ok(note) => assert!(code == 0 && table.lines().count() > 2 && said.contains(note), "{what}: {code} {said}"),
            Err(error) => assert!(code == 2 && table.is_empty() && said.contains(error), "{what}: {code} {said}"),
        }
        assert!(expected != Ok("") || said.is_empty(), "{what}: {said}");
        for verb in verbs {
            let (code, out, said) = logs.ours(verb);
            assert_eq!((code, out.is_empty()), expected.map_or((2, true), |_| (0, false)), "{what}: {verb:?}: {said}");
        }
        let Some(mmtests) = mmtests.as_ref().filter(|_| theirs != Hangs) else { continue };
        let (success, text) = logs.theirs(mmtests);
        let found = match success {
            false => Dies,
            true if text == table.as_bytes() => Same,
            true => Other,
        };
        // What ours refuses, it may read in any way.
        assert!(found == theirs || (expected.is_err() && found != Dies && theirs != Dies), "{what}: {found:?}");
    }
}

#[test]
fn a_configuration_that_mmtests_refuses_runs_nothing_and_says_where() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("config-refused");
    for (text, code, expected) in [
        ("export MMTESTS=sysbenchcpu\ndie \"Not here\"\n", 3, "config-refused:2: the configuration ends: Not here"),
        (
            "export MMTESTS=sysbenchcpu\nif [ $NUM_NODES -ge 1 ]; then\n\texit 1\nfi\n",
            3,
            "config-refused:3: the configuration ends",
        ),
        ("exit 1\nexport MMTESTS=sysbenchcpu\n", 2, "config-refused:1: the configuration ends"),
        ("export MMTESTS=unheard-of\n", 3, "unheard-of: not run: no definition here measures it"),
        ("export MMTESTS=sysbenchcpu\nif [ a\n", 3, "config-refused:2: `then` is missing"),
        ("", 2, "it names no benchmarks"),
    ] {
        fs::write(&path, text).expect("it can be written");
        let file = path.to_str().expect("a path");
        for verb in [&["show"][..], &["run", "--dry-run"]] {
            let (status, out, err) = program(&[verb, &["--mmtests", file]].concat(), "");
            assert_eq!(status, code, "{text}: {out}{err}");
            assert!(format!("{out}{err}").contains(expected), "{text}: {out}{err}");
        }
    }
}
