//! What is collected of a benchmark's logs: data, iteration after iteration -> a run.

use super::{
    datum::{Datum, Name, Names, Sample},
    rules::Classic,
};
use crate::formats::mmtests::{Direction, Iteration, Kind, Operation, Run, Spelling, known, number, number::Numeral};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeSet, HashMap};

/// Data of all iterations, by operation in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) names: Names,
    pub(super) operations: Vec<Operation>,
    places: HashMap<String, usize>,
    /// The places of the operations, by their names' indexes.
    known: Vec<Option<usize>>,
    /// The places of the operations of the ratio table.
    ratio: Vec<usize>,
    pub(super) classic: Option<&'static Classic>,
    pub(super) refused: BTreeSet<String>,
    /// Files that are cut off or hold nothing.
    pub(super) remarks: Vec<String>,
    /// The iteration that is read, how many data it gave, and how many for each operation.
    iteration: usize,
    pub(super) running: usize,
    counts: Vec<usize>,
}

impl Collected {
    pub(super) fn begin(&mut self, iteration: usize) {
        self.iteration = iteration;
        self.running = 0;
        self.counts.clear();
    }

    pub(super) fn add(&mut self, datum: &Datum) {
        let at = self.known.get(datum.name.index).copied().flatten().unwrap_or_else(|| self.place(&datum.name));
        if datum.ratio && !self.ratio.contains(&at) {
            self.ratio.push(at);
        }
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
            self.operations.len() - 1
        });
        self.known.resize(self.known.len().max(name.index + 1), None);
        self.known[name.index] = Some(at);
        at
    }

    fn push(&mut self, operation: usize, sample: &Sample, value: &Numeral) -> bool {
        let count = match sample {
            Sample::Counted => self.counts[operation],
            Sample::FromZero => self.counts[operation] - 1,
            Sample::Running => self.running,
            Sample::Text(_) => 0,
        };
        let number = match sample {
            Sample::Text(text) => number(text),
            _ => Some(count as f64),
        };
        let Some(number) = number else { return false };
        let iterations = &mut self.operations[operation].iterations;
        iterations.resize(iterations.len().max(self.iteration + 1), None);
        let Iteration { numbers, values } = iterations[self.iteration].get_or_insert_default();
        // MMTests keeps the first sample's number as the log's text and makes numbers of the others.
        match sample {
            _ if !numbers.is_empty() => numbers.push(number, Spelling::Number),
            Sample::Text(text) => drop(numbers.push_text(text)),
            _ => drop(numbers.push_text(&count.to_string())),
        }
        values.push_numeral(value);
        true
    }

    pub(super) fn run(
        self,
        name: &str,
        benchmark: &str,
        alternative: Option<&str>,
        commands: Option<String>,
        iterations: usize,
    ) -> Run {
        let mut fields = self.fields(name, benchmark, alternative);
        fields.insert("_CurrentIteration".into(), iterations.into());
        if !self.ratio.is_empty() {
            let names = self.ratio.iter().map(|at| Json::from(self.operations[*at].name.as_str()));
            fields.insert("_RatioOperations".into(), names.collect());
        }
        if let Some(commands) = commands {
            fields.insert("_Cmd".into(), vec![commands].into());
        }
        let mut operations = self.operations;
        operations.retain(|operation| !operation.iterations.is_empty());
        Run { fields, operations }
    }

    /// What MMTests' extraction says of the benchmark.
    fn fields(&self, name: &str, benchmark: &str, alternative: Option<&str>) -> Map<String, Json> {
        let known = known(benchmark, alternative);
        let listed: Vec<Json> = self.operations.iter().map(|operation| operation.name.clone().into()).collect();
        let kind = known.map_or(Kind::Multiops, |known| known.kind);
        let higher = known.is_some_and(|known| known.direction == Direction::Higher);
        let preferred = self.classic.map_or(if higher { "Higher" } else { "Lower" }, |classic| classic.better.as_str());
        let module = self.classic.map_or(format!("ExtractShellpack{benchmark}"), |classic| classic.module.clone());
        let fields = [
            ("_ModuleName", Json::from(module)),
            ("_TestName", name.into()),
            ("_Summarytype", format!("{kind:?}").into()),
            ("_PreferredVal", preferred.into()),
            ("_Precision", known.map_or(2, |known| known.decimals).into()),
            ("_FieldLength", 18.into()),
            ("_Opname", "Ops".into()),
            ("_GeneratedOperations", listed.into()),
        ];
        let report = alternative.map(|name| ("_ShellpackConfig", format!("shellpack-{name}.yaml").into()));
        // A module of January 2026 says nothing where lower is better.
        let said =
            |(field, _): &(&str, Json)| *field != "_PreferredVal" || self.classic.is_none() || preferred == "Higher";
        fields.into_iter().chain(report).filter(said).map(|(field, value)| (field.to_string(), value)).collect()
    }
}
