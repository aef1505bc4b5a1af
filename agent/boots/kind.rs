//! Kinds of machines: facts -> what must be the same for numbers to compare.

use crate::record::Machine;
use std::fmt;

/// A kind of machine. Boards of one kind are expected to measure the same, up to a level of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// What is known of it: a name and a value each.
    facts: Vec<(&'static str, String)>,
}

impl Kind {
    /// The kind of a machine.
    ///
    /// Memory counts as the next power of two: kernels keep different shares of it for themselves.
    pub fn of(machine: &Machine) -> Kind {
        let Machine { board, processor, memory, .. } = machine;
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let size =
            memory.total_bytes.and_then(u64::checked_next_power_of_two).map(|bytes| format!("{} MiB", bytes >> 20));
        let facts = [
            ("board", board.model.clone()),
            ("vendor", board.vendor.clone()),
            ("processor", processor.model.clone()),
            ("revision of the processor", processor.revision.clone()),
            ("CPUs online", number(processor.threads)),
            ("cores", number(processor.cores)),
            ("packages", number(processor.packages)),
            ("memory", size),
            ("virtualization", machine.virtualization.clone()),
        ];
        Kind { facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect() }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        self.facts.is_empty()
    }

    /// What the two differ in: a name, and the value of each.
    pub fn differences<'a>(&'a self, other: &'a Kind) -> Vec<(&'static str, Option<&'a str>, Option<&'a str>)> {
        let names: Vec<&'static str> = self.facts.iter().chain(&other.facts).map(|(name, _)| *name).collect();
        let mut found = Vec::new();
        for name in names {
            let (here, there) = (self.fact(name), other.fact(name));
            if here != there && !found.iter().any(|(seen, _, _)| *seen == name) {
                found.push((name, here, there));
            }
        }
        found
    }

    fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// The name of the board, the processor and how many CPUs it has.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown() {
            return f.write_str("unknown machine");
        }
        let processor = match (self.fact("processor"), self.fact("CPUs online")) {
            (Some(model), Some(count)) => Some(format!("{count} x {model}")),
            (model, count) => model.map(str::to_owned).or_else(|| count.map(|count| format!("{count} CPUs"))),
        };
        let board = self.fact("board").map(str::to_owned);
        let parts: Vec<String> = [board, processor].into_iter().flatten().collect();
        f.write_str(&if parts.is_empty() { "unnamed machine".into() } else { parts.join(", ") })
    }
}
