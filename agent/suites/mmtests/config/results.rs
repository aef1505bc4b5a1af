//! The table of results: what a definition measured -> the benchmark of MMTests, its operations and its logs.
//!
//! Names have `{label}` for the values of labels, and `{label|upper}` for them in upper case.

use super::table::chosen_by;
use crate::record::{Decimal, Value};
use serde::{Deserialize, Deserializer, de::Error};
use std::sync::LazyLock;

/// What MMTests calls what a definition measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// The definition.
    definition: String,
    /// The benchmark's name.
    #[serde(default)]
    benchmark: Option<String>,
    /// Instead of it: the label by whose value a benchmark is chosen, in the table of benchmarks.
    #[serde(default)]
    chosen_by: Option<String>,
    /// What the iterations of a case are in MMTests.
    #[serde(default)]
    pub iterations: Iterations,
    /// The metrics that are operations of MMTests.
    #[serde(default)]
    operations: Vec<Operation>,
    /// The log of an execution, where it holds what MMTests' extraction reads.
    #[serde(default)]
    pub log: Option<Log>,
}

/// What the iterations of a case are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Iterations {
    /// The benchmark's own: all of them are samples of one iteration of MMTests.
    #[default]
    Samples,
    /// MMTests' own (`MMTEST_ITERATIONS`): the benchmark has none.
    Folders,
}

/// A metric that is an operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    metric: String,
    /// Only series with this label.
    #[serde(default)]
    label: Option<(String, String)>,
    name: String,
    /// What the values are multiplied with to have MMTests' unit.
    #[serde(default, deserialize_with = "decimal")]
    factor: Option<Decimal>,
    /// How exactly MMTests has them, where the metric is more exact.
    #[serde(default)]
    precision: Option<Precision>,
    /// Whether the last sample of an iteration is left out.
    #[serde(default)]
    but_last: bool,
    /// Whether MMTests has it in its table of ratios, where it has not all in it.
    #[serde(default)]
    ratio: bool,
}

/// How exactly MMTests has a value.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Precision {
    /// With two decimals.
    TwoDecimals,
    /// With six significant digits, as awk prints what it calculates; a whole number with all.
    SixDigits,
    /// Whole hundredths, as GNU time has them: the rest is cut off.
    Hundredths,
    /// The same; from an hour on whole seconds, as GNU time has the time elapsed.
    Clock,
}

impl Precision {
    fn round(self, value: f64) -> f64 {
        let text = match self {
            Self::TwoDecimals => format!("{value:.2}"),
            Self::SixDigits if value.fract() != 0.0 => format!("{value:.5e}"),
            Self::SixDigits => return value,
            Self::Clock if value >= 3600.0 => return value.trunc(),
            Self::Hundredths | Self::Clock => return hundredths(value) as f64 / 100.0,
        };
        text.parse().unwrap_or(value)
    }
}

/// How many whole hundredths a time has: 0.29 has 29.
pub fn hundredths(seconds: f64) -> u64 {
    let cut = Decimal::parse(&format!("{seconds:e}")).and_then(|time| time.times(Decimal::new(100, 0)));
    cut.map_or(seconds * 100.0, Decimal::to_f64) as u64
}

/// Samples that are an operation of MMTests.
pub struct Samples<'a> {
    /// The operation's name.
    pub name: String,
    operation: &'a Operation,
}

impl Samples<'_> {
    /// Whether MMTests has it in its table of ratios, where it has not all in it.
    pub fn in_ratios(&self) -> bool {
        self.operation.ratio
    }

    /// What MMTests would have of the samples of one iteration.
    pub fn of(&self, samples: &[Option<Value>]) -> Vec<Option<f64>> {
        let count = if self.operation.but_last { samples.len().saturating_sub(1) } else { samples.len() };
        samples[..count].iter().map(|value| value.map(|value| self.value(value))).collect()
    }

    fn value(&self, value: Value) -> f64 {
        let scaled = self.operation.factor.map_or(value.get(), |factor| times(value, factor));
        self.operation.precision.map_or(scaled, |precision| precision.round(scaled))
    }
}

/// What MMTests calls the log of an execution, and what of the output is in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Its name; `{iteration}` is counted from 1.
    #[serde(default)]
    name: Option<String>,
    /// The name of the log that has what GNU time says.
    #[serde(default)]
    time: Option<String>,
    /// Whether outputs of several executions stand in it, one behind the other.
    #[serde(default)]
    pub appended: bool,
    /// Whether standard error is in it, behind standard output.
    #[serde(default = "yes")]
    pub stderr: bool,
    /// How many lines at the beginning are not in it.
    #[serde(default)]
    pub skip: usize,
    /// It ends before the line that has this text.
    #[serde(default)]
    pub until: Option<String>,
    /// Whether it is packed with gzip.
    #[serde(default)]
    pub gzip: bool,
}

fn yes() -> bool {
    true
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Decimal::parse(&text).map(Some).ok_or_else(|| D::Error::custom("no number"))
}

static TABLE: LazyLock<Vec<Results>> = LazyLock::new(|| crate::text::yaml::built_in(include_str!("results.yaml")));

/// What MMTests calls the results of a definition, where it has a benchmark that measures the same.
pub fn results(definition: &str) -> Option<&'static Results> {
    TABLE.iter().find(|results| results.definition == definition)
}

impl Results {
    /// The benchmark of a case.
    pub fn benchmark<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        match (&self.benchmark, &self.chosen_by) {
            (Some(name), _) => fill(name, label),
            (None, Some(key)) => chosen_by(&self.definition, label(key)?).map(Into::into),
            (None, None) => None,
        }
    }

    /// The operation that a series of `metric` is.
    pub fn operation<'a>(
        &'static self,
        metric: &str,
        label: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Option<Samples<'static>> {
        let is_it = |operation: &&Operation| {
            let wanted = operation.label.as_ref();
            operation.metric == metric && wanted.is_none_or(|(key, value)| label(key) == Some(value))
        };
        let operation = self.operations.iter().find(is_it)?;
        Some(Samples { name: fill(&operation.name, label)?, operation })
    }
}

impl Log {
    /// The log's name.
    pub fn name<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        fill(self.name.as_deref()?, label)
    }

    /// The name of GNU time's.
    pub fn time<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        fill(self.time.as_deref()?, label)
    }
}

/// The product of what both are written as: 23 times 0.001 is 0.023.
fn times(value: Value, factor: Decimal) -> f64 {
    let exact = Decimal::parse(&format!("{:e}", value.get())).and_then(|value| value.times(factor));
    exact.map_or_else(|| value.get() * factor.to_f64(), Decimal::to_f64)
}

/// `text` with the values of labels for `{label}`.
fn fill<'a>(text: &str, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}')?;
        filled.push_str(before);
        match key.strip_suffix("|upper") {
            Some(key) => filled.push_str(&label(key)?.to_uppercase()),
            None => filled.push_str(label(key)?),
        }
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::{Definition, Store},
        suites::mmtests::known,
    };

    /// The label's key as a value, if a case or a series of the metric has the label.
    fn labels(definition: &Definition, metric: Option<&str>, key: &str) -> Option<&'static str> {
        let of_case = definition.matrix.iter().any(|axis| axis.label.as_str() == key);
        let spec = metric.and_then(|name| definition.metrics.iter().find(|spec| spec.metric.name.as_str() == name));
        let of_series = spec.is_some_and(|spec| spec.metric.labels.iter().any(|label| label.as_str() == key));
        (of_case || of_series).then_some("1")
    }

    #[test]
    fn the_table_names_metrics_and_labels_that_there_are() {
        for results in TABLE.iter() {
            let definition = Store::embedded().load(&results.definition).unwrap_or_else(|error| panic!("{error}"));
            let name = &results.definition;
            assert_ne!(results.benchmark.is_some(), results.chosen_by.is_some(), "{name}");
            let of_case = |key: &str| labels(&definition, None, key);
            if let Some(benchmark) = &results.benchmark {
                let filled = fill(benchmark, &of_case).unwrap_or_else(|| panic!("{name}: {benchmark}"));
                assert!(known(&filled, None).is_some(), "{name}: MMTests has no {benchmark}");
            }
            assert!(results.chosen_by.iter().all(|key| of_case(key).is_some()), "{name}");
            for operation in &results.operations {
                let metric = &operation.metric;
                assert!(definition.metrics.iter().any(|spec| spec.metric.name.as_str() == metric), "{name}: {metric}");
                let of_series = |key: &str| labels(&definition, Some(metric), key);
                assert!(fill(&operation.name, &of_series).is_some(), "{name}: {}", operation.name);
                assert!(operation.label.iter().all(|(key, _)| of_series(key).is_some()), "{name}: {metric}");
            }
            let Some(log) = &results.log else { continue };
            let of_execution = |key: &str| if key == "iteration" { Some("1") } else { of_case(key) };
            assert!(log.name(&of_execution).or(log.time(&of_execution)).is_some(), "{name}: {log:?}");
        }
    }

    #[test]
    fn values_have_mmtests_unit() {
        let label = |key: &str| ["groups", "tasks", "ipc"].contains(&key).then_some("1");
        let messaging = results("perf-bench-sched-messaging").and_then(|known| known.operation("total-time", &label));
        let messaging = messaging.expect("one");
        assert_eq!(messaging.name, "time-1");
        for (milliseconds, seconds) in [(23.0, 0.023), (71.0, 0.071), (1229.0, 1.229), (0.1, 0.0001)] {
            assert_eq!(messaging.of(&[Value::try_from(milliseconds).ok()]), [Some(seconds)]);
        }
        assert_eq!(Precision::TwoDecimals.round(1053.539), 1053.54);
        assert_eq!(Precision::SixDigits.round(123.45678), 123.457);
        assert_eq!(Precision::SixDigits.round(1234567.0), 1234567.0);
        assert_eq!([0.29, 0.299, 12.0].map(|time| Precision::Hundredths.round(time)), [0.29, 0.29, 12.0]);
        assert_eq!([59.999, 3600.5].map(|time| Precision::Clock.round(time)), [59.99, 3600.0]);
    }

    #[test]
    fn benchmarks_are_chosen_by_labels() {
        let named =
            |definition: &str, label: &dyn Fn(&str) -> Option<&'static str>| results(definition)?.benchmark(label);
        let messaging = |key: &str| match key {
            "tasks" => Some("thread"),
            "ipc" => Some("pipes"),
            _ => None,
        };
        assert_eq!(named("perf-bench-sched-messaging", &messaging).as_deref(), Some("hackbench-thread-pipes"));
        let test = |value: &'static str| move |key: &str| (key == "test").then_some(value);
        assert_eq!(named("will-it-scale", &test("pread2")).as_deref(), Some("wis-pread"));
        assert_eq!(named("will-it-scale", &test("dup1")), None);
        assert!(results("primes").is_none());
    }
}
