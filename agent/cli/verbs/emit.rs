//! `emit`: the signals of a record, again.

use crate::{
    cli::{
        exit::Code,
        exit::Failure,
        options::{
            record::RecordFile,
            sending::{self, Sending, Signals},
        },
    },
    emit::emit,
};

/// Sends the signals and frames of a record again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench emit /tmp/lava-bench/record.json
  lava-bench emit record.json --signals none --stream on")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    record: RecordFile,
    /// Which signals are sent
    #[arg(long, value_enum, default_value_t = Signals::All, value_name = "WHICH")]
    signals: Signals,
    #[command(flatten)]
    sending: Sending,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let record = args.record.read()?;
    let sent = emit(args.sending.console(), args.sending.wanted(args.signals), &record);
    sent.map_err(|unsent| sending::failure(unsent, &args.record.named()))?;
    Ok(Code::Done)
}
