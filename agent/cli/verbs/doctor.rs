//! `doctor`: what on this machine would spoil or prevent a measurement.

use crate::{
    cli::{
        exit::{Code, Failure},
        terminal,
        wrap::wrap,
    },
    definition::Store,
    run::missing,
    system,
};
use anyhow::{Context, anyhow};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Looks for what would spoil or prevent a measurement here, and says what to do
///
/// The exit code is 1 if a named benchmark cannot run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench doctor
  lava-bench doctor sysbench-cpu --json")]
pub(in crate::cli) struct Args {
    /// The benchmarks that are to run here
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Looks at a copy of a machine's /proc and /sys in DIR, instead of this machine
    #[arg(long, value_name = "DIR", default_value = "/", hide_default_value = true, conflicts_with = "names")]
    root: PathBuf,
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let mut objects = Vec::new();
    let mut text = String::new();
    let width = terminal::width();
    let mut tell = |subject: &str, severity: &str, message: &str, hint: &str| {
        objects.push(json!({"subject": subject, "severity": severity, "message": message, "hint": hint}));
        text.push_str(&wrap(&format!("{severity}: {subject}: {message}\n"), width, 2));
        if !hint.is_empty() {
            text.push_str(&wrap(&format!("  {hint}\n"), width, 2));
        }
    };
    let mut prevented = false;
    for name in &args.names {
        let definition = store.load(name).map_err(Failure::input)?;
        for missing in missing(&definition.tool, &definition.needs, &definition.defaults()) {
            prevented = true;
            let (message, hint) = missing.split_once("; ").unwrap_or((&missing, ""));
            tell(name, "problem", message, hint);
        }
    }
    examinable(&args.root).map_err(Failure::input)?;
    for finding in system::examine(&args.root) {
        tell(finding.subject, finding.severity.as_str(), &finding.message, &finding.hint);
    }
    if objects.is_empty() {
        text.push_str("nothing found that would spoil a measurement\n");
    }
    terminal::data(&if args.json { format!("{:#}\n", serde_json::Value::from(objects)) } else { text })?;
    Ok(if prevented { Code::Failed } else { Code::Done })
}

/// Whether there is anything to look at below a root.
fn examinable(root: &Path) -> anyhow::Result<()> {
    root.read_dir().with_context(|| root.display().to_string())?;
    if !root.join("proc").is_dir() && !root.join("sys").is_dir() {
        let hint = "hint: name a folder with copies of /proc and /sys";
        return Err(anyhow!("{}: it has neither proc nor sys\n{hint}", root.display()));
    }
    Ok(())
}
