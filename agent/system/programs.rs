//! Programs: a name -> the file that would run.

use nix::unistd::{AccessFlags, access};
use std::{
    env,
    path::{Path, PathBuf},
};

/// The file that `program` is: in PATH, or where its path says.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let runs = |path: &Path| path.is_file() && access(path, AccessFlags::X_OK).is_ok();
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| runs(path));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    env::split_paths(&path).map(|folder| folder.join(program)).find(|path| runs(path))
}
