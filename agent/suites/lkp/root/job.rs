//! `job.yaml` and `desc.yaml` -> what a run was asked to do, and on what.

use crate::{
    suites::lkp::names::Names,
    text::{printable, yaml, yaml::YamlError},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{collections::BTreeMap, fmt};

/// A job as it was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::suites::lkp) struct Job {
    /// Its keys with one value, such as `arch: x86_64`.
    facts: BTreeMap<String, String>,
    /// The programs that it names, monitors too.
    pub(in crate::suites::lkp) programs: Vec<String>,
    /// The parameters: lkp's axes without those that say what was run on what.
    pub(in crate::suites::lkp) parameters: BTreeMap<String, String>,
}

/// The axes that say what was run, and on what; the other ones are parameters.
pub(in crate::suites::lkp) const PLACE: [&str; 6] =
    ["commit", "compiler", "kconfig", "rootfs", "tbox_group", "testcase"];

impl Job {
    /// Reads `job.yaml`. Its comments may have become keys that begin with `#!`.
    ///
    /// # Errors
    /// A text that is not YAML, or no mapping.
    pub(super) fn read(text: &str, names: &Names) -> Result<Self, YamlError> {
        let mut job = Self::default();
        for (key, node) in yaml::read::<Mapping>(text)?.0 {
            if key.trim_start_matches(':').starts_with("#!") {
                continue;
            }
            match node {
                Node::Nothing if names.is_word(&key) => job.programs.push(key),
                Node::Text(text) => {
                    if names.is_parameter(&key) {
                        job.parameters.insert(key.clone(), text.clone());
                    }
                    job.facts.insert(key, text);
                }
                // A monitor's own settings are no parameters of the test.
                Node::Mapping(settings) if !names.is_monitor(&key) => {
                    let of = |(key, node)| if let Node::Text(text) = node { Some((key, text)) } else { None };
                    job.parameters.extend(settings.into_iter().filter_map(of));
                    job.programs.push(key);
                }
                Node::Mapping(_) => job.programs.push(key),
                Node::Nothing | Node::List => {}
            }
        }
        if let Some(testcase) = job.testcase().map(str::to_string) {
            // `sysbench-cpu: 20000` is a program with one argument.
            if let Some(argument) = job.facts.get(&testcase).cloned() {
                job.parameters.insert(testcase, argument);
            }
        }
        Ok(job)
    }

    /// A job of facts and parameters.
    #[cfg(feature = "host")]
    pub(in crate::suites::lkp) fn of(
        facts: impl IntoIterator<Item = (String, String)>,
        parameters: BTreeMap<String, String>,
    ) -> Self {
        Self { facts: facts.into_iter().collect(), programs: Vec::new(), parameters }
    }

    /// Takes the axes from `desc.yaml`, where lkp itself wrote down which they are.
    ///
    /// # Errors
    /// A text that is not YAML, or no mapping.
    pub(super) fn take_axes(&mut self, text: &str) -> Result<(), YamlError> {
        let Mapping(all) = yaml::read(text)?;
        for (key, node) in all {
            let Node::Mapping(axes) = node else { continue };
            if !matches!(key.as_str(), ":axes" | "axes") {
                continue;
            }
            self.parameters.clear();
            for (key, node) in axes {
                let Node::Text(text) = node else { continue };
                if PLACE.contains(&key.as_str()) {
                    self.facts.entry(key).or_insert(text);
                } else {
                    self.parameters.insert(key, text);
                }
            }
        }
        Ok(())
    }

    /// What a key says.
    pub(in crate::suites::lkp) fn fact(&self, key: &str) -> Option<&str> {
        self.facts.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// What is tested.
    pub(in crate::suites::lkp) fn testcase(&self) -> Option<&str> {
        self.fact("testcase").or_else(|| self.fact("suite"))
    }

    /// All axes by name: what lkp groups runs by.
    #[cfg(feature = "host")]
    pub(in crate::suites::lkp) fn axes(&self) -> BTreeMap<String, String> {
        let place = PLACE.iter().filter_map(|key| Some(((*key).to_string(), self.fact(key)?.to_string())));
        self.parameters.clone().into_iter().chain(place).collect()
    }

    /// The memory in bytes: `memory: 23G`.
    pub(in crate::suites::lkp) fn memory(&self) -> Option<u64> {
        let text = self.fact("memory")?;
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits)?;
        let shift = match unit.trim_end_matches(['B', 'b', 'i']) {
            "" => 0,
            "K" | "k" => 10,
            "M" | "m" => 20,
            "G" | "g" => 30,
            "T" | "t" => 40,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_shl(shift).filter(|bytes| *bytes > 0)
    }
}

/// A YAML mapping, whatever its keys; of a key that stands twice the last counts, as for Ruby.
struct Mapping(Vec<(String, Node)>);

enum Node {
    Nothing,
    Text(String),
    Mapping(Vec<(String, Node)>),
    List,
}

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Node::deserialize(deserializer)? {
            Node::Mapping(pairs) => Ok(Self(pairs)),
            // `--- {}` and an empty file.
            Node::Nothing => Ok(Self(Vec::new())),
            Node::Text(_) | Node::List => Err(serde::de::Error::custom("not a mapping of keys")),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(printable(text.as_bytes())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Text(flag.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Text(format!("{number:?}")))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Node::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs: Vec<(String, Node)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<Node, Node>()? {
            // A key that is a list or a mapping says nothing here.
            if let Node::Text(key) = key {
                pairs.push((key, value));
            }
        }
        Ok(Node::Mapping(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::lkp::names::names;

    const JOB: &str = "---\n\n#! jobs/hackbench.yaml\nsuite: hackbench\ntestcase: hackbench\ncategory: benchmark\n\
        nr_threads: 50%\niterations: 4\nhackbench:\n  mode: process\n  ipc: pipe\narch: aarch64\nmemory: 23G\nnr_cpu: 2\n\
        need_kconfig:\n- X: \"n\"\nkmsg:\nperf-sched:\n  lite_mode: 1\ncommit: v6.1\n:#! include/x:\n? :#! include/y\n: \n";

    #[test]
    fn parameters_are_those_of_the_test_and_not_of_its_monitors() {
        let job = Job::read(JOB, names()).unwrap();
        let parameters: Vec<String> = job.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(parameters, ["ipc=pipe", "iterations=4", "mode=process", "nr_threads=50%"]);
        assert_eq!(job.programs, ["hackbench", "kmsg", "perf-sched"]);
        assert_eq!(
            (job.testcase(), job.fact("arch"), job.memory()),
            (Some("hackbench"), Some("aarch64"), Some(23 << 30))
        );
        assert_eq!(job.axes()["commit"], "v6.1");
    }

    #[test]
    fn the_axes_that_lkp_wrote_down_count() {
        let mut job = Job::read(JOB, names()).unwrap();
        job.take_axes("---\n:axes:\n  commit: v6.1\n  nr_threads: '2'\n  rootfs: debian\ncreate_time: 2026-11-23\n")
            .unwrap();
        assert_eq!(job.parameters, BTreeMap::from([("nr_threads".into(), "2".into())]));
        assert_eq!(job.fact("rootfs"), Some("debian"));
    }

    #[test]
    fn what_is_no_job_is_an_error_and_no_end() {
        for bad in ["- a\n", "text", "a: [", &format!("a: {}", "[".repeat(10_000))] {
            assert!(Job::read(bad, names()).is_err(), "{}", &bad[..4]);
        }
        let bomb = "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b]\n\
            d: &d [*c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n\
            g: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n";
        assert!(
            Job::read(&format!("{bomb}h: &h [*e, *e, *e, *e]\ni: [*h, *h, *h, *h, *h, *h, *h]\n"), names()).is_err()
        );
        assert_eq!(Job::read("", names()).unwrap(), Job::default());
    }
}
