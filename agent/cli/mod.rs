//! The command line: arguments -> a verb's work -> an exit code. `verbs` has a file for each verb, `options` the
//! groups of arguments that verbs share.

mod absent;
mod dry_run;
mod exit;
mod fault;
mod help;
mod options;
mod progress;
mod start;
mod table;
mod terminal;
mod verbs;
mod wrap;

pub use exit::{Code, Failure};

use crate::{
    definition::Store,
    emit::{Console, Manner},
};
use clap::{ArgAction, Parser, Subcommand};
use options::job;
use std::{env, path::PathBuf, process::ExitCode};
use terminal::Color;
#[cfg(feature = "manual")]
use verbs::manual;
#[cfg(feature = "host")]
use verbs::{bisect, compare, convert, faults, history, rebuild, report, submit};
use verbs::{check, doctor, emit, list, parse, recover, run, show, workload};

/// Runs benchmarks on boards, sends the results through LAVA test signals, and rebuilds them on a host.
#[derive(Debug, Parser)]
#[command(
    name = "lava-bench",
    version = VERSION,
    long_version = LONG_VERSION,
    after_help = examples(),
    propagate_version = false,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Cli {
    /// Adds the definitions of DIR (NAME/NAME.yaml or NAME.yaml); one with a built-in one's name replaces it
    #[arg(long, value_name = "DIR", global = true, display_order = 997)]
    definitions: Vec<PathBuf>,
    /// Colours on standard error: auto (a capable terminal, NO_COLOR not set), always, never
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN", display_order = 998)]
    color: Color,
    /// Prints the version and the build; --version also the licence
    #[arg(short = 'V', long, action = ArgAction::Version, display_order = 999)]
    version: Option<bool>,
    /// Prints help; -h prints less than --help
    #[arg(short, long, action = ArgAction::Help, global = true, display_order = 1000)]
    help: Option<bool>,
    #[command(subcommand)]
    verb: Verb,
}

/// The version, and which build this is.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("LAVA_BENCH_BUILD"), ")");

/// The same, and under which licence it may be used: on a board, the file is all that there is.
const LONG_VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("LAVA_BENCH_BUILD"), ")\nlicence: ", env!("CARGO_PKG_LICENSE"));

fn examples() -> String {
    let second = if cfg!(feature = "host") { "rebuild serial.log -o record.json" } else { "emit results/record.json" };
    let first = "run sysbench-cpu --param THREADS='1 4' --iterations 5";
    format!("Examples:\n  lava-bench {first}\n  lava-bench {second}\n\n{EXIT_CODES}")
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a case failed (run --exit-zero: 0), or compare --fail-on or faults found
     something
  2  wrong arguments, definition or input, or sides that do not compare
  3  nothing was selected, or everything was skipped (run --exit-zero: 0)
  4  results are incomplete: a rebuild with losses, or without a record
  5  the program itself failed: input and output, no space left
  6  the next case needs a new boot; then run --resume DIR goes on (run --exit-zero: 0)
  125, 128  bisect step: the commit cannot be judged; it failed
  130  interrupted; what was measured is kept";

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Show(show::Args),
    Check(check::Args),
    Doctor(doctor::Args),
    Run(Box<run::Args>),
    Recover(recover::Args),
    Parse(parse::Args),
    Emit(emit::Args),
    #[cfg(feature = "host")]
    Faults(faults::Args),
    #[cfg(feature = "host")]
    Rebuild(rebuild::Args),
    #[cfg(feature = "host")]
    Compare(Box<compare::Args>),
    #[cfg(feature = "host")]
    Bisect(bisect::Args),
    #[cfg(feature = "host")]
    History(history::Args),
    #[cfg(feature = "host")]
    Report(Box<report::Args>),
    #[cfg(feature = "host")]
    Convert(convert::Args),
    #[cfg(feature = "host")]
    Submit(submit::Args),
    Workload(workload::Args),
    #[cfg(feature = "manual")]
    Manual(manual::Args),
}

impl Cli {
    fn store(&self) -> Result<Store, Failure> {
        let add = |store: Store, folder: &PathBuf| store.with_folder(folder).map_err(Failure::input);
        // Whoever names a folder wants what is in it.
        self.definitions.iter().try_fold(job::with_definition(Store::embedded())?, add)
    }

    /// Whether LAVA waits for results from it.
    fn sends(&self) -> bool {
        match &self.verb {
            Verb::Run(_) | Verb::Emit(_) => true,
            Verb::Parse(args) => args.sends(),
            _ => false,
        }
    }

    /// The exit code of a failure. `git bisect run` takes 1 to 127 for an answer.
    fn code(&self, code: Code) -> Code {
        #[cfg(feature = "host")]
        if matches!(&self.verb, Verb::Bisect(args) if args.answers()) && code != Code::Interrupted {
            return Code::Abort;
        }
        code
    }

    fn run(&self) -> Result<Code, Failure> {
        terminal::set_color(self.color);
        match &self.verb {
            Verb::List(args) => list::run(args, &self.store()?),
            Verb::Show(args) => show::run(args, &self.store()?),
            Verb::Check(args) => check::run(args, &self.store()?),
            Verb::Doctor(args) => doctor::run(args, &self.store()?),
            Verb::Run(args) => run::run(args, &self.store()?),
            Verb::Recover(args) => recover::run(args),
            Verb::Parse(args) => parse::run(args, &self.store()?),
            Verb::Emit(args) => emit::run(args),
            #[cfg(feature = "host")]
            Verb::Faults(args) => faults::run(args),
            #[cfg(feature = "host")]
            Verb::Rebuild(args) => rebuild::run(args),
            #[cfg(feature = "host")]
            Verb::Compare(args) => compare::run(args),
            #[cfg(feature = "host")]
            Verb::Bisect(args) => bisect::run(args),
            #[cfg(feature = "host")]
            Verb::History(args) => history::run(args),
            #[cfg(feature = "host")]
            Verb::Report(args) => report::run(args),
            #[cfg(feature = "host")]
            Verb::Convert(args) => convert::run(args),
            #[cfg(feature = "host")]
            Verb::Submit(args) => submit::run(args),
            Verb::Workload(args) => workload::run(args),
            #[cfg(feature = "manual")]
            Verb::Manual(args) => manual::run(args, <Self as clap::CommandFactory>::command()),
        }
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    start::begin(program)
}

fn program() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Code::Invalid } else { Code::Done };
            help::print(&error);
            let given = |verbs: &[&str]| env::args_os().skip(1).any(|word| verbs.iter().any(|verb| word == *verb));
            raise(given(&["run", "emit"]), code);
            // For `git bisect run` a wrong argument would be an answer.
            let is_step = code == Code::Invalid && given(&["bisect"]) && given(&["step"]);
            return if is_step { Code::Abort } else { code }.into();
        }
    };
    let sends = cli.sends();
    // A fault of the program ends as its other failures do: LAVA is told of it.
    fault::ends_with(cli.code(Code::Agent), move || raise(sends, Code::Agent));
    match cli.run() {
        Ok(code) => code.into(),
        Err(failure) => {
            if let Some(error) = failure.error() {
                terminal::tell(&format!("lava-bench: {error}"));
            }
            raise(sends, failure.code());
            cli.code(failure.code()).into()
        }
    }
}

/// Lets a LAVA job end as incomplete when a program that `sends` results failed without any. LAVA skips the rest of a
/// definition whose step fails, and calls the job complete otherwise. Its own helper for that may not be there.
fn raise(sends: bool, code: Code) {
    let failed = !matches!(code, Code::Done | Code::Interrupted);
    if sends && failed && terminal::under_lava() {
        Console::from_environment(Manner::default()).raise();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent_and_every_verb_has_two_examples() {
        Cli::command().debug_assert();
        let mut command = Cli::command();
        command.build();
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(
                help.matches("\n  lava-bench ").count() + help.matches("\n  dmesg").count() >= 2,
                "{}: {help}",
                verb.get_name()
            );
            // A command that is broken in two is none.
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{}: {help}", verb.get_name());
        }
    }
}
