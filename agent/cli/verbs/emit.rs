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

use anyhow::anyhow;

/// Sends the signals and frames of a record again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench emit results/record.json
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
    let wanted = args.sending.wanted(args.signals);
    if wanted.is_nothing() {
        let hint = "hint: --stream on sends the frames, which hold the whole record";
        return Err(Failure::input(anyhow!(
            "{}: neither signals nor frames are asked for\n{hint}",
            args.record.named()
        )));
    }
    if wanted.signals.is_some() && !record.losses.is_empty() {
        let why = "has losses: its signals would be taken for all that was measured";
        let hint = "hint: --signals none --stream on sends it with its losses";
        return Err(Failure::input(anyhow!("{}: record {} {why}\n{hint}", args.record.named(), record.id)));
    }
    let sent = emit(args.sending.console(), wanted, &record);
    sent.map_err(|unsent| sending::failure(unsent, &args.record.named()))?;
    Ok(Code::Done)
}
