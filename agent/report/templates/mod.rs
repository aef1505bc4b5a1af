//! The templates of the page and of the mail, which a lab may replace; `docs/report.md` says what they get.
//!
//! Whatever a value holds, it cannot become markup, a second line or a second direction: every value that a template prints
//! goes through one place here. What a program of this house has drawn is marked as safe.

mod hung;

use crate::text::visible;
use hung::hung;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, syntax::SyntaxConfig,
    value::Serde,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Each template: its name, and its text.
const BUILT_IN: [(&str, &str); 7] = [
    ("page.html", include_str!("page.html")),
    ("page.css", include_str!("page.css")),
    ("page.js", include_str!("page.js")),
    ("mail.txt", include_str!("mail.txt")),
    ("mail.html", include_str!("mail.html")),
    ("subject.txt", include_str!("subject.txt")),
    ("table.txt", include_str!("table.txt")),
];

/// How wide the lines of a mail are that no program may wrap: the narrowest of these shows 60 columns.
const LIST: usize = 60;

/// What one template may do: a loop in it that never ends is an error.
const FUEL: u64 = 50_000_000;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Its text, or what it asks for.
    #[error(
        "{name}:{line}: {what}\nhint: docs/report.md has what templates get; `report --print-template {name}` shows the built-in one"
    )]
    Text {
        /// The template.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// There is no template of that name.
    #[error("template {name}: there is no such template\nhint: there is {known}")]
    NoSuch {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
}

/// The templates that are used.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// The built-in templates, with `replaced` instead of those of the same names.
    ///
    /// # Errors
    /// A name that no template has, and a text that is not a template.
    pub fn new(replaced: BTreeMap<String, String>) -> Result<Templates, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
            Some((_, "html")) => AutoEscape::Html,
            // So that what a macro made is known for a template's own, as in HTML.
            _ => AutoEscape::Custom("text".into()),
        });
        environment.set_formatter(print);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("hang", hang);
        environment.set_syntax(syntax());
        for (name, text) in BUILT_IN {
            environment.add_template(name, text).map_err(|error| fault(name, &error))?;
        }
        for (name, text) in replaced {
            built_in(&name)?;
            environment.add_template_owned(name.clone(), text).map_err(|error| fault(&name, &error))?;
        }
        Ok(Templates { environment })
    }

    /// Fills a template.
    ///
    /// # Errors
    /// What the template asks for, and what is not there.
    pub fn fill(&self, name: &str, values: impl Serialize) -> Result<String, TemplateError> {
        let template = self.environment.get_template(name).map_err(|error| fault(name, &error))?;
        template.render(Value::from(Serde(values))).map_err(|error| fault(name, &error))
    }
}

/// The text of a built-in template.
///
/// # Errors
/// A name that no template has.
pub fn built_in(name: &str) -> Result<&'static str, TemplateError> {
    let found = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    found.ok_or_else(|| TemplateError::NoSuch { name: visible(name).into(), known: names().join(", ") })
}

/// The names of all templates.
pub fn names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

/// A line that is a statement alone leaves nothing.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .unwrap_or_default()
}

/// A value in the lines of a list of a mail, `indent` blanks before all but the first.
fn hang(text: &str, indent: usize) -> Value {
    Value::from_safe_string(hung(text, indent, LIST))
}

/// A drawing: markup that this program made, of numbers alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing(pub(super) String);

impl Serialize for Drawing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

/// Prints a value of a template: the one way into a page or a mail.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_undefined() && matches!(state.undefined_behavior(), UndefinedBehavior::Strict) {
        return Err(Error::new(ErrorKind::UndefinedError, "a value that is not there"));
    }
    if let Some(own) = value.as_str().filter(|_| value.is_safe()) {
        return out.write_str(own).map_err(unwritten);
    }
    let text = value.to_string();
    let shown = visible(&text);
    let written = match state.auto_escape() {
        AutoEscape::Html => out.write_str(&escaped(&shown)),
        _ => out.write_str(&shown),
    };
    written.map_err(unwritten)
}

fn unwritten(error: std::fmt::Error) -> Error {
    Error::new(ErrorKind::BadSerialization, error.to_string())
}

/// Text that is no markup, between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '"' => all.push_str("&quot;"),
            '\'' => all.push_str("&#39;"),
            _ => all.push(character),
        }
    }
    all
}

fn fault(name: &str, error: &Error) -> TemplateError {
    // An error of a template that another one includes is its source.
    let mut inner = error;
    while let Some(source) = std::error::Error::source(inner).and_then(|source| source.downcast_ref::<Error>()) {
        inner = source;
    }
    let what = inner.detail().map_or_else(|| inner.kind().to_string(), |detail| format!("{}: {detail}", inner.kind()));
    TemplateError::Text {
        name: inner.name().unwrap_or(name).into(),
        line: inner.line().or(error.line()).unwrap_or(1),
        what: visible(&what).into(),
    }
}
