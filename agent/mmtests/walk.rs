//! Numbers of threads: from the least to the most -> those that MMTests runs with.

use serde::Deserialize;
use std::collections::BTreeSet;

/// How numbers of threads follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Walk {
    /// Doubled each time, and the most.
    Powers,
    /// Steps that become larger.
    Large,
    /// Steps between the processors of a cache and multiples of all; here for one cache and one node.
    Topology,
}

/// The most threads that a configuration may ask for.
const MOST: i64 = 100_000;

impl Walk {
    /// The numbers from `least` to `most`, for a machine with so many processors.
    pub(super) fn numbers(self, least: i64, most: i64, cpus: i64) -> Result<Vec<i64>, String> {
        if !(1..=MOST).contains(&least) || !(least..=MOST).contains(&most) {
            return Err(format!("{least} to {most} are no numbers of threads"));
        }
        let mut numbers = BTreeSet::from([least, most]);
        match self {
            Self::Powers => {
                numbers.extend(std::iter::successors(Some(least), |n| Some(n * 2)).take_while(|n| *n <= most))
            }
            Self::Large => numbers.extend(large(least, most, cpus)),
            Self::Topology => numbers.extend(topology(most, cpus)),
        }
        Ok(numbers.into_iter().filter(|number| (least..=most).contains(number)).collect())
    }
}

fn steps(from: i64, step: i64, to: i64) -> impl Iterator<Item = i64> {
    (from..=to).step_by(usize::try_from(step.max(1)).unwrap_or(1))
}

fn large(least: i64, most: i64, cpus: i64) -> Vec<i64> {
    let wide = |to: i64| steps(least, 3, 8).chain(steps(12, 9, 32)).chain(steps(48, 31, to));
    if most > cpus * 8 {
        let step = match (most - cpus * 2) / 8 {
            step @ 1.. => step,
            _ => 31,
        };
        wide(cpus).chain(steps(cpus * 2, step, most)).collect()
    } else if most > 32 {
        wide(most).collect()
    } else if most > 8 {
        steps(least, 2, 8).chain(steps(12, 6, most)).collect()
    } else {
        steps(least, 2, most).collect()
    }
}

fn topology(most: i64, cpus: i64) -> Vec<i64> {
    let levels = [(1, cpus, 4), (cpus, cpus * 2, 3), (cpus, cpus * 4, 2), (cpus * 4, most, 1)];
    let mut numbers = Vec::new();
    for (from, to, parts) in levels.into_iter().filter(|(from, to, _)| from < to) {
        // The step has one decimal, and the numbers none.
        let tenths = (to - from) * 10 / parts;
        if tenths > 0 {
            numbers.extend(steps(from * 10, tenths, to * 10).map(|tenths| tenths / 10));
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_mmtests_own() {
        assert_eq!(Walk::Powers.numbers(1, 12, 6), Ok(vec![1, 2, 4, 8, 12]));
        assert_eq!(Walk::Large.numbers(1, 8, 4), Ok(vec![1, 3, 5, 7, 8]));
        assert_eq!(Walk::Large.numbers(1, 16, 8), Ok(vec![1, 3, 5, 7, 12, 16]));
        assert_eq!(Walk::Large.numbers(1, 64, 32), Ok(vec![1, 4, 7, 12, 21, 30, 48, 64]));
        assert_eq!(Walk::Topology.numbers(1, 16, 4), Ok(vec![1, 2, 3, 4, 5, 6, 7, 10, 16]));
        assert_eq!(Walk::Topology.numbers(4, 4, 4), Ok(vec![4]));
        assert!(Walk::Large.numbers(0, 8, 4).is_err() && Walk::Large.numbers(4, 3, 4).is_err());
    }
}
