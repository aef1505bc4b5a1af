//! A comparison as a document: `lava-bench-comparison/1`. What `compare --format json` writes, what `report` reads, and what its
//! templates get.
//!
//! Every field is always there, in this order; what is not known is `null`, and a number is finite. Fields are only ever
//! added: a program that reads this version must pass over those that it does not know, and this one reads documents
//! without those that were added later.

mod evidence;
mod of;

use evidence::Evidence;
pub(super) use evidence::Iteration;
pub use evidence::Sources;

use crate::{
    compare::Subject,
    record::{Ident, Labels, Unit},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io};

/// The document's format and version.
pub const SCHEMA: &str = "lava-bench-comparison/1";

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// The old side.
    pub base: SideFields,
    /// The new one.
    pub new: SideFields,
    /// How many boots of the history count.
    pub past_boots: usize,
    /// How many new boots are on the base too.
    pub shared_boots: usize,
    /// What was asked for.
    pub settings: SettingFields,
    /// How many findings there are of each word.
    pub summary: Summary,
    /// What else differs.
    pub differences: Vec<DifferenceFields>,
    /// What keeps benchmarks from being compared.
    pub refused: Vec<DifferenceFields>,
    /// Cases that do not go on both sides as they should.
    pub cases: Vec<CaseFields>,
    /// The benchmarks as a whole.
    pub indexes: Vec<MetricFields>,
    /// The findings, worse first.
    pub metrics: Vec<MetricFields>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The answer in one sentence, without its full stop.
    #[serde(default)]
    pub headline: String,
    /// The boots that the `points` of metrics name by their position.
    #[serde(default)]
    pub boots: BootLists,
    /// The boards of the base that are not compared.
    #[serde(default)]
    pub lone_boards: Vec<LoneBoardFields>,
}

/// A board that is missing on the new side, or that is another machine there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoneBoardFields {
    pub name: String,
    pub missing: bool,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideFields {
    /// The kernels.
    pub kernels: Vec<KernelFields>,
    /// The kinds of machines.
    pub machines: Vec<MachineFields>,
    /// How many boots.
    pub boots: usize,
    /// How many iterations count.
    pub iterations: usize,
    /// How many do not.
    pub invalid_iterations: usize,
    /// What the kernel log complained of.
    pub faults: usize,
    /// What a rebuild could not find.
    pub losses: usize,
}

/// A kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelFields {
    /// What it is called.
    pub name: String,
    /// How many boots it has.
    pub boots: usize,
}

/// A kind of machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineFields {
    /// The board, the processor.
    pub kind: String,
    /// The boards, as a lab calls them.
    pub devices: Vec<String>,
}

/// When something counts as different, and when as the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingFields {
    pub level: f64,
    pub false_discovery: f64,
    pub margin: f64,
    pub jitter: f64,
}

/// How many there are of each word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub metrics: BTreeMap<String, usize>,
    pub cases: BTreeMap<String, usize>,
    pub refused: usize,
    pub regression: bool,
    pub undecided: bool,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferenceFields {
    pub topic: String,
    pub benchmark: Option<Ident>,
    pub what: String,
    pub base: String,
    pub new: String,
}

/// A case that does not go on both sides as it should.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFields {
    pub change: String,
    pub benchmark: Ident,
    pub parameters: BTreeMap<String, String>,
    pub labels: Labels,
    pub base: TallyFields,
    pub new: TallyFields,
    pub reason: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub words: String,
}

/// In how many boots a case went how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TallyFields {
    pub pass: usize,
    pub fail: usize,
    pub skip: usize,
    pub unknown: usize,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricFields {
    pub benchmark: Ident,
    pub parameters: BTreeMap<String, String>,
    pub case: Labels,
    pub metric: Option<Ident>,
    pub labels: Labels,
    pub unit: Option<Unit>,
    pub better: String,
    pub primary: bool,
    pub base: Option<f64>,
    pub new: Option<f64>,
    pub change: Option<f64>,
    pub change_words: Option<String>,
    pub interval: Option<(f64, f64)>,
    pub verdict: String,
    pub suspect: bool,
    pub p: Option<f64>,
    pub p_calibrated: Option<f64>,
    pub q: Option<f64>,
    pub spread: Option<f64>,
    pub boots: BootFields,
    pub reason: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub interval_words: Option<String>,
    #[serde(default)]
    pub points: PointLists,
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl MetricFields {
    /// The 90 % interval behind the words of the change.
    pub(super) fn interval_brief(&self) -> Option<String> {
        let unit = self.unit.as_ref().map(|unit| unit.as_str());
        Some(crate::compare::interval_in_brief(self.interval?, unit, self.better.parse().ok()?))
    }
}

/// How many boots a verdict rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BootFields {
    pub past: usize,
    pub base: usize,
    pub new: usize,
}

/// Values of boots: a position in [`BootLists`], and the value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointLists {
    pub past: Vec<(usize, f64)>,
    pub base: Vec<(usize, f64)>,
    pub new: Vec<(usize, f64)>,
}

/// All boots that were given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BootLists {
    pub past: Vec<OneBoot>,
    pub base: Vec<OneBoot>,
    pub new: Vec<OneBoot>,
}

/// One boot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OneBoot {
    pub id: String,
    pub started: Option<String>,
    pub kernel: Option<String>,
    pub device: Option<String>,
    pub job: Option<String>,
    pub faults: usize,
}

/// Why a document is not read.
#[derive(Debug, thiserror::Error)]
pub enum NotADocument {
    /// It is JSON, and something else.
    #[error("schema {0}: not {SCHEMA}\nhint: `lava-bench compare --format json` writes it")]
    Schema(String),
    /// It is no such JSON.
    #[error("{0}\nhint: `lava-bench compare --format json` writes what is read here")]
    Json(#[from] serde_json::Error),
    /// A value names a boot that is not there.
    #[error("{0}: it has a value of a boot that the document does not list")]
    NoSuchBoot(String),
}

impl Document {
    /// Whether JSON text begins as such a document.
    pub fn is_meant(bytes: &[u8]) -> bool {
        let mark = format!("{{\"schema\":\"{SCHEMA}\"");
        let begin: Vec<u8> =
            bytes.iter().take(256).copied().filter(|byte| !byte.is_ascii_whitespace()).take(mark.len()).collect();
        begin == mark.as_bytes()
    }

    /// Reads a document.
    ///
    /// # Errors
    /// What is not such a document.
    pub fn from_json(bytes: &[u8]) -> Result<Document, NotADocument> {
        let mut document: Document = serde_json::from_slice(bytes)?;
        if document.schema != SCHEMA {
            return Err(NotADocument::Schema(document.schema));
        }
        for metric in document.metrics.iter().chain(&document.indexes) {
            let (points, boots) = (&metric.points, &document.boots);
            let sides = [(&points.past, &boots.past), (&points.base, &boots.base), (&points.new, &boots.new)];
            if sides.iter().any(|(points, boots)| points.iter().any(|(at, _)| *at >= boots.len())) {
                return Err(NotADocument::NoSuchBoot(metric.name.clone()));
            }
        }
        document.complete();
        Ok(document)
    }

    /// Names what was written before documents had names.
    fn complete(&mut self) {
        for metric in self.metrics.iter_mut().chain(&mut self.indexes).filter(|metric| metric.name.is_empty()) {
            let MetricFields { benchmark, parameters, case, metric: of, labels, unit, .. } = metric.clone();
            metric.name = Subject { benchmark, parameters, case, metric: of, labels, unit }.to_string();
        }
        for case in self.cases.iter_mut().filter(|case| case.name.is_empty()) {
            let (benchmark, parameters, labels) =
                (case.benchmark.clone(), case.parameters.clone(), case.labels.clone());
            let whole =
                Subject { benchmark, parameters, case: labels, metric: None, labels: Labels::default(), unit: None };
            case.name = whole.to_string().trim_end_matches(": index").into();
            case.words = case.change.replace('-', " ");
        }
    }

    /// Writes the document in one line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}
