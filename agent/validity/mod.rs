//! The validity of an iteration: what was observed while a command ran -> the reasons why what it measured does not count.
//!
//! Pure: [`RULES`] is the one table of what disturbs a measurement and how much of it is too much. `docs/validity.md` shows the
//! same table, says how the thresholds were found, and how often the rules are wrong.

mod rules;

pub use rules::RULES;

use crate::record::{Conditions, Execution, GroupUsage, Usage};
use std::fmt;

/// What was observed of one execution.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// What the machine did meanwhile.
    pub conditions: &'a Conditions,
    /// What the command used; `None` where it did not start.
    pub usage: Option<&'a Usage>,
    /// How long it took.
    pub elapsed_us: u64,
}

impl Observed<'_> {
    /// What the command's control group used; nothing where it had none.
    fn group(&self) -> GroupUsage {
        self.usage.and_then(|usage| usage.group).unwrap_or_default()
    }
}

/// What makes an iteration invalid.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name: the first word of its reasons.
    pub name: &'static str,
    /// What it reads.
    pub reads: &'static str,
    /// How much of it is too much.
    pub bound: Bound,
    /// Why that much.
    pub why: &'static str,
    /// How much of it there was, in the unit of the bound.
    amount: fn(&Observed<'_>) -> u64,
    /// What is said of it: a sentence for each cause, without the rule's name.
    say: fn(&Observed<'_>) -> Vec<String>,
}

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Anything.
    Any,
    /// This count.
    Count(u64),
    /// So many per cent.
    Percent(u64),
    /// So many MiB in each second.
    MebibytesASecond(u64),
    /// A time: this share of how long the execution took, in tenths of a per cent, and at least so many milliseconds.
    Time {
        /// The share.
        permille: u64,
        /// What the clocks can tell from nothing.
        least_ms: u64,
    },
}

impl Bound {
    fn is_reached(self, amount: u64, elapsed_us: u64) -> bool {
        match self {
            Self::Any => amount > 0,
            Self::Count(least) | Self::Percent(least) => amount >= least,
            Self::MebibytesASecond(least) => {
                u128::from(amount) * 1_000_000 >= u128::from(elapsed_us) * (u128::from(least) << 20) && amount > 0
            }
            Self::Time { permille, least_ms } => {
                let share = u128::from(amount) * 1000 >= u128::from(elapsed_us) * u128::from(permille);
                share && amount >= least_ms.saturating_mul(1000)
            }
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent} %"),
            Self::MebibytesASecond(least) => write!(f, "{least} MiB in each second"),
            Self::Time { permille: 0, least_ms } => write!(f, "{least_ms} ms"),
            Self::Time { permille, least_ms } => {
                let tenth = permille % 10;
                let tenth = if tenth == 0 { String::new() } else { format!(".{tenth}") };
                write!(f, "{}{tenth} % of the time, and {least_ms} ms", permille / 10)
            }
        }
    }
}

/// Why the samples of an execution are not valid, by what was `observed`: one line for each cause, the rule's name first.
/// Empty if nothing speaks against them.
#[must_use]
pub fn reasons(observed: &Observed<'_>) -> Vec<String> {
    let broken = |rule: &&Rule| rule.bound.is_reached((rule.amount)(observed), observed.elapsed_us);
    let said =
        |rule: &Rule| (rule.say)(observed).into_iter().map(|why| format!("{}: {why}", rule.name)).collect::<Vec<_>>();
    RULES.iter().filter(broken).flat_map(said).collect()
}

/// The same of an execution whose conditions are known.
#[must_use]
pub fn of(execution: &Execution) -> Vec<String> {
    let Some(conditions) = &execution.conditions else { return Vec::new() };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and makes 0 of what is not a number"
    )]
    let elapsed_us = (execution.elapsed_seconds * 1e6) as u64;
    reasons(&Observed { conditions, usage: execution.usage.as_ref(), elapsed_us })
}

#[cfg(test)]
mod tests;
