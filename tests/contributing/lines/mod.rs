//! The suite `lines`: `metric value unit` in each line of a file that begins with `# lines` -> a record.

#[cfg(feature = "host")]
mod results;

use super::{
    error::SuiteError,
    suite::{Logged, Logs, Suite},
};
use crate::record::{Benchmark, Better, Case, Ident, Metric, Record, RecordId, Series, Unit, Value, Verdict};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The suite.
pub(super) const SUITE: Suite = Suite {
    name: "lines",
    logs: Some(Logs { runs, run }),
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};

/// Why a text is not understood.
#[derive(Debug, thiserror::Error)]
enum LinesError {
    #[error("line {0}: not `metric value unit`")]
    Line(usize),
    #[error(transparent)]
    Read(#[from] io::Error),
}

fn runs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(if folder.join("lines").is_file() { vec![folder.into()] } else { Vec::new() })
}

fn run(folder: &Path, label: Option<&str>, id: RecordId) -> Result<Logged, SuiteError> {
    let text = fs::read_to_string(folder.join("lines")).map_err(LinesError::from).map_err(SuiteError::new)?;
    let benchmark = benchmark(&text).map_err(SuiteError::new)?;
    let record = Record { id, label: label.map(Into::into), benchmarks: vec![benchmark], ..Record::default() };
    Ok(Logged { record, notes: Vec::new() })
}

/// The benchmark that a text holds.
fn benchmark(text: &str) -> Result<Benchmark, LinesError> {
    let mut case = Case { result: Verdict::Pass, ..Case::default() };
    let mut metrics = Vec::new();
    for (at, line) in text.lines().enumerate().skip(1) {
        let (metric, value) = metric(line).ok_or(LinesError::Line(at + 1))?;
        case.series.push(Series {
            metric: metric.name.clone(),
            labels: Default::default(),
            samples: vec![vec![Some(value)]],
        });
        metrics.push(metric);
    }
    let name = "lines".parse().map_err(|_| LinesError::Line(1))?;
    Ok(Benchmark { name, run: 1, tool: None, parameters: Default::default(), metrics, cases: vec![case] })
}

fn metric(line: &str) -> Option<(Metric, Value)> {
    let [name, value, unit] = line.split_whitespace().collect::<Vec<_>>().try_into().ok()?;
    let (name, unit): (Ident, Unit) = (name.parse().ok()?, unit.parse().ok()?);
    let value = Value::try_from(value.parse::<f64>().ok()?).ok()?;
    Some((Metric { name, unit, better: Better::Neither, labels: Vec::new(), primary: false }, value))
}
