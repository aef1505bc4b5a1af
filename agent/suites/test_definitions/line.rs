//! One line of `result.txt`: text -> [`Line`], or why it cannot be sent. `docs/test-definitions.md` has the grammar.
//!
//! `send-to-lava.sh` drops, cuts or shifts what it does not understand, and says nothing. Here a line is understood whole, or
//! it is refused with the reason.

use crate::record::{NotAValue, Value, Verdict};

/// What the line of a test set begins with.
const SET: &str = "lava-test-set";

/// The longest line of a signal that LAVA takes on every way, /dev/kmsg among them, less what is not of the line.
const MAX_LINE: usize = 850;

/// The longest name of a test set: a longer one stops LAVA's server.
const MAX_SET: usize = 200;

/// A line that says something.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'t> {
    /// `lava-test-set start NAME`
    Start(&'t str),
    /// `lava-test-set stop`
    Stop,
    /// `NAME RESULT [VALUE [UNITS]]`
    Result(TestResult<'t>),
}

/// The result of one test case.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult<'t> {
    /// The test case.
    pub name: &'t str,
    /// Its result.
    pub result: Verdict,
    /// What was measured.
    pub measured: Option<Measured<'t>>,
}

/// A number and what it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured<'t> {
    /// As it was written.
    pub text: &'t str,
    /// The number.
    pub value: Value,
    /// Its units.
    pub units: Option<&'t str>,
}

/// Why a line cannot be sent.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum LineError {
    /// Its bytes.
    #[error("it is not UTF-8")]
    NotText,
    /// A character that LAVA does not keep.
    #[error("it has a control character")]
    Control,
    /// Too much for a signal.
    #[error("it has {0} bytes: a signal takes {MAX_LINE}")]
    Long(usize),
    /// One word.
    #[error("`{0}` has no result")]
    NoResult(String),
    /// A name of several words.
    #[error("the name `{0}` has blanks")]
    Blanks(String),
    /// Something else stands where the result does.
    #[error("result `{0}`: neither pass, fail, skip nor unknown")]
    WrongResult(String),
    /// The units stand where the value does.
    #[error("`{name}` has no value: `{found}` stands in its place")]
    NoValue {
        /// The test case.
        name: String,
        /// What is there instead.
        found: String,
    },
    /// A number that LAVA does not take.
    #[error("`{name}`: {error}")]
    Value {
        /// The test case.
        name: String,
        /// What is wrong with it.
        error: NotAValue,
    },
    /// A number that lost digits.
    #[error("`{name}`: `{value}` ends in its point: the digits behind it were cut off")]
    Cut {
        /// The test case.
        name: String,
        /// The number.
        value: String,
    },
    /// Several words of units.
    #[error("`{name}`: the units `{units}` have blanks")]
    Units {
        /// The test case.
        name: String,
        /// The units.
        units: String,
    },
    /// The character that ends a signal.
    #[error("`{0}` has a `>`, which ends a signal")]
    Bracket(String),
    /// A test set that is neither begun nor ended.
    #[error("`{0}` is neither `lava-test-set start NAME` nor `lava-test-set stop`")]
    Set(String),
    /// A name of a test set that LAVA refuses.
    #[error("test set `{0}`: a name has letters, digits, `_`, `.`, `~`, `/` and `-`, at most {MAX_SET}")]
    SetName(String),
}

impl<'t> Line<'t> {
    /// What a line says, without its end; nothing where it is blank.
    ///
    /// # Errors
    /// That it cannot be sent as it is meant.
    pub fn read(line: &'t [u8]) -> Result<Option<Self>, LineError> {
        let text = std::str::from_utf8(line).map_err(|_| LineError::NotText)?;
        // Lines may end in CR LF.
        let text = text.trim_matches([' ', '\t', '\r']);
        if text.chars().any(|character| character != '\t' && (character.is_control() || is_foreign_blank(character))) {
            return Err(LineError::Control);
        }
        let words: Vec<&str> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        let Some(first) = words.first() else { return Ok(None) };
        if text.len() > MAX_LINE {
            return Err(LineError::Long(text.len()));
        }
        if words.iter().any(|word| word.contains('>')) {
            return Err(LineError::Bracket(text.into()));
        }
        if *first == SET && !matches!(words.as_slice(), [_, result] if verdict(result).is_some()) {
            return Self::set(text, &words).map(Some);
        }
        TestResult::read(text, &words).map(|result| Some(Self::Result(result)))
    }

    fn set(text: &str, words: &[&'t str]) -> Result<Self, LineError> {
        match words {
            [_, "stop"] => Ok(Self::Stop),
            [_, "start", name] if is_set_name(name) => Ok(Self::Start(name)),
            [_, "start", name] => Err(LineError::SetName((*name).into())),
            [_, "start", ..] if words.len() > 3 => {
                Err(LineError::SetName(words.get(2..).unwrap_or_default().join(" ")))
            }
            _ => Err(LineError::Set(text.into())),
        }
    }
}

impl<'t> TestResult<'t> {
    fn read(text: &str, words: &[&'t str]) -> Result<Self, LineError> {
        let (name, word, rest) = match words {
            [name, word, rest @ ..] => (*name, *word, rest),
            _ => return Err(LineError::NoResult(text.into())),
        };
        let Some(result) = verdict(word) else {
            // The result of a name of several words stands further back.
            return Err(match words.iter().skip(2).position(|word| verdict(word).is_some()) {
                Some(at) => LineError::Blanks(words.get(..at.saturating_add(2)).unwrap_or_default().join(" ")),
                None => LineError::WrongResult(word.into()),
            });
        };
        let measured = match rest {
            [] => None,
            [value, units @ ..] => Some(measured(name, value, units)?),
        };
        Ok(Self { name, result, measured })
    }
}

fn measured<'t>(name: &str, text: &'t str, units: &[&'t str]) -> Result<Measured<'t>, LineError> {
    let value = match text.parse::<Value>() {
        Ok(_) if text.ends_with('.') => return Err(LineError::Cut { name: name.into(), value: text.into() }),
        Ok(value) => value,
        Err(NotAValue::NotANumber(_)) if !text.contains(|character: char| character.is_ascii_digit()) => {
            return Err(LineError::NoValue { name: name.into(), found: text.into() });
        }
        Err(error) => return Err(LineError::Value { name: name.into(), error }),
    };
    match units {
        [] => Ok(Measured { text, value, units: None }),
        [units] => Ok(Measured { text, value, units: Some(units) }),
        _ => Err(LineError::Units { name: name.into(), units: units.join(" ") }),
    }
}

/// A result in any case: the script passes `PASS` on, and LAVA takes it for `pass`, but not `Pass`.
fn verdict(word: &str) -> Option<Verdict> {
    word.to_ascii_lowercase().parse().ok()
}

/// LAVA splits a signal at these too.
fn is_foreign_blank(character: char) -> bool {
    character != ' ' && character.is_whitespace()
}

/// LAVA refuses other names, and keeps the cases of such a set without it.
fn is_set_name(name: &str) -> bool {
    name.len() <= MAX_SET && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.~/-".contains(&byte))
}

/// The lines of a file, each with its number from 1: those that say something, and those that cannot be sent.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Result<Line<'_>, LineError>)> {
    let lines = bytes.split(|byte| *byte == b'\n');
    (1..).zip(lines).filter_map(|(number, line)| Some((number, Line::read(line).transpose()?)))
}

/// Whether bytes look like a `result.txt`: half of the lines that say anything are its lines, and no signal stands among them.
/// The first 4 KiB decide.
pub fn is_result_file(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let whole = match head.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if head.len() < bytes.len() => head.get(..end).unwrap_or(head),
        _ => head,
    };
    let is_signal = |line: &[u8]| line.windows(5).any(|part| part == b"LAVA_");
    if whole.trim_ascii_start().starts_with(b"{") || whole.split(|byte| *byte == b'\n').any(is_signal) {
        return false;
    }
    let (mut known, mut all) = (0_usize, 0_usize);
    for (_, line) in lines(whole) {
        all = all.saturating_add(1);
        // A value that is missing or no number stands in a line that is meant to be one.
        let meant = matches!(
            line,
            Ok(_)
                | Err(LineError::NoValue { .. }
                    | LineError::Value { .. }
                    | LineError::Cut { .. }
                    | LineError::Units { .. }
                    | LineError::SetName(_))
        );
        known = known.saturating_add(usize::from(meant));
    }
    known > 0 && known.saturating_mul(2) >= all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(line: &str) -> String {
        match Line::read(line.as_bytes()) {
            Ok(None) => String::new(),
            Ok(Some(Line::Start(name))) => format!("start {name}"),
            Ok(Some(Line::Stop)) => "stop".into(),
            Ok(Some(Line::Result(TestResult { name, result, measured }))) => {
                let measured = measured.map(|it| format!(" {} {}", it.text, it.units.unwrap_or("-")));
                format!("{name}: {}{}", result.as_str(), measured.unwrap_or_default())
            }
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn a_line_is_taken_whole() {
        for (line, expected) in [
            ("plain pass", "plain: pass"),
            (" a\tSKIP \r", "a: skip"),
            ("a Pass", "a: pass"),
            ("a pass 12.5 MB/s", "a: pass 12.5 MB/s"),
            ("a fail -3.5e-7 ", "a: fail -3.5e-7 -"),
            // The script loses the number.
            ("x pass 5 unknown", "x: pass 5 unknown"),
            ("pass pass", "pass: pass"),
            ("\u{fc}n\u{ef}code pass 5 \u{b5}s", "\u{fc}n\u{ef}code: pass 5 \u{b5}s"),
            ("back\\slash\\n pass 5 ms", "back\\slash\\n: pass 5 ms"),
            ("lava-test-set start suite1", "start suite1"),
            ("lava-test-set stop", "stop"),
            // The script takes this for a test.
            ("lava-test-set start pass", "start pass"),
            ("lava-test-set pass", "lava-test-set: pass"),
            ("lava-test-set-like pass 3 ms", "lava-test-set-like: pass 3 ms"),
            (" \t", ""),
        ] {
            assert_eq!(said(line), expected, "{line}");
        }
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        for (line, reason) in [
            ("name-only", "`name-only` has no result"),
            ("my test name pass", "the name `my test name` has blanks"),
            ("two  spaces pass 5 ms", "the name `two spaces` has blanks"),
            ("# comment pass", "the name `# comment` has blanks"),
            ("a xfail", "result `xfail`: neither"),
            ("passpass-result passpass 4 ms", "result `passpass`: neither"),
            ("a pass  ms", "`a` has no value: `ms` stands in its place"),
            ("a pass nan ms", "`a`: number NaN: not a value"),
            ("a pass 3.0.22 version", "`a`: `3.0.22`: not a number"),
            ("a pass 1,234 ops", "`a`: `1,234`: not a number"),
            ("a pass 1e20 ops", "`a`: number 100000000000000000000: not a value"),
            ("a pass 4. ms", "`a`: `4.` ends in its point"),
            ("a pass 7 MB per sec", "`a`: the units `MB per sec` have blanks"),
            ("a>b pass 5 ms", "`a>b pass 5 ms` has a `>`"),
            ("lava-test-set start two words", "test set `two words`"),
            ("lava-test-set start a,b", "test set `a,b`"),
            ("lava-test-set", "`lava-test-set` is neither"),
            ("a\u{1b}b pass", "it has a control character"),
            ("a\u{a0}b pass", "it has a control character"),
        ] {
            assert!(said(line).starts_with(&format!("refused: {reason}")), "{line}: {}", said(line));
        }
        assert_eq!(Line::read(b"a\xff pass"), Err(LineError::NotText));
        assert_eq!(Line::read("a".repeat(900).as_bytes()), Err(LineError::Long(900)));
    }

    #[test]
    fn a_file_is_known_by_its_lines() {
        assert!(is_result_file(b"a pass 1 s\n"));
        assert!(is_result_file(b"fio-read pass  iops\nfio-write pass  iops\n"));
        assert!(is_result_file(b"iteration-1-inversion pass 3 count\niteration-1-\n"));
        assert!(is_result_file(&b"a pass 1 s\n".repeat(1000)));
        assert!(!is_result_file(b"[    0.000000] Booting Linux\nStarting a test: pass\nx\n"));
        assert!(!is_result_file(b"a pass\n<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>\n"));
        assert!(!is_result_file(b"") && !is_result_file(b"{\"a\": 1}"));
    }

    proptest! {
        #[test]
        fn every_line_that_is_not_blank_is_taken_or_named(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let all = bytes.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(|byte| b" \t\r".contains(byte)));
            prop_assert_eq!(lines(&bytes).count(), all.count());
        }

        #[test]
        fn what_is_taken_is_all_of_its_line(words in prop::collection::vec("(pass|FAIL|ms|1|1[.]5|a|lava-test-set|start|stop)", 1..6)) {
            let line = words.join(" ");
            let again = match Line::read(line.as_bytes()) {
                Ok(Some(Line::Start(name))) => format!("lava-test-set start {name}"),
                Ok(Some(Line::Stop)) => "lava-test-set stop".into(),
                Ok(Some(Line::Result(TestResult { name, result, measured }))) => {
                    let number = measured.map(|it| format!(" {}", it.text)).unwrap_or_default();
                    let units = measured.and_then(|it| it.units).map(|units| format!(" {units}")).unwrap_or_default();
                    format!("{name} {}{number}{units}", result.as_str())
                }
                Ok(None) | Err(_) => return Ok(()),
            };
            prop_assert!(again.eq_ignore_ascii_case(&line));
        }
    }
}
