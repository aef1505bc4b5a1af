//! The kernel's log: what the kernel said while a command ran -> the execution's faults, and why they make it invalid.

use super::Watch;
use crate::{
    kernel_log::{Patterns, Reader, Search},
    record::{Execution, Monitor, Value},
};
use std::path::Path;

/// What the number of lost messages is called among an execution's monitors.
pub const LOST_MESSAGES: &str = "lost-kernel-messages";

/// Reads the kernel's log after each command: reading it meanwhile would disturb what is measured.
#[derive(Debug)]
pub struct KernelLog {
    reader: Option<Reader>,
    reads: bool,
}

impl KernelLog {
    /// That of the machine whose /dev is below `root`. Where it cannot be read, nothing is said of it.
    pub fn new(root: impl AsRef<Path>) -> Self {
        Self { reader: Reader::at_end(&root.as_ref().join("dev/kmsg")).ok(), reads: false }
    }
}

impl Watch for KernelLog {
    fn begin(&mut self) {
        self.reads = self.reader.as_mut().is_some_and(|reader| reader.skip().is_ok());
    }

    fn end(&mut self, execution: &mut Execution) {
        let Some(reader) = self.reader.as_mut().filter(|_| std::mem::take(&mut self.reads)) else { return };
        let mut search = None;
        // Where the kernel said nothing, nothing is unpacked.
        let came =
            reader.read(|message| search.get_or_insert_with(|| Search::new(Patterns::embedded())).take(&message));
        let found = search.map(Search::end).unwrap_or_default();
        execution.monitors.extend(lost(came.lost));
        execution.disturbances.extend(found.disturbances());
        execution.faults.extend(found.faults);
    }
}

/// How many messages were lost, where some were: nobody knows what they said, so they are noted, and disturb nothing.
fn lost(count: u64) -> Option<Monitor> {
    let value = Value::from(u32::try_from(count).unwrap_or(u32::MAX));
    let (name, unit) = (LOST_MESSAGES.parse().ok()?, "messages".parse().ok()?);
    (count > 0).then_some(Monitor { name, unit, readings: 1, minimum: value, median: value, maximum: value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, fs::OpenOptions, io::Write};

    fn board() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("dev")).unwrap();
        say(root.path(), "4,1,100,-;BUG: soft lockup - CPU#0 stuck for 22s! [before:1]");
        root
    }

    fn say(root: &Path, record: &str) {
        let mut log = OpenOptions::new().append(true).create(true).open(root.join("dev/kmsg")).unwrap();
        writeln!(log, "{record}").unwrap();
    }

    #[test]
    fn what_the_kernel_said_meanwhile_is_a_fault_and_a_disturbance() {
        let root = board();
        let mut watch = KernelLog::new(root.path());
        say(root.path(), "4,2,200,-;BUG: soft lockup - CPU#0 stuck for 22s! [between:1]");
        watch.begin();
        say(root.path(), "6,3,300,-;mmc0: all is well");
        say(root.path(), "12,4,400,-;Kernel panic - not syncing: says a program");
        say(root.path(), "3,5,61500000,-;INFO: task dd:7 blocked for more than 120 seconds.");
        let mut execution = Execution { disturbances: vec!["of another watch".into()], ..Execution::default() };
        watch.end(&mut execution);
        let text = "INFO: task dd:7 blocked for more than 120 seconds.";
        assert_eq!(execution.faults.len(), 1);
        assert_eq!((execution.faults[0].kind.as_str(), execution.faults[0].text.as_str()), ("hung-task", text));
        assert!((execution.faults[0].seconds - 61.5).abs() < 1e-9);
        assert_eq!(
            execution.disturbances,
            ["of another watch".into(), format!("the kernel reported a hung task: {text}")]
        );
        assert_eq!(execution.monitors, []);
        watch.begin();
        let mut quiet = Execution::default();
        watch.end(&mut quiet);
        assert_eq!(quiet, Execution::default());
    }

    #[test]
    fn lost_messages_are_counted_and_disturb_nothing() {
        let root = board();
        let mut watch = KernelLog::new(root.path());
        watch.begin();
        say(root.path(), "6,10,300,-;a");
        say(root.path(), "6,15,400,-;b");
        let mut execution = Execution::default();
        watch.end(&mut execution);
        let [noted] = execution.monitors.as_slice() else { panic!("{execution:?}") };
        assert_eq!(
            (noted.name.as_str(), noted.unit.as_str(), noted.median),
            (LOST_MESSAGES, "messages", Value::from(4))
        );
        assert_eq!((execution.disturbances, execution.faults), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_log_that_cannot_be_read_says_nothing() {
        let root = tempfile::tempdir().unwrap();
        let mut watch = KernelLog::new(root.path());
        watch.begin();
        let mut execution = Execution::default();
        watch.end(&mut execution);
        assert_eq!(execution, Execution::default());
    }
}
