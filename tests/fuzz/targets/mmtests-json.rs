//! Any MMTests JSON: it is written as it was read, also after a record, and compared without a panic.
#![no_main]
use lava_bench::{
    suites::mmtests::compare::{Comparison, Options, Version, View},
    suites::mmtests::{Extract, read, to_record, to_extracts, write},
};

fn json(runs: &[Extract]) -> Vec<u8> {
    let mut json = Vec::new();
    write(runs, &mut json).expect("memory can be written");
    json
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(runs) = read(bytes) else { return };
    let written = json(&runs);
    assert_eq!(json(&read(&written).expect("it was read once")), written);
    for run in &runs {
        let record = to_record(run, "0a1b2c3d".parse().expect("an id"));
        if record.check().is_ok() {
            assert_eq!(json(&to_extracts(&record).expect("a record of ours")), json(std::slice::from_ref(run)));
        }
    }
    let runs: Vec<&Extract> = runs.iter().collect();
    for version in [Version::Head, Version::Classic202601, Version::Classic202111] {
        let options = Options { version, sub_heading: None, sorted: false, true_direction: false };
        let Ok(comparison) = Comparison::new(&runs, &options) else { continue };
        for view in 0..16 {
            let view = View { ratio: view & 1 > 0, significance: view & 2 > 0, no_compare: view & 4 > 0, html: view & 8 > 0 };
            comparison.print(view);
        }
    }
});
