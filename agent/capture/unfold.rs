//! Lines that a terminal broke: a copy of its screen has a line end wherever a line reached the last column.
//!
//! All parts of a line but the last one are as long as the screen is wide. A copy may have lost the blank that stood in the
//! last column.

use super::rejoin::{MAX_CARRY, beginnings};
use crate::signal::SIGNAL_MARK;

/// The narrowest screen. What ends earlier was not broken by one.
const NARROWEST: usize = 20;

/// How many ways of putting the parts together are tried at a time: each blank that may be lost doubles them.
const MAX_HEADS: usize = 16;

/// Puts lines together again.
#[derive(Debug, Default)]
pub(super) struct Unfolder {
    /// What stood before, in each way of putting it together.
    heads: Vec<String>,
    /// How long the longest part was, in characters.
    width: usize,
    /// How long the last one was; 0: there was only the first one.
    last: usize,
}

impl Unfolder {
    /// Whether nothing is waited for.
    pub(super) fn is_idle(&self) -> bool {
        self.heads.is_empty()
    }

    /// Calls `scan` with what `line` completes; `scan` says whether it found something in it. `whole`: something was found in
    /// `line` itself, so that it was not broken.
    pub(super) fn line(&mut self, line: &str, whole: bool, scan: &mut impl FnMut(&str) -> bool) {
        let length = line.chars().count();
        self.goes_on(line, length, scan);
        if whole || length < NARROWEST {
            return;
        }
        let before = self.heads.len();
        self.heads.extend(beginnings(line).map(String::from));
        if self.heads.len() > before {
            // The latest ones are the likeliest.
            self.heads.drain(..self.heads.len().saturating_sub(MAX_HEADS));
            (self.width, self.last) = (self.width.max(length), 0);
        }
    }

    /// Adds `line` to what is waited for; what it cannot be a part of is given up.
    fn goes_on(&mut self, line: &str, length: usize, scan: &mut impl FnMut(&str) -> bool) {
        let (mut longer, lost_blank) = (Vec::new(), self.last < self.width);
        for head in std::mem::take(&mut self.heads) {
            // A first part without its last blank is one shorter.
            if length > self.width + 1 || head.len() + line.len() > MAX_CARRY {
                continue;
            }
            let texts = joined(&head, line, lost_blank);
            if texts.iter().any(|text| scan(text)) {
                self.width = 0;
                return;
            }
            // The last part may be as long as the others, or one longer than a first part that lost its blank.
            if length + 1 >= self.width {
                longer.extend(texts);
            }
        }
        longer.drain(..longer.len().saturating_sub(MAX_HEADS));
        self.width = if longer.is_empty() { 0 } else { self.width.max(length) };
        self.last = length;
        self.heads = longer;
    }
}

/// What a signal's values follow. A blank stands before each of them.
const KEYS: [&str; 5] = ["TEST_CASE_ID=", "RESULT=", "MEASUREMENT=", "UNITS=", "CHECK="];

/// The ways of putting a part after what stood before; `may_lack_blank`: the part before it was shorter than the screen is wide.
fn joined(head: &str, line: &str, may_lack_blank: bool) -> Vec<String> {
    let (plain, with_blank) = (format!("{head}{line}"), || format!("{head} {line}"));
    match head.starts_with(&SIGNAL_MARK[..1]) && !head.ends_with(' ') {
        // Of parts that are equally long, each may have lost its blank.
        true if KEYS.iter().any(|key| line.starts_with(key)) => vec![with_blank()],
        true if may_lack_blank => vec![plain, with_blank()],
        _ => vec![plain],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfolded(lines: &[&str], whole: &str) -> bool {
        let (mut unfolder, mut found) = (Unfolder::default(), false);
        for line in lines {
            unfolder.line(line, line.contains(whole), &mut |text| {
                found |= text == whole;
                text == whole
            });
        }
        assert!(!found || unfolder.is_idle());
        found
    }

    #[test]
    fn joins_what_a_screen_broke() {
        let frame = "LBF1.0a1b2c3d.1.3.7.0123456789abcdef.0123456789abcdef.";
        assert!(unfolded(&[&frame[..25], &frame[25..50], &frame[50..]], frame));
        // A line that is as long as the screen is wide, twice, and one that begins in the last column.
        assert!(unfolded(&[&frame[..27], &frame[27..]], frame));
        let late = format!("{}{}", "x".repeat(24), &frame[..1]);
        assert!(unfolded(&[&late, &frame[1..26], &frame[26..51], &frame[51..]], frame));
    }

    #[test]
    fn a_blank_in_the_last_column_may_be_lost() {
        let signal = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a.b RESULT=pass MEASUREMENT=1 UNITS=s CHECK=0a1b2c3d00000000>";
        for width in 21..40 {
            let parts: Vec<&str> = (0..signal.len())
                .step_by(width)
                .map(|at| signal[at..signal.len().min(at + width)].trim_end())
                .collect();
            assert!(unfolded(&parts, signal), "{width}: {parts:?}");
        }
    }

    #[test]
    fn parts_that_are_equally_long_may_all_have_lost_a_blank() {
        let signal = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=bench.metric-0.axis-0_A.0.0 RESULT=pass MEASUREMENT=2.1579798632872183e-301 \
            UNITS=events/s CHECK=000000002e138459>";
        let parts = [&signal[..62], &signal[63..125], &signal[126..]];
        assert!(unfolded(&parts, signal), "{parts:?}");
    }

    #[test]
    fn waits_for_nothing_else() {
        let mut unfolder = Unfolder::default();
        unfolder.line("a line of the kernel that is long", false, &mut |_| false);
        assert!(unfolder.is_idle());
        unfolder.line("LBF1.0a1b2c3d.1.3.7.0123456789abcdef", false, &mut |_| false);
        assert!(!unfolder.is_idle());
        unfolder.line("a longer line is not a part of it, as no screen is so wide", false, &mut |_| false);
        assert!(unfolder.is_idle());
    }
}
