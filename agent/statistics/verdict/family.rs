//! Families of metrics: false discovery rates, and the index of a benchmark.

use super::Direction;

/// For each p-value the share of false ones among those that are at least as small (Benjamini and Hochberg 1995).
pub fn false_discovery_rates(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut rates = vec![1.0; p.len()];
    let mut smallest = 1.0_f64;
    for (larger, at) in order.into_iter().enumerate() {
        let rank = (p.len() - larger) as f64;
        smallest = smallest.min(p[at] * p.len() as f64 / rank);
        rates[at] = smallest;
    }
    rates
}

/// The index of a benchmark: for each boot the geometric mean over the metrics, those where less is better turned over, so
/// that more is better. Metrics without a direction are left out.
///
/// Each metric has one value a boot, in the same order. `None` where none has a direction, where their numbers of boots
/// differ, or where a value is not positive and finite.
pub fn index(metrics: &[(&[f64], Direction)]) -> Option<Vec<f64>> {
    let directed: Vec<_> = metrics.iter().filter(|(_, direction)| *direction != Direction::Neither).collect();
    let boots = directed.first()?.0.len();
    let mut logarithms = vec![0.0; boots];
    for (values, direction) in &directed {
        if values.len() != boots || !values.iter().all(|value| *value > 0.0 && value.is_finite()) {
            return None;
        }
        let sign = if *direction == Direction::Lower { -1.0 } else { 1.0 };
        logarithms.iter_mut().zip(*values).for_each(|(sum, value)| *sum += sign * value.ln());
    }
    Some(logarithms.into_iter().map(|sum| (sum / directed.len() as f64).exp()).collect())
}
