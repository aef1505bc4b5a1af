//! Emission: signals and frames -> the console or /dev/kmsg. What people read is printed by `cli::terminal`.
//!
//! One write per line, and no process started for it. `KMSG` and `CHARACTER_DELAY` are treated as LAVA's own helpers treat them
//! (`signal` in lava-common-functions): with `KMSG` set, `<0>` and the line go to /dev/kmsg; `CHARACTER_DELAY` is the pause
//! in seconds before each signal. While lines are written to the kernel's console, the kernel is quiet; lines that the
//! kernel's log dropped, and those of a span in which the serial line lost characters, are written again.
//!
//! A console that takes nothing does not hold up the program: see [`Patience`].

mod asked;
mod guard;
mod kmsg;
mod others;
mod outlet;
mod overrun;
mod quiet;

pub(crate) use guard::guardian;
pub use outlet::{Outlet, Patience, Unsent};

use crate::{
    record::{Benchmark, Case, Record, RecordId, Schema},
    signal::{Budget, Redundancy, Sequence, Signal, frames},
};
use quiet::Quiet;
use std::{
    env,
    fs::File,
    io::{self, IsTerminal},
    num::NonZeroU32,
    os::fd::AsFd,
    path::{Path, PathBuf},
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

impl Wanted {
    /// Whether nothing is sent.
    pub fn is_nothing(&self) -> bool {
        self.signals.is_none() && self.frames.is_none()
    }
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
    outlet: Option<Outlet>,
    patience: Patience,
    delay: Duration,
    manner: Manner,
    /// Whether kernel messages would come between the lines.
    with_kernel: bool,
    terminal: bool,
    /// What has been written since the last pause.
    burst: usize,
    /// How much slower than asked for: doubled when the serial line lost something.
    slowness: u32,
    /// How many lines were written.
    written: usize,
    /// How many lines a run did not wait for.
    held_back: usize,
    error: Option<Unsent>,
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
        let (outlet, error) = match Outlet::new(io::stdout().as_fd()) {
            Ok(outlet) => (Some(outlet), None),
            Err(error) => (None, Some(Unsent::Failed(error))),
        };
        Self {
            root: "/".into(),
            sink,
            outlet,
            patience: Patience::Sending,
            delay,
            manner,
            with_kernel,
            terminal: io::stdout().is_terminal(),
            burst: 0,
            slowness: 1,
            written: 0,
            held_back: 0,
            error,
        }
    }

    /// Writes lines, each in one piece, with `delay` before each.
    fn lines(&mut self, lines: &[String], delay: Duration) {
        let Some(mut outlet) = self.outlet.take() else { return };
        let wanted = self.with_kernel && !self.manner.loud_kernel && !lines.is_empty();
        let quiet = if wanted && self.error.is_none() { Quiet::begin(&self.root) } else { None };
        let before = self.written;
        for span in lines.chunks(SPAN) {
            if self.error.is_some() {
                break;
            }
            if let Err(unsent) = self.span_without_overrun(&mut outlet, span, delay) {
                self.give_up(unsent, lines.len().saturating_sub(self.written - before));
                break;
            }
        }
        drop(quiet);
        self.outlet = Some(outlet);
    }

    /// While a run measures, lines that are not taken are held back: the frames hold all that they say.
    fn give_up(&mut self, unsent: Unsent, lines: usize) {
        match (unsent, self.patience) {
            (Unsent::Stalled | Unsent::Stopped, Patience::Measuring) => self.held_back += lines,
            (unsent, _) => self.error = Some(unsent),
        }
    }

    /// Writes lines, and again where the serial line lost something meanwhile.
    fn span_without_overrun(&mut self, outlet: &mut Outlet, lines: &[String], delay: Duration) -> Result<(), Unsent> {
        let overruns = overrun::count(&self.root);
        self.span(outlet, lines, delay)?;
        if overrun::count(&self.root) > overruns {
            self.slowness = (self.slowness * 2).min(64);
            let written = self.written;
            self.span(outlet, lines, delay)?;
            self.written = written;
        }
        Ok(())
    }

    fn span(&mut self, outlet: &mut Outlet, lines: &[String], delay: Duration) -> Result<(), Unsent> {
        if let Sink::Kmsg = self.sink {
            return self.kmsg(outlet, lines, delay);
        }
        lines.iter().try_for_each(|line| {
            outlet.pause(delay, self.patience)?;
            self.stdout(outlet, line)
        })
    }

    /// Writes lines to the kernel's log, and again those that do not turn up there: it drops lines without an error. Where
    /// it takes none (`printk.devkmsg=off`), they go to standard output, and all others after them.
    fn kmsg(&mut self, outlet: &mut Outlet, lines: &[String], delay: Duration) -> Result<(), Unsent> {
        let path = self.root.join("dev/kmsg");
        let mut log = kmsg::Reader::at_end(&path);
        let mut missing: Vec<&String> = lines.iter().collect();
        for _ in 0..TRIES {
            let mut taken = true;
            for line in &missing {
                outlet.pause(delay, self.patience)?;
                let begun = Instant::now();
                taken = taken && kmsg::write(&path, line).is_ok();
                self.pace(outlet, line.len() + STAMP, begun)?;
            }
            if !taken {
                break;
            }
            // Who may not read the log cannot look.
            let arrived = log.as_mut().map(kmsg::Reader::entries);
            missing.retain(|line| arrived.as_ref().is_ok_and(|all| !all.iter().any(|entry| entry.text == **line)));
            if missing.is_empty() {
                self.written += lines.len();
                return Ok(());
            }
        }
        self.sink = Sink::Stdout;
        self.written += lines.len() - missing.len();
        missing.into_iter().try_for_each(|line| self.stdout(outlet, line))
    }

    fn stdout(&mut self, outlet: &mut Outlet, line: &str) -> Result<(), Unsent> {
        outlet.go_on(self.patience)?;
        let begun = Instant::now();
        // Some terminals cannot say when they have sent everything: there is no wait for these.
        let drain = self.terminal && self.manner.baud.is_some();
        outlet.write(format!("{line}\n").into_bytes(), drain, self.patience)?;
        self.written += 1;
        self.pace(outlet, line.len() + 2, begun)
    }

    /// Waits as long as the line takes, where its speed is known; else gives LAVA time to read.
    fn pace(&mut self, outlet: &mut Outlet, written: usize, begun: Instant) -> Result<(), Unsent> {
        if let Some(baud) = self.manner.baud {
            // A start bit, eight bits, a stop bit.
            let takes = Duration::from_secs_f64(written as f64 * 10.0 / f64::from(baud.get())) * self.slowness;
            return outlet.pause(takes.saturating_sub(begun.elapsed()), self.patience);
        }
        self.burst += written;
        if self.burst >= BURST && (self.terminal || matches!(self.sink, Sink::Kmsg)) {
            self.burst = 0;
            outlet.pause(PAUSE * self.slowness, self.patience)?;
        }
        Ok(())
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
            Err(error) => self.error = self.error.take().or(Some(Unsent::Failed(error))),
        }
    }

    /// Says what LAVA's `lava-test-raise` says: the program itself failed, and the job ends as incomplete.
    pub fn raise(&mut self) {
        self.patience = Patience::Measuring;
        self.lines(&["<LAVA_SIGNAL_TESTRAISE lava-bench>".into()], self.delay);
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
    /// An emitter for the record `id` of the version `schema`, for use while it is measured.
    pub fn new(console: Console, wanted: Wanted, id: RecordId, schema: Schema) -> Self {
        Self { console: Console { patience: Patience::Measuring, ..console }, wanted, id, schema, sequence: None }
    }

    /// How long is waited from now on.
    pub fn be(&mut self, patience: Patience) {
        self.console.patience = patience;
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

    /// The run is done. How many lines were held back meanwhile.
    ///
    /// # Errors
    /// Why not all else could be sent.
    pub fn finish(mut self, record: &Record) -> Result<usize, Unsent> {
        if let Some(redundancy) = self.wanted.frames {
            self.console.frames(record, redundancy);
        }
        self.console.error.map_or(Ok(self.console.held_back), Err)
    }
}

/// Sends a whole record.
///
/// # Errors
/// Why not all could be sent.
pub fn emit(console: Console, wanted: Wanted, record: &Record) -> Result<(), Unsent> {
    let mut emitter = Emitter::new(console, wanted, record.id, record.schema);
    emitter.be(Patience::Sending);
    for benchmark in &record.benchmarks {
        emitter.begin(benchmark);
        for case in &benchmark.cases {
            emitter.case(benchmark, case);
        }
        emitter.end();
    }
    emitter.finish(record).map(|_| ())
}
