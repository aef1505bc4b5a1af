//! Being told to stop: signals to the agent -> a value that a loop can wait for.

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
}

impl Stop {
    /// Takes the signals over. Must be called before any thread is started.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new() -> nix::Result<Self> {
        let mut mask = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD] {
            mask.add(signal);
        }
        // A child would inherit the mask: it is emptied again before a command is executed.
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self { signals, asked: 0 })
    }

    /// Reads what came; whether a child may have ended.
    pub fn read(&mut self) -> bool {
        let mut child = false;
        while let Ok(Some(info)) = self.signals.read_signal() {
            match i32::try_from(info.ssi_signo).map(Signal::try_from) {
                Ok(Ok(Signal::SIGCHLD)) => child = true,
                _ => self.asked += 1,
            }
        }
        child
    }

    /// Whether the run shall end.
    pub fn asked(&self) -> bool {
        self.asked > 0
    }

    /// Whether it was asked for more than once: do not wait for anything.
    pub fn insisted(&self) -> bool {
        self.asked > 1
    }

    /// What to poll.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
