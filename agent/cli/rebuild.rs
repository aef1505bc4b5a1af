//! `rebuild`: captures -> records.

use super::{Code, Failure, terminal};
use crate::{
    rebuild::{Explanation, Passed, Rebuilder, Rebuilt},
    record::Loss,
};
use anyhow::{Context, anyhow};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::PathBuf,
};

/// Rebuilds records from what a board said
///
/// Sources are recognised by their content: the agent's output, a raw serial capture, a LAVA job log. Several are taken
/// together. A record that is complete is byte for byte the board's; of any other the losses are listed on standard error
/// and in the record, and the exit code is 4. Several records are written one a line.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench rebuild serial.log -o record.json
  lava-bench rebuild job-1.yaml job-1-serial.log
  lava-bench rebuild serial.log --explain
  lava-bench run primes | lava-bench rebuild -")]
pub(super) struct Args {
    /// Files, or `-` for standard input
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Where the records go, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Tells what came from where, instead of the records, which are then written with --output alone
    #[arg(long)]
    explain: bool,
    /// The explanation as JSON
    #[arg(long, requires = "explain")]
    json: bool,
}

/// How many losses are told one by one.
const SHOWN: usize = 20;

pub(super) fn run(args: &Args) -> Result<Code, Failure> {
    let mut rebuilder = Rebuilder::default();
    for path in &args.sources {
        let named = || path.display().to_string();
        let read = match path.to_str() {
            Some("-") => rebuilder.source(io::stdin().lock()),
            _ => File::open(path).and_then(|file| rebuilder.source(BufReader::with_capacity(1 << 16, file))),
        };
        read.with_context(named).map_err(Failure::input)?;
    }
    let (rebuilt, passed) = rebuilder.explained();
    if rebuilt.is_empty() {
        let names: Vec<String> = args.sources.iter().map(|path| path.display().to_string()).collect();
        terminal::say(&format!(
            "lava-bench: {}: no signal and no frame of a record\nhint: was the benchmark run with --signals all?",
            names.join(", ")
        ));
        return Ok(Code::Incomplete);
    }
    let text: String = rebuilt.iter().map(|rebuilt| format!("{}\n", rebuilt.json)).collect();
    if args.explain {
        terminal::data(&explanation(&rebuilt, &passed, args.json))?;
    }
    match &args.output {
        None if args.explain => {}
        None => terminal::data(&text)?,
        Some(path) => fs::write(path, text).with_context(|| path.display().to_string()).map_err(Failure::agent)?,
    }
    let mut complete = true;
    for rebuilt in &rebuilt {
        let losses = &rebuilt.record.losses;
        complete &= losses.is_empty();
        report(&rebuilt.record.id.to_string(), losses);
    }
    if rebuilt.len() > 1 {
        terminal::say(&format!("{}", anyhow!("{} records, one a line", rebuilt.len())));
    }
    Ok(if complete { Code::Done } else { Code::Incomplete })
}

/// What came from where, as text or as one line of JSON.
fn explanation(rebuilt: &[Rebuilt], passed: &Passed, json: bool) -> String {
    #[derive(Serialize)]
    struct Explained<'a> {
        #[serde(flatten)]
        explanation: &'a Explanation,
        losses: &'a [Loss],
    }
    let explained = |rebuilt: &'_ Rebuilt| rebuilt.explanation.to_string();
    if !json {
        return rebuilt.iter().map(explained).chain([passed.to_string()]).collect();
    }
    let records: Vec<Explained> = rebuilt
        .iter()
        .map(|rebuilt| Explained { explanation: &rebuilt.explanation, losses: &rebuilt.record.losses })
        .collect();
    let json = serde_json::json!({ "records": records, "passed_over": passed });
    format!("{json}\n")
}

fn report(id: &str, losses: &[Loss]) {
    if losses.is_empty() {
        return terminal::say(&format!("record {id}: complete"));
    }
    terminal::say(&format!("record {id}: {} losses", losses.len()));
    for Loss { what, reason } in losses.iter().take(SHOWN) {
        terminal::say(&format!("  {what}: {reason}"));
    }
    if losses.len() > SHOWN {
        terminal::say(&format!("  and {} more, all listed in the record", losses.len() - SHOWN));
    }
}
