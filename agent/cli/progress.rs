//! The progress of a run, for people: which step begins, how many there are, how long the rest takes; and at the end how
//! many cases passed.

use super::terminal;
use crate::{
    plan::{Plan, PlannedBenchmark, PlannedCase},
    record::{Benchmark, Execution, Exit, Ident, Labels, Order, Record, Role, Verdict},
    run::{Event, LOST_MESSAGES, Observer, Resumption, StepName, missing},
    text::counted,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Tells people on standard error which command is about to run. One line each: a dumb console shows it too.
pub(super) struct Progress {
    cases: Vec<Expected>,
    times: Times,
    /// Since when the step that runs now takes its time, and of which benchmark it is: what comes before an iteration, such as a
    /// preparation, is a part of the time that one takes.
    begun: Option<(Ident, Instant)>,
}

/// A case that will run.
struct Expected {
    benchmark: Ident,
    labels: Labels,
    /// How many warm-ups and iterations it has, at most.
    steps: u32,
    /// How many of them are done.
    done: u32,
}

/// How long the iterations of each benchmark took that are done: their sum and number.
#[derive(Default)]
struct Times(BTreeMap<Ident, (Duration, u32)>);

impl Progress {
    /// Of what `plan` runs; what cannot run here is skipped, and does not count. Neither does what a run that is gone on with
    /// has done.
    pub(super) fn new(plan: &Plan, resumption: Option<&Resumption>) -> Self {
        let mut progress = Self::of(plan);
        let Some(resumption) = resumption else { return progress };
        let ended = resumption.record.benchmarks.iter().chain(&resumption.current);
        let over: Vec<(&Ident, &Labels)> =
            ended.flat_map(|benchmark| benchmark.cases.iter().map(|case| (&benchmark.name, &case.labels))).collect();
        progress.cases.retain(|expected| !over.contains(&(&expected.benchmark, &expected.labels)));
        if let Some(current) = &resumption.current {
            for case in &resumption.partial {
                let done = u32::try_from(Resumption::done(case).len()).unwrap_or(u32::MAX);
                if let Some(expected) = progress.case(&current.name, &case.labels) {
                    expected.steps = expected.steps.saturating_sub(done).max(1);
                }
            }
        }
        progress
    }

    fn of(plan: &Plan) -> Self {
        let runs = |planned: &&PlannedBenchmark| {
            let definition = &planned.definition;
            missing(&definition.tool, &definition.needs, &planned.parameters).is_empty()
        };
        let cases = plan.benchmarks.iter().filter(runs).flat_map(|planned| {
            let iterations = if planned.definition.iterates { 1 } else { planned.iterations };
            let visits = if plan.effort.order == Order::Planned { 1 } else { iterations };
            planned.cases.iter().map(move |case| Expected {
                benchmark: planned.definition.name.clone(),
                labels: case.labels.clone(),
                steps: iterations.saturating_add(visits.saturating_mul(planned.warm_up.most())),
                done: 0,
            })
        });
        Self { cases: cases.collect(), times: Times::default(), begun: None }
    }

    /// `7 of 40, about 2 min left`; only for what is counted.
    fn place(&self, step: StepName) -> Option<String> {
        let counts = matches!(step.role, Role::WarmUp | Role::Iteration);
        let sum = |of: fn(&Expected) -> u32| self.cases.iter().map(of).fold(0, u32::saturating_add);
        let (done, total) = (sum(|expected| expected.done), sum(|expected| expected.steps));
        let place = || format!("{} of {total}", done.saturating_add(1));
        counts.then(|| self.left().map_or_else(place, |left| format!("{}, {left} left", place())))
    }

    /// How long it takes to the end, as far as that is known.
    fn left(&self) -> Option<String> {
        let (mut known, mut all_known) = (Duration::ZERO, true);
        for expected in self.cases.iter().filter(|expected| expected.done < expected.steps) {
            match self.times.of_one(&expected.benchmark) {
                Some(time) => known += time * (expected.steps - expected.done),
                None => all_known = false,
            }
        }
        // Of a benchmark that has not begun nothing is known.
        let how = if all_known { "about" } else { "at least" };
        (!known.is_zero()).then(|| format!("{how} {}", rounded(known)))
    }

    fn case(&mut self, benchmark: &Ident, labels: &Labels) -> Option<&mut Expected> {
        self.cases.iter_mut().find(|expected| expected.benchmark == *benchmark && expected.labels == *labels)
    }

    /// An iteration or a warm-up is done.
    fn step_done(&mut self, benchmark: &Ident, labels: &Labels) {
        if let Some(expected) = self.case(benchmark, labels) {
            expected.done = (expected.done + 1).min(expected.steps);
        }
        if let Some((_, begun)) = self.begun.replace((benchmark.clone(), Instant::now())) {
            self.times.add(benchmark, begun.elapsed());
        }
    }

    /// Something of a benchmark begins, which did not go on before.
    fn begins(&mut self, benchmark: &Ident) {
        if self.begun.as_ref().is_none_or(|(of, _)| of != benchmark) {
            self.begun = Some((benchmark.clone(), Instant::now()));
        }
    }
}

impl Times {
    fn add(&mut self, benchmark: &Ident, time: Duration) {
        let (sum, count) = self.0.entry(benchmark.clone()).or_default();
        *sum += time;
        *count += 1;
    }

    /// The mean.
    fn of_one(&self, benchmark: &Ident) -> Option<Duration> {
        self.0.get(benchmark).map(|(sum, count)| *sum / (*count).max(1))
    }
}

/// A time as people say it: nobody knows the rest to the second.
fn rounded(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    match seconds {
        0..20 => format!("{seconds} s"),
        20..90 => format!("{} s", seconds.next_multiple_of(5)),
        90..5400 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", (seconds + 30) / 3600, (seconds + 30) % 3600 / 60),
    }
}

impl Observer for Progress {
    fn event(&mut self, event: &Event<'_>) {
        match *event {
            // Clean-ups are short, and nothing is measured any more.
            Event::ExecutionBegins { step, .. } if step.role == Role::CleanUp => {}
            Event::ExecutionBegins { benchmark, case, step } => {
                self.begins(&benchmark.name);
                let place = self.place(step);
                let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
                terminal::say_wrapped(&format!("{}: {step}{place}", title(benchmark, &case.labels)));
            }
            Event::ExecutionEnded { benchmark, case, step } if matches!(step.role, Role::WarmUp | Role::Iteration) => {
                let last = case.executions.last().filter(|last| last.role == step.role);
                for said in last.map(disturbed).unwrap_or_default() {
                    terminal::say_wrapped(&format!("{}: {step}: {said}", title(benchmark, &case.labels)));
                }
            }
            Event::IterationDone { benchmark, case, .. } => self.step_done(&benchmark.name, &case.labels),
            Event::CaseDone { benchmark, case } => {
                if let Some(expected) = self.case(&benchmark.name, &case.labels) {
                    // No other step comes, however many there might have been.
                    expected.steps = if expected.done == 0 { expected.steps } else { expected.done };
                    expected.done = expected.steps;
                }
                if let Some(stopped) = &case.stopped {
                    terminal::say_wrapped(&format!("{}: {stopped}", title(benchmark, &case.labels)));
                }
            }
            _ => {}
        }
    }
}

/// `sysbench-cpu threads=4`.
fn title(benchmark: &Benchmark, labels: &Labels) -> String {
    if labels.is_empty() { benchmark.name.to_string() } else { format!("{} {labels}", benchmark.name) }
}

/// What disturbed an execution: `not valid: the kernel reported an OOM kill: ...`.
fn disturbed(execution: &Execution) -> Vec<String> {
    let not_valid = execution.disturbances.iter().map(|why| format!("not valid: {why}"));
    let lost = execution.monitors.iter().filter(|monitor| monitor.name.as_str() == LOST_MESSAGES);
    let lost = lost
        .map(|lost| format!("{} or more messages of the kernel's log were lost before they were read", lost.maximum));
    not_valid.chain(lost).collect()
}

/// Whether it is an iteration that came to its end.
fn is_measured(execution: &Execution) -> bool {
    execution.role == Role::Iteration && execution.exit != Exit::Interrupted
}

/// What a person should know of iterations that do not count: `not valid: 2 of 6 iterations`, and what to do.
pub(super) fn invalid(record: &Record) -> Option<String> {
    let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
    let all: Vec<&Execution> =
        cases.flat_map(|case| &case.executions).filter(|execution| is_measured(execution)).collect();
    let disturbed = all.iter().filter(|execution| !execution.disturbances.is_empty()).count();
    let them = if disturbed == 1 { "it" } else { "them" };
    (disturbed > 0).then(|| {
        let all = counted(all.len(), "iteration");
        format!(
            "not valid: {disturbed} of {all}; `compare` leaves {them} out, and `lava-bench doctor` says what disturbs this \
             machine"
        )
    })
}

/// `3 passed, 1 failed, 4 skipped, 2 not run`: the cases of a record, and those of its plan that never began.
pub(super) fn summary(plan: &Plan, record: &Record) -> String {
    let verdicts: Vec<Verdict> = record.verdicts().collect();
    let count = |wanted: Verdict| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    let begun = |planned: &PlannedBenchmark, case: &PlannedCase| {
        let its = |benchmark: &&crate::record::Benchmark| benchmark.name == planned.definition.name;
        record.benchmarks.iter().filter(its).any(|one| one.cases.iter().any(|done| done.labels == case.labels))
    };
    let not_run = |planned: &PlannedBenchmark| planned.cases.iter().filter(|case| !begun(planned, case)).count();
    let all = [
        (count(Verdict::Pass), "passed"),
        (count(Verdict::Fail), "failed"),
        (count(Verdict::Skip), "skipped"),
        (count(Verdict::Unknown), "unknown"),
        (plan.benchmarks.iter().map(not_run).sum(), "not run"),
    ];
    let words = all.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::Store,
        plan::Settings,
        record::{Monitor, Value},
    };

    fn plan(names: &[&str], threads: &str) -> Plan {
        let definitions = names.iter().map(|name| Store::embedded().load(name).unwrap()).collect();
        let parameters = vec![("THREADS".into(), threads.into()), ("ITERATIONS".into(), "5".into())];
        Plan::new(definitions, &Settings { parameters, cpus: 4, ..Settings::default() }).unwrap()
    }

    fn primes(cases: Vec<crate::record::Case>) -> Benchmark {
        let (parameters, name) = (BTreeMap::new(), "primes".parse().unwrap());
        Benchmark { name, run: 1, tool: None, parameters, metrics: Vec::new(), cases }
    }

    fn step(role: Role, number: u32) -> StepName {
        StepName { role, number, count: 5, at_once: false, retry: None }
    }

    #[test]
    fn says_no_time_before_there_is_one() {
        let plan = plan(&["primes"], "1 2 4");
        let (mut progress, primes) = (Progress::new(&plan, None), plan.benchmarks[0].definition.name.clone());
        let steps = progress.cases[0].steps;
        assert_eq!(progress.place(step(Role::Iteration, 0)), Some(format!("1 of {}", 3 * steps)));
        assert_eq!(progress.place(step(Role::Preparation, 0)), None);
        progress.cases[..2].iter_mut().for_each(|case| case.done = steps);
        progress.step_done(&primes, &plan.benchmarks[0].cases[2].labels);
        progress.times.add(&primes, Duration::from_secs(10));
        progress.times.add(&primes, Duration::from_secs(20));
        let left = rounded(Duration::from_secs(15) * (steps - 1));
        let expected = format!("{} of {}, about {left} left", 2 * steps + 2, 3 * steps);
        assert_eq!(progress.place(step(Role::Iteration, 0)), Some(expected));
    }

    #[test]
    fn what_a_run_has_done_that_is_gone_on_with_does_not_count() {
        let plan = plan(&["primes"], "1 2 4");
        let whole = Progress::new(&plan, None);
        let steps = whole.cases[0].steps;
        let case = |at: usize, done: u32| crate::record::Case {
            labels: plan.benchmarks[0].cases[at].labels.clone(),
            executions: (0..done).map(|at| Execution { iteration: Some(at), ..Execution::default() }).collect(),
            ..crate::record::Case::default()
        };
        let current = primes(vec![case(0, 5)]);
        let partial = vec![case(1, 2)];
        let resumption = Resumption { current: Some(current), partial, ..Resumption::default() };
        let progress = Progress::new(&plan, Some(&resumption));
        assert_eq!(progress.place(step(Role::Iteration, 2)), Some(format!("1 of {}", 2 * steps - 2)));
    }

    #[test]
    fn iterations_that_do_not_count_are_told_at_the_end() {
        let record = |disturbed: usize| {
            let execution = |at| Execution {
                iteration: Some(at as u32),
                disturbances: if at < disturbed { vec!["neighbour: x".into()] } else { Vec::new() },
                ..Execution::default()
            };
            let case =
                crate::record::Case { executions: (0..3).map(execution).collect(), ..crate::record::Case::default() };
            Record { benchmarks: vec![primes(vec![case])], ..Record::default() }
        };
        assert_eq!(invalid(&record(0)), None);
        for (disturbed, words) in
            [(1, "1 of 3 iterations; `compare` leaves it out"), (3, "3 of 3 iterations; `compare` leaves them")]
        {
            let said = invalid(&record(disturbed)).unwrap();
            assert!(said.starts_with(&format!("not valid: {words}")), "{said}");
        }
    }

    #[test]
    fn what_disturbed_an_execution_is_named_with_it() {
        let monitor = |name: &str| Monitor {
            name: name.parse().unwrap(),
            unit: "messages".parse().unwrap(),
            readings: 1,
            minimum: Value::from(7),
            median: Value::from(7),
            maximum: Value::from(7),
        };
        let execution = Execution {
            iteration: Some(1),
            disturbances: vec!["the kernel reported an OOM kill: x".into()],
            monitors: vec![monitor("power"), monitor(LOST_MESSAGES)],
            ..Execution::default()
        };
        assert_eq!(
            disturbed(&execution),
            [
                "not valid: the kernel reported an OOM kill: x",
                "7 or more messages of the kernel's log were lost before they were read"
            ]
        );
        assert!(disturbed(&Execution::default()).is_empty());
    }

    #[test]
    fn what_has_not_begun_takes_at_least_its_time() {
        let mut progress = Progress::new(&plan(&["primes"], "1"), None);
        let other: Ident = "other".parse().unwrap();
        progress.cases[0].done = progress.cases[0].steps - 5;
        progress.cases.push(Expected { benchmark: other, labels: Labels::default(), steps: 3, done: 0 });
        progress.times.add(&progress.cases[0].benchmark.clone(), Duration::from_secs(2));
        assert_eq!(progress.left().as_deref(), Some("at least 10 s"));
        progress.cases[0].done = progress.cases[0].steps;
        assert_eq!(progress.left(), None);
    }

    #[test]
    fn times_are_rounded_as_people_say_them() {
        let said = |seconds: f64| rounded(Duration::from_secs_f64(seconds));
        let times = [0.2, 9.0, 61.0, 130.0, 5000.0, 7300.0].map(said);
        assert_eq!(times, ["1 s", "9 s", "65 s", "2 min", "83 min", "2 h 2 min"]);
    }
}
