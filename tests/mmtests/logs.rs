//! Logs of every benchmark that MMTests extracts: what we read of each is what MMTests did, or the index says why not.
//!
//! `MMTESTS_DIR` names a tree of MMTests of June 2026 with what its Perl needs; then it is asked again.

use super::support::{self, project};
use lava_bench::suites::mmtests::{self, Extract, Selection};
use serde::Deserialize;
use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf, process::Command};

/// A log, as the index has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) run: String,
    benchmark: String,
    pub(super) report: Option<String>,
    /// The tool, or `synthetic`.
    log: String,
    /// Why what we read is not what MMTests does.
    differs: Option<String>,
}

impl Log {
    fn file(&self, name: &str) -> PathBuf {
        let suffix = self.report.as_ref().map_or_else(String::new, |report| format!("-{report}"));
        folder().join(&self.run).join(format!("{name}{suffix}.tsv"))
    }

    fn extracted(&self) -> Extract {
        let selection = Selection { alternative: self.report.clone(), ..Selection::default() };
        let trees = mmtests::read_tree(&folder().join(&self.run), &selection);
        let mut trees = trees.unwrap_or_else(|error| panic!("{}: {error}", self.run));
        assert_eq!((trees.len(), trees[0].benchmarks.len()), (1, 1), "{}", self.run);
        trees[0].benchmarks.remove(0).0
    }
}

pub(super) fn folder() -> PathBuf {
    project("tests/mmtests/logs")
}

pub(super) fn index() -> Vec<Log> {
    serde_yaml::from_str(&fs::read_to_string(folder().join("index.yaml")).expect("the index")).expect("an index")
}

/// From how many samples of an operation on only their count, their sum, the first and the last are kept.
const MANY: usize = 40;

fn table(run: &Extract) -> String {
    let mut text = String::new();
    for name in run.listed() {
        let iterations = run.operation(&name).map_or(&[][..], |operation| operation.iterations.as_slice());
        for (at, iteration) in iterations.iter().enumerate().filter_map(|(at, found)| Some((at, found.as_ref()?))) {
            let values: Vec<f64> = iteration.values.iter().collect();
            let samples: Vec<String> =
                iteration.numbers.iter().zip(&values).map(|(number, value)| format!("{number}:{value}")).collect();
            let line = match values.as_slice() {
                [first, .., last] if values.len() > MANY => {
                    format!("count {} sum {} first {first} last {last}", values.len(), values.iter().sum::<f64>())
                }
                _ => samples.join(" "),
            };
            writeln!(text, "{name}\t{at}\t{line}").expect("a text grows");
        }
    }
    text
}

/// The same words, and the same numbers: a sum's last digits depend on the order.
fn same(ours: &str, theirs: &str) -> bool {
    let words = |text: &str| -> Vec<String> { text.split([' ', '\t', '\n', ':']).map(Into::into).collect() };
    let near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-12 * b.abs(),
        _ => a == b,
    };
    let (ours, theirs) = (words(ours), words(theirs));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| near(a, b))
}

#[test]
fn every_benchmark_has_a_log_and_is_read_as_expected() {
    for log in index() {
        let expected = fs::read_to_string(log.file("expected")).expect("what is expected");
        let ours = table(&log.extracted());
        assert!(same(&ours, &expected), "{} {:?}:\n{ours}\nexpected:\n{expected}", log.run, log.report);
        let theirs = fs::read_to_string(log.file("mmtests")).ok();
        assert_eq!(theirs.is_some(), log.differs.is_some(), "{}: `differs` has a table of MMTests beside it", log.run);
        assert!(theirs.is_none_or(|theirs| !same(&ours, &theirs)), "{}: it does not differ", log.run);
        assert_eq!(log.log == "synthetic", log.run.starts_with("synthetic-"), "{}", log.run);
        let verdict = log.differs.map_or_else(|| "equal".to_string(), |why| format!("differs: {why}"));
        eprintln!("{:<24} {:<9} {:<40} {verdict}", log.benchmark, log.report.unwrap_or_default(), log.log);
    }
}

/// The benchmarks of the index, without their variants.
fn without_variants(known: &BTreeSet<String>) -> BTreeSet<String> {
    let short = |name: String| {
        let mut name = name.as_str();
        while !known.contains(name) {
            name = name.rsplit_once('-').unwrap_or_else(|| panic!("{name}: no rule")).0;
        }
        name.to_string()
    };
    index().into_iter().map(|log| short(log.benchmark)).collect()
}

#[test]
fn no_benchmark_with_a_rule_lacks_a_log() {
    let run = tempfile::TempDir::new().expect("a folder");
    fs::create_dir_all(run.path().join("iter-0/unheard/logs")).expect("it can be made");
    let error = mmtests::read_tree(run.path(), &Selection::default()).expect_err("no rule").to_string();
    let names = error.split_once("there are rules for ").expect("a hint").1;
    let known: BTreeSet<String> = names.trim().split(", ").map(Into::into).collect();
    let logged = without_variants(&known);
    // Names of older versions, whose logs are among MMTests' own outputs (`main.rs`).
    let older = ["dbench4", "tbench4"].map(String::from).into_iter().collect();
    assert_eq!(known.difference(&logged).cloned().collect::<BTreeSet<_>>(), older);
    assert_eq!(logged.len(), 63);
    assert_eq!(index().iter().filter(|log| log.report.is_some()).count(), 8);
}

#[test]
fn mmtests_itself_extracts_what_is_recorded() {
    let Some(tree) = support::mmtests("MMTESTS_DIR", "which would extract the same") else { return };
    for log in index() {
        let mut command = Command::new(tree.join("bin/extract-mmtests.pl"));
        command.arg("-d").arg(folder()).args(["-b", &log.benchmark, "-n", &log.run, "--print-json"]);
        command.args(log.report.iter().flat_map(|report| ["-a", report]));
        let json = command.output().expect("MMTests runs").stdout;
        let theirs = mmtests::read(&json).unwrap_or_else(|error| panic!("{}: {error}", log.run));
        let recorded = fs::read_to_string(log.file("mmtests")).or_else(|_| fs::read_to_string(log.file("expected")));
        let theirs = table(&theirs[0]);
        assert!(same(&theirs, &recorded.expect("a table")), "{} {:?}: {theirs}", log.run, log.report);
    }
}
