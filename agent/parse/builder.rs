//! What is taken from an output while it is read: numbers, verdicts, problems -> [`Extraction`].

#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

use super::{
    Extraction, Found, Outcome, Problem,
    number::{NumberError, in_range},
};
use crate::{
    definition::{Definition, Expected, Results},
    record::{Ident, Labels, Value, Verdict},
    text::printable,
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// The most series, and the most verdicts, of one output.
pub(super) const MAX_SERIES: usize = 200_000;

/// The most problems that are noted of one output.
const MAX_PROBLEMS: usize = 1000;

/// What was taken from an output so far.
pub(super) struct ExtractionBuilder<'a> {
    definition: &'a Definition,
    values: &'a BTreeMap<String, String>,
    /// The format that is read.
    pub(super) format: &'a str,
    pub(super) extraction: Extraction,
    /// Of each series in `extraction`: how many values it has, and the format that it is from.
    repeats: Vec<(Expected, &'a str)>,
    /// The place of each series in what was found.
    series: HashMap<(Ident, Labels), usize>,
    /// The labels of the verdicts so far, and the number of the last verdict that had them.
    outcomes: HashMap<Labels, usize>,
}

impl<'a> ExtractionBuilder<'a> {
    /// Nothing so far.
    pub(super) fn new(definition: &'a Definition, values: &'a BTreeMap<String, String>) -> Self {
        let (series, outcomes, repeats) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { definition, values, format: "", extraction: Extraction::default(), repeats, series, outcomes }
    }

    /// Notes a problem. A long output may have one in each of millions of lines: the first thousand tell enough.
    pub(super) fn problem(&mut self, problem: Problem) {
        let problems = &mut self.extraction.problems;
        match problems.len().cmp(&MAX_PROBLEMS) {
            Ordering::Less => problems.push(problem),
            Ordering::Equal => problems.push(Problem::Many { what: "problems", most: MAX_PROBLEMS }),
            Ordering::Greater => {}
        }
    }

    /// Notes, once, that there is more of `what` than is taken.
    fn many(&mut self, what: &'static str) {
        self.problem_once(Problem::Many { what, most: MAX_SERIES });
    }

    /// Notes what is said once, however often it is found.
    pub(super) fn problem_once(&mut self, problem: Problem) {
        if !self.extraction.problems.contains(&problem) {
            self.problem(problem);
        }
    }

    /// Takes one number, or notes why it is none. `labels` may hold more than the metric has.
    pub(super) fn number(
        &mut self,
        (metric, repeats): (&Ident, &Expected),
        labels: &BTreeMap<&str, String>,
        text: &[u8],
        number: Result<f64, NumberError>,
    ) {
        let Some(spec) = self.definition.metrics.iter().find(|spec| spec.metric.name == *metric) else { return };
        let label = |key: &Ident| (key.clone(), labels.get(key.as_str()).cloned().unwrap_or_default());
        let without = |key: &&Ident| labels.get(key.as_str()).is_none_or(String::is_empty);
        if let Some(label) = spec.metric.labels.iter().find(without) {
            let (metric, label) = (metric.clone(), label.clone());
            return self.problem(Problem::Label { metric, text: printable(text), label });
        }
        // The keys of a metric are no two the same: the definition was checked.
        let labels = Labels::new(spec.metric.labels.iter().map(label).collect()).unwrap_or_default();
        match number.and_then(|number| in_range(number, spec.range)) {
            Ok(value) => self.value((metric, repeats), labels, value),
            Err(why) => self.problem(Problem::Number { metric: metric.clone(), text: printable(text), why }),
        }
    }

    fn value(&mut self, (metric, repeats): (&Ident, &Expected), labels: Labels, value: Value) {
        let found = &mut self.extraction.found;
        let key = (metric.clone(), labels);
        if let Some(known) = self.series.get(&key).and_then(|at| found.get_mut(*at)) {
            known.values.push(value);
        } else if found.len() == MAX_SERIES {
            self.many("series");
        } else {
            let (metric, labels) = key.clone();
            self.series.insert(key, found.len());
            found.push(Found { metric, labels, values: vec![value] });
            self.repeats.push((repeats.clone(), self.format));
        }
    }

    /// Takes what the output says of a parameter, or notes that it is not what was set, or what it said before.
    pub(super) fn printed(&mut self, name: &str, value: String) {
        let before = self.extraction.printed.get(name).or_else(|| self.values.get(name));
        if let Some(other) = before.filter(|other| !is_same(other, &value)) {
            let problem = Problem::Parameter { name: name.into(), printed: value.clone(), other: other.clone() };
            if !self.extraction.problems.contains(&problem) {
                self.problem(problem);
            }
        }
        self.extraction.printed.entry(name.into()).or_insert(value);
    }

    /// Takes the verdict that `text` writes, or notes that it is none.
    pub(super) fn verdict(
        &mut self,
        labels: &BTreeMap<&str, String>,
        text: &[u8],
        results: &Results,
        reason: Option<String>,
    ) {
        let text = printable(text);
        match results.get(&text) {
            Some(result) => self.outcome(labels, *result, reason),
            None => {
                let labels = self.verdict_labels(labels);
                self.problem(Problem::Verdict { labels, text });
            }
        }
    }

    /// Takes one verdict. A test that has the labels of an earlier one gets a number: `write`, `write-2`, `write-3`.
    pub(super) fn outcome(&mut self, labels: &BTreeMap<&str, String>, result: Verdict, reason: Option<String>) {
        if self.extraction.verdicts.len() == MAX_SERIES {
            return self.many("verdicts");
        }
        let first = self.verdict_labels(labels);
        let mut labels = first.clone();
        let mut number = self.outcomes.get(&first).copied().unwrap_or(0);
        // A test may be called `write-2` itself.
        while number > 0 {
            number = number.saturating_add(1);
            labels = first.numbered(number);
            if !self.outcomes.contains_key(&labels) {
                self.outcomes.insert(first, number);
                break;
            }
        }
        self.outcomes.insert(labels.clone(), 1);
        self.extraction.verdicts.push(Outcome { labels, result, reason });
    }

    /// Whether a verdict with these labels was taken.
    pub(super) fn has_outcome(&self, labels: &BTreeMap<&str, String>) -> bool {
        self.outcomes.contains_key(&self.verdict_labels(labels))
    }

    /// Those of `labels` that verdicts have, in the definition's order.
    fn verdict_labels(&self, labels: &BTreeMap<&str, String>) -> Labels {
        let keys = self.definition.verdict_labels.iter();
        let label = |key: &Ident| Some((key.clone(), labels.get(key.as_str())?.clone()));
        Labels::new(keys.filter_map(label).collect()).unwrap_or_default()
    }

    /// Notes it when `count` of `what` is not what is expected.
    pub(super) fn count(&mut self, what: &str, expected: &Expected, found: usize) {
        self.count_or(what, expected, found, || None);
    }

    /// The same; `near` finds a line that is like one that should match.
    pub(super) fn count_or(
        &mut self,
        what: &str,
        expected: &Expected,
        found: usize,
        near: impl FnOnce() -> Option<String>,
    ) {
        if let Some(expected) = self.unless_right(expected, found) {
            let near = if found == 0 { near() } else { None };
            self.problem(Problem::Count { what: what.into(), found, expected, format: self.format.into(), near });
        }
    }

    /// Notes that a path leads to another number of places than `expected`; `end` finds how far it leads.
    pub(super) fn places(
        &mut self,
        (what, path): (&str, String),
        expected: &Expected,
        found: usize,
        end: impl FnOnce() -> Option<String>,
    ) {
        if let Some(expected) = self.unless_right(expected, found) {
            let end = if found == 0 { end() } else { None };
            self.problem(Problem::Places { what: what.into(), path, found, expected, format: self.format.into(), end });
        }
    }

    /// Notes that another number of lines match than the text `expected` says.
    pub(super) fn wrong_count(&mut self, what: String, found: usize, expected: String) {
        self.problem(Problem::Count { what, found, expected, format: self.format.into(), near: None });
    }

    /// How many are expected, where `found` is another number.
    fn unless_right(&self, expected: &Expected, found: usize) -> Option<String> {
        let (right, expected) = match expected {
            Expected::Any => (true, String::new()),
            Expected::Some | Expected::Each => (found > 0, "at least 1".into()),
            Expected::Exactly(template) => {
                let text = template.fill(self.values).unwrap_or_default();
                let number = calculate(&text);
                (number == Some(found), number.map_or(text, |number| number.to_string()))
            }
        };
        (!right).then_some(expected)
    }

    /// All that was taken. A series with too many values has none: which one would count?
    pub(super) fn finish(mut self) -> Extraction {
        let found = std::mem::take(&mut self.extraction.found);
        for (series, (repeats, format)) in found.into_iter().zip(std::mem::take(&mut self.repeats)) {
            match self.unless_right(&repeats, series.values.len()) {
                None => self.extraction.found.push(series),
                Some(expected) => {
                    let Found { metric, labels, values } = series;
                    let format = format.to_string();
                    self.problem(Problem::Repeated { metric, labels, found: values.len(), expected, format });
                }
            }
        }
        self.extraction
    }
}

/// Whether two texts are one value of a parameter: the same, or the same number.
fn is_same(a: &str, b: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    a == b || number(a).is_some_and(|value| number(b) == Some(value))
}

/// Sums of products of whole numbers: `2 * 4 + 1`.
fn calculate(text: &str) -> Option<usize> {
    let product =
        |text: &str| text.split('*').try_fold(1_usize, |all, factor| all.checked_mul(factor.trim().parse().ok()?));
    text.split('+').try_fold(0_usize, |all, part| all.checked_add(product(part)?))
}
