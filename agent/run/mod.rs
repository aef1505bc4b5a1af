//! Running: [`Plan`] -> [`Record`], told to an [`Observer`] as it goes.
//!
//! What a child does is a value, never an error: every way for a command to end is in its [`Execution`].

mod child;
mod folder;
mod stop;
mod tool;

pub use child::{Captured, Finished, Step, execute};
pub use folder::{Folder, FolderError, Place, RECORD};
pub use stop::Stop;
pub use tool::{find_program, missing, version};

use crate::{
    definition::Definition,
    parse::{Extraction, Problem, extract},
    plan::{Plan, PlannedBenchmark, PlannedCase},
    record::{
        Agent, Benchmark, Case, Conditions, Execution, Exit, Machine, Output, Record, RecordId, Schema, Series, Tool,
        Verdict,
    },
};
use std::{collections::BTreeMap, time::SystemTime};

/// Learns what happens while it happens. Nothing is called while a command runs.
pub trait Observer {
    /// A benchmark begins: no case in it yet.
    fn begin(&mut self, benchmark: &Benchmark);
    /// A command is about to run: the case, and which of how many.
    fn execution(&mut self, benchmark: &Benchmark, case: &PlannedCase, step: &str);
    /// A case is done.
    fn case(&mut self, benchmark: &Benchmark, case: &Case);
    /// A benchmark is done.
    fn end(&mut self, benchmark: &Benchmark);
}

/// How the machine is looked at; tests have their own.
pub struct Probe<'a> {
    /// The machine's facts.
    pub machine: Machine,
    /// What the machine does while `run` runs: a function that calls it and looks before and after.
    #[expect(clippy::type_complexity, reason = "a name for it would say less")]
    pub during: &'a dyn Fn(&mut dyn FnMut()) -> (Conditions, Vec<String>),
}

/// Runs a plan.
pub struct Runner<'a> {
    /// Where the raw outputs go.
    pub folder: &'a mut Folder,
    /// Tells when to stop.
    pub stop: &'a mut Stop,
    /// How the machine is looked at.
    pub probe: Probe<'a>,
    /// Who is told.
    pub observer: &'a mut dyn Observer,
}

impl Runner<'_> {
    /// Runs `plan`: the record of all that was measured, interrupted or not. `number` gives a benchmark's run number.
    pub fn run(&mut self, plan: &Plan, id: RecordId, label: Option<String>, number: &dyn Fn(&str) -> u32) -> Record {
        let started = now();
        let mut benchmarks = Vec::new();
        for planned in &plan.benchmarks {
            let run = number(planned.definition.name.as_str());
            benchmarks.push(self.benchmark(planned, run));
            if self.stop.asked() {
                break;
            }
        }
        Record {
            schema: Schema::V1,
            id,
            label,
            agent: Some(agent()),
            started: Some(started),
            finished: Some(now()),
            interrupted: self.stop.asked(),
            machine: Some(self.probe.machine.clone()),
            benchmarks,
            losses: Vec::new(),
        }
    }

    fn benchmark(&mut self, planned: &PlannedBenchmark, run: u32) -> Benchmark {
        let definition = &planned.definition;
        let missing = missing(definition);
        let version = if missing.is_empty() { version(definition, self.stop) } else { None };
        let mut benchmark = opening(planned, run, version.clone());
        self.observer.begin(&benchmark);
        for planned_case in &planned.cases {
            if self.stop.asked() {
                break;
            }
            let case = match missing.as_slice() {
                [] => self.case(planned, planned_case, &benchmark, version.as_deref()),
                missing => skipped(planned_case, missing),
            };
            self.observer.case(&benchmark, &case);
            benchmark.cases.push(case);
        }
        self.observer.end(&benchmark);
        benchmark
    }

    fn case(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        benchmark: &Benchmark,
        version: Option<&str>,
    ) -> Case {
        let Some((_, command)) = at.commands.iter().find(|(versions, _)| versions.contain(version)) else {
            let shown = version.unwrap_or("unknown");
            return skipped(at, &[format!("no command for version {shown} of {}", planned.definition.tool.name)]);
        };
        let mut work = CaseWork { case: blank(at, command.clone()), series: Vec::new() };
        let mut ready = true;
        for (number, words) in at.prepare.iter().enumerate() {
            self.observer.execution(benchmark, at, &format!("preparation {} of {}", number + 1, at.prepare.len()));
            ready = ready && self.helper(planned, at, words, &mut work, &format!("prepare-{number}"));
        }
        if ready {
            self.iterations(planned, at, benchmark, command, &mut work);
        }
        for (number, words) in at.cleanup.iter().enumerate() {
            self.helper(planned, at, words, &mut work, &format!("cleanup-{number}"));
        }
        work.finish(self.stop.asked())
    }

    fn iterations(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        benchmark: &Benchmark,
        command: &[String],
        work: &mut CaseWork,
    ) {
        for count in 0..planned.warm_up + planned.iterations {
            let iteration = count.checked_sub(planned.warm_up);
            let name = iteration.map_or_else(|| format!("warm-up-{count}"), |number| number.to_string());
            let step = match iteration {
                Some(number) => format!("iteration {} of {}", number + 1, planned.iterations),
                None => format!("warm-up {} of {}", count + 1, planned.warm_up),
            };
            self.observer.execution(benchmark, at, &step);
            let (finished, execution, disturbances) = self.execution(planned, at, command, &name, iteration);
            let goes_on = work.take(&planned.definition, at, finished, execution, disturbances);
            if self.stop.asked() || !goes_on {
                break;
            }
        }
    }

    /// Runs a command once, looking at the machine before and after.
    fn execution(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        command: &[String],
        name: &str,
        iteration: Option<u32>,
    ) -> (Finished, Execution, Vec<String>) {
        let place = self.folder.place(&planned.definition.name, &at.labels, name);
        let step = Step {
            words: command.to_vec(),
            environment: at.environment.clone(),
            timeout: at.timeout,
            folder: place.work.clone(),
            stdout: place.path("stdout"),
            stderr: place.path("stderr"),
        };
        let started = now();
        let mut finished = None;
        let stop = &mut *self.stop;
        let (conditions, disturbances) = (self.probe.during)(&mut || finished = Some(execute(&step, stop)));
        let finished = finished.unwrap_or_else(|| Finished::not_started("the probe did not run it".into()));
        for error in [&finished.stdout.error, &finished.stderr.error].into_iter().flatten() {
            self.folder.complain(error.clone());
        }
        let execution = Execution {
            iteration,
            started,
            elapsed_seconds: finished.elapsed.as_secs_f64(),
            exit: finished.exit.clone(),
            usage: finished.usage,
            conditions: Some(conditions),
            outputs: outputs(&finished, &place),
        };
        (finished, execution, disturbances)
    }

    /// Runs a preparation or a clean-up; whether it succeeded.
    fn helper(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        words: &[String],
        work: &mut CaseWork,
        what: &str,
    ) -> bool {
        let (finished, execution, _) = self.execution(planned, at, words, what, None);
        let good = finished.exit == Exit::Code(0);
        if !good {
            work.case.reasons.push(format!("{what} `{}`: {}", words.join(" "), execution.exit));
        }
        good
    }
}

/// The files that a command's outputs are kept in.
fn outputs(finished: &Finished, place: &Place) -> Vec<Output> {
    let all = [(&finished.stdout, "stdout"), (&finished.stderr, "stderr")];
    let written = all.into_iter().filter(|(captured, _)| captured.total > 0);
    let output = |(captured, which): (&Captured, &str)| Output {
        file: place.relative(which),
        bytes: captured.total,
        kept_bytes: (captured.kept < captured.total).then_some(captured.kept),
    };
    written.map(output).collect()
}

/// A case while it is measured.
struct CaseWork {
    case: Case,
    series: Vec<Series>,
}

impl CaseWork {
    /// Takes in what one execution gave; whether another one makes sense.
    fn take(
        &mut self,
        definition: &Definition,
        at: &PlannedCase,
        finished: Finished,
        execution: Execution,
        disturbances: Vec<String>,
    ) -> bool {
        let goes_on = matches!(finished.exit, Exit::Code(_) | Exit::Signal(_));
        let shown = execution.iteration.map_or("warm-up".to_string(), |number| format!("iteration {}", number + 1));
        if finished.exit == Exit::Code(0) {
            let extraction = finished.extraction(definition, &at.values);
            let problems = extraction.problems.iter().map(|problem| format!("{shown}: {problem}"));
            self.case.reasons.extend(problems);
            if let Some(iteration) = execution.iteration {
                self.add(iteration, extraction);
            }
        } else {
            let last = finished.last_words().map(|words| format!("; it says: {words}")).unwrap_or_default();
            self.case.reasons.push(format!("{shown}: {}{last}", finished.exit));
        }
        for disturbance in disturbances {
            self.case.disturbances.push(format!("{shown}: {disturbance}"));
        }
        if execution.iteration.is_some() {
            self.case.valid = Some(self.case.disturbances.is_empty());
        }
        self.case.executions.push(execution);
        goes_on
    }

    fn add(&mut self, iteration: u32, extraction: Extraction) {
        let at = iteration as usize;
        for found in extraction.found {
            let known =
                self.series.iter().position(|series| series.metric == found.metric && series.labels == found.labels);
            let index = known.unwrap_or_else(|| {
                self.series.push(Series { metric: found.metric, labels: found.labels, samples: Vec::new() });
                self.series.len() - 1
            });
            let samples = &mut self.series[index].samples;
            samples.resize(samples.len().max(at + 1), Vec::new());
            samples[at].extend(found.values.into_iter().map(Some));
        }
    }

    fn finish(mut self, interrupted: bool) -> Case {
        self.case.result = match self.case.reasons.is_empty() {
            _ if interrupted => Verdict::Unknown,
            true => Verdict::Pass,
            false => Verdict::Fail,
        };
        if interrupted && self.case.reasons.is_empty() {
            self.case.reasons.push("interrupted".into());
        }
        self.case.series = self.series;
        self.case
    }
}

impl Finished {
    fn extraction(&self, definition: &Definition, values: &BTreeMap<String, String>) -> Extraction {
        if self.stdout.is_cut() || self.stderr.is_cut() {
            let why = format!("output of {} bytes: too long to parse", self.stdout.total + self.stderr.total);
            return Extraction { found: Vec::new(), problems: vec![Problem::ToolFailed(why)] };
        }
        extract(definition, values, &self.stdout.bytes, &self.stderr.bytes)
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
        tool: Some(Tool { name: definition.tool.name.clone(), version }),
        parameters: planned.parameters.clone(),
        metrics: definition.metrics.iter().map(|spec| spec.metric.clone()).collect(),
        cases: Vec::new(),
    }
}

/// A case of saved outputs, one for each iteration: what `parse` makes of them, whichever stream they were.
pub fn parsed(definition: &Definition, at: &PlannedCase, outputs: &[Vec<u8>]) -> Case {
    let mut work = CaseWork { case: blank(at, Vec::new()), series: Vec::new() };
    for (iteration, output) in (0..).zip(outputs) {
        let extraction = extract(definition, &at.values, output, output);
        let problems = extraction.problems.iter().map(|problem| format!("iteration {}: {problem}", iteration + 1));
        work.case.reasons.extend(problems);
        work.add(iteration, extraction);
    }
    work.finish(false)
}

fn blank(at: &PlannedCase, command: Vec<String>) -> Case {
    Case {
        labels: at.labels.clone(),
        result: Verdict::Unknown,
        reasons: Vec::new(),
        valid: None,
        disturbances: Vec::new(),
        command,
        executions: Vec::new(),
        series: Vec::new(),
    }
}

fn skipped(at: &PlannedCase, reasons: &[String]) -> Case {
    Case { result: Verdict::Skip, reasons: reasons.to_vec(), ..blank(at, Vec::new()) }
}

/// The time of day, RFC 3339 in UTC with milliseconds.
pub fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
