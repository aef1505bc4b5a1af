//! Any capture, and any results of a database: no panic, and what is rebuilt is a record.
#![no_main]
use lava_bench::{
    rebuild::{DatabaseResult, Rebuilder},
    record::Record,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rebuilder = Rebuilder::default();
    // Results before an empty line, one a line, with tabs between the fields; then the capture.
    let (results, capture) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (&bytes[..0], bytes),
    };
    for line in String::from_utf8_lossy(results).lines() {
        let mut fields = line.split('\t').map(str::to_string);
        let (name, result) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        rebuilder.result(DatabaseResult { name, result, measurement: fields.next(), units: fields.next() }).expect("few results");
    }
    rebuilder.source(capture).expect("memory can be read");
    let (records, passed) = rebuilder.explained();
    assert!(!passed.to_string().is_empty());
    for rebuilt in records {
        assert!(rebuilt.explanation.to_string().contains(&rebuilt.record.id.to_string()));
        assert_eq!(Record::from_json(rebuilt.json.as_bytes()).expect("a record"), rebuilt.record);
    }
});
