//! The document's types, outermost first.

use super::{
    Better, Boot, Execution, Ident, Lab, Labels, Machine, Order, Output, Quarantined, Role, Tuned, Unit, Value, Verdict,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// What one `run` measured.
///
/// `agent`, `machine`, the timings and the executions travel in frames only: a record rebuilt from signals alone has them
/// empty and lists them in `losses`.
///
/// The fields are those of version 2. A document of version 1 is read into them, and `schema` says that it is one: it is
/// written as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Record {
    /// The document's format and version.
    pub schema: Schema,
    /// Tells this run's signals and frames from another's in one log.
    pub id: RecordId,
    /// What the user called the run (`--label`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// When the run began, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Whether a signal ended the run before its plan did.
    #[serde(default, skip_serializing_if = "is_false")]
    pub interrupted: bool,
    /// What a lab knows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<Lab>,
    /// What it was measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// The boots that it went through, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boots: Vec<Boot>,
    /// What was set for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuned: Vec<Tuned>,
    /// In which order cases and iterations ran.
    #[serde(default, skip_serializing_if = "Order::is_planned")]
    pub order: Order,
    /// Where chance decided, what it was seeded with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The benchmarks, in the order they ran.
    pub benchmarks: Vec<Benchmark>,
    /// The benchmarks of the plan that had not begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_begun: Vec<Ident>,
    /// The steps that were left out because they had brought the machine down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<Quarantined>,
    /// What a rebuild could not find. Empty in the record that the board wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
}

/// The document's format and version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Schema {
    /// Version 1: read and written for ever, and made no more.
    #[serde(rename = "lava-bench-record/1")]
    V1,
    /// Version 2.
    #[default]
    #[serde(rename = "lava-bench-record/2")]
    V2,
}

/// Eight hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId(pub u32);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Why a text is not a [`RecordId`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("record id `{0}`: not 8 hexadecimal digits")]
pub struct NotARecordId(String);

impl FromStr for RecordId {
    type Err = NotARecordId;

    fn from_str(text: &str) -> Result<Self, NotARecordId> {
        let digits = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = if digits { u32::from_str_radix(text, 16).ok() } else { None };
        number.map(Self).ok_or_else(|| NotARecordId(text.into()))
    }
}

impl TryFrom<String> for RecordId {
    type Error = NotARecordId;

    fn try_from(text: String) -> Result<Self, NotARecordId> {
        text.parse()
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.to_string()
    }
}

/// The program that measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Its version.
    pub version: String,
    /// The target it was built for, as Rust names it.
    pub target: String,
}

/// One benchmark's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// The definition's name.
    pub name: Ident,
    /// The number of this run of the benchmark within the job: 1 for the first.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub run: u32,
    /// The tool, where the benchmark has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Tool>,
    /// Every parameter and its value, defaults included.
    pub parameters: BTreeMap<String, String>,
    /// The metrics that the definition declares, in its order.
    pub metrics: Vec<Metric>,
    /// The points of the parameter matrix, in the order they ran.
    pub cases: Vec<Case>,
}

/// The tool that a benchmark runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The program's name.
    pub name: String,
    /// What it says of its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub name: Ident,
    /// The unit of its samples.
    pub unit: Unit,
    /// Which values are better.
    pub better: Better,
    /// The keys of the labels that the tool's output gives its series.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Ident>,
    /// Whether it is one of the few that a person would quote.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
}

/// One point of the parameter matrix; by default nothing of it was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The point.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// LAVA's verdict.
    pub result: Verdict,
    /// Why it is not `pass`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Whether the machine was undisturbed while its samples were taken; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
    /// Why the samples are not valid, where that is not one execution's: of the whole case, or of version 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<String>,
    /// Why it was measured no longer, where that was not decided before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The command that was run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The folder of its outputs, from the record's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Every run of its commands, in the order they ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executions: Vec<Execution>,
    /// The samples.
    pub series: Vec<Series>,
}

/// The samples of one metric in one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The metric.
    pub metric: Ident,
    /// The labels that the tool's output gave it.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// By iteration, then by position; `null` only in a rebuilt record, for a lost value.
    pub samples: Vec<Vec<Option<Value>>>,
}

impl Series {
    /// All samples there are, in order.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.samples.iter().flatten().filter_map(|value| *value)
    }

    /// The median of all samples; between two middle ones, their mean.
    pub fn median(&self) -> Option<Value> {
        Value::median(self.values().collect())
    }
}

/// Something that a rebuild could not find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// What is missing: a signal's name, a benchmark's name, or a part of the document.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Loss {
    /// That `what` is missing, and why.
    pub fn new(what: impl ToString, reason: impl Into<String>) -> Self {
        Self { what: what.to_string(), reason: reason.into() }
    }
}

impl Benchmark {
    /// Whether a metric is marked as primary.
    pub fn has_marked(&self) -> bool {
        self.metrics.iter().any(|metric| metric.primary)
    }

    /// The metrics that a person would quote: those that are marked as primary, or, where none is, the first.
    pub fn primary(&self) -> BTreeSet<&Ident> {
        let marked: BTreeSet<&Ident> =
            self.metrics.iter().filter(|metric| metric.primary).map(|metric| &metric.name).collect();
        if marked.is_empty() { self.metrics.iter().take(1).map(|metric| &metric.name).collect() } else { marked }
    }

    /// The series of a case in two parts: of primary metrics, and of the others.
    pub fn by_rank<'a>(&self, case: &'a Case) -> (Vec<&'a Series>, Vec<&'a Series>) {
        let primary = self.primary();
        case.series.iter().partition(|series| primary.contains(&series.metric))
    }

    /// The series of a case, those of marked metrics first.
    pub fn primary_first<'a>(&self, case: &'a Case) -> Vec<&'a Series> {
        if !self.has_marked() {
            return case.series.iter().collect();
        }
        let (mut first, others) = self.by_rank(case);
        first.extend(others);
        first
    }
}

impl Case {
    /// Why its samples are not valid, each with the execution that it is of.
    pub fn all_disturbances(&self) -> Vec<String> {
        let counts =
            |execution: &&Execution| !matches!(execution.role, Role::Retry | Role::Preparation | Role::CleanUp);
        let of = |execution: &Execution| {
            let title = execution.title();
            let tell = |why: &String| format!("{title}: {why}");
            execution.disturbances.iter().map(tell).collect::<Vec<_>>()
        };
        self.disturbances.iter().cloned().chain(self.executions.iter().filter(counts).flat_map(of)).collect()
    }

    /// Whether one of the reasons is about this iteration, from 0.
    pub fn has_failed_in(&self, iteration: usize) -> bool {
        let iteration = u32::try_from(iteration).ok();
        let title = Execution { iteration, ..Execution::default() }.title();
        self.reasons.iter().any(|reason| reason.strip_prefix(&title).is_some_and(|rest| rest.starts_with(": ")))
    }

    /// The path of one of its outputs, from the record's folder.
    pub fn path(&self, output: &Output) -> String {
        match &self.folder {
            Some(folder) => format!("{folder}/{}", output.file),
            None => output.file.clone(),
        }
    }
}

impl Record {
    /// The verdicts of all cases.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> + '_ {
        self.benchmarks.iter().flat_map(|benchmark| benchmark.cases.iter().map(|case| case.result))
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn first() -> u32 {
    1
}

fn is_first(run: &u32) -> bool {
    *run == 1
}
