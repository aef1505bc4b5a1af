//! Any log of the kernel: bounded faults with printable texts, no panic.
#![no_main]
use lava_bench::kernel_log::{Message, Patterns, search};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let found = search(Patterns::embedded(), bytes);
    assert!(found.faults.len() <= 64 && found.faults.len() <= found.count());
    for fault in &found.faults {
        assert!(fault.text.len() <= 700 && fault.text.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    }
    let _ = Message::of_record(bytes);
});
