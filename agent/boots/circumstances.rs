//! What pairs with what: a benchmark's tool and parameters, a case, a series.

use crate::record::{Benchmark, Ident, Labels, Tool, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// The parameter that changes how often something is measured, and not what.
const ITERATIONS: &str = "ITERATIONS";

/// How a benchmark was run: numbers of different circumstances do not compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Circumstances {
    /// The tool's name and version.
    pub tool: Option<(String, Option<String>)>,
    /// The parameters that hold for all cases: a case's labels have the others.
    pub parameters: BTreeMap<String, String>,
}

/// A case of a benchmark that was run in one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseKey {
    /// The benchmark.
    pub benchmark: Ident,
    /// How it was run.
    pub circumstances: Circumstances,
    /// The case's point.
    pub labels: Labels,
}

/// A series of such a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesKey {
    /// The case.
    pub case: CaseKey,
    /// The metric.
    pub metric: Ident,
    /// What the tool's output labels it with.
    pub labels: Labels,
    /// The unit of its values.
    pub unit: Unit,
}

impl Circumstances {
    /// How a benchmark was run.
    pub fn of(benchmark: &Benchmark) -> Circumstances {
        let points = points(benchmark);
        let fixed =
            |(name, value): &(&String, &String)| *name != ITERATIONS && !is_note(name) && !is_axis(value, &points);
        let tool = benchmark.tool.as_ref().map(|Tool { name, version }| (name.clone(), version.clone()));
        let parameters = benchmark.parameters.iter().filter(fixed);
        Circumstances { tool, parameters: parameters.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }
}

/// Each label's values over all cases.
fn points(benchmark: &Benchmark) -> Vec<BTreeSet<&str>> {
    let mut points: BTreeMap<&Ident, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in benchmark.cases.iter().flat_map(|case| case.labels.iter()) {
        points.entry(key).or_default().insert(value);
    }
    points.into_values().collect()
}

/// Whether a parameter is only what another suite noted of its presentation, as MMTests' `_PlotType`.
fn is_note(name: &str) -> bool {
    name.starts_with('_')
}

/// Whether a parameter is a list of which each case has a value: some label has no other values than its.
fn is_axis(value: &str, points: &[BTreeSet<&str>]) -> bool {
    let words: BTreeSet<&str> = value.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    // `nproc` stands for one number more.
    let others = usize::from(words.contains("nproc"));
    points.iter().any(|values| values.difference(&words).count() <= others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    fn circumstances(parameters: &str, points: &[&str]) -> BTreeMap<String, String> {
        let cases: Vec<String> = points
            .iter()
            .map(|threads| format!(r#"{{"labels":{{"threads":"{threads}"}},"result":"pass","series":[]}}"#))
            .collect();
        let json = format!(
            r#"{{"schema":"lava-bench-record/2","id":"0a1b2c3d","benchmarks":[{{"name":"b","parameters":{{{parameters}}},
               "metrics":[],"cases":[{}]}}]}}"#,
            cases.join(",")
        );
        Circumstances::of(&Record::from_json(json.as_bytes()).unwrap().benchmarks[0]).parameters
    }

    #[test]
    fn an_axis_of_the_matrix_is_a_cases_and_iterations_are_nobodys() {
        let all = r#""ITERATIONS":"3","MAX_PRIME":"10000","THREADS":"1 4""#;
        let fixed = BTreeMap::from([("MAX_PRIME".to_string(), "10000".to_string())]);
        assert_eq!(circumstances(all, &["1", "4"]), fixed);
        // An interrupted run has not all points.
        assert_eq!(circumstances(all, &["1"]), fixed);
        assert_eq!(circumstances(&format!(r#"{all},"_PlotType":"a""#), &["1"]), fixed);
        assert_eq!(circumstances(all, &["2"]).len(), 2);
        let all = r#""MAX_PRIME":"10000","THREADS":"1 nproc""#;
        assert_eq!((circumstances(all, &["1", "8"]), circumstances(all, &["8"])), (fixed.clone(), fixed));
        assert_eq!(circumstances(r#""MAX_PRIME":"10000","THREADS":"1 4""#, &[]).len(), 2);
    }
}
