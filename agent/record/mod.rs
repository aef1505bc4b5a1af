//! The record: the one document that everything is a way into or out of.

mod machine;

pub use machine::*;
