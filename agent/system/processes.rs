//! The processes that compete for the processor. In: this machine's /proc, read twice. Out: who uses most.
//!
//! `sysinfo` pairs the two readings of every process and relates them to the time in between; its API changes often, so it
//! stays behind this file.

use std::{thread, time::Duration};

use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, ProcessRefreshKind, ProcessesToUpdate, System};

use super::files::clean;

/// The bound of a process's name, in bytes; the kernel keeps 15.
const NAME_BYTES: usize = 64;

/// A process and what it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, printable.
    pub name: String,
    /// The processor time that it used, in per cent of one CPU: 200 is two CPUs.
    pub cpu_percent: u32,
}

/// The processes other than this one that use 1 % of a CPU or more, the busiest first, `count` at most.
///
/// Watches for 200 ms. Empty where /proc cannot be read.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes 0 of what is not a number"
)]
pub fn busiest(count: usize) -> Vec<Process> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    let what = ProcessRefreshKind::nothing().with_cpu().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    // A little more than asked for: at less than it sysinfo keeps the old numbers.
    thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL + Duration::from_millis(10));
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    let mut processes: Vec<Process> = system
        .processes()
        .values()
        .map(|process| Process {
            pid: process.pid().as_u32(),
            name: clean(&process.name().to_string_lossy(), NAME_BYTES).unwrap_or_default(),
            cpu_percent: process.cpu_usage().round() as u32,
        })
        .filter(|process| process.cpu_percent > 0 && process.pid != std::process::id())
        .collect();
    processes.sort_by(|a, b| b.cpu_percent.cmp(&a.cpu_percent).then(a.pid.cmp(&b.pid)));
    processes.truncate(count);
    processes
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_busy_child_is_found() {
        let mut child = Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap();
        // One window of 200 ms may pass without the child on a loaded machine.
        let found = (0..10).any(|_| busiest(usize::MAX).iter().any(|process| process.pid == child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found);
        assert!(busiest(0).is_empty());
    }
}
