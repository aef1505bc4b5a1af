//! The rules of other tools, made again from what their documents and their code do: old and new values -> flagged or not.

use crate::tests_of_two::{cohen_d, mann_whitney_p, mean, spread, student_p, t_quantile_975, welch_p};
use lava_bench::statistics::verdict::{Board, Setting, Sides};

/// What a rule says: nothing, or the direction of the difference.
pub(crate) type Flag = Option<bool>;

/// A rule with its name.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) flags: fn(&[f64], &[f64]) -> Flag,
}

/// All rules, this project's own first.
pub(crate) const RULES: [Rule; 10] = [
    Rule { name: "lava-bench", flags: ours },
    Rule { name: "SQUAD: any difference", flags: squad },
    Rule { name: "means differ by 5 %", flags: five_percent },
    Rule { name: "lkp: ranges beyond means", flags: lkp },
    Rule { name: "lkp: gap of the ranges", flags: lkp_gap },
    Rule { name: "MMTests 2024: star", flags: mmtests_star },
    Rule { name: "MMTests 2021: t, p < .10", flags: mmtests_2021 },
    Rule { name: "KernelCI: A/B", flags: kernelci },
    Rule { name: "Fastpath: 95 % intervals", flags: fastpath },
    Rule { name: "t prediction, p < .01", flags: prediction },
];

/// Ten and more old boots are a history.
pub(crate) fn ours(old: &[f64], new: &[f64]) -> Flag {
    let setting = Setting::default();
    let (p, up) = calibrated(old, new)?;
    (p < setting.level).then_some(up)
}

/// The calibrated p-value of this project, and the direction.
pub(crate) fn calibrated(old: &[f64], new: &[f64]) -> Option<(f64, bool)> {
    let history = old.len() > new.len();
    let (past, base) = if history { (old, &[][..]) } else { (&[][..], old) };
    let board = Board { older: Vec::new(), past: past.to_vec(), base: base.to_vec(), new: new.to_vec() };
    let sides = Sides::new(&[board], None).ok()?;
    let shift = sides.shift(&Setting::default());
    Some((sides.calibrated(shift.p())?, shift.effect > 0.0))
}

/// SQUAD compares the means, and any difference counts.
fn squad(old: &[f64], new: &[f64]) -> Flag {
    (mean(old) != mean(new)).then(|| mean(new) > mean(old))
}

fn five_percent(old: &[f64], new: &[f64]) -> Flag {
    ((mean(new) / mean(old) - 1.0).abs() > 0.05).then(|| mean(new) > mean(old))
}

fn ends(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

/// lkp's rule without options: each side's range is beyond the other side's mean, and one side has three runs.
fn lkp(old: &[f64], new: &[f64]) -> Flag {
    if old.len().max(new.len()) < 3 {
        return None;
    }
    let ((old_low, old_high), (new_low, new_high)) = (ends(old), ends(new));
    if new_low > mean(old) && mean(new) > old_high {
        return Some(true);
    }
    (new_high < mean(old) && mean(new) < old_low).then_some(false)
}

/// lkp's rule with a distance, for three runs a side and more: the ranges have a gap that is larger than half of the
/// difference of the means.
fn lkp_gap(old: &[f64], new: &[f64]) -> Flag {
    if old.len().min(new.len()) < 3 {
        return None;
    }
    let ((old_low, old_high), (new_low, new_high)) = (ends(old), ends(new));
    let half = (mean(new) - mean(old)).abs() / 2.0;
    if new_low > old_high && new_low - old_high > half {
        return Some(true);
    }
    (new_high < old_low && old_low - new_high > half).then_some(false)
}

/// The star of MMTests since 2024: intervals of 1.96 deviations of the samples do not overlap. One sample has no
/// interval.
fn mmtests_star(old: &[f64], new: &[f64]) -> Flag {
    if old.len().min(new.len()) < 2 {
        return None;
    }
    let (difference, width) = (mean(new) - mean(old), 1.959964 * (spread(old) + spread(new)));
    let ratio = if width == 0.0 { difference } else { difference / width };
    (ratio.abs() > 1.0).then_some(difference > 0.0)
}

/// The star of MMTests of 2021: t of Welch, degrees of freedom of Student.
fn mmtests_2021(old: &[f64], new: &[f64]) -> Flag {
    (student_p(old, new) < 0.10).then(|| mean(new) > mean(old))
}

/// KernelCI's comparison on rented machines.
fn kernelci(old: &[f64], new: &[f64]) -> Flag {
    let small = welch_p(old, new) < 0.05 || mann_whitney_p(old, new) < 0.05;
    (small && cohen_d(old, new) >= 0.5).then(|| mean(new) > mean(old))
}

/// Fastpath: the 95 % intervals of the means do not overlap.
fn fastpath(old: &[f64], new: &[f64]) -> Flag {
    let half = |side: &[f64]| t_quantile_975(side.len() - 1) * spread(side) / (side.len() as f64).sqrt();
    if old.len() < 2 || new.len() < 2 {
        return None;
    }
    ((mean(new) - mean(old)).abs() > half(old) + half(new)).then(|| mean(new) > mean(old))
}

/// The mean of the new values is outside of what the old ones predict.
fn prediction(old: &[f64], new: &[f64]) -> Flag {
    let (a, b) = (old.len() as f64, new.len() as f64);
    let t = (mean(new) - mean(old)) / (spread(old) * (1.0 / a + 1.0 / b).sqrt());
    let p = lava_bench::statistics::t_test_p_value(t, a - 1.0).unwrap_or(1.0);
    (p < 0.01).then_some(t > 0.0)
}
