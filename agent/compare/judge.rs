//! Series of both sides -> verdicts, by families: the metrics that a person would quote, then the others.

use super::{
    Subject,
    boot::Points,
    candidate::{Candidate, candidates},
    index,
    pairing::Pairing,
    past::{History, Members, Past, jitter as jitter_of},
    word,
};
use crate::{
    record::Better,
    statistics::{
        median,
        verdict::{Board, Direction, Finding, Setting, Sides, Untestable, judge as judge_family},
    },
};

/// How many boots a verdict rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootCounts {
    /// Of the history, those since its last change of level: none where the base has another level than they.
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
    /// The median over the boots of the base that are compared; without one, over those of the history.
    pub base: Option<f64>,
    /// The median over the new boots that are compared.
    pub new: Option<f64>,
    /// The verdict, or why there is none.
    pub finding: Result<Finding, Untestable>,
    /// The boots.
    pub boots: BootCounts,
    /// Whether the base has another level than its history, which then says how far boots spread and nothing else.
    pub unlike_history: bool,
    /// The boots' own values, one each.
    pub points: Points,
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

/// All verdicts, and those of the indexes of benchmarks.
pub(super) fn judge(
    pairing: &Pairing,
    history: &History,
    setting: &Setting,
) -> (Vec<MetricFinding>, Vec<MetricFinding>) {
    let candidates = candidates(pairing);
    let (primary, others): (Vec<&Candidate>, Vec<&Candidate>) = candidates.iter().partition(|one| one.primary);
    let members = Members::of(pairing, history);
    let family = |candidates: &[&Candidate]| family(pairing, &members, candidates, setting);
    let mut metrics = family(&primary);
    metrics.extend(family(&others));
    let indexes = index::candidates(&primary);
    let indexes = family(&indexes.iter().collect::<Vec<_>>());
    (metrics, indexes)
}

fn family(pairing: &Pairing, members: &Members, candidates: &[&Candidate], setting: &Setting) -> Vec<MetricFinding> {
    let measured: Vec<Measured> =
        candidates.iter().map(|candidate| Measured::of(pairing, members, candidate)).collect();
    let testable: Vec<(Sides, Direction)> = measured
        .iter()
        .zip(candidates)
        .filter_map(|(measured, candidate)| Some((measured.sides.as_ref().ok()?.clone(), direction(candidate.better))))
        .collect();
    let mut findings = judge_family(&testable, setting).into_iter();
    let told = |(measured, candidate): (Measured, &&Candidate)| {
        let Measured { sides, boots, base, new, points } = measured;
        let unlike_history = sides.as_ref().is_ok_and(Sides::is_unlike_history);
        let finding = sides.and_then(|_| findings.next().ok_or(Untestable::NoCommonBoard));
        let Candidate { subject, better, primary, .. } = candidate;
        let (subject, better, primary) = (subject.clone(), *better, *primary);
        MetricFinding { subject, better, primary, base, new, finding, boots, unlike_history, points }
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

/// What the boards that count measured of a series.
struct Measured {
    sides: Result<Sides, Untestable>,
    boots: BootCounts,
    /// The medians over the boots that are compared, and over no others.
    base: Option<f64>,
    new: Option<f64>,
    points: Points,
}

impl Measured {
    fn of(pairing: &Pairing, members: &Members, candidate: &Candidate) -> Measured {
        let pasts = members.past(&candidate.past);
        let (base, new) =
            (members.by_group(&members.base, &candidate.base), members.by_group(&members.new, &candidate.new));
        let board = |(past, (base, new)): (Past, (Vec<f64>, Vec<f64>))| Board {
            older: past.older,
            past: past.since,
            base,
            new,
        };
        let boards: Vec<Board> = pasts.into_iter().zip(base.into_iter().zip(new)).map(board).collect();
        let sides = Sides::new(&boards, jitter_of(pairing, members, &candidate.past, &candidate.base));
        let unlike = sides.as_ref().is_ok_and(Sides::is_unlike_history);
        // Of a series that no board has on both sides, what there is is shown.
        let any = boards.iter().any(|board| board.is_on_both_sides(unlike));
        let counts: Vec<bool> = boards.iter().map(|board| !any || board.is_on_both_sides(unlike)).collect();
        let counted = || boards.iter().zip(&counts).filter(|(_, counts)| **counts).map(|(board, _)| board);
        let values = |of: fn(&Board) -> &Vec<f64>| counted().flat_map(of).copied().collect::<Vec<f64>>();
        let (mut past, mut base, mut new) = (values(|one| &one.past), values(|one| &one.base), values(|one| &one.new));
        if unlike {
            past.clear();
        }
        Measured {
            sides,
            boots: BootCounts { past: past.len(), base: base.len(), new: new.len() },
            base: median(&mut base).or_else(|| median(&mut past)),
            new: median(&mut new),
            points: members.points(candidate, &counts),
        }
    }
}

/// What a reader should know of a base that has another level than its history: the build that changed it is neither of the
/// two that are compared.
pub(super) fn unlike(findings: &[MetricFinding]) -> Option<String> {
    let mut names = findings.iter().filter(|finding| finding.unlike_history).map(|finding| finding.subject.to_string());
    let first = names.next()?;
    let more = match names.count() {
        0 => String::new(),
        1 => " and 1 more metric".into(),
        more => format!(" and {more} more metrics"),
    };
    Some(format!(
        "the base is unlike its history in {first}{more}: the history says how far boots spread there, and not what is old"
    ))
}
