//! MMTests' runs <-> records.
//!
//! An operation is a series with the label `op`; all fields of the JSON are parameters, so that signals carry them too.
//! Sample numbers other than 1, 2, 3 ... are a series of the metric `sample`.

use super::{
    benchmarks::Direction,
    column::Column,
    extract::{Extract, Iteration, Operation},
    logs::Tree,
    note::{Note, is_value},
};
#[cfg(feature = "host")]
use super::{header::Header, native};
use crate::record::{
    Benchmark, Better, Case, Ident, Labels, Metric, Record, RecordId, Series, Tool, Unit, Value, Verdict,
};
#[cfg(feature = "host")]
use serde_json::Map;
use serde_json::Value as Json;
#[cfg(feature = "host")]
use std::collections::HashSet;
use std::collections::{BTreeMap, HashMap};

/// The parameter that holds the note which most operations share; another's own has its name after a blank.
const NOTE: &str = "_Spelling";

/// The value of a parameter whose field follows from the operations.
const DERIVED: &str = "=";

/// The metric of sample numbers.
const SAMPLE: &str = "sample";

/// Why a record is not a result of MMTests.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A parameter that does not say how numbers are spelled.
    #[error("benchmark `{0}`: parameter `{1}` is not understood\nhint: was the record written by this program?")]
    Note(Ident, String),
}

/// The record of one run.
pub fn to_record(run: &Extract, id: RecordId) -> Record {
    let benchmarks = vec![to_benchmark(run, 1)];
    Record { id, label: Some(run.name().into()), benchmarks, ..Record::default() }
}

impl Tree {
    /// Calls the run otherwise than its folder.
    pub fn rename(&mut self, name: &str) {
        self.name = name.into();
        for (run, _) in &mut self.benchmarks {
            run.header.test_name = name.into();
        }
    }
}

/// The record of one run's folder: all its benchmarks, the kernel and the times.
pub fn from_tree(tree: &Tree, id: RecordId) -> Record {
    let mut record = Record {
        id,
        label: Some(tree.name.clone()),
        started: tree.facts.started.clone(),
        machine: tree.facts.machine.clone(),
        ..Record::default()
    };
    for mut benchmark in benchmarks(tree) {
        // Names that differ only in what a name cannot have are runs of one benchmark.
        let before = record.benchmarks.iter().filter(|known| known.name == benchmark.name).count();
        benchmark.run = before as u32 + 1;
        record.benchmarks.push(benchmark);
    }
    record
}

/// The benchmarks of one run's folder, each with its times; one that failed or could not be read says why. All are the
/// first run of their name.
pub fn benchmarks(tree: &Tree) -> Vec<Benchmark> {
    let read = tree.benchmarks.iter().map(|(run, timings)| {
        let mut benchmark = to_benchmark(run, 1);
        for case in &mut benchmark.cases {
            case.executions = (0..).zip(timings).filter_map(|(at, timing)| timing.execution(at)).collect();
            for (at, timing) in timings.iter().enumerate() {
                let failure = timing.failure().map(|why| format!("iteration {}: {why}", at + 1));
                case.reasons.extend(failure);
            }
            case.result = if case.reasons.is_empty() { Verdict::Pass } else { Verdict::Fail };
        }
        benchmark
    });
    let failed = tree.failed.iter().map(|(name, error)| {
        let reason = error.to_string();
        let reason = reason.lines().next().unwrap_or_default().to_string();
        Benchmark {
            name: ident(&format!("mmtests-{}", name.to_lowercase())),
            run: 1,
            tool: Some(Tool { name: "MMTests".into(), version: None }),
            parameters: BTreeMap::new(),
            metrics: Vec::new(),
            cases: vec![case(Vec::new(), vec![reason])],
        }
    });
    read.chain(failed).collect()
}

/// The benchmark of one run, as the `number`-th of its name in a record.
pub fn to_benchmark(run: &Extract, number: u32) -> Benchmark {
    let mut metrics: Vec<Metric> = Vec::new();
    let mut series = Vec::new();
    let mut reasons = Vec::new();
    for operation in &run.operations {
        let metric = metric(run, &operation.name);
        let labels = Labels::new(vec![(ident("op"), operation.name.clone())]).unwrap_or_default();
        let values = samples(operation, |iteration| &iteration.values);
        series.push(Series { metric: metric.name.clone(), labels: labels.clone(), samples: values });
        reasons.extend(refused(operation));
        let counted = operation.iterations.iter().flatten().all(|iteration| iteration.numbers.is_counted());
        declare(&mut metrics, metric);
        if !counted {
            let numbers = samples(operation, |iteration| &iteration.numbers);
            series.push(Series { metric: ident(SAMPLE), labels, samples: numbers });
            declare(&mut metrics, new_metric(SAMPLE, "1", Better::Neither));
        }
    }
    if !series.iter().any(|series| series.values().next().is_some()) {
        reasons.push("no samples".into());
    }
    Benchmark {
        name: ident(&format!("mmtests-{}", run.benchmark())),
        run: number,
        tool: Some(Tool { name: "MMTests".into(), version: None }),
        parameters: parameters(run),
        metrics,
        cases: vec![case(series, reasons)],
    }
}

fn case(series: Vec<Series>, reasons: Vec<String>) -> Case {
    let result = if reasons.is_empty() { Verdict::Pass } else { Verdict::Fail };
    Case { result, reasons, series, ..Case::default() }
}

fn declare(metrics: &mut Vec<Metric>, metric: Metric) {
    if !metrics.iter().any(|known| known.name == metric.name) {
        metrics.push(metric);
    }
}

fn new_metric(name: &str, unit: &str, better: Better) -> Metric {
    Metric { name: ident(name), unit: self::unit(unit), better, labels: vec![ident("op")], primary: false }
}

/// What `operation` measures: what is known of it, else what the JSON says.
fn metric(run: &Extract, operation: &str) -> Metric {
    if let Some(metric) = run.metric(operation) {
        let only = run.presentation().is_some_and(|known| known.metrics.len() == 1);
        let name = if only || metric.prefix.is_empty() { "value".into() } else { slug(&metric.prefix) };
        return new_metric(&name, &metric.unit.to_string(), metric.better);
    }
    let better = match run.direction() {
        Direction::Higher => Better::Higher,
        Direction::Lower => Better::Lower,
    };
    let header = &run.header;
    let unit = header.plot_axis.text().or_else(|| data_unit(header.data_type.number()?)).unwrap_or("value");
    new_metric("value", unit, better)
}

/// The unit of a type of data in the version of 2021.
fn data_unit(data: u64) -> Option<&'static str> {
    let unit = match data {
        1 => "s",
        2 => "ns",
        3 => "us",
        4 => "ms",
        5 => "cycles",
        8 => "actions/s",
        9 => "actions/min",
        10 => "ops/s",
        11 => "ops/min",
        13 => "KB/s",
        14 => "MB/s",
        15 => "Mbit/s",
        16 => "transactions/s",
        17 => "transactions/min",
        20 => "requests/s",
        23 => "MHz",
        24 => "W",
        26 => "B",
        27 => "KB",
        28 => "MB",
        29 => "pages",
        _ => return None,
    };
    Some(unit)
}

/// The samples that a record can hold.
fn samples(operation: &Operation, column: impl Fn(&Iteration) -> &Column) -> Vec<Vec<Option<Value>>> {
    let one = |iteration: &Option<Iteration>| -> Vec<Option<Value>> {
        let numbers = iteration.iter().flat_map(|iteration| column(iteration).iter());
        numbers.filter_map(|number| Value::try_from(number).ok().map(Some)).collect()
    };
    let mut samples: Vec<Vec<Option<Value>>> = operation.iterations.iter().map(one).collect();
    while samples.last().is_some_and(Vec::is_empty) {
        samples.pop();
    }
    samples
}

/// The values that are not numbers.
fn refused(operation: &Operation) -> Vec<String> {
    let mut reasons = Vec::new();
    for (iteration, data) in operation.iterations.iter().enumerate() {
        let values = data.iter().flat_map(|data| data.values.iter());
        for value in values.filter(|value| !is_value(*value)) {
            let name = &operation.name;
            reasons.push(format!(
                "operation `{name}`, iteration {iteration}: {value} is not a value (it must be finite and below 1e20)"
            ));
        }
    }
    reasons
}

/// A text as a name: lower-case letters, digits and `-`.
fn slug(text: &str) -> String {
    let text = text.to_lowercase().replace(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit(), "-");
    text.trim_matches('-').chars().take(crate::record::MAX_IDENT).collect()
}

fn ident(text: &str) -> Ident {
    let slug = slug(text);
    slug.parse().or_else(|_| format!("x{slug}").parse()).unwrap_or_else(|error| unreachable!("{error}"))
}

fn unit(text: &str) -> Unit {
    let plain: String =
        text.chars().filter(|c| !"()<>=".contains(*c)).map(|c| if c.is_ascii_graphic() { c } else { '-' }).collect();
    plain.chars().take(30).collect::<String>().parse().unwrap_or_else(|_| unit("value"))
}

/// All fields, and how the numbers are spelled.
fn parameters(run: &Extract) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    // An operation without a value has no signal, so its place is unknown.
    let silent = |operation: &Operation| !operation.values().any(is_value);
    let told = !run.operations.iter().any(silent);
    let derived = run.derived().to_map();
    for (field, value) in &run.header.to_map() {
        let derived = told && derived.get(field) == Some(value);
        parameters.insert(parameter_of(field), if derived { DERIVED.into() } else { to_text(value) });
    }
    let notes: Vec<(String, &str)> = run
        .operations
        .iter()
        .map(|operation| (serde_json::to_string(&Note::of(operation)).unwrap_or_default(), operation.name.as_str()))
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    notes.iter().for_each(|(note, _)| *counts.entry(note.as_str()).or_default() += 1);
    let Some((most, _)) = counts.iter().max_by_key(|(note, count)| (**count, **note)) else { return parameters };
    for (operation, (note, name)) in run.operations.iter().zip(&notes) {
        if note != most || silent(operation) {
            parameters.insert(format!("{NOTE} {name}"), note.clone());
        }
    }
    parameters.insert(NOTE.into(), (*most).into());
    parameters
}

/// A text stands for itself if it is not JSON; all else is JSON.
fn to_text(value: &Json) -> String {
    match value {
        Json::String(text) if text != DERIVED && serde_json::from_str::<Json>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(feature = "host")]
fn from_text(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The runs of a record: those that came from MMTests as they were, any other benchmark as MMTests would have it.
///
/// # Errors
/// A parameter that this program did not write.
#[cfg(feature = "host")]
pub fn to_extracts(record: &Record) -> Result<Vec<Extract>, RecordError> {
    let mut runs = Vec::new();
    for benchmark in &record.benchmarks {
        match benchmark.parameters.contains_key("_ModuleName") {
            true => runs.push(from_benchmark(benchmark)?),
            false => runs.extend(native::runs(record, benchmark)),
        }
    }
    Ok(runs)
}

#[cfg(feature = "host")]
type Numbers = Vec<Vec<Option<f64>>>;

#[cfg(feature = "host")]
fn from_benchmark(benchmark: &Benchmark) -> Result<Extract, RecordError> {
    let all = benchmark.parameters.iter().filter_map(|(key, text)| Some((field_of(key)?, text)));
    let (derived, said): (Vec<_>, Vec<_>) = all.partition(|(_, text)| *text == DERIVED);
    let mut fields: Map<String, Json> = said.into_iter().map(|(field, text)| (field.into(), from_text(text))).collect();
    let mut extract = Extract { header: Header::from_map(fields.clone()), operations: operations(benchmark)? };
    // Without a list, the series are in the order in which the operations were shown.
    if !extract.listed().is_empty() {
        extract.order();
    }
    let mut values = extract.derived().to_map();
    fields.extend(derived.into_iter().filter_map(|(field, _)| values.remove_entry(field)));
    extract.header = Header::from_map(fields);
    Ok(extract)
}

#[cfg(feature = "host")]
fn operations(benchmark: &Benchmark) -> Result<Vec<Operation>, RecordError> {
    let mut values: Vec<(&str, Numbers)> = Vec::new();
    let mut numbers: HashMap<&str, Numbers> = HashMap::new();
    for series in benchmark.cases.iter().flat_map(|case| &case.series) {
        let Some(operation) = series.labels.get("op") else { continue };
        let samples = series.samples.iter().map(|list| list.iter().map(|v| v.map(Value::get)).collect()).collect();
        if series.metric.as_str() == SAMPLE {
            numbers.insert(operation, samples);
        } else {
            values.push((operation, samples));
        }
    }
    // An operation whose values are all no values has no series in signals, but a note of its own.
    let told: HashSet<&str> = values.iter().map(|(name, _)| *name).collect();
    let noted = benchmark.parameters.keys().filter_map(|key| key.strip_prefix(NOTE)?.strip_prefix(' '));
    values.extend(noted.filter(|name| !told.contains(name)).map(|name| (name, Vec::new())));
    let shared = benchmark.parameters.get(NOTE).map_or(DEFAULT_NOTE, String::as_str);
    let operation = |(name, samples): (&str, Numbers)| {
        let key = format!("{NOTE} {name}");
        let note = benchmark.parameters.get(&key).map_or(shared, String::as_str);
        let understood = serde_json::from_str::<Note>(note).ok();
        let iterations = understood.and_then(|note| note.iterations(&samples, numbers.get(name).map(Vec::as_slice)));
        let iterations = iterations.ok_or_else(|| RecordError::Note(benchmark.name.clone(), key))?;
        Ok(Operation { name: name.into(), iterations })
    };
    values.into_iter().map(operation).collect()
}

/// The parameter of a field: its own name, but for those that a note could have.
fn parameter_of(field: &str) -> String {
    if field.starts_with(NOTE) || field.starts_with(DERIVED) { format!("{DERIVED}{field}") } else { field.into() }
}

#[cfg(feature = "host")]
/// The field of a parameter, if it is not a note.
fn field_of(parameter: &str) -> Option<&str> {
    (!parameter.starts_with(NOTE)).then(|| parameter.strip_prefix(DERIVED).unwrap_or(parameter))
}

#[cfg(feature = "host")]
/// How numbers are spelled where the note is lost.
const DEFAULT_NOTE: &str = r#"{"Values":"n","SampleNrs":"n"}"#;
