//! How much a server may send, and how slowly.

use std::time::{Duration, Instant};

/// The bounds of one client.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of a JSON document, which is held in memory.
    pub document: u64,
    /// Bytes of any other file.
    pub file: u64,
    /// Bytes of all answers together.
    pub total: u64,
    /// Pages of one list.
    pub pages: usize,
    /// Over how long a time `slowest` is looked at.
    pub window: Duration,
    /// How many bytes must come in that time.
    pub slowest: u64,
    /// How long may be waited in vain, for all requests of a client together.
    pub patience: Duration,
    /// The first pause before something is asked again.
    pub pause: Duration,
}

/// A log of 1 GiB, a million test cases, and a line of 1000 bit/s.
impl Default for Bounds {
    fn default() -> Self {
        Self {
            document: crate::lab::source::MAX_DOCUMENT,
            file: 1 << 30,
            total: 2 << 30,
            pages: 1000,
            window: Duration::from_secs(60),
            slowest: 6000,
            patience: Duration::from_secs(120),
            pause: Duration::from_secs(1),
        }
    }
}

/// An answer that comes too slowly.
#[derive(Debug, thiserror::Error)]
#[error("too slow: {bytes} bytes in {seconds:.0} s")]
pub(super) struct TooSlow {
    bytes: u64,
    seconds: f64,
}

/// How fast an answer comes.
pub(super) struct Speed {
    begun: Instant,
    bytes: u64,
}

impl Speed {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), bytes: 0 }
    }

    /// Counts bytes that came; why they come too slowly, if they do.
    pub(super) fn add(&mut self, bytes: u64, bounds: &Bounds) -> Result<(), TooSlow> {
        self.bytes += bytes;
        let time = self.begun.elapsed();
        if time < bounds.window {
            return Ok(());
        }
        if self.bytes < bounds.slowest {
            return Err(TooSlow { bytes: self.bytes, seconds: time.as_secs_f64() });
        }
        *self = Self::new();
        Ok(())
    }
}
