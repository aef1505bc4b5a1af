//! Any output of a tool: values in their range or problems, no panic.
#![no_main]
use lava_bench::{definition::Store, parse::{Outputs, extract}};
use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let store = Store::embedded();
    let parameters = BTreeMap::from([("THREADS".to_string(), "2".to_string())]);
    for name in store.names() {
        let definition = store.load(name).expect("an embedded definition");
        for found in extract(&definition, &parameters, &Outputs { stdout: bytes, stderr: bytes, files: definition.files().into_iter().map(|name| (name, bytes)).collect() }).found {
            let spec = definition.metrics.iter().find(|spec| spec.metric.name == found.metric).expect("a declared metric");
            assert!(found.values.iter().all(|value| (spec.range.0..=spec.range.1).contains(&value.get())));
        }
    }
});
