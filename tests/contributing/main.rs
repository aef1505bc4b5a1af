//! The changes that CONTRIBUTING.md walks through, made on a copy as it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::{PROGRAM, project, run};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The lines of CONTRIBUTING.md that begin with `begin`, without blanks before them.
fn lines(begin: &str) -> Vec<String> {
    let page = fs::read_to_string(project("CONTRIBUTING.md")).unwrap();
    page.lines().map(|line| line.trim().to_string()).filter(|line| line.starts_with(begin)).collect()
}

#[test]
fn a_metric_in_a_definition() {
    let folder = tempfile::tempdir().unwrap();
    copy(&project("test-definitions/coremark"), &folder.path().join("coremark"));
    let path = folder.path().join("coremark/coremark.yaml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (line, above) in [
        (lines("- {name: total-time,").concat(), "    - {name: score, "),
        (lines("- {metric: total-time,").concat(), "        - {metric: score, "),
    ] {
        let (indent, at) = (above.find('-').unwrap(), text.find(above).unwrap());
        text.insert_str(at, &format!("{}{line}\n", " ".repeat(indent)));
    }
    fs::write(&path, text).unwrap();
    let name = path.to_str().unwrap();
    let said = run(&["check", name]);
    assert!(said.code == 2 && said.stdout.contains("threads-2"), "{said:?}");
    assert_eq!(run(&["check", name, "--accept"]).code, 0);
    assert_eq!(run(&["check", name]).code, 0);
    let expected = fs::read_to_string(folder.path().join("coremark/samples/1.01/threads-2.json")).unwrap();
    assert!(expected.contains("total-time") && expected.contains("48.355"), "{expected}");
}

/// A folder for a build, with the dependencies of this one: as links, so that they take no time and no room.
fn built_dependencies() -> PathBuf {
    let debug = Path::new(PROGRAM).parent().unwrap();
    let folder = debug.parent().unwrap().join("contributing");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("debug")).unwrap();
    for part in ["deps", ".fingerprint", "build"] {
        let linked = Command::new("cp").arg("-al").arg(debug.join(part)).arg(folder.join("debug")).status().unwrap();
        assert!(linked.success(), "{part}");
    }
    folder
}

/// Compiles a copy of the program with a suite more.
#[test]
fn a_new_suite() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["agent", "test-definitions", "docs"] {
        copy(&project(name), &folder.path().join(name));
    }
    for name in ["Cargo.toml", "Cargo.lock", "README.md"] {
        fs::copy(project(name), folder.path().join(name)).unwrap();
    }
    copy(&project("tests/contributing/lines"), &folder.path().join("agent/suites/lines"));
    let face = folder.path().join("agent/suites/mod.rs");
    let text = fs::read_to_string(&face).unwrap();
    let table = "static SUITES: &[Suite] = &[mmtests::SUITE, lkp::SUITE, test_definitions::SUITE];";
    assert!(text.contains(table), "the table of suites is another one");
    let text = text.replace(table, &lines("static SUITES").concat());
    let module = lines("mod lines;").concat();
    fs::write(&face, text.replacen("pub mod mmtests;", &format!("{module}\npub mod mmtests;"), 1)).unwrap();
    // The same features and the same profile as this build: its dependencies fit. The program itself is not optimised.
    let built = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--locked", "--lib", "suites::lines"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", built_dependencies())
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .output()
        .unwrap();
    let (said, errors) = (String::from_utf8_lossy(&built.stdout), String::from_utf8_lossy(&built.stderr));
    assert!(built.status.success() && said.contains("1 passed"), "{said}{errors}");
}
