//! MMTests' results: its JSON and its log trees <-> [`Run`]s <-> records.
//!
//! A [`Run`] is one object of `extract-mmtests.pl --print-json`: a benchmark's samples by operation and iteration, and what
//! the extraction said about them. `docs/mmtests.md` gives the fields.

mod benchmark;
mod column;
#[cfg(feature = "host")]
pub mod compare;
pub mod config;
mod json;
mod logs;
mod module;
mod native;
mod note;
mod number;
mod record;

pub use benchmark::{Direction, Kind, Known, Metric, Section, known};
pub use column::{Column, Spelling};
pub use json::{JsonError, read, write};
pub use logs::{Facts, IterationOrder, Selection, Timing, Tree, TreeError, WriteError, read_run, read_tree, write_run};
pub use module::{NoModule, Readable};
pub use number::parse as number;
pub use record::{RecordError, benchmarks, from_tree, to_benchmark, to_record, to_runs};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A version of MMTests: whose extraction, rules and titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// June 2026.
    #[default]
    #[serde(rename = "2026-06")]
    Head,
    /// January 2026, the last with a module for each benchmark.
    #[serde(rename = "classic-2026-01")]
    Classic202601,
    /// November 2021: t-tests.
    #[serde(rename = "2021-11")]
    Classic202111,
}

/// One benchmark of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// All fields but `_ResultData`, as they stand in the JSON.
    pub fields: Map<String, Value>,
    /// The operations that have data, in the order in which they are shown.
    pub operations: Vec<Operation>,
}

/// What was measured under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name: any text.
    pub name: String,
    /// Its iterations, in the order in which MMTests read them; one that gave nothing is `None`.
    pub iterations: Vec<Option<Iteration>>,
}

/// The samples of one operation in one iteration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "SampleNrs and Values of an iteration")]
pub struct Iteration {
    /// A number for each sample: a count, or a time in seconds; neither unique nor whole nor ascending.
    #[serde(rename = "SampleNrs")]
    pub numbers: Column,
    /// The values.
    #[serde(rename = "Values")]
    pub values: Column,
}

impl Operation {
    /// All values, iteration after iteration; not those that are `null`.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.iterations.iter().flatten().flat_map(|iteration| iteration.values.given())
    }
}

impl Run {
    /// The text of a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// A field that is a list of texts; numbers in it are taken as texts.
    pub fn texts(&self, field: &str) -> Option<Vec<String>> {
        let list = self.fields.get(field)?.as_array()?;
        list.iter().map(json::label).collect()
    }

    /// A field that is a whole number, or a text that is one.
    pub fn count(&self, field: &str) -> Option<u64> {
        let value = self.fields.get(field)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// The run's name, such as a kernel's.
    pub fn name(&self) -> &str {
        self.text("_TestName").unwrap_or("unnamed")
    }

    /// The benchmark's name as MMTests' configuration has it, lower-case: `_ModuleName` without `Extract` or
    /// `ExtractShellpack`.
    pub fn benchmark(&self) -> String {
        let module = self.text("_ModuleName").unwrap_or_default();
        let name = module.strip_prefix("Extract").unwrap_or(module);
        name.strip_prefix("Shellpack").unwrap_or(name).trim_end_matches(".pm").to_lowercase()
    }

    /// What is known of the benchmark beyond what the JSON says.
    pub fn known(&self) -> Option<&'static Known> {
        if native::is_of_definition(self) { None } else { known(&self.benchmark(), self.report().as_deref()) }
    }

    /// The alternative report that it is.
    fn report(&self) -> Option<String> {
        let path = self.text("_ShellpackConfig")?;
        path.rsplit('/').next()?.strip_prefix("shellpack-")?.strip_suffix(".yaml").map(str::to_string)
    }

    /// What the operation called `name` is, where that is known. Modules before 2026 had other operations and units.
    pub fn metric(&self, name: &str) -> Option<&'static Metric> {
        let generic = self.text("_ModuleName").is_some_and(|module| module.starts_with("ExtractShellpack"));
        self.known().filter(|_| generic)?.metric(name)
    }

    /// The direction that MMTests takes: the preference, else what the version of 2021 says of the data, else what is known.
    pub fn direction(&self) -> Direction {
        match (self.text("_PreferredVal"), self.count("_DataType")) {
            (Some("Higher"), _) => Direction::Higher,
            (Some(_), _) => Direction::Lower,
            (None, Some(data)) => Direction::of_data(data),
            // Every module writes its statistics; one without a preference prefers lower.
            _ if self.fields.contains_key("_SummaryStats") => Direction::Lower,
            _ => self.known().map_or(Direction::Lower, |known| known.direction),
        }
    }

    /// The operation called `name`.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// The operations that the extraction listed, in their order, those without data too.
    pub fn listed(&self) -> Vec<String> {
        let fixed = self.texts("_Operations").filter(|list| !list.is_empty());
        fixed.or_else(|| self.texts("_GeneratedOperations")).unwrap_or_default()
    }

    /// Puts the operations into the order of [`Self::listed`]; those that are not in it come behind, by their bytes.
    fn order(&mut self) {
        let listed = self.listed();
        let place: std::collections::HashMap<&str, usize> =
            listed.iter().enumerate().rev().map(|(at, name)| (name.as_str(), at)).collect();
        self.operations.sort_by(|a, b| a.name.cmp(&b.name));
        self.operations.sort_by_key(|operation| place.get(operation.name.as_str()).copied().unwrap_or(usize::MAX));
    }
}
