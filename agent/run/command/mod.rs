//! One command: [`Step`] -> [`Finished`]. Its whole process group is ended with it, its pipes are drained, and what is kept
//! of its output is bounded.

mod background;
mod dispositions;
mod error;
mod output;
mod stop;
mod strays;
mod waited;

pub(super) use background::Background;
pub use dispositions::{settle, unblock};
pub use output::{ByteBudget, Captured, OUTPUT_LIMIT};
pub use stop::Stop;
pub(super) use strays::{end_strays, left};

use crate::{
    record::{Exit, Usage},
    system::find_program,
    text::printable,
};
use error::StartError;
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        resource::{Resource, getrlimit, rlim_t, setrlimit},
        signal::{Signal, killpg},
    },
    unistd::Pid,
};
use output::{Pipe, Readable, written_file};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::fd::AsFd,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use strays::{reap_orphans, signal_all};
use waited::{exit_of, wait4};

/// How long a process group has between SIGTERM and SIGKILL.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// How long a command has to be gone after SIGKILL before it is left: one that waits for a dead disk never goes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of all outputs of a command that are in memory.
const MEMORY: usize = 256 << 20;

/// How long pipes are read after the command ended: something that left its group may hold them.
const DRAIN: Duration = Duration::from_secs(1);

/// The input of every command.
const NOTHING: &str = "/dev/null";

/// What to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables in addition to the agent's own.
    pub environment: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Its working directory; `None`: the agent's.
    pub folder: Option<PathBuf>,
    /// Where its standard output is kept; `None`: in memory only.
    pub stdout: Option<PathBuf>,
    /// Where its standard error is kept; `None`: in memory only.
    pub stderr: Option<PathBuf>,
    /// Files that it writes in its working directory, and where each is kept. They are removed before it starts.
    pub files: Vec<(String, Option<PathBuf>)>,
    /// Process groups of background commands, which are not ended with it.
    pub spared: Vec<i32>,
    /// How many files it may have open at least.
    pub open_files: Option<u32>,
    /// The room on disk for its outputs.
    pub disk: ByteBudget,
}

/// How a command ended, and what it left.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// The files that it wrote, by name.
    pub files: BTreeMap<String, Captured>,
    /// How long it took, on the monotonic clock.
    pub elapsed: Duration,
    /// What it used.
    pub usage: Option<Usage>,
    /// What it left instead of files that can be read: a line for each.
    pub problems: Vec<String>,
    /// The numbers of processes that could not be ended.
    pub left: Vec<i32>,
}

impl Finished {
    /// A command that never ran.
    pub fn not_started(why: String) -> Self {
        Self {
            exit: Exit::NotStarted(why),
            stdout: Captured::default(),
            stderr: Captured::default(),
            files: BTreeMap::new(),
            elapsed: Duration::ZERO,
            usage: None,
            problems: Vec::new(),
            left: Vec::new(),
        }
    }

    /// All that it wrote: `stdout`, `stderr`, and its files.
    pub fn captured(&self) -> impl Iterator<Item = (&str, &Captured)> {
        let files = self.files.iter().map(|(name, captured)| (name.as_str(), captured));
        [("stdout", &self.stdout), ("stderr", &self.stderr)].into_iter().chain(files)
    }

    /// The last line of what it wrote to standard error, or else to standard output, fit to be shown.
    pub fn last_words(&self) -> Option<String> {
        let last = |captured: &Captured| {
            let lines = captured.bytes.split(|byte| *byte == b'\n');
            lines.rev().map(<[u8]>::trim_ascii).find(|line| !line.is_empty()).map(printable)
        };
        last(&self.stderr).or_else(|| last(&self.stdout))
    }
}

/// A command in a message: a word may be a whole script.
pub(super) fn shown(words: &[String]) -> String {
    printable(words.join(" ").as_bytes())
}

/// Runs `step` to its end, or to its timeout, or until a signal to stop comes. One that was known before does not count: what
/// is run in spite of it has to be run.
pub fn execute(step: &Step, stop: &mut Stop) -> Finished {
    let started = Instant::now();
    let mut child = match remove_files(step).and_then(|()| spawn(step)) {
        Ok(child) => child,
        Err(why) => return Finished::not_started(why.to_string()),
    };
    let memory = ByteBudget::of(MEMORY);
    let mut supervised = Supervised {
        leash: Leash { pid: Pid::from_raw(child.id() as i32), over: false },
        stdout: pipe(child.stdout.take(), step.stdout.as_ref(), step, &memory),
        stderr: pipe(child.stderr.take(), step.stderr.as_ref(), step, &memory),
        phase: Phase::Running,
        ended: None,
        stops: stop.count(),
    };
    supervised.supervise(started, step.timeout, stop, &step.spared);
    supervised.leash.over = true;
    let left = end_strays(&step.spared);
    let (exit, usage, elapsed) = supervised.ended.unwrap_or((Exit::Interrupted, None, started.elapsed()));
    let exit = match (supervised.phase, exit) {
        (Phase::Running, exit) => exit,
        (Phase::Ending { why, .. } | Phase::Killed { why, .. }, _) => why,
    };
    let (files, problems) = written_files(step, &memory);
    let (stdout, stderr) = (supervised.stdout.captured, supervised.stderr.captured);
    Finished { exit, stdout, stderr, files, elapsed, usage, problems, left }
}

/// Removes what an earlier command left where this one writes: it is not this one's.
fn remove_files(step: &Step) -> Result<(), StartError> {
    let Some(folder) = &step.folder else { return Ok(()) };
    for (name, _) in &step.files {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StartError::Stale(name.clone(), error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn spawn(step: &Step) -> Result<Child, StartError> {
    let Some((program, arguments)) = step.words.split_first() else { return Err(StartError::Empty) };
    let mut command = command(program, arguments, &step.environment, step.folder.as_deref())?;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(wanted) = step.open_files {
        allow_open_files(&mut command, wanted);
    }
    command.spawn().map_err(|error| not_started(program, step.folder.as_deref(), error))
}

fn pipe(pipe: Option<impl Readable + 'static>, path: Option<&PathBuf>, step: &Step, memory: &ByteBudget) -> Pipe {
    Pipe::new(pipe.map(|pipe| Box::new(pipe) as Box<dyn Readable>), path, &step.disk, memory)
}

/// The files that a command wrote, by name, and what is wrong with others.
fn written_files(step: &Step, memory: &ByteBudget) -> (BTreeMap<String, Captured>, Vec<String>) {
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, keep) in &step.files {
        let Some(written) = step.folder.as_ref().map(|folder| folder.join(name)) else { continue };
        match written_file(&written, keep.as_ref(), &step.disk, memory) {
            Ok(captured) => files.extend(captured.map(|captured| (name.clone(), captured))),
            Err(why) => problems.push(format!("file `{name}`: {why}")),
        }
    }
    (files, problems)
}

/// What is missing where a command cannot be started: the system says the same of a program and of what it needs.
fn not_started(program: &str, folder: Option<&Path>, error: io::Error) -> StartError {
    let missing = error.kind() == io::ErrorKind::NotFound;
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) if missing => StartError::Folder(folder.into(), error),
        _ if missing && find_program(program).is_some() => StartError::Interpreter(program.into(), error),
        _ => StartError::Program(program.into(), error),
    }
}

/// A command in a process group of its own, with no input, and no signal blocked or ignored. It dies with the agent.
///
/// # Errors
/// Its input, where that is not there.
fn command(
    program: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    folder: Option<&Path>,
) -> Result<Command, StartError> {
    // Opened here, so that it is named where it is missing.
    let nothing = File::open(NOTHING).map_err(|error| StartError::Program(NOTHING.into(), error))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(environment).process_group(0).stdin(nothing);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let prepare = || {
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        dispositions::reset()
    };
    // SAFETY: between fork and exec only prctl(2), sigaction(2) and sigprocmask(2) are called, which are async-signal-safe.
    unsafe { command.pre_exec(prepare) };
    // Orphans of the command become ours, so that they can be ended too.
    let _ = nix::sys::prctl::set_child_subreaper(true);
    Ok(command)
}

/// Raises the soft limit of open files to `wanted`, as far as the hard limit goes.
fn allow_open_files(command: &mut Command, wanted: u32) {
    let raise = move || {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        Ok(setrlimit(Resource::RLIMIT_NOFILE, rlim_t::from(wanted).min(hard).max(soft), hard)?)
    };
    // SAFETY: between fork and exec only getrlimit(2) and setrlimit(2) are called: system calls without state in the process.
    unsafe { command.pre_exec(raise) };
}

/// What was done to end a command.
#[derive(Clone, Debug)]
enum Phase {
    Running,
    Ending { why: Exit, kill_at: Instant },
    Killed { why: Exit, leave_at: Instant },
}

/// A command's process group, which is killed should nobody see to its end.
struct Leash {
    pid: Pid,
    over: bool,
}

impl Drop for Leash {
    fn drop(&mut self) {
        if !self.over {
            signal_all(self.pid, Signal::SIGKILL);
        }
    }
}

struct Supervised {
    leash: Leash,
    stdout: Pipe,
    stderr: Pipe,
    phase: Phase,
    ended: Option<(Exit, Option<Usage>, Duration)>,
    /// How many times the run had been asked to end before.
    stops: u32,
}

impl Supervised {
    fn supervise(&mut self, started: Instant, timeout: Duration, stop: &mut Stop, spared: &[i32]) {
        let deadline = started.checked_add(timeout);
        let mut drained_by = None;
        loop {
            let next = match (&self.phase, drained_by) {
                (_, Some(drained_by)) => Some(drained_by),
                (Phase::Running, None) => deadline,
                (Phase::Ending { kill_at, .. }, None) => Some(*kill_at),
                (Phase::Killed { leave_at, .. }, None) => Some(*leave_at),
            };
            self.wait(next, stop);
            let a_child_ended = stop.a_child_ended();
            self.reap(started);
            if a_child_ended {
                reap_orphans(self.leash.pid, spared);
            }
            if self.ended.is_some() && drained_by.is_none() {
                let _ = killpg(self.leash.pid, Signal::SIGKILL);
                drained_by = Some(Instant::now() + DRAIN);
            }
            self.stdout.read();
            self.stderr.read();
            let over = drained_by.is_some_and(|by| Instant::now() >= by);
            if self.ended.is_some() && (over || (self.stdout.is_closed() && self.stderr.is_closed())) {
                break;
            }
            if matches!(self.phase, Phase::Killed { leave_at, .. } if self.ended.is_none() && Instant::now() >= leave_at)
            {
                break;
            }
            self.escalate(deadline, timeout, stop);
        }
    }

    /// Sleeps until an output, a signal, or `next`.
    fn wait(&self, next: Option<Instant>, stop: &Stop) {
        let pipes = [&self.stdout.pipe, &self.stderr.pipe].into_iter().flatten();
        let mut fds: Vec<PollFd<'_>> = pipes.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
        fds.push(PollFd::new(stop.fd(), PollFlags::POLLIN));
        let timeout = next.map_or(PollTimeout::NONE, |next| {
            // A millisecond more than too little, so that the deadline has passed afterwards.
            let left = next.saturating_duration_since(Instant::now()).as_millis().saturating_add(1);
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        let _ = poll(&mut fds, timeout);
    }

    fn escalate(&mut self, deadline: Option<Instant>, timeout: Duration, stop: &Stop) {
        if self.ended.is_some() {
            return;
        }
        let now = Instant::now();
        let kill_at = now + GRACE;
        match &self.phase {
            Phase::Running => {
                let timed_out = deadline.is_some_and(|deadline| now >= deadline);
                let why = match (stop.count() > self.stops, timed_out) {
                    (true, _) => Exit::Interrupted,
                    (false, true) => Exit::TimeoutMs(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
                    (false, false) => return,
                };
                signal_all(self.leash.pid, Signal::SIGTERM);
                self.phase = Phase::Ending { why, kill_at };
            }
            Phase::Ending { why, kill_at } if now >= *kill_at || stop.count() > self.stops.saturating_add(1) => {
                let why = why.clone();
                signal_all(self.leash.pid, Signal::SIGKILL);
                self.phase = Phase::Killed { why, leave_at: now + PATIENCE };
            }
            Phase::Ending { .. } | Phase::Killed { .. } => {}
        }
    }

    /// Notes the command's end, if it has ended.
    fn reap(&mut self, started: Instant) {
        if self.ended.is_none()
            && let Some((status, usage)) = wait4(self.leash.pid)
        {
            self.leash.over = true;
            self.ended = Some((exit_of(status), Some(usage), started.elapsed()));
        }
    }
}
