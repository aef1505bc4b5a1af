//! Files that somebody saved, or standard input.

use crate::run::OUTPUT_LIMIT;
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// What is in a file, or, for `-`, in standard input: at most 64 MiB.
pub(in crate::cli) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("-") => bounded(&mut io::stdin()),
        _ => fs::File::open(path).and_then(|mut file| bounded(&mut file)),
    }
}

fn bounded(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(OUTPUT_LIMIT + 1).read_to_end(&mut bytes)?;
    let long = || io::Error::other(format!("more than {} MiB: too long to parse", OUTPUT_LIMIT >> 20));
    if bytes.len() as u64 <= OUTPUT_LIMIT { Ok(bytes) } else { Err(long()) }
}
