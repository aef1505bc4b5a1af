//! A command that runs while others are measured: a server, for example. It is started, waited for until it is ready, and
//! ended with the case.

use super::{
    Cgroup, Stop, child,
    error::{BackgroundError, NotReady, StartError},
    output::Followed,
    shown,
    strays::signal_all,
    supervise::GRACE,
    waited,
};
use crate::{
    definition::BackgroundSpec,
    record::{Execution, Exit, Output, Role, Usage},
    run::{
        Place,
        clock::{begun, seconds},
    },
};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    process::Child,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How often it is looked at while it is waited for.
const GLANCE: Duration = Duration::from_millis(20);

/// How long its outputs are waited for after its end: something that left its group may hold them.
const DRAIN: Duration = Duration::from_secs(1);

/// The stack of a thread that follows an output.
const STACK: usize = 256 << 10;

/// A background command that runs. It is killed with the value.
pub(in crate::run) struct Background {
    words: Vec<String>,
    place: Place,
    pid: Pid,
    started: (Execution, Instant),
    lasts: bool,
    ended: Option<(Exit, Option<Usage>, Duration)>,
    outputs: Vec<Following>,
    cgroup: Option<Cgroup>,
}

/// What became of a background command.
pub(in crate::run) struct Ended {
    /// How it ran.
    pub(in crate::run) execution: Execution,
    /// Why its case fails.
    pub(in crate::run) failures: Vec<String>,
    /// What could not be kept.
    pub(in crate::run) complaints: Vec<String>,
    /// The last line that it wrote, as a part of a sentence.
    last_words: String,
}

/// An output, and the thread that reads it.
struct Following {
    which: &'static str,
    output: Arc<Mutex<Followed>>,
    thread: JoinHandle<()>,
}

impl Following {
    /// Reads `pipe` in a thread of its own: a command whose pipe nobody reads would stand still, and one that writes to a
    /// file itself would fill the disk.
    fn begin(
        which: &'static str,
        mut pipe: impl Read + Send + 'static,
        followed: Followed,
    ) -> Result<Self, StartError> {
        let output = Arc::new(Mutex::new(followed));
        let written = Arc::clone(&output);
        let follow = move || {
            let mut buffer = vec![0; 65_536];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(count) => locked(&written).take(&buffer[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        };
        let thread = thread::Builder::new().stack_size(STACK).spawn(follow);
        let thread = thread.map_err(|error| StartError::Thread(which, error))?;
        Ok(Self { which, output, thread })
    }
}

/// What an output gave so far. If a thread panicked while it took something in, the rest must not be lost.
fn locked(output: &Mutex<Followed>) -> MutexGuard<'_, Followed> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.ended.is_none() {
            signal_all(self.pid, Signal::SIGKILL);
        }
        self.cgroup.iter().for_each(Cgroup::remove);
    }
}

impl Background {
    /// Starts `words` in `cgroup` and waits until `spec` says that it is ready.
    pub(in crate::run) fn start(
        words: &[String],
        spec: &BackgroundSpec,
        environment: &BTreeMap<String, String>,
        place: Place,
        cgroup: Option<Cgroup>,
        stop: &mut Stop,
    ) -> Result<Self, BackgroundError> {
        let started = (begun(), Instant::now());
        let child = child::spawn(words, environment, place.work.as_deref(), None, cgroup.as_ref())?;
        let pid = Pid::from_raw(child.id() as i32);
        let (words, outputs) = (words.to_vec(), Vec::new());
        let mut background = Self { words, place, pid, started, lasts: spec.lasts, ended: None, outputs, cgroup };
        let followed = background.follow(child, spec).map_err(NotReady::from);
        match followed.and_then(|()| background.wait_until_ready(spec, stop)) {
            Ok(()) => Ok(background),
            // Why it is ended is known.
            Err(why) => Err(BackgroundError { why, last_words: background.end().last_words }),
        }
    }

    fn follow(&mut self, child: Child, spec: &BackgroundSpec) -> Result<(), StartError> {
        let mut follow = |which, pipe: Option<Box<dyn Read + Send>>| -> Result<(), StartError> {
            let path = self.place.path(which).ok_or(StartError::Nowhere)?;
            let Some(pipe) = pipe else { return Ok(()) };
            let followed = Followed::new(path, spec.ready.as_ref(), &self.place.disk);
            self.outputs.push(Following::begin(which, pipe, followed)?);
            Ok(())
        };
        follow("stdout", child.stdout.map(|pipe| Box::new(pipe) as Box<dyn Read + Send>))?;
        follow("stderr", child.stderr.map(|pipe| Box::new(pipe) as Box<dyn Read + Send>))
    }

    /// Its process group.
    pub(in crate::run) fn group(&self) -> i32 {
        self.pid.as_raw()
    }

    fn wait_until_ready(&mut self, spec: &BackgroundSpec, stop: &mut Stop) -> Result<(), NotReady> {
        // A deadline that no clock reaches is left out.
        let deadline = Instant::now().checked_add(spec.within);
        let mut ready_at: Option<Instant> = None;
        loop {
            if stop.asked() {
                return Err(NotReady::Interrupted);
            }
            let ready = spec.ready.is_none() || self.outputs.iter().any(|one| locked(&one.output).is_ready());
            match self.exit() {
                Some(exit) => return Err(NotReady::Ended(exit)),
                None if ready && ready_at.get_or_insert_with(Instant::now).elapsed() >= spec.settle => return Ok(()),
                None if ready => thread::sleep(GLANCE),
                None if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                    return Err(NotReady::Late(spec.within));
                }
                None => thread::sleep(GLANCE),
            }
        }
    }

    /// How it ended, if it did.
    fn exit(&mut self) -> Option<Exit> {
        if self.ended.is_none()
            && let Some((status, usage)) = waited::wait4(self.pid)
        {
            self.ended = Some((waited::exit_of(status), Some(usage), self.started.1.elapsed()));
        }
        self.ended.as_ref().map(|(exit, _, _)| exit.clone())
    }

    /// The last line that it wrote, as a part of a sentence.
    fn last_words(&self) -> String {
        let last = |one: &Following| locked(&one.output).last_line().map(crate::text::printable);
        let words = self.outputs.iter().rev().find_map(last);
        words.map(|words| format!("; it says: {words}")).unwrap_or_default()
    }

    /// Whether it is over although it should not be: what comes now would be measured without it.
    pub(in crate::run) fn is_missing(&mut self) -> bool {
        let lasts = self.lasts;
        self.exit().is_some_and(|exit| lasts || exit != Exit::Code(0))
    }

    /// Ends it. It is a failure of the case where it was over before, unless it ended well and did not have to last.
    pub(in crate::run) fn end(mut self) -> Ended {
        let ran = self.exit().is_none();
        if ran {
            signal_all(self.pid, Signal::SIGTERM);
            self.wait(GRACE);
        }
        // What is left of its group, too.
        if self.exit().is_none() {
            signal_all(self.pid, Signal::SIGKILL);
        } else {
            let _ = killpg(self.pid, Signal::SIGKILL);
        }
        self.cgroup.iter().for_each(Cgroup::kill);
        self.wait(GRACE);
        let drained_by = Instant::now() + DRAIN;
        while self.outputs.iter().any(|one| !one.thread.is_finished()) && Instant::now() < drained_by {
            thread::sleep(GLANCE);
        }
        self.summary(ran)
    }

    /// What became of it; whether it ran until the case was over.
    fn summary(&self, ran: bool) -> Ended {
        let ended = self.ended.clone();
        let (exit, usage, elapsed) = ended.unwrap_or((Exit::Interrupted, None, self.started.1.elapsed()));
        let (name, last_words) = (shown(&self.words), self.last_words());
        let mut failures = Vec::new();
        if !ran && (self.lasts || exit != Exit::Code(0)) {
            failures.push(format!("background `{name}`: {exit} before the case was over{last_words}"));
        }
        let (mut outputs, mut complaints) = (Vec::new(), Vec::new());
        for one in &self.outputs {
            let captured = &locked(&one.output).captured;
            let (bytes, kept) = (captured.total, captured.kept);
            if captured.is_too_long() {
                failures.push(format!("background `{name}`: output of {bytes} bytes: too long, {kept} are kept"));
            }
            complaints.extend(captured.error.clone());
            if bytes > 0 {
                let file = self.place.file(one.which);
                outputs.push(Output { file, bytes, kept_bytes: (kept < bytes).then_some(kept) });
            }
        }
        let (role, elapsed_seconds) = (Role::Background, seconds(elapsed, 1e6));
        let execution = Execution { role, elapsed_seconds, exit, usage, outputs, ..self.started.0.clone() };
        Ended { execution, failures, complaints, last_words }
    }

    /// Waits until it is over, for so long at most.
    fn wait(&mut self, time: Duration) {
        let begun = Instant::now();
        while self.exit().is_none() && begun.elapsed() < time {
            thread::sleep(GLANCE);
        }
    }
}
