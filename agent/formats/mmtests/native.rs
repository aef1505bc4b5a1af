//! What this program measured -> MMTests' runs.
//!
//! Where a definition stands for a benchmark of MMTests, and a metric for one of its operations (`agent/mmtests`), the run
//! is MMTests' own. All else is a table of the definition's name.

use super::{Direction, Iteration, Kind, Operation, Run, Spelling, record::derived};
use crate::{
    mmtests::{Iterations, Results, results},
    record::{Benchmark, Better, Record, Series, Value},
};
use serde_json::{Map, Value as Json};

/// A benchmark of this program as MMTests would have it: one run for each direction, as MMTests knows one for each run.
pub(super) fn runs(record: &Record, benchmark: &Benchmark) -> Vec<Run> {
    let kernel = record.machine.as_ref().and_then(|machine| machine.kernel.release.clone());
    let name = record.label.clone().or(kernel).unwrap_or_else(|| record.id.to_string());
    let results = results(benchmark.name.as_str());
    let (mut mapped, mut others): (Vec<Run>, Vec<(Better, Run)>) = (Vec::new(), Vec::new());
    for (case, series) in benchmark.cases.iter().flat_map(|case| case.series.iter().map(move |series| (case, series))) {
        let Some(metric) = benchmark.metrics.iter().find(|metric| metric.name == series.metric) else { continue };
        let value = |key: &str| case.labels.get(key).or_else(|| series.labels.get(key));
        if let Some((module, operation)) = results.and_then(|results| mmtests_operation(results, series, &value)) {
            let at = mapped.iter().position(|run| run.benchmark() == module).unwrap_or_else(|| {
                mapped.push(mmtests_own(&name, &module));
                mapped.len() - 1
            });
            mapped[at].operations.push(operation);
            continue;
        }
        let at = others.iter().position(|(better, _)| *better == metric.better).unwrap_or_else(|| {
            // The definition's own name may be that of MMTests' benchmark.
            let alone = others.is_empty() && results.is_none();
            let suffix = if alone { String::new() } else { format!("-{}", metric.better.as_str()) };
            others.push((metric.better, empty(&name, &format!("{}{suffix}", benchmark.name), metric.better)));
            others.len() - 1
        });
        let labels = case.labels.iter().chain(series.labels.iter());
        let labels: String = labels.map(|(key, value)| format!("-{key}={value}")).collect();
        let name = format!("{}{labels}", metric.name);
        others[at].1.operations.push(Operation { name, iterations: iterations(series, Value::get) });
    }
    let finish = |mut run: Run| {
        for field in ["_GeneratedOperations", "_OperationsSeen"] {
            run.fields.extend(derived(&run, field).map(|value| (field.to_string(), value)));
        }
        run
    };
    mapped.into_iter().chain(others.into_iter().map(|(_, run)| run)).map(finish).collect()
}

/// The benchmark and the operation of MMTests that a series is.
fn mmtests_operation<'a>(
    results: &Results,
    series: &Series,
    value: &dyn Fn(&str) -> Option<&'a str>,
) -> Option<(String, Operation)> {
    let (name, unit) = results.operation(series.metric.as_str(), value)?;
    let iterations = match results.iterations {
        Iterations::Folders => iterations(series, unit),
        Iterations::Samples => vec![one_iteration(series, unit)],
    };
    Some((results.benchmark(value)?, Operation { name, iterations }))
}

/// A run as MMTests' extraction of the benchmark begins it, with the direction that it takes.
fn mmtests_own(name: &str, benchmark: &str) -> Run {
    let known = super::known(benchmark, None);
    let higher = known.is_some_and(|known| known.direction == Direction::Higher);
    let kind = known.map_or(Kind::Multiops, |known| known.kind);
    let fields = [
        ("_ModuleName", Json::from(format!("ExtractShellpack{benchmark}"))),
        ("_TestName", name.into()),
        ("_Summarytype", format!("{kind:?}").into()),
        ("_PreferredVal", if higher { "Higher" } else { "Lower" }.into()),
        ("_Precision", known.map_or(2, |known| known.decimals).into()),
        ("_FieldLength", 18.into()),
        ("_Opname", "Ops".into()),
        ("_CurrentIteration", 1.into()),
    ];
    let fields = fields.into_iter().map(|(field, value)| (field.to_string(), value)).collect();
    Run { fields, operations: Vec::new() }
}

/// What MMTests has as one iteration of its own: the benchmark's iterations are samples of it.
fn one_iteration(series: &Series, unit: impl Fn(Value) -> f64) -> Option<Iteration> {
    let all: Vec<Option<Value>> = series.samples.iter().flatten().copied().collect();
    iteration(&all, &unit)
}

fn empty(name: &str, module: &str, better: Better) -> Run {
    // MMTests finds its own module by the name, where it has one.
    let own = module.replace('-', "");
    let module = match (super::known(&own, None), own.split_at_checked(1)) {
        (Some(_), Some((first, rest))) => format!("Extract{}{rest}", first.to_uppercase()),
        _ => format!("ExtractShellpack{module}"),
    };
    let preferred = if better == Better::Higher { "Higher" } else { "Lower" };
    let fields = [
        ("_ModuleName", module),
        ("_TestName", name.into()),
        ("_PreferredVal", preferred.into()),
        ("_Summarytype", "Multiops".into()),
        ("_RatioCompareOp", "cidiff".into()),
        ("_Opname", "Ops".into()),
    ];
    let fields = fields.into_iter().map(|(field, text)| (field.to_string(), Json::from(text)));
    let mut fields: Map<String, Json> = fields.collect();
    fields.insert("_Precision".into(), 4.into());
    fields.insert("_FieldLength".into(), 18.into());
    Run { fields, operations: Vec::new() }
}

fn iterations(series: &Series, unit: impl Fn(Value) -> f64) -> Vec<Option<Iteration>> {
    series.samples.iter().map(|samples| iteration(samples, &unit)).collect()
}

/// The samples with their positions as numbers; a lost one leaves its number out.
fn iteration(samples: &[Option<Value>], unit: &dyn Fn(Value) -> f64) -> Option<Iteration> {
    let mut iteration = Iteration::default();
    for (at, value) in samples.iter().enumerate() {
        if let Some(value) = value {
            iteration.numbers.push((at + 1) as f64, Spelling::Number);
            iteration.values.push(unit(*value), Spelling::Number);
        }
    }
    (!iteration.values.is_empty()).then_some(iteration)
}
