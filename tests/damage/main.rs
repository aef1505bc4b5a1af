//! Damage, at random and in numbers: real captures of a board's serial line are damaged, and what is rebuilt from them is
//! bit-exact, or says what is lost. A wrong value is never among it.
//!
//! `scripts/damage-bench` runs it with many captures; `LAVA_BENCH_DAMAGE` says how many, `LAVA_BENCH_SEED` where to begin.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod harm;
#[path = "../support/row.rs"]
mod row;

use harm::{Harm, Random, harmed};
use lava_bench::{
    rebuild::{Rebuilder, Rebuilt},
    record::{Record, Value},
    signal::{DEFAULT_BUDGET, record_signals},
};
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::Read,
    path::Path,
    thread,
    time::Instant,
};

/// How many of 100 lines are damaged.
const RATES: [u64; 4] = [1, 5, 10, 20];

/// How many captures there are in a usual run of the tests.
const FEW: u64 = 400;

/// A capture and the record that it holds.
struct Capture {
    name: String,
    bytes: Vec<u8>,
    json: String,
    values: BTreeMap<String, Value>,
}

/// What came of some captures.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    exact: u64,
    named: u64,
    nothing: u64,
    wrong: u64,
}

fn rebuilt(bytes: &[u8]) -> Vec<Rebuilt> {
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(bytes).unwrap();
    rebuilder.finish()
}

/// Every sample by the name of its signal.
fn values(record: &Record) -> BTreeMap<String, Value> {
    let signals = record_signals(record, DEFAULT_BUDGET).into_iter();
    let samples = signals.filter(|signal| signal.name.position().is_some());
    samples.filter_map(|signal| Some((signal.name.to_string(), signal.measurement?.0))).collect()
}

/// The captures beside this file, which are gzipped.
fn captures() -> Vec<Capture> {
    let folder = support::project("tests/damage");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    let capture = |path: &Path| {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        let [whole] = <[Rebuilt; 1]>::try_from(rebuilt(&bytes)).expect("one record");
        assert_eq!(whole.record.losses, [], "{}", path.display());
        let values = values(&whole.record);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Capture { name, bytes, json: whole.json, values }
    };
    paths.iter().map(|path| capture(path)).collect()
}

impl Tally {
    fn add(&mut self, capture: &Capture, bytes: &[u8], what: &str) {
        let rebuilt = rebuilt(bytes);
        self.wrong += rebuilt.len().saturating_sub(1) as u64;
        let Some(rebuilt) = rebuilt.first() else {
            self.nothing += 1;
            return;
        };
        if rebuilt.json == capture.json {
            self.exact += 1;
            return;
        }
        let wrong = mistakes(capture, &rebuilt.record);
        assert!(wrong.is_empty(), "{what}: {wrong:?}");
        self.wrong += wrong.len() as u64;
        self.named += 1;
    }

    fn sum(self, other: Self) -> Self {
        Self {
            exact: self.exact + other.exact,
            named: self.named + other.named,
            nothing: self.nothing + other.nothing,
            wrong: self.wrong + other.wrong,
        }
    }
}

/// What a record that is not the capture's says wrong: a value that is another, and one that is lost in silence.
fn mistakes(capture: &Capture, record: &Record) -> Vec<String> {
    let found = values(record);
    let lost = |what: &str| record.losses.iter().any(|loss| loss.what == what);
    let other = |(name, value): (&String, &Value)| {
        let right = capture.values.get(name).is_some_and(|source| source.get().to_bits() == value.get().to_bits());
        (!right).then(|| format!("{name} is {value}"))
    };
    let silent = |name: &String| {
        let benchmark = name.split('.').next().unwrap_or_default();
        let known = record.benchmarks.iter().any(|known| known.name.as_str() == benchmark);
        // A benchmark without any signal is covered by the loss of the document.
        let covered = lost(name) || lost(benchmark) || (!known && lost("document"));
        (!covered && !found.contains_key(name)).then(|| format!("{name} is lost in silence"))
    };
    let document = (!lost("document")).then(|| "it does not say that the document is lost".to_string());
    found.iter().filter_map(other).chain(capture.values.keys().filter_map(silent)).chain(document).collect()
}

/// Damages captures, each by a seed of its own, on two threads.
fn tally(captures: &[Capture], harm: Harm, rate: u64, count: u64, seed: u64) -> Tally {
    let half = |odd: u64| {
        let mut tally = Tally::default();
        for number in (odd..count).step_by(2) {
            let seed = seed.wrapping_add(number);
            let capture = &captures[(number / 2) as usize % captures.len()];
            let bytes = harmed(&capture.bytes, harm, rate, &mut Random::new(seed));
            tally.add(capture, &bytes, &format!("{} {harm:?} {rate} % seed {seed}", capture.name));
        }
        tally
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        half(0).sum(other.join().unwrap())
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn no_damage_makes_a_wrong_value() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (all, seed) = (number("LAVA_BENCH_DAMAGE").unwrap_or(FEW), number("LAVA_BENCH_SEED").unwrap_or(1));
    let (begun, captures) = (Instant::now(), captures());
    assert!(!captures.is_empty());
    for capture in &captures {
        println!("{}: {} bytes, {} samples", capture.name, capture.bytes.len(), capture.values.len());
    }
    println!(
        "{:<10} {:>4} {:>9} {:>10} {:>13} {:>8} {:>6}",
        "damage", "rate", "captures", "bit-exact", "losses named", "nothing", "wrong"
    );
    let mut sum = Tally::default();
    for harm in [Harm::Lost, Harm::Mixed] {
        for rate in RATES {
            let count = all / 8;
            let tally = tally(&captures, harm, rate, count, seed);
            sum = sum.sum(tally);
            let share = |part: u64| format!("{:.3} %", part as f64 * 100.0 / count as f64);
            println!(
                "{:<10} {:>3}% {count:>9} {:>10} {:>13} {:>8} {:>6}",
                format!("{harm:?}"),
                rate,
                share(tally.exact),
                share(tally.named),
                share(tally.nothing),
                tally.wrong
            );
            assert_eq!(tally.wrong, 0);
            // One in a hundred is far above what is seen, and far below what a mistake would make.
            assert!(rate > 10 || tally.exact * 100 >= count * 99, "{harm:?} {rate} %: {tally:?}");
        }
    }
    let attack = "damage: of 1 to 20 of 100 lines of captures";
    row::Row { attack, tried: all / 8 * 8, broken: sum.wrong, known: 0, begun }.print();
}
