//! Which of two sides a build is of, boot by boot: a sequential probability ratio test (Wald 1945, "Sequential Tests of
//! Statistical Hypotheses", Annals of Mathematical Statistics 16). Pure; `docs/bisect.md` has the rule and its error rates.
//!
//! The boots of the good side and of the bad side are given. After each boot of the build that is tested, the evidence is the
//! logarithm of a ratio: how likely these boots are if the build has the bad side's level, to how likely they are if it has
//! the good side's. Neither level is known, and the spread is not: how likely boots are is the density of their distance from
//! a side in the test of [`shift`](super::shift), so that few boots on a side give little evidence, a spike counts little, and
//! builds of one source may differ by their jitter.

use super::{
    median,
    shift::{Groups, Model, Profile, Shift},
    student,
    verdict::Scale,
};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// With fewer boots than this nothing is answered: one boot may be a spike.
const FEWEST: usize = 2;
/// Both sides are rejected at this level before a build counts as one of a third level.
const UNLIKE: f64 = 0.001;
/// The sides differ where chance alone would make them differ as much this rarely.
const DISTINCT: f64 = 0.05;
/// The spreads of the sides are taken apart where chance alone would make them differ as much this rarely.
const UNEQUAL: f64 = 0.01;
/// How far the evidence is beyond a bound when it crosses it, on average and for each spread that the sides are apart: a boot
/// moves it by a jump (Siegmund 1985, "Sequential Analysis", chapter 10).
const OVERSHOOT: f64 = 0.583;
/// Sides further apart than this do not lower the bound more.
const FURTHEST: f64 = 3.0;
/// The least number of boots of a side: of one boot no spread is known.
pub const LEAST_BOOTS: usize = 2;
/// The part of the error that is for answers beyond those that were planned.
const RESERVE: f64 = 0.25;

/// When the next boot is not needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The share of wrong answers of one step: more than 0 and less than a half.
    pub error: f64,
    /// The most boots of one build.
    pub most: usize,
}

/// What the boots of a build say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has the level of the good side.
    Good,
    /// It has the level of the bad side.
    Bad,
    /// It has a level of its own, unlike both.
    Unlike,
    /// One more boot is needed.
    Another,
    /// The most boots are taken, and nothing is decided.
    Undecided,
}

/// What an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The logarithm of how much likelier the bad side is than the good one; negative where the good one is likelier.
    pub log_ratio: f64,
    /// How far the boots are from the good side.
    pub good: Shift,
    /// How far they are from the bad side.
    pub bad: Shift,
}

/// The boots of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    good: Vec<f64>,
    bad: Vec<f64>,
    scale: Scale,
    /// The good side's values, as they were: what shares are shares of.
    unit: Vec<f64>,
    /// Whether each side has a spread of its own.
    own_spreads: bool,
    distance_of_sides: f64,
}

/// Why two sides are no ends of a bisection.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoEnds {
    /// A side has too few boots.
    #[error("{side} side: {boots} boot{}, and at least {LEAST_BOOTS} are needed to know their spread", if *.boots == 1 { "" } else { "s" })]
    TooFew {
        /// `good` or `bad`.
        side: &'static str,
        /// How many it has.
        boots: usize,
    },
    /// A value is not finite, or the good side's median is 0 where values are not positive.
    #[error("the values are not finite, or the good side's median is 0")]
    NoScale,
    /// The sides do not differ.
    #[error("the good and the bad side do not differ (p {p:.2})")]
    Alike {
        /// How often chance alone gets as far.
        p: f64,
    },
}

/// The share of wrong answers of the answer number `step` (from 0), so that all together stay below `total`, however many there
/// are: three quarters are spread evenly over `planned` answers, and each later one gets half of what is left.
pub fn error_of_step(total: f64, planned: usize, step: usize) -> f64 {
    match step.checked_sub(planned) {
        None => total * (1.0 - RESERVE) / planned as f64,
        Some(later) => total * RESERVE * 0.5_f64.powi(later.min(1000) as i32 + 1),
    }
}

impl Levels {
    /// The levels of two sides, from one value a boot.
    ///
    /// # Errors
    /// Sides with too few boots, without a scale, or that do not differ.
    pub fn new(good: &[f64], bad: &[f64]) -> Result<Levels, NoEnds> {
        for (side, values) in [("good", good), ("bad", bad)] {
            if values.len() < LEAST_BOOTS {
                return Err(NoEnds::TooFew { side, boots: values.len() });
            }
        }
        let scale = Scale::of(good.iter().chain(bad));
        let apply = |values: &[f64]| scale.apply(values, good).ok_or(NoEnds::NoScale);
        let (scaled_good, scaled_bad) = (apply(good)?, apply(bad)?);
        let groups = Groups::new(&[(&scaled_good, &scaled_bad)]).ok_or(NoEnds::NoScale)?;
        let between = Profile::new(&groups, Model::COMPARE).shift(0.0);
        let p = between.p();
        if p >= DISTINCT {
            return Err(NoEnds::Alike { p });
        }
        let own_spreads = are_unequal(&scaled_good, &scaled_bad);
        let distance_of_sides = between.t.abs();
        Ok(Levels { good: scaled_good, bad: scaled_bad, scale, unit: good.to_vec(), own_spreads, distance_of_sides })
    }

    /// How far the sides are from each other, in standard errors.
    pub fn distance_of_sides(&self) -> f64 {
        self.distance_of_sides
    }

    /// Whether the sides' spreads differ so much that each is held against its own.
    pub fn has_own_spreads(&self) -> bool {
        self.own_spreads
    }

    /// How far the sides are apart, as a share of the good side: 0.05 where the bad side is 5 % more.
    pub fn change(&self) -> f64 {
        let middle = |values: &[f64]| median(&mut values.to_vec()).unwrap_or(0.0);
        self.scale.change(middle(&self.bad) - middle(&self.good))
    }

    /// What the boots of a build say, one value a boot; `None` of no boot, and of values that are not on the sides' scale.
    pub fn evidence(&self, boots: &[f64]) -> Option<Evidence> {
        if self.scale == Scale::Logarithm && !boots.iter().all(|boot| *boot > 0.0) {
            return None;
        }
        let boots = self.scale.apply(boots, &self.unit)?;
        let (good, good_density) = self.distance(&self.good, &self.bad, &boots)?;
        let (bad, bad_density) = self.distance(&self.bad, &self.good, &boots)?;
        Some(Evidence { log_ratio: bad_density - good_density, good, bad })
    }

    /// How far boots are from a side, and the logarithm of the density there. The other side gives spread, never level.
    fn distance(&self, side: &[f64], other: &[f64], boots: &[f64]) -> Option<(Shift, f64)> {
        let both: [(&[f64], &[f64]); 2] = [(side, boots), (other, &[])];
        let groups = Groups::new(if self.own_spreads { &both[..1] } else { &both })?;
        let model = Model::COMPARE;
        let shift = Profile::new(&groups, model).shift(0.0);
        let scale = (shift.spread * shift.spread / groups.weight() + model.jitter * model.jitter).sqrt();
        Some((shift, student::log_density(shift.t, shift.df) - scale.ln()))
    }
}

/// Whether two spreads differ by more than chance: the F test of variances, two-sided.
fn are_unequal(first: &[f64], second: &[f64]) -> bool {
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // Values that are all alike were rounded: no spread is smaller than this.
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).max(1e-8)
    };
    let (ratio, freedom) = (variance(first) / variance(second), |values: &[f64]| (values.len() - 1) as f64);
    let Ok(by_chance) = FisherSnedecor::new(freedom(first), freedom(second)) else { return false };
    2.0 * by_chance.cdf(ratio).min(by_chance.sf(ratio)) < UNEQUAL
}

impl Evidence {
    /// How far the sides are apart, in spreads of one boot.
    pub fn separation(&self) -> f64 {
        (self.good.effect - self.bad.effect).abs() / self.good.spread.min(self.bad.spread)
    }
}

impl Limits {
    /// The evidence at which a side is named: Wald's bound for two errors that are the same, less what the evidence is beyond
    /// it on average when it crosses it.
    pub fn bound(&self, separation: f64) -> f64 {
        ((1.0 - self.error) / self.error).ln() - OVERSHOOT * separation.min(FURTHEST)
    }

    /// The answer after so many boots. Evidence that cannot be had is that of a build unlike both sides.
    pub fn answer(&self, evidence: Option<&Evidence>, boots: usize) -> Answer {
        if boots < FEWEST {
            return if boots < self.most { Answer::Another } else { Answer::Undecided };
        }
        let Some(evidence) = evidence else { return Answer::Unlike };
        let bound = self.bound(evidence.separation());
        match evidence.log_ratio {
            _ if evidence.good.p() < UNLIKE && evidence.bad.p() < UNLIKE => Answer::Unlike,
            ratio if ratio >= bound => Answer::Bad,
            ratio if ratio <= -bound => Answer::Good,
            _ if boots >= self.most => Answer::Undecided,
            _ => Answer::Another,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [f64; 5] = [100.0, 101.5, 99.2, 100.7, 98.9];
    const BAD: [f64; 5] = [95.1, 94.2, 96.0, 94.9, 95.3];
    const LIMITS: Limits = Limits { error: 0.01, most: 10 };

    fn answer(boots: &[f64]) -> Answer {
        let levels = Levels::new(&GOOD, &BAD).unwrap();
        LIMITS.answer(levels.evidence(boots).as_ref(), boots.len())
    }

    #[test]
    fn two_boots_of_a_side_name_it_and_one_boot_never_does() {
        assert_eq!((answer(&[95.0]), answer(&[60.0])), (Answer::Another, Answer::Another));
        assert_eq!((answer(&[95.0, 94.8]), answer(&[100.1, 99.9])), (Answer::Bad, Answer::Good));
        assert_eq!(answer(&[100.1, 95.0]), Answer::Another);
    }

    #[test]
    fn what_is_between_the_sides_or_beyond_both_is_named_neither() {
        let middle = [97.6, 97.4, 97.5, 97.7, 97.5, 97.4, 97.6, 97.5, 97.6, 97.5];
        assert!(matches!(answer(&middle), Answer::Unlike | Answer::Undecided), "{:?}", answer(&middle));
        assert_eq!((answer(&[70.0, 70.5, 69.8]), answer(&[100.0, -3.0])), (Answer::Unlike, Answer::Unlike));
    }

    #[test]
    fn evidence_is_the_same_in_any_unit_and_turns_with_the_sides() {
        let levels = Levels::new(&GOOD, &BAD).unwrap();
        let boots = [96.0, 97.5];
        let ratio = levels.evidence(&boots).unwrap().log_ratio;
        let times = |values: &[f64]| values.iter().map(|value| value * 1e-6).collect::<Vec<_>>();
        let small = Levels::new(&times(&GOOD), &times(&BAD)).unwrap().evidence(&times(&boots)).unwrap();
        assert!((small.log_ratio - ratio).abs() < 1e-6);
        let turned = Levels::new(&BAD, &GOOD).unwrap().evidence(&boots).unwrap();
        assert!((turned.log_ratio + ratio).abs() < 1e-6);
    }

    #[test]
    fn sides_that_are_no_ends_are_refused() {
        assert_eq!(Levels::new(&GOOD[..1], &BAD), Err(NoEnds::TooFew { side: "good", boots: 1 }));
        assert_eq!(Levels::new(&GOOD, &[]), Err(NoEnds::TooFew { side: "bad", boots: 0 }));
        assert!(matches!(Levels::new(&GOOD, &GOOD), Err(NoEnds::Alike { .. })));
        assert_eq!(Levels::new(&GOOD, &[1.0, f64::NAN]), Err(NoEnds::NoScale));
        assert_eq!(Levels::new(&[0.0, 0.0], &[1.0, 2.0]), Err(NoEnds::NoScale));
    }

    #[test]
    fn spreads_that_differ_are_held_apart() {
        let wide = [80.0, 90.0, 86.0, 75.0, 84.0];
        assert!(Levels::new(&GOOD, &wide).unwrap().has_own_spreads());
        assert!(!Levels::new(&GOOD, &BAD).unwrap().has_own_spreads());
        // 96 is far from the good side, and usual for a bad side that spreads as much.
        let evidence = Levels::new(&GOOD, &wide).unwrap().evidence(&[92.0, 93.0]).unwrap();
        assert!(evidence.log_ratio > 0.0, "{evidence:?}");
    }

    #[test]
    fn the_errors_of_all_steps_stay_below_the_total() {
        let sum: f64 = (0..500).map(|step| error_of_step(0.05, 4, step)).sum();
        assert!(sum <= 0.05 + 1e-12 && sum > 0.0499, "{sum}");
        assert_eq!(error_of_step(0.05, 4, 0), error_of_step(0.05, 4, 3));
        assert!(error_of_step(0.05, 4, 4) > error_of_step(0.05, 4, 5));
    }
}
