//! Extraction: what is read of MMTests' logs is what MMTests extracted from them.

use super::goldens::Case;
use lava_bench::suites::mmtests::{self, Extract, Selection};

/// The bits of sample numbers and values, by operation and iteration.
type Plain = Vec<(String, Vec<Option<Vec<(u64, u64)>>>)>;

/// What `extract` and ours have in common: operations in their order, with sample numbers and values as numbers.
fn plain(run: &Extract) -> Plain {
    let bits = |number: f64| if number.is_nan() { 0 } else { number.to_bits() };
    let mut all = Vec::new();
    for name in run.listed() {
        let iterations = run.operation(&name).map_or(&[][..], |operation| operation.iterations.as_slice());
        let one = |iteration: &Option<mmtests::Iteration>| {
            let iteration = iteration.as_ref()?;
            Some(iteration.numbers.iter().map(bits).zip(iteration.values.iter().map(bits)).collect())
        };
        all.push((name, iterations.iter().map(one).collect()));
    }
    all
}

/// Where two runs differ.
fn unlike(ours: &Extract, theirs: &Extract) -> Option<String> {
    // An older module says other things of the same values.
    let own = ours.header.module_name == theirs.header.module_name;
    let (our_fields, their_fields) = (ours.header.to_map(), theirs.header.to_map());
    let fields = ["_TestName", "_CurrentIteration", "_ModuleName", "_RatioOperations", "_PreferredVal"];
    for field in fields.into_iter().take(if own { fields.len() } else { 2 }) {
        if our_fields.get(field) != their_fields.get(field) {
            return Some(format!("{field}: {:?}, theirs {:?}", our_fields.get(field), their_fields.get(field)));
        }
    }
    let (ours, theirs) = (plain(ours), plain(theirs));
    let names = |all: &Plain| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Some(format!("operations {:?}, theirs {:?}", names(&ours), names(&theirs)));
    }
    let (ours, theirs) = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs)?;
    let numbers = |iterations: &[Option<Vec<(u64, u64)>>]| -> Vec<(f64, f64)> {
        let all = iterations.iter().flatten().flatten();
        all.map(|(number, value)| (f64::from_bits(*number), f64::from_bits(*value))).take(8).collect()
    };
    Some(format!("{}: {:?}, theirs {:?}", ours.0, numbers(&ours.1), numbers(&theirs.1)))
}

/// The runs of the logs.
pub(super) fn trees(case: &Case, report: Option<&str>) -> Result<Vec<Extract>, String> {
    let selection = Selection { alternative: report.map(Into::into), version: case.rules, ..Selection::default() };
    let trees = mmtests::read_tree(&case.logs, &selection).map_err(|error| error.to_string())?;
    Ok(trees.into_iter().flat_map(|tree| tree.benchmarks).map(|(run, _)| run).collect())
}

/// How many values of the document `name` are read of the logs too; `None` where the logs cannot be read so.
pub(super) fn values(case: &Case, name: &str) -> Result<usize, String> {
    let suffix = name.trim_start_matches("extract-multi").trim_start_matches("extract").trim_end_matches(".json");
    let theirs = case.runs(name);
    let ours = trees(case, suffix.strip_prefix("-alt-"))?;
    let wanted: Vec<&str> = theirs.iter().map(Extract::name).collect();
    let ours: Vec<&Extract> = ours.iter().filter(|run| wanted.contains(&run.name())).collect();
    if ours.len() != theirs.len() {
        return Err(format!("{} runs, theirs {}", ours.len(), theirs.len()));
    }
    match ours.iter().zip(&theirs).find_map(|(ours, theirs)| unlike(ours, theirs)) {
        Some(difference) => Err(difference),
        None => Ok(theirs.iter().flat_map(|run| &run.operations).map(|operation| operation.values().count()).sum()),
    }
}
