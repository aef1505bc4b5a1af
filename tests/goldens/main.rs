//! Outputs that other projects' parsers were run on, with their answers: ours must be the same numbers, and where it is
//! not, `goldens.yaml` says why.
//!
//! They are not part of the project: `support::golden` finds them, or the tests are skipped.
#![expect(clippy::print_stderr, reason = "a table is for people")]
#![expect(clippy::disallowed_methods, reason = "a test has the Unicode tables, and reads the project's own YAML")]

#[path = "../support/mod.rs"]
mod support;

mod compare;
mod exports;
mod kernel_log;
mod lkp;
mod ours;
mod page;
mod table;
mod theirs;
mod verdict;

use compare::{Outcome, compare};
use lava_bench::capture;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::BufReader,
    path::Path,
};
use support::{golden, project};
use table::{Suite, Table};

fn table() -> Table {
    let read = serde_yaml::from_str(include_str!("goldens.yaml"));
    let mut table: Table = read.unwrap_or_else(|error| panic!("goldens.yaml: {error}"));
    table.programs.iter_mut().for_each(table::Program::add_names);
    table
}

#[test]
fn the_numbers_of_other_suites_are_ours_too() {
    let table = table();
    let mut wrong = Vec::new();
    let mut totals = Outcome::default();
    eprintln!("{:<16} {:<28} {:>4} {:>6} {:>7} {:>9}", "suite", "program", "runs", "equal", "differ", "not taken");
    for program in &table.programs {
        let Some(folder) = golden(program.suite.folder()) else { continue };
        let first = match (&program.answer, program.suite) {
            (Some(answer), Suite::LkpSpec) => format!("{}/{}", program.runs[0], answer.trim_end_matches(".json")),
            _ => program.runs[0].clone(),
        };
        let name = format!("{:<16} {first:<28} {:>4}", program.suite.folder(), program.runs.len());
        let missing = ours::missing(program);
        if !missing.is_empty() {
            wrong.push(format!("{}: no definition {}", program.runs[0], missing.join(", ")));
            continue;
        }
        let outcome = compare(program, &folder);
        print(&name, &outcome);
        totals.add(&outcome);
        wrong.extend(outcome.wrong.iter().map(|line| format!("{}/{line}", program.suite.folder())));
    }
    print("all", &totals);
    assert!(wrong.is_empty(), "{} lines of the table are not so:\n{}", wrong.len(), wrong.join("\n"));
}

fn print(name: &str, outcome: &Outcome) {
    let sum = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
    let (different, omitted) = (sum(&outcome.different), sum(&outcome.omitted));
    eprintln!("{name:<50} {:>6} {different:>7} {omitted:>9}", outcome.equal);
    outcome.different.iter().for_each(|(why, count)| eprintln!("{:<58} {count:>6} differ: {why}", ""));
    outcome.omitted.iter().for_each(|(why, count)| eprintln!("{:<58} {count:>6} not taken: {why}", ""));
}

/// The runs of a suite: folders with its answer or with outputs.
fn runs(suite: Suite, folder: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let mut runs: Vec<String> = names(folder).into_iter().filter(|name| !name.starts_with('_')).collect();
    if suite == Suite::Lkp {
        for program in runs.clone() {
            let cases = names(&folder.join(&program).join("cases")).into_iter();
            runs.extend(cases.map(|case| format!("{program}/cases/{case}")));
        }
    }
    runs
}

#[test]
fn every_run_of_the_goldens_is_in_the_table() {
    let table = table();
    for suite in [Suite::Lkp, Suite::LkpSpec, Suite::TestDefinitions, Suite::Mmtests] {
        let Some(folder) = golden(suite.folder()) else { continue };
        let programs = table.programs.iter().filter(|program| program.suite == suite);
        let known: BTreeSet<&str> = programs.flat_map(|program| program.runs.iter().map(String::as_str)).collect();
        let all = runs(suite, &folder);
        for run in &all {
            let named = format!("{}/{run}", suite.folder());
            let told = usize::from(known.contains(run.as_str())) + usize::from(table.no_benchmark.contains_key(&named));
            assert_eq!(told, 1, "{named} is told {told} times in goldens.yaml");
        }
        let other = table.no_benchmark.keys().filter_map(|named| named.strip_prefix(suite.folder())?.strip_prefix('/'));
        for run in known.into_iter().chain(other) {
            assert!(all.iter().any(|one| one == run), "goldens.yaml: there is no {}/{run}", suite.folder());
        }
    }
}

#[test]
fn every_difference_is_told_in_the_page_and_used_in_the_table() {
    let table = table();
    let page = fs::read_to_string(project("docs/differences.md")).expect("the page");
    let told: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let listed: BTreeSet<&str> = table.differences.keys().map(String::as_str).collect();
    assert_eq!(told, listed, "the differences of docs/differences.md (left) and of goldens.yaml (right)");
    let rows = table.programs.iter().flat_map(|program| &program.values).filter_map(|row| row.differs.as_deref());
    let rest = table.programs.iter().flat_map(|program| &program.values).filter_map(|row| row.rest.as_deref());
    let whole = table.programs.iter().filter_map(|program| program.nothing.as_deref());
    let lost = table.programs.iter().flat_map(|program| &program.lost).map(|lost| lost.differs.as_str());
    let failed = table.programs.iter().flat_map(|program| &program.sources);
    let failed = failed.filter_map(|source| Some(source.failed.as_ref()?.differs.as_str()));
    assert_eq!(
        rows.chain(rest).chain(whole).chain(lost).chain(failed).collect::<BTreeSet<_>>(),
        listed,
        "the differences in use (left) and listed (right)"
    );
}

#[test]
fn the_console_of_lavas_logs() {
    let Some(folder) = golden("lava") else { return };
    for log in
        ["lava-run-2023/stderr.log", "lava-run-2026/logs.yaml", "2023.01/rest_jobs_N_logs", "2026.07/rest_jobs_N_logs"]
    {
        let path = folder.join(log);
        let mut texts = Vec::new();
        let file = BufReader::new(fs::File::open(&path).expect("a log"));
        let read = capture::read(file, |text, _| {
            texts.push(text.to_string());
            false
        });
        read.expect("a log can be read");
        let signal = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=api-pass RESULT=pass UNITS=s MEASUREMENT=1.5>";
        assert_eq!(texts.iter().filter(|text| *text == signal).count(), 1, "{log}");
        assert!(!texts.iter().any(|text| text.contains("Received signal")), "{log}");
    }
}
