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
        rest.strip_prefix("-kernels").unwrap_or(rest)
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
        line.split(|c: char| c.is_whitespace() || "()*<>".contains(c)).filter(|w| !w.is_empty()).map(Into::into).collect()
    };
    let (a, b) = (split(a), split(b));
    let number = |word: &str, end: char| word.strip_suffix(end)?.parse::<f64>().ok();
    let near = |a: &str, b: &str| match (number(a, '%'), number(b, '%')) {
        (Some(a), Some(b)) => (a - b).abs() <= 15.0,
        _ => match (number(a, 's'), number(b, 's'), a.parse::<f64>(), b.parse::<f64>()) {
            (Some(a), Some(b), ..) => (a - b).abs() <= 0.15,
            (_, _, Ok(a), Ok(b)) => (a - b).abs() <= 0.15 * b.abs(),
            _ => a == b,
        },
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| near(a, b))
}

fn outcome(folder: &Path, name: &str, version: Version) -> Result<(), String> {
    let Some((view, from_json, suffix)) = output(name) else { return Err("not understood".into()) };
    let theirs = fs::read_to_string(folder.join(name)).expect("a golden can be read");
    // A report of all benchmarks has a blank line and the name above each table, and a blank line below.
    let report = name.contains("-kernels");
    let theirs = if report { theirs.splitn(3, '\n').nth(2).unwrap_or_default().trim_end_matches('\n') } else { &theirs };
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
        if let Some(difference) = difference(&comparison.print(view), theirs, random) {
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

/// The same number: equal to 12 of the 15 digits that they wrote, or both none.
fn same(ours: f64, theirs: &Value) -> bool {
    let theirs = match theirs {
        Value::String(text) => mmtests::number(text).unwrap_or(f64::NAN),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    let near = (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0);
    ours == theirs || near || (ours.is_nan() && theirs.is_nan())
}

/// Compares tables of operation -> cells with ours.
fn tables(theirs: &Value, ours: impl Fn(&str) -> Option<Vec<f64>>, what: &str) -> Result<usize, String> {
    let Some(theirs) = theirs.as_object() else { return Ok(0) };
    let mut count = 0;
    for (operation, cells) in theirs {
        let cells: Vec<&Value> = cells.as_array().into_iter().flatten().flat_map(flat).collect();
        let ours = ours(operation).ok_or_else(|| format!("{what}: no operation {operation}"))?;
        if ours.len() != cells.len() {
            return Err(format!("{what} of {operation}: {} cells, theirs {}", ours.len(), cells.len()));
        }
        for (at, (a, b)) in ours.iter().zip(&cells).enumerate() {
            if !same(*a, b) {
                return Err(format!("{what} of {operation}, cell {at}: {a}, theirs {b}"));
            }
            count += 1;
        }
    }
    Ok(count)
}

fn flat(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |list| list.iter().collect())
}

fn export(folder: &Path, name: &str, version: Version) -> Result<usize, String> {
    let suffix = name.trim_start_matches("compare").trim_start_matches("-ratio").trim_start_matches("-export");
    let suffix = suffix.trim_end_matches(".json");
    let theirs: Value = serde_json::from_slice(&fs::read(folder.join(name)).expect("a golden")).expect("JSON");
    let Some((path, sub_heading)) = sources(folder, suffix).into_iter().next() else { return Err("no JSON for it".into()) };
    let runs = runs(&path);
    let options = Options { version, sub_heading, ..Options::default() };
    let comparison = Comparison::new(&runs.iter().collect::<Vec<_>>(), &options).map_err(|error| error.to_string())?;
    let place = |operation: &str| comparison.operations.iter().position(|name| name == operation);
    let rows = |operation: &str| {
        let place = place(operation);
        comparison.rows.iter().filter(move |row| Some(row.operation) == place)
    };
    let random = fs::read_to_string(&path).expect("read before").contains("submean");
    let cells = |operation: &str, of: fn(&lava_bench::compare::mmtests::Cell) -> f64| -> Option<Vec<f64>> {
        place(operation)?;
        Some(rows(operation).flat_map(|row| row.cells.iter().map(of)).collect())
    };
    if random {
        // The last two statistics of each operation, and all that is made of them, are drawn at random.
        return Ok(0);
    }
    let mut count = 0;
    if name.contains("ratio") {
        let ratio = |operation: &str, of: fn(&lava_bench::compare::mmtests::Ratio) -> f64| {
            let place = place(operation)?;
            let at = comparison.ratios.operations.iter().position(|at| *at == place)?;
            Some(comparison.ratios.cells[at].iter().map(of).collect())
        };
        count += tables(&theirs["_ResultsRatioTable"], |name| ratio(name, |cell| cell.ratio), "ratios")?;
        count += tables(&theirs["_CompareTable"], |name| ratio(name, |cell| cell.percent), "gains")?;
        if comparison.ratios.differences.is_some() {
            count += tables(&theirs["_ResultsNormalizedTable"], |name| ratio(name, |cell| cell.difference), "differences")?;
        }
        let means = theirs["_GeometricMeanTable"].as_array().into_iter().flatten();
        for (ours, theirs) in comparison.ratios.geometric_means.iter().zip(means) {
            if !same(*ours, theirs) {
                return Err(format!("geometric mean {ours}, theirs {theirs}"));
            }
        }
    } else {
        count += tables(&theirs["_ResultsTable"], |name| cells(name, |cell| cell.value), "figures")?;
        count += tables(&theirs["_CompareTable"], |name| cells(name, |cell| cell.percent), "gains")?;
        let significance = |operation: &str| -> Option<Vec<f64>> {
            let pairs = &comparison.significance[place(operation)?];
            Some(pairs.iter().map(|(_, number)| *number).collect())
        };
        let numbers = |theirs: &Value| -> Value {
            let pairs = theirs.as_object().into_iter().flatten();
            // Flag and number of each run in turn.
            pairs
                .map(|(name, list)| {
                    let list: Vec<Value> = list.as_array().into_iter().flatten().skip(1).step_by(2).cloned().collect();
                    (name.clone(), Value::from(list))
                })
                .collect()
        };
        count += tables(&numbers(&theirs["_ResultsSignificanceTable"]), significance, "significance")?;
    }
    Ok(count)
}

#[test]
fn every_statistic_is_mmtests_own_in_full_precision() {
    let Some(root) = goldens() else { return };
    let (mut equal, mut different) = (0, Vec::new());
    for (case, folder, version) in cases(&root) {
        for name in files(&folder).into_iter().filter(|name| name.contains("export") && name.ends_with(".json")) {
            match export(&folder, &name, version) {
                Ok(count) => equal += count,
                Err(why) => different.push(format!("{case} {name}: {why}")),
            }
        }
    }
    eprintln!("{equal} numbers are equal, {} files have one that is not", different.len());
    assert!(different.is_empty(), "\n  {}", different.join("\n  "));
    assert!(equal > 3000, "{equal}");
}
