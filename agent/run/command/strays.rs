//! What a command left running. The agent is the parent of every orphan of a command, so all of them can be found, ended and
//! waited for; one that cannot be ended is named.

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill, killpg},
        wait::{Id, WaitPidFlag, waitid, waitpid},
    },
    unistd::{Pid, getpgid},
};
use std::{
    fs, process,
    time::{Duration, Instant},
};

/// How long processes have to be gone after SIGKILL before they are left.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked whether they are gone.
const GLANCE: Duration = Duration::from_millis(10);

/// The highest number that Linux gives to a process.
const LAST_PID: i32 = 1 << 22;

/// Looks at a child without waiting for it and without reaping it.
const LOOK: WaitPidFlag = WaitPidFlag::WNOHANG.union(WaitPidFlag::WEXITED).union(WaitPidFlag::WNOWAIT);

/// Sends a signal to the process group of a command that has not been waited for, and to the command, should it have left
/// its group. Only one signal comes: some tools count them.
pub(super) fn signal_all(command: Pid, signal: Signal) {
    let _ = killpg(command, signal);
    if getpgid(Some(command)) != Ok(command) {
        let _ = kill(command, signal);
    }
}

/// Reaps orphans of the command that have ended: the agent is their parent, and some tools wait until a daemon that they
/// stopped is gone. How the command itself and the `spared` groups ended is asked for elsewhere.
pub(super) fn reap_orphans(command: Pid, spared: &[i32]) {
    while let Some(pid) = waitid(Id::All, LOOK).ok().and_then(|status| status.pid()) {
        if pid == command || spared.contains(&pid.as_raw()) || waitpid(pid, Some(WaitPidFlag::WNOHANG)).is_err() {
            break;
        }
    }
}

/// Ends all our children outside of the `spared` process groups: the numbers of those that are still there after a while,
/// because the kernel or their rights keep them.
pub(in crate::run) fn end_strays(spared: &[i32]) -> Vec<i32> {
    let mut strays = Vec::new();
    let mut begun = None;
    loop {
        // Usually there is no child, and /proc need not be read.
        if waitid(Id::All, LOOK) == Err(Errno::ECHILD) {
            return Vec::new();
        }
        strays = children(&strays, spared);
        if strays.is_empty() || begun.is_some_and(|begun: Instant| begun.elapsed() >= PATIENCE) {
            return strays;
        }
        begun.get_or_insert_with(Instant::now);
        for pid in strays.iter().copied().map(Pid::from_raw) {
            let _ = kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
        }
        std::thread::sleep(GLANCE);
    }
}

/// Our children outside of the `spared` process groups, dead ones too. Without /proc every number is asked for, which takes
/// about a second: again only when those that are `known` are gone.
fn children(known: &[i32], spared: &[i32]) -> Vec<i32> {
    let is_stray = |pid: &i32| {
        let pid = Pid::from_raw(*pid);
        waitid(Id::Pid(pid), LOOK).is_ok() && !getpgid(Some(pid)).is_ok_and(|group| spared.contains(&group.as_raw()))
    };
    if let Some(pids) = listed() {
        return pids.into_iter().filter(is_stray).collect();
    }
    let left: Vec<i32> = known.iter().copied().filter(is_stray).collect();
    if left.is_empty() { (1..=LAST_PID).filter(is_stray).collect() } else { left }
}

/// The numbers of all processes, where /proc is there and has the numbers that we have.
fn listed() -> Option<Vec<i32>> {
    let me = fs::read_link("/proc/self").ok()?;
    if me.to_str()?.parse() != Ok(process::id()) {
        return None;
    }
    let entries = fs::read_dir("/proc").ok()?.flatten();
    Some(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// A process that was left, for people.
pub(in crate::run) fn left(pid: i32) -> String {
    let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    match crate::text::printable(name.trim_ascii()) {
        name if name.is_empty() => format!("process {pid} cannot be ended, and is left running"),
        name => format!("process {pid} cannot be ended, and is left running: {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_told_from_other_processes() {
        let mut child = process::Command::new("sleep").arg("100").spawn().unwrap();
        let pid = child.id() as i32;
        let group = getpgid(Some(Pid::from_raw(pid))).unwrap().as_raw();
        assert!(children(&[], &[]).contains(&pid) && !children(&[], &[]).contains(&1));
        assert!(!children(&[], &[group]).contains(&pid));
        assert!(left(pid).starts_with(&format!("process {pid} cannot be ended")));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!children(&[], &[]).contains(&pid));
    }
}
