//! One command: [`Step`] -> [`Finished`]. Its whole process group is ended with it, its pipes are drained, and what is kept
//! of its output is bounded.

mod background;
mod cgroup;
mod child;
mod dispositions;
mod error;
mod output;
mod stop;
mod strays;
mod supervise;
mod waited;

pub(super) use background::Background;
pub use cgroup::{CPUSET, Cgroup, Cgroups, CpusetError};
pub use dispositions::{settle, unblock};
pub use output::{ByteBudget, Captured, OUTPUT_LIMIT};
pub use stop::Stop;
pub(super) use strays::{end_strays, left};

use crate::{
    record::{Exit, Usage},
    text::printable,
};
use nix::unistd::Pid;
use output::{Pipe, Readable, written_file};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use supervise::Supervised;

/// Ends what is left of all commands at once, on the machine below `root`, but for the `spared` process groups: the program
/// cannot go on.
pub(crate) fn end_commands(root: &Path, spared: &[i32]) {
    end_strays(spared);
    Cgroups::remove(root);
}

/// The most bytes of all outputs of a command that are in memory.
const MEMORY: usize = 256 << 20;

/// What to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables in addition to the agent's own.
    pub environment: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Its working directory; `None`: the agent's.
    pub folder: Option<PathBuf>,
    /// Where its standard output is kept; `None`: in memory only.
    pub stdout: Option<PathBuf>,
    /// Where its standard error is kept; `None`: in memory only.
    pub stderr: Option<PathBuf>,
    /// Files that it writes in its working directory, and where each is kept. They are removed before it starts.
    pub files: Vec<(String, Option<PathBuf>)>,
    /// Process groups of background commands, which are not ended with it.
    pub spared: Vec<i32>,
    /// How many files it may have open at least.
    pub open_files: Option<u32>,
    /// The room on disk for its outputs.
    pub disk: ByteBudget,
    /// Its control group, which is removed with it; `None`: the agent's.
    pub cgroup: Option<Cgroup>,
}

/// How a command ended, and what it left.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// The files that it wrote, by name.
    pub files: BTreeMap<String, Captured>,
    /// How long it took, on the monotonic clock.
    pub elapsed: Duration,
    /// What it used.
    pub usage: Option<Usage>,
    /// What it left instead of files that can be read: a line for each.
    pub problems: Vec<String>,
    /// The numbers of processes that could not be ended.
    pub left: Vec<i32>,
}

impl Finished {
    /// A command that never ran.
    pub fn not_started(why: String) -> Self {
        Self {
            exit: Exit::NotStarted(why),
            stdout: Captured::default(),
            stderr: Captured::default(),
            files: BTreeMap::new(),
            elapsed: Duration::ZERO,
            usage: None,
            problems: Vec::new(),
            left: Vec::new(),
        }
    }

    /// All that it wrote: `stdout`, `stderr`, and its files.
    pub fn captured(&self) -> impl Iterator<Item = (&str, &Captured)> {
        let files = self.files.iter().map(|(name, captured)| (name.as_str(), captured));
        [("stdout", &self.stdout), ("stderr", &self.stderr)].into_iter().chain(files)
    }

    /// The last line of what it wrote to standard error, or else to standard output, fit to be shown.
    pub fn last_words(&self) -> Option<String> {
        let last = |captured: &Captured| {
            let lines = captured.bytes.split(|byte| *byte == b'\n');
            lines.rev().map(<[u8]>::trim_ascii).find(|line| !line.is_empty()).map(printable)
        };
        last(&self.stderr).or_else(|| last(&self.stdout))
    }
}

/// A command in a message: a word may be a whole script.
pub(super) fn shown(words: &[String]) -> String {
    printable(words.join(" ").as_bytes())
}

/// Runs `step` to its end, or to its timeout, or until a signal to stop comes. One that was known before does not count: what
/// is run in spite of it has to be run.
pub fn execute(step: &Step, stop: &mut Stop) -> Finished {
    let mut child = match child::start(step) {
        Ok(child) => child,
        Err(why) => {
            step.cgroup.iter().for_each(Cgroup::remove);
            return Finished::not_started(why.to_string());
        }
    };
    // From here on the program itself runs: entering a control group alone may take 10 ms.
    let started = Instant::now();
    let memory = ByteBudget::of(MEMORY);
    let stdout = pipe(child.stdout.take(), step.stdout.as_ref(), step, &memory);
    let stderr = pipe(child.stderr.take(), step.stderr.as_ref(), step, &memory);
    let supervised = Supervised::new(Pid::from_raw(child.id() as i32), started, stdout, stderr, stop);
    let ended = supervised.supervise(step.timeout, stop, &step.spared);
    let group = step.cgroup.as_ref().and_then(Cgroup::usage);
    step.cgroup.iter().for_each(Cgroup::kill);
    let left = end_strays(&step.spared);
    step.cgroup.iter().for_each(Cgroup::remove);
    let (files, problems) = written_files(step, &memory);
    Finished {
        exit: ended.exit,
        stdout: ended.stdout,
        stderr: ended.stderr,
        files,
        elapsed: ended.elapsed,
        usage: ended.usage.map(|usage| Usage { group, ..usage }),
        problems,
        left,
    }
}

fn pipe(pipe: Option<impl Readable + 'static>, path: Option<&PathBuf>, step: &Step, memory: &ByteBudget) -> Pipe {
    Pipe::new(pipe.map(|pipe| Box::new(pipe) as Box<dyn Readable>), path, &step.disk, memory)
}

/// The files that a command wrote, by name, and what is wrong with others.
fn written_files(step: &Step, memory: &ByteBudget) -> (BTreeMap<String, Captured>, Vec<String>) {
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, keep) in &step.files {
        let Some(written) = step.folder.as_ref().map(|folder| folder.join(name)) else { continue };
        match written_file(&written, keep.as_ref(), &step.disk, memory) {
            Ok(captured) => files.extend(captured.map(|captured| (name.clone(), captured))),
            Err(why) => problems.push(format!("file `{name}`: {why}")),
        }
    }
    (files, problems)
}
