//! The pages that give forms and bytes: every block in them is true.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lava_bench::{
    definition::Definition,
    proof::Expectation,
    rebuild::Rebuilder,
    record::Record,
    signal::{DEFAULT_BUDGET, frames, record_signals},
};
use serde_yaml::Value;
use std::{fs, path::Path};

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The texts of the fenced blocks in `language`.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

#[test]
fn the_test_vectors_of_signals() {
    let text = page("docs/signals.md");
    let (records, lines) = (blocks(&text, "json"), blocks(&text, "text"));
    let ([json], [lines]) = (records.as_slice(), lines.as_slice()) else { panic!("one record and its lines") };
    assert_eq!(page("docs/example-record.json").trim_end(), json);
    let record = Record::from_json(json.as_bytes()).unwrap();
    assert_eq!(record.to_json(), *json, "the record is canonical");
    let mut said: Vec<String> =
        record_signals(&record, DEFAULT_BUDGET).iter().map(|signal| signal.to_line(record.id)).collect();
    said.extend(frames(record.id, json).unwrap().iter().map(ToString::to_string));
    assert_eq!(said.join("\n"), *lines);
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(text.as_bytes()).unwrap();
    assert_eq!(rebuilder.finish()[0].json, *json);
}

/// A whole definition of the page, with the keys of a fragment instead of its own.
fn with(whole: &str, fragment: &str) -> String {
    let mut file: Value = serde_yaml::from_str(whole).unwrap();
    let fragment: Value = serde_yaml::from_str(fragment).unwrap();
    let benchmark = file["benchmark"].as_mapping_mut().unwrap();
    for (key, value) in fragment.as_mapping().unwrap() {
        if key == "commands" {
            benchmark.remove("command");
        }
        benchmark.insert(key.clone(), value.clone());
    }
    serde_yaml::to_string(&file).unwrap()
}

#[test]
fn the_definition_format() {
    let text = page("test-definitions/README.md");
    let yaml = blocks(&text, "yaml");
    let (whole, fragments) = yaml.split_first().unwrap();
    let definition = Definition::read("README.md", whole).unwrap();
    assert_eq!(definition.name.as_str(), "my-tool");
    assert!(fragments.len() >= 4);
    for fragment in fragments {
        Definition::read("README.md", &with(whole, fragment)).unwrap_or_else(|error| panic!("{fragment}\n{error}"));
    }
    for expectation in blocks(&text, "json") {
        let expectation: Expectation = serde_json::from_str(&expectation).unwrap();
        assert_eq!(expectation.found.len(), 2);
    }
    // And a block that were wrong would be noticed.
    assert!(Definition::read("README.md", &with(whole, "warm_up: 1")).is_err());
}

#[test]
fn every_key_of_the_definition_format_is_described() {
    let text = page("test-definitions/README.md");
    let wire = page("agent/definition/wire.rs");
    let fields =
        wire.lines().filter_map(|line| line.trim().strip_prefix("pub(super) ")?.split_once(": ")).map(|(name, _)| name);
    for field in fields {
        let name = match field {
            "kind" => "type".to_string(),
            // What only LAVA reads, and the versions of LAVA's own format.
            "install" | "parse" | "expected" | "0" => continue,
            other => other.replace('_', "-"),
        };
        assert!(
            text.contains(&format!("`{name}"))
                || text.contains(&format!("{name}`"))
                || text.contains(&format!("{name}:")),
            "{name}"
        );
    }
}
