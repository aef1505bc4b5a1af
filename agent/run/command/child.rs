//! Starting a command: words, environment and folder -> a child in a process group of its own.

use super::{Cgroup, Step, dispositions, error::StartError};
use crate::system::find_program;
use nix::sys::{
    resource::{Resource, getrlimit, rlim_t, setrlimit},
    signal::Signal,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The input of every command.
const NOTHING: &str = "/dev/null";

/// Starts `step`, with pipes for its outputs.
pub(super) fn start(step: &Step) -> Result<Child, StartError> {
    remove_files(step)?;
    spawn(&step.words, &step.environment, step.folder.as_deref(), step.open_files, step.cgroup.as_ref())
}

/// Starts `words` in `folder` and in the control group `cgroup`, with pipes for their outputs and at least so many
/// `open_files`.
pub(super) fn spawn(
    words: &[String],
    environment: &BTreeMap<String, String>,
    folder: Option<&Path>,
    open_files: Option<u32>,
    cgroup: Option<&Cgroup>,
) -> Result<Child, StartError> {
    let (program, arguments) = words.split_first().ok_or(StartError::Empty)?;
    let mut command = command(program, arguments, environment, folder)?;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(wanted) = open_files {
        allow_open_files(&mut command, wanted);
    }
    if let Some(cgroup) = cgroup {
        enter(&mut command, cgroup);
    }
    command.spawn().map_err(|error| not_started(program, folder, error))
}

/// Removes what an earlier command left where this one writes: it is not this one's.
fn remove_files(step: &Step) -> Result<(), StartError> {
    let Some(folder) = &step.folder else { return Ok(()) };
    for (name, _) in &step.files {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StartError::Stale(name.clone(), error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is missing where a command cannot be started: the system says the same of a program and of what it needs.
fn not_started(program: &str, folder: Option<&Path>, error: io::Error) -> StartError {
    let missing = error.kind() == io::ErrorKind::NotFound;
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) if missing => StartError::Folder(folder.into(), error),
        _ if missing && find_program(program).is_some() => StartError::Interpreter(program.into(), error),
        _ => StartError::Program(program.into(), error),
    }
}

/// A command in a process group of its own, with no input, and no signal blocked or ignored. It dies with the agent.
///
/// # Errors
/// Its input, where that is not there.
fn command(
    program: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    folder: Option<&Path>,
) -> Result<Command, StartError> {
    // Opened here, so that it is named where it is missing.
    let nothing = File::open(NOTHING).map_err(|error| StartError::Program(NOTHING.into(), error))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(environment).process_group(0).stdin(nothing);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let prepare = || {
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        dispositions::reset()
    };
    // SAFETY: between fork and exec only prctl(2), sigaction(2) and sigprocmask(2) are called, which are async-signal-safe.
    unsafe { command.pre_exec(prepare) };
    // Orphans of the command become ours, so that they can be ended too.
    let _ = nix::sys::prctl::set_child_subreaper(true);
    Ok(command)
}

/// Lets the command run in `cgroup`. Where it may not, it runs in the agent's: it is measured all the same.
fn enter(command: &mut Command, cgroup: &Cgroup) {
    let Ok(door) = cgroup.door() else { return };
    let enter = move || {
        let _ = (&door).write(b"0");
        Ok(())
    };
    // SAFETY: between fork and exec only write(2) is called, which is async-signal-safe.
    unsafe { command.pre_exec(enter) };
}

/// Raises the soft limit of open files to `wanted`, as far as the hard limit goes.
fn allow_open_files(command: &mut Command, wanted: u32) {
    let raise = move || {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        Ok(setrlimit(Resource::RLIMIT_NOFILE, rlim_t::from(wanted).min(hard).max(soft), hard)?)
    };
    // SAFETY: between fork and exec only getrlimit(2) and setrlimit(2) are called: system calls without state in the process.
    unsafe { command.pre_exec(raise) };
}
