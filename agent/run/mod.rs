//! Running: [`Plan`] -> [`Record`], told to an [`Observer`] as it goes.
//!
//! What a child does is a value, never an error: every way for a command to end is in its [`Execution`].

mod case;
mod clock;
mod command;
mod keep;
mod logs;
mod tool;

pub use case::parsed;
use case::{CaseWork, blank, skipped};
pub use clock::now;
pub use command::{Captured, Finished, OUTPUT_LIMIT, Room, Step, Stop, execute, settle, unblock};
pub use keep::{Folder, FolderError, Place, RECORD};
pub use tool::{missing, version};

use crate::{
    plan::{Plan, PlannedBenchmark, PlannedCase},
    record::{
        Agent, Benchmark, Case, Conditions, Execution, Exit, Machine, Output, Record, RecordId, Role, Tool, Verdict,
    },
    system,
};
use command::{Background, shown, strays};
use std::{path::Path, time::Duration};

/// How long a clean-up may take once the run was told to end: whoever told it so waits.
const CLEANUP: Duration = Duration::from_secs(30);

/// Learns what happens while it happens. Nothing is called while a command runs.
pub trait Observer {
    /// A benchmark begins: no case in it yet.
    fn begin(&mut self, benchmark: &Benchmark);
    /// A command is about to run: the case, and which of how many.
    fn execution(&mut self, benchmark: &Benchmark, case: &PlannedCase, step: &str);
    /// An iteration of a case is done: the case as far as it is measured.
    fn iteration(&mut self, benchmark: &Benchmark, case: &Case);
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
        let boot = system::boot(Path::new("/"));
        let mut benchmarks = Vec::new();
        let mut not_begun: &[PlannedBenchmark] = &plan.benchmarks;
        while let Some((planned, rest)) = not_begun.split_first() {
            not_begun = rest;
            let run = number(planned.definition.name.as_str());
            let (benchmark, logged) = self.benchmark(planned, run, label.as_deref());
            benchmarks.push(benchmark);
            for logged in logged {
                let before = benchmarks.iter().filter(|known: &&Benchmark| known.name == logged.name).count();
                let run = number(logged.name.as_str()).max(before as u32 + 1);
                benchmarks.push(self.logged(Benchmark { run, ..logged }));
            }
            if self.stop.asked() {
                break;
            }
        }
        Record {
            id,
            label,
            agent: Some(agent()),
            started: Some(started),
            finished: Some(now()),
            interrupted: self.stop.asked(),
            machine: Some(self.probe.machine.clone()),
            boots: vec![boot],
            benchmarks,
            not_begun: not_begun.iter().map(|planned| planned.definition.name.clone()).collect(),
            ..Record::default()
        }
    }

    /// Tells of a benchmark that stood in logs.
    fn logged(&mut self, benchmark: Benchmark) -> Benchmark {
        self.observer.begin(&Benchmark { cases: Vec::new(), ..benchmark.clone() });
        benchmark.cases.iter().for_each(|case| self.observer.case(&benchmark, case));
        self.observer.end(&benchmark);
        benchmark
    }

    /// Runs a benchmark: it, and those that stand in the logs that it leaves.
    fn benchmark(&mut self, planned: &PlannedBenchmark, run: u32, label: Option<&str>) -> (Benchmark, Vec<Benchmark>) {
        let definition = &planned.definition;
        let values = &planned.parameters;
        let missing = missing(&definition.tool, &definition.needs, values);
        let mut logged = Vec::new();
        let version = if missing.is_empty() { version(definition, values, self.stop) } else { None };
        let mut benchmark = opening(planned, run, version.clone());
        self.observer.begin(&benchmark);
        for planned_case in &planned.cases {
            if self.stop.asked() {
                break;
            }
            let cases = match missing.as_slice() {
                [] => {
                    let mut cases = self.case(planned, planned_case, &benchmark, version.as_deref());
                    if let Some(case) = cases.first_mut() {
                        logged.extend(self.logs(planned, planned_case, case, label));
                    }
                    cases
                }
                missing => vec![skipped(planned_case, missing)],
            };
            for mut case in cases {
                case.series = benchmark.primary_first(&case).into_iter().cloned().collect();
                self.observer.case(&benchmark, &case);
                benchmark.cases.push(case);
            }
        }
        self.observer.end(&benchmark);
        (benchmark, logged)
    }

    /// The benchmarks in the logs that `case` left, where its definition says that it leaves some.
    fn logs(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        case: &mut Case,
        label: Option<&str>,
    ) -> Vec<Benchmark> {
        let Some(logs) = &planned.definition.logs else { return Vec::new() };
        let place = self.folder.place(&planned.definition.name, &at.labels, "logs");
        let Some(folder) = place.work.map(|work| work.join(logs)) else { return Vec::new() };
        let kernel = self.probe.machine.kernel.release.as_deref();
        match logs::read(&folder, label.or(kernel).unwrap_or("run"), case) {
            Ok((found, notes)) => {
                notes.into_iter().for_each(|note| self.folder.complain(note));
                found
            }
            // Where it failed before, that is why.
            Err(_) if case.result == Verdict::Fail => Vec::new(),
            Err(why) => {
                case.reasons.push(why);
                case.result = Verdict::Fail;
                Vec::new()
            }
        }
    }

    /// Runs a case: it, and one for each test that its output gives a verdict of.
    fn case(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        benchmark: &Benchmark,
        version: Option<&str>,
    ) -> Vec<Case> {
        let Some((_, command)) = at.commands.iter().find(|(versions, _)| versions.contain(version)) else {
            let shown = version.unwrap_or("unknown");
            return vec![skipped(at, &[format!("no command for version {shown} of {}", program(planned))])];
        };
        let folder = Folder::of_case(&planned.definition.name, &at.labels);
        let case = Case { folder: Some(folder), ..blank(at, command.clone()) };
        let mut work = CaseWork::new(case, &planned.definition);
        let mut ready = true;
        for (number, words) in at.prepare.iter().enumerate() {
            self.observer.execution(benchmark, at, &format!("preparation {} of {}", number + 1, at.prepare.len()));
            let name = format!("prepare-{number}");
            ready =
                ready && !self.stop.asked() && self.helper(planned, at, words, &mut work, (&name, Role::Preparation));
        }
        if ready {
            self.beside_background(planned, at, benchmark, command, &mut work);
        }
        for (number, words) in at.cleanup.iter().enumerate() {
            self.helper(planned, at, words, &mut work, (&format!("cleanup-{number}"), Role::CleanUp));
        }
        work.finish(self.stop.asked())
    }

    /// Runs a case's iterations between the start and the end of its background commands.
    fn beside_background(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        benchmark: &Benchmark,
        command: &[String],
        work: &mut CaseWork,
    ) {
        let mut running = Vec::new();
        for (number, (position, words)) in at.background.iter().enumerate() {
            let spec = &planned.definition.background[*position];
            self.observer.execution(benchmark, at, &format!("background {} of {}", number + 1, at.background.len()));
            let place = self.folder.place(&planned.definition.name, &at.labels, &format!("background-{number}"));
            match Background::start(words, spec, &at.environment, place, self.stop) {
                Ok(background) => running.push(background),
                Err(why) => {
                    work.fail(format!("background `{}`: {why}", shown(words)));
                    break;
                }
            }
        }
        if running.len() == at.background.len() {
            self.iterations(planned, at, benchmark, command, &mut running, work);
        }
        for background in running.into_iter().rev() {
            let ended = background.end();
            work.background(ended.execution, ended.failures);
            ended.complaints.into_iter().for_each(|complaint| self.folder.complain(complaint));
        }
        if !at.background.is_empty() {
            strays::end_strays(&[]).into_iter().for_each(|pid| work.disturb(strays::left(pid)));
        }
    }

    fn iterations(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        benchmark: &Benchmark,
        command: &[String],
        running: &mut [Background],
        work: &mut CaseWork,
    ) {
        let iterations = if planned.definition.iterates { 1 } else { planned.iterations };
        let spared: Vec<i32> = running.iter().map(Background::group).collect();
        for count in 0..planned.warm_up.saturating_add(iterations) {
            if self.stop.asked() {
                break;
            }
            let iteration = count.checked_sub(planned.warm_up);
            let name = iteration.map_or_else(|| format!("warm-up-{count}"), |number| number.to_string());
            let step = named(planned, count, iteration);
            self.observer.execution(benchmark, at, &step);
            let role = if iteration.is_some() { Role::Iteration } else { Role::WarmUp };
            let (mut finished, mut execution) = self.execution(planned, at, command, (&name, role, iteration), &spared);
            for retry in 1..=at.retries {
                if !CaseWork::is_retried(&planned.definition, &finished) || self.stop.asked() {
                    break;
                }
                work.attempt(&planned.definition, &finished, execution);
                self.observer.execution(benchmark, at, &format!("{step}, retry {retry} of {}", at.retries));
                let name = format!("{name}-retry-{retry}");
                (finished, execution) = self.execution(planned, at, command, (&name, role, iteration), &spared);
            }
            let goes_on = work.take(&planned.definition, at, finished, execution);
            self.observer.iteration(benchmark, work.case());
            if !goes_on || running.iter_mut().any(Background::is_missing) {
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
        (name, role, iteration): (&str, Role, Option<u32>),
        spared: &[i32],
    ) -> (Finished, Execution) {
        let place = self.folder.place(&planned.definition.name, &at.labels, name);
        let step = Step {
            words: command.to_vec(),
            environment: at.environment.clone(),
            timeout: if self.stop.count() > 0 { at.timeout.min(CLEANUP) } else { at.timeout },
            folder: place.work.clone(),
            stdout: place.path("stdout"),
            stderr: place.path("stderr"),
            files: files(planned, &place, iteration),
            spared: spared.to_vec(),
            open_files: planned.definition.open_files,
            disk: place.disk.clone(),
        };
        let begun = begun();
        let mut finished = None;
        let stop = &mut *self.stop;
        let (conditions, mut disturbances) = (self.probe.during)(&mut || finished = Some(execute(&step, stop)));
        let finished = finished.unwrap_or_else(|| Finished::not_started("the probe did not run it".into()));
        let errors = finished.captured().filter_map(|(_, captured)| captured.error.clone());
        errors.for_each(|error| self.folder.complain(error));
        disturbances.extend(finished.left.iter().map(|pid| strays::left(*pid)));
        let execution = Execution {
            role,
            iteration,
            elapsed_seconds: seconds(finished.elapsed, 1e6),
            exit: finished.exit.clone(),
            usage: finished.usage,
            conditions: Some(conditions),
            disturbances,
            outputs: outputs(&finished, &place),
            ..begun
        };
        (finished, execution)
    }

    /// Runs a preparation or a clean-up; whether it succeeded.
    fn helper(
        &mut self,
        planned: &PlannedBenchmark,
        at: &PlannedCase,
        words: &[String],
        work: &mut CaseWork,
        (what, role): (&str, Role),
    ) -> bool {
        let (finished, execution) = self.execution(planned, at, words, (what, role, None), &[]);
        let good = finished.exit == Exit::Code(0);
        if !good {
            let said = finished.last_words().map(|words| format!("; it says: {words}")).unwrap_or_default();
            work.fail(format!("{what} `{}`: {}{said}", shown(words), execution.exit));
        }
        work.helper(execution);
        good
    }
}

/// An execution for people: the `count`-th of a case, from 0.
fn named(planned: &PlannedBenchmark, count: u32, iteration: Option<u32>) -> String {
    match iteration {
        Some(_) if planned.definition.iterates => format!("{} iterations", planned.iterations),
        Some(number) => format!("iteration {} of {}", number + 1, planned.iterations),
        None => format!("warm-up {} of {}", count + 1, planned.warm_up),
    }
}

/// The files that a measured command writes beside its outputs, and where they are kept.
fn files(
    planned: &PlannedBenchmark,
    place: &Place,
    iteration: Option<u32>,
) -> Vec<(String, Option<std::path::PathBuf>)> {
    let measured = planned.definition.files().into_iter().filter(|_| iteration.is_some());
    measured.map(|name| (name.to_string(), place.path(name))).collect()
}

/// The files that a command's outputs are kept in.
fn outputs(finished: &Finished, place: &Place) -> Vec<Output> {
    let written = finished.captured().filter(|(_, captured)| captured.total > 0);
    let output = |(which, captured): (&str, &Captured)| Output {
        file: place.file(which),
        bytes: captured.total,
        kept_bytes: (captured.kept < captured.total).then_some(captured.kept),
    };
    written.map(output).collect()
}

/// The agent as a record names it.
pub fn agent() -> Agent {
    Agent { version: env!("CARGO_PKG_VERSION").into(), target: env!("LAVA_BENCH_TARGET").into() }
}

/// The program that a benchmark runs.
fn program(planned: &PlannedBenchmark) -> String {
    planned.definition.tool.name.filled(&planned.parameters)
}

/// A benchmark before its first case.
pub fn opening(planned: &PlannedBenchmark, run: u32, version: Option<String>) -> Benchmark {
    let definition = &planned.definition;
    Benchmark {
        name: definition.name.clone(),
        run,
        tool: Some(Tool { name: program(planned), version }),
        parameters: planned.parameters.clone(),
        metrics: definition.metrics.iter().map(|spec| spec.metric.clone()).collect(),
        cases: Vec::new(),
    }
}

/// An execution that begins now. Where the kernel has no such clock, it is the time of day.
fn begun() -> Execution {
    let since_boot_seconds = system::since_boot().map(|since| seconds(since, 1e3));
    Execution { since_boot_seconds, started: since_boot_seconds.is_none().then(now), ..Execution::default() }
}

/// Seconds, in steps of a second divided by `steps`: more digits would only cost.
fn seconds(time: Duration, steps: f64) -> f64 {
    (time.as_secs_f64() * steps).round() / steps
}
