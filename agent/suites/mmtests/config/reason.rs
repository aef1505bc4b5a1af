//! Why a value is not known: where that began, and what is said of it.

/// Why something of a configuration is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Reason {
    text: String,
    /// What was the first not to be known, if this follows from it.
    root: Option<String>,
}

impl Reason {
    /// That a variable is not known, because of `root`.
    pub(super) fn of(name: &str, root: &str) -> Self {
        Self { text: format!("`{name}` is not known ({root})"), root: Some(root.into()) }
    }

    /// Where it began; `at` is where this was found.
    pub(super) fn root(&self, at: &str) -> String {
        self.root.clone().unwrap_or_else(|| format!("{at}: {}", self.text))
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self { text: text.into(), root: None }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text, root: None }
    }
}
