//! What lkp's programs are here: the file `programs.yaml`.

use super::{
    error::ExpressionError,
    expression::{Names, evaluate},
    node::{Map, Node},
    tree::Tree,
};
use crate::text::yaml;
use flate2::read::DeflateDecoder;
use serde::Deserialize;
use std::{collections::BTreeMap, io::Read, sync::LazyLock};

/// The file, deflated by the build script.
const TEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lkp-programs.deflate"));

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut text = String::new();
    // The build script wrote it, and a test reads it.
    let _ = DeflateDecoder::new(TEXT).read_to_string(&mut text);
    yaml::read(&text).unwrap_or_default()
});

/// All programs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// The programs that measure.
    pub(super) tests: BTreeMap<String, Program>,
    /// Setups and servers, each with its parameters.
    setups: BTreeMap<String, String>,
    monitors: String,
}

/// A program that measures.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// Its parameters; none: lkp has no script for it.
    takes: Option<String>,
    /// The definitions that do the same, the first one that holds counts.
    #[serde(default)]
    pub(super) runs: Vec<Native>,
    /// Why there is none.
    pub(super) not: Option<String>,
}

/// A definition that does what a program does.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Native {
    when: Option<String>,
    pub(super) definition: Option<String>,
    pub(super) not: Option<String>,
    /// Whether lkp's own script does not run either, for the same reason.
    #[serde(default)]
    pub(super) nor_lkp: bool,
    /// Whether it writes its files into the folder that it runs in.
    #[serde(default)]
    pub(super) writes_here: bool,
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    differs: Vec<Difference>,
}

/// What is not as lkp does it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    when: Option<String>,
    what: String,
}

/// The table.
pub(super) fn table() -> &'static Table {
    &TABLE
}

/// What is known of lkp's programs without its tree: nothing is included by itself.
pub fn known() -> Tree {
    let mut tree = Tree::default();
    for (name, parameters) in &TABLE.setups {
        tree.add(name, parameters, false);
    }
    for (name, program) in &TABLE.tests {
        if let Some(parameters) = &program.takes {
            tree.add(name, parameters, true);
        }
    }
    TABLE.monitors.split_whitespace().for_each(|name| tree.add_monitor(name));
    tree
}

/// The programs that measure, each with the definitions that stand for it, or why there are none.
pub fn programs() -> impl Iterator<Item = (&'static str, Vec<&'static str>, Option<&'static str>)> {
    TABLE.tests.iter().map(|(name, program)| {
        let definitions = program.runs.iter().filter_map(|native| native.definition.as_deref()).collect();
        (name.as_str(), definitions, program.not.as_deref())
    })
}

/// The parameters of a job: a name that is not set is nothing.
pub(super) struct Parameters(pub(super) Map);

impl Names for Parameters {
    fn get(&self, name: &str) -> Option<Node> {
        Some(self.0.get(name).cloned().unwrap_or_default())
    }

    fn job(&self) -> Map {
        self.0.clone()
    }
}

impl Program {
    /// Whether lkp's own script does not run with these parameters.
    pub(super) fn never_runs(&self, parameters: &Parameters) -> bool {
        let chosen = self.runs.iter().find(|native| native.holds(parameters).unwrap_or(false));
        chosen.is_some_and(|native| native.nor_lkp)
    }
}

impl Native {
    /// Whether it stands for the program with these parameters.
    pub(super) fn holds(&self, parameters: &Parameters) -> Result<bool, ExpressionError> {
        self.when.as_ref().map_or(Ok(true), |when| Ok(evaluate(when, parameters)?.is_true()))
    }

    /// Whether it writes into a folder that it is given.
    pub(super) fn takes_a_directory(&self) -> bool {
        self.set.values().any(|expression| expression == "directory")
    }

    /// What is not as lkp does it, with these parameters.
    pub(super) fn differences(&self, parameters: &Parameters) -> Vec<String> {
        let counts = |difference: &&Difference| {
            difference.when.as_ref().is_none_or(|when| evaluate(when, parameters).is_ok_and(|node| node.is_true()))
        };
        self.differs.iter().filter(counts).map(|difference| difference.what.clone()).collect()
    }

    /// Whether the choice of a definition depends on a parameter, or, where `chosen` is this one, what is set or said of it.
    pub(super) fn uses(&self, parameter: &str, chosen: &Self) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let has = |text: &str| text.split(|c| !is_word(c)).any(|word| word == parameter);
        let of_chosen = self.set.values().chain(self.differs.iter().map(|difference| &difference.what));
        let of_chosen = of_chosen.filter(|_| std::ptr::eq(self, chosen));
        parameter == "iterations" || self.when.iter().chain(of_chosen).any(|text| has(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    #[test]
    fn every_mapping_names_a_definition_and_its_parameters() {
        let mut text = String::new();
        DeflateDecoder::new(TEXT).read_to_string(&mut text).unwrap();
        let table: Table = yaml::read(&text).unwrap();
        assert!(table.tests.len() > 149 && table.setups.len() > 90 && table.monitors.len() > 500);
        for (name, program) in &table.tests {
            assert!(program.not.is_some() == program.runs.is_empty(), "{name}: it runs, or it says why not");
            for native in &program.runs {
                assert!(native.not.is_some() != native.definition.is_some(), "{name}: it runs, or it says why not");
                let Some(definition) = &native.definition else { continue };
                let definition = Store::embedded().load(definition).unwrap();
                for (parameter, expression) in &native.set {
                    assert!(definition.parameter(parameter).is_some(), "{name}: {parameter}");
                    let value = evaluate(expression, &Parameters(Map::default()));
                    // Without parameters it may be unknown, but it is understood.
                    if let Err(ExpressionError::Foreign(why)) = value {
                        assert!(
                            why.starts_with('`')
                                && (why.contains("` of `")
                                    || why.contains("` `")
                                    || why.contains("` < ")
                                    || why.contains("` > ")
                                    || why.contains("` * ")
                                    || why.contains("` / ")),
                            "{name}: {parameter}: {why}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_page_has_every_program_that_measures() {
        let page = include_str!("../../../../docs/lkp.md");
        for (name, definitions, not) in programs() {
            let row =
                page.lines().find(|line| line.starts_with(&format!("| {name} | ")) && line.matches('|').count() == 4);
            let verdicts = not.is_some_and(|not| not.starts_with("it gives verdicts"));
            assert!(row.is_some() || verdicts, "{name}");
            let Some(row) = row else { continue };
            assert!(definitions.iter().all(|definition| row.contains(definition)), "{row}");
            assert!(not.is_none_or(|not| row.ends_with(&format!("| {not} |"))), "{row}");
        }
    }
}
