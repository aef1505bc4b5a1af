//! An extract: one benchmark of one run, as `extract-mmtests.pl --print-json` writes it.

use super::{
    benchmarks::{Direction, Metric, Presentation, presentation},
    column::Column,
    header::{Field, Header},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One benchmark of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extract {
    /// All fields but `_ResultData`.
    pub header: Header,
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

impl Extract {
    /// The run's name, such as a kernel's.
    pub fn name(&self) -> &str {
        self.header.test_name.text().unwrap_or("unnamed")
    }

    /// The benchmark's name as MMTests' configuration has it, lower-case: `_ModuleName` without `Extract` or
    /// `ExtractShellpack`.
    pub fn benchmark(&self) -> String {
        let module = self.header.module_name.text().unwrap_or_default();
        let name = module.strip_prefix("Extract").unwrap_or(module);
        name.strip_prefix("Shellpack").unwrap_or(name).trim_end_matches(".pm").to_lowercase()
    }

    /// What is known of the benchmark beyond what the JSON says.
    pub fn presentation(&self) -> Option<&'static Presentation> {
        // A table of a definition's own name has operations and directions that MMTests does not know.
        let of_definition = !self.header.definitions.is_absent();
        if of_definition { None } else { presentation(&self.benchmark(), self.report()) }
    }

    /// The alternative report that it is.
    pub(super) fn report(&self) -> Option<&str> {
        let path = self.header.shellpack_config.text()?;
        path.rsplit('/').next()?.strip_prefix("shellpack-")?.strip_suffix(".yaml")
    }

    /// What the operation called `name` is, where that is known. Modules before 2026 had other operations and units.
    pub fn metric(&self, name: &str) -> Option<&'static Metric> {
        let generic = self.header.module_name.text().is_some_and(|module| module.starts_with("ExtractShellpack"));
        self.presentation().filter(|_| generic)?.metric(name)
    }

    /// The direction that MMTests takes: the preference, else what the version of 2021 says of the data, else what is known.
    pub fn direction(&self) -> Direction {
        match (self.header.preferred.text(), self.header.data_type.number()) {
            (Some("Higher"), _) => Direction::Higher,
            (Some(_), _) => Direction::Lower,
            (None, Some(data)) => Direction::of_data(data),
            // Every module writes its statistics; one without a preference prefers lower.
            _ if !self.header.statistics.is_absent() => Direction::Lower,
            _ => self.presentation().map_or(Direction::Lower, |known| known.direction),
        }
    }

    /// The operation called `name`.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// The operations that the extraction listed, in their order, those without data too.
    pub fn listed(&self) -> Vec<String> {
        let fixed = self.header.operations.texts().filter(|list| !list.is_empty());
        fixed.or_else(|| self.header.generated_operations.texts()).unwrap_or_default()
    }

    /// Puts the operations into the order of [`Self::listed`]; those that are not in it come last, by their bytes.
    pub(super) fn order(&mut self) {
        let listed = self.listed();
        let place: std::collections::HashMap<&str, usize> =
            listed.iter().enumerate().rev().map(|(at, name)| (name.as_str(), at)).collect();
        self.operations.sort_by(|a, b| a.name.cmp(&b.name));
        self.operations.sort_by_key(|operation| place.get(operation.name.as_str()).copied().unwrap_or(usize::MAX));
    }

    /// What three fields are in nearly every document.
    pub(super) fn derived(&self) -> Header {
        let names = || self.operations.iter().map(|operation| operation.name.clone());
        Header {
            generated_operations: names().collect(),
            operations_seen: Field::Given(names().map(|name| (name, Value::from(1))).collect()),
            last_sample: Field::Given(names().map(|name| (name, Value::Null)).collect()),
            ..Header::default()
        }
    }

    /// Whether it has no sample.
    pub fn is_empty(&self) -> bool {
        self.operations.iter().all(|operation| operation.values().next().is_none())
    }
}
