//! What people read fits a terminal of 80 columns, and one of another width.

use crate::{
    Fake, PRIMES,
    support::{Said, definition, program, project},
    sysbench_output,
};
use std::fs;
use tempfile::TempDir;

const VERBS: [&str; 14] = [
    "list", "show", "check", "doctor", "run", "recover", "parse", "emit", "rebuild", "compare", "history", "convert",
    "submit", "workload",
];

/// What it says where lines may have `columns` characters, or nothing is known of that.
fn said(arguments: &[&str], columns: Option<&str>) -> Said {
    let mut command = program();
    // Nothing is found there: all reasons are shown.
    command.env_remove("COLUMNS").env("PATH", "/nonexistent").args(arguments);
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    Said::of(&mut command)
}

/// Each line fits; a word that is longer than a line does not count.
fn fits(said: &Said, width: usize, what: &[&str]) {
    for line in said.stdout.lines().chain(said.stderr.lines()) {
        assert!(line.chars().count() <= width || line.split_whitespace().count() < 2, "{what:?}: {line}");
    }
    assert!(!said.stdout.is_empty() || !said.stderr.is_empty(), "{what:?} says nothing");
}

#[test]
fn help_fits() {
    for columns in [None, Some("80"), Some("60")] {
        let width = columns.map_or(80, |columns| columns.parse().unwrap());
        for flag in ["-h", "--help"] {
            fits(&said(&[flag], columns), width.max(80), &[flag]);
            for verb in VERBS {
                // Examples stay as they are: a command that is broken in two is none.
                fits(&said(&[verb, flag], columns), width.max(80), &[verb, flag]);
            }
        }
        fits(&said(&["submit", "squad", "--help"], columns), width.max(80), &["submit squad"]);
    }
    let narrow = said(&["run", "--help"], Some("60")).stdout;
    let options = narrow.split("Examples:").next().unwrap();
    assert!(options.lines().all(|line| line.chars().count() <= 60), "{options}");
}

#[test]
fn a_list_fits_and_shows_one_definition_whole() {
    let folder = TempDir::new().unwrap();
    let long = "a-name-that-is-as-long-as-a-name-of-a-definition-may-ever-be";
    definition(folder.path(), long, "echo score 1", "");
    for columns in [None, Some("80"), Some("100"), Some("160")] {
        let width = columns.map_or(80, |columns| columns.parse().unwrap());
        let list = said(&["list"], columns);
        fits(&list, width, &["list"]);
        assert!(list.stdout.lines().count() > 40 && list.stdout.contains("\nfio "), "{}", list.stdout);
        fits(&said(&["--definitions", folder.path().to_str().unwrap(), "list"], columns), width, &["list"]);
    }
    assert!(said(&["list"], Some("160")).stdout.contains("SUITE"));
    let one = said(&["list", "sysbench-cpu"], None);
    fits(&one, 80, &["list sysbench-cpu"]);
    let text = one.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for whole in ["thread-time-stddev", "program `sysbench` not found; install the package sysbench"] {
        assert!(text.contains(whole), "{whole}: {}", one.stdout);
    }
}

#[test]
fn each_definition_is_shown_in_lines_that_fit_and_its_job_is_yaml() {
    let names: serde_json::Value = serde_json::from_str(&said(&["list", "--json"], None).stdout).unwrap();
    for name in names.as_array().unwrap().iter().map(|definition| definition["name"].as_str().unwrap()) {
        let shown = said(&["show", name], None);
        fits(&shown, 80, &["show", name]);
        let (_, job) = shown.stdout.split_once("in a LAVA job:\n").unwrap();
        #[expect(clippy::disallowed_methods, reason = "the program's own output")]
        let job: serde_yaml::Value = serde_yaml::from_str(job).unwrap();
        let definition = &job[0]["test"]["definitions"][0];
        assert_eq!(definition["path"].as_str(), Some(&*format!("test-definitions/{name}/{name}.yaml")));
        let object: serde_json::Value = serde_json::from_str(&said(&["show", name, "--json"], None).stdout).unwrap();
        for parameter in object["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert_eq!(definition["parameters"][name].as_str(), parameter["default"].as_str(), "{name}");
        }
    }
}

#[test]
fn the_doctor_fits() {
    for name in ["sysbench-cpu", "fio", "ltp", "kselftest", "perf-bench-futex-wake-parallel"] {
        fits(&said(&["doctor", name], None), 80, &["doctor", name]);
    }
}

#[test]
fn what_is_said_of_a_log_fits() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "nothing\n").unwrap();
    let rebuild = |more: &[&str]| {
        let said = Said::of(program().arg("rebuild").arg(&log).args(more).env("COLUMNS", "80"));
        let text = format!("{}{}", said.stdout, said.stderr);
        let path = folder.path().display().to_string();
        let wide = text.lines().find(|line| line.chars().count() > 80 && !line.contains(&path) && line.contains(' '));
        assert_eq!(wide, None, "{text}");
        text
    };
    assert!(rebuild(&["-o", "/dev/null"]).contains("hint: name what a board's console said"));
    let whole = Said::of(program().args(["emit", "docs/example-record.json"]).current_dir(project(""))).stdout;
    fs::write(&log, &whole).unwrap();
    assert!(rebuild(&["--explain"]).contains("samples: 2 exact"));
    let signals: String =
        whole.lines().filter(|line| !line.contains("LBF1.")).skip(1).map(|line| format!("{line}\n")).collect();
    fs::write(&log, signals).unwrap();
    assert!(rebuild(&["-o", "/dev/null"]).contains("losses\n  document: only frames carry"));
}

#[test]
fn a_dry_run_fits() {
    let said = Said::of(program().args(["run", "sysbench-cpu", "--dry-run"]).env("COLUMNS", "80")).stdout;
    assert!(said.lines().all(|line| line.chars().count() <= 80) && said.contains("--cpu-max-prime="), "{said}");
}

#[test]
fn a_run_fits_whatever_it_has_to_say() {
    let word = "thirteen-long words and ".repeat(12);
    let fake = Fake::new(&format!("echo '{word}' >&2; exit 3"));
    let failed = Said::of(fake.command(&["--signals", "none"]).env_remove("COLUMNS"));
    assert_eq!(failed.code, 1);
    let folder = fake.output().display().to_string();
    let others = failed.stderr.lines().filter(|line| !line.contains(&folder));
    assert!(others.clone().all(|line| line.chars().count() <= 80), "{}", failed.stderr);
    let good = Fake::new(&sysbench_output());
    let passed = Said::of(good.command(&["--signals", "none"]).env_remove("COLUMNS"));
    let folder = good.output().display().to_string();
    let mut lines = passed.stderr.lines().filter(|line| !line.contains(&folder));
    assert!(lines.all(|line| line.chars().count() <= 80), "{}", passed.stderr);
    let output = good.folder.path().join("primes");
    let said =
        Said::of(program().args(PRIMES).args(["--signals", "none", "--output"]).arg(&output).env("COLUMNS", "60"));
    let wide = said.stderr.lines().find(|line| line.chars().count() > 60 && !line.starts_with("record: "));
    assert_eq!(wide, None, "{}", said.stderr);
    // The record's table is the same.
    let table = Said::of(program().arg("show").arg(&output).env("COLUMNS", "60")).stdout;
    assert!(said.stderr.contains(table.trim_end()) && table.contains("primes"), "{table}");
    assert!(fs::exists(project("docs/example-record.json")).unwrap());
}
