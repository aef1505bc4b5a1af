//! `manual`: the command line itself -> manual pages, and completions for shells.

use crate::cli::{
    exit::{Code, Failure},
    terminal,
};
use anyhow::Context;
use clap::{Command, ValueEnum};
use clap_complete::Shell;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Writes manual pages, and completions for bash, zsh and fish
///
/// They describe the build that writes them. What is written is where a system looks for it below /usr or /usr/local:
/// share/man/man1, share/bash-completion/completions, share/zsh/site-functions, share/fish/vendor_completions.d.
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  lava-bench manual /usr/local
  lava-bench manual manual && man -l ./manual/share/man/man1/lava-bench-run.1"
)]
pub(in crate::cli) struct Args {
    /// The folder that they are written below
    #[arg(value_name = "PREFIX")]
    prefix: PathBuf,
}

pub(in crate::cli) fn run(args: &Args, command: Command) -> Result<Code, Failure> {
    let named = || args.prefix.display().to_string();
    let written = write(command, &args.prefix.join("share"));
    let written = written.with_context(named).map_err(Failure::agent)?;
    written.iter().for_each(|path| terminal::tell(&path.display().to_string()));
    Ok(Code::Done)
}

fn write(mut command: Command, share: &Path) -> io::Result<Vec<PathBuf>> {
    let name = command.get_name().to_owned();
    let pages = share.join("man/man1");
    fs::create_dir_all(&pages)?;
    clap_mangen::generate_to(command.clone(), &pages)?;
    let mut written = vec![pages];
    for shell in Shell::value_variants() {
        let Some(folder) = folder(*shell) else { continue };
        let folder = share.join(folder);
        fs::create_dir_all(&folder)?;
        let path = clap_complete::generate_to(*shell, &mut command, &name, &folder)?;
        // What bash loads has the command's name alone.
        let loaded = if *shell == Shell::Bash { folder.join(&name) } else { path.clone() };
        fs::rename(path, &loaded)?;
        written.push(loaded);
    }
    Ok(written)
}

/// Where a shell looks for completions, below `share`.
fn folder(shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Bash => Some("bash-completion/completions"),
        Shell::Zsh => Some("zsh/site-functions"),
        Shell::Fish => Some("fish/vendor_completions.d"),
        _ => None,
    }
}
