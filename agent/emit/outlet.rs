//! A descriptor that others read: bytes -> written, or not, in bounded time.
//!
//! A console may take no bytes: after an XOFF, behind a pager, over an ssh that stalls. Standard output is shared with other
//! processes, so O_NONBLOCK does not help, and poll(2) does not say how much a terminal takes. A thread writes, and its
//! owner waits for it as long as its [`Patience`] lasts. The thread finishes what it began when the console goes on.

use super::asked::Asked;
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::{SigSet, SigmaskHow},
};
use std::{
    fs::File,
    io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

/// How long is waited for somebody who takes no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// While a run measures: what is not taken in time is held back, so that the measuring goes on.
    Measuring,
    /// Where there is nothing else to do: until a signal comes.
    Sending,
    /// After a signal has ended a run.
    Interrupted,
}

impl Patience {
    /// The longest wait without a signal. A full buffer of 4096 characters takes 17 s at 2400 bit/s.
    fn stall(self) -> Option<Duration> {
        match self {
            Self::Measuring => Some(Duration::from_secs(20)),
            Self::Sending => None,
            Self::Interrupted => Some(Duration::from_secs(2)),
        }
    }

    /// The longest wait after a signal: a console that works takes what is at hand.
    fn grace(self) -> Duration {
        match self {
            Self::Measuring => Duration::from_secs(2),
            Self::Sending | Self::Interrupted => Duration::from_millis(100),
        }
    }
}

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The system says so.
    #[error(transparent)]
    Failed(#[from] io::Error),
    /// Nobody took it.
    #[error("the console takes nothing")]
    Stalled,
    /// A signal came.
    #[error("a signal ended the sending")]
    Stopped,
}

/// What the thread writes in one piece.
struct Piece {
    bytes: Vec<u8>,
    /// Whether the terminal's buffer is emptied afterwards.
    drain: bool,
}

/// A descriptor and the thread that writes to it.
#[derive(Debug)]
pub struct Outlet {
    pieces: Sender<Piece>,
    results: Receiver<io::Result<()>>,
    /// A byte for each result.
    ready: PipeReader,
    /// Whether the thread has a piece.
    busy: bool,
    /// Whether that was not taken in time.
    stalled: bool,
    asked: Asked,
}

impl Outlet {
    /// An outlet to what `to` is.
    ///
    /// # Errors
    /// That no thread or no descriptor is left.
    pub fn new(to: BorrowedFd<'_>) -> io::Result<Self> {
        let file = File::from(to.try_clone_to_owned()?);
        let (pieces, taken) = channel();
        let (given, results) = channel();
        let (ready, told) = io::pipe()?;
        // No signal is for that thread.
        let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        let started = thread::Builder::new().name("console".into()).spawn(move || serve(&file, &taken, &given, told));
        before.thread_set_mask()?;
        started?;
        Ok(Self { pieces, results, ready, busy: false, stalled: false, asked: Asked::new() })
    }

    /// Writes `bytes` in one piece, after those before; where `drain` is set, waits until a terminal has sent them.
    ///
    /// # Errors
    /// [`Unsent`]; what was begun may still get out later.
    pub fn write(&mut self, bytes: Vec<u8>, drain: bool, patience: Patience) -> Result<(), Unsent> {
        self.settle(patience)?;
        let gone = |_| io::Error::from(ErrorKind::BrokenPipe);
        self.pieces.send(Piece { bytes, drain }).map_err(gone)?;
        self.busy = true;
        self.settle(patience)
    }

    /// Sleeps.
    ///
    /// # Errors
    /// That a signal came.
    pub(super) fn pause(&mut self, time: Duration, patience: Patience) -> Result<(), Unsent> {
        let end = Instant::now() + time;
        loop {
            self.go_on(patience)?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            let limit = self.asked.since().map_or(end, |since| end.min(since + patience.grace()));
            self.asked.wait(None, limit.saturating_duration_since(now));
        }
    }

    /// # Errors
    /// That a signal came, and no patience is left.
    pub(super) fn go_on(&mut self, patience: Patience) -> Result<(), Unsent> {
        let over = self.asked.since().is_some_and(|since| since.elapsed() >= patience.grace());
        if over { Err(Unsent::Stopped) } else { Ok(()) }
    }

    /// Waits until the thread has no piece.
    fn settle(&mut self, patience: Patience) -> Result<(), Unsent> {
        // Who took nothing for so long is not waited for again.
        let stall = patience.stall().map(|stall| if self.stalled { Duration::ZERO } else { stall });
        let until = stall.map(|stall| Instant::now() + stall);
        while self.busy {
            let asked = self.asked.since().map(|since| since + patience.grace());
            let limit = [until, asked].into_iter().flatten().min();
            let left = limit.map_or(Duration::MAX, |limit| limit.saturating_duration_since(Instant::now()));
            if self.asked.wait(Some(self.ready.as_fd()), left) {
                self.ready.read_exact(&mut [0])?;
                (self.busy, self.stalled) = (false, false);
                self.results.recv().map_err(io::Error::other)??;
            } else if limit.is_some_and(|limit| Instant::now() >= limit) {
                self.stalled = true;
                return Err(if limit == until { Unsent::Stalled } else { Unsent::Stopped });
            }
        }
        Ok(())
    }
}

/// The thread.
fn serve(file: &File, pieces: &Receiver<Piece>, results: &Sender<io::Result<()>>, mut told: PipeWriter) {
    for Piece { bytes, drain } in pieces {
        let written = write(file, &bytes);
        if drain {
            // Only a terminal has a buffer of its own.
            let _ = nix::sys::termios::tcdrain(file);
        }
        if results.send(written).is_err() || told.write_all(&[0]).is_err() {
            break;
        }
    }
}

/// Writes all, also where another process has made the descriptor non-blocking.
fn write(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                poll(&mut [PollFd::new(file.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_comes_first_when_the_reader_goes_on() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        writer.write_all(&[b'.'; 65_536]).unwrap();
        let mut outlet = Outlet::new(writer.as_fd()).unwrap();
        drop(writer);
        assert!(matches!(outlet.write(b"one\n".into(), false, Patience::Interrupted), Err(Unsent::Stalled)));
        // It is not waited for again.
        let begun = Instant::now();
        assert!(matches!(outlet.write(b"lost\n".into(), false, Patience::Measuring), Err(Unsent::Stalled)));
        assert!(begun.elapsed() < Duration::from_secs(10));
        reader.read_exact(&mut vec![0; 65_536]).unwrap();
        outlet.write(b"two\n".into(), false, Patience::Sending).unwrap();
        drop(outlet);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "one\ntwo\n");
    }

    #[test]
    fn a_closed_reader_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut outlet = Outlet::new(writer.as_fd()).unwrap();
        let error = outlet.write(b"one\n".into(), false, Patience::Sending).unwrap_err();
        assert!(matches!(error, Unsent::Failed(error) if error.kind() == ErrorKind::BrokenPipe));
    }
}
