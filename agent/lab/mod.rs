//! The lab: addresses of LAVA's jobs and SQUAD's test runs -> files of what they hold; a record -> SQUAD.
//!
//! In: `lava+https://host/scheduler/job/7`, `squad+https://host/group/project/build/version`. Out: for each job the files
//! that a [`source`] is read from, as the server sent them. A token comes from the environment or a file and
//! is sent to the addressed host alone; no message holds it. A mail goes to a server of SMTP.

mod address;
mod bounds;
mod http;
pub mod lava;
mod redirect;
mod smtp;
pub mod source;
mod squad;
mod token;

pub use address::{Address, NotAnAddress};
pub use bounds::Bounds;
pub use http::{Client, ServerError};
pub use smtp::{MailServer, NotSent};
pub use squad::{NotASlug, Slug, Submission};
pub(crate) use squad::{Place, Sent};
pub use token::{Token, TokenError};

use crate::record::Lab;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

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
    /// Whether it has ended: otherwise there may be more later.
    pub ended: bool,
}

/// Fetches what `address` names into `folder`. What is there already of a job that has ended is not fetched again.
///
/// # Errors
/// What [`ServerError`] says; what was fetched so far stays.
pub fn fetch(address: &Address, client: &Client, folder: &Path) -> Result<Vec<Job>, ServerError> {
    match address {
        Address::Lava { job, .. } => lava::fetch::fetch(client, *job, folder).map(|job| vec![job]),
        Address::Squad { group, project, build, test_run, .. } => {
            squad::fetch::fetch(client, &squad::fetch::Build { group, project, build, test_run: *test_run }, folder)
        }
    }
}

/// The address of a list's next page, where it is not one that can be asked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "the next page's address is wrong, or was asked for before: {0}\n\
     hint: save the job's log with another program, such as curl, and rebuild from that file"
)]
struct NotANextPage(String);

/// The query of a list's next page, by the address that the server gives, or why that is wrong.
fn following(next: &str, asked: &BTreeSet<String>) -> Result<String, NotANextPage> {
    let query = next.split_once('?').map(|(_, query)| query).filter(|query| !query.is_empty());
    let query = query.filter(|query| !asked.contains(*query));
    query.map(str::to_owned).ok_or_else(|| NotANextPage(crate::text::printable(next.as_bytes())))
}
