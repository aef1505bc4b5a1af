//! Signals that ask this program to end, seen while they wait. They are never taken: whoever has blocked them does that, and
//! where nobody has, they end the program as always.

use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SigSet, Signal},
        signalfd::{SfdFlags, SignalFd},
    },
};
use std::{
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

/// What ends a program that does not heed them.
pub(super) const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Whether one of them waits, and since when.
#[derive(Debug)]
pub(super) struct Asked {
    /// `None` where no descriptor was left: then nothing is seen.
    waiting: Option<SignalFd>,
    since: Option<Instant>,
}

impl Asked {
    pub(super) fn new() -> Self {
        let mask: SigSet = ENDING.into_iter().collect();
        Self { waiting: SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).ok(), since: None }
    }

    /// When the signal that waits was first seen.
    pub(super) fn since(&mut self) -> Option<Instant> {
        let mut polled: Vec<PollFd> =
            self.waiting.iter().map(|waiting| PollFd::new(waiting.as_fd(), PollFlags::POLLIN)).collect();
        let waits = poll(&mut polled, PollTimeout::ZERO).is_ok_and(|count| count > 0);
        self.since = waits.then(|| self.since.unwrap_or_else(Instant::now));
        self.since
    }

    /// Waits until `ready` can be read, a signal comes that was not seen yet, or `time` is over; whether `ready` can be read.
    pub(super) fn wait(&self, ready: Option<BorrowedFd<'_>>, time: Duration) -> bool {
        let signals = self.waiting.as_ref().filter(|_| self.since.is_none()).map(AsFd::as_fd);
        let polled = ready.into_iter().chain(signals);
        let mut polled: Vec<PollFd> = polled.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        // A millisecond more than too little, so that the time is over afterwards.
        let time = time.as_millis().saturating_add(u128::from(!time.is_zero()));
        let _ = poll(&mut polled, PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
        ready.is_some() && polled.first().is_some_and(|fd| fd.any().unwrap_or(false))
    }
}
