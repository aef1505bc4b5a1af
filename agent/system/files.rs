//! Small files of /proc and /sys. In: a root folder and a path below it. Out: bounded, printable text, or nothing.
//!
//! What a file says is not trusted: a driver, a device tree or a damaged file system may hold any bytes, and all of it ends
//! up in a record and on a serial console. A file that is missing, larger than its bound or malformed is an absent fact.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    os::fd::{AsFd, OwnedFd},
    path::Path,
    str::FromStr,
};

use nix::{
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};
use procfs::FromRead;

/// The bound of one text, in bytes.
pub(super) const TEXT_BYTES: usize = 512;

/// The bound of one file of many lines. /proc/cpuinfo of a thousand hardware threads has 1.5 MiB.
const FILE_BYTES: usize = 4 << 20;

/// How much one call reads: most files as a whole.
const READ_BYTES: usize = 8192;

/// The bound of a folder that is listed by number.
const ENTRIES: usize = 4096;

/// The bytes of a file, or nothing if there are more than `limit`: a cut file would end in a wrong value.
pub(super) fn bytes(root: &Path, path: &str, limit: usize) -> Option<Vec<u8>> {
    let mut file = open(AT_FDCWD, &root.join(path))?;
    // On the stack: these files are read before and after each measurement, and a large buffer costs two calls of the kernel.
    let mut part = [0; READ_BYTES];
    let mut bytes = Vec::new();
    loop {
        match read(&mut file, &mut part)? {
            0 => return Some(bytes),
            count if bytes.len() + count > limit => return None,
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}

/// Opens to read. Whatever stands there instead of a file is not waited for.
///
/// By `openat`, because musl's `open` needs a second call of the kernel for close-on-exec.
fn open(folder: impl AsFd, path: &(impl nix::NixPath + ?Sized)) -> Option<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    openat(folder, path, flags, Mode::empty()).ok().map(File::from)
}

/// How many bytes one call reads; 0 is the end.
fn read(file: &mut File, part: &mut [u8]) -> Option<usize> {
    loop {
        match file.read(part) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result.ok(),
        }
    }
}

/// A folder of which many small files are read.
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// The folder at this path below the root, if there is one.
    pub(super) fn open(root: &Path, path: &str) -> Option<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_DIRECTORY;
        openat(AT_FDCWD, &root.join(path), flags, Mode::empty()).ok().map(Self)
    }

    /// A file that the kernel makes as one piece, by one read into `buffer`: such as all of /proc/PID that `single_open` of
    /// fs/seq_file.c opens. Nothing if it fills the buffer, because there may be more.
    pub(super) fn piece<'a>(&self, path: &str, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let count = read(&mut open(&self.0, path)?, buffer)?;
        if count < buffer.len() { buffer.get(..count) } else { None }
    }
}

/// A file of many lines; invalid UTF-8 is replaced.
pub(super) fn lines(root: &Path, path: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(root, path, FILE_BYTES)?).into_owned())
}

/// A file that holds one text, cleaned; the empty text is nothing.
pub(super) fn text(root: &Path, path: &str) -> Option<String> {
    clean(&lines(root, path)?, TEXT_BYTES)
}

/// A file that holds one number.
pub(super) fn number<T: FromStr>(root: &Path, path: &str) -> Option<T> {
    text(root, path)?.parse().ok()
}

/// What the crate procfs makes of a file. The crate is given the bytes instead of the path, because it repeats reading for
/// ever on a file whose reads fail.
pub(super) fn parsed<T: FromRead>(root: &Path, path: &str) -> Option<T> {
    T::from_read(lines(root, path)?.as_bytes()).ok()
}

/// The entries of a folder that are called `prefix` and a number, as (number, path of the entry), in numerical order.
pub(super) fn numbered(root: &Path, folder: &str, prefix: &str) -> Vec<(u32, String)> {
    let Ok(entries) = root.join(folder).read_dir() else { return Vec::new() };
    let mut found: Vec<(u32, String)> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let number = name.strip_prefix(prefix)?.parse().ok()?;
            Some((number, format!("{folder}/{name}")))
        })
        .take(ENTRIES)
        .collect();
    found.sort_unstable();
    found
}

/// One printable line of at most `limit` bytes: control characters go, those that separate words become a space, the ends
/// are trimmed. Nothing if nothing is left.
pub(super) fn clean(text: &str, limit: usize) -> Option<String> {
    let spaced = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::new();
    for c in spaced.chars() {
        let shown = if c.is_whitespace() { ' ' } else { c };
        if shown.is_control() {
            continue;
        }
        if line.len() + shown.len_utf8() > limit {
            break;
        }
        line.push(shown);
    }
    line.truncate(line.trim_end().len());
    (!line.is_empty()).then_some(line)
}

/// The choice in brackets of a file such as `always [madvise] never` or `none (full)`.
pub(super) fn chosen(text: &str) -> Option<&str> {
    text.split_whitespace().find_map(|word| {
        let inner = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.or_else(|| word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_bounded_printable_line() {
        assert_eq!(clean(" Raspberry\tPi\u{1b}[31m\n4\0", 99).as_deref(), Some("Raspberry Pi[31m 4"));
        assert_eq!(clean("\0\n \0", 99), None);
        assert_eq!(clean("aé b", 3).as_deref(), Some("aé"));
        assert_eq!(clean("aé b", 2).as_deref(), Some("a"));
        assert_eq!(clean("ab cd", 3).as_deref(), Some("ab"));
    }

    #[test]
    fn brackets_mark_the_choice() {
        assert_eq!(chosen("always [madvise] never"), Some("madvise"));
        assert_eq!(chosen("none voluntary (full) lazy"), Some("full"));
        assert_eq!(chosen("none"), None);
    }

    #[test]
    fn a_file_beyond_its_bound_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "12345").unwrap();
        assert_eq!(bytes(folder.path(), "file", 5).as_deref(), Some(&b"12345"[..]));
        assert_eq!(bytes(folder.path(), "file", 4), None);
        assert_eq!(bytes(folder.path(), "missing", 4), None);
        assert_eq!(bytes(folder.path(), "", 4), None, "a folder cannot be read");
        nix::unistd::mkfifo(&folder.path().join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(text(folder.path(), "fifo"), None, "nobody waits for a FIFO's other end");
        assert_eq!(number::<u64>(folder.path(), "file"), Some(12345));
        assert_eq!(number::<u8>(folder.path(), "file"), None);
    }
}
