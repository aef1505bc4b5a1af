//! Numbers -> SVG without a letter in it: letters stand around it, in the page, where a phone and a screen reader have them too.
//!
//! A dot is a path without length and with a round or a square end: a few bytes each, and round at any width.

use crate::{compare::number, report::templates::Drawing, statistics::median};
use serde::Serialize;
use std::fmt::Write;

/// How wide a drawing is, in its own units.
const WIDE: f64 = 1000.0;
/// How high a lane is.
pub(super) const LANE: usize = 26;
/// How wide and how high a strip in a table is.
const STRIP: (f64, f64) = (120.0, 16.0);

/// What is drawn, from where to where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// The range of values, with some room; `None` of none.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Range> {
        let mut finite = values.into_iter().filter(|value| value.is_finite());
        let first = finite.next()?;
        let (low, high) = finite.fold((first, first), |(low, high), value| (low.min(value), high.max(value)));
        // Halves, so that the width is a number too.
        let room = if low < high { (high / 2.0 - low / 2.0) * 0.08 } else { low.abs().max(1e-9) * 0.05 };
        Some(Range { low: (low - room).max(f64::MIN), high: (high + room).min(f64::MAX) })
    }

    /// Where a value is: 0 is at the low end, 1 at the high one.
    fn share(self, value: f64) -> f64 {
        let width = self.high / 2.0 - self.low / 2.0;
        let share = (value / 2.0 - self.low / 2.0) / width;
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
    }
}

/// A mark below a drawing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tick {
    /// Where, in per cent of the width.
    at: String,
    text: String,
}

/// Up to five round numbers in a range.
pub(super) fn ticks(range: Range) -> Vec<Tick> {
    let width = range.high - range.low;
    if !width.is_finite() || width <= 0.0 {
        return Vec::new();
    }
    let rough = width / 4.0;
    let ten = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * ten).into_iter().find(|step| *step >= rough).unwrap_or(ten);
    let first = (range.low / step).ceil();
    let values = (0..6).map(|at| (first + f64::from(at)) * step).filter(|value| *value <= range.high);
    let tick = |value: f64| (range.share(value) * 100.0, number(value));
    let inside = |(at, _): &(f64, String)| (3.0..=97.0).contains(at);
    values.map(tick).filter(inside).map(|(at, text)| Tick { at: format!("{at:.1}"), text }).collect()
}

/// The boots of one side.
pub(super) struct Lane {
    pub(super) class: &'static str,
    pub(super) values: Vec<f64>,
    /// From where to where a line is drawn over them.
    pub(super) interval: Option<(f64, f64)>,
}

/// One lane below the other: a dot a boot, a bar for their median.
pub(super) fn lanes(lanes: &[Lane], range: Range) -> Drawing {
    let height = lanes.len() * LANE;
    let mut svg = format!(
        r#"<svg class="lanes" viewBox="0 0 1000 {height}" height="{height}" preserveAspectRatio="none" aria-hidden="true">"#
    );
    let x = |value: f64| (range.share(value) * WIDE).round();
    for (at, lane) in lanes.iter().enumerate() {
        let middle = at * LANE + LANE / 2;
        if let Some((low, high)) = lane.interval {
            let (from, to) = (x(low.min(high)), x(low.max(high)));
            let y = middle + 10;
            let _ = write!(svg, r#"<path class="interval" d="M{from} {y}H{to}M{from} {}v6M{to} {}v6"/>"#, y - 3, y - 3);
        }
        // Boots with equal values are seen apart.
        let dots = lane.values.iter().enumerate().map(|(number, value)| (x(*value), middle + number % 3 * 4 - 4));
        let dots = dots.fold(String::new(), |mut all, (x, y)| {
            let _ = write!(all, "M{x} {y}h0");
            all
        });
        let _ = write!(svg, r#"<path class="{}" d="{dots}"/>"#, lane.class);
        if let Some(median) = median(&mut lane.values.clone()) {
            let _ = write!(svg, r#"<path class="median {}" d="M{} {}v18"/>"#, lane.class, x(median), middle - 9);
        }
    }
    svg.push_str("</svg>");
    Drawing(svg)
}

/// Both sides in a table's cell: the base above, the new side below.
pub(super) fn strip(base: &[(usize, f64)], new: &[(usize, f64)]) -> Drawing {
    let values = || base.iter().chain(new).map(|(_, value)| *value);
    let Some(range) = Range::of(values()) else { return Drawing::default() };
    let dots = |side: &[(usize, f64)], y: u32| {
        let mut at: Vec<u32> = side.iter().map(|(_, value)| (range.share(*value) * STRIP.0) as u32).collect();
        at.sort_unstable();
        at.dedup();
        let mut last = None;
        at.iter().fold(String::new(), |mut all, x| {
            let _ = match last {
                None => write!(all, "M{x} {y}h0"),
                Some(last) => write!(all, "m{} 0h0", x - last),
            };
            last = Some(*x);
            all
        })
    };
    let (base, new) = (dots(base, 5), dots(new, 11));
    let (wide, high) = STRIP;
    Drawing(format!(
        r#"<svg class=strip viewBox="0 0 {wide} {high}" aria-hidden=true><path d="{base}"/><path class=n d="{new}"/></svg>"#
    ))
}

/// A series over time: more than this many boots are drawn as bands.
const MOST_DOTS: usize = 400;
const BANDS: usize = 250;
/// How high a history is.
pub(super) const HIGH: f64 = 140.0;

/// Where in a history something is, in per cent of the width.
pub(super) fn place(at: usize, count: usize) -> f64 {
    if count < 2 { 50.0 } else { at as f64 / (count - 1) as f64 * 98.0 + 1.0 }
}

/// A history: a dot a boot, or for many of them the range and the median of each of some bands; a line at each change.
pub(super) fn history(values: &[f64], range: Range, changes: &[usize]) -> Drawing {
    let mut svg = format!(
        r#"<svg class="over-time" viewBox="0 0 1000 {HIGH}" height="{HIGH}" preserveAspectRatio="none" aria-hidden="true">"#
    );
    let x = |at: usize| place(at, values.len()) * WIDE / 100.0;
    let y = |value: f64| ((1.0 - range.share(value)) * HIGH).round();
    for at in changes {
        let between = (x(*at) + x(at.saturating_sub(1))) / 2.0;
        let _ = write!(svg, r#"<path class="change" d="M{between:.0} 0V{HIGH}"/>"#);
    }
    if values.len() <= MOST_DOTS {
        let dots = values.iter().enumerate().fold(String::new(), |mut all, (at, value)| {
            let _ = write!(all, "M{:.0} {}h0", x(at), y(*value));
            all
        });
        let _ = write!(svg, r#"<path class="dot" d="{dots}"/>"#);
    } else {
        let (mut spread, mut line) = (String::new(), String::new());
        for band in 0..BANDS {
            let (from, to) = (band * values.len() / BANDS, (band + 1) * values.len() / BANDS);
            let part = &values[from..to];
            let (low, high) =
                part.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
            let at = x(from.midpoint(to));
            let _ = write!(spread, "M{at:.0} {}V{}", y(low), y(high));
            if let Some(middle) = median(&mut part.to_vec()) {
                let _ = write!(line, "{}{at:.0} {}", if line.is_empty() { 'M' } else { 'L' }, y(middle));
            }
        }
        let _ = write!(svg, r#"<path class="spread" d="{spread}"/><path class="line" d="{line}"/>"#);
    }
    svg.push_str("</svg>");
    Drawing(svg)
}

/// The lowest and the highest value that a drawing of a range is labelled with.
pub(super) fn ends(values: &[f64]) -> Option<(String, String)> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some((number(low), number(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_any_values() {
        assert_eq!(Range::of([]), None);
        assert_eq!(Range::of([f64::NAN]), None);
        for values in [vec![0.0], vec![5.0, 5.0], vec![f64::MIN, f64::MAX], vec![-1e-300, 1e-300], vec![1.0, 2.0]] {
            let range = Range::of(values.clone()).unwrap();
            let shares: Vec<f64> = values.iter().map(|value| range.share(*value)).collect();
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{values:?}: {shares:?}");
            assert!(ticks(range).len() <= 6);
        }
        let texts: Vec<String> = ticks(Range { low: 3990.0, high: 4230.0 }).into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, ["4000", "4100", "4200"]);
    }

    #[test]
    fn a_drawing_has_no_number_that_is_none() {
        let values = [f64::MIN, 0.0, f64::MAX];
        let range = Range::of(values).unwrap();
        let lane = Lane { class: "base", values: values.into(), interval: Some((f64::NEG_INFINITY, f64::INFINITY)) };
        let many: Vec<f64> = (0..100_000).map(f64::from).collect();
        let long = history(&many, Range::of(many.iter().copied()).unwrap(), &[5, 99_999]);
        assert!(long.0.len() < 20_000, "{}", long.0.len());
        for drawing in
            [lanes(&[lane], range), strip(&[(0, f64::MIN)], &[(0, f64::MAX)]), long, history(&[1.0], range, &[0])]
        {
            assert!(!drawing.0.contains("NaN") && !drawing.0.contains("inf"), "{}", drawing.0);
        }
    }
}
