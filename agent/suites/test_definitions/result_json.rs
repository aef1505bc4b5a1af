//! `result.json` of test-definitions' own runner: a list of tests, each with its parameters, its machine and its results.

use super::{
    line::{Line, LineError, lines},
    run::{Entry, Run},
};
use crate::{
    record::{Distribution, Kernel, Loss, Machine},
    text::printable,
};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Why a file is not one.
#[derive(Debug, thiserror::Error)]
#[error("not a result.json of test-definitions: {0}")]
pub(super) struct NotAResultJson(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Test {
    test: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    params: Option<BTreeMap<String, Json>>,
    #[serde(default)]
    environment: BTreeMap<String, Json>,
    metrics: Vec<Metric>,
}

#[derive(Deserialize)]
struct Metric {
    test_case_id: String,
    result: String,
    #[serde(default)]
    measurement: Json,
    #[serde(default)]
    units: Json,
}

/// Whether bytes look like one.
pub(super) fn is_result_json(bytes: &[u8]) -> bool {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    bytes.trim_ascii_start().starts_with(b"[") && has(b"\"metrics\"") && has(b"\"test_case_id\"")
}

/// Reads one.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Run>, NotAResultJson> {
    let tests: Vec<Test> = serde_json::from_slice(bytes)?;
    Ok(tests.into_iter().map(Test::into_run).collect())
}

impl Test {
    fn into_run(self) -> Run {
        let mut run = Run {
            machine: machine(&self.environment),
            test: Some(self.test),
            label: self.id,
            version: self.version,
            parameters: self.params.map(|all| all.into_iter().map(|(name, value)| (name, text(&value))).collect()),
            ..Run::default()
        };
        for metric in &self.metrics {
            match entry(metric) {
                Ok(entry) => run.entries.push(entry),
                Err(error) => {
                    let name = printable(metric.test_case_id.as_bytes());
                    let error = printable(error.to_string().as_bytes()).to_string();
                    run.losses.push(Loss::new(format!("result.json: {name}"), error));
                }
            }
        }
        run
    }
}

/// What a metric says, as the line that it was once.
fn entry(metric: &Metric) -> Result<Entry, LineError> {
    let Metric { test_case_id, result, measurement, units } = metric;
    let line = format!("{test_case_id} {result} {} {}", text(measurement), text(units));
    match lines(line.replace('\n', "\u{b}").as_bytes()).next() {
        Some((_, Ok(Line::Result(result)))) if result.name == *test_case_id => Ok(Entry {
            set: None,
            name: result.name.into(),
            result: result.result,
            measured: result.measured.map(|it| (it.value, it.units.unwrap_or_default().into())),
        }),
        Some((_, Err(error))) => Err(error),
        _ => Err(LineError::NoResult(test_case_id.clone())),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is said of the machine and does not tell one kind from another: our own records say that otherwise.
fn machine(environment: &BTreeMap<String, Json>) -> Option<Machine> {
    let said = |name: &str| environment.get(name).map(text).filter(|text| !text.trim().is_empty());
    let uname = said("uname").unwrap_or_default();
    // `Linux HOST RELEASE #1 SMP VERSION x86_64 GNU/Linux`
    let architecture = uname.split(' ').rev().nth(1).map(String::from).filter(|_| uname.ends_with("GNU/Linux"));
    let machine = Machine {
        kernel: Kernel { release: said("kernel"), architecture, ..Kernel::default() },
        distribution: Distribution {
            id: said("linux_distribution"),
            version_id: said("linux_distribution_version_id"),
            ..Distribution::default()
        },
        ..Machine::default()
    };
    (machine != Machine::default()).then_some(machine)
}
