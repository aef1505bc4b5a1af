//! A path that is not there -> what its reader may have meant.

use crate::text::{nearest, printable};
use std::path::Path;

/// How many names of a folder are looked at.
const MOST_NAMES: usize = 1000;

/// What to do about a file that is not there: the name that was meant, or where to look.
pub(super) fn hint(path: &Path) -> Option<String> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let parent = path.parent()?;
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let shown = |path: &Path| printable(path.display().to_string().as_bytes());
    if !folder.is_dir() {
        return Some(format!("there is no folder `{}`", shown(folder)));
    }
    let name = path.file_name()?.to_str()?;
    let entries = folder.read_dir().ok()?.take(MOST_NAMES).flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let seen = names.iter().map(String::as_str).filter(|name| !name.starts_with('.'));
    Some(match nearest(name, seen) {
        Some(near) => format!("did you mean `{}`?", shown(&parent.join(near))),
        None => format!("`{}` shows what is there", format!("ls {}", shown(parent)).trim_end()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_name_is_meant() {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join("record.json"), "").unwrap();
        let of = |name: &str| hint(&folder.path().join(name)).map(|hint| hint.replace(&shown(&folder), "DIR"));
        assert_eq!(of("recrod.json").as_deref(), Some("did you mean `DIR/record.json`?"));
        assert_eq!(of("x").as_deref(), Some("`ls DIR` shows what is there"));
        assert_eq!(of("nope/x").as_deref(), Some("there is no folder `DIR/nope`"));
        assert_eq!(of("record.json"), None);
    }

    fn shown(folder: &tempfile::TempDir) -> String {
        folder.path().display().to_string()
    }
}
