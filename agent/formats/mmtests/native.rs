//! What this program measured -> MMTests' runs.
//!
//! Where a definition stands for a benchmark of MMTests, and a metric for one of its operations (`agent/mmtests`), the run
//! is MMTests' own. All else is a table of the definition's name.

use super::{Direction, Iteration, Kind, Operation, Run, Spelling, record::derived};
use crate::{
    mmtests::{has_operations, operation},
    record::{Benchmark, Better, Record, Series, Value},
};
use serde_json::{Map, Value as Json};

/// A benchmark of this program as MMTests would have it: one run for each direction, as MMTests knows one for each run.
pub(super) fn runs(record: &Record, benchmark: &Benchmark) -> Vec<Run> {
    let mut mapped: Vec<Run> = Vec::new();
    let mut runs: Vec<(Better, Run)> = Vec::new();
    let kernel = record.machine.as_ref().and_then(|machine| machine.kernel.release.clone());
    let name = record.label.clone().or(kernel).unwrap_or_else(|| record.id.to_string());
    for case in &benchmark.cases {
        for series in &case.series {
            let metric = benchmark.metrics.iter().find(|metric| metric.name == series.metric);
            let Some(metric) = metric else { continue };
            let value = |key: &str| case.labels.get(key).or_else(|| series.labels.get(key));
            if let Some((module, operation)) = operation(benchmark.name.as_str(), metric.name.as_str(), &value) {
                let at = mapped.iter().position(|run| run.benchmark() == module).unwrap_or_else(|| {
                    mapped.push(mmtests_own(&name, module));
                    mapped.len() - 1
                });
                mapped[at].operations.push(Operation { name: operation, iterations: vec![one_iteration(series)] });
                continue;
            }
            let at = runs.iter().position(|(better, _)| *better == metric.better).unwrap_or_else(|| {
                // The definition's own name may be that of MMTests' benchmark.
                let alone = runs.is_empty() && !has_operations(benchmark.name.as_str());
                let suffix = if alone { String::new() } else { format!("-{}", metric.better.as_str()) };
                runs.push((metric.better, empty(&name, &format!("{}{suffix}", benchmark.name), metric.better)));
                runs.len() - 1
            });
            let labels = case.labels.iter().chain(series.labels.iter());
            let labels: String = labels.map(|(key, value)| format!("-{key}={value}")).collect();
            let operation = Operation { name: format!("{}{labels}", metric.name), iterations: iterations(series) };
            runs[at].1.operations.push(operation);
        }
    }
    let finish = |mut run: Run| {
        for field in ["_GeneratedOperations", "_OperationsSeen"] {
            run.fields.extend(derived(&run, field).map(|value| (field.to_string(), value)));
        }
        run
    };
    mapped.into_iter().chain(runs.into_iter().map(|(_, run)| run)).map(finish).collect()
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
fn one_iteration(series: &Series) -> Option<Iteration> {
    let mut iteration = Iteration::default();
    for (at, value) in series.samples.iter().flatten().enumerate() {
        if let Some(value) = value {
            iteration.numbers.push((at + 1) as f64, Spelling::Number);
            iteration.values.push(value.get(), Spelling::Number);
        }
    }
    (!iteration.values.is_empty()).then_some(iteration)
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

/// The samples with their positions as numbers; a lost one leaves its number out.
fn iterations(series: &Series) -> Vec<Option<Iteration>> {
    let one = |samples: &Vec<Option<Value>>| {
        let mut iteration = Iteration::default();
        for (at, value) in samples.iter().enumerate() {
            if let Some(value) = value {
                iteration.numbers.push((at + 1) as f64, Spelling::Number);
                iteration.values.push(value.get(), Spelling::Number);
            }
        }
        (!iteration.values.is_empty()).then_some(iteration)
    };
    series.samples.iter().map(one).collect()
}
