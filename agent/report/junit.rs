//! A comparison -> JUnit XML for a dashboard: a suite for each benchmark, a test for each metric, index and case,
//! and for each board that is missing.
//!
//! What is worse, fails or is missing is a failure; what is unknown, refused, new, or fails on both sides is skipped: no test
//! that passes says more than that two sides were compared and nothing got worse.

use super::{figures::Figures, sentences};
use crate::{
    compare::{CaseChange, CaseFinding, Comparison, Difference, LoneBoard, MetricFinding, Side},
    statistics::verdict::Setting,
    text::junit::{Outcome, Suite, Test, write},
};
use std::{collections::BTreeMap, io};

/// Writes the document.
///
/// # Errors
/// Those of the writer.
pub fn junit(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    let mut tests: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    let cases = comparison.cases.iter().map(of_case);
    let refused = comparison.refused.iter().map(of_refused);
    let metrics = comparison.indexes.iter().chain(&comparison.metrics);
    let metrics = metrics.map(|finding| of_metric(finding, &comparison.setting));
    let boards = comparison.lone_boards.iter().map(of_board);
    for test in boards.chain(cases).chain(refused).chain(metrics) {
        tests.entry(test.class.clone()).or_default().push(test);
    }
    let properties = properties(comparison);
    let suite = |(name, tests)| Suite { name, timestamp: None, properties: properties.clone(), tests };
    let suites: Vec<Suite> = tests.into_iter().map(suite).collect();
    write("lava-bench compare", &suites, out)
}

fn properties(comparison: &Comparison) -> Vec<(String, String)> {
    let side = |name: &str, side: &Side| {
        [
            ("kernels", sentences::kernels(side)),
            ("machines", sentences::machines(side)),
            ("boots", side.boots.to_string()),
            ("iterations", side.iterations.to_string()),
            ("invalid_iterations", side.invalid.to_string()),
            ("faults", side.faults.to_string()),
            ("losses", side.losses.to_string()),
        ]
        .map(|(what, value)| (format!("{name}.{what}"), value))
    };
    let mut all: Vec<(String, String)> = side("base", &comparison.base).into();
    all.extend(side("new", &comparison.new));
    all.push(("past_boots".into(), comparison.past.to_string()));
    all.push(("margin".into(), comparison.setting.margin.to_string()));
    all.push(("level".into(), comparison.setting.level.to_string()));
    all
}

fn of_metric(finding: &MetricFinding, setting: &Setting) -> Test {
    let subject = &finding.subject;
    let class = subject.benchmark.to_string();
    let whole = subject.to_string();
    let name = whole.strip_prefix(&class).unwrap_or(&whole).trim_start_matches([' ', ':']).to_string();
    let told = sentences::metric(finding, &Figures::of(finding, setting));
    let (outcome, output) = match finding.word() {
        "worse" => (Outcome::Failed("worse", told), String::new()),
        "unknown" => (Outcome::Skipped(format!("unknown: {told}")), String::new()),
        word => (Outcome::Passed, format!("{word}: {told}")),
    };
    Test { class, name, outcome, output, seconds: None }
}

fn of_case(case: &CaseFinding) -> Test {
    let (word, course) = (sentences::case_word(case.change), sentences::case(case));
    let whole = sentences::case_name(case);
    let class = case.benchmark.to_string();
    let name = format!("case{}", whole.strip_prefix(&class).unwrap_or(&whole));
    let told = match sentences::case_reason(case) {
        Some(why) => format!("{course}: {why}"),
        None => course,
    };
    let (outcome, output) = match case.change {
        CaseChange::Broke | CaseChange::Missing => (Outcome::Failed(word, format!("{word}: {told}")), String::new()),
        CaseChange::Unfinished | CaseChange::FailsOnBoth | CaseChange::Added => {
            (Outcome::Skipped(format!("{word}: {told}")), String::new())
        }
        CaseChange::Fixed => (Outcome::Passed, format!("{word}: {told}")),
    };
    Test { class, name, outcome, output, seconds: None }
}

fn of_board(board: &LoneBoard) -> Test {
    let outcome = match board.is_missing {
        true => Outcome::Failed("missing", "missing: it has no boot on the new side".into()),
        false => Outcome::Skipped("not compared: it is another machine on the new side".into()),
    };
    Test { class: "board".into(), name: board.name.clone(), outcome, output: String::new(), seconds: None }
}

fn of_refused(difference: &Difference) -> Test {
    let class = difference.benchmark.as_ref().map_or_else(|| "machine".into(), ToString::to_string);
    let name = format!("comparable: {}", difference.what);
    let outcome = Outcome::Skipped(format!("not compared: {difference}"));
    Test { class, name, outcome, output: String::new(), seconds: None }
}
