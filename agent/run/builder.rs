//! A case while it is measured: what each execution gave -> [`Case`]s, the case itself and one for each of its tests. Pure.

use super::Finished;
use crate::{
    definition::{Definition, OutputFormat, Quantity},
    parse::{Extraction, Found, Outcome, Outputs, Problem, Saved, extract},
    plan::{PlannedCase, Until},
    record::{Case, Execution, Exit, Ident, Labels, Role, Series, Value, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

/// The most samples of one case, all iterations together: as many numbers as the longest outputs that are parsed.
const MAX_SAMPLES: usize = 16_000_000;

/// A case while it is measured.
pub(super) struct CaseBuilder<'a> {
    definition: &'a Definition,
    at: &'a PlannedCase,
    case: Case,
    /// One for each test that the output gives a verdict of.
    tests: Vec<Case>,
    /// What became of executions that were tried again: of interest where the last one failed too.
    attempts: Vec<String>,
    /// Whether there is something to measure: a metric, or an output that gives verdicts.
    measures: bool,
    /// The place of each series of the case, and of each of the tests.
    series: HashMap<(Ident, Labels), usize>,
    places: HashMap<Labels, usize>,
    /// How many samples the case has, and empty places for iterations without one.
    samples: usize,
    /// What each warm-up gave since the case was prepared.
    warm_ups: Vec<f64>,
}

impl<'a> CaseBuilder<'a> {
    /// The case `at` of `definition`, with its `command`; nothing of it is measured yet.
    pub(super) fn new(definition: &'a Definition, at: &'a PlannedCase, command: &[String]) -> Self {
        Self {
            definition,
            at,
            case: blank(at, command.to_vec()),
            tests: Vec::new(),
            attempts: Vec::new(),
            measures: !definition.metrics.is_empty() || definition.outputs.iter().any(OutputFormat::gives_verdicts),
            series: HashMap::new(),
            places: HashMap::new(),
            samples: 0,
            warm_ups: Vec::new(),
        }
    }

    /// The folder of its outputs, from the record's.
    pub(super) fn in_folder(mut self, folder: String) -> Self {
        self.case.folder = Some(folder);
        self
    }

    /// Goes on with what a run that ended early has of the case.
    pub(super) fn goes_on(&mut self, partial: Case) {
        let samples = |series: &Series| series.samples.len() + series.values().count();
        self.samples = partial.series.iter().map(samples).sum();
        let key = |(at, series): (usize, &Series)| ((series.metric.clone(), series.labels.clone()), at);
        self.series = partial.series.iter().enumerate().map(key).collect();
        let Case { executions, series, reasons, disturbances, .. } = partial;
        // Whether they are valid is found out at the end.
        let valid = executions.iter().any(|execution| execution.role.has_iteration()).then_some(true);
        self.case = Case { executions, series, reasons, disturbances, valid, ..std::mem::take(&mut self.case) };
    }

    /// The case as far as it is measured.
    pub(super) fn case(&self) -> &Case {
        &self.case
    }

    /// The case fails, and why.
    pub(super) fn fail(&mut self, why: String) {
        self.case.reasons.push(why);
    }

    /// What was measured is not valid, and why.
    pub(super) fn disturb(&mut self, why: String) {
        self.case.disturbances.push(why);
    }

    /// Whether a command that ended so may be run again: it ended by itself, and not as it should.
    pub(super) fn is_retried(&self, finished: &Finished) -> bool {
        match finished.exit {
            Exit::Code(code) => !self.definition.exit_codes.contains(&code),
            Exit::Signal(_) => true,
            _ => false,
        }
    }

    /// Takes in an execution that failed and is tried again.
    pub(super) fn attempt(&mut self, finished: &Finished, execution: Execution) {
        let said = finished.failure(self.definition).or_else(|| finished.last_words()).unwrap_or_default();
        self.attempts.push(format!("an attempt failed: {}; it says: {said}", finished.exit));
        let role = if execution.iteration.is_some() { Role::Retry } else { execution.role };
        self.case.executions.push(Execution { role, ..execution });
    }

    /// Takes in a preparation or a clean-up.
    pub(super) fn auxiliary(&mut self, execution: Execution) {
        self.case.executions.push(execution);
    }

    /// Takes in what became of a background command.
    pub(super) fn background(&mut self, execution: Execution, failures: Vec<String>) {
        self.case.reasons.extend(failures);
        self.case.executions.push(execution);
    }

    /// Forgets what the warm-ups gave.
    pub(super) fn cool_down(&mut self) {
        self.warm_ups.clear();
    }

    /// What each warm-up gave: the median of its first primary metric, or how long it took.
    pub(super) fn warm_ups(&self) -> &[f64] {
        &self.warm_ups
    }

    /// Whether the case is measured no longer, by `until` and what the metrics in `primary` gave in valid iterations. The case
    /// then says why.
    pub(super) fn stop(&mut self, until: &Until, primary: &BTreeSet<&Ident>) -> bool {
        let case = &self.case;
        let measured = |execution: &&Execution| execution.role == Role::Iteration;
        let iterations = case.executions.iter().filter(measured);
        let count = u32::try_from(iterations.clone().count()).unwrap_or(u32::MAX);
        let valid = iterations.filter(|execution| execution.disturbances.is_empty());
        let valid: BTreeSet<u32> = valid.filter_map(|execution| execution.iteration).collect();
        let series = case.series.iter().filter(|series| primary.contains(&series.metric));
        let series = series.map(|series| medians(series, &valid)).collect();
        let taken = case.executions.iter().filter(|execution| execution.role != Role::Background);
        let taken = Duration::from_secs_f64(taken.map(|execution| execution.elapsed_seconds).sum());
        self.case.stopped = until.stop(series, count, taken);
        self.case.stopped.is_some()
    }

    /// Takes in what one execution gave; whether another one makes sense.
    pub(super) fn take(&mut self, finished: &Finished, execution: Execution) -> bool {
        let definition = self.definition;
        let goes_on = matches!(finished.exit, Exit::Code(_) | Exit::Signal(_));
        let shown = execution.title();
        let measured = execution.iteration.is_some();
        if matches!(finished.exit, Exit::Code(code) if definition.exit_codes.contains(&code)) {
            let mut extraction = finished.extraction(definition, &self.at.values);
            measure(definition, finished, &mut extraction);
            if execution.role == Role::WarmUp {
                self.warm_ups.push(self.warmth(&extraction).unwrap_or(execution.elapsed_seconds));
            }
            self.add(&shown, execution.iteration, extraction);
            self.case.reasons.extend(finished.problems.iter().map(|problem| format!("{shown}: {problem}")));
        } else {
            // What a tool said before it was interrupted is no reason.
            let last_words = || finished.last_words().filter(|_| finished.exit != Exit::Interrupted);
            let said = finished.failure(definition).or_else(last_words);
            let said = said.map(|words| format!("; it says: {words}")).unwrap_or_default();
            self.case.reasons.push(format!("{shown}: {}{said}", finished.exit));
        }
        self.case.executions.push(execution);
        if measured {
            self.case.valid = Some(self.case.all_disturbances().is_empty());
        }
        goes_on
    }

    /// The median of the first primary metric.
    fn warmth(&self, extraction: &Extraction) -> Option<f64> {
        let metrics = self.definition.metrics.iter().map(|spec| &spec.metric);
        let first = metrics.clone().find(|metric| metric.primary).or_else(|| metrics.clone().next())?;
        let found = extraction.found.iter().filter(|found| found.metric == first.name);
        Value::median(found.flat_map(|found| found.values.iter().copied()).collect()).map(Value::get)
    }

    fn add(&mut self, shown: &str, iteration: Option<u32>, extraction: Extraction) {
        let problems = extraction.problems.iter().map(|problem| format!("{shown}: {problem}"));
        self.case.reasons.extend(problems);
        let Some(iteration) = iteration else { return };
        extraction.found.into_iter().for_each(|found| self.samples(iteration as usize, found));
        extraction.verdicts.into_iter().for_each(|outcome| self.test(shown, outcome));
    }

    fn samples(&mut self, iteration: usize, found: Found) {
        let all = &mut self.case.series;
        let Found { metric, labels, values } = found;
        let index = *self.series.entry((metric, labels)).or_insert_with_key(|(metric, labels)| {
            all.push(Series { metric: metric.clone(), labels: labels.clone(), samples: Vec::new() });
            all.len() - 1
        });
        let samples = &mut all[index].samples;
        let more = (iteration + 1).saturating_sub(samples.len()) + values.len();
        if self.samples + more > MAX_SAMPLES {
            let why = format!("more than {MAX_SAMPLES} samples: the others are left out");
            if !self.case.reasons.contains(&why) {
                self.case.reasons.push(why);
            }
            return;
        }
        self.samples += more;
        samples.resize(samples.len().max(iteration + 1), Vec::new());
        samples[iteration].extend(values.into_iter().map(Some));
    }

    /// A test's verdict is the worst of its iterations.
    fn test(&mut self, shown: &str, outcome: Outcome) {
        // No key stands in both: the definition was checked.
        let labels = self.case.labels.then(&outcome.labels).unwrap_or_default();
        let tests = &mut self.tests;
        let at = *self.places.entry(labels).or_insert_with_key(|labels| {
            tests.push(Case { labels: labels.clone(), result: outcome.result, ..Case::default() });
            tests.len() - 1
        });
        let test = &mut self.tests[at];
        test.result = test.result.worse(outcome.result);
        test.reasons.extend(outcome.reason.map(|reason| format!("{shown}: {reason}")));
    }

    /// The case, then its tests.
    pub(super) fn finish(mut self, interrupted: bool) -> Vec<Case> {
        let samples = self.case.series.iter().any(|series| series.values().next().is_some());
        if self.measures && !interrupted && !samples && self.tests.is_empty() && self.case.reasons.is_empty() {
            self.case.reasons.push("neither a sample nor a verdict".into());
        }
        // The machine may have been disturbed after the last iteration, too.
        self.case.valid = self.case.valid.map(|_| self.case.all_disturbances().is_empty());
        if !self.case.reasons.is_empty() {
            self.case.reasons.append(&mut self.attempts);
        }
        self.case.result = match self.case.reasons.is_empty() {
            _ if interrupted => Verdict::Unknown,
            true => Verdict::Pass,
            false => Verdict::Fail,
        };
        if interrupted && self.case.reasons.is_empty() {
            self.case.reasons.push("interrupted".into());
        }
        [self.case].into_iter().chain(self.tests).collect()
    }
}

/// The median of each of these iterations.
fn medians(series: &Series, iterations: &BTreeSet<u32>) -> Vec<f64> {
    let counted = (0..).zip(&series.samples).filter(|(at, _)| iterations.contains(at));
    let middle = |(_, samples): (u32, &Vec<Option<Value>>)| Value::median(samples.iter().copied().flatten().collect());
    counted.filter_map(middle).map(Value::get).collect()
}

/// Takes what `definition` measures on the command itself.
fn measure(definition: &Definition, finished: &Finished, extraction: &mut Extraction) {
    for (quantity, metric) in &definition.measure {
        let usage = finished.usage.as_ref();
        let number = match quantity {
            Quantity::Elapsed => Some(finished.elapsed.as_secs_f64()),
            Quantity::User => usage.map(|usage| usage.user_seconds),
            Quantity::System => usage.map(|usage| usage.system_seconds),
            Quantity::MaxRss => usage.map(|usage| usage.max_rss_bytes as f64),
        };
        extraction.measured(definition, metric, number);
    }
}

impl Finished {
    /// The line that its definition says is a failure of the tool.
    fn failure(&self, definition: &Definition) -> Option<String> {
        crate::parse::tool_failure(definition, &self.outputs())
    }

    fn outputs(&self) -> Outputs<'_> {
        let files = self.files.iter().map(|(name, captured)| (name.as_str(), captured.bytes.as_slice())).collect();
        Outputs { stdout: &self.stdout.bytes, stderr: &self.stderr.bytes, files }
    }

    fn extraction(&self, definition: &Definition, values: &BTreeMap<String, String>) -> Extraction {
        if !self.problems.is_empty() {
            return Extraction::default();
        }
        if self.captured().any(|(_, captured)| captured.is_cut()) {
            let total: u64 = self.captured().map(|(_, captured)| captured.total).sum();
            let problem = Problem::ToolFailed(format!("output of {total} bytes: too long to parse"));
            return Extraction { problems: vec![problem], ..Extraction::default() };
        }
        extract(definition, values, &self.outputs())
    }
}

/// A case of saved outputs, one for each iteration, and its tests: what `parse` makes of them.
pub fn parsed(definition: &Definition, at: &PlannedCase, outputs: &[Saved]) -> Vec<Case> {
    let mut builder = CaseBuilder::new(definition, at, &[]);
    for (iteration, output) in (0..).zip(outputs) {
        let extraction = extract(definition, &at.values, &output.outputs());
        builder.add(&format!("iteration {}", iteration + 1), Some(iteration), extraction);
    }
    builder.finish(false)
}

fn blank(at: &PlannedCase, command: Vec<String>) -> Case {
    Case { labels: at.labels.clone(), command, ..Case::default() }
}

pub(super) fn skipped(at: &PlannedCase, reasons: &[String]) -> Case {
    Case { result: Verdict::Skip, reasons: reasons.to_vec(), ..blank(at, Vec::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::Store,
        plan::{Plan, Settings},
        run::Captured,
    };

    fn plan(name: &str) -> Plan {
        let definition = Store::embedded().load(name).unwrap();
        Plan::new(vec![definition], &Settings { cpus: 1, ..Settings::default() }).unwrap()
    }

    /// A command that wrote `stdout` and ended as `exit` says.
    fn finished(exit: Exit, stdout: &str) -> Finished {
        let stdout = Captured { bytes: stdout.into(), total: stdout.len() as u64, ..Captured::default() };
        Finished { exit, stdout, ..Finished::not_started(String::new()) }
    }

    fn iteration(number: u32) -> Execution {
        Execution { iteration: Some(number), ..Execution::default() }
    }

    /// What `steps` make of the first case of `primes`.
    fn built(interrupted: bool, steps: impl FnOnce(&mut CaseBuilder<'_>)) -> Case {
        built_of("primes", interrupted, steps)
    }

    fn built_of(name: &str, interrupted: bool, steps: impl FnOnce(&mut CaseBuilder<'_>)) -> Case {
        let plan = plan(name);
        let planned = &plan.benchmarks[0];
        let mut builder = CaseBuilder::new(&planned.definition, &planned.cases[0], &[]).in_folder("f".into());
        steps(&mut builder);
        builder.finish(interrupted).remove(0)
    }

    #[test]
    fn a_case_without_a_sample_fails_unless_it_was_interrupted() {
        let case = built(false, |_| {});
        assert_eq!((case.result, case.reasons), (Verdict::Fail, vec!["neither a sample nor a verdict".to_string()]));
        let case = built(true, |_| {});
        assert_eq!((case.result, case.reasons), (Verdict::Unknown, vec!["interrupted".to_string()]));
    }

    #[test]
    fn a_case_whose_results_are_all_in_its_logs_needs_no_sample() {
        let case = built_of("mmtests", false, |_| {});
        assert_eq!((case.result, case.reasons), (Verdict::Pass, Vec::new()));
    }

    #[test]
    fn an_attempt_that_failed_is_a_retry_and_named_only_where_the_case_fails() {
        let attempt = |builder: &mut CaseBuilder<'_>| {
            let failed = finished(Exit::Code(9), "no luck\n");
            assert!(builder.is_retried(&failed));
            builder.attempt(&failed, iteration(0));
        };
        let case = built(false, attempt);
        assert_eq!(case.executions[0].role, Role::Retry);
        assert_eq!(case.reasons[1], "an attempt failed: exit status 9; it says: no luck");
        let case = built(true, attempt);
        assert_eq!(case.reasons, ["interrupted"]);
    }

    #[test]
    fn only_a_command_that_ended_by_itself_is_tried_again() {
        built(false, |builder| {
            let retried = |exit| builder.is_retried(&finished(exit, ""));
            assert!(retried(Exit::Signal("SIGSEGV".into())) && !retried(Exit::Code(0)));
            assert!(!retried(Exit::TimeoutMs(1)) && !retried(Exit::Interrupted));
            assert!(!retried(Exit::NotStarted("why".into())));
        });
    }

    #[test]
    fn another_iteration_makes_no_sense_where_the_command_did_not_end_by_itself() {
        let case = built(false, |builder| {
            assert!(builder.take(&finished(Exit::Code(1), "oh\n"), iteration(0)));
            assert!(!builder.take(&finished(Exit::TimeoutMs(2000), ""), iteration(1)));
        });
        assert_eq!(case.reasons, ["iteration 1: exit status 1; it says: oh", "iteration 2: timed out after 2 s"]);
        assert_eq!(case.valid, Some(true));
    }

    #[test]
    fn a_disturbance_after_the_last_iteration_counts_too() {
        let case = built(false, |builder| {
            builder.take(&finished(Exit::Code(1), ""), iteration(0));
            builder.disturb("a process was left".into());
        });
        assert_eq!(case.valid, Some(false));
    }

    #[test]
    fn a_disturbance_of_one_iteration_makes_the_case_invalid() {
        let case = built(false, |builder| {
            let disturbances = vec!["throttled".into()];
            builder.take(&finished(Exit::Code(1), ""), Execution { disturbances, ..iteration(0) });
            builder.take(&finished(Exit::Code(1), ""), iteration(1));
        });
        assert_eq!((case.valid, case.disturbances.len()), (Some(false), 0));
    }

    #[test]
    fn the_worst_verdict_counts() {
        let all = [Verdict::Pass, Verdict::Skip, Verdict::Unknown, Verdict::Fail];
        for (at, one) in all.into_iter().enumerate() {
            for (other_at, other) in all.into_iter().enumerate() {
                assert_eq!(one.worse(other), all[at.max(other_at)]);
            }
        }
    }
}
