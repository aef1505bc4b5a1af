//! Templates: texts with places for what groups of a pattern found.

use serde::Deserialize;

/// A text with `{name}` in it, for what groups are.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Group(String),
}

impl From<String> for Template {
    fn from(template: String) -> Self {
        let mut parts = Vec::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            parts.extend([Part::Text(before.into()), Part::Group(name.into())]);
            rest = after;
        }
        parts.push(Part::Text(rest.into()));
        Self(parts)
    }
}

impl Template {
    /// The names in it.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| if let Part::Group(name) = part { Some(name.as_str()) } else { None })
    }

    /// Appends the text, with what `group` says of each name.
    pub(crate) fn write<'a>(&self, text: &mut String, group: impl Fn(&str) -> &'a str) {
        for part in &self.0 {
            text.push_str(match part {
                Part::Text(part) => part,
                Part::Group(name) => group(name),
            });
        }
    }
}
