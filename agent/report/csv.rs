//! A comparison -> a table of comma-separated values: a row for each metric, index, case and refused benchmark.
//!
//! An empty field is a value that is not known, or that such a row does not have. Columns are only ever added at the end.

use super::{figures::Figures, sentences};
use crate::{
    compare::{CaseFinding, Comparison, Difference, MetricFinding},
    statistics::verdict::Setting,
};
use serde::Serialize;
use std::{collections::BTreeMap, io};

/// One row; the names of the fields are those of the columns.
#[derive(Default, Serialize)]
struct Row<'a> {
    /// What it is of: `metric`, `index`, `case` or `refused`.
    row: &'static str,
    benchmark: &'a str,
    /// `name=value` pairs with a blank between them, as in `case` and `labels`. The JSON has them apart.
    parameters: String,
    case: String,
    metric: &'a str,
    labels: String,
    unit: &'a str,
    better: &'static str,
    primary: Option<bool>,
    base: Option<f64>,
    new: Option<f64>,
    change: Option<f64>,
    change_words: Option<String>,
    interval_low: Option<f64>,
    interval_high: Option<f64>,
    verdict: &'static str,
    suspect: Option<bool>,
    p: Option<f64>,
    p_calibrated: Option<f64>,
    q: Option<f64>,
    spread: Option<f64>,
    boots_past: Option<usize>,
    boots_base: Option<usize>,
    boots_new: Option<usize>,
    reason: Option<String>,
}

/// Writes the table, with the names of the columns as its first line: cases, refused benchmarks, indexes, metrics.
///
/// # Errors
/// Those of the writer.
pub fn csv(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    for case in &comparison.cases {
        table.serialize(Row::of_case(case))?;
    }
    for difference in &comparison.refused {
        table.serialize(Row::of_refused(difference))?;
    }
    for (row, findings) in [("index", &comparison.indexes), ("metric", &comparison.metrics)] {
        for finding in findings {
            table.serialize(Row::of_metric(row, finding, &comparison.setting))?;
        }
    }
    table.flush()
}

impl<'a> Row<'a> {
    fn of_metric(row: &'static str, finding: &'a MetricFinding, setting: &Setting) -> Self {
        let Figures { base, new, change, interval, change_words, suspect, p, p_calibrated, q, spread, reason, .. } =
            Figures::of(finding, setting);
        let (subject, boots) = (&finding.subject, finding.boots);
        Row {
            row,
            benchmark: subject.benchmark.as_str(),
            parameters: parameters(&subject.parameters),
            case: subject.case.to_string(),
            metric: subject.metric.as_ref().map_or("", |metric| metric.as_str()),
            labels: subject.labels.to_string(),
            unit: subject.unit.as_ref().map_or("", |unit| unit.as_str()),
            better: finding.better.as_str(),
            primary: Some(finding.primary),
            base,
            new,
            change,
            change_words,
            interval_low: interval.map(|(low, _)| low),
            interval_high: interval.map(|(_, high)| high),
            verdict: finding.word(),
            suspect: Some(suspect),
            p,
            p_calibrated,
            q,
            spread,
            boots_past: Some(boots.past),
            boots_base: Some(boots.base),
            boots_new: Some(boots.new),
            reason,
        }
    }

    fn of_case(case: &'a CaseFinding) -> Self {
        let (course, why) = (sentences::case(case), sentences::case_reason(case));
        Row {
            row: "case",
            benchmark: case.benchmark.as_str(),
            parameters: parameters(&case.parameters),
            case: case.labels.to_string(),
            verdict: sentences::case_word(case.change),
            boots_base: Some(case.base.boots()),
            boots_new: Some(case.new.boots()),
            reason: Some(why.map_or_else(|| course.clone(), |why| format!("{course}: {why}"))),
            ..Row::default()
        }
    }

    fn of_refused(difference: &'a Difference) -> Self {
        Row {
            row: "refused",
            benchmark: difference.benchmark.as_ref().map_or("", |benchmark| benchmark.as_str()),
            verdict: "refused",
            reason: Some(difference.to_string()),
            ..Row::default()
        }
    }
}

fn parameters(all: &BTreeMap<String, String>) -> String {
    all.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
