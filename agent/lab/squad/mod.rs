//! SQUAD: a build's address -> its files, a record -> a test run.

pub(super) mod fetch;
pub(super) mod read;
mod submit;
mod there;

pub use submit::{NotASlug, Slug, Submission};
pub(crate) use submit::{Place, Sent};
