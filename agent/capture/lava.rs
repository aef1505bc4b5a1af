//! LAVA's job log: a YAML mapping a line -> what the board said.

use crate::text::yaml;
use serde::Deserialize;

/// What a line of a log is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unwrapped {
    /// No line of a LAVA log, or a damaged one: taken as it is.
    NotLava,
    /// What the board said.
    Console(String),
    /// What LAVA said.
    Other,
}

#[derive(Deserialize)]
struct Entry {
    lvl: String,
    #[serde(default)]
    msg: Option<Message>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Other(serde::de::IgnoredAny),
}

/// Unwraps `line`: `{"dt": ..., "lvl": "target", "msg": "..."}`, with `- ` before it in stored logs. LAVA writes JSON;
/// loggers of other tools write it as YAML.
pub(super) fn unwrap(line: &str) -> Unwrapped {
    let entry = line.strip_prefix("- ").unwrap_or(line);
    if !entry.starts_with('{') || !entry.contains("lvl") {
        return Unwrapped::NotLava;
    }
    let read = serde_json::from_str(entry).ok().or_else(|| yaml::read(entry).ok());
    let Some(Entry { lvl, msg }) = read else { return Unwrapped::NotLava };
    match (lvl.as_str(), msg) {
        ("target" | "feedback", Some(Message::Text(text))) => Unwrapped::Console(text),
        ("target" | "feedback", Some(Message::Other(_)) | None) => Unwrapped::Other,
        _ => Unwrapped::Other,
    }
}
