//! What is looked for: a YAML text -> kinds of faults and their rules.

use crate::{
    record::Ident,
    text::yaml::{self, YamlError},
};
use flate2::read::DeflateDecoder;
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::{
    io::Read,
    sync::{LazyLock, OnceLock},
};

/// The most bytes that one compiled regex may take.
const MAX_REGEX: usize = 1 << 20;

/// The project's own, deflated by the build script, which leaves out the samples.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernel-log.deflate"));

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let mut text = String::new();
    // The build script wrote it, and a test reads it.
    let _ = DeflateDecoder::new(EMBEDDED).read_to_string(&mut text);
    Patterns::parse(&text).unwrap_or_else(|error| unreachable!("{error}"))
});

/// Why a text has no patterns.
#[derive(Debug, thiserror::Error)]
pub enum PatternsError {
    /// It is not YAML, or has another form.
    #[error("patterns: {0}")]
    Yaml(String),
    /// A rule of this kind is without a text that its lines must contain.
    #[error("kind `{0}`: a rule has no text")]
    Textless(Ident),
    /// A rule belongs to reports of a kind that there is not.
    #[error("kind `{0}`: part of `{1}`, which there is not")]
    UnknownKind(Ident, Ident),
}

impl From<YamlError> for PatternsError {
    fn from(error: YamlError) -> Self {
        Self::Yaml(error.to_string())
    }
}

/// What is looked for in the kernel's log.
#[derive(Debug)]
pub struct Patterns {
    kinds: Vec<Kind>,
    details: Vec<Rule>,
    harmless: Vec<String>,
}

/// A kind of fault.
#[derive(Debug)]
pub struct Kind {
    /// What it is called in records and signals, such as `oom-kill`.
    pub name: Ident,
    /// What it is, in words that follow "the kernel reported".
    pub what: String,
    /// Lines that are one; the program's own patterns are without them.
    pub samples: Vec<String>,
    rules: Vec<Rule>,
}

/// Which lines are meant. A line that lacks the text is passed over without its regex, and no regex is compiled before a line
/// has the text: most runs need none.
#[derive(Debug)]
pub(super) struct Rule {
    text: Finder<'static>,
    regex: Option<String>,
    compiled: OnceLock<Option<Regex>>,
    /// The kinds of reports that the line belongs to where it comes after their first line.
    pub(super) part_of: Vec<Ident>,
}

impl Patterns {
    /// The project's own.
    pub fn embedded() -> &'static Self {
        &PATTERNS
    }

    /// Those of a YAML text.
    ///
    /// # Errors
    /// A text that is not YAML of this form, a rule without a text, or one that names a kind which is not in it.
    pub fn parse(text: &str) -> Result<Self, PatternsError> {
        let wire: wire::Patterns = yaml::read(text)?;
        let names: Vec<Ident> = wire.kinds.iter().map(|kind| kind.kind.clone()).collect();
        let mut kinds = Vec::new();
        for wire::Kind { kind, what, rules, samples } in wire.kinds {
            if rules.iter().any(|rule| rule.text.is_empty()) {
                return Err(PatternsError::Textless(kind));
            }
            let mut named = rules.iter().flat_map(|rule| &rule.part_of);
            if let Some(unknown) = named.find(|part_of| !names.contains(part_of)) {
                return Err(PatternsError::UnknownKind(kind, unknown.clone()));
            }
            kinds.push(Kind { name: kind, what, samples, rules: rules.into_iter().map(Rule::new).collect() });
        }
        Ok(Self { kinds, details: wire.details.into_iter().map(Rule::new).collect(), harmless: wire.harmless })
    }

    /// The kinds, in the order in which they are tried.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The kind with this name.
    pub fn kind(&self, name: &Ident) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == *name)
    }

    /// Lines that look like a fault, and are none; the program's own patterns are without them.
    pub fn harmless(&self) -> &[String] {
        &self.harmless
    }

    /// The first kind that `line` is of, and the rule that says so.
    pub(super) fn find(&self, line: &[u8]) -> Option<(&Kind, &Rule)> {
        self.kinds.iter().find_map(|kind| Some((kind, kind.rules.iter().find(|rule| rule.matches(line))?)))
    }

    /// Which of the lines that say more of a report `line` is.
    pub(super) fn detail(&self, line: &[u8]) -> bool {
        self.details.iter().any(|rule| rule.matches(line))
    }
}

impl Kind {
    /// Whether `line` is of this kind, whatever other kinds say.
    pub fn matches(&self, line: &[u8]) -> bool {
        self.rules.iter().any(|rule| rule.matches(line))
    }
}

impl Rule {
    fn new(wire: wire::Rule) -> Self {
        let wire::Rule { text, regex, part_of } = wire;
        Self { text: Finder::new(text.as_bytes()).into_owned(), regex, compiled: OnceLock::new(), part_of }
    }

    fn matches(&self, line: &[u8]) -> bool {
        if self.text.find(line).is_none() {
            return false;
        }
        let Some(regex) = &self.regex else { return true };
        // A test compiles all.
        let compiled = self.compiled.get_or_init(|| compiled(regex).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(line))
    }
}

fn compiled(regex: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(regex).unicode(false).size_limit(MAX_REGEX).build()
}

/// The text's own form.
mod wire {
    use super::{Deserialize, Ident};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Patterns {
        pub(super) kinds: Vec<Kind>,
        pub(super) details: Vec<Rule>,
        #[serde(default)]
        pub(super) harmless: Vec<String>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Kind {
        pub(super) kind: Ident,
        pub(super) what: String,
        pub(super) rules: Vec<Rule>,
        #[serde(default)]
        pub(super) samples: Vec<String>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Rule {
        pub(super) text: String,
        pub(super) regex: Option<String>,
        #[serde(default)]
        pub(super) part_of: Vec<Ident>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole file.
    fn written() -> Patterns {
        Patterns::parse(include_str!("patterns.yaml")).unwrap()
    }

    #[test]
    fn the_program_has_all_that_is_written_but_the_samples() {
        let all = |rules: &[Rule]| -> Vec<String> {
            let shown = |rule: &Rule| format!("{:?} {:?} {:?}", rule.text.needle(), rule.regex, rule.part_of);
            rules.iter().map(shown).collect()
        };
        let rules = |patterns: &Patterns| -> Vec<(String, Vec<String>)> {
            let kinds = patterns.kinds.iter().map(|kind| (format!("{} {}", kind.name, kind.what), all(&kind.rules)));
            kinds.chain([("details".into(), all(&patterns.details))]).collect()
        };
        assert_eq!(rules(Patterns::embedded()), rules(&written()));
        assert!(Patterns::embedded().harmless.is_empty() && !written().harmless.is_empty());
    }

    #[test]
    fn every_sample_is_of_its_kind_and_no_other() {
        let patterns = written();
        for kind in patterns.kinds() {
            assert!(!kind.samples.is_empty(), "{}: no sample", kind.name);
            for sample in &kind.samples {
                let found = patterns.find(sample.as_bytes()).map(|(found, _)| &found.name);
                assert_eq!(found, Some(&kind.name), "{sample}");
                // `BUG: ` alone is what no other kind knows.
                let others = patterns.kinds().iter().filter(|other| other.matches(sample.as_bytes()));
                let others: Vec<&str> = others.map(|other| other.name.as_str()).filter(|name| *name != "bug").collect();
                let own = kind.name.as_str();
                assert!(others.iter().all(|other| *other == own), "{sample}: {others:?}");
            }
        }
    }

    #[test]
    fn every_rule_has_a_sample_and_a_regex_that_compiles() {
        for kind in written().kinds() {
            for rule in &kind.rules {
                let shown = (kind.name.as_str(), &rule.regex, String::from_utf8_lossy(rule.text.needle()));
                rule.regex.iter().for_each(|regex| drop(compiled(regex).unwrap()));
                assert!(kind.samples.iter().any(|sample| rule.matches(sample.as_bytes())), "no sample: {shown:?}");
            }
        }
    }

    #[test]
    fn what_is_harmless_is_of_no_kind() {
        let patterns = written();
        for line in patterns.harmless() {
            assert!(patterns.find(line.as_bytes()).is_none(), "{line}");
        }
        let details: Vec<_> = patterns.details.iter().filter_map(|rule| rule.regex.as_deref()).collect();
        details.iter().for_each(|regex| drop(compiled(regex).unwrap()));
    }

    #[test]
    fn a_text_with_a_mistake_is_refused() {
        let text = |rule: &str| {
            format!("kinds: [{{kind: a, what: a, rules: [{rule}], samples: []}}]\ndetails: []\nharmless: []\n")
        };
        assert!(Patterns::parse(&text("{text: x}")).is_ok());
        let error = |rule: &str| Patterns::parse(&text(rule)).unwrap_err().to_string();
        assert_eq!(error("{text: ''}"), "kind `a`: a rule has no text");
        assert_eq!(error("{text: x, part_of: [b]}"), "kind `a`: part of `b`, which there is not");
        assert!(error("{txt: x}").starts_with("patterns: "));
    }
}
