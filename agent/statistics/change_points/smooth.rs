//! A series before it is split: in units of its noise, its spikes drawn in.

use crate::statistics::median;

/// How wide the rolling median is.
const WINDOW: usize = 17;
/// How far from the rolling median a value may be, in spreads around it.
const FAR: f64 = 5.0;
/// The median absolute deviation of normal noise is its standard deviation divided by this.
const NORMAL: f64 = 1.4826;
/// Rounding to a step has this share of the step as its standard deviation: 1 / sqrt(12).
const ROUNDING: f64 = 3.464_101_615_137_754_6;
/// Nothing is further from the median than this many noises: squares of it add up without loss of range.
const FURTHEST: f64 = 1e9;

/// The series less its median, in units of its noise, with each value at most 5 spreads from the rolling median.
///
/// `None` where it has no noise, so that no unit is left: all values are 0.
pub(super) fn winsorised(values: &[f64]) -> Option<Vec<f64>> {
    // Values near the ends of what a number can hold: differences must be numbers too.
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let unit = if (1e-100..1e100).contains(&largest) { 1.0 } else { largest };
    let values: Vec<f64> = values.iter().map(|value| value / unit).collect();
    let middle = median_unordered(&mut values.clone())?;
    let noise = noise(&values, middle)?;
    let rolling = rolling_median(&values);
    let mut far: Vec<f64> = values.iter().zip(&rolling).map(|(value, level)| (value - level).abs()).collect();
    let limit = FAR * (NORMAL * median_unordered(&mut far)?).max(noise);
    let drawn_in = values.iter().zip(&rolling).map(|(value, level)| level + (value - level).clamp(-limit, limit));
    Some(drawn_in.map(|value| ((value - middle) / noise).clamp(-FURTHEST, FURTHEST)).collect())
}

/// The noise from boot to boot. Values of few digits have a deviation of 0: then it is that of rounding.
fn noise(values: &[f64], middle: f64) -> Option<f64> {
    let mut differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let between_neighbours = smallest_positive(differences.iter().map(|difference| difference.abs()));
    let centre = median_unordered(&mut differences)?;
    differences.iter_mut().for_each(|difference| *difference = (*difference - centre).abs());
    let deviation = NORMAL * median_unordered(&mut differences)? / std::f64::consts::SQRT_2;
    let noise = deviation.max(1e-4 * middle.abs());
    // No gap between two values is larger than the smallest step between neighbours, so that most series need no sorting.
    let noise = if between_neighbours / ROUNDING > noise { noise.max(smallest_gap(values) / ROUNDING) } else { noise };
    (noise > 0.0).then_some(noise)
}

/// The smallest difference between two values that are not equal; 0 where all are.
fn smallest_gap(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    smallest_positive(sorted.windows(2).map(|pair| pair[1] - pair[0]))
}

fn smallest_positive(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.filter(|number| *number > 0.0).min_by(f64::total_cmp).unwrap_or(0.0)
}

/// The median without sorting everything: `numbers` change their order.
fn median_unordered(numbers: &mut [f64]) -> Option<f64> {
    let (middle, even) = (numbers.len() / 2, numbers.len().is_multiple_of(2));
    if numbers.is_empty() {
        return None;
    }
    let (below, high, _) = numbers.select_nth_unstable_by(middle, f64::total_cmp);
    let low = below.iter().copied().max_by(f64::total_cmp).filter(|_| even);
    Some(low.map_or(*high, |low| (low + *high) / 2.0))
}

/// The median of the 17 values around each one; cut at the ends. All are finite.
pub fn rolling_median(values: &[f64]) -> Vec<f64> {
    let half = WINDOW / 2;
    let near = |at: usize| &values[at.saturating_sub(half)..(at + half + 1).min(values.len())];
    let of_few = |at: usize| median(&mut near(at).to_vec()).unwrap_or(0.0);
    let Some((first, rest)) = values.split_first_chunk::<WINDOW>() else {
        return (0..values.len()).map(of_few).collect();
    };
    let mut medians: Vec<f64> = (0..half).map(of_few).collect();
    let mut sorted = *first;
    sorted.sort_unstable_by(f64::total_cmp);
    medians.push(sorted[half]);
    for (old, new) in values.iter().zip(rest) {
        exchange(&mut sorted, *old, *new);
        medians.push(sorted[half]);
    }
    medians.extend((values.len() - half..values.len()).map(of_few));
    medians
}

/// Takes `old` out of sorted numbers and puts `new` in its place in the order: without branches, so that the processor moves
/// several at once.
fn exchange(sorted: &mut [f64; WINDOW], old: f64, new: f64) {
    // One place for each number that stays, with ends that no number passes.
    let mut rest = [f64::NEG_INFINITY; WINDOW + 1];
    rest[WINDOW] = f64::INFINITY;
    for at in 1..WINDOW {
        rest[at] = if sorted[at - 1] < old { sorted[at - 1] } else { sorted[at] };
    }
    for at in 0..WINDOW {
        let (below, above) = (rest[at], rest[at + 1]);
        let lower = if above < new { above } else { new };
        sorted[at] = if below > lower { below } else { lower };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rolling_median_is_that_of_each_window() {
        let values: Vec<f64> = (0..60_u32).map(|at| f64::from(at * at * 7 % 23) - 9.0).collect();
        for length in [0, 1, 5, 9, 16, 17, 18, 60] {
            let values = &values[..length];
            let found = rolling_median(values);
            assert_eq!(found.len(), length);
            for (at, found) in found.iter().enumerate() {
                let mut window = values[at.saturating_sub(8)..(at + 9).min(length)].to_vec();
                assert_eq!(Some(*found), median(&mut window), "{at} of {length}");
            }
        }
    }

    #[test]
    fn noise_of_few_digits_is_that_of_rounding() {
        let whole: Vec<f64> = (0..40).map(|at| if at < 20 { 0.0 } else { 3.0 }).collect();
        assert_eq!(noise(&whole, 0.0), Some(3.0 / 12.0_f64.sqrt()));
        assert_eq!(noise(&[7.0; 20], 7.0), Some(7e-4));
        assert_eq!(noise(&[0.0; 20], 0.0), None);
    }
}
