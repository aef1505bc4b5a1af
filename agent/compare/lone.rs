//! Machines with boots on one side alone -> what a reader should know of them.

use crate::boots::Kind;
use std::collections::BTreeSet;

/// Machines that are compared with each other alone.
pub(super) type Group = (Kind, Option<String>);

/// How many of a side are named.
const MOST_NAMED: usize = 8;

/// A board that measured on the base, and that nothing of the new side is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoneBoard {
    /// What a lab calls it, else its kind.
    pub name: String,
    /// Whether it has no boot on the new side; else it is another kind of machine there.
    pub is_missing: bool,
}

/// The boards of a side that the other side has not got as they are.
pub(super) fn notes(base: &BTreeSet<Group>, new: &BTreeSet<Group>) -> Vec<String> {
    let mut notes = Vec::new();
    for (side, here, there, others) in [("base", base, "new side", new), ("new side", new, "base", base)] {
        let lone: Vec<&Group> = here.difference(others).collect();
        let why = |group: &Group| match other_kind(group, others) {
            Some(kind) => format!("there it is another machine: {}", differences(&group.0, kind)),
            None if group.0.is_unknown() => "nothing says which machine that is".into(),
            None => format!("the {there} has none there"),
        };
        let note = |group: &&Group| format!("left out: the {side}'s boots on {}, as {}", name(group), why(group));
        // A board that is another machine now is told once.
        let told = |group: &&&Group| side == "base" || other_kind(group, others).is_none();
        notes.extend(lone.iter().filter(told).take(MOST_NAMED).map(note));
        if lone.len() > MOST_NAMED {
            let more = lone.len() - MOST_NAMED;
            notes.push(format!("left out: the {side}'s boots on {more} more boards, likewise"));
        }
    }
    notes
}

/// The kind of machine that a board is among others, which have it as another one.
fn other_kind<'a>(group: &Group, others: &'a BTreeSet<Group>) -> Option<&'a Kind> {
    let device = group.1.as_ref()?;
    others.iter().find(|(_, other)| other.as_ref() == Some(device)).map(|(kind, _)| kind)
}

fn differences(here: &Kind, there: &Kind) -> String {
    if here.is_unknown() || there.is_unknown() {
        return "nothing says which".into();
    }
    let shown = |value: Option<&str>| value.unwrap_or("(none)").to_string();
    let one = |(what, here, there): (&str, Option<&str>, Option<&str>)| {
        format!("{what}: {} -> {}", shown(here), shown(there))
    };
    here.differences(there).into_iter().map(one).collect::<Vec<_>>().join(", ")
}

impl LoneBoard {
    /// A board of the base that is not compared with one of these; `None` where nothing says which machine it is.
    pub(super) fn of(group: &Group, new: &BTreeSet<Group>) -> Option<LoneBoard> {
        let (kind, device) = group;
        let name = device.clone().unwrap_or_else(|| kind.to_string());
        let is_missing = other_kind(group, new).is_none();
        (!kind.is_unknown()).then_some(LoneBoard { name, is_missing })
    }
}

fn name((kind, device): &Group) -> String {
    match (device, kind.is_unknown()) {
        (None, true) => "an unknown machine".into(),
        (None, false) => kind.to_string(),
        (Some(device), true) => device.clone(),
        (Some(device), false) => format!("{device} ({kind})"),
    }
}
