//! Our JSON, given to MMTests: it prints the same as from its own, and as ours.
//!
//! `MMTESTS_DIR_2026` and `MMTESTS_DIR_2021` name trees of MMTests of January 2026 and November 2021, with what their Perl, R and
//! Python need (`/usr/bin/python3` with numpy and scipy; for 2021 List::BinarySearch and R's rjson). MMTests of June 2026 reads no JSON.

use super::{
    comparison::{Likeness, likeness},
    goldens::{Case, all_cases, goldens},
    logs, native,
    program::program,
    support,
};
use lava_bench::suites::mmtests::{self, Extract};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What MMTests prints; `None` where it ends with an error.
fn theirs(mmtests: &Path, arguments: &[&str]) -> Option<String> {
    let path = format!("/usr/bin:{}", env::var("PATH").unwrap_or_default());
    let mut command = Command::new("timeout");
    command.args(["300", "bin/compare-mmtests.pl"]).args(arguments).current_dir(mmtests).env("PATH", path);
    let output = command.output().expect("MMTests runs");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Our JSON of the case: through a record from MMTests' own where that was kept, else from the logs. `None` where the logs
/// are not read as this version did.
fn json(case: &Case) -> Option<(&'static str, String)> {
    if case.files().iter().any(|name| name == "extract-multi.json") {
        let (_, record, said) = program(&["convert", "-", "--to", "record"], &case.read("extract-multi.json"));
        let (code, json, more) = program(&["convert", "-", "--to", "mmtests-json", "--list"], &record);
        assert_eq!(code, 0, "{}: {said}{more}", case.benchmark);
        return Some(("its own", json));
    }
    let logs = case.logs.to_string_lossy();
    let arguments = ["convert", &logs, "--to", "mmtests-json", "--list", "--mmtests-version", case.version];
    let (code, json, said) = program(&arguments, "");
    (code == 0 && !said.contains("how the older version read it is unknown")).then_some(("the logs", json))
}

/// What ours makes of `source`, beside what MMTests does.
fn compared(case: &Case, mmtests: &Path, source: &str, sort: bool) -> String {
    let runs: Vec<String> = fs::read_dir(&case.logs).map_or_else(
        |_| Vec::new(),
        |entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect(),
    );
    let arguments = ["compare", source, "--mmtests-version", case.version, "--sort"];
    let (code, ours, said) = program(&arguments[..if sort { 5 } else { 4 }], "");
    let mut runs = runs;
    runs.sort();
    let names = runs.join(",");
    let theirs = match sort {
        true => theirs(mmtests, &["--from-json", source]),
        false => theirs(mmtests, &["-d", source, "-b", &case.name(), "-n", &names]),
    };
    match theirs {
        None => "MMTests ends with an error".into(),
        Some(_) if code != 0 => format!("DIFFERS: {said}"),
        Some(theirs) => match likeness(&ours, &theirs, theirs.contains("Sub")) {
            Ok(Likeness::Equal) => "equal".into(),
            Ok(Likeness::NearAtRandom) => "equal but for rows drawn at random".into(),
            Err(difference) => format!("DIFFERS: {difference}"),
        },
    }
}

/// The trees of MMTests that read JSON, each with its version.
fn trees() -> Vec<(PathBuf, &'static str)> {
    let mut trees = Vec::new();
    for (variable, version) in [("MMTESTS_DIR_2026", "classic-2026-01"), ("MMTESTS_DIR_2021", "2021-11")] {
        trees.extend(support::mmtests(variable, "which would read our JSON").map(|tree| (tree, version)));
    }
    trees
}

/// The operations with their values.
fn values(json: &str) -> Vec<Vec<(String, Vec<f64>)>> {
    let runs: Vec<Extract> = mmtests::read(json.as_bytes()).expect("MMTests JSON");
    let all = |run: &Extract| run.operations.iter().map(|one| (one.name.clone(), one.values().collect())).collect();
    runs.iter().map(all).collect()
}

/// JSON of June 2026, or a record, given to an older version of MMTests: what is the same, or what is not.
fn given(mmtests: &Path, version: &str, json: &str, benchmark: &str) -> Result<String, String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let source = file.path().to_string_lossy().into_owned();
    let arguments = ["convert", "-", "--to", "mmtests-json", "--benchmark", benchmark];
    let (_, newest, _) = program(&arguments, json);
    let with_version = [&arguments[..], &["--mmtests-version", version]].concat();
    let (code, older, said) = program(&with_version, json);
    if code != 0 {
        return if said.contains("has no module that reads it") { Ok("no module".into()) } else { Err(said) };
    }
    if values(&older) != values(&newest) {
        return Err("other samples".into());
    }
    fs::write(file.path(), older).expect("it can be written");
    let Some(theirs) = theirs(mmtests, &["--from-json", &source]) else {
        let told = said.contains("will end with an error");
        return if told {
            Ok("MMTests ends with an error, as was said".into())
        } else {
            Err("an error of MMTests".into())
        };
    };
    let (code, ours, said) = program(&["compare", &source, "--mmtests-version", version, "--sort"], "");
    match likeness(&ours, &theirs, false) {
        _ if code != 0 || theirs.lines().count() < 3 => Err(format!("no table: {said}{theirs}")),
        Ok(Likeness::Equal) => Ok("equal".into()),
        Ok(Likeness::NearAtRandom) => Ok("equal but for rows drawn at random".into()),
        Err(difference) => Err(difference),
    }
}

/// Prints what became of each, and fails if any did not become the same.
fn told(version: &str, all: Vec<(String, Result<String, String>)>) {
    let equal = all.iter().filter(|(_, found)| found.as_ref().is_ok_and(|found| found.starts_with("equal"))).count();
    for (name, found) in &all {
        eprintln!("{name:<34} {version:<15} {}", found.as_ref().unwrap_or_else(|difference| difference));
    }
    eprintln!("{version}: {equal} of {} are read, and compared as here", all.len());
    let different: Vec<&str> = all.iter().filter(|(_, found)| found.is_err()).map(|(name, _)| name.as_str()).collect();
    assert!(equal > 0 && different.is_empty(), "{version}: {}", different.join(", "));
}

#[test]
fn older_versions_read_what_was_measured_here() {
    for (mmtests, version) in trees() {
        let mut all = Vec::new();
        for (definitions, benchmarks) in native::RUNS.iter().zip(native::BENCHMARKS) {
            let folder = native::measured(definitions);
            let record = fs::read_to_string(folder.path().join("out/record.json")).expect("a record");
            // pmqtest has its operations from its logs.
            let benchmarks = benchmarks.iter().filter(|name| **name != "pmqtest-pinned" && !left_out(version, name));
            all.extend(benchmarks.map(|name| ((*name).to_string(), given(&mmtests, version, &record, name))));
        }
        told(version, all);
    }
}

/// Goldens with several runs or iterations. What draws samples at random takes minutes with more of them.
const SEVERAL: [&str; 7] = [
    "hackbench-process-pipes",
    "hackbench-thread-sockets",
    "libmicro-memory",
    "perfpipe",
    "stressng",
    "sysbenchcpu",
    "sysbenchmutex",
];

/// What is not given: statistics drawn at random from these few samples differ by more than the tolerance, and January 2026
/// takes minutes for them; November 2021 shows four tests of AIM 9 even where there are three.
fn left_out(version: &str, run: &str) -> bool {
    match version {
        "2021-11" => ["aim9", "bonniepp", "dbench", "synthetic-aim9"].contains(&run),
        _ => ["bonniepp", "dbench", "tbench", "perffutexwake"].contains(&run),
    }
}

#[test]
fn older_versions_read_logs_of_june_2026() {
    for (mmtests, version) in trees() {
        let mut sources: Vec<(PathBuf, Option<String>)> = Vec::new();
        let index = logs::index().into_iter().filter(|log| !left_out(version, &log.run));
        sources.extend(index.map(|log| (logs::folder().join(log.run), log.report)));
        let cases = goldens().map(|root| all_cases(&root)).unwrap_or_default();
        let newest =
            cases.into_iter().filter(|case| case.version == "2026-06" && SEVERAL.contains(&case.benchmark.as_str()));
        sources.extend(newest.map(|case| (case.logs, None)));
        let mut all = Vec::new();
        for (logs, report) in sources {
            let path = logs.to_string_lossy().into_owned();
            let mut arguments = vec!["convert", &path, "--to", "mmtests-json"];
            arguments.extend(report.iter().flat_map(|report| ["--report", report]));
            let (code, json, said) = program(&arguments, "");
            assert_eq!(code, 0, "{path}: {said}");
            let benchmark = mmtests::read(json.as_bytes()).expect("MMTests JSON")[0].benchmark();
            let found = given(&mmtests, version, &json, &benchmark);
            all.push((format!("{benchmark} {}", report.unwrap_or_default()), found));
        }
        told(version, all);
    }
}

#[test]
fn mmtests_reads_our_json_and_prints_what_ours_prints() {
    let Some(root) = goldens() else { return };
    let (mut different, mut equal) = (Vec::new(), 0);
    for (mmtests, version) in trees() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for case in all_cases(&root).into_iter().filter(|case| case.version == version) {
            let Some((source, json)) = json(&case) else {
                eprintln!("{:<24} {version:<15} its logs are not read as this version did", case.benchmark);
                continue;
            };
            fs::write(file.path(), json).expect("it can be written");
            let from_json = compared(&case, &mmtests, &file.path().to_string_lossy(), true);
            let from_logs = match source {
                "the logs" => compared(&case, &mmtests, &case.logs.to_string_lossy(), false),
                // What is read of them is in the table.
                _ => "-".into(),
            };
            eprintln!("{:<24} {version:<15} JSON of {source}: {from_json}; logs: {from_logs}", case.benchmark);
            for found in [from_json, from_logs] {
                equal += usize::from(found.starts_with("equal"));
                if found.starts_with("DIFFERS") {
                    different.push(format!("{} {version}: {found}", case.benchmark));
                }
            }
        }
        assert!(equal > 5, "MMTests at {} reads nothing", mmtests.display());
    }
    assert!(different.is_empty(), "\n{}", different.join("\n"));
}
