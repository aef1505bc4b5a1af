//! The record: the one document that everything is a way into or out of.
//!
//! In: what ran and what was measured, or the canonical JSON of an earlier record, of any version. Out: the canonical JSON: one line,
//! fields in the order they are declared in, maps sorted by key. `docs/record.md` describes it field by field.
//!
//! A record keeps raw samples; statistics are computed from it and never stored in it.

mod check;
mod conditions;
mod course;
mod decimal;
mod document;
mod execution;
mod ident;
#[cfg(feature = "host")]
mod iterations;
mod json;
mod labels;
mod machine;
mod value;
mod verdict;
mod version;
#[cfg(feature = "host")]
mod version1;

pub use check::Invalid;
pub use conditions::*;
pub use course::*;
pub use decimal::Decimal;
pub use document::*;
pub use execution::*;
pub use ident::{Ident, MAX_IDENT, NotAnIdent};
#[cfg(feature = "host")]
pub use iterations::Iterations;
pub use labels::{LabelTwice, Labels};
pub use machine::*;
pub use value::{NotAUnit, NotAValue, Unit, Value};
pub use verdict::{Better, NotADirection, NotAVerdict, Verdict};
