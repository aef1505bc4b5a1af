//! Any export of a database, log or capture, compressed or not: an error of few lines or records, no panic. What one rebuild
//! takes, a job's rebuild takes too.
#![no_main]
use lava_bench::{
    lab::source::{Job, read},
    rebuild::Rebuilder,
    record::Record,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (mut alone, mut job) = (Rebuilder::default(), Job::default());
    let told = read(bytes, &mut alone);
    assert_eq!(told.is_ok(), read(bytes, &mut job).is_ok());
    if let Err(error) = told {
        assert!(error.to_string().lines().count() <= 2, "{error}");
    }
    for rebuilt in alone.finish().into_iter().chain(job.explained().0) {
        assert_eq!(Record::from_json(rebuilt.json.as_bytes()).expect("a record"), rebuilt.record);
    }
});
