//! Any bytes as test-definitions' `result.txt`, `result.json` and plan: each line is taken or named, and what was read comes
//! back from what is written.
#![no_main]
use lava_bench::{
    record::{Record, RecordId},
    suites::{self, Content, Input, Part, Selection, TestPlan},
};

fn records(bytes: &[u8]) -> Option<Vec<Record>> {
    match suites::read(&Input::File(bytes), &Selection::default()).ok()? {
        Content::Results(results) if results.suite() == "test-definitions" => Some(results.into_records(&|| RecordId(7))),
        _ => None,
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let sent = suites::signals(bytes);
    for part in &sent.parts {
        let (Part::Signal(text) | Part::Log(text)) = part;
        assert!(text.len() < 1000 && !text.contains(['\n', '\r']));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(plan) = TestPlan::read(text)
    {
        assert!(plan.left.iter().all(|left| !left.reason.is_empty()));
    }
    let Some(read) = records(bytes) else { return };
    read.iter().for_each(|record| record.check().expect("a record"));
    let suite = suites::named("test-definitions").expect("a suite");
    let results = suite.results(Content::Records(read.clone())).expect("they are records");
    let Ok(writer) = results.writer(&Selection::default(), false, &|_| ()) else { return };
    let mut written = Vec::new();
    writer(&mut written).expect("memory can be written");
    let count = |bytes: &[u8]| suites::signals(bytes).refused.len();
    assert_eq!(count(&written), 0, "{}", String::from_utf8_lossy(&written));
});
