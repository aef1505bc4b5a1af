//! LAVA: a job's address -> its files, its exports -> results, a definition -> a job's part.

pub(super) mod fetch;
pub mod job;
pub(super) mod read;
