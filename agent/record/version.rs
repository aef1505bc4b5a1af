//! Versions: a record with the times that it says, and from one version to the other.

use super::Record;
use std::time::{Duration, SystemTime};

impl Record {
    /// The same, with `started` in every execution of which it is known: reckoned from its boot.
    #[must_use]
    pub fn with_times(&self) -> Self {
        let mut record = self.clone();
        let booted: Vec<Option<SystemTime>> = record.boots.iter().map(|boot| time(boot.booted.as_deref()?)).collect();
        let cases = record.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases);
        for execution in cases.flat_map(|case| &mut case.executions) {
            let reckoned = || started(*booted.get(execution.boot as usize)?, execution.since_boot_seconds?);
            execution.started = execution.started.take().or_else(reckoned);
        }
        record
    }
}

fn time(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339_weak(text).ok()
}

fn started(booted: Option<SystemTime>, since: f64) -> Option<String> {
    let milliseconds = Duration::try_from_secs_f64(since).ok()?.as_secs_f64() * 1000.0;
    let at = booted?.checked_add(Duration::from_millis(milliseconds.round() as u64))?;
    // What is later than the year 9999 has no such form.
    let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since_1970.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_millis(at).to_string())
}

#[cfg(feature = "host")]
mod raise {
    use super::super::{Case, Execution, Record, Role, Schema, version1};
    use std::collections::BTreeSet;

    impl Record {
        /// The same as a document of version 2. All of a version 1's is in it.
        #[must_use]
        pub fn raised(self) -> Self {
            Self { schema: Schema::V2, ..self }
        }

        /// The same as a document of version 1, and the fields of which that cannot hold all: each named by its path in the
        /// document, as far as there is something in them.
        #[must_use]
        pub fn lowered(&self) -> (Self, Vec<&'static str>) {
            if self.schema == Schema::V1 {
                return (self.clone(), Vec::new());
            }
            let timed = self.with_times();
            let lost = lost(&timed);
            // What it cannot hold is left out by writing and reading it.
            let lowered = Self::from(version1::Record1::from(timed));
            (lowered, lost)
        }
    }

    /// The fields of which version 1 cannot hold all, in the document's order.
    fn lost(record: &Record) -> Vec<&'static str> {
        let Record { lab, boots, tuned, order, seed, benchmarks, not_begun, quarantine, .. } = record;
        let cases: Vec<&Case> = benchmarks.iter().flat_map(|benchmark| &benchmark.cases).collect();
        let any = |holds: &dyn Fn(&Execution) -> bool| cases.iter().flat_map(|case| &case.executions).any(holds);
        let unmeasured = |execution: &Execution| matches!(execution.role, Role::Iteration | Role::Unmeasured);
        let newer = |execution: &Execution| {
            execution.conditions.as_ref().is_some_and(|all| version1::conditions_of(all) != *all)
        };
        let boots_seen: BTreeSet<u32> =
            cases.iter().flat_map(|case| &case.executions).map(|execution| execution.boot).collect();
        let all = [
            ("lab", lab.is_some()),
            ("boots", boots.iter().any(|boot| boot.id.is_some()) || boots_seen.len() > 1),
            ("tuned", !tuned.is_empty()),
            ("order", !order.is_planned()),
            ("seed", seed.is_some()),
            ("benchmarks.metrics.primary", benchmarks.iter().flat_map(|one| &one.metrics).any(|metric| metric.primary)),
            ("benchmarks.cases.stopped", cases.iter().any(|case| case.stopped.is_some())),
            ("benchmarks.cases.executions", any(&|execution| !version1::has(execution))),
            ("benchmarks.cases.executions.role", any(&|execution| version1::has(execution) && !unmeasured(execution))),
            (
                "benchmarks.cases.executions.usage",
                any(&|execution| execution.usage.is_some_and(|usage| usage.group.is_some())),
            ),
            ("benchmarks.cases.executions.conditions", any(&newer)),
            ("benchmarks.cases.executions.monitors", any(&|execution| !execution.monitors.is_empty())),
            ("benchmarks.cases.executions.faults", any(&|execution| !execution.faults.is_empty())),
            ("not_begun", !not_begun.is_empty()),
            ("quarantine", !quarantine.is_empty()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(field, _)| field).collect()
    }
}
