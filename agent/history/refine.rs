//! Change points -> the same, each at the place that fits best.
//!
//! Segments of fewer than 8 boots are not looked for, so a jump 5 boots before the end, or before the next change, is found
//! some boots too early. Whoever bisects needs its own place.

use crate::statistics::{
    change_points::{ChangePoint, Sensitivity},
    median,
};

/// How far a change point may move: more room than that, and it would have been found there.
const FARTHEST: usize = 7;

/// The fewest boots on each side of its new place: fewer are spikes.
const FEWEST: usize = 3;

/// The change point at the best place for one step within `from..to`, at most 7 boots away. Values count as at most `limit`
/// beyond the two levels, so that a spike draws nothing to it.
pub(super) fn refined(point: ChangePoint, values: &[f64], limit: f64, from: usize, to: usize) -> ChangePoint {
    let level = |values: &[f64]| median(&mut values.to_vec());
    let (Some(old), Some(new)) = (level(&values[from..point.at]), level(&values[point.at..to])) else { return point };
    let (low, high) = (old.min(new) - limit, old.max(new) + limit);
    let drawn_in: Vec<f64> = values[from..to].iter().map(|value| value.clamp(low, high)).collect();
    let explained = explained(&drawn_in);
    let near = point.at.saturating_sub(FARTHEST).max(from + FEWEST)
        ..(point.at + FARTHEST + 1).min((to + 1).saturating_sub(FEWEST));
    let gain = |at: &usize| explained.get(at - from).copied().unwrap_or(0.0);
    let best = near.max_by(|a, b| gain(a).total_cmp(&gain(b))).unwrap_or(point.at);
    if best == point.at || gain(&best) <= gain(&point.at) {
        point
    } else {
        let side = Sensitivity::default().side;
        let around = from.max(best.saturating_sub(side))..to.min(best + side);
        ChangePoint::measured(best, around, values, point.scale).unwrap_or(point)
    }
}

/// How much of the squares a step explains, for each number of values before it.
pub(super) fn explained(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut sum = 0.0;
    let of_step = |(before, value): (usize, &f64)| {
        sum += value - mean;
        let after = values.len() - before;
        sum * sum * (1.0 / before as f64 + 1.0 / after as f64)
    };
    std::iter::once(0.0).chain((1..values.len()).zip(values).map(of_step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::change_points::change_points;

    #[test]
    fn a_jump_shortly_before_the_end_is_where_it_is() {
        let values: Vec<f64> = (0..120).map(|at| (at * 7 % 5) as f64 / 200.0 + f64::from(at >= 115)).collect();
        let raw: Vec<f64> = values.iter().map(|value| value.exp()).collect();
        let found = change_points(&raw, &Sensitivity::default()).unwrap();
        assert_eq!(found.iter().map(|point| point.at).collect::<Vec<_>>(), [112]);
        let point = refined(found[0], &values, 0.1, 0, 120);
        assert!(point.at == 115 && point.t > found[0].t && (point.effect - 1.0).abs() < 0.02, "{point:?}");
        assert_eq!(refined(point, &values, 0.1, 0, 120), point);
        // A spike beside it draws nothing to it.
        let mut spiky = values.clone();
        spiky[114] = -9.0;
        assert_eq!(refined(point, &spiky, 0.1, 0, 120).at, 115);
    }

    #[test]
    fn what_a_step_explains_is_what_it_takes_away() {
        let values = [1.0, 2.0, 4.0, 9.0, 7.0];
        let squares = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        };
        for (at, explained) in explained(&values).iter().enumerate().skip(1) {
            let left = squares(&values[..at]) + squares(&values[at..]);
            assert!((squares(&values) - left - explained).abs() < 1e-9, "{at}");
        }
    }
}
