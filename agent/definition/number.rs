//! Numbers in an output: how they are written, what they are multiplied with, and how many there are.

use super::Template;
use crate::record::Decimal;
use serde::Deserialize;

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormat {
    /// `1234.5`, `1.2e-3`.
    #[default]
    Plain,
    /// `1,234.5`: a comma before every three digits.
    Grouped,
    /// `5.3k`, `12G`: decimal prefixes.
    Decimal,
    /// `64K`, `1.5M`, `2Gi`: binary prefixes.
    Binary,
    /// `1m2.3s`, `1min 2.3s`, `350ms`: in seconds.
    Duration,
    /// `1f`, `0x1f`.
    Hexadecimal,
}

/// A factor: a number, or a fraction of two, so that a conversion rounds only once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// What is multiplied with.
    pub times: Decimal,
    /// What is divided by.
    pub over: Decimal,
}

impl Factor {
    /// Nothing changes.
    pub const ONE: Self = Self { times: Decimal::ONE, over: Decimal::ONE };

    /// `1024`, `0.5` or `1/1000`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| Decimal::parse(text.trim()).filter(|number| number.is_positive());
        match text.split_once('/') {
            Some((times, over)) => Some(Self { times: number(times)?, over: number(over)? }),
            None => Some(Self { times: number(text)?, over: Decimal::ONE }),
        }
    }

    /// `number`, converted: the nearest double.
    pub fn apply(self, number: Decimal) -> f64 {
        let product = number.times(self.times);
        product
            .map_or_else(|| number.to_f64() * self.times.to_f64() / self.over.to_f64(), |exact| exact.over(self.over))
    }
}

/// How many lines, rows or places there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This many: numbers that are added and multiplied, in a template that is filled with the case's parameters.
    Exactly(Template),
    /// At least one.
    Some,
    /// At least one for each element that the first wildcard of a path meets; of a pattern, one below each heading of its
    /// section.
    Each,
    /// Any number, none too: what some runs print.
    Any,
}
