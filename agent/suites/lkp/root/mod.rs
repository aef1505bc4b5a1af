//! A folder that lkp wrote -> the runs in it, each with its job, its numbers and what went wrong.
//!
//! What cannot be read of a run is a loss of that run and named, so that one damaged file does not hide the others. The
//! folders' names are never decoded: lkp cuts and replaces what it puts into them.

mod file;
mod find;
mod job;
mod parsed;
mod state;

pub use find::runs;
pub(super) use job::{Job, PLACE};
pub(super) use state::State;

use super::names::Names;
#[cfg(feature = "host")]
use crate::kernel_log::{Patterns, search};
use crate::{kernel_log::Faults, record::Loss};
use parsed::Parsed;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
};

/// Why there are no runs to read.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// A folder that cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// It.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Too much in it.
    #[error("{}: more than {} runs, or more folders than are looked into\nhint: name the folder of fewer runs", .0.display(), find::MOST_RUNS)]
    Many(PathBuf),
    /// No run.
    #[error("{}: no run of lkp in it, which has a stats.json or a job.yaml", .0.display())]
    None(PathBuf),
}

/// One statistic's number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Whether it is written as a whole number: to lkp, 0 and 0.0 are not the same.
    pub(super) whole: bool,
}

/// One run.
#[derive(Debug, Default)]
pub(super) struct Root {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// What was asked for; without a `job.yaml` that can be read nothing is known of it.
    pub(super) job: Option<Job>,
    /// One number for each statistic, in the file's order.
    pub(super) stats: Vec<(String, Number)>,
    /// Whether these could be read, even if there are none.
    pub(super) has_stats: bool,
    /// The programs whose output is kept, and read by nothing: why.
    pub(super) kept: BTreeMap<String, String>,
    /// What went wrong.
    pub(super) state: State,
    /// What the kernel complained of.
    pub(super) faults: Faults,
    /// When it began, in seconds since 1970.
    pub(super) started: Option<f64>,
    /// What cannot be read of it.
    pub(super) losses: Vec<Loss>,
}

/// Whether there is a run in a folder.
#[cfg(feature = "host")]
pub(super) fn is_root(folder: &Path) -> bool {
    find::has_run(folder)
}

/// All runs in a folder, in the order of their paths.
///
/// # Errors
/// There is no run in it, or there are too many.
#[cfg(feature = "host")]
pub(super) fn read_all(folder: &Path, names: &Names) -> Result<Vec<Root>, RootError> {
    let all = runs(folder)?;
    if all.is_empty() {
        return Err(RootError::None(folder.into()));
    }
    Ok(all.iter().map(|run| Root::read(run, names)).collect())
}

impl Root {
    /// The run in a folder.
    pub(super) fn read(folder: &Path, names: &Names) -> Self {
        let mut root = Self { folder: folder.into(), ..Self::default() };
        root.read_job(names);
        if let Some(state) = root.optional("last_state") {
            root.state = State::read(&state);
        }
        root.read_stats();
        // A board has watched the kernel's log itself.
        #[cfg(feature = "host")]
        if let Some(log) = root.optional("kmsg").or_else(|| root.optional("dmesg")) {
            root.faults = search(Patterns::embedded(), &log);
        }
        root.started = root.start();
        root
    }

    fn lose(&mut self, path: &Path, why: impl fmt::Display) {
        let why = why.to_string().lines().next().unwrap_or_default().to_string();
        self.losses.push(Loss::new(path.display(), why));
    }

    fn read_job(&mut self, names: &Names) {
        let path = self.folder.join("job.yaml");
        let text = file::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let job = match text {
            Ok(text) => Job::read(&text, names).map_err(|error| format!("line {}: {error}", error.line())),
            Err(error) => Err(format!("parameters and machine are unknown: {error}")),
        };
        let mut job = job.inspect_err(|why| self.losses.push(Loss::new(path.display(), why))).ok();
        if let Some(axes) = self.folder.parent().map(|above| above.join("desc.yaml")).filter(|path| path.is_file()) {
            let text = file::read(&axes).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let read = |job: &mut Job| match &text {
                Ok(text) => job.take_axes(text).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match read(job.get_or_insert_default()) {
                Ok(()) => {}
                Err(why) => self.lose(&axes, why),
            }
        }
        // An empty job says nothing.
        self.job = job.filter(|job| *job != Job::default());
        if self.job.is_none() && self.losses.is_empty() {
            self.lose(&path, "parameters and machine are unknown: nothing in it");
        }
    }

    fn read_stats(&mut self) {
        let Some(path) = file::find(&self.folder, "stats.json") else {
            if let Some(parsed) = Parsed::read(&self.folder) {
                return self.take(parsed);
            }
            let path = self.folder.join("stats.json");
            return self.lose(&path, "there is none: nothing measured is known");
        };
        let bytes = match file::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => return self.lose(&path, error),
        };
        match serde_json::from_slice::<Stats>(&bytes) {
            Ok(stats) => {
                self.stats = stats.all;
                self.has_stats = true;
                if stats.no_numbers > 0 {
                    self.lose(&path, format!("{} of its values are no numbers", stats.no_numbers));
                }
            }
            Err(error) if error.is_eof() => self.lose(&path, "it ends in the middle"),
            Err(error) => self.lose(&path, error),
        }
    }

    /// Takes what a tree on the board said.
    fn take(&mut self, parsed: Parsed) {
        let Parsed { stats, kept, lost } = parsed;
        self.has_stats = true;
        (self.stats, self.kept) = (stats, kept);
        lost.into_iter().for_each(|(name, why)| self.lose(&self.folder.join(name), why));
    }

    /// A file that not every run has.
    fn optional(&mut self, name: &str) -> Option<Vec<u8>> {
        let path = file::find(&self.folder, name)?;
        file::read(&path).map_err(|error| self.lose(&path, error)).ok()
    }

    /// When it began: what the job says, or the first sample of a monitor.
    fn start(&self) -> Option<f64> {
        let told = self.job.as_ref().and_then(|job| job.fact("start_time")?.parse::<f64>().ok());
        let sampled = || {
            ["uptime", "vmstat", "meminfo", "softirqs", "interrupts"].iter().find_map(|monitor| {
                let path = file::find(&self.folder, &format!("{monitor}.json"))?;
                let samples: Samples = serde_json::from_slice(&file::read(&path).ok()?).ok()?;
                samples.first(&format!("{monitor}.time"))
            })
        };
        told.or_else(sampled).filter(|seconds| (1e9..1e11).contains(seconds))
    }

    /// What a reader should know of it.
    pub(super) fn notes(&self) -> Vec<String> {
        let lost = self.losses.iter().map(|loss| format!("{}: {}", loss.what, loss.reason));
        let happened = self.state.happened.iter().map(|what| format!("{}: last_state: {what}", self.folder.display()));
        let kept = self.kept.iter().map(|(program, why)| {
            format!("{}: its output is kept, and not parsed: {why}", self.folder.join(program).display())
        });
        lost.chain(happened).chain(kept).collect()
    }

    /// What was tested.
    pub(super) fn testcase(&self) -> Option<&str> {
        self.job.as_ref()?.testcase()
    }
}

/// `stats.json`: the numbers in the file's order.
#[derive(Default)]
struct Stats {
    all: Vec<(String, Number)>,
    /// Values of another kind, which lkp does not write.
    no_numbers: usize,
}

impl<'de> Deserialize<'de> for Stats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Stats;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Stats, A::Error> {
                let mut stats = Stats::default();
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    match value.as_f64() {
                        Some(number) => stats.all.push((name, Number { value: number, whole: !value.is_f64() })),
                        None => stats.no_numbers += 1,
                    }
                }
                Ok(stats)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// The samples of one program: `{"vmstat.time": [1, 2]}`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Samples(serde_json::Map<String, serde_json::Value>);

impl Samples {
    fn first(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_array()?.first()?.as_f64()
    }
}
