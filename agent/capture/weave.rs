//! Kernel messages inside of lines: `LBF1.0a1b[  7.2] text`, `2c3d...` -> `LBF1.0a1b2c3d...`.
//!
//! printk writes `[    7.207337] text` and a line end where the cursor is; what the board was saying goes on in the next
//! line that is not the kernel's.

/// The most text that is carried over from line to line.
const MAX_CARRY: usize = 4096;

/// Puts lines together again.
#[derive(Debug, Default)]
pub(super) struct Weaver {
    /// What stood before a kernel message.
    carry: String,
}

impl Weaver {
    /// Calls `scan` with `line`, and with what it completes.
    pub(super) fn line(&mut self, line: &str, scan: &mut impl FnMut(&str)) {
        scan(line);
        let Some(at) = kernel_stamp(line) else {
            if !self.carry.is_empty() {
                self.carry.push_str(line);
                scan(&self.carry);
                self.carry.clear();
            }
            return;
        };
        if at == 0 {
            return;
        }
        let continues = !self.carry.is_empty();
        self.carry.push_str(&line[..at]);
        if continues {
            scan(&self.carry);
        }
        if self.carry.len() > MAX_CARRY {
            self.carry.clear();
        }
    }
}

/// Where the first kernel timestamp of `line` begins: `[`, blanks, digits, a dot, six digits, `]`; a log level `<N>` before
/// it belongs to it.
fn kernel_stamp(line: &str) -> Option<usize> {
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

    fn woven(lines: &[&str]) -> Vec<String> {
        let (mut weaver, mut texts) = (Weaver::default(), Vec::new());
        lines.iter().for_each(|line| weaver.line(line, &mut |text| texts.push(text.into())));
        texts
    }

    #[test]
    fn joins_what_kernel_messages_cut() {
        let lines = ["one <0>[    7.207337] a", "[    7.207400] b", "two [ 12345.000001] c", "three", "four"];
        let texts = woven(&lines);
        assert!(texts.contains(&"one two three".to_string()), "{texts:?}");
        assert_eq!(texts.last().unwrap(), "four");
    }

    #[test]
    fn leaves_other_brackets_alone() {
        for line in ["[sudo] x", "a[1.5]", "[12.1234567]", "[ .123456]", "[]"] {
            assert_eq!(kernel_stamp(line), None, "{line}");
        }
    }
}
