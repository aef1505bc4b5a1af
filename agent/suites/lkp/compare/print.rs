//! The text of a group's table: widths, signs and blanks are lkp's.

use super::{
    change::Statistic,
    number::{fixed, general, signed, whole},
};
use crate::text::{left, right};
use std::collections::BTreeMap;

/// The widths of a number, of a change, and of a deviation.
const NUMBER: usize = 10;
const CHANGE: usize = 10;
const DEVIATION: usize = 6;

/// The table of a group; nothing where there is no statistic.
pub(super) fn group(axes: &BTreeMap<String, String>, commits: &[&str], statistics: Vec<Statistic>) -> String {
    if statistics.is_empty() {
        return String::new();
    }
    let mut text = heading(axes, commits);
    let more = commits.len().saturating_sub(1);
    let (verdicts, numbers): (Vec<_>, Vec<_>) = statistics.into_iter().partition(|statistic| statistic.is_verdict);
    if !verdicts.is_empty() {
        text.push_str(&format!("       fail:runs{}\n", "  %reproduction    fail:runs".repeat(more)));
        text.push_str(&format!("           |    {}\n", "         |             |    ".repeat(more)));
        verdicts.iter().for_each(|statistic| text.push_str(&verdict(statistic)));
    }
    if !numbers.is_empty() {
        text.push_str(&format!("         %stddev{}\n", "     %change         %stddev".repeat(more)));
        text.push_str(&format!("             \\  {}\n", "        |                \\  ".repeat(more)));
        numbers.iter().for_each(|statistic| text.push_str(&number(statistic)));
    }
    text.push('\n');
    text
}

fn heading(axes: &BTreeMap<String, String>, commits: &[&str]) -> String {
    let keys: Vec<&str> = axes.keys().map(String::as_str).collect();
    let values: Vec<&str> = axes.values().map(String::as_str).collect();
    let mut text = format!("{}\n{}:\n  {}\n\ncommit: \n", "=".repeat(89), keys.join("/"), values.join("/"));
    commits.iter().for_each(|commit| text.push_str(&format!("  {commit}\n")));
    let first = NUMBER + DEVIATION;
    let width = first + CHANGE + 1;
    let cut = |commit: &str, width: usize| right(&commit.chars().take(width).collect::<String>(), width);
    text.push('\n');
    for (at, commit) in commits.iter().enumerate() {
        text.push_str(&format!("{} ", cut(commit, if at == 0 { first } else { width })));
    }
    text.push('\n');
    for at in 0..commits.len() {
        text.push_str(&format!("{} ", "-".repeat(if at == 0 { first } else { width })));
    }
    text.push('\n');
    text
}

fn verdict(statistic: &Statistic) -> String {
    let mut text = String::new();
    for (at, (count, runs)) in statistic.means.iter().zip(&statistic.runs).enumerate() {
        if let Some(change) = at.checked_sub(1).and_then(|at| statistic.changes.get(at)) {
            text.push_str(&format!("{}% ", right(&fixed(*change, 0), CHANGE)));
        }
        let count = if *count == 0.0 { " ".into() } else { whole(*count) };
        text.push_str(&format!("{}:{}", right(&count, NUMBER + 1), left(&runs.to_string(), DEVIATION - 2)));
    }
    format!("{text}  {}\n", statistic.name)
}

fn number(statistic: &Statistic) -> String {
    let mut text = String::new();
    for (at, (mean, deviation)) in statistic.means.iter().zip(&statistic.deviations).enumerate() {
        if let Some(change) = at.checked_sub(1).and_then(|at| statistic.changes.get(at)) {
            let plain = if change.abs() < 100_000.0 { fixed(*change, 1) } else { general(*change, 2) };
            let unit = if statistic.is_absolute { "  " } else { "% " };
            text.push_str(&format!("{}{unit}", right(&signed(plain), CHANGE)));
        }
        let plain = match mean.abs() {
            size if size < 1000.0 => fixed(*mean, 2),
            size if size > 100_000_000.0 => general(*mean, 4),
            _ => whole(*mean),
        };
        text.push_str(&right(&plain, NUMBER));
        let deviation = if *mean == 0.0 { *deviation } else { 100.0 * deviation / mean };
        match deviation > 2.0 {
            true => text.push_str(&format!(" ±{}%", right(&whole(deviation), DEVIATION - 3))),
            false => text.push_str(&" ".repeat(DEVIATION)),
        }
    }
    format!("{text}  {}\n", statistic.name)
}
