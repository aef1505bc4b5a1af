//! lkp-tests: its job files -> what runs.

pub mod job;
