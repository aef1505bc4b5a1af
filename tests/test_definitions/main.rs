//! `result.txt` of Linaro's test-definitions: sent, read, written and compared, by the program.
//!
//! The goldens are not part of the project: `support::golden` finds them, or the tests are skipped.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and figures are for people"
)]

#[path = "../support/mod.rs"]
mod support;

mod names;
mod plans;
mod sent;
mod written;
