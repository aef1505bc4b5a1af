//! Values: their texts, calculated with as MMTests' scripts do.

use crate::suites::mmtests::{benchmarks::Batches, number};
use std::borrow::Cow;

/// The text, or what it is after multiplication: with so many significant digits, or the shortest.
pub(super) fn scaled(text: Cow<'_, str>, scale: Option<f64>, digits: Option<usize>) -> Cow<'_, str> {
    let (Some(scale), Some(number)) = (scale, number(&text)) else { return text };
    // 15 digits are what Perl and awk would write.
    rounded(number * scale, digits.unwrap_or(15)).into()
}

/// With so many significant digits; awk writes all of a whole number.
pub(super) fn rounded(number: f64, digits: usize) -> String {
    let digits = if number.fract() == 0.0 { 15 } else { digits };
    format!("{}", format!("{number:.*e}", digits.saturating_sub(1)).parse().unwrap_or(number))
}

/// Without its decimals.
pub(super) fn whole(text: Cow<'_, str>) -> Cow<'_, str> {
    number(&text).map_or(text, |number| number.trunc().to_string().into())
}

/// Which part of `all` is `part`.
pub(super) fn share(part: usize, all: usize, scale: f64) -> String {
    rounded(part as f64 * scale / all as f64, 15)
}

pub(super) fn sum(a: &str, b: &str) -> String {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => format!("{}", a + b),
        _ => a.into(),
    }
}

/// `1:02:03.5` -> `3723.5`.
pub(super) fn seconds(clock: &str) -> Option<String> {
    let mut total = 0.0;
    for part in clock.split(':') {
        total = total * 60.0 + number(part)?;
    }
    Some(rounded(total, 15))
}

/// Amounts that become rates.
#[derive(Default)]
pub(super) struct Batch {
    /// When the file begins, and when the last batch ended.
    started: Option<f64>,
    began: f64,
    lines: usize,
    done: usize,
    amount: f64,
}

impl Batch {
    /// Takes a line's amount: the time since the beginning and the rate, if it ends a batch that counts.
    pub(super) fn add(
        &mut self,
        batches: &Batches,
        time: Option<f64>,
        amount: Option<f64>,
    ) -> Option<(String, String)> {
        let (time, amount) = (time?, amount?);
        let started = *self.started.get_or_insert_with(|| {
            self.began = time;
            time
        });
        self.lines += 1;
        if self.lines <= batches.skip {
            return None;
        }
        self.amount += amount;
        if !(self.lines - batches.skip).is_multiple_of(batches.size.max(1)) {
            return None;
        }
        let rate = self.amount / (time - self.began);
        (self.began, self.amount) = (time, 0.0);
        self.done += 1;
        (self.done > batches.drop).then(|| (rounded(time - started, 15), rounded(rate, 15)))
    }
}
