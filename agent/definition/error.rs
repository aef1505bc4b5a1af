//! What is wrong with a definition, and where.

use crate::text::yaml::YamlError;
use std::fmt;

/// The most characters that are shown of a line.
const MAX_SHOWN: usize = 300;

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
        let place = error.location().map(|at| place(text, at.line(), Some(at.column())));
        let message = error.to_string();
        // The location is printed in front; the reader repeats it behind.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what).to_string();
        Self { file: file.into(), place, message, hint: None }
    }

    /// An error of the checks; `near` is a text on the line that it is about.
    pub(super) fn at(file: &str, text: &str, near: &str, message: String) -> Self {
        // The same word may stand in the description: what is about `benchmark` is looked for there.
        let part =
            if message.starts_with("benchmark") { text.lines().position(|line| line == "benchmark:") } else { None };
        let from = part.unwrap_or(0);
        let found = text.lines().skip(from).position(|line| line.contains(near)).filter(|_| !near.is_empty());
        let place = found.map(|at| place(text, from + at + 1, None));
        Self { file: file.into(), place, message, hint: None }
    }

    /// An error of a file as a whole.
    pub(super) fn whole(file: impl ToString, message: impl Into<String>) -> Self {
        Self { file: file.to_string(), place: None, message: message.into(), hint: None }
    }

    /// The same with a hint.
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
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
            let shown: String = place.text.chars().take(MAX_SHOWN).collect();
            write!(f, "\n  {:>4} | {shown}", place.line)?;
            // The formatter's widths end at 65,535, and a mark far off shows nothing.
            if let Some(column) = place.column.filter(|column| *column <= MAX_SHOWN) {
                write!(f, "\n       | {:>column$}", "^")?;
            }
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for DefinitionError {}
