//! Metrics and verdicts in a JSON or YAML document: paths + text -> numbers and verdicts.

#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

use super::{ExtractionBuilder, NumberError, Problem, number};
use crate::{
    definition::{Document, Expected, PathLabel, PathPattern, PathVerdict, Step, Syntax},
    record::Ident,
    text::{
        nearest, printable,
        yaml::{self, YamlError},
    },
};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Takes what the document in `text` holds.
pub(super) fn read(document: &Document, text: &[u8], taken: &mut ExtractionBuilder<'_>) {
    let value = match document.syntax {
        Syntax::Json => json(text),
        Syntax::Yaml => yaml(text),
    };
    let value = match value {
        Ok(value) => value,
        Err(error) => return taken.problem(Problem::Document { syntax: document.syntax, why: error.to_string() }),
    };
    for pattern in &document.patterns {
        let found = numbers(pattern, &value, taken);
        let what = format!("metric `{}`", pattern.metric);
        match pattern.expected {
            Expected::Each => each(&what, pattern, &value, &found, taken),
            Expected::Exactly(_) if pattern.condition.is_none() && pattern.path.contains(&Step::Each) => {
                places((&what, &pattern.path), &pattern.expected, found.len(), &value, taken);
                // Where nothing was found, that is said.
                if !found.is_empty() {
                    each(&what, pattern, &value, &found, taken);
                }
            }
            _ => places((&what, &pattern.path), &pattern.expected, found.len(), &value, taken),
        }
    }
    for verdict in &document.verdicts {
        let count = verdicts(verdict, &value, taken);
        places(("verdicts", &verdict.path), &verdict.expected, count, &value, taken);
    }
}

/// Notes a path that leads to another number of places than it should.
fn places(
    (what, path): (&str, &[Step]),
    expected: &Expected,
    found: usize,
    document: &Value,
    taken: &mut ExtractionBuilder<'_>,
) {
    taken.places((what, Step::shown(path)), expected, found, || end(document, path));
}

/// How many keys of a document are looked at to find the one that was meant, and how long they are at most.
const MOST_KEYS: usize = 1000;
const LONGEST_KEY: usize = 64;

/// How far a path leads that does not lead to its end, or what was meant.
fn end(document: &Value, path: &[Step]) -> Option<String> {
    let part = |length: usize| path.get(..length).unwrap_or_default();
    let reached = (0..=path.len()).rev().find(|length| !found(document, part(*length)).is_empty())?;
    // A path that leads to its end is not wrong: its condition is not met.
    let (here, step) = (part(reached), path.get(reached)?);
    let values = found(document, here);
    let keys = values.iter().filter_map(|(_, value)| value.as_object()).flat_map(|members| members.keys());
    let keys = keys.filter(|key| key.len() <= LONGEST_KEY).take(MOST_KEYS);
    let near = match step {
        Step::Key(key) => nearest(key, keys.map(String::as_str)),
        Step::Each => None,
    };
    let here_shown = if here.is_empty() { "the document".into() } else { format!("`{}`", Step::shown(here)) };
    let text = match (step, near) {
        (_, Some(near)) => {
            let meant: Vec<Step> = here.iter().cloned().chain([Step::Key(near.into())]).collect();
            format!("did you mean `{}`?", Step::shown(&meant))
        }
        (Step::Key(key), None) => format!("{here_shown} has no `{key}`"),
        (Step::Each, None) => format!("{here_shown} is not a list of anything"),
    };
    Some(printable(text.as_bytes()))
}

/// Why an output holds no document.
#[derive(Debug, thiserror::Error)]
enum NotADocument {
    #[error("no document")]
    Nothing,
    /// Two runs in one output are no run: which of them would count?
    #[error("a second document")]
    Second,
    /// A bracket too many ended it early.
    #[error("it goes on behind its end")]
    GoesOn,
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Utf8(#[from] std::str::Utf8Error),
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// The document in `text`: from the first line that begins with `{` or `[`. Tools print notes before it.
fn json(text: &[u8]) -> Result<Value, NotADocument> {
    let starts = |line: &&[u8]| line.starts_with(b"{") || line.starts_with(b"[");
    let start = super::split::lines(text).find(starts).ok_or(NotADocument::Nothing)?;
    let text = text.get(place(text, start)..).unwrap_or_default();
    let mut documents = serde_json::Deserializer::from_slice(text).into_iter();
    let document = documents.next().unwrap_or(Ok(Value::Null))?;
    match text.get(documents.byte_offset()..).unwrap_or_default().trim_ascii_start().first() {
        Some(b'{' | b'[') => Err(NotADocument::Second),
        Some(b'}' | b']' | b',' | b'"') => Err(NotADocument::GoesOn),
        _ => Ok(document),
    }
}

/// Where `part`, a part of `text`, begins in it.
fn place(text: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The document in `text`: from the line `---`, or all of it, to the line `...`, if there is one.
fn yaml(text: &[u8]) -> Result<Value, NotADocument> {
    let mark = |mark: &[u8]| {
        let line = super::split::lines(text).find(|line| line.trim_ascii_end() == mark)?;
        Some(place(text, line))
    };
    let start = mark(b"---").unwrap_or(0);
    let end = mark(b"...").filter(|end| *end > start).unwrap_or(text.len());
    let text = std::str::from_utf8(text.get(start..end).unwrap_or_default())?;
    Ok(yaml::read(text)?)
}

/// Takes the numbers that `pattern` finds; where they are.
fn numbers<'d>(pattern: &PathPattern, document: &'d Value, taken: &mut ExtractionBuilder<'_>) -> Vec<Place<'d>> {
    let mut found = found(document, &pattern.path);
    if let Some(condition) = &pattern.condition {
        found.retain(|(place, _)| follow(document, condition, place).is_some_and(is_something));
    }
    for (place, value) in &found {
        let labels = labels(&pattern.labels, document, place);
        let text = text_of(value);
        let number = match value {
            // The shortest text of a double is the number that the document writes, or rounds to the same.
            Value::Number(_) => number::read(text.as_bytes(), crate::definition::NumberFormat::Plain),
            Value::String(text) => number::read(text.as_bytes(), pattern.number),
            _ => Err(NumberError::NotANumber),
        };
        let number = number.map(|number| pattern.factor.apply(number));
        taken.number((&pattern.metric, &pattern.repeats), &labels, text.as_bytes(), number);
    }
    found
}

/// Neither 0 nor nothing.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Null | Value::Bool(false) => false,
        _ => true,
    }
}

/// Notes every element that the first wildcard of a path meets and in which nothing was found.
fn each(what: &str, pattern: &PathPattern, document: &Value, found: &[Place<'_>], taken: &mut ExtractionBuilder<'_>) {
    let first = pattern.path.iter().position(|step| *step == Step::Each).map_or(0, |at| at.saturating_add(1));
    let all = self::found(document, pattern.path.get(..first).unwrap_or_default());
    let with: HashSet<Option<&String>> = found.iter().map(|(place, _)| place.first()).collect();
    let without = |element: &&Place<'_>| !with.contains(&element.0.first());
    for (place, _) in all.iter().filter(without) {
        let what = format!("{what} of element {}", place.concat());
        taken.places((&what, Step::shown(&pattern.path)), &Expected::Some, 0, || None);
    }
    places((what, &pattern.path), &Expected::Some, all.len(), document, taken);
}

/// Takes the verdicts that `pattern` finds; how many there are.
fn verdicts(pattern: &PathVerdict, document: &Value, taken: &mut ExtractionBuilder<'_>) -> usize {
    let found = found(document, &pattern.path);
    for (place, value) in &found {
        let labels = labels(&pattern.labels, document, place);
        let reason = pattern.reason.as_ref().and_then(|path| follow(document, path, place)).map(text_of);
        let reason = reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let reason = reason.map(|reason| printable(reason.as_bytes()));
        if let Some((label, _)) = labels.iter().find(|(_, text)| text.is_empty()) {
            taken.problem(Problem::Unlabelled { text: printable(text_of(value).as_bytes()), label: (*label).into() });
            continue;
        }
        taken.verdict(&labels, text_of(value).as_bytes(), &pattern.results, reason);
    }
    found.len()
}

fn labels<'p>(labels: &'p BTreeMap<Ident, PathLabel>, document: &Value, place: &[String]) -> BTreeMap<&'p str, String> {
    let text = |label: &PathLabel| match label {
        PathLabel::Wildcard(number) => place.get(*number).cloned(),
        PathLabel::Path(path) => follow(document, path, place).map(text_of),
        PathLabel::Text(text) => Some(text.clone()),
    };
    let label = |(key, label): (&'p Ident, &PathLabel)| {
        (key.as_str(), text(label).map(|text| printable(text.as_bytes())).unwrap_or_default())
    };
    labels.iter().map(label).collect()
}

/// A value of a document, and what the wildcards of its path met.
type Place<'a> = (Vec<String>, &'a Value);

fn found<'a>(document: &'a Value, path: &[Step]) -> Vec<Place<'a>> {
    let mut found = Vec::new();
    walk(document, path, &mut Vec::new(), &mut found);
    found
}

/// Every value at `path`, and what its wildcards met.
fn walk<'a>(value: &'a Value, path: &[Step], place: &mut Vec<String>, found: &mut Vec<Place<'a>>) {
    let Some((step, rest)) = path.split_first() else {
        found.push((place.clone(), value));
        return;
    };
    let mut each = |key: String, inner: &'a Value| {
        place.push(key);
        walk(inner, rest, place, found);
        place.pop();
    };
    match (step, value) {
        (Step::Each, Value::Array(items)) => {
            items.iter().enumerate().for_each(|(index, item)| each(index.to_string(), item));
        }
        (Step::Each, Value::Object(members)) => members.iter().for_each(|(key, item)| each(key.clone(), item)),
        (Step::Key(key), _) => {
            if let Some(inner) = member(value, key) {
                walk(inner, rest, place, found);
            }
        }
        _ => {}
    }
}

/// The value at `path`, whose wildcards go where `place` went.
fn follow<'a>(value: &'a Value, path: &[Step], place: &[String]) -> Option<&'a Value> {
    let mut wildcards = place.iter();
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => member(value, key),
        Step::Each => member(value, wildcards.next()?),
    })
}

fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}
