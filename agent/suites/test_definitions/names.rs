//! `names.yaml`: tests of Linaro's test-definitions <-> our definitions, their parameters and their metrics.

use crate::text::yaml::{self, YamlError};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// The file.
const NAMES: &str = include_str!("names.yaml");

/// One test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    /// What it calls itself: `metadata.name`.
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a board reads no results"))]
    pub(super) test: String,
    /// Where it is in their tree: what a plan names.
    pub(super) path: String,
    /// Where it was before: old plans still name that.
    #[serde(default)]
    pub(super) formerly: Option<String>,
    /// The parameter that chooses among the definitions.
    #[serde(default)]
    pub(super) choice: Option<Choice>,
    /// Parameters of theirs that mean something else to a definition with another value than this, their default.
    #[serde(default)]
    pub(super) only: BTreeMap<String, String>,
    /// What measures the same.
    pub(super) definitions: Vec<Equal>,
}

/// A parameter with a list of words, each of which stands for a definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub(super) parameter: String,
    /// Its default.
    pub(super) value: String,
}

/// A definition that measures what a test, or a part of it, measures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Equal {
    pub(super) definition: String,
    /// The word of the choice.
    #[serde(default)]
    pub(super) chosen: Option<String>,
    /// The case with the test's verdict: it tells tests apart whose metrics have the same names.
    #[serde(default)]
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a board reads no results"))]
    pub(super) verdict: Option<String>,
    /// The definition's parameters with which the test ran, whatever its own parameters said.
    #[serde(default)]
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a board reads no results"))]
    pub(super) ran: BTreeMap<String, String>,
    /// What it does otherwise.
    #[serde(default)]
    pub(super) differs: Option<String>,
    #[serde(default)]
    pub(super) parameters: Vec<Setting>,
    #[serde(default)]
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a board reads no results"))]
    pub(super) metrics: Vec<Name>,
}

/// The value of one parameter of a definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    pub(super) name: String,
    /// The parameter of theirs that has it.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// Its default there, or what their script has in it.
    #[serde(default)]
    pub(super) value: Option<String>,
    /// What their values are called here.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// Whether it is a time: `5m` there, and a number of seconds here.
    #[serde(default)]
    pub(super) seconds: bool,
    /// What comes before each of its words here.
    #[serde(default)]
    pub(super) prefix: String,
}

/// One name of theirs and the series that has its numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a board reads no results"))]
pub(super) struct Name {
    /// `t{thread}-min-latency`: a label's value stands in braces, `{iteration}` counts from 1.
    pub(super) theirs: String,
    /// What comes before each label in braces here, and not in the name.
    #[serde(default)]
    pub(super) before: String,
    /// Whether each label in braces is a number: another word there is no name of this test.
    #[serde(default)]
    pub(super) number: bool,
    /// Their units, each with what its numbers are multiplied with; none: they have none.
    #[serde(default)]
    pub(super) units: BTreeMap<String, String>,
    pub(super) metric: String,
    /// Labels of the case or the series beyond those in the name.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    /// What of several samples it is.
    #[serde(default)]
    pub(super) summary: Option<Summary>,
}

/// One number of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Summary {
    Mean,
    Min,
    Max,
}

/// What the file says.
static TESTS: LazyLock<Vec<Test>> = LazyLock::new(|| {
    // A test reads it.
    read().unwrap_or_else(|error| unreachable!("names.yaml: {error}"))
});

fn read() -> Result<Vec<Test>, YamlError> {
    yaml::read(NAMES)
}

/// All tests.
pub(super) fn tests() -> &'static [Test] {
    &TESTS
}

impl Setting {
    /// The value, where `theirs` are the test's parameters; `None` where nothing says it, or where it cannot be said here.
    pub(super) fn value(&self, theirs: &BTreeMap<String, String>) -> Option<String> {
        let given = self.from.as_ref().and_then(|from| theirs.get(from)).or(self.value.as_ref())?;
        let value = self.values.get(given).unwrap_or(given);
        let value = if self.seconds { seconds(value)? } else { value.clone() };
        match self.prefix.as_str() {
            "" => Some(value),
            prefix => {
                Some(value.split_whitespace().map(|word| format!("{prefix}{word}")).collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// `90`, `5m`, `1h`: whole seconds.
fn seconds(text: &str) -> Option<String> {
    let duration = match text.parse::<u64>() {
        Ok(seconds) => return Some(seconds.to_string()),
        Err(_) => crate::text::duration::read(text).ok()?,
    };
    (duration.subsec_nanos() == 0).then(|| duration.as_secs().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    #[test]
    fn every_name_is_one_of_a_definition() {
        for test in read().unwrap() {
            for equal in &test.definitions {
                let about = format!("{}: {}", test.test, equal.definition);
                let definition = Store::embedded().load(&equal.definition).unwrap();
                assert_eq!(equal.chosen.is_some(), test.choice.is_some(), "{about}");
                for setting in &equal.parameters {
                    let parameter = definition.parameter(&setting.name);
                    let parameter = parameter.unwrap_or_else(|| panic!("{about}: {}", setting.name));
                    if let Some(value) = setting.value(&BTreeMap::new()) {
                        assert!(parameter.values(&value, 4).is_ok(), "{about}: {} {value}", setting.name);
                    }
                }
                assert!(equal.ran.keys().all(|name| definition.parameter(name).is_some()), "{about}: {:?}", equal.ran);
                for name in &equal.metrics {
                    let known = definition.metrics.iter().find(|known| known.metric.name.as_str() == name.metric);
                    let known = known.unwrap_or_else(|| panic!("{about}: {}", name.metric));
                    let labels = name.theirs.split(['{', '}']).skip(1).step_by(2).map(String::from);
                    for label in labels.chain(name.labels.keys().cloned()).filter(|label| label != "iteration") {
                        let of_case = definition.matrix.iter().any(|axis| axis.label.as_str() == label);
                        let of_series = known.metric.labels.iter().any(|key| key.as_str() == label);
                        assert!(of_case || of_series, "{about}: {}: {label}", name.theirs);
                    }
                    let placed =
                        |key: &str| name.theirs.contains(&format!("{{{key}}}")) || name.labels.contains_key(key);
                    let whole = known.metric.labels.iter().all(|key| placed(key.as_str()));
                    assert!(whole, "{about}: {}: not all labels of the series", name.theirs);
                }
            }
        }
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(seconds("5m").as_deref(), Some("300"));
        assert_eq!(seconds("90").as_deref(), Some("90"));
        assert_eq!((seconds("soon"), seconds("1ms")), (None, None));
    }
}
