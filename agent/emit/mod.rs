//! Emission: signals and frames -> the console or /dev/kmsg. The only module that writes to them.
//!
//! One write per line, and no process started for it. `KMSG` and `CHARACTER_DELAY` are treated as LAVA's own helpers treat them
//! (`signal` in lava-common-functions): with `KMSG` set, `<0>` and the line go to /dev/kmsg; `CHARACTER_DELAY` is the pause
//! in seconds before each signal. While lines are written to the kernel's console, the kernel is quiet; lines that the
//! kernel's log dropped, and those of a span in which the serial line lost characters, are written again.

mod guard;
mod kmsg;
mod overrun;
mod quiet;

use crate::{
    record::{Benchmark, Case, Record, RecordId, Schema},
    signal::{Budget, Redundancy, Sequence, Signal, frames},
};
use quiet::Quiet;
use std::{
    env,
    fs::File,
    io::{self, IsTerminal, Write},
    num::NonZeroU32,
    os::fd::AsFd,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Signals: `None` for none, else which samples have some.
    pub signals: Option<Budget>,
    /// The frames: `None` for none, else how many more than are needed.
    pub frames: Option<Redundancy>,
}

/// How it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The speed of the serial line in bits a second: so fast is written and no faster.
    pub baud: Option<NonZeroU32>,
    /// Kernel messages stay where they are, on the console.
    pub loud_kernel: bool,
}

/// Where lines go.
#[derive(Debug)]
enum Sink {
    Stdout,
    Kmsg,
}

/// A console that signals are sent to. After the first error nothing more is written, and the error is kept.
#[derive(Debug)]
pub struct Console {
    root: PathBuf,
    sink: Sink,
    delay: Duration,
    manner: Manner,
    /// Whether kernel messages would come between the lines.
    with_kernel: bool,
    terminal: bool,
    /// What has been written since the last pause.
    burst: usize,
    /// How much slower than asked for: doubled when the serial line lost something.
    slowness: u32,
    error: Option<io::Error>,
}

/// LAVA from 2022.11 to 2023.08 overlooks signals on a serial line where more than 4000 characters are waiting for it: so
/// much is written at a time, then LAVA is given time to read. 10 ms for 1000 characters is as fast as a line of 1 Mbit/s.
const BURST: usize = 1000;
const PAUSE: Duration = Duration::from_millis(10);

/// How many lines are written before it is looked whether they were lost.
const SPAN: usize = 32;

/// How often a line is written to the kernel's log that does not turn up there.
const TRIES: usize = 3;

/// What the kernel puts before a line, and the line's end.
const STAMP: usize = 17;

impl Console {
    /// The console that LAVA's variables ask for.
    pub fn from_environment(manner: Manner) -> Self {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let seconds = set("CHARACTER_DELAY").and_then(|value| value.parse::<f64>().ok());
        let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default();
        let sink = if set("KMSG").is_some() { Sink::Kmsg } else { Sink::Stdout };
        let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let console = stdout.is_ok_and(|stdout| quiet::is_console(Path::new("/"), &stdout));
        let with_kernel = matches!(sink, Sink::Kmsg) || console;
        let terminal = io::stdout().is_terminal();
        Self { root: "/".into(), sink, delay, manner, with_kernel, terminal, burst: 0, slowness: 1, error: None }
    }

    /// Writes lines, each in one piece, with `delay` before each.
    fn lines(&mut self, lines: &[String], delay: Duration) {
        let wanted = self.with_kernel && !self.manner.loud_kernel && !lines.is_empty();
        let quiet = if wanted { Quiet::begin(&self.root) } else { None };
        for span in lines.chunks(SPAN) {
            if self.error.is_some() || quiet.as_ref().is_some_and(Quiet::is_interrupted) {
                break;
            }
            let overruns = overrun::count(&self.root);
            self.span(span, delay);
            if overrun::count(&self.root) > overruns {
                self.slowness = (self.slowness * 2).min(64);
                self.span(span, delay);
            }
        }
    }

    fn span(&mut self, lines: &[String], delay: Duration) {
        if let Sink::Kmsg = self.sink {
            return self.kmsg(lines, delay);
        }
        for line in lines {
            thread::sleep(delay);
            self.stdout(line);
        }
    }

    /// Writes lines to the kernel's log, and again those that do not turn up there: it drops lines without an error. Where
    /// it takes none (`printk.devkmsg=off`), they go to standard output, and all others after them.
    fn kmsg(&mut self, lines: &[String], delay: Duration) {
        let path = self.root.join("dev/kmsg");
        let mut log = kmsg::Reader::at_end(&path);
        let mut missing: Vec<&String> = lines.iter().collect();
        for _ in 0..TRIES {
            let mut write = |line: &&String| {
                thread::sleep(delay);
                let begun = Instant::now();
                let written = kmsg::write(&path, line).is_ok();
                self.pace(line.len() + STAMP, begun);
                written
            };
            if !missing.iter().all(&mut write) {
                break;
            }
            // Who may not read the log cannot look.
            let Ok(log) = &mut log else { return };
            let arrived = log.entries();
            missing.retain(|line| !arrived.iter().any(|entry| entry.text == **line));
            if missing.is_empty() {
                return;
            }
        }
        self.sink = Sink::Stdout;
        missing.into_iter().for_each(|line| self.stdout(line));
    }

    fn stdout(&mut self, line: &str) {
        if self.error.is_none() {
            let begun = Instant::now();
            let mut stdout = io::stdout().lock();
            self.error = stdout.write_all(format!("{line}\n").as_bytes()).and_then(|()| stdout.flush()).err();
            drop(stdout);
            self.pace(line.len() + 2, begun);
        }
    }

    /// Waits as long as the line takes, where its speed is known; else gives LAVA time to read.
    fn pace(&mut self, written: usize, begun: Instant) {
        if let Some(baud) = self.manner.baud {
            if self.terminal {
                // A terminal that cannot tell is none to wait for.
                let _ = nix::sys::termios::tcdrain(io::stdout());
            }
            // A start bit, eight bits, a stop bit.
            let takes = Duration::from_secs_f64(written as f64 * 10.0 / f64::from(baud.get())) * self.slowness;
            return thread::sleep(takes.saturating_sub(begun.elapsed()));
        }
        self.burst += written;
        if self.burst >= BURST && (self.terminal || matches!(self.sink, Sink::Kmsg)) {
            thread::sleep(PAUSE * self.slowness);
            self.burst = 0;
        }
    }

    /// Writes signals of the record `id`.
    pub fn signals(&mut self, id: RecordId, signals: &[Signal]) {
        let lines: Vec<String> = signals.iter().map(|signal| signal.to_line(id)).collect();
        self.lines(&lines, self.delay);
    }

    /// Writes the frames of `record`.
    pub fn frames(&mut self, record: &Record, redundancy: Redundancy) {
        match frames(record.id, &record.to_json(), redundancy) {
            Ok(frames) => {
                let lines: Vec<String> = frames.iter().map(ToString::to_string).collect();
                self.lines(&lines, Duration::ZERO);
            }
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    /// Says what LAVA's `lava-test-raise` says: the program itself failed, and the job ends as incomplete.
    pub fn raise(&mut self) {
        self.lines(&["<LAVA_SIGNAL_TESTRAISE lava-bench>".into()], self.delay);
    }

    /// What went wrong, if something did.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }
}

/// Sends a run's signals while it goes on.
#[derive(Debug)]
pub struct Emitter {
    console: Console,
    wanted: Wanted,
    id: RecordId,
    schema: Schema,
    sequence: Option<Sequence>,
}

impl Emitter {
    /// An emitter for the record `id` of the version `schema`.
    pub fn new(console: Console, wanted: Wanted, id: RecordId, schema: Schema) -> Self {
        Self { console, wanted, id, schema, sequence: None }
    }

    /// A benchmark begins.
    pub fn begin(&mut self, benchmark: &Benchmark) {
        let Some(budget) = self.wanted.signals else { return };
        let mut sequence = Sequence::new(benchmark, self.schema, budget);
        self.console.signals(self.id, &sequence.opening(benchmark));
        self.sequence = Some(sequence);
    }

    /// An iteration of a case is done.
    pub fn samples(&mut self, benchmark: &Benchmark, case: &Case) {
        if let Some(sequence) = &mut self.sequence {
            self.console.signals(self.id, &sequence.samples(benchmark, case));
        }
    }

    /// A case is done.
    pub fn case(&mut self, benchmark: &Benchmark, case: &Case) {
        if let Some(sequence) = &mut self.sequence {
            self.console.signals(self.id, &sequence.case(benchmark, case));
        }
    }

    /// A benchmark is done.
    pub fn end(&mut self) {
        if let Some(mut sequence) = self.sequence.take() {
            self.console.signals(self.id, &sequence.closing());
        }
    }

    /// The run is done.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(mut self, record: &Record) -> Result<(), io::Error> {
        if let Some(redundancy) = self.wanted.frames {
            self.console.frames(record, redundancy);
        }
        self.console.error.map_or(Ok(()), Err)
    }
}

/// Sends a whole record.
///
/// # Errors
/// The first line that could not be written.
pub fn emit(console: Console, wanted: Wanted, record: &Record) -> Result<(), io::Error> {
    let mut emitter = Emitter::new(console, wanted, record.id, record.schema);
    for benchmark in &record.benchmarks {
        emitter.begin(benchmark);
        for case in &benchmark.cases {
            emitter.case(benchmark, case);
        }
        emitter.end();
    }
    emitter.finish(record)
}
