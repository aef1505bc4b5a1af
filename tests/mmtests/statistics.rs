//! Statistics in full precision, from MMTests' exports.

use super::goldens::Case;
use lava_bench::{
    suites::mmtests::compare::{Cell, Comparison, Options, Ratio},
    suites::mmtests::{self, Extract},
};
use serde_json::Value;

/// The same number: equal to 12 of the 15 digits that they wrote, or both none.
fn same(ours: f64, theirs: &Value) -> bool {
    let theirs = match theirs {
        Value::String(text) => mmtests::number(text).unwrap_or(f64::NAN),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    let near = (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0);
    ours == theirs || near || (ours.is_nan() && theirs.is_nan())
}

/// Compares tables of operation -> cells with ours.
fn tables(theirs: &Value, ours: impl Fn(&str) -> Option<Vec<f64>>, what: &str) -> Result<usize, String> {
    let Some(theirs) = theirs.as_object() else { return Ok(0) };
    let mut count = 0;
    for (operation, cells) in theirs {
        let cells: Vec<&Value> = cells.as_array().into_iter().flatten().flat_map(flat).collect();
        let ours = ours(operation).ok_or_else(|| format!("{what}: no operation {operation}"))?;
        if ours.len() != cells.len() {
            return Err(format!("{what} of {operation}: {} cells, theirs {}", ours.len(), cells.len()));
        }
        for (at, (a, b)) in ours.iter().zip(&cells).enumerate() {
            if !same(*a, b) {
                return Err(format!("{what} of {operation}, cell {at}: {a}, theirs {b}"));
            }
            count += 1;
        }
    }
    Ok(count)
}

fn flat(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |list| list.iter().collect())
}

/// How many numbers of the export `name` are ours; 0 where they are drawn at random.
pub(super) fn export(case: &Case, name: &str) -> Result<usize, String> {
    let suffix = name.trim_start_matches("compare").trim_start_matches("-ratio").trim_start_matches("-export");
    let suffix = suffix.trim_end_matches(".json");
    let theirs: Value = serde_json::from_str(&case.read(name)).expect("JSON");
    let source = case.sources(suffix).into_iter().next().ok_or("no JSON for it")?;
    let sub_heading = suffix.strip_prefix("-sub-").map(|text| text.replace("__", ".*"));
    if case.read(&source).contains("submean") {
        // The last two statistics of each operation, and all that is made of them, are drawn at random.
        return Ok(0);
    }
    let runs = case.runs(&source);
    let options = Options { version: case.rules, sub_heading, ..Options::default() };
    let comparison = Comparison::new(&runs.iter().collect::<Vec<&Extract>>(), &options);
    let comparison = comparison.map_err(|error| error.to_string())?;
    if name.contains("ratio") { ratios(&comparison, &theirs) } else { figures(&comparison, &theirs) }
}

fn ratios(comparison: &Comparison, theirs: &Value) -> Result<usize, String> {
    let ratio = |operation: &str, of: fn(&Ratio) -> f64| {
        let place = comparison.operations.iter().position(|name| name == operation)?;
        let at = comparison.ratios.operations.iter().position(|at| *at == place)?;
        Some(comparison.ratios.cells[at].iter().map(of).collect())
    };
    let mut count = tables(&theirs["_ResultsRatioTable"], |name| ratio(name, |cell| cell.ratio), "ratios")?;
    count += tables(&theirs["_CompareTable"], |name| ratio(name, |cell| cell.percent), "gains")?;
    if comparison.ratios.differences.is_some() {
        count += tables(&theirs["_ResultsNormalizedTable"], |name| ratio(name, |cell| cell.difference), "differences")?;
    }
    let means = theirs["_GeometricMeanTable"].as_array().into_iter().flatten();
    for (ours, theirs) in comparison.ratios.geometric_means.iter().zip(means) {
        if !same(*ours, theirs) {
            return Err(format!("geometric mean {ours}, theirs {theirs}"));
        }
        count += 1;
    }
    Ok(count)
}

fn figures(comparison: &Comparison, theirs: &Value) -> Result<usize, String> {
    let place = |operation: &str| comparison.operations.iter().position(|name| name == operation);
    let cells = |operation: &str, of: fn(&Cell) -> f64| -> Option<Vec<f64>> {
        let place = place(operation)?;
        let rows = comparison.rows.iter().filter(|row| row.operation == place);
        Some(rows.flat_map(|row| row.cells.iter().map(of)).collect())
    };
    let significance = |operation: &str| -> Option<Vec<f64>> {
        let pairs = &comparison.significance[place(operation)?];
        Some(pairs.iter().map(|(_, number)| *number).collect())
    };
    // Flag and number of each run in turn.
    let numbers = |list: &Value| -> Value {
        list.as_array().into_iter().flatten().skip(1).step_by(2).cloned().collect::<Vec<Value>>().into()
    };
    let pairs = theirs["_ResultsSignificanceTable"].as_object().into_iter().flatten();
    let significances: Value = pairs.map(|(name, list)| (name.clone(), numbers(list))).collect();
    let mut count = tables(&theirs["_ResultsTable"], |name| cells(name, |cell| cell.value), "figures")?;
    count += tables(&theirs["_CompareTable"], |name| cells(name, |cell| cell.percent), "gains")?;
    count += tables(&significances, significance, "significance")?;
    Ok(count)
}
