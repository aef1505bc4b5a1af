//! MMTests' configuration files.

use super::program::program;
use std::{fs, path::Path};

const CONFIG: &str = "# a comment\nexport MMTESTS=\"stressng pmqtest-unbound unheard\"\nexport RUN_MONITOR=yes\n\
    export STRESSNG_MIN_THREADS=1\nexport STRESSNG_MAX_THREADS=$((STRESSNG_MIN_THREADS*4))\nexport STRESSNG_RUNTIME=3\n\
    export STRESSNG_ITERATIONS=7\nexport STRESSNG_TESTNAME=fork\nif [ -e /x ]; then\n\texport STRESSNG_RUNTIME=9\nfi\n\
    export OTHER=`touch made-by-the-configuration`\n";

#[test]
fn a_configuration_is_planned_and_not_executed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("config");
    fs::write(&path, CONFIG).expect("it can be written");
    let file = path.to_string_lossy();
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert_eq!(code, 0, "{notes}");
    for line in [
        "stressng: stress-ng\n  INSTANCES   1 2 4\n  ITERATIONS  7\n  STRESSOR    fork\n  TIME        3\n",
        "pmqtest-unbound: not run: the definition pmqtest binds its threads\n",
        "unheard: not run: it is not in the table of benchmarks\n",
        "not understood: lines 9 to 11: `if [ -e /x ]; then`: conditions, loops and functions are not understood; it may set STRESSNG_RUNTIME\n",
        "not understood: line 12: `export OTHER=`touch made-by-the-configuration``: it runs a command\n",
        "not used: RUN_MONITOR=yes\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(!Path::new("made-by-the-configuration").exists());
    let (code, plan, notes) = program(&["run", "--dry-run", "--mmtests", &file, "--param", "TIME=5"], "");
    assert_eq!(code, 0, "{notes}");
    assert!(plan.contains("stress-ng: 3 cases, 0 warm-ups and 7 iterations each"), "{plan}");
    assert!(plan.contains("stress-ng --fork 4 --timeout 5 "), "{plan}");
    assert!(notes.contains("unheard: not run") && notes.contains("lines 9 to 11"), "{notes}");

    fs::write(&path, "export MMTESTS=fio\n").expect("it can be written");
    let (code, _, notes) = program(&["run", "--dry-run", "--mmtests", &file], "");
    assert!(code == 3 && notes.contains("fio: not run: `FIO_CMD_OPTIONS` is not known here"), "{notes}");
    let job =
        "export MMTESTS=fio\nF=/tmp/job-$$\nexport FIO_CMD_OPTIONS=\"$F\"\ncat >$F <<END\n[reader]\nsize=4m\nEND\n";
    fs::write(&path, job).expect("it can be written");
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert!(code == 0 && page.contains("  JOB         [reader]\n              size=4m\n"), "{page}{notes}");
    assert!(!page.contains("not understood") && !page.contains("not used"), "{page}");
    fs::write(&path, "nothing\n").expect("it can be written");
    let (code, _, error) = program(&["show", "--mmtests", &file], "");
    assert!(code == 2 && error.contains("hint: name a file of MMTests' configs"), "{error}");
    let (code, _, error) = program(&["show"], "");
    assert!(code == 2 && error.contains("<NAME"), "{error}");
}
