//! Runs that ended early: killed at any moment, recovered, gone on with.

use super::support::{Said, becomes_true, program, run};
use lava_bench::record::{Record, Role};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;

/// A definition whose tool sleeps a little and prints the number of its run.
pub(super) fn definition(folder: &Path, script: &str) {
    let path = folder.join("definitions/steps");
    fs::create_dir_all(&path).unwrap();
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: steps, description: A test.}}\nparams: {{ITERATIONS: '6', N: '1 2'}}\n\
         run: {{steps: ['lava-bench run steps --param \"ITERATIONS=$ITERATIONS\" --param \"N=$N\"']}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  \
         parameters: [{{name: N, type: integer, list: true, minimum: 1, maximum: 9, description: d}}]\n  \
         matrix: [{{label: n, parameter: N}}]\n  command: {}\n  \
         metrics: [{{name: score, unit: points, better: higher, range: [0, 1.0e12]}}]\n  \
         outputs: [{{name: one, recognise: '^score', patterns: [{{metric: score, regex: '^score (?P<value>\\d+)$'}}]}}]\n",
        serde_json::to_string(&["sh", "-c", script]).unwrap()
    );
    fs::write(path.join("steps.yaml"), text).unwrap();
}

/// The program with the definition, in the folder.
pub(super) fn with_definition(folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = program();
    command.current_dir(folder).env("COUNT", folder.join("count")).args(arguments).args([
        "--definitions",
        "definitions",
        "--signals",
        "none",
    ]);
    command
}

/// Counts its runs in a file, so that no two samples are the same.
pub(super) const COUNTING: &str =
    "n=$(cat $COUNT 2>/dev/null || echo 0); n=$((n + 1)); echo $n >$COUNT; sleep 0.02; echo score $n";

fn scores(record: &Record) -> Vec<f64> {
    let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
    cases.flat_map(|case| &case.series).flat_map(|series| series.values().map(|value| value.get())).collect()
}

/// Runs until `begun` commands have begun, and kills the program.
pub(super) fn killed_after(folder: &Path, begun: usize, arguments: &[&str]) -> usize {
    let mut child = with_definition(folder, arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let seen = lines.filter(|line| line.contains("iteration") && !line.contains("not valid: ")).take(begun).count();
    child.kill().unwrap();
    child.wait().unwrap();
    seen
}

#[test]
fn a_killed_run_is_recovered_and_gone_on_with_and_nothing_is_measured_twice() {
    for begun in [1, 4, 7, 12] {
        let folder = TempDir::new().unwrap();
        definition(folder.path(), COUNTING);
        killed_after(folder.path(), begun, &["run", "steps", "--output", "out"]);
        let copy = folder.path().join("copy.json");
        let said = run(&["recover", folder.path().join("out").to_str().unwrap(), "-o", copy.to_str().unwrap()]);
        assert_eq!(said.code, 0, "{said:?}");
        let recovered = Record::from_json(fs::read(&copy).unwrap().trim_ascii_end()).unwrap();
        // Those that began before the last one have ended.
        assert!(scores(&recovered).len() >= begun - 1, "{begun}: {said:?}");
        assert!(recovered.interrupted);
        let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "out"]));
        assert_eq!(said.code, 0, "{said:?}");
        let record =
            Record::from_json(fs::read(folder.path().join("out/record.json")).unwrap().trim_ascii_end()).unwrap();
        let all = scores(&record);
        assert_eq!((all.len(), record.id, record.interrupted), (12, recovered.id, false), "{said:?}");
        assert_eq!(all[..scores(&recovered).len()], scores(&recovered));
        let again = record.benchmarks[0].cases.iter().flat_map(|case| &case.executions);
        assert_eq!(again.filter(|execution| execution.role == Role::Iteration).count(), 12);
        assert!(!folder.path().join("out/journal").exists());
        // The record of a run that has ended is written where it was asked for, too.
        let (out, ended) = (folder.path().join("out"), folder.path().join("ended.json"));
        let arguments = ["recover", out.to_str().unwrap(), "-o", ended.to_str().unwrap()];
        assert_eq!((run(&arguments).code, run(&arguments).code), (0, 2));
        assert_eq!(fs::read(&ended).unwrap(), fs::read(out.join("record.json")).unwrap());
    }
}

#[test]
fn a_folder_says_whether_its_run_goes_on_was_killed_or_has_ended() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "sleep 0.5; echo score 1");
    let arguments = ["run", "steps", "--output", "out"];
    let again = || Said::of(&mut with_definition(folder.path(), &arguments));
    let mut child =
        with_definition(folder.path(), &arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("iteration")));
    let said = again();
    assert!(said.code == 2 && said.stderr.contains("`out`: a run goes on in it\nhint: wait for its end"), "{said:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let said = again();
    assert!(said.code == 2 && said.stderr.contains("`out`: has a run that ended early"), "{said:?}");
    let rebuilt = || Said::of(program().current_dir(folder.path()).args(["rebuild", "out"]));
    let of_a_run =
        "out: a run's folder, where nothing is to be rebuilt\nhint: its record is there: `lava-bench show out`";
    assert!(rebuilt().code == 2 && rebuilt().stderr.contains(of_a_run), "{:?}", rebuilt());
    assert_eq!(Said::of(program().current_dir(folder.path()).args(["show", "out"])).code, 0);
}

#[test]
fn a_run_that_a_person_interrupted_is_gone_on_with() {
    for begun in [2, 8] {
        let folder = TempDir::new().unwrap();
        definition(folder.path(), COUNTING);
        let mut command = with_definition(folder.path(), &["run", "steps", "--output", "out"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert_eq!(lines.filter(|line| line.contains(": iteration")).take(begun).count(), begun);
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "out"]));
        assert_eq!(said.code, 0, "{said:?}");
        let record =
            Record::from_json(fs::read(folder.path().join("out/record.json")).unwrap().trim_ascii_end()).unwrap();
        assert_eq!((scores(&record).len(), record.interrupted), (12, false), "{said:?}");
        assert!(record.benchmarks[0].cases.iter().all(|case| case.reasons.is_empty()));
    }
}

#[test]
fn any_verb_that_takes_a_record_takes_the_folder_of_a_killed_run() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), COUNTING);
    killed_after(folder.path(), 4, &["run", "steps", "--output", "out"]);
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let emitted = run(&["emit", out]);
    assert!(emitted.code == 0 && emitted.stdout.contains("steps.score.n_1.0.0"), "{emitted:?}");
    assert!(run(&["convert", out, "--to", "record"]).record().interrupted);
    // A folder of runs has it too, and says so.
    let said = run(&["convert", folder.path().to_str().unwrap(), "--to", "record"]);
    assert!(said.code == 0 && said.stderr.contains("the run ended early"), "{said:?}");
    assert_eq!(said.stdout.lines().count(), 1);
    // Another run does not take the folder.
    let said = Said::of(&mut with_definition(folder.path(), &["run", "steps", "--output", "out"]));
    assert!(said.code == 2 && said.stderr.contains("--resume"), "{said:?}");
}

#[test]
fn a_step_that_kills_the_agent_twice_is_left_out_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    // The second iteration of the first case kills the agent, its parent.
    definition(
        folder.path(),
        "n=$(cat $COUNT 2>/dev/null || echo 0); n=$((n + 1)); echo $n >$COUNT; [ $n = 2 ] && echo 1 >$COUNT && kill -9 $PPID; echo score $n",
    );
    let died = |arguments: &[&str]| assert_eq!(Said::of(&mut with_definition(folder.path(), arguments)).code, -1);
    died(&["run", "steps", "--output", "out"]);
    died(&["run", "--resume", "out"]);
    fs::write(folder.path().join("count"), "5").unwrap();
    let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "out"]));
    assert_eq!(said.code, 1, "{said:?}");
    let record = Record::from_json(fs::read(folder.path().join("out/record.json")).unwrap().trim_ascii_end()).unwrap();
    assert_eq!(record.quarantine.len(), 1);
    assert_eq!(record.quarantine[0].step, "iteration 2 of 6");
    assert_eq!(scores(&record).len(), 1 + 6);
}

#[test]
fn what_did_not_pass_runs_again_alone() {
    let folder = TempDir::new().unwrap();
    definition(
        folder.path(),
        "[ $(($(cat $COUNT 2>/dev/null || echo 0))) -lt 7 ] || [ -e good ] || exit 3; n=$(($(cat $COUNT 2>/dev/null || echo 0) + 1)); echo $n >$COUNT; echo score $n",
    );
    assert_eq!(Said::of(&mut with_definition(folder.path(), &["run", "steps", "--output", "out"])).code, 1);
    fs::write(folder.path().join("count"), "0").unwrap();
    let said = Said::of(&mut with_definition(folder.path(), &["run", "--only-failed", "out", "--output", "again"]));
    assert_eq!(said.code, 0, "{said:?}");
    let record =
        Record::from_json(fs::read(folder.path().join("again/record.json")).unwrap().trim_ascii_end()).unwrap();
    assert_eq!((record.benchmarks[0].cases.len(), scores(&record).len()), (1, 6));
    let said = Said::of(&mut with_definition(folder.path(), &["run", "--only-failed", "again"]));
    assert!(said.code == 3 && said.stderr.contains("again: all cases passed, so nothing is run again"), "{said:?}");
    let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "again"]));
    assert!(said.code == 2 && said.stderr.contains("the run has ended"), "{said:?}");
}

#[test]
fn a_run_that_goes_on_is_not_resumed() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "sleep 5; echo score 1");
    let mut child = with_definition(folder.path(), &["run", "steps", "--output", "out"]).spawn().unwrap();
    assert!(becomes_true(|| fs::metadata(folder.path().join("out/journal")).is_ok_and(|file| file.len() > 0)));
    std::thread::sleep(Duration::from_millis(200));
    let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "out"]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.code == 2 && said.stderr.contains("the run goes on"), "{said:?}");
}
