//! Runs that are killed at any moment, two at once too: the agent ends, nothing of it stays behind, and what was measured is
//! in the record, or, after SIGKILL, in the signals that were said and in the record that `recover` makes.

use super::{attack, harm::Random};
use crate::support::{Said, definition, program, run_with};
use lava_bench::record::Record;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the end may take: a child that ignores SIGTERM has two seconds.
const BOUND: Duration = Duration::from_secs(40);

/// What the command prints in its n-th execution, from 1.
fn score(execution: usize) -> f64 {
    execution as f64 * 1000.0 + 7.0
}

/// The commands that are killed, and further keys of their definition. Each says in a file when it begins.
const TOOLS: [(&str, &str); 5] = [
    ("sleep 0.02", ""),
    (":", ""),
    ("trap '' TERM; sleep 0.05", ""),
    ("sleep 0.02", "  background: [{command: [sh, -c, 'echo ready; exec sleep 1000'], ready: '^ready$'}]\n"),
    ("sleep 0.02", "  prepare: [[sleep, '0.01']]\n  cleanup: [[sleep, '0.01']]\n"),
];

/// The signals that a run gets, one after the other.
const SIGNALS: [&[Signal]; 7] = [
    &[Signal::SIGKILL],
    &[Signal::SIGTERM],
    &[Signal::SIGINT],
    &[Signal::SIGHUP],
    &[Signal::SIGTERM, Signal::SIGTERM],
    &[Signal::SIGINT, Signal::SIGTERM],
    &[Signal::SIGTERM, Signal::SIGKILL],
];

/// A run that is killed, and where it writes to.
struct Killed {
    child: Child,
    signals: &'static [Signal],
    log: PathBuf,
    errors: PathBuf,
}

fn start(folder: &Path, number: usize, random: &mut Random) -> Killed {
    let [log, errors] = ["log", "errors"].map(|name| folder.join(format!("{name}-{number}")));
    let iterations = [2, 10, 40, 400][random.below(4)];
    let child = program()
        .arg("--definitions")
        .arg(folder)
        .args(["run", "tool", "--signals", "all", "--iterations", &iterations.to_string()])
        .env("LAVA_BENCH_OUTPUT", folder.join("out"))
        .stdout(File::create(&log).unwrap())
        .stderr(File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    Killed { child, signals: SIGNALS[random.below(SIGNALS.len())], log, errors }
}

/// Sends the signals, and waits for the end.
fn killed(run: &mut Killed, random: &mut Random) -> Result<ExitStatus, String> {
    thread::sleep(Duration::from_millis(random.below(1200) as u64));
    for signal in run.signals {
        if run.child.try_wait().unwrap().is_none() {
            let _ = kill(Pid::from_raw(i32::try_from(run.child.id()).unwrap()), *signal);
        }
        thread::sleep(Duration::from_millis(random.below(100) as u64));
    }
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        if let Some(status) = run.child.try_wait().unwrap() {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _ = run.child.kill();
    let _ = run.child.wait();
    Err(format!("{:?}: it does not end", run.signals))
}

/// The samples of a record, by their iteration; each must be what that execution printed.
fn samples(record: &Record, what: &str) -> Result<usize, String> {
    let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
    let mut there = 0;
    for (at, iteration) in cases.flat_map(|case| &case.series).flat_map(|series| series.samples.iter().enumerate()) {
        for sample in iteration.iter().flatten() {
            if sample.get().to_bits() != score(at + 1).to_bits() {
                return Err(format!("{what}: iteration {at} is {sample}"));
            }
            there += 1;
        }
    }
    Ok(there)
}

/// What was said gives every value that was said; returns how many, and whether the rebuild is complete.
fn said(run: &Killed) -> Result<(usize, bool, String), String> {
    let log = fs::read(&run.log).unwrap();
    let lines = String::from_utf8_lossy(&log);
    let is_sample = |line: &&str| line.contains("TEST_CASE_ID=tool.score.0.") && line.ends_with('>');
    let whole = lines.lines().filter(is_sample).count();
    let rebuilt = run_with(&["rebuild", "-"], &log);
    if rebuilt.stdout.is_empty() {
        let nothing = rebuilt.code == 4 && whole == 0;
        return nothing.then_some((0, false, String::new())).ok_or_else(|| format!("nothing rebuilt: {rebuilt:?}"));
    }
    let record = Record::from_json(rebuilt.stdout.trim_end().as_bytes()).map_err(|error| error.to_string())?;
    let found = samples(&record, "rebuilt")?;
    let complete = rebuilt.code == 0;
    if found < whole || (!complete && record.losses.is_empty()) {
        return Err(format!("{whole} samples said, {found} rebuilt: {rebuilt:?}"));
    }
    Ok((found, complete, rebuilt.stdout))
}

/// Whether the run's end is one that is promised.
fn ended_well(run: &Killed, status: ExitStatus) -> Result<(), String> {
    let errors = fs::read_to_string(&run.errors).unwrap();
    let by = status.signal().and_then(|number| Signal::try_from(number).ok());
    let well = match by {
        Some(signal) => run.signals.contains(&signal),
        None => matches!(status.code(), Some(0 | 130)),
    };
    let well = well && !errors.contains("panicked");
    well.then_some(()).ok_or_else(|| format!("{:?}: {status}, {errors}", run.signals))
}

/// The processes that have this folder's name in their environment.
fn left(folder: &Path) -> Vec<String> {
    let mark = folder.join("out").display().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let marked = |path: &PathBuf| {
        let text = fs::read(path.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&text).contains(&mark)
    };
    let name = |path: PathBuf| {
        let words = fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).replace('\0', " ")
    };
    processes.map(|entry| entry.path()).filter(marked).map(name).filter(|name| !name.is_empty()).collect()
}

/// Each folder's record is right: the run's own, or, where SIGKILL left none, what its journal gives. A kill costs the iteration
/// that runs, and no other.
fn folders(folder: &Path, killed_hard: usize) -> Result<Vec<String>, String> {
    let (mut records, mut without) = (Vec::new(), 0);
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("out")) {
            continue;
        }
        let begun = fs::read_to_string(entry.join("tool/case/work/begun")).unwrap_or_default().lines().count();
        let own = fs::read_to_string(entry.join("record.json"));
        let json = match own {
            Ok(json) => json,
            Err(_) if begun == 0 => continue,
            Err(_) => {
                without += 1;
                recovered(&entry)?
            }
        };
        let record = Record::from_json(json.trim_end().as_bytes()).map_err(|error| error.to_string())?;
        let there = samples(&record, "record")?;
        if there + 1 < begun {
            return Err(format!("{begun} executions began, {there} samples in the record"));
        }
        records.push(json);
    }
    if without > killed_hard {
        return Err(format!("{without} runs have no record, and {killed_hard} got SIGKILL"));
    }
    Ok(records)
}

/// The record that `recover` makes of a run's folder.
fn recovered(folder: &Path) -> Result<String, String> {
    let said = Said::of(program().arg("recover").arg(folder));
    let json = fs::read_to_string(folder.join("record.json"));
    if said.code == 0 { json.map_err(|error| error.to_string()) } else { Err(format!("recover: {said:?}")) }
}

fn kill_some(random: &mut Random) -> Result<(), String> {
    let folder = TempDir::new().unwrap();
    let (tool, more) = TOOLS[random.below(TOOLS.len())];
    let script = format!("echo >> begun; n=$(wc -l < begun); {tool}; echo score $((n * 1000 + 7))");
    definition(folder.path(), "tool", &script, more);
    let mut runs: Vec<Killed> = (0..=random.below(2)).map(|number| start(folder.path(), number, random)).collect();
    let mut hard = 0;
    let mut logs = Vec::new();
    for run in &mut runs {
        let status = killed(run, random)?;
        ended_well(run, status)?;
        hard += usize::from(status.signal() == Some(9));
        logs.push(said(run)?);
        // One that got one signal, and could say all.
        let polite = run.signals.len() == 1 && status.code().is_some();
        let (found, complete, _) = logs.last().unwrap();
        if polite && !complete {
            return Err(format!("{:?}: {status}, and {found} samples rebuilt are not complete", run.signals));
        }
    }
    // A kill costs the iteration that runs, and no other.
    let begun = fs::read_to_string(folder.path().join("out/tool/case/work/begun")).unwrap_or_default().lines().count();
    if let ([run], [(found, ..)]) = (runs.as_slice(), logs.as_slice())
        && found + 1 < begun
        && run.signals.len() == 1
    {
        return Err(format!("{:?}: {begun} executions began, {found} samples said", run.signals));
    }
    let records = folders(folder.path(), hard)?;
    for (_, complete, json) in logs {
        if complete && !records.contains(&json) {
            return Err("a complete rebuild is no record of a run".into());
        }
    }
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        if left(folder.path()).is_empty() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(format!("left behind: {:?}", left(folder.path())))
}

#[test]
#[ignore = "scripts/hostile runs it"]
fn runs_that_are_killed_at_any_moment_lose_nothing_that_was_said() {
    attack("kills: SIGKILL, SIGTERM, SIGINT, SIGHUP at any moment, two runs at once", 6, kill_some);
}
