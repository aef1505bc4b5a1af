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
        let axes = axes(benchmark);
        let fixed =
            |(name, _): &(&String, &String)| *name != ITERATIONS && !is_note(name) && !axes.contains(name.as_str());
        let tool = benchmark.tool.as_ref().map(|Tool { name, version }| (name.clone(), version.clone()));
        let parameters = benchmark.parameters.iter().filter(fixed);
        Circumstances { tool, parameters: parameters.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }
}

/// Each label's values over all cases.
fn points(benchmark: &Benchmark) -> BTreeMap<&Ident, BTreeSet<&str>> {
    let mut points: BTreeMap<&Ident, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in benchmark.cases.iter().flat_map(|case| case.labels.iter()) {
        points.entry(key).or_default().insert(value);
    }
    points
}

/// Whether a parameter is only what another suite noted of its presentation, as MMTests' `_PlotType`.
fn is_note(name: &str) -> bool {
    name.starts_with('_')
}

/// The parameters that are lists of which each case has a value: those that belong to a label. A record does not say which ones;
/// the name tells, and where no name is like the label's, the values.
fn axes(benchmark: &Benchmark) -> BTreeSet<&str> {
    let mut axes = BTreeSet::new();
    for (label, values) in points(benchmark) {
        let likeness = |(name, value): (&'_ String, &'_ String)| likeness(label.as_str(), &values, name, value);
        let most = benchmark.parameters.iter().map(likeness).max().unwrap_or(Likeness::None);
        let alike =
            benchmark.parameters.iter().filter(|parameter| most != Likeness::None && likeness(*parameter) == most);
        axes.extend(alike.map(|(name, _)| name.as_str()));
    }
    axes
}

/// How surely a parameter belongs to a label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// It has not its values.
    None,
    /// It has its values, and a number alone would be chance.
    Values,
    /// The names have a word in common: `groups` and GROUP_COUNT.
    Word,
    /// The names are the same: `block-size` and BLOCK_SIZE.
    Name,
}

fn likeness(label: &str, values: &BTreeSet<&str>, name: &str, value: &str) -> Likeness {
    let words: BTreeSet<&str> = value.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    let others = values.difference(&words).count();
    // `nproc` stands for one number more.
    if others > usize::from(words.contains("nproc")) {
        return Likeness::None;
    }
    let [label, name] = [label, name].map(|name| name.to_ascii_lowercase().replace('_', "-"));
    let says_something = words.len() > 1 || words.iter().any(|word| word.parse::<f64>().is_err());
    match () {
        () if label == name => Likeness::Name,
        () if label.len() > 1 && name.contains(label.trim_end_matches('s')) => Likeness::Word,
        () if others == 0 && says_something => Likeness::Values,
        () => Likeness::None,
    }
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

    #[test]
    fn a_value_that_is_a_labels_by_chance_belongs_to_all_cases() {
        let of_time =
            |time: &str, threads: &str| circumstances(&format!(r#""THREADS":"{threads}","TIME":"{time}""#), &["1"]);
        let fixed = |time: &str| BTreeMap::from([("TIME".to_string(), time.to_string())]);
        assert_eq!((of_time("1", "1"), of_time("1", "1 2"), of_time("2", "1")), (fixed("1"), fixed("1"), fixed("2")));
        assert_eq!(of_time("nproc", "1"), fixed("nproc"));
        // Where no name is like the label's, a list is, and a text.
        assert!(
            circumstances(r#""JOBS":"1 2""#, &["1"]).is_empty()
                && circumstances(r#""TEST":"dhry""#, &["dhry"]).is_empty()
        );
        assert_eq!(circumstances(r#""JOBS":"1""#, &["1"]).len(), 1);
        // The name need not be the same.
        assert!(circumstances(r#""MAX_THREADS":"1""#, &["1"]).is_empty());
    }
}
