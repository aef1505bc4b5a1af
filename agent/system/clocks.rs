//! The machine's clocks and the agent's, read together. Out: whether one was set, how long the machine was suspended, and what
//! the agent used.

use nix::{
    sys::time::TimeValLike,
    time::{ClockId, clock_gettime},
};

/// What the clocks say at one moment, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clocks {
    /// CLOCK_MONOTONIC.
    now_us: i64,
    /// CLOCK_REALTIME minus CLOCK_BOOTTIME: it moves if somebody sets the time of day.
    day_us: i64,
    /// CLOCK_BOOTTIME minus CLOCK_MONOTONIC: it grows while the machine is suspended.
    suspended_us: i64,
    /// What the agent itself used: CLOCK_PROCESS_CPUTIME_ID.
    agent_us: i64,
}

/// What happened between two moments, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// How long it was.
    pub(super) elapsed_us: u64,
    /// By how much the time of day was set.
    pub(super) step_us: i64,
    /// How long the machine was suspended.
    pub(super) suspended_us: u64,
    /// What the agent used.
    pub(super) agent_us: u64,
}

/// How often they are read: the thread may lose its CPU in between, and the reading that took least time counts.
const TRIES: usize = 5;

/// The clocks of this machine.
pub(super) fn clocks() -> Option<Clocks> {
    let now = |clock| Some(clock_gettime(clock).ok()?.num_microseconds());
    let read = || {
        let now_us = now(ClockId::CLOCK_MONOTONIC)?;
        let (boot, day) = (now(ClockId::CLOCK_BOOTTIME)?, now(ClockId::CLOCK_REALTIME)?);
        let took = now(ClockId::CLOCK_MONOTONIC)?.checked_sub(now_us)?;
        let (day_us, suspended_us) = (day.checked_sub(boot)?, boot.checked_sub(now_us)?);
        Some((took, Clocks { now_us, day_us, suspended_us, agent_us: now(ClockId::CLOCK_PROCESS_CPUTIME_ID)? }))
    };
    (0..TRIES).filter_map(|_| read()).min_by_key(|(took, _)| *took).map(|(_, clocks)| clocks)
}

impl Clocks {
    /// What happened since `before`.
    pub(super) fn since(self, before: Self) -> Passed {
        let gain = |after: i64, before: i64| u64::try_from(after.saturating_sub(before)).unwrap_or(0);
        Passed {
            elapsed_us: gain(self.now_us, before.now_us),
            step_us: self.day_us.saturating_sub(before.day_us),
            suspended_us: gain(self.suspended_us, before.suspended_us),
            agent_us: gain(self.agent_us, before.agent_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_from_a_suspended_machine() {
        let before = Clocks { now_us: 10, day_us: 1_000, suspended_us: 5, agent_us: 1 };
        let set = Clocks { now_us: 30, day_us: 400, ..before };
        assert_eq!(set.since(before), Passed { elapsed_us: 20, step_us: -600, ..Passed::default() });
        let slept = Clocks { suspended_us: 2_005, agent_us: 8, ..before };
        assert_eq!(slept.since(before), Passed { suspended_us: 2_000, agent_us: 7, ..Passed::default() });
        let far = Clocks { now_us: i64::MIN, day_us: i64::MIN, suspended_us: i64::MIN, agent_us: i64::MIN };
        assert_eq!(far.since(before), Passed { step_us: i64::MIN, ..Passed::default() });
    }

    #[test]
    fn this_machine_has_clocks() {
        let before = clocks().unwrap();
        let passed = clocks().unwrap().since(before);
        assert!(passed.step_us.abs() < 1_000_000 && passed.suspended_us < 1_000_000, "{passed:?}");
    }
}
