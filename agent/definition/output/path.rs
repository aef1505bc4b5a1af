//! Patterns and verdicts of documents: what stands at a path.

use super::Scope;
use crate::{
    definition::{
        Document, Expected, PathLabel, PathPattern, PathVerdict, Step, Syntax,
        check::{Checker, Result},
        wire::{self, Scalar},
    },
    record::Ident,
};
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn document(
        &self,
        scope: &Scope<'_>,
        json: Vec<wire::PathPattern>,
        yaml: Vec<wire::PathPattern>,
        verdicts: Vec<wire::VerdictPattern>,
    ) -> Result<Option<Document>> {
        let syntax = match (json.is_empty(), yaml.is_empty(), verdicts.is_empty()) {
            (true, true, true) => return Ok(None),
            (_, true, _) => Syntax::Json,
            (true, false, _) => Syntax::Yaml,
            (false, false, _) => {
                return Err(self.error("outputs:", format!("{}: either `json` or `yaml`", scope.field)));
            }
        };
        let patterns = json.into_iter().chain(yaml).map(|pattern| self.path_pattern(scope, pattern));
        let verdicts = verdicts.into_iter().map(|verdict| self.path_verdict(scope, verdict));
        Ok(Some(Document {
            syntax,
            patterns: patterns.collect::<Result<_>>()?,
            verdicts: verdicts.collect::<Result<_>>()?,
        }))
    }

    fn path_pattern(&self, scope: &Scope<'_>, pattern: wire::PathPattern) -> Result<PathPattern> {
        let wire::PathPattern { metric, path: source, condition, labels, number, factor, expect, repeats } = pattern;
        let spec = self.known(scope, &source, &metric)?;
        let (path, labels) = self.path(&scope.field, &source, labels)?;
        self.same_labels(&scope.field, &source, spec, labels.keys().map(Ident::as_str).collect())?;
        let bare = |path: String| Ok(self.path(&scope.field, &path, wire::Map::default())?.0);
        let condition = condition.map(bare).transpose()?;
        let factor = self.factor(&scope.field, factor)?;
        let expected = match &expect {
            Some(Scalar(each)) if each == "each" && path.contains(&Step::Each) => Expected::Each,
            _ => self.expected("expect", expect)?,
        };
        let repeats = self.repeats(repeats, labels.values().any(|label| !matches!(label, PathLabel::Text(_))))?;
        Ok(PathPattern { metric, path, condition, labels, number, factor, expected, repeats })
    }

    fn path_verdict(&self, scope: &Scope<'_>, verdict: wire::VerdictPattern) -> Result<PathVerdict> {
        let wire::VerdictPattern { path, labels, results, reason, expect, section, total, once, .. } = verdict;
        let Some(source) = path else {
            return Err(self.error("verdicts:", format!("{}: a verdict needs `regex` or `path`", scope.field)));
        };
        if section.is_some() || total.is_some() || once {
            let message = format!("{}: `section`, `total` and `once` go with `regex`", scope.field);
            return Err(self.error(&source, message));
        }
        let (path, labels) = self.path(&scope.field, &source, labels)?;
        self.verdict_keys(scope, &source, labels.keys().map(Ident::as_str))?;
        let reason = reason.map(|reason| Ok(self.path(&scope.field, &reason, wire::Map::default())?.0)).transpose()?;
        let results = results.0.into_iter().collect();
        Ok(PathVerdict { path, labels, results, reason, expected: self.expected("expect", expect)? })
    }

    /// A path, and the labels that go with it.
    fn path(
        &self,
        field: &str,
        source: &str,
        labels: wire::Map<Scalar>,
    ) -> Result<(Vec<Step>, BTreeMap<Ident, PathLabel>)> {
        let bad = |text: &str| {
            let error = self.error(text, format!("{field}: path `{text}`: it is not keys with dots between them"));
            let form = || "keys stand behind dots, elements of lists in brackets: `[0]`, or `[*]` for each".into();
            error.hint(Some(Step::meant(text).map_or_else(form, |meant| format!("did you mean `{meant}`?"))))
        };
        // Other languages begin at `$`.
        let read = |text: &str| Step::parse_all(text).filter(|path| path.first() != Some(&Step::Key("$".into())));
        let path = read(source).ok_or_else(|| bad(source))?;
        let wildcards = path.iter().filter(|step| **step == Step::Each).count();
        let mut places = BTreeMap::new();
        for (key, Scalar(text)) in labels.0 {
            let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            let label = match (quoted, text.strip_prefix('*').map(str::parse::<usize>)) {
                (Some(text), _) => PathLabel::Text(text.into()),
                (None, Some(Ok(number))) if (1..=wildcards).contains(&number) => PathLabel::Wildcard(number - 1),
                (None, Some(_)) => {
                    return Err(self.error(&text, format!("{field}: `{text}`: the path has {wildcards} wildcards")));
                }
                (None, None) => PathLabel::Path(read(&text).ok_or_else(|| bad(&text))?),
            };
            places.insert(self.key(field, &key)?, label);
        }
        Ok((path, places))
    }
}
