//! The house: which file uses which, read from the code's own paths, and the rules of `CONTRIBUTING.md` held against that.
//!
//! `cargo test --test house -- --nocapture` prints the figures: how long functions and files are, and how many arrows run up;
//! with `HOUSE=DIR` those of another checkout.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on fails, and figures are shown")]

#[path = "../support/mod.rs"]
mod support;

mod arrows;
mod figures;
mod tree;

use arrows::{Arrow, arrows, circles};
use figures::{LONGEST_FILE, LONGEST_FUNCTION};
use std::collections::BTreeSet;
use tree::Tree;

/// The floors, from the top down. An arrow runs down, or along a floor.
const FLOORS: [&[&str]; 7] = [
    &["cli"],
    &["lab", "report"],
    &["run", "rebuild", "compare", "history", "bisect", "exchange"],
    &["suites"],
    &["samples", "parse", "plan", "signal", "emit", "capture", "boots", "archive"],
    &["definition", "kernel_log", "system", "validity"],
    &["record", "text", "statistics", "workload"],
];

/// The floor of a room, from the top; a room without one is below all others.
fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or(FLOORS.len())
}

/// The arrows between different rooms.
fn between(tree: &Tree) -> impl Iterator<Item = Arrow> + '_ {
    arrows(tree).into_iter().filter(|arrow| arrow.room() != arrow.target_room())
}

fn shown(arrows: &[Arrow]) -> String {
    arrows.iter().map(|arrow| format!("\n  {arrow}")).collect()
}

#[test]
fn every_room_has_a_floor() {
    let tree = Tree::read();
    let rooms: BTreeSet<&str> = tree.files.values().filter_map(|source| source.path.split('/').next()).collect();
    let rooms = rooms.into_iter().map(|room| room.trim_end_matches(".rs")).filter(|room| *room != "lib");
    let without: Vec<&str> = rooms.filter(|room| floor(room) == FLOORS.len()).collect();
    assert!(without.is_empty(), "{without:?}\nhint: give each a floor in tests/house/main.rs and in CONTRIBUTING.md");
}

#[test]
fn every_arrow_runs_down() {
    let up: Vec<Arrow> =
        between(&Tree::read()).filter(|arrow| floor(arrow.target_room()) < floor(arrow.room())).collect();
    assert!(up.is_empty(), "{} arrows run up:{}", up.len(), shown(&up));
}

#[test]
fn no_rooms_and_no_files_use_each_other_in_a_circle() {
    let tree = Tree::read();
    let rooms: Vec<(String, String)> =
        between(&tree).map(|arrow| (arrow.room().to_string(), arrow.target_room().to_string())).collect();
    assert_eq!(circles(&rooms), Vec::<Vec<String>>::new());
    let arrows = arrows(&tree);
    let files: Vec<(String, String)> = arrows.iter().map(|arrow| (arrow.from.clone(), arrow.to.clone())).collect();
    let circles = circles(&files);
    let within = |circle: &Vec<String>| {
        let inside = |arrow: &&Arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to);
        shown(&arrows.iter().filter(inside).cloned().collect::<Vec<_>>())
    };
    assert!(
        circles.is_empty(),
        "{} circles:{}",
        circles.len(),
        circles.iter().map(within).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn suites_stand_apart_and_verdicts_know_none_of_them() {
    let tree = Tree::read();
    let suite = |file: &str| {
        file.strip_prefix("suites/").and_then(|rest| rest.split_once('/')).map(|(suite, _)| suite.to_string())
    };
    let wrong = |arrow: &Arrow| {
        let (from, to) = (suite(&arrow.from), suite(&arrow.to));
        let another = from.is_some() && to.is_some() && from != to;
        let verdicts = ["compare", "history"].contains(&arrow.room()) && arrow.target_room() == "suites";
        let past_the_face =
            arrow.room() != "suites" && arrow.through.as_deref().is_some_and(|path| suite(path).is_some());
        another || verdicts || past_the_face
    };
    let wrong: Vec<Arrow> = arrows(&tree).into_iter().filter(wrong).collect();
    assert!(wrong.is_empty(), "{} arrows:{}", wrong.len(), shown(&wrong));
}

#[test]
fn functions_fit_a_screen_and_files_fit_a_head() {
    let figures = figures::of(&Tree::read());
    eprintln!("{figures}");
    let (functions, files) = (figures.long_functions(), figures.long_files());
    assert!(functions.is_empty(), "functions of more than {LONGEST_FUNCTION} lines: {functions:#?}");
    assert!(files.is_empty(), "files of more than {LONGEST_FILE} lines: {files:#?}");
    assert_eq!(figures.string_errors(), 0, "`Result<_, String>` outside of cli:\n{}", figures.string_error_places());
}
