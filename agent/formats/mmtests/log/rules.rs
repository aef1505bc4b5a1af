//! Rules: the YAML text -> checked `Rule`s, once.

use super::{pattern::Pattern, value::Template};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// How the samples of one benchmark's logs are found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// The benchmarks, without variants.
    benchmarks: Vec<String>,
    /// The alternative report.
    #[serde(default)]
    alternative: Option<String>,
    /// What the version of January 2026 called the module and took for better, where it wrote these logs.
    #[serde(default)]
    pub(super) classic: Option<Classic>,
    /// Which files, by their names without `.gz` and `.xz`. They are read in the order of the groups: by number where all
    /// are numbers.
    pub(super) logs: Pattern,
    /// Whether files in folders are looked at too, by their paths.
    #[serde(default)]
    pub(super) folders: bool,
    /// Whether the samples are put in order: metric, factors, sample number. Otherwise as they are read.
    #[serde(default)]
    pub(super) sorted: bool,
    /// With `sorted`: by the sample's number before the factors.
    #[serde(default)]
    pub(super) by_sample: bool,
    /// Only lines behind one like this.
    #[serde(default)]
    pub(super) after: Option<Pattern>,
    /// Only lines before one like this.
    #[serde(default)]
    pub(super) until: Option<Pattern>,
    /// Whether `after` may come again behind `until`.
    #[serde(default)]
    pub(super) again: bool,
    /// What groups are before a heading says it.
    #[serde(default)]
    pub(super) initial: BTreeMap<String, String>,
    /// The line whose words name the columns of the lines below it.
    #[serde(default)]
    pub(super) columns: Option<Pattern>,
    /// A line whose groups hold for the lines below it.
    #[serde(default)]
    pub(super) heading: Option<Pattern>,
    /// The line without which what was found since the last one is not complete, and left out.
    #[serde(default)]
    pub(super) complete: Option<Pattern>,
    /// Lines anywhere in the file that say what `{defined}` is for a column: groups `key`, which may be several words, and
    /// `value`. Without a key it is `{defined}` of all lines.
    #[serde(default)]
    pub(super) define: Option<Pattern>,
    /// The file with those lines, from the logs' folder, where it is another one.
    #[serde(default)]
    pub(super) define_in: Option<String>,
    /// What is looked for in every line, in this order.
    pub(super) lines: Vec<Line>,
}

/// A module of MMTests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Classic {
    pub(super) module: String,
    /// `Higher` or `Lower`.
    pub(super) better: String,
}

/// What is looked for in a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Only in files whose first group is this.
    #[serde(default)]
    pub(super) files: Option<String>,
    /// The pattern; its group `value` is the value, or `columns` are the values of several columns. A group `times` says how
    /// often the value stands there.
    #[serde(rename = "match")]
    pub(super) pattern: Pattern,
    /// The metric; `{name}` is a group.
    pub(super) metric: Template,
    /// The value where it is no part of the line.
    #[serde(default)]
    pub(super) value: Option<String>,
    /// The value of a file without such a line.
    #[serde(default)]
    pub(super) otherwise: Option<String>,
    /// Only where what the groups `x` and `y` are defined as is the same, or is not.
    #[serde(default)]
    pub(super) definitions: Option<Agreement>,
    /// The values are amounts at the times `t`, and become rates.
    #[serde(default)]
    pub(super) batches: Option<Batches>,
    /// The value becomes the percentage of that of this metric.
    #[serde(default)]
    pub(super) percent_of: Option<String>,
    /// What follows the metric in the operation's name; `_` and nothing are left out.
    #[serde(default)]
    pub(super) factors: Vec<Template>,
    /// The sample's number: a text with groups, `running` for one count over all operations, `from zero` for a count of each
    /// that begins with 0, else a count of each.
    #[serde(default)]
    pub(super) sample: Number,
    #[serde(default)]
    pub(super) sample_scale: Option<f64>,
    #[serde(default)]
    pub(super) scale: Option<f64>,
    /// With how many significant digits a scaled value is written.
    #[serde(default)]
    pub(super) digits: Option<usize>,
    /// Whether a scaled value's decimals are cut.
    #[serde(default)]
    pub(super) whole: bool,
    /// A text that is taken out of the value.
    #[serde(default)]
    pub(super) without: Option<String>,
    /// Whether the value is `h:mm:ss.ss`, and becomes seconds.
    #[serde(default)]
    pub(super) clock: bool,
    /// Which values of a file.
    #[serde(default)]
    pub(super) take: Take,
    /// Whether the operation is one of the ratio table.
    #[serde(default)]
    pub(super) ratio: bool,
}

/// How samples are numbered.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) enum Number {
    #[default]
    Counted,
    FromZero,
    Running,
    Text(Template),
}

impl From<String> for Number {
    fn from(text: String) -> Self {
        match text.as_str() {
            "from zero" => Self::FromZero,
            "running" => Self::Running,
            _ => Self::Text(text.into()),
        }
    }
}

/// Which values of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Take {
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
pub(super) enum Agreement {
    Same,
    Different,
}

/// How amounts become rates.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batches {
    /// How many lines at the beginning are none of a batch.
    pub(super) skip: usize,
    /// How many lines a batch has.
    pub(super) size: usize,
    /// How many batches are left out.
    pub(super) drop: usize,
}

static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("rules.yaml")).unwrap_or_else(|error| unreachable!("{error}")));

/// The rules of `benchmark`, which may carry variants.
pub(super) fn find(benchmark: &str, alternative: Option<&str>) -> Vec<&'static Rule> {
    let mut name = benchmark;
    loop {
        let named = |rule: &&Rule| rule.benchmarks.iter().any(|known| known == name);
        let found: Vec<&Rule> =
            RULES.iter().filter(named).filter(|r| r.alternative.as_deref() == alternative).collect();
        match name.rsplit_once('-') {
            _ if !found.is_empty() => return found,
            Some((shorter, _)) => name = shorter,
            None => return found,
        }
    }
}

/// All benchmarks that have a rule.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| rule.benchmarks.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_rules() {
        assert!(names().count() > 30);
        for name in names() {
            assert!(super::super::super::known(name, None).is_some(), "{name}");
        }
        assert_eq!(find("hackbench-process-pipes", None).len(), 2);
        assert_eq!(find("fio", Some("latency")).len(), 1);
        assert!(find("nothing-such", None).is_empty());
        for line in RULES.iter().flat_map(|rule| &rule.lines) {
            let valued = line.pattern.value.or(line.pattern.columns).is_some() || line.value.is_some();
            assert!(valued || line.take == Take::Nothing, "{:?}", line.pattern);
        }
    }
}
