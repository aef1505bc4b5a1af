//! MMTests' own outputs, of three of its versions: ours must be the same, to the letter.
//!
//! They are not part of the project. `LAVA_BENCH_GOLDENS` names their folder; by default it is looked for beside the
//! project, and the tests are skipped where it is not.
#![expect(clippy::print_stderr, reason = "a skipped test says so, and the table of what was compared is its result")]

mod configs;
mod logs;
mod native;

use lava_bench::{
    compare::mmtests::{Comparison, Options, Version, View},
    formats::mmtests::{self, Run},
    rebuild::Rebuilder,
    record::{Record, RecordId},
    signal::record_signals,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const VERSIONS: [(&str, Version); 3] =
    [("", Version::Head), ("classic-2026-01", Version::Classic202601), ("classic-2021-11", Version::Classic202111)];

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
        let near =
            random(b) || (random_ratios && ["Ratio", "Dm", "Gm", "Signi"].iter().any(|head| b.starts_with(head)));
        if a != b && !(near && nearly(a, b)) {
            return Some(format!("ours   {a}|\n             theirs {b}|"));
        }
    }
    None
}

/// The same words, and numbers that are equal but for chance.
fn nearly(a: &str, b: &str) -> bool {
    let split = |line: &str| -> Vec<String> {
        line.split(|c: char| c.is_whitespace() || "()*<>".contains(c))
            .filter(|w| !w.is_empty())
            .map(Into::into)
            .collect()
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
    let theirs =
        if report { theirs.splitn(3, '\n').nth(2).unwrap_or_default().trim_end_matches('\n') } else { &theirs };
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
        let outcomes: Vec<_> = names.map(|name| (outcome(&folder, &name, version), name)).collect();
        let good = outcomes.iter().filter(|(outcome, _)| outcome.is_ok()).count();
        eprintln!("{case:<40} {good:>3} of {:>3} outputs equal", outcomes.len());
        equal += good;
        different.extend(
            outcomes.into_iter().filter_map(|(outcome, name)| Some(format!("{case} {name}: {}", outcome.err()?))),
        );
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
    let Some((path, sub_heading)) = sources(folder, suffix).into_iter().next() else {
        return Err("no JSON for it".into());
    };
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
            count +=
                tables(&theirs["_ResultsNormalizedTable"], |name| ratio(name, |cell| cell.difference), "differences")?;
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

/// JSON -> runs -> records -> signals on a console -> records -> runs -> JSON.
fn through_signals(runs: &[Run]) -> Value {
    let mut console = String::new();
    for (id, run) in (1..).zip(runs) {
        let record = mmtests::to_record(run, RecordId(id));
        record.check().unwrap_or_else(|error| panic!("{}: {error}", run.name()));
        let again = Record::from_json(record.to_json().as_bytes()).expect("a record reads itself");
        let back = mmtests::to_runs(&again).expect("its own");
        assert_eq!(written(&back), written(std::slice::from_ref(run)), "{}", run.name());
        let signals = record_signals(&record, usize::MAX);
        console.extend(signals.iter().map(|signal| format!("{}\n", signal.to_line(record.id))));
    }
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(console.as_bytes()).expect("memory can be read");
    let rebuilt: Vec<Run> = rebuilder
        .finish()
        .iter()
        .flat_map(|rebuilt| {
            // The document itself is lost, as there are no frames; nothing else may be.
            assert_eq!(rebuilt.record.losses.len(), 1, "{:?}", rebuilt.record.losses);
            mmtests::to_runs(&rebuilt.record).expect("its own")
        })
        .collect();
    written(&rebuilt)
}

fn written(runs: &[Run]) -> Value {
    let mut json = Vec::new();
    mmtests::write(runs, &mut json).expect("it can be written");
    serde_json::from_slice(&json).expect("JSON")
}

#[test]
fn every_json_comes_back_through_signals() {
    let Some(root) = goldens() else { return };
    let mut count = 0;
    for (case, folder, _) in cases(&root) {
        for name in files(&folder).into_iter().filter(|name| name.starts_with("extract") && name.ends_with(".json")) {
            let path = folder.join(&name);
            let original: Value = serde_json::from_slice(&fs::read(&path).expect("a golden")).expect("JSON");
            let runs = runs(&path);
            assert_eq!(written(&runs), original, "{case} {name}");
            assert_eq!(through_signals(&runs), original, "{case} {name}: through signals");
            count += 1;
        }
    }
    eprintln!("{count} documents");
    assert!(count > 80, "{count}");
}

/// A number as Perl's JSON may have it.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-1_000_000i64..1_000_000).prop_map(Value::from),
        4 => (0i64..1_000_000, 0usize..5).prop_map(|(n, decimals)| json!(format!("{:.decimals$}", n as f64 / 1000.0))),
        2 => any::<f64>().prop_filter("JSON has finite ones", |n| n.is_finite()).prop_map(Value::from),
        1 => any::<f64>().prop_map(|n| json!(format!("{n:e}"))),
        1 => any::<u64>().prop_map(Value::from),
        1 => prop_oneof![Just("nan"), Just("Inf"), Just("-infinity"), Just(" 5 "), Just("007"), Just("1e-09"), Just("-0.0")]
            .prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn iteration() -> impl Strategy<Value = Value> {
    let counted = prop::collection::vec(number(), 0..6).prop_map(|values| {
        let numbers: Vec<Value> = (1..=values.len()).map(|n| if n == 1 { json!("1") } else { json!(n) }).collect();
        json!({"SampleNrs": numbers, "Values": values})
    });
    let any = prop::collection::vec((number(), number()), 0..6).prop_map(|samples| {
        let (numbers, values): (Vec<Value>, Vec<Value>) = samples.into_iter().unzip();
        json!({"SampleNrs": numbers, "Values": values})
    });
    prop_oneof![4 => counted, 2 => any, 1 => Just(Value::Null)]
}

fn document() -> impl Strategy<Value = Value> {
    let operation = prop_oneof![3 => "[a-z]{1,4}(/sec)?-[0-9]", 1 => "\\PC{0,40}", 1 => ".{0,12}"];
    let operations = prop::collection::btree_map(operation, prop::collection::vec(iteration(), 0..4), 0..5);
    let text = prop_oneof![2 => "[A-Za-z0-9 .-]{0,12}", 1 => ".{0,60}", 1 => Just("=".to_string()), 1 => Just("[1".to_string())];
    let fields =
        (text.clone(), text, prop::bool::ANY, prop::option::of(Just("Higher")), prop::collection::vec(".{0,9}", 0..3));
    (operations, fields).prop_map(|(operations, (module, name, listed, preferred, command))| {
        let mut run =
            json!({"_ModuleName": format!("Extract{module}"), "_TestName": name, "_Cmd": command, "_PlotLength": null});
        if listed {
            let mut names: Vec<Value> = operations.keys().rev().map(|name| json!(name)).collect();
            names.push(json!("without data"));
            run["_GeneratedOperations"] = names.into();
        }
        run["_Spelling"] = json!("of a field");
        run["=x"] = json!("=");
        if let Some(preferred) = preferred {
            run["_PreferredVal"] = json!(preferred);
        }
        run["_ResultData"] = operations.into_iter().collect();
        run
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_comes_back_through_signals(runs in prop::collection::vec(document(), 1..3)) {
        let original = if let [run] = runs.as_slice() { run.clone() } else { Value::from(runs) };
        let runs = mmtests::read(original.to_string().as_bytes()).expect("it is MMTests JSON");
        prop_assert_eq!(written(&runs), original.clone());
        prop_assert_eq!(through_signals(&runs), original);
    }

    #[test]
    fn no_bytes_make_it_panic(document in document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..at]] {
            if let Ok(runs) = mmtests::read(bytes) {
                let all: Vec<&Run> = runs.iter().collect();
                if let Ok(comparison) = Comparison::new(&all, &Options::default()) {
                    prop_assert!(comparison.print(View::default()).lines().count() >= 2);
                    let ratios = comparison.print(View { ratio: true, ..View::default() });
                    prop_assert!(ratios.contains("Gmean"));
                }
            }
        }
    }
}

/// The bits of sample numbers and values, by operation and iteration.
type Plain = Vec<(String, Vec<Option<Vec<(u64, u64)>>>)>;

/// What `extract` and ours have in common: operations in their order, with sample numbers and values as numbers.
fn plain(run: &Run) -> Plain {
    let bits = |number: f64| if number.is_nan() { 0 } else { number.to_bits() };
    let mut all = Vec::new();
    for name in run.listed() {
        let iterations = run.operation(&name).map_or(&[][..], |operation| operation.iterations.as_slice());
        let one = |iteration: &Option<mmtests::Iteration>| {
            let iteration = iteration.as_ref()?;
            Some(iteration.numbers.iter().map(bits).zip(iteration.values.iter().map(bits)).collect())
        };
        all.push((name, iterations.iter().map(one).collect()));
    }
    all
}

/// Where two runs differ.
fn unlike(ours: &Run, theirs: &Run) -> Option<String> {
    for field in ["_TestName", "_ModuleName", "_PreferredVal", "_RatioOperations", "_CurrentIteration"] {
        if ours.fields.get(field) != theirs.fields.get(field) {
            return Some(format!("{field}: {:?}, theirs {:?}", ours.fields.get(field), theirs.fields.get(field)));
        }
    }
    let (ours, theirs) = (plain(ours), plain(theirs));
    let names = |all: &Plain| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Some(format!("operations {:?}, theirs {:?}", names(&ours), names(&theirs)));
    }
    let (ours, theirs) = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs)?;
    let numbers = |iterations: &[Option<Vec<(u64, u64)>>]| -> Vec<(f64, f64)> {
        let all = iterations.iter().flatten().flatten();
        all.map(|(number, value)| (f64::from_bits(*number), f64::from_bits(*value))).take(8).collect()
    };
    Some(format!("{}: {:?}, theirs {:?}", ours.0, numbers(&ours.1), numbers(&theirs.1)))
}

/// Logs of the older version that are read in another way: the rules give every sample, MMTests gave one mean of them
/// (stream), or left the last processor out (cyclictest).
const UNLIKE: [&str; 2] = ["cyclictest/classic-2026-01", "stream/classic-2026-01"];

fn trees(folder: &Path, report: Option<&str>) -> Result<Vec<Run>, String> {
    let selection = mmtests::Selection { alternative: report.map(Into::into), ..Default::default() };
    let trees = mmtests::read_tree(folder, &selection).map_err(|error| error.to_string())?;
    Ok(trees.into_iter().flat_map(|tree| tree.benchmarks).map(|(run, _)| run).collect())
}

#[test]
fn every_log_tree_gives_mmtests_own_values() {
    let Some(root) = goldens() else { return };
    let (mut equal, mut different) = (Vec::new(), Vec::new());
    for (case, folder, version) in cases(&root) {
        // The logs of the older version, where it wrote its own, are beside those of the newer one.
        let own = folder.parent().map(|parent| parent.join("raw-classic")).filter(|path| path.is_dir());
        let (logs, version) = match version {
            Version::Head => (folder.join("raw"), version),
            Version::Classic202601 => (own.unwrap_or_default(), version),
            Version::Classic202111 => continue,
        };
        if !logs.is_dir() || UNLIKE.contains(&case.as_str()) {
            continue;
        }
        for (report, suffix) in [(None, ""), (Some("latency"), "-alt-latency")] {
            let json = folder.join(format!("extract-multi{suffix}.json"));
            if !json.is_file() || (report.is_some() && !case.starts_with("fio")) {
                continue;
            }
            let theirs = runs(&json);
            match trees(&logs, report) {
                Err(error) => different.push(format!("{case}{suffix}: {error}")),
                Ok(ours) => match ours.iter().zip(&theirs).find_map(|(ours, theirs)| unlike(ours, theirs)) {
                    Some(difference) => different.push(format!("{case}{suffix}: {difference}")),
                    None if ours.len() != theirs.len() => different.push(format!("{case}: {} runs", ours.len())),
                    None => {
                        let compared = Comparison::new(&ours.iter().collect::<Vec<_>>(), &Options::default());
                        let compared = compared.ok().filter(|_| version == Version::Head);
                        let text = fs::read_to_string(folder.join(format!("compare{suffix}.txt")));
                        if let (Some(compared), Ok(text)) = (compared, text) {
                            assert_eq!(compared.print(View::default()), text, "{case}");
                        }
                        equal.push(case.clone());
                    }
                },
            }
        }
    }
    eprintln!("{} trees are equal, {} are not", equal.len(), different.len());
    assert!(different.is_empty(), "\n  {}", different.join("\n  "));
    assert!(equal.len() > 20, "{equal:?}");
}

fn program(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lava-bench"));
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may end before it has read all.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

const TWO: &str = r#"[{"_ModuleName":"ExtractShellpacksysbenchcpu","_TestName":"old","_GeneratedOperations":["events/sec-1","gone"],
    "_ResultData":{"events/sec-1":[{"SampleNrs":["1",2,3],"Values":["100.5","101.25","99.75"]}]}},
    {"_ModuleName":"ExtractShellpacksysbenchcpu","_TestName":"new","_GeneratedOperations":["events/sec-1","more"],
    "_ResultData":{"events/sec-1":[{"SampleNrs":["1",2],"Values":["50.25","50.75"]}],"more":[{"SampleNrs":[1],"Values":[1]}]}}]"#;

#[test]
fn the_program_compares_and_tells_what_the_table_does_not() {
    let (code, table, notes) = program(&["compare", "-"], TWO);
    assert_eq!(code, 0, "{notes}");
    // MMTests takes the loss for a gain.
    assert!(
        table.contains("Amean     events/sec-1            100.50 (   0.00%)             50.50 *  49.75%*"),
        "{table}"
    );
    assert!(notes.contains("run `old`: operation `gone`: no samples"), "{notes}");
    assert!(notes.contains("run `new`: operation `more`: not in the baseline"), "{notes}");
    let (_, table, _) = program(&["compare", "-", "--true-direction"], TWO);
    assert!(
        table.contains("Hmean     events/sec-1            100.50 (   0.00%)             50.50 * -49.75%*"),
        "{table}"
    );
    let (_, table, _) = program(&["compare", "-", "--true-direction", "--ratio"], TWO);
    assert!(table.contains("Gmean Higher"), "{table}");
    let (_, table, _) = program(&["compare", "-", "--runs", "new,old", "--no-compare"], TWO);
    assert_eq!(table.lines().nth(1).map(|line| line.split_whitespace().collect::<Vec<_>>()), Some(vec!["new", "old"]));
    let (_, html, _) = program(&["compare", "-", "--format", "mmtests-html"], TWO);
    assert!(html.starts_with("<table class=\"resultsTable\">") && html.contains("bgcolor=\"#A0FFA0\""), "{html}");
}

#[test]
fn bad_input_is_an_error_that_says_what_to_do() {
    let empty = r#"{"_ModuleName":"ExtractX","_TestName":"a","_ResultData":{}}"#;
    for (input, arguments, message) in [
        ("", &["compare", "-"][..], "ends too early"),
        (&TWO[..300], &["compare", "-"], "ends too early"),
        ("{\"a\":1}", &["compare", "-"], "missing field `_ResultData`"),
        (empty, &["compare", "-"], "run `a`: the baseline has no samples"),
        (TWO, &["compare", "-", "--sub-heading", "tput"], "sub-heading `tput`: no operation begins with it"),
        (TWO, &["compare", "-", "--sub-heading", "("], "sub-heading `(`"),
        (TWO, &["compare", "-", "--runs", "5.15"], "there are old, new"),
        (TWO, &["compare", "-", "--benchmark", "fio"], "there is sysbenchcpu"),
        (TWO, &["compare", "/nowhere"], "/nowhere"),
        (TWO, &["convert", "agent", "--to", "record"], "agent: no run of MMTests in it"),
        (r#"{"schema":"lava-bench-record/1","id":"x"}"#, &["convert", "-", "--to", "record"], "record id `x`"),
    ] {
        let (code, out, error) = program(arguments, input);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(message) && out.is_empty(), "{arguments:?}: {error}{out}");
    }
}

#[test]
fn the_program_converts_there_and_back() {
    let (code, records, error) = program(&["convert", "-", "--to", "record"], TWO);
    assert_eq!((code, records.lines().count()), (0, 2), "{error}");
    let (code, json, error) = program(&["convert", "-", "--to", "mmtests-json"], &records);
    assert_eq!(code, 0, "{error}");
    let value = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
    assert_eq!(value(&json), value(TWO));
    let (_, one, _) =
        program(&["convert", "-", "--to", "mmtests-json", "--list"], records.lines().next().expect("one"));
    assert_eq!(value(&one), json!([value(TWO)[0]]));
}

/// A run with these logs.
fn tree(folder: &Path, logs: &[(&str, &str)]) {
    for (path, text) in logs {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
}

#[test]
fn a_folder_is_read_and_what_is_not_understood_is_said() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let time = |value: &str| format!("     Total time: {value} [sec]\n");
    let logs = "hackbench-thread-pipes/logs/hackbench-2";
    let kernel = "Linux vm 6.1.0 #1 SMP x86_64 GNU/Linux\n";
    let stamps = "start :: 1795457751\ntest begin :: hackbench-thread-pipes 1795457752\n\
                  test end :: hackbench-thread-pipes 1795457813 0\ntime :: hackbench-thread-pipes 54.51 user 0.28 system 60.74 elapsed\n";
    tree(
        folder.path(),
        &[
            (&format!("log/a/iter-0/{logs}"), &time("0.100")),
            (&format!("log/a/iter-10/{logs}"), &time("0.300")),
            (&format!("log/a/iter-2/{logs}"), &time("broken")),
            ("log/a/iter-0/kernel.version", kernel),
            ("log/a/iter-0/tests-timestamp", stamps),
            ("log/not-a-run/file", ""),
        ],
    );
    let log = folder.path().join("log").to_string_lossy().into_owned();
    let (code, json, notes) = program(&["convert", &log, "--to", "mmtests-json"], "");
    assert_eq!(code, 0, "{notes}");
    assert!(notes.contains("operation `time-2`: `broken` is not a number"), "{notes}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let values = |json: &Value| -> Vec<Value> {
        let all = json["_ResultData"]["time-2"].as_array().expect("iterations");
        all.iter().map(|iteration| iteration["Values"][0].clone()).collect()
    };
    assert_eq!(values(&json), [json!("0.100"), json!("0.300")]);
    let (_, json, _) = program(&["convert", &log, "--to", "mmtests-json", "--numeric-iterations"], "");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(values(&json), [json!("0.100"), Value::Null, json!("0.300")]);
    let (_, record, _) = program(&["convert", &format!("{log}/a"), "--to", "record"], "");
    let record = Record::from_json(record.trim_end().as_bytes()).expect("a record");
    assert_eq!(record.machine.as_ref().and_then(|machine| machine.kernel.release.as_deref()), Some("6.1.0"));
    assert_eq!(record.benchmarks[0].cases[0].executions[0].elapsed_seconds, 60.74);

    tree(folder.path(), &[("log/a/iter-0/unheard/logs/file", "1\n")]);
    let (code, _, error) = program(&["compare", &log], "");
    assert_eq!(code, 2);
    assert!(error.contains("benchmark `unheard` has no extraction rule\nhint: there are rules for aim9, "), "{error}");
    let (code, table, _) = program(&["compare", &log, "--benchmark", "hackbench-thread-pipes"], "");
    assert!(code == 0 && table.contains("Amean     time-2"), "{table}");
    tree(
        folder.path(),
        &[("none/a/iter-0/hackbench/logs/hackbench-1", "nothing\n"), ("bad/a/iter-0/fio/logs/fio.log.gz", "no gzip")],
    );
    let (code, _, error) = program(&["compare", &folder.path().join("none").to_string_lossy()], "");
    assert!(code == 2 && error.contains("benchmark `hackbench`: no sample in its logs"), "{error}");
    let (code, _, error) = program(&["compare", &folder.path().join("bad").to_string_lossy()], "");
    assert!(code == 2 && error.contains("fio.log.gz"), "{error}");
}

const CONFIG: &str = "# a comment\nexport MMTESTS=\"stressng pmqtest-unbound unheard\"\nexport RUN_MONITOR=yes\n\
    export STRESSNG_MIN_THREADS=1\nexport STRESSNG_MAX_THREADS=$((STRESSNG_MIN_THREADS*4))\nexport STRESSNG_RUNTIME=3\n\
    export STRESSNG_ITERATIONS=7\nexport STRESSNG_TESTNAME=fork\nif make -s thing; then\n\texport UNUSED=9\nfi\n\
    export OTHER=`touch made-by-the-configuration`\n";

#[test]
fn a_configuration_is_planned_and_not_executed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("config");
    fs::write(&path, CONFIG).expect("it can be written");
    let file = path.to_string_lossy();
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert_eq!(code, 0, "{notes}");
    for line in [
        "stressng: stress-ng\n  INSTANCES   1 2 4\n  ITERATIONS  7\n  STRESSOR    fork\n  TIME        3\n",
        "pmqtest-unbound: not run: the definition pmqtest binds its threads\n",
        "unheard: not run: no definition here measures it; an installed MMTests does (`run mmtests`)\n",
        &format!(
            "not understood: {file}:9-11: `if make -s thing; then`: whether it holds is not known: `make` is not executed; it may set UNUSED\n"
        ),
        &format!(
            "not understood: {file}:12: `export OTHER=`touch made-by-the-configuration``: it runs `touch made-by-the-configuration`\n"
        ),
        "not used: RUN_MONITOR=yes\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(!Path::new("made-by-the-configuration").exists());
    let (code, plan, notes) = program(&["run", "--dry-run", "--mmtests", &file, "--param", "TIME=5"], "");
    assert_eq!(code, 0, "{notes}");
    assert!(plan.contains("stress-ng: 3 cases, 0 warm-ups and 7 iterations each"), "{plan}");
    assert!(plan.contains("stress-ng --fork 4 --timeout 5 "), "{plan}");
    assert!(notes.contains("unheard: not run") && notes.contains("config:9-11"), "{notes}");

    fs::write(&path, "export MMTESTS=fio\n").expect("it can be written");
    let (code, _, notes) = program(&["run", "--dry-run", "--mmtests", &file], "");
    assert!(code == 3 && notes.contains("fio: not run: FIO_CMD_OPTIONS is not set"), "{notes}");
    let job =
        "export MMTESTS=fio\nF=/tmp/job-$$\nexport FIO_CMD_OPTIONS=\"$F\"\ncat >$F <<END\n[reader]\nsize=4m\nEND\n";
    fs::write(&path, job).expect("it can be written");
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert!(code == 0 && page.contains("  JOB         [reader]\n              size=4m\n"), "{page}{notes}");
    assert!(!page.contains("not understood") && !page.contains("not used"), "{page}");
    fs::write(&path, "MMTESTS=perffutexwake\nPERFFUTEXWAKE_NR_WAKE=9000\n").expect("it can be written");
    let (code, page, _) = program(&["show", "--mmtests", &file], "");
    assert!(code == 3 && page.contains("perffutexwake: not run: NWAKES: "), "{page}");
    let (code, _, notes) = program(&["run", "--dry-run", "--mmtests", &file], "");
    assert!(code == 3 && notes.contains("perffutexwake: not run: NWAKES: "), "{notes}");
    fs::write(&path, "nothing\n").expect("it can be written");
    let (code, _, error) = program(&["show", "--mmtests", &file], "");
    assert!(code == 2 && error.contains("nothing sets MMTESTS\nhint: "), "{error}");
    let (code, _, error) = program(&["show"], "");
    assert!(code == 2 && error.contains("<NAME"), "{error}");
}
