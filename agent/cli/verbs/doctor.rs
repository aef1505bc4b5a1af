//! `doctor`: what on this machine would spoil or prevent a measurement.

use crate::{
    cli::{
        exit::{Code, Failure},
        terminal,
        wrap::wrap,
    },
    definition::{Outline, Store},
    run::missing,
    system,
    text::counted,
};
use anyhow::{Context, anyhow};
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Looks for what would spoil or prevent a measurement here, and says what to do
///
/// Without a NAME it also says how to install the tools that are missing. The exit code is 1 if a named benchmark cannot run.
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
    if args.names.is_empty() && args.root == Path::new("/") {
        let tools = Tools::of(store);
        if let Some(message) = tools.message() {
            text.push_str(&wrap(&format!("note: tools: {message}\n"), width, 2));
            text.push_str(&tools.page(width));
            objects.push(json!({"subject": "tools", "severity": "note", "message": message, "hint": tools.command()}));
        }
    }
    terminal::data(&if args.json { format!("{:#}\n", serde_json::Value::from(objects)) } else { text })?;
    Ok(if prevented { Code::Failed } else { Code::Done })
}

/// The programs of all definitions that are not here.
struct Tools {
    /// How many benchmarks there are, and how many lack their program.
    all: usize,
    without: usize,
    /// The packages that have the programs, and the benchmarks whose programs are in none.
    packages: BTreeSet<String>,
    unpacked: BTreeSet<String>,
}

impl Tools {
    fn of(store: &Store) -> Self {
        let id = system::distribution(Path::new("/")).id;
        let mut tools = Self { all: 0, without: 0, packages: BTreeSet::new(), unpacked: BTreeSet::new() };
        for Outline { name, tool, defaults, .. } in store.outlines().flatten() {
            tools.all += 1;
            let program = tool.name.filled(&defaults);
            if tool.builtin || system::find_program(&program).is_some() {
                continue;
            }
            tools.without += 1;
            let packages = tool.packages_on(id.as_deref());
            if packages.is_empty() {
                tools.unpacked.insert(name.to_string());
            }
            tools.packages.extend(packages);
        }
        tools
    }

    fn message(&self) -> Option<String> {
        let Self { all, without, .. } = self;
        let lack = if *without == 1 { "lacks its program" } else { "lack their programs" };
        (*without > 0)
            .then(|| format!("{without} of {} {lack}; `lava-bench list` says which", counted(*all, "benchmark")))
    }

    /// How this machine installs packages.
    fn installer() -> Option<&'static str> {
        let known = [("apt-get", "apt-get install"), ("dnf", "dnf install"), ("opkg", "opkg install")];
        known.into_iter().find(|(program, _)| system::find_program(program).is_some()).map(|(_, command)| command)
    }

    /// The command that installs the packages, in one line; without an installer their names.
    fn command(&self) -> String {
        let packages = self.packages.iter().cloned().collect::<Vec<_>>().join(" ");
        Self::installer().map(|command| format!("{command} {packages}")).unwrap_or(packages)
    }

    /// What to do, in lines of at most `width` characters that may be copied to a shell.
    fn page(&self, width: usize) -> String {
        let mut page = String::new();
        if !self.packages.is_empty() {
            let end = if Self::installer().is_some() { " \\" } else { "" };
            let lines = wrap(&format!("  {}", self.command()), width.saturating_sub(end.len()), 2);
            page = lines.replace('\n', &format!("{end}\n")) + "\n";
        }
        if !self.unpacked.is_empty() {
            let names: Vec<&str> = self.unpacked.iter().map(String::as_str).collect();
            page += &wrap(&format!("  in no package: the programs of {}\n", names.join(", ")), width, 2);
        }
        page
    }
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
