//! Any record: what it says on a console gives it back.
#![no_main]
use lava_bench::{
    rebuild::Rebuilder,
    record::Record,
    signal::{DEFAULT_BUDGET, Redundancy, frames, record_signals},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = Record::from_json(bytes) else { return };
    let signals = record_signals(&record, DEFAULT_BUDGET).into_iter().map(|signal| signal.to_line(record.id));
    let frames = frames(record.id, &record.to_json(), Redundancy::default())
        .expect("a short record")
        .into_iter()
        .map(|frame| frame.to_string());
    let text: Vec<String> = signals.chain(frames).collect();
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(text.join("\n").as_bytes()).expect("memory can be read");
    let rebuilt = rebuilder.finish();
    assert_eq!(rebuilt.len(), 1);
    assert_eq!(rebuilt[0].json, record.to_json());
});
