//! The shell's commands -> what they do to a configuration's variables. Everything that follows from something unknown
//! is unknown too; nothing is executed.

use super::{
    Reason, condition, expand,
    expand::Names,
    shell::{self, Command, Entry, Joint, List, Pipeline, Script},
    variables::{Config, Problem, ProblemKind, Surroundings},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// How deep files, and commands with their files and functions, may be in each other, and how many commands there may be: a
/// file that is made for it must not use up the stack or the time.
const DEEPEST_FILE: usize = 8;
const DEEPEST: usize = 100;
const MOST: usize = 10_000;

/// Whether a command succeeds; `Err`: why it is unknown.
pub(super) type Status = Result<bool, Reason>;

/// What is being read.
struct File {
    name: String,
    lines: Vec<String>,
}

pub(super) struct Reader<'a> {
    pub(super) config: Config,
    pub(super) around: &'a dyn Surroundings,
    files: Vec<File>,
    /// The lines of the command that is read.
    lines: (usize, usize),
    pub(super) functions: BTreeMap<String, List>,
    status: Status,
    /// Why it is unknown whether this is run.
    doubt: Option<String>,
    /// What is set in doubt.
    doubted: BTreeSet<String>,
    /// What was printed last.
    pub(super) said: String,
    /// Variables that nothing sets and the last command asked for.
    unset: RefCell<BTreeSet<String>>,
    depth: usize,
    commands: usize,
}

impl Config {
    /// Reads a configuration; messages call it `name`.
    pub fn read(name: &str, text: &str, around: &dyn Surroundings) -> Self {
        let config = Self {
            facts: around.facts().clone(),
            variables: BTreeMap::new(),
            files: BTreeMap::new(),
            file_words: Vec::new(),
            ended: None,
            lost: None,
            problems: Vec::new(),
        };
        Reader::new(config, around).whole(name, text)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(config: Config, around: &'a dyn Surroundings) -> Self {
        Self {
            config,
            around,
            files: Vec::new(),
            lines: (1, 1),
            functions: BTreeMap::new(),
            status: Ok(true),
            doubt: None,
            doubted: BTreeSet::new(),
            said: String::new(),
            unset: RefCell::default(),
            depth: 0,
            commands: 0,
        }
    }

    /// Reads a whole configuration.
    pub(super) fn whole(mut self, name: &str, text: &str) -> Config {
        self.file(name, text);
        self.config
    }

    fn file(&mut self, name: &str, text: &str) {
        let lines = text.lines().map(Into::into).collect();
        self.files.push(File { name: name.into(), lines });
        let Script { list, broken } = shell::parse(text);
        self.list(&list);
        if let Some((line, reason)) = broken.filter(|_| self.config.ended.is_none()) {
            self.lines = (line, line);
            self.config.lost.get_or_insert(format!("{}: {reason}", self.at()));
            self.tell(ProblemKind::NotUnderstood, &format!("{reason}; the shell stops here, too"));
        }
        self.files.pop();
    }

    /// Reads another configuration that this one names.
    pub(super) fn follow(&mut self, name: &str) -> Status {
        let found = match self.files.len() {
            DEEPEST_FILE => Err("there are too many files in each other".into()),
            _ => self.around.config(name),
        };
        match found {
            Ok((shown, text)) => {
                let lines = self.lines;
                self.file(&shown, &text);
                self.lines = lines;
                self.status.clone()
            }
            Err(reason) => {
                self.config.lost.get_or_insert(format!("{}: {reason}", self.at()));
                self.tell(ProblemKind::NotUnderstood, &format!("{reason}; it may set any variable"));
                Ok(false)
            }
        }
    }

    /// The file and the line of what is read.
    pub(super) fn at(&self) -> String {
        let name = self.files.last().map_or("", |file| &file.name);
        match self.lines {
            (first, last) if first == last => format!("{name}:{first}"),
            (first, last) => format!("{name}:{first}-{last}"),
        }
    }

    /// Reports something about what is read; in doubt it reports only the doubt.
    pub(super) fn tell(&mut self, kind: ProblemKind, reason: &str) {
        if self.doubt.is_some() {
            return;
        }
        let line = self.files.last().and_then(|file| file.lines.get(self.lines.0 - 1));
        let text = line.map(|line| line.trim().to_string()).unwrap_or_default();
        self.config.problems.push(Problem { kind, at: self.at(), text, reason: reason.into() });
    }

    pub(super) fn set(&mut self, name: &str, value: Result<String, Reason>) {
        let root = self.doubt.clone();
        if root.is_some() {
            self.doubted.insert(name.into());
        }
        let at = self.at();
        if let (Err(reason), None) = (&value, &root) {
            self.tell(ProblemKind::NotUnderstood, &reason.to_string());
        }
        let value = root.map_or_else(|| value.map_err(|reason| reason.root(&at)), Err);
        self.config.variables.insert(name.into(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        match self.doubt {
            Some(_) => self.set(name, Ok(String::new())),
            None => drop(self.config.variables.remove(name)),
        }
    }

    /// Takes note of a file that the shell would write.
    pub(super) fn write(&mut self, word: &str, name: String, text: Result<String, Reason>) {
        let text = match &self.doubt {
            Some(doubt) => Err(Reason::from(doubt.clone())),
            None => text,
        };
        self.config.file_words.push(word.into());
        self.config.files.insert(name, text);
    }

    /// The configuration ends here.
    pub(super) fn end(&mut self, said: &str) {
        let says = if said.is_empty() { String::new() } else { format!(": {said}") };
        let text = match &self.doubt {
            Some(doubt) => format!("{}: the configuration may end: {}", self.at(), without_place(doubt)),
            None => format!("{}: the configuration ends{says}", self.at()),
        };
        self.config.ended.get_or_insert(text);
    }

    pub(super) fn list(&mut self, list: &List) {
        self.depth += 1;
        for entry in list {
            if self.config.ended.is_some() && self.doubt.is_none() {
                break;
            }
            self.commands += 1;
            if self.depth > DEEPEST || self.commands > MOST {
                let at = self.at();
                self.config.lost.get_or_insert(format!("{at}: it has too many commands"));
                self.config.ended.get_or_insert(format!("{at}: it has too many commands, and is not read to its end"));
                break;
            }
            self.entry(entry);
        }
        self.depth -= 1;
    }

    fn entry(&mut self, entry: &Entry) {
        let outer = self.lines;
        self.lines = entry.lines;
        let told = self.config.problems.len();
        let mut status = self.pipeline(&entry.first);
        if status.is_err() && !entry.rest.is_empty() {
            // The report of the doubt has it.
            self.config.problems.truncate(told);
        }
        for (joint, pipeline) in &entry.rest {
            self.lines = entry.lines;
            status = match (&status, joint) {
                (Ok(true), Joint::And) | (Ok(false), Joint::Or) => self.pipeline(pipeline),
                (Ok(_), _) => continue,
                (Err(reason), _) => {
                    let reason = reason.clone();
                    self.in_doubt(&not_known(&reason), |reader| drop(reader.pipeline(pipeline)));
                    Err(reason)
                }
            };
        }
        self.status = if entry.background { Ok(true) } else { status };
        self.lines = entry.lines;
        for name in self.unset.take() {
            self.tell(ProblemKind::NotSet, &format!("`{name}` is not set: it is empty, as in the shell"));
        }
        self.lines = outer;
    }

    /// Does what may or may not be done: nothing that it sets is known.
    pub(super) fn in_doubt(&mut self, reason: &str, body: impl FnOnce(&mut Self)) {
        let outer = self.doubt.clone();
        let doubted = std::mem::take(&mut self.doubted);
        let lines = self.lines;
        self.doubt.get_or_insert(format!("{}: {reason}", self.at()));
        body(self);
        self.doubt = outer;
        self.lines = lines;
        let names: Vec<&str> = self.doubted.iter().map(String::as_str).collect();
        let sets = if names.is_empty() { String::new() } else { format!("; it may set {}", names.join(", ")) };
        self.tell(ProblemKind::NotUnderstood, &format!("{reason}{sets}"));
        self.doubted.extend(doubted);
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Status {
        let status = match pipeline.commands.as_slice() {
            [command] => self.command(command),
            _ => {
                self.tell(ProblemKind::NotDone, "commands are not executed");
                Err("a pipeline is not executed".into())
            }
        };
        status.map(|status| status != pipeline.negated)
    }

    fn command(&mut self, command: &Command) -> Status {
        match command {
            Command::Simple(simple) => return self.simple(simple),
            Command::Test(words) => return self.test(words),
            Command::If { branches, otherwise } => self.branches(branches, otherwise),
            Command::Case { word, arms } => self.case(word, arms),
            Command::Loop { variable, body } => self.in_doubt("loops are not followed", |reader| {
                variable.iter().for_each(|name| reader.set(name, Ok(String::new())));
                reader.list(body);
            }),
            Command::Function { name, body } => {
                self.tell(ProblemKind::NotDone, "functions for MMTests to call are not run");
                self.functions.insert(name.clone(), body.clone());
            }
            Command::Group(body) => self.list(body),
        }
        self.status.clone()
    }

    fn branches(&mut self, branches: &[(List, List)], otherwise: &List) {
        let Some(((condition, body), rest)) = branches.split_first() else {
            self.status = Ok(true);
            return self.list(otherwise);
        };
        let lines = self.lines;
        let told = self.config.problems.len();
        self.list(condition);
        self.lines = lines;
        match self.status.clone() {
            Ok(true) => self.list(body),
            Ok(false) => self.branches(rest, otherwise),
            Err(reason) => {
                // The report of the doubt has the parts of the condition.
                self.config.problems.truncate(told);
                self.in_doubt(&not_known(&reason), |reader| {
                    let later = rest.iter().flat_map(|(condition, body)| [condition, body]);
                    std::iter::once(body).chain(later).chain([otherwise]).for_each(|list| reader.list(list));
                });
            }
        }
    }

    fn case(&mut self, word: &str, arms: &[(Vec<String>, List)]) {
        let fits = |value: &str, patterns: &[String]| -> Status {
            for pattern in patterns {
                if condition::glob(value, &expand::word(pattern, self)?)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let chosen = expand::word(word, self).and_then(|value| {
            for (patterns, body) in arms {
                if fits(&value, patterns)? {
                    return Ok(Some(body));
                }
            }
            Ok(None)
        });
        match chosen {
            Ok(body) => body.into_iter().for_each(|body| self.list(body)),
            Err(reason) => {
                self.in_doubt(&not_known(&reason), |reader| arms.iter().for_each(|(_, body)| reader.list(body)))
            }
        }
    }

    fn test(&mut self, words: &[String]) -> Status {
        let words: Result<Vec<String>, Reason> = words.iter().map(|word| expand::word(word, self)).collect();
        condition::double(&words?, &|path| Ok(self.around.exists(path)))
    }
}

fn not_known(reason: &Reason) -> String {
    format!("the condition is unknown: {reason}")
}

/// A reason without the file and the line before it.
fn without_place(doubt: &str) -> &str {
    doubt.split_once(": ").map_or(doubt, |(_, reason)| reason)
}

impl Names for Reader<'_> {
    fn variable(&self, name: &str) -> Result<String, Reason> {
        match name {
            "?" => return self.status.clone().map(|good| if good { "0" } else { "1" }.into()),
            "#" | "*" | "@" | "!" | "-" => return Err(format!("`${name}` is not understood").into()),
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(format!("`${name}` is not understood").into());
            }
            _ => {}
        }
        if self.config.unknown(name).is_some() || self.config.variables.contains_key(name) {
            return self.config.variable(name);
        }
        self.config.facts.variable(name).unwrap_or_else(|| {
            self.unset.borrow_mut().insert(name.into());
            Ok(String::new())
        })
    }

    fn is_set(&self, name: &str) -> Result<bool, Reason> {
        if self.config.unknown(name).is_none() && self.config.facts.variable(name).is_none() {
            return Ok(self.config.value(name).is_some_and(|value| !value.is_empty()));
        }
        Ok(!self.variable(name)?.is_empty())
    }

    fn printed(&self, command: &str) -> Result<String, Reason> {
        self.output(command)
    }
}
