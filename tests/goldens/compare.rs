//! A program's rows against its runs.

use crate::{
    ours::{self, Execution, fill, groups},
    table::{Lost, Pattern, Program, Row, Source, Step},
    theirs::{self, Answer},
    verdict,
};
use std::{collections::BTreeMap, path::Path};

/// What came of one program's runs.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) equal: usize,
    /// How many values differ, by the difference's name.
    pub(crate) different: BTreeMap<String, usize>,
    /// How many of their keys we do not take, by reason.
    pub(crate) omitted: BTreeMap<String, usize>,
    /// What the table says and the runs do not.
    pub(crate) wrong: Vec<String>,
}

impl Outcome {
    /// Adds the counts of another, without what is wrong.
    pub(crate) fn add(&mut self, other: &Self) {
        self.equal += other.equal;
        let sum = |into: &mut BTreeMap<String, usize>, from: &BTreeMap<String, usize>| {
            from.iter().for_each(|(why, count)| *into.entry(why.clone()).or_default() += count);
        };
        sum(&mut self.different, &other.different);
        sum(&mut self.omitted, &other.omitted);
    }
}

/// Compares all runs of a program with its rows. Every key of theirs must be in exactly one row, and every row in a run.
pub(crate) fn compare(program: &Program, suite: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let mut used = vec![false; program.values.len() + program.omitted.len()];
    for run in &program.runs {
        let folder = suite.join(run);
        let answer = theirs::read(program.suite, &folder, program.answer.as_deref());
        let before = outcome.wrong.len();
        let mut executions = Vec::new();
        for source in &program.sources {
            let read = ours::read(source, &folder);
            problems(source, &read, &mut outcome);
            // What is refused gives no number.
            executions.extend(read.into_iter().filter(|_| source.refused.is_none()));
        }
        one(program, answer.as_ref(), &executions, &mut used, &mut outcome);
        outcome.wrong[before..].iter_mut().for_each(|wrong| *wrong = format!("{run}: {wrong}"));
    }
    let (values, omitted) = program.own;
    let values = program.values[..values].iter().map(|row| &row.theirs).zip(&used);
    let omitted = program.omitted[..omitted].iter().map(|row| &row.theirs).zip(&used[program.values.len()..]);
    for (row, _) in values.chain(omitted).filter(|(_, used)| !**used) {
        outcome.wrong.push(format!("{}: no key of theirs is {}", program.runs[0], row.0));
    }
    outcome
}

fn one(program: &Program, answer: Option<&Answer>, executions: &[Execution], used: &mut [bool], outcome: &mut Outcome) {
    program.lost.iter().for_each(|lost| one_lost(lost, answer, executions, outcome));
    let Some(answer) = answer else {
        match &program.nothing {
            Some(difference) => *outcome.different.entry(difference.clone()).or_default() += 1,
            None => outcome.wrong.push("they have no answer".into()),
        }
        return;
    };
    if program.nothing.is_some() {
        outcome.wrong.push("they have an answer".into());
    }
    verdict::all_are_theirs(program, answer, executions, outcome);
    for (key, numbers) in answer {
        let rows = program.values.iter().enumerate().filter(|(_, row)| row.theirs.0.is_match(key));
        let omitted = program.omitted.iter().enumerate().filter(|(_, row)| row.theirs.0.is_match(key));
        let (mut rows, mut omitted) = (rows.collect::<Vec<_>>(), omitted.collect::<Vec<_>>());
        if program.names {
            // Rows for one run come before those for all.
            if omitted.first().is_some_and(|(at, _)| *at < program.own.1) {
                rows.retain(|(at, _)| *at < program.own.0);
            }
            rows.truncate(1);
            omitted.truncate(usize::from(rows.is_empty()));
        }
        match (rows.as_slice(), omitted.as_slice()) {
            ([(at, row)], []) => {
                used[*at] = true;
                value(row, key, numbers, executions, outcome);
            }
            ([], [(at, row)]) => {
                used[program.values.len() + at] = true;
                *outcome.omitted.entry(row.why.clone()).or_default() += 1;
            }
            ([], []) => outcome.wrong.push(format!("their {key} is in no row")),
            _ => outcome.wrong.push(format!("their {key} is in several rows")),
        }
    }
}

/// Our own complaints: none, or the ones that the table tells.
fn problems(source: &Source, executions: &[Execution], outcome: &mut Outcome) {
    if executions.is_empty() {
        outcome.wrong.push(format!("no file is {}", source.output.0));
    }
    let mut failed = 0;
    for execution in executions {
        let problems: Vec<String> = execution.extraction.problems.iter().map(ToString::to_string).collect();
        let has = |pattern: &Pattern| problems.iter().any(|problem| pattern.0.is_match(problem));
        match (&source.refused, &source.failed) {
            (Some(refused), _) if !has(refused) => {
                outcome.wrong.push(format!("ours has no problem like {}: {problems:?}", refused.0));
            }
            (Some(_), _) => {}
            (None, Some(expected)) if has(&expected.problem) => failed += 1,
            (None, _) => outcome.wrong.extend(problems.iter().map(|problem| format!("ours: {problem}"))),
        }
    }
    if let Some(expected) = &source.failed {
        *outcome.different.entry(expected.differs.clone()).or_default() += failed;
        if failed == 0 {
            outcome.wrong.push(format!("no execution fails with {}", expected.problem.0));
        }
    }
}

fn value(row: &Row, key: &str, numbers: &[String], executions: &[Execution], outcome: &mut Outcome) {
    let Some(ours) = &row.ours else {
        match &row.differs {
            Some(difference) => *outcome.different.entry(difference.clone()).or_default() += 1,
            None => outcome.wrong.push(format!("{key}: neither a metric nor a difference")),
        }
        return;
    };
    let captures = row.theirs.0.captures(key).expect("it matches");
    let mut groups = groups(&row.theirs.0, &captures);
    groups.extend(row.groups.clone());
    let metric = fill(ours, &groups);
    if metric == "result" {
        return verdict::of_executions(row, key, numbers, &groups, executions, outcome);
    }
    if let Some(labels) = metric.strip_prefix("verdict ") {
        return verdict::of_test(row, key, numbers, labels, &groups, executions, outcome);
    }
    let found = samples(&metric, &groups, executions);
    if found.is_empty() {
        return outcome.wrong.push(format!("{key}: we have no {metric}"));
    }
    let plain = row.with.iter().fold(found.clone(), |numbers, step| step.apply(&numbers));
    if let Some(difference) = &row.rest {
        match found.len() - plain.len() {
            0 => outcome.wrong.push(format!("{key}: nothing is left out for {difference}")),
            rest => *outcome.different.entry(difference.clone()).or_default() += rest,
        }
    }
    samples_and_theirs(row, key, numbers, &metric, plain, outcome);
}

/// Our samples, in their unit and statistic, against theirs.
fn samples_and_theirs(row: &Row, key: &str, numbers: &[String], metric: &str, plain: Vec<f64>, outcome: &mut Outcome) {
    let same = equal(&plain, numbers, !row.with.is_empty());
    match &row.differs {
        None if same => outcome.equal += numbers.len(),
        None => outcome.wrong.push(format!("{key}: theirs is {numbers:?}, ours ({metric}) {plain:?}")),
        Some(difference) if same => {
            outcome
                .wrong
                .push(format!("{key}: the same as ours ({metric}, {plain:?}), but {difference} says it differs"));
        }
        Some(difference) => {
            *outcome.different.entry(difference.clone()).or_default() += numbers.len();
            let explained = row.because.iter().fold(plain, |numbers, step: &Step| step.apply(&numbers));
            if !row.because.is_empty() && !equal(&explained, numbers, true) {
                outcome.wrong.push(format!("{key}: {difference} makes {explained:?} of ours, theirs is {numbers:?}"));
            }
        }
    }
}

/// A number that we have and that is in none of theirs.
fn one_lost(lost: &Lost, answer: Option<&Answer>, executions: &[Execution], outcome: &mut Outcome) {
    let found = samples(&lost.ours, &lost.groups, executions);
    let theirs = answer.into_iter().flatten().flat_map(|(_, numbers)| numbers);
    let theirs: Vec<f64> = theirs.filter_map(|number| number.parse().ok()).collect();
    if found.is_empty() || found.iter().any(|number| theirs.contains(number)) {
        outcome.wrong.push(format!("{} is lost, the table says: ours {found:?}, theirs {theirs:?}", lost.ours));
    }
    *outcome.different.entry(lost.differs.clone()).or_default() += found.len();
}

/// Whether an execution is one of those that a key of theirs tells about: no group of the same name is another.
pub(crate) fn fits(execution: &Execution, groups: &BTreeMap<String, String>) -> bool {
    let same = |theirs: &String, ours: &String| theirs.eq_ignore_ascii_case(ours);
    execution.groups.iter().all(|(group, value)| groups.get(group).is_none_or(|theirs| same(theirs, value)))
}

/// Our samples of `metric label=value`, of the executions whose groups do not contradict.
fn samples(metric: &str, groups: &BTreeMap<String, String>, executions: &[Execution]) -> Vec<f64> {
    let (name, labels) = metric.split_once(' ').unwrap_or((metric, ""));
    let found =
        executions.iter().filter(|execution| fits(execution, groups)).flat_map(|execution| &execution.extraction.found);
    let found = found.filter(|found| found.metric.as_str() == name && same_words(&found.labels.to_string(), labels));
    found.flat_map(|found| found.values.iter().map(|value| value.get())).collect()
}

/// Whether two names have the same words: each suite writes something else between them.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    fn words(name: &str) -> impl Iterator<Item = String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
    }
    words(one).eq(words(other))
}

fn equal(ours: &[f64], theirs: &[String], computed: bool) -> bool {
    let same = |ours: f64, theirs: f64| ours == theirs || computed && (ours - theirs).abs() <= 1e-12 * theirs.abs();
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| theirs.parse().is_ok_and(|theirs| same(*ours, theirs)))
}
