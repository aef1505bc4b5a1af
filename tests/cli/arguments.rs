//! Names, parameters and definitions: what is wrong with them is said before anything runs.

use crate::{Fake, support::run};
use std::fs;
use tempfile::TempDir;

#[test]
fn unknown_names_tell_the_nearest() {
    for (arguments, expected) in [
        (&["run", "sysbench-cpuu"][..], "hint: did you mean `sysbench-cpu`?"),
        (&["show", "prime"], "hint: did you mean `primes`?"),
        (&["show", "nope"], "benchmark `nope`: unknown\n"),
        (&["show", "nope/record.json"], "nope/record.json: no such file or folder\n"),
        (&["show", "sysbench"], "hint: it is a suite: `lava-bench list --suite sysbench` shows its benchmarks"),
        (&["doctor", "lmbench"], "hint: it is a suite: `lava-bench list --suite lmbench` shows its benchmarks"),
        (&["list", "["], "regular expression `[`: unclosed character class"),
        (
            &["emit", "x", "--redundancy", "500"],
            "'500' for '--redundancy <PERCENT>': write a whole number of percent from 0",
        ),
        (&["run", "primes", "--param", "THREAD=1"], "hint: did you mean `THREADS`?"),
        (&["run", "primes", "--param", "THREADS=0"], "`0` is not a whole number from 1 to 4096"),
        (&["run", "primes", "--param", "THREADS"], "write NAME=VALUE"),
        (&["run", "primes", "--timeout", "soon"], "write a number with its unit, as 90s or 5m"),
        (&["run", "primes", "--timeout", "0s"], "nothing ends in no time; write 90s or 5m"),
        (
            &["run", "primes", "--param", "TIME=1", "--param", "TIME=2"],
            "`TIME`: set twice, to `1` and to `2`\nhint: set it once",
        ),
        (&["run", "primes", "--param", "ITERATIONS=1", "--iterations", "2"], "parameter `ITERATIONS`: set twice"),
        (&["parse", "primes", "--param", "THREADS=1", "--param", "THREADS=2", "/dev/null"], "`THREADS`: set twice"),
        (&["run"], "<NAME>"),
        (&["rebuidl"], "a similar subcommand exists: 'rebuild'"),
        (&["rebuild", "/nonexistent"], "/nonexistent: No such file"),
        (&["parse", "primes", "/dev/null"], "benchmark `primes`: the output is empty\nhint: "),
    ] {
        let output = run(arguments);
        assert_eq!(output.code, 2, "{arguments:?}");
        assert!(output.stderr.contains(expected), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn a_wrong_definition_is_told_with_file_and_line() {
    let folder = TempDir::new().unwrap();
    let text = run(&["show", "primes", "--yaml"]).stdout.replace("unit: rounds/s", "unit: rounds per s");
    let file = folder.path().join("primes.yaml");
    fs::write(&file, text).unwrap();
    let output = run(&["check", file.to_str().unwrap()]);
    assert_eq!(output.code, 2);
    let expected = format!("{}:38: benchmark.metrics[0]: unit `rounds per s`: not a unit", file.display());
    assert!(output.stdout.contains(&expected), "{}", output.stdout);
    let output = run(&["--definitions", folder.path().to_str().unwrap(), "run", "primes"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("not a unit"));
}

#[test]
fn a_parameter_may_be_the_text_of_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("job");
    fs::write(&file, "[a]\nsize=1m\n").unwrap();
    let argument = format!("JOB=@{}", file.display());
    let output = run(&["run", "fio-job", "--dry-run", "--param", &argument]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    fs::remove_file(&file).unwrap();
    let output = run(&["run", "fio-job", "--dry-run", "--param", &argument]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("No such file"), "{}", output.stderr);
}

#[test]
fn a_dry_run_runs_nothing() {
    let fake = Fake::new("touch /proc/nothing");
    let output = fake.run(&["--dry-run"]);
    let expected = "sysbench-cpu: 1 case, 0 warm-ups and 2 iterations each\n  threads=1: sysbench cpu --threads=1 ";
    assert!(output.stdout.starts_with(expected), "{}", output.stdout);
    assert!(!fake.output().exists());
}

#[test]
fn json_where_a_script_wants_it() {
    for arguments in
        [&["list", "--json"][..], &["show", "primes", "--json"], &["check", "--json"], &["doctor", "--json"]]
    {
        let output = run(arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.stderr);
        serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap();
    }
    let list: serde_json::Value = serde_json::from_str(&run(&["list", "--json"]).stdout).unwrap();
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|definition| definition["name"] == "primes" && definition["available"] == true)
    );
}
