//! MMTests' own outputs, of three of its versions: ours must be the same, to the letter.
//!
//! They are not part of the project. `LAVA_BENCH_GOLDENS` names their folder; by default it is looked for beside the
//! project, and the tests are skipped where it is not.
#![expect(clippy::print_stderr, reason = "a skipped test says so, and the table of what was compared is its result")]

use lava_bench::{
    compare::mmtests::{Comparison, Options, Version, View},
    formats::mmtests::{self, Run},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

const VERSIONS: [(&str, Version); 3] = [
    ("", Version::Head),
    ("classic-2026-01", Version::Classic202601),
    ("classic-2021-11", Version::Classic202111),
];

/// What MMTests says of something else than a benchmark's samples.
const OTHER: [&str; 2] = ["compare-kernels.txt", "compare-monitor-duration.txt"];

fn goldens() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/goldens");
    let folder = env::var_os("LAVA_BENCH_GOLDENS").map_or_else(beside, PathBuf::from).join("mmtests");
    if !folder.is_dir() {
        eprintln!("skipped: no goldens at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The files of `folder`, by name.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every benchmark and version of the goldens.
fn cases(root: &Path) -> Vec<(String, PathBuf, Version)> {
    let entries = fs::read_dir(root).expect("a folder").flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut cases = Vec::new();
    for name in names {
        for (folder, version) in VERSIONS {
            let path = root.join(&name).join(folder);
            if path.is_dir() {
                cases.push((format!("{name}/{folder}"), path, version));
            }
        }
    }
    cases
}

fn runs(path: &Path) -> Vec<Run> {
    let json = fs::read(path).expect("a golden can be read");
    mmtests::read(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The JSON that belongs to an output with this suffix, and the sub-heading that it needs.
fn sources(folder: &Path, suffix: &str) -> Vec<(PathBuf, Option<String>)> {
    let heading = suffix.strip_prefix("-sub-").map(|text| text.replace("__", ".*"));
    let mut found = vec![(folder.join(format!("extract-multi{suffix}.json")), heading.clone())];
    if heading.is_some() {
        found.push((folder.join("extract-multi.json"), heading));
    }
    found.retain(|(path, _)| path.is_file());
    found
}

/// `compare-ratio-sub-tput.txt` -> a view, whether it came from JSON, and `-sub-tput`.
fn output(name: &str) -> Option<(View, bool, &str)> {
    let from_json = name.starts_with("fromjson-");
    let rest = name.strip_prefix("fromjson-").unwrap_or(name).strip_prefix("compare")?;
    let (rest, html) = match rest.strip_suffix(".html") {
        Some(rest) => (rest, true),
        None => (rest.strip_suffix(".txt")?, false),
    };
    let mut view = View { html, ..View::default() };
    let suffix = if let Some(suffix) = rest.strip_prefix("-ratio") {
        view.ratio = true;
        suffix
    } else if let Some(suffix) = rest.strip_prefix("-significance") {
        view.significance = true;
        suffix
    } else if let Some(suffix) = rest.strip_prefix("-nocompare") {
        view.no_compare = true;
        suffix
    } else {
        rest
    };
    Some((view, from_json, suffix))
}

/// Where the texts differ, if they do. Lines about means of random subsamples may differ by a little.
fn difference(ours: &str, theirs: &str, random_ratios: bool) -> Option<String> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), theirs.lines().collect());
    if ours.len() != theirs.len() {
        return Some(format!("{} lines, theirs {}", ours.len(), theirs.len()));
    }
    for (a, b) in ours.iter().zip(&theirs) {
        let random = |line: &str| line.contains("SubAmean") || line.contains("SubHmean");
        let near = random(b) || (random_ratios && ["Ratio", "Dm", "Gm", "Signi"].iter().any(|head| b.starts_with(head)));
        if a != b && !(near && nearly(a, b)) {
            return Some(format!("ours   {a}|\n             theirs {b}|"));
        }
    }
    None
}

/// The same words, and numbers that are equal but for chance.
fn nearly(a: &str, b: &str) -> bool {
    let split = |line: &str| -> Vec<String> {
        line.split(|c: char| c.is_whitespace() || "()*%".contains(c)).filter(|w| !w.is_empty()).map(Into::into).collect()
    };
    let (a, b) = (split(a), split(b));
    let number = |word: &str| word.trim_end_matches('s').parse::<f64>().ok();
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| match (number(a), number(b)) {
            (Some(a), Some(b)) => (a - b).abs() <= 0.15 * b.abs().max(a.abs()) + 5.0,
            _ => a == b,
        })
}

fn outcome(folder: &Path, name: &str, version: Version) -> Result<(), String> {
    let Some((view, from_json, suffix)) = output(name) else { return Err("not understood".into()) };
    let theirs = fs::read_to_string(folder.join(name)).expect("a golden can be read");
    let sources = sources(folder, suffix);
    if sources.is_empty() {
        return Err("no JSON for it".into());
    }
    for (path, sub_heading) in sources {
        let runs = runs(&path);
        let options = Options { version, sub_heading, sorted: from_json, true_direction: false };
        let all: Vec<&Run> = runs.iter().collect();
        let random = fs::read_to_string(&path).expect("read before").contains("submean");
        let comparison = Comparison::new(&all, &options).map_err(|error| error.to_string())?;
        if let Some(difference) = difference(&comparison.print(view), &theirs, random) {
            return Err(format!("{}\n      {difference}", path.file_name().unwrap_or_default().to_string_lossy()));
        }
    }
    Ok(())
}

#[test]
fn every_comparison_is_mmtests_own() {
    let Some(root) = goldens() else { return };
    let (mut equal, mut different) = (0, Vec::new());
    for (case, folder, version) in cases(&root) {
        let names = files(&folder).into_iter().filter(|name| output(name).is_some() && !OTHER.contains(&name.as_str()));
        for name in names {
            match outcome(&folder, &name, version) {
                Ok(()) => equal += 1,
                Err(why) => different.push(format!("{case} {name}: {why}")),
            }
        }
    }
    eprintln!("{equal} outputs are equal, {} are not", different.len());
    assert!(different.is_empty(), "\n  {}", different.join("\n  "));
    assert!(equal > 200, "{equal}");
}
