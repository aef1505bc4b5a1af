//! Every console block of README.md and of the pages in `docs/` is run: its commands must succeed, and print what it says.
//!
//! Numbers may differ, `...` stands for any text, and a line of `...` for any lines. The scripts that take minutes are
//! called with `--help` here; CI runs them. A section of the tutorial that boots a board runs with `LAVA_BENCH_BOARD=1`, one
//! that runs a LAVA job with `LAVA_BENCH_LAVA=1`; without these it is skipped.

#![expect(clippy::disallowed_methods, reason = "a test has the Unicode tables")]

mod support;

use regex::bytes::Regex;
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};
use support::{PROGRAM, clean, path_with, project, skipped, undisturbed, wanted};
use tempfile::TempDir;

const LONG: [&str; 3] = ["scripts/quickstart", "scripts/test", "scripts/build-static"];

/// A command and the lines under it.
type Shown = (String, Vec<String>);

/// The `console` blocks: each command and the lines under it.
fn commands(text: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, _) => match line.strip_prefix("$ ") {
                Some(command) => commands.push((command.into(), Vec::new())),
                None => commands.last_mut().expect("a command comes first").1.push(line.into()),
            },
            (false, _) => {}
        }
    }
    commands
}

/// A part of a line with its ids, numbers and blanks made the same.
fn masked(part: &str) -> String {
    let replaced = |text: &str, pattern: &str, by: &[u8]| {
        let pattern = Regex::new(pattern).expect("a pattern");
        String::from_utf8(pattern.replace_all(text.as_bytes(), by).into_owned()).expect("ASCII stays ASCII")
    };
    let text = replaced(part, r"(?-u:\b[0-9a-f]{8}([0-9a-f]{8})?\b)", b"ID");
    let text = replaced(&text, r"(?-u:\b\d+(\.\d+)*)", b"#");
    replaced(&text, r"(?-u:[ \t]+)", b" ")
}

/// Whether `line` is what `expected` says, `...` standing for any text.
fn line_fits(expected: &str, line: &str) -> bool {
    let line = masked(line.trim());
    let parts: Vec<String> = expected.trim().split("...").map(masked).collect();
    let [first, middle @ .., last] = parts.as_slice() else { return parts[0] == line };
    let Some(mut rest) = line.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        match rest.split_once(part.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

fn lines_fit(expected: &[String], lines: &[&str]) -> bool {
    match (expected, lines) {
        ([], []) => true,
        ([any, rest @ ..], _) if any.trim() == "..." => (0..=lines.len()).any(|count| lines_fit(rest, &lines[count..])),
        ([first, rest @ ..], [line, others @ ..]) => line_fits(first, line) && lines_fit(rest, others),
        _ => false,
    }
}

fn run(command: &str, folder: &Path) -> (bool, String) {
    let path = path_with(Path::new(PROGRAM).parent().expect("a folder"));
    // The folder stands for a clone.
    let scripts = Regex::new(r"(?-u:(^|[ ;])scripts/)").expect("a pattern");
    let (command, folder) = match LONG.iter().find(|long| command.starts_with(*long)) {
        Some(long) => (format!("{long} --help"), project("")),
        None => {
            let place = format!("${{1}}{}/", project("scripts").display());
            let command = scripts.replace_all(command.as_bytes(), place.as_bytes()).into_owned();
            (String::from_utf8(command).expect("a path in UTF-8"), folder.into())
        }
    };
    // A block shows what a person sees: on a terminal, `run` sends no signals.
    let output = clean(Command::new("script"))
        .args(["-qec", &command, "/dev/null"])
        .current_dir(folder)
        .env("TERM", "dumb")
        .env("LC_ALL", "C")
        .env("SHELL", "/bin/sh")
        .env("PATH", path)
        .output()
        .expect("script starts");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

/// Whether these programs are here; says so if not.
fn have(programs: &[&str]) -> bool {
    let runs = |program: &&&str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    let missing = programs.iter().find(|program| !runs(program));
    if let Some(program) = missing {
        skipped(format_args!("no {program} here"));
    }
    missing.is_none()
}

/// Runs the blocks of `page` in `folder`.
fn check(page: &str, folder: &Path) {
    let text = fs::read_to_string(project(page)).expect("a page");
    let commands = commands(&text);
    assert!(commands.len() >= 6, "{page}: {}", commands.len());
    check_commands(page, &commands, folder);
}

fn check_commands(page: &str, commands: &[Shown], folder: &Path) {
    for (command, expected) in commands {
        let (success, output) = run(command, folder);
        assert!(success, "{command}: {output}");
        let lines = undisturbed(&output);
        let long = LONG.iter().any(|long| command.starts_with(long));
        let fits = long || lines_fit(expected, &lines);
        assert!(fits, "{command} printed:\n{output}\n{page} says:\n{}", expected.join("\n"));
    }
}

#[test]
fn the_readme() {
    if have(&["sysbench", "script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        symlink(project("test-definitions"), folder.path().join("test-definitions")).expect("a link");
        boots(folder.path(), "old", 1, 4213.1);
        boots(folder.path(), "new", 4, 3998.2);
        check("README.md", folder.path());
    }
}

/// The records of three boots in the folder `side`: the example's, with a rate of about `rate` and a latency.
fn boots(folder: &Path, side: &str, first: u32, rate: f64) {
    fs::create_dir(folder.join(side)).expect("a folder");
    for (number, change) in (first..).zip([0.996, 1.0, 1.004]) {
        let mut record: serde_json::Value = serde_json::from_str(&support::example()).expect("JSON");
        record["id"] = format!("{number:08x}").into();
        record["boots"][0]["id"] = format!("{number:012x}").into();
        let benchmark = &mut record["benchmarks"][0];
        let metrics = benchmark["metrics"].as_array_mut().expect("a list");
        metrics.push(json!({"name": "latency-min", "unit": "ms", "better": "lower"}));
        let rates = json!({"metric": "events-per-second", "samples": [[rate * change]]});
        benchmark["cases"][0]["series"] = json!([rates, {"metric": "latency-min", "samples": [[0.22]]}]);
        fs::write(folder.join(side).join(format!("{number}.json")), record.to_string()).expect("a file");
    }
}

/// Runs the blocks of a page of few commands in `folder`.
fn check_few(page: &str, folder: &Path) {
    let commands = commands(&fs::read_to_string(project(page)).expect("a page"));
    assert!(!commands.is_empty(), "{page}");
    check_commands(page, &commands, folder);
}

/// The records of three boots of a kernel in the folder `side`, with ten iterations each.
fn kernel(folder: &Path, side: &str, first: u32, (kernel, line): (&str, &str), rate: f64) {
    let (release, version) = kernel.split_once(' ').expect("a release and a version");
    fs::create_dir(folder.join(side)).expect("a folder");
    for (number, change) in (first..).zip([0.997, 1.0, 1.003]) {
        let samples = |value: f64| (0..10).map(|at| [value * (1.0 + f64::from(at - 5) / 5000.0)]).collect::<Vec<_>>();
        let machine = json!({
            "kernel": {"release": release, "version": version, "command_line": line},
            "board": {"model": "Raspberry Pi 4 Model B"}, "processor": {"model": "Cortex-A72", "threads": 4},
        });
        let metrics = json!([
            {"name": "events-per-second", "unit": "events/s", "better": "higher", "primary": true},
            {"name": "latency-min", "unit": "ms", "better": "lower"},
        ]);
        let series = json!([
            {"metric": "events-per-second", "samples": samples(rate * change)},
            {"metric": "latency-min", "samples": samples(0.22)},
        ]);
        let record = json!({
            "schema": "lava-bench-record/2", "id": format!("{number:08x}"), "machine": machine,
            "boots": [{"id": format!("{number:012x}")}],
            "benchmarks": [{
                "name": "sysbench-cpu", "tool": {"name": "sysbench", "version": "1.0.20"}, "parameters": {},
                "metrics": metrics, "cases": [{"labels": {"threads": "4"}, "result": "pass", "valid": true, "series": series}],
            }],
        });
        fs::write(folder.join(side).join(format!("{number}.json")), record.to_string()).expect("a file");
    }
}

#[test]
fn the_page_about_comparisons() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        let old = "6.1.0-56-arm64 #1 SMP Debian 6.1.192-2 (2026-11-16)";
        let new = "6.12.57-arm64 #1 SMP Debian 6.12.57-1 (2026-11-05)";
        kernel(folder.path(), "old", 1, (old, "quiet"), 4213.1);
        kernel(folder.path(), "new", 4, (new, "quiet mitigations=off"), 3998.2);
        check_few("docs/compare.md", folder.path());
    }
}

/// A boot of every day from the first of January: a slow trend, a step with two suspects, a spike, and a series that stays.
fn nightly() -> String {
    let boot = |boot: usize| {
        let wobble = |seed: usize, size: f64| 1.0 + size * ((boot * seed % 101) as f64 / 50.0 - 1.0);
        let drift = 1.0 + 0.15 * (boot.clamp(30, 80) - 30) as f64 / 50.0;
        let step = if boot < 60 { 1.0 } else { 0.92 };
        let spike = if boot == 20 { 0.7 } else { 1.0 };
        let (month, day) = [(1, 31), (2, 28), (3, 31), (4, 30)]
            .iter()
            .scan(boot, |left, &(month, days)| {
                let here = (*left < days).then_some((month, *left + 1));
                *left = left.wrapping_sub(days);
                Some(here)
            })
            .find_map(|here| here)
            .expect("a day before May");
        let candidate = 1 + boot / 30;
        let late = boot >= 60;
        let governor = if late { "performance" } else { "schedutil" };
        json!({
            "schema": "lava-bench-record/2", "id": format!("{:08x}", boot + 1),
            "started": format!("2026-{month:02}-{day:02}T02:00:00Z"),
            "lab": {"device": "rock-5b-03", "kernel_build": format!("v6.12-rc{candidate}-{boot}-gabcdef{boot:06}")},
            "machine": {
                "kernel": {}, "board": {"model": "Radxa Rock 5B"},
                "processor": {"model": "Cortex-A76", "threads": 8, "frequency": [{"cpus": "0-7", "governor": governor}]},
            },
            "boots": [{"id": format!("{:012x}", boot + 1)}],
            "benchmarks": [{
                "name": "sysbench-cpu", "parameters": {},
                "tool": {"name": "sysbench", "version": if late { "1.0.21" } else { "1.0.20" }},
                "metrics": [
                    {"name": "events-per-second", "unit": "events/s", "better": "higher", "primary": true},
                    {"name": "latency", "unit": "ms", "better": "lower"},
                    {"name": "total-time", "unit": "s", "better": "lower"},
                ],
                "cases": [{"labels": {"threads": "4"}, "result": "pass", "valid": true, "series": [
                    {"metric": "events-per-second", "samples": [[4200.0 * step * spike * wobble(37, 0.012)]]},
                    {"metric": "latency", "samples": [[2.0 * drift * wobble(53, 0.02)]]},
                    {"metric": "total-time", "samples": [[10.0 * wobble(71, 0.002)]]},
                ]}],
            }],
        })
    };
    (0..100).map(|number| boot(number).to_string() + "\n").collect()
}

#[test]
fn the_page_about_histories() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("nightly.json"), nightly()).expect("a file");
        check_few("docs/history.md", folder.path());
    }
}

#[test]
fn the_page_about_tables() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("records.json"), nightly()).expect("a file");
        fs::write(folder.path().join("record.json"), support::example()).expect("a file");
        check_few("docs/exchange.md", folder.path());
        let rows = fs::read_to_string(folder.path().join("samples.csv")).expect("a table");
        assert_eq!(rows.lines().count(), 301);
    }
}

#[test]
fn the_page_about_reports() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        let kernels =
            [("6.1.0-56-arm64 #1 SMP Debian 6.1.192-2", "quiet"), ("6.12.57-arm64 #1 SMP Debian 6.12.57-1", "quiet")];
        for board in ["board-1", "board-2"] {
            fs::create_dir(folder.path().join(board)).expect("a folder");
        }
        let sides = ["nightly", "old", "new", "board-1/old", "board-1/new", "board-2/old", "board-2/new"];
        for (first, side) in (1..).step_by(3).zip(sides) {
            let new = side.ends_with("new");
            kernel(folder.path(), side, first, kernels[usize::from(new)], if new { 3998.2 } else { 4213.1 });
        }
        check_few("docs/report.md", folder.path());
    }
}

#[test]
fn the_page_about_lkps_results() {
    let folder = TempDir::new().expect("a temporary folder");
    symlink(project("tests"), folder.path().join("tests")).expect("a link");
    check_few("docs/lkp-results.md", folder.path());
}

#[test]
fn the_page_about_measuring() {
    if have(&["script"]) {
        check_few("docs/measuring.md", TempDir::new().expect("a temporary folder").path());
    }
}

/// The pages whose blocks a test above or below runs.
const RUN: &[&str] = &[
    "README.md",
    "compare.md",
    "exchange.md",
    "history.md",
    "lkp.md",
    "lkp-results.md",
    "measuring.md",
    "mmtests.md",
    "new-definition.md",
    "report.md",
    "test-definitions.md",
    "tutorial.md",
];

#[test]
fn no_page_has_blocks_that_nothing_runs() {
    let folders = ["", "docs", "test-definitions"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(project(folder)).expect("a folder"));
    let pages = files.map(|file| file.expect("a file").path());
    let with_blocks = pages.filter(|page| {
        page.extension().is_some_and(|end| end == "md")
            && fs::read_to_string(page).expect("a page").contains("```console")
    });
    let names: BTreeSet<String> = with_blocks.filter_map(|page| Some(page.file_name()?.to_str()?.to_owned())).collect();
    assert_eq!(names, RUN.iter().map(ToString::to_string).collect());
}

#[test]
fn the_page_about_new_definitions() {
    if have(&["python3", "script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        let page = "docs/new-definition.md";
        let text = fs::read_to_string(project(page)).expect("a page");
        let (_, rest) = text.split_once("```yaml\n").expect("a definition");
        let (definition, _) = rest.split_once("```").expect("its end");
        fs::create_dir(folder.path().join("python-timeit")).expect("a folder");
        fs::write(folder.path().join("python-timeit/python-timeit.yaml"), definition).expect("a file");
        check(page, folder.path());
    }
}

#[test]
fn the_page_about_mmtests() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        for (run, times) in [("5.15.0", ["0.101", "0.105", "0.098"]), ("6.1.0", ["0.204", "0.199", "0.210"])] {
            let logs = folder.path().join("work/log").join(run).join("iter-0/hackbench-process-pipes/logs");
            fs::create_dir_all(&logs).expect("a folder");
            let log: String = times.iter().map(|time| format!("     Total time: {time} [sec]\n")).collect();
            fs::write(logs.join("hackbench-1"), log).expect("a file");
        }
        check("docs/mmtests.md", folder.path());
    }
}

#[test]
fn the_page_about_lkp() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        let job = "suite: hackbench\ntestcase: hackbench\ncategory: benchmark\nnr_threads:\n  - 100%\niterations: 2\n\
                   hackbench:\n  loops: 100\n  mode:\n    - process\n    - threads\n  ipc:\n    - pipe\n";
        let disk = "suite: fsmark\nfs: ext4\ndisk: 1HDD\nnr_threads: 2\niterations: 1\nfsmark:\n  filesize: 4K\n  \
                    test_size: 1G\n  sync_method: fsyncBeforeClose\n";
        for (name, text) in [("hackbench.yaml", job), ("fsmark.yaml", disk)] {
            fs::write(folder.path().join(name), text).expect("a job");
        }
        let text = fs::read_to_string(project("docs/lkp.md")).expect("a page");
        let (_, rest) = text.split_once("```yaml\n").expect("a definition");
        let (definition, _) = rest.split_once("```").expect("its end");
        fs::create_dir(folder.path().join("s-bandwidth")).expect("a folder");
        fs::write(folder.path().join("s-bandwidth/s-bandwidth.yaml"), definition).expect("a file");
        check("docs/lkp.md", folder.path());
    }
}

#[test]
fn the_page_about_test_definitions() {
    if have(&["script"]) {
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("output")).expect("a folder");
        let result = "hackbench-mean pass 0.914 s\nhackbench-min pass 0.665 s\nhackbench-max pass 1.305 s\nfio-read pass  iops\n";
        fs::write(folder.path().join("output/result.txt"), result).expect("a file");
        let plan = "tests: {automated: [{path: automated/linux/stream/stream-uniprocessor.yaml}, {path: automated/linux/lapack/lapack.yaml}]}";
        fs::write(folder.path().join("plan.yaml"), plan).expect("a file");
        let overlay = "skip:\n- path: automated/linux/stream/stream-uniprocessor.yaml\nadd:\n\
                       - path: automated/linux/device-read-perf/device-read-perf.yaml\n  parameters: {DEVICE: sda}\n";
        fs::write(folder.path().join("overlay.yaml"), overlay).expect("a file");
        check("docs/test-definitions.md", folder.path());
    }
}

/// What a section needs that is not everywhere: the script that it calls, and the variable that says it may.
const NEEDS: [(&str, &str, &str); 2] =
    [("scripts/board", "LAVA_BENCH_BOARD", "boots a board"), ("scripts/lava-job", "LAVA_BENCH_LAVA", "runs LAVA")];

#[test]
fn the_tutorial() {
    if !have(&["python3", "script"]) {
        return;
    }
    let (page, folder) = ("docs/tutorial.md", TempDir::new().expect("a temporary folder"));
    symlink(project("docs"), folder.path().join("docs")).expect("a link");
    let text = fs::read_to_string(project(page)).expect("a page");
    let sections: Vec<Vec<Shown>> = text.split("\n## ").map(commands).filter(|section| !section.is_empty()).collect();
    assert_eq!(sections.len(), 5);
    for section in sections {
        let mut needed =
            NEEDS.iter().filter(|(script, ..)| section.iter().any(|(command, _)| command.contains(script)));
        if needed.all(|(_, variable, what)| wanted(variable, what)) {
            check_commands(page, &section, folder.path());
        }
    }
}

#[test]
fn the_comparison_is_one() {
    assert!(line_fits("a 4387.66 (0a1b2c3d) b", "a  12 (99999999) b"));
    assert!(line_fits("x ... y", "x 1 2 3 y") && !line_fits("x ... y", "x 1 2 3 z"));
    assert!(!line_fits("events 1", "event 1"));
    let expected = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(lines_fit(&expected(&["a", "...", "d"]), &["a", "b", "c", "d"]));
    assert!(!lines_fit(&expected(&["a", "d"]), &["a", "b", "d"]));
}
