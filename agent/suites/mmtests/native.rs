//! What this program measured -> MMTests' runs.
//!
//! Where a definition stands for a benchmark of MMTests, and a metric for one of its operations (`benchmarks/`), the run
//! is MMTests' own. All else is a table of the definition's name.

use super::{
    benchmarks::{Direction, Iterations, ResultNames, presentation, result_names},
    column::Spelling,
    extract::{Extract, Iteration, Operation},
    header::Header,
};
use crate::record::{Benchmark, Better, Record, Series, Value};

/// A benchmark of this program as MMTests would have it: one run for each direction, as MMTests knows one for each run.
pub(super) fn runs(record: &Record, benchmark: &Benchmark) -> Vec<Extract> {
    let kernel = record.machine.as_ref().and_then(|machine| machine.kernel.release.clone());
    let name = record.label.clone().or(kernel).unwrap_or_else(|| record.id.to_string());
    let results = result_names(benchmark.name.as_str());
    let (mut mapped, mut others): (Vec<Mapped>, Vec<(Better, Extract)>) = (Vec::new(), Vec::new());
    let all = benchmark.cases.iter().enumerate();
    for (at, case, series) in all.flat_map(|(at, case)| case.series.iter().map(move |series| (at, case, series))) {
        let Some(metric) = benchmark.metrics.iter().find(|metric| metric.name == series.metric) else { continue };
        let parameter = |key: &str| benchmark.parameters.get(key).map(String::as_str);
        let value = |key: &str| case.labels.get(key).or_else(|| series.labels.get(key)).or_else(|| parameter(key));
        if results.is_some_and(|results| map(&mut mapped, results, at, series, &value)) {
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
        let samples = series.samples.iter().map(|samples| samples.iter().map(|value| value.map(Value::get)).collect());
        let iterations = samples.map(|samples: Vec<Option<f64>>| iteration(&samples)).collect();
        others[at].1.operations.push(Operation { name: format!("{}{labels}", metric.name), iterations });
    }
    let finish = |mut run: Extract| {
        let derived = run.derived();
        run.header.generated_operations = derived.generated_operations;
        run.header.operations_seen = derived.operations_seen;
        run
    };
    let mapped = mapped.into_iter().map(|mapped| mapped.run(&name));
    mapped.chain(others.into_iter().map(|(_, run)| run)).map(finish).collect()
}

/// A benchmark of MMTests.
struct Mapped {
    benchmark: String,
    iterations: Iterations,
    operations: Vec<MappedOperation>,
}

struct MappedOperation {
    name: String,
    /// The number of the case that it is of.
    case: usize,
    in_ratios: bool,
    /// The samples by iteration.
    samples: Vec<Vec<Option<f64>>>,
}

/// Adds a series where it is an operation of MMTests. Series of one operation in a case, such as threads, follow each other
/// in each iteration; the same operation of another case, which MMTests has no name for, is left.
fn map<'a>(
    mapped: &mut Vec<Mapped>,
    results: &'static ResultNames,
    case: usize,
    series: &Series,
    value: &dyn Fn(&str) -> Option<&'a str>,
) -> bool {
    let operation = results.operation(series.metric.as_str(), value);
    let (Some(operation), Some(benchmark)) = (operation, results.benchmark(value)) else { return false };
    let at = mapped.iter().position(|known| known.benchmark == benchmark).unwrap_or_else(|| {
        mapped.push(Mapped { benchmark, iterations: results.iterations, operations: Vec::new() });
        mapped.len() - 1
    });
    let operations = &mut mapped[at].operations;
    let at = operations.iter().position(|known| known.name == operation.name).unwrap_or_else(|| {
        let (name, in_ratios) = (operation.name.clone(), operation.in_ratios());
        operations.push(MappedOperation { name, case, in_ratios, samples: Vec::new() });
        operations.len() - 1
    });
    if operations[at].case != case {
        return false;
    }
    let all = &mut operations[at].samples;
    all.resize(all.len().max(series.samples.len()), Vec::new());
    for (samples, more) in all.iter_mut().zip(&series.samples) {
        samples.extend(operation.of(more));
    }
    true
}

impl Mapped {
    fn run(self, name: &str) -> Extract {
        let mut run = mmtests_own(name, &self.benchmark);
        let ratios = self.operations.iter().filter(|operation| operation.in_ratios);
        let ratios: Vec<String> = ratios.map(|operation| operation.name.clone()).collect();
        if !ratios.is_empty() {
            run.header.ratio_operations = ratios.into_iter().collect();
        }
        for MappedOperation { name, samples, .. } in self.operations {
            let iterations = match self.iterations {
                Iterations::Folders => samples.iter().map(|samples| iteration(samples)).collect(),
                // The benchmark's own iterations are samples of one of MMTests'.
                Iterations::Samples => vec![iteration(&samples.concat())],
            };
            run.operations.push(Operation { name, iterations });
        }
        let count = run.operations.iter().map(|operation| operation.iterations.len()).max().unwrap_or(1);
        run.header.current_iteration = (count as u64).into();
        run
    }
}

/// A run as MMTests' extraction of the benchmark begins it, with the direction that it takes.
fn mmtests_own(name: &str, benchmark: &str) -> Extract {
    let known = presentation(benchmark, None);
    let higher = known.is_some_and(|known| known.direction == Direction::Higher);
    let summary = known.map(|known| known.summary).unwrap_or_default();
    let header = Header {
        module_name: format!("ExtractShellpack{benchmark}").into(),
        test_name: name.into(),
        summary_type: format!("{summary:?}").into(),
        preferred: if higher { "Higher" } else { "Lower" }.into(),
        precision: known.map_or(2, |known| known.decimals as u64).into(),
        field_length: 18.into(),
        value_title: "Ops".into(),
        ..Header::default()
    };
    Extract { header, operations: Vec::new() }
}

fn empty(name: &str, module: &str, better: Better) -> Extract {
    // MMTests finds its own module by the name, where it has one.
    let own = module.replace('-', "");
    let module = match (presentation(&own, None), own.split_at_checked(1)) {
        (Some(_), Some((first, rest))) => format!("Extract{}{rest}", first.to_uppercase()),
        _ => format!("ExtractShellpack{module}"),
    };
    let preferred = if better == Better::Higher { "Higher" } else { "Lower" };
    let header = Header {
        module_name: module.into(),
        test_name: name.into(),
        preferred: preferred.into(),
        summary_type: "Multiops".into(),
        ratio_comparison: "cidiff".into(),
        value_title: "Ops".into(),
        // The name may begin like a benchmark of MMTests without being one, as sysbench-cpu does.
        definitions: "lava-bench".into(),
        precision: 4.into(),
        field_length: 18.into(),
        ..Header::default()
    };
    Extract { header, operations: Vec::new() }
}

/// The samples with their positions as numbers; a lost one leaves its number out.
fn iteration(samples: &[Option<f64>]) -> Option<Iteration> {
    let mut iteration = Iteration::default();
    for (at, value) in samples.iter().enumerate() {
        if let Some(value) = value {
            iteration.numbers.push((at + 1) as f64, Spelling::Number);
            iteration.values.push(*value, Spelling::Number);
        }
    }
    (!iteration.values.is_empty()).then_some(iteration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_no_variant_of_a_benchmark_of_mmtests() {
        // MMTests' sysbench is of transactions, for which higher is better.
        let run = empty("6.12", "sysbench-cpu-lower", Better::Lower);
        assert!(run.presentation().is_none() && run.metric("latency-min-threads=1").is_none());
        assert_eq!(run.direction(), Direction::Lower);
        assert!(mmtests_own("6.12", "sysbench").presentation().is_some());
    }
}
