//! Running: [`Plan`] -> [`Record`], with [`Event`]s while it happens.
//!
//! [`Runner`] takes the benchmarks of a plan in their order, `case` the steps of a case. What a child does is a value, never an
//! error: every way for a command to end is in its execution.

mod builder;
mod case;
mod clock;
mod command;
mod event;
mod keep;
mod logs;
mod step;
mod tool;
mod watch;

pub use builder::parsed;
pub use clock::now;
pub(crate) use command::end_commands;
pub use command::{
    ByteBudget, CPUSET, Captured, Cgroup, Cgroups, CpusetError, Finished, OUTPUT_LIMIT, Step, Stop, execute, settle,
    unblock,
};
pub use event::{Event, Observer};
pub use keep::{
    Asked, Folder, FolderError, JOURNAL, Journal, JournalError, Place, PlannedRun, PlannedStep, RECORD, Recovered,
    Resumption, Tail, WholeFile, write_whole,
};
pub use step::StepName;
pub use tool::{UnknownVersion, missing, version};
pub use watch::{KernelLog, LOST_MESSAGES, MachineConditions, Watch};

use crate::{
    plan::{Effort, Plan, PlannedBenchmark, PlannedCase},
    record::{Agent, Benchmark, Case, Labels, Machine, Order, Quarantined, Record, RecordId, Tool, Tuned},
    system,
};
use case::{CaseOutcome, CaseRun};
use std::path::Path;

/// Runs a plan.
pub struct Runner<'a> {
    /// The record's id.
    pub id: RecordId,
    /// What the record is called.
    pub label: Option<String>,
    /// The machine's facts.
    pub machine: Machine,
    /// Gives a benchmark's run number, from 1.
    pub number: &'a dyn Fn(&str) -> u32,
    /// Where the raw outputs go.
    pub folder: &'a mut Folder,
    /// Tells when to stop.
    pub stop: &'a mut Stop,
    /// Where each command gets a control group; `None`: they run in the agent's.
    pub cgroups: Option<Cgroups>,
    /// What was set for the run.
    pub tuned: Vec<Tuned>,
    /// What looks on while a command runs.
    pub watches: Vec<Box<dyn Watch + 'a>>,
    /// Who takes in what happens.
    pub observers: Vec<&'a mut dyn Observer>,
    /// Where a run that ended early goes on.
    pub resumption: Option<Resumption>,
}

impl Runner<'_> {
    /// Runs `plan`: the record of all that was measured, interrupted or not. It is interrupted without a signal where the next
    /// case needs a new boot. What a run that ended early has done is not done
    /// again.
    pub fn run(mut self, plan: &Plan) -> Record {
        let mut record = match &self.resumption {
            Some(resumption) => Record { interrupted: false, finished: None, ..resumption.record.clone() },
            None => self.opening(plan),
        };
        self.tell(&Event::RunBegins { record: &record });
        for planned in &plan.benchmarks {
            let name = &planned.definition.name;
            let begun = self.resumption.as_ref().and_then(|resumption| resumption.current.as_ref());
            let goes_on = begun.is_some_and(|begun| begun.name == *name);
            match record.not_begun.iter().position(|waiting| waiting == name) {
                Some(at) => drop(record.not_begun.remove(at)),
                None if goes_on => {}
                None => continue,
            }
            let goes_on = self.benchmark(planned, &plan.effort, &mut record);
            if !goes_on || self.stop.asked() {
                record.interrupted = true;
                break;
            }
        }
        record.finished = Some(now());
        self.tell(&Event::RunEnded { record: &record });
        record
    }

    /// The record before the first benchmark of `plan`.
    fn opening(&self, plan: &Plan) -> Record {
        Record {
            id: self.id,
            label: self.label.clone(),
            agent: Some(agent()),
            started: Some(now()),
            machine: Some(self.machine.clone()),
            boots: vec![system::boot(Path::new("/"))],
            tuned: self.tuned.clone(),
            order: plan.effort.order,
            seed: plan.effort.seed,
            not_begun: plan.benchmarks.iter().map(|planned| planned.definition.name.clone()).collect(),
            ..Record::default()
        }
    }

    /// Runs a benchmark; whether all of it ran in this boot. It goes to the end of the record's, and those that stand in the
    /// logs that it leaves follow it.
    fn benchmark(&mut self, planned: &PlannedBenchmark, effort: &Effort, record: &mut Record) -> bool {
        let definition = &planned.definition;
        let missing = missing(&definition.tool, &definition.needs, &planned.parameters);
        let done = self.resumption.as_mut().and_then(|resumption| {
            let same = |current: &mut Benchmark| current.name == definition.name;
            resumption.current.take_if(same)
        });
        let mut benchmark = match &done {
            Some(done) => Benchmark { cases: Vec::new(), ..done.clone() },
            None => self.begun(planned, missing.is_empty()),
        };
        self.tell(&Event::BenchmarkBegins { benchmark: &benchmark });
        done.into_iter().flat_map(|done| done.cases).for_each(|case| self.case_done(&mut benchmark, case));
        let is_done = |case: &&PlannedCase| benchmark.cases.iter().any(|done| done.labels == case.labels);
        let left: Vec<&PlannedCase> = planned.cases.iter().filter(|case| !is_done(case)).collect();
        let (mut logged, mut goes_on) = (Vec::new(), true);
        if !missing.is_empty() {
            for at in left {
                self.outcome(CaseOutcome::skipped(at, &missing), &mut benchmark, record, &mut logged);
            }
        } else if effort.order != Order::Planned && !definition.reboot {
            for outcome in self.interleaved(planned, &left, &benchmark, effort) {
                self.outcome(outcome, &mut benchmark, record, &mut logged);
            }
        } else {
            for at in left {
                goes_on = !(definition.reboot && self.measured_in_this_boot(&benchmark));
                if !goes_on || self.stop.asked() {
                    break;
                }
                let outcome = self.case(planned, at, &benchmark);
                self.outcome(outcome, &mut benchmark, record, &mut logged);
            }
        }
        self.tell(&Event::BenchmarkEnded { benchmark: &benchmark });
        record.benchmarks.push(benchmark);
        logged.into_iter().for_each(|logged| self.logged(logged, &mut record.benchmarks));
        goes_on
    }

    /// Whether a case that is done ran in this boot.
    fn measured_in_this_boot(&self, benchmark: &Benchmark) -> bool {
        let mut executions = benchmark.cases.iter().flat_map(|case| &case.executions);
        executions.any(|execution| execution.boot == self.boot())
    }

    /// Measures one case from its first step to its last.
    fn case(&mut self, planned: &PlannedBenchmark, at: &PlannedCase, benchmark: &Benchmark) -> CaseOutcome {
        match case::begin(self, planned, at, benchmark, false) {
            Ok(mut run) => {
                run.visit(self, usize::MAX);
                run.finish(self)
            }
            Err(outcome) => *outcome,
        }
    }

    /// Measures one iteration of each case, then the next one: what drifts is the same for all of them. Each time the case is
    /// prepared, warmed up and cleaned up as its definition says.
    fn interleaved(
        &mut self,
        planned: &PlannedBenchmark,
        cases: &[&PlannedCase],
        benchmark: &Benchmark,
        effort: &Effort,
    ) -> Vec<CaseOutcome> {
        let begun = cases.iter().map(|at| case::begin(self, planned, at, benchmark, true));
        let (mut runs, mut outcomes) = (Vec::new(), Vec::new());
        for begun in begun {
            match begun {
                Ok(run) => runs.push(run),
                Err(outcome) => outcomes.push(*outcome),
            }
        }
        for round in 0.. {
            for at in effort.round(round, runs.len()) {
                if !self.stop.asked() && !runs[at].is_over() {
                    runs[at].visit(self, 1);
                }
            }
            if self.stop.asked() || runs.iter().all(CaseRun::is_over) {
                break;
            }
        }
        outcomes.extend(runs.into_iter().map(|run| run.finish(self)));
        outcomes
    }

    /// Takes in what a case gave.
    fn outcome(
        &mut self,
        outcome: CaseOutcome,
        benchmark: &mut Benchmark,
        record: &mut Record,
        logged: &mut Vec<Benchmark>,
    ) {
        logged.extend(outcome.logged);
        record.quarantine.extend(outcome.quarantined);
        outcome.cases.into_iter().for_each(|case| self.case_done(benchmark, case));
    }

    /// A benchmark before its first case. Where it can run, its tool is asked for its version.
    fn begun(&mut self, planned: &PlannedBenchmark, can_run: bool) -> Benchmark {
        let (definition, values) = (&planned.definition, &planned.parameters);
        let run = (self.number)(definition.name.as_str());
        let version = if can_run { version(definition, values, self.stop) } else { Ok(None) };
        let version = version.unwrap_or_else(|unknown| {
            self.folder.complain(unknown.to_string());
            None
        });
        opening(planned, run, version)
    }

    fn case_done(&mut self, benchmark: &mut Benchmark, mut case: Case) {
        case.series = benchmark.primary_first(&case).into_iter().cloned().collect();
        self.tell(&Event::CaseDone { benchmark, case: &case });
        benchmark.cases.push(case);
    }

    /// Takes in a benchmark that stood in logs.
    fn logged(&mut self, logged: Benchmark, benchmarks: &mut Vec<Benchmark>) {
        let before = benchmarks.iter().filter(|known| known.name == logged.name).count();
        let run = (self.number)(logged.name.as_str()).max(before as u32 + 1);
        let benchmark = Benchmark { run, ..logged };
        self.tell(&Event::BenchmarkBegins { benchmark: &Benchmark { cases: Vec::new(), ..benchmark.clone() } });
        for case in &benchmark.cases {
            self.tell(&Event::CaseDone { benchmark: &benchmark, case });
        }
        self.tell(&Event::BenchmarkEnded { benchmark: &benchmark });
        benchmarks.push(benchmark);
    }

    /// A control group for a command, where there are some.
    fn cgroup(&self) -> Option<Cgroup> {
        self.cgroups.as_ref().and_then(Cgroups::group)
    }

    /// Tells all observers, in their order.
    fn tell(&mut self, event: &Event<'_>) {
        self.observers.iter_mut().for_each(|observer| observer.event(event));
    }

    /// The position of the boot that it runs in among the record's.
    fn boot(&self) -> u32 {
        let boots = self.resumption.as_ref().map_or(1, |resumption| resumption.record.boots.len());
        u32::try_from(boots.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// What of the case `labels` a run that ended early has done.
    fn partial(&mut self, labels: &Labels) -> Option<Case> {
        let partial = &mut self.resumption.as_mut()?.partial;
        let at = partial.iter().position(|case| case.labels == *labels)?;
        Some(partial.remove(at))
    }

    /// Why `step` does not run: it brought the machine down.
    fn quarantined(&self, benchmark: &Benchmark, labels: &Labels, step: StepName) -> Option<Quarantined> {
        let planned = PlannedStep::new(benchmark, labels, step);
        self.resumption.as_ref().filter(|resumption| resumption.quarantine.contains(&planned))?;
        Some(planned.quarantined())
    }

    /// What the run is called where it must have a name.
    fn name(&self) -> &str {
        self.label.as_deref().or(self.machine.kernel.release.as_deref()).unwrap_or("run")
    }
}

/// The agent as a record names it.
pub fn agent() -> Agent {
    Agent { version: env!("CARGO_PKG_VERSION").into(), target: env!("LAVA_BENCH_TARGET").into() }
}

/// A benchmark before its first case.
pub fn opening(planned: &PlannedBenchmark, run: u32, version: Option<String>) -> Benchmark {
    let definition = &planned.definition;
    Benchmark {
        name: definition.name.clone(),
        run,
        tool: Some(Tool { name: definition.tool.name.filled(&planned.parameters), version }),
        parameters: planned.parameters.clone(),
        metrics: definition.metrics.iter().map(|spec| spec.metric.clone()).collect(),
        cases: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::Definition,
        plan::Settings,
        record::{Boot, Execution, Verdict},
    };
    use std::{cell::Cell, rc::Rc};

    /// Notes each event, and how many commands the watch had seen by then.
    struct Notes(Vec<String>, Rc<Cell<u32>>);

    impl Observer for Notes {
        fn event(&mut self, event: &Event<'_>) {
            let text = match *event {
                Event::RunBegins { record } => format!("run begins, {} not begun", record.not_begun.len()),
                Event::BenchmarkBegins { benchmark } => format!("{} begins", benchmark.name),
                Event::ExecutionBegins { step, .. } => format!("{step} begins"),
                Event::ExecutionEnded { case, step, .. } => {
                    let last = case.executions.last().unwrap();
                    assert_eq!((last.role, last.iteration), (step.role, step.iteration()));
                    format!("{step} ended, {} watched", self.1.get())
                }
                Event::IterationDone { case, .. } => format!("{} executions", case.executions.len()),
                Event::CaseDone { benchmark, case } => {
                    format!("{} after {} cases", case.result.as_str(), benchmark.cases.len())
                }
                Event::BenchmarkEnded { benchmark } => format!("{} ended", benchmark.name),
                Event::RunEnded { record } => format!("run ended, {} not begun", record.not_begun.len()),
            };
            self.0.push(text);
        }
    }

    struct Count(Rc<Cell<u32>>);

    impl Watch for Count {
        fn begin(&mut self) {
            self.0.set(self.0.get() + 1);
        }

        fn end(&mut self, execution: &mut Execution) {
            execution.disturbances.push("watched".into());
        }
    }

    /// A benchmark whose tool is the agent itself.
    fn plan(benchmark: &str) -> Plan {
        plan_with("", benchmark)
    }

    /// The same with more parameters.
    fn plan_with(parameters: &str, benchmark: &str) -> Plan {
        let passed = if parameters.is_empty() { "" } else { " --param \"N=$N\"" };
        let text = format!(
            "metadata: {{format: Lava-Test Test Definition 1.0, name: b, description: d}}\nparams: {{{parameters}ITERATIONS: \"2\"}}\n\
             benchmark:\n  schema: 1\n  tool: {{name: lava-bench, builtin: true}}\n{benchmark}\
             run: {{steps: ['lava-bench run b --exit-zero --param \"ITERATIONS=$ITERATIONS\"{passed}']}}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.yaml");
        std::fs::write(&file, text).unwrap();
        let definition: Definition = crate::definition::Store::load_file(&file).unwrap();
        Plan::new(vec![definition], &Settings { cpus: 1, ..Settings::default() }).unwrap()
    }

    /// Runs `plan`, none of whose commands can be started: the record and the events.
    fn ran(plan: &Plan) -> (Record, Vec<String>) {
        ran_from(plan, None)
    }

    /// The same where a run that ended early goes on.
    fn ran_from(plan: &Plan, resumption: Option<Resumption>) -> (Record, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let watched = Rc::new(Cell::new(0));
        let mut notes = Notes(Vec::new(), Rc::clone(&watched));
        let runner = Runner {
            id: RecordId(1),
            label: None,
            machine: Machine::default(),
            number: &|_| 7,
            folder: &mut Folder::claim(folder.path()).unwrap(),
            stop: &mut Stop::new().unwrap(),
            cgroups: None,
            tuned: Vec::new(),
            watches: vec![Box::new(Count(watched))],
            observers: vec![&mut notes],
            resumption,
        };
        let record = runner.run(plan);
        (record, notes.0)
    }

    #[test]
    fn events_come_in_the_order_of_the_run() {
        let (record, told) = ran(&plan("  warm-up: 1\n  command: [/nothing/here]\n  cleanup: [[/nothing/there]]\n"));
        let expected = [
            "run begins, 1 not begun",
            "b begins",
            "warm-up 1 of 1 begins",
            "warm-up 1 of 1 ended, 1 watched",
            "1 executions",
            "clean-up 1 of 1 begins",
            "clean-up 1 of 1 ended, 2 watched",
            "fail after 0 cases",
            "b ended",
            "run ended, 0 not begun",
        ];
        assert_eq!(told, expected);
        let [benchmark] = record.benchmarks.as_slice() else { panic!("one benchmark") };
        let case = &benchmark.cases[0];
        assert_eq!((benchmark.run, case.result, case.reasons.len()), (7, Verdict::Fail, 2));
        assert!(case.reasons[0].starts_with("warm-up: not started: `/nothing/here`"), "{:?}", case.reasons);
        assert!(case.executions.iter().all(|execution| execution.disturbances == ["watched"]));
        assert!(record.finished.is_some() && !record.interrupted);
    }

    #[test]
    fn after_a_preparation_that_failed_only_clean_ups_run() {
        let commands = "  prepare: [[/nothing/1], [/nothing/2]]\n  command: [/nothing/3]\n  cleanup: [[/nothing/4]]\n";
        let (_, told) = ran(&plan(commands));
        let begun: Vec<&String> = told.iter().filter(|text| text.ends_with(" begins")).collect();
        assert_eq!(begun, ["b begins", "preparation 1 of 2 begins", "clean-up 1 of 1 begins"]);
    }

    #[test]
    fn a_case_that_needs_a_new_boot_waits_for_it() {
        let commands = "  reboot: true\n  parameters: [{name: N, type: integer, list: true, minimum: 1, maximum: 3, description: d}]\n  \
            matrix: [{label: n, parameter: N}]\n  command: [/nothing/here]\n";
        let plan = plan_with("N: \"1 2 3\", ", commands);
        let done = |record: &Record| record.benchmarks.iter().map(|one| one.cases.len()).sum::<usize>();
        let (first, _) = ran(&plan);
        assert_eq!((done(&first), first.interrupted), (1, true));
        let resumed = |boots: usize| {
            let boot = Boot { id: Some("b".repeat(12).parse().unwrap()), booted: None };
            let mut record = Record { benchmarks: Vec::new(), ..first.clone() };
            record.boots.resize(boots, boot.clone());
            let current = first.benchmarks.first().cloned();
            let resumption = Resumption { record, boot, current, ..Resumption::default() };
            ran_from(&plan, Some(resumption)).0
        };
        assert_eq!((done(&resumed(1)), resumed(1).interrupted), (1, true));
        let second = resumed(2);
        assert_eq!((done(&second), second.interrupted), (2, true));
        assert_eq!(second.benchmarks[0].cases[1].executions[0].boot, 1);
    }

    #[test]
    fn a_case_whose_needs_are_missing_is_skipped() {
        let (record, told) = ran(&plan("  needs: {files: [/nothing/here]}\n  command: [/nothing/here]\n"));
        let expected =
            ["run begins, 1 not begun", "b begins", "skip after 0 cases", "b ended", "run ended, 0 not begun"];
        assert_eq!(told, expected);
        assert_eq!(record.benchmarks[0].cases[0].reasons, ["file `/nothing/here` not found"]);
    }
}
