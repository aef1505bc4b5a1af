//! How much is measured, and in which order: what was asked for, what was measured so far -> what comes next. Pure.

use crate::{
    record::Order,
    statistics::{median, median_interval},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How much is measured, and in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// When a case is measured well enough; without it, after the iterations that its definition asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// The runs before, instead of the definition's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// In which order the iterations of a benchmark's cases come.
    #[serde(default)]
    pub order: Order,
    /// What a random order is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
}

/// Measuring until the medians of the primary metrics are known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// How far the ends of the 95 % interval may be from the median, as a share of it: 0.01 for 1 %.
    pub share: f64,
    /// No fewer iterations. The interval needs 6.
    pub at_least: u32,
    /// No more iterations.
    pub at_most: u32,
    /// No iteration begins after the warm-ups and iterations of a case have taken so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_seconds: Option<f64>,
}

/// The runs before the iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarmUp {
    /// So many.
    Times(u32),
    /// Until the first primary metric is steady: a value lies between others of the four before it, of which there are at
    /// least three. While a machine warms up, each value tends to be beyond all before it.
    Steady,
}

/// The most warm-ups where nobody knows when it is steady.
const MOST_WARM_UPS: u32 = 10;

impl WarmUp {
    /// The most that it takes.
    pub fn most(self) -> u32 {
        match self {
            Self::Times(times) => times,
            Self::Steady => MOST_WARM_UPS,
        }
    }

    /// Whether the values of the warm-ups so far need no other one.
    pub fn is_over(self, values: &[f64]) -> bool {
        let Some((newest, before)) = values.split_last() else { return false };
        let near = &before[before.len().saturating_sub(4)..];
        let low = near.iter().copied().fold(f64::INFINITY, f64::min);
        let high = near.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self == Self::Steady && near.len() >= 3 && (low..=high).contains(newest)
    }
}

impl Until {
    /// Why a case is not measured any more, after so many iterations that took so long; `None` where it is. `series` has the
    /// values of each primary metric, one for each valid iteration.
    pub fn stop(&self, series: Vec<Vec<f64>>, iterations: u32, taken: Duration) -> Option<String> {
        let known = known_to(series);
        let so_far = || match known {
            Some(share) => format!("the median is known to {}", percent(share)),
            None => "too few valid values to say how well the median is known".into(),
        };
        if iterations >= self.at_least && known.is_some_and(|share| share <= self.share) {
            return Some(format!("{} after {iterations} iterations", so_far()));
        }
        if iterations >= self.at_most {
            return Some(format!("{iterations} iterations were the most; {}", so_far()));
        }
        let budget = self.budget_seconds.filter(|budget| taken.as_secs_f64() >= *budget)?;
        Some(format!("{budget} s were the budget; {} after {iterations} iterations", so_far()))
    }
}

/// How far the 95 % interval of each median reaches from it, as a share of it; of several series, the largest.
fn known_to(series: Vec<Vec<f64>>) -> Option<f64> {
    let shares = series.into_iter().map(|mut values| {
        let (low, high) = median_interval(&mut values)?;
        let middle = median(&mut values)?;
        let far = (high - middle).max(middle - low);
        if far == 0.0 { Some(0.0) } else { Some(far / middle.abs()).filter(|share| share.is_finite()) }
    });
    shares.reduce(|worst, share| Some(worst?.max(share?))).flatten()
}

/// A share with two digits that count.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent >= 10.0 {
        0
    } else if percent >= 1.0 {
        1
    } else {
        2
    };
    format!("{percent:.digits$} %")
}

impl Effort {
    /// The order of `count` cases in the round `round`: each has one iteration.
    pub fn round(&self, round: u32, count: usize) -> Vec<usize> {
        let mut cases: Vec<usize> = (0..count).collect();
        if self.order == Order::Random {
            let mut state = u64::from(self.seed.unwrap_or_default()) << 32 | u64::from(round);
            // Fisher and Yates.
            for last in (1..count).rev() {
                let other = (random(&mut state) % (last as u64 + 1)) as usize;
                cases.swap(last, other);
            }
        }
        cases
    }
}

/// The next number of SplitMix64 (Steele, Lea and Flood 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Until = Until { share: 0.01, at_least: 6, at_most: 40, budget_seconds: Some(60.0) };

    fn stopped(values: &[f64], seconds: u64) -> Option<String> {
        UNTIL.stop(vec![values.to_vec()], values.len() as u32, Duration::from_secs(seconds))
    }

    #[test]
    fn a_case_is_measured_until_its_median_is_known() {
        let calm = [100.0, 100.5, 99.8, 100.1, 99.9, 100.2];
        assert_eq!(stopped(&calm[..5], 1), None);
        assert_eq!(stopped(&calm, 1).unwrap(), "the median is known to 0.45 % after 6 iterations");
        let noisy: Vec<f64> = (0..40).map(|at| 100.0 + f64::from(at * 7 % 11)).collect();
        assert_eq!(stopped(&noisy[..39], 1), None);
        assert_eq!(stopped(&noisy, 1).unwrap(), "40 iterations were the most; the median is known to 1.9 %");
        let late = "60 s were the budget; the median is known to 3.3 % after 12 iterations";
        assert_eq!(stopped(&noisy[..12], 60).unwrap(), late);
        let few = "60 s were the budget; too few valid values to say how well the median is known after 2 iterations";
        assert_eq!(stopped(&noisy[..2], 60).unwrap(), few);
    }

    #[test]
    fn every_primary_metric_is_to_be_known() {
        let (calm, noisy) = (vec![5.0; 6], vec![5.0, 6.0, 5.5, 5.2, 5.1, 5.9]);
        let stopped = |series| UNTIL.stop(series, 6, Duration::ZERO);
        assert!(stopped(vec![calm.clone(), calm.clone()]).is_some());
        assert_eq!(stopped(vec![calm.clone(), noisy]), None);
        // Nothing is a share of 0, and nothing is known of what was not measured.
        assert_eq!(stopped(vec![calm.clone(), vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]), None);
        assert_eq!(stopped(vec![calm, Vec::new()]), None);
        assert_eq!(stopped(Vec::new()), None);
    }

    #[test]
    fn a_machine_is_warm_when_a_value_lies_between_others() {
        let over = |values: &[f64]| WarmUp::Steady.is_over(values);
        assert!(!over(&[1.0, 2.0, 3.0]) && !over(&[1.0, 2.0, 3.0, 4.0]) && !over(&[1.0, 1.0, 1.0]));
        assert!(over(&[1.0, 2.0, 3.0, 2.5]) && over(&[5.0; 4]));
        // What was cold at first does not count for ever.
        assert!(!over(&[1.0, 7.0, 7.1, 7.2, 7.3, 6.9]));
        assert!(!WarmUp::Times(3).is_over(&[5.0; 4]) && WarmUp::Times(3).most() == 3);
    }

    #[test]
    fn a_random_order_is_that_of_its_seed() {
        let effort = |order, seed| Effort { order, seed: Some(seed), ..Effort::default() };
        assert_eq!(effort(Order::Interleaved, 1).round(3, 4), [0, 1, 2, 3]);
        let random = effort(Order::Random, 1);
        let rounds: Vec<Vec<usize>> = (0..50).map(|round| random.round(round, 4)).collect();
        assert_eq!(rounds[7], random.round(7, 4));
        assert_ne!(rounds, (0..50).map(|round| effort(Order::Random, 2).round(round, 4)).collect::<Vec<_>>());
        for case in 0..4 {
            assert!(rounds.iter().filter(|round| round[0] == case).count() > 4, "{rounds:?}");
        }
    }

    /// Optional stopping: an interval that is looked at after each iteration is narrow by chance now and then.
    #[test]
    #[expect(clippy::print_stdout, reason = "the figure stands in docs/measuring.md")]
    fn a_median_that_is_said_to_be_known_mostly_is() {
        let mut state = 7;
        let mut uniform = || (random(&mut state) >> 11) as f64 / (1_u64 << 53) as f64;
        let mut normal = || (-2.0 * (1.0 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        let until = Until { at_most: 400, budget_seconds: None, ..UNTIL };
        let (mut within, mut iterations) = (0, 0);
        for _ in 0..400 {
            let mut values = Vec::new();
            while until.stop(vec![values.clone()], values.len() as u32, Duration::ZERO).is_none() {
                values.push(100.0 + 2.0 * normal());
            }
            iterations += values.len();
            within += u32::from((median(&mut values).unwrap() - 100.0).abs() <= 1.0);
        }
        println!("spread 2 %, until 1 %: within 1 % in {within} of 400, {} iterations", iterations / 400);
        assert!(within > 320, "{within}");
    }
}
