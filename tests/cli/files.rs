//! Files that the program writes: there as a whole, or as they were.

use crate::support::{PROGRAM, Said, clean, example, program};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};
use tempfile::TempDir;

/// What a folder has, by name.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a command of a shell in `folder`, which has a record as `a.json`.
fn shell(folder: &TempDir, script: &str) -> Said {
    let mut command = clean(Command::new("sh"));
    Said::of(command.current_dir(folder.path()).env("BENCH", PROGRAM).args(["-c", script]))
}

fn with_record() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.json"), example()).unwrap();
    folder
}

#[test]
fn a_full_disk_leaves_no_part_of_a_file_and_what_was_there_stays() {
    let folder = with_record();
    fs::write(folder.path().join("b.json"), example().replace("0a1b2c3d", "0a1b2c3e")).unwrap();
    // A block of 512 bytes: less than any of these files has.
    for command in [
        "$BENCH emit a.json | $BENCH rebuild - -o out",
        "$BENCH report a.json --vs b.json --allow-different --mail out",
        "$BENCH report a.json --vs b.json --allow-different --page out",
    ] {
        let said = shell(&folder, &format!("ulimit -f 1; {command}"));
        assert!(said.code == 5 && said.stderr.contains("out: File too large"), "{command}: {said:?}");
        assert_eq!(names(&folder), ["a.json", "b.json"], "{command}");
        fs::write(folder.path().join("out"), "of before").unwrap();
        let said = shell(&folder, &format!("ulimit -f 1; {command}"));
        assert_eq!(said.code, 5, "{command}: {said:?}");
        assert_eq!(names(&folder), ["a.json", "b.json", "out"], "{command}");
        assert_eq!(fs::read(folder.path().join("out")).unwrap(), b"of before", "{command}");
        fs::remove_file(folder.path().join("out")).unwrap();
        assert_eq!(shell(&folder, command).code, 0);
        assert!(fs::metadata(folder.path().join("out")).unwrap().len() > 512, "{command}");
        fs::remove_file(folder.path().join("out")).unwrap();
    }
}

#[test]
fn what_is_no_file_of_its_own_is_written_to() {
    let folder = with_record();
    let whole = Said::of(program().args(["convert", "--to", "csv"]).arg(folder.path().join("a.json"))).stdout;
    for script in [
        "$BENCH convert a.json --to csv -o /dev/stdout | cat",
        "$BENCH convert a.json --to csv -o /dev/stdout >file; cat file; rm file",
        "ln -s /dev/stdout link; $BENCH convert a.json --to csv -o link >file; cat file; rm link file",
        "mkfifo fifo; cat fifo & $BENCH convert a.json --to csv -o fifo; wait; rm fifo",
        "$BENCH convert a.json --to csv -o /dev/fd/3 3>file; cat file; rm file",
    ] {
        let said = shell(&folder, script);
        assert_eq!((said.code, said.stdout.as_str()), (0, whole.as_str()), "{script}: {}", said.stderr);
        assert_eq!(names(&folder), ["a.json"], "{script}");
    }
    let said = shell(&folder, "$BENCH convert a.json --to csv -o /dev/full");
    assert!(said.code == 5 && said.stderr.contains("/dev/full: No space left on device"), "{said:?}");
}

#[test]
fn a_link_leads_to_the_file_that_is_replaced_and_its_mode_stays() {
    let folder = with_record();
    let at = folder.path();
    fs::create_dir(at.join("of-today")).unwrap();
    fs::write(at.join("of-today/it.csv"), "of before").unwrap();
    fs::set_permissions(at.join("of-today/it.csv"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("of-today/it.csv", at.join("newest")).unwrap();
    symlink("of-today/to-come.csv", at.join("next")).unwrap();
    for name in ["newest", "next"] {
        assert_eq!(shell(&folder, &format!("$BENCH convert a.json --to csv -o {name}")).code, 0);
        assert!(fs::symlink_metadata(at.join(name)).unwrap().is_symlink(), "{name}");
    }
    let metadata = fs::metadata(at.join("of-today/it.csv")).unwrap();
    assert!(metadata.permissions().mode() & 0o777 == 0o600 && metadata.len() > 100);
    assert_eq!(fs::read(at.join("newest")).unwrap(), fs::read(at.join("of-today/to-come.csv")).unwrap());
}
