//! The real binary: what it prints, how it ends, and that nothing is lost when something goes wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod arguments;
mod bisect;
mod checks;
mod commands;
mod compare;
mod compare_walk;
mod early;
mod effort;
mod exchange;
mod faults;
mod files;
mod hints;
mod history;
mod lkp;
mod lkp_side_by_side;
mod manners;
mod outputs;
mod rebuild;
mod signals;
mod storage;
mod under_lava;
mod validity;
mod widths;

use lava_bench::record::Record;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::{Said, path_with, program, project, record, script};
use tempfile::TempDir;

/// A short run of the benchmark that needs no tool.
const PRIMES: [&str; 6] = ["run", "primes", "--param", "TIME=0.02", "--param", "THREADS=1"];

/// A folder with a program `sysbench` that is this shell script.
struct Fake {
    folder: TempDir,
}

impl Fake {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let text = format!("[ \"$1\" = --version ] && echo 'sysbench 1.0.20' && exit\n{text}");
        script(&folder.path().join("bin/sysbench"), &text);
        Self { folder }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.env("PATH", path_with(&self.folder.path().join("bin")));
        command.args([
            "run",
            "sysbench-cpu",
            "--param",
            "THREADS=1",
            "--param",
            "MAX_PRIME=20000",
            "--iterations",
            "2",
        ]);
        command.arg("--output").arg(self.output()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }
}

/// What sysbench 1.0.20 printed with so many threads.
fn sample(threads: u32) -> String {
    let path = format!("test-definitions/sysbench-cpu/samples/1.0.20/threads-{threads}.stdout");
    project(&path).display().to_string()
}

/// A script that prints it, for one thread.
fn sysbench_output() -> String {
    format!("cat {}", sample(1))
}

/// A folder with a definition whose command is a shell script, with `benchmark` for the rest of it.
fn shell_definition(script: &str, benchmark: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let indented = script.replace('\n', "\n      ");
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: shell, description: a script}}\n\
         run: {{steps: [lava-bench run shell]}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  command:\n    - sh\n    - -c\n    - |\n      \
         {indented}\n{benchmark}"
    );
    fs::create_dir(folder.path().join("shell")).unwrap();
    fs::write(folder.path().join("shell/shell.yaml"), text).unwrap();
    folder
}

fn run_shell(folder: &TempDir, arguments: &[&str]) -> (Said, Record) {
    let output = folder.path().join("output");
    let mut command = program();
    command.arg("--definitions").arg(folder.path()).args(["run", "shell", "--output"]).arg(&output).args(arguments);
    let finished = Said::of(&mut command);
    assert!(output.join("record.json").exists(), "{}", finished.stderr);
    (finished, record(&output))
}

/// The text of the record in a run's folder.
fn record_text(folder: &Path) -> String {
    fs::read_to_string(folder.join("record.json")).unwrap()
}
