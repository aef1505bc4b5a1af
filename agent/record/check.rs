//! What must hold in every record, whoever wrote it.

use super::{Benchmark, Case, Execution, Ident, Labels, Record};
use std::collections::{BTreeMap, BTreeSet};

/// The versions that are read.
#[cfg(feature = "host")]
const READ: &str = "1 and 2";
#[cfg(not(feature = "host"))]
const READ: &str = "2";

/// Why a document is not a record.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// It is not JSON, or not what its version says.
    #[error("not a record: {0}\nhint: a record is what `run` and `rebuild` write")]
    Json(String),
    /// Its JSON ends in the middle.
    #[error("not a whole record: {0}\nhint: the file is cut off: copy it again, or rebuild it from the board's log")]
    Cut(String),
    /// A version that a later program wrote.
    #[error("record: its version is {0}, and this program reads {READ}\nhint: use a newer lava-bench")]
    Newer(u32),
    /// A version that there is not, or that only a host's program reads.
    #[error("record: its version {0} is unknown: this program reads {READ}")]
    UnknownVersion(String),
    /// The same benchmark and run stand in it twice.
    #[error("benchmark `{0}`: appears twice with the same run number")]
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
    /// An execution belongs to an iteration and should not, or the other way round.
    #[error("benchmark `{0}`: an execution with the role `{1}` must {2}have an iteration")]
    Iteration(Ident, &'static str, &'static str),
    /// An execution's boot is not in the record.
    #[error("benchmark `{0}`: an execution ran in boot {1}, which is not among the `boots`")]
    Boot(Ident, u32),
    /// A series' labels are not the ones that its metric declares, or a label has a key that names use themselves.
    #[error("benchmark `{0}`: label `{1}` is not allowed here")]
    Label(Ident, Ident),
}

// Only its text: as a source, chained errors would say it twice.
impl From<serde_json::Error> for Invalid {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() { Self::Cut(error.to_string()) } else { Self::Json(error.to_string()) }
    }
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
            let executions = benchmark.cases.iter().flat_map(|case| &case.executions);
            executions.into_iter().try_for_each(|execution| self.check_execution(&benchmark.name, execution))?;
        }
        Ok(())
    }

    fn check_execution(&self, name: &Ident, execution: &Execution) -> Result<(), Invalid> {
        let Execution { role, iteration, boot, .. } = execution;
        if role.has_iteration() != iteration.is_some() {
            let not = if role.has_iteration() { "" } else { "not " };
            return Err(Invalid::Iteration(name.clone(), role.as_str(), not));
        }
        match *boot as usize >= self.boots.len().max(1) {
            true => Err(Invalid::Boot(name.clone(), *boot)),
            false => Ok(()),
        }
    }
}

fn check_benchmark(benchmark: &Benchmark) -> Result<(), Invalid> {
    let mut metrics = BTreeMap::new();
    for metric in &benchmark.metrics {
        if metrics.insert(&metric.name, metric.labels.as_slice()).is_some() {
            return Err(Invalid::MetricTwice(benchmark.name.clone(), metric.name.clone()));
        }
        if let Some(key) = metric.labels.iter().find(|key| key.is_reserved()) {
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
    let foreign = |key: &&Ident| key.is_reserved() || metrics.values().any(|keys| keys.contains(key));
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
