//! The runs of a job -> plans: what differs in one list of a definition runs in one plan.

use super::select::Run;
use crate::definition::{Definition, Store};
use std::collections::{BTreeMap, BTreeSet};

/// What runs of a definition with one plan: lists stand for the jobs that differ in nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// The definition's name.
    pub definition: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
}

/// The runs of a job in as few plans as there can be: a plan has each definition once.
pub fn plans(runs: &[Run], store: &Store) -> Vec<Vec<Together>> {
    let mut definitions: Vec<&str> = Vec::new();
    for run in runs {
        if !definitions.contains(&run.definition.as_str()) {
            definitions.push(&run.definition);
        }
    }
    let mut plans: Vec<Vec<Together>> = Vec::new();
    for name in definitions {
        let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
        for run in runs.iter().filter(|run| run.definition == name) {
            if !rows.contains(&run.parameters) {
                rows.push(run.parameters.clone());
            }
        }
        let lists = store.load(name).map(|definition| lists(&definition)).unwrap_or_default();
        for (at, parameters) in blocks(rows, &lists).into_iter().enumerate() {
            if plans.len() <= at {
                plans.push(Vec::new());
            }
            plans[at].push(Together { definition: name.into(), parameters });
        }
    }
    plans
}

/// The parameters that take several values.
fn lists(definition: &Definition) -> BTreeSet<String> {
    let parameters = definition.parameters.iter().filter(|parameter| parameter.list);
    parameters.map(|parameter| parameter.name.clone()).collect()
}

/// Rows that are all combinations of some values are one block.
fn blocks(rows: Vec<BTreeMap<String, String>>, lists: &BTreeSet<String>) -> Vec<BTreeMap<String, String>> {
    let mut values: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    let names: BTreeSet<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    for name in &names {
        let found = values.entry(name.clone()).or_default();
        for row in &rows {
            if !found.contains(&row.get(name).cloned()) {
                found.push(row.get(name).cloned());
            }
        }
    }
    let combinations = values.values().fold(1_usize, |product, values| product.saturating_mul(values.len()));
    let splits = |name: &&String| values[*name].len() > 1 && (!lists.contains(*name) || values[*name].contains(&None));
    let many = |name: &&String| values[*name].len() > 1;
    let by = names.iter().find(splits).or_else(|| names.iter().find(many).filter(|_| combinations != rows.len()));
    let Some(by) = by else {
        let joined = |(name, values): (&String, &Vec<Option<String>>)| {
            (name.clone(), values.iter().flatten().cloned().collect::<Vec<_>>().join(" "))
        };
        return if rows.is_empty() { Vec::new() } else { vec![values.iter().map(joined).collect()] };
    };
    let parts =
        values[by].iter().map(|value| rows.iter().filter(|row| row.get(by) == value.as_ref()).cloned().collect());
    parts.flat_map(|rows| blocks(rows, lists)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_one_block_and_other_rows_are_several() {
        let row = |tasks: &str, mode: &str, time: &str| -> BTreeMap<String, String> {
            [("TASKS", tasks), ("MODE", mode), ("TIME", time)].map(|(name, value)| (name.into(), value.into())).into()
        };
        let lists: BTreeSet<String> = ["TASKS".into(), "MODE".into()].into();
        let all = vec![row("1", "a", "5"), row("1", "b", "5"), row("2", "a", "5"), row("2", "b", "5")];
        let one: Vec<_> = blocks(all.clone(), &lists);
        assert_eq!(one, [row("1 2", "a b", "5")]);
        assert_eq!(blocks(all[..3].to_vec(), &lists), [row("1 2", "a", "5"), row("1", "b", "5")]);
        let times = vec![row("1", "a", "5"), row("2", "a", "9")];
        assert_eq!(blocks(times, &lists), [row("1", "a", "5"), row("2", "a", "9")]);
        assert_eq!(blocks(Vec::new(), &lists), Vec::<BTreeMap<String, String>>::new());
    }
}
