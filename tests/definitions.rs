//! Every definition and every sample that comes with the project: the proofs hold, and no character of a number that a
//! metric comes from can be lost or changed unseen.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lava_bench::{
    definition::{Definition, Store},
    parse::{Extraction, extract},
    proof::{Expectation, samples},
};
use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

/// A definition and the file of its text.
fn all() -> Vec<(Definition, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-definitions");
    let store = Store::embedded();
    let file = |name: &str| folder.join(name).join(format!("{name}.yaml"));
    store
        .names()
        .map(|name| (Definition::read(name, &fs::read_to_string(file(name)).unwrap()).unwrap(), file(name)))
        .collect()
}

#[test]
fn every_sample_is_proved() {
    for (definition, file) in all() {
        let samples = samples(&file);
        assert!(!samples.is_empty(), "{}: no sample", definition.name);
        for sample in samples {
            sample.prove(&definition).unwrap_or_else(|error| panic!("{}: {error}", definition.name));
        }
    }
}

#[test]
fn every_metric_has_a_sample() {
    for (definition, file) in all() {
        let expectations = samples(&file).into_iter().map(|sample| fs::read(sample.expectation()).unwrap());
        let found: BTreeSet<String> = expectations
            .flat_map(|text| serde_json::from_slice::<Expectation>(&text).unwrap().found)
            .map(|series| series.metric.to_string())
            .collect();
        for spec in &definition.metrics {
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
    expectation: Expectation,
    texts: [Vec<u8>; 2],
}

impl Output {
    fn extract(&self, which: usize, text: &[u8]) -> Extraction {
        let [stdout, stderr] = &self.texts;
        let (stdout, stderr) = if which == 0 { (text, stderr.as_slice()) } else { (stdout.as_slice(), text) };
        extract(&self.definition, &self.expectation.parameters, stdout, stderr)
    }

    /// The numbers of a text that its formats' patterns and paths may take.
    fn numbers(&self, which: usize) -> BTreeSet<(usize, usize)> {
        let text = &self.texts[which];
        let mut spans = BTreeSet::new();
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let bare = line.trim_ascii_end();
            for format in &self.definition.outputs {
                for pattern in &format.patterns {
                    for (group, _) in &pattern.values {
                        let found = pattern.regex.captures(bare).and_then(|captures| captures.name(group));
                        spans.extend(found.map(|found| (start + found.start(), start + found.end())));
                    }
                }
                if !format.json.is_empty() {
                    spans.extend(json_numbers(line).into_iter().map(|span| (start + span.start, start + span.end)));
                }
            }
            start += line.len();
        }
        spans
    }
}

/// The number behind a colon, in a line of indented JSON.
fn json_numbers(line: &[u8]) -> Option<Range<usize>> {
    let colon =
        line.windows(3).position(|window| [b"\": ", b" : ", b"\":\t"].contains(&window.as_array().unwrap()))? + 3;
    let number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    let length = line[colon..].iter().take_while(|byte| number(byte)).count();
    (length > 0).then(|| colon..colon + length)
}

/// Every text that has one character of the number less, or another one there.
fn mutations(text: &[u8], (start, end): (usize, usize)) -> Vec<Vec<u8>> {
    let mut mutated = Vec::new();
    for at in start..end {
        let mut less = text.to_vec();
        less.remove(at);
        mutated.push(less);
        let others: &[u8] = if text[at].is_ascii_digit() { b"0123456789x, " } else { b"7x " };
        for other in others.iter().filter(|other| **other != text[at]) {
            let mut changed = text.to_vec();
            changed[at] = *other;
            mutated.push(changed);
        }
    }
    mutated
}

/// Whether two number texts are the same number: JSON's trailing zeros say nothing.
fn same_number(a: &[u8], b: &[u8]) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<f64>().ok());
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b)
}

#[test]
fn no_changed_number_passes_unseen() {
    let (mut tried, mut unseen) = (0, Vec::new());
    for (definition, file) in all() {
        for sample in samples(&file) {
            let expectation: Expectation = serde_json::from_slice(&fs::read(sample.expectation()).unwrap()).unwrap();
            let texts = [
                fs::read(&sample.stdout).unwrap(),
                fs::read(sample.stdout.with_extension("stderr")).unwrap_or_default(),
            ];
            let output = Output { definition: definition.clone(), expectation, texts };
            for which in 0..2 {
                let text = &output.texts[which];
                let original = output.extract(which, text);
                for span in output.numbers(which) {
                    let json = definition.outputs.iter().any(|format| !format.json.is_empty());
                    // A number that can be taken away without a difference is no metric's.
                    let nothing: &[u8] = if json { b"null" } else { b"?" };
                    if output.extract(which, &[&text[..span.0], nothing, &text[span.1..]].concat()) == original {
                        continue;
                    }
                    for mutated in mutations(text, span) {
                        let end = mutated.len() - (text.len() - span.1);
                        if json && same_number(&mutated[span.0..end], &text[span.0..span.1]) {
                            continue;
                        }
                        tried += 1;
                        if output.extract(which, &mutated) == original {
                            let line = String::from_utf8_lossy(&mutated[span.0..end]).into_owned();
                            unseen.push(format!("{}: {}", sample.stdout.display(), line));
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert!(
        unseen.is_empty(),
        "{} of {tried} changes pass unseen: {:#?}",
        unseen.len(),
        &unseen[..unseen.len().min(20)]
    );
}
