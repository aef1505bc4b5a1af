//! The shape of `outputs`.

use super::{Map, Scalar};
use crate::{
    definition::NumberFormat,
    record::{Ident, Verdict},
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Output {
    pub(in crate::definition) name: String,
    pub(in crate::definition) recognise: String,
    #[serde(default)]
    pub(in crate::definition) from: From,
    #[serde(default)]
    pub(in crate::definition) parameters: Map<String>,
    #[serde(default)]
    pub(in crate::definition) failures: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) ignore: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) ends: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) strict: bool,
    #[serde(default)]
    pub(in crate::definition) sections: Vec<Section>,
    #[serde(default)]
    pub(in crate::definition) patterns: Vec<Pattern>,
    #[serde(default)]
    pub(in crate::definition) tables: Vec<Table>,
    #[serde(default)]
    pub(in crate::definition) json: Vec<PathPattern>,
    #[serde(default)]
    pub(in crate::definition) yaml: Vec<PathPattern>,
    #[serde(default)]
    pub(in crate::definition) tap: Option<Tap>,
    #[serde(default)]
    pub(in crate::definition) verdicts: Vec<VerdictPattern>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "write stdout, stderr or {file: NAME}")]
pub(in crate::definition) enum From {
    Stream(Stream),
    File(FileName),
}

impl Default for From {
    fn default() -> Self {
        Self::Stream(Stream::Stdout)
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::definition) enum Stream {
    Stdout,
    Stderr,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct FileName {
    pub(in crate::definition) file: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Section {
    pub(in crate::definition) name: String,
    pub(in crate::definition) heading: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Pattern {
    #[serde(default)]
    pub(in crate::definition) metric: Option<Ident>,
    #[serde(default)]
    pub(in crate::definition) values: Map<Ident>,
    pub(in crate::definition) regex: String,
    #[serde(default)]
    pub(in crate::definition) section: Option<String>,
    #[serde(default)]
    pub(in crate::definition) labels: Map<Scalar>,
    #[serde(default)]
    pub(in crate::definition) split: Option<Ident>,
    #[serde(default)]
    pub(in crate::definition) number: NumberFormat,
    #[serde(default)]
    pub(in crate::definition) units: Map<Scalar>,
    #[serde(default)]
    pub(in crate::definition) factor: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) expect: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) repeats: Option<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Table {
    pub(in crate::definition) header: String,
    #[serde(default)]
    pub(in crate::definition) columns: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) separator: Option<char>,
    #[serde(default)]
    pub(in crate::definition) end: Option<String>,
    #[serde(default)]
    pub(in crate::definition) values: Map<Ident>,
    #[serde(default)]
    pub(in crate::definition) others: Option<Others>,
    #[serde(default)]
    pub(in crate::definition) labels: Map<String>,
    #[serde(default)]
    pub(in crate::definition) number: NumberFormat,
    #[serde(default)]
    pub(in crate::definition) factor: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) missing: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) expect: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) repeats: Option<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Others {
    pub(in crate::definition) metric: Ident,
    pub(in crate::definition) label: Ident,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct PathPattern {
    pub(in crate::definition) metric: Ident,
    pub(in crate::definition) path: String,
    #[serde(default, rename = "where")]
    pub(in crate::definition) condition: Option<String>,
    #[serde(default)]
    pub(in crate::definition) labels: Map<Scalar>,
    #[serde(default)]
    pub(in crate::definition) number: NumberFormat,
    #[serde(default)]
    pub(in crate::definition) factor: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) expect: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) repeats: Option<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Tap {
    pub(in crate::definition) test: String,
    pub(in crate::definition) nested: Ident,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct VerdictPattern {
    #[serde(default)]
    pub(in crate::definition) regex: Option<String>,
    #[serde(default)]
    pub(in crate::definition) section: Option<String>,
    #[serde(default)]
    pub(in crate::definition) path: Option<String>,
    #[serde(default)]
    pub(in crate::definition) labels: Map<Scalar>,
    pub(in crate::definition) results: Map<Verdict>,
    #[serde(default)]
    pub(in crate::definition) reason: Option<String>,
    #[serde(default)]
    pub(in crate::definition) expect: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) total: Option<String>,
    #[serde(default)]
    pub(in crate::definition) once: bool,
}
