//! The direction of a metric, and the verdict of a case.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Higher ones, as with a throughput.
    Higher,
    /// Lower ones, as with a latency.
    Lower,
    /// Neither: the metric describes the run.
    Neither,
}

impl Better {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neither => "neither",
        }
    }
}

/// Why a text is not a [`Better`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("direction `{0}`: neither higher, lower nor neither")]
pub struct NotADirection(String);

impl FromStr for Better {
    type Err = NotADirection;

    fn from_str(text: &str) -> Result<Self, NotADirection> {
        [Self::Higher, Self::Lower, Self::Neither]
            .into_iter()
            .find(|better| better.as_str() == text)
            .ok_or_else(|| NotADirection(text.into()))
    }
}

/// LAVA's test-case results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that was expected was measured.
    Pass,
    /// Something was not.
    Fail,
    /// It was not run.
    Skip,
    /// It was not finished.
    #[default]
    Unknown,
}

impl Verdict {
    /// LAVA's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }

    /// The one of two that says less good of a case: pass, skip, unknown, fail in this order.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.badness() > self.badness() { other } else { self }
    }

    fn badness(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Skip => 1,
            Self::Unknown => 2,
            Self::Fail => 3,
        }
    }
}

/// Why a text is not a [`Verdict`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("result `{0}`: neither pass, fail, skip nor unknown")]
pub struct NotAVerdict(String);

impl FromStr for Verdict {
    type Err = NotAVerdict;

    fn from_str(text: &str) -> Result<Self, NotAVerdict> {
        [Self::Pass, Self::Fail, Self::Skip, Self::Unknown]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or_else(|| NotAVerdict(text.into()))
    }
}
