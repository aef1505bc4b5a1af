//! The index of a benchmark: its metrics, as far as a person would quote them, as one number a boot.

use super::{Subject, candidate::Candidate};
use crate::{
    boots::Point,
    record::{Better, Ident},
    statistics::verdict::{Direction, index},
};
use std::collections::{BTreeMap, BTreeSet};

/// One candidate for each benchmark that has several metrics with a direction. Boots that lack one of them do not count.
pub(super) fn candidates(primary: &[&Candidate]) -> Vec<Candidate> {
    let mut benchmarks: BTreeMap<(&Ident, &BTreeMap<String, String>), Vec<&Candidate>> = BTreeMap::new();
    for candidate in primary.iter().filter(|candidate| candidate.better != Better::Neither) {
        benchmarks.entry((&candidate.subject.benchmark, &candidate.subject.parameters)).or_default().push(candidate);
    }
    let several = benchmarks.into_iter().filter(|(_, members)| members.len() > 1);
    several
        .filter_map(|((benchmark, parameters), members)| {
            let points = |of: fn(&Candidate) -> &Vec<Point>| common(&members, of);
            let (base, new, past) = (points(|one| &one.base)?, points(|one| &one.new)?, points(|one| &one.past)?);
            let subject = Subject::index(benchmark, parameters.clone());
            Some(Candidate { subject, better: Better::Higher, primary: true, base, new, past })
        })
        .collect()
}

/// The index of each boot that has all members; `None` where a value is not positive.
fn common(members: &[&Candidate], of: fn(&Candidate) -> &Vec<Point>) -> Option<Vec<Point>> {
    let by_boot: Vec<BTreeMap<usize, f64>> =
        members.iter().map(|member| of(member).iter().map(|point| (point.boot, point.value)).collect()).collect();
    let all: BTreeSet<usize> = by_boot.first()?.keys().copied().collect();
    let boots: Vec<usize> = all.into_iter().filter(|boot| by_boot.iter().all(|one| one.contains_key(boot))).collect();
    if boots.is_empty() {
        return Some(Vec::new());
    }
    let values: Vec<Vec<f64>> = by_boot.iter().map(|one| boots.iter().map(|boot| one[boot]).collect()).collect();
    let direction = |better: Better| if better == Better::Lower { Direction::Lower } else { Direction::Higher };
    let metrics: Vec<(&[f64], Direction)> =
        values.iter().zip(members).map(|(values, member)| (&values[..], direction(member.better))).collect();
    let point = |(boot, value): (&usize, f64)| Point { boot: *boot, value, samples: members.len() };
    Some(boots.iter().zip(index(&metrics)?).map(point).collect())
}
