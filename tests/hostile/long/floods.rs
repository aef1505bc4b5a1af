//! Children that flood whatever they can write to: a run ends at its time limit, with its record, and takes no more memory
//! and disk than `docs/limits.md` says.

use super::row::Row;
use crate::support::{definition, program, record};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The time limit of each command, and how long a run with it may take: one that is ended has 12 seconds, and its output is
/// parsed.
const LIMIT: &str = "2s";
const BOUND: Duration = Duration::from_secs(45);

/// The most memory of a run, in KiB: outputs in memory have 256 MiB, and reading one takes more.
const MEMORY: u64 = 600 << 10;

/// The most of a run's own files, in bytes: four outputs with 64 MiB each, and a record; a file that a command wrote is kept
/// as it is, and this one has 300,000,000 bytes.
const DISK: u64 = 300 << 20;

/// What floods: a name, a script, and further keys of the definition.
const FLOODS: [(&str, &str, &str); 15] = [
    ("stdout", "exec yes", ""),
    ("stderr", "exec yes >&2", ""),
    ("both, eight writers each", "for i in 1 2 3 4 5 6 7 8; do yes & yes >&2 & done; wait", ""),
    ("one line", "tr '\\0' x < /dev/zero", ""),
    ("random bytes", "cat /dev/urandom", ""),
    ("zeros", "cat /dev/zero", ""),
    ("values", "yes score 1", ""),
    ("values too large", "yes score 99999999999999999999", ""),
    ("escapes", "yes \"$(printf '\\033[2J\\r')\"", ""),
    ("signals of ours", "yes '<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=tool.score.0.0 RESULT=pass CHECK=0>'", ""),
    ("a file", "yes | head -c 300000000 > result; exec sleep 100", "result"),
    ("a file with holes", "truncate -s 100G result; exec sleep 100", "result"),
    (
        "background",
        "exec sleep 100",
        "  background: [{command: [sh, -c, 'echo ready; yes >&2 & exec yes'], ready: '^ready$'}]\n",
    ),
    ("preparation", "exec sleep 100", "  prepare: [[sh, -c, 'yes >&2 & exec yes']]\n"),
    ("processes", "i=0; while [ $i -lt 300 ]; do sleep 100 & setsid sleep 100 & i=$((i+1)); done; wait", ""),
];

/// The most memory that the process had, in KiB, until it ended; after the bound it is killed.
fn peak(child: &mut Child) -> Result<u64, String> {
    let (begun, mut peak) = (Instant::now(), 0);
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > BOUND {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("it does not end within {BOUND:?}"));
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        thread::sleep(Duration::from_millis(20));
    }
    Ok(peak)
}

/// How many bytes stand in a folder, without those that commands wrote by themselves.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: std::path::PathBuf| match path.is_dir() {
        true if path.ends_with("work") => 0,
        true => bytes(&path),
        // A hole takes no room.
        false => fs::symlink_metadata(path).unwrap().blocks() * 512,
    };
    entries.map(of).sum()
}

fn flood((name, script, more): (&str, &str, &str)) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    let path = definition(folder.path(), "tool", script, if more == "result" { "" } else { more });
    if more == "result" {
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("{name: one,", "{name: one, from: {file: result},")).unwrap();
    }
    let out = folder.path().join("out");
    let mut child = program()
        .arg("--definitions")
        .arg(folder.path())
        .args(["run", "tool", "--signals", "all", "--timeout", LIMIT, "--output"])
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let memory = peak(&mut child)?;
    let (code, disk) = (child.wait().unwrap().code(), bytes(&out));
    let record = record(&out);
    let sampled = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases).flat_map(|case| &case.series);
    let values = sampled.flat_map(|series| series.values()).count();
    if code != Some(1) || memory > MEMORY || disk > DISK || values > 0 {
        return Err(format!("code {code:?}, {memory} KiB of memory, {disk} bytes of disk, {values} values"));
    }
    Ok(format!(
        "{name}: {:.1} s, {} MiB of memory, {} MiB of disk",
        begun.elapsed().as_secs_f64(),
        memory >> 10,
        disk >> 20
    ))
}

#[test]
#[ignore = "scripts/hostile runs it"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn floods_end_in_time_with_bounded_memory_and_disk() {
    let (begun, mut broken) = (Instant::now(), Vec::new());
    for one in FLOODS {
        match flood(one) {
            Ok(told) => println!("{told}"),
            Err(why) => broken.push(format!("{}: {why}", one.0)),
        }
    }
    let attack = "floods: of outputs, files, background, processes, with a time limit";
    Row { attack, tried: FLOODS.len() as u64, broken: broken.len() as u64, known: 0, begun }.print();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
