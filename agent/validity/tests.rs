//! Every rule, at its threshold and just below it.

use super::*;
use crate::record::{Change, DiskUser, FrequencyFall, GroupUsage, OtherProcess};
use std::collections::BTreeSet;

fn reasons_of(conditions: &Conditions) -> Vec<String> {
    reasons(&Observed { conditions, usage: None, elapsed_us: 1_000_000 })
}

#[test]
fn a_quiet_machine_is_valid() {
    assert!(reasons_of(&Conditions::default()).is_empty());
    let busy_with_itself = Conditions {
        load_average_hundredths: Some(9900),
        running_tasks: Some(99),
        cpu_stall_us: 1_000_000,
        memory_stall_us: 900_000,
        io_stall_us: 1_000_000,
        kernel_cpu_us: 900_000,
        busy_cpu_us: 4_000_000,
        memory_available_before_percent: Some(10),
        cooling_state: 3,
        taint_added: 4096 | 1,
        firmware_throttle: 8,
        ..Conditions::default()
    };
    assert_eq!(reasons_of(&busy_with_itself), Vec::<String>::new());
}

#[test]
fn each_rule_holds_from_its_threshold_on() {
    let change = Change { from: "tsc".into(), to: "hpet".into() };
    let fall = |to_khz| Some(FrequencyFall { policy: 4, from_khz: 1_500_000, to_khz });
    let other = |cpu_us| Some(OtherProcess { name: "stress-ng".into(), pid: 1234, cpu_us });
    let quiet = Conditions::default;
    let traffic = |bytes, stall| Conditions {
        others_disk_bytes: bytes,
        busiest_disk_user: Some(DiskUser { name: "dd".into(), pid: 9, bytes }),
        io_stall_us: stall,
        ..quiet()
    };
    let low = |stall| Conditions { memory_available_before_percent: Some(9), memory_stall_us: stall, ..quiet() };
    let cases = [
        (
            Conditions { taint_added: 512, ..quiet() },
            quiet(),
            "kernel-fault: the kernel printed a warning (WARN): taint 512",
        ),
        (Conditions { throttle_events: 1, ..quiet() }, quiet(), "throttling: heat slowed the processor down: 1 events"),
        (
            Conditions { cooling_changes: 1, ..quiet() },
            quiet(),
            "cooling: cooling slowed the processor down: 1 changes of state",
        ),
        (
            Conditions { firmware_throttle: 0x0004_0000, ..quiet() },
            quiet(),
            "firmware: the firmware throttled the processor: bits 0x40000",
        ),
        (
            Conditions { frequency_limit_fell: fall(900_000), ..quiet() },
            Conditions { frequency_limit_fell: fall(1_499_999), ..quiet() },
            "frequency: the highest frequency allowed fell from 1500 to 900 MHz (policy 4)",
        ),
        (
            Conditions { clock_source_changed: Some(change.clone()), ..quiet() },
            quiet(),
            "clock-source: the clock source changed from tsc to hpet",
        ),
        (
            Conditions { online_cpus_changed: Some(Change { from: "0-3".into(), to: "0-2".into() }), ..quiet() },
            quiet(),
            "cpus: the CPUs that were online changed from 0-3 to 0-2",
        ),
        (
            Conditions { clock_step_us: -10_000, ..quiet() },
            Conditions { clock_step_us: 9_999, ..quiet() },
            "clock-step: the time of day was set by -0.010 s",
        ),
        (
            Conditions { suspended_us: 1_000, ..quiet() },
            Conditions { suspended_us: 999, ..quiet() },
            "suspend: the machine was suspended for 0.001 s",
        ),
        (
            Conditions { steal_ms: 20, ..quiet() },
            Conditions { steal_ms: 10, ..quiet() },
            "steal: the hypervisor took 0.020 s of CPU time in 1.000 s",
        ),
        (
            Conditions { quota_stall_us: 20_000, ..quiet() },
            Conditions { quota_stall_us: 19_999, ..quiet() },
            "quota: a cgroup's quota of CPU time stopped the tasks for 0.020 s in 1.000 s",
        ),
        (Conditions { oom_kills: 1, ..quiet() }, quiet(), "out-of-memory: memory ran out: 1 processes were killed"),
        (
            Conditions { swapped_in_pages: 200, swapped_out_pages: 56, ..quiet() },
            Conditions { swapped_in_pages: 255, ..quiet() },
            "swap: 256 pages went from swap or to it",
        ),
        (
            traffic(1 << 20, 50_000),
            traffic((1 << 20) - 1, 50_000),
            "disk: `dd` (pid 9) read and wrote 1.0 MiB on disks in 1.000 s, and tasks waited 0.050 s for disks",
        ),
        (
            traffic(1 << 30, 50_001),
            traffic(1 << 30, 49_999),
            "disk: `dd` (pid 9) read and wrote 1024.0 MiB on disks in 1.000 s, and tasks waited 0.050 s for disks",
        ),
        (low(20_000), low(19_999), "memory: tasks waited 0.020 s for memory, and 9 % of it was available before"),
        (
            Conditions { others_cpu_us: 20_000, busiest_other: other(15_000), ..quiet() },
            Conditions { others_cpu_us: 19_999, busiest_other: other(15_000), ..quiet() },
            "neighbour: `stress-ng` (pid 1234) used 0.015 s of CPU time, others 0.005 s in 1.000 s",
        ),
    ];
    for (disturbed, just_not, reason) in &cases {
        assert_eq!(reasons_of(disturbed), [*reason]);
        assert_eq!(reasons_of(just_not), Vec::<String>::new(), "below the threshold of {reason}");
    }
    let tried = cases.iter().filter_map(|(_, _, reason)| reason.split(':').next());
    let tried: BTreeSet<&str> = tried.chain(["starved"]).collect();
    assert_eq!(tried, RULES.iter().map(|rule| rule.name).collect(), "every rule is tried");
}

/// An execution of 0.226 s on two CPUs that were `busy_cpu_us`, with 0.004 s of CPU time, and what its tasks waited.
fn starved(cpu_full_stall_us: u64, busy_cpu_us: u64) -> Execution {
    let group = Some(GroupUsage { cpu_us: 4_000, cpu_full_stall_us, ..GroupUsage::default() });
    let conditions = Conditions { busy_cpu_us, kernel_cpu_us: 1_000, agent_cpu_us: 500, ..Conditions::default() };
    let usage = Some(Usage { group, ..Usage::default() });
    Execution { elapsed_seconds: 0.226, usage, conditions: Some(conditions), ..Execution::default() }
}

#[test]
fn a_command_that_had_hardly_any_cpu_time_is_not_valid() {
    let reason = "starved: its tasks had 0.004 s of CPU time and waited 0.222 s for CPUs in 0.226 s, and who had these cannot be seen";
    assert_eq!(of(&starved(221_500, 230_000)), [reason]);
    // One that slept has as little, and waited for nobody; one that woke up waited, and nobody had the CPU.
    assert_eq!(of(&starved(0, 230_000)), Vec::<String>::new());
    assert_eq!(of(&starved(221_500, 73_299)), Vec::<String>::new());
    assert_eq!(of(&starved(221_500, 73_300)).len(), 1);
    // Who can be seen is named.
    let mut seen = starved(221_500, 230_000);
    let conditions = seen.conditions.as_mut().unwrap();
    conditions.others_cpu_us = 220_000;
    conditions.busiest_other = Some(OtherProcess { name: "stress-ng".into(), pid: 1234, cpu_us: 220_000 });
    assert_eq!(of(&seen), ["neighbour: `stress-ng` (pid 1234) used 0.220 s of CPU time in 0.226 s"]);
}

#[test]
fn a_command_that_is_shorter_than_the_kernels_clock_has_no_neighbour() {
    let busiest_other = Some(OtherProcess { name: "cron".into(), pid: 7, cpu_us: 30_000 });
    let conditions = Conditions { others_cpu_us: 30_000, busiest_other, ..Conditions::default() };
    let took = |elapsed_seconds| {
        let conditions = Some(conditions.clone());
        of(&Execution { elapsed_seconds, conditions, ..Execution::default() }).len()
    };
    assert_eq!((took(0.000_5), took(0.009_9), took(0.01)), (0, 0, 1));
}

#[test]
fn a_neighbour_on_another_cpu_takes_a_part() {
    let shared = |waited: u64, others_cpu_us: u64| {
        let group = Some(GroupUsage { cpu_us: 1_990_000, cpu_full_stall_us: waited, ..GroupUsage::default() });
        let busiest_other = Some(OtherProcess { name: "cron".into(), pid: 7, cpu_us: others_cpu_us });
        let conditions = Some(Conditions { others_cpu_us, busiest_other, ..Conditions::default() });
        let usage = Some(Usage { group, ..Usage::default() });
        of(&Execution { elapsed_seconds: 1.0, usage, conditions, ..Execution::default() }).len()
    };
    assert_eq!((shared(0, 99_999), shared(0, 100_000)), (0, 1), "it ran elsewhere");
    // The mean over two CPUs.
    assert_eq!((shared(9_000, 20_000), shared(10_000, 20_000)), (0, 1), "it ran instead");
    assert_eq!(shared(900_000, 19_999), 0, "waiting alone is nothing");
}

#[test]
fn several_causes_are_several_reasons() {
    let warned = Conditions { taint_added: 512 | 128, firmware_throttle: 0x0004_0001, ..Conditions::default() };
    assert_eq!(reasons_of(&warned).len(), 4);
}

#[test]
fn a_short_execution_is_judged_by_what_clocks_can_tell() {
    let conditions = Conditions { steal_ms: 10, ..Conditions::default() };
    assert!(reasons(&Observed { conditions: &conditions, usage: None, elapsed_us: 50_000 }).is_empty());
}

#[test]
fn an_execution_without_conditions_has_no_reasons() {
    assert!(of(&Execution::default()).is_empty());
    let conditions = Some(Conditions { throttle_events: 1, ..Conditions::default() });
    assert_eq!(of(&Execution { conditions, ..Execution::default() }).len(), 1);
}
