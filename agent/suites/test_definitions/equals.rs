//! A run's results -> which of our series each is of.

use super::{
    names::{Equal, Name, Summary, Test, tests},
    run::{Entry, Run},
};
use crate::{
    definition::Factor,
    record::{Decimal, Value},
};
use std::collections::BTreeMap;

/// What the tests that iterate by themselves put before a name.
const ITERATION: &str = "iteration-";

/// A result that is one of ours.
pub(super) struct Known<'r> {
    pub(super) entry: &'r Entry,
    /// The position of its definition among the test's.
    pub(super) equal: usize,
    pub(super) name: &'static Name,
    /// Labels of the case and the series.
    pub(super) labels: BTreeMap<String, String>,
    /// From 0.
    pub(super) iteration: usize,
    /// In our unit.
    pub(super) value: Value,
}

/// What became of a run's results.
pub(super) struct Assigned<'r> {
    pub(super) test: &'static Test,
    pub(super) known: Vec<Known<'r>>,
    /// The verdicts of definitions, by position: all of them.
    pub(super) verdicts: Vec<(usize, &'r Entry)>,
    /// What has no name here.
    pub(super) others: Vec<&'r Entry>,
}

/// The test that left a run: the one that it names, or the one that knows most of its names.
pub(super) fn assigned(run: &Run) -> Option<Assigned<'_>> {
    let named = |test: &&Test| run.test.as_ref().is_none_or(|name| *name == test.test);
    let all = tests().iter().filter(named).map(|test| assign(test, run));
    let mut best: Option<Assigned<'_>> = None;
    for one in all.filter(|one| !one.known.is_empty()) {
        if best.as_ref().is_none_or(|best| best.known.len() < one.known.len()) {
            best = Some(one);
        }
    }
    best
}

fn assign<'r>(test: &'static Test, run: &'r Run) -> Assigned<'r> {
    let mut all = Assigned { test, known: Vec::new(), verdicts: Vec::new(), others: Vec::new() };
    for entry in &run.entries {
        // The set of a test's name says nothing more.
        if let Some(at) = test.definitions.iter().position(|equal| is_verdict(equal, entry)) {
            all.verdicts.push((at, entry));
        } else if let Some(known) = test.definitions.iter().enumerate().find_map(|(at, equal)| known(at, equal, entry))
        {
            all.known.push(known);
        } else {
            all.others.push(entry);
        }
    }
    // Tests whose metrics have the same names differ in their verdict.
    let verdicts: Vec<usize> = all.verdicts.iter().map(|(at, _)| *at).collect();
    let told = |known: &Known<'_>| {
        test.definitions.get(known.equal).is_none_or(|equal| equal.verdict.is_none()) || verdicts.contains(&known.equal)
    };
    let (kept, unsure): (Vec<_>, Vec<_>) = all.known.into_iter().partition(|known| run.test.is_some() || told(known));
    // A mean of what stands there one by one is no sample more.
    let of_iterations =
        |one: &Known<'_>| kept.iter().any(|known| known.name.metric == one.name.metric && has_iteration(known.name));
    let is_sample = |one: &Known<'_>| match one.name.summary {
        None => true,
        Some(Summary::Mean) => !of_iterations(one),
        Some(_) => false,
    };
    let samples: Vec<bool> = kept.iter().map(is_sample).collect();
    let (known, rest): (Vec<_>, Vec<_>) = kept.into_iter().zip(samples).partition(|(_, is_sample)| *is_sample);
    all.known = known.into_iter().map(|(known, _)| known).collect();
    let left = rest.into_iter().map(|(known, _)| known).chain(unsure).map(|known| known.entry);
    all.others.extend(left);
    all
}

/// Whether a name has the number of the iteration in it.
pub(super) fn has_iteration(name: &Name) -> bool {
    name.theirs.contains("{iteration}")
}

fn is_verdict(equal: &Equal, entry: &Entry) -> bool {
    entry.measured.is_none() && equal.verdict.as_deref() == Some(split(&entry.name).1)
}

/// The iteration that a name begins with, from 0, and the rest.
fn split(name: &str) -> (usize, &str) {
    let parts = name.strip_prefix(ITERATION).and_then(|rest| rest.split_once('-'));
    let read = parts.and_then(|(number, rest)| Some((number.parse::<usize>().ok()?.checked_sub(1)?, rest)));
    read.filter(|(iteration, _)| *iteration < MOST_ITERATIONS).unwrap_or((0, name))
}

/// The most iterations that a name may tell of.
const MOST_ITERATIONS: usize = 100_000;

fn known<'r>(equal: usize, of: &'static Equal, entry: &'r Entry) -> Option<Known<'r>> {
    let (value, units) = entry.measured.as_ref()?;
    let (iteration, rest) = split(&entry.name);
    of.metrics.iter().find_map(|name| {
        let factor = factor(name, units)?;
        let is_number = |value: &String| value.bytes().all(|byte| byte.is_ascii_digit());
        let mut labels = labels(&name.theirs, rest).filter(|found| !name.number || found.values().all(is_number))?;
        let iteration = match labels.remove("iteration") {
            Some(number) => number.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < MOST_ITERATIONS)?,
            None => iteration,
        };
        labels.values_mut().for_each(|value| value.insert_str(0, &name.before));
        labels.extend(name.labels.clone());
        let value = Value::try_from(factor.apply(Decimal::parse(&format!("{:e}", value.get()))?)).ok()?;
        Some(Known { entry, equal, name, labels, iteration, value })
    })
}

/// What numbers with these units are multiplied with.
fn factor(name: &Name, units: &str) -> Option<Factor> {
    if name.units.is_empty() && units.is_empty() {
        return Some(Factor::ONE);
    }
    name.units.get(units).and_then(|factor| Factor::parse(factor))
}

/// The labels that `name` has where `pattern` has braces, if it is of this form.
fn labels(pattern: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let (first, mut pattern) = pattern.split_once('{').unwrap_or((pattern, ""));
    let mut name = name.strip_prefix(first)?;
    let mut found = BTreeMap::new();
    while let Some((label, rest)) = pattern.split_once('}') {
        let (text, more) = rest.split_once('{').unwrap_or((rest, ""));
        let value = match (text.is_empty(), more.is_empty()) {
            (true, true) => name,
            (_, true) => name.strip_suffix(text)?,
            _ => name.split_once(text)?.0,
        };
        name = name.get(value.len().checked_add(text.len())?..)?;
        if value.is_empty() {
            return None;
        }
        found.insert(label.into(), value.into());
        pattern = more;
    }
    name.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_labels_where_its_pattern_has_braces() {
        let found = |pattern: &str, name: &str| {
            let found = labels(pattern, name)?;
            Some(found.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(found("a-b", "a-b").as_deref(), Some(""));
        assert_eq!(found("a-b", "a-bc"), None);
        assert_eq!(found("t{n}-min", "t12-min").as_deref(), Some("n=12"));
        assert_eq!(found("t{n}-min", "t-min"), None);
        assert_eq!(found("dd-{op}-itr{iteration}", "dd-read-itr3").as_deref(), Some("iteration=3 op=read"));
        assert_eq!(found("{field}", "Active(anon)").as_deref(), Some("field=Active(anon)"));
    }

    #[test]
    fn the_verdict_tells_tests_apart_whose_names_are_the_same() {
        let test = |text: &str| assigned(&Run::of_text(text.as_bytes())).map(|assigned| assigned.test.test.as_str());
        let latency = "t0-min-latency pass 1 us\n";
        assert_eq!(test(&format!("{latency}pmqtest pass\n")), Some("pmqtest"));
        assert_eq!(test(&format!("iteration-1-{latency}iteration-1-signaltest fail\n")), Some("signaltest"));
        assert_eq!(test(latency), None);
        assert_eq!(test("unknown pass 3 ms\n"), None);
    }
}
