//! What surrounds a measurement: other processes, memory, disk, the time of day.

use std::time::{Duration, SystemTime};

use nix::sys::statvfs::{FsFlags, statvfs};

use super::{Finding, Patient, Severity};
use crate::system::{busiest, facts::meminfo, is_this_machine};

const MIB: u64 = 1 << 20;

/// What is worth a warning when less is left, of memory and of room for files.
const LITTLE: u64 = 64 * MIB;

/// What is worth a warning when more of swap is in use: a few pages of programs that sleep are normal.
const SWAPPED: u64 = 16 * MIB;

/// 2025-01-01: this program is younger.
const FIRST_SECOND: Duration = Duration::from_secs(1_735_689_600);

pub(super) fn load(patient: &Patient) -> Option<Finding> {
    let load = patient.now.load_average_hundredths()?;
    let cpus = patient.machine.processor.threads.unwrap_or(1);
    if u64::from(load) <= u64::from(cpus) * 50 {
        return None;
    }
    let processes = if is_this_machine(patient.root) { busiest(3) } else { Vec::new() };
    let names: Vec<String> =
        processes.iter().map(|found| format!("{} ({}, {} %)", found.name, found.pid, found.cpu_percent)).collect();
    let hint = match names.as_slice() {
        [] => "wait until the machine is idle".to_owned(),
        names => format!("stop or wait for {}", names.join(", ")),
    };
    let message = format!("the load average is {}.{:02} on {cpus} cpus", load / 100, load % 100);
    Some(Finding::new("load", Severity::Warning, message, hint))
}

pub(super) fn memory(patient: &Patient) -> Option<Finding> {
    let available = patient.now.memory_available_bytes().filter(|bytes| *bytes < LITTLE)?;
    Some(Finding::new(
        "memory",
        Severity::Warning,
        format!("only {} MiB of memory are available", available / MIB),
        "stop what needs memory, or measure with less of it",
    ))
}

pub(super) fn swap(patient: &Patient) -> Option<Finding> {
    let info = meminfo(patient.root)?;
    let used = info.swap_total.checked_sub(info.swap_free).filter(|bytes| *bytes > SWAPPED)?;
    Some(Finding::new(
        "swap",
        Severity::Warning,
        format!("{} MiB are swapped out", used / MIB),
        "swapoff -a if there is enough memory",
    ))
}

pub(super) fn temporary_files(patient: &Patient) -> Option<Finding> {
    let finding = |severity, message: String, hint| Some(Finding::new("temporary files", severity, message, hint));
    let Ok(found) = statvfs(&patient.root.join("tmp")) else {
        let hint = "mkdir /tmp, or mount -t tmpfs tmpfs /tmp";
        return finding(Severity::Problem, "/tmp is missing".to_owned(), hint);
    };
    if found.flags().contains(FsFlags::ST_RDONLY) {
        let hint = "mount -t tmpfs tmpfs /tmp, or give --output a folder that can be written";
        return finding(Severity::Problem, "/tmp is read-only".to_owned(), hint);
    }
    let room = wide(found.blocks_available()).saturating_mul(wide(found.fragment_size()));
    if room >= LITTLE {
        return None;
    }
    finding(
        Severity::Warning,
        format!("/tmp has only {} MiB left", room / MIB),
        "make room, or give --output another folder",
    )
}

/// The kernel's types for sizes have 32 or 64 bits, by architecture and C library.
fn wide(size: impl Into<u64>) -> u64 {
    size.into()
}

/// A board without a battery starts in 1970, and its records would be dated so.
pub(super) fn clock(patient: &Patient) -> Option<Finding> {
    let early = is_this_machine(patient.root) && is_early(SystemTime::now());
    early.then(|| {
        Finding::new(
            "clock",
            Severity::Warning,
            "the clock is wrong: it is before 2025",
            "set it with `date -s`, or wait for NTP",
        )
    })
}

fn is_early(now: SystemTime) -> bool {
    !now.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since >= FIRST_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_1970_is_early() {
        assert!(is_early(SystemTime::UNIX_EPOCH));
        assert!(is_early(SystemTime::UNIX_EPOCH - Duration::from_secs(1)));
        assert!(!is_early(SystemTime::UNIX_EPOCH + FIRST_SECOND));
        assert!(!is_early(SystemTime::now()));
    }
}
