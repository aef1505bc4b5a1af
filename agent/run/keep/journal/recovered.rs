//! Entries of a journal -> the record of what was measured, and where the run would go on.

use super::{
    entry::{Entry, Measured, PlannedRun, PlannedStep, VERSION},
    read::{JournalError, Tail, entries},
};
use crate::record::{Benchmark, Boot, Case, Execution, Exit, Ident, Labels, Record, Role, Series, Verdict};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What the journal of a run holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovered {
    /// What was asked for.
    pub plan: PlannedRun,
    /// Where what can be read ends.
    pub tail: Tail,
    /// The record with the benchmarks that ended.
    record: Record,
    /// The benchmark that had begun, with the cases that are done.
    current: Option<Benchmark>,
    /// Its cases that had begun: several where their iterations come in turn.
    partial: Vec<Case>,
    /// The command that had begun.
    begun: Option<PlannedStep>,
    /// How often the run ended during a step.
    deaths: BTreeMap<PlannedStep, u32>,
}

/// Where a run goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resumption {
    /// The record with the benchmarks that ended; its last boot is the one that the run goes on in.
    pub record: Record,
    /// That boot.
    pub boot: Boot,
    /// The benchmark that had begun, with the cases that are done.
    pub current: Option<Benchmark>,
    /// Its cases that had begun.
    pub partial: Vec<Case>,
    /// The steps that brought the machine or the agent down twice.
    pub quarantine: Vec<PlannedStep>,
}

/// So many deaths during a step put it in quarantine.
const DEATHS: u32 = 2;

impl Recovered {
    /// Reads the journal in a run's folder.
    ///
    /// # Errors
    /// [`JournalError`], if there is nothing to be made of it.
    pub fn read(folder: &Path) -> Result<Recovered, JournalError> {
        let path = || -> PathBuf { folder.join(super::JOURNAL) };
        let mut recovered = Recovered::default();
        let (mut count, mut wrong) = (0_u64, None);
        let tail = entries(folder, |entry| {
            count += 1;
            match entry {
                Entry::Run { version, .. } if version != VERSION => wrong = Some(format!("its version is {version}")),
                Entry::Run { plan, record, .. } => match Record::from_json(record.as_bytes()) {
                    Ok(record) => (recovered.plan, recovered.record) = (plan, record),
                    // What to do about a journal is another hint.
                    Err(error) => wrong = error.to_string().lines().next().map(str::to_owned),
                },
                _ if count == 1 => wrong = Some("its first entry is not the beginning of a run".into()),
                other => recovered.take(other),
            }
        })?;
        match wrong {
            _ if count == 0 => Err(JournalError::Empty(path())),
            Some(why) => Err(JournalError::Unknown { path: path(), why }),
            None => Ok(Recovered { tail, ..recovered }),
        }
    }

    fn take(&mut self, entry: Entry<'_>) {
        match entry {
            Entry::Run { .. } => {}
            Entry::Resumed { boot } => {
                self.died();
                add_boot(&mut self.record, boot.into_owned());
            }
            Entry::Benchmark { benchmark } => self.begin(benchmark.into_owned()),
            Entry::Begins { step } => self.begun = Some(step.into_owned()),
            Entry::Ended(measured) => {
                self.begun = None;
                // What a signal cut short was not measured.
                if measured.execution.exit != Exit::Interrupted {
                    self.ended(*measured);
                }
            }
            // A signal ended it early: it is not done.
            Entry::Case { case } if case.result == Verdict::Unknown => {}
            Entry::Case { case } => {
                // A resumed run may have told it again, before it went on with those that had begun.
                self.partial.retain(|partial| partial.labels != case.labels);
                self.left_out(&case);
                self.case(case.into_owned());
            }
            Entry::BenchmarkEnded => self.record.benchmarks.extend(self.current.take()),
            Entry::Interrupted => self.current = self.record.benchmarks.pop(),
        }
    }

    fn died(&mut self) {
        if let Some(step) = self.begun.take() {
            *self.deaths.entry(step).or_default() += 1;
        }
    }

    /// A benchmark that a resumed run goes on with begins again.
    fn begin(&mut self, benchmark: Benchmark) {
        if self.record.not_begun.first() == Some(&benchmark.name) {
            self.record.not_begun.remove(0);
        }
        let same = |known: &Benchmark| (&known.name, known.run) == (&benchmark.name, benchmark.run);
        if !self.current.as_ref().is_some_and(same) {
            self.partial.clear();
            self.current = Some(Benchmark { cases: Vec::new(), ..benchmark });
        }
    }

    fn case(&mut self, case: Case) {
        let Some(current) = &mut self.current else { return };
        match current.cases.iter_mut().find(|known| known.labels == case.labels) {
            Some(known) => *known = case,
            None => current.cases.push(case),
        }
    }

    /// Names the steps in quarantine that `case` ended without.
    fn left_out(&mut self, case: &Case) {
        let Some(current) = &self.current else { return };
        let dead = self.deaths.iter().filter(|(step, deaths)| **deaths >= DEATHS && step.is_of(current, case));
        for quarantined in dead.map(|(step, _)| step.clone().quarantined()) {
            if case.reasons.contains(&quarantined.explanation()) && !self.record.quarantine.contains(&quarantined) {
                self.record.quarantine.push(quarantined);
            }
        }
    }

    fn ended(&mut self, measured: Measured<'_>) {
        let Measured { labels, command, folder, execution, samples, reasons, disturbances } = measured;
        let known = self.partial.iter().position(|case| case.labels == *labels);
        let at = known.unwrap_or_else(|| {
            let (labels, command) = (labels.into_owned(), command.into_owned());
            self.partial.push(Case { labels, command, folder, ..Case::default() });
            self.partial.len() - 1
        });
        let case = &mut self.partial[at];
        for part in samples {
            let iteration = execution.iteration.unwrap_or_default() as usize;
            place(case, part.metric, part.labels, iteration, part.values);
        }
        case.executions.push(execution.into_owned());
        case.reasons.extend(reasons);
        case.disturbances = disturbances;
    }

    /// The record of all that was measured.
    pub fn record(&self) -> Record {
        let mut record = Record { interrupted: true, finished: None, ..self.record.clone() };
        let Some(mut current) = self.current.clone() else { return record };
        let mut partial = self.partial.clone();
        if let Some(step) = &self.begun {
            // A case of which nothing ended has begun too.
            let begun = |case: &Case| case.labels == step.labels;
            if !partial.iter().chain(&current.cases).any(begun) {
                partial.push(Case { labels: step.labels.clone(), ..Case::default() });
            }
        }
        for mut case in partial {
            let measured = case.executions.iter().any(|execution| execution.role.has_iteration());
            case.valid = measured.then(|| case.all_disturbances().is_empty());
            case.reasons.push(match self.begun.as_ref().filter(|step| step.labels == case.labels) {
                Some(step) => format!("the run ended during {}", step.step),
                None => "the run ended".into(),
            });
            case.series = current.primary_first(&case).into_iter().cloned().collect();
            current.cases.push(case);
        }
        record.benchmarks.push(current);
        record
    }

    /// Where the run goes on, in this boot.
    pub fn resumption(&self, boot: Boot) -> Resumption {
        let mut seen = self.clone();
        seen.died();
        let mut record = seen.record;
        add_boot(&mut record, boot.clone());
        let quarantine = seen.deaths.into_iter().filter(|(_, deaths)| *deaths >= DEATHS).map(|(step, _)| step);
        Resumption { record, boot, current: seen.current, partial: seen.partial, quarantine: quarantine.collect() }
    }

    /// Which command ran when the run ended.
    pub fn in_flight(&self) -> Option<&PlannedStep> {
        self.begun.as_ref()
    }
}

/// The boot that a run goes on in: the last one, where it did not change.
fn add_boot(record: &mut Record, boot: Boot) {
    let same = record.boots.last().is_some_and(|last| last.id.is_some() && last.id == boot.id);
    if !same {
        record.boots.push(boot);
    }
}

fn place(case: &mut Case, metric: Ident, labels: Labels, iteration: usize, values: Vec<Option<crate::record::Value>>) {
    let known = case.series.iter().position(|series| series.metric == metric && series.labels == labels);
    let at = known.unwrap_or_else(|| {
        case.series.push(Series { metric, labels, samples: Vec::new() });
        case.series.len() - 1
    });
    let samples = &mut case.series[at].samples;
    samples.resize(samples.len().max(iteration + 1), Vec::new());
    samples[iteration] = values;
}

impl Resumption {
    /// The iterations of the case that had begun that are done.
    pub fn done(case: &Case) -> Vec<u32> {
        let done = |execution: &&Execution| execution.role == Role::Iteration;
        case.executions.iter().filter(done).filter_map(|execution| execution.iteration).collect()
    }
}
