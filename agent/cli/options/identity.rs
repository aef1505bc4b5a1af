//! What tells one run from others: the record's id, and a benchmark's number within a LAVA job.

use crate::{cli::terminal, record::RecordId};
use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
    time::SystemTime,
};

/// A number that no other record of the same log has.
pub(in crate::cli) fn record_id() -> RecordId {
    let mut bytes = [0; 4];
    let random = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    if random.is_err() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        bytes = (now.subsec_nanos() ^ std::process::id().rotate_left(16)).to_le_bytes();
    }
    RecordId(u32::from_le_bytes(bytes))
}

/// The number of this run of `benchmark` within the LAVA job, from 1: SQUAD keeps only the last of equal names. Outside of
/// LAVA there is no job, and each run is the first.
pub(in crate::cli) fn run_number(benchmark: &str) -> u32 {
    let Some(job) = env::var_os("LAVA_JOB_ID").filter(|job| !job.is_empty()) else { return 1 };
    let job: String = job.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let folder = env::temp_dir().join(format!("lava-bench-job-{job}"));
    let made = own_folder(&folder).and_then(|()| {
        let free = |number: &u32| {
            let file = folder.join(format!("{benchmark}.{number}"));
            OpenOptions::new().write(true).create_new(true).open(file)
        };
        for number in 1..10_000 {
            match free(&number) {
                Ok(_) => return Ok(number),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(1)
    });
    made.unwrap_or_else(|error| {
        terminal::tell(&format!(
            "lava-bench: {}: {error}; if {benchmark} ran before in this job, names repeat",
            folder.display()
        ));
        1
    })
}

/// Makes a folder where everybody may write, or takes the one that this user made before: nobody else's, and no link.
fn own_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let metadata = fs::symlink_metadata(folder)?;
    let ours = metadata.is_dir() && metadata.uid() == nix::unistd::geteuid().as_raw();
    if ours { Ok(()) } else { Err(io::Error::other("is not this user's folder")) }
}
