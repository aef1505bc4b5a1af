//! Any definition: an error or a definition, no panic.
#![no_main]
use lava_bench::definition::Definition;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(error) = Definition::read("fuzz.yaml", text) {
        assert!(error.to_string().starts_with("fuzz.yaml"));
    }
});
