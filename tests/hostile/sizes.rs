//! Inputs that are huge, nested or repeated: time and memory have bounds.

use crate::support::{PROGRAM, Said, clean, definition};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What the program may have, in KiB: its address space.
const MEMORY: u32 = 1_500_000;

/// Much longer than any of these takes, and much shorter than what they took without their bounds.
const SOON: Duration = Duration::from_secs(240);

/// Runs the program in `folder` with bounded memory; it ends soon.
fn bounded(folder: &Path, arguments: &[&str]) -> Said {
    let begun = Instant::now();
    let limits = format!("ulimit -v {MEMORY}; exec timeout {} \"$0\" \"$@\"", SOON.as_secs());
    let mut command = clean(Command::new("sh"));
    let said: Said =
        command.args(["-c", &limits, PROGRAM]).args(arguments).current_dir(folder).output().unwrap().into();
    assert!(begun.elapsed() < SOON, "{arguments:?} takes {:?}", begun.elapsed());
    said
}

/// It is refused as wrong input, with these words.
fn refused(said: &Said, words: &str) {
    assert_eq!(said.code, 2, "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains(words) || said.stdout.contains(words), "{}{}", said.stdout, said.stderr);
}

/// A definition with parameters A to E, each a list and an axis, and R, a whole number.
fn matrix(folder: &Path, more: &str) {
    let names = ["A", "B", "C", "D", "E", "R"];
    let params: String = names.iter().map(|name| format!("  {name}: '1'\n")).collect();
    let passed: String = names.iter().map(|name| format!(" --param {name}=${name}")).collect();
    let axes = &names[..5];
    let lists: String =
        axes.iter().map(|name| format!("  - {{name: {name}, type: integer, list: true, description: d}}\n")).collect();
    let matrix: String =
        axes.iter().map(|name| format!("  - {{label: {}, parameter: {name}}}\n", name.to_lowercase())).collect();
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: points, description: A test.}}\nparams:\n{params}\
         run: {{steps: ['lava-bench run points{passed}']}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  \
         parameters:\n{lists}  - {{name: R, type: integer, description: d}}\n  matrix:\n{matrix}  \
         command: [sh, -c, 'echo score 1']\n  metrics: [{{name: score, unit: points, better: higher, range: [0, 9]}}]\n  \
         outputs: [{{name: one, recognise: '^score', patterns: [{{metric: score, regex: '^score (?P<value>\\d+)$'}}]}}]\n{more}"
    );
    fs::write(folder.join("points.yaml"), text).unwrap();
}

const RUN: [&str; 4] = ["--definitions", ".", "run", "points"];

#[test]
fn no_count_of_runs_wraps() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "many", "echo score 1", "  warm-up: 4294967295\n");
    let said = bounded(folder.path(), &["--definitions", ".", "run", "many", "--output", "out"]);
    refused(&said, "many.yaml:9: benchmark.warm-up: 4294967295 runs (at most 100000)");
    assert!(!folder.path().join("out/record.json").exists());
    definition(folder.path(), "many", "echo score 1", "");
    let said = bounded(folder.path(), &["--definitions", ".", "run", "many", "--iterations", "4294967295"]);
    refused(&said, "whole number from 1 to 100000");
    matrix(folder.path(), "  retries: R\n");
    for retries in ["1001", "4294967296", "9000000000000000"] {
        let said = bounded(folder.path(), &[&RUN[..], &["--param", &format!("R={retries}")]].concat());
        refused(&said, &format!("parameter `R`: `{retries}` retries (from 0 to 1000)\nhint: "));
    }
}

#[test]
fn a_matrix_is_counted_before_it_is_built() {
    let folder = TempDir::new().unwrap();
    matrix(folder.path(), "");
    let hundred: String = (1..=100).map(|n| format!("{n} ")).collect();
    let lists: Vec<String> = ["A", "B", "C", "D", "E"].map(|name| format!("{name}={hundred}")).to_vec();
    let mut arguments = [&RUN[..], &["--dry-run"]].concat();
    arguments.extend(lists.iter().flat_map(|list| ["--param", list]));
    refused(&bounded(folder.path(), &arguments), "benchmark `points`: 10000000000 cases (at most 10000)\nhint: ");
    let said = bounded(folder.path(), &arguments[..9]);
    assert_eq!((said.code, said.stdout.lines().count()), (0, 10_001), "{}", said.stderr);
}

#[test]
fn durations_have_a_bound() {
    let folder = TempDir::new().unwrap();
    let long = "18446744073709551615s";
    for more in [
        format!("  timeout: {long}\n"),
        format!("  background:\n  - {{command: [sh], within: {long}}}\n"),
        format!("  background:\n  - {{command: [sh], settle: {long}}}\n"),
    ] {
        matrix(folder.path(), &more);
        let said = bounded(folder.path(), &RUN);
        refused(&said, "more than 365 days");
        assert!(
            said.stderr.contains("points.yaml:") && said.stderr.contains(&format!("| {}", "  ")),
            "{}",
            said.stderr
        );
    }
    matrix(folder.path(), "  timeout: '{R}s'\n");
    refused(&bounded(folder.path(), &[&RUN[..], &["--timeout", long]].concat()), "more than 365 days; write 90s or 5m");
    let said = bounded(folder.path(), &[&RUN[..], &["--param", "R=9000000000000000"]].concat());
    refused(&said, "benchmark `points`: timeout `9000000000000000s`: more than 365 days\nhint: ");
}

#[test]
fn definitions_that_nest_repeat_or_do_not_end_are_refused() {
    let folder = TempDir::new().unwrap();
    let aliases =
        format!("  environment: {{A: &a '{}'}}\n  prepare:\n{}", "x".repeat(500_000), "  - [*a]\n".repeat(20_000));
    let laughs: String =
        (1..12).map(|n| format!("  - &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
    let laughs = format!("  cleanup:\n  - &a0 [{}]\n{laughs}", "x".repeat(100_000));
    for (more, words) in [
        (format!("  suite: {}\n", "[".repeat(100_000)), "brackets are nested more than 100 deep"),
        (
            format!("  suite: {}{}\n", "{a: ".repeat(50_000), "}".repeat(50_000)),
            "brackets are nested more than 100 deep",
        ),
        (aliases, "aliases repeat more than 16 MiB"),
        (laughs, "points.yaml"),
        (format!("# {}\n", "x".repeat(2 << 20)), "cannot be read: more than 1 MiB"),
        // Many keys, and many values of a list.
        ((0..60_000).map(|n| format!("  a{n}: 1\n")).collect(), "unknown field `a0`"),
        (format!("  suite: {}[]\n", "x".repeat(100_000)), ""),
    ] {
        matrix(folder.path(), &more);
        let said = bounded(folder.path(), &["check", "points.yaml"]);
        match words {
            "" => assert_eq!(said.code, 0, "{}", said.stdout),
            words => refused(&said, words),
        }
    }
    // An error far behind on a long line.
    matrix(folder.path(), &format!("  suite: '{}' x\n", "x".repeat(100_000)));
    let said = bounded(folder.path(), &["check", "points.yaml"]);
    refused(&said, "points.yaml:");
    assert!(said.stdout.len() < 2000, "{}", said.stdout.len());
}

/// A definition whose metric has a label from the output, and one whose verdicts have.
fn labelled(folder: &Path) {
    let head = |name: &str| {
        format!(
            "metadata: {{format: Lava-Test Test Definition 1.0, name: {name}, description: A test.}}\n\
             run: {{steps: [lava-bench run {name}]}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  command: [sh]\n"
        )
    };
    let series = "  metrics: [{name: score, unit: points, better: higher, range: [0, 1.0e12], labels: [of]}]\n  \
         outputs: [{name: one, recognise: '^score', strict: true, patterns: [{metric: score, regex: '^score (?P<of>\\w+) (?P<value>\\d+)$', expect: some}]}]\n";
    let verdicts = "  verdict-labels: [test]\n  outputs: [{name: one, recognise: '^test', verdicts: [{regex: '^test (?P<test>\\w+) (?P<verdict>\\w+)$', \
         results: {ok: pass}, expect: some}]}]\n";
    let tap = "  verdict-labels: [test, inner]\n  outputs: [{name: one, recognise: '^KTAP', tap: {test: '^(?P<test>.*)$', nested: inner}}]\n";
    fs::write(folder.join("tap.yaml"), head("tap") + tap).unwrap();
    fs::write(folder.join("series.yaml"), head("series") + series).unwrap();
    fs::write(folder.join("verdicts.yaml"), head("verdicts") + verdicts).unwrap();
}

fn parse(folder: &Path, name: &str, lines: impl Iterator<Item = String>) -> Said {
    fs::write(folder.join("output"), lines.collect::<String>()).unwrap();
    bounded(folder, &["--definitions", ".", "parse", name, "output"])
}

/// The lines on standard error, but for the note that the made-up form has no end.
fn problems(said: &Said) -> Vec<&str> {
    said.stderr.lines().filter(|line| !line.contains("nothing in this output says that it is complete")).collect()
}

#[test]
fn many_series_are_parsed_up_to_a_bound() {
    let folder = TempDir::new().unwrap();
    labelled(folder.path());
    let said = parse(folder.path(), "series", (0..1_000_000).map(|n| format!("score a{n} {n}\n")));
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert_eq!(problems(&said), ["lava-bench: series: iteration 1: more than 200000 series: the others are left out"]);
    assert!(said.stdout.contains("\"a199999\"") && !said.stdout.contains("\"a200000\""));
}

#[test]
fn many_verdicts_of_one_name_take_no_quadratic_time() {
    let folder = TempDir::new().unwrap();
    labelled(folder.path());
    let said = parse(folder.path(), "verdicts", (0..100_000).map(|_| "test write ok\n".into()));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("\"write\"") && said.stdout.contains("\"write-100000\""));
    // A name that a number would give to another.
    let said =
        parse(folder.path(), "verdicts", ["test a ok\n", "test a-2 ok\n", "test a ok\n"].map(String::from).into_iter());
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn many_problems_are_told_up_to_a_bound() {
    let folder = TempDir::new().unwrap();
    labelled(folder.path());
    let lines =
        ["score a 1\n".to_string()].into_iter().chain((0..500_000).map(|n| format!("score a{n} {}\n", "9".repeat(14))));
    let said = parse(folder.path(), "series", lines);
    let problems = problems(&said);
    assert_eq!((said.code, problems.len()), (1, 1001), "{}", said.stderr.len());
    assert!(problems[1000].ends_with("more than 1000 problems: the others are left out"));
}

#[test]
fn outputs_that_do_not_end_or_nest_are_refused() {
    let folder = TempDir::new().unwrap();
    let said = bounded(folder.path(), &["parse", "sysbench-cpu", "/dev/zero"]);
    refused(&said, "/dev/zero: more than 64 MiB: too long to parse");
    let depth = 4000;
    let down = (0..depth).map(|at| format!("{}1..1\n", " ".repeat(2 * at)));
    let up = (0..depth).rev().map(|at| format!("{}ok 1 a\n", " ".repeat(2 * at)));
    labelled(folder.path());
    let said = parse(folder.path(), "tap", ["KTAP version 1\n".to_string()].into_iter().chain(down).chain(up));
    assert!(said.code == 0 || said.code == 1, "{} {}", said.code, said.stderr);
}

/// MMTests' JSON of one run with these operations.
fn json(operations: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = operations.collect();
    let data: String =
        names.iter().map(|name| format!("\"{name}\":[{{\"SampleNrs\":[1],\"Values\":[1.5]}}],")).collect();
    let listed = serde_json::to_string(&names).unwrap();
    format!(
        "{{\"_ModuleName\":\"ExtractShellpackpipetest\",\"_TestName\":\"r\",\"_Summarytype\":\"Multiops\",\
         \"_PreferredVal\":\"Lower\",\"_GeneratedOperations\":{listed},\"_ResultData\":{{{}}}}}",
        data.trim_end_matches(',')
    )
}

#[test]
fn operations_with_long_names_and_many_of_them_are_compared() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("long"), json([&"x".repeat(70_000)].into_iter().cloned())).unwrap();
    let said = bounded(folder.path(), &["compare", "long", "long"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains(&"x".repeat(70_000)));
    fs::write(folder.path().join("many"), json((0..100_000).map(|n| format!("op-{n}")))).unwrap();
    let said = bounded(folder.path(), &["compare", "many", "many"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("op-99999"));
}

#[test]
fn logs_of_mmtests_that_unpack_without_end_are_refused_and_many_operations_are_read() {
    let folder = TempDir::new().unwrap();
    let logs = folder.path().join("run/iter-0/stressng/logs");
    fs::create_dir_all(&logs).unwrap();
    let mut packed = GzEncoder::new(fs::File::create(logs.join("stressng-1-1.log.gz")).unwrap(), Compression::fast());
    (0..512).for_each(|_| packed.write_all(&[b'\n'; 1 << 20]).unwrap());
    packed.finish().unwrap();
    let said = bounded(folder.path(), &["convert", "run", "--to", "mmtests-json"]);
    assert!(said.stderr.contains("logs of more than 256 MiB, unpacked\nhint: "), "{} {}", said.code, said.stderr);
    fs::remove_dir_all(folder.path().join("run/iter-0/stressng")).unwrap();
    let logs = folder.path().join("run/iter-0/redis/logs");
    fs::create_dir_all(&logs).unwrap();
    let lines: String = (0..100_000).map(|n| format!("\"OP{n}\",\"{n}.5\"\n")).collect();
    fs::write(logs.join("redis-1-1.log"), lines).unwrap();
    let said = bounded(folder.path(), &["convert", "run", "--to", "mmtests-json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("OP99999-RPS"), "{}", said.stderr);
}

#[test]
fn a_definition_that_is_no_file_holds_nothing_up() {
    let folder = TempDir::new().unwrap();
    definition(folder.path(), "good", "echo score 1", "");
    for name in ["fifo.yaml", "folder/folder.yaml"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    std::os::unix::fs::symlink("fifo.yaml", folder.path().join("link.yaml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.yaml")).unwrap();
    let run = |name: &str| bounded(folder.path(), &["--definitions", ".", "run", name, "--dry-run"]);
    let said = run("good");
    assert_eq!(said.code, 0, "{}", said.stderr);
    for name in ["fifo", "folder", "link", "zero"] {
        refused(&run(name), &format!("{name}.yaml: cannot be read: not a file"));
    }
    let said = bounded(folder.path(), &["--definitions", ".", "list"]);
    assert!(said.code == 0 && said.stderr.matches("cannot be read: not a file").count() == 4, "{}", said.stderr);
}
