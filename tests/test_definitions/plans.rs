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
fn an_overlay_changes_what_runs() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_string()
    };
    let plan = path("plan.yaml", PLAN);
    let overlay = path(
        "overlay.yaml",
        "skip:\n- path: automated/linux/stream/stream-uniprocessor.yaml\namend:\n- path: automated/linux/smoke/smoke.yaml\n  \
         parameters: {A: 1}\nadd:\n- path: automated/linux/device-read-perf/device-read-perf.yaml\n  \
         parameters: {DEVICE: sda sdb}\n",
    );
    let said = run(&["show", "--test-plan", &plan, "--overlay", &overlay]);
    assert_eq!(said.code, 0, "{said:?}");
    for line in [
        "automated/linux/linpack/linpack.yaml: linpack\n",
        "automated/linux/device-read-perf/device-read-perf.yaml: device-read-perf\n",
        "/dev/sda /dev/sdb\n",
        "automated/linux/stream/stream-uniprocessor.yaml: not run: the overlay skips it\n",
        "overlay: amend automated/linux/smoke/smoke.yaml: the plan has no such test\n",
    ] {
        assert!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    let said = run(&["run", "--test-plan", &plan, "--overlay", &overlay, "--dry-run"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("device-read-perf: 2 cases, ") && !said.stdout.contains("stream: "), "{said:?}");
    assert!(said.stderr.contains("overlay: amend automated/linux/smoke/smoke.yaml"), "{said:?}");
    let none = path("none.yaml", "metadata: {name: x}\n");
    let said = run(&["show", "--test-plan", &plan, "--overlay", &none]);
    assert!(said.code == 2 && said.stderr.contains("none.yaml: not an overlay of a test plan"), "{said:?}");
    for arguments in [&["run", "--dry-run", "primes"][..], &["run", "--dry-run"], &["show", "primes"], &["show"]] {
        let said = run(&[arguments, &["--overlay", &overlay]].concat());
        assert!(said.code == 2 && said.stdout.is_empty(), "{arguments:?}: {said:?}");
    }
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
    let path = |name: &str| tree.join("plans").join(name).to_str().unwrap().to_string();
    let mut overlays = vec![path("test-plan-overlay-example.yaml")];
    for entry in fs::read_dir(tree.join("plans/erp/overlays")).unwrap().flatten() {
        overlays.push(entry.path().to_str().unwrap().to_string());
    }
    for overlay in overlays {
        let said = run(&["show", "--test-plan", &path("erp/erp-functional.yaml"), "--overlay", &overlay]);
        assert!(!said.stderr.contains("not an overlay") && said.code != 2, "{overlay}: {said:?}");
    }
}
