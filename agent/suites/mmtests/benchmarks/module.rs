//! What the modules of older versions do: asked of them, one by one, as their comparison loads them.

use super::presentation::{Direction, SummaryType};
use crate::suites::mmtests::version::Version;
use serde::Deserialize;

/// What a module does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Module {
    /// The version that it is of.
    pub(crate) version: Version,
    /// The benchmark, where it is a variant.
    #[serde(default)]
    pub(crate) benchmark: String,
    /// Whether it reads the benchmark's variants too.
    #[serde(default)]
    variants: bool,
    /// The name of its file, after `Extract`.
    pub(crate) name: String,
    /// Which values are better, or `data`.
    #[serde(default)]
    pub(crate) better: Option<Direction>,
    /// The type of the data, which says it in November 2021.
    #[serde(default)]
    pub(crate) data: Option<u64>,
    #[serde(default)]
    pub(crate) summary: SummaryType,
    #[serde(default = "two")]
    pub(crate) decimals: u64,
    /// The title of the one value of a benchmark with single ones.
    #[serde(default = "ops")]
    pub(crate) title: String,
    #[serde(default = "twelve")]
    pub(crate) width: u64,
}

fn two() -> u64 {
    2
}

fn twelve() -> u64 {
    12
}

fn ops() -> String {
    "Ops".into()
}

impl Module {
    /// Which values are better.
    pub(crate) fn direction(&self) -> Direction {
        self.better.or(self.data.map(Direction::of_data)).unwrap_or(Direction::Lower)
    }

    /// Whether it reads what is called `benchmark`.
    pub(crate) fn reads(&self, benchmark: &str) -> bool {
        let rest = benchmark.strip_prefix(&self.benchmark);
        rest.is_some_and(|rest| rest.is_empty() || self.variants && rest.starts_with('-'))
    }
}
