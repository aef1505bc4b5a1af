//! Parameters: what a user may set, and what values are right.

use std::{collections::HashSet, fmt};

/// One parameter of a benchmark.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, as LAVA passes it on: `MAX_PRIME`.
    pub name: String,
    /// What it is, for `show`.
    pub description: String,
    /// What values are right.
    pub kind: Kind,
    /// Whether it takes several values, separated by blanks or commas.
    pub list: bool,
    /// The value when the user sets none.
    pub default: String,
}

/// What values are right.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Whole numbers; the word `nproc` stands for the number of CPUs that may be used.
    Integer {
        /// The lowest.
        minimum: i64,
        /// The highest.
        maximum: i64,
    },
    /// Decimal numbers.
    Number {
        /// The lowest.
        minimum: f64,
        /// The highest.
        maximum: f64,
    },
    /// Any text.
    Text,
    /// One of these.
    Choice(Vec<Choice>),
}

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The parameter's value.
    pub name: String,
    /// The words that it is in a command; without them, its name.
    pub words: Option<Vec<String>>,
}

/// A value that a parameter does not take.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("parameter `{name}`: `{value}` is not {wanted}")]
pub struct ParameterError {
    name: String,
    value: String,
    wanted: String,
}

impl ParameterError {
    /// The same for a reader who sees the parameter's name.
    pub(super) fn why(&self) -> String {
        format!("`{}` is not {}", self.value, self.wanted)
    }
}

impl Parameter {
    /// The values that `text` gives: one, or for a list each once, in order; `nproc` is replaced by `cpus`.
    ///
    /// # Errors
    /// The first value that is not right.
    pub fn values(&self, text: &str, cpus: usize) -> Result<Vec<String>, ParameterError> {
        let parts: Vec<&str> = match self.list {
            true => text.split([' ', '\t', '\n', ',']).filter(|part| !part.is_empty()).collect(),
            false => vec![text],
        };
        let error = |value: &str| ParameterError {
            name: self.name.clone(),
            value: value.into(),
            wanted: self.kind.to_string(),
        };
        let (mut values, mut known) = (Vec::new(), HashSet::new());
        for part in parts {
            let value = self.kind.value(part, cpus).ok_or_else(|| error(part))?;
            if known.insert(value.clone()) {
                values.push(value);
            }
        }
        if values.is_empty() { Err(error(text)) } else { Ok(values) }
    }

    /// The words that `value` stands for where it is a whole word of a command.
    pub fn words(&self, value: &str) -> Option<&[String]> {
        let Kind::Choice(choices) = &self.kind else { return None };
        choices.iter().find(|choice| choice.name == value)?.words.as_deref()
    }
}

impl Kind {
    fn value(&self, text: &str, cpus: usize) -> Option<String> {
        match self {
            Self::Integer { .. } if text == "nproc" => self.value(&cpus.to_string(), cpus),
            Self::Integer { minimum, maximum } => {
                let number = text.trim().parse::<i64>().ok()?;
                (*minimum..=*maximum).contains(&number).then(|| number.to_string())
            }
            Self::Number { minimum, maximum } => {
                let number = text.trim().parse::<f64>().ok()?;
                (*minimum..=*maximum).contains(&number).then(|| text.trim().to_string())
            }
            Self::Text => Some(text.into()),
            Self::Choice(choices) => {
                choices.iter().find(|choice| choice.name == text).map(|choice| choice.name.clone())
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { minimum, maximum } => write!(f, "a whole number from {minimum} to {maximum}"),
            Self::Number { minimum, maximum } => write!(f, "a number from {minimum} to {maximum}"),
            Self::Text => f.write_str("a text"),
            Self::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
                write!(f, "one of {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads() -> Parameter {
        Parameter {
            name: "THREADS".into(),
            description: String::new(),
            kind: Kind::Integer { minimum: 1, maximum: 64 },
            list: true,
            default: "1".into(),
        }
    }

    #[test]
    fn takes_lists_and_nproc_and_each_value_once() {
        assert_eq!(threads().values("1, 2 nproc", 2), Ok(vec!["1".into(), "2".into()]));
        assert_eq!(threads().values("1 nproc", 8), Ok(vec!["1".into(), "8".into()]));
    }

    #[test]
    fn says_what_is_wanted() {
        for (text, shown) in [("0", "0"), ("65", "65"), ("x", "x"), ("", ""), ("1 -1", "-1"), ("1.5", "1.5")] {
            let error = threads().values(text, 1).unwrap_err().to_string();
            assert_eq!(error, format!("parameter `THREADS`: `{shown}` is not a whole number from 1 to 64"));
        }
    }
}
