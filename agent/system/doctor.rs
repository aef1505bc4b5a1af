//! The doctor. In: a machine below a root. Out: what about it would spoil or prevent a measurement, and what to do about it.
//!
//! It changes nothing. What it finds on a healthy machine is nothing, or notes: facts to know when numbers are compared.

mod kernel;
mod surroundings;

use std::{env::consts::ARCH, path::Path};

use serde::Serialize;

use super::{
    conditions::{Snapshot, snapshot},
    cpus,
    facts::machine,
    is_this_machine,
};
use crate::record::{FrequencyPolicy, Machine};

/// How bad a finding is; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Numbers measured now are wrong, or cannot be measured or sent.
    Problem,
    /// Numbers measured now are worse or noisier than they need to be.
    Warning,
    /// To know when numbers are compared.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about, one or two words that stay the same, e.g. `governor`.
    pub subject: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, one short sentence.
    pub message: String,
    /// What to do about it, one short sentence.
    pub hint: String,
}

impl Finding {
    fn new(subject: &'static str, severity: Severity, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { subject, severity, message: message.into(), hint: hint.into() }
    }
}

/// What the checks look at.
struct Patient<'a> {
    root: &'a Path,
    /// The architecture that this program was made for, as `std` names it.
    program: &'a str,
    machine: Machine,
    now: Snapshot,
}

type Check = fn(&Patient) -> Option<Finding>;

const CHECKS: [Check; 22] = [
    kernel::emulated,
    throttled,
    kernel::clock_source,
    surroundings::temporary_files,
    surroundings::clock,
    kernel::trouble,
    kernel::debugging,
    governor,
    surroundings::load,
    hot,
    surroundings::memory,
    surroundings::swap,
    kernel::console,
    kernel::kernel_log,
    kernel::kernel_messages,
    limited,
    boost,
    threads,
    affinity,
    kernel::mitigations,
    kernel::virtualization,
    kernel::no_config,
];

/// Examines the machine below `root`; the worst findings first. Takes some 10 ms, and 200 ms more on a machine that is busy,
/// to find out by what.
#[must_use]
pub fn examine(root: &Path) -> Vec<Finding> {
    examine_as(root, ARCH)
}

fn examine_as(root: &Path, program: &str) -> Vec<Finding> {
    let patient = Patient { root, program, machine: machine(root), now: snapshot(root) };
    let mut findings: Vec<Finding> = CHECKS.iter().filter_map(|check| check(&patient)).collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

fn governor(patient: &Patient) -> Option<Finding> {
    let other = |policy: &&FrequencyPolicy| policy.governor.as_deref().is_some_and(|name| name != "performance");
    let policies = patient.machine.processor.frequency.iter().filter(other);
    let names: Vec<String> = policies
        .map(|policy| format!("{} on cpus {}", policy.governor.as_deref().unwrap_or_default(), policy.cpus))
        .collect();
    (!names.is_empty()).then(|| {
        Finding::new(
            "governor",
            Severity::Warning,
            format!("the governor is {}", names.join(", ")),
            "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
        )
    })
}

fn limited(patient: &Patient) -> Option<Finding> {
    let limits = patient.machine.processor.frequency.iter().filter_map(|policy| {
        let (allowed, possible) = (policy.max_frequency_khz?, policy.hardware_max_frequency_khz?);
        Some(format!("cpus {} to {} of {} MHz", policy.cpus, allowed / 1000, possible / 1000))
    });
    let limits: Vec<String> = limits.collect();
    (!limits.is_empty()).then(|| {
        Finding::new(
            "frequency limit",
            Severity::Note,
            format!("the frequency is limited: {}", limits.join(", ")),
            "raise scaling_max_freq if this is not on purpose; heat may have lowered it",
        )
    })
}

fn boost(patient: &Patient) -> Option<Finding> {
    patient.machine.processor.boost.filter(|on| *on).map(|_| {
        Finding::new(
            "boost",
            Severity::Note,
            "the processor boosts, so its frequency depends on heat and on the other cores",
            "echo 0 > /sys/devices/system/cpu/cpufreq/boost, or 1 > .../intel_pstate/no_turbo, for steadier numbers",
        )
    })
}

fn threads(patient: &Patient) -> Option<Finding> {
    patient.machine.processor.smt_active.filter(|on| *on).map(|_| {
        Finding::new(
            "threads",
            Severity::Note,
            "two or more hardware threads share a core",
            "echo off > /sys/devices/system/cpu/smt/control for steadier numbers",
        )
    })
}

fn affinity(patient: &Patient) -> Option<Finding> {
    let online = patient.machine.processor.online.as_deref().filter(|_| is_this_machine(patient.root))?;
    let allowed = cpus::allowed();
    let kept_away = cpus::parse(online).ok()?.into_iter().any(|cpu| !allowed.contains(&cpu));
    kept_away.then(|| {
        Finding::new(
            "affinity",
            Severity::Note,
            format!("only cpus {} of {online} may be used", cpus::print(&allowed)),
            "start the agent without taskset, isolcpus or a cpuset if this is not on purpose",
        )
    })
}

fn throttled(patient: &Patient) -> Option<Finding> {
    let (state, firmware) = (patient.now.cooling_state(), patient.now.firmware_throttle() & 0xf);
    let hint = "cool the board down, give it a stronger supply, and wait before you measure";
    if firmware != 0 {
        let message = format!("the firmware slows the processor down now: bits {firmware:#x}");
        return Some(Finding::new("throttling", Severity::Problem, message, hint));
    }
    (state > 0).then(|| {
        let message = format!("cooling slows the processor down now: state {state}");
        Finding::new("throttling", Severity::Problem, message, hint)
    })
}

fn hot(patient: &Patient) -> Option<Finding> {
    let degrees = patient.now.temperature_millicelsius().filter(|temperature| *temperature >= 80_000)? / 1000;
    Some(Finding::new(
        "temperature",
        Severity::Warning,
        format!("the hottest sensor is at {degrees} degrees Celsius"),
        "let it cool down, or cool it, before it throttles",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::{Root, juno};

    fn subjects(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.subject).collect()
    }

    #[test]
    fn a_board_as_it_comes() {
        let board = juno().with("dev/kmsg", "");
        std::fs::create_dir(board.path().join("tmp")).unwrap();
        let findings = examine_as(board.path(), "aarch64");
        assert_eq!(
            subjects(&findings),
            ["kernel trouble", "debugging", "governor", "load", "console", "kernel log", "boost"]
        );
        assert!(findings.is_sorted_by_key(|finding| finding.severity));
        let governor = &findings[2];
        assert_eq!(governor.message, "the governor is schedutil on cpus 0,3-5, schedutil on cpus 1-2");
        let json = serde_json::to_value(&findings[6]).unwrap();
        assert_eq!((json["subject"].as_str(), json["severity"].as_str()), (Some("boost"), Some("note")));
        assert!(findings.iter().all(|finding| !finding.message.is_empty() && !finding.hint.is_empty()));
    }

    #[test]
    fn a_board_in_trouble() {
        let board = juno()
            .with("sys/class/thermal/cooling_device0/cur_state", "3\n")
            .with("sys/class/thermal/thermal_zone0/temp", "95000\n")
            .with("sys/devices/system/clocksource/clocksource0/current_clocksource", "jiffies\n")
            .with("sys/devices/system/cpu/smt/active", "1\n")
            .with("sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq", "1000000\n")
            .with("proc/cmdline", "mitigations=off\n");
        let found = examine_as(board.path(), "x86_64");
        let found = subjects(&found);
        for subject in ["emulation", "throttling", "clock source", "temporary files"] {
            assert!(found[..4].contains(&subject), "{subject} in {found:?}");
        }
        for subject in ["temperature", "threads", "mitigations", "frequency limit"] {
            assert!(found.contains(&subject), "{subject} in {found:?}");
        }
        let pi = Root::new(&[("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n")]);
        assert_eq!(examine_as(pi.path(), ARCH)[0].message, "the firmware slows the processor down now: bits 0x5");
    }

    #[test]
    fn an_empty_root_only_lacks_things() {
        let root = Root::new(&[]);
        assert_eq!(subjects(&examine_as(root.path(), ARCH)), ["temporary files", "kernel messages", "kernel config"]);
    }

    #[test]
    fn this_machine_is_no_emulator_of_itself() {
        let found = examine(Path::new("/"));
        assert!(!subjects(&found).contains(&"clock"), "{found:?}");
    }
}
