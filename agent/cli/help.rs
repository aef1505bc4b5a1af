//! Help, and what the command line's reader says of wrong arguments -> text for people.

use super::{terminal, wrap::wrap};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::io::{self, Write};

/// The longest line of help: a longer one is hard to read.
const WIDEST: usize = 100;

/// The verbs that only the host build has.
const HOST: [&str; 8] = ["bisect", "compare", "convert", "faults", "history", "rebuild", "report", "submit"];

/// Prints help, the version, or what is wrong with the arguments.
pub(super) fn print(error: &clap::Error) {
    let text = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) => {
            let width = if error.use_stderr() { terminal::error_width() } else { terminal::width() };
            page(&error.render().to_string(), width.min(WIDEST))
        }
        (ErrorKind::DisplayVersion, _) => error.render().to_string(),
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(verb))) => {
            return terminal::tell(&only_in_host_build(verb).unwrap_or_else(|| refusal(error)));
        }
        _ => return terminal::tell(&refusal(error)),
    };
    // A closed output is the reader's choice.
    let _ = match error.use_stderr() {
        true => io::stderr().write_all(text.as_bytes()),
        false => io::stdout().write_all(text.as_bytes()),
    };
}

/// A page of help in lines that fit.
fn page(text: &str, width: usize) -> String {
    let hang = |line: &str| match line.trim_start() {
        line if line.starts_with("Usage: ") => "Usage: ".len(),
        line if line.starts_with("- ") => 2,
        _ => 0,
    };
    text.split_inclusive('\n').map(|line| wrap(line, width, hang(line))).collect()
}

/// What is wrong with the arguments, as this program says it: one sentence, and a hint.
fn refusal(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let (mut said, mut hints, mut otherwise) = (Vec::new(), Vec::new(), None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(values) = line.strip_prefix("[possible values: ").and_then(|line| line.strip_suffix(']')) {
            otherwise = Some(format!("one of {values}"));
        } else if let Some(tip) = line.strip_prefix("tip: ") {
            // Nothing here takes a word that looks like an option: to write `--` before it does not help.
            if tip.starts_with("to pass ") {
                continue;
            }
            hints.push(format!("hint: {tip}"));
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            let words = usage.split(' ').skip(1).take_while(|word| !word.starts_with(['[', '<', '-']));
            let verb: String = words.map(|word| format!("{word} ")).collect();
            otherwise.get_or_insert(format!("`lava-bench {verb}--help` shows what there is"));
        } else if !line.starts_with("For more information") {
            said.push(line.strip_prefix("error: ").unwrap_or(line));
        }
    }
    if hints.is_empty() {
        hints.extend(otherwise.map(|hint| format!("hint: {hint}")));
    }
    format!("lava-bench: {}\n{}", said.join(" "), hints.join("\n")).trim_end().into()
}

/// What to say of a verb that this build does not have.
fn only_in_host_build(verb: &str) -> Option<String> {
    let missing = cfg!(not(feature = "host")) || cfg!(test);
    (missing && HOST.contains(&verb)).then(|| {
        format!(
            "lava-bench: {verb}: only in the host build\n\
             hint: use the binary of the machine that reads the board's log"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    #[test]
    fn a_page_fits() {
        let text = "Usage: lava-bench run [OPTIONS] <NAME>...\n\nOptions:\n      --param <NAME=VALUE>  Sets a parameter\n          \
                    - all: one signal a sample\n";
        let page = page(text, 40);
        assert!(page.lines().all(|line| line.len() <= 40), "{page}");
        assert!(page.contains("[OPTIONS]\n       <NAME>..."), "{page}");
        assert!(page.contains("  Sets a\n                            parameter"), "{page}");
    }

    #[test]
    fn what_is_wrong_with_arguments_is_one_sentence_and_a_hint() {
        let command = || {
            let count = Arg::new("count").long("count").value_parser(clap::value_parser!(u32).range(1..9));
            let kind = Arg::new("kind").long("kind").value_parser(["one", "two"]);
            Command::new("lava-bench").subcommand(Command::new("run").args([
                count,
                kind,
                Arg::new("name").required(true),
            ]))
        };
        for (arguments, expected) in [
            (
                &["run"][..],
                "lava-bench: the following required arguments were not provided: <name>\nhint: `lava-bench run --help` shows what there is",
            ),
            (&["ru"], "lava-bench: unrecognized subcommand 'ru'\nhint: a similar subcommand exists: 'run'"),
            (
                &["run", "a", "--kind", "three"],
                "lava-bench: invalid value 'three' for '--kind <kind>'\nhint: one of one, two",
            ),
            (
                &["run", "a", "--count", "-1"],
                "lava-bench: unexpected argument '-1' found\nhint: `lava-bench run --help` shows what there is",
            ),
            (&["run", "a", "--count", "9"], "lava-bench: invalid value '9' for '--count <count>': 9 is not in 1..9"),
        ] {
            let error = command().try_get_matches_from([&["lava-bench"], arguments].concat()).unwrap_err();
            assert_eq!(refusal(&error), expected);
        }
    }

    #[test]
    fn a_verb_of_the_host_build_is_named_as_such() {
        for verb in HOST {
            assert!(only_in_host_build(verb).is_some_and(|text| text.contains("only in the host build")));
        }
        assert_eq!(only_in_host_build("rebuidl"), None);
    }
}
