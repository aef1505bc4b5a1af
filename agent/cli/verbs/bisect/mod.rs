//! `bisect`: a build is measured and judged -> an exit code for `git bisect run`; and a log -> its answers again.

mod git;
mod measure;
mod replay;
mod step;

use crate::cli::exit::{Code, Failure};
use clap::Subcommand;

/// Finds the commit that changed a number: a step for `git bisect run`
///
/// docs/bisect.md has the rule, how often it is wrong, and a whole bisection.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git bisect run lava-bench bisect step --good good/ --bad bad/ \\
      --log ../bisect.log -- ./build-and-run
  lava-bench bisect step --good good/ --bad bad/ --log bisect.log \\
      -- ./build-and-run
  lava-bench bisect replay ../bisect.log")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Step(Box<step::Args>),
    Replay(replay::Args),
}

impl Args {
    /// Whether the exit code is for `git bisect run`, which takes 1 to 127 for `bad`.
    pub(in crate::cli) fn answers(&self) -> bool {
        matches!(self.verb, Verb::Step(_))
    }
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    match &args.verb {
        Verb::Step(args) => step::run(args),
        Verb::Replay(args) => replay::run(args),
    }
}
