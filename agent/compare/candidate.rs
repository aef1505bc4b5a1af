//! Series that are on both sides, before they are judged.

use super::{Subject, pairing::Pairing};
use crate::{
    boots::{Point, Series, SeriesKey},
    record::Better,
};
use std::collections::BTreeMap;

/// One series of both sides, before it is judged.
pub(super) struct Candidate {
    pub(super) subject: Subject,
    pub(super) better: Better,
    pub(super) primary: bool,
    pub(super) base: Vec<Point>,
    pub(super) new: Vec<Point>,
    pub(super) past: Vec<Point>,
}

/// The series that are on both sides.
pub(super) fn candidates(pairing: &Pairing) -> Vec<Candidate> {
    let of_side = |all: &BTreeMap<SeriesKey, Series>| {
        let mut found: BTreeMap<SeriesKey, Series> = BTreeMap::new();
        for (key, series) in all {
            let Some(key) = pairing.series(key) else { continue };
            match found.get_mut(&key) {
                Some(known) => known.points.extend(&series.points),
                None => drop(found.insert(key, series.clone())),
            }
        }
        found
    };
    let (base, mut new, mut past) =
        (of_side(&pairing.base.series), of_side(&pairing.new.series), of_side(&pairing.past.series));
    let mut found = Vec::new();
    for (key, old) in base {
        let now = new.remove(&key);
        // A series of a case that is on one side alone is told as a case.
        if now.is_some() || pairing.has_case(pairing.new, &key.case) {
            let past = past.remove(&key).map(|series| series.points).unwrap_or_default();
            found.extend(Candidate::of(pairing, &key, Some(old), now, past));
        }
    }
    for (key, now) in new.into_iter().filter(|(key, _)| pairing.has_case(pairing.base, &key.case)) {
        found.extend(Candidate::of(pairing, &key, None, Some(now), Vec::new()));
    }
    found
}

impl Candidate {
    /// A series; `None` if neither side has a value of it.
    fn of(
        pairing: &Pairing,
        key: &SeriesKey,
        old: Option<Series>,
        now: Option<Series>,
        past: Vec<Point>,
    ) -> Option<Candidate> {
        let of = |side: &Option<Series>| side.as_ref().map(|series| (series.better, series.primary));
        let (better, primary) = match (of(&old), of(&now)) {
            (Some((old, first)), Some((now, second))) => {
                (if old == now { old } else { Better::Neither }, first || second)
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return None,
        };
        let points = |side: Option<Series>| side.map(|series| series.points).unwrap_or_default();
        let (base, new) = (points(old), points(now));
        let subject = Subject::series(key, pairing.telling(&key.case));
        (!base.is_empty() || !new.is_empty()).then_some(Candidate { subject, better, primary, base, new, past })
    }
}
