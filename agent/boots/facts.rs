//! What may explain a number: a machine -> named facts, beside its kind and its kernel's release.

use crate::record::{Machine, Processor};
use std::collections::BTreeSet;

/// The facts of a machine, each with its name. Options of the kernel's configuration and words of its command line are facts
/// of their own, so that a difference names them alone.
pub fn facts(machine: &Machine) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: Option<String>| facts.extend(value.map(|value| (name.to_string(), value)));
    let Machine { kernel, processor, board, distribution, .. } = machine;
    add("architecture", kernel.architecture.clone());
    add("taint bits", kernel.tainted.map(|bits| bits.to_string()));
    add("firmware", board.firmware.clone());
    add("microcode", processor.microcode.clone());
    add("clock source", machine.clock_source.clone());
    add("preemption", machine.preemption.clone());
    add("transparent huge pages", machine.transparent_hugepage.clone());
    add("huge pages", machine.memory.huge_pages_total.map(|pages| pages.to_string()));
    add("swap", machine.memory.swap_total_bytes.map(|bytes| format!("{} MiB", bytes >> 20)));
    add("page size", machine.memory.page_size_bytes.map(|bytes| bytes.to_string()));
    add("NUMA nodes", machine.numa_nodes.clone());
    add("distribution", distribution.pretty_name.clone().or(distribution.id.clone()));
    add("SMT", processor.smt_active.map(on_off));
    add("boost", processor.boost.map(on_off));
    frequency(processor, &mut add);
    for (name, value) in &machine.mitigations {
        add(&format!("mitigation {name}"), Some(value.clone()));
    }
    if let Some(config) = &kernel.config {
        add("configuration", Some(config.sha256.chars().take(12).collect()));
        config.options.iter().for_each(|(name, value)| add(&format!("CONFIG_{name}"), Some(value.clone())));
    }
    for word in words(kernel.command_line.as_deref().unwrap_or_default()) {
        let (name, value) = word.split_once('=').unwrap_or((word, "is there"));
        add(&format!("command line {name}"), Some(value.to_string()));
    }
    facts
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_string()
}

/// Governors, drivers and limits, over all policies.
fn frequency(processor: &Processor, add: &mut impl FnMut(&str, Option<String>)) {
    let all =
        |values: BTreeSet<String>| (!values.is_empty()).then(|| values.into_iter().collect::<Vec<_>>().join(" + "));
    let policies = &processor.frequency;
    add("governor", all(policies.iter().filter_map(|policy| policy.governor.clone()).collect()));
    add("frequency driver", all(policies.iter().filter_map(|policy| policy.driver.clone()).collect()));
    let mhz = |khz: u64| format!("{} MHz", khz / 1000);
    add("highest frequency", all(policies.iter().filter_map(|policy| policy.max_frequency_khz.map(mhz)).collect()));
    add("lowest frequency", all(policies.iter().filter_map(|policy| policy.min_frequency_khz.map(mhz)).collect()));
}

/// The words of a command line that may change a number: not the name of the image, and no random seed. What stands after
/// `--` is init's.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let passed = ["BOOT_IMAGE=", "initrd=", "root=UUID=", "root=PARTUUID=", "nfsroot=", "ip="];
    let kernels = line.split_ascii_whitespace().take_while(|word| *word != "--");
    kernels.filter(move |word| !passed.iter().any(|prefix| word.starts_with(prefix)))
}
