//! What is said of small mistakes: the thing that is wrong, and a hint that works when it is followed.

use crate::support::{Said, definition, program, project, rebuild, run, run_with};
use std::fs;
use tempfile::TempDir;

/// What the program says in `folder`.
fn said(folder: &TempDir, arguments: &[&str]) -> Said {
    Said::of(program().args(arguments).current_dir(folder.path()).env("COLUMNS", "80"))
}

fn with_example() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(project("docs/example-record.json"), folder.path().join("record.json")).unwrap();
    folder
}

#[test]
fn a_file_that_is_not_there_has_a_hint() {
    let folder = with_example();
    for verb in
        [&["compare", "record.json"][..], &["history"], &["parse", "primes"], &["emit"], &["rebuild"], &["check"]]
    {
        for (name, hint) in [
            ("recrod.json", "hint: did you mean `record.json`?\n"),
            ("zzz", "hint: `ls` shows what is there\n"),
            ("no/record.json", "hint: there is no folder `no`\n"),
        ] {
            let Said { code, stdout, stderr } = said(&folder, &[verb, &[name]].concat());
            let text = format!("{stdout}{stderr}");
            assert!(code == 2 && text.contains(name) && text.ends_with(hint), "{verb:?} {name}: {code}: {text}");
        }
    }
    let converted = said(&folder, &["convert", "record.json", "--to", "csv", "-o", "no/samples.csv"]);
    assert!(converted.code == 5 && converted.stderr.ends_with("hint: there is no folder `no`\n"), "{converted:?}");
    let parameter = said(&folder, &["run", "primes", "--param", "LIMIT=@zzz"]).stderr;
    assert!(parameter.contains("@ means the text of a file"), "{parameter}");
}

#[test]
fn an_empty_output_is_called_empty() {
    for output in ["", " \n\n"] {
        let said = run_with(&["parse", "sysbench-cpu"], output.as_bytes());
        let hint = "hint: name a file with what the tool printed, or send it to standard input\n";
        assert_eq!(said.stderr, format!("lava-bench: benchmark `sysbench-cpu`: the output is empty\n{hint}"));
        assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    }
    // A tool may be silent; then the case fails.
    let said = run(&["parse", "coremark", "/dev/null"]);
    assert!(said.code == 1 && said.stderr.contains("iteration 1: no output"), "{said:?}");
}

#[test]
fn a_definition_is_told_what_was_meant() {
    let folder = TempDir::new().unwrap();
    let checked = |from: &str, to: &str| {
        let file = definition(folder.path(), "own", "cat out.json", "");
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("recognise: '^score'", "recognise: '^.'");
        let patterns = text.find("patterns: [").unwrap();
        let text = format!("{}json: [{{metric: score, path: a.b}}]}}]\n", &text[..patterns]);
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).unwrap();
        said(&folder, &["check", "own.yaml"])
    };
    assert_eq!(checked("a.b", "a.b").code, 0);
    for (from, to, why, hint) in [
        ("a.b", "a..b", "path `a..b`: it is not keys with dots between them", "did you mean `a.b`?"),
        ("a.b", "$.a.b", "path `$.a.b`: it is not keys", "did you mean `a.b`?"),
        ("a.b", "'..'", "path `..`: it is not keys", "keys stand behind dots, elements of lists in brackets: `[0]`"),
        (
            r#"["sh","-c","cat out.json"]"#,
            "tool -n 5",
            "benchmark.command: a text, where a list",
            "write `[tool, -n, '5']`",
        ),
        (
            "[lava-bench run own]",
            "lava-bench run own",
            "run.steps: a text, where a list",
            "write `['lava-bench run own']`",
        ),
    ] {
        let said = checked(from, to);
        let text = said.stdout.replace("\n  ", " ");
        assert!(said.code == 2 && text.contains(why) && text.contains(&format!("hint: {hint}")), "{to}: {text}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_named_when_it_is_run() {
    let folder = TempDir::new().unwrap();
    let file = definition(folder.path(), "own", "echo '{{\"rates\": 3}}'", "");
    let text = fs::read_to_string(&file).unwrap().replace("'^score'", "'^.'");
    let patterns = text.find("patterns: [").unwrap();
    fs::write(&file, format!("{}json: [{{metric: score, path: rate}}]}}]\n", &text[..patterns])).unwrap();
    let said = said(&folder, &["--definitions", ".", "run", "own", "--signals", "none", "--output", "out"]);
    let text = said.stderr.replace("\n      ", " ");
    let why = "metric `score`: `rate` leads to 0 values, 1 expected (one); did you mean `rates`?";
    assert!(said.code == 1 && text.contains(why), "{text}");
}

#[test]
fn a_parameter_or_a_name_is_not_said_twice() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(project("test-definitions/sysbench-cpu/sysbench-cpu.yaml")).unwrap();
    fs::write(folder.path().join("sysbench-cpu.yaml"), text.replace("  TIME: '10'", "  TIME: '0'")).unwrap();
    let wrong = said(&folder, &["check", "sysbench-cpu.yaml"]).stdout.replace("\n  ", " ");
    assert!(wrong.contains(": params.TIME: `0` is not a whole number from 1 to 86400"), "{wrong}");
    let arguments = ["submit", "squad", "x", "--server", "https://h", "--project", "p", "--group", "a b"];
    let group = said(&folder, &arguments).stderr.replace("\n  ", " ");
    let why = "invalid value 'a b' for '--group <SLUG>': not a name for SQUAD: letters, digits, ";
    assert!(group.contains(why) && group.matches("a b").count() == 1, "{group}");
}

#[test]
fn a_reason_is_told_with_its_case() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "own", "exit 7", "");
    said(
        &folder,
        &[
            "--definitions",
            ".",
            "run",
            "own",
            "primes",
            "--param",
            "primes.TIME=0.01",
            "--param",
            "primes.THREADS=1 2",
            "--timeout",
            "1ms",
            "--signals",
            "none",
            "--output",
            "out",
        ],
    );
    let told = said(&folder, &["convert", "out", "--to", "csv"]).stderr;
    for about in ["lava-bench: own: iteration 1: ", "lava-bench: primes threads=1: ", "lava-bench: primes threads=2: "]
    {
        assert!(told.contains(about), "{about}: {told}");
    }
}

#[test]
fn a_copy_with_broken_lines_frightens_nobody() {
    let folder = with_example();
    let log = said(&folder, &["emit", "record.json"]).stdout;
    let broken: String = log
        .lines()
        .flat_map(|line| line.as_bytes().chunks(80).map(|part| String::from_utf8_lossy(part).into_owned() + "\n"))
        .collect();
    fs::write(folder.path().join("copy.log"), broken).unwrap();
    fs::write(folder.path().join("whole.log"), &log).unwrap();
    let copy = said(&folder, &["rebuild", "copy.log", "--explain"]);
    let text = copy.stdout.replace("\n  ", " ");
    assert!(text.contains("; put together again, or not needed: nothing is lost"), "{text}");
    assert!(!copy.stdout.contains("damaged") && copy.code == 0, "{}", copy.stdout);
    let whole = said(&folder, &["rebuild", "whole.log", "--explain"]).stdout;
    assert!(whole.ends_with(" 0 lost\n"), "{whole}");
    // Where something is lost, it is said.
    let lost = rebuild(log.replace("LBF1.", "LBF1.x"));
    assert!(lost.code == 4, "{lost:?}");
}

#[test]
fn the_doctor_says_once_how_the_missing_tools_are_installed() {
    let folder = TempDir::new().unwrap();
    for (name, packages) in
        [("own-one", "{debian: [one-tool]}"), ("own-two", "{debian: [two-tool, more]}"), ("own-three", "{}")]
    {
        let file = definition(folder.path(), name, "echo score 1", "");
        let tool = format!("tool: {{name: no-such-{name}, packages: {packages}}}");
        let text = fs::read_to_string(&file).unwrap().replace("tool: {name: sh}", &tool);
        fs::write(file, text).unwrap();
    }
    let text = said(&folder, &["--definitions", ".", "doctor"]).stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let (_, tools) = text.split_once("note: tools: ").unwrap();
    let joined = tools.replace(" \\\n", " ").replace("\n  ", " ");
    assert!(joined.contains("lack their programs; `lava-bench list` says which"), "{tools}");
    let words: Vec<&str> = joined.split_whitespace().collect();
    for package in ["one-tool", "two-tool", "more"] {
        assert_eq!(words.iter().filter(|word| **word == package).count(), 1, "{tools}");
    }
    assert!(joined.split("in no package: ").nth(1).unwrap().contains("own-three"), "{tools}");
    let json = said(&folder, &["--definitions", ".", "doctor", "--json"]).stdout;
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let tools = found.as_array().unwrap().iter().find(|one| one["subject"] == "tools").unwrap();
    assert!(tools["hint"].as_str().unwrap().contains("one-tool"), "{tools}");
    // A named benchmark, and another machine, are asked about for themselves.
    for arguments in [&["--definitions", ".", "doctor", "own-one"][..], &["doctor", "--root", "."]] {
        fs::create_dir_all(folder.path().join("proc")).unwrap();
        assert!(!said(&folder, arguments).stdout.contains("note: tools"), "{arguments:?}");
    }
}

#[cfg(feature = "host")]
#[test]
fn a_server_that_cannot_be_reached_is_told_in_words_of_the_system() {
    // The first line comes before the first pause.
    let mut child = program()
        .args(["rebuild", "lava+http://127.0.0.1:1/scheduler/job/1"])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut reader = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("/1/: Connection refused (os error 111)"), "{line}");
}
