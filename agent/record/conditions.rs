//! The conditions of one iteration: what else happened on the machine while a sample was measured.
//!
//! In: the difference of two readings, made by `system::between`. Out: the JSON object `conditions` of an iteration. Small,
//! as there is one for each iteration: a count of 0 and a level that is unknown are absent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
}

impl Conditions {
    /// Why the samples measured meanwhile are not valid; empty if nothing speaks against them.
    ///
    /// Only what proves trouble: the kernel tainted itself, or the processor was slowed down by heat or power. A busy machine
    /// is noise for the statistics to see, not a reason.
    #[must_use]
    pub fn invalid(&self) -> Vec<String> {
        let mut reasons: Vec<String> = TROUBLE
            .iter()
            .filter(|(bit, _)| self.taint_added & bit != 0)
            .map(|(bit, text)| format!("{text}: taint {bit}"))
            .collect();
        if self.throttle_events > 0 {
            reasons.push(format!("the processor was throttled: {} events", self.throttle_events));
        }
        if self.cooling_changes > 0 {
            reasons.push(format!("cooling slowed the processor down: {} changes of state", self.cooling_changes));
        }
        let firmware = FIRMWARE.iter().filter(|(bits, _)| self.firmware_throttle & bits != 0);
        reasons.extend(firmware.map(|(_, text)| format!("{text}: bits {:#x}", self.firmware_throttle)));
        reasons
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero_bits(bits: &u32) -> bool {
    *bits == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_empty_object() {
        let nothing = Conditions::default();
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Conditions>("{}").unwrap(), nothing);
        assert!(nothing.invalid().is_empty());
        assert!(serde_json::from_str::<Conditions>(r#"{"weather":1}"#).is_err());
    }

    #[test]
    fn only_proven_trouble_invalidates() {
        let busy = Conditions {
            load_average_hundredths: Some(9900),
            cpu_stall_us: 1 << 40,
            swapped_in_pages: 7,
            cooling_state: 3,
            taint_added: 4096 | 1,
            firmware_throttle: 8,
            ..Conditions::default()
        };
        assert!(busy.invalid().is_empty());
        let warned = Conditions { taint_added: 512 | 128, ..busy.clone() };
        assert_eq!(warned.invalid().len(), 2);
        let slowed = Conditions { throttle_events: 1, cooling_changes: 1, firmware_throttle: 0x0004_0001, ..busy };
        assert_eq!(
            slowed.invalid(),
            [
                "the processor was throttled: 1 events",
                "cooling slowed the processor down: 1 changes of state",
                "the board's voltage was too low: bits 0x40001",
                "the firmware throttled the processor: bits 0x40001",
            ]
        );
    }
}
