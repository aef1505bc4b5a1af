//! Outlines: what a list of all definitions shows of each. The build script leaves them in JSON: to read the YAML of all takes
//! too long for a list.

use super::{
    Definition, DefinitionError, Needs, Origin, ToolSpec,
    check::Checker,
    wire::{self, Scalar},
};
use crate::record::Ident;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A definition's outline.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub name: Ident,
    /// Where its text stands.
    pub origin: Origin,
    /// What it measures.
    pub description: String,
    /// The family it belongs to.
    pub suite: Option<String>,
    /// The program it runs.
    pub tool: ToolSpec,
    /// What else the machine must have.
    pub needs: Needs,
    /// The parameters' defaults.
    pub defaults: BTreeMap<String, String>,
    /// The names of its metrics, primary ones first.
    pub metrics: Vec<String>,
}

/// What the build script leaves of a definition; it names the same keys.
#[derive(Debug, Deserialize)]
struct Line {
    metadata: Metadata,
    #[serde(default, alias = "parameters")]
    params: wire::Map<Scalar>,
    benchmark: Benchmark,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: Ident,
    description: String,
}

#[derive(Debug, Deserialize)]
struct Benchmark {
    #[serde(default)]
    suite: Option<String>,
    tool: wire::Tool,
    #[serde(default)]
    needs: wire::Needs,
    #[serde(default)]
    metrics: Vec<Metric>,
    #[serde(default)]
    primary: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    name: String,
}

fn primary_first(metrics: Vec<Metric>, primary: &[String]) -> Vec<String> {
    let names = metrics.into_iter().map(|metric| metric.name);
    let (mut first, others): (Vec<String>, Vec<String>) = names.partition(|name| primary.contains(name));
    first.extend(others);
    first
}

impl Outline {
    /// The outline in a line of the build script's.
    pub(super) fn read(origin: Origin, json: &str) -> Result<Self, DefinitionError> {
        let file = origin.to_string();
        let line: Line =
            serde_json::from_str(json).map_err(|error| DefinitionError::whole(&file, error.to_string()))?;
        let checker = Checker { file: &file, text: "" };
        let Benchmark { suite, tool, needs, metrics, primary } = line.benchmark;
        Ok(Self {
            name: line.metadata.name,
            description: line.metadata.description.trim().into(),
            suite,
            tool: checker.tool(tool)?,
            needs: checker.needs(needs)?,
            defaults: line.params.0.into_iter().map(|(name, Scalar(text))| (name, text)).collect(),
            metrics: primary_first(metrics, &primary),
            origin,
        })
    }
}

impl From<Definition> for Outline {
    fn from(definition: Definition) -> Self {
        Self {
            defaults: definition.defaults(),
            metrics: definition.primary_first().into_iter().map(|spec| spec.metric.name.to_string()).collect(),
            name: definition.name,
            origin: definition.origin,
            description: definition.description,
            suite: definition.suite,
            tool: definition.tool,
            needs: definition.needs,
        }
    }
}
