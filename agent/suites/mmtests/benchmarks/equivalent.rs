//! Which definition measures what a benchmark does, and with which parameters.
//!
//! Values are in the shell's form, of the configuration's variables; of a parameter's lines the first counts whose variables
//! are set.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What measures some benchmarks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equivalent {
    /// Their names, with variants; where nothing is said, the file's.
    #[serde(default)]
    pub(crate) benchmarks: Vec<String>,
    /// The definition, or `without`: why no definition does it.
    #[serde(default)]
    pub(crate) definition: Option<String>,
    #[serde(default)]
    pub(crate) without: Option<String>,
    #[serde(default)]
    pub(crate) parameters: Vec<ParameterValue>,
    /// The parameters that each benchmark has values of its own for; several benchmarks are one run with all of them.
    #[serde(default)]
    pub(crate) choice: BTreeMap<String, BTreeMap<String, String>>,
    /// The values of variables with which the definition does what MMTests does; a variable that is not set is right.
    #[serde(default)]
    pub(crate) only: BTreeMap<String, Vec<String>>,
    /// What is not as MMTests does it.
    #[serde(default)]
    pub(crate) differs: Vec<String>,
}

/// A parameter of the definition: a value, or numbers of threads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterValue {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// What `value` becomes, by what it is in the configuration; another value is not measured here.
    #[serde(default)]
    pub(crate) choices: BTreeMap<String, String>,
    /// Instead of `value`: the name of a file whose text it is. Without the file nothing is measured.
    #[serde(default)]
    pub(crate) file: Option<String>,
    /// Options that may stand after the file's name.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// The value is a list: what stands between its words. `choices` are of each word then.
    #[serde(default)]
    pub(crate) each: Option<Each>,
    /// What each word of the list becomes, instead of itself: `{word}` stands for it. Its variables must have one word.
    #[serde(default)]
    pub(crate) form: Option<String>,
    /// The highest that MMTests takes.
    #[serde(default)]
    pub(crate) most: Option<i64>,
    /// The lowest that MMTests takes.
    #[serde(default)]
    pub(crate) least: Option<String>,
    #[serde(default)]
    pub(crate) walk: Option<Walk>,
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
}

/// What stands between the words of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Each {
    /// Commas.
    Comma,
    /// Blanks.
    Blank,
    /// The ends of lines; blanks in a line count as one.
    Line,
}

/// How numbers of threads follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Walk {
    /// Doubled each time, and the most.
    Powers,
    /// Steps that become larger.
    Large,
    /// Steps between the processors of a core, a cache, a node, all, and multiples of all.
    Topology,
}
