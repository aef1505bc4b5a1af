//! A test plan of test-definitions -> definitions and their parameters, and what of it is not run.

use super::{
    entry::Entry,
    names::{Equal, Test, tests},
    overlay::{Overlay, OverlayError},
};
use crate::text::yaml::{self, YamlError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the runner of test-definitions hands to its scripts, and nothing here needs.
const INSTALLS: &str = "SKIP_INSTALL";

/// What a plan selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// What is run, in its order; no definition twice.
    pub choices: Vec<PlanChoice>,
    /// What is not run.
    pub left: Vec<PlanLeft>,
    /// What of the overlay has no effect, and why.
    pub unused: Vec<String>,
}

/// A test that a definition measures too, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChoice {
    /// The test's path in the plan.
    pub test: String,
    /// The definition.
    pub definition: String,
    /// Its parameters, as far as the test says them.
    pub parameters: Vec<(String, String)>,
    /// What is otherwise than there.
    pub differs: Vec<String>,
}

/// A test that is not run, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLeft {
    /// The test's path in the plan.
    pub test: String,
    /// Why.
    pub reason: String,
}

/// Why a file is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It has another form.
    #[error("not a test plan: {0}")]
    Yaml(String),
    /// Nothing to run.
    #[error(
        "no automated test in it\nhint: `tests.automated` of a plan v2, or `requirements` of a plan v1, lists them"
    )]
    Nothing,
    /// The overlay has another form.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
}

impl PlanFileError {
    /// Whether it is the overlay that is wrong, and not the plan.
    pub fn is_of_overlay(&self) -> bool {
        matches!(self, Self::Overlay(_))
    }
}

impl From<YamlError> for PlanFileError {
    fn from(error: YamlError) -> Self {
        Self::Yaml(error.to_string())
    }
}

#[derive(Deserialize)]
struct File {
    /// Version 2.
    #[serde(default)]
    tests: Tests,
    /// Version 1.
    #[serde(default)]
    requirements: Vec<Requirement>,
}

#[derive(Deserialize)]
struct Requirement {
    #[serde(default)]
    tests: Tests,
}

#[derive(Default, Deserialize)]
struct Tests {
    #[serde(default)]
    automated: Option<Vec<Entry>>,
    #[serde(default)]
    manual: Option<Vec<Entry>>,
}

impl Chosen {
    /// Reads a plan, of version 1 or 2, with what an overlay changes in it.
    ///
    /// # Errors
    /// A text that is no plan, or that has no automated test; an overlay that is none.
    pub fn read(text: &str, overlay: Option<&str>) -> Result<Self, PlanFileError> {
        let file: File = yaml::read(text)?;
        let overlay = overlay.map(Overlay::read).transpose()?.unwrap_or_default();
        let of_requirements = file.requirements.into_iter().map(|requirement| requirement.tests);
        let (mut automated, mut manual) = (Vec::new(), Vec::new());
        for tests in std::iter::once(file.tests).chain(of_requirements) {
            automated.extend(tests.automated.unwrap_or_default());
            manual.extend(tests.manual.unwrap_or_default());
        }
        if automated.is_empty() {
            return Err(PlanFileError::Nothing);
        }
        let mut chosen = Self { unused: overlay.unused(&automated), ..Self::default() };
        for mut entry in automated {
            if overlay.skips(&entry) {
                chosen.leave(&entry.path, "the overlay skips it".into());
            } else {
                overlay.amend(&mut entry);
                chosen.add(entry);
            }
        }
        overlay.add.into_iter().for_each(|entry| chosen.add(entry));
        manual.into_iter().for_each(|entry| chosen.leave(&entry.path, "a test that a person does".into()));
        Ok(chosen)
    }

    fn add(&mut self, entry: Entry) {
        let timeout = entry.timeout.is_some();
        let (path, parameters) = entry.into_parts();
        let Some(test) = tests().iter().find(|test| test.is_at(path.trim_start_matches("./"))) else {
            return self.leave(&path, "no definition here measures it".into());
        };
        if let Some(reason) = otherwise(test, &parameters) {
            return self.leave(&path, reason);
        }
        let (chosen, unknown) = test.chosen(&parameters);
        for word in unknown {
            self.leave(&path, format!("`{word}`: no definition here measures it"));
        }
        for equal in chosen {
            match equal.parameters(&parameters) {
                Ok(values) => {
                    let differs = differs(test, equal, &parameters, timeout);
                    self.choose(PlanChoice {
                        test: path.clone(),
                        definition: equal.definition.clone(),
                        parameters: values,
                        differs,
                    });
                }
                Err(reason) => self.leave(&path, reason.0),
            }
        }
    }

    fn leave(&mut self, test: &str, reason: String) {
        self.left.push(PlanLeft { test: test.into(), reason });
    }

    /// One run has one set of parameters for a definition.
    fn choose(&mut self, choice: PlanChoice) {
        match self.choices.iter().find(|known| known.definition == choice.definition) {
            None => self.choices.push(choice),
            Some(known) if known.parameters == choice.parameters => {
                self.leave(&choice.test, format!("`{}` runs already with these parameters", choice.definition));
            }
            Some(_) => {
                let reason = format!(
                    "`{}` runs already with other parameters: put it into a plan of its own",
                    choice.definition
                );
                self.leave(&choice.test, reason);
            }
        }
    }
}

/// A value that has no equal here.
struct NoEqual(String);

/// Why no definition measures a test with these parameters.
fn otherwise(test: &Test, parameters: &BTreeMap<String, String>) -> Option<String> {
    let same = |ours: &String, theirs: &String| ours.eq_ignore_ascii_case(theirs);
    let wrong = test.only.iter().find(|(name, value)| parameters.get(*name).is_some_and(|given| !same(value, given)));
    wrong.map(|(name, value)| {
        let given = parameters.get(name).map(String::as_str).unwrap_or_default();
        format!("{name}=`{given}`: the definition here measures what `{value}` measures")
    })
}

/// What is otherwise than there.
fn differs(test: &Test, equal: &Equal, parameters: &BTreeMap<String, String>, timeout: bool) -> Vec<String> {
    let used: BTreeSet<&str> = equal.parameters.iter().filter_map(|setting| setting.from.as_deref()).collect();
    let chooses = |name: &str| test.choice.as_ref().is_some_and(|choice| choice.parameter == name);
    let unused = parameters.keys().map(String::as_str);
    let unused = unused
        .filter(|name| *name != INSTALLS && !used.contains(name) && !test.only.contains_key(*name) && !chooses(name));
    let unused = unused.map(|name| format!("its parameter {name} is not used"));
    let timeout = timeout.then(|| "its timeout is not used: each command has the definition's".to_string());
    equal.differs.clone().into_iter().chain(unused).chain(timeout).collect()
}

impl Test {
    fn is_at(&self, path: &str) -> bool {
        self.path == path || self.formerly.as_deref() == Some(path)
    }

    /// The definitions that measure what the parameters choose, and the words that none measures.
    fn chosen(&self, parameters: &BTreeMap<String, String>) -> (Vec<&Equal>, Vec<String>) {
        let Some(choice) = &self.choice else { return (self.definitions.iter().collect(), Vec::new()) };
        let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
        for word in parameters.get(&choice.parameter).unwrap_or(&choice.value).split_whitespace() {
            match self.definitions.iter().find(|equal| equal.chosen.as_deref() == Some(word)) {
                Some(equal) => chosen.push(equal),
                None => unknown.push(word.to_string()),
            }
        }
        (chosen, unknown)
    }
}

impl Equal {
    /// The definition's parameters; what neither says is the definition's own default.
    fn parameters(&self, theirs: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, NoEqual> {
        let mut values = Vec::new();
        for setting in &self.parameters {
            match (setting.value(theirs), setting.from.as_ref().and_then(|from| Some((from, theirs.get(from)?)))) {
                (Some(value), _) => values.push((setting.name.clone(), value)),
                (None, Some((from, value))) => return Err(NoEqual(format!("{from}=`{value}`: it has no equal here"))),
                (None, None) => {}
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(text: &str) -> (Vec<String>, Vec<String>) {
        let chosen = Chosen::read(text, None).unwrap();
        let choice = |it: &PlanChoice| {
            let parameters: Vec<String> =
                it.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{}{}", it.definition, parameters.concat())
        };
        let left = |it: &PlanLeft| format!("{}: {}", it.test, it.reason);
        (chosen.choices.iter().map(choice).collect(), chosen.left.iter().map(left).collect())
    }

    #[test]
    fn a_plan_of_either_version_names_definitions_and_their_parameters() {
        let entry =
            "{path: automated/linux/stream/stream-uniprocessor.yaml, timeout: 1200, params: {SKIP_INSTALL: True}}";
        let expected = vec!["stream THREADS=1 ITERATIONS=1".to_string()];
        assert_eq!(choices(&format!("tests: {{automated: [{entry}]}}")).0, expected);
        assert_eq!(choices(&format!("requirements: [{{tests: {{automated: [{entry}]}}}}]")).0, expected);
        let chosen = Chosen::read(&format!("tests: {{automated: [{entry}]}}"), None).unwrap();
        assert_eq!(chosen.choices[0].differs, ["its timeout is not used: each command has the definition's"]);
    }

    #[test]
    fn what_is_not_run_says_why() {
        let plan = "
tests:
  automated:
  - {path: automated/linux/smoke/smoke.yaml}
  - {path: automated/linux/hackbench/hackbench.yaml, parameters: {TARGET: guest}}
  - {path: automated/linux/sysbench/sysbench.yaml, parameters: {TESTS: cpu oltp, NUM_THREADS: 4}}
  - {path: automated/linux/sysbench/sysbench.yaml, parameters: {TESTS: cpu}}
  - {path: automated/linux/cyclictest/cyclictest.yaml, parameters: {DURATION: soon}}
  - {path: automated/linux/pi-stress/pi-stress.yaml, parameters: {DURATION: 2m, OTHER: 1}}
  manual:
  - {path: manual/a.yaml}
";
        let (choices, left) = choices(plan);
        assert_eq!(
            choices,
            ["sysbench-cpu THREADS=4 ITERATIONS=1", "pi-stress GROUP_COUNT=nproc TIME=120 ITERATIONS=1"]
        );
        for (left, reason) in left.iter().zip([
            "smoke/smoke.yaml: no definition here measures it",
            "hackbench/hackbench.yaml: TARGET=`guest`: the definition here measures what `host` measures",
            "sysbench/sysbench.yaml: `oltp`: no definition here measures it",
            "sysbench/sysbench.yaml: `sysbench-cpu` runs already with other parameters",
            "cyclictest/cyclictest.yaml: DURATION=`soon`: it has no equal here",
            "manual/a.yaml: a test that a person does",
        ]) {
            assert!(left.contains(reason), "{left}");
        }
        assert_eq!(left.len(), 6);
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        assert!(matches!(Chosen::read("a: 1", None), Err(PlanFileError::Nothing)));
        for text in ["[", "tests: 3", "tests: {automated: [{path: a, params: {X: [1]}}]}"] {
            assert!(matches!(Chosen::read(text, None), Err(PlanFileError::Yaml(_))), "{text}");
        }
    }
}
