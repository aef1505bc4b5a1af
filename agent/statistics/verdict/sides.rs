//! The two sides of a comparison of one metric, board by board.

use super::{Scale, Setting};
use crate::statistics::shift::{Groups, Model, Shift, shift};

/// The boots of the base that count: the last ones.
const MOST_BASE: usize = 50;
/// The boots before the last change of level that count, in all: the last ones.
const MOST_OLDER: usize = 20;
/// With fewer past boots than this there is no history.
const LEAST_HISTORY: usize = 10;
/// Below this p-value the base has another level than its history. A base that is wrongly taken to have one only has fewer
/// boots; one that is wrongly taken for its history makes the new side better or worse than something else.
const UNLIKE: f64 = 0.05;

/// The values of one board, one a boot, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// The history before its last change of level, split at older changes: it gives spread, never level.
    pub older: Vec<Vec<f64>>,
    /// The history since its last change of level.
    pub past: Vec<f64>,
    /// The old side of the comparison.
    pub base: Vec<f64>,
    /// The new side.
    pub new: Vec<f64>,
}

/// Why values cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untestable {
    /// A value is infinite or not a number.
    #[error("a value is not a finite number")]
    NotFinite,
    /// No board has boots on both sides.
    #[error("no board has boots on both sides")]
    NoCommonBoard,
    /// The median of the base is 0 and other values are not, or it is so small that the values are not sensible shares of it.
    #[error("the base's median is 0, so a change cannot be a share of it")]
    NoScale,
}

/// The two sides of one metric. A board without boots on one of them is left out.
#[derive(Clone, Debug)]
pub struct Sides {
    groups: Groups,
    scale: Scale,
    /// Boots of the base and new ones, for each board that counts.
    boards: Vec<(usize, usize)>,
    /// Past boots, older stretches included.
    past: usize,
    paired: bool,
    /// Whether the base has another level than its history, which then gives spread alone.
    unlike_history: bool,
    left_out: Vec<usize>,
    /// How far builds of one source differ, where that was measured.
    jitter: Option<f64>,
}

impl Sides {
    /// The sides of boards of one kind: each has its own level, and all have one shift. Where the base has another level than
    /// its history, the base alone says what is old.
    ///
    /// `jitter` is what [`jitter_of_builds`](super::jitter_of_builds) says, to be taken instead of the setting's.
    pub fn new(boards: &[Board], jitter: Option<f64>) -> Result<Sides, Untestable> {
        let as_new = |board: &Board| {
            let (older, past) = (board.older.clone(), board.past.clone());
            Board { older, past, base: Vec::new(), new: board.base.clone() }
        };
        let both = boards.iter().any(|board| !board.past.is_empty() && !board.base.is_empty());
        let unlike = both && {
            let base = Sides::of(&boards.iter().map(as_new).collect::<Vec<_>>(), jitter, false);
            let p = base.ok().and_then(|base| base.calibrated(base.shift(&Setting::default()).p()));
            p.is_some_and(|p| p < UNLIKE)
        };
        Sides::of(boards, jitter, unlike)
    }

    /// The sides, with the history as a part of the base, or as one that is unlike it.
    fn of(boards: &[Board], jitter: Option<f64>, unlike: bool) -> Result<Sides, Untestable> {
        let all = boards.iter().flat_map(|board| board.values());
        if !all.clone().all(|value| value.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        let counts = |board: &Board| board.is_on_both_sides(unlike);
        let left_out = (0..boards.len()).filter(|at| !counts(&boards[*at])).collect();
        let cut: Vec<Cut> = boards.iter().filter(|board| counts(board)).map(|board| Cut::new(board, unlike)).collect();
        if cut.is_empty() {
            return Err(Untestable::NoCommonBoard);
        }
        let scale = Scale::of(cut.iter().flat_map(Cut::values));
        // Where all is 0, no scale is needed to see that nothing changed.
        let all_zero = cut.iter().flat_map(Cut::values).all(|value| *value == 0.0);
        let mut scaled = Vec::new();
        for board in &cut {
            let apply = |values: &[f64]| match all_zero {
                true => Ok(values.to_vec()),
                false => scale.apply(values, &board.base).ok_or(Untestable::NoScale),
            };
            scaled.push((apply(&board.base)?, apply(board.new)?));
            for older in &board.older {
                scaled.push((apply(older)?, Vec::new()));
            }
        }
        let groups: Vec<(&[f64], &[f64])> = scaled.iter().map(|(old, new)| (&old[..], &new[..])).collect();
        Ok(Sides {
            groups: Groups::new(&groups).ok_or(Untestable::NoScale)?,
            scale,
            boards: cut.iter().map(|board| (board.base.len(), board.new.len())).collect(),
            past: cut.iter().map(|board| board.past).sum(),
            paired: false,
            unlike_history: unlike,
            left_out,
            jitter,
        })
    }

    /// The sides of interleaved pairs (old, new): A1 B1 A2 B2. What both boots of a pair share falls out.
    pub fn of_pairs(pairs: &[(f64, f64)]) -> Result<Sides, Untestable> {
        let (old, new): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        if !old.iter().chain(&new).all(|value| value.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        if pairs.is_empty() {
            return Err(Untestable::NoCommonBoard);
        }
        let scale = Scale::of(old.iter().chain(&new));
        let apply = |values: &[f64]| scale.apply(values, &old).ok_or(Untestable::NoScale);
        let differences: Vec<f64> = apply(&new)?.iter().zip(apply(&old)?).map(|(new, old)| new - old).collect();
        Ok(Sides {
            groups: Groups::of_pairs(&differences).ok_or(Untestable::NoScale)?,
            scale,
            boards: vec![(pairs.len(), pairs.len())],
            past: 0,
            paired: true,
            unlike_history: false,
            left_out: Vec::new(),
            jitter: None,
        })
    }

    /// How far builds of one source are taken to differ.
    pub(super) fn jitter(&self, setting: &Setting) -> f64 {
        self.jitter.unwrap_or(setting.jitter)
    }

    /// Which boards were left out, as positions in what was given: they have no boot on one side.
    pub fn left_out(&self) -> &[usize] {
        &self.left_out
    }

    /// Whether the base has another level than its history: only the base says then what is old.
    pub fn is_unlike_history(&self) -> bool {
        self.unlike_history
    }

    /// Whether the base is one boot that is unlike its history: a spike, or a change, and nobody can say which.
    pub(super) fn has_odd_base(&self) -> bool {
        self.unlike_history && self.boots().0 == 1
    }

    /// What differences of the numbers mean.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Boots of the base, past ones included, and new boots, over all boards that count.
    pub fn boots(&self) -> (usize, usize) {
        self.boards.iter().fold((0, 0), |(old, new), board| (old + board.0, new + board.1))
    }

    /// The test of "nothing changed" by itself, without interval and word.
    pub fn shift(&self, setting: &Setting) -> Shift {
        shift(&self.groups, self.model(setting), 0.0)
    }

    /// A p-value of [`Sides::shift`] with drift and spikes allowed for; `None` where so few boots never decide.
    pub fn calibrated(&self, p: f64) -> Option<f64> {
        self.calibration(0).map(|factor| (factor * p).min(1.0))
    }

    pub(super) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// What is believed beforehand; a difference of two boots spreads more than one boot.
    pub(super) fn model(&self, setting: &Setting) -> Model {
        let prior = Model::COMPARE.prior_spread;
        let prior_spread = if self.paired { prior * std::f64::consts::SQRT_2 } else { prior };
        Model { prior_spread, jitter: self.jitter(setting), ..Model::COMPARE }
    }

    pub(super) fn has_history(&self) -> bool {
        self.past >= LEAST_HISTORY
    }

    /// Whether past boots say what is old, so that more of them need not be measured.
    fn has_past_level(&self) -> bool {
        self.has_history() && !self.unlike_history
    }

    /// By what p is multiplied with `more` boots on each board: with history new boots may drift or be spikes, without
    /// history few boots know little of their spread. `None` where a verdict is never possible.
    pub(super) fn calibration(&self, more: usize) -> Option<f64> {
        let (old, new) = self.boots();
        let more = more * self.boards.len();
        if self.has_odd_base() && more == 0 {
            return None;
        }
        if self.has_history() {
            return match (if self.unlike_history { old.min(new) } else { new }) + more {
                1 => Some(10.0),
                2 => Some(4.0),
                _ => Some(1.4),
            };
        }
        match old.min(new) + more {
            0 | 1 => None,
            2 => Some(3.0),
            _ => Some(1.0),
        }
    }

    /// The sizes after `more` boots on each board: what the variance of one boot is divided by, and the degrees of freedom
    /// before the prior. Without a history that has the level of the base both sides grow.
    pub(super) fn grown(&self, more: usize) -> (f64, f64) {
        let (more, old_more) = (more as f64, if self.has_past_level() { 0.0 } else { more as f64 });
        if self.paired {
            let pairs = self.boards.iter().map(|board| board.0 as f64 + more).sum::<f64>();
            return (pairs, pairs - 1.0);
        }
        let (mut weight, mut freedom) = (0.0, -1.0);
        for (old, new) in &self.boards {
            let (old, new) = (*old as f64 + old_more, *new as f64 + more);
            weight += old * new / (old + new);
            freedom += old + new - 1.0;
        }
        (weight, freedom)
    }

    /// What the variance of one boot is divided by with endlessly many new boots.
    pub(super) fn weight_of_base(&self) -> f64 {
        if self.has_past_level() { self.boards.iter().map(|board| board.0 as f64).sum() } else { f64::INFINITY }
    }
}

impl Board {
    /// Whether it has boots on both sides: otherwise it is left out. A history that the base is unlike is not one of them.
    pub fn is_on_both_sides(&self, unlike_history: bool) -> bool {
        let past = if unlike_history { 0 } else { self.past.len() };
        !self.new.is_empty() && past + self.base.len() > 0
    }

    fn values(&self) -> impl Iterator<Item = &f64> + Clone {
        self.older.iter().flatten().chain(&self.past).chain(&self.base).chain(&self.new)
    }
}

/// A board with only the boots that count.
struct Cut<'a> {
    older: Vec<&'a [f64]>,
    base: Vec<f64>,
    new: &'a [f64],
    /// How many boots are of the past.
    past: usize,
}

impl Cut<'_> {
    fn new(board: &Board, unlike_history: bool) -> Cut<'_> {
        let (past, last) = if unlike_history { (&[][..], &board.past[..]) } else { (&board.past[..], &[][..]) };
        let mut left = MOST_OLDER;
        let mut older = Vec::new();
        for stretch in std::iter::once(last).chain(board.older.iter().rev().map(Vec::as_slice)) {
            let taken = left.min(stretch.len());
            left -= taken;
            if taken > 0 {
                older.push(&stretch[stretch.len() - taken..]);
            }
        }
        let mut base = [past, &board.base[..]].concat();
        base.drain(..base.len().saturating_sub(MOST_BASE));
        let past = base.len().saturating_sub(board.base.len()) + MOST_OLDER - left;
        Cut { older, base, new: &board.new, past }
    }

    fn values(&self) -> impl Iterator<Item = &f64> {
        self.older.iter().copied().flatten().chain(&self.base).chain(self.new)
    }
}
