//! Records -> JUnit XML: a suite for each run of a benchmark, a test for each case. `docs/exchange.md` describes it.

use crate::{
    record::{Benchmark, Case, Ident, Record, Series, Verdict},
    text::junit::{Outcome, Suite, Test, write as write_document},
};
use std::{collections::BTreeMap, io, iter};

/// Writes the document.
pub(super) fn write(records: &[Record], out: &mut dyn io::Write) -> io::Result<()> {
    let suites: Vec<Suite> = records.iter().flat_map(suites).collect();
    write_document("lava-bench", &suites, out)
}

fn suites(record: &Record) -> Vec<Suite> {
    let timestamp = &record.started;
    let suite = |benchmark: &Benchmark| {
        let name = match benchmark.run {
            1 => benchmark.name.to_string(),
            run => format!("{} run {run}", benchmark.name),
        };
        let tests = |case| iter::once(test(&name, benchmark, case)).chain(faults(&name, benchmark, case));
        let tests = benchmark.cases.iter().flat_map(tests).collect();
        Suite { name, timestamp: timestamp.clone(), properties: properties(record, Some(benchmark)), tests }
    };
    let not_begun = |name: &Ident| {
        let outcome = Outcome::Error("not-begun", "not begun: the run ended before".into());
        let test = Test { class: name.to_string(), name: name.to_string(), outcome, ..Test::default() };
        let properties = properties(record, None);
        Suite { name: name.to_string(), timestamp: timestamp.clone(), properties, tests: vec![test] }
    };
    record.benchmarks.iter().map(suite).chain(record.not_begun.iter().map(not_begun)).collect()
}

fn properties(record: &Record, benchmark: Option<&Benchmark>) -> Vec<(String, String)> {
    let machine = record.machine.as_ref();
    let tool = benchmark.and_then(|benchmark| benchmark.tool.as_ref());
    let losses = (!record.losses.is_empty()).then(|| record.losses.len().to_string());
    let facts = [
        ("record", Some(record.id.to_string())),
        ("label", record.label.clone()),
        ("kernel", machine.and_then(|machine| machine.kernel.release.clone())),
        ("board", machine.and_then(|machine| machine.board.model.clone())),
        ("tool", tool.map(|tool| tool.name.clone())),
        ("tool_version", tool.and_then(|tool| tool.version.clone())),
        ("losses", losses),
    ];
    let mut all: Vec<(String, String)> =
        facts.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect();
    let parameters = benchmark.into_iter().flat_map(|benchmark| &benchmark.parameters);
    all.extend(parameters.map(|(name, value)| (format!("parameter.{name}"), value.clone())));
    all
}

fn test(class: &str, benchmark: &Benchmark, case: &Case) -> Test {
    let name = title(benchmark, case);
    let why = case.reasons.join("; ");
    let outcome = match case.result {
        Verdict::Pass => Outcome::Passed,
        Verdict::Fail => Outcome::Failed("fail", why),
        Verdict::Skip => Outcome::Skipped(why),
        Verdict::Unknown => Outcome::Error("unknown", why),
    };
    let seconds = case.executions.iter().map(|execution| execution.elapsed_seconds).sum();
    let seconds = (!case.executions.is_empty()).then_some(seconds);
    let mut lines: Vec<String> = case.series.iter().map(|series| median(benchmark, series)).collect();
    lines.extend(case.all_disturbances().iter().map(|why| format!("not valid: {why}")));
    Test { class: class.into(), name, seconds, outcome, output: lines.join("\n") }
}

fn title(benchmark: &Benchmark, case: &Case) -> String {
    if case.labels.is_empty() { benchmark.name.to_string() } else { case.labels.to_string() }
}

/// A test that failed for each kind of fault that the kernel reported in the meantime.
fn faults(class: &str, benchmark: &Benchmark, case: &Case) -> Vec<Test> {
    let mut texts: BTreeMap<&Ident, Vec<&str>> = BTreeMap::new();
    for fault in case.executions.iter().flat_map(|execution| &execution.faults) {
        texts.entry(&fault.kind).or_default().push(&fault.text);
    }
    let test = |(kind, texts): (&Ident, Vec<&str>)| Test {
        class: class.into(),
        name: format!("{}: kernel {kind}", title(benchmark, case)),
        outcome: Outcome::Failed("fault", texts.join("; ")),
        ..Test::default()
    };
    texts.into_iter().map(test).collect()
}

/// A series in one line: `latency op=read: 4.2 us (median of 5)`.
fn median(benchmark: &Benchmark, series: &Series) -> String {
    let unit = benchmark.metrics.iter().find(|metric| metric.name == series.metric);
    let unit = unit.map(|metric| format!(" {}", metric.unit)).unwrap_or_default();
    let labels = if series.labels.is_empty() { String::new() } else { format!(" {}", series.labels) };
    let lost = series.samples.iter().flatten().filter(|value| value.is_none()).count();
    let lost = if lost > 0 { format!(", {lost} lost") } else { String::new() };
    match series.median() {
        Some(value) => {
            format!("{}{labels}: {value}{unit} (median of {}{lost})", series.metric, series.values().count())
        }
        None => format!("{}{labels}: no samples{lost}", series.metric),
    }
}
