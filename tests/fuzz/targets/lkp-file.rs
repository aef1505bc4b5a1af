//! Any file that a runner kept: what is taken out of it are bytes of it, in their order, and nothing panics.
#![no_main]
use lava_bench::{
    definition::Store,
    parse::{enveloped, extract, said_by, Outputs},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in ["hackbench", "netperf", "sysbench-memory", "tbench", "lmbench-lat-proc", "sockperf"] {
        let definition = Store::embedded().load(name).expect("a definition");
        let Some(outputs) = enveloped(&definition, bytes) else { continue };
        for output in outputs {
            let marked = definition.envelope.mark.as_ref().map_or(0, |mark| mark.len() + 1);
            for line in output.output[marked..].split_inclusive(|byte| *byte == b'\n') {
                assert!(line.is_empty() || bytes.windows(line.len()).any(|part| part == line));
            }
            let said = output.command.map(|command| said_by(&definition, &command)).unwrap_or_default();
            extract(&definition, &said, &Outputs { stdout: &output.output, stderr: &output.output, ..Outputs::default() });
        }
    }
});
