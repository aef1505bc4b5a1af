//! Rules: the YAML text -> checked `Rule`s, once.

use super::{pattern::Pattern, value::Template};
use crate::suites::mmtests::Version;
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
    /// Only for these versions; for all where there is none.
    #[serde(default)]
    versions: Vec<Version>,
    /// What older versions said of the benchmark, where only they wrote these logs, or the rule is theirs.
    #[serde(default)]
    pub(super) classic: Option<Classic>,
    /// What they said of it, where they read the same of the same logs: it counts when one of them is asked for.
    #[serde(default)]
    pub(super) older: Option<Classic>,
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
    /// Whether the operations are in the order of `lines`, those of one line as they are first read.
    #[serde(default)]
    pub(super) by_line: bool,
    /// Whether the samples of an operation, of all files, become one: their mean.
    #[serde(default)]
    pub(super) mean: bool,
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
    /// The line without which what was found since the last one is not complete, and left out. `{completed}` is how many
    /// there were.
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
    /// The type of the data in the version of 2021, by its number there.
    #[serde(default)]
    pub(super) data: Option<u64>,
    /// How it is summarised; `Multiops` if nothing else is said.
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) decimals: Option<u64>,
    /// Whether it names operations for the table of ratios: one whenever it is read in the last iteration, and so more than
    /// once.
    #[serde(default)]
    pub(super) ratio: bool,
    /// The title of the one value.
    #[serde(default)]
    pub(super) title: Option<String>,
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
    /// The sample's number: a text with groups, `running` for one count over all operations, `shared` for one over those with
    /// the same factors, `from zero` for a count of each that begins with 0, else a count of each.
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
    Shared,
    Text(Template),
}

impl From<String> for Number {
    fn from(text: String) -> Self {
        match text.as_str() {
            "from zero" => Self::FromZero,
            "running" => Self::Running,
            "shared" => Self::Shared,
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

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| crate::text::yaml::built_in(include_str!("rules.yaml")));

/// The rules of `benchmark`, which may carry variants; those of the version alone come first.
pub(super) fn find(benchmark: &str, alternative: Option<&str>, version: Version) -> Vec<&'static Rule> {
    let mut name = benchmark;
    let of_version = |rule: &&Rule| rule.versions.is_empty() || rule.versions.contains(&version);
    loop {
        let named = |rule: &&Rule| rule.benchmarks.iter().any(|known| known == name) && of_version(rule);
        let mut found: Vec<&Rule> =
            RULES.iter().filter(named).filter(|r| r.alternative.as_deref() == alternative).collect();
        found.sort_by_key(|rule| rule.versions.is_empty());
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
    use crate::suites::mmtests::Kind;

    #[test]
    fn the_rules_are_rules() {
        assert!(names().count() > 30);
        for name in names() {
            assert!(super::super::super::known(name, None).is_some(), "{name}");
        }
        let find = |name, alternative| find(name, alternative, Version::Head).len();
        assert_eq!(find("hackbench-process-pipes", None), 2);
        assert_eq!(find("fio", Some("latency")), 1);
        assert_eq!(find("nothing-such", None), 0);
        assert_eq!(find("dbench4", Some("tput")), 0);
        let older = super::find("dbench4", Some("tput"), Version::Classic202601);
        assert!(older[0].classic.as_ref().is_some_and(|module| module.module == "ExtractDbench4tput"));
        for module in RULES.iter().flat_map(|rule| rule.classic.iter().chain(&rule.older)) {
            let kind = module.kind.as_deref();
            assert!(kind.is_none_or(|kind| Kind::from_name(kind).is_some()), "{kind:?}");
            assert!(["Higher", "Lower"].contains(&module.better.as_str()), "{}", module.better);
        }
        for rule in RULES.iter() {
            let Rule { after, until, columns, heading, complete, define, .. } = rule;
            let optional = [after, until, columns, heading, complete, define];
            // To ask for the groups' names compiles a pattern.
            let names =
                std::iter::once(&rule.logs).chain(optional.into_iter().flatten()).map(|pattern| pattern.names());
            assert!(names.map(Iterator::count).sum::<usize>() < 20, "{:?}", rule.logs);
        }
        for line in RULES.iter().flat_map(|rule| &rule.lines) {
            let valued = line.pattern.value.or(line.pattern.columns).is_some() || line.value.is_some();
            assert!(valued || line.take == Take::Nothing, "{:?}", line.pattern);
        }
    }
}
