//! The rows of one program.

use super::{Meaning, Step};
use crate::record::{Better, Unit};
use regex::bytes::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Deserializer};
use std::{collections::BTreeMap, sync::OnceLock};

/// What one program's statistics are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rows {
    /// Our definitions of it; none where there is no definition.
    definitions: Vec<String>,
    rows: Vec<Row>,
}

/// Statistics of lkp, and the metric of ours that has the same numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// A statistic's whole name without the program; its named groups stand in `ours` and choose executions.
    pub theirs: Whole,
    /// `metric label=value`, with `$group` for a group of `theirs`; none where it is no number of ours.
    #[serde(default)]
    pub ours: Option<String>,
    /// Groups of the executions beyond those of `theirs`.
    #[serde(default, rename = "where")]
    pub groups: BTreeMap<String, String>,
    /// What makes our unit theirs, and our samples their statistic.
    #[serde(default)]
    pub with: Vec<Step>,
    /// What they do to the number beyond that: why it is not the same as ours.
    #[serde(default)]
    pub because: Vec<Step>,
    /// They are not the same: the name under which `docs/differences.md` says why.
    #[serde(default)]
    pub differs: Option<String>,
    /// We do not take it, and this is why.
    #[serde(default)]
    pub why: Option<String>,
    /// Its unit.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// Which values are better.
    #[serde(default)]
    pub better: Option<Better>,
}

impl Rows {
    /// Our definitions.
    pub fn definitions(&self) -> impl Iterator<Item = &str> {
        self.definitions.iter().map(String::as_str)
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn meaning(&self, name: &str) -> Option<Meaning<'_>> {
        let row = self.rows.iter().find(|row| row.theirs.matches(name))?;
        Some(Meaning { unit: row.unit.as_ref(), better: row.better? })
    }
}

/// A pattern that matches a whole name. It is compiled when it is first asked for: of all rows a run needs a few.
#[derive(Debug)]
pub struct Whole {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Whole {
    /// The pattern as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&format!("^(?:{})$", self.text)).unicode(false).build()
    }

    #[cfg(test)]
    pub(super) fn check(&self) -> Result<(), regex::Error> {
        self.compile().map(|_| ())
    }

    fn regex(&self) -> &Regex {
        // A test compiles all.
        self.compiled.get_or_init(|| self.compile().unwrap_or_else(|error| unreachable!("{error}")))
    }

    /// Whether a name is one of these.
    pub fn matches(&self, name: &str) -> bool {
        self.regex().is_match(name.as_bytes())
    }

    /// The named groups of a name, if it is one of these.
    pub fn groups(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let regex = self.regex();
        let captures: Captures<'_> = regex.captures(name.as_bytes())?;
        let group = |key: &str| {
            let text = captures.name(key)?.as_bytes();
            Some((key.to_string(), String::from_utf8_lossy(text).into_owned()))
        };
        Some(regex.capture_names().flatten().filter_map(group).collect())
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: String::deserialize(deserializer)?, compiled: OnceLock::new() })
    }
}
