//! The machine that a record was made on: what in it may explain a number.
//!
//! In: the facts that `system::machine` reads on the board. Out: the JSON object `machine` of a record, in the order of the
//! fields here. It crosses a serial line, so a fact that is not there is absent, and nothing is here that names a person or
//! one single board (no host name, serial number, address or UUID).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One machine. Every text is one line of printable characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The kernel that runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kernel: Kernel,
    /// The processors, as the kernel presents them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub processor: Processor,
    /// The memory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub memory: Memory,
    /// The board or the computer model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub board: Board,
    /// The distribution of the root file system.
    #[serde(default, skip_serializing_if = "is_default")]
    pub distribution: Distribution,
    /// The clock source in use, e.g. `tsc` or `arch_sys_counter` (/sys/devices/system/clocksource/clocksource0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_source: Option<String>,
    /// The clock sources that could be used, best first as the kernel lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clock_sources_available: Vec<String>,
    /// Each processor vulnerability and what the kernel does about it (/sys/devices/system/cpu/vulnerabilities).
    /// Those with the answer `Not affected` are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mitigations: BTreeMap<String, String>,
    /// The preemption model: `none`, `voluntary`, `full`, `lazy`, `rt`, or `dynamic` where the kernel can switch and does not
    /// say which is on (/sys/kernel/debug/sched/preempt, else the command line, else the version text).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preemption: Option<String>,
    /// Transparent huge pages: `always`, `madvise` or `never` (/sys/kernel/mm/transparent_hugepage/enabled).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transparent_hugepage: Option<String>,
    /// The NUMA nodes that are online, in the kernel's list format (/sys/devices/system/node/online).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numa_nodes: Option<String>,
    /// What the machine is a guest of, e.g. `kvm`, `xen`, `qemu`, or `hypervisor` where it does not say. Absent: unknown
    /// to be a guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtualization: Option<String>,
}

/// The kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// As `uname -r` (/proc/sys/kernel/osrelease).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// As `uname -v`: build number, flavour and date (/proc/sys/kernel/version).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// As `uname -m`, e.g. `aarch64` (/proc/sys/kernel/arch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The command line that the kernel was started with (/proc/cmdline), as it is; 4 KiB at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_line: Option<String>,
    /// The kernel's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<KernelConfig>,
    /// The kernel's taint bits when the facts were read (/proc/sys/kernel/tainted); 0 is an untainted kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tainted: Option<u64>,
}

/// The kernel's configuration: which one it is, and those of its options that change performance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelConfig {
    /// SHA-256 of the uncompressed text, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The file that it was read from: `/proc/config.gz` or `/boot/config-<release>`.
    pub source: String,
    /// Options that are set and known to change performance, without `CONFIG_` and without quotes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// The processors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// The model; several kinds are joined with ` + ` (`Cortex-A53 + Cortex-A72`). From /proc/cpuinfo: the model's name on
    /// x86, on Arm the name of implementer and part, or `implementer 0x41 part 0xd07` where the name is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who made it: `vendor_id` on x86, the implementer on Arm (/proc/cpuinfo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// `family 25 model 17 stepping 1` on x86, `r0p3` on Arm; absent where the processors differ (/proc/cpuinfo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The microcode's version on x86 (/proc/cpuinfo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microcode: Option<String>,
    /// The CPUs that are online, in the kernel's list format, e.g. `0-3` (/sys/devices/system/cpu/online).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<String>,
    /// The CPUs that could ever be, in the same format (/sys/devices/system/cpu/possible).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possible: Option<String>,
    /// How many CPUs (hardware threads) are online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// How many cores these belong to (topology/thread_siblings_list of each CPU).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// How many packages (sockets) these belong to (topology/physical_package_id of each CPU).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<u32>,
    /// Whether two or more threads share a core now (/sys/devices/system/cpu/smt/active).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smt_active: Option<bool>,
    /// CPUs of a kind, where there are several kinds (big.LITTLE), in the order of their first CPU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<CpuGroup>,
    /// The caches of the first CPU online (/sys/devices/system/cpu/cpu0/cache).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<Cache>,
    /// How frequencies are chosen, one entry for all CPUs that are treated alike, in the order of their first CPU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequency: Vec<FrequencyPolicy>,
    /// Whether the processors may go beyond their nominal frequency (/sys/devices/system/cpu/cpufreq/boost, or
    /// intel_pstate/no_turbo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boost: Option<bool>,
}

/// CPUs of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CpuGroup {
    /// The CPUs, in the kernel's list format.
    pub cpus: String,
    /// Their model, as in [`Processor::model`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Their capacity as the scheduler sees it, 1024 being the largest of the machine (cpu_capacity of each CPU).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// One cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// 1 is nearest to the core.
    pub level: u32,
    /// `data`, `instruction` or `unified`.
    pub kind: String,
    /// The size in bytes.
    pub size_bytes: u64,
}

/// How the frequency of some CPUs is chosen (/sys/devices/system/cpu/cpufreq/policy*).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyPolicy {
    /// The CPUs, in the kernel's list format.
    pub cpus: String,
    /// The driver, e.g. `cpufreq-dt` (scaling_driver).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The governor, e.g. `performance` (scaling_governor).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governor: Option<String>,
    /// The lowest frequency allowed now, in kHz (scaling_min_freq).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_frequency_khz: Option<u64>,
    /// The highest frequency allowed now, in kHz (scaling_max_freq).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_frequency_khz: Option<u64>,
    /// The highest frequency of the hardware, in kHz, where more than is allowed now (cpuinfo_max_freq).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_max_frequency_khz: Option<u64>,
}

/// The memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// What the kernel can use, in bytes (/proc/meminfo MemTotal).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Swap space in bytes; 0 means no swap (/proc/meminfo SwapTotal).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_total_bytes: Option<u64>,
    /// The size of a page in bytes (the auxiliary vector).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size_bytes: Option<u64>,
    /// How many huge pages are reserved, of [`Memory::huge_page_size_bytes`] each (/proc/meminfo HugePages_Total).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub huge_pages_total: Option<u64>,
    /// The size of such a page in bytes (/proc/meminfo Hugepagesize).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub huge_page_size_bytes: Option<u64>,
}

/// The board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Its name: `model` of the device tree (/proc/device-tree), else the product's name (/sys/class/dmi/id/product_name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who made it (/sys/class/dmi/id/sys_vendor).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// The firmware's version (/sys/class/dmi/id/bios_version).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// `compatible` of the device tree, the most specific first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compatible: Vec<String>,
}

/// The distribution (/etc/os-release, else /usr/lib/os-release).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// `ID`, e.g. `debian`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `VERSION_ID`, e.g. `12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// `PRETTY_NAME`, e.g. `Debian GNU/Linux 12 (bookworm)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretty_name: Option<String>,
}

/// Whether a part holds no fact; such a part is not written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
