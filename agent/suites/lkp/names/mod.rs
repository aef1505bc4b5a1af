//! The names of lkp: its statistics <-> our metrics, with unit, direction and what makes one of the other. `names.yaml` is the
//! table.

mod report;
mod row;
mod step;

pub use report::Report;
pub use row::{Row, Rows};
pub use step::Step;

use crate::{
    record::{Better, Unit, Verdict},
    text::yaml,
};
use flate2::read::DeflateDecoder;
use row::Whole;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    sync::LazyLock,
};

/// The table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// What only watches a run.
    monitors: BTreeSet<String>,
    /// Files of a run that are of no program: the runner's and the kernel's.
    others: BTreeSet<String>,
    /// Programs that are tested and have no rows.
    tests: BTreeSet<String>,
    /// Keys of a job that are parameters wherever they stand.
    parameters: BTreeSet<String>,
    /// What the last word of a test's statistic says of the test.
    results: BTreeMap<String, Verdict>,
    /// Where a program means something else by such a word.
    results_of: BTreeMap<String, BTreeMap<String, Verdict>>,
    /// Which changes lkp's own table does not show.
    report: Report,
    /// What each program's statistics are.
    programs: BTreeMap<String, Rows>,
    /// What a name says of itself, where no program's row does; the first that fits counts.
    words: Vec<Word>,
}

/// What a name says of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    theirs: Whole,
    unit: Unit,
    better: Better,
}

/// What a statistic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'n> {
    /// Its unit, where it is known.
    pub unit: Option<&'n Unit>,
    /// Which values are better.
    pub better: Better,
}

/// The table, deflated by the build script.
const TEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lkp-names.deflate"));

/// The table in the program.
pub fn names() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        let mut text = String::new();
        // The build script wrote it, and a test reads it.
        let _ = DeflateDecoder::new(TEXT).read_to_string(&mut text);
        yaml::read(&text).unwrap_or_else(|error| unreachable!("{error}"))
    });
    &NAMES
}

impl Names {
    /// Whether a program only watches a run.
    pub fn is_monitor(&self, program: &str) -> bool {
        self.monitors.contains(program)
    }

    /// Whether a statistic is of a program that is tested, going by what stands before its first dot.
    pub fn is_of_a_test(&self, program: &str) -> bool {
        !self.monitors.contains(program) && !self.others.contains(program)
    }

    /// Whether lkp has a test of this name.
    pub fn is_test(&self, program: &str) -> bool {
        self.tests.contains(program) || self.programs.contains_key(program)
    }

    /// Whether a job's key without a value may be a program.
    pub(super) fn is_word(&self, key: &str) -> bool {
        self.monitors.contains(key) || self.is_test(key)
    }

    /// Which changes lkp's own table does not show.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether a statistic is a test's performance, to lkp: it counts from a change of 1 % on.
    pub fn is_sensitive(&self, stat: &str) -> bool {
        let program = stat.split('.').next().unwrap_or_default();
        self.is_test(program) && !self.report.is_functional(program) || self.report.is_sensitive(stat)
    }

    /// Whether a job's key is a parameter, wherever it stands.
    pub(super) fn is_parameter(&self, key: &str) -> bool {
        self.parameters.contains(key)
    }

    /// The rows of a program.
    pub fn program(&self, name: &str) -> Option<&Rows> {
        self.programs.get(name)
    }

    /// All programs with rows.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &Rows)> {
        self.programs.iter().map(|(name, rows)| (name.as_str(), rows))
    }

    /// The programs whose definition is ours called `definition`.
    pub fn of_definition<'n>(&'n self, definition: &str) -> Option<(&'n str, &'n Rows)> {
        self.programs().find(|(_, rows)| rows.definitions().any(|name| name == definition))
    }

    /// What a program's statistic is; `name` is without the program.
    pub fn meaning(&self, program: &str, name: &str) -> Meaning<'_> {
        if let Some(meaning) = self.program(program).and_then(|rows| rows.meaning(name)) {
            return meaning;
        }
        let whole = format!("{program}.{name}");
        let word = self.words.iter().find(|word| word.theirs.matches(&whole));
        word.map_or(Meaning { unit: None, better: Better::Neither }, |word| Meaning {
            unit: Some(&word.unit),
            better: word.better,
        })
    }

    /// The test and its verdict, where a program's statistic is one.
    pub fn verdict<'s>(&self, program: &str, name: &'s str) -> Option<(&'s str, Verdict)> {
        let (test, word) = name.rsplit_once('.')?;
        let own = self.results_of.get(program).and_then(|results| results.get(word));
        own.or_else(|| self.results.get(word)).map(|verdict| (test, *verdict))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    #[test]
    fn every_row_is_of_a_metric_that_a_definition_has_and_its_patterns_compile() {
        for (program, rows) in names().programs() {
            for name in rows.definitions() {
                assert!(Store::embedded().load(name).is_ok(), "{program}: no definition {name}");
            }
            for row in rows.rows() {
                row.theirs.check().unwrap_or_else(|error| panic!("{program}: {error}"));
                let metric = row.ours.as_deref().and_then(|ours| ours.split(' ').next());
                let Some(metric) = metric.filter(|metric| !metric.contains('$') && *metric != "verdict") else {
                    continue;
                };
                let has = |definition: &str| {
                    let definition = Store::embedded().load(definition).unwrap();
                    definition.metrics.iter().any(|spec| spec.metric.name.as_str() == metric)
                };
                assert!(rows.definitions().any(has), "{program}: no metric {metric}");
            }
        }
        names().words.iter().for_each(|word| word.theirs.check().unwrap());
        names().report.check().unwrap();
    }

    #[test]
    fn the_last_word_of_a_test_is_its_verdict() {
        assert_eq!(names().verdict("stress-ng", "cpu.pass"), Some(("cpu", Verdict::Pass)));
        assert_eq!(names().verdict("ltp", "a.b.fail"), Some(("a.b", Verdict::Fail)));
        assert_eq!(names().verdict("hackbench", "throughput"), None);
        assert_eq!(names().verdict("hackbench", "time.elapsed_time"), None);
    }
}
