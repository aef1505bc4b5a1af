//! Tables in text: aligned, and never wider than what is given.

use super::lead::shortened;
use crate::{
    compare::number,
    report::document::{Document, MetricFields},
    statistics::median,
    text::{left, right, visible},
};

/// How wide a kernel's name is in a table of boots, and how many boots it has.
const KERNEL: usize = 20;
const MOST_BOOTS: usize = 12;

/// Rows of equal length in lines: a cell is as wide as the widest in its column; the columns in `numbers` end together.
pub(super) fn aligned(rows: &[Vec<String>], numbers: &[usize]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let shown: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect()).collect();
    let width =
        |at: usize| shown.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let cell = |(at, cell): (usize, &String)| {
        if numbers.contains(&at) { right(cell, widths[at]) } else { left(cell, widths[at]) }
    };
    let line =
        |row: &Vec<String>| row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_string();
    shown.iter().map(line).collect()
}

/// The boots of a finding, side by side, 50 columns at most.
pub(super) fn boots(metric: &MetricFields, document: &Document) -> Vec<String> {
    let kernel = |side: &crate::report::document::SideFields, name: &str| match &side.kernels[..] {
        [one] => shortened(one.name.split(" #").next().unwrap_or(&one.name), KERNEL),
        _ => name.to_string(),
    };
    let (base, new) = (&metric.points.base, &metric.points.new);
    let value = |side: &[(usize, f64)], at: usize| side.get(at).map(|(_, value)| number(*value)).unwrap_or_default();
    let middle = |side: &[(usize, f64)]| {
        median(&mut side.iter().map(|(_, value)| *value).collect::<Vec<f64>>()).map(number).unwrap_or_default()
    };
    let most = base.len().max(new.len());
    if most == 0 {
        return Vec::new();
    }
    let mut rows = vec![vec!["boot".into(), kernel(&document.base, "base"), kernel(&document.new, "new")]];
    rows.extend((0..most.min(MOST_BOOTS)).map(|at| vec![(at + 1).to_string(), value(base, at), value(new, at)]));
    if most > MOST_BOOTS {
        rows.push(vec!["...".into(), String::new(), String::new()]);
    }
    rows.push(vec!["median".into(), middle(base), middle(new)]);
    aligned(&rows, &[1, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".to_string(), "1".into()], vec!["long".into(), "100".into()]];
        assert_eq!(aligned(&rows, &[1]), ["a       1", "long  100"]);
    }
}
