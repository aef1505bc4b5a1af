//! A file that is there as a whole, or not at all: what is written goes to a file beside it first.

use super::{above, sync_names};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

/// A file that is being written. Until [`WholeFile::keep`] nobody sees it, and what was there stays.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl WholeFile {
    /// Begins to write what will be at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let mut partial = path.as_os_str().to_os_string();
        // Two programs that write one file do not write into each other's, and nobody's link is followed.
        partial.push(format!(".{}.partial", process::id()));
        let partial = PathBuf::from(partial);
        let _ = fs::remove_file(&partial);
        let file = File::create_new(&partial)?;
        let begun = Self { path: path.into(), partial, file: BufWriter::new(file) };
        // Who may read a file stays as it was.
        if let Ok(metadata) = fs::metadata(path) {
            begun.file.get_ref().set_permissions(metadata.permissions())?;
        }
        Ok(begun)
    }

    /// Puts it at its place. It is there after a power cut, too.
    ///
    /// # Errors
    /// What the system says; then what was there before is still there.
    pub fn keep(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        sync_names(above(&self.path))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    /// Removes what was not kept; after a rename there is nothing of that name.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.partial);
    }
}
