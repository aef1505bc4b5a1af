//! What is wrong with a definition, and where.

use crate::text::{nearest, yaml::YamlError};
use std::fmt;

/// The most characters that are shown of a line: a screen of 80 columns does not break it, so that the mark below it stands
/// where it belongs.
const MAX_SHOWN: usize = 71;

/// The most characters of what the YAML reader says.
const MAX_SAID: usize = 300;

/// The most names that a hint lists.
const MAX_NAMED: usize = 12;

/// How far from where the reader names a mistake its text is looked for, in lines.
const MAX_LINES: usize = 20;

/// A definition's error: file, line, field, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The file, or the embedded definition's name.
    pub file: String,
    /// Where in it, if that is known.
    pub place: Option<Box<Place>>,
    /// What is wrong; the field first.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A place in a definition's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, where it is known.
    pub column: Option<usize>,
    /// The line's text.
    pub text: String,
}

impl DefinitionError {
    /// An error of the YAML reader.
    pub(super) fn yaml(file: &str, text: &str, error: &YamlError) -> Self {
        let YamlError::Form(error) = error else { return Self::whole(file, error.to_string()) };
        let said = error.to_string();
        let place = error.location().map(|at| {
            let line = doubled(text, &said, at.line(), at.column()).unwrap_or_else(|| nearer(text, &said, at.line()));
            place(text, line, Some(at.column()).filter(|_| line == at.line()))
        });
        let is_indentation = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
        if place.as_ref().is_some_and(|place| is_indentation(&place.text)) {
            let hint = Some("write blanks".into());
            return Self {
                file: file.into(),
                place,
                message: "a tab in the indentation, where YAML takes blanks alone".into(),
                hint,
            };
        }
        // The location is printed in front; the reader repeats it behind.
        let message = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        if let Some((message, list)) = lone_text(message) {
            return Self { file: file.into(), place, message, hint: Some(format!("write `{list}`")) };
        }
        let message = without_middle(message, MAX_SAID);
        let error = Self { file: file.into(), place, message, hint: None };
        error.shortened()
    }

    /// An error of the checks; `near` is a text on the line that it is about.
    pub(super) fn at(file: &str, text: &str, near: &str, message: String) -> Self {
        // The same word may stand elsewhere: what a message says of a part of the file is looked for there.
        let part = message.split(['.', ':', ' ']).next().unwrap_or_default();
        let is_part = |line: &str| line.strip_prefix(part).is_some_and(|rest| rest.starts_with(':'));
        let from = text.lines().position(is_part).unwrap_or(0);
        let behind = |from: usize| {
            let found = text.lines().skip(from).position(|line| line.contains(near)).filter(|_| !near.is_empty());
            found.map(|at| place(text, from + at + 1, None))
        };
        let place = behind(from).or_else(|| behind(0));
        Self { file: file.into(), place, message, hint: None }
    }

    /// An error about the one of the list (or map) `key` that is called `name`, and has so many of this name before it.
    pub(super) fn in_list(file: &str, text: &str, (key, name): (&str, &str), before: usize, message: String) -> Self {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let from = text.lines().position(|line| line == "benchmark:").unwrap_or(0);
        let is_key = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        let Some(at) = text.lines().skip(from).position(is_key).map(|at| from + at) else {
            return Self::at(file, text, name, message);
        };
        let head = text.lines().nth(at).unwrap_or_default();
        let is_inside =
            |line: &&str| line.trim().is_empty() || indent(line) > indent(head) || line.trim_start().starts_with("- ");
        let inside = text.lines().skip(at + 1).take_while(is_inside).enumerate();
        let whole = |line: &str| line.split(|c: char| !is_of_a_name(c)).any(|word| word == name);
        let item = inside.filter(|(_, line)| whole(line)).nth(before).map_or(at, |(below, _)| at + 1 + below);
        Self { file: file.into(), place: Some(place(text, item + 1, None)), message, hint: None }
    }

    /// An error of a file as a whole.
    pub(super) fn whole(file: impl ToString, message: impl Into<String>) -> Self {
        Self { file: file.to_string(), place: None, message: message.into(), hint: None }
    }

    /// The same with the one of `known` as a hint that is most like `name`; else all of them.
    pub(super) fn meant<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let hint = match (nearest(name, known.iter().copied()), known.len()) {
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, 1) => Some(format!("there is `{}`", known[0])),
            (None, 2..=MAX_NAMED) => Some(format!("there are `{}`", known.join("`, `"))),
            (None, _) => None,
        };
        self.hint(hint)
    }

    /// The same with the key that was meant, instead of all that there are.
    fn shortened(self) -> Self {
        let Some((what, known)) = self.message.split_once(", expected one of ") else { return self };
        let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let (name, known) = (quoted(what).pop().unwrap_or_default(), quoted(known));
        match nearest(&name, known.iter().map(String::as_str)) {
            Some(near) => {
                let hint = Some(format!("did you mean `{near}`?"));
                Self { message: what.into(), ..self.clone() }.hint(hint)
            }
            None => self,
        }
    }

    /// The same with a hint.
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// What to say of a text that stands where a list belongs, and the list that was meant.
fn lone_text(message: &str) -> Option<(String, String)> {
    let (field, rest) = message.split_once(": invalid type: string ")?;
    let text: String = serde_json::from_str(rest.strip_suffix(", expected a sequence")?).ok()?;
    let name = field.rsplit('.').next().unwrap_or(field);
    let (name, is_item) = name.split_once('[').map_or((name, false), |(name, _)| (name, true));
    let list = match name {
        "prepare" | "cleanup" if !is_item => format!("[{}]", words(&text)),
        "command" | "prepare" | "cleanup" => words(&text),
        _ => format!("[{}]", quoted(&text)),
    };
    Some((format!("{field}: a text, where a list belongs"), without_middle(&list, MAX_SAID)))
}

/// The list of words that a command line is; what only a shell understands is left to a shell.
fn words(line: &str) -> String {
    if line.contains(|c| "|&;<>()$`\\\"'*?~#".contains(c)) {
        return format!("[sh, -c, {}]", quoted(line));
    }
    format!("[{}]", line.split_whitespace().map(quoted).collect::<Vec<_>>().join(", "))
}

/// A text in a list of YAML.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./-+".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || "/-".contains(c)) && text.chars().all(plain);
    if is_word { text.into() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// `text` in at most `most` characters: a reader may quote a whole file, and says at the end what it expects.
fn without_middle(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.into();
    }
    let head: String = text.chars().take(most / 2).collect();
    let tail: String = text.chars().skip(count - most / 2).collect();
    format!("{head} ... {tail}")
}

/// The part of a line that is shown, and where `column` (from 1) is in it.
fn window(line: &str, column: Option<usize>) -> (String, Option<usize>) {
    const DOTS: &str = "...";
    let count = line.chars().count();
    if count <= MAX_SHOWN {
        return (line.into(), column.filter(|column| *column <= MAX_SHOWN));
    }
    // Half of what is shown stands before the mark, so that it is seen what it is about.
    let start = column.map_or(0, |column| column.saturating_sub(MAX_SHOWN / 2)).min(count - MAX_SHOWN);
    let shown: String = line.chars().skip(start).take(MAX_SHOWN).collect();
    let first = if start > 0 { DOTS.len() } else { 0 };
    let last = if start + MAX_SHOWN < count { DOTS.len() } else { 0 };
    let middle: String = shown.chars().skip(first).take(MAX_SHOWN - first - last).collect();
    let column = column.map(|column| column.saturating_sub(start)).filter(|column| (1..=MAX_SHOWN).contains(column));
    (format!("{}{middle}{}", &DOTS[..first], &DOTS[..last]), column)
}

/// The line of the second key that `said` says stands twice in the map that begins at `line` and `column`, both from 1: the
/// reader names the beginning of the map.
fn doubled(text: &str, said: &str, line: usize, column: usize) -> Option<usize> {
    let what = said.split_once("duplicate field `").or_else(|| said.split_once("key `"))?;
    let (key, _) = what.1.split_once('`').filter(|_| said.contains("duplicate") || said.contains("stands twice"))?;
    let indent = column.checked_sub(1)?;
    let is_it = |line: &str| {
        line.split_at_checked(indent).is_some_and(|(before, rest)| {
            before.trim().is_empty() && rest.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
        })
    };
    let inside = text.lines().enumerate().skip(line.checked_sub(1)?);
    let mut keys = inside.filter(|(_, line)| is_it(line)).map(|(at, _)| at + 1);
    keys.nth(1)
}

/// The line of what `said` is about: the first from `line` on that has the text which it quotes first. The reader names the
/// beginning of the map where the value of one of its keys is wrong.
fn nearer(text: &str, said: &str, line: usize) -> usize {
    let Some(quoted) = said.split('`').nth(1).filter(|quoted| !quoted.is_empty()) else { return line };
    let from = text.lines().skip(line.saturating_sub(1));
    from.take(MAX_LINES).position(|line| line.contains(quoted)).map_or(line, |below| line.saturating_add(below))
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn place(text: &str, line: usize, column: Option<usize>) -> Box<Place> {
    let text = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_string();
    Box::new(Place { line, column, text })
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(place) = &self.place {
            write!(f, ":{}", place.line)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(place) = &self.place {
            let (shown, column) = window(&place.text, place.column);
            write!(f, "\n  {:>4} | {shown}", place.line)?;
            if let Some(column) = column {
                write!(f, "\n       | {:>column$}", "^")?;
            }
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for DefinitionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_below_its_column_on_a_screen_of_80() {
        let line = format!("{}regexp: x{}", "a".repeat(90), "b".repeat(90));
        for (column, shows) in [(Some(91), "regexp"), (Some(1), "aaa"), (Some(line.len()), "b"), (None, "aaa")] {
            let place = Some(Box::new(Place { line: 31, column, text: line.clone() }));
            let error = DefinitionError { file: "f".into(), place, message: "m".into(), hint: None }.to_string();
            assert!(error.lines().all(|line| line.chars().count() <= 80), "{error}");
            let lines: Vec<&str> = error.lines().collect();
            match column {
                Some(_) => assert!(lines[1][lines[2].find('^').unwrap()..].starts_with(shows), "{error}"),
                None => assert!(lines[1].contains(shows) && lines.len() == 2, "{error}"),
            }
        }
    }

    #[test]
    fn the_list_that_was_meant_is_shown() {
        for (field, text, list) in [
            ("benchmark.command", "echo hello {N}", "[echo, hello, '{N}']"),
            ("benchmark.commands[1].command", "fio -n 5", "[fio, -n, '5']"),
            ("benchmark.command", "a | b", "[sh, -c, 'a | b']"),
            ("benchmark.command", "echo 'x'", "[sh, -c, 'echo ''x''']"),
            ("benchmark.prepare", "mkdir x", "[[mkdir, x]]"),
            ("benchmark.prepare[0]", "mkdir x", "[mkdir, x]"),
            ("run.steps", "lava-bench run x", "['lava-bench run x']"),
        ] {
            let said = format!("{field}: invalid type: string {text:?}, expected a sequence");
            let expected = (format!("{field}: a text, where a list belongs"), list.to_string());
            assert_eq!(lone_text(&said), Some(expected), "{said}");
        }
        assert_eq!(lone_text("benchmark.command: invalid type: integer `5`, expected a sequence"), None);
    }

    #[test]
    fn what_a_reader_quotes_is_not_shown_whole() {
        let text = "root:x:0:0\n".repeat(100);
        let error = crate::text::yaml::read::<crate::definition::wire::File>(&text).unwrap_err();
        let error = DefinitionError::yaml("passwd", &text, &error).to_string();
        assert!(error.len() < 450 && error.contains("expected a map with the keys metadata"), "{error}");
    }

    #[test]
    fn a_hint_names_what_there_is() {
        let hint = |known: &[&str]| DefinitionError::whole("f", "m").meant("points", known.iter().copied()).hint;
        assert_eq!(hint(&["point"]).as_deref(), Some("did you mean `point`?"));
        assert_eq!(hint(&["score"]).as_deref(), Some("there is `score`"));
        assert_eq!(hint(&["score", "time"]).as_deref(), Some("there are `score`, `time`"));
        assert_eq!(hint(&[]), None);
    }
}
