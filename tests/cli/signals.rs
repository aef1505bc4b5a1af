//! What LAVA is told, and what a person at a terminal sees.

use crate::{
    PRIMES,
    support::{PROGRAM, Said, clean, program, skipped},
};
use std::{
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;

#[test]
fn runs_of_one_lava_job_are_numbered() {
    let folder = TempDir::new().unwrap();
    let names = |arguments: &[&str]| -> Vec<String> {
        let mut command = program();
        command.args(PRIMES).args(["--iterations", "1", "--stream", "off"]).args(arguments);
        let output = Said::of(command.env("TMPDIR", folder.path()).env("LAVA_JOB_ID", "7"));
        assert_eq!(output.code, 0, "{}", output.stderr);
        let names = output.stdout;
        names.lines().map(|line| line.split(' ').nth(1).unwrap().to_string()).collect()
    };
    let (first, second) = (names(&[]), names(&[]));
    assert!(first.contains(&"TEST_CASE_ID=primes._case.threads_1".into()), "{first:#?}");
    assert!(second.contains(&"TEST_CASE_ID=primes._case.run_2.threads_1".into()), "{second:#?}");
    assert!(first.iter().all(|name| !second.contains(name)));
}

#[test]
fn character_delay_is_waited_before_each_signal() {
    let folder = TempDir::new().unwrap();
    let mut command = program();
    command.args(PRIMES).args(["--iterations", "1", "--stream", "off"]);
    let started = Instant::now();
    let output = Said::of(command.env("TMPDIR", folder.path()).env("CHARACTER_DELAY", "0.02"));
    let signals = u32::try_from(output.stdout.lines().count()).unwrap();
    assert!(signals > 10 && started.elapsed() >= Duration::from_millis(20) * signals);
}

#[test]
fn a_person_at_a_terminal_sees_a_table_and_no_signals() {
    let folder = TempDir::new().unwrap();
    let command = format!(
        "{} run primes --param TIME=0.05 --param THREADS=1 --output {}",
        PROGRAM,
        folder.path().join("o").display()
    );
    let mut terminal = clean(Command::new("script"));
    let Ok(output) = terminal.args(["-qec", &command, "/dev/null"]).env("TERM", "vt102").output() else {
        return skipped("no program `script` here");
    };
    let text = Said::from(output).stdout;
    assert!(text.contains("threads=1: pass") && text.contains("rounds-per-second"), "{text}");
    assert!(!text.contains("LAVA_SIGNAL") && !text.contains('\x1b'), "{text}");
}

#[test]
fn lava_is_told_when_the_agent_itself_fails_and_nobody_else_is() {
    const RAISE: &str = "<LAVA_SIGNAL_TESTRAISE lava-bench>\n";
    let run = |set: Option<&str>| {
        let mut command = program();
        if let Some(name) = set {
            command.env(name, "7");
        }
        Said::of(command.args(["run", "primes", "--exit-zero", "--output", "/dev/null/x"]))
    };
    let output = run(Some("LAVA_JOB_ID"));
    assert_eq!((output.code, output.stdout), (5, RAISE.into()), "{}", output.stderr);
    let output = run(None);
    assert_eq!((output.code, output.stdout), (5, String::new()));
}

#[test]
fn a_jobs_part_is_yaml_with_the_cases_of_the_record() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("run");
    let all = ["--signals", "all", "--stream", "off", "--output"];
    let sent = Said::of(program().args(PRIMES).args(all).arg(&output));
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let sent = sent.stdout;
    let names = |text: &str, mark: &str| -> Vec<String> {
        let names = text.lines().filter_map(|line| line.trim_start().strip_prefix(mark)?.split(' ').next());
        names.map(Into::into).collect()
    };
    let shown = ["show", "primes", "--lava", "--record"];
    let part = Said::of(program().args(shown).arg(output.join("record.json")));
    let expected = names(&part.stdout, "- primes.");
    let sent = names(&sent, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=primes.");
    assert!(!sent.is_empty() && expected == sent, "{expected:?} {sent:?}");
}
