//! Series of both sides -> verdicts, by families: the metrics that a person would quote, then the others.

use super::{Subject, index, pairing::Pairing, past, word};
use crate::{
    boots::{Point, Series, SeriesKey},
    record::Better,
    statistics::{
        median,
        verdict::{Board, Direction, Finding, Setting, Sides, Untestable, judge as judge_family},
    },
};
use std::collections::BTreeMap;

/// How many boots a verdict rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootCounts {
    /// Of the history, those since its last change of level.
    pub past: usize,
    /// Of the base.
    pub base: usize,
    /// Of the new side.
    pub new: usize,
}

/// What the boots say of one series, or of a benchmark's index.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFinding {
    /// What it is about.
    pub subject: Subject,
    /// Which values are better.
    pub better: Better,
    /// Whether a person would quote it: such metrics are a family of their own.
    pub primary: bool,
    /// The median over the boots of the base; without one, over those of the history.
    pub base: Option<f64>,
    /// The median over the new boots.
    pub new: Option<f64>,
    /// The verdict, or why there is none.
    pub finding: Result<Finding, Untestable>,
    /// The boots.
    pub boots: BootCounts,
}

impl MetricFinding {
    /// The word: `worse`, `changed`, `better`, `unknown` or `same`.
    pub fn word(&self) -> &'static str {
        self.finding.as_ref().map_or("unknown", |finding| word(finding.verdict))
    }

    /// Where it stands in a report: what is worse first.
    pub(super) fn rank(&self) -> usize {
        ["worse", "changed", "better", "unknown", "same"].iter().position(|word| *word == self.word()).unwrap_or(3)
    }

    /// The order of a report: by word, then what a person would quote, then the largest change.
    pub(super) fn order(&self) -> (usize, bool, f64) {
        let effect = self.finding.as_ref().map_or(0.0, |finding| finding.shift.effect.abs());
        (self.rank(), !self.primary, -effect)
    }
}

/// One series of both sides, before it is judged.
pub(super) struct Candidate {
    pub(super) subject: Subject,
    pub(super) better: Better,
    pub(super) primary: bool,
    pub(super) base: Vec<Point>,
    pub(super) new: Vec<Point>,
    pub(super) past: Vec<Point>,
}

/// All verdicts, and those of the indexes of benchmarks.
pub(super) fn judge(pairing: &Pairing, setting: &Setting) -> (Vec<MetricFinding>, Vec<MetricFinding>) {
    let candidates = candidates(pairing);
    let (primary, others): (Vec<&Candidate>, Vec<&Candidate>) = candidates.iter().partition(|one| one.primary);
    let members = past::Members::of(pairing);
    let family = |candidates: &[&Candidate]| family(pairing, &members, candidates, setting);
    let mut metrics = family(&primary);
    metrics.extend(family(&others));
    let indexes = index::candidates(&primary);
    let indexes = family(&indexes.iter().collect::<Vec<_>>());
    (metrics, indexes)
}

/// The series that are on both sides.
fn candidates(pairing: &Pairing) -> Vec<Candidate> {
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

fn family(
    pairing: &Pairing,
    members: &past::Members,
    candidates: &[&Candidate],
    setting: &Setting,
) -> Vec<MetricFinding> {
    let measured: Vec<(Result<Sides, Untestable>, BootCounts)> =
        candidates.iter().map(|candidate| sides(pairing, members, candidate)).collect();
    let testable: Vec<(Sides, Direction)> = measured
        .iter()
        .zip(candidates)
        .filter_map(|((sides, _), candidate)| Some((sides.as_ref().ok()?.clone(), direction(candidate.better))))
        .collect();
    let mut findings = judge_family(&testable, setting).into_iter();
    let told = |((sides, boots), candidate): ((Result<Sides, Untestable>, BootCounts), &&Candidate)| {
        let finding = sides.and_then(|_| findings.next().ok_or(Untestable::NoCommonBoard));
        let (base, new) = (middle(&candidate.base).or_else(|| middle(&candidate.past)), middle(&candidate.new));
        let Candidate { subject, better, primary, .. } = candidate;
        MetricFinding { subject: subject.clone(), better: *better, primary: *primary, base, new, finding, boots }
    };
    measured.into_iter().zip(candidates).map(told).collect()
}

fn direction(better: Better) -> Direction {
    match better {
        Better::Higher => Direction::Higher,
        Better::Lower => Direction::Lower,
        Better::Neither => Direction::Neither,
    }
}

/// The boards of a series, and how many boots they have.
fn sides(pairing: &Pairing, members: &past::Members, candidate: &Candidate) -> (Result<Sides, Untestable>, BootCounts) {
    let mut boots = BootCounts::default();
    let pasts = members.past(&candidate.past);
    let board = |(group, past): (usize, past::Past)| {
        let base = past::Members::values(&members.base, &candidate.base, group);
        let new = past::Members::values(&members.new, &candidate.new, group);
        boots.past += past.since.len();
        boots.base += base.len();
        boots.new += new.len();
        Board { older: past.older, past: past.since, base, new }
    };
    let boards: Vec<Board> = pasts.into_iter().enumerate().map(board).collect();
    let jitter = past::jitter(pairing, members, &candidate.past, &candidate.base);
    (Sides::new(&boards).map(|sides| sides.with_jitter(jitter)), boots)
}

fn middle(points: &[Point]) -> Option<f64> {
    median(&mut points.iter().map(|point| point.value).collect::<Vec<f64>>())
}
