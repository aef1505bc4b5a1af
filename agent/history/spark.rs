//! Values -> one line of characters as high as they are.

use crate::statistics::median;

/// The most characters.
const WIDEST: usize = 60;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 5] = ['_', '.', '-', '=', '^'];

/// At most 60 characters, each for the median of as many values as the others, give or take one. `range` is from the lowest
/// to the highest character; values beyond it are drawn in.
pub(super) fn sparkline(values: &[f64], range: (f64, f64), unicode: bool) -> String {
    let cells = values.len().min(WIDEST);
    let glyphs: &[char] = if unicode { &BLOCKS } else { &ASCII };
    let (low, high) = range;
    let cell = |at: usize| {
        let (from, to) = (at * values.len() / cells, (at + 1) * values.len() / cells);
        let middle = median(&mut values[from..to].to_vec())?;
        // Halves, so that the width of the range is a number too.
        let width = high / 2.0 - low / 2.0;
        let share = if width > 0.0 { ((middle / 2.0 - low / 2.0) / width).clamp(0.0, 1.0) } else { 0.0 };
        glyphs.get((share * glyphs.len() as f64) as usize).or(glyphs.last())
    };
    (0..cells).filter_map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_high_as_the_values() {
        let line = |values: &[f64], unicode| sparkline(values, (0.0, 7.0), unicode);
        assert_eq!(line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 99.0, -5.0], true), "▁▂▃▄▅▆▇██▁");
        assert_eq!(line(&[0.0, 2.0, 3.5, 5.0, 7.0], false), "_.-=^");
        assert_eq!(sparkline(&[3.0; 4], (3.0, 3.0), false), "____");
        assert_eq!(sparkline(&[], (0.0, 0.0), false), "");
        assert_eq!(sparkline(&[-1e308, 1e308], (-1e308, 1e308), false), "_^");
    }

    #[test]
    fn has_the_median_of_each_bucket() {
        let values: Vec<f64> = (0..6000).map(|at| if at % 100 == 0 { 1e9 } else { f64::from(at / 3000) }).collect();
        assert_eq!(sparkline(&values, (0.0, 1.0), false), "_".repeat(30) + &"^".repeat(30));
        assert_eq!(sparkline(&vec![1.0; 61], (0.0, 1.0), false).len(), 60);
    }
}
