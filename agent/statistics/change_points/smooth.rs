//! A series before it is split: in units of its noise, its spikes drawn in.

use crate::statistics::median;

/// How wide the rolling median is.
const WINDOW: usize = 17;
/// How far from the rolling median a value may be, in spreads around it.
const FAR: f64 = 5.0;
/// The median absolute deviation of normal noise is its standard deviation divided by this.
const NORMAL: f64 = 1.4826;
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
    let mut sorted = values.clone();
    let middle = median(&mut sorted)?;
    let noise = noise(&values, &sorted, middle)?;
    let rolling = rolling_median(&values);
    let mut far: Vec<f64> = values.iter().zip(&rolling).map(|(value, level)| (value - level).abs()).collect();
    let limit = FAR * (NORMAL * median_unordered(&mut far)?).max(noise);
    let drawn_in = values.iter().zip(&rolling).map(|(value, level)| level + (value - level).clamp(-limit, limit));
    Some(drawn_in.map(|value| ((value - middle) / noise).clamp(-FURTHEST, FURTHEST)).collect())
}

/// The noise from boot to boot. Values of few digits have a deviation of 0: then it is that of rounding.
fn noise(values: &[f64], sorted: &[f64], middle: f64) -> Option<f64> {
    let mut differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let centre = median_unordered(&mut differences)?;
    differences.iter_mut().for_each(|difference| *difference = (*difference - centre).abs());
    let deviation = NORMAL * median_unordered(&mut differences)? / std::f64::consts::SQRT_2;
    let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0);
    let smallest_gap = gaps.min_by(f64::total_cmp).unwrap_or(0.0);
    let noise = deviation.max(smallest_gap / 12.0_f64.sqrt()).max(1e-4 * middle.abs());
    (noise > 0.0).then_some(noise)
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
    let mut window: Vec<f64> = Vec::with_capacity(WINDOW + 1);
    let position = |window: &[f64], value: f64| window.iter().map(|other| usize::from(*other < value)).sum::<usize>();
    for value in &values[..half.min(values.len())] {
        window.insert(position(&window, *value), *value);
    }
    let mut medians = Vec::with_capacity(values.len());
    for at in 0..values.len() {
        if let Some(value) = values.get(at + half) {
            window.insert(position(&window, *value), *value);
        }
        if at > half {
            window.remove(position(&window, values[at - half - 1]));
        }
        let middle = window.len() / 2;
        let low = if window.len().is_multiple_of(2) { window[middle - 1] } else { window[middle] };
        medians.push((low + window[middle]) / 2.0);
    }
    medians
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
        assert_eq!(noise(&whole, &whole, 0.0), Some(3.0 / 12.0_f64.sqrt()));
        assert_eq!(noise(&[7.0; 20], &[7.0; 20], 7.0), Some(7e-4));
        assert_eq!(noise(&[0.0; 20], &[0.0; 20], 0.0), None);
    }
}
