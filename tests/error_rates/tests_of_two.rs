//! Classical tests of two samples, for the rules of other tools.

use lava_bench::statistics::{arithmetic_mean, standard_deviation, t_test_p_value};
use std::sync::LazyLock;

pub(crate) fn mean(values: &[f64]) -> f64 {
    arithmetic_mean(values).unwrap()
}

/// The standard deviation; 0 of one value.
pub(crate) fn spread(values: &[f64]) -> f64 {
    standard_deviation(values, mean(values)).unwrap_or(0.0)
}

/// The two-sided p of a difference in units of its error; without any error every difference is certain.
fn p_of(difference: f64, variance: f64, df: f64) -> f64 {
    if variance == 0.0 {
        return if difference == 0.0 { 1.0 } else { 0.0 };
    }
    t_test_p_value(difference / variance.sqrt(), df).unwrap_or(1.0)
}

fn shares(a: &[f64], b: &[f64]) -> (f64, f64) {
    (spread(a).powi(2) / a.len() as f64, spread(b).powi(2) / b.len() as f64)
}

/// Welch 1947. 1 with fewer than two values a side.
pub(crate) fn welch_p(a: &[f64], b: &[f64]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 1.0;
    }
    let (va, vb) = shares(a, b);
    let df = (va + vb).powi(2) / (va * va / (a.len() - 1) as f64 + vb * vb / (b.len() - 1) as f64);
    p_of(mean(b) - mean(a), va + vb, df)
}

/// The t of Welch with the degrees of freedom of Student, as MMTests has it.
pub(crate) fn student_p(a: &[f64], b: &[f64]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 1.0;
    }
    let (va, vb) = shares(a, b);
    p_of(mean(b) - mean(a), va + vb, (a.len() + b.len() - 2) as f64)
}

/// The distance of the means in pooled deviations.
pub(crate) fn cohen_d(a: &[f64], b: &[f64]) -> f64 {
    let squares = |side: &[f64]| spread(side).powi(2) * (side.len() - 1) as f64;
    let pooled = ((squares(a) + squares(b)) / ((a.len() + b.len()).max(3) - 2) as f64).sqrt();
    (mean(b) - mean(a)).abs() / pooled
}

/// Mann and Whitney 1947, two-sided: exact with few values and no ties, otherwise normal with the corrections for ties
/// and continuity.
pub(crate) fn mann_whitney_p(a: &[f64], b: &[f64]) -> f64 {
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y)));
    let u: f64 = pairs
        .map(|(x, y)| {
            if x < y {
                1.0
            } else if x == y {
                0.5
            } else {
                0.0
            }
        })
        .sum();
    let far = u.max((a.len() * b.len()) as f64 - u);
    let mut all = [a, b].concat();
    all.sort_unstable_by(f64::total_cmp);
    let ties: Vec<f64> =
        all.chunk_by(|x, y| x == y).map(|equal| equal.len() as f64).filter(|size| *size > 1.0).collect();
    if ties.is_empty() && a.len().min(b.len()) <= 8 {
        return (2.0 * exact_tail(a.len(), b.len(), far)).min(1.0);
    }
    let (m, n) = (a.len() as f64, b.len() as f64);
    let correction = ties.iter().map(|size| size.powi(3) - size).sum::<f64>() / ((m + n) * (m + n - 1.0));
    let deviation = (m * n / 12.0 * (m + n + 1.0 - correction)).sqrt();
    if deviation == 0.0 {
        return 1.0;
    }
    t_test_p_value(((far - m * n / 2.0 - 0.5) / deviation).max(0.0), 1e6).unwrap_or(1.0)
}

/// The probability that U is at least `far`. The counts are the coefficients of Gauss' binomial, the product over i of
/// (1 - q^(a + i)) / (1 - q^i).
fn exact_tail(a: usize, b: usize, far: f64) -> f64 {
    let mut ways = vec![0.0; a * b + 1];
    ways[0] = 1.0;
    for i in 1..=b {
        (a + i..=a * b).rev().for_each(|u| ways[u] -= ways[u - a - i]);
        (i..=a * b).for_each(|u| ways[u] += ways[u - i]);
    }
    let tail: f64 = ways.iter().enumerate().filter(|(u, _)| *u as f64 >= far).map(|(_, ways)| ways).sum();
    tail / ways.iter().sum::<f64>()
}

/// The 97.5 % quantile of t with 1 to 30 degrees of freedom.
pub(crate) fn t_quantile_975(df: usize) -> f64 {
    static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| (1..=30).map(|df| quantile_975(f64::from(df))).collect());
    TABLE[df - 1]
}

fn quantile_975(df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if t_test_p_value(middle, df).unwrap() > 0.05 { low = middle } else { high = middle }
    }
    high
}

#[test]
fn are_those_of_scipy() {
    let (a, b) = ([1.0, 2.5, 3.0, 4.2], [3.5, 5.0, 6.1]);
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    // scipy 1.16: ttest_ind(equal_var=False), mannwhitneyu (exact; with ties), t.ppf
    near(welch_p(&a, &b), 0.08677120965464803);
    near(mann_whitney_p(&a, &b), 0.11428571428571428);
    near(mann_whitney_p(&[1.0, 2.0, 2.0, 3.0], &[2.0, 4.0, 5.0]), 0.19908985214820463);
    near(mann_whitney_p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1);
    near(t_quantile_975(2), 4.302652729911275);
}
