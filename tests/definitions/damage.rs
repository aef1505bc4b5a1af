//! An output that is cut at any byte, or of which any line is lost, doubled or swapped with the next one, gives what the whole
//! one gives, or says that something is wrong: it never gives less, or something else, without a word.
//!
//! In the middle of the few outputs that are long, only some places are tried: `EVERY_BYTE=1`, as `scripts/hostile` has it,
//! tries all, which takes three times as long.

use super::{Output, all, row::Row, support::project};
use lava_bench::{parse::Extraction, samples::samples};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

/// What happens to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Damage {
    /// It ends at a byte.
    Cut,
    /// A line is not there.
    Lost,
    /// A line is there twice.
    Doubled,
    /// A line stands behind the next one.
    Swapped,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cut => "cut",
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Swapped => "swapped",
        })
    }
}

/// What became of the damage that was tried.
#[derive(Default)]
struct Tally {
    tried: BTreeMap<Damage, usize>,
    /// Those that gave other values, and no problem.
    unseen: BTreeMap<(Damage, String), Vec<String>>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (damage, count) in other.tried {
            *self.tried.entry(damage).or_default() += count;
        }
        for (key, places) in other.unseen {
            self.unseen.entry(key).or_default().extend(places);
        }
    }

    fn unseen(&self, damage: Damage, wanted: impl Fn(&(Damage, String)) -> bool) -> usize {
        let of = self.unseen.iter().filter(|(key, _)| key.0 == damage && wanted(key));
        of.map(|(_, places)| places.len()).sum()
    }
}

/// The values and verdicts, in an order of their own: what stands where in an output says nothing.
fn content(extraction: &Extraction) -> impl PartialEq {
    let series = |found: &lava_bench::parse::Found| {
        let mut values: Vec<String> = found.values.iter().map(ToString::to_string).collect();
        values.sort();
        (found.metric.to_string(), found.labels.to_string(), values)
    };
    let mut found: Vec<_> = extraction.found.iter().map(series).collect();
    found.sort();
    let verdict =
        |test: &lava_bench::parse::Outcome| (test.labels.to_string(), test.result.as_str(), test.reason.clone());
    let mut verdicts: Vec<_> = extraction.verdicts.iter().map(verdict).collect();
    verdicts.sort();
    (found, verdicts)
}

/// Whether the output says what is missing: in a problem, or in the reason of the test around it.
fn is_told(found: &Extraction, original: &Extraction) -> bool {
    let reasons =
        |of: &Extraction| -> BTreeSet<String> { of.verdicts.iter().filter_map(|test| test.reason.clone()).collect() };
    let before = reasons(original);
    let tells =
        |reason: &String| reason.contains(" tests have a verdict") || reason.contains(" is missing before test ");
    !found.problems.is_empty() || reasons(found).iter().any(|reason| tells(reason) && !before.contains(reason))
}

/// A text with more bytes is long, and one with more lines; half as much of its begin and of its end is tried whole.
const LONG_BYTES: usize = 4 << 10;
const LONG_LINES: usize = 200;

/// In the middle of a long text, one of so many lines is tried.
const STRIDE: usize = 7;

/// Which of `count` places are tried, of which `long` are many: all that are near an end, and of the others those that `some` has.
fn tried(count: usize, long: usize, some: impl Fn(usize) -> bool) -> impl Iterator<Item = usize> {
    let every = count <= long || std::env::var_os("EVERY_BYTE").is_some();
    (0..count).filter(move |at| every || *at < long / 2 || *at >= count - long / 2 || some(*at))
}

/// Whether a place in the middle of a long text is tried as an end: on both sides of a line's end, and in the line.
fn is_by_a_line_end(text: &[u8], at: usize) -> bool {
    let ends = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| *byte == b'\n');
    ends(Some(at)) || ends(at.checked_sub(1)) || ends(at.checked_sub(4))
}

/// Tries all damage to one output of a sample.
fn damaged(output: &Output, which: &str, name: &str) -> Tally {
    let text = output.text(which);
    let original = output.extract(which, text);
    let mut tally = Tally::default();
    let mut attempt = |damage: Damage, text: &[u8], place: &dyn Fn() -> String| {
        *tally.tried.entry(damage).or_default() += 1;
        let found = output.extract(which, text);
        let differs = content(&found) != content(&original) || !original.problems.is_empty();
        if differs && !is_told(&found, &original) {
            let key = (damage, output.definition.name.to_string());
            tally.unseen.entry(key).or_default().push(format!("{name} {which} {}", place()));
        }
    };
    for end in tried(text.len(), LONG_BYTES, |at| is_by_a_line_end(text, at)) {
        attempt(Damage::Cut, &text[..end], &|| format!("after {end} bytes"));
    }
    // The line that says that the tool failed is lost: nothing can tell.
    if !original.problems.is_empty() {
        return tally;
    }
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    for at in tried(lines.len(), LONG_LINES, |at| at % STRIDE == 0) {
        let place = || format!("line {}: {}", at + 1, String::from_utf8_lossy(lines[at]).trim_end());
        let (before, line, after) = (lines[..at].concat(), lines[at], lines[at + 1..].concat());
        attempt(Damage::Lost, &[&before[..], &after].concat(), &place);
        attempt(Damage::Doubled, &[&before[..], line, line, &after].concat(), &place);
        if let Some(next) = lines.get(at + 1) {
            attempt(Damage::Swapped, &[&before[..], next, line, &lines[at + 2..].concat()].concat(), &place);
        }
    }
    tally
}

/// All damage to all outputs, by as many threads as there are CPUs.
fn all_damage() -> Tally {
    let outputs: Vec<(String, Output)> = all()
        .iter()
        .flat_map(|(definition, file)| {
            samples(file, definition)
                .into_iter()
                .map(|sample| (sample.stdout.display().to_string(), Output::of(definition, &sample)))
        })
        .collect();
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((file, output)) = outputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = file.rsplit_once("test-definitions/").map_or(file.as_str(), |(_, name)| name);
                    for which in output.names() {
                        tally.lock().unwrap().add(damaged(output, &which, name));
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

/// Damage that nothing in an output can tell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    definition: String,
    damage: Vec<Damage>,
    why: String,
}

#[expect(clippy::disallowed_methods, reason = "a file of the project's own")]
fn known() -> Vec<Known> {
    let file = project("tests/definitions/known.yaml");
    serde_yaml::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn no_damage_passes_unseen() {
    let begun = Instant::now();
    let (tally, known) = (all_damage(), known());
    assert!(known.iter().all(|known| !known.why.is_empty()));
    let is_known = |(damage, name): &(Damage, String)| {
        known.iter().any(|known| known.definition == *name && known.damage.contains(damage))
    };
    for (damage, tried) in &tally.tried {
        let unseen = |named: bool| tally.unseen(*damage, |key| is_known(key) == named) as u64;
        let attack = format!("outputs, each byte or line {damage}: all samples");
        Row { attack: &attack, tried: *tried as u64, broken: unseen(false), known: unseen(true), begun }.print();
    }
    let unknown: Vec<_> = tally.unseen.iter().filter(|(key, _)| !is_known(key)).collect();
    let is_one = std::env::var("DEFINITION").is_ok();
    for ((damage, name), places) in &unknown {
        println!("{name}: {} {damage}, such as", places.len());
        places.iter().take(if is_one { usize::MAX } else { 3 }).for_each(|place| println!("    {place}"));
    }
    let names: BTreeSet<&str> = unknown.iter().map(|((_, name), _)| name.as_str()).collect();
    assert!(unknown.is_empty(), "damage passes unseen: {names:?}");
    let is_seen = |known: &&Known| {
        known.damage.iter().any(|damage| !tally.unseen.contains_key(&(*damage, known.definition.clone())))
    };
    let seen: Vec<&Known> = known.iter().filter(is_seen).collect();
    assert!(is_one || seen.is_empty(), "seen by now: {seen:#?}");
}
