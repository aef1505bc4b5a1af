//! `workload`: what the built-in definitions run, as a process of its own.

use crate::{
    cli::{
        exit::{Code, Failure},
        terminal,
    },
    workload::primes,
};
use anyhow::Context;
use std::time::Duration;

/// Runs a built-in workload; the definition `primes` calls this
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, clap::Subcommand)]
enum Workload {
    /// Counts primes
    Primes {
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
        threads: u32,
        #[arg(long)]
        limit: u32,
        #[arg(long)]
        seconds: f64,
    },
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let Workload::Primes { threads, limit, seconds } = args.workload;
    let time = Duration::try_from_secs_f64(seconds).map_err(Failure::input)?;
    let (rounds, elapsed) = primes(threads, limit, time, &crate::system::cpus::allowed())
        .with_context(|| format!("{threads} threads: not all can be started"))
        .map_err(Failure::agent)?;
    let rate = rounds.iter().sum::<u64>() as f64 / elapsed.as_secs_f64();
    let mut text =
        format!("primes 1\nlimit: {limit}\nelapsed: {:.6} s\nrounds per second: {rate:.3}\n", elapsed.as_secs_f64());
    for (thread, count) in rounds.iter().enumerate() {
        text.push_str(&format!("thread {thread}: {count} rounds\n"));
    }
    terminal::data(&text)?;
    Ok(Code::Done)
}
