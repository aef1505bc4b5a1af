//! The two sides of a comparison of one metric, board by board.

use super::{Scale, Setting};
use crate::statistics::shift::{Groups, Model, Shift, shift};

/// The boots of the base that count: the last ones.
const MOST_BASE: usize = 50;
/// The boots before the last change of level that count, in all: the last ones.
const MOST_OLDER: usize = 20;
/// With fewer past boots than this there is no history.
const LEAST_HISTORY: usize = 10;

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
    left_out: Vec<usize>,
    /// How far builds of one source differ, where that was measured.
    jitter: Option<f64>,
}

impl Sides {
    /// The sides of boards of one kind: each has its own level, and all have one shift.
    pub fn new(boards: &[Board]) -> Result<Sides, Untestable> {
        let all = boards.iter().flat_map(|board| board.values());
        if !all.clone().all(|value| value.is_finite()) {
            return Err(Untestable::NotFinite);
        }
        let left_out = (0..boards.len()).filter(|at| !boards[*at].is_on_both_sides()).collect();
        let cut: Vec<Cut> = boards.iter().filter(|board| board.is_on_both_sides()).map(Cut::new).collect();
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
            left_out,
            jitter: None,
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
            left_out: Vec::new(),
            jitter: None,
        })
    }

    /// The same, with what [`jitter_of_builds`](super::jitter_of_builds) says instead of the setting's jitter.
    #[must_use]
    pub fn with_jitter(self, jitter: Option<f64>) -> Sides {
        Sides { jitter, ..self }
    }

    /// How far builds of one source are taken to differ.
    pub(super) fn jitter(&self, setting: &Setting) -> f64 {
        self.jitter.unwrap_or(setting.jitter)
    }

    /// Which boards were left out, as positions in what was given: they have no boot on one side.
    pub fn left_out(&self) -> &[usize] {
        &self.left_out
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

    /// By what p is multiplied with `more` boots on each board: with history new boots may drift or be spikes, without
    /// history few boots know little of their spread. `None` where a verdict is never possible.
    pub(super) fn calibration(&self, more: usize) -> Option<f64> {
        let (old, new) = self.boots();
        let more = more * self.boards.len();
        if self.has_history() {
            return match new + more {
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
    /// before the prior. Without history both sides grow.
    pub(super) fn grown(&self, more: usize) -> (f64, f64) {
        let (more, old_more) = (more as f64, if self.has_history() { 0.0 } else { more as f64 });
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
        if self.has_history() { self.boards.iter().map(|board| board.0 as f64).sum() } else { f64::INFINITY }
    }
}

impl Board {
    /// Whether it has boots on both sides: otherwise it is left out.
    pub fn is_on_both_sides(&self) -> bool {
        !self.new.is_empty() && self.past.len() + self.base.len() > 0
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
    fn new(board: &Board) -> Cut<'_> {
        let mut left = MOST_OLDER;
        let mut older = Vec::new();
        for stretch in board.older.iter().rev() {
            let taken = left.min(stretch.len());
            left -= taken;
            if taken > 0 {
                older.push(&stretch[stretch.len() - taken..]);
            }
        }
        let mut base = [&board.past[..], &board.base[..]].concat();
        base.drain(..base.len().saturating_sub(MOST_BASE));
        let past = base.len().saturating_sub(board.base.len()) + MOST_OLDER - left;
        Cut { older, base, new: &board.new, past }
    }

    fn values(&self) -> impl Iterator<Item = &f64> {
        self.older.iter().copied().flatten().chain(&self.base).chain(self.new)
    }
}
