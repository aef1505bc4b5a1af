//! `--test-plan`: their plans, run with our definitions.

use crate::support::{run, skipped};
use std::{env, fs, path::PathBuf};
use tempfile::TempDir;

const PLAN: &str = "\
metadata: {name: bench, format: Linaro Test Plan v2}
tests:
  automated:
  - path: automated/linux/stream/stream-uniprocessor.yaml
    timeout: 1200
  - path: automated/linux/linpack/linpack.yaml
    repository: https://example.org/test-definitions.git
  - path: automated/linux/lapack/lapack.yaml
";

#[test]
fn a_plan_shows_what_would_run_and_runs_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plan.yaml");
    fs::write(&file, PLAN).unwrap();
    let file = file.to_str().unwrap();
    let said = run(&["show", "--test-plan", file]);
    assert_eq!(said.code, 0, "{said:?}");
    for line in [
        "automated/linux/stream/stream-uniprocessor.yaml: stream\n",
        "  otherwise than there: its timeout is not used",
        "automated/linux/linpack/linpack.yaml: linpack\n",
        "automated/linux/lapack/lapack.yaml: not run: no definition here measures it\n",
    ] {
        assert!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    let said = run(&["run", "--test-plan", file, "--dry-run", "--param", "linpack.ITERATIONS=2"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("stream: 1 case, ") && said.stdout.contains("2 iterations"), "{said:?}");
    assert!(said.stderr.contains("lapack.yaml: not run"), "{said:?}");
}

#[test]
fn what_is_no_plan_or_selects_nothing_says_so() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plan.yaml");
    let with = |text: &str| {
        fs::write(&file, text).unwrap();
        run(&["run", "--test-plan", file.to_str().unwrap()])
    };
    let said = with("a: 1\n");
    assert!(said.code == 2 && said.stderr.contains("no automated test in it"), "{said:?}");
    let said = with("[");
    assert!(said.code == 2 && said.stderr.contains("not a test plan"), "{said:?}");
    let said = with("tests: {automated: [{path: automated/linux/smoke/smoke.yaml}]}\n");
    assert!(said.code == 3 && said.stderr.contains("no definition here measures it"), "{said:?}");
    let said = run(&["run", "--test-plan", file.to_str().unwrap(), "primes"]);
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn each_plan_of_theirs_is_read() {
    let Some(tree) = env::var_os("LAVA_BENCH_TEST_DEFINITIONS").map(PathBuf::from) else {
        return skipped("LAVA_BENCH_TEST_DEFINITIONS names no checkout of test-definitions, whose plans would be read");
    };
    for (plan, runs) in [
        ("erp/erp-performance", "hackbench"),
        ("qcomlt/bench", "pi-stress"),
        ("linux-test-plan-example-v1", "dd-wr-speed"),
    ] {
        let said = run(&["show", "--test-plan", tree.join(format!("plans/{plan}.yaml")).to_str().unwrap()]);
        assert!(said.code == 0 && said.stdout.contains(&format!(": {runs}\n")), "{plan}: {said:?}");
    }
}
