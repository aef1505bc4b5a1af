//! `history`: records of many boots -> what changed, as text and as JSON.

use super::support::{ends_within, program, project, run};
use crate::Said;
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf, process::Stdio, time::Duration};
use tempfile::TempDir;

/// A boot of the generator: its number in time, from 0.
type Boot = usize;

/// Records, one a line: two metrics, of which `latency` is `level` of the boot. The kernel's option HZ changes with the boot 30.
fn records(boots: impl IntoIterator<Item = Boot>, valid: bool, level: impl Fn(Boot) -> f64) -> String {
    let mut text = String::new();
    for boot in boots {
        let wobble = 1.0 + (boot * 7 % 11) as f64 / 1000.0;
        let (latency, steady) = (level(boot) * wobble, 500.0 * wobble);
        let (day, hertz) =
            (format!("2026-{:02}-{:02}", 1 + boot / 28 % 12, 1 + boot % 28), if boot < 30 { 250 } else { 1000 });
        let year = 2026 + boot / 336;
        let day = day.replacen("2026", &year.to_string(), 1);
        writeln!(
            text,
            r#"{{"schema":"lava-bench-record/2","id":"{:08x}","started":"{day}T00:00:00Z","lab":{{"device":"board-1","kernel_build":"v6.12-{boot}"}},"machine":{{"kernel":{{"config":{{"sha256":"{}","source":"/proc/config.gz","options":{{"HZ":"{hertz}"}}}}}},"board":{{"model":"A board"}}}},"boots":[{{"id":"{:012x}"}}],"benchmarks":[{{"name":"cyclictest","tool":{{"name":"cyclictest","version":"2.5"}},"parameters":{{}},"metrics":[{{"name":"latency","unit":"us","better":"lower"}},{{"name":"rate","unit":"events/s","better":"higher"}}],"cases":[{{"labels":{{"threads":"4"}},"result":"pass","valid":{valid},"series":[{{"metric":"latency","samples":[[{latency}]]}},{{"metric":"rate","samples":[[{steady}]]}}]}}]}}]}}"#,
            boot + 1,
            "0".repeat(64),
            boot + 1,
        )
        .unwrap();
    }
    text
}

fn step(boot: Boot) -> f64 {
    if boot < 30 { 40.0 } else { 44.0 }
}

/// A folder with these records, and the path of the file.
fn saved(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("records.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn history(text: &str, arguments: &[&str]) -> Said {
    let (_folder, path) = saved(text);
    Said::of(program().env("LC_ALL", "C").arg("history").arg(path).args(arguments))
}

#[test]
fn a_step_is_told_with_its_builds_its_size_and_a_suspect() {
    let said = history(&records(0..60, true, step), &[]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let text = &said.stdout;
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 80), "{text}");
    assert!(text.starts_with("60 boots of 60 builds, 2026-01-01 to 2026-03-04: 2 series\n"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "machine: A board (board-1)",
        "cyclictest threads=4: latency (40 to 44.44 us) _",
        "worse: 10.0 % slower, step from v6.12-29 (boot 30, 2026-02-02) to v6.12-30 (boot 31, 2026-02-03); 90 % interval",
        "suspect: CONFIG_HZ: 250 -> 1000",
        "1 series changed, 1 did not",
        "a change in the last 7 boots of a series is not sure to be seen yet",
    ] {
        assert!(words.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("rate"), "{text}");
    let all = history(&records(0..60, true, step), &["--all"]);
    assert!(all.stdout.contains("cyclictest threads=4: rate") && all.stdout.contains("  no change\n"), "{all:?}");
}

#[test]
fn block_characters_are_for_locales_that_have_them() {
    let (_folder, path) = saved(&records(0..60, true, step));
    let said = |variable: &str, value: &str| {
        let mut command = program();
        command.env_remove("LC_ALL").env_remove("LC_CTYPE").env_remove("LANG").env(variable, value);
        Said::of(command.arg("history").arg(&path)).stdout
    };
    assert!(said("LANG", "C.UTF-8").contains('█') && said("LC_ALL", "de_DE.utf8").contains('█'));
    assert!(said("LANG", "C").is_ascii() && said("LC_ALL", "POSIX").is_ascii());
}

/// The keys of all objects in a document, but for those that are names of others.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                if !["machines", "case", "labels", "parameters"].contains(&key.as_str()) {
                    keys(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_json_has_what_the_page_says() {
    let with_spike = |boot: Boot| if boot == 12 { 80.0 } else { step(boot) };
    let said = history(&records(0..60, true, with_spike), &["--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["schema"], "lava-bench-history/1");
    assert_eq!(
        document["counts"],
        serde_json::json!({"changed": 1, "level": 1, "too_few_boots": 0, "median_is_zero": 0})
    );
    let series = document["series"].as_array().unwrap();
    assert_eq!(series.len(), 1);
    let change = &series[0]["changes"][0];
    let at = change["at"].as_u64().unwrap() as usize;
    let values = series[0]["values"].as_array().unwrap();
    assert_eq!((at, values.len(), series[0]["boots"].as_u64()), (30, 60, Some(60)));
    assert_eq!((&values[at]["build"], &values[at - 1]["build"]), (&change["to"]["build"], &change["from"]["build"]));
    assert_eq!(
        (&change["kind"], &change["verdict"], &change["change_words"]),
        (&"step".into(), &"worse".into(), &"10.0 % slower".into())
    );
    assert_eq!(change["suspects"][0], serde_json::json!({"what": "CONFIG_HZ", "from": "250", "to": "1000"}));
    assert_eq!((&series[0]["spikes"][0]["at"], &series[0]["spikes"][0]["build"]), (&12.into(), &"v6.12-12".into()));
    let page = fs::read_to_string(project("docs/history.md")).unwrap();
    let mut names = BTreeSet::new();
    keys(&document, &mut names);
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name}: not in docs/history.md");
    }
    let all = history(&records(0..60, true, step), &["--json", "--all"]);
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(all["series"].as_array().unwrap().len(), 2);
}

#[test]
fn a_slow_change_is_a_trend() {
    let level = |boot: Boot| 40.0 * (1.0 + 0.15 * ((boot as f64 - 30.0) / 50.0).clamp(0.0, 1.0));
    let text = history(&records(0..120, true, level), &[]).stdout;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("worse: 15.") && words.contains("% slower, trend from v6.12-"), "{text}");
    assert_eq!(words.matches("worse:").count(), 1, "{text}");
}

#[test]
fn records_may_come_in_any_order_and_in_several_files() {
    let (in_order, behind) = (saved(&records(0..60, true, step)), saved(&records((0..30).rev(), true, step)));
    let before = saved(&records((30..60).rev(), true, step));
    let told = |paths: &[&PathBuf]| Said::of(program().env("LC_ALL", "C").arg("history").args(paths)).stdout;
    assert_eq!(told(&[&in_order.1]), told(&[&before.1, &behind.1]));
    // A board without a clock: as they were given, and that is said once.
    let timeless = records(0..60, true, step).replace("2026-01-05", "1970-01-01");
    let said = history(&timeless, &[]);
    assert!(said.stdout.contains("step") && said.stdout.contains("from v6.12-29"), "{said:?}");
    assert_eq!(said.stdout.matches("note:").count(), 1, "{said:?}");
    assert!(said.stdout.contains("note: 1 of 60 boots: no time"), "{said:?}");
    // The same record twice is one.
    let twice = told(&[&in_order.1, &in_order.1]);
    assert!(twice.contains("60 boots of 60 builds"), "{twice}");
}

#[test]
fn too_few_boots_do_not_look_like_good_news() {
    let said = history(&records(0..15, true, step), &[]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.contains("2 series have too few boots: fewer than 16, 15 at most"), "{said:?}");
    assert!(!said.stdout.contains("did not"), "{said:?}");
    let one = history(&records(0..1, true, step), &["--all"]);
    assert!(one.code == 0 && one.stdout.contains("too few boots: 1\n"), "{one:?}");
}

#[test]
fn what_cannot_be_read_or_was_not_measured_has_its_own_code() {
    let wrong = history("nothing known\n", &[]);
    assert!(wrong.code == 2 && wrong.stdout.is_empty(), "{wrong:?}");
    // No number in JSON is not a number.
    let text = records(0..20, true, step).replacen("[[40", "[[NaN", 1);
    assert_eq!(history(&text, &[]).code, 2);
    for (option, known) in [("--benchmark", "cyclictest"), ("--metric", "latency, rate")] {
        let said = history(&records(0..20, true, step), &[option, "nothing-such"]);
        assert_eq!(said.code, 2);
        let expected =
            format!("lava-bench: {option} nothing-such: nothing of that name was measured\nhint: there is {known}\n");
        assert_eq!(said.stderr, expected);
    }
    let disturbed = records(0..20, false, step);
    let said = history(&disturbed, &[]);
    assert!(said.code == 3 && said.stdout.is_empty() && said.stderr.contains("hint: --with-disturbed"), "{said:?}");
    let counted = history(&disturbed, &["--with-disturbed", "--metric", "latency"]);
    assert!(counted.code == 0 && counted.stdout.contains("20 boots of 20 builds"), "{counted:?}");
    let (_folder, path) = saved(&records(0..60, true, step));
    let (path, output) = (path.to_str().unwrap(), path.with_extension("txt"));
    let said = run(&["history", path, "-o", output.to_str().unwrap()]);
    assert!(said.code == 0 && said.stdout.is_empty(), "{said:?}");
    assert!(fs::read_to_string(output).unwrap().contains("% slower, step"));
    let help = run(&["history", "--help"]);
    assert!(help.stdout.lines().take(8).all(|line| line.len() <= 80), "{help:?}");
    assert!(help.code == 0 && help.stdout.matches("\n  lava-bench history ").count() >= 2, "{help:?}");
}

#[test]
fn a_long_history_comes_to_an_end() {
    let level = |boot: Boot| 40.0 * if (boot / 700).is_multiple_of(2) { 1.0 } else { 1.1 };
    let (_folder, path) = saved(&records(0..10_000, true, level));
    let mut command = program();
    let mut child = command.arg("history").arg(path).stdout(Stdio::null()).spawn().unwrap();
    assert_eq!(ends_within(&mut child, Duration::from_secs(60)), Some(0));
}
