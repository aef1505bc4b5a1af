//! The names of statistics <-> metrics.
//!
//! `throughput_avg` is the metric `throughput-avg`. A statistic with other characters, as `latency_ms.95th`, has its own name
//! as the label `stat`, so that it can be written again.

use super::ident;
use crate::{
    record::{Better, Labels, Metric, Series, Unit, Value},
    suites::lkp::names::Names,
};
use std::collections::BTreeMap;

/// The label with a statistic's own name.
const STAT: &str = "stat";

/// The metrics of one program, as they come up.
pub(super) struct MetricNames<'n> {
    names: &'n Names,
    program: &'n str,
    metrics: Vec<Metric>,
    /// How many times a name was made of others' names.
    made: BTreeMap<String, usize>,
}

impl<'n> MetricNames<'n> {
    pub(super) fn new(names: &'n Names, program: &'n str) -> Self {
        Self { names, program, metrics: Vec::new(), made: BTreeMap::new() }
    }

    /// The series of one statistic.
    pub(super) fn series(&mut self, name: &str, value: Value) -> Series {
        let (text, labels) = match is_plain(name) {
            true => (name.replace('_', "-"), Labels::default()),
            false => {
                let short = slug(name, 54);
                let count = self.made.entry(short.clone()).and_modify(|count| *count += 1).or_insert(1);
                // A plain name has no number of its own behind two bars.
                let text = if *count > 1 { format!("{short}-x{count}") } else { format!("{short}-x") };
                (text, Labels::new(vec![(ident(STAT), name.to_string())]).unwrap_or_default())
            }
        };
        let meaning = self.names.meaning(self.program, name);
        let metric = Metric {
            name: ident(&text),
            unit: unit(meaning.unit),
            better: meaning.better,
            labels: labels.iter().map(|(key, _)| key.clone()).collect(),
            primary: false,
        };
        let series = Series { metric: metric.name.clone(), labels, samples: vec![vec![Some(value)]] };
        if !self.metrics.iter().any(|known| known.name == metric.name) {
            self.metrics.push(metric);
        }
        series
    }

    /// All of them; the first with a direction is what a person would quote.
    pub(super) fn declared(mut self) -> Vec<Metric> {
        let rows = self.names.program(self.program).map(|rows| rows.rows()).unwrap_or_default();
        let plain = |metric: &Metric| metric.name.as_str().replace('-', "_");
        let of_rows =
            rows.iter().find_map(|row| self.metrics.iter().position(|metric| row.theirs.matches(&plain(metric))));
        let first = of_rows.or_else(|| self.metrics.iter().position(|metric| metric.better != Better::Neither));
        if let Some(metric) = first.and_then(|at| self.metrics.get_mut(at)) {
            metric.primary = true;
        }
        self.metrics
    }
}

/// The name of lkp that a series of ours was.
#[cfg(feature = "host")]
pub(in crate::suites::lkp) fn stat_of(series: &Series) -> String {
    series.labels.get(STAT).map_or_else(|| series.metric.as_str().replace('-', "_"), str::to_string)
}

/// Whether a metric's name says which statistic it was.
fn is_plain(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(word)
        && name.len() <= 60
        // Such an end is that of a made name.
        && !name.rsplit('_').next().is_some_and(|end| end.strip_prefix('x').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())))
}

/// The unit, or `1` where none is known.
pub(super) fn unit(known: Option<&Unit>) -> Unit {
    known.cloned().unwrap_or_else(|| "1".parse().unwrap_or_else(|_| unreachable!("a unit")))
}

/// The text with nothing but lower-case letters, digits and single bars, a letter first.
pub(in crate::suites::lkp) fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        slug.insert_str(0, "x-");
    }
    slug.truncate(longest);
    slug.trim_end_matches('-').into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::lkp::names::names;

    #[test]
    fn every_statistic_has_a_metric_that_says_which_it_was() {
        let all = [
            "throughput",
            "throughput_avg",
            "latency_ms.95th",
            "latency_ms_95th",
            "ops/s",
            "ops_s",
            "a_b",
            "a.b",
            "a-b",
            "a_x",
            "a_x2",
            "Score",
            "95%",
            "per_thread_ops",
            "x.y",
            "y%",
            "%",
            "read_clat_99%_ns",
        ];
        let mut metrics = MetricNames::new(names(), "sysbench-cpu");
        let series: Vec<Series> = all.iter().map(|name| metrics.series(name, Value::from(1))).collect();
        assert_eq!(series.iter().map(stat_of).collect::<Vec<_>>(), all);
        let mut keys: Vec<(String, String)> =
            series.iter().map(|one| (one.metric.to_string(), one.labels.to_string())).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all.len());
        let declared = metrics.declared();
        assert_eq!(declared.iter().filter(|metric| metric.primary).count(), 1);
        for one in &series {
            let metric = declared.iter().find(|metric| metric.name == one.metric).unwrap();
            assert!(one.labels.iter().map(|(key, _)| key).eq(metric.labels.iter()));
        }
    }
}
