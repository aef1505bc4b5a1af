//! An overlay of a test plan -> what it skips, changes and adds.

use super::entry::Entry;
use crate::text::yaml;
use serde::{Deserialize, Deserializer};

/// What `test-runner.py` takes as `--overlay`.
#[derive(Default)]
pub(super) struct Overlay {
    skip: Vec<Entry>,
    amend: Vec<Entry>,
    /// Tests that the plan does not have.
    pub(super) add: Vec<Entry>,
}

/// Why a file is no overlay.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    /// It has another form.
    #[error("not an overlay of a test plan: {0}")]
    Yaml(String),
    /// It changes nothing, and could not.
    #[error("not an overlay of a test plan: none of `skip`, `amend` and `add` is in it")]
    Nothing,
}

/// The file. A key without a value is there.
#[derive(Deserialize)]
struct File {
    #[serde(default, deserialize_with = "present")]
    skip: Option<Vec<Entry>>,
    #[serde(default, deserialize_with = "present")]
    amend: Option<Vec<Entry>>,
    #[serde(default, deserialize_with = "present")]
    add: Option<Vec<Entry>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Entry>>, D::Error> {
    Option::deserialize(deserializer).map(|entries| Some(entries.unwrap_or_default()))
}

impl Overlay {
    /// Reads one.
    pub(super) fn read(text: &str) -> Result<Self, OverlayError> {
        let File { skip, amend, add } = yaml::read(text).map_err(|error| OverlayError::Yaml(error.to_string()))?;
        if skip.is_none() && amend.is_none() && add.is_none() {
            return Err(OverlayError::Nothing);
        }
        let all = |entries: Option<Vec<Entry>>| entries.unwrap_or_default();
        Ok(Self { skip: all(skip), amend: all(amend), add: all(add) })
    }

    /// Whether a test of the plan is left out.
    pub(super) fn skips(&self, test: &Entry) -> bool {
        self.skip.iter().any(|skip| skip.is_of(test))
    }

    /// Gives a test of the plan the parameters that are set anew.
    pub(super) fn amend(&self, test: &mut Entry) {
        for amend in &self.amend {
            if amend.is_of(test) {
                // They count before both of the test's own.
                test.params.get_or_insert_default().extend(amend.parameters.clone().unwrap_or_default());
            }
        }
    }

    /// What of it has no effect on the plan's tests.
    pub(super) fn unused(&self, tests: &[Entry]) -> Vec<String> {
        let of_plan = |entry: &Entry| tests.iter().any(|test| entry.is_of(test));
        let stray = |key: &str, entry: &Entry| {
            (!of_plan(entry)).then(|| format!("{key} {}: the plan has no such test", entry.path))
        };
        let empty = |entry: &Entry| {
            let unset = of_plan(entry) && entry.parameters.as_ref().is_none_or(|parameters| parameters.is_empty());
            unset.then(|| format!("amend {}: no `parameters`, so nothing is changed", entry.path))
        };
        let skip = self.skip.iter().filter_map(|entry| stray("skip", entry));
        let amend = self.amend.iter().filter_map(|entry| stray("amend", entry).or_else(|| empty(entry)));
        skip.chain(amend).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::suites::test_definitions::plan::{Chosen, PlanFileError};

    const PLAN: &str = "
tests:
  automated:
  - {path: automated/linux/stream/stream-uniprocessor.yaml, repository: a}
  - {path: automated/linux/hackbench/hackbench.yaml, repository: a, params: {ITERATION: 3, GRPS: 2}}
  - {path: automated/linux/pi-stress/pi-stress.yaml}
";

    fn chosen(overlay: &str) -> Chosen {
        Chosen::read(PLAN, Some(overlay)).unwrap()
    }

    fn parameter<'c>(chosen: &'c Chosen, definition: &str, name: &str) -> Option<&'c str> {
        let choice = chosen.choices.iter().find(|choice| choice.definition == definition)?;
        choice.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn an_overlay_skips_amends_and_adds() {
        let chosen = chosen(
            "
skip: [{path: ./automated/linux/stream/stream-uniprocessor.yaml, repository: a}]
amend: [{path: automated/linux/hackbench/hackbench.yaml, repository: a, parameters: {ITERATION: 5}}]
add: [{path: automated/linux/sysbench/sysbench.yaml, repository: a, parameters: {TESTS: cpu oltp}}]
",
        );
        let names: Vec<&str> = chosen.choices.iter().map(|choice| choice.definition.as_str()).collect();
        assert_eq!(names, ["hackbench", "pi-stress", "sysbench-cpu"]);
        assert_eq!(parameter(&chosen, "hackbench", "ITERATIONS"), Some("5"));
        assert_eq!(parameter(&chosen, "hackbench", "GROUP_COUNT"), Some("2"));
        let left: Vec<String> = chosen.left.iter().map(|left| format!("{}: {}", left.test, left.reason)).collect();
        assert_eq!(
            left,
            [
                "automated/linux/stream/stream-uniprocessor.yaml: the overlay skips it",
                "automated/linux/sysbench/sysbench.yaml: `oltp`: no definition here measures it",
            ]
        );
        assert!(chosen.unused.is_empty());
    }

    #[test]
    fn what_has_no_effect_is_named() {
        let chosen = chosen(
            "
skip: [{path: automated/linux/stream/stream-uniprocessor.yaml, repository: b}]
amend:
- {path: automated/linux/smoke/smoke.yaml, parameters: {A: 1}}
- {path: automated/linux/pi-stress/pi-stress.yaml, repository: c, params: {DURATION: 1m}}
add:
",
        );
        assert_eq!(chosen.choices.len(), 3);
        assert_eq!(parameter(&chosen, "pi-stress", "TIME"), Some("300"));
        assert_eq!(
            chosen.unused,
            [
                "skip automated/linux/stream/stream-uniprocessor.yaml: the plan has no such test",
                "amend automated/linux/smoke/smoke.yaml: the plan has no such test",
                "amend automated/linux/pi-stress/pi-stress.yaml: no `parameters`, so nothing is changed",
            ]
        );
    }

    #[test]
    fn what_is_no_overlay_is_refused() {
        for (overlay, expected) in
            [("a: 1", true), ("skip: 3", false), ("skip: [{repository: a}]", false), ("[", false)]
        {
            let error = Chosen::read(PLAN, Some(overlay)).unwrap_err();
            assert!(matches!(error, PlanFileError::Overlay(_)), "{overlay}: {error}");
            assert_eq!(error.to_string().contains("none of `skip`, `amend` and `add`"), expected, "{overlay}: {error}");
        }
        assert_eq!(chosen("skip:\namend:\nadd:\n").choices.len(), 3);
    }
}
