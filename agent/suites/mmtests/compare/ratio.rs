//! Ratios to the baseline: figures -> ratios, gains and normalised differences.

use super::{
    Rules, Significance, gain, interval_distance,
    summary::{Summary, pooled_spread},
};
use crate::{
    statistics::{arithmetic_mean, geometric_mean},
    suites::mmtests::Direction,
};
use std::collections::HashMap;

/// The ratios of each operation and what they come to.
#[derive(Debug)]
pub struct RatioTable {
    /// The operations, by their position.
    pub operations: Vec<usize>,
    /// For each of them and each run.
    pub cells: Vec<Vec<Ratio>>,
    /// For each run the mean, the least and the largest of the normalised differences; absent where no differences exist.
    pub differences: Option<Vec<[f64; 3]>>,
    /// For each run the geometric mean of the ratios.
    pub geometric_means: Vec<f64>,
    /// The direction of them all.
    pub direction: &'static str,
}

/// One run's ratio to the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio; 1 where it has no meaning.
    pub ratio: f64,
    /// By how much percent it is better than 1.
    pub percent: f64,
    /// The difference in units of the spread; nan where no spread is known.
    pub difference: f64,
}

impl RatioTable {
    pub(super) fn new(operations: &[String], summaries: &[Vec<Summary>], rules: &Rules) -> Self {
        let places: HashMap<&str, usize> =
            operations.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let positions: Vec<usize> = match &rules.ratio_operations {
            Some(listed) => listed.iter().filter_map(|name| places.get(name.as_str()).copied()).collect(),
            None => (0..operations.len()).collect(),
        };
        let base = |at: usize| summaries[at].first();
        let spread = match rules.significance {
            _ if !rules.normalised || positions.is_empty() => false,
            Significance::Unknown => false,
            Significance::Intervals => (0..operations.len()).any(|at| base(at).is_some_and(|s| s.interval.is_some())),
            Significance::TTest => true,
        };
        let row = |at: &usize| -> Vec<Ratio> {
            let direction = rules.direction_of(&operations[*at]);
            let Some(base) = base(*at) else { return Vec::new() };
            summaries[*at].iter().map(|run| ratio(run, base, direction, rules, spread)).collect()
        };
        let cells: Vec<Vec<Ratio>> = positions.iter().map(row).collect();
        let runs = summaries.first().map_or(0, Vec::len);
        let column =
            |run: usize, of: fn(&Ratio) -> f64| -> Vec<f64> { cells.iter().map(|row| of(&row[run])).collect() };
        let product = |run| if cells.is_empty() { f64::NAN } else { geometric_mean(&column(run, for_geometric_mean)) };
        Self {
            direction: direction(operations.iter().map(|name| rules.direction_of(name))),
            differences: spread.then(|| (0..runs).map(|run| extent(&column(run, |cell| cell.difference))).collect()),
            geometric_means: (0..runs).map(product).collect(),
            operations: positions,
            cells,
        }
    }
}

fn direction(mut all: impl Iterator<Item = Direction>) -> &'static str {
    let first = all.next().unwrap_or(Direction::Lower);
    match first {
        _ if all.any(|other| other != first) => "Mixed",
        Direction::Lower => "Lower",
        Direction::Higher => "Higher",
    }
}

fn ratio(run: &Summary, base: &Summary, direction: Direction, rules: &Rules, spread: bool) -> Ratio {
    let known = |figure: Option<f64>| figure.filter(|figure| *figure != -1.0);
    let none = if spread { 0.0 } else { f64::NAN };
    let (Some(new), Some(old)) = (known(run.ratio), known(base.ratio)) else {
        return Ratio { ratio: 1.0, percent: 0.0, difference: none };
    };
    let ratio = match () {
        () if old == 0.0 || old.is_nan() => 0.0,
        () if new == 0.0 || new.is_nan() => 1.0,
        () => new / old,
    };
    let difference = match rules.significance {
        _ if !spread => f64::NAN,
        Significance::TTest => {
            let spread = pooled_spread(base, run);
            if spread == 0.0 { new - old } else { (new - old) / spread }
        }
        _ => {
            let ends = |summary: &Summary| summary.interval.unwrap_or((0.0, 0.0));
            interval_distance(new, ends(run), old, ends(base))
        }
    };
    let difference = if spread && difference.is_nan() { 0.0 } else { difference };
    Ratio { ratio, percent: gain(direction, ratio, 1.0), difference }
}

fn for_geometric_mean(cell: &Ratio) -> f64 {
    match cell.ratio {
        ratio if ratio.is_nan() => 1.0,
        0.0 => 0.00001,
        ratio => ratio,
    }
}

fn extent(numbers: &[f64]) -> [f64; 3] {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    arithmetic_mean(numbers).map_or([0.0; 3], |mean| [mean, least, largest])
}
