//! What a finding is about.

use crate::{
    boots::SeriesKey,
    record::{Ident, Labels, Unit},
};
use std::{collections::BTreeMap, fmt};

/// A series, or the index of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The benchmark.
    pub benchmark: Ident,
    /// The parameters that tell it from the same benchmark, run in another way.
    pub parameters: BTreeMap<String, String>,
    /// The case's point.
    pub case: Labels,
    /// The metric; of an index there is none.
    pub metric: Option<Ident>,
    /// What the tool's output labels it with.
    pub labels: Labels,
    /// The unit; of an index there is none.
    pub unit: Option<Unit>,
}

impl Subject {
    /// A series; `parameters` are those that tell it from the same benchmark, run in another way.
    pub fn series(key: &SeriesKey, parameters: BTreeMap<String, String>) -> Subject {
        Subject {
            benchmark: key.case.benchmark.clone(),
            parameters,
            case: key.case.labels.clone(),
            metric: Some(key.metric.clone()),
            labels: key.labels.clone(),
            unit: Some(key.unit.clone()),
        }
    }

    pub(super) fn index(benchmark: &Ident, parameters: BTreeMap<String, String>) -> Subject {
        let (case, labels) = (Labels::default(), Labels::default());
        Subject { benchmark: benchmark.clone(), parameters, case, metric: None, labels, unit: None }
    }
}

impl Subject {
    /// Whether both are of one benchmark, run in one way.
    pub fn is_of_the_benchmark_of(&self, other: &Subject) -> bool {
        self.benchmark == other.benchmark && self.parameters == other.parameters
    }
}

/// `sysbench-cpu threads=4: events-per-second`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.benchmark)?;
        self.parameters.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))?;
        if !self.case.is_empty() {
            write!(f, " {}", self.case)?;
        }
        match &self.metric {
            Some(metric) => write!(f, ": {metric}")?,
            None => f.write_str(": index")?,
        }
        if self.labels.is_empty() { Ok(()) } else { write!(f, " {}", self.labels) }
    }
}
