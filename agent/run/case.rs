//! A case: its preparations, its background commands, its iterations, its clean-ups -> [`Case`]s, and benchmarks of its logs.

use super::{
    Event, Finished, Folder, Place, Resumption, Runner, StepName,
    builder::{CaseBuilder, skipped},
    clock::{begun, seconds},
    command::{Background, Captured, Step, end_strays, execute, left as left_over, shown},
    logs, watch,
};
use crate::{
    definition::OutputFormat,
    plan::{PlannedBenchmark, PlannedCase, WarmUp},
    record::{Benchmark, Case, Execution, Exit, Output, Quarantined, Role, Verdict},
};
use std::{collections::VecDeque, mem, path::PathBuf, time::Duration};

/// How long a clean-up may take once the run was asked to end: somebody waits.
const CLEANUP: Duration = Duration::from_secs(30);

/// What a case gave.
pub(super) struct CaseOutcome {
    /// The case, then one for each test that its output gives a verdict of.
    pub(super) cases: Vec<Case>,
    /// The benchmarks in the logs that it left.
    pub(super) logged: Vec<Benchmark>,
    /// The step that was left out because it brought the machine down.
    pub(super) quarantined: Option<Quarantined>,
}

impl CaseOutcome {
    /// Of a case that does not run, for these `reasons`.
    pub(super) fn skipped(at: &PlannedCase, reasons: &[String]) -> Self {
        Self { cases: vec![skipped(at, reasons)], logged: Vec::new(), quarantined: None }
    }
}

/// Begins the case `at` of `benchmark`, as it was `planned`: nothing of it runs yet. `interleaved`: iterations of other cases
/// come between its own.
///
/// # Errors
/// What it gives where it cannot run.
pub(super) fn begin<'a>(
    runner: &mut Runner<'_>,
    planned: &'a PlannedBenchmark,
    at: &'a PlannedCase,
    benchmark: &'a Benchmark,
    interleaved: bool,
) -> Result<CaseRun<'a>, Box<CaseOutcome>> {
    let tool = benchmark.tool.as_ref();
    let version = tool.and_then(|tool| tool.version.as_deref());
    let Some((_, command)) = at.commands.iter().find(|(versions, _)| versions.contain(version)) else {
        let (name, version) = (tool.map_or("", |tool| &tool.name), version.unwrap_or("unknown"));
        return Err(Box::new(CaseOutcome::skipped(at, &[format!("no command for version {version} of {name}")])));
    };
    let folder = Folder::of_case(&planned.definition.name, &at.labels);
    let mut builder = CaseBuilder::new(&planned.definition, at, command).in_folder(folder);
    // Of tests only the verdicts of this run are known: such a case begins anew.
    let verdicts = planned.definition.outputs.iter().any(OutputFormat::gives_verdicts);
    let partial = runner.partial(&at.labels).filter(|_| !verdicts);
    let done = partial.as_ref().map(Resumption::done).unwrap_or_default();
    partial.into_iter().for_each(|partial| builder.goes_on(partial));
    let left = left(planned, &done);
    let (background, over) = (Vec::new(), left.is_empty());
    Ok(CaseRun {
        planned,
        at,
        benchmark,
        command,
        background,
        builder,
        left,
        visits: 0,
        over,
        quarantined: None,
        interleaved,
    })
}

/// The measured steps, but for the iterations that are `done`.
fn left(planned: &PlannedBenchmark, done: &[u32]) -> VecDeque<StepName> {
    let iterations = planned.iterations;
    let by_itself = planned.definition.iterates;
    let all = StepName::all(Role::Iteration, if by_itself { 0 } else { iterations });
    let at_once = by_itself.then(|| StepName::at_once(Role::Iteration, iterations));
    all.chain(at_once).filter(|step| step.iteration().is_none_or(|number| !done.contains(&number))).collect()
}

/// A case while it runs: what its steps share.
pub(super) struct CaseRun<'a> {
    planned: &'a PlannedBenchmark,
    at: &'a PlannedCase,
    /// With the cases that are done.
    benchmark: &'a Benchmark,
    /// The measured command for the tool's version.
    command: &'a [String],
    /// The background commands that were started.
    background: Vec<(StepName, Background)>,
    builder: CaseBuilder<'a>,
    /// The iterations that come.
    left: VecDeque<StepName>,
    /// How often it was prepared, measured and cleaned up.
    visits: u32,
    /// Whether nothing more is measured.
    over: bool,
    interleaved: bool,
    quarantined: Option<Quarantined>,
}

impl CaseRun<'_> {
    /// Whether nothing more is measured.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Prepares, measures at most `most` iterations, and cleans up.
    pub(super) fn visit(&mut self, runner: &mut Runner<'_>, most: usize) {
        if self.prepare(runner) && self.start_background(runner) {
            self.over = !self.measure(runner, most);
        } else {
            self.over = true;
        }
        self.end_background(runner);
        self.clean_up(runner);
        self.visits += 1;
    }

    /// Whether all preparations succeeded.
    fn prepare(&mut self, runner: &mut Runner<'_>) -> bool {
        let at = self.at;
        let mut steps = StepName::all(Role::Preparation, count(&at.prepare)).zip(&at.prepare);
        steps.all(|(step, words)| {
            !runner.stop.asked() && !self.in_quarantine(runner, step) && self.auxiliary(runner, step, words)
        })
    }

    fn clean_up(&mut self, runner: &mut Runner<'_>) {
        let at = self.at;
        for (step, words) in StepName::all(Role::CleanUp, count(&at.cleanup)).zip(&at.cleanup) {
            self.auxiliary(runner, step, words);
        }
    }

    /// Runs a preparation or a clean-up; whether it succeeded.
    fn auxiliary(&mut self, runner: &mut Runner<'_>, step: StepName, words: &[String]) -> bool {
        let (finished, execution) = self.execute(runner, step, words);
        let good = finished.exit == Exit::Code(0);
        if !good {
            let said = finished.last_words().map(|words| format!("; it says: {words}")).unwrap_or_default();
            self.builder.fail(format!("{} `{}`: {}{said}", step.file(), shown(words), execution.exit));
        }
        self.builder.auxiliary(execution);
        self.ended(runner, step);
        good
    }

    /// Starts the background commands, each when the one before it is ready; whether all are.
    fn start_background(&mut self, runner: &mut Runner<'_>) -> bool {
        let at = self.at;
        let steps = StepName::all(Role::Background, count(&at.background));
        for (step, (position, words)) in steps.zip(&at.background) {
            self.begins(runner, step);
            let (place, spec) = (self.place(runner, step), &self.planned.definition.background[*position]);
            match Background::start(words, spec, &at.environment, place, runner.cgroup(), runner.stop) {
                Ok(background) => self.background.push((step, background)),
                Err(why) => {
                    self.builder.fail(format!("background `{}`: {why}", shown(words)));
                    return false;
                }
            }
        }
        true
    }

    /// Ends the background commands, the last one first, and what they left.
    fn end_background(&mut self, runner: &mut Runner<'_>) {
        for (step, background) in mem::take(&mut self.background).into_iter().rev() {
            let ended = background.end();
            let execution = Execution { boot: runner.boot(), ..ended.execution };
            self.builder.background(execution, ended.failures);
            ended.complaints.into_iter().for_each(|complaint| runner.folder.complain(complaint));
            self.ended(runner, step);
        }
        if !self.at.background.is_empty() {
            end_strays(&[]).into_iter().for_each(|pid| self.builder.disturb(left_over(pid)));
        }
    }

    /// Whether `step` brought the machine down before. The case then ends without it.
    fn in_quarantine(&mut self, runner: &Runner<'_>, step: StepName) -> bool {
        let found = runner.quarantined(self.benchmark, &self.at.labels, step);
        if let Some(found) = &found {
            self.builder.fail(found.explanation());
        }
        self.quarantined = found.or(self.quarantined.take());
        self.quarantined.is_some()
    }

    /// Warms up and measures at most `most` iterations; whether there are more.
    fn measure(&mut self, runner: &mut Runner<'_>, most: usize) -> bool {
        // Nothing is left to measure: nothing needs to be warm.
        if self.is_enough() || self.left.is_empty() {
            return false;
        }
        let goes_on = self.warm_up(runner) && (0..most).all(|_| self.next(runner));
        goes_on && !self.left.is_empty()
    }

    /// Whether the warm-ups leave something to measure.
    fn warm_up(&mut self, runner: &mut Runner<'_>) -> bool {
        let warm_up = self.planned.warm_up;
        self.builder.cool_down();
        for step in StepName::all(Role::WarmUp, warm_up.most()) {
            if !self.step(runner, step) {
                return false;
            }
            if warm_up.is_over(self.builder.warm_ups()) {
                return true;
            }
        }
        if warm_up == WarmUp::Steady {
            let Self { benchmark, at, .. } = self;
            runner.folder.complain(format!(
                "{} {}: not steady after {} warm-ups",
                benchmark.name,
                at.labels,
                warm_up.most()
            ));
        }
        true
    }

    /// Measures the next iteration; whether another one makes sense.
    fn next(&mut self, runner: &mut Runner<'_>) -> bool {
        let Some(step) = self.left.pop_front() else { return false };
        self.step(runner, step) && !self.is_enough()
    }

    /// Runs a measured step; whether another one makes sense.
    fn step(&mut self, runner: &mut Runner<'_>, step: StepName) -> bool {
        if runner.stop.asked() || self.in_quarantine(runner, step) {
            return false;
        }
        let goes_on = self.iteration(runner, step);
        let interleaved = self.interleaved;
        runner.tell(&Event::IterationDone { benchmark: self.benchmark, case: self.builder.case(), interleaved });
        goes_on && !self.background.iter_mut().any(|(_, background)| background.is_missing())
    }

    /// Whether it is measured well enough, or as long as it may take.
    fn is_enough(&mut self) -> bool {
        let Some(until) = self.planned.until else { return false };
        self.builder.stop(&until, &self.benchmark.primary())
    }

    /// Runs the measured command, and again where it failed and may be tried again; whether another iteration makes sense.
    fn iteration(&mut self, runner: &mut Runner<'_>, first: StepName) -> bool {
        let mut step = first;
        let (mut finished, mut execution) = self.execute(runner, step, self.command);
        for retry in 1..=self.at.retries {
            if !self.builder.is_retried(&finished) || runner.stop.asked() {
                break;
            }
            self.builder.attempt(&finished, execution);
            self.ended(runner, step);
            step = first.again(retry, self.at.retries);
            (finished, execution) = self.execute(runner, step, self.command);
        }
        let goes_on = self.builder.take(&finished, execution);
        self.ended(runner, step);
        goes_on
    }

    /// Runs a command once, while the watches look on.
    fn execute(&self, runner: &mut Runner<'_>, step: StepName, words: &[String]) -> (Finished, Execution) {
        self.begins(runner, step);
        let place = self.place(runner, step);
        let command = self.command_of(runner, step, words, &place);
        let begun = begun();
        watch::begin(&mut runner.watches);
        let finished = execute(&command, runner.stop);
        let mut execution = Execution {
            role: step.role,
            iteration: step.iteration(),
            boot: runner.boot(),
            elapsed_seconds: seconds(finished.elapsed, 1e6),
            exit: finished.exit.clone(),
            usage: finished.usage,
            outputs: outputs(&finished, &place),
            ..begun
        };
        watch::end(&mut runner.watches, &mut execution);
        let errors = finished.captured().filter_map(|(_, captured)| captured.error.clone());
        errors.for_each(|error| runner.folder.complain(error));
        execution.disturbances.extend(finished.left.iter().map(|pid| left_over(*pid)));
        (finished, execution)
    }

    /// What is run as `step`.
    fn command_of(&self, runner: &Runner<'_>, step: StepName, words: &[String], place: &Place) -> Step {
        let at = self.at;
        Step {
            words: words.to_vec(),
            environment: at.environment.clone(),
            timeout: if runner.stop.count() > 0 { at.timeout.min(CLEANUP) } else { at.timeout },
            folder: place.work.clone(),
            stdout: place.path("stdout"),
            stderr: place.path("stderr"),
            files: self.files(step, place),
            spared: self.background.iter().map(|(_, background)| background.group()).collect(),
            open_files: self.planned.definition.open_files,
            disk: place.disk.clone(),
            cgroup: runner.cgroup(),
        }
    }

    /// The files that a measured command writes in addition to its outputs, and where they are kept.
    fn files(&self, step: StepName, place: &Place) -> Vec<(String, Option<PathBuf>)> {
        let names = self.planned.definition.files().into_iter().filter(|_| step.iteration().is_some());
        names.map(|name| (name.to_string(), place.path(name))).collect()
    }

    /// Where the files of `step` go.
    fn place(&self, runner: &mut Runner<'_>, step: StepName) -> Place {
        // What was prepared in an earlier boot is prepared again, and its files stay.
        let mut again = String::new();
        if step.iteration().is_none() {
            let counts = [("boot", runner.boot()), ("visit", self.visits)];
            counts
                .iter()
                .filter(|(_, count)| *count > 0)
                .for_each(|(what, count)| again += &format!("-{what}-{count}"));
        }
        runner.folder.place(&self.planned.definition.name, &self.at.labels, &(step.file() + &again))
    }

    fn begins(&self, runner: &mut Runner<'_>, step: StepName) {
        runner.tell(&Event::ExecutionBegins { benchmark: self.benchmark, case: self.at, step });
    }

    /// `step` ended, and its execution is in the case.
    fn ended(&self, runner: &mut Runner<'_>, step: StepName) {
        runner.tell(&Event::ExecutionEnded { benchmark: self.benchmark, case: self.builder.case(), step });
    }

    /// What it gave.
    pub(super) fn finish(self, runner: &mut Runner<'_>) -> CaseOutcome {
        let Self { planned, at, builder, quarantined, .. } = self;
        let mut cases = builder.finish(runner.stop.asked());
        let logged = cases.first_mut().map(|case| logged(runner, planned, at, case)).unwrap_or_default();
        CaseOutcome { cases, logged, quarantined }
    }
}

/// The benchmarks in the logs that `case` left, where its definition says that it leaves some.
fn logged(runner: &mut Runner<'_>, planned: &PlannedBenchmark, at: &PlannedCase, case: &mut Case) -> Vec<Benchmark> {
    let Some(spec) = &planned.definition.logs else { return Vec::new() };
    let place = runner.folder.place(&planned.definition.name, &at.labels, "logs");
    let Some(work) = place.work else { return Vec::new() };
    match logs::read(spec, &work, runner.name(), case) {
        Ok((found, notes)) => {
            notes.into_iter().for_each(|note| runner.folder.complain(note));
            found
        }
        // Where it failed before, that is why.
        Err(_) if case.result == Verdict::Fail => Vec::new(),
        Err(why) => {
            case.reasons.push(why.to_string());
            case.result = Verdict::Fail;
            Vec::new()
        }
    }
}

/// How many steps there are: a definition has few.
fn count<T>(steps: &[T]) -> u32 {
    u32::try_from(steps.len()).unwrap_or(u32::MAX)
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
