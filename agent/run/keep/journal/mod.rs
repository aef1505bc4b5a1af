//! The journal of a run: what happens, appended to a file as it happens -> the record, whatever ended the run.
//!
//! One entry a line: the CRC-32 of its JSON as 8 hexadecimal digits, a blank, the JSON. An entry that is cut or changed ends
//! the journal: what stands before it counts. An entry is on the storage before anything else happens, and with it the outputs that it
//! names: where the journal is the first observer, no console says anything that a power cut can take back.

mod entry;
mod read;
mod recovered;

pub use entry::{Asked, PlannedRun, PlannedStep};
pub(super) use read::is_live;
pub use read::{JournalError, Tail};
pub use recovered::{Recovered, Resumption};

use crate::{
    record::{Case, Execution, Labels},
    run::{Event, Observer},
};
use entry::{Entry, Measured, Part, VERSION};
use std::{
    borrow::Cow,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The journal's file, in the run's folder.
pub const JOURNAL: &str = "journal";

/// Writes the journal. After the first error nothing more is written: what was written stays, and the run goes on.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    plan: Option<PlannedRun>,
    /// How many reasons of each case that had begun are written.
    reasons: Vec<(Labels, usize)>,
    /// How many cases that a resumed run tells again are written.
    again: usize,
    error: Option<io::Error>,
}

impl Journal {
    /// Begins the journal of a run in `folder`.
    ///
    /// # Errors
    /// What the system says; that there is one.
    pub fn begin(folder: &Path, plan: PlannedRun) -> io::Result<Journal> {
        let path = folder.join(JOURNAL);
        let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        super::sync_names(folder)?;
        Journal::locked(file, path, Some(plan))
    }

    /// Goes on with the journal of a run that ended early; `tail` is where what could be read of it ends.
    ///
    /// # Errors
    /// What the system says; that the run goes on (`WouldBlock`).
    pub fn resume(folder: &Path, resumption: &Resumption, tail: Tail) -> io::Result<Journal> {
        let path = folder.join(JOURNAL);
        let file = OpenOptions::new().append(true).open(&path)?;
        let mut journal = Journal::locked(file, path, None)?;
        journal.file.set_len(tail.at)?;
        let written = resumption.partial.iter().map(|case| (case.labels.clone(), case.reasons.len()));
        journal.reasons = written.collect();
        journal.again = resumption.current.as_ref().map_or(0, |current| current.cases.len());
        journal.append(&Entry::Resumed { boot: Cow::Borrowed(&resumption.boot) });
        journal.error.take().map_or(Ok(journal), Err)
    }

    fn locked(file: File, path: PathBuf, plan: Option<PlannedRun>) -> io::Result<Journal> {
        // A file system without locks is no reason to run without a journal.
        if read::is_held(|| file.try_lock()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "the run goes on"));
        }
        Ok(Journal { file, path, plan, reasons: Vec::new(), again: 0, error: None })
    }

    /// Why not all could be written.
    pub fn complaint(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        Some(format!(
            "{}: {error}; if the run is killed, what was measured since is in the raw outputs alone",
            self.path.display()
        ))
    }

    fn append(&mut self, entry: &Entry<'_>) {
        if self.error.is_some() {
            return;
        }
        let written = entry.line().and_then(|line| self.file.write_all(&line));
        self.error = written.and_then(|()| self.file.sync_data()).err();
    }

    /// Puts the outputs that an execution names on the storage. One that could not be written was named then.
    fn sync_outputs(&self, case: &Case, execution: &Execution) {
        let Some(folder) = self.path.parent().zip(case.folder.as_ref()).map(|(run, case)| run.join(case)) else {
            return;
        };
        for output in &execution.outputs {
            let _ = File::open(folder.join(&output.file)).and_then(|file| file.sync_data());
        }
    }

    /// The reasons of a case that are not written.
    fn new_reasons(&mut self, case: &Case) -> Vec<String> {
        let written = self.reasons.iter().find(|(labels, _)| *labels == case.labels).map_or(0, |(_, written)| *written);
        self.reasons.retain(|(labels, _)| *labels != case.labels);
        self.reasons.push((case.labels.clone(), case.reasons.len()));
        case.reasons.get(written..).unwrap_or_default().to_vec()
    }

    fn ended(&mut self, case: &Case) {
        let Some(execution) = case.executions.last() else { return };
        self.sync_outputs(case, execution);
        let of_iteration = |series: &crate::record::Series| {
            let values = series.samples.get(execution.iteration? as usize).filter(|values| !values.is_empty())?;
            Some(Part { metric: series.metric.clone(), labels: series.labels.clone(), values: values.clone() })
        };
        let reasons = self.new_reasons(case);
        self.append(&Entry::Ended(Box::new(Measured {
            labels: Cow::Borrowed(&case.labels),
            command: Cow::Borrowed(&case.command),
            folder: case.folder.clone(),
            execution: Cow::Borrowed(execution),
            samples: case.series.iter().filter_map(of_iteration).collect(),
            reasons,
            disturbances: case.disturbances.clone(),
        })));
    }
}

impl Observer for Journal {
    fn event(&mut self, event: &Event<'_>) {
        match *event {
            Event::RunBegins { record } => {
                if let Some(plan) = self.plan.take() {
                    self.append(&Entry::Run { version: VERSION, plan, record: record.to_json() });
                }
            }
            Event::BenchmarkBegins { benchmark } => {
                self.append(&Entry::Benchmark { benchmark: Cow::Borrowed(benchmark) });
            }
            Event::ExecutionBegins { benchmark, case, step } => {
                let step = PlannedStep::new(benchmark, &case.labels, step);
                self.append(&Entry::Begins { step: Cow::Owned(step) });
            }
            Event::ExecutionEnded { case, .. } => self.ended(case),
            Event::CaseDone { .. } if self.again > 0 => self.again -= 1,
            Event::CaseDone { case, .. } => {
                self.reasons.retain(|(labels, _)| *labels != case.labels);
                self.append(&Entry::Case { case: Cow::Borrowed(case) });
            }
            Event::BenchmarkEnded { .. } => self.append(&Entry::BenchmarkEnded),
            Event::RunEnded { record } if record.interrupted => self.append(&Entry::Interrupted),
            Event::IterationDone { .. } | Event::RunEnded { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
