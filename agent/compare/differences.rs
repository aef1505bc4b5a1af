//! What else differs between two sides.

use crate::{
    boots::{Boots, Circumstances, facts},
    record::Ident,
    text::printable,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What a difference is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The kind of machine: numbers do not compare.
    Machine,
    /// A tool's version: numbers do not compare.
    Tool,
    /// A parameter: numbers do not compare.
    Parameter,
    /// A fact of the machine or of its kernel.
    Fact,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it is of.
    pub topic: Topic,
    /// The benchmark that it is of, where it is of one.
    pub benchmark: Option<Ident>,
    /// What differs.
    pub what: String,
    /// On the old side; several values are joined.
    pub base: String,
    /// On the new side.
    pub new: String,
}

impl Difference {
    pub(super) fn new(topic: Topic, what: &str, base: Option<&str>, new: Option<&str>) -> Difference {
        let shown = |value: Option<&str>| value.map_or_else(|| "(none)".into(), |value| printable(value.as_bytes()));
        Difference { topic, benchmark: None, what: what.into(), base: shown(base), new: shown(new) }
    }

    pub(super) fn of(self, benchmark: &Ident) -> Difference {
        Difference { benchmark: Some(benchmark.clone()), ..self }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { topic, benchmark, what, base, new } = self;
        if let Some(benchmark) = benchmark {
            write!(f, "{benchmark}: ")?;
        }
        match topic {
            Topic::Machine => write!(f, "machine: {what}: {base} -> {new}"),
            Topic::Tool => write!(f, "tool {what}: {base} -> {new}"),
            Topic::Parameter => write!(f, "parameter {what}: {base} -> {new}"),
            Topic::Fact => write!(f, "{what}: {base} -> {new}"),
        }
    }
}

/// What two ways to run a benchmark differ in.
pub(super) fn of_circumstances(benchmark: &Ident, base: &Circumstances, new: &Circumstances) -> Vec<Difference> {
    let mut found = Vec::new();
    if base.tool != new.tool {
        let name = |side: &Circumstances| side.tool.as_ref().map(|(name, _)| name.clone());
        let what = name(new).or(name(base)).unwrap_or_default();
        let text = |side: &Circumstances| match &side.tool {
            Some((name, Some(version))) if *name == what => Some(version.clone()),
            Some((name, version)) => {
                Some([Some(name.clone()), version.clone()].into_iter().flatten().collect::<Vec<_>>().join(" "))
            }
            None => None,
        };
        found.push(Difference::new(Topic::Tool, &what, text(base).as_deref(), text(new).as_deref()));
    }
    let names: BTreeSet<&String> = base.parameters.keys().chain(new.parameters.keys()).collect();
    for name in names {
        let (old, now) = (base.parameters.get(name), new.parameters.get(name));
        if old != now {
            let text = |value: Option<&String>| {
                value.map(String::as_str).map(|value| if value.is_empty() { "''" } else { value }).map(str::to_owned)
            };
            found.push(Difference::new(Topic::Parameter, name, text(old).as_deref(), text(now).as_deref()));
        }
    }
    found.into_iter().map(|difference| difference.of(benchmark)).collect()
}

/// What the machines of two sides differ in, beside their kind: each fact of which the sides have other values. Boots without a
/// group are not compared.
pub(super) fn of_sides(base: (&Boots, &[Option<usize>]), new: (&Boots, &[Option<usize>])) -> Vec<Difference> {
    let (base, new) = (by_fact(base), by_fact(new));
    let mut found = Vec::new();
    if base.is_empty() || new.is_empty() {
        return found;
    }
    let mut names: Vec<&String> = base.keys().collect();
    names.extend(new.keys().filter(|name| !base.contains_key(*name)));
    for name in names {
        let (old, now) = (base.get(name), new.get(name));
        if old != now {
            found.push(Difference::new(Topic::Fact, name, joined(old).as_deref(), joined(now).as_deref()));
        }
    }
    found.sort_by_key(|difference| weight(&difference.what));
    // That the whole configuration differs is said where no option says it.
    let by_option = found.iter().any(|difference| difference.what.starts_with("CONFIG_"));
    found.retain(|difference| !(by_option && difference.what == "configuration"));
    found
}

/// Words of the kernel's command line that change how fast it is, or begin as such words do.
const SPEED_WORDS: [&str; 44] = [
    "mitigations",
    "nosmt",
    "isolcpus",
    "nohz",
    "rcu_nocb",
    "rcutree.",
    "rcupdate.",
    "irqaffinity",
    "maxcpus",
    "nr_cpus",
    "possible_cpus",
    "cpufreq.",
    "cpuidle",
    "processor.",
    "intel_pstate",
    "intel_idle.",
    "amd_pstate",
    "idle",
    "nospec",
    "spec",
    "nopti",
    "pti",
    "kpti",
    "l1tf",
    "mds",
    "tsx",
    "retbleed",
    "srbds",
    "mmio_stale_data",
    "gather_data_sampling",
    "indirect_target_selection",
    "tsa",
    "vmscape",
    "ssbd",
    "preempt",
    "threadirqs",
    "transparent_hugepage",
    "hugepage",
    "default_hugepage",
    "numa",
    "clocksource",
    "tsc",
    "mem",
    "nokaslr",
];

/// Facts of the machine that change how fast it is.
const SPEED_FACTS: [&str; 11] = [
    "governor",
    "highest frequency",
    "lowest frequency",
    "frequency driver",
    "boost",
    "SMT",
    "preemption",
    "transparent huge pages",
    "clock source",
    "microcode",
    "mitigation ",
];

/// Where a fact stands among what differs: first what most likely explains a number.
fn weight(what: &str) -> usize {
    let begins = |names: &[&str], text: &str| names.iter().any(|name| text.starts_with(name));
    match what.strip_prefix("command line ") {
        Some(word) if begins(&SPEED_WORDS, word) => 0,
        Some(_) => 4,
        None if begins(&SPEED_FACTS, what) => 1,
        None if what == "configuration" || what.starts_with("CONFIG_") => 2,
        None => 3,
    }
}

/// Each fact with its values over all boots of which the machine is known; a boot without it has none.
fn by_fact((side, groups): (&Boots, &[Option<usize>])) -> BTreeMap<String, BTreeSet<Option<String>>> {
    let machines: Vec<BTreeMap<String, String>> = side
        .boots
        .iter()
        .zip(groups)
        .filter(|(_, group)| group.is_some())
        .filter_map(|(boot, _)| Some((boot.machine.as_deref()?, &boot.tuned)))
        .map(|(machine, tuned)| facts(machine).into_iter().chain(tuned.iter().cloned()).collect())
        .collect();
    let names: BTreeSet<&String> = machines.iter().flat_map(BTreeMap::keys).collect();
    let values = |name: &String| machines.iter().map(|machine| machine.get(name).cloned()).collect();
    names.into_iter().map(|name| (name.clone(), values(name))).collect()
}

fn joined(values: Option<&BTreeSet<Option<String>>>) -> Option<String> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
    values.map(|values| values.iter().map(shown).collect::<Vec<_>>().join(" or "))
}
