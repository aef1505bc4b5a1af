//! Where results go: a closed pipe, a used folder or a full disk loses none of them.

use crate::{
    Fake, PRIMES, record_text,
    support::{PROGRAM, Said, clean, program, rebuild, record, run, skipped},
    sysbench_output,
};
use lava_bench::record::Verdict;
use std::process::{Command, Stdio};

#[test]
fn a_closed_stdout_loses_nothing() {
    let fake = Fake::new(&sysbench_output());
    let mut child = fake.command(&["--signals", "all"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = Said::from(child.wait_with_output().unwrap());
    assert_eq!(output.code, 5);
    assert!(output.stderr.contains("signals: not all could be sent: Broken pipe"), "{}", output.stderr);
    assert!(output.stderr.contains("hint: `lava-bench emit "));
    assert_eq!(record(&fake.output()).benchmarks[0].cases[0].result, Verdict::Pass);
    // For data, a reader that has seen enough is success.
    let mut child = program().arg("list").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_output_folder_is_used_once() {
    let fake = Fake::new(&sysbench_output());
    assert_eq!(fake.run(&[]).code, 0);
    let before = record_text(&fake.output());
    let output = fake.run(&[]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("has another run's results\nhint: name another folder with --output"));
    assert_eq!(record_text(&fake.output()), before);
    // What the environment names is numbered: a LAVA job may have several definitions.
    for _ in 0..2 {
        let mut command = program();
        command.args(PRIMES).args(["--signals", "none"]);
        let output = Said::of(command.env("LAVA_BENCH_OUTPUT", fake.folder.path().join("named")));
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
    assert!(
        fake.folder.path().join("named/record.json").is_file()
            && fake.folder.path().join("named.2/record.json").is_file()
    );
    let output = run(&["run", "primes", "--output", "/proc/lava-bench"]);
    assert_eq!(output.code, 5);
    assert!(output.stderr.contains("output folder `/proc/lava-bench`: "), "{}", output.stderr);
}

#[test]
fn a_full_disk_loses_nothing() {
    // A file system of one page, seen by this command alone.
    let script = format!(
        "mount -t tmpfs -o size=4k tmpfs /mnt && exec {} run primes --param THREADS='1 2' --param TIME=0.05 --output /mnt/o \"$@\"",
        PROGRAM
    );
    let isolated = |arguments: &[&str]| {
        Said::of(clean(Command::new("unshare")).args(["-m", "sh", "-c", &script, "sh"]).args(arguments))
    };
    let output = isolated(&["--signals", "all"]);
    if output.stderr.contains("unshare failed") || output.stderr.contains("mount:") {
        skipped(format_args!("file systems cannot be mounted here: {}", output.stderr));
        return;
    }
    assert_eq!(output.code, 5, "{}", output.stderr);
    assert!(
        output.stderr.contains("record: cannot be written to /mnt/o: No space left on device"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("hint: its frames were sent"));
    assert_eq!(rebuild(&output.stdout).code, 0);
    let output = isolated(&["--signals", "none"]);
    assert!(output.stderr.contains("hint: it stands on standard output"), "{}", output.stderr);
    assert_eq!(output.record().benchmarks[0].cases.len(), 2);
}
