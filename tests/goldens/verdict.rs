//! Verdicts of theirs against ours.

use crate::{
    compare::{Outcome, fits, same_words},
    ours::Execution,
    table::{Program, Row},
    theirs::Answer,
};
use std::collections::BTreeMap;

/// A verdict of theirs on executions: an execution passes when its output has no problem.
pub(crate) fn of_executions(
    row: &Row,
    key: &str,
    verdict: &[String],
    groups: &BTreeMap<String, String>,
    executions: &[Execution],
    outcome: &mut Outcome,
) {
    let mut chosen = executions.iter().filter(|execution| fits(execution, groups)).peekable();
    let none = chosen.peek().is_none();
    let ours = if chosen.all(|execution| execution.extraction.problems.is_empty()) { "pass" } else { "fail" };
    // A number is how many executions failed.
    let same = |theirs: &String| theirs == ours || theirs == "0" && ours == "pass";
    match (verdict, &row.differs) {
        (theirs, None) if theirs.iter().all(same) && !theirs.is_empty() && !none => outcome.equal += theirs.len(),
        ([theirs], Some(difference)) if theirs != ours && !none => {
            *outcome.different.entry(difference.clone()).or_default() += 1;
        }
        (theirs, _) => outcome.wrong.push(format!("{key}: theirs is {theirs:?}, ours {ours}")),
    }
}

/// A verdict of theirs on a test that the output tells about, as `pass`, or as 1 of the key whose group `verdict` has it.
pub(crate) fn of_test(
    row: &Row,
    key: &str,
    verdict: &[String],
    labels: &str,
    groups: &BTreeMap<String, String>,
    executions: &[Execution],
    outcome: &mut Outcome,
) {
    let theirs = match (groups.get("verdict"), verdict) {
        (Some(named), [one]) if one == "1" => named,
        (None, [verdict]) => verdict,
        _ => return outcome.wrong.push(format!("{key}: {verdict:?} is no verdict")),
    };
    let told = executions.iter().filter(|execution| fits(execution, groups));
    let told = told.flat_map(|execution| &execution.extraction.verdicts);
    let told = told.filter(|told| same_words(&told.labels.to_string(), labels));
    let ours: Vec<&str> = told.map(|told| told.result.as_str()).collect();
    match (&row.differs, ours.as_slice() == [theirs.as_str()]) {
        (None, true) => outcome.equal += 1,
        (Some(difference), false) => *outcome.different.entry(difference.clone()).or_default() += 1,
        (None, false) => outcome.wrong.push(format!("{key}: theirs is {theirs}, ours ({labels}) {ours:?}")),
        (Some(difference), true) => {
            outcome
                .wrong
                .push(format!("{key}: the same as ours ({labels}, {theirs}), but {difference} says it differs"));
        }
    }
}

/// Whether they have as many verdicts on tests as we: each of theirs is one of ours, by its row.
pub(crate) fn all_are_theirs(program: &Program, answer: &Answer, executions: &[Execution], outcome: &mut Outcome) {
    let on_tests = |row: &&Row| row.ours.as_deref().is_some_and(|ours| ours.starts_with("verdict "));
    let rows: Vec<&Row> = program.values.iter().filter(on_tests).collect();
    let theirs = answer.iter().filter(|(key, _)| rows.iter().any(|row| row.theirs.0.is_match(key))).count();
    let ours: usize = executions.iter().map(|execution| execution.extraction.verdicts.len()).sum();
    if ours != theirs {
        outcome.wrong.push(format!("we have {ours} verdicts on tests, they have {theirs}"));
    }
}
