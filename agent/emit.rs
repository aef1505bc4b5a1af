//! Emission: signals and frames -> the console or /dev/kmsg. The only module that writes to them.
//!
//! One write per line, no process started. `KMSG` and `CHARACTER_DELAY` are treated as LAVA's own helpers treat them
//! (`signal` in lava-common-functions): with `KMSG` set, `<0>` and the line go to /dev/kmsg; `CHARACTER_DELAY` is the pause
//! in seconds before each signal.

use crate::{
    record::{Benchmark, Case, Record, RecordId},
    signal::{Redundancy, Sequence, Signal, frames},
};
use std::{
    env,
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Signals: `None` for none, else how many sample signals a benchmark may send.
    pub signals: Option<usize>,
    /// The frames: `None` for none, else how many more than are needed.
    pub frames: Option<Redundancy>,
}

/// Where lines go.
#[derive(Debug)]
enum Sink {
    Stdout,
    /// Opened for each line: the kernel limits the rate per open file, and drops lines without an error.
    Kmsg(PathBuf),
}

/// A console that signals are sent to. After the first error nothing more is written, and the error is kept.
#[derive(Debug)]
pub struct Console {
    sink: Sink,
    delay: Duration,
    /// On a terminal, what has been written since the last pause.
    burst: Option<usize>,
    error: Option<io::Error>,
}

/// LAVA from 2022.11 to 2023.08 overlooks signals on a serial line where more than 4000 characters are waiting for it: so
/// much is written at a time, then LAVA is given time to read. 10 ms for 1000 characters is as fast as a line of 1 Mbit/s.
const BURST: usize = 1000;
const PAUSE: Duration = Duration::from_millis(10);

impl Console {
    /// The console that LAVA's variables ask for.
    pub fn from_environment() -> Self {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let seconds = set("CHARACTER_DELAY").and_then(|value| value.parse::<f64>().ok());
        let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default();
        let sink = if set("KMSG").is_some() { Sink::Kmsg("/dev/kmsg".into()) } else { Sink::Stdout };
        let burst = (matches!(sink, Sink::Kmsg(_)) || io::stdout().is_terminal()).then_some(0);
        Self { sink, delay, burst, error: None }
    }

    /// Writes one line.
    pub fn line(&mut self, line: &str) {
        if self.error.is_none() {
            self.error = self.write(line).err();
            self.pace(line.len());
        }
    }

    fn pace(&mut self, written: usize) {
        if let Some(burst) = &mut self.burst {
            *burst += written;
            if *burst >= BURST {
                thread::sleep(PAUSE);
                *burst = 0;
            }
        }
    }

    fn write(&self, line: &str) -> io::Result<()> {
        match &self.sink {
            Sink::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(format!("{line}\n").as_bytes())?;
                stdout.flush()
            }
            Sink::Kmsg(path) => {
                let mut kmsg = OpenOptions::new().write(true).open(path)?;
                kmsg.write_all(format!("<0>{line}\n").as_bytes())
            }
        }
    }

    /// Writes signals of the record `id`.
    pub fn signals(&mut self, id: RecordId, signals: &[Signal]) {
        for signal in signals {
            if !self.delay.is_zero() && self.error.is_none() {
                thread::sleep(self.delay);
            }
            self.line(&signal.to_line(id));
        }
    }

    /// Writes the frames of `record`.
    pub fn frames(&mut self, record: &Record, redundancy: Redundancy) {
        match frames(record.id, &record.to_json(), redundancy) {
            Ok(frames) => frames.iter().for_each(|frame| self.line(&frame.to_string())),
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
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
    sequence: Option<Sequence>,
}

impl Emitter {
    /// An emitter for the record `id`.
    pub fn new(console: Console, wanted: Wanted, id: RecordId) -> Self {
        Self { console, wanted, id, sequence: None }
    }

    /// A benchmark begins.
    pub fn begin(&mut self, benchmark: &Benchmark) {
        let Some(budget) = self.wanted.signals else { return };
        let mut sequence = Sequence::new(&benchmark.name, benchmark.run, budget);
        self.console.signals(self.id, &sequence.opening(benchmark));
        self.sequence = Some(sequence);
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
    let mut emitter = Emitter::new(console, wanted, record.id);
    for benchmark in &record.benchmarks {
        emitter.begin(benchmark);
        for case in &benchmark.cases {
            emitter.case(benchmark, case);
        }
        emitter.end();
    }
    emitter.finish(record)
}
