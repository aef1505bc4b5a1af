//! Logs that were cut off: what is read of them is the same, or the file is named.

use super::logs::{folder, index};
use lava_bench::suites::mmtests::{self, Operation, Selection, TreeError};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// At which parts of a file it is cut.
const PARTS: [usize; 3] = [20, 50, 90];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

fn copied(from: &Path) -> TempDir {
    let copy = TempDir::new().expect("a folder");
    for path in files(from) {
        let to = copy.path().join(path.strip_prefix(from).expect("in it"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
        fs::copy(&path, to).expect("it can be copied");
    }
    copy
}

/// The samples that are read, and what is said of them.
fn read(run: &Path, report: Option<&str>) -> (Option<Vec<Vec<Operation>>>, String) {
    let selection = Selection { alternative: report.map(Into::into), ..Selection::default() };
    let trees: Result<Vec<mmtests::Tree>, TreeError> = mmtests::read_tree(run, &selection);
    match trees {
        Ok(trees) => {
            let notes = trees.iter().flat_map(|tree| tree.notes.clone()).collect::<Vec<_>>().join("\n");
            (Some(trees.into_iter().flat_map(|tree| tree.benchmarks).map(|(run, _)| run.operations).collect()), notes)
        }
        Err(error) => (None, error.to_string()),
    }
}

#[test]
fn no_log_that_is_cut_in_a_line_passes_for_whole() {
    let (mut cuts, mut silent) = (0, Vec::new());
    for log in index() {
        let copy = copied(&folder().join(&log.run));
        let (whole, _) = read(copy.path(), log.report.as_deref());
        for path in files(copy.path()) {
            let bytes = fs::read(&path).expect("a log");
            for part in PARTS {
                // In the middle of a line.
                let at = bytes.len() * part / 100;
                if at == 0 || bytes[at - 1] == b'\n' {
                    continue;
                }
                fs::write(&path, &bytes[..at]).expect("it can be written");
                let (found, said) = read(copy.path(), log.report.as_deref());
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                // Nothing at all is said of the benchmark.
                let named = said.contains(&name) || (found.is_none() && said.contains("no sample in its logs"));
                if found != whole && !named {
                    silent.push(format!("{}: {name} at {part} %: {said}", log.run));
                }
                cuts += 1;
            }
            fs::write(&path, &bytes).expect("it can be written");
        }
    }
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
    assert!(cuts > 300, "{cuts}");
}
