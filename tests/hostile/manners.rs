//! Small things that went wrong for people.

use crate::support::{definition, run};
use std::fs;
use tempfile::TempDir;

#[test]
fn a_definition_may_begin_with_a_byte_order_mark() {
    let folder = TempDir::new().unwrap();
    let path = definition(folder.path(), "marked", "echo score 1", "");
    fs::write(&path, format!("\u{feff}{}", fs::read_to_string(&path).unwrap())).unwrap();
    let name = folder.path().to_str().unwrap();
    let said = run(&["--definitions", name, "run", "marked", "--dry-run"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(run(&["check", path.to_str().unwrap()]).code, 0);
}

#[test]
fn a_file_that_is_no_text_spoils_no_other_definition() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "good", "echo score 1", "");
    fs::write(folder.path().join("latin.yaml"), b"metadata: {name: latin, description: \xfcber}").unwrap();
    let with = |arguments: &[&str]| run(&[&["--definitions", folder.path().to_str().unwrap()], arguments].concat());
    let said = with(&["run", "good", "--dry-run"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let why = "latin.yaml: cannot be read: stream did not contain valid UTF-8";
    let said = with(&["run", "latin", "--dry-run"]);
    assert!(said.code == 2 && said.stderr.contains(why), "{}", said.stderr);
    let said = with(&["list"]);
    assert!(said.code == 0 && said.stdout.contains("\ngood "), "{}", said.stdout);
    assert!(said.stderr.starts_with("lava-bench: left out: ") && said.stderr.contains(why), "{}", said.stderr);
    let said = with(&["check"]);
    assert!(said.code == 2 && said.stdout.contains("\nok    good ") && said.stdout.contains(why), "{}", said.stdout);
}
