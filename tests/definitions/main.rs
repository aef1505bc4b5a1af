//! Every definition and every sample that comes with the project: the proofs hold, and no damage to an output passes unseen.
//!
//! `DEFINITION=pi-stress cargo test --test definitions` looks at one definition alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "the tests show what they tried")]

#[path = "../support/mod.rs"]
mod support;

mod copies;
mod damage;
mod numbers;
#[path = "../support/row.rs"]
mod row;

use lava_bench::{
    definition::{Definition, Store},
    parse::{Extraction, Saved, extract},
    record::Ident,
    samples::{Expectation, Sample, samples},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

/// A definition and the file of its text.
fn all() -> Vec<(Definition, PathBuf)> {
    let store = Store::embedded();
    let only = std::env::var("DEFINITION").ok();
    store
        .names()
        .filter(|name| only.as_ref().is_none_or(|only| only == name))
        .map(|name| {
            let file = support::definition_file(name);
            (Definition::read(name, &fs::read_to_string(&file).unwrap()).unwrap(), file)
        })
        .collect()
}

#[test]
fn every_sample_is_proved() {
    let mut wrong = Vec::new();
    for (definition, file) in all() {
        let samples = samples(&file, &definition);
        assert!(!samples.is_empty(), "{}: no sample", definition.name);
        for sample in samples {
            wrong.extend(sample.prove(&definition).err().map(|error| format!("{}: {error}", definition.name)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_metric_has_a_sample() {
    for (definition, file) in all() {
        let expectations =
            samples(&file, &definition).into_iter().map(|sample| fs::read(sample.expectation()).unwrap());
        let found: BTreeSet<String> = expectations
            .flat_map(|text| serde_json::from_slice::<Expectation>(&text).unwrap().found)
            .map(|series| series.metric.to_string())
            .collect();
        let measured = |name: &Ident| definition.measure.iter().any(|(_, metric)| metric == name);
        for spec in definition.metrics.iter().filter(|spec| !measured(&spec.metric.name)) {
            assert!(
                found.contains(spec.metric.name.as_str()),
                "{}: no sample of {}",
                definition.name,
                spec.metric.name
            );
        }
    }
}

/// A sample's outputs and what is found in them.
struct Output {
    definition: Definition,
    parameters: BTreeMap<String, String>,
    saved: Saved,
}

impl Output {
    fn of(definition: &Definition, sample: &Sample) -> Self {
        let expectation: Expectation = serde_json::from_slice(&fs::read(sample.expectation()).unwrap()).unwrap();
        let saved = sample.read(definition).unwrap();
        Self { definition: definition.clone(), parameters: expectation.parameters, saved }
    }

    /// The names of its texts.
    fn names(&self) -> Vec<String> {
        ["stdout", "stderr"].into_iter().map(str::to_string).chain(self.saved.files.keys().cloned()).collect()
    }

    fn text(&self, which: &str) -> &[u8] {
        match which {
            "stdout" => &self.saved.stdout,
            "stderr" => &self.saved.stderr,
            file => &self.saved.files[file],
        }
    }

    /// What is found when `text` stands in the place of the output `which`.
    fn extract(&self, which: &str, text: &[u8]) -> Extraction {
        let mut outputs = self.saved.outputs();
        match which {
            "stdout" => outputs.stdout = text,
            "stderr" => outputs.stderr = text,
            file => {
                outputs.files.insert(file, text);
            }
        }
        extract(&self.definition, &self.parameters, &outputs)
    }
}
