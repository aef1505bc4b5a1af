//! The conditions of a measurement: the machine before and after a command -> the execution's conditions, and why they make it
//! invalid.

use super::Watch;
use crate::{
    record::Execution,
    system::{Snapshot, between, snapshot},
};
use std::path::PathBuf;

/// Looks at the machine before and after each command.
#[derive(Debug)]
pub struct MachineConditions {
    root: PathBuf,
    before: Option<Snapshot>,
}

impl MachineConditions {
    /// Those of the machine whose /proc and /sys are below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), before: None }
    }
}

impl Watch for MachineConditions {
    fn begin(&mut self) {
        self.before = Some(snapshot(&self.root));
    }

    fn end(&mut self, execution: &mut Execution) {
        let Some(before) = self.before.take() else { return };
        let conditions = between(&before, &snapshot(&self.root));
        execution.disturbances.extend(conditions.invalid());
        execution.conditions = Some(conditions);
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
    fn what_happened_meanwhile_is_added() {
        let root = tempfile::tempdir().unwrap();
        let mut watch = MachineConditions::new(root.path());
        swapped(root.path(), 5);
        watch.begin();
        swapped(root.path(), 12);
        let mut execution = Execution { disturbances: vec!["of another watch".into()], ..Execution::default() };
        watch.end(&mut execution);
        let conditions = execution.conditions.unwrap();
        assert_eq!(conditions.swapped_in_pages, 7);
        let expected: Vec<String> = ["of another watch".to_string()].into_iter().chain(conditions.invalid()).collect();
        assert_eq!(execution.disturbances, expected);
    }

    #[test]
    fn a_command_that_was_not_watched_has_no_conditions() {
        let mut execution = Execution::default();
        MachineConditions::new("/").end(&mut execution);
        assert_eq!(execution, Execution::default());
    }
}
