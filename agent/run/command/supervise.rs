//! Supervising a command: it is waited for, its pipes are read, and it is ended when its time is over or the run must end.

use super::{
    Stop,
    output::{Captured, Pipe},
    strays::{reap_orphans, signal_all},
    waited::{exit_of, wait4},
};
use crate::record::{Exit, Usage};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    os::fd::AsFd,
    time::{Duration, Instant},
};

/// How long a process group has between SIGTERM and SIGKILL.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// How long a command has to be gone after SIGKILL before it is left: one that waits for a dead disk never goes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long pipes are read after the command ended: something that left its group may hold them.
const DRAIN: Duration = Duration::from_secs(1);

/// What was done to end a command.
#[derive(Clone, Debug)]
enum Phase {
    Running,
    Ending { why: Exit, kill_at: Instant },
    Killed { why: Exit, leave_at: Instant },
}

/// A command's process group, which is killed with the value unless it is over.
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

/// How a supervised command ended, and what it wrote to its pipes.
pub(super) struct Ended {
    pub(super) exit: Exit,
    pub(super) usage: Option<Usage>,
    pub(super) elapsed: Duration,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
}

/// A command that runs.
pub(super) struct Supervised {
    leash: Leash,
    started: Instant,
    stdout: Pipe,
    stderr: Pipe,
    phase: Phase,
    ended: Option<(Exit, Option<Usage>, Duration)>,
    /// How many times the run had been asked to end before.
    stops: u32,
}

impl Supervised {
    /// The command `pid`, which was `started` then; its process group is killed with the value.
    pub(super) fn new(pid: Pid, started: Instant, stdout: Pipe, stderr: Pipe, stop: &Stop) -> Self {
        let leash = Leash { pid, over: false };
        Self { leash, started, stdout, stderr, phase: Phase::Running, ended: None, stops: stop.count() }
    }

    /// Waits until it is over: by itself, after `timeout`, or because a signal to stop came.
    pub(super) fn supervise(mut self, timeout: Duration, stop: &mut Stop, spared: &[i32]) -> Ended {
        self.wait_for_end(timeout, stop, spared);
        self.leash.over = true;
        let (exit, usage, elapsed) = self.ended.unwrap_or((Exit::Interrupted, None, self.started.elapsed()));
        let exit = match self.phase {
            Phase::Running => exit,
            Phase::Ending { why, .. } | Phase::Killed { why, .. } => why,
        };
        Ended { exit, usage, elapsed, stdout: self.stdout.captured, stderr: self.stderr.captured }
    }

    fn wait_for_end(&mut self, timeout: Duration, stop: &mut Stop, spared: &[i32]) {
        let deadline = self.started.checked_add(timeout);
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
            self.reap();
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
    fn reap(&mut self) {
        if self.ended.is_none()
            && let Some((status, usage)) = wait4(self.leash.pid)
        {
            self.leash.over = true;
            self.ended = Some((exit_of(status), Some(usage), self.started.elapsed()));
        }
    }
}
