//! Captures: bytes of any log -> lines of the board's console.
//!
//! In: what the agent wrote, a raw serial capture, a LAVA job log, with whatever loggers put before each line; recognised
//! line by line, so that files may be mixed and concatenated. Out: text lines without carriage returns, NULs and escape
//! sequences, and, where a kernel message cut into a line or a terminal broke it, the line put together again. Only lines that may hold a signal
//! or a frame come out. Nothing here judges: what is put together is proved by its checksum later. The memory that it takes
//! does not grow with the source.

mod clean;
mod lava;
mod prefix;
mod rejoin;
mod unfold;
mod unpack;

pub(crate) use unpack::unpack;

use crate::signal::{FRAME_MARK, SIGNAL_MARK};
use clean::clean;
use memchr::{memchr, memchr_iter, memchr2, memmem};
use rejoin::Rejoiner;
use std::io::{self, BufRead, Read};
use unfold::Unfolder;

/// The longest line that is kept in memory; a longer one is read in pieces.
const MAX_LINE: usize = 1 << 20;

/// How much of a piece comes again in the next one: more than a signal or a frame has.
const OVERLAP: usize = 2048;

/// How a text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is a line of the source.
    Line,
    /// It was put together from several lines. What it holds may have been found before.
    Joined,
}

/// Calls `scan` with every text that `source` may hold a signal or a frame in: each such line, and each line that was put
/// together again. A text may come twice. `scan` says whether it found something: then no more is waited for.
///
/// # Errors
/// What reading the source says.
pub fn read(mut source: impl BufRead, mut scan: impl FnMut(&str, Found) -> bool) -> io::Result<()> {
    let mut reader = Reader::default();
    let mut bytes = Vec::new();
    loop {
        let kept = bytes.len();
        let more = (MAX_LINE - kept) as u64;
        if source.by_ref().take(more).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        reader.bytes(&bytes, &mut scan);
        // What stands across two pieces of a line is whole in one of them.
        let whole = bytes.ends_with(b"\n") || bytes.len() < MAX_LINE;
        bytes.drain(..if whole { bytes.len() } else { bytes.len() - OVERLAP });
    }
}

/// What is waited for, with the loggers' prefixes as part of the lines and without them.
#[derive(Default)]
struct Reader {
    plain: Rejoiner,
    stripped: Rejoiner,
    broken: Unfolder,
}

impl Reader {
    fn bytes(&mut self, bytes: &[u8], scan: &mut impl FnMut(&str, Found) -> bool) {
        if self.plain.is_idle() && self.stripped.is_idle() && self.broken.is_idle() && is_foreign(bytes) {
            return;
        }
        let line = clean(bytes);
        match lava::unwrap(&line) {
            lava::Unwrapped::NotLava => self.line(&line, scan),
            lava::Unwrapped::Console(text) => {
                text.split('\n').for_each(|line| self.line(&clean(line.as_bytes()), scan));
            }
            lava::Unwrapped::Other => {}
        }
    }

    fn line(&mut self, line: &str, scan: &mut impl FnMut(&str, Found) -> bool) {
        let marked = memmem::find(line.as_bytes(), FRAME_MARK.as_bytes()).is_some() || line.contains(SIGNAL_MARK);
        let whole = marked && scan(line, Found::Line);
        let mut joined = |text: &str| scan(text, Found::Joined);
        self.broken.line(line, whole, &mut joined);
        self.plain.line(line, &mut joined);
        match prefix::strip(line) {
            Some(rest) => self.stripped.line(rest, &mut joined),
            None if self.stripped.is_idle() => {}
            None => self.stripped.line(line, &mut joined),
        }
    }
}

/// Whether these bytes of a log are surely neither a part of a signal nor of a frame: most of a long log are not, and need
/// not be understood. What might be hidden behind escapes, or is cut within its mark, is not sure.
fn is_foreign(bytes: &[u8]) -> bool {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // `\r` and `\u` of JSON and YAML, and what a terminal would not show.
    let hidden = memchr2(0, 0x1b, line).is_some()
        || memchr(b'\r', line).is_some()
        || memchr_iter(b'\\', line).any(|at| matches!(line.get(at + 1), Some(b'u' | b'x' | b'e' | b'0')));
    if hidden || memmem::find(line, b"LAVA_SIGNAL").is_some() || memmem::find(line, FRAME_MARK.as_bytes()).is_some() {
        return false;
    }
    let cut = |at: usize| {
        // A log level may stand between.
        let head = &line[..at];
        let head = if head.ends_with(b">") { &head[..at.saturating_sub(3)] } else { head };
        rejoin::ends_in_mark(head)
    };
    !rejoin::ends_in_mark(line) && !memchr_iter(b'[', line).any(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(source: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        read(source, |text, _| {
            texts.push(text.into());
            false
        })
        .unwrap();
        texts
    }

    #[test]
    fn reads_serial_and_lava_lines_alike() {
        let source = b"LBF1. one\r\n\
            {\"dt\": \"2026-11-23T18:22:49.458883\", \"lvl\": \"target\", \"msg\": \"LBF1. \\\"quoted\\\"\"}\n\
            - {\"dt\": \"2026-11-23T18:22:49.458883+00:00\", \"lvl\": \"target\", \"msg\": \"LBF1. three\\r\"}\n\
            - {dt: 2026-11-23T18:22:49, lvl: target, msg: 'LBF1. fo''ur'}\n\
            - {\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"debug\", \"msg\": \"Received signal: <TESTCASE> LBF1.\"}\n\
            - {\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"target\", \"msg\": \"\\u001b[0mLB\\u0000F1. five\"}\n\
            \x1b[6n\x00L\x1b[1;31mBF1. six\x1b[0m\n\xffLBF1.\nnothing of ours\n";
        let expected =
            ["LBF1. one", "LBF1. \"quoted\"", "LBF1. three", "LBF1. fo'ur", "LBF1. five", "LBF1. six", "\u{fffd}LBF1."];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn joins_lines_behind_the_prefixes_of_loggers() {
        let serial = "[2026-11-24 02:03:34] LBF1.one[    7.207337] a\r\n[2026-11-24 02:03:34] two\r\n";
        assert!(texts(serial.as_bytes()).contains(&"LBF1.onetwo".into()));
        let lava = "{\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"target\", \"msg\": \"LB[    7.207337] a\"}\n\
            {\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"debug\", \"msg\": \"of the dispatcher\"}\n\
            {\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"target\", \"msg\": \"F1.two\"}\n";
        assert!(texts(lava.as_bytes()).contains(&"LBF1.two".into()));
    }

    #[test]
    fn finds_what_stands_across_the_pieces_of_a_long_line() {
        for at in MAX_LINE - 12..MAX_LINE + 12 {
            let mut source = vec![b'x'; 2 * MAX_LINE];
            source.splice(at..at, *b"LBF1.whole");
            assert!(texts(&source).iter().any(|text| text.contains("LBF1.whole")), "{at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_lines(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            texts(&bytes);
        }
    }
}
