//! `--mmtests FILE` of `show` and `run`: a configuration file of MMTests -> definitions and their parameters.

use super::{Failure, table, terminal};
use crate::{
    mmtests::{Choice, Config, Facts, Selection},
    parse::printable,
    system,
};
use anyhow::Context;
use std::{fs, path::Path};

/// A configuration that was read, and what it selects.
pub(super) struct Chosen {
    config: Config,
    selection: Selection,
}

/// Reads a configuration for this machine.
pub(super) fn read(path: &Path) -> Result<Chosen, Failure> {
    let named = || path.display().to_string();
    let bytes = fs::read(path).with_context(named).map_err(Failure::input)?;
    let facts = Facts {
        cpus: system::cpus::allowed().len(),
        memory_bytes: system::memory_total(Path::new("/")),
        nodes: nodes(Path::new("/")),
    };
    let config = Config::read(&String::from_utf8_lossy(&bytes), facts);
    let selection = config.select().with_context(named).map_err(Failure::input)?;
    Ok(Chosen { config, selection })
}

/// How many nodes of memory there are; a kernel that does not say has one.
fn nodes(root: &Path) -> usize {
    let online = fs::read_to_string(root.join("sys/devices/system/node/online")).unwrap_or_default();
    system::cpus::parse(&online).map_or(1, |nodes| nodes.len().max(1))
}

impl Chosen {
    /// The definitions' names.
    pub(super) fn names(&self) -> Vec<String> {
        self.selection.choices.iter().map(|choice| choice.definition.clone()).collect()
    }

    /// The parameters, each with its definition's name.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let of = |choice: &Choice| -> Vec<(String, String)> {
            let named = |(name, value): (&String, &String)| (format!("{}.{name}", choice.definition), value.clone());
            choice.parameters.iter().map(named).collect()
        };
        self.selection.choices.iter().flat_map(of).collect()
    }

    /// What would run, and all that is not as MMTests has it.
    pub(super) fn page(&self) -> String {
        let mut page = String::new();
        for choice in &self.selection.choices {
            page.push_str(&format!("{}: {}\n", choice.benchmarks.join(" "), choice.definition));
            let rows = choice.parameters.iter().flat_map(|(name, value)| table::text_rows(name, value));
            page.push_str(&table::columns(&rows.collect::<Vec<_>>()));
            choice
                .differs
                .iter()
                .for_each(|text| page.push_str(&format!("  otherwise than MMTests: {}\n", clean(text))));
        }
        for left in &self.selection.left {
            page.push_str(&format!("{}: not run: {}\n", clean(&left.benchmark), clean(&left.reason)));
        }
        page.push_str(&self.problems());
        for variable in &self.selection.unused {
            page.push_str(&format!("not used: {}\n", clean(variable)));
        }
        page
    }

    /// Says what will not run and what was not understood.
    pub(super) fn warn(&self) {
        let choices = self.selection.choices.iter();
        let differs = choices.flat_map(|choice| choice.differs.iter().map(|text| (choice.definition.clone(), text)));
        let differs = differs.map(|(name, text)| format!("{name}: otherwise than MMTests: {}\n", clean(text)));
        let left = self.selection.left.iter();
        let left = left.map(|left| format!("{}: not run: {}\n", clean(&left.benchmark), clean(&left.reason)));
        let text: String = differs.chain(left).collect::<String>() + &self.problems();
        if !text.is_empty() {
            terminal::say(text.trim_end());
        }
    }

    fn problems(&self) -> String {
        let line = |problem: &crate::mmtests::Problem| {
            let lines = match problem.more {
                0 => format!("line {}", problem.line),
                more => format!("lines {} to {}", problem.line, problem.line + more),
            };
            format!("not understood: {lines}: `{}`: {}\n", clean(&problem.text), clean(&problem.reason))
        };
        self.config.problems.iter().map(line).collect()
    }
}

fn clean(text: &str) -> String {
    printable(text.as_bytes()).to_string()
}
