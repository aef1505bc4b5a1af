//! The table of statistics: samples -> figures -> rows with percentages and marks.

use super::{
    Rules, Significance, gain, interval_distance,
    statistic::{Samples, Statistic},
};
use crate::{
    statistics::{NORMAL_975, binomial_quantile, t_test_p_value},
    suites::mmtests::{Direction, Operation},
};

/// The p-value below which the version of 2021 calls a difference significant.
const SIGNIFICANT: f64 = 0.10;

/// The figures of one operation of one run.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) count: usize,
    /// In the order of the rules' statistics; `None` where one has no meaning.
    pub(super) figures: Vec<Option<f64>>,
    pub(super) ratio: Option<f64>,
    /// The interval around `ratio`.
    pub(super) interval: Option<(f64, f64)>,
    /// What the t-test of 2021 takes: the mean and the spread around the arithmetic mean.
    pub(super) test: Option<(f64, f64)>,
    /// Half of the interval of a mean of subsamples.
    pub(super) half: Option<f64>,
    pub(super) without_mean: bool,
}

impl Summary {
    pub(super) fn new(operation: Option<&Operation>, name: &str, rules: &Rules) -> Self {
        let empty = Operation { name: String::new(), iterations: Vec::new() };
        let samples = Samples::new(operation.unwrap_or(&empty), rules.direction_of(name), rules.version);
        let ratio = samples.figure(rules.ratio);
        let intervals = rules.significance == Significance::Intervals;
        let test = rules.significance == Significance::TTest;
        Self {
            count: samples.len(),
            figures: rules.statistics.iter().map(|statistic| samples.figure(*statistic)).collect(),
            ratio,
            interval: if intervals { interval(&samples, rules.ratio) } else { None },
            test: if test { samples.mean().zip(samples.deviation(true)) } else { None },
            half: if rules.ratio == Statistic::SubsampleMean {
                samples.subsampled().map(|(_, half)| half)
            } else {
                None
            },
            without_mean: samples.len() > 0
                && rules.statistics.contains(&Statistic::Mean(None))
                && samples.mean().is_none(),
        }
    }
}

/// Where the statistic would lie with 95 % probability, as MMTests counts it.
fn interval(samples: &Samples, statistic: Statistic) -> Option<(f64, f64)> {
    let around = |centre: f64, half: f64| (centre - half, centre + half);
    match statistic {
        Statistic::Mean(None) => {
            // A deviation of the samples, not of the mean; R printed the half with 7 digits.
            let half = as_r_prints(NORMAL_975 * samples.deviation(false)?);
            samples.mean().map(|mean| around(mean, half))
        }
        Statistic::SubsampleMean => samples.subsampled().map(|(mean, half)| around(mean, half)),
        Statistic::Percentile(percent) => {
            let trials = (samples.len() as u64).checked_sub(1)?;
            let at = |quantile| samples.at(binomial_quantile(quantile, trials, percent / 100.0)?);
            at(0.025).zip(at(0.975))
        }
        _ => None,
    }
}

/// `number` as R prints it: with 7 digits, but all those before the point where that is not longer than an exponent.
fn as_r_prints(number: f64) -> f64 {
    let scientific = format!("{number:.6e}");
    let rounded = || scientific.parse().unwrap_or(number);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return number };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.trim_start_matches('-').trim_end_matches('0').trim_end_matches('.').len();
    // Digits, a point where there is one, and an exponent of a sign and two or three digits.
    let length = digits + if exponent.abs() >= 100 { 5 } else { 4 };
    if exponent >= 7 && (exponent as usize) < length { number.round() } else { rounded() }
}

/// For each operation and run whether it differs from the first run significantly, and the number that says so.
pub(super) fn significances(summaries: &[Vec<Summary>], rules: &Rules) -> Vec<Vec<(bool, f64)>> {
    // MMTests does not look at a baseline of which no operation has an interval: its figures are 0.
    let known = summaries.iter().any(|runs| runs.first().is_some_and(|base| base.interval.is_some()));
    let row = |runs: &Vec<Summary>| -> Vec<(bool, f64)> {
        let Some((base, later)) = runs.split_first() else { return Vec::new() };
        let one = |run: &Summary| match rules.significance {
            Significance::Unknown => (false, 0.0),
            Significance::Intervals => by_intervals(base, known, run),
            Significance::TTest => by_t_test(base, run),
        };
        std::iter::once((false, 0.0)).chain(later.iter().map(one)).collect()
    };
    summaries.iter().map(row).collect()
}

fn by_intervals(base: &Summary, known: bool, run: &Summary) -> (bool, f64) {
    let Some(interval) = run.interval else { return (false, 0.0) };
    let number = |figure: Option<f64>| figure.unwrap_or(f64::NAN);
    let base_interval = base.interval.unwrap_or((0.0, 0.0));
    let base = if known { number(base.ratio) } else { 0.0 };
    let distance = interval_distance(base, base_interval, number(run.ratio), interval);
    (distance.abs() > 1.0, distance)
}

fn by_t_test(base: &Summary, run: &Summary) -> (bool, f64) {
    let (Some((mean, spread)), Some((other, other_spread))) = (base.test, run.test) else { return (false, 0.0) };
    let error = (spread * spread / base.count as f64 + other_spread * other_spread / run.count as f64).sqrt();
    if error == 0.0 {
        return (mean != other, if mean == other { 100.0 } else { 0.0 });
    }
    let freedom = (base.count + run.count - 2) as f64;
    // R printed the probability of one side.
    let p = 2.0 * t_test_p_value((mean - other) / error, freedom).map_or(0.5, |p| as_r_prints(p / 2.0));
    (p < SIGNIFICANT, p * 100.0)
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The statistic's title.
    pub title: String,
    /// Which operation, by its position.
    pub operation: usize,
    /// A cell for each run.
    pub cells: Vec<Cell>,
}

/// One run's figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The figure; 0 where it does not exist.
    pub value: f64,
    /// By how much percent it is better than the baseline's.
    pub percent: f64,
    /// Whether the difference is marked as significant.
    pub marked: bool,
}

pub(super) fn rows(
    operations: &[String],
    summaries: &[Vec<Summary>],
    significance: &[Vec<(bool, f64)>],
    rules: &Rules,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, statistic) in rules.statistics.iter().enumerate() {
        let can_be_marked = match rules.significance {
            Significance::TTest => *statistic == Statistic::Mean(None),
            _ => *statistic == rules.ratio,
        };
        for (operation, (name, runs)) in operations.iter().zip(summaries).enumerate() {
            let direction = statistic.direction(rules.direction_of(name));
            let base = runs.first().and_then(|run| run.figures[at]);
            let cell = |(run, significance): (&Summary, &(bool, f64))| {
                let (value, percent) = cell(run.figures[at], base, direction);
                Cell { value, percent, marked: can_be_marked && significance.0 }
            };
            rows.push(Row {
                title: rules.title(*statistic, name),
                operation,
                cells: runs.iter().zip(&significance[operation]).map(cell).collect(),
            });
        }
    }
    rows
}

/// A figure and its gain over the baseline's; one that does not exist, and a true -1, are 0.
fn cell(figure: Option<f64>, base: Option<f64>, direction: Direction) -> (f64, f64) {
    match figure {
        Some(value) if value != -1.0 && base != Some(-1.0) => (value, gain(direction, value, base.unwrap_or(f64::NAN))),
        _ => (0.0, 0.0),
    }
}

/// The spread of the differences between two runs, for the ratios of 2021.
pub(super) fn pooled_spread(base: &Summary, run: &Summary) -> f64 {
    match (base.half, run.half) {
        (Some(base), Some(run)) => base + run,
        _ => {
            let spread = |summary: &Summary| summary.test.map_or(0.0, |(_, spread)| spread);
            ((spread(base).powi(2) + spread(run).powi(2)) / 2.0).sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::mmtests::Direction::{Higher, Lower};

    #[test]
    fn gains_are_those_of_every_branch() {
        for (direction, new, base, expected) in [
            (Lower, 5.0, 5.0, 0.0),
            (Lower, 0.0, 5.0, 100.0),
            (Lower, 5.0, 0.0, -99.0),
            (Lower, 6.0, 5.0, -20.0),
            (Higher, 0.0, 5.0, 0.0),
            (Higher, 5.0, 0.0, 100.0),
            (Higher, 5.0, f64::NAN, 100.0),
            (Higher, 6.0, 5.0, 20.0),
        ] {
            assert_eq!(gain(direction, new, base), expected, "{direction:?} {new} {base}");
        }
        assert_eq!(cell(Some(-1.0), Some(3.0), Lower), (0.0, 0.0));
        assert_eq!(cell(None, Some(3.0), Lower), (0.0, 0.0));
    }

    #[test]
    fn halves_have_the_digits_of_r() {
        assert_eq!(as_r_prints(NORMAL_975), 1.959_964);
        assert_eq!(as_r_prints(1_901.952_598), 1_901.953);
        assert_eq!(as_r_prints(0.0), 0.0);
        assert_eq!(as_r_prints(97_998_199_227.002_7), 97_998_199_227.0);
        assert_eq!(as_r_prints(97_998_199_227_000.2), 9.799_82e13);
        assert_eq!(as_r_prints(12_345_678.4), 12_345_678.0);
    }
}
