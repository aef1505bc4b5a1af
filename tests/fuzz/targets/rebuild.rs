//! Any capture: no panic, and what is rebuilt is a record.
#![no_main]
use lava_bench::{rebuild::Rebuilder, record::Record};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(bytes).expect("memory can be read");
    for rebuilt in rebuilder.finish() {
        assert_eq!(Record::from_json(rebuilt.json.as_bytes()).expect("a record"), rebuilt.record);
    }
});
