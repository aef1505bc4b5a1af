//! How two sides are compared: the options that `compare` and `report` share -> the rules of a comparison and of a history.

use super::{source::TreeArgs, values::share};
use crate::{compare, history, statistics::verdict::Setting, suites::Selection};

/// What counts, and as what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ComparingArgs {
    /// Only this benchmark (repeatable)
    #[arg(long, value_name = "NAME")]
    benchmark: Vec<String>,
    /// Only this metric (repeatable)
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Changes within this count as none
    #[arg(long, value_parser = share, default_value = "5%", value_name = "PERCENT")]
    margin: f64,
    /// The share of false alarms for a metric that did not change
    #[arg(long, value_parser = share, default_value = "0.01", value_name = "SHARE")]
    alpha: f64,
    /// Compares other parameters, tool versions and machines too, and says so
    #[arg(long)]
    allow_different: bool,
    /// Counts iterations too in which the machine was disturbed
    #[arg(long)]
    pub(in crate::cli) with_disturbed: bool,
}

impl ComparingArgs {
    pub(in crate::cli) fn rules(&self) -> compare::Rules {
        compare::Rules {
            setting: Setting { margin: self.margin, level: self.alpha, ..Setting::default() },
            allow_different: self.allow_different,
            benchmarks: self.benchmark.clone(),
            metrics: self.metric.clone(),
        }
    }

    pub(in crate::cli) fn rules_of_history(&self) -> history::Rules {
        history::Rules { benchmarks: self.benchmark.clone(), metrics: self.metric.clone() }
    }

    /// What is read of a suite's folder.
    pub(in crate::cli) fn selection(&self, tree: &TreeArgs) -> Selection {
        tree.selection(self.benchmark.first().cloned())
    }

    /// The options that are given, but for one that says what holds anyway.
    pub(in crate::cli) fn given(&self) -> Vec<&'static str> {
        let usual = Setting::default();
        let all = [
            ("--benchmark", !self.benchmark.is_empty()),
            ("--metric", !self.metric.is_empty()),
            ("--margin", self.margin.to_bits() != usual.margin.to_bits()),
            ("--alpha", self.alpha.to_bits() != usual.level.to_bits()),
            ("--allow-different", self.allow_different),
            ("--with-disturbed", self.with_disturbed),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect()
    }
}
