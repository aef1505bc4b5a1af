//! The conditions of one iteration: what else happened on the machine while a sample was measured.
//!
//! In: the difference of two readings, made by `system::between`. Out: the JSON object `conditions` of an iteration. Small,
//! as there is one for each iteration: a count of 0 and a level that is unknown are absent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What happened between two readings. Levels are `Option`, counts are 0 where nothing happened or nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// The load average over the last minute in hundredths, at the beginning (/proc/loadavg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_average_hundredths: Option<u32>,
    /// The tasks that wanted to run, the agent included, at the beginning (/proc/loadavg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_tasks: Option<u32>,
    /// The lower of the two readings of each frequency policy's current frequency in kHz, by the policy's number, which is
    /// that of its first CPU (cpufreq/policy*/scaling_cur_freq). Of more than 8 policies the 8 slowest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub frequency_khz: BTreeMap<u32, u64>,
    /// The hottest thermal zone at either reading, in thousandths of a degree Celsius (/sys/class/thermal).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_millicelsius: Option<i32>,
    /// How many times a core or a package was throttled, summed over the CPUs: a package's event is counted by each of its
    /// CPUs (thermal_throttle/{core,package}_throttle_count, x86).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttle_events: u64,
    /// The sum of the states of the cooling devices that slow processors down, at the end; absent if 0
    /// (/sys/class/thermal/cooling_device*/cur_state).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cooling_state: u64,
    /// How often these devices changed their state, or by how much the state rose where the kernel does not count
    /// (stats/total_trans).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cooling_changes: u64,
    /// Bits of a Raspberry Pi's firmware: 1 voltage low, 2 frequency capped, 4 throttled, 8 soft limit of temperature, each
    /// at either reading, and those 16 bits higher that were set in between (soc:firmware/get_throttled).
    #[serde(default, skip_serializing_if = "is_zero_bits")]
    pub firmware_throttle: u32,
    /// How long at least one task waited for a CPU, in microseconds (/proc/pressure/cpu).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cpu_stall_us: u64,
    /// How long at least one task waited for memory, in microseconds (/proc/pressure/memory).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory_stall_us: u64,
    /// How long at least one task waited for input or output, in microseconds (/proc/pressure/io).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub io_stall_us: u64,
    /// The memory available at the end, in bytes (/proc/meminfo MemAvailable).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_available_bytes: Option<u64>,
    /// Pages read from swap (/proc/vmstat pswpin).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub swapped_in_pages: u64,
    /// Pages written to swap (/proc/vmstat pswpout).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub swapped_out_pages: u64,
    /// Context switches of the whole machine (/proc/stat ctxt).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub context_switches: u64,
    /// Interrupts of the whole machine (/proc/stat intr).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub interrupts: u64,
    /// CPU time that the hypervisor gave to others, in milliseconds, summed over the CPUs (/proc/stat).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steal_ms: u64,
    /// Taint bits of the kernel that were not set before (/proc/sys/kernel/tainted).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub taint_added: u64,
    /// How long every task that did not sleep waited for memory, in microseconds (/proc/pressure/memory).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory_full_stall_us: u64,
    /// How long every task that did not sleep waited for input or output, in microseconds (/proc/pressure/io).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub io_full_stall_us: u64,
    /// The memory available at the beginning, in per cent of all (/proc/meminfo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_available_before_percent: Option<u8>,
    /// How long the CPUs were neither idle nor waited for a disk, summed over them, in microseconds: for interrupts and the
    /// hypervisor too (/proc/stat).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub busy_cpu_us: u64,
    /// CPU time of the agent itself, in microseconds (getrusage(2)).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub agent_cpu_us: u64,
    /// CPU time of processes that are neither the agent nor below it, in microseconds (/proc/PID/stat, schedstat).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others_cpu_us: u64,
    /// The one of these processes that used most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busiest_other: Option<OtherProcess>,
    /// What these processes read from disks and wrote to them, in bytes (/proc/PID/io).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others_disk_bytes: u64,
    /// The one of these processes that read and wrote most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busiest_disk_user: Option<DiskUser>,
    /// CPU time of kernel threads, in microseconds (/proc/PID/stat).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kernel_cpu_us: u64,
    /// How long the agent's own cgroups had used up their quota of CPU time, in microseconds (cpu.stat).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quota_stall_us: u64,
    /// Processes of the agent's own cgroups that were killed because memory ran out (memory.events).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub oom_kills: u64,
    /// The frequency policy whose highest frequency allowed fell most below what the run had seen before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_limit_fell: Option<FrequencyFall>,
    /// The clock source, where it changed (clocksource0/current_clocksource).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_source_changed: Option<Change>,
    /// The CPUs that were online, where they changed (/sys/devices/system/cpu/online).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online_cpus_changed: Option<Change>,
    /// By how much the time of day was set, in microseconds: what it gained on CLOCK_BOOTTIME.
    #[serde(default, skip_serializing_if = "is_zero_step")]
    pub clock_step_us: i64,
    /// How long the machine was suspended, in microseconds: what CLOCK_BOOTTIME gained on CLOCK_MONOTONIC.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suspended_us: u64,
}

/// A process that is not the agent's, and what it used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherProcess {
    /// Its name, as /proc has it.
    pub name: String,
    /// Its number.
    pub pid: u32,
    /// Its CPU time in microseconds, with that of children that it waited for.
    pub cpu_us: u64,
}

/// A process that is not the agent's, and what it read and wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskUser {
    /// Its name, as /proc has it.
    pub name: String,
    /// Its number.
    pub pid: u32,
    /// What it read from disks and wrote to them, with its children that it waited for.
    pub bytes: u64,
}

/// A frequency policy whose highest frequency allowed fell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyFall {
    /// Its number, which is that of its first CPU.
    pub policy: u32,
    /// The highest that the run had seen, in kHz.
    pub from_khz: u64,
    /// What was allowed at the end, in kHz.
    pub to_khz: u64,
}

/// What something was before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero_bits(bits: &u32) -> bool {
    *bits == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero_step(step: &i64) -> bool {
    *step == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_empty_object() {
        let nothing = Conditions::default();
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Conditions>("{}").unwrap(), nothing);
        assert!(serde_json::from_str::<Conditions>(r#"{"weather":1}"#).is_err());
    }
}
