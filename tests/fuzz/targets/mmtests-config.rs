//! Any text is a configuration of MMTests, with what it names in `source` being itself: nothing falls, and nothing grows.
#![no_main]

use lava_bench::suites::mmtests::config::{Config, Facts, Reason, Surroundings};
use libfuzzer_sys::fuzz_target;

struct Itself<'a> {
    facts: Facts,
    text: &'a str,
}

impl Surroundings for Itself<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn config(&self, name: &str) -> Result<(String, String), Reason> {
        Ok((name.into(), self.text.into()))
    }

    fn kernel_file(&self, _: &str) -> Option<String> {
        Some("20\n".into())
    }

    fn exists(&self, path: &str) -> bool {
        path.len() % 2 == 0
    }
}

fuzz_target!(|text: &str| {
    let facts = Facts {
        cpus: 8,
        online: 8,
        threads_per_core: 2,
        caches: 2,
        nodes: 1,
        threads_of_a_core: Some([0, 4]),
        cores_of_a_cache: Some([0, 1]),
        memory_bytes: Some(1 << 33),
        architecture: "x86_64".into(),
        user: Some("root".into()),
    };
    let config = Config::read("config", text, &Itself { facts, text });
    if let Ok(selection) = config.select() {
        assert!(selection.left.iter().all(|left| !left.reason.is_empty()));
    }
});
