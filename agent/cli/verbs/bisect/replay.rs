//! `bisect replay`: a log -> the answers of its steps, computed again.

use super::step::{outcome, why};
use crate::{
    bisect::{Begin, Bisection, Log, LogError, Outcome},
    cli::{
        exit::{Code, Failure},
        options::source,
        terminal,
    },
};
use anyhow::{Context, anyhow};
use std::{fmt::Write, path::PathBuf};

/// Computes the answers of a log again, and prints them as git's commands
///
/// An answer that the log's boots do not give is named, and the exit code is then 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench bisect replay ../bisect.log
  lava-bench bisect replay ../bisect.log | grep -v '^#'")]
pub(in crate::cli) struct Args {
    /// The log of `bisect step`
    #[arg(value_name = "FILE")]
    log: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Code, Failure> {
    if !args.log.is_file() {
        return Err(Failure::input(anyhow!("{}: not a file", args.log.display())));
    }
    let (_, entries, damaged) = Log::open(&args.log).map_err(Failure::input)?;
    for line in damaged {
        source::say(&format!("{}: line {line} is damaged, and does not count", args.log.display()));
    }
    let nothing = || LogError::NoBeginning { path: args.log.clone() };
    let bisection = Bisection::of(&entries).ok_or_else(nothing).map_err(Failure::input)?;
    let (text, differ) = told(&bisection).with_context(|| args.log.display().to_string()).map_err(Failure::input)?;
    terminal::data(&text)?;
    Ok(if differ == 0 { Code::Done } else { Code::Failed })
}

/// All steps as text, and how many have another answer than the log.
fn told(bisection: &Bisection) -> anyhow::Result<(String, usize)> {
    let Begin { subject, good, bad, error, planned, most, .. } = bisection.begin();
    let mut text = String::new();
    writeln!(text, "# {}", crate::text::visible(subject))?;
    writeln!(
        text,
        "# {} good boots, {} bad ones; error {} % over {planned} answers, at most {most} measurements each",
        good.len(),
        bad.len(),
        error * 100.0
    )?;
    let mut differ = 0;
    for (commit, logged) in bisection.commits() {
        let step = bisection.step(commit)?;
        let commit = crate::text::visible(commit);
        // A command that failed skips a commit whatever was measured before.
        match (outcome(step.answer), logged) {
            (_, Some(Outcome::Skip)) => writeln!(text, "git bisect skip {commit} # {}", why(&step))?,
            (Some(now), Some(logged)) if now == logged => {
                writeln!(text, "git bisect {now} {commit} # {}", why(&step))?;
            }
            (now, Some(logged)) => {
                differ += 1;
                let now = now.map_or_else(|| "none yet".into(), |now| now.to_string());
                writeln!(text, "# {commit}: the log says {logged}, its boots say {now}: {}", why(&step))?;
            }
            (_, None) => writeln!(text, "# {commit}: not answered yet: {}", why(&step))?,
        }
    }
    Ok((text, differ))
}
