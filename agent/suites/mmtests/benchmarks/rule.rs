//! Rules: which files and lines of a benchmark's logs hold its samples.

use super::{
    pattern::Pattern,
    presentation::{Direction, SummaryType},
};
use crate::{
    suites::mmtests::version::Version,
    text::template::{SingleBrace, Template},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How the samples of one benchmark's logs are found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Only for these versions; for all versions if the list is empty.
    #[serde(default)]
    pub(crate) versions: Vec<Version>,
    /// What older versions said of the benchmark, where only they wrote these logs, or the rule is theirs.
    #[serde(default)]
    pub(crate) classic: Option<Classic>,
    /// What they said of it, where they read the same of the same logs: it counts when one of them is asked for.
    #[serde(default)]
    pub(crate) older: Option<Classic>,
    /// Which files, by their names without `.gz` and `.xz`. They are read in the order of the groups: by number where all
    /// are numbers.
    pub(crate) logs: Pattern,
    /// Whether files in folders are looked at too, by their paths.
    #[serde(default)]
    pub(crate) folders: bool,
    /// Whether the samples are put in order: metric, factors, sample number. Otherwise as they are read.
    #[serde(default)]
    pub(crate) sorted: bool,
    /// With `sorted`: by the sample's number before the factors.
    #[serde(default)]
    pub(crate) by_sample: bool,
    /// Whether the operations are in the order of `lines`, those of one line as they are first read.
    #[serde(default)]
    pub(crate) by_line: bool,
    /// Whether the samples of an operation, of all files, become one: their mean.
    #[serde(default)]
    pub(crate) mean: bool,
    /// Only lines after one like this.
    #[serde(default)]
    pub(crate) after: Option<Pattern>,
    /// Only lines before one like this.
    #[serde(default)]
    pub(crate) until: Option<Pattern>,
    /// Whether `after` may come again after `until`.
    #[serde(default)]
    pub(crate) again: bool,
    /// What groups are before a heading says it.
    #[serde(default)]
    pub(crate) initial: BTreeMap<String, String>,
    /// The line whose words name the columns of the lines below it.
    #[serde(default)]
    pub(crate) columns: Option<Pattern>,
    /// A line whose groups hold for the lines below it.
    #[serde(default)]
    pub(crate) heading: Option<Pattern>,
    /// The line without which what was found since the last one is not complete, and left out. `{completed}` is how many
    /// there were.
    #[serde(default)]
    pub(crate) complete: Option<Pattern>,
    /// Lines anywhere in the file that say what `{defined}` is for a column: groups `key`, which may be several words, and
    /// `value`. Without a key it is `{defined}` of all lines.
    #[serde(default)]
    pub(crate) define: Option<Pattern>,
    /// The file with those lines, from the logs' folder, where it is another one.
    #[serde(default)]
    pub(crate) define_in: Option<String>,
    /// What is looked for in every line, in this order.
    #[serde(default)]
    pub(crate) lines: Vec<Line>,
    /// The same, where several benchmarks share it: its name in `shared.yaml`.
    #[serde(default)]
    pub(crate) shared: Option<String>,
}

/// A module of MMTests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Classic {
    pub(crate) module: String,
    pub(crate) better: Direction,
    /// The type of the data in the version of 2021, by its number there.
    #[serde(default)]
    pub(crate) data: Option<u64>,
    /// How it is summarised.
    #[serde(default)]
    pub(crate) summary: SummaryType,
    #[serde(default)]
    pub(crate) decimals: Option<u64>,
    /// Whether it names operations for the table of ratios: one whenever it is read in the last iteration, and so more than
    /// once.
    #[serde(default)]
    pub(crate) ratio: bool,
    /// The title of the one value.
    #[serde(default)]
    pub(crate) title: Option<String>,
}

/// What is looked for in a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// Only in files whose first group is this.
    #[serde(default)]
    pub(crate) files: Option<String>,
    /// The pattern; its group `value` is the value, or `columns` are the values of several columns. A group `times` says how
    /// often the value stands there.
    #[serde(rename = "match")]
    pub(crate) pattern: Pattern,
    /// The metric; `{name}` is a group.
    pub(crate) metric: Template,
    /// The value where it is not part of the line.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// The value of a file without such a line.
    #[serde(default)]
    pub(crate) otherwise: Option<String>,
    /// Only where what the groups `x` and `y` are defined as is the same, or is not.
    #[serde(default)]
    pub(crate) definitions: Option<Agreement>,
    /// The values are amounts at the times `t`, and become rates.
    #[serde(default)]
    pub(crate) batches: Option<Batches>,
    /// The value becomes the percentage of that of this metric.
    #[serde(default)]
    pub(crate) percent_of: Option<String>,
    /// What follows the metric in the operation's name; `_` and nothing are left out.
    #[serde(default)]
    pub(crate) factors: Vec<Template>,
    /// The sample's number: a text with groups, `running` for one count over all operations, `shared` for one over those with
    /// the same factors, `from zero` for a count of each that begins with 0, else a count of each.
    #[serde(default)]
    pub(crate) sample: Numbering,
    #[serde(default)]
    pub(crate) sample_scale: Option<f64>,
    #[serde(default)]
    pub(crate) scale: Option<f64>,
    /// With how many significant digits a scaled value is written.
    #[serde(default)]
    pub(crate) digits: Option<usize>,
    /// Whether a scaled value's decimals are cut.
    #[serde(default)]
    pub(crate) whole: bool,
    /// A text that is taken out of the value.
    #[serde(default)]
    pub(crate) without: Option<String>,
    /// Whether the value is `h:mm:ss.ss`, and becomes seconds.
    #[serde(default)]
    pub(crate) clock: bool,
    /// Which values of a file.
    #[serde(default)]
    pub(crate) take: Take,
    /// Whether the operation is one of the ratio table.
    #[serde(default)]
    pub(crate) ratio: bool,
}

/// How samples are numbered.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Numbering {
    #[default]
    Counted,
    FromZero,
    Running,
    Shared,
    Text(Template),
}

impl TryFrom<String> for Numbering {
    type Error = SingleBrace;

    fn try_from(text: String) -> Result<Self, SingleBrace> {
        Ok(match text.as_str() {
            "from zero" => Self::FromZero,
            "running" => Self::Running,
            "shared" => Self::Shared,
            _ => Self::Text(text.try_into()?),
        })
    }
}

/// Which values of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Take {
    #[default]
    All,
    First,
    Last,
    Sum,
    /// None: which part of the lines has a group `value`, and agrees.
    Share,
    /// None: the rule is for what a file has otherwise.
    Nothing,
}

/// What two definitions are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Agreement {
    Same,
    Different,
}

/// How amounts become rates.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batches {
    /// How many lines at the beginning belong to no batch.
    pub(crate) skip: usize,
    /// How many lines a batch has.
    pub(crate) size: usize,
    /// How many batches are left out.
    pub(crate) drop: usize,
}
