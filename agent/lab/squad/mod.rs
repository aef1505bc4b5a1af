//! SQUAD: a build's address -> its files, a record -> a test run.

pub(super) mod fetch;
pub(super) mod read;
mod submit;

pub(crate) use submit::Sent;
pub use submit::{NotASlug, Slug, Submission};
