//! The options that say how much is measured, and in which order.

use super::values::{count, share, time_limit};
use crate::{
    cli::exit::Failure,
    definition::MAX_ITERATIONS,
    plan::{Effort, Until, WarmUp},
    record::Order,
};
use anyhow::anyhow;
use std::time::{Duration, SystemTime};

/// How many iterations the median needs before anything is known of it.
const AT_LEAST: u32 = 6;
const AT_MOST: u32 = 40;
/// What is looked at after each iteration is all that was measured.
const MOST: u32 = 10_000;

/// How much is measured, and in which order.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EffortArgs {
    /// Measures each case until the 95 % interval of the median of each primary metric is within SHARE of it, such as 1%
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "iterations")]
    until: Option<f64>,
    /// With --until: no fewer iterations [default: 6]
    #[arg(long, value_name = "N", value_parser = count, requires = "until")]
    at_least: Option<u32>,
    /// With --until: no more iterations [default: 40]
    #[arg(long, value_name = "N", value_parser = count, requires = "until")]
    at_most: Option<u32>,
    /// With --until: no iteration begins after a case has taken so long
    #[arg(long, value_name = "TIME", value_parser = time_limit, requires = "until")]
    budget: Option<Duration>,
    /// How many runs come before the iterations of a case, or `steady`: until its first primary metric is (at most 10)
    #[arg(long, value_name = "N|steady", value_parser = warm_up)]
    warm_up: Option<WarmUp>,
    /// The order of the iterations of a benchmark's cases: `interleaved` and `random` measure one iteration of each case, then
    /// the next, so that drift is the same for all
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = WhichOrder::Planned)]
    order: WhichOrder,
    /// With --order random: the same number gives the same order
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum WhichOrder {
    Planned,
    Interleaved,
    Random,
}

impl EffortArgs {
    /// What was asked for.
    pub(in crate::cli) fn effort(&self) -> Result<Effort, Failure> {
        let order = match self.order {
            WhichOrder::Planned => Order::Planned,
            WhichOrder::Interleaved => Order::Interleaved,
            WhichOrder::Random => Order::Random,
        };
        if self.seed.is_some() && order != Order::Random {
            return Err(Failure::input(anyhow!(
                "--seed: the order is not random\nhint: set it together with --order random"
            )));
        }
        let seed = (order == Order::Random).then(|| self.seed.unwrap_or_else(any_seed));
        Ok(Effort { until: self.until()?, warm_up: self.warm_up, order, seed })
    }

    fn until(&self) -> Result<Option<Until>, Failure> {
        let Some(share) = self.until else { return Ok(None) };
        let at_most = self.at_most.unwrap_or(AT_MOST.max(self.at_least.unwrap_or(0)));
        let at_least = self.at_least.unwrap_or(AT_LEAST.min(at_most));
        if at_least > at_most {
            return Err(Failure::input(anyhow!("--at-least: {at_least} is more than --at-most {at_most}")));
        }
        if at_most > MOST {
            return Err(Failure::input(anyhow!("--at-most: {at_most} iterations (at most {MOST})")));
        }
        let budget_seconds = self.budget.map(|budget| budget.as_secs_f64());
        Ok(Some(Until { share, at_least, at_most, budget_seconds }))
    }
}

/// A seed that nobody chose.
fn any_seed() -> u32 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |since| since.subsec_nanos())
}

/// `3`, or `steady`.
fn warm_up(text: &str) -> Result<WarmUp, String> {
    if text == "steady" {
        return Ok(WarmUp::Steady);
    }
    let times = text.parse().ok().filter(|times| *times <= MAX_ITERATIONS);
    times.map(WarmUp::Times).ok_or_else(|| format!("write a whole number from 0 to {MAX_ITERATIONS}, or steady"))
}
