//! Samples of logs: what their lines say, and its order.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap, rc::Rc};

/// One line's sample, or several that are the same.
#[derive(Clone, Debug)]
pub(super) struct LogSample<'t> {
    pub(super) name: Rc<Name>,
    pub(super) sample: SampleNumber<'t>,
    pub(super) value: Cow<'t, str>,
    /// How often the value stands there.
    pub(super) times: usize,
    /// Whether the operation is one of the ratio table.
    pub(super) ratio: bool,
}

/// A sample's number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SampleNumber<'t> {
    /// A count of each operation's.
    Counted,
    /// The same, from zero.
    FromZero,
    /// One count over all operations.
    Running,
    /// One count over the operations with the same factors.
    Shared,
    /// What the log says.
    Text(Cow<'t, str>),
}

/// The parts of an operation's name: a metric and factors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    text: String,
    ends: Vec<usize>,
}

impl Parts {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Adds one part; `write` appends its text.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

/// A name.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) parts: Parts,
    /// How many names there were before it.
    pub(super) index: usize,
    /// The place of the line's rule that gave it first.
    pub(super) line: usize,
}

impl Name {
    pub(super) fn metric(&self) -> &str {
        self.parts.all().next().unwrap_or_default()
    }

    pub(super) fn factors(&self) -> impl Iterator<Item = &str> {
        self.parts.all().skip(1)
    }

    /// The operation's name.
    pub(super) fn operation(&self) -> String {
        let mut name = self.metric().to_string();
        for factor in self.factors().filter(|factor| !factor.is_empty() && *factor != "_") {
            name.push('-');
            name.push_str(factor);
        }
        name
    }
}

/// The names of a benchmark's operations, each once.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Parts, Rc<Name>>);

impl Names {
    pub(super) fn name(&mut self, parts: &Parts, line: usize) -> Rc<Name> {
        if let Some(name) = self.0.get(parts) {
            return name.clone();
        }
        let name = Rc::new(Name { parts: parts.clone(), index: self.0.len(), line });
        self.0.insert(parts.clone(), name.clone());
        name
    }

    /// Each name's rank, by its index; equal ones have the same.
    fn ranks(&self, compare: impl Fn(&Name, &Name) -> Ordering) -> Vec<usize> {
        let mut sorted: Vec<&Rc<Name>> = self.0.values().collect();
        sorted.sort_by(|a, b| compare(a, b));
        let (mut ranks, mut rank) = (vec![0; sorted.len()], 0);
        for (at, name) in sorted.iter().enumerate() {
            rank += usize::from(at > 0 && compare(sorted[at - 1], name).is_ne());
            ranks[name.index] = rank;
        }
        ranks
    }
}

/// Puts data in order as MMTests' `sort -k1,1 -k2,2n -k3,3n -k4,4n` does: metric, factors and sample by number, and where all
/// that is equal the bytes of the line.
pub(super) fn sort(data: &mut [LogSample], names: &Names, by_sample: bool) {
    // What is in order by sample has its factors in that of the lines' bytes.
    let numbers =
        |name: &Name| -> Vec<f64> { if by_sample { Vec::new() } else { name.factors().map(leading).collect() } };
    let first = names.ranks(|a, b| {
        let factors = numbers(a).partial_cmp(&numbers(b)).unwrap_or(Ordering::Equal);
        a.metric().cmp(b.metric()).then(factors)
    });
    let second = names.ranks(|a, b| a.factors().cmp(b.factors()));
    let sample = |datum: &LogSample| if let SampleNumber::Text(text) = &datum.sample { leading(text) } else { 0.0 };
    data.sort_by(|a, b| {
        let (one, other) = (a.name.index, b.name.index);
        let order = first[one].cmp(&first[other]).then_with(|| sample(a).total_cmp(&sample(b)));
        // A count makes no two equal.
        let line = |datum: &LogSample| matches!(datum.sample, SampleNumber::Text(_));
        order.then_with(|| second[one].cmp(&second[other])).then_with(|| match line(a) && line(b) {
            true => a.sample.cmp(&b.sample).then_with(|| a.value.cmp(&b.value)),
            false => Ordering::Equal,
        })
    });
}

/// The number that a text begins with, as `sort -n` takes it: `12-threads` is 12, and what begins with none is 0.
fn leading(text: impl AsRef<str>) -> f64 {
    let text = text.as_ref().trim_start();
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|c| !digits(c)).map_or(text.len(), |at| at + sign);
    text[..end].parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_in_the_order_of_numbers() {
        let mut names = Names::default();
        let mut datum = |metric: &str, factor: &str, sample: &'static str, value: &'static str| {
            let mut parts = Parts::default();
            [metric, factor].iter().for_each(|part| parts.push(|text| text.push_str(part)));
            LogSample {
                name: names.name(&parts, 0),
                sample: SampleNumber::Text(sample.into()),
                value: value.into(),
                times: 1,
                ratio: false,
            }
        };
        let data = [
            datum("b", "1", "1", "5"),
            datum("a", "10", "1", "5"),
            datum("a", "9", "10", "7"),
            datum("a", "9", "9", "6"),
            datum("a", "9", "9", "50"),
            datum("a", "9-x", "1", "1"),
        ];
        let order = |by_sample| {
            let mut data = data.to_vec();
            sort(&mut data, &names, by_sample);
            let line = |datum: &LogSample| format!("{} {:?} {}", datum.name.operation(), datum.sample, datum.value);
            data.iter().map(line).map(|line| line.replace("Text(\"", "").replace("\")", "")).collect::<Vec<_>>()
        };
        assert_eq!(order(false), ["a-9-x 1 1", "a-9 9 50", "a-9 9 6", "a-9 10 7", "a-10 1 5", "b-1 1 5"]);
        assert_eq!(order(true), ["a-10 1 5", "a-9-x 1 1", "a-9 9 50", "a-9 9 6", "a-9 10 7", "b-1 1 5"]);
    }
}
