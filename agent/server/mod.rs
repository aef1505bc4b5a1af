//! Servers: addresses of LAVA's jobs and SQUAD's test runs -> files of what they hold; a record -> SQUAD.
//!
//! In: `lava+https://host/scheduler/job/7`, `squad+https://host/group/project/build/version`. Out: for each job the files
//! that a [`source`](crate::source) is read from, as the server sent them. A token comes from the environment or a file and
//! is sent to the addressed host alone; no message holds it.

mod address;
mod client;
mod lava;
mod squad;
mod submission;
mod token;

pub use address::{Address, NotAnAddress};
pub use client::{Client, ServerError};
pub(crate) use submission::Sent;
pub use submission::{NotASlug, Slug, Submission};
pub use token::{Token, TokenError};

use crate::record::Lab;
use std::path::{Path, PathBuf};

/// The files of one job.
#[derive(Debug)]
pub struct Job {
    /// Its name, for people.
    pub name: String,
    /// What was fetched, the log first.
    pub files: Vec<PathBuf>,
    /// What is to be said about it.
    pub notes: Vec<String>,
    /// What the server knows of it.
    pub lab: Option<Lab>,
}

/// Fetches what `address` names into `folder`. What is there already of a job that has ended is not fetched again.
///
/// # Errors
/// What [`ServerError`] says; what was fetched so far stays.
pub fn fetch(address: &Address, client: &Client, folder: &Path) -> Result<Vec<Job>, ServerError> {
    match address {
        Address::Lava { job, .. } => lava::fetch(client, *job, folder).map(|job| vec![job]),
        Address::Squad { group, project, build, test_run, .. } => {
            squad::fetch(client, &squad::Build { group, project, build, test_run: *test_run }, folder)
        }
    }
}
