//! One job's sources: its log, and what a database keeps of the same job -> records.
//!
//! What is known to be of one job needs no checksum to belong together. A benchmark that the log gave back bit-exact is
//! told once: a database that has something else of it (SQUAD keeps `unknown` as `skip`, and, where a record was submitted
//! directly, lists instead of samples) adds nothing.

use super::Sink;
use crate::{
    rebuild::{DatabaseResult, Passed, Rebuilder, Rebuilt},
    record::Ident,
    signal::{Name, NameLabels},
};
use std::{
    collections::BTreeSet,
    io::{self, BufRead},
};

/// Collects one job's sources.
#[derive(Debug, Default)]
pub struct Job(Rebuilder);

impl Sink for Job {
    fn lines(&mut self, source: &mut dyn BufRead) -> io::Result<()> {
        self.0.source(source)
    }

    fn result(&mut self, result: DatabaseResult) -> io::Result<()> {
        self.0.result(result)
    }
}

impl Job {
    /// The job's records, and what was passed over.
    pub fn explained(self) -> (Vec<Rebuilt>, Passed) {
        let Self(mut all) = self;
        let (records, passed) = all.without_results().explained();
        let complete = records.iter().filter(|rebuilt| rebuilt.record.losses.is_empty());
        let told: BTreeSet<(Ident, u32)> = complete
            .flat_map(|rebuilt| {
                rebuilt.record.benchmarks.iter().map(|benchmark| (benchmark.name.clone(), benchmark.run))
            })
            .collect();
        all.retain_results(|result| !is_told(result, &told));
        if all.has_results() { all.explained() } else { (records, passed) }
    }
}

/// Whether a result is of a benchmark that is known.
fn is_told(result: &DatabaseResult, told: &BTreeSet<(Ident, u32)>) -> bool {
    let Ok(name) = result.name.parse::<Name>() else { return false };
    match name.labels() {
        NameLabels::Plain(labels) => {
            labels.split_run().is_some_and(|(run, _)| told.contains(&(name.benchmark().clone(), run)))
        }
        // Which run it is of stands in a dictionary; it says nothing without that run's other results.
        NameLabels::Hashed(_) => told.iter().any(|(benchmark, _)| benchmark == name.benchmark()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::Record,
        signal::{Redundancy, frames, record_signals},
    };

    fn record() -> Record {
        let text = include_str!("../../../docs/example-record.json");
        Record::from_json(text.trim_end().as_bytes()).unwrap()
    }

    fn log(record: &Record) -> String {
        let frames = frames(record.id, &record.to_json(), Redundancy::percent(0).unwrap()).unwrap();
        frames.iter().map(|frame| format!("{frame}\n")).collect()
    }

    fn results(record: &Record) -> Vec<DatabaseResult> {
        let result = |signal: crate::signal::Signal| DatabaseResult {
            name: signal.name.to_string(),
            result: signal.result.as_str().into(),
            measurement: signal.measurement.as_ref().map(|(value, _)| value.to_database()),
            units: signal.measurement.as_ref().map(|(_, unit)| unit.to_string()),
        };
        record_signals(record, 1000).into_iter().map(result).collect()
    }

    #[test]
    fn what_the_log_tells_is_told_once_and_the_database_adds_other_benchmarks() {
        let record = record();
        let mut job = Job::default();
        job.lines(&mut log(&record).as_bytes()).unwrap();
        // As SQUAD would keep it after a direct submission: not all of it.
        results(&record).into_iter().take(5).for_each(|result| job.result(result).unwrap());
        let (records, _) = job.explained();
        assert_eq!((records.len(), &records[0].json), (1, &record.to_json()));

        let mut other = record.clone();
        other.benchmarks[0].run = 2;
        let mut job = Job::default();
        job.lines(&mut log(&record).as_bytes()).unwrap();
        results(&record).into_iter().chain(results(&other)).for_each(|result| job.result(result).unwrap());
        let (records, _) = job.explained();
        let runs: Vec<u32> = records.iter().flat_map(|rebuilt| &rebuilt.record.benchmarks).map(|one| one.run).collect();
        assert_eq!(runs, [1, 2]);
    }

    #[test]
    fn without_a_log_the_database_tells_all() {
        let mut job = Job::default();
        results(&record()).into_iter().for_each(|result| job.result(result).unwrap());
        let (records, _) = job.explained();
        let (told, record) = (&records[0].record.benchmarks[0], &record().benchmarks[0]);
        assert_eq!((&told.metrics, &told.cases[0].series), (&record.metrics, &record.cases[0].series));
    }
}
