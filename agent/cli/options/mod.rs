//! Groups of arguments that several verbs share, and what they stand for.

pub(super) mod chosen;
#[cfg(feature = "host")]
pub(super) mod comparing;
pub(super) mod early;
pub(super) mod effort;
pub(super) mod foreign;
pub(super) mod groups;
pub(super) mod identity;
pub(super) mod job;
#[cfg(feature = "host")]
pub(super) mod lab;
pub(super) mod lkp;
#[cfg(feature = "host")]
pub(super) mod many;
pub(super) mod mmtests;
#[cfg(feature = "host")]
pub(super) mod query;
pub(super) mod record;
#[cfg(feature = "host")]
pub(super) mod report;
pub(super) mod saved;
#[cfg(feature = "host")]
pub(super) mod scratch;
pub(super) mod sending;
#[cfg(feature = "host")]
pub(super) mod source;
mod suite_file;
#[cfg(feature = "host")]
pub(super) mod tables;
pub(super) mod test_plan;
pub(super) mod values;
