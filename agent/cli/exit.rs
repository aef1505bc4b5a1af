//! Exit codes and the errors behind them.

use super::absent;
use crate::emit::Unsent;
use std::{io, path::Path, process::ExitCode};

/// How the program ends. The one place where exit codes are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Done.
    Done = 0,
    /// A case failed, or a comparison found what was asked for.
    Failed = 1,
    /// Wrong arguments, definition or input, or sides that do not compare.
    Invalid = 2,
    /// Nothing was selected, or everything was skipped.
    Nothing = 3,
    /// Results are incomplete.
    Incomplete = 4,
    /// The program itself failed.
    Agent = 5,
    /// The next case needs a new boot.
    Reboot = 6,
    /// `bisect step`: the commit cannot be judged.
    Skip = 125,
    /// `bisect step`: it failed, and `git bisect run` ends.
    Abort = 128,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// An error and the exit code that it means; without a text where it was told already, or where nobody reads it.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    error: Option<anyhow::Error>,
}

impl Failure {
    /// Wrong arguments, definition or input.
    pub fn input(error: impl Into<anyhow::Error>) -> Self {
        Self { code: Code::Invalid, error: Some(error.into()) }
    }

    /// Nothing has what was asked for.
    pub fn nothing(error: impl Into<anyhow::Error>) -> Self {
        Self { code: Code::Nothing, error: Some(error.into()) }
    }

    /// The program itself failed.
    pub fn agent(error: impl Into<anyhow::Error>) -> Self {
        Self { code: Code::Agent, error: Some(error.into()) }
    }

    /// What a person was told already.
    pub fn told(code: Code) -> Self {
        Self { code, error: None }
    }

    /// Standard output could not be written. Whoever closed it has seen enough.
    pub fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { code: Code::Done, error: None },
            _ => Self::agent(anyhow::Error::new(error).context("standard output")),
        }
    }

    /// Not all could be sent. A signal needs no words.
    pub fn unsent(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Failed(error) => Self::output(error),
            Unsent::Stopped => Self { code: Code::Interrupted, error: None },
            Unsent::Stalled => Self::agent(anyhow::Error::new(unsent).context("standard output")),
        }
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The error of a type that is behind it.
    #[cfg(feature = "host")]
    pub fn cause<E: std::error::Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.error.as_ref()?.downcast_ref()
    }

    /// The text for standard error: the object first, the causes chained, nothing said twice.
    pub fn error(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let text = joined(error.chain().map(ToString::to_string));
        let hint = absent(error).filter(|_| !text.contains("\nhint: "));
        Some(hint.map_or_else(|| text.clone(), |hint| format!("{text}\nhint: {hint}")))
    }
}

/// What to do about a file that is not there: an error of the system has its path as its context.
fn absent(error: &anyhow::Error) -> Option<String> {
    let causes: Vec<_> = error.chain().collect();
    let place = causes.iter().position(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
    })?;
    absent::hint(Path::new(&causes.get(place.checked_sub(1)?)?.to_string()))
}

/// Causes in one text. One that names its object leaves out who repeats it; one that the text before it ends with was said.
fn joined(causes: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in causes {
        match texts.last() {
            Some(last) if last.ends_with(&cause) => continue,
            Some(last) if cause.starts_with(&format!("{last}: ")) => texts.pop(),
            _ => None,
        };
        texts.push(cause);
    }
    texts.join(": ")
}

#[cfg(feature = "host")]
impl From<crate::lab::ServerError> for Failure {
    fn from(error: crate::lab::ServerError) -> Self {
        use crate::lab::ServerError;
        match error {
            ServerError::GaveUp { .. } | ServerError::File { .. } => Self::agent(error),
            _ => Self::input(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn nothing_is_said_twice() {
        let text = |causes: &[&str]| joined(causes.iter().map(|cause| (*cause).to_string()));
        assert_eq!(text(&["fio", "fio: no benchmark in it"]), "fio: no benchmark in it");
        assert_eq!(text(&["a.gz: unexpected EOF", "unexpected EOF"]), "a.gz: unexpected EOF");
        assert_eq!(text(&["a", "b", "c"]), "a: b: c");
        assert_eq!(text(&[]), "");
    }
}
