//! Consoles that take no bytes: the record is written first, and a signal ends the emission.

use super::support::{definition, ends_within, program, project, record, run_with};
use lava_bench::record::{Benchmark, Record};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    pty::{OpenptyResult, openpty},
    sys::{
        signal::{Signal, kill},
        termios::{FlowArg, tcflow},
    },
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::{self, PipeReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long it may take until the program has ended: it would hang for ever.
const BOUND: Duration = Duration::from_secs(20);

/// A pipe that takes `room` more bytes.
fn pipe(room: usize) -> (PipeReader, Stdio) {
    let (reader, mut writer) = io::pipe().unwrap();
    // Whole pages, so that they are not filled up later.
    writer.write_all(&vec![b'\n'; 65_536 - room]).unwrap();
    (reader, writer.into())
}

/// A terminal that is stopped as by an XOFF; it is one as long as both ends are open.
fn stopped_terminal() -> OpenptyResult {
    let terminal = openpty(None, None).unwrap();
    tcflow(&terminal.slave, FlowArg::TCOOFF).unwrap();
    terminal
}

fn end_of(terminal: &OpenptyResult) -> Stdio {
    terminal.slave.try_clone().unwrap().into()
}

/// A run of short iterations into the folder `out`.
fn measuring(folder: &Path, iterations: u32) -> Command {
    definition(folder, "short", "sleep 0.01; echo score 7", "");
    let mut command = program();
    command.arg("--definitions").arg(folder).args(["run", "short", "--iterations", &iterations.to_string()]);
    command.arg("--output").arg(folder.join("out"));
    command
}

fn tell(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

/// Waits until something stands in the file of an output.
fn wait_for(path: &Path) {
    let begun = Instant::now();
    while fs::metadata(path).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(begun.elapsed() < BOUND, "{}", path.display());
        thread::sleep(Duration::from_millis(10));
    }
}

fn iterations(record: &Record) -> usize {
    let cases = record.benchmarks.iter().flat_map(|benchmark: &Benchmark| &benchmark.cases);
    cases.flat_map(|case| &case.series).map(|series| series.samples.len()).sum()
}

#[test]
fn a_run_before_a_full_pipe_ends_with_its_record() {
    let folder = TempDir::new().unwrap();
    let (_reader, full) = pipe(8192);
    let mut child = measuring(folder.path(), 100_000)
        .args(["--signals", "all"])
        .stdout(full)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Some iterations, then nobody reads.
    wait_for(&folder.path().join("out/short/case/5.stdout"));
    thread::sleep(Duration::from_secs(3));
    tell(&child, Signal::SIGTERM);
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    let record = record(&folder.path().join("out"));
    assert!(record.interrupted && iterations(&record) >= 5, "{}", iterations(&record));
}

#[test]
fn a_run_on_a_stopped_terminal_ends_with_its_record() {
    let folder = TempDir::new().unwrap();
    let terminal = stopped_terminal();
    let mut command = measuring(folder.path(), 3);
    command.args(["--signals", "all"]).stdout(end_of(&terminal)).stderr(end_of(&terminal));
    let mut child = command.spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    tell(&child, Signal::SIGTERM);
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    record(&folder.path().join("out"));
}

#[test]
fn a_signal_ends_the_sending_of_frames_that_nobody_takes() {
    for baud in [None, Some("300")] {
        let folder = TempDir::new().unwrap();
        // Room for the signals, and not for the frames; with a speed, the time is what is lacking.
        let (_reader, full) = pipe(if baud.is_some() { 65_536 } else { 0 });
        let mut command = measuring(folder.path(), 3);
        command.args(["--signals", "none", "--stream", "on"]).args(baud.iter().flat_map(|baud| ["--baud", baud]));
        let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(&folder.path().join("out/record.json"));
        thread::sleep(Duration::from_millis(500));
        assert!(child.try_wait().unwrap().is_none(), "the frames take longer");
        tell(&child, Signal::SIGTERM);
        assert_eq!(ends_within(&mut child, BOUND), Some(130));
        assert_eq!(iterations(&record(&folder.path().join("out"))), 3);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("a signal ended the sending\nhint: `lava-bench emit "), "{said}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "long", "trap '' TERM; echo score 7; sleep 600", "");
    let mut command = program();
    command.arg("--definitions").arg(folder.path()).args(["run", "long", "--baud", "300", "--signals", "none"]);
    command.args(["--stream", "on"]).arg("--output").arg(folder.path().join("out"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&folder.path().join("out/long/case/0.stdout"));
    tell(&child, Signal::SIGTERM);
    wait_for(&folder.path().join("out/record.json"));
    tell(&child, Signal::SIGINT);
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    assert!(record(&folder.path().join("out")).interrupted);
}

#[test]
fn progress_that_nobody_reads_does_not_hold_up_the_end() {
    let folder = TempDir::new().unwrap();
    let (_reader, full) = pipe(0);
    let mut child = measuring(folder.path(), 3).stdout(Stdio::null()).stderr(full).spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    tell(&child, Signal::SIGTERM);
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    record(&folder.path().join("out"));
}

#[test]
fn a_run_goes_on_while_its_console_stands_still_and_the_frames_carry_all() {
    let folder = TempDir::new().unwrap();
    let (mut reader, full) = pipe(0);
    let mut command = measuring(folder.path(), 5);
    let errors = folder.path().join("errors");
    let mut child =
        command.args(["--signals", "all"]).stdout(full).stderr(File::create(&errors).unwrap()).spawn().unwrap();
    // The command's parent writes into the same pipe otherwise.
    drop(command);
    // Nobody reads until all is measured.
    let begun = Instant::now();
    while !folder.path().join("out/record.json").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run does not go on");
        thread::sleep(Duration::from_millis(50));
    }
    let reading = thread::spawn(move || {
        let mut log = Vec::new();
        reader.read_to_end(&mut log).unwrap();
        log
    });
    assert_eq!(ends_within(&mut child, BOUND), Some(0));
    let said = fs::read_to_string(&errors).unwrap();
    assert!(said.contains("lines held back, as the console took nothing\nhint: the frames hold all"), "{said}");
    let rebuilt = run_with(&["rebuild", "-"], &reading.join().unwrap());
    let written = fs::read_to_string(folder.path().join("out/record.json")).unwrap();
    assert_eq!((rebuilt.code, rebuilt.stdout), (0, written), "{}", rebuilt.stderr);
}

#[test]
fn other_verbs_end_with_the_first_signal() {
    let record = project("docs/example-record.json");
    let record = record.to_str().unwrap();
    let dry_run = ["run", "primes", "--dry-run"];
    for arguments in [&["emit", record][..], &["emit", record, "--baud", "300"], &dry_run] {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let (_reader, full) = pipe(0);
            let mut child = program().args(arguments).stdout(full).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(Duration::from_millis(700));
            assert!(child.try_wait().unwrap().is_none(), "{arguments:?}");
            tell(&child, signal);
            let code = ends_within(&mut child, BOUND);
            assert!(matches!(code, None | Some(130)), "{arguments:?}: {code:?}");
        }
    }
}

#[test]
fn a_reader_who_comes_late_gets_all() {
    // Another process may have made the description non-blocking: what does not fit at once comes later.
    for flags in [OFlag::empty(), OFlag::O_NONBLOCK] {
        let (mut reader, mut writer) = io::pipe().unwrap();
        writer.write_all(&[b'\n'; 65_536]).unwrap();
        fcntl(&writer, FcntlArg::F_SETFL(flags)).unwrap();
        let mut command = program();
        command.arg("emit").arg(project("docs/example-record.json")).stdout(writer);
        let mut child = command.spawn().unwrap();
        drop(command);
        thread::sleep(Duration::from_millis(300));
        let mut log = Vec::new();
        reader.read_to_end(&mut log).unwrap();
        assert_eq!(ends_within(&mut child, BOUND), Some(0));
        assert_eq!(run_with(&["rebuild", "-"], &log).code, 0);
    }
}

#[test]
fn the_hint_for_a_record_that_is_too_long_for_frames_works() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.json");
    let mut state = 1_u64;
    let noise = (0..8_000_000).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + (state >> 33) as u8 % 64)
    });
    let noise: String = noise.map(|c| if c == '\\' { ' ' } else { c }).collect();
    let losses = format!("[{{\"what\":\"w\",\"reason\":\"{noise}\"}}]");
    let json =
        format!("{{\"schema\":\"lava-bench-record/1\",\"id\":\"0a1b2c3d\",\"benchmarks\":[],\"losses\":{losses}}}");
    fs::write(&path, json).unwrap();
    let emit = |redundancy: &str| {
        let mut command = program();
        let output = command
            .arg("emit")
            .arg(&path)
            .args(["--signals", "none", "--stream", "on", "--redundancy", redundancy])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = emit("400");
    assert_eq!(code, Some(2), "{said}");
    let hint = "record.json: the record is too long for frames\nhint: --redundancy ";
    let (_, hint) = said.split_once(hint).unwrap_or_else(|| panic!("{said}"));
    let (percent, _) = hint.split_once(',').unwrap();
    assert_eq!(emit(percent), (Some(0), String::new()));
}
