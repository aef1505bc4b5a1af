//! A level, a line, another level: numbers in order -> where a slow change begins and ends, and how large it is.

use super::{shift::Model, student};

/// How many positions are tried for each end of the line, before the best is refined.
const GRID: usize = 64;

/// The line between two levels that fits numbers best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// The first number that is not of the old level; 0 where the line is there from the beginning.
    pub begin: usize,
    /// The first number of the new level; how many numbers there are where the line has not ended.
    pub end: usize,
    /// How much the new level is above the old one.
    pub rise: f64,
    /// The standard error of `rise`, builds' jitter included.
    pub se: f64,
    /// The degrees of freedom of `se`.
    pub df: f64,
    /// The sum of the squares around it.
    pub squares: f64,
}

impl Ramp {
    /// How far `rise` is from 0, in standard errors.
    pub fn t(&self) -> f64 {
        self.rise / self.se
    }

    /// How often chance alone gets as far.
    pub fn p(&self) -> f64 {
        student::two_sided(self.t(), self.df)
    }

    /// The 90 % interval of `rise`.
    pub fn interval(&self) -> (f64, f64) {
        let (mut low, mut high) = (1.0, 10.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if student::two_sided(middle, self.df) > 0.1 { low = middle } else { high = middle }
        }
        (self.rise - low * self.se, self.rise + low * self.se)
    }
}

/// The line of at least `shortest` numbers between two levels that leaves the least squares. Both levels may be empty.
///
/// `None` of fewer than `shortest` numbers or fewer than 5, or where they all are equal. All numbers are finite and below
/// 1e60 in magnitude.
pub fn fit(numbers: &[f64], shortest: usize) -> Option<Ramp> {
    let count = numbers.len();
    if count < shortest.max(5) {
        return None;
    }
    let sums = Sums::new(numbers);
    let mut best: Option<(f64, usize, usize)> = None;
    let mut consider = |begin: usize, end: usize| {
        let longer = sums.gain(begin, end);
        if end <= count && begin + shortest <= end && best.is_none_or(|(gain, _, _)| longer > gain) {
            best = Some((longer, begin, end));
        }
        best.map(|(_, begin, end)| (begin, end))
    };
    let mut step = count.div_ceil(GRID);
    for begin in (0..count).step_by(step) {
        for end in (begin + shortest..count).step_by(step).chain([count]) {
            consider(begin, end);
        }
    }
    let (mut begin, mut end) = consider(0, count)?;
    while step > 0 {
        for (left, right) in (0..9).map(|at| (at / 3, at % 3)) {
            let (left, right) = ((begin + left * step).saturating_sub(step), (end + right * step).saturating_sub(step));
            consider(left, right.min(count));
        }
        let found = consider(begin, end)?;
        if found == (begin, end) {
            step /= 2;
        }
        (begin, end) = found;
    }
    sums.ramp(begin, end)
}

/// Sums of numbers, less their mean, up to each position.
struct Sums {
    count: usize,
    plain: Vec<f64>,
    /// Each number times its position.
    weighted: Vec<f64>,
    squares: f64,
}

impl Sums {
    fn new(numbers: &[f64]) -> Sums {
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let (mut plain, mut weighted, mut squares) = (vec![0.0], vec![0.0], 0.0);
        for (at, number) in numbers.iter().map(|number| number - mean).enumerate() {
            plain.push(plain[at] + number);
            weighted.push(weighted[at] + number * at as f64);
            squares += number * number;
        }
        Sums { count: numbers.len(), plain, weighted, squares }
    }

    /// The sums of squares and of products of the line from 0 to 1 between two positions, less its mean.
    fn products(&self, begin: usize, end: usize) -> (f64, f64) {
        let (all, length, after) = (self.count as f64, (end - begin) as f64, (self.count - end) as f64);
        let sum = length / 2.0 + after;
        let squares = length / 3.0 - 1.0 / (12.0 * length) + after - sum * sum / all;
        let inside = self.plain[end] - self.plain[begin];
        let line = (self.weighted[end] - self.weighted[begin] - (begin as f64 - 0.5) * inside) / length;
        (squares, line + self.plain[self.count] - self.plain[end])
    }

    /// How much of the squares a line between two positions explains; nothing where there is no room for one.
    fn gain(&self, begin: usize, end: usize) -> f64 {
        if begin >= end || end > self.count {
            return 0.0;
        }
        let (squares, product) = self.products(begin, end);
        if squares > 0.0 { product * product / squares } else { 0.0 }
    }

    fn ramp(&self, begin: usize, end: usize) -> Option<Ramp> {
        let (spread, product) = self.products(begin, end);
        let rise = product / spread;
        let squares = (self.squares - product * rise).max(0.0);
        let df = self.count as f64 - 4.0;
        let jitter = Model::COMPARE.jitter;
        let se = (squares / df / spread + jitter * jitter).sqrt();
        (rise != 0.0 && rise.is_finite()).then_some(Ramp { begin, end, rise, se, df, squares })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(before: usize, length: usize, after: usize, rise: f64) -> Vec<f64> {
        let ramp = (0..length).map(|at| 5.0 + rise * (at as f64 + 0.5) / length as f64);
        std::iter::repeat_n(5.0, before).chain(ramp).chain(std::iter::repeat_n(5.0 + rise, after)).collect()
    }

    #[test]
    fn a_line_between_two_levels_is_found_where_it_is() {
        for (before, length, after, rise) in
            [(50, 40, 60, 0.2), (30, 300, 10, -3.0), (20, 100, 0, 1.0), (700, 60, 900, 0.1)]
        {
            let found = fit(&line(before, length, after, rise), 16).unwrap();
            assert_eq!((found.begin, found.end), (before, before + length));
            assert!((found.rise - rise).abs() < 1e-9 && found.squares < 1e-9, "{found:?}");
        }
        let found = fit(&line(0, 80, 0, 1.0), 16).unwrap();
        assert!((found.rise / (found.end - found.begin) as f64 - 1.0 / 80.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn its_squares_are_those_around_it() {
        let noise: Vec<f64> = (0..90_u32).map(|at| f64::from(at * 37 % 11) / 10.0).collect();
        let numbers: Vec<f64> = line(30, 30, 30, 9.0).iter().zip(&noise).map(|(a, b)| a + b).collect();
        let found = fit(&numbers, 16).unwrap();
        let x = |at: usize| {
            let length = (found.end - found.begin) as f64;
            ((at as f64 - found.begin as f64 + 0.5) / length).clamp(0.0, 1.0)
        };
        let base = (0..90).map(|at| numbers[at] - found.rise * x(at)).sum::<f64>() / 90.0;
        let squares: f64 = (0..90).map(|at| (numbers[at] - base - found.rise * x(at)).powi(2)).sum();
        assert!((squares - found.squares).abs() < 1e-9, "{squares} {found:?}");
        let (low, high) = found.interval();
        assert!(
            low < found.rise
                && found.rise < high
                && (student::two_sided(found.t(), found.df) - found.p()).abs() < 1e-15
        );
        assert!((student::two_sided((high - found.rise) / found.se, found.df) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn there_is_none_without_enough_numbers_or_a_difference() {
        assert_eq!(fit(&[1.0; 100], 16), None);
        assert_eq!(fit(&[1.0, 2.0, 3.0, 4.0], 2), None);
        assert_eq!(fit(&[], 16), None);
    }
}
