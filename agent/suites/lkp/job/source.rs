//! A file with what it includes -> lines that know where they come from, and documents of YAML.

use super::{
    error::{JobError, Place, Reason, Wrong},
    node::{Map, Node},
};
use crate::text::yaml;
use std::rc::Rc;

/// How deep files include files, and how many lines all of them may have.
const DEEPEST: usize = 8;
const MOST_LINES: usize = 100_000;

/// A file's name and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// The name, as errors show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Where the files are that a job includes.
pub trait Files {
    /// The file that `<<: name` in the file `from` is.
    ///
    /// # Errors
    /// Why there is none.
    fn include(&self, from: &str, name: &str) -> Result<File, Reason>;
}

/// One line, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) file: Rc<str>,
    pub(super) number: usize,
}

impl Line {
    pub(super) fn place(&self) -> Place {
        Place { file: self.file.to_string(), line: self.number }
    }

    pub(super) fn wrong(&self, why: Wrong) -> JobError {
        JobError { place: self.place(), why }
    }
}

/// The lines of a file, with those of the files that it includes.
pub(super) fn lines(file: &File, files: &dyn Files) -> Result<Vec<Line>, JobError> {
    let mut reader = Reader { files, open: vec![file.name.clone()], lines: Vec::new() };
    reader.read(&file.text, &file.name.as_str().into(), "")?;
    Ok(reader.lines)
}

struct Reader<'a> {
    files: &'a dyn Files,
    open: Vec<String>,
    lines: Vec<Line>,
}

impl Reader<'_> {
    fn read(&mut self, text: &str, name: &Rc<str>, indent: &str) -> Result<(), JobError> {
        for (text, number) in text.lines().zip(1..) {
            let line = Line { text: format!("{indent}{text}"), file: name.clone(), number };
            if self.lines.len() >= MOST_LINES {
                return Err(line.wrong(Wrong::Large("100,000 lines")));
            }
            match included(&line.text) {
                Some((before, content)) => {
                    let (before, content) = (before.to_string(), content.to_string());
                    self.include(line, &before, &content)?;
                }
                None => self.lines.push(line),
            }
        }
        Ok(())
    }

    fn include(&mut self, line: Line, before: &str, content: &str) -> Result<(), JobError> {
        let include = Include::read(content).map_err(|why| line.wrong(why))?;
        let from = self.open.last().cloned().unwrap_or_default();
        let missing = |why| line.wrong(Wrong::Include { name: include.file.clone(), why });
        let file = self.files.include(&from, &include.file).map_err(missing)?;
        if self.open.contains(&file.name) {
            return Err(line.wrong(Wrong::Cycle(include.file)));
        }
        if self.open.len() > DEEPEST {
            return Err(line.wrong(Wrong::Large("8 levels")));
        }
        let indent: String = before.chars().map(|_| ' ').collect();
        if !before.trim().is_empty() {
            self.lines.push(Line { text: before.trim_end().into(), ..line });
        }
        self.open.push(file.name.clone());
        self.read(&include.changed(&file.text), &file.name.as_str().into(), &indent)?;
        self.open.pop();
        Ok(())
    }
}

/// What was asked for in a job that lkp saved: a comment names where the lines below it came from, and those that lkp added
/// come from no job.
pub(super) fn asked(lines: Vec<Line>) -> Vec<Line> {
    fn origin(line: &Line) -> Option<&str> {
        let text = line.text.strip_prefix(':').unwrap_or(&line.text);
        text.strip_prefix("#! ").map(|origin| origin.trim_end().trim_end_matches(':'))
    }
    if !lines.iter().any(|line| origin(line).is_some()) {
        return lines;
    }
    let mut asked = true;
    let mut keep = |line: &Line| {
        if let Some(origin) = origin(line) {
            asked = origin.ends_with(".yaml");
        }
        asked
    };
    lines.into_iter().filter(|line| keep(line)).collect()
}

/// What stands before `<<:` in a line, and what it includes. `<<: *a` is YAML's own.
fn included(line: &str) -> Option<(&str, &str)> {
    let (before, behind) = line.split_once("<<")?;
    let content = behind.trim_start_matches(' ').strip_prefix(':')?;
    let trimmed = content.trim_start_matches(' ');
    let is_file = trimmed.len() < content.len() && !trimmed.is_empty() && !trimmed.starts_with(['*', '[']);
    (is_file && !before.trim_start().starts_with('#')).then_some((before, trimmed))
}

/// `<<: NAME` or `<<: {file: NAME, key: value, ignore: [key]}`.
struct Include {
    file: String,
    ignored: Vec<String>,
    set: Vec<(String, Node)>,
}

impl Include {
    fn read(content: &str) -> Result<Self, Wrong> {
        let plain = content.trim();
        if !plain.starts_with('{') {
            let bare = plain.split_once(" #").map_or(plain, |(name, _)| name).trim();
            let quoted = |quote| bare.strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
            let file = quoted('\'').or_else(|| quoted('"')).unwrap_or(bare).to_string();
            return Ok(Self { file, ignored: Vec::new(), set: Vec::new() });
        }
        let node: Node = yaml::read(plain).map_err(|error| Wrong::Yaml(error.to_string()))?;
        let map = node.map().cloned().unwrap_or_default();
        let Some(file) = map.get("file").and_then(Node::text) else {
            return Err(Wrong::Include { name: plain.into(), why: Reason::from("it has no `file`") });
        };
        let ignored = map.get("ignore").map(Node::values).unwrap_or_default();
        let set = map.iter().filter(|(key, _)| !matches!(*key, "file" | "ignore"));
        Ok(Self {
            file: file.into(),
            ignored: ignored.iter().map(ToString::to_string).collect(),
            set: set.map(|(key, node)| (key.to_string(), node.clone())).collect(),
        })
    }

    /// A file's text with the lines that are left out, and with each key set in each document.
    fn changed(&self, text: &str) -> String {
        if self.ignored.is_empty() && self.set.is_empty() {
            return text.into();
        }
        let is_ignored = |line: &&str| !self.ignored.iter().any(|key| key_of(line) == Some(key.as_str()));
        let mut documents = vec![Vec::new()];
        for line in text.lines().filter(is_ignored) {
            match (is_break(line), documents.last_mut()) {
                (false, Some(document)) => document.push(line.to_string()),
                _ => documents.push(Vec::new()),
            }
        }
        for document in &mut documents {
            if document.iter().any(|line| !line.trim().is_empty()) {
                self.set.iter().for_each(|(key, node)| set(document, key, node));
            }
        }
        documents.iter().map(|document| document.join("\n")).collect::<Vec<_>>().join("\n---\n")
    }
}

/// Sets a key of a document's text: where it stands with a value, or at its end.
fn set(document: &mut Vec<String>, key: &str, node: &Node) {
    let value = serde_json::Value::from(node);
    let has_value = |line: &str| {
        key_of(line) == Some(key) && line.split_once(':').is_some_and(|(_, value)| !value.trim().is_empty())
    };
    let line = format!("{key}: {value}");
    let mut found = false;
    for old in document.iter_mut().filter(|old| has_value(old)) {
        (*old, found) = (line.clone(), true);
    }
    if !found {
        document.push(line);
    }
}

/// The key that a line without an indent sets.
fn key_of(line: &str) -> Option<&str> {
    let key = line.split_once(':')?.0;
    (!key.is_empty() && !key.starts_with([' ', '#', '-'])).then(|| key.trim_end())
}

fn is_break(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// The documents of lines.
pub(super) fn documents(lines: &[Line]) -> impl Iterator<Item = &[Line]> {
    lines.split(|line| is_break(&line.text)).filter(|lines| {
        lines.iter().any(|line| !line.text.trim().is_empty() && !line.text.trim_start().starts_with('#'))
    })
}

/// One document's mapping.
pub(super) fn mapping(lines: &[Line]) -> Result<Map, JobError> {
    match value(lines)? {
        Node::Map(map) => Ok(map),
        _ => {
            let first = lines.iter().find(|line| !line.text.trim().is_empty()).or(lines.first());
            Err(first.map_or_else(
                || JobError { place: Place::default(), why: Wrong::NoMapping },
                |line| line.wrong(Wrong::NoMapping),
            ))
        }
    }
}

/// One document's value.
pub(super) fn value(lines: &[Line]) -> Result<Node, JobError> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&spelled(&line.text));
        text.push('\n');
    }
    yaml::read(&text).map_err(|error| {
        let why = error.to_string();
        let at = error.line().clamp(1, lines.len().max(1)) - 1;
        // What aliases repeat is found when all is read: it is the last of them that is too much.
        let repeats = why.contains("repeat") || why.contains("repetition");
        let last = lines.iter().rfind(|line| repeats && line.text.contains('*'));
        let place = last.or(lines.get(at)).map(Line::place).unwrap_or_default();
        // Its own place is that of the text with all its includes.
        let why = why.split(" at line ").next().unwrap_or(&why).to_string();
        JobError { place, why: Wrong::Yaml(why) }
    })
}

/// A line as YAML 1.2 has it: lkp's reader takes `yes` for a condition, as YAML 1.1 does.
fn spelled(line: &str) -> std::borrow::Cow<'_, str> {
    let at = match (line.rfind(": "), line.rfind("- ")) {
        (Some(colon), Some(dash)) => colon.max(dash),
        (Some(at), None) | (None, Some(at)) => at,
        (None, None) => return line.into(),
    };
    let word = match line[at + 2..].trim() {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => "true",
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => "false",
        _ => return line.into(),
    };
    format!("{}{word}", &line[..at + 2]).into()
}

/// The line of a key, for an error: the first one that sets it.
pub(super) fn place_of(lines: &[Line], key: &str) -> Place {
    let sets = |line: &&Line| line.text.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    lines.iter().find(sets).or(lines.first()).map(Line::place).unwrap_or_default()
}
