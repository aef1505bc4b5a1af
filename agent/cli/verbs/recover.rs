//! `recover`: the folder of a run that ended early -> its record.

use crate::{
    cli::{
        exit::{Code, Failure},
        table, terminal,
    },
    run::{JOURNAL, RECORD, Recovered, write_whole},
};
use std::path::PathBuf;

/// Makes the record of a run that was killed, from the journal in its folder
///
/// Nothing is run. What was measured until the run ended is in the record; what ran then is named.
/// `run --resume DIR` goes on with the run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench recover /mnt/results
  lava-bench recover /mnt/results -o record.json")]
pub(in crate::cli) struct Args {
    /// The output folder of the run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where the record goes, instead of record.json in DIR
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let own = args.folder.join(RECORD);
    if own.is_file() && !args.folder.join(JOURNAL).is_file() {
        terminal::tell(&format!("the run has ended, and wrote its record: {}", own.display()));
        return Ok(Code::Done);
    }
    let recovered = Recovered::read(&args.folder).map_err(Failure::input)?;
    let record = recovered.record();
    let path = args.output.clone().unwrap_or_else(|| args.folder.join(RECORD));
    if path.exists() {
        let hint = format!("`lava-bench run --resume {}` goes on with the run", args.folder.display());
        let text = format!("{}: is there already\nhint: {hint}; -o FILE writes the record elsewhere", path.display());
        return Err(Failure::input(anyhow::anyhow!(text)));
    }
    let written = write_whole(&path, &record);
    written.map_err(|error| Failure::agent(anyhow::anyhow!("{}: {error}", path.display())))?;
    terminal::say(table::record(&record, terminal::error_width(), terminal::colored).trim_end());
    if let Some(step) = recovered.in_flight() {
        let point = if step.labels.is_empty() { String::new() } else { format!(" {}", step.labels) };
        terminal::tell(&format!("the run ended during {}{point}: {}", step.benchmark, step.step));
    }
    if recovered.tail.left > 0 {
        terminal::tell(&format!(
            "the last {} bytes of the journal are no whole entry, and do not count",
            recovered.tail.left
        ));
    }
    terminal::tell(&format!("record: {}", path.display()));
    Ok(Code::Done)
}
