//! MMTests' log trees: `work/log` -> runs, without MMTests.
//!
//! `RUN/iter-N/BENCH/logs/...` is what `run-mmtests.sh` leaves. Which files and which lines of them are samples is said by
//! rules, in each benchmark's file (`benchmarks/`). A benchmark without a rule is an error, never nothing.
//!
//! The rules do not refer to the definitions of the same tools, though some patterns resemble each other. A definition reads the
//! output of its own command and takes values in its own unit; here the command is MMTests', often of another form of output
//! (fio's terse lines, siege's text, netperf without `-P 0`), a value keeps the log's text and unit, names and numbers of samples
//! are MMTests', and of eleven benchmarks the log is not the tool's but GNU time's. Only a handful of one-line patterns is the
//! same in both; a reference would tie what must stay as MMTests has it to what may be improved.

mod builder;
mod error;
mod facts;
mod file;
#[cfg(test)]
mod older_tests;
mod reading;
mod sample;
#[cfg(test)]
mod tests;
mod value;
#[cfg(feature = "host")]
mod write;

pub use error::TreeError;
pub use facts::{Facts, Timing};
#[cfg(feature = "host")]
pub use write::{WriteError, write_run};

use super::{Extract, Version, benchmarks};
use benchmarks::{Classic, Rule};
use builder::ExtractBuilder;
use flate2::read::MultiGzDecoder;
use reading::{LogFile, files, read};
use sample::sort;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The most bytes of a log, unpacked, and of all logs that are put in order together.
const MAX_LOG: u64 = 256 << 20;

/// In which order iterations are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IterationOrder {
    /// MMTests': iter-0, iter-1, iter-10, iter-2.
    #[default]
    Bytes,
    /// iter-0, iter-1, iter-2, iter-10.
    Numbers,
}

/// A run's folder: its benchmarks, and what the tree says about the machine and the times.
#[derive(Debug)]
pub struct Tree {
    /// The run's name.
    pub name: String,
    /// What was measured on.
    pub facts: Facts,
    /// The benchmarks, by name.
    pub benchmarks: Vec<(Extract, Vec<Timing>)>,
    /// Those that cannot be read, by name, and why.
    pub failed: Vec<(String, TreeError)>,
    /// What was found besides samples.
    pub notes: Vec<String>,
}

/// What is read of a tree.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only this benchmark.
    pub benchmark: Option<String>,
    /// The alternative report, such as fio's latency.
    pub alternative: Option<String>,
    /// The order of the iterations.
    pub order: IterationOrder,
    /// Whose extraction it is.
    pub version: Version,
}

/// The runs under `path`, which is one run or a folder of runs, by their names' bytes.
///
/// # Errors
/// No run, a benchmark without a rule or without samples, a file that cannot be read.
pub fn read_tree(path: &Path, selection: &Selection) -> Result<Vec<Tree>, TreeError> {
    let is_run = |folder: &Path| iterations(folder, IterationOrder::Bytes).is_ok_and(|found| !found.is_empty());
    let runs: Vec<PathBuf> = if is_run(path) {
        vec![path.into()]
    } else {
        let names = list(path)?.into_iter().map(|name| path.join(name));
        names.filter(|folder| is_run(folder)).collect()
    };
    if runs.is_empty() {
        return Err(TreeError::NoRun(path.into()));
    }
    runs.iter().map(|folder| whole(read_run(folder, selection)?)).collect()
}

/// Whether a folder is a run, or has runs in it.
#[cfg(feature = "host")]
pub(super) fn is_tree(path: &Path) -> bool {
    runs(path).is_ok_and(|runs| !runs.is_empty())
}

/// The folders of runs: `folder` itself, if it has iterations, or those in it.
pub(super) fn runs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if has_iterations(folder)? {
        return Ok(vec![folder.into()]);
    }
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && has_iterations(&path)? {
            runs.push(path);
        }
    }
    runs.sort();
    Ok(runs)
}

fn has_iterations(folder: &Path) -> io::Result<bool> {
    let mut names = fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.any(|name| name.starts_with("iter-")))
}

/// The tree, if all benchmarks with logs could be read.
fn whole(mut tree: Tree) -> Result<Tree, TreeError> {
    for (_, error) in std::mem::take(&mut tree.failed) {
        match error {
            TreeError::NoLogs(..) => tree.notes.push(error.to_string()),
            error => return Err(error),
        }
    }
    Ok(tree)
}

/// The run in `folder`: what can be read of it, and why the rest cannot.
///
/// # Errors
/// No iteration, or no benchmark.
pub fn read_run(folder: &Path, selection: &Selection) -> Result<Tree, TreeError> {
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let iterations = iterations(folder, selection.order)?;
    let mut all = BTreeSet::new();
    for iteration in &iterations {
        all.extend(list(iteration)?.into_iter().filter(|name| iteration.join(name).join("logs").is_dir()));
    }
    let begun = iterations.iter().flat_map(|iteration| facts::begun(iteration)).collect::<BTreeSet<String>>();
    let names = selected(folder, &all, &begun, selection)?;
    if names.is_empty() && begun.is_empty() {
        return Err(TreeError::NoBenchmark(folder.into()));
    }
    let facts = Facts::read(&iterations[0]);
    let mut tree = Tree { facts, name, benchmarks: Vec::new(), failed: Vec::new(), notes: Vec::new() };
    for benchmark in &names {
        match read_benchmark(folder, &iterations, benchmark, selection, &mut tree) {
            Ok(run) => {
                let timings = iterations.iter().map(|iteration| Timing::read(iteration, benchmark)).collect();
                tree.benchmarks.push((run, timings));
            }
            Err(error) => tree.failed.push((benchmark.clone(), error)),
        }
    }
    let wanted = |name: &String| selection.benchmark.as_ref().is_none_or(|wanted| wanted == name);
    for name in begun.difference(&names).filter(|name| wanted(name)) {
        tree.failed.push((name.clone(), TreeError::NoLogs(folder.into(), name.clone())));
    }
    Ok(tree)
}

/// Those of `all` that are wanted.
fn selected(
    folder: &Path,
    all: &BTreeSet<String>,
    begun: &BTreeSet<String>,
    selection: &Selection,
) -> Result<BTreeSet<String>, TreeError> {
    let Some(wanted) = &selection.benchmark else { return Ok(all.clone()) };
    let known: Vec<&str> = all.union(begun).map(String::as_str).collect();
    if known.is_empty() || known.contains(&wanted.as_str()) {
        return Ok(all.iter().filter(|name| *name == wanted).cloned().collect());
    }
    Err(TreeError::NoSuchBenchmark { folder: folder.into(), benchmark: wanted.clone(), known: known.join(", ") })
}

fn iterations(folder: &Path, order: IterationOrder) -> Result<Vec<PathBuf>, TreeError> {
    let mut names: Vec<String> = list(folder)?.into_iter().filter(|name| name.starts_with("iter-")).collect();
    if order == IterationOrder::Numbers {
        names.sort_by_key(|name| name["iter-".len()..].parse::<u64>().unwrap_or(u64::MAX));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The names in a folder, by their bytes.
fn list(folder: &Path) -> Result<Vec<String>, TreeError> {
    let failed = |error| TreeError::File(folder.into(), error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The paths of the files in a folder and in those in it, by their bytes.
fn list_all(folder: &Path) -> Result<Vec<String>, TreeError> {
    let (mut found, mut waiting) = (Vec::new(), list(folder)?);
    while let Some(name) = waiting.pop() {
        let path = folder.join(&name);
        // A link may lead back to where it stands.
        if path.is_dir() && !path.is_symlink() {
            waiting.extend(list(&path)?.into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file that may be packed.
fn unpacked(path: &Path) -> Result<String, TreeError> {
    let packed = ["gz", "xz"].map(|extension| PathBuf::from(format!("{}.{extension}", path.display())));
    text(packed.iter().find(|path| path.is_file()).map_or(path, PathBuf::as_path))
}

/// A file's text, unpacked; bytes that are not UTF-8 are replaced.
fn text(path: &Path) -> Result<String, TreeError> {
    file::regular(path)?;
    let unpack = || -> io::Result<Vec<u8>> {
        let packed = io::BufReader::new(fs::File::open(path)?);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => bounded(MultiGzDecoder::new(packed)),
            #[cfg(feature = "host")]
            Some("xz") => bounded(lzma_rust2::XzReader::new(packed, true)),
            #[cfg(not(feature = "host"))]
            Some("xz") => Err(io::Error::other("packed with xz, which only the program for a host unpacks")),
            _ => bounded(packed),
        }
    };
    let bytes = unpack().map_err(|error| TreeError::Damaged(path.into(), error))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// What `source` gives, if that is not too much for a log.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_LOG + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= MAX_LOG { Ok(bytes) } else { Err(io::Error::other(too_long())) }
}

fn too_long() -> String {
    format!("logs of more than {} MiB, unpacked", MAX_LOG >> 20)
}

fn read_benchmark(
    folder: &Path,
    iterations: &[PathBuf],
    benchmark: &str,
    selection: &Selection,
    tree: &mut Tree,
) -> Result<Extract, TreeError> {
    let rules = benchmarks::rules(benchmark, selection.alternative.as_deref(), selection.version);
    if rules.is_empty() {
        let known: BTreeSet<&str> = benchmarks::with_rules().collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(TreeError::NoRule { folder: folder.into(), benchmark: benchmark.into(), known });
    }
    let mut collected = ExtractBuilder::new(selection.version);
    for (at, iteration) in iterations.iter().enumerate() {
        let logs = iteration.join(benchmark).join("logs");
        collected.begin(at);
        if logs.is_dir() {
            read_logs(&logs, &rules, &mut collected)?;
        }
        tree.notes.append(&mut collected.remarks);
        if collected.running == 0 {
            tree.notes.push(format!("{}: benchmark `{benchmark}`: no sample", iteration.display()));
        }
    }
    tree.notes.extend(collected.refused.iter().map(|what| format!("{}: {benchmark}: {what}", folder.display())));
    if collected.operations.iter().all(|operation| operation.values().next().is_none()) {
        return Err(TreeError::NoSample(folder.into(), benchmark.into()));
    }
    if selection.version != Version::Head && collected.classic.is_none() {
        let what = "how the older version read it is unknown; it is read as June 2026 reads it";
        tree.notes.push(format!("{}: {benchmark}: {what}", folder.display()));
    }
    let commands = text(&iterations[0].join(benchmark).join("logs/commands.log")).ok();
    Ok(collected.run(&tree.name, benchmark, selection.alternative.as_deref(), commands, iterations.len()))
}

/// Adds the data of one iteration. Several rules are of several versions of MMTests: the first that finds data is the one.
fn read_logs(logs: &Path, rules: &[&'static Rule], collected: &mut ExtractBuilder) -> Result<(), TreeError> {
    for rule in rules {
        let names = file::once(if rule.folders { list_all(logs)? } else { list(logs)? });
        let found = files(rule, &names);
        collected.each_ratio = rule.classic.as_ref().is_some_and(|classic| classic.ratio);
        // What is put in order refers to the texts of all files.
        for files in found.chunks(if rule.sorted { found.len().max(1) } else { 1 }) {
            read_files(logs, rule, files, collected)?;
        }
        if collected.running > 0 {
            if rule.mean {
                collected.average();
            }
            collected.by_line |= rule.by_line;
            let older = rule.older.as_ref().filter(|_| collected.version != Version::Head);
            // Without a type of data, the module of 2021 is unknown, whose extraction it would be.
            let is_known = |module: &&Classic| collected.version != Version::Classic202111 || module.data.is_some();
            let module = rule.classic.as_ref().or(older).filter(is_known);
            collected.classic = collected.classic.or(module);
            return Ok(());
        }
    }
    Ok(())
}

fn read_files(
    logs: &Path,
    rule: &'static Rule,
    files: &[(&str, BTreeMap<String, String>)],
    collected: &mut ExtractBuilder,
) -> Result<(), TreeError> {
    let (mut texts, mut bytes) = (Vec::new(), 0_usize);
    for (name, parts) in files {
        let path = logs.join(name);
        let by = rule.define_in.as_ref().map(|name| logs.join(name));
        let defining = by.as_ref().map(|by| unpacked(by)).transpose()?;
        let said = by.zip(defining.as_ref()).and_then(|(by, text)| file::remark(&by, text, 1));
        collected.remarks.extend(said.filter(|said| !collected.remarks.contains(said)));
        let text = text(&path)?;
        bytes = bytes.saturating_add(text.len());
        if bytes as u64 > MAX_LOG {
            return Err(TreeError::Damaged(path, io::Error::other(too_long())));
        }
        texts.push((parts, text, defining, path));
    }
    let mut names = std::mem::take(&mut collected.names);
    let mut data = Vec::new();
    for (parts, text, defining, path) in &texts {
        let log =
            LogFile { parts, text: file::whole_lines(text), defining: defining.as_deref().map(file::whole_lines) };
        let before = data.len() + collected.running;
        match rule.sorted {
            true => read(rule, &log, &mut names, &mut |datum| data.push(datum)),
            false => read(rule, &log, &mut names, &mut |datum| collected.add(&datum)),
        }
        collected.remarks.extend(file::remark(path, text, data.len() + collected.running - before));
    }
    sort(&mut data, &names, rule.by_sample);
    data.iter().for_each(|datum| collected.add(datum));
    collected.names = names;
    Ok(())
}

/// Only the parts of a line after `key ::`, for files of that form.
fn entries(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    text.lines().filter_map(|line| line.split_once(" :: ")).map(|(key, rest)| (key, rest.split_whitespace().collect()))
}
