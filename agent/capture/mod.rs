//! Captures: bytes of any log -> lines of the board's console.
//!
//! In: what the agent wrote, a raw serial capture, a LAVA job log; recognised line by line, so that files may be mixed and
//! concatenated. Out: text lines without carriage returns, NULs and escape sequences, and, where a kernel message cut into
//! a line, the line put together again. Nothing here judges: what is put together is proved by its checksum later.

mod clean;
mod lava;
mod weave;

use clean::clean;
use std::io::{self, BufRead, Read};
use weave::Weaver;

/// The longest line that is kept in memory; a longer one is read in pieces.
const MAX_LINE: u64 = 1 << 20;

/// Calls `scan` with every text that `source` may hold a signal or a frame in: each line, and each line that was put
/// together again. A text may come twice.
///
/// # Errors
/// What reading the source says.
pub fn read(mut source: impl BufRead, mut scan: impl FnMut(&str)) -> io::Result<()> {
    let mut weaver = Weaver::default();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if source.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let line = clean(&bytes);
        match lava::unwrap(&line) {
            lava::Unwrapped::NotLava => weaver.line(&line, &mut scan),
            lava::Unwrapped::Console(text) => text.lines().for_each(|line| weaver.line(&clean(line.as_bytes()), &mut scan)),
            lava::Unwrapped::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(source: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        read(source, |text| texts.push(text.into())).unwrap();
        texts
    }

    #[test]
    fn reads_serial_and_lava_lines_alike() {
        let source = b"# one\r\n\
            {\"dt\": \"2026-11-23T18:22:49.458883\", \"lvl\": \"target\", \"msg\": \"two \\\"quoted\\\"\"}\n\
            - {\"dt\": \"2026-11-23T18:22:49.458883+00:00\", \"lvl\": \"target\", \"msg\": \"three\\r\"}\n\
            - {dt: 2026-11-23T18:22:49, lvl: target, msg: 'fo''ur'}\n\
            - {\"dt\": \"2026-11-23T18:22:49\", \"lvl\": \"debug\", \"msg\": \"Received signal: <TESTCASE>\"}\n\
            \x1b[6n\x00fi\x1b[1;31mve\x1b[0m\n\xff\n";
        assert_eq!(texts(source), ["# one", "two \"quoted\"", "three", "fo'ur", "five", "\u{fffd}"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_lines(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            texts(&bytes);
        }
    }
}
