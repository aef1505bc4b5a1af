//! A saved log, as `dmesg`, `journalctl -k` or a serial line wrote it -> messages, and the faults in them.

use super::{Faults, Message, Patterns, Search, message::number};
use memchr::memmem;

/// The facilities and the levels as `dmesg --decode` writes them; a facility that is not in it is a program's.
const KERNEL: &[u8] = b"kern";
const LEVELS: [&[u8]; 8] = [b"emerg", b"alert", b"crit", b"err", b"warn", b"notice", b"info", b"debug"];

/// How many brackets of a line are tried as the kernel's time.
const MAX_BRACKETS: usize = 16;

/// The faults in the text of a log.
///
/// Where some lines have the kernel's time, those without one are not the kernel's: other programs write to a console, too.
pub fn search(patterns: &Patterns, log: &[u8]) -> Faults {
    let lines = || log.split(|byte| *byte == b'\n').map(message);
    let timed = lines().any(|message| message.microseconds.is_some());
    let mut search = Search::new(patterns);
    lines().filter(|message| !timed || message.microseconds.is_some()).for_each(|message| search.take(&message));
    search.end()
}

/// The message that a line of a log is.
fn message(line: &[u8]) -> Message {
    let line = line.trim_ascii_end();
    if let Some(message) = Message::of_record(line).filter(|message| message.sequence.is_some()) {
        return message;
    }
    let mut message = Message::default();
    let mut rest = journal(line).unwrap_or(line);
    if let Some((priority, after)) = bracketed(rest, b'<', b'>') {
        if let Some(priority) = number(priority).and_then(|number| u32::try_from(number).ok()) {
            (message.facility, message.level) = (Some(priority >> 3), Some((priority & 7) as u8));
            rest = after;
        }
    } else if let Some((facility, level, after)) = decoded(rest) {
        (message.facility, message.level) = (Some(facility), Some(level));
        rest = after;
    }
    if let Some((microseconds, after)) =
        bracketed(rest, b'[', b']').and_then(|(time, after)| Some((micro(time)?, after)))
    {
        message.microseconds = Some(microseconds);
        rest = after;
    }
    if let Some((microseconds, after)) = message.microseconds.is_none().then(|| late(rest)).flatten() {
        message.microseconds = Some(microseconds);
        rest = after;
    }
    if let Some((caller, after)) = bracketed(rest.trim_ascii_start(), b'[', b']').filter(|(text, _)| is_caller(text)) {
        message.caller = Some(caller.trim_ascii().to_vec());
        rest = after;
    }
    message.text = rest.strip_prefix(b" ").unwrap_or(rest).to_vec();
    message
}

/// The kernel's time further on in a line, and what is behind it: on a console, the kernel writes into the lines of others.
fn late(line: &[u8]) -> Option<(u64, &[u8])> {
    memchr::memchr_iter(b'[', line).take(MAX_BRACKETS).find_map(|at| {
        let (time, after) = bracketed(line.get(at..)?, b'[', b']')?;
        Some((micro(time)?, after))
    })
}

/// What stands behind `Nov 28 21:01:21 host kernel: `.
fn journal(line: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(line.get(..120).unwrap_or(line), b" kernel: ")?;
    let is_dated = line.first().is_some_and(u8::is_ascii_alphanumeric) && line.get(..at)?.contains(&b':');
    line.get(at.checked_add(9)?..).filter(|_| is_dated)
}

/// The text between two brackets at the start, and what is behind them.
fn bracketed(text: &[u8], open: u8, close: u8) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(&[open])?;
    let end = memchr::memchr(close, inner.get(..40).unwrap_or(inner))?;
    Some((inner.get(..end)?, inner.get(end.checked_add(1)?..)?))
}

/// `kern  :err   : `.
fn decoded(text: &[u8]) -> Option<(u32, u8, &[u8])> {
    let (facility, rest) = split(text, 8)?;
    let (level, rest) = split(rest, 8)?;
    let level = LEVELS.iter().position(|name| *name == level)?;
    let facility = if facility == KERNEL { 0 } else { 1 };
    Some((facility, u8::try_from(level).ok()?, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// A word with blanks behind it, of at most `longest` characters before a colon, and what is behind that.
fn split(text: &[u8], longest: usize) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b':', text.get(..longest).unwrap_or(text))?;
    let word = text.get(..end)?.trim_ascii_end();
    let is_word = !word.is_empty() && word.iter().all(u8::is_ascii_lowercase);
    Some((word, text.get(end.checked_add(1)?..)?)).filter(|_| is_word)
}

/// `   12.345678` in microseconds.
fn micro(time: &[u8]) -> Option<u64> {
    let time = time.trim_ascii();
    let dot = memchr::memchr(b'.', time)?;
    let (seconds, fraction) = (time.get(..dot)?, time.get(dot.checked_add(1)?..)?);
    let fraction = number(fraction).filter(|_| fraction.len() == 6)?;
    number(seconds)?.checked_mul(1_000_000)?.checked_add(fraction)
}

/// `T123`, `C1`.
fn is_caller(text: &[u8]) -> bool {
    let number = text.trim_ascii().strip_prefix(b"T").or(text.trim_ascii().strip_prefix(b"C"));
    number.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_line_is_read() {
        let timed = |line: &str| {
            let message = message(line.as_bytes());
            (message.facility, message.microseconds, message.caller.is_some(), String::from_utf8(message.text).unwrap())
        };
        let text = || "mmc0: x [y]".to_string();
        assert_eq!(timed("[   12.000345] mmc0: x [y]\r"), (None, Some(12_000_345), false, text()));
        assert_eq!(timed("<3>[   12.000345][    T1] mmc0: x [y]"), (Some(0), Some(12_000_345), true, text()));
        assert_eq!(timed("[    0.043841 ][    T0 ] mmc0: x [y]"), (None, Some(43_841), true, text()));
        assert_eq!(
            timed("kern  :err   : [   12.000345] [   C15] mmc0: x [y]"),
            (Some(0), Some(12_000_345), true, text())
        );
        assert_eq!(timed("daemon:info  : [   12.000345] mmc0: x [y]"), (Some(1), Some(12_000_345), false, text()));
        assert_eq!(timed("<30>mmc0: x [y]"), (Some(3), None, false, text()));
        assert_eq!(timed("Nov 28 21:01:21 board kernel: mmc0: x [y]"), (None, None, false, text()));
        assert_eq!(
            timed("Nov 28 21:01:21 board kernel: [   12.000345] mmc0: x [y]"),
            (None, Some(12_000_345), false, text())
        );
        assert_eq!(timed("3,7,12000345,-;mmc0: x [y]"), (Some(0), Some(12_000_345), false, text()));
        assert_eq!(timed("mmc0: x [y]"), (None, None, false, text()));
        assert_eq!(timed("board login: [   12.000345] mmc0: x [y]"), (None, Some(12_000_345), false, text()));
        assert_eq!(timed("[T1] mmc0"), (None, None, true, "mmc0".into()));
        assert_eq!(timed(""), (None, None, false, String::new()));
    }
}
