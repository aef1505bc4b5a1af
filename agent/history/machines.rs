//! Boots -> which machine each is of, and their order in time.

use crate::{
    boots::{Boots, Kind},
    text::printable,
};
use std::collections::{BTreeMap, BTreeSet};

/// A machine: its kind, and the board as a lab calls it.
type Machine = (Kind, Option<String>);

/// The machine of each boot, and the order of all.
pub(super) struct Machines {
    all: Vec<Machine>,
    /// By boot: its machine's position in `all`.
    of_boot: Vec<usize>,
    /// By boot: its place in the order of its machine's boots.
    pub(super) place: Vec<usize>,
    pub(super) notes: Vec<String>,
}

impl Machines {
    pub(super) fn of(boots: &Boots) -> Machines {
        let mut machines = Machines { all: Vec::new(), of_boot: Vec::new(), place: Vec::new(), notes: Vec::new() };
        machines.assign(boots);
        machines.order(boots);
        machines.say_kinds();
        machines
    }

    /// A boot that says nothing of its machine is taken for one of the only kind that its board has.
    fn assign(&mut self, boots: &Boots) {
        let mut kinds: BTreeMap<&Option<String>, BTreeSet<&Kind>> = BTreeMap::new();
        for boot in boots.boots.iter().filter(|boot| !boot.kind.is_unknown()) {
            kinds.entry(&boot.device).or_default().insert(&boot.kind);
        }
        let mut silent = 0;
        let mut positions: BTreeMap<Machine, usize> = BTreeMap::new();
        for boot in &boots.boots {
            let mut kind = &boot.kind;
            if let (true, Some(only)) = (kind.is_unknown(), kinds.get(&boot.device).filter(|kinds| kinds.len() == 1)) {
                kind = only.first().copied().unwrap_or(kind);
                silent += 1;
            }
            let machine = (kind.clone(), boot.device.clone());
            let next = positions.len();
            self.of_boot.push(*positions.entry(machine).or_insert(next));
        }
        let mut all: Vec<(usize, Machine)> = positions.into_iter().map(|(machine, at)| (at, machine)).collect();
        all.sort_by_key(|(at, _)| *at);
        self.all = all.into_iter().map(|(_, machine)| machine).collect();
        if silent > 0 {
            self.notes.push(format!(
                "{silent} of {} boots: nothing is said of the machine; taken for the one that the others name",
                boots.boots.len()
            ));
        }
    }

    /// By time where all boots of a machine have one, else as they were given.
    fn order(&mut self, boots: &Boots) {
        let mut by_machine: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        self.of_boot.iter().enumerate().for_each(|(boot, machine)| by_machine[*machine].push(boot));
        self.place = vec![0; boots.boots.len()];
        let mut without_time = 0;
        for of_machine in &mut by_machine {
            let timeless = of_machine.iter().filter(|boot| boots.boots[**boot].started.is_none()).count();
            if timeless == 0 {
                of_machine.sort_by_key(|boot| boots.boots[*boot].started);
            }
            without_time += timeless;
            of_machine.iter().enumerate().for_each(|(place, boot)| self.place[*boot] = place);
        }
        if without_time > 0 {
            self.notes.push(format!(
                "{without_time} of {} boots: no time, or a clock that was never set; the boots of that machine stand in the \
                 order given: give the records in the order of time",
                boots.boots.len()
            ));
        }
    }

    /// A board that is of several kinds over time has a history for each.
    fn say_kinds(&mut self) {
        let mut by_device: BTreeMap<&str, Vec<&Kind>> = BTreeMap::new();
        for (kind, device) in &self.all {
            by_device.entry(device.as_deref().unwrap_or_default()).or_default().push(kind);
        }
        for (device, kinds) in by_device.iter().filter(|(device, _)| !device.is_empty()) {
            let differences = kinds.windows(2).flat_map(|pair| pair[0].differences(pair[1]));
            let shown = |value: Option<&str>| value.unwrap_or("(none)").to_string();
            let texts: Vec<String> =
                differences.map(|(what, old, new)| format!("{what}: {} -> {}", shown(old), shown(new))).collect();
            if !texts.is_empty() {
                let text = printable(format!("{device}: {}", texts.join("; ")).as_bytes());
                self.notes.push(format!("{text}: its machine differs over time, and each has a history of its own"));
            }
        }
    }

    /// The machine of a boot, by its position.
    pub(super) fn machine(&self, boot: usize) -> usize {
        self.of_boot[boot]
    }

    /// What a machine is, and what a lab calls it.
    pub(super) fn name(&self, machine: usize) -> (String, Option<String>) {
        let (kind, device) = &self.all[machine];
        let device = device.as_ref().map(|device| printable(device.as_bytes()));
        (printable(kind.to_string().as_bytes()), device)
    }

    /// All kinds with their boards.
    pub(super) fn named(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for machine in 0..self.all.len() {
            let (kind, device) = self.name(machine);
            named.entry(kind).or_default().extend(device);
        }
        named
    }
}
