//! Where a definition's text stands.

use std::{fmt, path::PathBuf};

/// Where a definition's text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the binary.
    Embedded(String),
    /// In a file.
    File(PathBuf),
    /// In the dump that LAVA makes of the definition that it runs.
    Lava(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(name) => write!(f, "embedded:{name}.yaml"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Lava(path) => write!(f, "the definition that LAVA runs: {}", path.display()),
        }
    }
}
