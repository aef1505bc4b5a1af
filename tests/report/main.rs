//! The report: the page as its text and in a real browser, the mail as its lines and through a real server of SMTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod board;
mod browser;
mod data;
mod encrypted;
mod input;
mod mail;
mod page;
mod smtp;

use std::path::Path;
use support::{Said, program};

/// Runs `report` in a folder.
pub(crate) fn report(folder: &Path, arguments: &[&str]) -> Said {
    Said::of(program().current_dir(folder).arg("report").args(arguments))
}
