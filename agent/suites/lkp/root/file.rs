//! Files of a result root: plain or packed, in bounded memory.

#[cfg(feature = "host")]
use crate::capture::unpack;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The most bytes of one file, unpacked: `stats.json` of the largest machines has 10 MB.
pub(super) const MAX_FILE: u64 = 64 << 20;

/// The file of this name in a folder, or the packed one: lkp packs the long ones.
pub(super) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let names = [name.to_string(), format!("{name}.gz"), format!("{name}.xz")];
    names.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// What is in a file.
///
/// # Errors
/// One that is no regular file, is too long, or whose packing is cut off.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    opened(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        0..=MAX_FILE => Ok(bytes),
        _ => Err(io::Error::other(format!("more than {} MiB", MAX_FILE >> 20))),
    }
}

#[cfg(feature = "host")]
fn opened(path: &Path) -> io::Result<impl Read> {
    Ok(unpack(Box::new(File::open(path)?))?.source)
}

/// A board has nothing that unpacks: what is packed there is no text.
#[cfg(not(feature = "host"))]
fn opened(path: &Path) -> io::Result<impl Read> {
    File::open(path)
}
