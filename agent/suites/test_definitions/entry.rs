//! A test in a plan or an overlay -> its path, its repository and its parameters.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;

/// A test of a plan, or of an overlay.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
    #[serde(default)]
    pub(super) repository: Option<String>,
    #[serde(default)]
    pub(super) timeout: Option<Text>,
    #[serde(default)]
    pub(super) parameters: Option<BTreeMap<String, Text>>,
    #[serde(default)]
    pub(super) params: Option<BTreeMap<String, Text>>,
}

/// A scalar, as it was meant.
#[derive(Clone)]
pub(super) struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Ok(Self(String::new())),
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Bool(true) => Ok(Self("True".into())),
            serde_json::Value::Bool(false) => Ok(Self("False".into())),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err(D::Error::custom("a parameter is a text, a number, true or false")),
        }
    }
}

impl Entry {
    /// Whether both are of the same test. A repository that one of them does not name does not count.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        let path = |entry: &Self| entry.path.trim_start_matches("./").to_string();
        let apart = self.repository.is_some() && other.repository.is_some() && self.repository != other.repository;
        path(self) == path(other) && !apart
    }

    /// Its path and its parameters.
    pub(super) fn into_parts(self) -> (String, BTreeMap<String, String>) {
        let all = self.parameters.unwrap_or_default().into_iter().chain(self.params.unwrap_or_default());
        (self.path, all.map(|(name, Text(value))| (name, value)).collect())
    }
}
