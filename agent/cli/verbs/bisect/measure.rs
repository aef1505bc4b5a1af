//! One measurement: a command -> the records that it leaves.

use crate::{
    cli::options::{lab::LabArgs, source},
    record::Record,
    suites::Selection,
};
use anyhow::{Context, anyhow};
use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

/// What stands for the folder in a command.
const FOLDER: &str = "{}";
/// The exit code that says that a build cannot be tested.
const SKIP: i32 = 125;
/// `git bisect run` ends at these.
const ABORT: i32 = 128;

/// What became of a measurement.
pub(super) enum Measured {
    /// It left records.
    Records(Vec<Record>),
    /// The build cannot be measured, in words.
    Not(String),
}

/// Where measurements go, and what measures.
pub(super) struct Bench<'a> {
    pub(super) folder: PathBuf,
    pub(super) command: &'a [OsString],
    pub(super) lab: &'a LabArgs,
}

impl Bench<'_> {
    /// Runs the command with a new folder, which `{}` and LAVA_BENCH_OUTPUT name: the folder, and what is in it.
    ///
    /// Its standard output goes to a file next to the folder, and is read where the folder stays empty: it may be a board's
    /// console.
    pub(super) fn measure(&self, commit: &str, number: usize) -> anyhow::Result<(PathBuf, Measured)> {
        let (folder, console) = self.places(commit, number)?;
        let status = self.run(commit, &folder, &console)?;
        if let Some(signal) = status.signal() {
            return Err(anyhow!("{}: ended by signal {signal}", self.name()));
        }
        let code = status.code().unwrap_or_default();
        if code >= ABORT {
            return Err(anyhow!("{}: ended with exit code {code}", self.name()));
        }
        if code == SKIP {
            return Ok((folder, Measured::Not(format!("{} ended with exit code {SKIP}", self.name()))));
        }
        let source = if is_empty(&folder)? { &console } else { &folder };
        let nothing = source == &console && fs::metadata(&console)?.len() == 0;
        let records = match nothing {
            true => Err(anyhow!("it left nothing")),
            false => source::read(source, &Selection::default(), self.lab)
                .map(|content| content.into_records(&crate::cli::options::identity::record_id))
                .map_err(|failure| anyhow!(failure.error().unwrap_or_default())),
        };
        match records {
            Ok(records) => Ok((folder, Measured::Records(records))),
            Err(_) if code != 0 => {
                let why = format!("{} ended with exit code {code}, and left no record", self.name());
                Ok((folder, Measured::Not(why)))
            }
            Err(error) => Err(error.context(format!(
                "{}: exit code 0, and no record in {} and on its standard output\nhint: it measures into the folder \
                 that {FOLDER} and $LAVA_BENCH_OUTPUT name, or prints the board's console",
                self.name(),
                folder.display()
            ))),
        }
    }

    fn name(&self) -> String {
        self.command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// A new folder, and the file for standard output.
    fn places(&self, commit: &str, number: usize) -> anyhow::Result<(PathBuf, PathBuf)> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let commit: String = commit.chars().map(plain).take(64).collect();
        fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        // One that is there is of a measurement that was interrupted.
        for again in 0..1000 {
            let again = if again == 0 { String::new() } else { format!("-{again}") };
            let folder = self.folder.join(format!("{commit}.{number}{again}"));
            match fs::create_dir(&folder) {
                Ok(()) => {
                    let console = folder.with_extension(format!("{number}{again}.console"));
                    return Ok((folder.canonicalize()?, console));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(anyhow!(error).context(folder.display().to_string())),
            }
        }
        Err(anyhow!("{}: a thousand measurements of one build were interrupted", self.folder.display()))
    }

    fn run(&self, commit: &str, folder: &Path, console: &Path) -> anyhow::Result<ExitStatus> {
        let (program, arguments) = self.command.split_first().context("no command")?;
        let output = File::create(console).with_context(|| console.display().to_string())?;
        let word = |word: &OsString| match word.to_str() {
            Some(text) if text.contains(FOLDER) => text.replace(FOLDER, &folder.to_string_lossy()).into(),
            _ => word.clone(),
        };
        let mut command = Command::new(program);
        command.args(arguments.iter().map(word)).stdin(Stdio::null()).stdout(output);
        command.env("LAVA_BENCH_OUTPUT", folder).env("LAVA_BENCH_COMMIT", commit);
        command.status().with_context(|| self.name())
    }
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    Ok(fs::read_dir(folder).with_context(|| folder.display().to_string())?.next().is_none())
}
