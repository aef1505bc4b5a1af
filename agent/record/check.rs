//! What must hold in every record, whoever wrote it.

use super::{Benchmark, Case, Ident, Labels, Record};
use std::collections::{BTreeMap, BTreeSet};

/// Label keys that names use themselves.
const RESERVED: [&str; 2] = ["run", "h"];

/// Why a document is no record.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// It is not JSON, or not of this schema.
    #[error("not a record of schema lava-bench-record/1: {0}")]
    Json(#[from] serde_json::Error),
    /// The same benchmark and run stand in it twice.
    #[error("benchmark `{0}`: stands twice with the same run number")]
    BenchmarkTwice(Ident),
    /// A run number of 0.
    #[error("benchmark `{0}`: run number 0 (they start at 1)")]
    RunZero(Ident),
    /// A metric stands twice.
    #[error("benchmark `{0}`: metric `{1}` is declared twice")]
    MetricTwice(Ident, Ident),
    /// Two cases have the same labels.
    #[error("benchmark `{0}`: two cases have the labels `{1}`")]
    CaseTwice(Ident, Labels),
    /// Two series of a case have the same metric and labels.
    #[error("benchmark `{0}`: metric `{1}` has two series with the labels `{2}`")]
    SeriesTwice(Ident, Ident, Labels),
    /// A series' metric is not declared.
    #[error("benchmark `{0}`: metric `{1}` has samples but is not declared")]
    Undeclared(Ident, Ident),
    /// A series' labels are not the ones that its metric declares, or a label has a key that names use themselves.
    #[error("benchmark `{0}`: label `{1}` is not allowed here")]
    Label(Ident, Ident),
}

impl Record {
    /// Checks what the types cannot: every name that the signals would use is there once.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut seen = BTreeSet::new();
        for benchmark in &self.benchmarks {
            if benchmark.run == 0 {
                return Err(Invalid::RunZero(benchmark.name.clone()));
            }
            if !seen.insert((&benchmark.name, benchmark.run)) {
                return Err(Invalid::BenchmarkTwice(benchmark.name.clone()));
            }
            check_benchmark(benchmark)?;
        }
        Ok(())
    }
}

fn check_benchmark(benchmark: &Benchmark) -> Result<(), Invalid> {
    let mut metrics = BTreeMap::new();
    for metric in &benchmark.metrics {
        if metrics.insert(&metric.name, metric.labels.as_slice()).is_some() {
            return Err(Invalid::MetricTwice(benchmark.name.clone(), metric.name.clone()));
        }
        if let Some(key) = metric.labels.iter().find(|key| RESERVED.contains(&key.as_str())) {
            return Err(Invalid::Label(benchmark.name.clone(), key.clone()));
        }
    }
    let mut points = BTreeSet::new();
    for case in &benchmark.cases {
        if !points.insert(&case.labels) {
            return Err(Invalid::CaseTwice(benchmark.name.clone(), case.labels.clone()));
        }
        check_case(&benchmark.name, &metrics, case)?;
    }
    Ok(())
}

fn check_case(name: &Ident, metrics: &BTreeMap<&Ident, &[Ident]>, case: &Case) -> Result<(), Invalid> {
    let foreign = |key: &&Ident| RESERVED.contains(&key.as_str()) || metrics.values().any(|keys| keys.contains(key));
    if let Some(key) = case.labels.iter().map(|(key, _)| key).find(foreign) {
        return Err(Invalid::Label(name.clone(), key.clone()));
    }
    let mut seen = BTreeSet::new();
    for series in &case.series {
        let Some(keys) = metrics.get(&series.metric) else {
            return Err(Invalid::Undeclared(name.clone(), series.metric.clone()));
        };
        let given = series.labels.iter().map(|(key, _)| key);
        if !given.clone().eq(keys.iter()) {
            let odd = given.chain(keys.iter()).next().unwrap_or(&series.metric);
            return Err(Invalid::Label(name.clone(), odd.clone()));
        }
        if !seen.insert((&series.metric, &series.labels)) {
            return Err(Invalid::SeriesTwice(name.clone(), series.metric.clone(), series.labels.clone()));
        }
    }
    Ok(())
}
