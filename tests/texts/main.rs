//! What people read: help, lists, tables, errors. A change of words is seen in review.
//!
//! `INSTA_UPDATE=always cargo test --test texts` accepts what is said now; read `git diff` then.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

use regex::bytes::RegexBuilder;
use std::{fs, path::Path};
use support::{Said, program, undisturbed};
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

const VERBS: [&str; 22] = [
    "list",
    "show",
    "check",
    "doctor",
    "run",
    "recover",
    "parse",
    "emit",
    "faults",
    "rebuild",
    "compare",
    "bisect",
    "bisect step",
    "bisect replay",
    "history",
    "report",
    "convert",
    "submit",
    "submit squad",
    "manual",
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
}

#[test]
fn a_dry_run() {
    let folder = TempDir::new().unwrap();
    let script = "sleep 1; echo a line that is longer than the terminal is wide, so that it is broken; echo score 1";
    support::definition(folder.path(), "own", script, "");
    let text = said(folder.path(), &["--definitions", ".", "run", "own", "--dry-run"]);
    fits(&text);
    insta::assert_snapshot!("dry-run", text);
}

/// The numbers of a run are others each time.
#[test]
fn the_table_of_a_run() {
    let folder = TempDir::new().unwrap();
    let arguments =
        ["run", "primes", "--param", "THREADS=1", "--param", "TIME=0.01", "--output", "out", "--signals", "none"];
    let text = said(folder.path(), &arguments);
    fits(&text);
    let text = undisturbed(&text).join("\n") + "\n";
    let text = replaced(r"\d+(\.\d+)? +rounds", &text, "N  rounds");
    let text = replaced(r"\d+(\.\d+)? to \d+(\.\d+)?", &text, "N to N");
    let text = replaced(r"\(primes [^)]*\)|\(lava-bench [^)]*\)", &text, "(TOOL)");
    let text = replaced(r"about [^)]* left", &text, "about TIME left");
    let blanks = replaced(" {2,}", &text, "  ");
    insta::assert_snapshot!("run-primes", blanks);
}

/// Three definitions of a suite: two that can run, and one whose tool no machine has.
#[test]
fn the_list() {
    let folder = TempDir::new().unwrap();
    let definitions = folder.path().join("mine");
    fs::create_dir(&definitions).unwrap();
    for (name, tool) in [("own-one", "sh"), ("own-two-with-a-long-name", "sh"), ("own-three", "no-such-tool")] {
        let file = support::definition(&definitions, name, "echo score 1", "  suite: own\n");
        let text = fs::read_to_string(&file).unwrap().replace("tool: {name: sh}", &format!("tool: {{name: {tool}}}"));
        fs::write(file, text).unwrap();
    }
    let lists: Vec<String> = [
        &["--definitions", "mine", "list", "--suite", "own"][..],
        &["--definitions", "mine", "list", "--suite", "own", "--available"],
        &["--definitions", "mine", "list", "own-three"],
        &["list", "primes"],
        &["list", "no-such-name"],
        &["list", "--suite", "sysbenhc"],
    ]
    .iter()
    .map(|arguments| said(folder.path(), arguments))
    .collect();
    lists.iter().for_each(|list| fits(list));
    insta::assert_snapshot!("list", lists.join("\n"));
}

/// A hot board that nobody prepared.
const BOARD: [(&str, &str); 14] = [
    ("proc/sys/kernel/osrelease", "6.6.30\n"),
    ("proc/sys/kernel/tainted", "512\n"),
    ("proc/sys/kernel/printk", "7\t4\t1\t7\n"),
    ("proc/cmdline", "console=ttyAMA0,115200n8 root=/dev/nfs mitigations=off\n"),
    ("proc/loadavg", "4.25 0.10 0.05 2/99 1234\n"),
    ("sys/devices/system/cpu/online", "0-1\n"),
    ("sys/devices/system/cpu/smt/active", "1\n"),
    ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/affected_cpus", "0 1\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "schedutil\n"),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", "jiffies\n"),
    ("sys/class/thermal/thermal_zone0/temp", "95000\n"),
    ("sys/class/thermal/cooling_device0/type", "cpufreq-cpu0\n"),
    ("sys/class/thermal/cooling_device0/cur_state", "3\n"),
];

#[test]
fn the_doctor() {
    let folder = TempDir::new().unwrap();
    for (path, text) in BOARD {
        let file = folder.path().join("board").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let text = said(folder.path(), &["doctor", "--root", "board"]);
    fits(&text);
    let lacking =
        support::definition(folder.path(), "lacking", "echo score 1", "  needs: {programs: [no-such-tool]}\n");
    assert!(lacking.exists());
    // The rest of it is about this machine.
    let named = said(folder.path(), &["--definitions", ".", "doctor", "lacking"]);
    let problem: Vec<&str> = named.lines().take(2).collect();
    insta::assert_snapshot!("doctor", format!("{text}\n{}\n...\n", problem.join("\n")));
}

/// Everything that can be wrong with two sides, a history, a run that ended early, and with what is converted.
#[test]
fn errors_of_results() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    ["empty", "done", "torn", "garbage"].iter().for_each(|name| fs::create_dir(folder.path().join(name)).unwrap());
    let example = support::example() + "\n";
    let other = example.replace("0a1b2c3d", "0a1b2c3e").replace("3f9a0c7d12be", "3f9a0c7d12bf");
    write("notes.txt", "nothing of ours\n");
    write("record.json", &example);
    write("done/record.json", &example);
    write("torn/journal", "");
    write("garbage/journal", "nothing of ours\n");
    write("twin.json", &other);
    write("again.json", &example.replace("0a1b2c3d", "0a1b2c3e"));
    write("other.json", &other.replace("\"10000\"", "\"20000\""));
    write("elsewhere.json", &other.replace("{\"threads\":\"4\"}", "{\"threads\":\"8\"}"));
    write("cut.json", &example[..40]);
    let all: [&[&str]; 42] = [
        &["compare"],
        &["compare", "record.json", "gone"],
        &["compare", "record.json", "cut.json"],
        &["compare", "record.json", "record.json"],
        &["compare", "record.json", "again.json"],
        &["compare", "record.json", "other.json"],
        &["compare", "record.json", "elsewhere.json"],
        &["compare", "record.json", "twin.json", "other.json"],
        &["compare", "record.json", "--vs"],
        &["compare", "record.json", "twin.json", "--benchmark", "nope"],
        &["compare", "record.json", "twin.json", "--metric", "nope"],
        &["compare", "record.json", "twin.json", "--margin", "200%"],
        &["compare", "record.json", "twin.json", "--alpha", "0"],
        &["compare", "record.json", "twin.json", "--format", "nope"],
        &["compare", "record.json", "twin.json", "--fail-on", "regresion"],
        &["compare", "record.json", "twin.json", "--history", "gone"],
        &["compare", "record.json", "twin.json", "--ratio"],
        &["compare", "record.json", "twin.json", "-o", "gone/report.txt"],
        &["history"],
        &["history", "gone"],
        &["history", "empty"],
        &["history", "record.json"],
        &["history", "record.json", "--benchmark", "nope"],
        &["history", "record.json", "--metric", "nope"],
        &["convert"],
        &["convert", "record.json"],
        &["convert", "gone", "--to", "csv"],
        &["convert", "empty", "--to", "csv"],
        &["convert", "cut.json", "--to", "junit"],
        &["convert", "notes.txt", "--to", "csv"],
        &["convert", "record.json", "--to", "csv", "-o", "gone/samples.csv"],
        &["recover"],
        &["recover", "gone"],
        &["recover", "record.json"],
        &["recover", "done"],
        &["recover", "torn"],
        &["recover", "garbage"],
        &["run", "--resume", "gone"],
        &["run", "--resume", "done"],
        &["run", "--resume", "torn"],
        &["run", "--resume", "done", "primes"],
        &["run", "--only-failed", "done"],
    ];
    let text: Vec<String> = all.iter().map(|arguments| said(folder.path(), arguments)).collect();
    text.iter().for_each(|text| fits(text));
    insta::assert_snapshot!("errors-of-results", text.join("\n"));
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
