//! What `run` is asked for: names, suites and patterns -> the names of definitions.

use crate::{
    cli::{exit::Failure, terminal},
    definition::{Outline, Store},
    run::missing,
};
use anyhow::anyhow;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeSet;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ChosenArgs {
    /// A benchmark's name, a suite's, or a pattern such as 'sysbench-*'
    #[arg(required_unless_present_any = ["mmtests", "lkp", "test_plan", "suite", "available", "resume", "only_failed"], conflicts_with_all = ["mmtests", "lkp", "test_plan"], value_name = "NAME")]
    names: Vec<String>,
    /// All benchmarks of this suite, where a benchmark has the same name
    #[arg(long, conflicts_with_all = ["mmtests", "lkp", "test_plan"], value_name = "NAME")]
    suite: Vec<String>,
    /// Only benchmarks that can run here; without NAME, all of these
    #[arg(long, conflicts_with_all = ["mmtests", "lkp", "test_plan"])]
    available: bool,
}

impl ChosenArgs {
    /// The names of the definitions, in the order in which they were asked for; none twice, unless it was named twice.
    pub(in crate::cli) fn names(&self, store: &Store) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for name in &self.names {
            names.extend(self.named(name, store)?);
        }
        for suite in &self.suite {
            names.extend(of_suite(suite, store).ok_or_else(|| no_suite(suite, store))?);
        }
        if self.names.is_empty() && self.suite.is_empty() {
            names = store.names().map(String::from).collect();
        }
        if self.is_plain() {
            return Ok(names);
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        if self.available {
            let available: BTreeSet<String> =
                outlines(store).into_iter().filter(can_run).map(|outline| outline.name.to_string()).collect();
            names.retain(|name| available.contains(name));
        }
        Ok(names)
    }

    /// Whether everything is a benchmark's name: to name one twice is then a mistake.
    fn is_plain(&self) -> bool {
        !self.available && self.suite.is_empty() && !self.names.iter().any(|name| is_pattern(name))
    }

    /// What one argument stands for. What is nothing else is taken for a benchmark's name.
    fn named(&self, name: &str, store: &Store) -> Result<Vec<String>, Failure> {
        if is_pattern(name) {
            let pattern = glob(name).map_err(|error| Failure::input(anyhow!("pattern `{name}`: {error}")))?;
            let found = store.names().filter(|known| pattern.is_match(known.as_bytes())).map(String::from);
            let found: Vec<String> = found.collect();
            let hint = "hint: `lava-bench list` shows all benchmarks";
            return match found.is_empty() {
                true => Err(Failure::nothing(anyhow!("pattern `{name}`: no benchmark has such a name\n{hint}"))),
                false => Ok(found),
            };
        }
        if store.names().any(|known| known == name) {
            return Ok(vec![name.into()]);
        }
        Ok(of_suite(name, store).unwrap_or_else(|| vec![name.into()]))
    }
}

/// The benchmarks of a suite, if there is one with this name.
fn of_suite(suite: &str, store: &Store) -> Option<Vec<String>> {
    let of_it = |outline: &Outline| outline.suite.as_deref() == Some(suite);
    let names: Vec<String> =
        outlines(store).into_iter().filter(of_it).map(|outline| outline.name.to_string()).collect();
    (!names.is_empty()).then_some(names)
}

/// Those that can be read; of another one `run` says what is wrong with it when it is named.
fn outlines(store: &Store) -> Vec<Outline> {
    let read = |outline| match outline {
        Ok(outline) => Some(outline),
        Err(error) => {
            terminal::tell(&format!("lava-bench: left out: {error}"));
            None
        }
    };
    store.outlines().filter_map(read).collect()
}

fn can_run(outline: &Outline) -> bool {
    missing(&outline.tool, &outline.needs, &outline.defaults).is_empty()
}

/// Nothing has this suite's name.
pub(in crate::cli) fn no_suite(suite: &str, store: &Store) -> Failure {
    let suites: BTreeSet<String> = store.outlines().filter_map(|outline| outline.ok()?.suite).collect();
    let hint = match crate::text::nearest(suite, suites.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", suites.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Failure::input(anyhow!("suite `{suite}`: unknown\nhint: {hint}"))
}

/// No name has these characters.
fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// A shell's pattern: `*` is any text, `?` any character, `[a-c]` one of some characters.
fn glob(pattern: &str) -> Result<Regex, &'static str> {
    let mut regex = String::from("^");
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let (set, after) = rest.split_once(']').ok_or("`[` without `]`")?;
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
                let (not, set) = set.strip_prefix(['!', '^']).map_or(("", set), |set| ("^", set));
                if set.is_empty() || !set.chars().all(plain) {
                    return Err("between `[` and `]` stand letters and digits");
                }
                regex.push_str(&format!("[{not}{set}]"));
                rest = after;
            }
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex.push('$');
    RegexBuilder::new(&regex).unicode(false).build().map_err(|_| "it is not a pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str], suite: &[&str], available: bool) -> ChosenArgs {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        ChosenArgs { names: owned(names), suite: owned(suite), available }
    }

    #[test]
    fn patterns_are_the_shells() {
        let matches = |pattern: &str, name: &str| glob(pattern).unwrap().is_match(name.as_bytes());
        assert!(matches("sysbench-*", "sysbench-cpu") && !matches("sysbench-*", "my-sysbench-cpu"));
        assert!(matches("*-cpu", "sysbench-cpu") && matches("l?4", "lz4") && !matches("l?4", "lzz4"));
        assert!(matches("[a-f]io", "fio") && !matches("[!f]*", "fio") && !matches("f.*", "fio"));
        assert!(glob("[").is_err() && glob("[]").is_err() && glob("[z-a]").is_err());
    }

    #[test]
    fn a_name_a_suite_and_a_pattern_give_each_definition_once() {
        let store = Store::embedded();
        let names = |args: &ChosenArgs| args.names(&store).unwrap();
        let suite = names(&chosen(&["sysbench"], &[], false));
        assert!(suite.len() > 1 && suite.iter().all(|name| name.starts_with("sysbench-")), "{suite:?}");
        assert_eq!(names(&chosen(&[], &["sysbench"], false)), suite);
        assert_eq!(names(&chosen(&["sysbench-*", "sysbench", "sysbench-cpu"], &[], false)), suite);
        // A mistake that the plan tells.
        assert_eq!(names(&chosen(&["primes", "primes"], &[], false)), ["primes", "primes"]);
        assert_eq!(names(&chosen(&["no-such"], &[], false)), ["no-such"]);
        assert!(names(&chosen(&[], &[], true)).contains(&"primes".to_string()));
        assert!(chosen(&["zzz-*"], &[], false).names(&store).is_err());
        assert!(chosen(&[], &["no-such"], false).names(&store).is_err());
    }
}
