//! Which changes lkp's own table does not show.

use super::row::Whole;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Which changes are noise to lkp.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    hidden: Vec<Whole>,
    sensitive: Vec<Whole>,
    functional: BTreeSet<String>,
    least: Vec<Least>,
    others: Vec<Other>,
}

/// What the highest number must be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Least {
    theirs: Whole,
    least: f64,
}

/// What the highest number, or the difference, must be more than.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    theirs: Whole,
    #[serde(default)]
    above: Option<f64>,
    #[serde(default)]
    difference: Option<f64>,
}

impl Report {
    /// Whether a statistic is never shown unless everything is.
    pub fn is_hidden(&self, stat: &str) -> bool {
        self.hidden.iter().any(|pattern| pattern.matches(stat))
    }

    pub(super) fn is_sensitive(&self, stat: &str) -> bool {
        self.sensitive.iter().any(|pattern| pattern.matches(stat))
    }

    pub(super) fn is_functional(&self, program: &str) -> bool {
        self.functional.contains(program)
    }

    /// Whether a change is large enough to be one, going by the difference of two means and the highest number.
    pub fn is_reasonable(&self, stat: &str, difference: f64, highest: f64) -> bool {
        if let Some(Least { least, .. }) = self.least.iter().find(|row| row.theirs.matches(stat)) {
            // Half of a whole number is a whole number to lkp.
            return highest >= *least && difference >= (least / 2.0).floor();
        }
        let other = self.others.iter().find(|row| row.theirs.matches(stat));
        other.is_none_or(|row| {
            row.above.is_none_or(|above| highest > above) && row.difference.is_none_or(|least| difference > least)
        })
    }

    #[cfg(test)]
    pub(super) fn check(&self) -> Result<(), regex::Error> {
        let all = self.hidden.iter().chain(&self.sensitive);
        let rows = self.least.iter().map(|row| &row.theirs).chain(self.others.iter().map(|row| &row.theirs));
        all.chain(rows).try_for_each(Whole::check)
    }
}
