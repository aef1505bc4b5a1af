//! Names of benchmarks, metrics and label keys: text -> `Ident`.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The most characters an [`Ident`] may have: two of them, a hashed label and two positions fit into a signal's name.
pub const MAX_IDENT: usize = 60;

/// A lower-case letter, then lower-case letters, digits and `-`.
///
/// It starts with a letter because tuxrun strips a leading `digits_` from names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ident(String);

/// Why a text is not an [`Ident`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "name `{0}`: not a name (a lower-case letter, then lower-case letters, digits and `-`, at most {MAX_IDENT} in all)"
)]
pub struct NotAnIdent(String);

/// The label that distinguishes a benchmark's later runs of one job from its first one.
const RUN: &str = "run";

/// Keys of labels that names use themselves: the run's, and that of labels which are hashed.
const RESERVED: [&str; 2] = [RUN, "h"];

impl Ident {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether names use it themselves as a label's key, so that no case and no series can have it.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str())
    }

    /// The key of the run's label.
    pub(super) fn run() -> Self {
        Self(RUN.into())
    }
}

impl FromStr for Ident {
    type Err = NotAnIdent;

    fn from_str(text: &str) -> Result<Self, NotAnIdent> {
        let first = text.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if first && rest && text.len() <= MAX_IDENT { Ok(Self(text.into())) } else { Err(NotAnIdent(text.into())) }
    }
}

impl TryFrom<String> for Ident {
    type Error = NotAnIdent;

    fn try_from(text: String) -> Result<Self, NotAnIdent> {
        text.parse()
    }
}

impl From<Ident> for String {
    fn from(ident: Ident) -> Self {
        ident.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_every_hop_keeps_and_nothing_else() {
        for good in ["a", "sysbench-cpu", "p95", &"x".repeat(MAX_IDENT)] {
            assert_eq!(good.parse::<Ident>().map(String::from), Ok(good.to_string()));
        }
        for bad in ["", "0_hackbench", "9a", "A", "a_b", "a.b", "a b", "a>", "é", "-a", &"x".repeat(MAX_IDENT + 1)] {
            assert!(bad.parse::<Ident>().is_err(), "{bad}");
        }
    }
}
