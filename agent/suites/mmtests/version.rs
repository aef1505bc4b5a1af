//! Versions of MMTests.

use serde::Deserialize;

/// A version of MMTests: whose extraction, rules and titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// June 2026.
    #[default]
    #[serde(rename = "2026-06")]
    Head,
    /// January 2026, the last with a module for each benchmark.
    #[serde(rename = "classic-2026-01")]
    Classic202601,
    /// November 2021: t-tests.
    #[serde(rename = "2021-11")]
    Classic202111,
}

#[cfg(feature = "host")]
impl Version {
    /// When it was.
    pub(crate) fn date(self) -> &'static str {
        match self {
            Self::Head => "June 2026",
            Self::Classic202601 => "January 2026",
            Self::Classic202111 => "November 2021",
        }
    }
}
