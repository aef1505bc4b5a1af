//! `compare` where a night in a lab went wrong: boards that are missing or are others, runs that did not finish, logs that were
//! cut; and what a reader makes of its words.

use super::{
    compare::{boot, compare, of_folders, sides, three},
    support::{Said, program, run, run_with},
};
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// What is changed in a record.
type Change<'a> = &'a dyn Fn(&mut Value);

/// Puts one more record into a side.
fn stray(folder: &TempDir, side: &str, number: u32, level: f64, change: Change) {
    let mut record = boot(side, number, level);
    change(&mut record);
    fs::write(folder.path().join(side).join(format!("{number}.json")), record.to_string()).unwrap();
}

fn in_json(folder: &TempDir) -> Value {
    serde_json::from_str(&of_folders(folder, &["--format", "json"]).stdout).unwrap()
}

fn on(device: &str) -> impl Fn(&mut Value) + '_ {
    move |record| record["lab"] = json!({"device": device})
}

fn sides_on(factor: f64, device: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    three(folder.path(), "old", 1, 1.0, on(device));
    three(folder.path(), "new", 11, factor, on(device));
    folder
}

/// The lines of a text from `Worse` on.
fn findings(said: &Said) -> String {
    said.stdout.split_once("\nWorse").unwrap().1.into()
}

#[test]
fn boards_that_are_left_out_are_in_no_number_that_is_shown() {
    let other_kind = |record: &mut Value| record["machine"]["board"]["model"] = json!("Rock 5B");
    let unknown = |record: &mut Value| drop(record.as_object_mut().unwrap().remove("machine"));
    let strays: [(Change, fn() -> TempDir); 3] = [
        (&other_kind, || sides(0.9, |_| {})),
        (&unknown, || sides(0.9, |_| {})),
        (&on("pi-2"), || sides_on(0.9, "pi-1")),
    ];
    for (change, made) in strays {
        let folder = made();
        let (before, json) = (of_folders(&folder, &[]), in_json(&folder));
        for side in ["old", "new"] {
            let folder = made();
            for number in 21..25 {
                stray(&folder, side, number, 5000.0, &|record| {
                    record["machine"]["kernel"]["command_line"] = json!("mitigations=off");
                    change(record);
                });
            }
            let after = of_folders(&folder, &[]);
            assert!(after.stdout.contains("left out: the "), "{}", after.stdout);
            assert_eq!(findings(&after), findings(&before), "{side}");
            let strayed = in_json(&folder);
            assert_eq!(json["differences"], strayed["differences"]);
            for (old, now) in json["metrics"].as_array().unwrap().iter().zip(strayed["metrics"].as_array().unwrap()) {
                for field in ["base", "new", "change", "boots", "verdict"] {
                    assert_eq!(old[field], now[field], "{field}");
                }
                let iterations = now["evidence"][if side == "old" { "base" } else { "new" }].as_array().unwrap();
                let counted = iterations.iter().filter(|one| one["counts"] == true).count();
                assert_eq!((iterations.len(), counted), (21, 9), "what is left out does not count in the evidence");
            }
        }
    }
}

/// All lines that `emit` sends of a record, before the one with the result of its second case.
fn cut_log(record: &Path) -> String {
    let log = run_with(&["emit", "-"], fs::read(record).unwrap().trim_ascii_end()).stdout;
    let is_result = |line: &&str| line.contains("_case") && line.contains("threads_4");
    let end = log.lines().position(|line| is_result(&line)).unwrap();
    log.lines().take(end).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_log_that_was_cut_is_no_regression() {
    let folder = sides(1.0, |_| {});
    let log = cut_log(&folder.path().join("new/11.json"));
    fs::write(folder.path().join("serial.log"), log).unwrap();
    let against = |more: &[&str]| compare(&folder, &[&["old", "--vs", "serial.log"], more].concat());
    let said = against(&["--fail-on", "regression,failure"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.starts_with("Nothing is decided: 1 case is not finished, "), "{}", said.stdout);
    assert!(said.stdout.contains("\nNot finished: its run ended early, or its log is incomplete (1):\n"));
    assert_eq!(against(&["--fail-on", "unknown"]).code, 1);
}

#[test]
fn a_run_that_was_interrupted_is_no_regression() {
    let interrupted = |record: &mut Value| {
        record["interrupted"] = json!(true);
        let case = &mut record["benchmarks"][0]["cases"][1];
        (case["result"], case["reasons"]) = (json!("unknown"), json!(["interrupted"]));
    };
    // The case that ran was cut off, or the run ended before it.
    let ended_before = |record: &mut Value| {
        record["interrupted"] = json!(true);
        record["benchmarks"][0]["cases"].as_array_mut().unwrap().pop();
    };
    let unfinished: [(Change, &str); 2] =
        [(&interrupted, "not finished in all 3 boots (interrupted)"), (&ended_before, "new: not there (")];
    for (change, told) in unfinished {
        let folder = sides(1.0, change);
        let said = of_folders(&folder, &["--fail-on", "regression,failure"]);
        assert_eq!(said.code, 0, "{}", said.stdout);
        let headline = "No regression found, but not all is decided: 1 case is not finished, ";
        assert!(said.stdout.replace('\n', " ").starts_with(headline), "{}", said.stdout);
        assert!(said.stdout.replace("\n      ", " ").contains(told), "{}", said.stdout);
        assert_eq!(of_folders(&folder, &["--fail-on", "unknown"]).code, 1);
        assert_eq!(in_json(&folder)["cases"][0]["change"], "not-finished");
    }
    // A run that ended by itself has what it has: the case is missing.
    let folder = sides(1.0, |record| drop(record["benchmarks"][0]["cases"].as_array_mut().unwrap().pop()));
    assert_eq!(of_folders(&folder, &["--fail-on", "failure"]).code, 1);
}

#[test]
fn a_board_that_is_missing_is_named_first() {
    let folder = sides_on(1.0, "pi-1");
    stray(&folder, "old", 21, 1000.0, &on("pi-2"));
    let said = of_folders(&folder, &["--fail-on", "regression"]);
    assert_eq!(said.code, 0);
    let headline = "No regression found, but not all is decided: 1 board is missing (pi-2), ";
    assert!(said.stdout.replace('\n', " ").starts_with(headline), "{}", said.stdout);
    for word in ["unknown", "failure"] {
        assert_eq!(of_folders(&folder, &["--fail-on", word]).code, 1, "{word}");
    }
    let json = in_json(&folder);
    assert_eq!(json["summary"]["undecided"], true);
    assert_eq!(json["lone_boards"], json!([{"name": "pi-2", "missing": true}]));
    let junit = of_folders(&folder, &["--format", "junit"]).stdout;
    assert!(junit.contains("pi-2") && junit.contains("it has no boot on the new side"), "{junit}");
    // One that measured other benchmarks alone is not missed.
    let asked = of_folders(&folder, &["--benchmark", "sysbench-cpu", "--fail-on", "failure"]);
    assert_eq!(asked.code, 1);
}

#[test]
fn a_board_that_is_new_is_a_note() {
    let folder = sides_on(1.0, "pi-1");
    stray(&folder, "new", 21, 1000.0, &on("pi-2"));
    let said = of_folders(&folder, &["--fail-on", "regression,unknown,failure"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.starts_with("No regression: 2 metrics are the same.\n"), "{}", said.stdout);
    assert!(said.stdout.contains("left out: the new side's boots on pi-2 ("), "{}", said.stdout);
}

#[test]
fn a_board_that_lost_a_processor_is_another_machine() {
    let folder = sides_on(1.0, "pi-1");
    stray(&folder, "old", 21, 1000.0, &on("pi-2"));
    stray(&folder, "new", 22, 1000.0, &|record| {
        on("pi-2")(record);
        record["machine"]["processor"]["threads"] = json!(3);
    });
    let said = of_folders(&folder, &["--fail-on", "failure"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("1 board is another machine now (pi-2)"), "{text}");
    assert!(text.contains("as there it is another machine: CPUs online: 4 -> 3"), "{text}");
    assert_eq!(text.matches("left out").count(), 1, "{text}");
    assert_eq!(of_folders(&folder, &["--fail-on", "unknown"]).code, 1);
}

#[test]
fn kinds_of_machines_that_are_taken_together_are_said() {
    let folder = sides(1.0, |_| {});
    for side in ["old", "new"] {
        let number = if side == "old" { 21 } else { 22 };
        stray(&folder, side, number, 5000.0, &|record| record["machine"]["board"]["model"] = json!("Rock 5B"));
    }
    let text = of_folders(&folder, &[]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("note 2 kinds of machines are taken together"), "{text}");
    assert!(text.contains("`lava-bench report` compares each kind by itself"), "{text}");
    assert!(!of_folders(&sides(1.0, |_| {}), &[]).stdout.contains("taken together"));
}

#[test]
fn an_estimate_that_goes_against_the_medians_says_so() {
    let folder = TempDir::new().unwrap();
    let boards = [
        ("old", &[("pi-1", 1000.0), ("pi-2", 2000.0), ("pi-2", 2004.0), ("pi-2", 1997.0)][..], 1),
        ("new", &[("pi-1", 1010.0), ("pi-1", 1012.0), ("pi-1", 1008.0), ("pi-2", 2020.0)][..], 11),
    ];
    for (side, boots, first) in boards {
        fs::create_dir(folder.path().join(side)).unwrap();
        for ((device, level), number) in boots.iter().zip(first..) {
            stray(&folder, side, number, *level, &on(device));
        }
    }
    let said = of_folders(&folder, &["--all"]);
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("1998.5 -> 1011 events/s; the estimate over all boots is 1."), "{text}");
    assert!(text.contains("% more events/s"), "{text}");
}

#[test]
fn what_did_not_change_goes_no_way() {
    let folder = TempDir::new().unwrap();
    for (side, first) in [("old", 1), ("new", 11)] {
        fs::create_dir(folder.path().join(side)).unwrap();
        (first..first + 3).for_each(|number| stray(&folder, side, number, 1000.0, &|_| {}));
    }
    let said = of_folders(&folder, &["--all"]);
    assert!(said.stdout.contains("1000 -> 1000 events/s: no change"), "{}", said.stdout);
}

#[test]
fn what_makes_a_kernel_slow_comes_first_of_what_differs() {
    let options: Vec<String> = (10..40).map(|number| format!("aa{number}=1")).collect();
    let line = |words: &str| json!(format!("quiet {words} -- --addr 0.0.0.0:2024 mitigations=no"));
    let folder = TempDir::new().unwrap();
    let with = |words: String, governor: &'static str, option: &'static str| {
        move |record: &mut Value| {
            record["machine"]["kernel"]["command_line"] = line(&words);
            record["machine"]["kernel"]["config"] =
                json!({"sha256": "0".repeat(64), "source": "/proc/config.gz", "options": {"HZ": option}});
            record["machine"]["processor"]["frequency"] = json!([{"cpus": "0-3", "governor": governor}]);
            record["machine"]["distribution"] = json!({"id": option});
        }
    };
    three(folder.path(), "old", 1, 1.0, with("mitigations=auto".into(), "performance", "250"));
    three(folder.path(), "new", 11, 1.0, |record| {
        with(format!("{} nosmt mitigations=off", options.join(" ")), "powersave", "1000")(record);
        // Init's own words.
        let line = record["machine"]["kernel"]["command_line"].as_str().unwrap().replace("--addr", "--port");
        record["machine"]["kernel"]["command_line"] = json!(line);
    });
    let said = of_folders(&folder, &[]);
    let lines: Vec<&str> = said.stdout.lines().skip_while(|line| *line != "What else differs:").skip(1).collect();
    let first = [
        "  command line mitigations: auto -> off",
        "  command line nosmt: (none) -> is there",
        "  governor: performance -> powersave",
        "  CONFIG_HZ: 250 -> 1000",
        "  distribution: 250 -> 1000",
        "  command line aa10: (none) -> 1",
    ];
    assert_eq!(lines[..first.len()], first, "{}", said.stdout);
    let all = of_folders(&folder, &["--all"]).stdout;
    assert!(!all.contains("addr") && !all.contains("port:") && !all.contains("mitigations: no"), "{all}");
}

#[test]
fn what_was_skipped_on_both_sides_says_so() {
    let folder = sides(1.0, |_| {});
    for (side, number) in [("old", 1), ("new", 11)] {
        stray(&folder, side, number, 1000.0, &|record| {
            for case in record["benchmarks"][0]["cases"].as_array_mut().unwrap() {
                (case["result"], case["series"], case["reasons"]) =
                    (json!("skip"), json!([]), json!(["no program sysbench"]));
            }
        });
    }
    let said = compare(&folder, &["old/1.json", "new/11.json"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(
        said.stderr.contains("nothing was measured: all 2 cases were skipped on both sides (no program sysbench)"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("same parameters"), "{}", said.stderr);
}

#[test]
fn a_comparison_is_no_record() {
    let folder = sides(1.0, |_| {});
    assert_eq!(of_folders(&folder, &["--format", "json", "--output", "c.json"]).code, 0);
    let said = compare(&folder, &["old", "--vs", "c.json"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(
        said.stderr.contains("c.json: it is a comparison, as `compare --format json` writes it"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("MMTests"), "{}", said.stderr);
}

#[test]
fn an_unknown_machine_is_said_in_plain_words() {
    let nameless = |record: &mut Value| drop(record.as_object_mut().unwrap().remove("machine"));
    let said = of_folders(&sides(1.0, nameless), &[]);
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("note the new side does not say what machine it is: whether both are of one kind is unknown"),
        "{text}"
    );
    let folder = sides(1.0, |_| {});
    stray(&folder, "new", 21, 5000.0, &nameless);
    let said = of_folders(&folder, &[]);
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "left out: the new side's boots on an unknown machine, as nothing says which machine that is";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_narrow_terminal_has_no_line_that_is_longer() {
    let folder = sides_on(0.9, "pi-1");
    stray(&folder, "old", 21, 1000.0, &on("pi-2"));
    for name in ["some-notes", "other-notes", "and-even-more-notes"] {
        fs::write(folder.path().join("old").join(format!("{name}.json")), "{}").unwrap();
    }
    for columns in [72, 80] {
        let mut command = program();
        command.current_dir(folder.path()).env("COLUMNS", columns.to_string());
        let said = Said::of(command.args(["compare", "old", "--vs", "new", "--all"]));
        assert!(said.stderr.contains("passed over"), "{}", said.stderr);
        for line in said.stdout.lines().chain(said.stderr.lines()) {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn the_limit_of_iterations_is_the_real_one() {
    for count in ["0", "100001", "many"] {
        let said = run(&["run", "primes", "--iterations", count]);
        assert_eq!(said.code, 2);
        assert!(said.stderr.contains("from 1 to 100000"), "{}", said.stderr);
    }
}
