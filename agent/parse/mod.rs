//! Parsing: a definition's output formats + what the tool wrote -> [`Extraction`]. Pure.
//!
//! A number is taken as the tool printed it or not at all: a pattern that found too few or too many lines, a number out of
//! its range and an output that no format recognises are [`Problem`]s, and a case with a problem fails.

mod builder;
mod document;
mod ending;
mod envelope;
mod lines;
mod number;
mod printed;
mod problem;
mod split;
mod table;
mod taken;
mod tap;

pub use envelope::{Enveloped, enveloped, said_by};
pub use number::NumberError;
pub use printed::printed;
pub use problem::Problem;
pub use taken::{Taken, taken};

use crate::{
    definition::{Definition, OutputFormat, Source, Syntax},
    record::{Ident, Labels, Value, Verdict},
    text::{head, printable},
};
use builder::ExtractionBuilder;
use ending::Whole;
use number::in_range;
use split::lines;
use std::collections::{BTreeMap, BTreeSet};

/// What a command wrote.
#[derive(Clone, Debug, Default)]
pub struct Outputs<'a> {
    /// Standard output.
    pub stdout: &'a [u8],
    /// Standard error.
    pub stderr: &'a [u8],
    /// The files that its definition names, by name; one that was not written is not there.
    pub files: BTreeMap<&'a str, &'a [u8]>,
}

/// What a command wrote, in memory of its own.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Files, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Saved {
    /// A view of it.
    pub fn outputs(&self) -> Outputs<'_> {
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        Outputs { stdout: &self.stdout, stderr: &self.stderr, files }
    }
}

impl<'a> Outputs<'a> {
    /// The output that a format stands in.
    fn of(&self, format: &OutputFormat) -> &'a [u8] {
        match &format.from {
            Source::Stdout => self.stdout,
            Source::Stderr => self.stderr,
            Source::File(name) => self.files.get(name.as_str()).copied().unwrap_or_default(),
        }
    }
}

/// What one execution's output gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// The samples, by metric and labels, in the order of the definition's metrics.
    pub found: Vec<Found>,
    /// What the output says of each of its tests, in its order.
    pub verdicts: Vec<Outcome>,
    /// What the output says of the parameters that the tool was run with.
    pub printed: BTreeMap<String, String>,
    /// What is wrong with the output.
    pub problems: Vec<Problem>,
}

impl Extraction {
    /// Adds a number that was measured on the command itself.
    pub fn measured(&mut self, definition: &Definition, metric: &Ident, number: Option<f64>) {
        let Some(spec) = definition.metrics.iter().find(|spec| spec.metric.name == *metric) else { return };
        let text = number.map_or_else(|| "nothing".into(), |number| number.to_string());
        match number.ok_or(NumberError::Unmeasured).and_then(|number| in_range(number, spec.range)) {
            Ok(value) => {
                self.found.push(Found { metric: metric.clone(), labels: Labels::default(), values: vec![value] });
            }
            Err(why) => self.problems.push(Problem::Number { metric: metric.clone(), text, why }),
        }
    }
}

/// What an output says of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which test: labels in the order of the definition's `verdict-labels`; no two outcomes of an output have the same.
    pub labels: Labels,
    /// The verdict.
    pub result: Verdict,
    /// Why, where the output says it.
    pub reason: Option<String>,
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

/// What `definition` finds in the outputs of a command; `values` fill the placeholders of expected counts.
pub fn extract(definition: &Definition, values: &BTreeMap<String, String>, outputs: &Outputs<'_>) -> Extraction {
    let mut taken = ExtractionBuilder::new(definition, values);
    for alternatives in groups(definition) {
        match recognised(&alternatives, outputs) {
            Some(format) => read(format, outputs, &mut taken),
            None => taken.extraction.problems.push(unrecognised(&alternatives, outputs)),
        }
    }
    let mut extraction = taken.finish();
    // What is missing from the output of a tool that says that it failed has this one cause.
    if extraction.problems.iter().any(|problem| matches!(problem, Problem::ToolFailed(_))) {
        let consequence = |problem: &Problem| {
            matches!(
                problem,
                Problem::Count { .. }
                    | Problem::Places { .. }
                    | Problem::Repeated { .. }
                    | Problem::Leftover { .. }
                    | Problem::Homeless(_)
                    | Problem::Cut(_)
                    | Problem::Unended(_)
                    | Problem::Tap(_)
            )
        };
        extraction.problems.retain(|problem| !consequence(problem));
    }
    let order = |found: &Found| definition.metrics.iter().position(|spec| spec.metric.name == found.metric);
    extraction.found.sort_by_key(order);
    extraction
}

/// The formats that are alternatives to each other: those of each file, and those of the two standard outputs together,
/// because tools move between these.
fn groups(definition: &Definition) -> Vec<Vec<&OutputFormat>> {
    let sources: BTreeSet<Option<&str>> = definition.outputs.iter().map(|format| format.from.file()).collect();
    let of = |source| definition.outputs.iter().filter(move |format| format.from.file() == source).collect();
    sources.into_iter().map(of).collect()
}

fn recognised<'a>(alternatives: &[&'a OutputFormat], outputs: &Outputs<'_>) -> Option<&'a OutputFormat> {
    let fits = |format: &&&OutputFormat| lines(outputs.of(format)).any(|line| format.recognise.is_match(line));
    alternatives.iter().find(fits).copied()
}

fn read<'a>(format: &'a OutputFormat, outputs: &Outputs<'_>, taken: &mut ExtractionBuilder<'a>) {
    let text = outputs.of(format);
    taken.format = &format.name;
    taken.extraction.problems.extend(failure_line(format, outputs).map(Problem::ToolFailed));
    let whole = Whole::of(format, text);
    taken.extraction.problems.extend(whole.problems(format));
    lines::read(format, &whole, taken);
    match &format.document {
        // Its last bracket ends it.
        Some(document) if document.syntax == Syntax::Json => document::read(document, text, taken),
        Some(document) => document::read(document, whole.lines, taken),
        None => {}
    }
    if let Some(tap) = &format.tap {
        tap::read(tap, whole.lines, taken);
    }
}

/// The forms of `outputs` that do not say where they end: what is missing from one of them is not seen.
pub fn without_end<'a>(definition: &'a Definition, outputs: &Outputs<'_>) -> Vec<&'a str> {
    let formats = groups(definition).into_iter().filter_map(|alternatives| recognised(&alternatives, outputs));
    formats.filter(|format| !format.has_end()).map(|format| format.name.as_str()).collect()
}

/// The lines of an output that its format says nothing about, printable: what a tool's next version may have added.
pub fn leftovers(definition: &Definition, outputs: &Outputs<'_>) -> Vec<String> {
    let formats = groups(definition).into_iter().filter_map(|alternatives| recognised(&alternatives, outputs));
    let in_lines = formats.filter(|format| format.document.is_none() && format.tap.is_none());
    in_lines.flat_map(|format| lines::leftovers(format, outputs.of(format))).collect()
}

fn unrecognised(alternatives: &[&OutputFormat], outputs: &Outputs<'_>) -> Problem {
    let blank = |text: &[u8]| text.trim_ascii().is_empty();
    if let Some(failure) = alternatives.iter().find_map(|format| failure_line(format, outputs)) {
        return Problem::ToolFailed(failure);
    }
    let texts = match alternatives.first().map(|format| &format.from) {
        Some(Source::File(name)) if blank(outputs.files.get(name.as_str()).copied().unwrap_or_default()) => {
            return Problem::NoFile(name.clone());
        }
        Some(Source::File(_)) => [outputs.of(alternatives[0]), b""],
        _ => [outputs.stdout, outputs.stderr],
    };
    match texts.into_iter().find(|text| !blank(text)) {
        Some(text) => Problem::Unrecognised(head(text)),
        None => Problem::Empty,
    }
}

/// The line that says, by any of the forms of `definition`, that the tool failed.
pub fn tool_failure(definition: &Definition, outputs: &Outputs<'_>) -> Option<String> {
    definition.outputs.iter().find_map(|format| failure_line(format, outputs))
}

fn failure_line(format: &OutputFormat, outputs: &Outputs<'_>) -> Option<String> {
    let failed = |line| Some((format.failures.iter().position(|failure| failure.is_match(line))?, line));
    let texts = [outputs.stdout, outputs.stderr].into_iter().chain(outputs.files.values().copied());
    // A tool may say it in several lines; the patterns stand in the order of what they tell.
    let first = texts
        .filter(|text| format.may_fail.is_match(text))
        .flat_map(lines)
        .filter_map(failed)
        .min_by_key(|(position, _)| *position);
    first.map(|(_, line)| printable(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    const SYSBENCH: &[u8] = include_bytes!("../../test-definitions/sysbench-cpu/samples/1.0.20/threads-2.stdout");

    fn sysbench(text: &[u8]) -> Extraction {
        let outputs = Outputs { stdout: text, ..Outputs::default() };
        extract(&Store::embedded().load("sysbench-cpu").unwrap(), &BTreeMap::new(), &outputs)
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
        let extraction =
            extract(definition, &BTreeMap::new(), &Outputs { stdout: text.as_bytes(), ..Outputs::default() });
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
    fn a_histogram_has_its_bucket_as_a_label() {
        let definition = made(
            "[{name: wakeups, unit: wakeups, better: neither, range: [0, 1.0e9], labels: [latency, thread]}]",
            "ends: ['^# Total: '], patterns: [{metric: wakeups, regex: '^(?P<latency>\\d{6}) (?P<value>\\d{6}(\\t\\d{6})*)$', \
             split: thread, expect: some}]",
        );
        // As cyclictest -h prints it.
        let text = "made\n# Histogram\n000012 000000\t000001\n000049 000002\t000000\n# Total: 000000002 000000001\n";
        assert_eq!(
            found(&definition, text),
            [
                "wakeups latency=000012 thread=0=0",
                "wakeups latency=000012 thread=1=1",
                "wakeups latency=000049 thread=0=2",
                "wakeups latency=000049 thread=1=0"
            ]
        );
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
        assert_eq!(found(&definition, "made\n")[0], "JSON: no document");
        assert!(found(&definition, "made\n{\"jobs\": [")[0].starts_with("JSON: EOF"));
        assert_eq!(
            found(&definition, &format!("{text}{text}").replacen("\nmade: a note", "", 1))[0],
            "JSON: a second document"
        );
    }

    #[test]
    fn every_element_has_a_number_that_counts() {
        let definition = made(
            "[{name: iops, unit: IO/s, better: higher, range: [0, 1.0e9], labels: [job, op]}]",
            "json: [{metric: iops, path: 'jobs[*].*.iops', where: 'jobs[*].*.n', labels: {job: '*1', op: '*2'}, expect: each}]",
        );
        let text = |second: &str| {
            format!(
                "made\n{{\"jobs\": [{{\"read\": {{\"iops\": 1.5, \"n\": 3}}, \"write\": {{\"iops\": 0, \"n\": 0}}}}, {second}]}}\n"
            )
        };
        let good = text("{\"write\": {\"iops\": 2, \"n\": 1}}");
        assert_eq!(found(&definition, &good), ["iops job=0 op=read=1.5", "iops job=1 op=write=2"]);
        for nothing in ["{}", "{\"write\": {\"iops\": 2, \"n\": 0}}", "{\"write\": {\"iops\": 2}}"] {
            let found = found(&definition, &text(nothing));
            let expected =
                "metric `iops` of element 1: `jobs[*][*].iops` leads to 0 values, at least 1 expected (made)";
            assert_eq!(found[1], expected, "{nothing}");
        }
    }

    #[test]
    fn a_wrong_path_is_named_with_how_far_it_leads() {
        for (path, end) in [
            ("run.rate.value", "did you mean `run.rates`?"),
            ("run.speed", "`run` has no `speed`"),
            ("results", "the document has no `results`"),
            ("run.name[*]", "`run.name` is not a list of anything"),
            ("run.name.text", "`run.name` has no `text`"),
        ] {
            let metrics = "[{name: rate, unit: IO/s, better: higher, range: [0, 1.0e9]}]";
            let definition = made(metrics, &format!("json: [{{metric: rate, path: '{path}'}}]"));
            let found = found(&definition, "made\n{\"run\": {\"name\": \"x\", \"rates\": 3}}\n");
            let expected = format!("metric `rate`: `{path}` leads to 0 values, 1 expected (made); {end}");
            assert_eq!(found, [expected]);
        }
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
    fn a_line_that_nearly_fits_is_named() {
        for (number, shown) in [("nan", "nan"), ("1,234", "1,234"), ("4394,50", "4394,50")] {
            let text = String::from_utf8(SYSBENCH.to_vec()).unwrap();
            let line = text.lines().find(|line| line.contains("events per second:")).unwrap();
            let extraction = replaced(line, &format!("    events per second: {number}"));
            let told =
                "metric `events-per-second`: 0 lines match, 1 expected (sysbench 1.0); nearly: events per second: ";
            assert_eq!(problems(&extraction), [format!("{told}{shown}")]);
        }
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
        let extraction = extract(&definition, &values, &Outputs { stdout: text, ..Outputs::default() });
        assert_eq!(extraction.problems, []);
        let labels: Vec<String> = extraction.found.iter().map(|found| found.labels.to_string()).collect();
        assert_eq!(labels, ["", "thread=0", "thread=1"]);
    }
}
