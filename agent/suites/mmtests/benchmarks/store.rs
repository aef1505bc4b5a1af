//! The files: in the program, in one deflated text, and each read when it is first asked for.

use super::Benchmark;
use flate2::read::DeflateDecoder;
use std::{
    io::Read,
    sync::{LazyLock, OnceLock},
};

/// The name of each file and how many bytes it has, sorted; the build script writes it.
const FILES: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/mmtests-benchmarks.rs"));

/// Their texts, one after the other.
const TEXTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/mmtests-benchmarks.deflate"));

/// A file that may have been read.
struct File {
    name: &'static str,
    text: String,
    read: OnceLock<Benchmark>,
}

static STORE: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut texts = String::new();
    // The build script wrote it.
    let _ = DeflateDecoder::new(TEXTS).read_to_string(&mut texts);
    let mut rest = texts.as_str();
    let file = |(name, bytes): &(&'static str, usize)| {
        let (text, after) = rest.split_at_checked(*bytes).unwrap_or_default();
        rest = after;
        File { name, text: text.into(), read: OnceLock::new() }
    };
    FILES.iter().map(file).collect()
});

impl File {
    fn benchmark(&self) -> &Benchmark {
        // A test reads all.
        let read = || Benchmark::parse(self.name, &self.text).unwrap_or_else(|error| unreachable!("{error}"));
        self.read.get_or_init(read)
    }
}

/// The benchmark with this name.
pub(super) fn named(name: &str) -> Option<&'static Benchmark> {
    let at = STORE.binary_search_by(|file| file.name.cmp(name)).ok()?;
    STORE.get(at).map(File::benchmark)
}

/// All benchmarks.
pub(super) fn all() -> impl Iterator<Item = &'static Benchmark> {
    STORE.iter().map(File::benchmark)
}
