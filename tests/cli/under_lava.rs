//! What is other where LAVA runs the program: its own copy of the definition, the job's parameters, and failures that end
//! the job as incomplete.

use crate::support::{Said, definition, program};
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

const RAISED: &str = "<LAVA_SIGNAL_TESTRAISE lava-bench>\n";

/// The folder that LAVA runs a definition in, with its copy of the definition: sorted, without comments.
fn folder(copy: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("testdef.yaml"), copy).unwrap();
    folder
}

/// As PyYAML writes a definition of its own.
const COPY: &str = r#"benchmark:
  background:
  - command:
    - sleep
    - '60'
    true: SERVER
  command:
  - sh
  - -c
  - echo score {LEVEL}
  metrics:
  - better: higher
    name: score
    range:
    - 0
    - 1000000.0
    unit: points
  outputs:
  - name: one
    patterns:
    - metric: score
      regex: ^score (?P<value>\d+)$
    recognise: ^score
  parameters:
  - description: how much
    maximum: 9
    minimum: 1
    name: LEVEL
    type: integer
  - description: the machine with the server
    name: SERVER
    type: text
  primary:
  - score
  schema: 1
  tool:
    name: sh
metadata:
  description: A definition of one's own.
  format: Lava-Test Test Definition 1.0
  name: own
params:
  LEVEL: 7
  SERVER: 127.0.0.1
run:
  steps:
  - lava-bench run own --exit-zero --param "LEVEL=$LEVEL" --param "SERVER=$SERVER"
"#;

/// LAVA's script, with these parameters of the job and this step.
fn script(folder: &Path, job: &str, step: &str) {
    let text = format!(
        "###default parameters from test definition###\nLEVEL='7'\n######\n###test parameters from job submission###\n\
         {job}######\nset -e\nset -x\nexport TESTRUN_ID=0_own\ncd {}\n{step}\n",
        folder.display()
    );
    fs::write(folder.join("run.sh"), text).unwrap();
}

const STEP: &str = "lava-bench run own --param \"LEVEL=$LEVEL\" --param \"SERVER=$SERVER\"";

fn under_lava(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).current_dir(folder).env("LAVA_JOB_ID", "7").env("TMPDIR", folder);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Said {
    Said::of(&mut under_lava(folder, arguments))
}

#[test]
fn the_definition_that_lava_runs_is_known_there() {
    let folder = folder(COPY);
    let said = run(folder.path(), &["run", "own", "--output", "out"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("TEST_CASE_ID=own.score.0.0 RESULT=pass MEASUREMENT=7 "), "{}", said.stdout);
    // Elsewhere a file of this name is nobody's.
    let outside = Said::of(program().args(["run", "own"]).current_dir(folder.path()));
    assert!(outside.code == 2 && outside.stderr.contains("benchmark `own`"), "{}", outside.stderr);
}

#[test]
fn it_replaces_a_built_in_one_and_a_named_folder_replaces_it() {
    let folder = folder(&COPY.replace("own", "primes"));
    let said = run(folder.path(), &["run", "primes", "--dry-run"]);
    assert!(said.stdout.contains("sh -c echo score 7"), "{} {}", said.stdout, said.stderr);
    fs::create_dir(folder.path().join("mine")).unwrap();
    definition(&folder.path().join("mine"), "primes", "echo mine", "");
    let said = run(folder.path(), &["--definitions", "mine", "run", "primes", "--dry-run"]);
    assert!(said.stdout.contains("sh -c echo mine"), "{} {}", said.stdout, said.stderr);
}

#[test]
fn what_is_wrong_with_it_is_told_with_file_and_line_and_ends_the_job() {
    let folder = folder(&COPY.replace("unit: points", "unit: many points"));
    let said = run(folder.path(), &["run", "own"]);
    let file = fs::canonicalize(folder.path()).unwrap().join("testdef.yaml");
    let expected = format!("the definition that LAVA runs: {}:17: ", file.display());
    assert!(said.stderr.contains(&expected) && said.stderr.contains("17 |     unit: many points"), "{}", said.stderr);
    assert_eq!((said.code, said.stdout.as_str()), (2, RAISED));
    // It spoils no other one.
    assert_eq!(run(folder.path(), &["run", "primes", "--dry-run"]).code, 0);
    // A definition that is not for the agent need not be one of its own.
    fs::write(folder.path().join("testdef.yaml"), "metadata: {name: x}\nrun: {steps: [lava-bench run primes]}\n")
        .unwrap();
    assert_eq!(run(folder.path(), &["run", "primes", "--dry-run"]).code, 0);
}

#[test]
fn a_failure_before_a_run_ends_the_job_as_incomplete() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    for arguments in [
        &["run", "nope"][..],
        &["run", "primes", "--param", "NOPE=1"],
        &["run", "primes", "--param", "THREADS=0"],
        &["run", "primes", "--output", "full"],
        &["run", "primes", "--frobnicate"],
        &["run", "--mmtests", "nope"],
        &["emit", "nope.json"],
        &["parse", "sysbench-cpu", "--signals", "all", "nope.txt"],
    ] {
        let said = run(folder.path(), arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, RAISED), "{arguments:?}: {}", said.stderr);
        let outside = Said::of(program().args(arguments).current_dir(folder.path()));
        assert_eq!((outside.code, outside.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    // These send nothing, and a case that fails is a result.
    assert_eq!(run(folder.path(), &["show", "nope"]).stdout, "");
    assert_eq!(run(folder.path(), &["run", "--help"]).code, 0);
    let failed = run(folder.path(), &["run", "primes", "--param", "TIME=0.02", "--timeout", "1ms", "--output", "out"]);
    assert!(failed.code == 1 && !failed.stdout.contains("TESTRAISE"), "{} {}", failed.code, failed.stderr);
}

#[test]
fn a_parameter_that_the_job_misspells_is_refused() {
    let folder = folder(COPY);
    let with = |job: &str, step: &str| {
        script(folder.path(), job, step);
        run(folder.path(), &["run", "own", "--dry-run"])
    };
    let said = with("LEVLE='3'\n", STEP);
    assert_eq!((said.code, said.stdout.as_str()), (2, RAISED));
    assert_eq!(
        said.stderr,
        "lava-bench: parameter `LEVLE`: the LAVA job sets it, and nothing uses it\nhint: did you mean `LEVEL`?\n"
    );
    let said = with("LEVEL='3'\n", "lava-bench run own --param LEVEL=7");
    assert!(said.code == 2 && said.stderr.contains("--param \"LEVEL=$LEVEL\""), "{}", said.stderr);
    // What is set rightly, what a step uses itself, and what other tests of the same job may use.
    let said = with("LEVEL='3'\nGREETING='hello'\n", &format!("echo $GREETING\n{STEP}"));
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let said = with("SKIP_INSTALL='true'\n", STEP);
    assert_eq!(said.code, 0);
    assert_eq!(said.stderr, "lava-bench: parameter `SKIP_INSTALL`: the LAVA job sets it, and nothing uses it\n");
    // Outside of LAVA the file is nobody's.
    script(folder.path(), "TIEM='3'\n", STEP);
    let outside = Said::of(program().args(["run", "primes", "--dry-run"]).current_dir(folder.path()));
    assert_eq!((outside.code, outside.stderr.as_str()), (0, ""));
}

/// The other tests of a job are not ended for the one that cannot run: LAVA's list says what was skipped, and the job is
/// complete. Who wants it otherwise has a step for it.
#[test]
fn a_benchmark_that_cannot_run_is_skipped_and_does_not_end_the_job() {
    let folder = folder(&COPY.replace("name: sh", "name: no-such-tool"));
    for (arguments, code, number) in [(&["--exit-zero"][..], 0, ""), (&[], 3, ".run_2")] {
        let said = run(folder.path(), &[&["run", "own"], arguments].concat());
        assert_eq!(said.code, code, "{}", said.stderr);
        assert!(said.stdout.contains(&format!("TEST_CASE_ID=own._case{number} RESULT=skip ")), "{}", said.stdout);
        assert!(said.stdout.contains("RESULT=pass MEASUREMENT=0 UNITS=samples "), "{}", said.stdout);
        assert!(!said.stdout.contains("TESTRAISE"), "{}", said.stdout);
        assert!(said.stderr.contains("program `no-such-tool` not found"), "{}", said.stderr);
    }
    // The step that `docs/new-definition.md` names.
    let doctor = run(folder.path(), &["doctor", "own"]);
    assert_eq!(doctor.code, 1, "{}", doctor.stdout);
}

#[test]
fn the_numbers_of_a_case_that_failed_do_not_pass() {
    let folder = TempDir::new().unwrap();
    // The second iteration says less than it should.
    let file = definition(folder.path(), "own", "echo score 7; test -e seen || echo more 1; touch seen", "");
    let more = "{name: more, unit: points, better: higher, range: [0, 9]}]";
    let text =
        fs::read_to_string(&file).unwrap().replace("range: [0, 1.0e12]}]", &format!("range: [0, 1.0e12]}}, {more}"));
    let pattern = "patterns: [{metric: more, regex: '^more (?P<value>\\d)$'}, ";
    fs::write(&file, text.replace("patterns: [", pattern)).unwrap();
    let arguments = ["--definitions", ".", "run", "own", "--iterations", "2", "--output", "out"];
    let said = run(folder.path(), &arguments);
    let result = |name: &str| {
        let line = said.stdout.lines().find(|line| line.contains(&format!("TEST_CASE_ID={name} "))).unwrap();
        line.split_once("RESULT=").unwrap().1.split(' ').next().unwrap().to_string()
    };
    assert_eq!(result("own._case"), "fail", "{}", said.stdout);
    assert_eq!([result("own.score"), result("own.score.0.0"), result("own.score.1.0")], ["fail", "pass", "fail"]);
    // The record comes back, from the frames and from the signals alone.
    fs::write(folder.path().join("log"), &said.stdout).unwrap();
    let rebuilt = Said::of(program().args(["rebuild", "log"]).current_dir(folder.path()));
    let record = fs::read_to_string(folder.path().join("out/record.json")).unwrap();
    assert_eq!((rebuilt.stdout.as_str(), rebuilt.code), (record.as_str(), 0));
    let signals: String =
        said.stdout.lines().filter(|line| !line.contains("LBF1.")).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("log"), signals).unwrap();
    let rebuilt = Said::of(program().args(["rebuild", "log"]).current_dir(folder.path()));
    assert!(rebuilt.stdout.contains("\"result\":\"fail\"") && rebuilt.stdout.contains("[[7.0],[7.0]]"), "{rebuilt:?}");
    assert!(rebuilt.stderr.contains(": 1 loss\n  document: "), "{}", rebuilt.stderr);
}
