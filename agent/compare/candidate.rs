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
    let pair = |(key, old): (SeriesKey, Series)| {
        let now = new.remove(&key)?;
        let better = if old.better == now.better { old.better } else { Better::Neither };
        let past = past.remove(&key).map(|series| series.points).unwrap_or_default();
        let subject = Subject::series(&key, pairing.telling(&key.case));
        let primary = old.primary || now.primary;
        let some = !old.points.is_empty() || !now.points.is_empty();
        some.then_some(Candidate { subject, better, primary, base: old.points, new: now.points, past })
    };
    base.into_iter().filter_map(pair).collect()
}
