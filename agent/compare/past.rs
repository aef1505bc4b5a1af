//! The history: which of its boots count, and where its level changed.

use super::{boot::Points, candidate::Candidate, pairing::Pairing};
use crate::{
    boots::{Boot, BootKey, Point},
    statistics::{
        change_points::{Sensitivity, change_points},
        verdict::jitter_of_builds,
    },
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The boots of the history that count.
pub(super) struct History {
    /// Their positions, the oldest first.
    pub(super) boots: Vec<usize>,
    /// What a reader should know of those that do not count.
    pub(super) notes: Vec<String>,
}

impl History {
    /// The boots that are on neither side, not younger than the new one, and of the machines that are compared.
    ///
    /// They are in the order of their times, or, where a clock was never set, in the order that they were given in.
    pub(super) fn of(pairing: &Pairing) -> History {
        let Pairing { base, new, past, .. } = pairing;
        let sides: BTreeSet<&BootKey> = base.boots.iter().chain(&new.boots).map(|boot| &boot.key).collect();
        let begun = new.boots.iter().map(|boot| boot.started).min().flatten();
        let later = |boot: &Boot| boot.started.zip(begun).is_some_and(|(started, begun)| started > begun);
        let mut boots: Vec<usize> = Vec::new();
        let mut left = [(0, "younger than the new ones"), (0, "of other machines")];
        for (at, boot) in past.boots.iter().enumerate() {
            // That a side is in its own history is what a folder of all nights gives.
            if sides.contains(&boot.key) {
                continue;
            }
            match [later(boot), pairing.group_of(boot).is_none()].iter().position(|out| *out) {
                Some(why) => left[why].0 += 1,
                None => boots.push(at),
            }
        }
        if boots.iter().all(|at| past.boots[*at].started.is_some()) {
            boots.sort_by_key(|at| past.boots[*at].started);
        }
        let note = |(count, why): (usize, &str)| match count {
            0 => None,
            1 => Some(format!("1 boot of the history is {why}, and does not count")),
            count => Some(format!("{count} boots of the history are {why}, and do not count")),
        };
        History { boots, notes: left.into_iter().filter_map(note).collect() }
    }
}

/// The past of one group: stretches before the last change of level, and the stretch since.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Past {
    pub(super) older: Vec<Vec<f64>>,
    pub(super) since: Vec<f64>,
}

/// Which boots of each side are of which group, and which of the history count: the same for all series.
pub(super) struct Members {
    groups: usize,
    pub(super) base: Vec<Option<usize>>,
    pub(super) new: Vec<Option<usize>>,
    past: Vec<Option<usize>>,
    history: Vec<usize>,
}

impl Members {
    pub(super) fn of(pairing: &Pairing, history: &History) -> Members {
        let mut past = vec![None; pairing.past.boots.len()];
        for at in &history.boots {
            past[*at] = pairing.group_of(&pairing.past.boots[*at]);
        }
        Members {
            groups: pairing.group_count(),
            base: pairing.groups_of(pairing.base),
            new: pairing.groups_of(pairing.new),
            past,
            history: history.boots.clone(),
        }
    }

    /// The values of each group in points of a side, in their order.
    pub(super) fn by_group(&self, side: &[Option<usize>], points: &[Point]) -> Vec<Vec<f64>> {
        let mut values = vec![Vec::new(); self.groups];
        for point in points {
            if let Some(group) = side[point.boot] {
                values[group].push(point.value);
            }
        }
        values
    }

    /// The values that a candidate is judged by, each with its boot. Those of the history are in the order of time.
    pub(super) fn points(&self, candidate: &Candidate) -> Points {
        let of = |points: &[Point], counts: &[Option<usize>]| {
            let counted = points.iter().filter(|point| counts[point.boot].is_some());
            counted.map(|point| (point.boot, point.value)).collect::<Vec<_>>()
        };
        let by_boot: HashMap<usize, f64> = of(&candidate.past, &self.past).into_iter().collect();
        let past = self.history.iter().filter_map(|at| Some((*at, *by_boot.get(at)?))).collect();
        Points { past, base: of(&candidate.base, &self.base), new: of(&candidate.new, &self.new) }
    }

    /// The past of a series in each group. `points` are of the history.
    pub(super) fn past(&self, points: &[Point]) -> Vec<Past> {
        let by_boot: HashMap<usize, f64> = points.iter().map(|point| (point.boot, point.value)).collect();
        let in_order =
            self.history.iter().filter_map(|at| Some(Point { boot: *at, value: *by_boot.get(at)?, samples: 1 }));
        let of_groups = self.by_group(&self.past, &in_order.collect::<Vec<Point>>());
        of_groups.iter().map(|values| cut(values)).collect()
    }
}

/// Cuts a series at its changes of level. Values that are no numbers are the comparison's to refuse.
fn cut(values: &[f64]) -> Past {
    let changes = change_points(values, &Sensitivity::default()).unwrap_or_default();
    let edges: Vec<usize> = std::iter::once(0).chain(changes.iter().map(|change| change.at)).collect();
    let (last, before) = (edges.last().copied().unwrap_or(0), edges.windows(2));
    Past { older: before.map(|edge| values[edge[0]..edge[1]].to_vec()).collect(), since: values[last..].to_vec() }
}

/// How far builds of one source differ, where the history and the base have enough builds of several boots.
pub(super) fn jitter(pairing: &Pairing, members: &Members, past: &[Point], base: &[Point]) -> Option<f64> {
    let mut builds: Vec<BTreeMap<&str, Vec<f64>>> = vec![BTreeMap::new(); members.groups];
    for (points, groups, side) in [(past, &members.past, pairing.past), (base, &members.base, pairing.base)] {
        for point in points {
            if let (Some(group), Some(build)) = (groups[point.boot], side.boots[point.boot].build.as_deref()) {
                builds[group].entry(build).or_default().push(point.value);
            }
        }
    }
    // Boards have levels of their own: only builds of one board are held against each other.
    let of_group = |builds: &BTreeMap<&str, Vec<f64>>| {
        jitter_of_builds(&builds.values().map(Vec::as_slice).collect::<Vec<&[f64]>>())
    };
    builds.iter().filter_map(of_group).reduce(f64::max)
}
