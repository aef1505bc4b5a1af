//! From the YAML's shape of outputs to checked ones.

use super::{
    Expected, Factor, JsonLabel, JsonPattern, JsonStep, MetricSpec, NumberFormat, OutputFormat, Pattern, Section,
    Stream,
    check::{Checker, Result},
    nearest,
    wire::{self, Scalar},
};
use crate::record::Ident;
use regex::bytes::{Regex, RegexSetBuilder};
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn output(&self, output: wire::Output, metrics: &[MetricSpec]) -> Result<OutputFormat> {
        let wire::Output { name, recognise, from, failures, ignore, strict, sections, patterns, json } = output;
        let field = format!("benchmark.outputs `{name}`");
        let regexes = |sources: &[String]| -> Result<Vec<Regex>> {
            sources.iter().map(|source| self.regex(&field, source)).collect()
        };
        let sections: Vec<Section> = sections
            .into_iter()
            .map(|section| Ok(Section { heading: self.regex(&field, &section.heading)?, name: section.name }))
            .collect::<Result<_>>()?;
        let patterns = patterns.into_iter().map(|pattern| self.pattern(&field, pattern, &sections, metrics));
        let patterns: Vec<Pattern> = patterns.collect::<Result<_>>()?;
        let (recognise, ignore) = (self.regex(&field, &recognise)?, regexes(&ignore)?);
        let headings = sections.iter().map(|section| section.heading.as_str());
        let all = headings.chain(patterns.iter().map(|pattern| pattern.regex.as_str()));
        let all = all.chain(ignore.iter().map(Regex::as_str)).chain([recognise.as_str()]);
        let all = RegexSetBuilder::new(all).unicode(false).size_limit(8 << 20).build();
        Ok(OutputFormat {
            all: all.map_err(|error| self.error(&name, format!("{field}: all patterns together: {error}")))?,
            failures: regexes(&failures)?,
            recognise,
            ignore,
            patterns,
            json: json.into_iter().map(|json| self.json(&field, json, metrics)).collect::<Result<_>>()?,
            from: match from {
                wire::From::Stdout => Stream::Stdout,
                wire::From::Stderr => Stream::Stderr,
            },
            strict,
            sections,
            name,
        })
    }

    fn pattern(
        &self,
        field: &str,
        pattern: wire::Pattern,
        sections: &[Section],
        metrics: &[MetricSpec],
    ) -> Result<Pattern> {
        let wire::Pattern { metric, values, regex: source, section, labels, number, units, expect } = pattern;
        let regex = self.regex(field, &source)?;
        let values: Vec<(String, Ident)> = match (metric, values.0.is_empty()) {
            (Some(metric), true) => vec![("value".into(), metric)],
            (None, false) => values.0,
            _ => return Err(self.error(&source, format!("{field}: either `metric` or `values` must be given"))),
        };
        let labels = self.labels(field, labels)?;
        let heading = match &section {
            None => None,
            Some(name) => match sections.iter().find(|section| section.name == *name) {
                Some(section) => Some(&section.heading),
                None => return Err(self.error(&source, format!("{field}: section `{name}` is not declared"))),
            },
        };
        for (group, metric) in &values {
            if !names(&regex).any(|name| name == group) {
                return Err(self.error(&source, format!("{field}: no group `{group}` in the pattern of `{metric}`")));
            }
            let spec = self.known(field, &source, metric, metrics)?;
            let own = names(&regex).filter(|name| *name != "unit" && !values.iter().any(|(value, _)| value == name));
            let given = own.chain(heading.into_iter().flat_map(names)).chain(labels.keys().map(Ident::as_str));
            self.same_labels(field, &source, spec, given.collect())?;
        }
        let factors = units.0.into_iter().map(|(unit, factor)| Ok((unit, self.factor(field, &factor)?)));
        let units: BTreeMap<String, Factor> = factors.collect::<Result<_>>()?;
        if units.is_empty() == names(&regex).any(|name| name == "unit") {
            return Err(self.error(&source, format!("{field}: a group `unit` goes with `units`")));
        }
        Ok(Pattern {
            number: number_format(number),
            expected: self.expected(expect)?,
            values,
            regex,
            section,
            labels,
            units,
        })
    }

    fn json(&self, field: &str, json: wire::JsonPattern, metrics: &[MetricSpec]) -> Result<JsonPattern> {
        let wire::JsonPattern { metric, path: source, labels, factor, expect } = json;
        let spec = self.known(field, &source, &metric, metrics)?;
        let bad = |text: &str| self.error(text, format!("{field}: path `{text}`: write `jobs[*].read.iops`"));
        let path = steps(&source).ok_or_else(|| bad(&source))?;
        let wildcards = path.iter().filter(|step| **step == JsonStep::Each).count();
        let mut places = BTreeMap::new();
        for (key, Scalar(text)) in labels.0 {
            let label = match text.strip_prefix('*').map(str::parse::<usize>) {
                Some(Ok(number)) if (1..=wildcards).contains(&number) => JsonLabel::Wildcard(number - 1),
                Some(_) => {
                    return Err(self.error(&text, format!("{field}: `{text}`: the path has {wildcards} wildcards")));
                }
                None => JsonLabel::Path(steps(&text).ok_or_else(|| bad(&text))?),
            };
            places.insert(self.key(field, &key)?, label);
        }
        self.same_labels(field, &source, spec, places.keys().map(Ident::as_str).collect())?;
        let factor = factor.map_or(Ok(Factor::ONE), |factor| self.factor(field, &factor))?;
        Ok(JsonPattern { expected: self.expected(expect)?, metric, path, labels: places, factor })
    }

    fn known<'m>(&self, field: &str, near: &str, metric: &Ident, metrics: &'m [MetricSpec]) -> Result<&'m MetricSpec> {
        metrics.iter().find(|spec| spec.metric.name == *metric).ok_or_else(|| {
            let hint = nearest(metric.as_str(), metrics.iter().map(|spec| spec.metric.name.as_str()));
            let hint = hint.map(|name| format!("did you mean `{name}`?"));
            self.error(near, format!("{field}: metric `{metric}` is not declared in benchmark.metrics")).hint(hint)
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

    fn factor(&self, field: &str, Scalar(text): &Scalar) -> Result<Factor> {
        Factor::parse(text).ok_or_else(|| self.error(text, format!("{field}: factor `{text}`: write 1024 or 1/1000")))
    }

    fn expected(&self, expect: Option<Scalar>) -> Result<Expected> {
        let text = expect.unwrap_or_else(|| Scalar("1".into()));
        Ok(match text.0.as_str() {
            "some" => Expected::Some,
            "any" => Expected::Any,
            _ => Expected::Exactly(self.template("outputs", &text)?),
        })
    }
}

fn names(regex: &Regex) -> impl Iterator<Item = &str> {
    regex.capture_names().flatten()
}

fn number_format(number: wire::Number) -> NumberFormat {
    match number {
        wire::Number::Plain => NumberFormat::Plain,
        wire::Number::Grouped => NumberFormat::Grouped,
        wire::Number::Decimal => NumberFormat::Decimal,
        wire::Number::Binary => NumberFormat::Binary,
        wire::Number::Duration => NumberFormat::Duration,
        wire::Number::Hexadecimal => NumberFormat::Hexadecimal,
    }
}

/// `jobs[*].read.iops`, `a["b.c"][0]`: keys after dots, indices, `*` and quoted keys in brackets.
fn steps(path: &str) -> Option<Vec<JsonStep>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let (key, after) = after.split_once("\"]")?;
            steps.push(JsonStep::Key(key.into()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after.split_once(']')?;
            steps.push(if inside == "*" {
                JsonStep::Each
            } else {
                JsonStep::Key(inside.parse::<usize>().ok()?.to_string())
            });
            rest = after;
        } else {
            let after = rest.strip_prefix('.').unwrap_or(rest);
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 || (after.len() == rest.len() && !steps.is_empty()) {
                return None;
            }
            steps.push(if &after[..end] == "*" { JsonStep::Each } else { JsonStep::Key(after[..end].into()) });
            rest = &after[end..];
        }
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths() {
        let key = |text: &str| JsonStep::Key(text.into());
        let path = steps("jobs[*].read.clat_ns[\"99.0\"][3].*").unwrap();
        let expected =
            [key("jobs"), JsonStep::Each, key("read"), key("clat_ns"), key("99.0"), key("3"), JsonStep::Each];
        assert_eq!(path, expected);
        for bad in ["", ".", "a..b", "a[b]", "a[", "a[1", "[0]b"] {
            assert_eq!(steps(bad), None, "{bad}");
        }
    }
}
