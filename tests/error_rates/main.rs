//! The error rates of the verdict: on real histories and on simulations, beside the rules of other tools.
//!
//! `scripts/error-rates` prints all of them for any folder of histories; a usual run of the tests recomputes a part.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and prints what it measured"
)]

#[path = "../support/mod.rs"]
mod support;

mod families;
mod history;
mod records;
mod report;
mod rules;
mod simulation;
mod speed;
mod tests_of_two;
mod unlike;
mod windows;

use lava_bench::statistics::change_points::{Sensitivity, change_points};
use rules::{RULES, ours};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use windows::{Design, rates};

const TWENTY_AND_THREE: Design = Design { old: 20, new: 3 };
const THREE_AND_THREE: Design = Design { old: 3, new: 3 };

/// The folder with real histories that some workplaces have beside the project.
fn sap_hana() -> Option<PathBuf> {
    support::data("sap-hana")
}

/// The series of the small set in which its experts saw no regression, and those with one: (name, boots).
fn small_2021(folder: &Path) -> (Vec<history::Series>, Vec<history::Series>) {
    let folder = folder.join("small_2021");
    let verdicts = fs::read_to_string(folder.join("metadata/dataset_details.csv")).unwrap();
    let with_regression =
        |name: &str| verdicts.lines().any(|line| line.starts_with("regression;") && line.contains(name));
    history::read(&folder.join("data")).into_iter().partition(|series| !with_regression(&series.name))
}

/// The stretches without a change, by a detector that rather sees too many changes: without five boots at each end, and
/// of at least 60 boots.
fn quiet_pieces(series: &[history::Series]) -> Vec<Vec<f64>> {
    let fine = Sensitivity { penalty: 5.0, shortest: 5, side: 60, t: 4.0 };
    let mut pieces = Vec::new();
    for history::Series { boots, .. } in series {
        let cuts = change_points(boots, &fine).unwrap().into_iter().map(|change| change.at);
        let edges: Vec<usize> = [0].into_iter().chain(cuts).chain([boots.len()]).collect();
        let stretches = edges.windows(2).filter(|ends| ends[1] - ends[0] >= 70);
        pieces.extend(stretches.map(|ends| boots[ends[0] + 5..ends[1] - 5].to_vec()));
    }
    pieces
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn the_small_set_has_few_false_positives_and_its_five_regressions() {
    let Some(folder) = sap_hana() else { return };
    let (quiet, regressions) = small_2021(&folder);
    assert_eq!((quiet.len(), regressions.len()), (20, 5));
    let boots: Vec<Vec<f64>> = quiet.iter().map(|series| series.boots.clone()).collect();
    let found = rates(&boots, TWENTY_AND_THREE, ours);
    println!("small_2021, 20 + 3: {found:?}");
    near(found.false_positives, 0.62, 0.005, "false positives");
    near(found.power[1], 91.7, 0.05, "power at 5 %");
    near(found.power[2], 100.0, 0.05, "power at 10 %");
    for series in &regressions {
        assert_eq!(change_points(&series.boots, &Sensitivity::default()).unwrap().len(), 1, "{}", series.name);
    }
    for series in &quiet {
        assert_eq!(change_points(&series.boots, &Sensitivity::default()).unwrap(), [], "{}", series.name);
    }
}

#[test]
fn all_pieces_have_the_error_rates_that_the_documents_state() {
    let Some(folder) = sap_hana() else { return };
    let pieces = quiet_pieces(&history::read(&folder));
    assert_eq!(pieces.len(), 542);
    // Every sixth piece in a usual run, all with ERROR_RATES.
    let whole = env::var_os("ERROR_RATES").is_some();
    let some: Vec<Vec<f64>> = pieces.into_iter().step_by(if whole { 1 } else { 6 }).collect();
    let (with_history, without) = (rates(&some, TWENTY_AND_THREE, ours), rates(&some, THREE_AND_THREE, ours));
    println!("{} pieces: 20 + 3: {with_history:?}; 3 + 3: {without:?}", some.len());
    if whole {
        near(with_history.false_positives, 0.71, 0.01, "false positives");
        near(with_history.power[1], 84.9, 0.05, "power at 5 %");
        near(with_history.power[2], 98.1, 0.05, "power at 10 %");
        near(without.false_positives, 0.45, 0.01, "false positives of 3 + 3");
        near(without.power[1], 64.0, 0.5, "power of 3 + 3 at 5 %");
        near(without.power[2], 89.0, 0.5, "power of 3 + 3 at 10 %");
        let prediction = RULES.iter().find(|rule| rule.name.starts_with("t prediction")).unwrap();
        near(rates(&some, TWENTY_AND_THREE, prediction.flags).false_positives, 3.4, 0.05, "t prediction");
    } else {
        assert!(with_history.false_positives < 1.0 && without.false_positives < 1.0);
        assert!(with_history.power[1] > 80.0 && with_history.power[2] > 95.0);
    }
}

#[test]
#[ignore = "takes a minute; scripts/error-rates runs it"]
fn report() {
    let named: Vec<PathBuf> = env::var_os("HISTORIES").iter().flat_map(env::split_paths).collect();
    let named: Vec<PathBuf> = named.into_iter().filter(|folder| !folder.as_os_str().is_empty()).collect();
    for folder in &named {
        report::folder(folder);
    }
    if named.is_empty() {
        report::simulations();
    }
}
