//! Reports: a comparison -> what people at a terminal, in a browser and in a mail, a program, a table or a dashboard see of it.
//! Pure.
//!
//! All say the same words (`docs/comparison.md` has the rules), and none leaves out what failed or was not compared.

mod csv;
mod document;
mod figures;
mod junit;
mod mail;
mod markdown;
mod page;
mod sentences;
mod templates;
mod text;
mod view;

pub use csv::csv;
pub use document::{Document, NotADocument, SCHEMA, Sources};
pub use junit::junit;
pub use mail::{Letter, Mail, MailError};
pub use markdown::markdown;
pub use page::page;
pub use templates::{TemplateError, Templates, built_in, names};
pub use text::text;
pub use view::Input;

#[cfg(test)]
mod tests;
