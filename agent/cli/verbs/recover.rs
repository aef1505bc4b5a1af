//! `recover`: the folder of a run that ended early -> its record.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::record as records,
        table, terminal,
    },
    record::Record,
    run::{JOURNAL, RECORD, Recovered, write_whole},
};
use std::path::{Path, PathBuf};

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
        let Some(path) = &args.output else { return Ok(Code::Done) };
        write(path, &records::read(&own).map_err(Failure::input)?, "")?;
        terminal::tell(&format!("record: {}", path.display()));
        return Ok(Code::Done);
    }
    let recovered = Recovered::read(&args.folder).map_err(Failure::input)?;
    let record = recovered.record();
    let path = args.output.clone().unwrap_or_else(|| args.folder.join(RECORD));
    write(&path, &record, &format!("`lava-bench run --resume {}` goes on with the run; ", args.folder.display()))?;
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

/// Writes the record where nothing is yet; `else_what` is what else could be done.
fn write(path: &Path, record: &Record, else_what: &str) -> Result<(), Failure> {
    if path.exists() {
        let hint = format!("{else_what}-o FILE writes the record elsewhere");
        return Err(Failure::input(anyhow::anyhow!("{}: is there already\nhint: {hint}", path.display())));
    }
    write_whole(path, record).map_err(|error| Failure::agent(anyhow::anyhow!("{}: {error}", path.display())))
}
