//! Statistics by MMTests' names: samples, best first -> figures.

use super::Version;
use crate::{
    statistics::{Resampling, arithmetic_mean, harmonic_deviation, harmonic_mean, standard_deviation, subsample_mean},
    suites::mmtests::{Direction, Operation},
};
use std::{cell::OnceCell, str::FromStr};

/// A statistic of `_SummaryStats`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistic {
    Min,
    Max,
    /// The mean of the best percent; of all for `None`.
    Mean(Option<f64>),
    Percentile(f64),
    /// Around the mean of the direction, or around the arithmetic mean as in 2021.
    Deviation {
        arithmetic: bool,
    },
    Variation {
        arithmetic: bool,
    },
    /// The best value.
    Value,
    SubsampleMean,
    SubsampleInterval,
    Samples,
    /// How many samples are in a range, or what percentage.
    Within {
        low: f64,
        high: f64,
        percentage: bool,
    },
}

/// A name that no statistic has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("statistic `{0}`: unknown")]
pub struct UnknownStatistic(String);

impl FromStr for Statistic {
    type Err = UnknownStatistic;

    fn from_str(name: &str) -> Result<Self, UnknownStatistic> {
        let number = |text: &str| text.parse::<f64>().ok();
        let range = |text: &str, percentage| {
            let (low, high) = text.split_once(',')?;
            Some(Self::Within { low: number(low)?, high: number(high)?, percentage })
        };
        let found = match name {
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            "_mean" => Some(Self::Mean(None)),
            "stddev" | "stddev-amean" => Some(Self::Deviation { arithmetic: true }),
            "stddev-_mean" => Some(Self::Deviation { arithmetic: false }),
            "coeffvar" | "coeffvar-amean" => Some(Self::Variation { arithmetic: true }),
            "coeffvar-_mean" => Some(Self::Variation { arithmetic: false }),
            "_value" => Some(Self::Value),
            "submean" | "submean-_mean" => Some(Self::SubsampleMean),
            "submeanci" | "submeanci-_mean" => Some(Self::SubsampleInterval),
            "samples" => Some(Self::Samples),
            _ => None,
        };
        let parts = || match name.split_once('-')? {
            ("_mean", percent) => number(percent).map(|percent| Self::Mean(Some(percent))),
            ("percentile", percent) => number(percent).map(Self::Percentile),
            ("samples", text) => range(text, false),
            ("samplespct", text) => range(text, true),
            _ => None,
        };
        found.or_else(parts).ok_or_else(|| UnknownStatistic(name.into()))
    }
}

impl Statistic {
    /// The row's title.
    pub(super) fn title(self, version: Version, direction: Direction, operation: &str) -> String {
        let kind = if direction == Direction::Higher { 'H' } else { 'A' };
        let dot = if version == Version::Head { '.' } else { '-' };
        let spread = |arithmetic: bool| if kind == 'H' && !arithmetic { "H" } else { "" };
        match self {
            Self::Min => "Min".into(),
            Self::Max => "Max".into(),
            Self::Mean(None) => format!("{kind}mean"),
            Self::Mean(Some(percent)) => format!("B{kind}mean{dot}{percent}"),
            Self::Percentile(percent) if version == Version::Head => format!("Pctile.{percent}"),
            Self::Percentile(25.0) => "1st-qrtle".into(),
            Self::Percentile(50.0) => "2nd-qrtle".into(),
            Self::Percentile(75.0) => "3rd-qrtle".into(),
            Self::Percentile(percent) => format!("Max-{percent}"),
            Self::Deviation { arithmetic } => format!("{}Stddev", spread(arithmetic)),
            Self::Variation { arithmetic } => format!("{}CoeffVar", spread(arithmetic)),
            Self::Value => operation.into(),
            Self::SubsampleMean => format!("Sub{kind}mean"),
            Self::SubsampleInterval if version == Version::Classic202111 => "SubmeanCI".into(),
            Self::SubsampleInterval => format!("Sub{kind}meanCI"),
            Self::Samples => "Samples".into(),
            Self::Within { low, high, percentage } => {
                format!("Samples{}-[{low},{high})", if percentage { "%" } else { "" })
            }
        }
    }

    /// Which values of the statistic are better.
    pub(super) fn direction(self, samples: Direction) -> Direction {
        match self {
            Self::Deviation { .. } | Self::Variation { .. } | Self::SubsampleInterval => Direction::Lower,
            Self::Samples | Self::Within { .. } => Direction::Higher,
            _ => samples,
        }
    }
}

/// The samples of one operation of one run, ready for statistics.
pub(super) struct Samples<'a> {
    operation: &'a Operation,
    direction: Direction,
    version: Version,
    /// Best first.
    sorted: Vec<f64>,
    subsampled: OnceCell<Option<(f64, f64)>>,
}

impl<'a> Samples<'a> {
    pub(super) fn new(operation: &'a Operation, direction: Direction, version: Version) -> Self {
        let mut sorted: Vec<f64> = operation.values().collect();
        sort(&mut sorted, direction);
        Self { operation, direction, version, sorted, subsampled: OnceCell::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The figure, or `None` where it has no meaning.
    pub(super) fn figure(&self, statistic: Statistic) -> Option<f64> {
        let (first, last) = (self.sorted.first().copied()?, self.sorted.last().copied()?);
        let (min, max) = if self.direction == Direction::Lower { (first, last) } else { (last, first) };
        match statistic {
            Statistic::Min => Some(min),
            Statistic::Max => Some(max),
            Statistic::Mean(None) => self.mean(),
            Statistic::Mean(Some(percent)) => self.mean_of(&self.sorted[..self.share(percent)]),
            Statistic::Percentile(percent) => self.sorted.get(self.share(percent) - 1).copied(),
            Statistic::Deviation { arithmetic } => self.deviation(arithmetic),
            Statistic::Variation { arithmetic } => Some(self.variation(arithmetic)),
            Statistic::Value => Some(first),
            Statistic::SubsampleMean => self.subsampled().map(|(mean, _)| mean),
            Statistic::SubsampleInterval => self.subsampled().map(|(_, half)| half),
            Statistic::Samples => Some(self.len() as f64),
            Statistic::Within { low, high, percentage } => {
                let count = self.sorted.iter().filter(|value| (low..high).contains(*value)).count() as f64;
                Some(if percentage { count * 100.0 / self.len() as f64 } else { count })
            }
        }
    }

    /// How many samples the best percent are, at least one.
    fn share(&self, percent: f64) -> usize {
        ((self.len() as f64 * percent / 100.0) as usize).clamp(1, self.len())
    }

    /// The mean that goes with the direction.
    pub(super) fn mean(&self) -> Option<f64> {
        self.mean_of(&self.sorted)
    }

    fn mean_of(&self, values: &[f64]) -> Option<f64> {
        let mean = if self.direction == Direction::Higher { harmonic_mean(values) } else { arithmetic_mean(values) };
        mean.filter(|mean| !mean.is_nan())
    }

    /// The standard deviation, around the mean of the direction or around the arithmetic mean.
    pub(super) fn deviation(&self, arithmetic: bool) -> Option<f64> {
        if arithmetic || self.direction == Direction::Lower {
            return standard_deviation(&self.sorted, arithmetic_mean(&self.sorted)?).filter(|spread| !spread.is_nan());
        }
        harmonic_deviation(&self.sorted, self.mean()?).filter(|spread| !spread.is_nan())
    }

    fn variation(&self, arithmetic: bool) -> f64 {
        let mean = if arithmetic { arithmetic_mean(&self.sorted) } else { self.mean() };
        match (self.deviation(arithmetic), mean) {
            (Some(spread), Some(mean)) if mean != 0.0 => spread * 100.0 / mean,
            _ => 0.0,
        }
    }

    /// The sample at `index`, from the best.
    pub(super) fn at(&self, index: u64) -> Option<f64> {
        self.sorted.get(usize::try_from(index).ok()?).copied()
    }

    /// The mean of subsamples and half of its interval.
    pub(super) fn subsampled(&self) -> Option<(f64, f64)> {
        *self.subsampled.get_or_init(|| self.subsample())
    }

    fn subsample(&self) -> Option<(f64, f64)> {
        let groups: Vec<Vec<f64>> =
            self.operation.iterations.iter().flatten().map(|iteration| iteration.values.given().collect()).collect();
        let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
        let old = self.version == Version::Classic202111;
        let how = Resampling { rounds: if old { 100 } else { 1000 }, part: 0.8, unbiased: old };
        let (mean, deviation) = subsample_mean(&groups, how, |values| self.mean_of(values))?;
        Some((mean, crate::statistics::NORMAL_975 * deviation))
    }
}

/// Best first. Numbers that are nan compare equal to all, as in Perl's stable sort.
fn sort(values: &mut [f64], direction: Direction) {
    if values.iter().any(|value| value.is_nan()) {
        return merge_sort(values, direction);
    }
    match direction {
        Direction::Lower => values.sort_unstable_by(f64::total_cmp),
        Direction::Higher => values.sort_unstable_by(|a, b| b.total_cmp(a)),
    }
}

fn merge_sort(values: &mut [f64], direction: Direction) {
    if values.len() < 2 {
        return;
    }
    let middle = values.len() / 2;
    merge_sort(&mut values[..middle], direction);
    merge_sort(&mut values[middle..], direction);
    let (left, right) = (values[..middle].to_vec(), values[middle..].to_vec());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    for value in values {
        let right_first = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => {
                if direction == Direction::Lower {
                    right < left
                } else {
                    right > left
                }
            }
            (left, _) => left.is_none(),
        };
        let next = if right_first { right.next() } else { left.next() };
        *value = next.unwrap_or(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::mmtests::{Column, Iteration, Spelling};

    fn operation(values: &[f64]) -> Operation {
        let mut column = Column::default();
        values.iter().for_each(|value| column.push(*value, Spelling::Number));
        let iteration = Iteration { numbers: column.clone(), values: column };
        Operation { name: "x".into(), iterations: vec![Some(iteration)] }
    }

    fn figure(values: &[f64], direction: Direction, name: &str) -> Option<f64> {
        let operation = operation(values);
        Samples::new(&operation, direction, Version::Head).figure(name.parse().unwrap())
    }

    #[test]
    fn best_first_means_best_first() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];
        for (direction, name, expected) in [
            (Direction::Lower, "percentile-40", 2.0),
            (Direction::Higher, "percentile-40", 4.0),
            (Direction::Lower, "_value", 1.0),
            (Direction::Higher, "_value", 5.0),
            (Direction::Lower, "_mean-40", 1.5),
            (Direction::Higher, "min", 1.0),
            (Direction::Higher, "percentile-1", 5.0),
            (Direction::Lower, "samples-2,4", 2.0),
            (Direction::Lower, "samplespct-2,4", 40.0),
        ] {
            assert_eq!(figure(&values, direction, name), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_absent() {
        assert_eq!(figure(&[0.0, 10.0], Direction::Higher, "_mean"), None);
        assert_eq!(figure(&[10.0], Direction::Lower, "stddev-_mean"), None);
        assert_eq!(figure(&[10.0], Direction::Lower, "coeffvar-_mean"), Some(0.0));
        assert_eq!(figure(&[], Direction::Lower, "min"), None);
        assert!("median".parse::<Statistic>().is_err());
    }

    #[test]
    fn nan_does_not_disturb_the_sort() {
        let mut values: Vec<f64> =
            (0..50).map(|n| if n % 7 == 0 { f64::NAN } else { f64::from(n * 37 % 50) }).collect();
        sort(&mut values, Direction::Lower);
        assert_eq!(values.iter().filter(|value| value.is_nan()).count(), 8);
        assert_eq!(values.len(), 50);
    }
}
