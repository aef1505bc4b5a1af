//! Definitions: YAML text -> checked [`Definition`].
//!
//! In: `test-definitions/<name>/<name>.yaml`, a LAVA test definition with one more key, `benchmark:`. Out: a value whose
//! patterns are compiled and whose names, units and placeholders are known to be right. `test-definitions/README.md`
//! describes the format.

mod check;
mod dialect;
mod document;
mod envelope;
mod error;
mod number;
mod origin;
mod outline;
mod output;
mod parameter;
mod parameters;
mod pattern;
mod reserved;
mod store;
mod table;
mod verdict;
mod version;
mod wire;

pub use document::{Document, PathLabel, PathPattern, PathVerdict, Step, Syntax};
pub use envelope::Envelope;
pub use error::DefinitionError;
pub use number::{Expected, Factor, NumberFormat};
pub use origin::Origin;
pub use outline::Outline;
pub use parameter::{Choice, Kind, Parameter, ParameterError};
pub(crate) use pattern::{LinePart, SAME};
pub use pattern::{OutputFormat, Pattern, Section, Source};
pub use store::Store;
pub use table::Table;
pub use verdict::{LineVerdict, Results, Tap};
pub use version::{NotVersions, Versions};

pub use crate::text::template::{SingleBrace, Template, Unfilled};

use crate::record::{Ident, Metric};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

/// The placeholder for the path of the agent's own binary.
pub const AGENT: &str = "agent";

/// The parameter that says how many iterations a case has.
pub const ITERATIONS: &str = "ITERATIONS";

/// The most iterations of a case, and the most runs before them that are not measured.
pub const MAX_ITERATIONS: u32 = 100_000;

/// The most times that a measured command may run again where it failed.
pub const MAX_RETRIES: u32 = 1000;

/// One benchmark: what to run, with which parameters, and what its output means.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name, the same as its folder's.
    pub name: Ident,
    /// Where its text stands.
    pub origin: Origin,
    /// Its text.
    pub text: String,
    /// What it measures, in a sentence or two.
    pub description: String,
    /// The family it belongs to.
    pub suite: Option<String>,
    /// The program it runs.
    pub tool: ToolSpec,
    /// What else the machine must have.
    pub needs: Needs,
    /// Its parameters, `ITERATIONS` among them.
    pub parameters: Vec<Parameter>,
    /// The axes of the parameter matrix, outermost first.
    pub matrix: Vec<Axis>,
    /// How many runs come before the first iteration of a case and are not measured.
    pub warm_up: u32,
    /// How long one command may take: durations that are added up, as in `{TIME}s 1m`.
    pub timeout: Template,
    /// Environment variables of all its commands.
    pub environment: BTreeMap<String, Template>,
    /// Commands before each case.
    pub prepare: Vec<Vec<Template>>,
    /// The measured command, by the tool's version: the first that fits.
    pub commands: Vec<CommandSpec>,
    /// Commands that run beside those of a case, as a server does.
    pub background: Vec<BackgroundSpec>,
    /// Commands after each case, whatever became of it.
    pub cleanup: Vec<Vec<Template>>,
    /// Whether the tool measures `ITERATIONS` times by itself, so that the command runs once.
    pub iterates: bool,
    /// Whether each case needs a boot in which no other one ran.
    pub reboot: bool,
    /// The parameter that says how many more times a measured command may run that failed.
    pub retries: Option<String>,
    /// How many files its commands may have open at least, as far as the hard limit goes.
    pub open_files: Option<u32>,
    /// The exit codes of a measured command that ran as it should.
    pub exit_codes: Vec<i32>,
    /// What is measured.
    pub metrics: Vec<MetricSpec>,
    /// The metrics that are measured on the command itself.
    pub measure: Vec<(Quantity, Ident)>,
    /// The keys of the labels of verdicts in the output, in their order.
    pub verdict_labels: Vec<Ident>,
    /// The forms that the tool's outputs have; of those of one source, the first that is recognised counts.
    pub outputs: Vec<OutputFormat>,
    /// What a runner puts around the tool's outputs.
    pub envelope: Envelope,
    /// The tree of logs that the command leaves: each benchmark in it becomes one of the record.
    pub logs: Option<Logs>,
}

/// A tree of logs that a command leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The suite that writes such logs.
    pub format: &'static str,
    /// The folder, from the working directory.
    pub folder: PathBuf,
}

/// The program that a benchmark runs.
#[derive(Clone, Debug)]
pub struct ToolSpec {
    /// The program: a name that is looked up in PATH, or a path.
    pub name: Template,
    /// Whether the agent itself is the program.
    pub builtin: bool,
    /// How to ask for its version: a command and a pattern whose group `version` is the answer.
    pub version: Option<(Vec<Template>, regex::bytes::Regex)>,
    /// The packages that have it, by distribution (`ID` of os-release).
    pub packages: BTreeMap<String, Vec<String>>,
}

/// What a benchmark needs beside its tool.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// The super-user.
    pub root: bool,
    /// Programs in PATH.
    pub programs: Vec<Template>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// CPUs.
    pub cpus: Option<u32>,
    /// Files or devices that must exist.
    pub files: Vec<Template>,
    /// Kernel modules, built in or not.
    pub modules: Vec<String>,
}

/// One axis of the parameter matrix.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The label's key in names and records.
    pub label: Ident,
    /// The parameter whose values it goes through.
    pub parameter: String,
}

/// The measured command for some versions of the tool.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// The versions.
    pub versions: Versions,
    /// Program and arguments.
    pub words: Vec<Template>,
}

/// A command that runs beside those of a case.
#[derive(Clone, Debug)]
pub struct BackgroundSpec {
    /// Program and arguments.
    pub words: Vec<Template>,
    /// It runs where this, filled in, is not empty; `None`: always.
    pub when: Option<Template>,
    /// The line of its output that says that it is ready; without it, it is ready when it runs.
    pub ready: Option<regex::bytes::Regex>,
    /// How long it may take to be ready.
    pub within: Duration,
    /// How long it runs, once it is ready, before the first iteration.
    pub settle: Duration,
    /// Whether its end before that of the iterations is a failure, with the exit code 0 too.
    pub lasts: bool,
    /// The parameter that names the machine it runs on: where that is another one, it is not started here.
    pub on: Option<String>,
}

impl BackgroundSpec {
    /// Whether it runs on this machine, going by the parameters' values.
    pub fn is_here(&self, values: &BTreeMap<String, String>) -> bool {
        let host = self.on.as_ref().and_then(|name| values.get(name));
        host.is_none_or(|host| host == "localhost" || host == "::1" || host.starts_with("127."))
    }
}

/// What is measured on a command itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// How long it took, in seconds.
    Elapsed,
    /// CPU time in user mode, in seconds, with that of its children.
    User,
    /// CPU time in the kernel, in seconds, with that of its children.
    System,
    /// The largest resident set of it or one of its children, in bytes.
    MaxRss,
}

/// A metric and what its values may be.
#[derive(Clone, Debug)]
pub struct MetricSpec {
    /// Name, unit, direction, label keys.
    pub metric: Metric,
    /// What it is, for `show`.
    pub description: Option<String>,
    /// The lowest and the highest number that is believed.
    pub range: (f64, f64),
}

impl Definition {
    /// The definition that `text` is; errors call it `file`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(file: &str, text: &str) -> Result<Self, DefinitionError> {
        check::read(Origin::File(file.into()), text)
    }

    /// Whether what it measures can say that it was measured often enough.
    pub fn can_stop_early(&self) -> bool {
        !self.iterates && !self.metrics.is_empty()
    }

    /// The parameter called `name`.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// All parameters with their defaults.
    pub fn defaults(&self) -> BTreeMap<String, String> {
        self.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect()
    }

    /// Its metrics, primary ones first.
    pub fn primary_first(&self) -> Vec<&MetricSpec> {
        let (mut first, others): (Vec<_>, Vec<_>) = self.metrics.iter().partition(|spec| spec.metric.primary);
        first.extend(others);
        first
    }

    /// Whether it measures something and does not say what of it a person would quote.
    pub fn lacks_primary(&self) -> bool {
        !self.metrics.is_empty() && !self.metrics.iter().any(|spec| spec.metric.primary)
    }

    /// The values in its text that LAVA reads as something else, each with its line, from 1.
    pub fn read_otherwise_by_lava(&self) -> Vec<(usize, &str)> {
        dialect::read_otherwise(&self.text)
    }

    /// The files that its outputs stand in, each once.
    pub fn files(&self) -> BTreeSet<&str> {
        self.outputs.iter().filter_map(|output| output.from.file()).collect()
    }
}

impl ToolSpec {
    /// The packages that have the tool on the distribution `id`, or on any that is known.
    pub fn packages_on(&self, id: Option<&str>) -> Vec<String> {
        let known = &self.packages;
        let here = id.and_then(|id| known.get(id));
        here.or_else(|| known.get("debian")).or_else(|| known.values().next()).cloned().unwrap_or_default()
    }
}
