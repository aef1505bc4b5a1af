//! What jobs name: lkp's programs with their parameters, and the files that it includes by itself. From a tree of lkp on
//! this machine, or without one from what is embedded.

use super::source::File;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The most that is read of a file, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// How a parameter stands in a result's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Its value alone.
    Value,
    /// `name=value`.
    Named,
}

/// Programs, and what is included for them.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Where it is on this machine; nowhere, where its programs are only known.
    pub(super) root: Option<PathBuf>,
    /// Setups, daemons and tests, with their parameters.
    pub(super) workloads: BTreeMap<String, Vec<(String, Mark)>>,
    /// The programs that measure something.
    pub(super) tests: BTreeSet<String>,
    /// The programs that serve others.
    pub(super) daemons: BTreeSet<String>,
    /// The programs that only watch.
    pub(super) monitors: BTreeSet<String>,
    /// Key of a job -> name -> the file that is included.
    pub(super) defaults: BTreeMap<String, BTreeMap<String, File>>,
}

/// The parameters that every program has.
const OF_ALL: [&str; 3] = ["nr_instances", "cpu_node_bind", "mem_node_bind"];

impl Tree {
    /// The tree of lkp in a folder.
    ///
    /// # Errors
    /// What of it cannot be read.
    pub fn read(root: &Path) -> std::io::Result<Self> {
        let mut tree = Self { root: Some(root.canonicalize()?), ..Self::default() };
        for folder in folders(&root.join("programs"))? {
            tree.program(root, &folder);
        }
        for folder in folders(&root.join("include"))? {
            tree.include(root, &folder, &root.join("include").join(&folder));
        }
        Ok(tree)
    }

    fn program(&mut self, root: &Path, name: &str) {
        let folder = root.join("programs").join(name);
        for script in ["setup", "run", "daemon"] {
            let path = folder.join(script);
            if is_executable(&path) {
                self.workloads.insert(name.into(), parameters(&text(&path).unwrap_or_default()));
            }
        }
        for (script, kind) in [("run", &mut self.tests), ("daemon", &mut self.daemons)] {
            if is_executable(&folder.join(script)) {
                kind.insert(name.into());
            }
        }
        let monitors = ["monitor", "no-stdout-monitor", "one-shot-monitor", "plain-monitor"];
        if monitors.iter().any(|script| is_executable(&folder.join(script))) {
            self.monitors.insert(name.into());
        }
        if folder.join("include").exists() {
            self.include(root, name, &folder.join("include"));
        }
    }

    /// What is included for the key `key`: a file, or the files in a folder.
    fn include(&mut self, root: &Path, key: &str, path: &Path) {
        let files = self.defaults.entry(key.into()).or_default();
        if path.is_file() {
            files.extend(file(root, path).map(|file| (key.to_string(), file)));
            return;
        }
        for name in folders(path).unwrap_or_default() {
            let path = path.join(&name);
            files.extend(path.is_file().then(|| file(root, &path)).flatten().map(|file| (name, file)));
        }
    }

    /// The tree that a file is in: the nearest folder around it with `programs` and `include`.
    pub fn around(file: &Path) -> Option<PathBuf> {
        let file = file.canonicalize().ok()?;
        let is_tree = |folder: &&Path| folder.join("programs").is_dir() && folder.join("include").is_dir();
        file.ancestors().skip(1).find(is_tree).map(Path::to_path_buf)
    }

    /// Adds a program that is known without a tree.
    pub(in crate::suites::lkp) fn add(&mut self, name: &str, parameters: &str, is_test: bool) {
        let parameters = parameters.split_whitespace().map(|name| (name.to_string(), Mark::Value)).collect();
        self.workloads.insert(name.into(), parameters);
        if is_test {
            self.tests.insert(name.into());
        }
    }

    /// Adds a program that watches.
    pub(in crate::suites::lkp) fn add_monitor(&mut self, name: &str) {
        self.monitors.insert(name.into());
    }

    /// The parameters that every program has.
    pub(super) fn of_all() -> impl Iterator<Item = (&'static str, Mark)> {
        OF_ALL.into_iter().map(|name| (name, Mark::Value))
    }
}

/// What a folder holds, sorted.
fn folders(path: &Path) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> =
        fs::read_dir(path)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn file(root: &Path, path: &Path) -> Option<File> {
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    text(path).map(|text| File { name, text })
}

/// The text of a file; not of one that is too large.
pub fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST_BYTES);
    fits.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The parameters that a script declares in its first lines: `# - name` or `# = name`.
fn parameters(script: &str) -> Vec<(String, Mark)> {
    let head = script.lines().take_while(|line| !line.is_empty());
    let declared = head.filter_map(|line| {
        let (mark, name) = match (line.strip_prefix("# - "), line.strip_prefix("# = ")) {
            (Some(name), _) => (Mark::Value, name),
            (_, Some(name)) => (Mark::Named, name),
            _ => return None,
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        (!name.is_empty() && name.chars().all(is_name)).then(|| (name.to_string(), mark))
    });
    declared.collect()
}
