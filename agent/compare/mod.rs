//! Comparing results: runs -> what differs between them.

pub mod mmtests;
