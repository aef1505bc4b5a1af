//! Being asked to stop: signals to the agent -> a value that a loop can wait for.

use super::dispositions::is_ignored;
use nix::sys::{
    signal::{SigSet, Signal},
    signalfd::{SfdFlags, SignalFd},
};
use std::os::fd::{AsFd, BorrowedFd};

/// Signals that end a run, and SIGCHLD, which says that a child did. They are blocked and read from a descriptor, so that
/// waiting for a child costs no wake-up while it is measured.
pub struct Stop {
    signals: SignalFd,
    asked: u32,
    a_child_ended: bool,
}

impl Stop {
    /// Takes the signals over. Must be called before any thread is started.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new() -> nix::Result<Self> {
        let mut mask = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGCHLD] {
            mask.add(signal);
        }
        // Who started the program with nohup wants it to outlive the terminal.
        if !is_ignored(Signal::SIGHUP) {
            mask.add(Signal::SIGHUP);
        }
        // A child would inherit the mask: it is emptied again before a command is executed.
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self { signals, asked: 0, a_child_ended: false })
    }

    /// Reads what came since the last time.
    fn read(&mut self) {
        while let Ok(Some(info)) = self.signals.read_signal() {
            match i32::try_from(info.ssi_signo).map(Signal::try_from) {
                Ok(Ok(Signal::SIGCHLD)) => self.a_child_ended = true,
                _ => self.asked = self.asked.saturating_add(1),
            }
        }
    }

    /// Whether a child may have ended since this was asked before.
    pub(super) fn a_child_ended(&mut self) -> bool {
        self.read();
        std::mem::take(&mut self.a_child_ended)
    }

    /// How many times the run was asked to end, as far as is known without looking for new signals.
    pub(in crate::run) fn count(&self) -> u32 {
        self.asked
    }

    /// Whether the run must end: a signal that came until now counts, also where nobody waited for one.
    pub fn asked(&mut self) -> bool {
        self.read();
        self.asked > 0
    }

    /// Whether it was asked so more than once: nothing is waited for any more.
    pub fn insisted(&mut self) -> bool {
        self.read();
        self.asked > 1
    }

    /// What to poll.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
