//! What a configuration chooses: definitions that run, and benchmarks that do not.

use std::collections::BTreeMap;

/// A definition that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The benchmarks of MMTests.
    pub benchmarks: Vec<String>,
    /// The definition's name.
    pub definition: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// What is not as MMTests does it.
    pub differs: Vec<String>,
}

/// A benchmark that does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its name.
    pub benchmark: String,
    /// Why.
    pub reason: String,
}
