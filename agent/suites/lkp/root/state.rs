//! `last_state`: what went wrong in a run.

/// What lkp's runner says of a run that did not go as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::suites::lkp) struct State {
    /// Each thing that happened, as lkp names it: `exit_fail`, `test.hackbench.exit_code.99`.
    pub(in crate::suites::lkp) happened: Vec<String>,
}

/// The exit code of lkp's own scripts where they give up, as for a tool that is not there.
const GAVE_UP: i32 = 99;

/// The most lines that are taken.
const MOST: usize = 1000;

impl State {
    /// Reads lines `what: 1`; others are comments.
    pub(super) fn read(text: &[u8]) -> Self {
        let line = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            let (what, count) = line.split_once(':')?;
            let counts = count.trim().parse::<f64>().is_ok_and(|count| count != 0.0);
            (counts && !what.starts_with('#') && !what.contains(char::is_whitespace)).then(|| what.to_string())
        };
        let mut happened: Vec<String> = text.split(|byte| *byte == b'\n').filter_map(line).take(MOST).collect();
        happened.dedup();
        Self { happened }
    }

    /// The exit code of the test, where it is known and not 0.
    pub(in crate::suites::lkp) fn exit_code(&self) -> Option<i32> {
        self.happened.iter().find_map(|what| what.rsplit_once(".exit_code.")?.1.parse().ok())
    }

    /// Whether the runner gave up before the test measured anything: lkp then keeps no result of it.
    pub(in crate::suites::lkp) fn gave_up(&self) -> bool {
        self.exit_code() == Some(GAVE_UP) || self.happened.iter().any(|what| what == "wget_initrd_fail")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_number_count_and_comments_do_not() {
        let state = State::read(b"# missing x\ntest.hackbench.exit_code.99: 1\nexit_fail: 1\nOOM: 0\nno number: x\n");
        assert_eq!(state.happened, ["test.hackbench.exit_code.99", "exit_fail"]);
        assert_eq!((state.exit_code(), state.gave_up()), (Some(99), true));
        let state = State::read(b"test.mytest.exit_code.1: 1\nexit_fail: 1");
        assert_eq!((state.exit_code(), state.gave_up()), (Some(1), false));
        assert_eq!(State::read(b"\xff\0").happened.len(), 0);
    }
}
