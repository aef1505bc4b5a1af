//! What the kernel is, and what it does to measurements and to their transport.

use super::{Finding, Patient, Severity};
use crate::system::files::text;
use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path};

/// Taint bits that mean trouble, each with what happened.
const TROUBLE: [(u64, &str); 5] = [
    (1 << 4, "a machine check"),
    (1 << 5, "a bad page"),
    (1 << 7, "an oops"),
    (1 << 9, "a warning"),
    (1 << 14, "a soft lockup"),
];

/// Options that make a kernel several per cent slower, or several times.
const DEBUGGING: [&str; 18] = [
    "KASAN_GENERIC",
    "KASAN_SW_TAGS",
    "KMSAN",
    "KCSAN",
    "PROVE_LOCKING",
    "LOCKDEP",
    "LOCK_STAT",
    "DEBUG_LOCK_ALLOC",
    "DEBUG_SPINLOCK",
    "DEBUG_MUTEXES",
    "DEBUG_ATOMIC_SLEEP",
    "DEBUG_PREEMPT",
    "DEBUG_OBJECTS",
    "DEBUG_KMEMLEAK",
    "DEBUG_VM",
    "SLUB_DEBUG_ON",
    "GCOV_KERNEL",
    "KCOV",
];

/// The system call `uname` cannot be asked: an emulator of programs answers it with what it emulates. Files it passes on.
pub(super) fn emulated(patient: &Patient) -> Option<Finding> {
    let modalias = || {
        let alias = text(patient.root, "sys/devices/system/cpu/modalias")?;
        let kind = alias.strip_prefix("cpu:type:")?;
        kind.split([':', ',']).next().map(str::to_owned)
    };
    let kernel = text(patient.root, "proc/sys/kernel/arch").or_else(modalias)?;
    (family(&kernel) != family(patient.program)).then(|| {
        Finding::new(
            "emulation",
            Severity::Problem,
            format!("this program is built for {}, but the kernel runs on {kernel}", patient.program),
            format!("use the build for {kernel}: an emulator's speed is not the machine's"),
        )
    })
}

/// Architectures whose processors run each other's programs have one name.
fn family(architecture: &str) -> &str {
    const FAMILIES: [(&str, &str); 6] =
        [("x86", "x86"), ("arm", "arm"), ("aarch64", "arm"), ("riscv", "riscv"), ("mips", "mips"), ("s390", "s390")];
    let is_i386 = matches!(architecture, "i386" | "i486" | "i586" | "i686");
    let power = architecture.starts_with("ppc") || architecture.starts_with("powerpc");
    match FAMILIES.iter().find(|(prefix, _)| architecture.starts_with(prefix)) {
        Some((_, family)) => family,
        None if is_i386 => "x86",
        None if power => "power",
        None => architecture,
    }
}

pub(super) fn clock_source(patient: &Patient) -> Option<Finding> {
    let source = patient.machine.clock_source.as_deref()?;
    let severity = match source {
        "jiffies" => Severity::Problem,
        "hpet" | "acpi_pm" | "pit" => Severity::Warning,
        _ => return None,
    };
    let message = match severity {
        Severity::Problem => format!("the clock source {source} only counts ticks: times are too coarse"),
        _ => format!("the clock source {source} is slow: reading the time costs a microsecond"),
    };
    let hint = "look in the kernel log why a better one was given up, e.g. `dmesg | grep -i clocksource`";
    Some(Finding::new("clock source", severity, message, hint))
}

pub(super) fn trouble(patient: &Patient) -> Option<Finding> {
    let tainted = patient.machine.kernel.tainted.filter(|bits| *bits != 0)?;
    let what: Vec<&str> = TROUBLE.iter().filter(|(bit, _)| tainted & bit != 0).map(|(_, what)| *what).collect();
    if what.is_empty() {
        let message = format!("the kernel is tainted ({tainted}), usually by modules");
        return Some(Finding::new("taint", Severity::Note, message, "compare with records of the same taint"));
    }
    Some(Finding::new(
        "kernel trouble",
        Severity::Warning,
        format!("the kernel reported {} since it started (taint {tainted})", what.join(" and ")),
        "read the kernel log, then reboot before you measure",
    ))
}

pub(super) fn debugging(patient: &Patient) -> Option<Finding> {
    let options = &patient.machine.kernel.config.as_ref()?.options;
    let set: Vec<&str> = DEBUGGING.into_iter().filter(|option| options.contains_key(*option)).collect();
    (!set.is_empty()).then(|| {
        Finding::new(
            "debugging",
            Severity::Warning,
            format!("the kernel is built for debugging: {}", set.join(", ")),
            "measure a kernel without these options, or compare only with kernels that have them",
        )
    })
}

pub(super) fn no_config(patient: &Patient) -> Option<Finding> {
    patient.machine.kernel.config.is_none().then(|| {
        Finding::new(
            "kernel config",
            Severity::Note,
            "the kernel's configuration cannot be read",
            "build the kernel with CONFIG_IKCONFIG_PROC, or put config-<release> into /boot",
        )
    })
}

/// Signals travel on the console, and a kernel message in the middle of one destroys it.
pub(super) fn console(patient: &Patient) -> Option<Finding> {
    let levels = text(patient.root, "proc/sys/kernel/printk")?;
    let level: u32 = levels.split(' ').next()?.parse().ok().filter(|level| *level > 4)?;
    Some(Finding::new(
        "console",
        Severity::Warning,
        format!("the kernel prints messages up to level {level} on the console: they may cut into signals"),
        "dmesg -n 1",
    ))
}

/// With `ratelimit` the kernel limits each open file, and the agent opens one for each line; with `off` it drops all.
pub(super) fn kernel_log(patient: &Patient) -> Option<Finding> {
    text(patient.root, "proc/sys/kernel/printk_devkmsg").filter(|mode| mode == "off").map(|_| {
        let message = "what is written to /dev/kmsg is dropped: no signal arrives where KMSG is set";
        Finding::new("kernel log", Severity::Note, message, "sysctl -w kernel.printk_devkmsg=on")
    })
}

/// What the kernel reports while a command runs makes its samples not valid, if the log can be read.
pub(super) fn kernel_messages(patient: &Patient) -> Option<Finding> {
    let error = can_be_read(&patient.root.join("dev/kmsg")).err()?;
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "run as root, or sysctl -w kernel.dmesg_restrict=0 and chmod +r /dev/kmsg",
        _ => "mount -t devtmpfs devtmpfs /dev, or mknod /dev/kmsg c 1 11, with CONFIG_PRINTK in the kernel",
    };
    let message = format!("/dev/kmsg cannot be read ({error}): faults of the kernel are not noticed");
    Some(Finding::new("kernel messages", Severity::Note, message, hint))
}

/// The kernel refuses it when the file is opened.
fn can_be_read(path: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map(|_| ())
}

pub(super) fn mitigations(patient: &Patient) -> Option<Finding> {
    let line = patient.machine.kernel.command_line.as_deref()?;
    line.split(' ').any(|word| word == "mitigations=off").then(|| {
        Finding::new(
            "mitigations",
            Severity::Note,
            "the mitigations of processor vulnerabilities are off",
            "compare only with records of machines in the same state",
        )
    })
}

pub(super) fn virtualization(patient: &Patient) -> Option<Finding> {
    patient.machine.virtualization.as_ref().map(|name| {
        Finding::new(
            "virtualization",
            Severity::Note,
            format!("this is a guest ({name}): other guests may disturb it, and it cannot see them"),
            "look at steal_ms of each iteration, and measure more iterations",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_of_one_family_run_each_other() {
        for (a, b) in
            [("x86", "x86_64"), ("arm", "aarch64"), ("armv7l", "aarch64"), ("i686", "x86_64"), ("ppc64le", "powerpc64")]
        {
            assert_eq!(family(a), family(b), "{a} {b}");
        }
        assert_ne!(family("aarch64"), family("x86_64"));
        assert_eq!(family("loongarch64"), "loongarch64");
    }
}
