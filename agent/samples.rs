//! Proofs: a definition's samples are real outputs of its tool, each with what must be found in it.
//!
//! The outputs are `samples/<tool version>/<name>.stdout`, `<name>.stderr`, and `<name>.<file>` for each file that the
//! definition reads. `<name>.json` has the parameters of the run and what is expected: every value, verdict and problem.

use crate::{
    definition::Definition,
    parse::{Extraction, Saved, extract, leftovers},
    record::{Ident, Labels, Value, Verdict},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// What a sample must give.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The parameters that the tool was run with, as far as patterns need them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The samples.
    pub found: Vec<ExpectedSeries>,
    /// What the output says of its tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<ExpectedVerdict>,
    /// What the output says of the parameters that the tool was run with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub printed: BTreeMap<String, String>,
    /// The problems, as `run` shows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The samples of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSeries {
    /// The metric.
    pub metric: Ident,
    /// The labels that the output gives.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The values in the output's order.
    pub values: Vec<Value>,
}

/// What an output says of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedVerdict {
    /// Which test.
    pub labels: Labels,
    /// The verdict.
    pub result: Verdict,
    /// Why, where the output says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One sample on disk.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The file of standard output, which need not be there.
    pub stdout: PathBuf,
}

/// Why a sample proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unproved {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// The expectation is malformed.
    #[error("{0}: {1}")]
    Malformed(PathBuf, serde_json::Error),
    /// There is an expectation, and no output that it is of.
    #[error("{0}: no output of the tool with this name is there: neither .stdout nor .stderr nor a file that is read")]
    NoOutput(PathBuf),
    /// Something else was found.
    #[error("{path}: {difference}")]
    Different {
        /// The output.
        path: PathBuf,
        /// The first difference.
        difference: String,
    },
}

/// The samples in the folder of the definition's file, sorted. A name that has an output or an expectation is a sample.
pub fn samples(definition_file: &Path, definition: &Definition) -> Vec<Sample> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let folder = definition_file.with_file_name("samples");
    let files = entries(&folder).into_iter().flat_map(|version| entries(&version));
    // A file that the definition reads may end as an expectation does: `report.json`.
    let read = definition.files();
    let ends: Vec<&str> = read.into_iter().chain(["stdout", "stderr", "json"]).collect();
    let stdout = |file: PathBuf| {
        let name = file.file_name()?.to_str()?;
        let stem = ends.iter().find_map(|end| name.strip_suffix(end)?.strip_suffix('.'))?;
        Some(file.with_file_name(format!("{stem}.stdout")))
    };
    let names: BTreeSet<PathBuf> = files.filter_map(stdout).collect();
    names.into_iter().map(|stdout| Sample { stdout }).collect()
}

impl Sample {
    /// The expectation's file.
    pub fn expectation(&self) -> PathBuf {
        self.stdout.with_extension("json")
    }

    /// The outputs. Standard output or standard error without a file is empty.
    ///
    /// # Errors
    /// An output that cannot be read, or a sample that has none.
    pub fn read(&self, definition: &Definition) -> Result<Saved, Unproved> {
        let optional = |path: PathBuf| match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unproved::Io(path, error)),
        };
        let mut files = BTreeMap::new();
        for name in definition.files() {
            if let Some(bytes) = optional(self.stdout.with_extension(name))? {
                files.insert(name.to_string(), bytes);
            }
        }
        let stdout = optional(self.stdout.clone())?;
        let stderr = optional(self.stdout.with_extension("stderr"))?;
        if stdout.is_none() && stderr.is_none() && files.is_empty() {
            return Err(Unproved::NoOutput(self.expectation()));
        }
        Ok(Saved { stdout: stdout.unwrap_or_default(), stderr: stderr.unwrap_or_default(), files })
    }

    /// The lines that `definition` says nothing about.
    ///
    /// # Errors
    /// An output that cannot be read.
    pub fn leftovers(&self, definition: &Definition) -> Result<Vec<String>, Unproved> {
        Ok(leftovers(definition, &self.read(definition)?.outputs()))
    }

    /// What `definition` finds; `parameters` fill its placeholders.
    fn found(&self, definition: &Definition, parameters: &BTreeMap<String, String>) -> Result<Extraction, Unproved> {
        Ok(extract(definition, parameters, &self.read(definition)?.outputs()))
    }

    /// Compares what `definition` finds with what is expected.
    ///
    /// # Errors
    /// [`Unproved`], if a file is missing or malformed, or something else was found.
    pub fn prove(&self, definition: &Definition) -> Result<(), Unproved> {
        let path = self.expectation();
        let text = fs::read(&path).map_err(|error| Unproved::Io(path.clone(), error))?;
        let expected: Expectation = serde_json::from_slice(&text).map_err(|error| Unproved::Malformed(path, error))?;
        let found = expectation(self.found(definition, &expected.parameters)?, &expected.parameters);
        match difference(&expected, &found) {
            None => Ok(()),
            Some(difference) => Err(Unproved::Different { path: self.stdout.clone(), difference }),
        }
    }

    /// Writes what `definition` finds as the expectation, for review; the parameters of an earlier one stay.
    ///
    /// # Errors
    /// [`Unproved`], if a file cannot be read or written.
    pub fn accept(&self, definition: &Definition) -> Result<(), Unproved> {
        let path = self.expectation();
        let parameters = match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice::<Expectation>(&text)
                    .map_err(|error| Unproved::Malformed(path.clone(), error))?
                    .parameters
            }
            Err(_) => BTreeMap::new(),
        };
        let found = expectation(self.found(definition, &parameters)?, &parameters);
        let text = serde_json::to_string_pretty(&found).map_err(|error| Unproved::Malformed(path.clone(), error))?;
        fs::write(&path, text + "\n").map_err(|error| Unproved::Io(path, error))
    }
}

fn expectation(extraction: Extraction, parameters: &BTreeMap<String, String>) -> Expectation {
    let series = |found: crate::parse::Found| ExpectedSeries {
        metric: found.metric,
        labels: found.labels,
        values: found.values,
    };
    let verdict = |outcome: crate::parse::Outcome| ExpectedVerdict {
        labels: outcome.labels,
        result: outcome.result,
        reason: outcome.reason,
    };
    Expectation {
        parameters: parameters.clone(),
        found: extraction.found.into_iter().map(series).collect(),
        verdicts: extraction.verdicts.into_iter().map(verdict).collect(),
        printed: extraction.printed,
        problems: extraction.problems.iter().map(ToString::to_string).collect(),
    }
}

fn difference(expected: &Expectation, found: &Expectation) -> Option<String> {
    let key = |series: &ExpectedSeries| (series.metric.clone(), series.labels.clone());
    if let Some(problem) = found.problems.iter().find(|problem| !expected.problems.contains(problem)) {
        return Some(problem.clone());
    }
    for series in &expected.found {
        let name = format!("metric `{}` {}", series.metric, series.labels);
        let Some(other) = found.found.iter().find(|other| key(other) == key(series)) else {
            return Some(format!("{}: not found", name.trim_end()));
        };
        if other.values != series.values {
            return Some(format!("{}: {:?} found, {:?} expected", name.trim_end(), numbers(other), numbers(series)));
        }
    }
    for verdict in &expected.verdicts {
        match found.verdicts.iter().find(|other| other.labels == verdict.labels) {
            Some(other) if other == verdict => {}
            Some(other) => {
                let (other, expected) = (other.result.as_str(), verdict.result.as_str());
                return Some(format!("verdict of `{}`: {other} found, {expected} expected", verdict.labels));
            }
            None => return Some(format!("verdict of `{}`: not found", verdict.labels)),
        }
    }
    let said = |of: &Expectation, name: &str| {
        of.printed.get(name).map_or_else(|| "nothing".into(), |text| format!("`{text}`"))
    };
    for name in expected.printed.keys().chain(found.printed.keys()) {
        let (now, wanted) = (said(found, name), said(expected, name));
        if now != wanted {
            return Some(format!("parameter `{name}`: {now} found, {wanted} expected"));
        }
    }
    (expected != found).then(|| "more was found than is expected, or less".into())
}

fn numbers(series: &ExpectedSeries) -> Vec<f64> {
    series.values.iter().map(|value| value.get()).collect()
}
