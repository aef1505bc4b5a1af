//! `emit`: the signals of a record, again, or those of a `result.txt`.

use crate::{
    cli::{
        exit::Code,
        exit::Failure,
        options::{
            record::RecordFile,
            sending::{self, Sending, Signals},
        },
        terminal,
    },
    emit::{Console, emit},
    suites::{self, Part, Parts},
};
use anyhow::anyhow;
use std::{
    fs::File,
    mem,
    path::{Path, PathBuf},
};

/// Sends the signals and frames of a record again, or the signals of a result.txt
///
/// A result.txt, as the scripts of Linaro's test-definitions write it, is sent as their send-to-lava.sh sends it: with the
/// log RESULT_DIR/NAME.log of each test case, if it is there. A line that would be lost on the way is named on standard
/// error; then the exit code is 4.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench emit results/record.json
  lava-bench emit record.json --signals none --stream on
  lava-bench emit output/result.txt
  lava-bench emit output/result.txt output/logs --exit-zero")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    record: RecordFile,
    /// Of a result.txt: the folder with the logs of its test cases. Without it: the folder that it is in
    result_dir: Option<PathBuf>,
    /// Which signals are sent
    #[arg(long, value_enum, default_value_t = Signals::All, value_name = "WHICH")]
    signals: Signals,
    #[command(flatten)]
    sending: Sending,
    /// Exits with 0 also where lines of a result.txt cannot be sent: for LAVA's `sh -e`
    #[arg(long)]
    exit_zero: bool,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let bytes = args.record.bytes()?;
    if is_result_file(args, &bytes) {
        return send(args, &bytes);
    }
    if args.result_dir.is_some() || args.exit_zero {
        let what = if args.exit_zero { "--exit-zero" } else { "RESULT_DIR" };
        return Err(Failure::input(anyhow!("{}: {what} goes with a result.txt alone", args.record.named())));
    }
    let record = args.record.record(&bytes)?;
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

/// Whether a file is a `result.txt`. An empty one is what a script leaves that measured nothing.
fn is_result_file(args: &Args, bytes: &[u8]) -> bool {
    let path = args.record.path();
    let named = path.file_name().is_some_and(|name| name == "result.txt");
    !path.is_dir() && (suites::is_result_file(bytes) || (named && !bytes.trim_ascii_start().starts_with(b"{")))
}

/// Sends a `result.txt`.
fn send(args: &Args, bytes: &[u8]) -> Result<Code, Failure> {
    let named = args.record.named();
    if !matches!(args.signals, Signals::All | Signals::Auto) || args.sending.asks_for_frames() {
        let hint = format!("hint: `lava-bench convert {named} --to record` makes a record of it, which has both");
        return Err(Failure::input(anyhow!(
            "{named}: a result.txt has neither a choice of signals nor frames\n{hint}"
        )));
    }
    let Parts { parts, refused } = suites::signals(bytes);
    for (line, error) in &refused {
        terminal::say(&format!("lava-bench: {named}: line {line}: not sent: {error}"));
    }
    if parts.is_empty() {
        terminal::say(&format!("lava-bench: {named}: no result in it that can be sent"));
    }
    let folder = args.result_dir.as_deref().or_else(|| args.record.path().parent()).unwrap_or(Path::new("."));
    let nothing = parts.is_empty() && refused.is_empty();
    write(args.sending.console(), parts, folder).map_err(|unsent| sending::failure(unsent, &named))?;
    Ok(match (args.exit_zero, refused.is_empty()) {
        (true, _) => Code::Done,
        (false, false) => Code::Incomplete,
        (false, true) if nothing => Code::Nothing,
        (false, true) => Code::Done,
    })
}

/// Writes signals, and before each the log of its test case.
fn write(mut console: Console, parts: Vec<Part>, folder: &Path) -> Result<(), crate::emit::Unsent> {
    let mut lines = Vec::new();
    for part in parts {
        let name = match part {
            Part::Signal(line) => {
                lines.push(line);
                continue;
            }
            Part::Log(name) => name,
        };
        let path = folder.join(format!("{name}.log"));
        // A name may be a path, and a pipe would not end.
        let Some(log) = path.is_file().then(|| File::open(&path).ok()).flatten() else { continue };
        lines.push(format!("<LAVA_SIGNAL_STARTTC {name}>"));
        console.others(&mem::take(&mut lines));
        if let Err(error) = console.log(log) {
            terminal::say(&format!("lava-bench: {}: {error}", path.display()));
        }
        lines.push(format!("<LAVA_SIGNAL_ENDTC {name}>"));
    }
    console.others(&lines);
    console.close()
}
