//! An iteration that another process disturbed: `run` says so at once, the record and the signal keep it, `compare` leaves it out.

use crate::support::{Said, definition, program, record};
use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    thread,
};
use tempfile::TempDir;

/// Busy processes, one for each CPU. They end with the value.
struct Neighbours(Vec<Child>);

impl Neighbours {
    fn new() -> Self {
        let count = thread::available_parallelism().unwrap().get();
        let busy = || {
            let mut command = Command::new("sh");
            command.args(["-c", "while :; do :; done"]).process_group(0).stdin(Stdio::null());
            command.spawn().unwrap()
        };
        Self((0..count).map(|_| busy()).collect())
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_busy_neighbour_is_named_at_once_and_the_iteration_does_not_count() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "own", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo score 1", "");
    let own = folder.path().display().to_string();
    let outputs = ["old", "new"].map(|name| folder.path().join(name));
    for output in &outputs {
        let neighbours = Neighbours::new();
        let arguments = ["--definitions", &own, "run", "own", "--iterations", "1", "--signals", "all", "--output"];
        let said = Said::of(program().args(arguments).arg(output));
        drop(neighbours);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let words = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("own: iteration 1 of 1: not valid: neighbour: `"), "{words}");
        assert!(said.stdout.contains("own._valid RESULT=fail"), "{}", said.stdout);
        let record = record(output);
        let case = &record.benchmarks[0].cases[0];
        let execution = case.executions.last().unwrap();
        assert_eq!(case.valid, Some(false));
        assert!(execution.disturbances.iter().any(|why| why.starts_with("neighbour: ")), "{execution:?}");
        let other = execution.conditions.as_ref().unwrap().busiest_other.as_ref().unwrap();
        assert!(other.cpu_us > 0 && !other.name.is_empty());
    }
    let [old, new] = outputs.map(|output| output.display().to_string());
    let said = Said::of(program().args(["compare", &old, "--vs", &new]));
    assert!(said.code == 2 && said.stderr.contains("no iteration counts that both sides have"), "{said:?}");
    let said = Said::of(program().args(["compare", &old, "--vs", &new, "--with-disturbed"]));
    assert!(said.code != 2 && !said.stdout.contains("not counted"), "{said:?}");
}
