//! The system: what /proc and /sys say, made into facts, conditions and findings.
//!
//! In: a root folder, `/` on a board and a fixture in tests; every reader takes it as an argument. Out: the [`Machine`] of a
//! record, the [`Conditions`] of an iteration, the findings of `doctor`. A file that is missing or malformed is an absent
//! fact, never an error and never a panic.
//!
//! The crate `procfs` parses the files whose format has traps; the rest are single values. `sysinfo` is used for one thing,
//! the processes that compete for the processor, which takes many files and two readings; its facts about the machine cannot
//! be read below another root.
//!
//! [`Machine`]: crate::record::Machine
//! [`Conditions`]: crate::record::Conditions

mod arm;
mod boot;
mod cgroups;
mod clocks;
pub mod conditions;
pub mod cpus;
mod cputime;
pub mod doctor;
mod facts;
mod files;
mod kernel;
mod layout;
mod modules;
mod processes;
mod processor;
mod programs;

#[cfg(test)]
mod fixtures;

pub use boot::{boot, since_boot};
pub use cgroups::own_group;
pub use conditions::{FrequencyLimits, Snapshot, between, snapshot, snapshot_with_processes_of};
pub use doctor::{Finding, Severity, examine};
pub use facts::{distribution, machine};
pub use kernel::kernel_config;
pub use layout::{Layout, layout};
pub use modules::has_module;
pub use processes::{Process, busiest};
pub use programs::find_program;

use std::path::Path;

/// The machine's memory in bytes, as the kernel counts it.
pub fn memory_total(root: &Path) -> Option<u64> {
    facts::meminfo(root).map(|meminfo| meminfo.mem_total)
}

/// The memory in bytes that programs may take, as the kernel estimates it.
pub fn memory_available(root: &Path) -> Option<u64> {
    facts::meminfo(root).and_then(|meminfo| meminfo.mem_available)
}

/// Whether `root` is the machine itself, so that system calls speak of the same machine as the files.
fn is_this_machine(root: &Path) -> bool {
    root == Path::new("/")
}
