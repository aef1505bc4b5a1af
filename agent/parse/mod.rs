//! Parsing: a definition's output formats + what the tool wrote -> [`Extraction`]. Pure.
//!
//! A number is taken as the tool printed it or not at all: a pattern that found too few or too many lines, a number out of
//! its range and an output that no format recognises are [`Problem`]s, and a case with a problem fails.

mod excerpt;

pub use excerpt::printable;

use crate::{
    definition::{Definition, Expected, OutputFormat, Pattern, Stream},
    record::{Ident, Labels, Value},
};
use excerpt::head;
use std::collections::BTreeMap;

/// What one execution's output gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// The samples, by metric and labels, in the order of the definition's metrics.
    pub found: Vec<Found>,
    /// What is wrong with the output.
    pub problems: Vec<Problem>,
}

/// The samples of one series in one execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The metric.
    pub metric: Ident,
    /// The labels that the output gave.
    pub labels: Labels,
    /// The samples, in the output's order.
    pub values: Vec<Value>,
}

/// Why an output is not what its definition says.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// No format recognises it.
    #[error("output not recognised; it begins: {0}")]
    Unrecognised(String),
    /// The tool wrote nothing.
    #[error("no output")]
    Empty,
    /// The tool said that it failed.
    #[error("the tool says: {0}")]
    ToolFailed(String),
    /// A metric's pattern matched too few or too many lines.
    #[error("metric `{metric}`: {found} lines match, {expected} expected ({format})")]
    Count {
        /// The metric.
        metric: Ident,
        /// How many lines match.
        found: usize,
        /// How many should.
        expected: String,
        /// The output's format.
        format: String,
    },
    /// A number that cannot be true, or none at all.
    #[error("metric `{metric}`: `{text}` {why}")]
    Number {
        /// The metric.
        metric: Ident,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What `definition` finds in an output; `values` fill the placeholders of expected counts.
pub fn extract(definition: &Definition, values: &BTreeMap<String, String>, stdout: &[u8], stderr: &[u8]) -> Extraction {
    let bytes = |format: &OutputFormat| match format.from {
        Stream::Stdout => stdout,
        Stream::Stderr => stderr,
    };
    let recognised =
        definition.outputs.iter().find(|format| lines(bytes(format)).any(|line| format.recognise.is_match(line)));
    let Some(format) = recognised else {
        let failure = definition.outputs.iter().find_map(|format| tool_failure(format, stdout, stderr));
        let all_empty = stdout.trim_ascii().is_empty() && stderr.trim_ascii().is_empty();
        let problem = match failure {
            Some(failure) => failure,
            None if all_empty => Problem::Empty,
            None => Problem::Unrecognised(head(if stdout.trim_ascii().is_empty() { stderr } else { stdout })),
        };
        return Extraction { found: Vec::new(), problems: vec![problem] };
    };
    let mut extraction = Extraction::default();
    extraction.problems.extend(tool_failure(format, stdout, stderr));
    let text = bytes(format);
    for pattern in &format.patterns {
        pattern_matches(definition, format, pattern, values, text, &mut extraction);
    }
    let order = |found: &Found| definition.metrics.iter().position(|spec| spec.metric.name == found.metric);
    extraction.found.sort_by_key(order);
    extraction
}

fn tool_failure(format: &OutputFormat, stdout: &[u8], stderr: &[u8]) -> Option<Problem> {
    let failed = |line: &&[u8]| format.failures.iter().any(|failure| failure.is_match(line));
    lines(stdout).chain(lines(stderr)).find(failed).map(|line| Problem::ToolFailed(printable(line)))
}

fn pattern_matches(
    definition: &Definition,
    format: &OutputFormat,
    pattern: &Pattern,
    values: &BTreeMap<String, String>,
    text: &[u8],
    extraction: &mut Extraction,
) {
    let metric = &pattern.metric;
    let Some(spec) = definition.metrics.iter().find(|spec| spec.metric.name == *metric) else { return };
    let mut count = 0;
    for captures in lines(text).filter_map(|line| pattern.regex.captures(line)) {
        count += 1;
        let group = |name: &str| captures.name(name).map_or(&b""[..], |found| found.as_bytes());
        let labels = spec.metric.labels.iter().map(|key| (key.clone(), printable(group(key.as_str())))).collect();
        // The keys of a metric are no two the same: the definition was checked.
        let labels = Labels::new(labels).unwrap_or_default();
        match number(group("value"), spec.range) {
            Ok(value) => add(&mut extraction.found, metric, labels, value),
            Err(why) => {
                let text = printable(group("value"));
                extraction.problems.push(Problem::Number { metric: metric.clone(), text, why });
            }
        }
    }
    let (right, expected) = match &pattern.expected {
        Expected::Some => (count > 0, "at least 1".into()),
        Expected::Exactly(template) => {
            let expected = template.fill(values).unwrap_or_default();
            (expected.parse() == Ok(count), expected)
        }
    };
    if !right {
        let format = format.name.clone();
        extraction.problems.push(Problem::Count { metric: metric.clone(), found: count, expected, format });
    }
}

fn add(all: &mut Vec<Found>, metric: &Ident, labels: Labels, value: Value) {
    match all.iter_mut().find(|found| found.metric == *metric && found.labels == labels) {
        Some(found) => found.values.push(value),
        None => all.push(Found { metric: metric.clone(), labels, values: vec![value] }),
    }
}

/// A plain decimal number within `range`.
fn number(text: &[u8], range: (f64, f64)) -> Result<Value, String> {
    let text = str::from_utf8(text).map_err(|_| "is not a number".to_string())?;
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number = text.parse::<f64>().ok().filter(|_| plain).ok_or("is not a number")?;
    let value = Value::try_from(number).map_err(|error| error.to_string())?;
    let (low, high) = range;
    if (low..=high).contains(&number) { Ok(value) } else { Err(format!("is not between {low} and {high}")) }
}

/// The lines, without `\n` and a `\r` before it.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    const SYSBENCH: &[u8] = include_bytes!("../../test-definitions/sysbench-cpu/samples/1.0.20/threads-2.stdout");

    fn sysbench(text: &[u8]) -> Extraction {
        extract(&Store::embedded().load("sysbench-cpu").unwrap(), &BTreeMap::new(), text, b"")
    }

    fn replaced(from: &str, to: &str) -> Extraction {
        let text = String::from_utf8(SYSBENCH.to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        sysbench(text.replacen(from, to, 1).as_bytes())
    }

    fn problems(extraction: &Extraction) -> Vec<String> {
        extraction.problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn carriage_returns_do_not_matter() {
        let text = String::from_utf8(SYSBENCH.to_vec()).unwrap().replace('\n', "\r\n");
        let (plain, serial) = (sysbench(SYSBENCH), sysbench(text.as_bytes()));
        assert_eq!(problems(&plain), Vec::<String>::new());
        assert_eq!(plain, serial);
        assert_eq!(plain.found.len(), 12);
    }

    #[test]
    fn a_missing_line_is_a_problem_and_no_value() {
        let extraction = replaced("    total number of events:", "    number of events:");
        assert_eq!(problems(&extraction), ["metric `events`: 0 lines match, 1 expected (sysbench 1.0)"]);
        assert_eq!(extraction.found.len(), 11);
    }

    #[test]
    fn a_doubled_line_is_a_problem() {
        let text = String::from_utf8(SYSBENCH.to_vec()).unwrap();
        let line = text.lines().find(|line| line.contains("total time:")).unwrap();
        let extraction = replaced(line, &format!("{line}\n{line}"));
        assert_eq!(problems(&extraction), ["metric `total-time`: 2 lines match, 1 expected (sysbench 1.0)"]);
    }

    #[test]
    fn a_number_out_of_range_is_a_problem_and_no_value() {
        let text = String::from_utf8(SYSBENCH.to_vec()).unwrap();
        let line = text.lines().find(|line| line.contains("events per second:")).unwrap();
        let extraction = replaced(line, "    events per second: 0.00");
        assert_eq!(problems(&extraction), ["metric `events-per-second`: `0.00` is not between 0.01 and 1000000000"]);
        assert!(extraction.found.iter().all(|found| found.metric.as_str() != "events-per-second"));
    }

    #[test]
    fn foreign_and_empty_outputs_are_problems() {
        assert_eq!(problems(&sysbench(b"")), ["no output"]);
        let garbage = problems(&sysbench(b"\x1b[2J<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=x RESULT=pass>\n\xff"));
        assert_eq!(
            garbage,
            ["output not recognised; it begins: \\x1b[2J\\x3cLAVA_SIGNAL_TESTCASE TEST_CASE_ID=x RESULT=pass>"]
        );
        assert_eq!(problems(&sysbench(b"FATAL: no such test")), ["the tool says: FATAL: no such test"]);
    }

    #[test]
    fn labels_come_from_the_output() {
        let definition = Store::embedded().load("primes").unwrap();
        let values = BTreeMap::from([("THREADS".to_string(), "2".to_string())]);
        let text = b"primes 1\nrounds per second: 12.500\nthread 0: 6 rounds\nthread 1: 7 rounds\n";
        let extraction = extract(&definition, &values, text, b"");
        assert_eq!(extraction.problems, []);
        let labels: Vec<String> = extraction.found.iter().map(|found| found.labels.to_string()).collect();
        assert_eq!(labels, ["", "thread=0", "thread=1"]);
    }
}
