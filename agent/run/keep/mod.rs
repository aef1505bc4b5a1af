//! The output folder: the record and the raw outputs.
//!
//! `record.json`; `<benchmark>/<case>/<iteration>.stdout` and `.stderr`, with the case written as in a signal's name. The
//! commands run in `<benchmark>/<case>/work`.

mod journal;
mod whole;

pub use journal::{Asked, JOURNAL, Journal, JournalError, PlannedRun, PlannedStep, Recovered, Resumption, Tail};
pub use whole::WholeFile;

use super::ByteBudget;
use crate::{
    record::{Ident, Labels, Record, Verdict},
    signal::{Name, NameLabels, Reserved, Word},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The record's file.
pub const RECORD: &str = "record.json";

/// The mark of a run that is going on, or that ended without a record.
const CLAIM: &str = "run.lock";

/// The most bytes of raw outputs that a run keeps.
const RUN_OUTPUTS: usize = 1 << 30;

/// An output folder that is this run's own.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    complaints: Vec<String>,
    outputs: ByteBudget,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It has another run's results, or another run has just claimed it.
    #[error("output folder `{0}`: has another run's results\nhint: name another folder with --output")]
    Taken(PathBuf),
    /// A run is going on in it.
    #[error("output folder `{0}`: a run goes on in it\nhint: wait for its end, or name another folder with --output")]
    Live(PathBuf),
    /// It has a run that ended early.
    #[error(
        "output folder `{0}`: has a run that ended early\nhint: `lava-bench run --resume {0}` goes on with it; --output names another folder"
    )]
    Unfinished(PathBuf),
    /// It cannot be made or written to.
    #[error("output folder `{path}`: {error}\nhint: name a folder that can be written to with --output")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Where one execution's files go.
#[derive(Debug)]
pub struct Place {
    /// The working directory, where it could be made.
    pub work: Option<PathBuf>,
    /// The room that the run's outputs have on disk.
    pub disk: ByteBudget,
    folder: Option<PathBuf>,
    name: String,
}

impl Place {
    /// The file for the output `which`.
    pub fn path(&self, which: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(self.file(which)))
    }

    /// The name of the same file, from the case's folder.
    pub fn file(&self, which: &str) -> String {
        format!("{}.{which}", self.name)
    }
}

impl Folder {
    /// Makes `path`, or takes it over where it is empty.
    ///
    /// # Errors
    /// [`FolderError`], if it is another run's or cannot be written to.
    pub fn claim(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable { path: path.into(), error };
        create_all(path).map_err(unusable)?;
        let others = || -> io::Result<bool> {
            let mut entries = fs::read_dir(path)?;
            Ok(entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != CLAIM)))
        };
        if others().map_err(unusable)? {
            let taken = match path.join(JOURNAL).is_file() {
                true if journal::is_live(path) => FolderError::Live,
                true => FolderError::Unfinished,
                false => FolderError::Taken,
            };
            return Err(taken(path.into()));
        }
        let claim = path.join(CLAIM);
        match OpenOptions::new().write(true).create_new(true).open(&claim) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(FolderError::Taken(path.into())),
            Err(error) => return Err(unusable(error)),
        }
        // Another run may have begun and ended here since the folder was found empty.
        if others().map_err(unusable)? {
            let _ = fs::remove_file(&claim);
            return Err(FolderError::Taken(path.into()));
        }
        let path = path.canonicalize().map_err(unusable)?;
        Ok(Self { path, complaints: Vec::new(), outputs: ByteBudget::of(RUN_OUTPUTS) })
    }

    /// Makes the folder `path`, which must not exist: where everybody may write, an existing one may be a trap.
    ///
    /// # Errors
    /// [`FolderError`], if it is there or cannot be written to.
    pub fn make(path: &Path) -> Result<Self, FolderError> {
        let made = path.parent().map_or(Ok(()), create_all).and_then(|()| fs::create_dir(path));
        match made.and_then(|()| sync_names(above(path))) {
            Ok(()) => Self::claim(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(FolderError::Taken(path.into())),
            Err(error) => Err(FolderError::Unusable { path: path.into(), error }),
        }
    }

    /// Takes `path`, or, if that is another run's, the first free one of `path.2`, `path.3` and so on.
    ///
    /// # Errors
    /// [`FolderError`], if none is free or can be made.
    pub fn claim_numbered(path: &Path) -> Result<Self, FolderError> {
        let mut claimed = Self::claim(path);
        for number in 2..10_000 {
            if matches!(claimed, Ok(_) | Err(FolderError::Unusable { .. })) {
                break;
            }
            let mut numbered = path.as_os_str().to_os_string();
            numbered.push(format!(".{number}"));
            claimed = Self::claim(Path::new(&numbered));
        }
        claimed
    }

    /// Takes over the folder of a run that ended early.
    ///
    /// # Errors
    /// [`FolderError`], if it cannot be written to.
    pub fn resume(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable { path: path.into(), error };
        let path = path.canonicalize().map_err(unusable)?;
        File::create(path.join(CLAIM)).map_err(unusable)?;
        Ok(Self { path, complaints: Vec::new(), outputs: ByteBudget::of(RUN_OUTPUTS) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the files of one execution of `benchmark` at `labels` go. A folder that cannot be made is a complaint.
    pub fn place(&mut self, benchmark: &Ident, labels: &Labels, name: &str) -> Place {
        let folder = self.path.join(Self::of_case(benchmark, labels));
        let work = folder.join("work");
        let made = fs::create_dir_all(&work);
        if let Err(error) = &made {
            self.complain(format!("{}: {error}", work.display()));
        }
        let folder = made.is_ok().then_some(folder);
        let work = folder.is_some().then_some(work);
        Place { work, disk: self.outputs.clone(), folder, name: name.into() }
    }

    /// The folder of a case's outputs, from the record's.
    pub fn of_case(benchmark: &Ident, labels: &Labels) -> String {
        format!("{benchmark}/{}", case_folder(benchmark, labels))
    }

    /// Notes that something could not be kept.
    pub fn complain(&mut self, complaint: String) {
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    /// What could not be kept.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Writes the record: whole, or not at all.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, record: &Record) -> io::Result<PathBuf> {
        let path = self.path.join(RECORD);
        write_whole(&path, record)?;
        // A record means that the run is over. A run that ended early keeps its journal, so that it can be resumed.
        let _ = fs::remove_file(self.path.join(CLAIM));
        if !record.interrupted {
            let _ = fs::remove_file(self.path.join(JOURNAL));
        }
        // A power cut must not bring them back.
        let _ = sync_names(&self.path);
        // An empty working directory tells nobody anything.
        remove_empty(&self.path, record);
        Ok(path)
    }
}

/// Writes a record to a file: whole, or not at all. It is there after a power cut, too.
///
/// # Errors
/// What the system says.
pub fn write_whole(path: &Path, record: &Record) -> io::Result<()> {
    let mut file = WholeFile::begin(path)?;
    file.write_all(record.to_json().as_bytes())?;
    file.write_all(b"\n")?;
    file.keep()
}

/// Makes a folder and those above it that are missing: they are there after a power cut, too.
fn create_all(path: &Path) -> io::Result<()> {
    let named = path.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let missing: Vec<&Path> = named.take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(path)?;
    missing.into_iter().try_for_each(|made| sync_names(above(made)))
}

/// Puts the names in a folder on the storage: those of files that were made, renamed or removed in it.
fn sync_names(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Not every file system can do it, and not everybody may read the folder: what was written stays written.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        synced => synced,
    }
}

/// The folder that has the name of `path`.
fn above(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The case, written as in a signal's name.
fn case_folder(benchmark: &Ident, labels: &Labels) -> String {
    let name = Name::new(benchmark, Word::Reserved(Reserved::Case), labels);
    let text = name.to_string();
    match name.labels() {
        NameLabels::Plain(labels) if labels.is_empty() => "case".into(),
        _ => text.splitn(3, '.').nth(2).unwrap_or("case").into(),
    }
}

fn remove_empty(root: &Path, record: &Record) {
    for benchmark in &record.benchmarks {
        for case in benchmark.cases.iter().filter(|case| case.result != Verdict::Skip) {
            let folder = root.join(benchmark.name.as_str()).join(case_folder(&benchmark.name, &case.labels));
            let _ = fs::remove_dir(folder.join("work"));
        }
    }
}
