//! The answers of the other suites, all in one form: keys and the texts of their numbers.

use crate::table::Suite;
use serde_json::Value;
use std::{fs, path::Path};

/// A key of theirs and its numbers, as they wrote them.
pub(crate) type Answer = Vec<(String, Vec<String>)>;

/// The answer of a run, or none where they have none.
pub(crate) fn read(suite: Suite, folder: &Path, file: Option<&str>) -> Option<Answer> {
    let path = folder.join(file.unwrap_or(match suite {
        Suite::Lkp | Suite::LkpSpec => "expected.json",
        Suite::TestDefinitions => "result.txt",
        Suite::Mmtests => "extract-multi.json",
    }));
    let text = fs::read_to_string(path).ok()?;
    let answer = match suite {
        Suite::LkpSpec if file.is_some_and(|file| file.ends_with(".yaml")) => printed(&text),
        Suite::Lkp | Suite::LkpSpec => lkp(&json(&text)),
        Suite::TestDefinitions => result_txt(&text),
        Suite::Mmtests => mmtests(&json(&text)),
    };
    (!answer.is_empty()).then_some(answer)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("their answer is JSON")
}

fn text(number: &Value) -> String {
    number.as_str().map_or_else(|| number.to_string(), str::to_string)
}

/// `{"program.key": [number, ...]}`; the program's name is left out.
fn lkp(answer: &Value) -> Answer {
    let answer = answer.as_object().expect("an object");
    let entry = |(key, numbers): (&String, &Value)| {
        let key = key.split_once('.').expect("a program").1;
        (key.to_string(), numbers.as_array().expect("a list").iter().map(text).collect())
    };
    answer.iter().map(entry).collect()
}

/// Lines `key: number`, as lkp's parsers print them.
fn printed(text: &str) -> Answer {
    let entry = |line: &str| line.rsplit_once(": ").map(|(key, number)| (key.to_string(), vec![number.to_string()]));
    text.lines().filter_map(entry).collect()
}

/// Lines `name result [measurement [units]]`. Where a measurement is missing, the blank before it and the one behind it
/// stand together; a line without one has its result. The units are part of the key where a name comes with several.
fn result_txt(text: &str) -> Answer {
    let line = |line: &str| {
        let (name, rest) = line.split_once(' ')?;
        let (number, units) = match rest.trim_start().split_once(' ') {
            None => (rest.trim(), ""),
            Some((_, measurement)) => measurement.split_once(' ').unwrap_or((measurement, "")),
        };
        let told = !name.is_empty() && (!number.is_empty() || rest.contains("  "));
        told.then(|| (name.to_string(), number.to_string(), units.trim().to_string()))
    };
    let lines: Vec<_> = text.lines().filter_map(line).collect();
    let several = |name: &str, units: &str| lines.iter().any(|(other, _, others)| other == name && others != units);
    let key = |name: &str, units: &str| {
        if !units.is_empty() && several(name, units) { format!("{name} {units}") } else { name.to_string() }
    };
    lines.iter().map(|(name, number, units)| (key(name, units), vec![number.clone()])).collect()
}

/// A list of runs, each with operations, each with iterations, each with samples: `run operation`.
fn mmtests(answer: &Value) -> Answer {
    let mut all = Answer::new();
    for run in answer.as_array().expect("a list of runs") {
        let name = run["_TestName"].as_str().expect("a run's name");
        for (operation, iterations) in run["_ResultData"].as_object().into_iter().flatten() {
            let iterations = iterations.as_array().expect("iterations").iter();
            let samples = iterations.filter_map(|iteration| iteration["Values"].as_array()).flatten();
            all.push((format!("{name} {operation}"), samples.map(text).collect()));
        }
    }
    all
}
