//! Extracts of several runs and benchmarks -> a table for each benchmark.

use super::{Comparison, Error, Options, View};
use crate::suites::mmtests::extract::Extract;
use std::collections::BTreeMap;

/// Which tables are asked for.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// How each benchmark is compared.
    pub comparison: Options,
    /// How a comparison is shown; the format says whether it is HTML.
    pub view: View,
    /// Only this benchmark.
    pub benchmark: Option<String>,
    /// Only these runs, in this order.
    pub runs: Vec<String>,
}

/// The table of one benchmark.
pub(crate) struct ComparisonText {
    pub(crate) benchmark: String,
    pub(crate) text: String,
    /// What a reader should know.
    pub(crate) notes: Vec<String>,
}

/// A benchmark, and its extracts.
type Group<'a> = (String, Vec<&'a Extract>);

/// The tables of all benchmarks, in the order of the first run.
pub(crate) fn tables(
    extracts: &[Extract],
    html: bool,
    options: &TableOptions,
) -> Result<Vec<Result<ComparisonText, Error>>, Error> {
    let groups = select(extracts, options)?;
    let view = View { html, ..options.view };
    let table = |(benchmark, group): &Group| {
        let comparison = Comparison::new(group, &options.comparison)
            .map_err(|error| Error::Benchmark(benchmark.clone(), Box::new(error)))?;
        Ok(ComparisonText {
            benchmark: benchmark.clone(),
            text: comparison.print(view),
            notes: lacking(&groups, group).into_iter().chain(comparison.notes).collect(),
        })
    };
    Ok(groups.iter().map(table).collect())
}

/// The runs that have other benchmarks and not that of `group`.
fn lacking(groups: &[Group], group: &[&Extract]) -> Vec<String> {
    let mut names: Vec<&str> = groups.iter().flat_map(|(_, group)| group).map(|extract| extract.name()).collect();
    names.sort_unstable();
    names.dedup();
    let missing = names.iter().filter(|name| !group.iter().any(|extract| extract.name() == **name));
    let mut notes: Vec<String> = missing.map(|name| format!("run `{name}`: it does not have this benchmark")).collect();
    if let ([extract], [] | [_]) = (group, names.as_slice()) {
        notes.push(format!("run `{}`: it is the only run, so nothing is compared", extract.name()));
    }
    notes
}

/// The extracts that were asked for, by benchmark in the order of the first run.
fn select<'a>(extracts: &'a [Extract], options: &TableOptions) -> Result<Vec<Group<'a>>, Error> {
    for name in &options.runs {
        if !extracts.iter().any(|extract| extract.name() == name) {
            let known: Vec<&str> = extracts.iter().map(Extract::name).collect();
            return Err(Error::NoSuchRun(name.clone(), known.join(", ")));
        }
    }
    let mut order = Vec::new();
    let mut groups: BTreeMap<String, Vec<&Extract>> = BTreeMap::new();
    let wanted = |extract: &&Extract| options.runs.is_empty() || options.runs.iter().any(|name| name == extract.name());
    for extract in extracts.iter().filter(wanted) {
        let name = extract.benchmark();
        let group = groups.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            Vec::new()
        });
        group.push(extract);
    }
    if let Some(benchmark) = &options.benchmark {
        let known = order.join(", ");
        order.retain(|name| name == benchmark);
        if order.is_empty() {
            return Err(Error::NoSuchBenchmark(benchmark.clone(), known));
        }
    }
    let place = |extract: &&Extract| options.runs.iter().position(|name| name == extract.name());
    let take = |name: String| {
        let mut group = groups.remove(&name).unwrap_or_default();
        group.sort_by_key(place);
        (name, group)
    };
    Ok(order.into_iter().map(take).collect())
}
