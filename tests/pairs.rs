//! Every sample of every definition through every other definition: the output of one tool is not taken for another's.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

#[path = "support/row.rs"]
mod row;

use lava_bench::{
    definition::{Definition, Store},
    parse::{Outputs, extract, printed},
    samples::{Expectation, Sample, samples},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
    time::Instant,
};

/// Definitions whose samples may pass another one, and why that is right.
const SAME: [(&str, &str, &str); 6] = [
    ("fio", "fio-job", "fio-job runs any job of a user, and one may be that of fio"),
    ("iperf", "iperf-messages", "both run iperf3, with other parameters"),
    ("iperf-messages", "iperf", "both run iperf3, with other parameters"),
    (
        "perf-bench-sched-pipe",
        "perf-bench-sched-pipe-bound",
        "both run perf bench sched pipe; what it is bound to is not in its output",
    ),
    (
        "perf-bench-sched-pipe-bound",
        "perf-bench-sched-pipe",
        "both run perf bench sched pipe; what it is bound to is not in its output",
    ),
    ("kunit", "boot-time", "both read the kernel's messages, and tests run while it boots"),
];

/// A sample and what was written when it was made.
struct Made {
    definition: String,
    place: String,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    files: BTreeMap<String, Vec<u8>>,
    parameters: BTreeMap<String, String>,
}

impl Made {
    fn of(definition: &Definition, sample: &Sample) -> Self {
        let expectation: Expectation = serde_json::from_slice(&fs::read(sample.expectation()).unwrap()).unwrap();
        let saved = sample.read(definition).unwrap();
        Self {
            definition: definition.name.to_string(),
            place: sample.stdout.display().to_string(),
            stdout: saved.stdout,
            stderr: saved.stderr,
            files: saved.files,
            parameters: expectation.parameters,
        }
    }

    /// Whether `other` takes it without a problem, and finds something: as it was written, and as `parse` gives it to a
    /// definition when a user names one file.
    fn passes(&self, other: &Definition) -> bool {
        let mut parameters = other.defaults();
        parameters.extend(self.parameters.clone());
        let file = |name: &str| self.files.get(name).unwrap_or(&self.stdout).as_slice();
        let files: BTreeMap<&str, &[u8]> = other.files().into_iter().map(|name| (name, file(name))).collect();
        [self.stderr.as_slice(), &self.stdout].into_iter().any(|stderr| {
            let outputs = Outputs { stdout: &self.stdout, stderr, files: files.clone() };
            // As `parse` takes what the output says itself.
            let parameters = [parameters.clone(), printed(other, &outputs)].into_iter().flatten().collect();
            let extraction = extract(other, &parameters, &outputs);
            let found = !extraction.found.is_empty() || !extraction.verdicts.is_empty();
            found && extraction.problems.is_empty()
        })
    }
}

fn all() -> (Vec<Definition>, Vec<Made>) {
    let store = Store::embedded();
    let (mut definitions, mut made) = (Vec::new(), Vec::new());
    for name in store.names() {
        let definition = store.load(name).unwrap();
        let samples = samples(&support::definition_file(name), &definition);
        made.extend(samples.iter().map(|sample| Made::of(&definition, sample)));
        // One that reads logs of its own has no output to recognise.
        if !definition.outputs.is_empty() {
            definitions.push(definition);
        }
    }
    (definitions, made)
}

#[test]
fn no_tools_output_passes_for_anothers() {
    let begun = Instant::now();
    let (definitions, made) = all();
    let passing = |part: &[Definition]| -> Vec<(String, String, String)> {
        let mut passing = Vec::new();
        for other in part {
            for sample in made.iter().filter(|sample| sample.definition != other.name.as_str()) {
                if sample.passes(other) {
                    passing.push((sample.definition.clone(), other.name.to_string(), sample.place.clone()));
                }
            }
        }
        passing
    };
    let count = thread::available_parallelism().map_or(1, usize::from);
    let parts = definitions.chunks(definitions.len().div_ceil(count));
    let passed: Vec<(String, String, String)> = thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| passing(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.len() > 500 && definitions.len() > 100, "{} samples, {} definitions", made.len(), definitions.len());
    let is_same = |a: &str, b: &str| SAME.iter().any(|(from, to, _)| *from == a && *to == b);
    let wrong: Vec<String> = passed
        .iter()
        .filter(|(a, b, _)| !is_same(a, b))
        .map(|(a, b, place)| format!("{a} passes for {b}: {place}"))
        .collect();
    let of_itself = |other: &Definition| made.iter().filter(|sample| sample.definition == other.name.as_str()).count();
    let tried = made.len() * definitions.len() - definitions.iter().map(of_itself).sum::<usize>();
    let (broken, known) = (wrong.len() as u64, (passed.len() - wrong.len()) as u64);
    let attack = "pairs: the output of each tool for each other definition";
    row::Row { attack, tried: tried as u64, broken, known, begun }.print();
    assert!(wrong.is_empty(), "{} pairs: {wrong:#?}", wrong.len());
    let seen: BTreeSet<(&str, &str)> = passed.iter().map(|(a, b, _)| (a.as_str(), b.as_str())).collect();
    for (from, to, _) in SAME {
        assert!(seen.contains(&(from, to)), "{from} passes no longer for {to}: take it out of the list");
    }
}
