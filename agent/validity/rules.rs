//! The table of the rules: what disturbs a measurement, and how much of it is too much.

use super::{Bound, Observed, Rule};
use crate::record::{Change, Conditions};

/// Taint bits by which a kernel says that something went wrong, and what each says.
const TROUBLE: [(u64, &str); 4] = [
    (1 << 4, "the processor reported a machine check"),
    (1 << 7, "the kernel died in part (oops or BUG)"),
    (1 << 9, "the kernel printed a warning (WARN)"),
    (1 << 14, "a CPU was stuck (soft lockup)"),
];

/// Bits 0 to 2 of [`Conditions::firmware_throttle`] and the same 16 higher, which stay set once it happened.
const FIRMWARE: [(u32, &str); 3] = [
    (0x0001_0001, "the board's voltage was too low"),
    (0x0002_0002, "the firmware capped the frequency"),
    (0x0004_0004, "the firmware throttled the processor"),
];

/// Below this share of free memory before a measurement, in per cent, waiting for memory is not the command's own doing.
const LITTLE_MEMORY: u8 = 10;

/// What disturbs a measurement, in the order in which reasons are given.
pub const RULES: [Rule; 17] = [
    Rule {
        name: "kernel-fault",
        reads: "taint bits that were added: machine check, oops or BUG, warning, soft lockup",
        bound: Bound::Any,
        why: "a kernel that complains is not the kernel that was to be measured",
        amount: |observed| TROUBLE.iter().fold(0, |bits, (bit, _)| bits | observed.conditions.taint_added & bit),
        say: |observed| {
            let added = TROUBLE.iter().filter(|(bit, _)| observed.conditions.taint_added & bit != 0);
            added.map(|(bit, text)| format!("{text}: taint {bit}")).collect()
        },
    },
    Rule {
        name: "throttling",
        reads: "how often a core or a package was throttled (x86)",
        bound: Bound::Any,
        why: "the processor ran slower than it can",
        amount: |observed| observed.conditions.throttle_events,
        say: |observed| vec![format!("heat slowed the processor down: {} events", observed.conditions.throttle_events)],
    },
    Rule {
        name: "cooling",
        reads: "how often a cooling device that slows processors down changed its state",
        bound: Bound::Any,
        why: "the processor ran slower than it can",
        amount: |observed| observed.conditions.cooling_changes,
        say: |observed| {
            vec![format!("cooling slowed the processor down: {} changes of state", observed.conditions.cooling_changes)]
        },
    },
    Rule {
        name: "firmware",
        reads: "bits 0 to 2 and 16 to 18 of a Raspberry Pi's firmware",
        bound: Bound::Any,
        why: "the firmware slows the processor down without telling the kernel",
        amount: |observed| {
            FIRMWARE.iter().fold(0, |all, (bits, _)| all | u64::from(observed.conditions.firmware_throttle & bits))
        },
        say: |observed| {
            let bits = observed.conditions.firmware_throttle;
            let set = FIRMWARE.iter().filter(|(of, _)| bits & of != 0);
            set.map(|(_, text)| format!("{text}: bits {bits:#x}")).collect()
        },
    },
    Rule {
        name: "frequency",
        reads: "the highest frequency allowed of each policy, after, against the highest that the run saw",
        bound: Bound::Percent(1),
        why: "heat, firmware or somebody else limits the frequency; a limit that was there before the run counts as wanted",
        amount: |observed| {
            observed.conditions.frequency_limit_fell.map_or(0, |fall| {
                fall.from_khz.saturating_sub(fall.to_khz).saturating_mul(100).checked_div(fall.from_khz).unwrap_or(0)
            })
        },
        say: |observed| {
            let fall = observed.conditions.frequency_limit_fell.iter();
            fall.map(|fall| {
                let (from, to) = (fall.from_khz / 1000, fall.to_khz / 1000);
                format!("the highest frequency allowed fell from {from} to {to} MHz (policy {})", fall.policy)
            })
            .collect()
        },
    },
    Rule {
        name: "clock-source",
        reads: "the clock source, before and after",
        bound: Bound::Any,
        why: "the kernel found its clock to be wrong, and reading another one takes another time",
        amount: |observed| u64::from(observed.conditions.clock_source_changed.is_some()),
        say: |observed| change("the clock source changed", observed.conditions.clock_source_changed.as_ref()),
    },
    Rule {
        name: "cpus",
        reads: "the CPUs that were online, before and after",
        bound: Bound::Any,
        why: "it is another machine",
        amount: |observed| u64::from(observed.conditions.online_cpus_changed.is_some()),
        say: |observed| change("the CPUs that were online changed", observed.conditions.online_cpus_changed.as_ref()),
    },
    Rule {
        name: "clock-step",
        reads: "what the time of day gained on the time since the boot, in either direction",
        bound: Bound::Time { permille: 10, least_ms: 10 },
        why: "many tools measure with the time of day; NTP alone moves it by 0.05 % at most",
        amount: |observed| observed.conditions.clock_step_us.unsigned_abs(),
        say: |observed| {
            vec![format!("the time of day was set by {:.3} s", observed.conditions.clock_step_us as f64 / 1e6)]
        },
    },
    Rule {
        name: "suspend",
        reads: "what the time since the boot gained on the monotonic clock",
        bound: Bound::Time { permille: 0, least_ms: 1 },
        why: "the machine slept while the tool's clock may have gone on",
        amount: |observed| observed.conditions.suspended_us,
        say: |observed| vec![format!("the machine was suspended for {}", seconds(observed.conditions.suspended_us))],
    },
    Rule {
        name: "steal",
        reads: "CPU time that the hypervisor gave to others",
        bound: Bound::Time { permille: 20, least_ms: 20 },
        why: "the tasks could not run; the kernel tells this time in steps of 10 ms",
        amount: |observed| observed.conditions.steal_ms.saturating_mul(1000),
        say: |observed| {
            let us = observed.conditions.steal_ms.saturating_mul(1000);
            vec![format!("the hypervisor took {} of CPU time{}", seconds(us), of_time(observed))]
        },
    },
    Rule {
        name: "quota",
        reads: "how long a cgroup that the agent is in had used up its quota of CPU time",
        bound: Bound::Time { permille: 20, least_ms: 2 },
        why: "the quota was measured, and not the machine",
        amount: |observed| observed.conditions.quota_stall_us,
        say: |observed| {
            let us = observed.conditions.quota_stall_us;
            vec![format!("a cgroup's quota of CPU time stopped the tasks for {}{}", seconds(us), of_time(observed))]
        },
    },
    Rule {
        name: "out-of-memory",
        reads: "processes of the cgroups that the agent is in that were killed because memory ran out",
        bound: Bound::Any,
        why: "what was killed may have been a part of the benchmark",
        amount: |observed| observed.conditions.oom_kills,
        say: |observed| vec![format!("memory ran out: {} processes were killed", observed.conditions.oom_kills)],
    },
    Rule {
        name: "swap",
        reads: "pages read from swap and written to it",
        bound: Bound::Count(256),
        why: "1 MiB with pages of 4 KiB: less is what idle programs leave and take",
        amount: |observed| swapped(observed.conditions),
        say: |observed| vec![format!("{} pages went from swap or to it", swapped(observed.conditions))],
    },
    Rule {
        name: "memory",
        reads: "how long tasks waited for memory, where less than 10 % of it was available before",
        bound: Bound::Time { permille: 20, least_ms: 5 },
        why: "with more memory left before, the command waits for what it takes itself",
        amount: |observed| {
            let left = observed.conditions.memory_available_before_percent;
            if left.is_some_and(|left| left < LITTLE_MEMORY) { observed.conditions.memory_stall_us } else { 0 }
        },
        say: |observed| {
            let left = observed.conditions.memory_available_before_percent.unwrap_or(0);
            let us = observed.conditions.memory_stall_us;
            vec![format!("tasks waited {} for memory, and {left} % of it was available before", seconds(us))]
        },
    },
    Rule {
        name: "disk",
        reads: "bytes that other processes read from disks and wrote to them, where the command's tasks waited for input or output for 5 % of the time",
        bound: Bound::MebibytesASecond(1),
        why: "slow disks do 10 MiB in a second",
        amount: |observed| {
            let (waited, time) = (disk_stall(observed), observed.elapsed_us);
            if waited > 0 && waited >= time / 20 { observed.conditions.others_disk_bytes } else { 0 }
        },
        say: |observed| {
            let most = observed.conditions.busiest_disk_user.iter();
            let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
            most.map(|most| {
                let (bytes, waited, time) = (mebibytes(most.bytes), seconds(disk_stall(observed)), of_time(observed));
                format!(
                    "`{}` (pid {}) read and wrote {bytes:.1} MiB on disks{time}, and tasks waited {waited} for disks",
                    most.name, most.pid
                )
            })
            .collect()
        },
    },
    Rule {
        name: "neighbour",
        reads: "CPU time of other processes: as much of it as the command's tasks waited for CPUs, and a fifth of the rest; without a control group all of it; nothing where the command took less than 10 ms",
        bound: Bound::Time { permille: 20, least_ms: 4 },
        why: "on the command's CPU it takes as large a share of the score, on another one less: caches and memory",
        amount: harm,
        say: neighbour,
    },
    Rule {
        name: "starved",
        reads: "how long the command's tasks waited for CPUs, as far as somebody had them who cannot be seen",
        bound: Bound::Time { permille: 300, least_ms: 50 },
        why: "the tasks could not run, whoever had their CPUs; waking up alone is less",
        amount: starved,
        say: |observed| {
            let (cpu, waited) = (observed.group().cpu_us, observed.group().cpu_full_stall_us);
            let (cpu, waited, time) = (seconds(cpu), seconds(waited), of_time(observed));
            vec![format!(
                "its tasks had {cpu} of CPU time and waited {waited} for CPUs{time}, and who had these cannot be seen"
            )]
        },
    },
];

/// How long the command's tasks waited for CPUs that none of them had, summed over the CPUs: the kernel tells the mean over those
/// that they used.
fn waited(observed: &Observed<'_>) -> u64 {
    let group = observed.group();
    let used = group.cpu_us.checked_div(observed.elapsed_us).unwrap_or(0).saturating_add(1);
    group.cpu_full_stall_us.saturating_mul(used)
}

/// How long the command's tasks waited for input or output; without a control group, any tasks.
fn disk_stall(observed: &Observed<'_>) -> u64 {
    let group = observed.usage.and_then(|usage| usage.group);
    group.map_or(observed.conditions.io_stall_us, |group| group.io_stall_us)
}

/// What other processes took from the command. Of what they used on other CPUs a part: they share caches and memory.
fn harm(observed: &Observed<'_>) -> u64 {
    // The kernel tells such times in steps of 10 ms: what was used before a shorter command would count for it.
    if observed.elapsed_us < 10_000 {
        return 0;
    }
    let all = observed.conditions.others_cpu_us;
    if observed.usage.is_none_or(|usage| usage.group.is_none()) {
        return all;
    }
    let taken = all.min(waited(observed));
    taken.saturating_add(all.saturating_sub(taken) / 5)
}

/// How long the command's tasks waited while CPU time was used of which nobody is known. Tasks that wake up wait too, but not
/// for anybody.
fn starved(observed: &Observed<'_>) -> u64 {
    let conditions = observed.conditions;
    let known = [observed.group().cpu_us, conditions.others_cpu_us, conditions.kernel_cpu_us, conditions.agent_cpu_us];
    waited(observed).min(known.into_iter().fold(conditions.busy_cpu_us, u64::saturating_sub))
}

fn neighbour(observed: &Observed<'_>) -> Vec<String> {
    let all = observed.conditions.others_cpu_us;
    let Some(most) = &observed.conditions.busiest_other else { return Vec::new() };
    let who = format!("`{}` (pid {}) used {} of CPU time", most.name, most.pid, seconds(most.cpu_us));
    let rest = all.saturating_sub(most.cpu_us);
    let rest = if rest < 1000 { String::new() } else { format!(", others {}", seconds(rest)) };
    vec![format!("{who}{rest}{}", of_time(observed))]
}

fn change(what: &str, change: Option<&Change>) -> Vec<String> {
    change.iter().map(|change| format!("{what} from {} to {}", change.from, change.to)).collect()
}

fn swapped(conditions: &Conditions) -> u64 {
    conditions.swapped_in_pages.saturating_add(conditions.swapped_out_pages)
}

/// ` in 0.226 s`: how long the execution took.
fn of_time(observed: &Observed<'_>) -> String {
    format!(" in {}", seconds(observed.elapsed_us))
}

/// A time, to the millisecond.
fn seconds(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}
