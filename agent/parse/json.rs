//! Metrics in a JSON document: paths + text -> numbers.

use super::{Taken, printable};
use crate::definition::{JsonLabel, JsonPattern, JsonStep};
use serde_json::Value;
use std::collections::BTreeMap;

/// The document in `text`: from the first line that begins with `{` or `[`. Tools print notes before it.
pub(super) fn document(text: &[u8]) -> Result<Value, String> {
    let starts = |line: &&[u8]| line.starts_with(b"{") || line.starts_with(b"[");
    let start = super::lines::lines(text).find(starts).ok_or("no JSON document")?;
    let at = start.as_ptr() as usize - text.as_ptr() as usize;
    let mut documents = serde_json::Deserializer::from_slice(&text[at..]).into_iter();
    let document = documents.next().unwrap_or(Ok(Value::Null)).map_err(|error| error.to_string())?;
    // Two runs in one output are no run: which of them would count?
    let rest = text[at..][documents.byte_offset()..].trim_ascii_start();
    if rest.starts_with(b"{") || rest.starts_with(b"[") { Err("a second document".into()) } else { Ok(document) }
}

/// Takes what `pattern` finds in `document`; how many numbers it found.
pub(super) fn read(pattern: &JsonPattern, document: &Value, taken: &mut Taken<'_>) -> usize {
    let mut found = Vec::new();
    walk(document, &pattern.path, &mut Vec::new(), &mut found);
    for (place, value) in &found {
        let mut labels = BTreeMap::new();
        for (key, label) in &pattern.labels {
            let text = match label {
                JsonLabel::Wildcard(number) => place.get(*number).cloned(),
                JsonLabel::Path(path) => follow(document, path, place).map(text_of),
            };
            labels.insert(key.as_str(), text.map(|text| printable(text.as_bytes())).unwrap_or_default());
        }
        let number = value.as_f64().map(|number| pattern.factor.apply(number));
        let text = value.to_string();
        taken.number(&pattern.metric, &labels, text.as_bytes(), number.ok_or_else(|| "is not a number".into()));
    }
    found.len()
}

/// Every value at `path`, and what its wildcards met.
fn walk<'a>(value: &'a Value, path: &[JsonStep], place: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'a Value)>) {
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
        (JsonStep::Each, Value::Array(items)) => {
            items.iter().enumerate().for_each(|(index, item)| each(index.to_string(), item));
        }
        (JsonStep::Each, Value::Object(members)) => members.iter().for_each(|(key, item)| each(key.clone(), item)),
        (JsonStep::Key(key), _) => {
            if let Some(inner) = member(value, key) {
                walk(inner, rest, place, found);
            }
        }
        _ => {}
    }
}

/// The value at `path`, whose wildcards go where `place` went.
fn follow<'a>(value: &'a Value, path: &[JsonStep], place: &[String]) -> Option<&'a Value> {
    let mut wildcards = place.iter();
    path.iter().try_fold(value, |value, step| match step {
        JsonStep::Key(key) => member(value, key),
        JsonStep::Each => member(value, wildcards.next()?),
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
