//! The conditions of a measurement: the machine before and after a command -> the execution's conditions, and why they make it
//! invalid.

use super::Watch;
use crate::{
    record::{Execution, Exit},
    system::{FrequencyLimits, Snapshot, between, snapshot, snapshot_with_processes_of},
    validity,
};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// How long what processes had used is true enough to begin with: the least CPU time for which a rule blames a neighbour.
const RECENT: Duration = Duration::from_millis(4);

/// Looks at the machine before and after each command.
#[derive(Debug)]
pub struct MachineConditions {
    root: PathBuf,
    before: Option<Snapshot>,
    /// The one after the last command, and when it had been taken.
    after: Option<(Snapshot, Instant)>,
    /// The highest that the run has seen.
    limits: FrequencyLimits,
}

impl MachineConditions {
    /// Those of the machine whose /proc and /sys are below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), before: None, after: None, limits: FrequencyLimits::new() }
    }
}

impl Watch for MachineConditions {
    fn begin(&mut self) {
        let recent = self.after.take().filter(|(_, when)| when.elapsed() < RECENT);
        let mut before = match recent {
            Some((recent, _)) => snapshot_with_processes_of(recent, &self.root),
            None => snapshot(&self.root),
        };
        before.compare_limits_with(&mut self.limits);
        self.before = Some(before);
    }

    fn end(&mut self, execution: &mut Execution) {
        let Some(before) = self.before.take() else { return };
        let after = snapshot(&self.root);
        execution.conditions = Some(between(&before, &after));
        self.after = Some((after, Instant::now()));
        // What was ended before its time measured nothing that somebody could have disturbed.
        if execution.exit != Exit::Interrupted {
            execution.disturbances.extend(validity::of(execution));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn swapped(root: &Path, pages: u32) {
        fs::create_dir_all(root.join("proc")).unwrap();
        fs::write(root.join("proc/vmstat"), format!("pswpin {pages}\npswpout 0\n")).unwrap();
    }

    #[test]
    fn what_was_interrupted_is_not_judged() {
        let root = tempfile::tempdir().unwrap();
        let mut watch = MachineConditions::new(root.path());
        swapped(root.path(), 5);
        watch.begin();
        swapped(root.path(), 1005);
        let mut execution = Execution { exit: Exit::Interrupted, ..Execution::default() };
        watch.end(&mut execution);
        assert!(execution.conditions.is_some() && execution.disturbances.is_empty(), "{execution:?}");
    }

    #[test]
    fn what_happened_meanwhile_is_added() {
        let root = tempfile::tempdir().unwrap();
        let mut watch = MachineConditions::new(root.path());
        swapped(root.path(), 5);
        watch.begin();
        swapped(root.path(), 1005);
        let mut execution = Execution { disturbances: vec!["of another watch".into()], ..Execution::default() };
        watch.end(&mut execution);
        assert_eq!(execution.conditions.as_ref().unwrap().swapped_in_pages, 1000);
        assert_eq!(execution.disturbances, ["of another watch", "swap: 1000 pages went from swap or to it"]);
    }

    #[test]
    fn a_limit_that_fell_between_two_commands_counts_in_both() {
        let root = tempfile::tempdir().unwrap();
        let policy = root.path().join("sys/devices/system/cpu/cpufreq/policy0");
        fs::create_dir_all(&policy).unwrap();
        let mut watch = MachineConditions::new(root.path());
        let mut measured = |khz: &str| {
            fs::write(policy.join("scaling_max_freq"), khz).unwrap();
            watch.begin();
            let mut execution = Execution::default();
            watch.end(&mut execution);
            execution.disturbances
        };
        assert!(measured("1500000\n").is_empty());
        let fell = ["frequency: the highest frequency allowed fell from 1500 to 900 MHz (policy 0)"];
        assert_eq!(measured("900000\n"), fell);
        assert_eq!(measured("900000\n"), fell);
        assert!(measured("1500000\n").is_empty());
    }

    #[test]
    fn a_command_that_was_not_watched_has_no_conditions() {
        let mut execution = Execution::default();
        MachineConditions::new("/").end(&mut execution);
        assert_eq!(execution, Execution::default());
    }
}
