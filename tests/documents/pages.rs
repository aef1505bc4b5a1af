//! `docs/signals.md` and `test-definitions/README.md`: every block in them is true.

use crate::{blocks, document};
use lava_bench::{
    definition::Definition,
    rebuild::Rebuilder,
    record::Record,
    samples::Expectation,
    signal::{DEFAULT_BUDGET, Redundancy, frames, record_signals},
};
use serde_yaml::Value;

#[test]
fn the_test_vectors_of_signals() {
    let text = document("docs/signals.md");
    let (records, lines) = (blocks("docs/signals.md", "json"), blocks("docs/signals.md", "text"));
    let ([json], [lines]) = (records.as_slice(), lines.as_slice()) else { panic!("one record and its lines") };
    assert_eq!(document("docs/example-record.json"), *json);
    let json = json.trim_end();
    let record = Record::from_json(json.as_bytes()).unwrap();
    assert_eq!(record.to_json(), json, "the record is canonical");
    let mut said: Vec<String> =
        record_signals(&record, DEFAULT_BUDGET).iter().map(|signal| signal.to_line(record.id)).collect();
    said.extend(frames(record.id, json, Redundancy::default()).unwrap().iter().map(ToString::to_string));
    assert_eq!(said.join("\n"), lines.trim_end());
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(text.as_bytes()).unwrap();
    assert_eq!(rebuilder.finish()[0].json, json);
}

/// A whole definition of the page, with the keys of a fragment instead of its own.
fn with(whole: &str, fragment: &str) -> String {
    let mut file: Value = serde_yaml::from_str(whole).unwrap();
    let fragment: Value = serde_yaml::from_str(fragment).unwrap();
    let benchmark = file["benchmark"].as_mapping_mut().unwrap();
    for (key, value) in fragment.as_mapping().unwrap() {
        // What only goes with what it takes the place of.
        match key.as_str() {
            Some("commands") => drop(benchmark.remove("command")),
            Some("metrics") => drop(benchmark.remove("primary")),
            _ => {}
        }
        benchmark.insert(key.clone(), value.clone());
    }
    serde_yaml::to_string(&file).unwrap()
}

#[test]
fn the_definition_format() {
    let yaml = blocks("test-definitions/README.md", "yaml");
    let (whole, fragments) = yaml.split_first().unwrap();
    let definition = Definition::read("README.md", whole).unwrap();
    assert_eq!(definition.name.as_str(), "my-tool");
    assert!(fragments.len() >= 4);
    for fragment in fragments {
        Definition::read("README.md", &with(whole, fragment)).unwrap_or_else(|error| panic!("{fragment}\n{error}"));
    }
    for expectation in blocks("test-definitions/README.md", "json") {
        let expectation: Expectation = serde_json::from_str(&expectation).unwrap();
        assert_eq!(expectation.found.len(), 2);
    }
    // And a block that were wrong would be noticed.
    assert!(Definition::read("README.md", &with(whole, "warm_up: 1")).is_err());
}

#[test]
fn every_key_of_the_definition_format_is_described() {
    let text = document("test-definitions/README.md");
    let wire = document("agent/definition/wire/mod.rs") + &document("agent/definition/wire/output.rs");
    let lines =
        wire.lines().filter_map(|line| line.trim().strip_prefix("pub(in crate::definition) ")?.split_once(": "));
    let fields: Vec<&str> = lines.map(|(name, _)| name).collect();
    assert!(fields.len() > 60, "{}", fields.len());
    for field in fields {
        let name = match field {
            "kind" => "type".to_string(),
            "condition" => "where".to_string(),
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
