//! Patterns: a line -> the groups in it.

use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use regex_syntax::hir::HirKind;
use serde::{Deserialize, Deserializer};
use std::{ops::Deref, sync::OnceLock};

/// A pattern with named groups. It is compiled when it is first asked for: of all rules a run needs a few.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Compiled>,
}

impl Pattern {
    /// The pattern as it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Deref for Pattern {
    type Target = Compiled;

    fn deref(&self) -> &Compiled {
        // A test compiles all.
        let compile = || Compiled::new(&self.text).unwrap_or_else(|error| unreachable!("{error}"));
        self.compiled.get_or_init(compile)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: String::deserialize(deserializer)?, compiled: OnceLock::new() })
    }
}

/// A pattern, and what makes it quick on millions of lines.
#[derive(Debug)]
pub(crate) struct Compiled {
    regex: Regex,
    /// The text that every match begins with, and the pattern at the beginning of a text: to find the one and to match the
    /// other there in one pass is quicker than a search, which goes over each line three times.
    start: Option<(memchr::memmem::Finder<'static>, Regex)>,
    names: Vec<(String, usize)>,
    /// The groups that are looked at in every match.
    pub(crate) value: Option<usize>,
    pub(crate) columns: Option<usize>,
    pub(crate) time: Option<usize>,
    pub(crate) times: Option<usize>,
}

impl Compiled {
    fn new(text: &str) -> Result<Self, regex::Error> {
        // ASCII classes: the program has no Unicode tables.
        let compile = |text: &str| RegexBuilder::new(text).unicode(false).build();
        let regex = compile(text)?;
        let start = literal_start(text).map(|start| {
            let finder = memchr::memmem::Finder::new(&start).into_owned();
            compile(&format!("^(?:{text})")).map(|anchored| (finder, anchored))
        });
        let names = regex.capture_names().enumerate();
        let names: Vec<(String, usize)> = names.filter_map(|(at, name)| Some((name?.to_string(), at))).collect();
        let group = |name: &str| names.iter().find(|(known, _)| known == name).map(|(_, at)| *at);
        let (value, columns, time, times) = (group("value"), group("columns"), group("t"), group("times"));
        Ok(Self { regex, start: start.transpose()?, value, columns, time, times, names })
    }

    /// The names of the groups, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn is_match(&self, line: &str) -> bool {
        self.regex.is_match(line.as_bytes())
    }

    /// Room for the groups of a match.
    pub(crate) fn locations(&self) -> CaptureLocations {
        self.regex.capture_locations()
    }

    /// The first match in `line`.
    pub(crate) fn find<'a, 't>(&'a self, line: &'t str, locations: &'a mut CaptureLocations) -> Option<Found<'a, 't>> {
        let Some((finder, anchored)) = &self.start else {
            self.regex.captures_read(locations, line.as_bytes())?;
            return Some(Found { pattern: self, locations, text: line });
        };
        let mut text = line;
        loop {
            text = text.get(finder.find(text.as_bytes())?..)?;
            if anchored.captures_read(locations, text.as_bytes()).is_some() {
                return Some(Found { pattern: self, locations, text });
            }
            // Another place where it begins comes after its first character.
            text = text.get(text.chars().next()?.len_utf8()..)?;
        }
    }
}

/// The text that every match of the pattern begins with, if it is one.
fn literal_start(pattern: &str) -> Option<Vec<u8>> {
    let syntax = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()?;
    let HirKind::Concat(parts) = syntax.kind() else { return None };
    let HirKind::Literal(literal) = parts.first()?.kind() else { return None };
    // A text cannot be cut inside a character.
    literal.0.is_ascii().then(|| literal.0.to_vec())
}

/// A match.
pub(crate) struct Found<'a, 't> {
    pattern: &'a Compiled,
    locations: &'a CaptureLocations,
    text: &'t str,
}

impl<'t> Found<'_, 't> {
    /// The text of the group with this number. Patterns begin and end groups at ASCII characters, so that it is one.
    pub(crate) fn at(&self, group: Option<usize>) -> Option<&'t str> {
        let (start, end) = self.locations.get(group?)?;
        self.text.get(start..end)
    }

    /// The text of the group with this name.
    pub(crate) fn group(&self, name: &str) -> Option<&'t str> {
        self.pattern.names.iter().find(|(known, _)| known == name).and_then(|(_, at)| self.at(Some(*at)))
    }

    /// All groups by name; one that is not in the match is empty.
    pub(crate) fn named(&self) -> impl Iterator<Item = (String, String)> {
        self.pattern.names.iter().map(|(name, at)| (name.clone(), self.at(Some(*at)).unwrap_or_default().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_start_is_what_every_match_begins_with() {
        let start = |pattern| literal_start(pattern).map(|start| String::from_utf8(start).expect("ASCII"));
        assert_eq!(start(r"Total time:\s+(?<value>\S+)").as_deref(), Some("Total time:"));
        assert_eq!(start(r"ab?c").as_deref(), Some("a"));
        assert_eq!(start(r"\]\s+(?<name>\S+)").as_deref(), Some("]"));
        for none in [r"^abc\s", r"(?<value>\S+) jobs", "a|b", "a*b", "é+x", "(?i)abc "] {
            assert_eq!(start(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn a_start_changes_no_match(
            line in "[ abé1]{0,12}",
            pattern in proptest::sample::select(vec![
                r"ab?[ 1]{0,2}(?<value>[1b]+)?(?<t>\S*?)( |$|1)",
                r"a\s*(?<value>\S+)",
                r"aa(?<value>b|1)(?<t>[^b]*)$",
                r"b \b(?<value>\w)?(?<t>.)",
            ]),
        ) {
            let pattern = Compiled::new(pattern).expect("a pattern");
            prop_assert!(pattern.start.is_some());
            let mut locations = pattern.locations();
            let found = pattern.find(&line, &mut locations).map(|found| (found.group("value"), found.group("t")));
            let captures = pattern.regex.captures(line.as_bytes());
            let expected = captures.map(|captures| {
                let text = |name| captures.name(name).and_then(|group| std::str::from_utf8(group.as_bytes()).ok());
                (text("value"), text("t"))
            });
            prop_assert_eq!(found, expected);
        }
    }
}
