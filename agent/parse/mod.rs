//! Parsing: a definition's output formats + what the tool wrote -> [`Extraction`]. Pure.
//!
//! A number is taken as the tool printed it or not at all: a pattern that found too few or too many lines, a number out of
//! its range and an output that no format recognises are [`Problem`]s, and a case with a problem fails.

mod excerpt;
mod json;
mod lines;
mod number;

pub use excerpt::printable;

use crate::{
    definition::{Definition, Expected, OutputFormat, Stream},
    record::{Ident, Labels, Value},
};
use excerpt::head;
use lines::lines;
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
    /// A line that nothing matches, where every line must match.
    #[error("a line does not fit: {0}")]
    Leftover(String),
    /// The JSON is none.
    #[error("JSON: {0}")]
    Json(String),
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
    let mut formats = definition.outputs.iter();
    let Some(format) = formats.find(|format| lines(bytes(format)).any(|line| format.recognise.is_match(line))) else {
        let problems = vec![unrecognised(definition, stdout, stderr)];
        return Extraction { found: Vec::new(), problems };
    };
    let text = bytes(format);
    let mut taken = Taken { definition, found: Vec::new(), problems: Vec::new() };
    taken.problems.extend(tool_failure(format, stdout, stderr));
    let counts = lines::read(format, text, &mut taken);
    for (pattern, count) in format.patterns.iter().zip(counts) {
        taken.count(&lines::name(pattern), &pattern.expected, count, values, format);
    }
    if !format.json.is_empty() {
        match json::document(text) {
            Ok(document) => {
                for pattern in &format.json {
                    let count = json::read(pattern, &document, &mut taken);
                    taken.count(&pattern.metric, &pattern.expected, count, values, format);
                }
            }
            Err(why) => taken.problems.push(Problem::Json(why)),
        }
    }
    let order = |found: &Found| definition.metrics.iter().position(|spec| spec.metric.name == found.metric);
    taken.found.sort_by_key(order);
    Extraction { found: taken.found, problems: taken.problems }
}

/// The lines of an output that its format says nothing about, printable: what a tool's next version may have added.
pub fn leftovers(definition: &Definition, stdout: &[u8], stderr: &[u8]) -> Vec<String> {
    let bytes = |format: &OutputFormat| if format.from == Stream::Stdout { stdout } else { stderr };
    let mut formats = definition.outputs.iter().filter(|format| format.json.is_empty());
    let format = formats.find(|format| lines(bytes(format)).any(|line| format.recognise.is_match(line)));
    format.map(|format| lines::leftovers(format, bytes(format))).unwrap_or_default()
}

fn unrecognised(definition: &Definition, stdout: &[u8], stderr: &[u8]) -> Problem {
    let blank = |text: &[u8]| text.trim_ascii().is_empty();
    match definition.outputs.iter().find_map(|format| tool_failure(format, stdout, stderr)) {
        Some(failure) => failure,
        None if blank(stdout) && blank(stderr) => Problem::Empty,
        None => Problem::Unrecognised(head(if blank(stdout) { stderr } else { stdout })),
    }
}

fn tool_failure(format: &OutputFormat, stdout: &[u8], stderr: &[u8]) -> Option<Problem> {
    let failed = |line: &&[u8]| format.failures.iter().any(|failure| failure.is_match(line));
    lines(stdout).chain(lines(stderr)).find(failed).map(|line| Problem::ToolFailed(printable(line)))
}

/// What was taken from an output so far.
struct Taken<'a> {
    definition: &'a Definition,
    found: Vec<Found>,
    problems: Vec<Problem>,
}

impl Taken<'_> {
    /// Takes one number, or notes why it is none. `labels` may hold more than the metric has.
    fn number(&mut self, metric: &Ident, labels: &BTreeMap<&str, String>, text: &[u8], number: Result<f64, String>) {
        let Some(spec) = self.definition.metrics.iter().find(|spec| spec.metric.name == *metric) else { return };
        let label = |key: &Ident| (key.clone(), labels.get(key.as_str()).cloned().unwrap_or_default());
        // The keys of a metric are no two the same: the definition was checked.
        let labels = Labels::new(spec.metric.labels.iter().map(label).collect()).unwrap_or_default();
        match number.and_then(|number| in_range(number, spec.range)) {
            Ok(value) => match self.found.iter_mut().find(|found| found.metric == *metric && found.labels == labels) {
                Some(found) => found.values.push(value),
                None => self.found.push(Found { metric: metric.clone(), labels, values: vec![value] }),
            },
            Err(why) => {
                let text = printable(text);
                self.problems.push(Problem::Number { metric: metric.clone(), text, why });
            }
        }
    }

    /// Notes it when `count` is not what is expected.
    fn count(
        &mut self,
        metric: &Ident,
        expected: &Expected,
        count: usize,
        values: &BTreeMap<String, String>,
        format: &OutputFormat,
    ) {
        let (right, expected) = match expected {
            Expected::Any => (true, String::new()),
            Expected::Some => (count > 0, "at least 1".into()),
            Expected::Exactly(template) => {
                let expected = template.fill(values).unwrap_or_default();
                (expected.parse() == Ok(count), expected)
            }
        };
        if !right {
            let format = format.name.clone();
            self.problems.push(Problem::Count { metric: metric.clone(), found: count, expected, format });
        }
    }
}

fn in_range(number: f64, (low, high): (f64, f64)) -> Result<Value, String> {
    let value = Value::try_from(number).map_err(|error| error.to_string())?;
    if (low..=high).contains(&number) { Ok(value) } else { Err(format!("is not between {low} and {high}")) }
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

    /// A definition with these metrics and this output format.
    fn made(metrics: &str, output: &str) -> Definition {
        let text = format!(
            "metadata: {{format: Lava-Test Test Definition 1.0, name: made, description: d}}\n\
             run: {{steps: [lava-bench run made]}}\n\
             benchmark:\n  schema: 1\n  tool: {{name: made}}\n  command: [made]\n  metrics: {metrics}\n  \
             outputs:\n  - {{name: made, recognise: '^made', {output}}}\n"
        );
        Definition::read("made", &text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn found(definition: &Definition, text: &str) -> Vec<String> {
        let extraction = extract(definition, &BTreeMap::new(), text.as_bytes(), b"");
        let values = |found: &Found| found.values.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
        let found = extraction.found.iter().map(|f| format!("{} {}={}", f.metric, f.labels, values(f)));
        found.chain(problems(&extraction)).collect()
    }

    #[test]
    fn headings_give_labels_to_the_lines_below() {
        let definition = made(
            "[{name: bw, unit: MB/s, better: higher, range: [0, 1.0e9], labels: [op, size]}]",
            "strict: true, ignore: ['^--'], sections: [{name: op, heading: '^(?P<op>\\w+):$'}], patterns: [{metric: bw, \
             section: op, regex: '^ (?P<size>\\w+) (?P<value>[\\d.]+) (?P<unit>\\w+)$', units: {MB: 1, kB: 1/1000}, expect: some}]",
        );
        let text = "made 1\nread:\n 4K 5.5 MB\n-- x\nwrite:\n 4K 2500 kB\n";
        assert_eq!(found(&definition, text), ["bw op=read size=4K=5.5", "bw op=write size=4K=2.5"]);
        let odd = found(&definition, &text.replace("kB", "GB"));
        assert_eq!(odd[1], "metric `bw`: `2500` has the unit `GB`, which is not declared");
        let drift = found(&definition, &text.replace("-- x", "a new line"));
        assert_eq!(drift[2], "a line does not fit: a new line");
    }

    #[test]
    fn one_line_may_hold_several_metrics() {
        let definition = made(
            "[{name: low, unit: s, better: lower, range: [0, 9]}, {name: high, unit: s, better: lower, range: [0, 9]}]",
            "patterns: [{values: {a: low, b: high}, regex: '^(?P<a>\\d)-(?P<b>\\d)$'}]",
        );
        assert_eq!(found(&definition, "made\n1-2\n"), ["low =1", "high =2"]);
    }

    #[test]
    fn json_by_path() {
        let definition = made(
            "[{name: iops, unit: IO/s, better: higher, range: [0, 1.0e9], labels: [job, op]}]",
            "json: [{metric: iops, path: 'jobs[*].*.iops', labels: {job: 'jobs[*].name', op: '*2'}, expect: some}]",
        );
        let text = "made: a note\n{\"jobs\": [{\"name\": \"j<1\", \"read\": {\"iops\": 12.5}, \"write\": {\"iops\": null}}]}\n";
        assert_eq!(
            found(&definition, text),
            ["iops job=j\\x3c1 op=read=12.5", "metric `iops`: `null` is not a number"]
        );
        assert_eq!(found(&definition, "made\n")[0], "JSON: no JSON document");
        assert!(found(&definition, "made\n{\"jobs\": [")[0].starts_with("JSON: EOF"));
        assert_eq!(
            found(&definition, &format!("{text}{text}").replacen("\nmade: a note", "", 1))[0],
            "JSON: a second document"
        );
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
