//! Events: what happens in a run -> the observers that take it in.

use super::step::StepName;
use crate::{
    emit::Emitter,
    plan::PlannedCase,
    record::{Benchmark, Case, Record},
};

/// What happens in a run, in the order in which it happens. No event comes while a measured command runs.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunBegins {
        /// What is known before anything ran: it has no benchmark, and all of them are `not_begun`.
        record: &'a Record,
    },
    /// A benchmark begins.
    BenchmarkBegins {
        /// It has no case yet.
        benchmark: &'a Benchmark,
    },
    /// A command of a case is about to run.
    ExecutionBegins {
        /// The benchmark with the cases that are done.
        benchmark: &'a Benchmark,
        /// The case.
        case: &'a PlannedCase,
        /// Which command it is.
        step: StepName,
    },
    /// A command of a case ended.
    ExecutionEnded {
        /// The benchmark with the cases that are done.
        benchmark: &'a Benchmark,
        /// The case as far as it is measured; its last execution is the one that ended.
        case: &'a Case,
        /// Which command it was.
        step: StepName,
    },
    /// An iteration of a case, or a warm-up, is done, with all attempts.
    IterationDone {
        /// The benchmark with the cases that are done.
        benchmark: &'a Benchmark,
        /// The case as far as it is measured.
        case: &'a Case,
        /// Whether iterations of other cases come between its own.
        interleaved: bool,
    },
    /// A case is done.
    CaseDone {
        /// The benchmark with the cases that were done before.
        benchmark: &'a Benchmark,
        /// The case.
        case: &'a Case,
    },
    /// A benchmark ended.
    BenchmarkEnded {
        /// The benchmark with all its cases.
        benchmark: &'a Benchmark,
    },
    /// The run ended.
    RunEnded {
        /// All that was measured.
        record: &'a Record,
    },
}

/// Takes in what happens.
pub trait Observer {
    /// `event` happened.
    fn event(&mut self, event: &Event<'_>);
}

/// The signals of a run, sent as it goes.
impl Observer for Emitter {
    fn event(&mut self, event: &Event<'_>) {
        match *event {
            Event::BenchmarkBegins { benchmark } => self.begin(benchmark),
            Event::IterationDone { benchmark, case, interleaved: false } => self.samples(benchmark, case),
            Event::CaseDone { benchmark, case } => self.case(benchmark, case),
            Event::BenchmarkEnded { .. } => self.end(),
            Event::RunBegins { .. }
            | Event::ExecutionBegins { .. }
            | Event::ExecutionEnded { .. }
            | Event::IterationDone { .. }
            | Event::RunEnded { .. } => {}
        }
    }
}
