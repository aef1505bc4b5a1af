//! What MMTests calls what a definition measured: the benchmark, its operations, and the log of an execution.
//!
//! Names have `{label}` for the values of labels, and `{label|upper}` for them in upper case.

use crate::record::{Decimal, Value};
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;

/// What MMTests calls what a definition measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultNames {
    /// The definition.
    pub(crate) definition: String,
    /// The benchmark's name; where nothing is said, the file's.
    #[serde(default)]
    pub(crate) benchmark: Option<String>,
    /// Instead of it: the labels or parameters by whose values a benchmark is chosen, as in `definitions`.
    #[serde(default)]
    pub(crate) chosen_by: Vec<String>,
    /// The benchmarks with these values, where `definitions` do not choose them.
    #[serde(default)]
    pub(crate) choice: BTreeMap<String, BTreeMap<String, String>>,
    /// What the iterations of a case are in MMTests.
    #[serde(default)]
    pub(crate) iterations: Iterations,
    /// The metrics that are operations of MMTests.
    #[serde(default)]
    pub(crate) operations: Vec<OperationName>,
    /// The log of an execution, where it holds what MMTests' extraction reads.
    #[serde(default)]
    pub(crate) log: Option<LogLayout>,
}

/// What the iterations of a case are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Iterations {
    /// The benchmark's own: all of them are samples of one iteration of MMTests.
    #[default]
    Samples,
    /// MMTests' own (`MMTEST_ITERATIONS`): the benchmark has none.
    Folders,
}

/// A metric that is an operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationName {
    pub(crate) metric: String,
    /// Only series with this label.
    #[serde(default)]
    pub(crate) label: Option<(String, String)>,
    pub(crate) name: String,
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
pub(crate) enum Precision {
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
    pub(crate) fn round(self, value: f64) -> f64 {
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
pub(crate) fn hundredths(seconds: f64) -> u64 {
    let cut = Decimal::parse(&format!("{seconds:e}")).and_then(|time| time.times(Decimal::new(100, 0)));
    cut.map_or(seconds * 100.0, Decimal::to_f64) as u64
}

/// Samples that are an operation of MMTests.
pub(crate) struct NamedSamples<'a> {
    /// The operation's name.
    pub(crate) name: String,
    operation: &'a OperationName,
}

impl NamedSamples<'_> {
    /// Whether MMTests has it in its table of ratios, where it has not all in it.
    pub(crate) fn in_ratios(&self) -> bool {
        self.operation.ratio
    }

    /// What MMTests would have of the samples of one iteration.
    pub(crate) fn of(&self, samples: &[Option<Value>]) -> Vec<Option<f64>> {
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
pub(crate) struct LogLayout {
    /// Its name; `{iteration}` is counted from 1.
    #[serde(default)]
    name: Option<String>,
    /// The name of the log that has what GNU time says.
    #[serde(default)]
    time: Option<String>,
    /// Whether outputs of several executions stand in it, one after the other.
    #[serde(default)]
    pub(crate) appended: bool,
    /// Whether standard error is in it, after standard output.
    #[serde(default = "yes")]
    pub(crate) stderr: bool,
    /// How many lines at the beginning are not in it.
    #[serde(default)]
    pub(crate) skip: usize,
    /// It ends before the line that has this text.
    #[serde(default)]
    pub(crate) until: Option<String>,
    /// A file next to it that MMTests' extraction asks for, and its line.
    #[serde(default)]
    beside: Option<(String, String)>,
    /// Whether it is packed with gzip.
    #[serde(default)]
    pub(crate) gzip: bool,
}

fn yes() -> bool {
    true
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Decimal::parse(&text).map(Some).ok_or_else(|| D::Error::custom("not a number"))
}

impl ResultNames {
    /// The benchmark of a case.
    pub(crate) fn benchmark<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        if let Some(name) = &self.benchmark {
            return fill(name, label);
        }
        let values: Option<Vec<(String, &str)>> =
            self.chosen_by.iter().map(|key| Some((key.to_uppercase(), label(key)?))).collect();
        let values = values?;
        let chooses = |choice: &BTreeMap<String, String>| {
            let has = |(parameter, value): &(String, &str)| {
                choice.get(parameter).is_some_and(|list| list.split(' ').any(|chosen| chosen == *value))
            };
            values.iter().all(has)
        };
        self.choice.iter().find(|(_, choice)| chooses(choice)).map(|(benchmark, _)| benchmark.clone())
    }

    /// The operation that a series of `metric` is.
    pub(crate) fn operation<'a>(
        &'static self,
        metric: &str,
        label: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Option<NamedSamples<'static>> {
        let is_it = |operation: &&OperationName| {
            let wanted = operation.label.as_ref();
            operation.metric == metric && wanted.is_none_or(|(key, value)| label(key) == Some(value))
        };
        let operation = self.operations.iter().find(is_it)?;
        Some(NamedSamples { name: fill(&operation.name, label)?, operation })
    }
}

impl LogLayout {
    /// The log's name.
    pub(crate) fn name<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        fill(self.name.as_deref()?, label)
    }

    /// The file next to it, and its line.
    pub(crate) fn beside<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<(&str, String)> {
        let (file, line) = self.beside.as_ref()?;
        Some((file, fill(line, label)?))
    }

    /// The name of GNU time's.
    pub(crate) fn time<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        fill(self.time.as_deref()?, label)
    }
}

/// The product of what both are written as: 23 times 0.001 is 0.023.
fn times(value: Value, factor: Decimal) -> f64 {
    let exact = Decimal::parse(&format!("{:e}", value.get())).and_then(|value| value.times(factor));
    exact.map_or_else(|| value.get() * factor.to_f64(), Decimal::to_f64)
}

/// `text` with the values of labels for `{label}`.
pub(crate) fn fill<'a>(text: &str, label: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
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
