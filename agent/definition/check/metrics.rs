//! Metrics, which of them are primary or measured on the command itself, and the labels of verdicts.

use super::{Checker, Result};
use crate::{
    definition::{MetricSpec, Quantity, wire},
    record::{Ident, Metric},
};

/// How many metrics a definition may name as primary.
const MAX_PRIMARY: usize = 3;

impl Checker<'_> {
    pub(super) fn metrics(&self, metrics: Vec<wire::Metric>) -> Result<Vec<MetricSpec>> {
        let mut checked: Vec<MetricSpec> = Vec::new();
        for wire::Metric { name, unit, better, range, labels, description } in metrics {
            if checked.iter().any(|earlier| earlier.metric.name == name) {
                let message = format!("benchmark.metrics: `{name}` is declared twice");
                return Err(self.in_list("metrics", &name, 1, message));
            }
            self.range(&name, range)?;
            if let Some(key) = labels.iter().find(|key| key.is_reserved()) {
                return Err(self.error(key.as_str(), format!("benchmark.metrics: `{name}`: label `{key}` is taken")));
            }
            checked.push(MetricSpec {
                metric: Metric { name, unit, better, labels, primary: false },
                description,
                range,
            });
        }
        Ok(checked)
    }

    fn range(&self, name: &Ident, (low, high): (f64, f64)) -> Result<()> {
        let why = match low.is_finite() && high.is_finite() {
            true if low <= high => return Ok(()),
            true => format!("the lowest number comes first (write [{high}, {low}])"),
            false => "it must have two finite numbers".into(),
        };
        let message = format!("benchmark.metrics: `{name}`: range [{low}, {high}]: {why}");
        Err(self.in_list("metrics", name, 0, message))
    }

    /// Marks the metrics that a person would quote.
    pub(super) fn primary(&self, names: &[Ident], metrics: &mut [MetricSpec]) -> Result<()> {
        if names.len() > MAX_PRIMARY {
            let message = format!("benchmark.primary: {} metrics (one to {MAX_PRIMARY} are quoted)", names.len());
            return Err(self.error("primary:", message));
        }
        for name in names {
            match metrics.iter_mut().find(|spec| spec.metric.name == *name) {
                Some(spec) if !spec.metric.primary => spec.metric.primary = true,
                Some(_) => {
                    return Err(self.in_list("primary", name, 1, format!("benchmark.primary: `{name}` stands twice")));
                }
                None => {
                    let known = metrics.iter().map(|spec| spec.metric.name.as_str());
                    let message = format!("benchmark.primary: metric `{name}` is not declared");
                    return Err(self.in_list("primary", name, 0, message).meant(name.as_str(), known));
                }
            }
        }
        Ok(())
    }

    /// The keys of verdicts' labels stand in the same names as those of the matrix.
    pub(super) fn verdict_labels(&self, labels: &[Ident], matrix: &[wire::Axis], metrics: &[MetricSpec]) -> Result<()> {
        let taken = |key: &Ident| {
            key.is_reserved()
                || matrix.iter().any(|axis| axis.label == *key)
                || metrics.iter().any(|spec| spec.metric.labels.contains(key))
        };
        match labels.iter().enumerate().find(|(at, key)| taken(key) || labels[..*at].contains(key)) {
            Some((_, key)) => {
                Err(self.error(key.as_str(), format!("benchmark.verdict-labels: label `{key}` is taken")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn measure(&self, measure: wire::Measure, metrics: &[MetricSpec]) -> Result<Vec<(Quantity, Ident)>> {
        let wire::Measure { elapsed, user, system, max_rss } = measure;
        let all = [
            (Quantity::Elapsed, elapsed),
            (Quantity::User, user),
            (Quantity::System, system),
            (Quantity::MaxRss, max_rss),
        ];
        let mut measured = Vec::new();
        for (quantity, metric) in all.into_iter().filter_map(|(quantity, metric)| Some((quantity, metric?))) {
            let unit = if quantity == Quantity::MaxRss { "B" } else { "s" };
            let Some(spec) = metrics.iter().find(|spec| spec.metric.name == metric) else {
                let known = metrics.iter().map(|spec| spec.metric.name.as_str());
                let message = format!("benchmark.measure: metric `{metric}` is not declared");
                return Err(self.in_list("measure", &metric, 0, message).meant(metric.as_str(), known));
            };
            if spec.metric.unit.as_str() != unit || !spec.metric.labels.is_empty() {
                let message = format!("benchmark.measure: metric `{metric}` must have the unit {unit} and no labels");
                return Err(self.error(metric.as_str(), message));
            }
            measured.push((quantity, metric));
        }
        Ok(measured)
    }
}
