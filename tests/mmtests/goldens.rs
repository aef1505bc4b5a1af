//! Outputs of MMTests, of three of its versions: where they are, and what each of them is.
//!
//! They are not part of the project: `support::golden` finds them, or the tests are skipped.

use super::support::golden;
use lava_bench::{
    suites::mmtests::compare::{Version, View},
    suites::mmtests::{self, Extract},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Their folders' names, the name that the program has for each, and the rules.
pub(super) const VERSIONS: [(&str, &str, Version); 3] = [
    ("", "2026-06", Version::Head),
    ("classic-2026-01", "classic-2026-01", Version::Classic202601),
    ("classic-2021-11", "2021-11", Version::Classic202111),
];

/// What MMTests says of something else than a benchmark's samples.
const OTHER: [&str; 2] = ["compare-kernels.txt", "compare-monitor-duration.txt"];

/// What one version of MMTests made of the logs of one benchmark; no file, if it was not asked.
pub(super) struct Case {
    pub(super) benchmark: String,
    /// The version's name.
    pub(super) version: &'static str,
    pub(super) rules: Version,
    pub(super) folder: PathBuf,
    /// The logs that it read, where they were kept.
    pub(super) logs: PathBuf,
}

/// A text or an HTML page that MMTests printed.
pub(super) struct Output {
    pub(super) view: View,
    /// Whether MMTests read JSON, and not logs.
    pub(super) from_json: bool,
    /// What the name ends with: the sub-heading (`-sub-tput`) or the report (`-alt-latency`).
    pub(super) suffix: String,
    /// Whether it is a part of a report of all benchmarks.
    pub(super) report: bool,
}

pub(super) fn goldens() -> Option<PathBuf> {
    golden("mmtests")
}

fn names(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| wanted(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every benchmark and version of the goldens that has outputs.
pub(super) fn cases(root: &Path) -> Vec<Case> {
    let mut cases = all_cases(root);
    cases.retain(|case| case.files().iter().any(|name| name != "README.md"));
    cases
}

/// Every benchmark with every version.
pub(super) fn all_cases(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for benchmark in names(root, Path::is_dir) {
        let whole = root.join(&benchmark);
        for (name, version, rules) in VERSIONS {
            let folder = whole.join(name);
            // The logs of an older version, where it wrote its own, are beside those of the newest.
            let own = whole.join("raw-classic");
            let logs = if rules != Version::Head && own.is_dir() { own } else { whole.join("raw") };
            cases.push(Case { benchmark: benchmark.clone(), version, rules, folder, logs });
        }
    }
    cases
}

impl Case {
    /// The names of the files that it has.
    pub(super) fn files(&self) -> Vec<String> {
        names(&self.folder, Path::is_file)
    }

    /// Those of JSON that the extraction wrote.
    pub(super) fn documents(&self) -> Vec<String> {
        let mut names = self.files();
        names.retain(|name| name.starts_with("extract") && name.ends_with(".json"));
        names
    }

    /// Those of comparisons, each with what it is.
    pub(super) fn outputs(&self) -> Vec<(String, Output)> {
        let names = self.files().into_iter().filter(|name| !OTHER.contains(&name.as_str()));
        names.filter_map(|name| Some((name.clone(), output(&name)?))).collect()
    }

    /// The benchmark's name in the logs.
    pub(super) fn name(&self) -> String {
        let iteration = names(&self.logs, Path::is_dir).first().map(|run| self.logs.join(run).join("iter-0"));
        let found = names(&iteration.unwrap_or_default(), |path| path.join("logs").is_dir());
        found.into_iter().next().unwrap_or_default()
    }

    pub(super) fn read(&self, name: &str) -> String {
        let path = self.folder.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(super) fn runs(&self, name: &str) -> Vec<Extract> {
        mmtests::read(self.read(name).as_bytes())
            .unwrap_or_else(|error| panic!("{}/{} {name}: {error}", self.benchmark, self.version))
    }

    /// The JSON of the same operations as an output with this suffix, or of more.
    pub(super) fn sources(&self, suffix: &str) -> Vec<String> {
        let mut found = vec![format!("extract-multi{suffix}.json")];
        if suffix.starts_with("-sub-") {
            found.push("extract-multi.json".into());
        }
        found.retain(|name| self.folder.join(name).is_file());
        found
    }
}

impl Output {
    /// The sub-heading of what has this suffix.
    pub(super) fn sub_heading(&self) -> Option<String> {
        self.suffix.strip_prefix("-sub-").map(|text| text.replace("__", ".*"))
    }
}

/// `compare-ratio-sub-tput.txt` -> ratios, from logs, `-sub-tput`.
fn output(name: &str) -> Option<Output> {
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
    let report = suffix.strip_prefix("-kernels");
    Some(Output { view, from_json, suffix: report.unwrap_or(suffix).into(), report: report.is_some() })
}
