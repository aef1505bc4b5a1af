//! Why a value is unknown: where that began, and the message about it.

/// Why a part of a configuration is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Reason {
    text: String,
    /// What was unknown first, if this follows from it.
    root: Option<String>,
}

impl Reason {
    /// That a variable is unknown, because of `root`.
    pub(super) fn of(name: &str, root: &str) -> Self {
        Self { text: format!("`{name}` is unknown ({root})"), root: Some(root.into()) }
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
