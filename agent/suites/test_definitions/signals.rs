//! Lines of `result.txt` -> the signals that `send-to-lava.sh` prints of them.

use super::line::{Line, LineError, TestResult};

/// A part of what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A line of the console: a signal.
    Signal(String),
    /// The log of this test case, if it has one.
    Log(String),
}

/// What becomes of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// What is sent, in its order.
    pub parts: Vec<Part>,
    /// The lines that cannot be sent: their numbers from 1, and why.
    pub refused: Vec<(usize, LineError)>,
}

/// The signals of a whole file.
pub fn signals(bytes: &[u8]) -> Parts {
    let mut all = Parts::default();
    let mut open = false;
    for (number, line) in super::line::lines(bytes) {
        match line {
            Ok(line) => {
                open = matches!(line, Line::Start(_)) || (open && line != Line::Stop);
                all.add(&line);
            }
            Err(error) => all.refused.push((number, error)),
        }
    }
    if open {
        // LAVA would count the next definition's cases to the set.
        all.add(&Line::Stop);
    }
    all
}

impl Parts {
    fn add(&mut self, line: &Line<'_>) {
        let signal = match line {
            Line::Start(name) => format!("<LAVA_SIGNAL_TESTSET START {name}>"),
            Line::Stop => "<LAVA_SIGNAL_TESTSET STOP>".into(),
            Line::Result(result) => {
                self.parts.push(Part::Log(result.name.into()));
                case(result)
            }
        };
        self.parts.push(Part::Signal(signal));
    }
}

fn case(TestResult { name, result, measured }: &TestResult<'_>) -> String {
    let mut signal = format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} RESULT={}", result.as_str());
    if let Some(measured) = measured {
        // Units that are empty count as none.
        signal.push_str(&format!(" MEASUREMENT={} UNITS={}", measured.text, measured.units.unwrap_or_default()));
    }
    signal.push('>');
    signal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_signal_after_its_log() {
        let Parts { parts, refused } = signals(b"lava-test-set start s\na pass 1.50 ms\nb SKIP\nx\nc fail 2");
        let signal = |text: &str| Part::Signal(format!("<LAVA_SIGNAL_{text}>"));
        let expected = [
            signal("TESTSET START s"),
            Part::Log("a".into()),
            signal("TESTCASE TEST_CASE_ID=a RESULT=pass MEASUREMENT=1.50 UNITS=ms"),
            Part::Log("b".into()),
            signal("TESTCASE TEST_CASE_ID=b RESULT=skip"),
            Part::Log("c".into()),
            signal("TESTCASE TEST_CASE_ID=c RESULT=fail MEASUREMENT=2 UNITS="),
            signal("TESTSET STOP"),
        ];
        assert_eq!(parts, expected);
        assert_eq!(refused, [(4, LineError::NoResult("x".into()))]);
    }
}
