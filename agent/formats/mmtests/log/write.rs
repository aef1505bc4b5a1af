//! A record and its raw outputs -> a run's folder as MMTests lays it out, for MMTests' own tools.
//!
//! `iter-0/BENCH/logs` has the logs and `commands.log`; `iter-0` has `tests-timestamp`, and `kernel.version` where the
//! kernel is known. Which output is which log is said by the table of benchmarks (`agent/mmtests`).

use crate::{
    mmtests::{Log, log},
    record::{Benchmark, Case, Execution, Exit, Kernel, Record},
};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No execution left a log that MMTests reads.
    #[error(
        "no output that MMTests has a log for\nhint: run a definition that stands for a benchmark of MMTests, see docs/mmtests.md"
    )]
    Nothing,
    /// Something is there already.
    #[error("{0}: is there already\nhint: name a folder that is not there with -o")]
    Taken(PathBuf),
    /// The record names a file or a log that is not below its folder.
    #[error("`{0}` is no name of a file in the folder")]
    Name(String),
    /// A file.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// Writes the logs of `record`, whose outputs are below `outputs`, to the new folder `run`. What is left out is told.
///
/// # Errors
/// There is no log, the folder is there, a file cannot be read or written.
pub fn write_run(record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, WriteError> {
    if run.symlink_metadata().is_ok() {
        return Err(WriteError::Taken(run.into()));
    }
    // Half a tree would be taken for a whole one.
    write_all(record, outputs, run).inspect_err(|_| drop(fs::remove_dir_all(run)))
}

fn write_all(record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, WriteError> {
    let iteration = run.join("iter-0");
    let mut writer = Writer { outputs, iteration: &iteration, stamps: String::new(), left: Vec::new() };
    let mut written = BTreeSet::new();
    for benchmark in &record.benchmarks {
        written.extend(writer.benchmark(benchmark)?);
    }
    if written.is_empty() {
        return Err(WriteError::Nothing);
    }
    let stamp = |key: &str, time: &Option<String>| {
        time.as_deref().and_then(epoch).map_or_else(String::new, |seconds| format!("{key} :: {seconds}\n"))
    };
    let stamps = [stamp("start", &record.started), writer.stamps, stamp("finish", &record.finished)].concat();
    save(&iteration.join("tests-timestamp"), stamps.as_bytes())?;
    if let Some(line) = record.machine.as_ref().and_then(|machine| uname(&machine.kernel)) {
        save(&iteration.join("kernel.version"), line.as_bytes())?;
    }
    Ok(writer.left)
}

struct Writer<'a> {
    outputs: &'a Path,
    iteration: &'a Path,
    stamps: String,
    left: Vec<String>,
}

impl Writer<'_> {
    /// The name of the benchmark in MMTests, if it left a log.
    fn benchmark(&mut self, benchmark: &Benchmark) -> Result<Option<&'static str>, WriteError> {
        let (mut name, mut commands, mut executions) = (None, String::new(), Vec::new());
        for case in &benchmark.cases {
            for execution in case.executions.iter().filter(|execution| !execution.outputs.is_empty()) {
                let Some(number) = execution.iteration.map(|iteration| (u64::from(iteration) + 1).to_string()) else {
                    continue;
                };
                let label = |key: &str| if key == "iteration" { Some(number.as_str()) } else { case.labels.get(key) };
                let Some((bench, file, log)) = log(benchmark.name.as_str(), &label) else { break };
                self.log(bench, &file, log, execution)?;
                name = Some(bench);
                executions.push(execution);
            }
            let _ = writeln!(commands, "{}", case.command.join(" "));
        }
        match name {
            Some(name) => {
                save(&self.logs(name).join("commands.log"), commands.as_bytes())?;
                self.stamps.push_str(&stamps(name, &executions));
                self.left.extend(benchmark.cases.iter().filter_map(|case| unlike(benchmark, case)));
            }
            None => {
                let ran = benchmark.cases.iter().any(|case| !case.executions.is_empty());
                let why = if ran { "MMTests has no log like its outputs" } else { "it did not run" };
                self.left.push(format!("benchmark {}: {why}", benchmark.name));
            }
        }
        Ok(name)
    }

    fn logs(&self, benchmark: &str) -> PathBuf {
        self.iteration.join(benchmark).join("logs")
    }

    /// What the command wrote, standard output first, at the end of the log.
    fn log(&mut self, benchmark: &str, name: &str, log: &Log, execution: &Execution) -> Result<(), WriteError> {
        let path = self.logs(benchmark).join(plain(name)?);
        if log.is_of_one_execution() && path.exists() {
            self.left.push(format!("a second output for {benchmark}/logs/{name}, of another case"));
            return Ok(());
        }
        for output in &execution.outputs {
            let source = self.outputs.join(plain_path(&output.file)?);
            let bytes = fs::read(&source).map_err(|error| WriteError::File(source.clone(), error))?;
            if output.kept_bytes.is_some_and(|kept| kept < output.bytes) {
                self.left.push(format!("{}: only its first {} bytes were kept", output.file, bytes.len()));
            }
            append(&path, before(&bytes, log.until.as_deref()))?;
        }
        Ok(())
    }
}

/// A case that has no log of its own though others of the benchmark have.
fn unlike(benchmark: &Benchmark, case: &Case) -> Option<String> {
    let without = case.executions.iter().all(|execution| execution.outputs.is_empty());
    without.then(|| format!("benchmark {} {}: it left no output", benchmark.name, case.labels))
}

/// The lines before the one that has `until` in it.
fn before<'a>(bytes: &'a [u8], until: Option<&str>) -> &'a [u8] {
    let Some(until) = until else { return bytes };
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.windows(until.len()).any(|part| part == until.as_bytes()) {
            break;
        }
        end += line.len();
    }
    &bytes[..end]
}

/// A name, not a path: labels may have any character.
fn plain(name: &str) -> Result<&str, WriteError> {
    if name.contains('/') { Err(WriteError::Name(name.into())) } else { Ok(name) }
}

/// A path below the record's folder, and nowhere else.
fn plain_path(path: &str) -> Result<&Path, WriteError> {
    let below = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if below { Ok(Path::new(path)) } else { Err(WriteError::Name(path.into())) }
}

/// When the benchmark began and ended, its exit status, and what GNU time would have said.
fn stamps(name: &str, executions: &[&Execution]) -> String {
    let begun = executions.iter().filter_map(|execution| epoch(&execution.started)).min();
    let ended = executions.iter().filter_map(|execution| {
        let elapsed = Duration::try_from_secs_f64(execution.elapsed_seconds).ok()?;
        Some(epoch(&execution.started)? + elapsed.as_secs())
    });
    let (Some(begun), Some(ended)) = (begun, ended.max()) else { return String::new() };
    let status = executions.iter().map(|execution| match execution.exit {
        Exit::Code(code) => code,
        _ => 1,
    });
    let status = status.into_iter().find(|status| *status != 0).unwrap_or(0);
    let mut text = format!("test begin :: {name} {begun}\ntest end :: {name} {ended} {status}\n");
    let usages: Option<Vec<_>> = executions.iter().map(|execution| execution.usage).collect();
    if let Some(usages) = usages {
        let user: f64 = usages.iter().map(|usage| usage.user_seconds).sum();
        let system: f64 = usages.iter().map(|usage| usage.system_seconds).sum();
        let elapsed: f64 = executions.iter().map(|execution| execution.elapsed_seconds).sum();
        let _ = writeln!(text, "time :: {name} {user:.2} user {system:.2} system {elapsed:.2} elapsed");
    }
    text
}

fn epoch(time: &str) -> Option<u64> {
    let time: SystemTime = humantime::parse_rfc3339_weak(time).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// As `uname -a` has it, with the name of a machine that has none.
fn uname(kernel: &Kernel) -> Option<String> {
    let (version, machine) = (kernel.version.as_deref()?, kernel.architecture.as_deref()?);
    Some(format!("Linux (none) {} {version} {machine} GNU/Linux\n", kernel.release.as_deref()?))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::write(path, bytes).map_err(|error| WriteError::File(path.into(), error))
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let open = || -> io::Result<File> { OpenOptions::new().create(true).append(true).open(path) };
    let written = made.and_then(|()| open()).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| WriteError::File(path.into(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_folder() {
        assert!(plain("stressng-1-1.log").is_ok() && plain("stressng-../../x-1.log").is_err());
        assert!(plain_path("sysbench-cpu/threads_1/0.stdout").is_ok());
        assert!(plain_path("../0.stdout").is_err() && plain_path("/etc/passwd").is_err());
    }

    #[test]
    fn a_log_ends_where_mmtests_does() {
        assert_eq!(before(b"a\nb x\nc\n", Some(" x")), b"a\n");
        assert_eq!(before(b"a\nb", Some(" x")), b"a\nb");
        assert_eq!(before(b"a\nb", None), b"a\nb");
    }
}
