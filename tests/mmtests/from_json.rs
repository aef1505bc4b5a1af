//! Our JSON, given to MMTests: it prints the same as from its own, and as ours.
//!
//! `MMTESTS_DIR_2026` and `MMTESTS_DIR_2021` name trees of MMTests of January 2026 and November 2021, with what their Perl, R and
//! Python need (`/usr/bin/python3` with numpy and scipy; for 2021 List::BinarySearch and R's rjson). MMTests of June 2026 reads no JSON.

use super::{
    comparison::{Likeness, likeness},
    goldens::{Case, all_cases, goldens},
    program::program,
};
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
    (code == 0 && !said.contains("is not known")).then_some(("the logs", json))
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

#[test]
fn mmtests_reads_our_json_and_prints_what_ours_prints() {
    let Some(root) = goldens() else { return };
    let (mut different, mut equal) = (Vec::new(), 0);
    for (variable, version) in [("MMTESTS_DIR_2026", "classic-2026-01"), ("MMTESTS_DIR_2021", "2021-11")] {
        let Some(mmtests) = env::var_os(variable).map(PathBuf::from) else {
            eprintln!("skipped: {variable} names no MMTests, which would read our JSON");
            continue;
        };
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
