//! Small things that people stumble over.

use crate::{
    PRIMES, record_text,
    support::{Said, definition, program, project, rebuild, run, run_with},
};
use std::{fs, process::Command};
use tempfile::TempDir;

fn example() -> String {
    fs::read_to_string(project("docs/example-record.json")).unwrap()
}

/// Three definitions of a suite, one of which cannot run, and one of no suite.
fn definitions(folder: &TempDir) -> String {
    for (name, script) in [("own-one", "echo score 1"), ("own-two", "echo score 2"), ("other", "echo score 3")] {
        let suite = if name == "other" { "" } else { "  suite: own\n" };
        definition(folder.path(), name, script, suite);
    }
    let lacking = definition(folder.path(), "own-three", "echo score 3", "  suite: own\n");
    let text = fs::read_to_string(&lacking).unwrap().replace("tool: {name: sh}", "tool: {name: no-such-tool}");
    fs::write(lacking, text).unwrap();
    folder.path().display().to_string()
}

#[test]
fn show_prints_the_table_of_a_run() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("run");
    let said = Said::of(program().args(PRIMES).arg("--output").arg(&output));
    let record = output.join("record.json");
    let log = folder.path().join("serial.log");
    fs::write(&log, &said.stdout).unwrap();
    let table = run(&["show", output.to_str().unwrap()]).stdout;
    assert!(table.starts_with("primes (lava-bench ") && said.stderr.contains(table.trim_end()), "{table}");
    for source in [&record, &log] {
        assert_eq!(run(&["show", source.to_str().unwrap()]).stdout, table, "{}", source.display());
    }
    assert_eq!(run_with(&["show", "-"], said.stdout.as_bytes()).stdout, table);
    let json = run(&["show", record.to_str().unwrap(), "--json"]).stdout;
    assert_eq!(json, record_text(&output));
    // A definition comes first, and has what a run has not.
    let wrong = run(&["show", record.to_str().unwrap(), "--yaml"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("is not a definition\nhint: "), "{wrong:?}");
    let here = Said::of(program().args(["show", "primes"]).current_dir(folder.path()));
    assert!(here.stdout.contains("parameters:"), "{here:?}");
    let several = run_with(&["show", "-"], format!("{}{}", json, example()).as_bytes()).stdout;
    assert!(several.contains("record 0a1b2c3d"), "{several}");
}

#[test]
fn run_takes_suites_patterns_and_what_is_available() {
    let folder = TempDir::new().unwrap();
    let own = definitions(&folder);
    let plan = |arguments: &[&str]| {
        let said = run(&[&["--definitions", &own, "run", "--dry-run"], arguments].concat());
        let names = said.stdout.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next());
        (said.code, names.map(String::from).collect::<Vec<_>>().join(" "), said.stderr.clone())
    };
    assert_eq!(plan(&["own"]).1, "own-one own-three own-two");
    assert_eq!(plan(&["--suite", "own"]).1, "own-one own-three own-two");
    assert_eq!(plan(&["own-t*"]).1, "own-three own-two");
    assert_eq!(plan(&["own-two", "own-*", "other"]).1, "own-two own-one own-three other");
    assert_eq!(plan(&["own", "--available"]).1, "own-one own-two");
    let all = plan(&["--available"]).1;
    assert!(all.contains("other") && all.contains("primes") && !all.contains("own-three"), "{all}");
    for (arguments, code, why) in [
        (&["zzz-*"][..], 3, "pattern `zzz-*`: no benchmark has such a name\nhint: "),
        (&["own-three", "--available"], 3, "--available: none of these benchmarks can run here"),
        (&["--suite", "owl"], 2, "suite `owl`: unknown\nhint: did you mean `own`?"),
        (&["own-["], 2, "pattern `own-[`: "),
        (&["own-onee"], 2, "did you mean `own-one`?"),
    ] {
        let (was, names, stderr) = plan(arguments);
        assert!(was == code && names.is_empty() && stderr.contains(why), "{arguments:?}: {was}: {names}: {stderr}");
    }
}

#[test]
fn a_run_says_how_far_it_is_and_how_it_ended() {
    let folder = TempDir::new().unwrap();
    let own = definitions(&folder);
    definition(folder.path(), "bad", "exit 7", "");
    let output = folder.path().join("output");
    let arguments = ["--definitions", &own, "run", "own", "bad", "--iterations", "3", "--signals", "none", "--output"];
    let said = Said::of(program().args(arguments).arg(&output));
    assert_eq!(said.code, 1, "{}", said.stderr);
    let steps: Vec<&str> =
        said.stderr.lines().filter(|line| line.contains(": iteration ") && !line.contains("not valid: ")).collect();
    assert_eq!(steps[0], "own-one: iteration 1 of 3 (1 of 9)");
    // Nothing is known of the benchmarks that have not begun.
    assert!(steps[1].starts_with("own-one: iteration 2 of 3 (2 of 9, at least "), "{}", steps[1]);
    assert!(steps[1].ends_with(" s left)") && steps.last().unwrap().contains(" of 9, about "), "{steps:?}");
    assert_eq!(said.stderr.lines().last(), Some("2 passed, 1 failed, 1 skipped"));
    assert!(!said.stderr.contains(['\r', '\x1b']), "{:?}", said.stderr);
}

#[test]
fn the_version_names_the_build() {
    let text = run(&["--version"]).stdout;
    let (said, licence) = text.split_once('\n').unwrap();
    assert_eq!(licence, "licence: MIT OR Apache-2.0\n");
    assert_eq!(run(&["-V"]).stdout, format!("{said}\n"));
    assert!(said.starts_with(concat!("lava-bench ", env!("CARGO_PKG_VERSION"), " (")), "{said}");
    let build = if cfg!(feature = "host") { "host build" } else { "device build" };
    assert!(said.trim_end().ends_with(&format!("-linux-gnu, {build})")) || said.contains("-musl"), "{said}");
    // Where there is a git tree and git, the commit is named.
    let git = Command::new("git").arg("-C").arg(project("")).args(["rev-parse", "HEAD"]).output();
    if git.is_ok_and(|git| git.status.success()) && project(".git").exists() {
        let (_, commit) = said.split_once("(commit ").unwrap();
        assert!(commit[..12].bytes().all(|byte| byte.is_ascii_hexdigit()), "{said}");
    }
}

#[test]
fn each_example_is_of_this_build() {
    let help = run(&["--help"]).stdout;
    let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  lava-bench ")).collect();
    assert_eq!(examples.len(), 2, "{help}");
    for verb in examples.iter().filter_map(|example| example.split(' ').next()) {
        assert_eq!(run(&[verb, "--help"]).code, 0, "{verb}");
    }
}

#[cfg(not(feature = "host"))]
#[test]
fn a_verb_of_the_host_build_is_named_as_such() {
    for verb in ["rebuild", "compare", "convert", "submit"] {
        let said = run(&[verb, "x"]);
        assert!(said.code == 2 && said.stderr.contains("only in the host build"), "{said:?}");
    }
}

#[test]
fn what_finds_nothing_says_so() {
    for (arguments, code, why) in [
        (&["list", "nope"][..], 3, "lava-bench: list: nothing matches `nope`\nhint: `lava-bench list` shows all\n"),
        (&["list", "sysbench_cpu"], 3, "hint: did you mean `sysbench-cpu`?\n"),
        (&["list", "--suite", "sysbenc"], 2, "suite `sysbenc`: unknown\nhint: did you mean `sysbench`?"),
        (
            &["rebuild", "/dev/null"],
            4,
            "/dev/null: no signal and no frame of a record\nhint: name what a board's console",
        ),
    ] {
        let said = run(arguments);
        assert!(said.code == code && said.stdout.is_empty() && said.stderr.contains(why), "{arguments:?}: {said:?}");
    }
    let foreign = rebuild("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=other RESULT=pass>\n");
    assert!(
        foreign.code == 4 && foreign.stderr.contains("hint: 1 test case of other programs: was the benchmark run with")
    );
    let damaged = rebuild("LBF1.0a1b2c3d.0.1.\n");
    assert!(damaged.stderr.contains("hint: 1 damaged, none whole"), "{}", damaged.stderr);
    let page = run(&["rebuild", "https://lava.example/nothing/7"]);
    let hint = "not the page of a job\nhint: type lava+https://HOST/scheduler/job/N";
    assert!(page.code == 2 && page.stderr.contains(hint), "{}", page.stderr);
}

#[test]
fn numbers_that_are_none_are_told_in_plain_words() {
    for (arguments, why) in [
        (&["run", "primes", "--baud", "0"][..], "write a number of bits a second, as 115200"),
        (&["run", "primes", "--baud", "fast"], "write a number of bits a second, as 115200"),
        (&["run", "primes", "--iterations", "0"], "write a whole number from 1"),
        (&["run", "primes", "--iterations", "many"], "write a whole number from 1"),
        (&["run", "primes", "--redundancy", "x"], "write a whole number of percent from 0 to 400, as 25"),
    ] {
        let said = run(arguments);
        assert!(said.code == 2 && said.stderr.contains(why), "{arguments:?}: {}", said.stderr);
    }
    let help = run(&["run", "--help"]).stdout;
    assert!(help.contains("--stream <on|off>") && !help.contains("WHETHER"), "{help}");
}

#[test]
fn nothing_is_said_twice() {
    let folder = TempDir::new().unwrap();
    for benchmark in ["fio", "dbench"] {
        fs::create_dir_all(folder.path().join("run/iter-0").join(benchmark).join("logs")).unwrap();
    }
    let said = Said::of(program().args(["compare", "run", "--benchmark", "nope"]).current_dir(folder.path()));
    let expected = "lava-bench: run: no benchmark `nope` in it\nhint: it has dbench, fio\n";
    assert_eq!((said.code, said.stderr.as_str()), (2, expected));
}

#[test]
fn a_record_that_lost_something_is_submitted_with_a_word_about_it() {
    let folder = TempDir::new().unwrap();
    let lines = run_with(&["emit", "-", "--stream", "off"], example().as_bytes()).stdout;
    let cut: String = lines.lines().filter(|line| !line.contains(".1.0 ")).map(|line| format!("{line}\n")).collect();
    let record = folder.path().join("record.json");
    fs::write(&record, rebuild(cut).stdout).unwrap();
    let squad = ["submit", "squad", record.to_str().unwrap(), "--server", "https://qa.example"];
    let names = ["--group", "a", "--project", "b", "--build", "c", "--environment", "d", "--dry-run"];
    let said = run(&[&squad[..], &names].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("record 0a1b2c3d: ") && said.stderr.contains(": SQUAD gets only"), "{}", said.stderr);
}

/// What `scripts/lava-job` leaves.
#[test]
fn lava_runs_results_are_read() {
    let mut lines = String::from(
        "{\"definition\": \"lava\", \"case\": \"0_sysbench-cpu\", \"result\": \"pass\", \"duration\": \"0.1\"}\n",
    );
    for signal in run_with(&["emit", "-", "--stream", "off"], example().as_bytes()).stdout.lines() {
        let field = |key: &str| signal.split([' ', '>']).find_map(|word| word.strip_prefix(key)).unwrap_or_default();
        let mut case = serde_json::json!({
            "definition": "0_sysbench-cpu", "case": field("TEST_CASE_ID="), "result": field("RESULT="),
        });
        if signal.contains("MEASUREMENT=") {
            case["measurement"] = field("MEASUREMENT=").into();
            case["units"] = field("UNITS=").into();
        }
        lines.push_str(&format!("{case}\n"));
    }
    let said = rebuild(&lines);
    let record = said.record();
    let samples = |record: &lava_bench::record::Record| {
        let series = record.benchmarks[0].cases.iter().flat_map(|case| &case.series);
        series.map(|series| series.values().map(|value| value.to_string()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let whole = lava_bench::record::Record::from_json(example().trim_end().as_bytes()).unwrap();
    assert_eq!(samples(&record), samples(&whole), "{}", said.stderr);
}

/// A screen of 80 columns breaks each frame in three.
#[test]
fn a_console_that_was_copied_from_a_screen_is_read() {
    let lines = run_with(&["emit", "-"], example().as_bytes()).stdout;
    let screen: String = lines
        .lines()
        .flat_map(|line| line.as_bytes().chunks(80))
        .map(|part| format!("{}\n", String::from_utf8_lossy(part).trim_end()))
        .collect();
    let said = rebuild(screen);
    assert_eq!((said.code, said.stdout.as_str()), (0, example().as_str()), "{}", said.stderr);
}

#[test]
fn a_refusal_fits_the_terminal_and_is_one_line_in_a_log() {
    let folder = TempDir::new().unwrap();
    let name = "a".repeat(30);
    let said = |columns: Option<&str>, arguments: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).env_remove("COLUMNS");
        columns.into_iter().for_each(|columns| {
            command.env("COLUMNS", columns);
        });
        Said::of(command.args(arguments)).stderr
    };
    for arguments in [
        &["rebuild", "https://lava.example/nothing/7"][..],
        &["run", "primes", "--param", "THREADS=1", "--param", "THREADS=2"],
        &["run", "primes", "--param", &name],
        &["compare", "x", "--margin", "200%"],
        &["convert", "x", "--to", "nope"],
    ] {
        let narrow = said(Some("60"), arguments);
        let fits = |line: &str| line.chars().count() <= 60 || line.split_whitespace().count() == 1;
        assert!(narrow.lines().all(fits), "{arguments:?}: {narrow}");
        let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
        let wide = said(None, arguments);
        assert_eq!(words(&narrow), words(&wide));
        assert!(wide.lines().count() <= 2 && wide.starts_with("lava-bench: "), "{wide}");
    }
}

#[test]
fn sending_nothing_is_a_mistake_and_a_run_at_a_terminal_speaks_of_no_signals() {
    let said = run_with(&["emit", "-", "--signals", "none"], example().as_bytes());
    let expected = "lava-bench: -: neither signals nor frames are asked for\nhint: --stream on sends the frames, which hold the whole record\n";
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (2, "", expected));
    let sent = run_with(&["emit", "-", "--signals", "none", "--stream", "on"], example().as_bytes());
    assert!(sent.code == 0 && sent.stdout.starts_with("LBF1."), "{sent:?}");
}

#[test]
fn the_doctor_looks_at_a_copy_of_a_machine() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().to_str().unwrap();
    let said = run(&["doctor", "--root", root]);
    assert!(said.code == 2 && said.stderr.ends_with("hint: name a folder with copies of /proc and /sys\n"), "{said:?}");
    let thermal = folder.path().join("sys/class/thermal/cooling_device0");
    fs::create_dir_all(&thermal).unwrap();
    fs::write(thermal.join("type"), "cpufreq-cpu0\n").unwrap();
    fs::write(thermal.join("cur_state"), "3\n").unwrap();
    let said = run(&["doctor", "--root", root]);
    assert!(said.code == 0 && said.stdout.contains("problem: throttling: "), "{said:?}");
}

/// A page for each verb, in the form that man reads, and completions that bash takes and that know the verbs.
#[test]
fn the_manual_and_the_completions() {
    let folder = TempDir::new().unwrap();
    let said = Said::of(program().arg("manual").arg(folder.path()));
    assert_eq!(said.code, 0, "{said:?}");
    let share = folder.path().join("share");
    for verb in ["", "-run", "-rebuild", "-bisect-step"] {
        let page = fs::read_to_string(share.join(format!("man/man1/lava-bench{verb}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH OPTIONS"), "{page}");
    }
    let hidden = fs::read_dir(share.join("man/man1")).unwrap().flatten().map(|entry| entry.file_name());
    assert!(hidden.into_iter().all(|name| !name.to_string_lossy().contains("workload")));
    let script = r#". "$0"; COMP_WORDS=(lava-bench re) COMP_CWORD=1
        $(complete -p lava-bench | sed 's/.*-F \([^ ]*\).*/\1/') lava-bench re lava-bench; echo "${COMPREPLY[*]}""#;
    let completions = share.join("bash-completion/completions/lava-bench");
    let said = Said::of(Command::new("bash").args(["-c", script]).arg(completions));
    assert_eq!(said.stdout.trim(), "recover rebuild report", "{said:?}");
    assert!(share.join("zsh/site-functions/_lava-bench").is_file());
    assert!(share.join("fish/vendor_completions.d/lava-bench.fish").is_file());
    let said = Said::of(program().args(["manual", "/dev/null/nowhere"]));
    assert!(said.code == 5 && said.stderr.contains("/dev/null/nowhere: "), "{said:?}");
}

#[test]
fn what_is_written_longer_than_it_is_still_fits_the_width() {
    let name = "word\r ".repeat(20);
    let said = Said::of(program().args(["show", name.trim_end()]).env("COLUMNS", "80"));
    assert!(said.code == 2 && said.stderr.contains("\\u{d}"), "{said:?}");
    assert!(said.stderr.lines().all(|line| line.chars().count() <= 80), "{}", said.stderr);
}

#[test]
fn a_number_that_should_be_a_record_is_told_in_plain_words() {
    let said = run_with(&["emit", "-"], b"1\n");
    let told = "lava-bench: -: not a record: invalid type: integer `1`, expected a record at line 1 column 1\nhint: ";
    assert!(said.code == 2 && said.stderr.starts_with(told), "{said:?}");
}
