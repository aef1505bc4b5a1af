//! What is wrong with a definition, and where.

use std::fmt;

/// A definition's error: file, line, field, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The file, or the embedded definition's name.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The column, from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong; the field first.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The line's text.
    pub excerpt: Option<String>,
}

impl DefinitionError {
    /// An error of the YAML reader.
    pub(super) fn yaml(file: &str, text: &str, error: &serde_yaml::Error) -> Self {
        let (line, column) = error.location().map_or((None, None), |at| (Some(at.line()), Some(at.column())));
        let message = error.to_string();
        // The location is printed in front; the reader repeats it behind.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what).to_string();
        Self { file: file.into(), line, column, message, hint: None, excerpt: excerpt(text, line) }
    }

    /// An error of the checks; `near` is a text on the line that it is about.
    pub(super) fn at(file: &str, text: &str, near: &str, message: String) -> Self {
        // The same word may stand in the description: what is about `benchmark` is looked for there.
        let part = if message.starts_with("benchmark") { text.lines().position(|line| line == "benchmark:") } else { None };
        let from = part.unwrap_or(0);
        let found = text.lines().skip(from).position(|line| line.contains(near)).map(|at| at + from);
        let line = found.filter(|_| !near.is_empty()).map(|at| at + 1);
        Self { file: file.into(), line, column: None, message, hint: None, excerpt: excerpt(text, line) }
    }

    /// The same with a hint.
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

fn excerpt(text: &str, line: Option<usize>) -> Option<String> {
    text.lines().nth(line?.checked_sub(1)?).map(str::to_string)
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let (Some(line), Some(excerpt)) = (self.line, &self.excerpt) {
            write!(f, "\n  {line:>4} | {excerpt}")?;
            if let Some(column) = self.column {
                write!(f, "\n       | {:>column$}", "^")?;
            }
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for DefinitionError {}
