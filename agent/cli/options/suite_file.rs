//! Another suite's file: its text, and what a definition refuses of what it asks for.

use crate::{
    cli::exit::Failure,
    definition::{ParameterError, Store},
    system,
};
use std::{fs, io, io::Read, path::Path};

/// The most that a file may have.
const FILE_BYTES: u64 = 1 << 20;

/// The text of a file.
pub(super) fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(0..=FILE_BYTES) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        _ => Err(io::Error::other("it is too large for a configuration")),
    }
}

/// The parameter that a definition does not take on this machine, and why: a machine may have more processors than it can have
/// threads.
pub(super) fn refused<'p>(
    definition: &str,
    parameters: impl IntoIterator<Item = (&'p String, &'p String)>,
    store: &Store,
) -> Result<Option<(&'p String, ParameterError)>, Failure> {
    let cpus = system::cpus::allowed().len();
    let definition = store.load(definition).map_err(Failure::input)?;
    let refused = |(name, value): (&'p String, &'p String)| {
        let error = definition.parameter(name)?.values(value, cpus).err()?;
        Some((name, error))
    };
    Ok(parameters.into_iter().find_map(refused))
}
