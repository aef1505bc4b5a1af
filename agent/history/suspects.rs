//! What else changed where a level did: the last boots of the old level and the first of the new one -> suspects.

use super::lines::{LinePoint, of_way};
use crate::{
    boots::{Boots, facts},
    text::printable,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    ops::Range,
};

/// How many boots on each side are looked at.
const SIDE: usize = 10;
/// How many boots on each side there are at least, where the series has them.
const LEAST: usize = 4;

/// Something that changed where a level did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Suspect {
    /// What: a tool, a parameter, the agent, a fact of the machine.
    pub what: String,
    /// Its value before, in nearly all boots; absent where it was not there.
    pub from: Option<String>,
    /// Its value since.
    pub to: Option<String>,
}

/// `governor: schedutil -> performance`.
impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
        write!(f, "{}: {} -> {}", self.what, shown(&self.from), shown(&self.to))
    }
}

/// What is told of a boot: of the way it ran a benchmark, of the agent, of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Way,
    Agent,
    Machine,
}

type Told = BTreeMap<(Topic, String), String>;

/// The facts of boots, each read once.
pub(super) struct Suspects<'a> {
    boots: &'a Boots,
    machines: HashMap<usize, Told>,
}

impl<'a> Suspects<'a> {
    pub(super) fn new(boots: &'a Boots) -> Suspects<'a> {
        Suspects { boots, machines: HashMap::new() }
    }

    /// What holds for nearly all of the last boots of the old level, and is another one for nearly all of the first of the
    /// new one.
    pub(super) fn of(&mut self, points: &[LinePoint], old: &Range<usize>, new: &Range<usize>) -> Vec<Suspect> {
        let old = old.start.max(old.end.saturating_sub(SIDE))..old.end.max(old.start + LEAST);
        let new = new.start.min(new.end.saturating_sub(LEAST))..new.end.min(new.start + SIDE);
        let (old, new) = (self.side(&points[old.start..old.end.min(points.len())]), self.side(&points[new]));
        let names: BTreeSet<&(Topic, String)> = old.iter().chain(&new).flat_map(|told| told.keys()).collect();
        let mut found = Vec::new();
        for name in names {
            if let (Some(from), Some(to)) = (common(&old, name), common(&new, name))
                && from != to
            {
                found.push(Suspect { what: name.1.clone(), from: from.cloned(), to: to.cloned() });
            }
        }
        // That the whole configuration differs is said where no option says it.
        let by_option = found.iter().any(|suspect| suspect.what.starts_with("CONFIG_"));
        found.retain(|suspect| !(by_option && suspect.what == "configuration"));
        found
    }

    fn side(&mut self, points: &[LinePoint]) -> Vec<Told> {
        points.iter().map(|point| self.told(point)).collect()
    }

    fn told(&mut self, point: &LinePoint) -> Told {
        let boots = self.boots;
        let of_machine = self.machines.entry(point.boot).or_insert_with(|| of_boot(boots, point.boot));
        let mut told = of_machine.clone();
        told.extend(of_way(point.way).into_iter().map(|(name, value)| ((Topic::Way, name), value)));
        told
    }
}

fn of_boot(boots: &Boots, boot: usize) -> Told {
    let boot = &boots.boots[boot];
    let machine = boot.machine.as_deref().into_iter().flat_map(facts);
    let text = |value: String| printable(value.as_bytes());
    let mut told: Told = machine.map(|(name, value)| ((Topic::Machine, text(name)), text(value))).collect();
    told.extend(boot.agent.clone().map(|version| ((Topic::Agent, "agent".into()), version)));
    told
}

/// The value that nearly all boots have which say something of its topic; `Some(None)` where nearly all lack it.
fn common<'t>(side: &'t [Told], name: &(Topic, String)) -> Option<Option<&'t String>> {
    let speaks = |told: &&Told| name.0 == Topic::Way || told.keys().any(|(topic, _)| *topic == name.0);
    let values: Vec<Option<&String>> = side.iter().filter(speaks).map(|told| told.get(name)).collect();
    let count = |value: &Option<&String>| values.iter().filter(|other| *other == value).count();
    let most = values.iter().max_by_key(|value| count(value))?;
    let enough = 2 * values.len() >= side.len() && 5 * count(most) >= 4 * values.len();
    enough.then_some(*most)
}
