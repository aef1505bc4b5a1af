//! `faults`: a saved log of the kernel -> the faults that it reports.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::saved,
        terminal,
    },
    kernel_log::{Faults, Patterns, search},
    text::counted,
};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Finds what the kernel complained of in a saved log
///
/// The log is what dmesg, `journalctl -k` or a serial line wrote. The faults are those that `run` looks for while a
/// command runs. The exit code is 1 if there is one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dmesg | lava-bench faults
  lava-bench faults serial.log --json")]
pub(in crate::cli) struct Args {
    /// Files with the log; without any, or for `-`, standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let (mut text, mut objects, mut count) = (String::new(), Vec::new(), 0);
    for path in files {
        let log = saved::read(path).with_context(|| path.display().to_string()).map_err(Failure::input)?;
        let found = search(Patterns::embedded(), &log);
        count += found.count();
        let more = found.count() - found.faults.len();
        if more > 0 {
            let more = counted(more, "fault");
            terminal::tell(&format!("lava-bench: {}: {more} more of the same kinds", path.display()));
        }
        objects.extend(as_objects(path, &found));
        if files.len() > 1 && found.count() > 0 {
            text.push_str(&format!("{}:\n", path.display()));
        }
        text.push_str(&as_text(&found));
    }
    if count == 0 {
        text.push_str("no fault found\n");
    }
    terminal::data(&if args.json { format!("{:#}\n", Value::from(objects)) } else { text })?;
    Ok(if count > 0 { Code::Failed } else { Code::Done })
}

/// A line for each fault: when, which kind, what the kernel said.
fn as_text(found: &Faults) -> String {
    let line = |fault: &crate::record::Fault| format!("{:12.6} {}: {}\n", fault.seconds, fault.kind, fault.text);
    found.faults.iter().map(line).collect()
}

fn as_objects(path: &Path, found: &Faults) -> Vec<Value> {
    let file = path.display().to_string();
    let object = |fault: &crate::record::Fault| json!({"file": file, "kind": fault.kind, "text": fault.text, "seconds": fault.seconds});
    found.faults.iter().map(object).collect()
}
