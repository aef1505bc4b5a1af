//! Documents: an output, or a part of it, in JSON or YAML, and the paths to what it says.

use super::{Expected, Factor, NumberFormat, Results};
use crate::record::Ident;
use std::collections::BTreeMap;

/// A document in an output.
#[derive(Clone, Debug)]
pub struct Document {
    /// How it is written.
    pub syntax: Syntax,
    /// Where metrics stand.
    pub patterns: Vec<PathPattern>,
    /// Where verdicts stand.
    pub verdicts: Vec<PathVerdict>,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON: from the first line that begins with `{` or `[`.
    Json,
    /// YAML: from the line `---`, or the whole output.
    Yaml,
}

impl std::fmt::Display for Syntax {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        })
    }
}

/// How numbers stand in a document.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// The metric.
    pub metric: Ident,
    /// The steps to the numbers.
    pub path: Vec<Step>,
    /// A number counts where the value at this path is neither 0 nor missing; its wildcards meet what the path met.
    pub condition: Option<Vec<Step>>,
    /// The labels.
    pub labels: BTreeMap<Ident, PathLabel>,
    /// How a number is written where it is a text.
    pub number: NumberFormat,
    /// What a number is multiplied with.
    pub factor: Factor,
    /// How many numbers one execution has.
    pub expected: Expected,
    /// How many values one series has: those of a metric with the same labels.
    pub repeats: Expected,
}

/// How verdicts stand in a document.
#[derive(Clone, Debug)]
pub struct PathVerdict {
    /// The steps to the verdicts.
    pub path: Vec<Step>,
    /// The labels.
    pub labels: BTreeMap<Ident, PathLabel>,
    /// What each text means.
    pub results: Results,
    /// The text that says why; its wildcards meet what the path met.
    pub reason: Option<Vec<Step>>,
    /// How many verdicts one execution has.
    pub expected: Expected,
}

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The member with this key, or the element with this index.
    Key(String),
    /// Every member or element.
    Each,
}

/// What a label of a document's pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathLabel {
    /// The key or index that the how many-th wildcard of the path met, from 0.
    Wildcard(usize),
    /// The text at a path; its wildcards meet what the pattern's path met.
    Path(Vec<Step>),
    /// This text.
    Text(String),
}

impl Step {
    /// Steps as they are written: `jobs[*].read.iops`.
    pub fn shown(path: &[Self]) -> String {
        let plain = |key: &str| !key.is_empty() && key != "*" && !key.contains(['.', '[', ']', '"']);
        let mut text = String::new();
        for step in path {
            match step {
                Self::Each => text.push_str("[*]"),
                Self::Key(key) if key.bytes().all(|byte| byte.is_ascii_digit()) && !key.is_empty() => {
                    text.push_str(&format!("[{key}]"));
                }
                Self::Key(key) if plain(key) && text.is_empty() => text.push_str(key),
                Self::Key(key) if plain(key) => text.push_str(&format!(".{key}")),
                Self::Key(key) => text.push_str(&format!("[\"{key}\"]")),
            }
        }
        text
    }

    /// The path that was meant with `path`, which is wrong: without the `$` of other languages, without a dot too many, and
    /// with keys that are no numbers behind dots.
    pub(super) fn meant(path: &str) -> Option<String> {
        let inner = path.strip_prefix('$').unwrap_or(path).replace(['[', ']'], ".");
        let keys: Vec<&str> = inner.split('.').map(|key| key.trim_matches(['\'', '"', ' '])).collect();
        let keys = keys.into_iter().filter(|key| !key.is_empty());
        let steps: Vec<Self> = keys.map(|key| if key == "*" { Self::Each } else { Self::Key(key.into()) }).collect();
        let meant = Self::shown(&steps);
        (Self::parse_all(&meant).as_ref() == Some(&steps) && meant != path).then_some(meant)
    }

    /// The steps of `jobs[*].read.iops` or `a["b.c"][0]`: keys after dots, indices, `*` and quoted keys in brackets.
    pub(super) fn parse_all(path: &str) -> Option<Vec<Self>> {
        let mut steps = Vec::new();
        let mut rest = path;
        while !rest.is_empty() {
            let (step, after) = Self::parse_first(rest, steps.is_empty())?;
            steps.push(step);
            rest = after;
        }
        (!steps.is_empty()).then_some(steps)
    }

    fn parse_first(path: &str, at_start: bool) -> Option<(Self, &str)> {
        if let Some(after) = path.strip_prefix("[\"") {
            let (key, after) = after.split_once("\"]")?;
            return Some((Self::Key(key.into()), after));
        }
        if let Some(after) = path.strip_prefix('[') {
            let (inside, after) = after.split_once(']')?;
            let index = || Some(Self::Key(inside.parse::<usize>().ok()?.to_string()));
            return Some((if inside == "*" { Self::Each } else { index()? }, after));
        }
        let after = path.strip_prefix('.').unwrap_or(path);
        let end = after.find(['.', '[']).unwrap_or(after.len());
        if end == 0 || (after.len() == path.len() && !at_start) {
            return None;
        }
        let key = &after[..end];
        Some((if key == "*" { Self::Each } else { Self::Key(key.into()) }, &after[end..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_it_is_written_and_a_wrong_one_as_it_was_meant() {
        for path in ["jobs[*].read.iops", "a[\"b.c\"][0].d", "[*][\"\"]", "a[\"*\"]"] {
            assert_eq!(Step::shown(&Step::parse_all(path).unwrap()), path);
        }
        for (wrong, meant) in [
            ("a..c", Some("a.c")),
            ("$.a.b", Some("a.b")),
            ("$['a'][*].b", Some("a[*].b")),
            ("rows[x].n", Some("rows.x.n")),
            ("x[[", Some("x")),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(Step::meant(wrong).as_deref(), meant, "{wrong}");
        }
    }

    #[test]
    fn reads_paths() {
        let key = |text: &str| Step::Key(text.into());
        let path = Step::parse_all("jobs[*].read.clat_ns[\"99.0\"][3].*").unwrap();
        let expected = [key("jobs"), Step::Each, key("read"), key("clat_ns"), key("99.0"), key("3"), Step::Each];
        assert_eq!(path, expected);
        for bad in ["", ".", "a..b", "a[b]", "a[", "a[1", "[0]b"] {
            assert_eq!(Step::parse_all(bad), None, "{bad}");
        }
    }
}
