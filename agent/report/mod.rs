//! Reports: a comparison -> what people at a terminal, a program, a table, a dashboard or a mail see of it. Pure.
//!
//! All say the same words (`docs/comparison.md` has the rules), and none leaves out what failed or was not compared.

mod csv;
mod document;
mod figures;
mod junit;
mod markdown;
mod sentences;
mod text;

pub use csv::csv;
pub use document::{Document, NotADocument, SCHEMA, Sources};
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;

#[cfg(test)]
mod tests;
