//! One entry of a journal <-> its line.

use crate::{
    definition::{Definition, Origin},
    plan::{Effort, PlannedBenchmark},
    record::{Benchmark, Boot, Case, Execution, Ident, Labels, Quarantined, Value},
    run::StepName,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, io, path::PathBuf};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Entry<'a> {
    /// The run begins.
    Run {
        version: u32,
        plan: PlannedRun,
        /// The record's own JSON.
        record: String,
    },
    /// The run goes on, in this boot.
    Resumed { boot: Cow<'a, Boot> },
    /// A benchmark begins.
    Benchmark { benchmark: Cow<'a, Benchmark> },
    /// A command is about to run.
    Begins { step: Cow<'a, PlannedStep> },
    /// A command ended.
    Ended(Box<Measured<'a>>),
    /// A case is done.
    Case { case: Cow<'a, Case> },
    /// The benchmark ended.
    BenchmarkEnded,
    /// A signal ended the run: the benchmark that ended last may have had more to do.
    Interrupted,
}

/// What a run was asked for: the same plan can be made of it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRun {
    /// The benchmarks in their order.
    pub benchmarks: Vec<Asked>,
    /// How long one command may take, where that was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// How much is measured, and in which order.
    #[serde(default)]
    pub effort: Effort,
}

/// One benchmark that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name.
    pub name: Ident,
    /// The file of its definition; without one it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The CRC-32 of the definition's text.
    pub text: u32,
    /// All its parameters.
    pub parameters: BTreeMap<String, String>,
}

impl Asked {
    /// A benchmark as it is planned.
    pub fn of(planned: &PlannedBenchmark) -> Asked {
        let definition = &planned.definition;
        let file = match &definition.origin {
            Origin::File(path) => Some(path.canonicalize().unwrap_or_else(|_| path.clone())),
            // In a job that goes on LAVA leaves it where it was.
            Origin::Embedded(_) | Origin::Lava(_) => None,
        };
        Asked {
            name: definition.name.clone(),
            file,
            text: text_crc(definition),
            parameters: planned.parameters.clone(),
        }
    }

    /// Whether a definition is the one that was asked for.
    pub fn is_of(&self, definition: &Definition) -> bool {
        self.name == definition.name && self.text == text_crc(definition)
    }
}

fn text_crc(definition: &Definition) -> u32 {
    crc32fast::hash(definition.text.as_bytes())
}

/// Which command of a run it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    /// The benchmark.
    pub benchmark: Ident,
    /// Its run.
    pub run: u32,
    /// The case's point.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The step, such as `iteration 3 of 5`.
    pub step: String,
}

impl PlannedStep {
    /// A step of a case; a retry is the step that it repeats.
    pub fn new(benchmark: &Benchmark, labels: &Labels, step: StepName) -> PlannedStep {
        let step = StepName { retry: None, ..step }.to_string();
        PlannedStep { benchmark: benchmark.name.clone(), run: benchmark.run, labels: labels.clone(), step }
    }

    /// Whether it is a step of this case.
    pub(super) fn is_of(&self, benchmark: &Benchmark, case: &Case) -> bool {
        (&self.benchmark, self.run, &self.labels) == (&benchmark.name, benchmark.run, &case.labels)
    }

    /// The step as one that does not run, as it brought the machine down.
    pub fn quarantined(self) -> Quarantined {
        let reason = "the machine or the agent ended during it twice".into();
        Quarantined { benchmark: self.benchmark, labels: self.labels, step: self.step, reason }
    }
}

/// What an execution gave, and what of its case is new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured<'a> {
    pub(super) labels: Cow<'a, Labels>,
    pub(super) command: Cow<'a, [String]>,
    pub(super) folder: Option<String>,
    pub(super) execution: Cow<'a, Execution>,
    pub(super) samples: Vec<Part>,
    pub(super) reasons: Vec<String>,
    pub(super) disturbances: Vec<String>,
}

/// The samples of one series in one iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) metric: Ident,
    pub(super) labels: Labels,
    pub(super) values: Vec<Option<Value>>,
}

impl Entry<'_> {
    /// The line, its end included.
    pub(super) fn line(&self) -> io::Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        let mut line = format!("{:08x} ", crc32fast::hash(&json)).into_bytes();
        line.extend(json);
        line.push(b'\n');
        Ok(line)
    }

    /// The entry of a whole line without its end; `None` if it is cut or changed.
    pub(super) fn of(line: &[u8]) -> Option<Entry<'static>> {
        let (crc, json) = line.split_at_checked(9)?;
        let crc = std::str::from_utf8(crc).ok()?.strip_suffix(' ')?;
        let proved = u32::from_str_radix(crc, 16).is_ok_and(|crc| crc == crc32fast::hash(json));
        if proved { serde_json::from_slice(json).ok() } else { None }
    }
}
