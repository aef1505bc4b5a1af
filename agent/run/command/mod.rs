//! One command: [`Step`] -> [`Finished`]. Its whole process group is ended with it, its pipes are drained, and what is kept
//! of its output is bounded.

mod background;
mod output;
mod stop;

pub(super) use background::Background;
pub use output::Captured;
pub use stop::Stop;

use crate::{
    parse::printable,
    record::{Exit, Usage},
};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        resource::{Resource, getrlimit, rlim_t, setrlimit},
        signal::{SigSet, Signal, killpg},
    },
    unistd::Pid,
};
use output::{Pipe, Readable, written_file};
use std::{
    collections::BTreeMap,
    fs,
    os::fd::AsFd,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How long a process group has between SIGTERM and SIGKILL.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// How long pipes are read after the command ended: something that left its group may hold them.
const DRAIN: Duration = Duration::from_secs(1);

/// What to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables beside the agent's own.
    pub environment: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Its working directory; `None`: the agent's.
    pub folder: Option<PathBuf>,
    /// Where its standard output is kept; `None`: in memory only.
    pub stdout: Option<PathBuf>,
    /// Where its standard error is kept; `None`: in memory only.
    pub stderr: Option<PathBuf>,
    /// Files that it writes in its working directory, and where each is kept; there is none of them before.
    pub files: Vec<(String, Option<PathBuf>)>,
    /// Process groups that run beside it and are not ended with it.
    pub spared: Vec<i32>,
    /// How many files it may have open at least.
    pub open_files: Option<u32>,
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

/// Runs `step` to its end, or to its timeout, or until `stop` is asked.
pub fn execute(step: &Step, stop: &mut Stop) -> Finished {
    let Some((program, arguments)) = step.words.split_first() else {
        return Finished::not_started("an empty command".into());
    };
    for (name, _) in &step.files {
        // What an earlier iteration left is not this one's.
        let _ = step.folder.as_ref().map(|folder| fs::remove_file(folder.join(name)));
    }
    let mut command = command(program, arguments, &step.environment, step.folder.as_deref());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(wanted) = step.open_files {
        allow_open_files(&mut command, wanted);
    }
    let started = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Finished::not_started(format!("`{program}`: {error}")),
    };
    let mut supervised = Supervised {
        pid: Pid::from_raw(child.id() as i32),
        stdout: Pipe::new(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Readable>), step.stdout.as_ref()),
        stderr: Pipe::new(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Readable>), step.stderr.as_ref()),
        phase: Phase::Running,
        ended: None,
    };
    supervised.supervise(started, step.timeout, stop, &step.spared);
    end_strays(&step.spared);
    let (exit, usage, elapsed) = supervised.ended.unwrap_or((Exit::Interrupted, None, started.elapsed()));
    let exit = match (supervised.phase, exit) {
        (Phase::Running, exit) => exit,
        (Phase::Ending { why, .. } | Phase::Killed { why }, _) => why,
    };
    let files = step.files.iter().filter_map(|(name, keep)| {
        let written = step.folder.as_ref()?.join(name);
        Some((name.clone(), written_file(&written, keep.as_ref())?))
    });
    Finished {
        exit,
        files: files.collect(),
        stdout: supervised.stdout.captured,
        stderr: supervised.stderr.captured,
        elapsed,
        usage,
    }
}

/// A command in a process group of its own, with no input and no signal blocked.
pub(super) fn command(
    program: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    folder: Option<&Path>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).envs(environment).process_group(0).stdin(Stdio::null());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    // SAFETY: between fork and exec only sigprocmask(2) is called, which is async-signal-safe.
    unsafe { command.pre_exec(|| Ok(SigSet::empty().thread_set_mask()?)) };
    // Orphans of the command become ours, so that they can be ended too.
    let _ = nix::sys::prctl::set_child_subreaper(true);
    command
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
    Killed { why: Exit },
}

struct Supervised {
    pid: Pid,
    stdout: Pipe,
    stderr: Pipe,
    phase: Phase,
    ended: Option<(Exit, Option<Usage>, Duration)>,
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
                (Phase::Killed { .. }, None) => None,
            };
            self.wait(next, stop);
            let a_child_ended = stop.read();
            self.reap(started);
            if a_child_ended {
                bury(self.pid, spared);
            }
            if self.ended.is_some() && drained_by.is_none() {
                let _ = killpg(self.pid, Signal::SIGKILL);
                drained_by = Some(Instant::now() + DRAIN);
            }
            self.stdout.read();
            self.stderr.read();
            let over = drained_by.is_some_and(|by| Instant::now() >= by);
            if self.ended.is_some() && (over || (self.stdout.is_closed() && self.stderr.is_closed())) {
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
                let why = match (stop.asked(), timed_out) {
                    (true, _) => Exit::Interrupted,
                    (false, true) => Exit::TimeoutMs(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
                    (false, false) => return,
                };
                let _ = killpg(self.pid, Signal::SIGTERM);
                self.phase = Phase::Ending { why, kill_at };
            }
            Phase::Ending { why, kill_at } if now >= *kill_at || stop.insisted() => {
                let why = why.clone();
                let _ = killpg(self.pid, Signal::SIGKILL);
                self.phase = Phase::Killed { why };
            }
            Phase::Ending { .. } | Phase::Killed { .. } => {}
        }
    }

    /// Notes the command's end, if it has ended.
    fn reap(&mut self, started: Instant) {
        if self.ended.is_none()
            && let Some((status, usage)) = wait4(self.pid)
        {
            self.ended = Some((exit_of(status), Some(usage), started.elapsed()));
        }
    }
}

pub(super) fn exit_of(status: i32) -> Exit {
    if libc::WIFSIGNALED(status) {
        let number = libc::WTERMSIG(status);
        let name =
            Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().into());
        Exit::Signal(name)
    } else {
        Exit::Code(libc::WEXITSTATUS(status))
    }
}

/// wait4(2) without waiting: nix has no call that tells what one child used.
pub(super) fn wait4(pid: Pid) -> Option<(i32, Usage)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live locals of the right types; a zeroed rusage is valid, and wait4 fills it in.
    let (found, usage) = unsafe {
        let found = libc::wait4(pid.as_raw(), &mut status, libc::WNOHANG, usage.as_mut_ptr());
        (found, usage.assume_init())
    };
    if found != pid.as_raw() {
        return None;
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let count = |number: libc::c_long| u64::try_from(number).unwrap_or(0);
    Some((
        status,
        Usage {
            user_seconds: seconds(usage.ru_utime),
            system_seconds: seconds(usage.ru_stime),
            max_rss_bytes: count(usage.ru_maxrss) * 1024,
            major_faults: count(usage.ru_majflt),
            minor_faults: count(usage.ru_minflt),
            voluntary_switches: count(usage.ru_nvcsw),
            involuntary_switches: count(usage.ru_nivcsw),
        },
    ))
}

/// Takes leave of orphans of the command that have ended: we are their parent, and some tools wait until a daemon that they
/// stopped is no process any more. How the command itself and what runs beside it ended is asked for elsewhere.
fn bury(command: Pid, spared: &[i32]) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
    let dead = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    while let Some(pid) = waitid(Id::All, dead).ok().and_then(|status| status.pid()) {
        if pid == command || spared.contains(&pid.as_raw()) || waitpid(pid, Some(WaitPidFlag::WNOHANG)).is_err() {
            break;
        }
    }
}

/// Ends what left the command's process group: as the subreaper, we are its parent now.
fn end_strays(spared: &[i32]) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
    let any = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    // Mostly there is no child at all, and /proc need not be read.
    if waitid(Id::All, any) == Err(Errno::ECHILD) {
        return;
    }
    for _ in 0..100 {
        let strays = children(spared);
        if strays.is_empty() {
            return;
        }
        for pid in strays.into_iter().map(Pid::from_raw) {
            let _ = nix::sys::signal::kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Our children but those of the spared process groups, dead ones too.
fn children(spared: &[i32]) -> Vec<i32> {
    let me = std::process::id() as i32;
    let processes = procfs::process::all_processes().into_iter().flatten().flatten();
    let stats = processes.filter_map(|process| process.stat().ok());
    stats.filter(|stat| stat.ppid == me && !spared.contains(&stat.pgrp)).map(|stat| stat.pid).collect()
}
