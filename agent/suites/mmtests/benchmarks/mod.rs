//! What is known of MMTests' benchmarks: one YAML file for each, `NAME.yaml`, named without variants.
//!
//! | key | what |
//! |---|---|
//! | `reports` | what MMTests' extraction gives: its own report, and those with an `alternative` name |
//! | `reports[].presentation` | how the table of June 2026 shows it: summary, direction, decimals; units and true directions of metrics |
//! | `reports[].rules` | how the samples stand in the logs: see [`Rule`] |
//! | `reports[].modules` | what the module of an older version does: see [`Module`] |
//! | `definitions` | which definition of ours measures the same, with which parameters: see [`Equivalent`] |
//! | `results` | what MMTests calls what that definition measured: see [`ResultNames`] |
//!
//! A rule is of June 2026, unless it says otherwise. A benchmark without `reports` is one whose logs nobody reads.

mod equivalent;
#[cfg(feature = "host")]
mod module;
mod pattern;
mod presentation;
#[cfg(feature = "host")]
mod result_names;
mod rule;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use equivalent::{Each, Equivalent, ParameterValue, Walk};
#[cfg(feature = "host")]
pub(crate) use module::Module;
pub(crate) use pattern::{Compiled, Found, Pattern};
pub use presentation::{Direction, Metric, Presentation, Section, SummaryType};
#[cfg(feature = "host")]
pub(crate) use result_names::{Iterations, LogLayout, ResultNames, hundredths};
pub(crate) use rule::{Agreement, Batches, Classic, Line, Numbering, Rule, Take};

use super::version::Version;
use crate::text::yaml::{self, YamlError};
use serde::Deserialize;
#[cfg(not(feature = "host"))]
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// One benchmark.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Benchmark {
    /// The file's name.
    #[serde(skip)]
    name: String,
    #[serde(default)]
    reports: Vec<Report>,
    #[serde(default)]
    definitions: Vec<Equivalent>,
    /// A board reads over it.
    #[cfg(not(feature = "host"))]
    #[serde(default, rename = "results")]
    _results: IgnoredAny,
    #[cfg(feature = "host")]
    #[serde(default)]
    results: Vec<ResultNames>,
}

/// What an extraction gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    /// Its name, where it is not the benchmark's own.
    #[serde(default)]
    alternative: Option<String>,
    #[serde(default)]
    presentation: Option<Presentation>,
    #[serde(default)]
    rules: Vec<Rule>,
    /// A board reads over it.
    #[cfg(not(feature = "host"))]
    #[serde(default, rename = "modules")]
    _modules: IgnoredAny,
    #[cfg(feature = "host")]
    #[serde(default)]
    modules: Vec<Module>,
}

/// Why a file says nothing of a benchmark.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchmarkError {
    #[error("benchmarks/{0}.yaml: {1}")]
    Yaml(String, YamlError),
    #[error("benchmarks/{0}.yaml: `shared: {1}` is not in shared.yaml")]
    Shared(String, String),
    #[error("benchmarks/{0}.yaml: a rule for `{1}` has no lines")]
    Lines(String, String),
    #[cfg(feature = "host")]
    #[error("benchmarks/{0}.yaml: module {1} needs one of `better` and `data`")]
    Module(String, String),
    #[error("benchmarks/{0}.yaml: definitions need one of `definition` and `without`")]
    Definition(String),
    #[cfg(feature = "host")]
    #[error("benchmarks/{0}.yaml: results of {1} have a `benchmark` or a `chosen_by`, not both")]
    Results(String, String),
}

/// The lines that several benchmarks share, by name.
const SHARED: &str = include_str!("../shared.yaml");

impl Benchmark {
    /// Reads the file of the benchmark called `name`.
    fn parse(name: &str, text: &str) -> Result<Self, BenchmarkError> {
        let file = || name.to_string();
        let mut benchmark: Self = yaml::read(text).map_err(|error| BenchmarkError::Yaml(file(), error))?;
        benchmark.name = file();
        for report in &mut benchmark.reports {
            report.complete(name)?;
        }
        for equivalent in &mut benchmark.definitions {
            if equivalent.definition.is_some() == equivalent.without.is_some() {
                return Err(BenchmarkError::Definition(file()));
            }
            if equivalent.benchmarks.is_empty() {
                equivalent.benchmarks.push(file());
            }
        }
        #[cfg(feature = "host")]
        benchmark.complete_results()?;
        Ok(benchmark)
    }

    /// Fills in what the results leave out.
    #[cfg(feature = "host")]
    fn complete_results(&mut self) -> Result<(), BenchmarkError> {
        let (definitions, results) = (&self.definitions, &mut self.results);
        for names in results {
            let chosen = !names.chosen_by.is_empty();
            if names.benchmark.is_some() && chosen {
                return Err(BenchmarkError::Results(self.name.clone(), names.definition.clone()));
            }
            if chosen {
                names.choice.extend(choices(definitions, &names.definition));
            } else {
                names.benchmark.get_or_insert_with(|| self.name.clone());
            }
        }
        Ok(())
    }

    fn report(&self, alternative: Option<&str>) -> Option<&Report> {
        self.reports.iter().find(|report| report.alternative.as_deref() == alternative)
    }
}

impl Report {
    /// Fills in what the file leaves out.
    fn complete(&mut self, name: &str) -> Result<(), BenchmarkError> {
        for rule in &mut self.rules {
            if let Some(shared) = &rule.shared {
                let all: Result<BTreeMap<String, Vec<Line>>, _> = yaml::read(SHARED);
                let mut all = all.map_err(|error| BenchmarkError::Yaml("../shared".into(), error))?;
                let lines = all.remove(shared);
                rule.lines.extend(lines.ok_or_else(|| BenchmarkError::Shared(name.into(), shared.clone()))?);
            }
            if rule.lines.is_empty() {
                return Err(BenchmarkError::Lines(name.into(), rule.logs.text().into()));
            }
        }
        #[cfg(feature = "host")]
        for module in &mut self.modules {
            if module.better.is_some() == module.data.is_some() {
                return Err(BenchmarkError::Module(name.into(), module.name.clone()));
            }
            if module.benchmark.is_empty() {
                module.benchmark = name.into();
            }
        }
        Ok(())
    }
}

/// The benchmarks with the values that they choose for parameters of `definition`.
#[cfg(feature = "host")]
fn choices<'a>(
    equivalents: &'a [Equivalent],
    definition: &'a str,
) -> impl Iterator<Item = (String, BTreeMap<String, String>)> + 'a {
    let of_definition = equivalents.iter().filter(move |one| one.definition.as_deref() == Some(definition));
    of_definition.flat_map(|one| &one.choice).map(|(benchmark, choice)| (benchmark.clone(), choice.clone()))
}

/// The benchmark with this name, and those of which it may be a variant: `hackbench-process-pipes`, `hackbench-process`,
/// `hackbench`.
fn of_name(name: &str) -> impl Iterator<Item = &'static Benchmark> {
    let names = std::iter::successors(Some(name), |name| Some(name.rsplit_once('-')?.0));
    names.filter_map(store::named)
}

/// How `benchmark`, which may carry variants, is presented.
pub fn presentation(benchmark: &str, alternative: Option<&str>) -> Option<&'static Presentation> {
    of_name(benchmark).find_map(|one| one.report(alternative)?.presentation.as_ref())
}

/// The rules of `benchmark`, which may carry variants; those of the version alone come first.
pub(crate) fn rules(benchmark: &str, alternative: Option<&str>, version: Version) -> Vec<&'static Rule> {
    let of_version = |rule: &&Rule| rule.versions.is_empty() || rule.versions.contains(&version);
    let of = |one: &'static Benchmark| -> Option<Vec<&'static Rule>> {
        let mut found: Vec<&Rule> = one.report(alternative)?.rules.iter().filter(of_version).collect();
        found.sort_by_key(|rule| rule.versions.is_empty());
        Some(found).filter(|found| !found.is_empty())
    };
    of_name(benchmark).find_map(of).unwrap_or_default()
}

/// All benchmarks whose logs are understood.
pub(crate) fn with_rules() -> impl Iterator<Item = &'static str> {
    let has_rules = |one: &&Benchmark| one.reports.iter().any(|report| !report.rules.is_empty());
    store::all().filter(has_rules).map(|one| one.name.as_str())
}

/// The module of `version` that reads a benchmark's report.
#[cfg(feature = "host")]
pub(crate) fn module(version: Version, benchmark: &str, alternative: Option<&str>) -> Option<&'static Module> {
    let of_version = |module: &&Module| module.version == version;
    let modules = |one: &'static Benchmark, alternative| {
        one.report(alternative).into_iter().flat_map(|report| &report.modules).filter(of_version)
    };
    let reads = |one| modules(one, alternative).find(|module| module.reads(benchmark));
    // What the other old version wrote has a module's name.
    let is_its_own = |module: &&Module| alternative.is_none() && module.name.eq_ignore_ascii_case(benchmark);
    let own = || {
        let reports = store::all().flat_map(|one| &one.reports);
        reports.flat_map(|report| &report.modules).filter(of_version).find(is_its_own)
    };
    of_name(benchmark).find_map(reads).or_else(own)
}

/// What may measure a benchmark: the first that does what a configuration asks for counts.
pub(crate) fn equivalents(name: &str) -> impl Iterator<Item = &'static Equivalent> {
    let all = of_name(name).flat_map(|one| &one.definitions);
    all.filter(move |one| one.benchmarks.iter().any(|known| known == name))
}

/// What MMTests calls the results of a definition, where it has a benchmark that measures the same.
#[cfg(feature = "host")]
pub(crate) fn result_names(definition: &str) -> Option<&'static ResultNames> {
    store::all().flat_map(|one| &one.results).find(|names| names.definition == definition)
}
