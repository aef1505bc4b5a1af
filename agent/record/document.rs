//! The document's types, outermost first.

use super::{Conditions, Ident, Invalid, Labels, Machine, Unit, Value};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, io, str::FromStr};

/// What one `run` measured.
///
/// `agent`, `machine`, the timings and the executions travel in frames only: a record rebuilt from signals alone has them
/// empty and lists them in `losses`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What it was measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// The benchmarks, in the order they ran.
    pub benchmarks: Vec<Benchmark>,
    /// What a rebuild could not find. Empty in the record that the board wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
}

/// The document's format and version: `lava-bench-record/1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// Version 1.
    #[default]
    #[serde(rename = "lava-bench-record/1")]
    V1,
}

/// Eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId(pub u32);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for RecordId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = if digits { u32::from_str_radix(text, 16).ok() } else { None };
        number.map(Self).ok_or_else(|| format!("record id `{text}`: not 8 hexadecimal digits"))
    }
}

impl TryFrom<String> for RecordId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
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
    /// The how many-th run of this benchmark it is within the job, from 1.
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
}

/// Which values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Higher ones, as with a throughput.
    Higher,
    /// Lower ones, as with a latency.
    Lower,
    /// Neither: the metric describes the run.
    Neither,
}

impl Better {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neither => "neither",
        }
    }
}

impl FromStr for Better {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Higher, Self::Lower, Self::Neither]
            .into_iter()
            .find(|better| better.as_str() == text)
            .ok_or_else(|| format!("direction `{text}`: neither higher, lower nor neither"))
    }
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
    /// Why the samples are not valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<String>,
    /// The command that was run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Every run of the command, warm-ups included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executions: Vec<Execution>,
    /// The samples.
    pub series: Vec<Series>,
}

/// LAVA's test-case results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that was expected was measured.
    Pass,
    /// Something was not.
    Fail,
    /// It was not run.
    Skip,
    /// It was not finished.
    #[default]
    Unknown,
}

impl Verdict {
    /// LAVA's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Pass, Self::Fail, Self::Skip, Self::Unknown]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or_else(|| format!("result `{text}`: neither pass, fail, skip nor unknown"))
    }
}

/// One run of a case's command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// The iteration, from 0; `None` for a warm-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, on the monotonic clock.
    pub elapsed_seconds: f64,
    /// How it ended.
    pub exit: Exit,
    /// What it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the machine did meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// The raw outputs, beside the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By this signal.
    Signal(String),
    /// By us, after this many milliseconds.
    TimeoutMs(u64),
    /// By us, because we were told to stop.
    Interrupted,
    /// It could not be started, for this reason.
    NotStarted(String),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(name) => write!(f, "killed by {name}"),
            Self::TimeoutMs(ms) => write!(f, "timed out after {} s", *ms as f64 / 1000.0),
            Self::Interrupted => f.write_str("interrupted"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
        }
    }
}

/// What a command and its children used: `struct rusage` of wait4(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// CPU time in user mode.
    pub user_seconds: f64,
    /// CPU time in the kernel.
    pub system_seconds: f64,
    /// The largest resident set of one process.
    pub max_rss_bytes: u64,
    /// Page faults that needed I/O.
    pub major_faults: u64,
    /// Page faults that did not.
    pub minor_faults: u64,
    /// Switches because the process waited.
    pub voluntary_switches: u64,
    /// Switches because another process had its turn.
    pub involuntary_switches: u64,
}

/// A file with what the command wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its path, from the record's folder.
    pub file: String,
    /// How much the command wrote.
    pub bytes: u64,
    /// How much of it is in the file, where that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_bytes: Option<u64>,
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

impl Record {
    /// The canonical JSON: one line without its line end.
    pub fn to_json(&self) -> String {
        // Strings for keys, finite numbers: serde_json has nothing to refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Writes [`Self::to_json`].
    ///
    /// # Errors
    /// What writing says.
    pub fn write_json(&self, out: impl io::Write) -> io::Result<()> {
        Ok(serde_json::to_writer(out, self)?)
    }

    /// The record that `json` holds, its invariants checked.
    pub fn from_json(json: &[u8]) -> Result<Self, Invalid> {
        let record: Self = serde_json::from_slice(json)?;
        record.check()?;
        Ok(record)
    }

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
