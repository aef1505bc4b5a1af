//! Captures with lines that somebody forged, every check right, or that contradict each other, and with random damage on top:
//! what is rebuilt is what the board measured, or a loss says what is wrong with it.

use super::{
    attack,
    harm::{Harm, Random, harmed},
};
use crate::support::project;
use data_encoding::BASE64URL_NOPAD;
use lava_bench::{
    rebuild::{Rebuilder, Rebuilt},
    record::{Record, RecordId, Value},
    signal::{DEFAULT_BUDGET, Redundancy, Signal, frames, record_signals},
};
use std::{
    collections::BTreeMap,
    fs,
    sync::LazyLock,
    time::{Duration, Instant},
};

/// How long a rebuild of some hundred lines may take.
const BOUND: Duration = Duration::from_secs(60);

/// A record of a real board, and one with few samples.
static RECORDS: LazyLock<Vec<Record>> = LazyLock::new(|| {
    let read = |bytes: &[u8]| Record::from_json(bytes.trim_ascii_end()).unwrap();
    let mut packed = Rebuilder::default();
    let capture = fs::File::open(project("tests/damage/quiet.log.gz")).unwrap();
    packed.source(std::io::BufReader::new(flate2::read::GzDecoder::new(capture))).unwrap();
    let real = packed.finish().remove(0).record;
    vec![real, read(&fs::read(project("docs/example-record.json")).unwrap())]
});

/// What is forged.
#[derive(Clone, Copy, Debug)]
enum Forgery {
    /// Signals of names that are there, with other values.
    Signals,
    /// Signals of samples that are not there.
    Samples,
    /// Frames with a right CRC and any content.
    Frames,
    /// A whole other record with the same id.
    Record,
    /// Lines of records with other ids, and frames without end of the same.
    Others,
}

const FORGERIES: [Forgery; 5] = [Forgery::Signals, Forgery::Samples, Forgery::Frames, Forgery::Record, Forgery::Others];

fn lines(record: &Record) -> (Vec<String>, Vec<String>) {
    let signals = record_signals(record, DEFAULT_BUDGET).iter().map(|signal| signal.to_line(record.id)).collect();
    let frames = frames(record.id, &record.to_json(), Redundancy::default()).unwrap();
    (signals, frames.iter().map(ToString::to_string).collect())
}

/// The value of each sample, by the name of its signal.
fn values(record: &Record) -> BTreeMap<String, Value> {
    let samples = record_signals(record, DEFAULT_BUDGET).into_iter().filter(|signal| signal.name.position().is_some());
    samples.filter_map(|signal| Some((signal.name.to_string(), signal.measurement?.0))).collect()
}

/// The same record with other values.
fn altered(record: &Record, random: &mut Random) -> Record {
    let mut other = record.clone();
    let cases = other.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases);
    let series = cases.flat_map(|case| &mut case.series);
    for value in series.flat_map(|series| series.samples.iter_mut().flatten()).flatten() {
        *value = Value::try_from(value.get() + 1.0 + random.below(1000) as f64).unwrap();
    }
    other
}

/// A frame with a right CRC.
fn frame(id: RecordId, random: &mut Random) -> String {
    let index = [random.below(20), random.below(70_000)][random.below(2)];
    let (data, parity) = [(3, 7), (1 + random.below(30), random.below(60)), (32_768, 32_768)][random.below(3)];
    let shard: Vec<u8> =
        (0..[90, 120, 2 * random.below(330)][random.below(3)]).map(|_| random.below(256) as u8).collect();
    let (head, shard) = (format!("LBF1.{id}.{index}.{data}.{parity}."), BASE64URL_NOPAD.encode(&shard));
    format!("{head}{:08x}.{shard}.", crc32fast::hash(format!("{head}{shard}").as_bytes()))
}

/// The lines that are forged.
fn forged(what: Forgery, record: &Record, random: &mut Random) -> Vec<String> {
    let (id, count) = (record.id, 1 + random.below(40));
    let other = altered(record, random);
    let line = |signal: &Signal| signal.to_line(id);
    match what {
        Forgery::Signals => {
            let signals: Vec<Signal> =
                record_signals(&other, DEFAULT_BUDGET).into_iter().filter(|s| s.name.position().is_some()).collect();
            (0..count).map(|_| line(&signals[random.below(signals.len())])).collect()
        }
        Forgery::Samples => {
            let signals = record_signals(&other, DEFAULT_BUDGET);
            let known: Vec<&Signal> = signals.iter().filter(|signal| signal.name.position().is_some()).collect();
            let further = |signal: &Signal, random: &mut Random| {
                let at = u32::try_from(100 + random.below(50)).unwrap();
                Signal { name: signal.name.stem().at(at, 0), ..signal.clone() }
            };
            (0..count).map(|_| line(&further(known[random.below(known.len())], random))).collect()
        }
        Forgery::Frames => (0..count).map(|_| frame(id, random)).collect(),
        Forgery::Record => lines(&other).1,
        Forgery::Others => {
            let stranger = Record { id: RecordId(id.0 ^ 1), ..other };
            let (signals, frames) = lines(&stranger);
            let mut all: Vec<String> = signals.into_iter().chain(frames).collect();
            all.extend((0..count).map(|_| frame(stranger.id, random)));
            all
        }
    }
}

/// What is wrong with what was rebuilt of `record`.
fn wrong(record: &Record, rebuilt: &Rebuilt) -> Option<String> {
    if rebuilt.json == record.to_json() {
        return None;
    }
    let (right, found) = (values(record), values(&rebuilt.record));
    let losses = &rebuilt.record.losses;
    let is_whole = |what: &str| losses.iter().any(|loss| loss.what == what);
    let covered = |name: &str| {
        let benchmark = name.split('.').next().unwrap_or_default();
        let known = rebuilt.record.benchmarks.iter().any(|known| known.name.as_str() == benchmark);
        let of_it = losses.iter().any(|loss| loss.what == name || loss.what == benchmark);
        of_it || is_whole("record") || is_whole("signals") || (!known && is_whole("document"))
    };
    let other = found.iter().find(|(name, value)| right.get(*name) != Some(value) && !covered(name));
    let silent = right.keys().find(|name| !found.contains_key(*name) && !covered(name));
    let complete = losses.is_empty().then(|| "another record without a loss".to_string());
    complete
        .or_else(|| other.map(|(name, value)| format!("{name} is {value}, and no loss says so")))
        .or_else(|| silent.map(|name| format!("{name} is lost in silence")))
}

fn forge(random: &mut Random) -> Result<(), String> {
    let record = &RECORDS[random.below(RECORDS.len())];
    let what = FORGERIES[random.below(FORGERIES.len())];
    let (mut capture, frames) = lines(record);
    // All frames, some, or none, so that signals must do.
    let kept = [frames.len(), random.below(frames.len() + 1), 0][random.below(3)];
    capture.extend(frames.into_iter().take(kept));
    // An honest signal that is lost cannot contradict a forged one: no damage on top of those.
    let damage = matches!(what, Forgery::Frames | Forgery::Others) && random.below(2) == 0;
    for line in forged(what, record, random) {
        capture.insert(random.below(capture.len() + 1), line);
    }
    let mut bytes: Vec<u8> = capture.iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect();
    if damage {
        bytes = harmed(&bytes, [Harm::Lost, Harm::Mixed][random.below(2)], 10, random);
    }
    let begun = Instant::now();
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(bytes.as_slice()).map_err(|error| error.to_string())?;
    let rebuilt = rebuilder.finish();
    if begun.elapsed() > BOUND {
        return Err(format!("{what:?}: {:?}", begun.elapsed()));
    }
    let ours = rebuilt.iter().filter(|rebuilt| rebuilt.record.id == record.id);
    let told = |why| format!("{what:?}, {kept} frames, damage {damage}: {why}");
    ours.filter_map(|rebuilt| wrong(record, rebuilt)).map(told).next().map_or(Ok(()), Err)
}

#[test]
#[ignore = "scripts/hostile runs it"]
fn forged_lines_with_right_checks_change_nothing_in_silence() {
    attack("forged: signals, samples, frames, records with right checks, and damage", 2, forge);
}
