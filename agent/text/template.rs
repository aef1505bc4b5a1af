//! Texts with placeholders: `--threads={THREADS}` and values -> `--threads=4`.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A text with `{NAME}` placeholders; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

/// A placeholder that has no value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("placeholder `{{{0}}}`: no such parameter")]
pub struct Unfilled(pub String);

/// A brace without its partner.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}`: a single `{brace}`; write `{brace}{brace}` for the character")]
pub struct SingleBrace {
    text: String,
    brace: String,
}

impl Template {
    /// The template that `text` writes.
    ///
    /// # Errors
    /// A brace without its partner.
    pub fn parse(text: &str) -> Result<Self, SingleBrace> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, brace)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
            plain.push_str(before);
            let (brace, behind) = brace.split_at_checked(1).unwrap_or_default();
            rest = behind;
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if let (Some((name, after)), "{") = (rest.split_once('}'), brace) {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Name(name.into()));
                rest = after;
            } else {
                return Err(SingleBrace { text: text.into(), brace: brace.into() });
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self(pieces))
    }

    /// The names of its placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The name of the placeholder that is all of it.
    pub fn only_name(&self) -> Option<&str> {
        let mut pieces = self.0.iter().filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Name(name)), None) => Some(name),
            _ => None,
        }
    }

    /// The text before the placeholder that it ends with, where it has no other, and that one's name.
    pub fn ends_with_name(&self) -> Option<(&str, &str)> {
        let mut pieces = self.0.iter().filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        match (pieces.next(), pieces.next(), pieces.next()) {
            (Some(Piece::Text(text)), Some(Piece::Name(name)), None) => Some((text, name)),
            _ => None,
        }
    }

    /// Appends the text, with what `value` says of each placeholder.
    pub fn write<'a>(&self, text: &mut String, value: impl Fn(&str) -> &'a str) {
        for piece in &self.0 {
            text.push_str(match piece {
                Piece::Text(plain) => plain,
                Piece::Name(name) => value(name),
            });
        }
    }

    /// The text, with `values` in the placeholders' places; a placeholder without a value stays.
    pub fn filled(&self, values: &BTreeMap<String, String>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(plain) => plain.clone(),
            Piece::Name(name) => values.get(name).cloned().unwrap_or_else(|| format!("{{{name}}}")),
        };
        self.0.iter().map(piece).collect()
    }

    /// The text, with `values` in the placeholders' places.
    ///
    /// # Errors
    /// The first placeholder without a value.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String, Unfilled> {
        let mut text = String::new();
        for piece in &self.0 {
            text.push_str(match piece {
                Piece::Text(plain) => plain,
                Piece::Name(name) => values.get(name).ok_or_else(|| Unfilled(name.clone()))?,
            });
        }
        Ok(text)
    }
}

impl TryFrom<String> for Template {
    type Error = SingleBrace;

    fn try_from(text: String) -> Result<Self, SingleBrace> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_escapes() {
        let values = BTreeMap::from([("N".to_string(), "4".to_string())]);
        let fill = |text: &str| Template::parse(text).unwrap().fill(&values);
        assert_eq!(fill("--threads={N}"), Ok("--threads=4".into()));
        assert_eq!(fill("awk '{{print {N}}}'"), Ok("awk '{print 4}'".into()));
        assert_eq!(fill("{X}"), Err(Unfilled("X".into())));
        assert_eq!(Template::parse("{N}").unwrap().only_name(), Some("N"));
        assert_eq!(Template::parse("-{N}").unwrap().only_name(), None);
        for bad in ["{N", "N}", "{"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }
}
