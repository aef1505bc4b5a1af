//! Help, and what the command line's reader says of wrong arguments -> text for people.

use super::{terminal, wrap::wrap};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::io::{self, Write};

/// The longest line of help: a longer one is hard to read.
const WIDEST: usize = 100;

/// The verbs that only the host build has.
const HOST: [&str; 4] = ["compare", "convert", "rebuild", "submit"];

/// Prints help, the version, or what is wrong with the arguments.
pub(super) fn print(error: &clap::Error) {
    let text = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) => {
            let width = if error.use_stderr() { terminal::error_width() } else { terminal::width() };
            page(&error.render().to_string(), width.min(WIDEST))
        }
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(verb))) => {
            only_in_host_build(verb).unwrap_or_else(|| error.render().to_string())
        }
        _ => error.render().to_string(),
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

/// What to say of a verb that this build does not have.
fn only_in_host_build(verb: &str) -> Option<String> {
    let missing = cfg!(not(feature = "host")) || cfg!(test);
    (missing && HOST.contains(&verb)).then(|| {
        format!(
            "lava-bench: {verb}: only in the host build\n\
             hint: use the binary of the machine that reads the board's log\n"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_verb_of_the_host_build_is_named_as_such() {
        assert!(only_in_host_build("rebuild").is_some_and(|text| text.contains("rebuild: only in the host build")));
        assert_eq!(only_in_host_build("rebuidl"), None);
    }
}
