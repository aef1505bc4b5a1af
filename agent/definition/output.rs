//! From the YAML's shape of outputs to checked ones.

use super::{
    Document, Expected, Factor, LineVerdict, MetricSpec, OutputFormat, PathLabel, PathPattern, PathVerdict, Pattern,
    Results, Section, Source, Step, Syntax, Table, Tap,
    check::{Checker, Result},
    pattern::{LinePart, SAME},
    wire::{self, Scalar},
};
use crate::record::Ident;
use regex::bytes::{Regex, RegexSet, RegexSetBuilder};
use std::collections::BTreeMap;

/// What the parts of an output may refer to.
struct Scope<'a> {
    /// What the output is called in errors.
    field: String,
    metrics: &'a [MetricSpec],
    verdict_labels: &'a [Ident],
    sections: &'a [Section],
}

impl Checker<'_> {
    pub(super) fn output(
        &self,
        output: wire::Output,
        metrics: &[MetricSpec],
        verdict_labels: &[Ident],
    ) -> Result<OutputFormat> {
        let field = format!("benchmark.outputs `{}`", output.name);
        let regexes = |sources: &[String]| -> Result<Vec<Regex>> {
            sources.iter().map(|source| self.regex(&field, source)).collect()
        };
        let section =
            |section: wire::Section| Ok(Section { heading: self.regex(&field, &section.heading)?, name: section.name });
        let sections: Vec<Section> = output.sections.into_iter().map(section).collect::<Result<_>>()?;
        let scope = Scope { field: field.clone(), metrics, verdict_labels, sections: &sections };
        let (verdicts, in_document): (Vec<_>, Vec<_>) =
            output.verdicts.into_iter().partition(|verdict| verdict.regex.is_some());
        let mut format = OutputFormat {
            from: self.source(&field, output.from)?,
            recognise: self.regex(&field, &output.recognise)?,
            may_fail: self.anywhere(&field, &output.failures)?,
            failures: regexes(&output.failures)?,
            ends: regexes(&output.ends)?,
            strict: output.strict,
            patterns: self.each(output.patterns, |pattern| self.pattern(&scope, pattern))?,
            tables: self.each(output.tables, |table| self.table(&scope, table))?,
            document: self.document(&scope, output.json, output.yaml, in_document)?,
            tap: output.tap.map(|tap| self.tap(&scope, tap)).transpose()?,
            verdicts: self.each(verdicts, |verdict| self.line_verdict(&scope, verdict))?,
            name: output.name,
            all: RegexSet::empty(),
            parts: Vec::new(),
            sections: Vec::new(),
        };
        format.sections = sections;
        self.lines(&mut format, &field, &regexes(&output.ignore)?)?;
        Ok(format)
    }

    fn each<T, U>(&self, all: Vec<T>, check: impl Fn(T) -> Result<U>) -> Result<Vec<U>> {
        all.into_iter().map(check).collect()
    }

    /// Puts all that is matched on lines into one automaton.
    fn lines(&self, format: &mut OutputFormat, field: &str, ignore: &[Regex]) -> Result<()> {
        let known = ignore.iter().chain(&format.ends).chain([&format.recognise]);
        let (regexes, parts): (Vec<&Regex>, Vec<LinePart>) =
            (format.sections.iter().enumerate().map(|(at, section)| (&section.heading, LinePart::Section(at))))
                .chain(format.patterns.iter().enumerate().map(|(at, pattern)| (&pattern.regex, LinePart::Pattern(at))))
                .chain(format.tables.iter().enumerate().map(|(at, table)| (&table.header, LinePart::Table(at))))
                .chain(format.verdicts.iter().enumerate().map(|(at, verdict)| (&verdict.regex, LinePart::Verdict(at))))
                .chain(known.map(|regex| (regex, LinePart::Known)))
                .unzip();
        let sources = regexes.into_iter().map(Regex::as_str);
        let built = RegexSetBuilder::new(sources).unicode(false).size_limit(8 << 20).build();
        let all =
            built.map_err(|error| self.error(&format.name, format!("{field}: all patterns together: {error}")))?;
        (format.all, format.parts) = (all, parts);
        Ok(())
    }

    /// Matches a text if one of `sources` matches one of its lines: one look at the whole text spares one at each line.
    fn anywhere(&self, field: &str, sources: &[String]) -> Result<RegexSet> {
        let mut builder = RegexSetBuilder::new(sources);
        let builder = builder.unicode(false).multi_line(true).crlf(true).dot_matches_new_line(true).size_limit(8 << 20);
        builder.build().map_err(|error| self.error(field, format!("{field}: all failures together: {error}")))
    }

    fn source(&self, field: &str, from: wire::From) -> Result<Source> {
        Ok(match from {
            wire::From::Stream(wire::Stream::Stdout) => Source::Stdout,
            wire::From::Stream(wire::Stream::Stderr) => Source::Stderr,
            wire::From::File(name) => Source::File(self.file_name(field, name.file)?),
        })
    }

    /// A file in the working directory, which a sample keeps beside its other outputs.
    fn file_name(&self, field: &str, name: String) -> Result<String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let taken = matches!(name.as_str(), "stdout" | "stderr" | "json") || name.starts_with('.');
        if name.is_empty() || taken || !name.bytes().all(plain) {
            return Err(self.error(&name, format!("{field}: file `{name}`: A-Z a-z 0-9 . - _, not `json`, no folder")));
        }
        Ok(name)
    }

    fn pattern(&self, scope: &Scope<'_>, pattern: wire::Pattern) -> Result<Pattern> {
        let field = &scope.field;
        let wire::Pattern {
            metric,
            values,
            regex: source,
            section,
            labels,
            split,
            number,
            units,
            factor,
            expect,
            repeats,
        } = pattern;
        let regex = self.regex(field, &source)?;
        let values: Vec<(String, Ident)> = match (metric, values.0.is_empty()) {
            (Some(metric), true) => vec![("value".into(), metric)],
            (None, false) => values.0,
            _ => return Err(self.error(&source, format!("{field}: either `metric` or `values` must be given"))),
        };
        let labels = self.labels(field, labels)?;
        let heading = self.heading(scope, &source, section.as_deref())?;
        let is_label = |name: &str| name != "unit" && !values.iter().any(|(group, _)| group == name);
        let varies = split.is_some() || names(&regex).chain(heading.into_iter().flat_map(names)).any(is_label);
        for (group, metric) in &values {
            if !names(&regex).any(|name| name == group) {
                return Err(self.error(&source, format!("{field}: no group `{group}` in the pattern of `{metric}`")));
            }
            let spec = self.known(scope, &source, metric)?;
            let own = names(&regex).filter(|name| *name != "unit" && !values.iter().any(|(value, _)| value == name));
            let others = labels.keys().chain(&split).map(Ident::as_str);
            let given = own.chain(heading.into_iter().flat_map(names)).chain(others);
            self.same_labels(field, &source, spec, given.collect())?;
        }
        let factors = units.0.into_iter().map(|(unit, factor)| Ok((unit, self.factor(field, Some(factor))?)));
        let units: BTreeMap<String, Factor> = factors.collect::<Result<_>>()?;
        if units.is_empty() == names(&regex).any(|name| name == "unit") {
            return Err(self.error(&source, format!("{field}: a group `unit` goes with `units`")));
        }
        if values.len() > 1 && !units.is_empty() {
            let message =
                format!("{field}: `units` go with one value in a line, and this pattern has {}", values.len());
            let hint = "write one pattern for each value that has a unit; several may match the same line";
            return Err(self.error(&source, message).hint(Some(hint.into())));
        }
        if factor.is_some() && !units.is_empty() {
            return Err(self.error(&source, format!("{field}: either `units` or `factor`")));
        }
        let factor = self.factor(field, factor)?;
        let expected = match &expect {
            Some(Scalar(each)) if each == "each" && section.is_some() => Expected::Each,
            _ => self.expected(expect)?,
        };
        let repeats = self.repeats(repeats, varies)?;
        Ok(Pattern { expected, repeats, number, values, regex, section, labels, split, units, factor })
    }

    /// The heading of the section that a pattern names.
    fn heading<'s>(&self, scope: &Scope<'s>, near: &str, section: Option<&str>) -> Result<Option<&'s Regex>> {
        let Some(name) = section else { return Ok(None) };
        match scope.sections.iter().find(|section| section.name == *name) {
            Some(section) => Ok(Some(&section.heading)),
            None => Err(self.error(near, format!("{}: section `{name}` is not declared", scope.field))),
        }
    }

    fn table(&self, scope: &Scope<'_>, table: wire::Table) -> Result<Table> {
        let field = &scope.field;
        let wire::Table {
            header,
            columns,
            separator,
            end,
            values,
            others,
            labels,
            number,
            factor,
            missing,
            expect,
            repeats,
        } = table;
        let keys = labels.0.into_iter().map(|(key, column)| Ok((self.key(field, &key)?, column)));
        let labels: BTreeMap<Ident, String> = keys.collect::<Result<_>>()?;
        let named = values.0.iter().map(|(column, _)| column).chain(labels.values());
        if let Some(column) = named.clone().find(|column| !columns.is_empty() && !columns.contains(column)) {
            return Err(self.error(&header, format!("{field}: column `{column}` is not in `columns`")));
        }
        if values.0.is_empty() && others.is_none() {
            return Err(self.error(&header, format!("{field}: the table has neither `values` nor `others`")));
        }
        for (_, metric) in &values.0 {
            let spec = self.known(scope, &header, metric)?;
            self.same_labels(field, &header, spec, labels.keys().map(Ident::as_str).collect())?;
        }
        if let Some(wire::Others { metric, label }) = &others {
            let spec = self.known(scope, &header, metric)?;
            let given = labels.keys().chain([label]).map(Ident::as_str);
            self.same_labels(field, &header, spec, given.collect())?;
        }
        let repeats = self.repeats(repeats, !labels.is_empty() || others.is_some())?;
        let separator = separator.map(|c| {
            u8::try_from(c).map_err(|_| self.error(&header, format!("{field}: separator `{c}`: one ASCII character")))
        });
        Ok(Table {
            end: end.map(|end| self.regex(field, &end)).transpose()?,
            header: self.regex(field, &header)?,
            separator: separator.transpose()?,
            values: values.0,
            others: others.map(|others| (others.metric, others.label)),
            factor: self.factor(field, factor)?,
            expected: self.expected(expect)?,
            repeats,
            columns,
            labels,
            number,
            missing,
        })
    }

    fn document(
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
            _ => self.expected(expect)?,
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
        Ok(PathVerdict { path, labels, results, reason, expected: self.expected(expect)? })
    }

    /// A path, and the labels that go with it.
    fn path(
        &self,
        field: &str,
        source: &str,
        labels: wire::Map<Scalar>,
    ) -> Result<(Vec<Step>, BTreeMap<Ident, PathLabel>)> {
        let bad = |text: &str| self.error(text, format!("{field}: path `{text}`: write `jobs[*].read.iops`"));
        let path = Step::parse_all(source).ok_or_else(|| bad(source))?;
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
                (None, None) => PathLabel::Path(Step::parse_all(&text).ok_or_else(|| bad(&text))?),
            };
            places.insert(self.key(field, &key)?, label);
        }
        Ok((path, places))
    }

    fn line_verdict(&self, scope: &Scope<'_>, verdict: wire::VerdictPattern) -> Result<LineVerdict> {
        let wire::VerdictPattern { regex, section, path, labels, results, reason, expect, total, once } = verdict;
        let source = regex.unwrap_or_default();
        let field = &scope.field;
        if path.is_some() {
            return Err(self.error(&source, format!("{field}: a verdict has either `regex` or `path`")));
        }
        if reason.is_some() {
            return Err(self.error(&source, format!("{field}: `reason` goes with `path`; in a `regex` it is a group")));
        }
        let regex = self.regex(field, &source)?;
        if !names(&regex).any(|name| name == "verdict") {
            return Err(self.error(&source, format!("{field}: no group `verdict` (write `(?P<verdict>...)`)")));
        }
        let labels = self.labels(field, labels)?;
        let heading = self.heading(scope, &source, section.as_deref())?;
        let own = names(&regex).filter(|name| !matches!(*name, "verdict" | "reason"));
        let given = own.chain(heading.into_iter().flat_map(names)).chain(labels.keys().map(Ident::as_str));
        self.verdict_keys(scope, &source, given)?;
        let results: Results = results.0.into_iter().collect();
        let total = total.map(|source| self.total(field, &source)).transpose()?;
        Ok(LineVerdict { regex, section, labels, results, expected: self.expected(expect)?, total, once })
    }

    /// The pattern of a line that says how many verdicts there are.
    fn total(&self, field: &str, source: &str) -> Result<Regex> {
        let regex = self.regex(field, source)?;
        if !names(&regex).any(|name| name == "total") {
            return Err(self.error(source, format!("{field}: no group `total` (write `(?P<total>\\d+)`)")));
        }
        Ok(regex)
    }

    fn tap(&self, scope: &Scope<'_>, tap: wire::Tap) -> Result<Tap> {
        let test = self.regex(&scope.field, &tap.test)?;
        self.verdict_keys(scope, &tap.test, names(&test).chain([tap.nested.as_str()]))?;
        Ok(Tap { test, nested: tap.nested })
    }

    /// The labels of verdicts must be declared.
    fn verdict_keys<'k>(&self, scope: &Scope<'_>, near: &str, keys: impl Iterator<Item = &'k str>) -> Result<()> {
        for key in keys {
            if !scope.verdict_labels.iter().any(|declared| declared.as_str() == key) {
                let message = format!("{}: label `{key}` is not in benchmark.verdict-labels", scope.field);
                return Err(self.error(near, message));
            }
        }
        Ok(())
    }

    fn known<'m>(&self, scope: &Scope<'m>, near: &str, metric: &Ident) -> Result<&'m MetricSpec> {
        let metrics = scope.metrics;
        metrics.iter().find(|spec| spec.metric.name == *metric).ok_or_else(|| {
            let known = metrics.iter().map(|spec| spec.metric.name.as_str());
            let hint = crate::text::nearest(metric.as_str(), known).map(|name| format!("did you mean `{name}`?"));
            self.error(near, format!("{}: metric `{metric}` is not declared", scope.field)).hint(hint)
        })
    }

    fn same_labels(&self, field: &str, near: &str, spec: &MetricSpec, mut given: Vec<&str>) -> Result<()> {
        let mut declared: Vec<&str> = spec.metric.labels.iter().map(Ident::as_str).collect();
        given.sort_unstable();
        declared.sort_unstable();
        if given == declared {
            return Ok(());
        }
        let metric = &spec.metric.name;
        Err(self
            .error(near, format!("{field}: the labels of `{metric}` are {given:?} here, {declared:?} are declared")))
    }

    fn labels(&self, field: &str, labels: wire::Map<Scalar>) -> Result<BTreeMap<Ident, String>> {
        labels.0.into_iter().map(|(key, Scalar(text))| Ok((self.key(field, &key)?, text))).collect()
    }

    fn key(&self, field: &str, key: &str) -> Result<Ident> {
        key.parse().map_err(|error| self.error(key, format!("{field}: {error}")))
    }

    fn factor(&self, field: &str, factor: Option<Scalar>) -> Result<Factor> {
        let Some(Scalar(text)) = factor else { return Ok(Factor::ONE) };
        Factor::parse(&text).ok_or_else(|| self.error(&text, format!("{field}: factor `{text}`: write 1024 or 1/1000")))
    }

    fn expected(&self, expect: Option<Scalar>) -> Result<Expected> {
        let text = expect.unwrap_or_else(|| Scalar("1".into()));
        Ok(match text.0.as_str() {
            "some" => Expected::Some,
            "any" => Expected::Any,
            "each" => {
                return Err(self.error(
                    "expect: each",
                    "benchmark.outputs: `each` goes with a path that has a wildcard, or a section",
                ));
            }
            _ => Expected::Exactly(self.template("outputs", &text)?),
        })
    }

    /// How many values one series has. Where no label varies, all values are of one series, and `expect` counts them.
    fn repeats(&self, repeats: Option<Scalar>, varies: bool) -> Result<Expected> {
        if repeats.is_none() && !varies { Ok(Expected::Any) } else { self.expected(repeats) }
    }
}

/// The groups of a pattern, without the one that must be the same in a heading and in the lines below it.
fn names(regex: &Regex) -> impl Iterator<Item = &str> {
    regex.capture_names().flatten().filter(|name| *name != SAME)
}
