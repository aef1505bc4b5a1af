//! `emit result.txt`: what `send-to-lava.sh` sends, or a refusal.

use crate::support::{Said, golden, program, run, run_with, shell, skipped};
use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn signals(said: &Said) -> Vec<&str> {
    said.stdout.lines().map(|line| line.strip_prefix("<LAVA_SIGNAL_").unwrap().strip_suffix('>').unwrap()).collect()
}

#[test]
fn a_file_is_sent_line_by_line_and_what_cannot_be_sent_is_named() {
    let text =
        b"lava-test-set start set\na pass 1.50 ms\nmy test pass\nb SKIP\nlava-test-set stop\nc pass  ms\nlast fail 3";
    let said = run_with(&["emit", "-"], text);
    assert_eq!(said.code, 4, "{said:?}");
    let expected = [
        "TESTSET START set",
        "TESTCASE TEST_CASE_ID=a RESULT=pass MEASUREMENT=1.50 UNITS=ms",
        "TESTCASE TEST_CASE_ID=b RESULT=skip",
        "TESTSET STOP",
        "TESTCASE TEST_CASE_ID=last RESULT=fail MEASUREMENT=3 UNITS=",
    ];
    assert_eq!(signals(&said), expected);
    assert!(said.stderr.contains("-: line 3: not sent: the name `my test` has blanks"), "{}", said.stderr);
    assert!(said.stderr.contains("-: line 6: not sent: `c` has no value: `ms`"), "{}", said.stderr);
    assert_eq!(run_with(&["emit", "-", "--exit-zero"], text).code, 0);
    assert_eq!(run_with(&["emit", "-"], b"a pass\n").code, 0);
}

#[test]
fn a_log_of_a_test_case_stands_between_two_signals_before_it() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("result.txt", "a pass\nb pass 1 s\n");
    write("b.log", "what b said\nwithout an end");
    let file = folder.path().join("result.txt");
    let expected = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>\n<LAVA_SIGNAL_STARTTC b>\nwhat b said\nwithout an end\n\
                    <LAVA_SIGNAL_ENDTC b>\n<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=b RESULT=pass MEASUREMENT=1 UNITS=s>\n";
    let said = run(&["emit", file.to_str().unwrap()]);
    assert_eq!((said.code, said.stdout.as_str()), (0, expected));
    // RESULT_DIR says where the logs are; what is no file is no log.
    let logs = folder.path().join("logs");
    fs::create_dir_all(logs.join("a.log")).unwrap();
    symlink("/dev/zero", logs.join("b.log")).unwrap();
    let said = run(&["emit", file.to_str().unwrap(), logs.to_str().unwrap()]);
    assert_eq!((said.code, said.stdout.lines().count()), (0, 2), "{said:?}");
}

#[test]
fn what_holds_nothing_says_so_and_what_is_no_choice_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("result.txt");
    fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    let said = run(&["emit", file]);
    assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{said:?}");
    assert!(said.stderr.contains("no result in it"), "{said:?}");
    fs::write(file, "a pass\n").unwrap();
    for arguments in [&["--signals", "none"][..], &["--stream", "on"]] {
        let said = run(&[&["emit", file], arguments].concat());
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.stderr.contains("hint: `lava-bench convert"), "{said:?}");
    }
    let said = run(&["emit", "docs/example-record.json", "logs"]);
    assert!(said.code == 2 && said.stderr.contains("RESULT_DIR goes with a result.txt alone"), "{said:?}");
}

#[test]
fn a_thousand_lines_are_sent_by_one_process() {
    let text: String = (0..1000).map(|at| format!("test-{at} pass {at}.5 ms\n")).collect();
    let said = run_with(&["emit", "-"], text.as_bytes());
    assert_eq!((said.code, said.stdout.lines().count()), (0, 1000));
    assert!(
        said.stdout.ends_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=test-999 RESULT=pass MEASUREMENT=999.5 UNITS=ms>\n")
    );
}

#[test]
fn where_kmsg_takes_nothing_signals_go_to_standard_output() {
    if Path::new("/dev/kmsg").exists() && fs::OpenOptions::new().append(true).open("/dev/kmsg").is_ok() {
        return skipped("/dev/kmsg takes lines here: a test does not write into the kernel's log");
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("result.txt");
    fs::write(&file, "a pass\n").unwrap();
    let said = Said::of(program().arg("emit").arg(&file).env("KMSG", "true"));
    assert_eq!(said.stdout, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>\n");
}

/// Where the script's answer to a line of the golden is not ours: what ours is.
const OTHERWISE: [(&str, &str); 21] = [
    // LAVA takes the one and refuses the other; both are meant.
    ("UPPER PASS", "TESTCASE TEST_CASE_ID=UPPER RESULT=pass"),
    ("mixed Pass", "TESTCASE TEST_CASE_ID=mixed RESULT=pass"),
    // The script loses the number, or takes a test set for a test, or a name for three lines.
    ("x pass 5 unknown", "TESTCASE TEST_CASE_ID=x RESULT=pass MEASUREMENT=5 UNITS=unknown"),
    ("x pass 5 fail", "TESTCASE TEST_CASE_ID=x RESULT=pass MEASUREMENT=5 UNITS=fail"),
    ("lava-test-set start pass", "TESTSET START pass"),
    ("back\\slash\\n pass 5 ms", "TESTCASE TEST_CASE_ID=back\\slash\\n RESULT=pass MEASUREMENT=5 UNITS=ms"),
    // It drops the last line without an end.
    (
        "last-line-without-newline pass 9 ms",
        "TESTCASE TEST_CASE_ID=last-line-without-newline RESULT=pass MEASUREMENT=9 UNITS=ms",
    ),
    // It sends what LAVA refuses, or what is not what the line says.
    ("metric-empty-value pass  ms", "no value"),
    ("metric-nan pass nan ms", "not a value"),
    ("metric-text pass 3.0.22 version", "not a number"),
    ("metric-comma pass 1,234 ops", "not a number"),
    ("metric-range pass 1,2,3 ms", "not a number"),
    ("metric-units-words pass 7 MB per sec", "have blanks"),
    ("my test name pass", "has blanks"),
    ("my test name pass 5 ms", "has blanks"),
    ("two  spaces pass 5 ms", "has blanks"),
    ("passpass-result passpass 4 ms", "neither pass"),
    ("a>b pass 5 ms", "ends a signal"),
    ("lava-test-set start two words", "test set"),
    ("# comment pass", "has blanks"),
    // It drops these without a word; so do we, with one.
    ("warn warn", "neither pass"),
];

#[test]
fn the_lines_of_the_golden_are_the_scripts_signals_or_a_stated_difference() {
    let Some(folder) = golden("test-definitions/send-to-lava") else { return };
    let text = fs::read_to_string(folder.join("result.txt")).unwrap();
    let theirs = fs::read_to_string(folder.join("signals.txt")).unwrap();
    let mut theirs: Vec<&str> = theirs.lines().collect();
    let otherwise: BTreeMap<&str, &str> = OTHERWISE.into();
    let (mut same, mut different) = (0, 0);
    let scratch = TempDir::new().unwrap();
    let file = scratch.path().join("result.txt");
    for line in text.lines() {
        fs::write(&file, line).unwrap();
        let said = run(&["emit", file.to_str().unwrap()]);
        // A set that is begun is ended, which no line of the golden says.
        let ours = said.stdout.lines().next().unwrap_or_default();
        match otherwise.get(line) {
            Some(expected) if expected.starts_with("TEST") => {
                assert_eq!(ours, format!("<LAVA_SIGNAL_{expected}>"), "{line}")
            }
            Some(expected) => assert!(ours.is_empty() && said.stderr.contains(expected), "{line}: {said:?}"),
            None if ours.is_empty() => assert!(said.code == 4 && said.stderr.contains("line 1"), "{line}: {said:?}"),
            None => {
                let at = theirs.iter().position(|signal| *signal == ours);
                let at = at.unwrap_or_else(|| panic!("{line}: the script never sends {ours}"));
                theirs.remove(at);
                same += 1;
                continue;
            }
        }
        different += 1;
    }
    assert_eq!((same, different), (26, 23), "left of theirs: {theirs:#?}");
}

#[test]
fn the_signals_of_every_golden_are_the_scripts() {
    let Some(folder) = golden("test-definitions") else { return };
    let mut all = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (file, signals) = (entry.path().join("result.txt"), entry.path().join("lava-signals.txt"));
        let Ok(theirs) = fs::read_to_string(signals) else { continue };
        let empty = TempDir::new().unwrap();
        let said = run(&["emit", file.to_str().unwrap(), empty.path().to_str().unwrap(), "--exit-zero"]);
        let (ours, theirs): (Vec<&str>, Vec<&str>) = (said.stdout.lines().collect(), theirs.lines().collect());
        let name = entry.file_name();
        for line in &ours {
            assert!(theirs.contains(line), "{name:?}: {line}");
            all += 1;
        }
        // What the script sends and we do not is named.
        let missing = theirs.iter().filter(|line| !ours.contains(line)).count();
        let named = said.stderr.lines().filter(|line| line.contains(": not sent: ")).count();
        assert!(missing <= named, "{name:?}: {missing} of theirs are missing, {named} are named: {}", said.stderr);
    }
    assert!(all > 300, "{all}");
}

/// What `bash` says that a command took: user's and system's seconds.
fn processor_time(command: &str) -> f64 {
    let script = format!("TIMEFORMAT='%U %S'; {{ time {command} >/dev/null 2>&1; }} 2>&1");
    let said = Said::of(&mut shell(&script));
    said.stdout.split_whitespace().filter_map(|seconds| seconds.parse::<f64>().ok()).sum()
}

#[test]
fn a_thousand_lines_are_the_scripts_signals_in_less_time() {
    let Some(tree) = env::var_os("LAVA_BENCH_TEST_DEFINITIONS").map(PathBuf::from) else {
        return skipped(
            "LAVA_BENCH_TEST_DEFINITIONS names no checkout of test-definitions, whose script would be timed",
        );
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("result.txt");
    let text: String = (0..1000).map(|at| format!("test-{at} pass {at}.5 ms\n")).collect();
    fs::write(&file, text).unwrap();
    let script = format!("sh {} {}", tree.join("automated/utils/send-to-lava.sh").display(), file.display());
    let emit = format!("\"$AGENT\" emit {}", file.display());
    let signals = |command: &str| Said::of(&mut shell(command)).stdout;
    assert_eq!(signals(&emit), signals(&script));
    let (theirs, ours) = (processor_time(&script), processor_time(&emit));
    eprintln!("1000 lines: send-to-lava.sh takes {theirs:.3} s of CPU time, lava-bench emit {ours:.3} s");
}
