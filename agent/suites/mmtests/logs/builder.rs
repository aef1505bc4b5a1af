//! The builder of an extract: a benchmark's samples, iteration after iteration -> an extract.

use super::{
    sample::{LogSample, Name, Names, SampleNumber},
    value::rounded,
};
use crate::suites::mmtests::{
    benchmarks::{Classic, Direction, presentation},
    column::Spelling,
    extract::{Extract, Iteration, Operation},
    header::{Field, Header},
    number::{Numeral, parse as number},
    version::Version,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

/// Data of all iterations, by operation in the order in which they were first seen.
#[derive(Default)]
pub(super) struct ExtractBuilder {
    pub(super) names: Names,
    pub(super) operations: Vec<Operation>,
    places: HashMap<String, usize>,
    /// The places of the operations, by their names' indexes.
    known: Vec<Option<usize>>,
    /// The names of the operations of the ratio table, and whether one is added whenever it is read in an iteration.
    ratio: Vec<Rc<Name>>,
    in_ratio: HashSet<usize>,
    pub(super) each_ratio: bool,
    /// Whose extraction it is, and what it says where it is not the newest.
    pub(super) version: Version,
    pub(super) classic: Option<&'static Classic>,
    pub(super) refused: BTreeSet<String>,
    /// Files that are cut off or hold nothing.
    pub(super) remarks: Vec<String>,
    /// The iteration that is read, how many data it gave, and how many for each operation.
    iteration: usize,
    pub(super) running: usize,
    counts: Vec<usize>,
    /// How many data there were of all operations with the same factors: by those, and each operation's place in it.
    factors: HashMap<String, usize>,
    groups: Vec<usize>,
    shared: Vec<usize>,
    /// The place of each operation's rule in those of the lines, and whether it is what the operations are ordered by.
    lines: Vec<usize>,
    pub(super) by_line: bool,
}

impl ExtractBuilder {
    pub(super) fn new(version: Version) -> Self {
        Self { version, ..Self::default() }
    }

    pub(super) fn begin(&mut self, iteration: usize) {
        self.iteration = iteration;
        self.running = 0;
        self.counts.clear();
        self.shared.fill(0);
        if self.each_ratio {
            self.ratio.clear();
            self.in_ratio.clear();
        }
    }

    pub(super) fn add(&mut self, datum: &LogSample) {
        if datum.ratio && (self.in_ratio.insert(datum.name.index) || self.each_ratio) {
            self.ratio.push(datum.name.clone());
        }
        if datum.times == 0 {
            return;
        }
        let at = self.known.get(datum.name.index).copied().flatten().unwrap_or_else(|| self.place(&datum.name));
        self.counts.resize(self.operations.len(), 0);
        let value = Numeral::read(&datum.value);
        for _ in 0..datum.times {
            self.counts[at] += 1;
            self.running += 1;
            let taken = value.as_ref().is_some_and(|value| self.push(at, &datum.sample, value));
            if !taken {
                let name = &self.operations[at].name;
                self.refused.insert(format!("operation `{name}`: `{}` is not a number", datum.value));
            }
        }
    }

    /// The place of the operation with this name.
    fn place(&mut self, name: &Name) -> usize {
        let operation = name.operation();
        let at = *self.places.entry(operation).or_insert_with_key(|operation| {
            self.operations.push(Operation { name: operation.clone(), iterations: Vec::new() });
            self.lines.push(name.line);
            let (groups, factors) = (self.factors.len(), name.factors().collect::<Vec<_>>().join("-"));
            self.groups.push(*self.factors.entry(factors).or_insert(groups));
            self.shared.resize(self.factors.len(), 0);
            self.operations.len() - 1
        });
        self.known.resize(self.known.len().max(name.index + 1), None);
        self.known[name.index] = Some(at);
        at
    }

    fn push(&mut self, operation: usize, sample: &SampleNumber, value: &Numeral) -> bool {
        let count = match sample {
            SampleNumber::Counted => self.counts[operation],
            SampleNumber::FromZero => self.counts[operation] - 1,
            SampleNumber::Running => self.running,
            SampleNumber::Shared => {
                let count = &mut self.shared[self.groups[operation]];
                *count += 1;
                *count
            }
            SampleNumber::Text(_) => 0,
        };
        let number = match sample {
            SampleNumber::Text(text) => number(text),
            _ => Some(count as f64),
        };
        let Some(number) = number else { return false };
        let iterations = &mut self.operations[operation].iterations;
        iterations.resize(iterations.len().max(self.iteration + 1), None);
        let Iteration { numbers, values } = iterations[self.iteration].get_or_insert_default();
        // MMTests keeps the first sample's number as the log's text and makes numbers of the others.
        match sample {
            _ if !numbers.is_empty() => numbers.push(number, Spelling::Number),
            SampleNumber::Text(text) => drop(numbers.push_text(text)),
            _ => drop(numbers.push_text(&count.to_string())),
        }
        values.push_numeral(value);
        true
    }

    /// Makes one sample of those of each operation in this iteration: their mean.
    pub(super) fn average(&mut self) {
        for operation in &mut self.operations {
            let Some(Some(iteration)) = operation.iterations.get_mut(self.iteration) else { continue };
            let mean = iteration.values.iter().sum::<f64>() / iteration.values.iter().count() as f64;
            *iteration = Iteration::default();
            iteration.numbers.push(0.0, Spelling::Number);
            // As many digits as MMTests writes in JSON.
            iteration.values.push(rounded(mean, 15).parse().unwrap_or(mean), Spelling::Number);
        }
    }

    /// The names of the operations of the ratio table, which an older module may lack.
    fn ratio(&self) -> Vec<String> {
        let has = self.classic.is_none_or(|classic| classic.ratio);
        self.ratio.iter().filter(|_| has).map(|name| name.operation()).collect()
    }

    /// Puts the operations in the order of the lines' rules.
    fn order(&mut self) {
        let mut operations: Vec<_> = self.lines.iter().zip(std::mem::take(&mut self.operations)).collect();
        operations.sort_by_key(|(line, _)| **line);
        self.operations = operations.into_iter().map(|(_, operation)| operation).collect();
    }

    pub(super) fn run(
        mut self,
        name: &str,
        benchmark: &str,
        alternative: Option<&str>,
        commands: Option<String>,
        iterations: usize,
    ) -> Extract {
        if self.by_line {
            self.order();
        }
        let mut header = self.header(name, benchmark, alternative);
        header.current_iteration = (iterations as u64).into();
        let ratio = self.ratio();
        if !ratio.is_empty() {
            header.ratio_operations = ratio.into_iter().collect();
        }
        if let Some(commands) = commands {
            header.commands = std::iter::once(commands).collect();
        }
        let mut operations = self.operations;
        operations.retain(|operation| !operation.iterations.is_empty());
        Extract { header, operations }
    }

    /// What MMTests' extraction says of the benchmark.
    fn header(&self, name: &str, benchmark: &str, alternative: Option<&str>) -> Header {
        let known = presentation(benchmark, alternative);
        let known_type = || known.map(|known| known.summary).unwrap_or_default();
        let summary = self.classic.map_or_else(known_type, |classic| classic.summary);
        let decimals = self.classic.map_or(known.map(|known| known.decimals as u64), |classic| classic.decimals);
        let data = self.classic.and_then(|classic| classic.data).filter(|_| self.version == Version::Classic202111);
        let known_direction = || known.map_or(Direction::Lower, |known| known.direction);
        let direction = self.classic.map_or_else(known_direction, |classic| classic.better);
        let module = self.classic.map_or(format!("ExtractShellpack{benchmark}"), |classic| classic.module.clone());
        // A module of January 2026 says nothing where lower is better; one of 2021 has a type instead.
        let silent = data.is_some() || (self.classic.is_some() && direction == Direction::Lower);
        let preferred = if direction == Direction::Higher { "Higher" } else { "Lower" };
        Header {
            module_name: module.into(),
            test_name: name.into(),
            summary_type: format!("{summary:?}").into(),
            preferred: if silent { Field::Absent } else { preferred.into() },
            precision: decimals.unwrap_or(2).into(),
            field_length: if self.classic.is_some() { 12 } else { 18 }.into(),
            value_title: self.classic.and_then(|classic| classic.title.as_deref()).unwrap_or("Ops").into(),
            generated_operations: self.operations.iter().map(|operation| operation.name.clone()).collect(),
            shellpack_config: alternative.map_or(Field::Absent, |name| format!("shellpack-{name}.yaml").into()),
            data_type: data.map_or(Field::Absent, Field::from),
            ..Header::default()
        }
    }
}
