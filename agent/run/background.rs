//! A command that runs beside the measured ones: a server, say. Started, waited for until it is ready, ended with the case.

use super::{Place, Stop, begun, child, seconds};
use crate::{
    definition::BackgroundSpec,
    record::{Execution, Exit, Output, Role, Usage},
};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::PathBuf,
    time::{Duration, Instant},
};

/// How often it is looked at while it is waited for.
const GLANCE: Duration = Duration::from_millis(20);

/// A background command that runs.
pub(super) struct Background {
    words: Vec<String>,
    place: Place,
    pid: Pid,
    started: (Execution, Instant),
    lasts: bool,
    ended: Option<(Exit, Option<Usage>, Duration)>,
}

impl Background {
    /// Starts `words` and waits until `spec` says that it is ready.
    ///
    /// Its outputs go to files: nobody reads a pipe while a measured command runs.
    pub(super) fn start(
        words: &[String],
        spec: &BackgroundSpec,
        environment: &BTreeMap<String, String>,
        place: Place,
        stop: &mut Stop,
    ) -> Result<Self, String> {
        let Some((program, arguments)) = words.split_first() else { return Err("an empty command".into()) };
        let mut command = child::command(program, arguments, environment, place.work.as_deref());
        for which in ["stdout", "stderr"] {
            let path = place.path(which).ok_or("its output cannot be kept")?;
            let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if which == "stdout" {
                command.stdout(file)
            } else {
                command.stderr(file)
            };
        }
        let started = (begun(), Instant::now());
        let child = command.spawn().map_err(|error| error.to_string())?;
        let pid = Pid::from_raw(child.id() as i32);
        let mut background = Self { words: words.to_vec(), place, pid, started, lasts: spec.lasts, ended: None };
        match background.wait_until_ready(spec, stop) {
            Ok(()) => Ok(background),
            Err(why) => {
                let last = background.last_words().map(|words| format!("; it says: {words}")).unwrap_or_default();
                // Why it is ended is known.
                let _ = background.end();
                Err(format!("{why}{last}"))
            }
        }
    }

    /// Its process group.
    pub(super) fn group(&self) -> i32 {
        self.pid.as_raw()
    }

    fn wait_until_ready(&mut self, spec: &BackgroundSpec, stop: &mut Stop) -> Result<(), String> {
        let deadline = Instant::now() + spec.within;
        let mut ready_at: Option<Instant> = None;
        loop {
            stop.read();
            if stop.asked() {
                return Err("interrupted".into());
            }
            let ready = spec.ready.as_ref().is_none_or(|ready| {
                self.outputs().iter().any(|text| text.split(|byte| *byte == b'\n').any(|line| ready.is_match(line)))
            });
            match self.exit() {
                Some(exit) => return Err(format!("{exit} before it was ready")),
                None if ready && ready_at.get_or_insert_with(Instant::now).elapsed() >= spec.settle => return Ok(()),
                None if ready => std::thread::sleep(GLANCE),
                None if Instant::now() >= deadline => {
                    return Err(format!("not ready after {}", humantime::format_duration(spec.within)));
                }
                None => std::thread::sleep(GLANCE),
            }
        }
    }

    /// How it ended, if it did.
    fn exit(&mut self) -> Option<Exit> {
        if self.ended.is_none()
            && let Some((status, usage)) = child::wait4(self.pid)
        {
            self.ended = Some((child::exit_of(status), Some(usage), self.started.1.elapsed()));
        }
        self.ended.as_ref().map(|(exit, _, _)| exit.clone())
    }

    fn files(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        ["stdout", "stderr"].into_iter().filter_map(|which| Some((which, self.place.path(which)?)))
    }

    fn outputs(&self) -> Vec<Vec<u8>> {
        self.files().filter_map(|(_, path)| fs::read(path).ok()).collect()
    }

    fn last_words(&self) -> Option<String> {
        let outputs = self.outputs();
        let mut lines = outputs.iter().rev().flat_map(|text| text.rsplit(|byte| *byte == b'\n'));
        lines.find(|line| !line.trim_ascii().is_empty()).map(|line| crate::parse::printable(line.trim_ascii()))
    }

    /// Whether it is over although it should not be: what comes now would be measured without it.
    pub(super) fn is_missing(&mut self) -> bool {
        let lasts = self.lasts;
        self.exit().is_some_and(|exit| lasts || exit != Exit::Code(0))
    }

    /// Ends it: what became of it, and why that is a failure of the case. One that is over before with exit code 0 is none,
    /// unless it should have lasted.
    pub(super) fn end(mut self) -> (Execution, Option<String>) {
        let ran = self.exit().is_none();
        if ran {
            let _ = killpg(self.pid, Signal::SIGTERM);
            let kill_at = Instant::now() + child::GRACE;
            while self.exit().is_none() && Instant::now() < kill_at {
                std::thread::sleep(GLANCE);
            }
        }
        // What is left of its group, too.
        let _ = killpg(self.pid, Signal::SIGKILL);
        let give_up_at = Instant::now() + child::GRACE;
        while self.exit().is_none() && Instant::now() < give_up_at {
            std::thread::sleep(GLANCE);
        }
        let (exit, usage, elapsed) = self.ended.take().unwrap_or((Exit::Interrupted, None, self.started.1.elapsed()));
        let failed = !ran && (self.lasts || exit != Exit::Code(0));
        let last = self.last_words().map(|words| format!("; it says: {words}")).unwrap_or_default();
        let why = format!("background `{}`: {exit} before the case was over{last}", super::shown(&self.words));
        let outputs = self.files().filter_map(|(which, path)| {
            let bytes = fs::metadata(path).ok()?.len();
            (bytes > 0).then(|| Output { file: self.place.file(which), bytes, kept_bytes: None })
        });
        let execution = Execution {
            role: Role::Background,
            elapsed_seconds: seconds(elapsed, 1e6),
            exit,
            usage,
            outputs: outputs.collect(),
            ..self.started.0.clone()
        };
        (execution, failed.then_some(why))
    }
}
