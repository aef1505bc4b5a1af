//! The shell's language, as far as configurations use it: a text -> commands, and where the text is not shell code. What they mean
//! is `config`'s.

mod lexer;
mod parser;

pub(super) use parser::parse;

/// A text that was read.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) list: List,
    /// From where on it cannot be read, from 1, and why. The shell stops there, too.
    pub(super) broken: Option<(usize, SyntaxError)>,
}

/// Why a text is not shell code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct SyntaxError(String);

impl From<&str> for SyntaxError {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for SyntaxError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Commands one after another.
pub(super) type List = Vec<Entry>;

/// Pipelines that `&&` and `||` join.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The lines it is on, from 1.
    pub(super) lines: (usize, usize),
    pub(super) first: Pipeline,
    pub(super) rest: Vec<(Joint, Pipeline)>,
    /// Whether it ends with `&`.
    pub(super) background: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
}

/// Commands that `|` joins.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    pub(super) commands: Vec<Command>,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Simple(Simple),
    /// `[[ ... ]]`: what is between.
    Test(Vec<String>),
    If {
        branches: Vec<(List, List)>,
        otherwise: List,
    },
    Case {
        word: String,
        arms: Vec<(Vec<String>, List)>,
    },
    /// The variable of a `for`, and all that may run.
    Loop {
        variable: Option<String>,
        body: List,
    },
    Function {
        name: String,
        body: List,
    },
    Group(List),
}

/// Words as they are written, with quotes and variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    pub(super) redirections: Vec<Redirection>,
}

#[derive(Clone, Debug)]
pub(super) enum Redirection {
    /// The operator, such as `>`, and the word after it.
    File(String, String),
    /// The lines to the word after `<<`.
    Here(Here),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Here {
    pub(super) text: String,
    /// Whether the word has quotes: then the lines are what they look like.
    pub(super) plain: bool,
}
