//! What git knows of a bisection.

use anyhow::{Context, anyhow};
use std::process::{Command, Stdio};

/// The commit that is checked out.
pub(super) fn head() -> anyhow::Result<String> {
    let text = git(&["rev-parse", "--verify", "HEAD"]).context(
        "the commit: not known\nhint: run it in the git work tree that is bisected, or name it with --commit",
    )?;
    Ok(text.trim().into())
}

/// How many commits may be the first bad one, the known bad one among them.
pub(super) fn commits() -> anyhow::Result<u64> {
    let wanted = ["rev-list", "--bisect-vars", "refs/bisect/bad", "--not", "--glob=refs/bisect/good-*"];
    let text = git(&wanted).ok();
    let all = text.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("bisect_all=")));
    all.and_then(|all| all.trim().parse().ok()).ok_or_else(|| {
        anyhow!("the number of commits: not known, as no `git bisect` goes on here\nhint: give it with --commits")
    })
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).output().context("git")?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(anyhow!("git: {}", String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("failed"))),
    }
}
