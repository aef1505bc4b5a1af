//! How MMTests' version of June 2026 presents a benchmark, and what the numbers really are.
//!
//! MMTests has one direction a benchmark, and for some metrics it is the wrong one: a metric's `better` is the true one.

use crate::record::{Better, Unit};
use serde::Deserialize;

/// Which values MMTests takes for better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Lower ones.
    Lower,
    /// Higher ones.
    Higher,
}

impl Direction {
    /// That of a type of data of the version of 2021.
    pub(crate) fn of_data(kind: u64) -> Self {
        const LOWER: [u64; 14] = [1, 2, 3, 4, 5, 6, 22, 24, 25, 26, 27, 28, 29, 30];
        if LOWER.contains(&kind) { Self::Lower } else { Self::Higher }
    }
}

/// Which statistics summarise a benchmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum SummaryType {
    /// Mean, spread and extremes.
    #[default]
    Multiops,
    /// The same with the 95th percentile.
    Normalisedops,
    /// The same with more percentiles.
    NormalisedLeftSkewops,
    /// The best value alone.
    Singleops,
    /// The mean of subsamples.
    Subselection,
    /// Many percentiles, in versions before June 2026.
    Variabletime,
}

impl SummaryType {
    /// The type that MMTests calls `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Multiops" => Some(Self::Multiops),
            "Normalisedops" => Some(Self::Normalisedops),
            "NormalisedLeftSkewops" => Some(Self::NormalisedLeftSkewops),
            "Singleops" => Some(Self::Singleops),
            "Subselection" => Some(Self::Subselection),
            "Variabletime" => Some(Self::Variabletime),
            _ => None,
        }
    }
}

/// How one report of a benchmark is presented.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// How it is summarised.
    pub summary: SummaryType,
    /// The direction that MMTests takes.
    #[serde(rename = "better")]
    pub direction: Direction,
    /// How many decimals its table shows.
    pub decimals: usize,
    /// What its numbers are: the first whose `prefix` an operation's name has.
    pub metrics: Vec<Metric>,
    /// What a sub-heading changes.
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// The true nature of some operations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What their names begin with; beginning with `-`, what is anywhere in them.
    #[serde(default)]
    pub prefix: String,
    /// Their unit.
    pub unit: Unit,
    /// Which values are better.
    pub better: Better,
}

/// A sub-heading that MMTests treats in its own way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The sub-heading.
    pub name: String,
    /// The direction under it.
    #[serde(rename = "better")]
    pub direction: Direction,
    /// How it is summarised under it.
    pub summary: SummaryType,
}

impl Presentation {
    /// The nature of the operation called `operation`.
    pub fn metric(&self, operation: &str) -> Option<&Metric> {
        let named = |metric: &&Metric| match metric.prefix.starts_with('-') {
            true => operation.contains(&metric.prefix),
            false => operation.starts_with(&metric.prefix),
        };
        self.metrics.iter().find(named)
    }
}
