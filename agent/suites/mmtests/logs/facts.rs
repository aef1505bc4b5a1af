//! What a run's folder has besides samples: the kernel, the times, the exit status.

use super::{entries, text};
use crate::record::{Execution, Exit, Kernel, Machine};
use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The machine and the times of a run.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The machine, as far as it is known.
    pub machine: Option<Machine>,
    /// When the first iteration began.
    pub started: Option<String>,
}

/// One benchmark's time in one iteration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    started: Option<String>,
    elapsed_seconds: Option<f64>,
    exit: Option<i32>,
}

impl Facts {
    /// What the folder of an iteration says.
    pub(super) fn read(iteration: &Path) -> Self {
        let stamps = text(&iteration.join("tests-timestamp")).unwrap_or_default();
        let started = entries(&stamps).find(|(key, _)| *key == "start").and_then(|(_, rest)| time(rest.first()?));
        Self { machine: text(&iteration.join("kernel.version")).ok().and_then(|line| machine(&line)), started }
    }
}

/// `uname -a` -> the kernel.
fn machine(line: &str) -> Option<Machine> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (release, rest) = (words.get(2)?, words.get(3..)?);
    // The hardware's name stands before the operating system's, on some systems up to three times.
    let end = rest.iter().rposition(|word| word.starts_with("GNU")).unwrap_or(rest.len());
    let (version, architecture) = rest[..end].split_at(end.saturating_sub(1));
    let kernel = Kernel {
        release: Some((*release).into()),
        version: Some(version.join(" ")).filter(|version| !version.is_empty()),
        architecture: architecture.first().map(ToString::to_string),
        ..Kernel::default()
    };
    Some(Machine { kernel, ..Machine::default() })
}

/// The benchmarks that an iteration began.
pub(super) fn begun(iteration: &Path) -> Vec<String> {
    let stamps = text(&iteration.join("tests-timestamp")).unwrap_or_default();
    let begun = entries(&stamps).filter(|(key, _)| *key == "test begin");
    begun.filter_map(|(_, rest)| rest.first().map(ToString::to_string)).collect()
}

fn time(epoch: &str) -> Option<String> {
    let seconds: u64 = epoch.parse().ok()?;
    let time: SystemTime = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    // What is later than the year 9999 has no such form.
    (seconds < 253_402_300_800).then(|| humantime::format_rfc3339_millis(time).to_string())
}

impl Timing {
    pub(super) fn read(iteration: &Path, benchmark: &str) -> Self {
        let stamps = text(&iteration.join("tests-timestamp")).unwrap_or_default();
        let mut timing = Self::default();
        for (key, rest) in entries(&stamps).filter(|(_, rest)| rest.first() == Some(&benchmark)) {
            match (key, rest.as_slice()) {
                ("test begin", [_, epoch, ..]) => timing.started = time(epoch),
                ("test end", [_, _, status, ..]) => timing.exit = status.parse().ok(),
                ("time", [.., elapsed, "elapsed"]) => timing.elapsed_seconds = elapsed.parse().ok(),
                _ => {}
            }
        }
        timing
    }

    /// Why the benchmark failed in this iteration, as far as the times say.
    pub fn failure(&self) -> Option<String> {
        match (self.exit, &self.started) {
            (Some(0), _) | (None, None) => None,
            (Some(code), _) => Some(Exit::Code(code).to_string()),
            (None, Some(_)) => Some("it was begun and did not end".into()),
        }
    }

    /// The execution, if all that it must say is known.
    pub fn execution(&self, iteration: u32) -> Option<Execution> {
        Some(Execution {
            iteration: Some(iteration),
            started: Some(self.started.clone()?),
            elapsed_seconds: self.elapsed_seconds.filter(|seconds| seconds.is_finite())?,
            exit: Exit::Code(self.exit?),
            ..Execution::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_uname_and_times() {
        let machine = machine("Linux vm 6.18.44-x #1 SMP PREEMPT_DYNAMIC @0 x86_64 GNU/Linux\n").unwrap();
        assert_eq!(machine.kernel.release.as_deref(), Some("6.18.44-x"));
        assert_eq!(machine.kernel.version.as_deref(), Some("#1 SMP PREEMPT_DYNAMIC @0"));
        assert_eq!(machine.kernel.architecture.as_deref(), Some("x86_64"));
        assert!(super::machine("Linux").is_none());
        assert_eq!(time("1795457751").as_deref(), Some("2026-11-23T18:15:51.000Z"));
        assert_eq!(time("99999999999999999"), None);
    }
}
