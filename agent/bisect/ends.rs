//! The boots of both sides -> the series by which builds are told apart, and its values.

use crate::{
    boots::{Boots, Kind, SeriesKey},
    compare::Subject,
    statistics::sequential::{LEAST_BOOTS, Levels, NoEnds},
};
use std::collections::{BTreeMap, BTreeSet};

/// The series that is bisected, and what each side's boots measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// What is measured.
    pub subject: Subject,
    /// One value a boot of the good side.
    pub good: Vec<f64>,
    /// One value a boot of the bad side.
    pub bad: Vec<f64>,
    key: SeriesKey,
    machine: Machine,
}

/// A kind of machine, and the board as a lab calls it.
type Machine = (Kind, Option<String>);

/// Why nothing can be bisected by these sides.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotChosen {
    /// The boots are not of one machine.
    #[error("the sides' boots are of {0}\nhint: give boots of one machine, the one that measures")]
    Machines(String),
    /// No series is on both sides.
    #[error("no series that was asked for has {LEAST_BOOTS} boots on both sides\nhint: {0}")]
    Nothing(String),
    /// No series differs.
    #[error(
        "{subject}: {why}\nhint: measure more boots of both sides; `lava-bench compare GOOD --vs BAD` says how many"
    )]
    Alike {
        /// The series that differs most.
        subject: String,
        /// What is wrong with it.
        why: NoEnds,
    },
}

/// Why a record says nothing of a build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOfTheEnds {
    /// It was measured elsewhere.
    #[error(
        "the record is of {found}, and the sides are of {wanted}\nhint: measure on the machine of the good and the bad boots"
    )]
    Machine {
        /// Where it was measured.
        found: String,
        /// Where the sides were.
        wanted: String,
    },
    /// It has no such series.
    #[error(
        "no `{subject}` in the record\nhint: measure with the parameters and the tool of the good and the bad boots"
    )]
    Series {
        /// What is missing.
        subject: String,
    },
}

/// Chooses the series that tells the sides apart best: of those that a person would quote, or, where none of them differs, of
/// all. What is asked for is a benchmark and a metric; of neither all series.
///
/// # Errors
/// Sides of several machines, without a common series, or that do not differ.
pub fn choose(good: &Boots, bad: &Boots, benchmark: Option<&str>, metric: Option<&str>) -> Result<Ends, NotChosen> {
    let machine = one_machine(good, bad)?;
    let asked = |key: &SeriesKey| {
        benchmark.is_none_or(|name| key.case.benchmark.as_str() == name)
            && metric.is_none_or(|name| key.metric.as_str() == name)
    };
    let mut best: Option<((bool, f64), Ends)> = None;
    let mut alike: Option<(f64, NotChosen)> = None;
    for (key, of_good) in good.series.iter().filter(|(key, _)| asked(key)) {
        let Some(of_bad) = bad.series.get(key) else { continue };
        let values = |points: &[crate::boots::Point]| points.iter().map(|point| point.value).collect::<Vec<f64>>();
        let (good, bad) = (values(&of_good.points), values(&of_bad.points));
        let subject = Subject::series(key, BTreeMap::new());
        match Levels::new(&good, &bad) {
            Ok(levels) => {
                let rank = (of_good.primary, levels.distance_of_sides());
                if best.as_ref().is_none_or(|(known, _)| *known < rank) {
                    best = Some((rank, Ends { subject, good, bad, key: key.clone(), machine: machine.clone() }));
                }
            }
            Err(why @ NoEnds::Alike { p }) if alike.as_ref().is_none_or(|(known, _)| p < *known) => {
                alike = Some((p, NotChosen::Alike { subject: subject.to_string(), why }));
            }
            Err(_) => {}
        }
    }
    let nothing = || NotChosen::Nothing(names(good, bad));
    best.map(|(_, ends)| ends).ok_or_else(|| alike.map_or_else(nothing, |(_, why)| why))
}

/// The machine of all boots; what is not said of one is not held against it.
fn one_machine(good: &Boots, bad: &Boots) -> Result<Machine, NotChosen> {
    let boots = || good.boots.iter().chain(&bad.boots);
    let kinds: BTreeSet<&Kind> = boots().map(|boot| &boot.kind).filter(|kind| !kind.is_unknown()).collect();
    let devices: BTreeSet<&String> = boots().filter_map(|boot| boot.device.as_ref()).collect();
    let several = match (kinds.len() > 1, devices.len() > 1) {
        (true, _) => kinds.iter().map(ToString::to_string).collect::<Vec<_>>(),
        (false, true) => devices.iter().map(ToString::to_string).collect(),
        _ => return Ok((kinds.first().copied().cloned().unwrap_or_default(), devices.first().copied().cloned())),
    };
    Err(NotChosen::Machines(crate::text::visible(&several.join(" and of ")).into_owned()))
}

/// What both sides have.
fn names(good: &Boots, bad: &Boots) -> String {
    let common = good.series.keys().filter(|key| bad.series.contains_key(key));
    let names: Vec<String> = common.take(8).map(|key| Subject::series(key, BTreeMap::new()).to_string()).collect();
    match names.is_empty() {
        true => "both sides need the same benchmark, parameters and tool".into(),
        false => format!("both sides have {}", names.join(", ")),
    }
}

impl Ends {
    /// What a record of a build measured: one value a boot; of none, no iteration counts.
    ///
    /// # Errors
    /// A record of another machine, or without the series.
    pub fn values(&self, measured: &Boots) -> Result<Vec<f64>, NotOfTheEnds> {
        let (kind, device) = &self.machine;
        for boot in &measured.boots {
            let other_kind = !kind.is_unknown() && !boot.kind.is_unknown() && boot.kind != *kind;
            let other_device = device.is_some() && boot.device.is_some() && boot.device != *device;
            if other_kind || other_device {
                let named = |kind: &Kind, device: &Option<String>| {
                    let text = format!("{kind} {}", device.as_deref().unwrap_or_default());
                    crate::text::visible(text.trim_end()).into_owned()
                };
                let (found, wanted) = (named(&boot.kind, &boot.device), named(kind, device));
                return Err(NotOfTheEnds::Machine { found, wanted });
            }
        }
        if !measured.cases.contains_key(&self.key.case) {
            return Err(NotOfTheEnds::Series { subject: self.subject.to_string() });
        }
        let series = measured.series.get(&self.key);
        Ok(series.map(|series| series.points.iter().map(|point| point.value).collect()).unwrap_or_default())
    }
}
