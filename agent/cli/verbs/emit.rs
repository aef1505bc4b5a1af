//! `emit`: the signals of a record, again.

use crate::{
    cli::{
        exit::Code,
        exit::Failure,
        options::sending::{self, Sending, Signals},
    },
    emit::emit,
    record::Record,
};
use anyhow::Context;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Sends the signals and frames of a record again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench emit /tmp/lava-bench/record.json
  lava-bench emit record.json --signals none --stream on")]
pub(in crate::cli) struct Args {
    /// A record's file, or `-` for standard input
    record: PathBuf,
    /// Which signals are sent
    #[arg(long, value_enum, default_value_t = Signals::All, value_name = "WHICH")]
    signals: Signals,
    #[command(flatten)]
    sending: Sending,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let record = read(&args.record)?;
    let sent = emit(args.sending.console(), args.sending.wanted(args.signals), &record);
    sent.map_err(|unsent| sending::failure(unsent, &args.record.display().to_string()))?;
    Ok(Code::Done)
}

fn read(path: &Path) -> Result<Record, Failure> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => io::stdin().read_to_end(&mut bytes).map(|_| ()),
        _ => fs::read(path).map(|read| bytes = read),
    };
    let named = || path.display().to_string();
    read.with_context(named).map_err(Failure::input)?;
    Record::from_json(&bytes).with_context(named).map_err(Failure::input)
}
