//! The machine's clocks and the agent's, read together. Out: whether one was set, how long the machine was suspended, and what
//! the agent used.

use nix::{
    sys::time::TimeValLike,
    time::{ClockId, clock_gettime},
};

/// How far two clocks are ahead of a third, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clocks {
    /// CLOCK_REALTIME minus CLOCK_BOOTTIME: it moves if somebody sets the time of day.
    day_us: i64,
    /// CLOCK_BOOTTIME minus CLOCK_MONOTONIC: it grows while the machine is suspended.
    suspended_us: i64,
    /// What the agent itself used: CLOCK_PROCESS_CPUTIME_ID.
    agent_us: i64,
}

/// How often they are read: the thread may lose its CPU in between, and the reading that took least time counts.
const TRIES: usize = 5;

/// The clocks of this machine.
pub(super) fn clocks() -> Option<Clocks> {
    let now = |clock| Some(clock_gettime(clock).ok()?.num_microseconds());
    let read = || {
        let before = now(ClockId::CLOCK_MONOTONIC)?;
        let (boot, day) = (now(ClockId::CLOCK_BOOTTIME)?, now(ClockId::CLOCK_REALTIME)?);
        let after = now(ClockId::CLOCK_MONOTONIC)?;
        let agent_us = now(ClockId::CLOCK_PROCESS_CPUTIME_ID)?;
        Some((
            after.checked_sub(before)?,
            Clocks { day_us: day.checked_sub(boot)?, suspended_us: boot.checked_sub(before)?, agent_us },
        ))
    };
    (0..TRIES).filter_map(|_| read()).min_by_key(|(took, _)| *took).map(|(_, clocks)| clocks)
}

impl Clocks {
    /// By how much the time of day was set since `before`, how long the machine was suspended, and what the agent used.
    pub(super) fn since(self, before: Self) -> (i64, u64, u64) {
        let suspended = self.suspended_us.saturating_sub(before.suspended_us);
        let agent = self.agent_us.saturating_sub(before.agent_us);
        (
            self.day_us.saturating_sub(before.day_us),
            u64::try_from(suspended).unwrap_or(0),
            u64::try_from(agent).unwrap_or(0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_from_a_suspended_machine() {
        let before = Clocks { day_us: 1_000, suspended_us: 5, agent_us: 1 };
        assert_eq!(Clocks { day_us: 400, suspended_us: 5, agent_us: 1 }.since(before), (-600, 0, 0));
        assert_eq!(Clocks { day_us: 1_000, suspended_us: 2_005, agent_us: 8 }.since(before), (0, 2_000, 7));
        let far = Clocks { day_us: i64::MIN, suspended_us: i64::MIN, agent_us: 0 };
        assert_eq!(far.since(before), (i64::MIN, 0, 0));
    }

    #[test]
    fn this_machine_has_clocks() {
        let before = clocks().unwrap();
        let (step, suspended, _) = clocks().unwrap().since(before);
        assert!(step.abs() < 1_000_000 && suspended < 1_000_000, "{step} {suspended}");
    }
}
