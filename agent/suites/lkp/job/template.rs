//! Lines with `{{ }}` and ERB -> lines of YAML.
//!
//! Of ERB these are understood: lines that begin with `%` and `<% %>` with `if`, `elsif`, `else`, `unless` and `end`, `<%= %>`
//! with an expression, and comments.

use super::{
    error::{ExpressionError, JobError, Wrong},
    expression::{Names, evaluate},
    node::{Map, Node},
    source::{Line, documents, value},
};
use std::cell::OnceCell;

/// Makes each `{{ }}` that is a value a text of several lines, as it is evaluated later.
pub(super) fn braces(lines: Vec<Line>) -> Vec<Line> {
    if !lines.iter().any(|line| line.text.contains("{{")) {
        return lines;
    }
    let mut written = Vec::with_capacity(lines.len());
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        let Some(at) = value_in_braces(&line.text) else {
            written.push(line);
            continue;
        };
        let (head, first) = line.text.split_at(at);
        let indent = " ".repeat(head.chars().count() + 1);
        let inside = |text: &str, line: &Line| Line { text: format!("{indent}{text}"), ..line.clone() };
        written.push(Line { text: format!("{head}|"), ..line.clone() });
        written.push(inside(first, &line));
        let mut ended = first.contains("}}");
        while !ended {
            let Some(next) = lines.next() else { break };
            ended = next.text.contains("}}");
            written.push(inside(&next.text, &next));
        }
    }
    written
}

/// Where the `{{` begins that is a value.
fn value_in_braces(line: &str) -> Option<usize> {
    let at = line.find("{{")?;
    let before = &line[..at];
    let trimmed = before.trim_end();
    (trimmed.len() < before.len() && trimmed.ends_with([':', '-']) && !trimmed.trim_start().starts_with('#'))
        .then_some(at)
}

/// Whether lines have ERB in them.
pub(super) fn has_erb(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.text.starts_with('%') || line.text.contains("<%"))
}

/// Evaluates ERB. The names are those of `job`, and then those of the file itself.
///
/// # Errors
/// What is not understood, with its line; a name that is not set.
pub(super) fn erb(lines: &[Line], job: &dyn Names) -> Result<Vec<Line>, JobError> {
    let names = WithOwn { job, lines, own: OnceCell::new() };
    let mut writer = Writer { names: &names, branches: Vec::new(), written: Vec::new() };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        match line.text.strip_prefix('%') {
            Some(text) if text.starts_with('%') => writer.write(Line { text: text.into(), ..line.clone() }),
            Some(code) => writer.control(code.trim(), line)?,
            None if line.text.contains("<%") => at = writer.tagged(lines, at - 1)?,
            None => writer.write(line.clone()),
        }
    }
    match (writer.branches.is_empty(), lines.last()) {
        (false, Some(line)) => Err(wrong(line, "% if", ExpressionError::Foreign("`end` is missing".into()))),
        _ => Ok(writer.written),
    }
}

fn wrong(line: &Line, text: &str, why: ExpressionError) -> JobError {
    line.wrong(Wrong::Expression { text: text.into(), why })
}

/// The names of a job, and then those of a file without its ERB.
struct WithOwn<'a> {
    job: &'a dyn Names,
    lines: &'a [Line],
    own: OnceCell<Map>,
}

impl WithOwn<'_> {
    fn own(&self) -> &Map {
        self.own.get_or_init(|| {
            let plain = |line: &&Line| !line.text.starts_with('%') && !line.text.contains("<%");
            let lines: Vec<Line> = self.lines.iter().filter(plain).cloned().collect();
            let first = documents(&lines).next().and_then(|lines| value(lines).ok());
            first.and_then(|node| node.map().cloned()).unwrap_or_default()
        })
    }
}

impl Names for WithOwn<'_> {
    fn get(&self, name: &str) -> Option<Node> {
        self.job.get(name).or_else(|| self.own().get(name).cloned())
    }

    fn job(&self) -> Map {
        let mut job = self.own().clone();
        self.job.job().iter().for_each(|(key, node)| job.set(key, node.clone()));
        job
    }
}

/// One `if`.
struct Branch {
    /// Whether what is around it counts.
    around: bool,
    /// Whether one of its branches was taken.
    done: bool,
    /// Whether its lines count.
    counts: bool,
}

struct Writer<'a> {
    names: &'a dyn Names,
    branches: Vec<Branch>,
    written: Vec<Line>,
}

/// How deep conditions may be nested.
const DEEPEST: usize = 40;

impl Writer<'_> {
    fn counts(&self) -> bool {
        self.branches.last().is_none_or(|branch| branch.counts)
    }

    fn write(&mut self, line: Line) {
        if self.counts() {
            self.written.push(line);
        }
    }

    /// `if`, `elsif`, `else`, `unless`, `end`.
    fn control(&mut self, code: &str, line: &Line) -> Result<(), JobError> {
        let (word, rest) = code.split_once([' ', '\t']).unwrap_or((code, ""));
        let error = |what: &str| wrong(line, code, ExpressionError::Foreign(what.into()));
        let holds = |wanted: bool| {
            let value = evaluate(rest, self.names).map_err(|why| wrong(line, code, why))?;
            Ok::<_, JobError>(value.is_true() == wanted)
        };
        match word {
            "if" | "unless" => {
                let around = self.counts();
                let counts = around && holds(word == "if")?;
                self.branches.push(Branch { around, done: counts, counts });
            }
            "elsif" => {
                let Some(branch) = self.branches.last() else { return Err(error("there is no `if` before it")) };
                let counts = branch.around && !branch.done && holds(true)?;
                self.turn(counts);
            }
            "else" => {
                let Some(branch) = self.branches.last() else { return Err(error("there is no `if` before it")) };
                let counts = branch.around && !branch.done;
                self.turn(counts);
            }
            "end" => {
                self.branches.pop().ok_or_else(|| error("there is no `if` before it"))?;
            }
            "" | "#" => {}
            word if word.starts_with('#') => {}
            _ => return Err(error("a line of ERB may have `if`, `unless`, `elsif`, `else` and `end`")),
        }
        if self.branches.len() > DEEPEST { Err(error("it is nested too deeply")) } else { Ok(()) }
    }

    fn turn(&mut self, counts: bool) {
        if let Some(branch) = self.branches.last_mut() {
            branch.counts = counts;
            branch.done |= counts;
        }
    }

    /// A line with `<% %>`, which may end some lines later. Returns where the next line is.
    fn tagged(&mut self, lines: &[Line], at: usize) -> Result<usize, JobError> {
        let (line, mut next) = (&lines[at], at + 1);
        let (mut text, mut rest) = (String::new(), line.text.clone());
        while let Some(begin) = rest.find("<%") {
            text.push_str(&rest[..begin]);
            let mut code = rest.split_off(begin + 2);
            while !code.contains("%>") {
                let more = lines.get(next);
                let more = more.ok_or_else(|| wrong(line, "<%", ExpressionError::Foreign("`%>` is missing".into())))?;
                code.push('\n');
                code.push_str(&more.text);
                next += 1;
            }
            let (code, behind) = code.split_once("%>").unwrap_or((&code, ""));
            text.push_str(&self.tag(code, line)?);
            rest = behind.to_string();
        }
        text.push_str(&rest);
        for text in text.lines() {
            self.write(Line { text: text.into(), ..line.clone() });
        }
        Ok(next)
    }

    /// What the code of a `<% %>` writes.
    fn tag(&mut self, code: &str, line: &Line) -> Result<String, JobError> {
        let code = code.trim_end_matches('-');
        match code.strip_prefix('=') {
            Some(_) if !self.counts() => Ok(String::new()),
            Some(expression) => {
                let value = evaluate(expression, self.names);
                Ok(value.map_err(|why| wrong(line, code.trim(), why))?.to_string())
            }
            None if code.starts_with('#') => Ok(String::new()),
            None => self.control(code.trim(), line).map(|()| String::new()),
        }
    }
}
