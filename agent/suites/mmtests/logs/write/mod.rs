//! A record and its raw outputs -> a run's folder as MMTests lays it out, for MMTests' own tools.
//!
//! `iter-N/BENCH/logs` has the logs and `commands.log`; `iter-N` has `tests-timestamp`, `tests-activity`, and
//! `kernel.version` where the kernel is known; the run has `mmtests-activity`. Which output is which log is said by the
//! benchmark's file (`benchmarks/`).

mod times;

use crate::{
    record::{Benchmark, Case, Execution, Kernel, Output, Record, Role},
    suites::mmtests::benchmarks::{Iterations, LogLayout, ResultNames, result_names},
};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Component, Path, PathBuf},
};
use times::{Span, activity, end_of_activity, epoch, gnu_time, timestamps};

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No execution left a log that MMTests reads.
    #[error(
        "MMTests has no log for any of its outputs\nhint: run a definition that stands for a benchmark of MMTests, see docs/mmtests-reference.md"
    )]
    Nothing,
    /// Something is there already.
    #[error("{0}: exists already\nhint: name a new folder with -o")]
    Taken(PathBuf),
    /// The record names a file or a log that is not below its folder.
    #[error("`{0}` is not the name of a file in the folder")]
    Name(String),
    /// A file.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// Writes the logs of `record`, whose outputs are below `outputs`, to the new folder `run`. It returns what is left out.
///
/// # Errors
/// There is no log; the folder exists; a file cannot be read or written.
pub fn write_run(record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, WriteError> {
    if run.symlink_metadata().is_ok() {
        return Err(WriteError::Taken(run.into()));
    }
    // Half a tree would be taken for a whole one.
    write_all(&record.with_times(), outputs, run).inspect_err(|_| drop(fs::remove_dir_all(run)))
}

fn write_all(record: &Record, outputs: &Path, run: &Path) -> Result<Vec<String>, WriteError> {
    let mut writer = Writer { outputs, run, ran: Vec::new(), left: Vec::new() };
    for benchmark in &record.benchmarks {
        writer.benchmark(benchmark)?;
    }
    if writer.ran.is_empty() {
        return Err(WriteError::Nothing);
    }
    writer.facts(record)?;
    Ok(writer.left)
}

struct Writer<'a> {
    outputs: &'a Path,
    run: &'a Path,
    ran: Vec<Ran<'a>>,
    left: Vec<String>,
}

/// What left logs of one benchmark in one iteration of MMTests.
struct Ran<'a> {
    iteration: u32,
    benchmark: String,
    commands: Vec<String>,
    executions: Vec<&'a Execution>,
}

impl<'a> Writer<'a> {
    fn benchmark(&mut self, benchmark: &'a Benchmark) -> Result<(), WriteError> {
        let before = self.ran.len();
        if let Some((results, log)) =
            result_names(benchmark.name.as_str()).and_then(|known| Some((known, known.log.as_ref()?)))
        {
            for case in &benchmark.cases {
                self.case(benchmark, case, results, log)?;
            }
        }
        if self.ran.len() == before {
            let ran = benchmark.cases.iter().any(|case| !case.executions.is_empty());
            let why = if ran { "MMTests has no log like its outputs" } else { "it did not run" };
            self.left.push(format!("benchmark {}: {why}", benchmark.name));
        }
        Ok(())
    }

    fn case(
        &mut self,
        benchmark: &Benchmark,
        case: &'a Case,
        results: &ResultNames,
        log: &LogLayout,
    ) -> Result<(), WriteError> {
        let parameter = |key: &str| benchmark.parameters.get(key).map(String::as_str);
        let Some(name) = results.benchmark(&|key| case.labels.get(key).or_else(|| parameter(key))) else {
            self.left.push(format!("benchmark {} {}: MMTests has no such benchmark", benchmark.name, case.labels));
            return Ok(());
        };
        let mut written = false;
        // Of an iteration that was tried again, the last attempt counts.
        for execution in case.executions.iter().filter(|execution| execution.role == Role::Iteration) {
            let Some(iteration) = execution.iteration.filter(|_| !execution.outputs.is_empty()) else {
                continue;
            };
            let number = (u64::from(iteration) + 1).to_string();
            let label = |key: &str| if key == "iteration" { Some(number.as_str()) } else { case.labels.get(key) };
            let folder = if results.iterations == Iterations::Folders { iteration } else { 0 };
            let named = |file: Option<String>| -> Result<Option<PathBuf>, WriteError> {
                file.map(|file| Ok(self.logs(folder, &name).join(plain(&file)?))).transpose()
            };
            let (output, time) = (named(log.name(&label))?, named(log.time(&label))?);
            if self.execution(log, (case, execution), output, time)? {
                self.note(folder, &name, case, execution);
            }
            if let Some((file, line)) = log.beside(&label) {
                save(&self.logs(folder, &name).join(plain(file)?), format!("{line}\n").as_bytes())?;
            }
            written = true;
        }
        if !written && !case.executions.is_empty() {
            self.left.push(format!("benchmark {} {}: it left no output", benchmark.name, case.labels));
        }
        Ok(())
    }

    /// Writes what an execution left, unless another case has left a log of the same name.
    fn execution(
        &mut self,
        log: &LogLayout,
        (case, execution): (&Case, &Execution),
        output: Option<PathBuf>,
        time: Option<PathBuf>,
    ) -> Result<bool, WriteError> {
        let packed = |path: PathBuf| if log.gzip { PathBuf::from(format!("{}.gz", path.display())) } else { path };
        let output = output.map(packed);
        if let Some(path) = [&output, &time].into_iter().flatten().find(|path| !log.appended && path.exists()) {
            let shown = path.strip_prefix(self.run).unwrap_or(path).display();
            self.left.push(format!("a second output for {shown}, of another case"));
            return Ok(false);
        }
        if let Some(path) = &output {
            self.log(path, log, (case, execution))?;
        }
        if let (Some(path), Some(text)) = (time, gnu_time(execution)) {
            append(&path, text.as_bytes())?;
        }
        Ok(true)
    }

    fn logs(&self, iteration: u32, benchmark: &str) -> PathBuf {
        self.run.join(format!("iter-{iteration}")).join(benchmark).join("logs")
    }

    /// What the command wrote, standard output first.
    fn log(&mut self, path: &Path, log: &LogLayout, (case, execution): (&Case, &Execution)) -> Result<(), WriteError> {
        let is_in_it =
            |output: &&Output| output.file.ends_with(".stdout") || (log.stderr && output.file.ends_with(".stderr"));
        let mut text = Vec::new();
        for output in execution.outputs.iter().filter(is_in_it) {
            let file = case.path(output);
            let source = self.outputs.join(plain_path(&file)?);
            let bytes = fs::read(&source).map_err(|error| WriteError::File(source.clone(), error))?;
            if output.kept_bytes.is_some_and(|kept| kept < output.bytes) {
                self.left.push(format!("{file}: only its first {} bytes were kept", bytes.len()));
            }
            text.extend(bytes);
        }
        let text = part(&text, log.skip, log.until.as_deref());
        if !log.gzip {
            return append(path, text);
        }
        let packed = || -> io::Result<Vec<u8>> {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(text)?;
            gzip.finish()
        };
        append(path, &packed().map_err(|error| WriteError::File(path.into(), error))?)
    }

    fn note(&mut self, iteration: u32, benchmark: &str, case: &Case, execution: &'a Execution) {
        let is_it = |ran: &&mut Ran| ran.iteration == iteration && ran.benchmark == benchmark;
        // One a line, also where a script has several.
        let command = case.command.join(" ").replace('\n', "; ");
        match self.ran.iter_mut().find(is_it) {
            Some(ran) => {
                if ran.commands.last() != Some(&command) {
                    ran.commands.push(command);
                }
                ran.executions.push(execution);
            }
            None => {
                let (benchmark, commands) = (benchmark.to_string(), vec![command]);
                self.ran.push(Ran { iteration, benchmark, commands, executions: vec![execution] });
            }
        }
    }

    /// What MMTests writes about a run besides its logs.
    fn facts(&self, record: &Record) -> Result<(), WriteError> {
        let [started, finished] = [&record.started, &record.finished].map(|time| time.as_deref().and_then(epoch));
        let kernel = record.machine.as_ref().and_then(|machine| uname(&machine.kernel));
        let iterations: BTreeSet<u32> = self.ran.iter().map(|ran| ran.iteration).collect();
        let mut all = String::new();
        let mut end = String::new();
        for iteration in iterations {
            let folder = self.run.join(format!("iter-{iteration}"));
            let ran = || self.ran.iter().filter(|ran| ran.iteration == iteration);
            for ran in ran() {
                let commands: String = ran.commands.iter().map(|command| format!("{command}\n")).collect();
                save(&self.logs(iteration, &ran.benchmark).join("commands.log"), commands.as_bytes())?;
            }
            let spans: Vec<Span> = ran().filter_map(|ran| Span::of(&ran.benchmark, &ran.executions)).collect();
            save(&folder.join("tests-timestamp"), timestamps(started, &spans, finished).as_bytes())?;
            let activity = activity(u64::from(iteration) + 1, started, &spans, finished);
            save(&folder.join("tests-activity"), activity.as_bytes())?;
            if let Some(line) = &kernel {
                save(&folder.join("kernel.version"), line.as_bytes())?;
            }
            all.push_str(&activity);
            end = end_of_activity(&spans, finished);
        }
        save(&self.run.join("mmtests-activity"), (all + &end).as_bytes())
    }
}

/// The lines after the first `skip`, and before the one that has `until` in it.
fn part<'a>(bytes: &'a [u8], skip: usize, until: Option<&str>) -> &'a [u8] {
    let has = |line: &[u8], text: &str| line.windows(text.len()).any(|part| part == text.as_bytes());
    let (mut begin, mut end) = (0, 0);
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if until.is_some_and(|until| has(line, until)) {
            break;
        }
        end += line.len();
        begin = if number < skip { end } else { begin };
    }
    &bytes[begin..end]
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
    let open = || OpenOptions::new().create(true).append(true).open(path);
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
    fn a_log_is_the_part_that_mmtests_has() {
        assert_eq!(part(b"a\nb x\nc\n", 0, Some(" x")), b"a\n");
        assert_eq!(part(b"a\nb", 0, Some(" x")), b"a\nb");
        assert_eq!(part(b"a\nb", 0, None), b"a\nb");
        assert_eq!(part(b"a\nb\nc\n", 2, None), b"c\n");
        assert_eq!(part(b"a\nb\n", 3, None), b"");
    }
}
