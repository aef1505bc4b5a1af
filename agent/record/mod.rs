//! The record: the one document that everything is a way into or out of.

mod conditions;
mod machine;

pub use conditions::*;
pub use machine::*;
