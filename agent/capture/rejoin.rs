//! Kernel messages inside of lines: `LBF1.0a1b[  7.2] text`, `2c3d...` -> `LBF1.0a1b2c3d...`.
//!
//! printk writes `[    7.207337] text` and a line end where the cursor is. What the board was saying goes on in a later
//! line that is not the kernel's, and a message may cut it again. Only what may be the beginning of a signal or of a frame
//! waits for its rest.

use crate::signal::{FRAME_MARK, SIGNAL_MARK};
use memchr::memmem;

/// The longest text that waits for its rest, in bytes. None of our lines is longer.
pub(super) const MAX_CARRY: usize = 2048;

/// What signals and frames begin with.
const MARKS: [&[u8]; 2] = [FRAME_MARK.as_bytes(), SIGNAL_MARK.as_bytes()];

/// How many beginnings wait at a time.
const MAX_HEADS: usize = 6;

/// How many other lines may come before the rest, those of the kernel not counted.
const PATIENCE: u8 = 3;

/// Puts lines together again.
#[derive(Debug, Default)]
pub(super) struct Rejoiner {
    /// The text before a kernel message, and how many lines came since that did not complete it.
    heads: Vec<(String, u8)>,
}

impl Rejoiner {
    /// Whether no beginning waits for its rest.
    pub(super) fn is_idle(&self) -> bool {
        self.heads.is_empty()
    }

    /// Calls `scan` with what `line` completes; `scan` says whether it found something in it.
    pub(super) fn line(&mut self, line: &str, scan: &mut impl FnMut(&str) -> bool) {
        match kernel_stamp(line) {
            None => self.heads.retain_mut(|(head, passed)| {
                *passed += 1;
                head.len() + line.len() <= 2 * MAX_CARRY && !scan(&format!("{head}{line}")) && *passed <= PATIENCE
            }),
            Some(0) => {}
            Some(at) => self.cut(&line[..at], scan),
        }
    }

    fn cut(&mut self, part: &str, scan: &mut impl FnMut(&str) -> bool) {
        let longer = self.heads.iter().map(|(head, _)| format!("{head}{part}"));
        let longer: Vec<String> = longer.filter(|head| head.len() <= MAX_CARRY && !scan(head)).collect();
        self.heads.extend(longer.into_iter().map(|head| (head, 0)));
        self.heads.extend(beginnings(part).map(|head| (head.into(), 0)));
        // The latest ones are the likeliest.
        self.heads.drain(..self.heads.len().saturating_sub(MAX_HEADS));
    }
}

/// The parts of `text` that may be the beginning of a signal or of a frame: each goes from a mark, or from a cut mark, to
/// the end. Several are possible, because the bytes of a signal may look like the beginning of a frame.
pub(super) fn beginnings(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    // A beginning before this would be too long. This also bounds the work for a long line.
    let start = bytes.len().saturating_sub(MAX_CARRY);
    let near = &bytes[start..];
    let last = |mark: &'static [u8]| [memmem::rfind(near, mark), cut_mark(near, mark)];
    let mut all: Vec<usize> = MARKS.into_iter().flat_map(last).flatten().map(|at| start + at).collect();
    all.sort_unstable();
    all.into_iter().map(|at| &text[at..])
}

/// Whether `text` ends in the middle of a mark.
pub(super) fn ends_in_mark(text: &[u8]) -> bool {
    MARKS.into_iter().any(|mark| cut_mark(text, mark).is_some())
}

/// Where `mark` begins, if `text` ends in the middle of it.
fn cut_mark(text: &[u8], mark: &[u8]) -> Option<usize> {
    (1..mark.len()).rev().find(|length| text.ends_with(&mark[..*length])).map(|length| text.len() - length)
}

/// Where the first kernel timestamp of `line` begins: `[`, blanks, digits, a dot, six digits, `]`. A log level `<N>` right
/// before the bracket is a part of it.
pub(super) fn kernel_stamp(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let at = memchr::memchr_iter(b'[', bytes).find(|at| is_stamp(&bytes[at + 1..]))?;
    let level = match bytes[..at] {
        [.., b'<', digit, b'>'] if digit.is_ascii_digit() => 3,
        _ => 0,
    };
    Some(at - level)
}

fn is_stamp(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let seconds = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match &rest[seconds..] {
        [b'.', micros @ ..] if seconds > 0 => {
            micros.iter().take_while(|byte| byte.is_ascii_digit()).count() == 6 && micros.get(6) == Some(&b']')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejoined(lines: &[&str], whole: &str) -> Vec<String> {
        let (mut rejoiner, mut texts) = (Rejoiner::default(), Vec::new());
        for line in lines {
            rejoiner.line(line, &mut |text| {
                texts.push(text.into());
                text.contains(whole)
            });
        }
        texts
    }

    #[test]
    fn joins_what_kernel_messages_cut() {
        let lines = [
            "x LBF1.one <0>[    7.207337] a",
            "[    7.207400] b",
            "two [ 12345.000001] c[1.000000] d",
            "three",
            "four",
        ];
        let texts = rejoined(&lines, "LBF1.one two three");
        assert!(texts.contains(&"LBF1.one two three".to_string()), "{texts:?}");
        // A line of somebody else's in between, and a mark that is cut itself.
        let texts = rejoined(&["LB[    7.207337] a", "systemd says something", "F1.rest", "more"], "LBF1.rest");
        assert!(texts.contains(&"LBF1.rest".to_string()), "{texts:?}");
    }

    #[test]
    fn a_signal_that_is_cut_behind_a_letter_of_another_mark_is_joined() {
        let whole = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a._case RESULT=pass CHECK=0a1b2c3d00000000>";
        for at in 1..whole.len() {
            let texts = rejoined(&[&format!("{}[    7.207337] a", &whole[..at]), &whole[at..]], whole);
            assert!(texts.contains(&whole.to_string()), "{at}: {texts:?}");
        }
    }

    #[test]
    fn waits_for_nothing_but_our_own_lines_and_not_for_ever() {
        assert_eq!(rejoined(&["one [    7.207337] a", "two"], "x"), [""; 0]);
        let mut rejoiner = Rejoiner::default();
        let lines: Vec<String> = (0..1000).map(|n| format!("LBF1.{n}[    7.207337] a")).collect();
        lines.iter().for_each(|line| rejoiner.line(line, &mut |_| false));
        assert_eq!(rejoiner.heads.len(), MAX_HEADS);
        (0..4).for_each(|_| rejoiner.line("other", &mut |_| false));
        assert!(rejoiner.is_idle());
    }

    #[test]
    fn leaves_other_brackets_alone() {
        for line in ["[sudo] x", "a[1.5]", "[12.1234567]", "[ .123456]", "[]"] {
            assert_eq!(kernel_stamp(line), None, "{line}");
        }
    }
}
