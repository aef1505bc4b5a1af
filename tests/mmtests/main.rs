//! MMTests: what is read of its results, and what this program makes of them, is what MMTests itself does.
#![expect(clippy::disallowed_methods, reason = "what is read is the project's own")]
#![expect(clippy::print_stderr, reason = "the table of what was compared is the result of a test")]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod bad_json;
mod comparison;
mod configs;
mod cut;
mod directions;
mod extraction;
mod from_json;
mod goldens;
mod json;
mod logs;
mod native;
mod program;
mod statistics;
mod table;
