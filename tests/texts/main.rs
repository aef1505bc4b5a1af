//! What people read: help, lists, tables, errors. A change of words is seen in review.
//!
//! `INSTA_UPDATE=always cargo test --test texts` accepts what is said now; read `git diff` then.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

use regex::bytes::RegexBuilder;
use std::{fs, path::Path};
use support::{Said, program};
use tempfile::TempDir;

/// What the program says, in a terminal of 80 columns; what differs between machines and runs is replaced.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = program();
    command.current_dir(folder).env("COLUMNS", "80").env("LC_ALL", "C").args(arguments);
    let Said { code, stdout, stderr } = Said::of(&mut command);
    let text = format!("$ lava-bench {}\n{stdout}{stderr}exit code {code}\n", arguments.join(" "));
    let text = text.replace(&folder.canonicalize().unwrap().display().to_string(), "FOLDER");
    replaced(r"/[^ \n]*/lava-bench\b", &text, "AGENT")
}

/// The text, with each match of an ASCII pattern replaced.
fn replaced(pattern: &str, text: &str, with: &str) -> String {
    let pattern = RegexBuilder::new(pattern).unicode(false).build().unwrap();
    String::from_utf8(pattern.replace_all(text.as_bytes(), with.as_bytes()).into_owned()).unwrap()
}

/// No line of it is wider than a terminal of 80 columns.
fn fits(text: &str) {
    let wide: Vec<&str> = text.lines().skip(1).filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

const VERBS: [&str; 17] = [
    "list",
    "show",
    "check",
    "doctor",
    "run",
    "recover",
    "parse",
    "emit",
    "rebuild",
    "compare",
    "history",
    "report",
    "convert",
    "submit",
    "submit squad",
    "help",
    "",
];

#[test]
fn the_help_of_every_verb() {
    let folder = TempDir::new().unwrap();
    for verb in VERBS {
        let words: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let text = said(folder.path(), &words);
        fits(&text);
        insta::assert_snapshot!(format!("help {verb}").trim().replace(' ', "-"), text);
    }
}

#[test]
fn one_definition() {
    let folder = TempDir::new().unwrap();
    let text = said(folder.path(), &["show", "primes"]);
    fits(&text);
    insta::assert_snapshot!("show-primes", text);
    insta::assert_snapshot!("dry-run", said(folder.path(), &["run", "primes", "--param", "THREADS=1 2", "--dry-run"]));
}

/// The numbers of a run are others each time.
#[test]
fn the_table_of_a_run() {
    let folder = TempDir::new().unwrap();
    let arguments =
        ["run", "primes", "--param", "THREADS=1", "--param", "TIME=0.01", "--output", "out", "--signals", "none"];
    let text = said(folder.path(), &arguments);
    fits(&text);
    let text = replaced(r"\d+(\.\d+)? +rounds", &text, "N  rounds");
    let text = replaced(r"\d+(\.\d+)? to \d+(\.\d+)?", &text, "N to N");
    let text = replaced(r"\(primes [^)]*\)|\(lava-bench [^)]*\)", &text, "(TOOL)");
    let text = replaced(r"about [^)]* left", &text, "about TIME left");
    let blanks = replaced(" {2,}", &text, "  ");
    insta::assert_snapshot!("run-primes", blanks);
}

/// Everything that can be wrong on a command line.
#[test]
fn errors() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("empty", "");
    write("notes.txt", "nothing of ours\n");
    write("cut.json", "{\"schema\":\"lava-bench-record/2\",\"id\":\"0a");
    write("newer.json", "{\"schema\":\"lava-bench-record/9\",\"id\":\"0a1b2c3d\",\"benchmarks\":[]}");
    write("record.json", &(support::example() + "\n"));
    write(
        "bad.yaml",
        "metadata: {format: Lava-Test Test Definition 1.0, name: bad, description: d}\nbenchmark:\n  schema: 1\n  comand: [x]\n",
    );
    fs::create_dir(folder.path().join("folder")).unwrap();
    let all: [&[&str]; 34] = [
        &[],
        &["nope"],
        &["run"],
        &["run", "nope"],
        &["run", "sysbench-cp"],
        &["run", "primes", "primes"],
        &["run", "primes", "--param", "THREDS=1"],
        &["run", "primes", "--param", "THREADS"],
        &["run", "primes", "--param", "THREADS=x"],
        &["run", "primes", "--param", "LIMIT=@gone"],
        &["run", "primes", "--iterations", "0"],
        &["run", "primes", "--iterations", "x"],
        &["run", "primes", "--timeout", "soon"],
        &["run", "primes", "--output", "."],
        &["run", "primes", "--baud", "0"],
        &["run", "primes", "--redundancy", "999"],
        &["run", "--resume", "folder"],
        &["run", "--only-failed", "folder"],
        &["recover", "folder"],
        &["show", "nope"],
        &["check", "bad.yaml"],
        &["check", "gone.yaml"],
        &["parse", "primes", "notes.txt"],
        &["parse", "primes", "gone"],
        &["emit", "cut.json"],
        &["emit", "newer.json"],
        &["rebuild", "notes.txt"],
        &["rebuild", "gone"],
        &["convert", "notes.txt", "--to", "record"],
        &["convert", "record.json", "--to", "nope"],
        &["compare", "record.json"],
        &["compare", "record.json", "empty"],
        &["compare", "record.json", "--vs", "folder"],
        &["history", "notes.txt"],
    ];
    let text: Vec<String> = all.iter().map(|arguments| said(folder.path(), arguments)).collect();
    insta::assert_snapshot!("errors", text.join("\n"));
}
