//! Reports: a comparison -> what a program, a table, a dashboard or a mail shows of it. Pure.
//!
//! All say the same words (`docs/comparison.md` has the rules), and none leaves out what failed or was not compared.

mod csv;
mod figures;
mod json;
mod junit;
mod markdown;
mod sentences;

pub use csv::csv;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;

#[cfg(test)]
mod tests;
