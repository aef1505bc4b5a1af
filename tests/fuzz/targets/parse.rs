//! Any output of a tool: values in their range or problems, no panic.
#![no_main]
use lava_bench::{
    definition::{Definition, Store},
    parse::{Outputs, extract},
};
use std::{collections::BTreeMap, sync::LazyLock};

static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let store = Store::embedded();
    store.names().map(|name| store.load(name).expect("an embedded definition")).collect()
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parameters = BTreeMap::from([("THREADS".to_string(), "2".to_string())]);
    for definition in DEFINITIONS.iter() {
        let files = definition.files().into_iter().map(|name| (name, bytes)).collect();
        for found in extract(definition, &parameters, &Outputs { stdout: bytes, stderr: bytes, files }).found {
            let spec = definition.metrics.iter().find(|spec| spec.metric.name == found.metric).expect("a declared metric");
            assert!(found.values.iter().all(|value| (spec.range.0..=spec.range.1).contains(&value.get())));
        }
    }
});
