//! `--mmtests FILE` of `show` and `run`: a configuration file of MMTests -> definitions and their parameters.

use super::suite_file::{refused, text};
use crate::{
    cli::{exit::Failure, table, terminal},
    definition::Store,
    suites::config::{Choice, Config, Facts, Left, ProblemKind, Reason, Selection, Surroundings},
    system::{self, Layout},
    text::printable,
};
use anyhow::Context;
use nix::{
    sys::utsname::uname,
    unistd::{User, getuid},
};
use std::path::{Path, PathBuf};

/// A configuration that was read, and what it selects.
pub(in crate::cli) struct Chosen {
    config: Config,
    selection: Selection,
}

/// Reads a configuration for this machine.
pub(in crate::cli) fn read(path: &Path, store: &Store) -> Result<Chosen, Failure> {
    let named = || path.display().to_string();
    let text = text(path).with_context(named).map_err(Failure::input)?;
    let config = Config::read(&named(), &text, &Here { facts: facts(), config: path.into() });
    let selection = config.select().with_context(named);
    let mut selection =
        selection.inspect_err(|_| terminal::tell(problems(&config).trim_end())).map_err(Failure::input)?;
    leave_what_is_refused(&mut selection, store)?;
    Ok(Chosen { config, selection })
}

/// What a definition does not take is not run: a machine may have more processors than it can have threads.
fn leave_what_is_refused(selection: &mut Selection, store: &Store) -> Result<(), Failure> {
    for choice in std::mem::take(&mut selection.choices) {
        let refused = refused(&choice.definition, &choice.parameters, store)?;
        match refused.map(|(name, error)| format!("{name}: {error}")) {
            None => selection.choices.push(choice),
            Some(reason) => {
                let left = |benchmark| Left { benchmark, reason: reason.clone() };
                selection.left.extend(choice.benchmarks.into_iter().map(left));
            }
        }
    }
    Ok(())
}

fn facts() -> Facts {
    let layout = system::layout(Path::new("/"));
    let Layout { cpus, online, threads_per_core, caches, nodes, threads_of_a_core, cores_of_a_cache } = layout;
    let kernel = uname().ok();
    let architecture = kernel.map(|kernel| kernel.machine().to_string_lossy().into_owned());
    Facts {
        cpus,
        online,
        threads_per_core,
        caches,
        nodes,
        threads_of_a_core,
        cores_of_a_cache,
        memory_bytes: system::memory_total(Path::new("/")),
        architecture: architecture.unwrap_or_default(),
        user: match getuid() {
            user if user.is_root() => Some("root".into()),
            user => User::from_uid(user).ok().flatten().map(|user| user.name),
        },
    }
}

/// This machine, and what is beside a configuration.
struct Here {
    facts: Facts,
    config: PathBuf,
}

impl Surroundings for Here {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    /// MMTests is started in its own folder, so a relative name begins there: the first of the folders around the
    /// configuration where it is found counts, and then the one where this program was started.
    fn config(&self, name: &str) -> Result<(String, String), Reason> {
        let config = self.config.canonicalize().unwrap_or_else(|_| self.config.clone());
        let folders = config.ancestors().skip(1).map(Path::to_path_buf).chain([PathBuf::new()]);
        let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
        let path = found.ok_or_else(|| format!("there is no {name} in a folder around {}", self.config.display()))?;
        let text = text(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((path.display().to_string(), text))
    }

    fn kernel_file(&self, path: &str) -> Option<String> {
        text(Path::new(path)).ok()
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

/// What is not understood, not done, and not set.
fn problems(config: &Config) -> String {
    let line = |problem: &crate::suites::config::Problem| {
        let what = match problem.kind {
            ProblemKind::NotUnderstood => "not understood",
            ProblemKind::NotDone => "not done",
            ProblemKind::NotSet => "not set",
        };
        format!("{what}: {}: `{}`: {}\n", clean(&problem.at), clean(&problem.text), clean(&problem.reason))
    };
    config.problems.iter().map(line).collect()
}

impl Chosen {
    /// The definitions' names.
    pub(in crate::cli) fn names(&self) -> Vec<String> {
        self.selection.choices.iter().map(|choice| choice.definition.clone()).collect()
    }

    /// The parameters, each with its definition's name.
    pub(in crate::cli) fn parameters(&self) -> Vec<(String, String)> {
        let of = |choice: &Choice| -> Vec<(String, String)> {
            let named = |(name, value): (&String, &String)| (format!("{}.{name}", choice.definition), value.clone());
            choice.parameters.iter().map(named).collect()
        };
        self.selection.choices.iter().flat_map(of).collect()
    }

    /// What would run, and all that is not as MMTests has it.
    pub(in crate::cli) fn page(&self, width: usize) -> String {
        let mut page = String::new();
        for choice in &self.selection.choices {
            page.push_str(&format!("{}: {}\n", choice.benchmarks.join(" "), choice.definition));
            let rows = choice.parameters.iter().flat_map(|(name, value)| table::text_rows(name, value));
            page.push_str(&table::fitted(&rows.collect::<Vec<_>>(), width));
            choice
                .differs
                .iter()
                .for_each(|text| page.push_str(&format!("  otherwise than MMTests: {}\n", clean(text))));
        }
        for left in &self.selection.left {
            page.push_str(&format!("{}: not run: {}\n", clean(&left.benchmark), clean(&left.reason)));
        }
        page.push_str(&problems(&self.config));
        for variable in &self.selection.unused {
            page.push_str(&format!("not used: {}\n", clean(variable)));
        }
        page
    }

    /// Says what will not run and what was not understood.
    pub(in crate::cli) fn warn(&self) {
        let choices = self.selection.choices.iter();
        let differs = choices.flat_map(|choice| choice.differs.iter().map(|text| (choice.definition.clone(), text)));
        let differs = differs.map(|(name, text)| format!("{name}: otherwise than MMTests: {}\n", clean(text)));
        let left = self.selection.left.iter();
        let left = left.map(|left| format!("{}: not run: {}\n", clean(&left.benchmark), clean(&left.reason)));
        let text: String = differs.chain(left).collect::<String>() + &problems(&self.config);
        if !text.is_empty() {
            terminal::tell(text.trim_end());
        }
    }
}

fn clean(text: &str) -> String {
    printable(text.as_bytes()).to_string()
}
