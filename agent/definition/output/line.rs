//! Patterns, tables and verdicts of lines.

use super::{Scope, names};
use crate::{
    definition::{
        Expected, Factor, LineVerdict, Pattern, Results, Table,
        check::{Checker, Result},
        wire::{self, Scalar},
    },
    record::Ident,
};
use regex::bytes::Regex;
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn pattern(&self, scope: &Scope<'_>, pattern: wire::Pattern) -> Result<Pattern> {
        let (field, source, split) = (&scope.field, &pattern.regex, pattern.split);
        let regex = self.regex(field, source)?;
        let mut values: Vec<(String, Ident)> = match (pattern.metric, pattern.values.0.is_empty()) {
            (Some(metric), true) => vec![("value".into(), metric)],
            (None, false) => pattern.values.0,
            _ => return Err(self.error(source, format!("{field}: either `metric` or `values` must be given"))),
        };
        // Whoever writes the map anew, as LAVA does, may change its order.
        values.sort_by_key(|(_, metric)| scope.metrics.iter().position(|spec| spec.metric.name == *metric));
        let labels = self.labels(field, pattern.labels)?;
        let heading = self.heading(scope, source, pattern.section.as_deref())?;
        let is_label = |name: &&str| *name != "unit" && !values.iter().any(|(group, _)| group == name);
        let varies =
            split.is_some() || names(&regex).chain(heading.into_iter().flat_map(names)).any(|name| is_label(&name));
        for (group, metric) in &values {
            if !names(&regex).any(|name| name == group) {
                return Err(self.error(source, format!("{field}: no group `{group}` in the pattern of `{metric}`")));
            }
            let spec = self.known(scope, source, metric)?;
            let others = labels.keys().chain(&split).map(Ident::as_str);
            let given = names(&regex).filter(is_label).chain(heading.into_iter().flat_map(names)).chain(others);
            self.same_labels(field, source, spec, given.collect())?;
        }
        let has_unit = names(&regex).any(|name| name == "unit");
        let units = self.units((field, source), (has_unit, values.len()), pattern.units, pattern.factor.is_some())?;
        let factor = self.factor(field, pattern.factor)?;
        let expected = match &pattern.expect {
            Some(Scalar(each)) if each == "each" && pattern.section.is_some() => Expected::Each,
            _ => self.expected("expect", pattern.expect)?,
        };
        let (repeats, number) = (self.repeats(pattern.repeats, varies)?, pattern.number);
        let section = pattern.section;
        Ok(Pattern { expected, repeats, number, values, regex, section, labels, split, units, factor })
    }

    /// The factors of a pattern's units, which go with one value and a group `unit`.
    fn units(
        &self,
        (field, source): (&str, &str),
        (has_unit, values): (bool, usize),
        units: wire::Map<Scalar>,
        has_factor: bool,
    ) -> Result<BTreeMap<String, Factor>> {
        let factors = units.0.into_iter().map(|(unit, factor)| Ok((unit, self.factor(field, Some(factor))?)));
        let units: BTreeMap<String, Factor> = factors.collect::<Result<_>>()?;
        if units.is_empty() == has_unit {
            return Err(self.error(source, format!("{field}: a group `unit` goes with `units`")));
        }
        if values > 1 && has_unit {
            let message = format!("{field}: `units` go with one value in a line, and this pattern has {values}");
            let hint = "write one pattern for each value that has a unit; several may match the same line";
            return Err(self.error(source, message).hint(Some(hint.into())));
        }
        if has_factor && has_unit {
            return Err(self.error(source, format!("{field}: either `units` or `factor`")));
        }
        Ok(units)
    }

    /// The heading of the section that a pattern names.
    fn heading<'s>(&self, scope: &Scope<'s>, near: &str, section: Option<&str>) -> Result<Option<&'s Regex>> {
        let Some(name) = section else { return Ok(None) };
        match scope.sections.iter().find(|section| section.name == *name) {
            Some(section) => Ok(Some(&section.heading)),
            None => {
                let known = scope.sections.iter().map(|section| section.name.as_str());
                Err(self.error(near, format!("{}: section `{name}` is not declared", scope.field)).meant(name, known))
            }
        }
    }

    pub(super) fn table(&self, scope: &Scope<'_>, table: wire::Table) -> Result<Table> {
        let (field, header) = (&scope.field, &table.header);
        let keys = table.labels.0.into_iter().map(|(key, column)| Ok((self.key(field, &key)?, column)));
        let labels: BTreeMap<Ident, String> = keys.collect::<Result<_>>()?;
        let named = table.values.0.iter().map(|(column, _)| column).chain(labels.values());
        let unknown = |column: &&String| !table.columns.is_empty() && !table.columns.contains(column);
        if let Some(column) = named.clone().find(unknown) {
            return Err(self.error(header, format!("{field}: column `{column}` is not in `columns`")));
        }
        if table.values.0.is_empty() && table.others.is_none() {
            return Err(self.error(header, format!("{field}: the table has neither `values` nor `others`")));
        }
        let others = table.others.map(|wire::Others { metric, label }| (metric, label));
        let of_values = table.values.0.iter().map(|(_, metric)| (metric, None));
        for (metric, label) in of_values.chain(others.iter().map(|(metric, label)| (metric, Some(label)))) {
            let spec = self.known(scope, header, metric)?;
            self.same_labels(field, header, spec, labels.keys().chain(label).map(Ident::as_str).collect())?;
        }
        let repeats = self.repeats(table.repeats, !labels.is_empty() || others.is_some())?;
        let separator = table.separator.map(|c| {
            u8::try_from(c).map_err(|_| self.error(header, format!("{field}: separator `{c}`: one ASCII character")))
        });
        Ok(Table {
            end: table.end.map(|end| self.regex(field, &end)).transpose()?,
            header: self.regex(field, header)?,
            separator: separator.transpose()?,
            factor: self.factor(field, table.factor)?,
            expected: self.expected("expect", table.expect)?,
            values: table.values.0,
            columns: table.columns,
            number: table.number,
            missing: table.missing,
            others,
            repeats,
            labels,
        })
    }

    pub(super) fn line_verdict(&self, scope: &Scope<'_>, verdict: wire::VerdictPattern) -> Result<LineVerdict> {
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
        Ok(LineVerdict { regex, section, labels, results, expected: self.expected("expect", expect)?, total, once })
    }

    /// The pattern of a line that says how many verdicts there are.
    fn total(&self, field: &str, source: &str) -> Result<Regex> {
        let regex = self.regex(field, source)?;
        if !names(&regex).any(|name| name == "total") {
            return Err(self.error(source, format!("{field}: no group `total` (write `(?P<total>\\d+)`)")));
        }
        Ok(regex)
    }
}
