//! Numbers of threads: from the least to the most -> those that MMTests runs with.

use super::{Facts, Reason};
use crate::suites::mmtests::benchmarks::Walk;
use std::collections::BTreeSet;

/// The most threads that a configuration may ask for.
const MOST: i64 = 100_000;

impl Walk {
    /// The numbers from `least` to `most`, and none above `cutoff`, as MMTests takes them on a machine.
    pub(super) fn numbers(self, least: i64, most: i64, cutoff: Option<i64>, facts: &Facts) -> Result<Vec<i64>, Reason> {
        let cutoff = cutoff.unwrap_or(most);
        let most = if self == Self::Powers { cutoff } else { most };
        if !(1..=MOST).contains(&least) || !(least..=MOST).contains(&most) || cutoff < least {
            return Err(format!("{least} to {} are not numbers of threads", most.min(cutoff)).into());
        }
        let mut numbers = BTreeSet::from([least, most]);
        match self {
            Self::Powers => {
                numbers.extend(std::iter::successors(Some(least), |n| Some(n * 2)).take_while(|n| *n <= most))
            }
            Self::Large => numbers.extend(large(least, most, signed(facts.cpus))),
            Self::Topology => numbers.extend(topology(most, facts)?),
        }
        Ok(numbers.into_iter().filter(|number| (least..=most.min(cutoff)).contains(number)).collect())
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(MOST)
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

fn topology(most: i64, facts: &Facts) -> Result<Vec<i64>, Reason> {
    let (cpus, core) = (signed(facts.cpus), signed(facts.threads_per_core));
    let weight = |parts: usize, what: &str| match cpus.checked_div(signed(parts)) {
        Some(weight @ 1..) => Ok::<i64, Reason>(weight),
        _ => Err(format!("{cpus} processors cannot be divided into {parts} {what}").into()),
    };
    let (cache, node) = (weight(facts.caches, "caches of the last level")?, weight(facts.nodes, "nodes")?);
    let parts = if node / cache > 3 { 6 } else { 3 };
    let levels = [
        (1, core, 4),
        (core, cache, 4),
        (cache, node, parts),
        (node, cpus, 2),
        (cpus, cpus * 2, 3),
        (cpus, cpus * 4, 2),
        (cpus * 4, most, 1),
    ];
    let mut numbers = Vec::new();
    let mut last = None;
    for (from, to, parts) in levels {
        if last == Some((from, to)) || from == to {
            continue;
        }
        last = Some((from, to));
        // The step has one decimal, and the numbers none.
        let tenths = (to - from) * 10 / parts;
        if tenths > 0 {
            numbers.extend(steps(from * 10, tenths, to * 10).map(|tenths| tenths / 10));
        }
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::{super::variables::tests::Here, *};
    use crate::suites::mmtests::config::Surroundings;

    fn machine(cpus: usize, threads_per_core: usize, caches: usize, nodes: usize) -> Facts {
        Facts { cpus, threads_per_core, caches, nodes, ..Here::new(&[]).facts().clone() }
    }

    #[test]
    fn numbers_are_mmtests_own() {
        let of = |walk: Walk, least, most, cpus| walk.numbers(least, most, None, &machine(cpus, 1, 1, 1));
        assert_eq!(of(Walk::Powers, 1, 12, 6), Ok(vec![1, 2, 4, 8, 12]));
        assert_eq!(of(Walk::Large, 1, 8, 4), Ok(vec![1, 3, 5, 7, 8]));
        assert_eq!(of(Walk::Large, 1, 16, 8), Ok(vec![1, 3, 5, 7, 12, 16]));
        assert_eq!(of(Walk::Large, 1, 64, 32), Ok(vec![1, 4, 7, 12, 21, 30, 48, 64]));
        assert_eq!(of(Walk::Topology, 1, 16, 4), Ok(vec![1, 2, 3, 4, 5, 6, 7, 10, 16]));
        assert_eq!(of(Walk::Topology, 4, 4, 4), Ok(vec![4]));
        assert!(of(Walk::Large, 0, 8, 4).is_err() && of(Walk::Large, 4, 3, 4).is_err());
        assert_eq!(
            of(Walk::Topology, 1, 2, 0),
            Err("0 processors cannot be divided into 1 caches of the last level".into())
        );
        let cut = |walk: Walk| walk.numbers(1, 64, Some(6), &machine(32, 1, 1, 1));
        assert_eq!((cut(Walk::Powers), cut(Walk::Large)), (Ok(vec![1, 2, 4, 6]), Ok(vec![1, 4])));
        let numbers = Walk::Topology.numbers(1, 64, None, &machine(32, 2, 8, 2));
        assert_eq!(numbers, Ok(vec![1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 24, 32, 42, 53, 63, 64]));
        assert!(Walk::Topology.numbers(1, 64, None, &machine(32, 2, 0, 1)).is_err());
    }
}
