//! What a test left -> a record. What our definitions measure too is under their names; the rest is under the benchmark
//! `test-definitions`, a case for each line.

use super::{
    NAME,
    equals::{Assigned, Known, assigned},
    names::Equal,
    run::{Entry, Run},
};
use crate::{
    definition::{Definition, Store},
    record::{
        Benchmark, Better, Case, Ident, Labels, Loss, Metric, Record, RecordId, Series, Tool, Unit, Value, Verdict,
    },
};
use std::collections::{BTreeMap, HashMap};

/// The labels of a line's case.
pub(super) const LABELS: [&str; 3] = ["set", "name", "nth"];

/// The unit of a number without one.
pub(super) const NO_UNIT: &str = "1";

/// The record of one run.
pub(super) fn to_record(run: &Run, id: RecordId) -> Record {
    let mut record = Record {
        id,
        label: run.label.clone(),
        machine: run.machine.clone(),
        losses: run.losses.clone(),
        ..Record::default()
    };
    let assigned = assigned(run);
    let others: Vec<&Entry> = match &assigned {
        Some(assigned) => assigned.others.clone(),
        None => run.entries.iter().collect(),
    };
    if let Some(assigned) = &assigned {
        for at in 0..assigned.test.definitions.len() {
            record.benchmarks.extend(ours(assigned, at, run));
        }
    }
    if !others.is_empty() {
        let (benchmark, losses) = lines(&others, run);
        record.benchmarks.push(benchmark);
        record.losses.extend(losses);
    }
    record
}

/// What a reader should know of a record of ours.
pub(super) fn notes(run: &Run) -> Vec<String> {
    let Some(assigned) = assigned(run) else { return Vec::new() };
    let of_test = |what: &str| format!("test `{}`: {what}", assigned.test.test);
    let mut notes = Vec::new();
    if run.parameters.is_none() {
        notes.push(of_test("its parameters are not in it: the labels are those of the script's defaults"));
    }
    if assigned.known.iter().any(|known| known.name.summary.is_some()) {
        notes.push(of_test("a mean of its iterations stands for a sample"));
    }
    notes
}

/// The benchmark of one of a test's definitions, if the run has numbers of it.
fn ours(assigned: &Assigned<'_>, at: usize, run: &Run) -> Option<Benchmark> {
    let equal = assigned.test.definitions.get(at)?;
    let mine: Vec<&Known<'_>> = assigned.known.iter().filter(|known| known.equal == at).collect();
    let definition = Store::embedded().load(&equal.definition).ok().filter(|_| !mine.is_empty())?;
    let mut cases: Vec<Case> = Vec::new();
    for known in &mine {
        let labels = case_labels(&definition, equal, known, run);
        if !cases.iter().any(|case| case.labels == labels) {
            cases.push(Case { labels: labels.clone(), result: Verdict::Pass, ..Case::default() });
        }
        if let Some(case) = cases.iter_mut().find(|case| case.labels == labels) {
            take(case, known.entry);
            add(case, &definition, known);
        }
    }
    let verdicts = assigned.verdicts.iter().filter(|(of, _)| *of == at);
    verdicts.for_each(|(_, entry)| cases.iter_mut().for_each(|case| take(case, entry)));
    let used = |name: &Ident| mine.iter().any(|known| known.name.metric == name.as_str());
    let metrics = definition.metrics.iter().map(|spec| spec.metric.clone()).filter(|metric| used(&metric.name));
    let set = |theirs| equal.parameters.iter().filter_map(move |one| Some((one.name.clone(), one.value(theirs)?)));
    Some(Benchmark {
        name: definition.name.clone(),
        run: 1,
        tool: tool(run),
        parameters: run.parameters.iter().flat_map(set).collect(),
        metrics: metrics.collect(),
        cases,
    })
}

fn tool(run: &Run) -> Option<Tool> {
    Some(Tool { name: NAME.into(), version: run.version.clone() })
}

/// What a result makes of its case's.
fn take(case: &mut Case, entry: &Entry) {
    if entry.result == Verdict::Pass {
        return;
    }
    let worse = case.result == Verdict::Pass || entry.result == Verdict::Fail;
    case.result = if worse { entry.result } else { case.result };
    case.reasons.push(format!("test case `{}`: {}", entry.name, entry.result.as_str()));
}

/// The point of the definition's matrix.
fn case_labels(definition: &Definition, equal: &Equal, known: &Known<'_>, run: &Run) -> Labels {
    let empty = BTreeMap::new();
    let theirs = run.parameters.as_ref().unwrap_or(&empty);
    let pairs = definition.matrix.iter().filter_map(|axis| {
        let value = match known.labels.get(axis.label.as_str()) {
            Some(value) => value.clone(),
            None => ran(equal, &axis.parameter, theirs)?,
        };
        Some((axis.label.clone(), value))
    });
    Labels::new(pairs.collect()).unwrap_or_default()
}

/// The one value of a parameter with which a test ran, if that is known.
pub(super) fn ran(equal: &Equal, parameter: &str, theirs: &BTreeMap<String, String>) -> Option<String> {
    let set = || equal.parameters.iter().find(|one| one.name == parameter)?.value(theirs);
    let value = equal.ran.get(parameter).cloned().or_else(set)?;
    // How many processors there were, nothing says.
    (!value.contains(' ') && value != "nproc").then_some(value)
}

/// Adds a sample.
fn add(case: &mut Case, definition: &Definition, known: &Known<'_>) {
    let Some(spec) = definition.metrics.iter().find(|spec| spec.metric.name.as_str() == known.name.metric) else {
        return;
    };
    let pair = |key: &Ident| Some((key.clone(), known.labels.get(key.as_str())?.clone()));
    let labels = Labels::new(spec.metric.labels.iter().filter_map(pair).collect()).unwrap_or_default();
    let metric = &spec.metric.name;
    let is_it = |series: &Series| series.metric == *metric && series.labels == labels;
    if !case.series.iter().any(is_it) {
        case.series.push(Series { metric: metric.clone(), labels: labels.clone(), samples: Vec::new() });
    }
    if let Some(series) = case.series.iter_mut().find(|series| is_it(series)) {
        while series.samples.len() <= known.iteration {
            series.samples.push(Vec::new());
        }
        if let Some(samples) = series.samples.get_mut(known.iteration) {
            samples.push(Some(known.value));
        }
    }
}

/// Lines that nothing here has a name for: a case each.
fn lines(entries: &[&Entry], run: &Run) -> (Benchmark, Vec<Loss>) {
    let (mut units, mut cases, mut losses) = (Units::default(), Vec::new(), Vec::new());
    let mut seen: HashMap<(&Option<String>, &str), usize> = HashMap::new();
    for entry in entries {
        let nth = seen.entry((&entry.set, &entry.name)).or_default();
        *nth = nth.saturating_add(1);
        let series = match &entry.measured {
            None => None,
            Some((value, unit)) => match units.metric(unit) {
                Some(metric) => Some((metric, *value)),
                None => {
                    let reason = format!("units `{unit}`: a record has none such");
                    losses.push(Loss::new(format!("test case `{}`", entry.name), reason));
                    continue;
                }
            },
        };
        cases.push(case(entry, *nth, series));
    }
    let name = ident(NAME);
    let metrics = units.metrics;
    (Benchmark { name, run: 1, tool: tool(run), parameters: BTreeMap::new(), metrics, cases }, losses)
}

fn case(entry: &Entry, nth: usize, measured: Option<(Ident, Value)>) -> Case {
    let nth = (nth > 1).then(|| nth.to_string());
    let values = [entry.set.clone(), Some(entry.name.clone()), nth];
    let pairs = LABELS.into_iter().zip(values).filter_map(|(key, value)| Some((ident(key), value?)));
    let series =
        measured.map(|(metric, value)| Series { metric, labels: Labels::default(), samples: vec![vec![Some(value)]] });
    let mut case = Case {
        labels: Labels::new(pairs.collect()).unwrap_or_default(),
        result: Verdict::Pass,
        series: series.into_iter().collect(),
        ..Case::default()
    };
    take(&mut case, entry);
    case
}

/// A metric for each unit.
#[derive(Default)]
struct Units {
    metrics: Vec<Metric>,
}

impl Units {
    fn metric(&mut self, unit: &str) -> Option<Ident> {
        let unit: Unit = if unit.is_empty() { NO_UNIT } else { unit }.parse().ok()?;
        if let Some(known) = self.metrics.iter().find(|metric| metric.unit == unit) {
            return Some(known.name.clone());
        }
        let name = match self.metrics.len() {
            0 => ident("value"),
            others => ident(&format!("value-{}", others.saturating_add(1))),
        };
        let metric = Metric { name: name.clone(), unit, better: Better::Neither, labels: Vec::new(), primary: false };
        self.metrics.push(metric);
        Some(name)
    }
}

/// A name that is written here.
fn ident(text: &str) -> Ident {
    // A test reads a record of every kind.
    text.parse().unwrap_or_else(|error| unreachable!("{error}"))
}
