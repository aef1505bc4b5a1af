//! The progress of a run, for people: which step begins, how many there are, how long the rest takes; and at the end how
//! many cases passed.

use super::terminal;
use crate::{
    plan::{Plan, PlannedBenchmark, PlannedCase},
    record::{Ident, Labels, Record, Role, Verdict},
    run::{Event, Observer, StepName, missing},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Tells people on standard error which command is about to run. One line each: a dumb console shows it too.
pub(super) struct Progress {
    cases: Vec<Expected>,
    times: Times,
    /// When the iteration began that runs now.
    begun: Option<Instant>,
}

/// A case that will run.
struct Expected {
    benchmark: Ident,
    labels: Labels,
    /// How many warm-ups and iterations it has.
    steps: u32,
    warm_ups: u32,
}

/// How long the iterations of each benchmark took that are done: their sum and number.
#[derive(Default)]
struct Times(BTreeMap<Ident, (Duration, u32)>);

impl Progress {
    /// Of what `plan` runs; what cannot run here is skipped, and does not count.
    pub(super) fn new(plan: &Plan) -> Self {
        let runs = |planned: &&PlannedBenchmark| {
            let definition = &planned.definition;
            missing(&definition.tool, &definition.needs, &planned.parameters).is_empty()
        };
        let cases = plan.benchmarks.iter().filter(runs).flat_map(|planned| {
            planned.cases.iter().map(|case| Expected {
                benchmark: planned.definition.name.clone(),
                labels: case.labels.clone(),
                steps: planned.warm_up + if planned.definition.iterates { 1 } else { planned.iterations },
                warm_ups: planned.warm_up,
            })
        });
        Self { cases: cases.collect(), times: Times::default(), begun: None }
    }

    /// `7 of 40, about 2 min left`; only for what is counted.
    fn place(&self, benchmark: &Ident, case: &PlannedCase, step: StepName) -> Option<String> {
        let is_it = |expected: &Expected| expected.benchmark == *benchmark && expected.labels == case.labels;
        let at = self.cases.iter().position(is_it)?;
        let before: u32 = self.cases[..at].iter().map(|expected| expected.steps).sum();
        let within = match step.role {
            Role::WarmUp => step.number,
            Role::Iteration => self.cases[at].warm_ups + step.number,
            _ => return None,
        };
        let total: u32 = self.cases.iter().map(|expected| expected.steps).sum();
        let place = format!("{} of {total}", before + within + 1);
        let left = self.left(at, within);
        Some(left.map_or_else(|| place.clone(), |left| format!("{place}, {left} left")))
    }

    /// How long it takes from step `within` of the case `at` to the end, as far as that is known.
    fn left(&self, at: usize, within: u32) -> Option<String> {
        let (mut known, mut all_known) = (Duration::ZERO, true);
        for (number, expected) in self.cases.iter().enumerate().skip(at) {
            let steps = if number == at { expected.steps - within.min(expected.steps) } else { expected.steps };
            match self.times.of_one(&expected.benchmark) {
                Some(time) => known += time * steps,
                None => all_known = false,
            }
        }
        // Of a benchmark that has not begun nothing is known.
        let how = if all_known { "about" } else { "at least" };
        (!known.is_zero()).then(|| format!("{how} {}", rounded(known)))
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
        0..10 => format!("{seconds} s"),
        10..90 => format!("{} s", seconds.next_multiple_of(5)),
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
                if matches!(step.role, Role::WarmUp | Role::Iteration) {
                    // Retries are part of their iteration.
                    self.begun.get_or_insert_with(Instant::now);
                }
                let place = self.place(&benchmark.name, case, step);
                let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
                terminal::say_wrapped(&format!("{}{}: {step}{place}", benchmark.name, point(&case.labels)));
            }
            Event::ExecutionEnded { benchmark, case, step } if matches!(step.role, Role::WarmUp | Role::Iteration) => {
                let last = case.executions.last().filter(|last| last.role == step.role);
                for why in last.iter().flat_map(|last| &last.disturbances) {
                    terminal::say_wrapped(&format!(
                        "{}{}: {step}: not valid: {why}",
                        benchmark.name,
                        point(&case.labels)
                    ));
                }
            }
            Event::IterationDone { benchmark, .. } => {
                if let Some(begun) = self.begun.take() {
                    self.times.add(&benchmark.name, begun.elapsed());
                }
            }
            _ => {}
        }
    }
}

/// A case's point of the matrix, after a benchmark's name.
fn point(labels: &Labels) -> String {
    if labels.is_empty() { String::new() } else { format!(" {labels}") }
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
    use crate::{definition::Store, plan::Settings};

    fn plan(names: &[&str], threads: &str) -> Plan {
        let definitions = names.iter().map(|name| Store::embedded().load(name).unwrap()).collect();
        let parameters = vec![("THREADS".into(), threads.into()), ("ITERATIONS".into(), "5".into())];
        Plan::new(definitions, &Settings { parameters, cpus: 4, ..Settings::default() }).unwrap()
    }

    fn step(role: Role, number: u32) -> StepName {
        StepName { role, number, count: 5, at_once: false, retry: None }
    }

    #[test]
    fn says_no_time_before_there_is_one() {
        let plan = plan(&["primes"], "1 2 4");
        let (mut progress, primes) = (Progress::new(&plan), plan.benchmarks[0].definition.name.clone());
        let cases = &plan.benchmarks[0].cases;
        let place =
            |progress: &Progress, case: usize, role, number| progress.place(&primes, &cases[case], step(role, number));
        let steps = progress.cases[0].steps;
        let warm_ups = progress.cases[0].warm_ups;
        assert_eq!(steps, warm_ups + 5);
        assert_eq!(place(&progress, 0, Role::Iteration, 0), Some(format!("{} of {}", warm_ups + 1, 3 * steps)));
        assert_eq!(place(&progress, 0, Role::Preparation, 0), None);
        progress.times.add(&primes, Duration::from_secs(10));
        progress.times.add(&primes, Duration::from_secs(20));
        let expected = format!("{} of {}, about 75 s left", 3 * steps - 4, 3 * steps);
        assert_eq!(place(&progress, 2, Role::Iteration, 0), Some(expected));
    }

    #[test]
    fn what_has_not_begun_takes_at_least_its_time() {
        let mut progress = Progress::new(&plan(&["primes"], "1"));
        let other: Ident = "other".parse().unwrap();
        progress.cases.push(Expected { benchmark: other.clone(), labels: Labels::default(), steps: 3, warm_ups: 0 });
        progress.times.add(&progress.cases[0].benchmark.clone(), Duration::from_secs(2));
        assert_eq!(progress.left(0, progress.cases[0].warm_ups).as_deref(), Some("at least 10 s"));
        assert_eq!(progress.left(1, 0), None);
    }

    #[test]
    fn times_are_rounded_as_people_say_them() {
        let said = |seconds: f64| rounded(Duration::from_secs_f64(seconds));
        let times = [0.2, 9.0, 61.0, 130.0, 5000.0, 7300.0].map(said);
        assert_eq!(times, ["1 s", "9 s", "65 s", "2 min", "83 min", "2 h 2 min"]);
    }
}
