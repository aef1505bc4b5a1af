//! `goldens.yaml`: which of our numbers is which of theirs, and where they are not the same.

use lava_bench::suites::lkp as names;
use regex::Regex;
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// Why a number of theirs is not ours, by the name under which `docs/differences.md` tells it.
    pub(crate) differences: BTreeMap<String, String>,
    /// Runs that no benchmark wrote, by folder.
    pub(crate) no_benchmark: BTreeMap<String, String>,
    pub(crate) programs: Vec<Program>,
}

/// Runs of one program that the same rows tell about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) suite: Suite,
    /// Folders below the suite's.
    pub(crate) runs: Vec<String>,
    /// The file with their answer; by default the one that the suite always has.
    pub(crate) answer: Option<String>,
    /// What our definitions read; none where there is no output.
    #[serde(default)]
    pub(crate) sources: Vec<Source>,
    /// The rows of `names.yaml` for the program hold too, where none here does.
    #[serde(default)]
    pub(crate) names: bool,
    /// They have no answer at all: the difference's name.
    pub(crate) nothing: Option<String>,
    #[serde(default)]
    pub(crate) values: Vec<Row>,
    /// Numbers of ours that their answer should have and has not.
    #[serde(default)]
    pub(crate) lost: Vec<Lost>,
    /// Keys of theirs that we do not take, and why.
    #[serde(default)]
    pub(crate) omitted: Vec<Omitted>,
    /// How many of `values` and `omitted` stand here, before those of `names.yaml`.
    #[serde(skip)]
    pub(crate) own: (usize, usize),
}

/// Outputs that one definition reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Files of the tool's outputs below a run's folder; named groups tell executions apart.
    pub(crate) output: Whole,
    /// The line of an execution whose named groups tell it from others.
    pub(crate) says: Option<Pattern>,
    /// Where one file holds several executions: the first line of each.
    pub(crate) split: Option<Pattern>,
    /// Lines that the suite's own runner wrote between the tool's.
    pub(crate) runner: Option<Pattern>,
    /// The lines that count, where the outputs of several tools stand in one file.
    pub(crate) only: Option<Pattern>,
    /// Our definition; `$group` is a group of `output` or `split`.
    pub(crate) definition: String,
    /// The line that each definition's command prints before a tool that does not say what it measures; theirs do not.
    #[serde(default)]
    pub(crate) marks: BTreeMap<String, String>,
    /// What the definition's expected counts need; `$group` as above.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    /// We refuse all outputs: what the problem says.
    pub(crate) refused: Option<Pattern>,
    /// We fail some executions whose numbers they take.
    pub(crate) failed: Option<Failed>,
}

/// Whose answers: also the folder's name.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Suite {
    Lkp,
    LkpSpec,
    TestDefinitions,
    Mmtests,
}

impl Suite {
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Lkp => "lkp",
            Self::LkpSpec => "lkp-spec",
            Self::TestDefinitions => "test-definitions",
            Self::Mmtests => "mmtests",
        }
    }
}

/// Keys of theirs and the metric that has the same numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// A key of theirs, whole; its named groups choose the executions that have the same ones.
    pub(crate) theirs: Whole,
    /// `metric label=value`, with `$group` for a group of `theirs`; `verdict label=value` for what the output says of a
    /// test, `result` for the execution's own; none where we refuse the output or take no number.
    pub(crate) ours: Option<String>,
    /// Groups of the executions beyond those of `theirs`.
    #[serde(default, rename = "where")]
    pub(crate) groups: BTreeMap<String, String>,
    /// What makes our unit theirs, and our samples their statistic.
    #[serde(default)]
    pub(crate) with: Vec<Step>,
    /// Numbers of ours that `with` leaves out are in none of theirs: the difference's name.
    pub(crate) rest: Option<String>,
    /// They are not the same: the difference's name.
    pub(crate) differs: Option<String>,
    /// What they did to the number beyond `with`: shows that this is all of the difference.
    #[serde(default)]
    pub(crate) because: Vec<Step>,
}

/// Executions that the tool itself doubts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failed {
    /// What the problem says.
    pub(crate) problem: Pattern,
    pub(crate) differs: String,
}

/// A number of ours that is in none of theirs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lost {
    /// `metric label=value`.
    pub(crate) ours: String,
    /// The executions' groups.
    #[serde(default, rename = "where")]
    pub(crate) groups: BTreeMap<String, String>,
    pub(crate) differs: String,
}

/// Keys of theirs that are no number of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Omitted {
    pub(crate) theirs: Whole,
    pub(crate) why: String,
}

impl Source {
    /// Whether its files are taken as the suite kept them, with no line cut.
    pub(crate) fn is_whole(&self) -> bool {
        self.split.is_none() && self.runner.is_none() && self.only.is_none() && self.marks.is_empty()
    }
}

impl Program {
    /// Adds the rows of `names.yaml`.
    pub(crate) fn add_names(&mut self) {
        self.own = (self.values.len(), self.omitted.len());
        let program = self.runs[0].split('/').next().unwrap_or_default();
        let theirs = |row: &names::Row| Whole(Regex::new(&format!("^(?:{})$", row.theirs.text())).expect("a pattern"));
        let rows = names::names().program(program).map(|rows| rows.rows()).unwrap_or_default();
        for row in rows.iter().filter(|_| self.names) {
            if let Some(why) = &row.why {
                self.omitted.push(Omitted { theirs: theirs(row), why: why.clone() });
            } else if row.ours.is_some() || row.differs.is_some() {
                self.values.push(Row {
                    theirs: theirs(row),
                    ours: row.ours.clone(),
                    groups: row.groups.clone(),
                    with: row.with.iter().copied().map(Step::Named).collect(),
                    rest: None,
                    differs: row.differs.clone(),
                    because: row.because.iter().copied().map(Step::Named).collect(),
                });
            }
        }
    }
}

/// A pattern that matches anywhere.
pub(crate) struct Pattern(pub(crate) Regex);

/// A pattern that matches a whole text.
pub(crate) struct Whole(pub(crate) Regex);

fn regex<'de, D: Deserializer<'de>>(deserializer: D, around: [&str; 2]) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&format!("{}{text}{}", around[0], around[1])).map_err(D::Error::custom)
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        regex(deserializer, ["", ""]).map(Self)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        regex(deserializer, ["^(?:", ")$"]).map(Self)
    }
}

/// One thing done with numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// What the names of lkp do, too.
    Named(names::Step),
    /// One of the numbers, counted from 1.
    At(usize),
    /// All but each of this number: but-each 3 leaves out the third, the sixth and so on.
    ButEach(usize),
    Median,
}

impl Step {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok();
        match text.split_once(' ') {
            Some(("at", nth)) => number(nth).map(Self::At),
            Some(("but-each", nth)) => number(nth).map(Self::ButEach),
            None if text == "median" => Some(Self::Median),
            _ => names::Step::read(text).ok().map(Self::Named),
        }
    }

    pub(crate) fn apply(self, numbers: &[f64]) -> Vec<f64> {
        match self {
            Self::Named(step) => step.apply(numbers),
            Self::At(nth) => numbers.get(nth - 1).copied().into_iter().collect(),
            Self::ButEach(nth) => {
                (1..).zip(numbers).filter(|(at, _)| at % nth != 0).map(|(_, number)| *number).collect()
            }
            Self::Median => {
                let mut sorted = numbers.to_vec();
                sorted.sort_by(f64::total_cmp);
                let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
                vec![low.midpoint(high)]
            }
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no step")))
    }
}
