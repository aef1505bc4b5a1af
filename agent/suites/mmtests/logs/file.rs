//! Log files: their names and paths -> which of them are read, and what is said of those that are cut off or hold nothing.

use super::TreeError;
use std::{collections::HashSet, fs, io, path::Path};

/// The names without packed twins of other files.
pub(super) fn once(names: Vec<String>) -> Vec<String> {
    let plain: HashSet<String> = names.iter().filter(|name| stem(name) == name.as_str()).cloned().collect();
    names.into_iter().filter(|name| stem(name) == name || !plain.contains(stem(name))).collect()
}

/// The name of a log before it was packed.
pub(super) fn stem(name: &str) -> &str {
    name.trim_end_matches(".gz").trim_end_matches(".xz")
}

/// Whether this is a file: a pipe would never end, and a device neither.
pub(super) fn regular(path: &Path) -> Result<(), TreeError> {
    let failed = |error| TreeError::File(path.into(), error);
    match fs::metadata(path).map_err(failed)? {
        metadata if metadata.is_dir() => Err(failed(io::Error::other("a folder, and not a log"))),
        metadata if !metadata.is_file() => Err(failed(io::Error::other("neither a file nor a folder"))),
        _ => Ok(()),
    }
}

/// The text without a last line that has no end: a number in it may be a part of one.
pub(super) fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}

/// What a reader should know of a log that gave `count` samples.
pub(super) fn remark(path: &Path, text: &str, count: usize) -> Option<String> {
    let what = match text.as_bytes().last() {
        None => "it is empty",
        Some(last) if *last != b'\n' => "it ends in the middle of a line, which is left out: was the log cut off?",
        Some(_) if count == 0 => "no sample in it",
        Some(_) => return None,
    };
    Some(format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_twin_is_left_out() {
        let names = ["a", "a.gz", "b.xz", "c.gz", "c.xz"].map(String::from).to_vec();
        assert_eq!(once(names), ["a", "b.xz", "c.gz", "c.xz"]);
    }

    #[test]
    fn a_line_without_an_end_is_left_out() {
        assert_eq!(whole_lines("1\n2"), "1\n");
        assert_eq!(whole_lines("1\n2\n"), "1\n2\n");
        assert_eq!(whole_lines("1"), "");
    }

    #[test]
    fn what_is_cut_or_empty_is_said() {
        let remark = |text, count| remark(Path::new("log"), text, count);
        assert_eq!(remark("1\n", 1), None);
        assert_eq!(remark("", 0).as_deref(), Some("log: it is empty"));
        assert_eq!(remark("x\n", 0).as_deref(), Some("log: no sample in it"));
        assert!(remark("1", 1).is_some_and(|said| said.contains("middle of a line")));
    }
}
