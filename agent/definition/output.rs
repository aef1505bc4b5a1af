//! From the YAML's shape of outputs to checked ones.

mod line;
mod path;

use super::{
    Envelope, Expected, Factor, MetricSpec, OutputFormat, Parameter, Section, Source, Tap,
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
        parameters: &[Parameter],
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
            parameters: self.printed(&field, output.parameters, parameters)?,
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
        let parameters = format.parameters.iter().enumerate();
        let (regexes, parts): (Vec<&Regex>, Vec<LinePart>) =
            (format.sections.iter().enumerate().map(|(at, section)| (&section.heading, LinePart::Section(at))))
                .chain(format.patterns.iter().enumerate().map(|(at, pattern)| (&pattern.regex, LinePart::Pattern(at))))
                .chain(format.tables.iter().enumerate().map(|(at, table)| (&table.header, LinePart::Table(at))))
                .chain(format.verdicts.iter().enumerate().map(|(at, verdict)| (&verdict.regex, LinePart::Verdict(at))))
                .chain(parameters.map(|(at, (_, regex))| (regex, LinePart::Parameter(at))))
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

    /// What a runner puts around the tool's outputs.
    pub(super) fn envelope(&self, envelope: wire::Envelope, parameters: &[Parameter]) -> Result<Envelope> {
        let field = "benchmark.envelope";
        let regex = |source: Option<String>| source.map(|source| self.regex(field, &source)).transpose();
        Ok(Envelope {
            command: regex(envelope.command)?,
            begins: regex(envelope.begins)?,
            last: regex(envelope.last)?,
            mark: envelope.mark,
            others: envelope.others.iter().map(|source| self.regex(field, source)).collect::<Result<_>>()?,
            parameters: self.printed(field, envelope.parameters, parameters)?,
        })
    }

    /// The patterns of lines that say with which parameters the tool ran.
    fn printed(
        &self,
        field: &str,
        patterns: wire::Map<String>,
        parameters: &[Parameter],
    ) -> Result<Vec<(String, Regex)>> {
        let field = format!("{field}: parameters");
        let check = |(name, source): (String, String)| {
            if !parameters.iter().any(|parameter| parameter.name == name) {
                let known = parameters.iter().map(|parameter| parameter.name.as_str());
                let message = format!("{field}: `{name}` is not declared in benchmark.parameters");
                return Err(self.error(&source, message).meant(&name, known));
            }
            let regex = self.regex(&field, &source)?;
            if names(&regex).any(|group| group == "value") {
                return Ok((name, regex));
            }
            Err(self.error(&source, format!("{field}: `{name}`: no group `value` (write `(?P<value>\\d+)`)")))
        };
        patterns.0.into_iter().map(check).collect()
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
            self.error(near, format!("{}: metric `{metric}` is not declared", scope.field))
                .meant(metric.as_str(), known)
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
        Err(self.error(
            near,
            format!(
                "{field}: `{metric}` has {} here, and {} in benchmark.metrics",
                in_words(&given),
                in_words(&declared)
            ),
        ))
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

    /// How many lines or values there are: what the key `expect` or `repeats` says, else one.
    fn expected(&self, key: &str, expect: Option<Scalar>) -> Result<Expected> {
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
            count if !count.contains('{') && count.parse::<u32>().is_err() => {
                let hint = format!("write a number, some, any, or '{{{count}}}' for the value of a parameter");
                return Err(
                    self.error(&format!("{key}: {count}"), format!("benchmark.outputs: {key} `{count}`: {hint}"))
                );
            }
            _ => Expected::Exactly(self.template("outputs", &text)?),
        })
    }

    /// How many values one series has. Where no label varies, all values are of one series, and `expect` counts them.
    fn repeats(&self, repeats: Option<Scalar>, varies: bool) -> Result<Expected> {
        if repeats.is_none() && !varies { Ok(Expected::Any) } else { self.expected("repeats", repeats) }
    }
}

/// The groups of a pattern, without the one that must be the same in a heading and in the lines below it.
fn names(regex: &Regex) -> impl Iterator<Item = &str> {
    regex.capture_names().flatten().filter(|name| *name != SAME)
}

/// Labels in a sentence.
fn in_words(labels: &[&str]) -> String {
    match labels {
        [] => "no label".into(),
        [one] => format!("the label `{one}`"),
        several => {
            format!("the labels {}", several.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
