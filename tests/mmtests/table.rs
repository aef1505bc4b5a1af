//! The table: every benchmark of the goldens, and each of MMTests' versions, with what is equal.
//!
//! `cargo test --test mmtests table -- --nocapture` prints it.

use super::{
    comparison::{self, Likeness},
    extraction,
    goldens::{Case, cases, goldens},
    json, statistics,
};
use std::collections::BTreeMap;

/// What is compared, in the order of the columns.
const COLUMNS: [&str; 11] =
    ["values", "JSON", "signals", "compare", "ratio", "signif.", "no comp.", "HTML", "from JSON", "logs", "numbers"];

/// What one column of one row says: how many things are equal, and whether some of them are only near.
#[derive(Default)]
struct Cell {
    equal: usize,
    near: bool,
}

struct Row {
    cells: BTreeMap<&'static str, Cell>,
    /// Column, what differs, and where.
    different: Vec<(&'static str, String, String)>,
}

impl Row {
    fn new(case: &Case) -> Self {
        let mut row = Self { cells: BTreeMap::new(), different: Vec::new() };
        for name in case.documents() {
            // One with a sub-heading holds a part of the operations of that without.
            if !name.contains("-sub-") {
                row.add("values", &name, extraction::values(case, &name));
            }
            row.add("JSON", &name, json::read_and_written(case, &name).map(|()| 1));
            row.add("signals", &name, json::signalled(case, &name).map(|()| 1));
        }
        for (name, output) in case.outputs() {
            let column = match output.view {
                _ if output.from_json => "from JSON",
                view if view.html => "HTML",
                view if view.ratio => "ratio",
                view if view.significance => "signif.",
                view if view.no_compare => "no comp.",
                _ => "compare",
            };
            row.compared(column, &name, comparison::of_json(case, &name, &output));
            if !output.from_json {
                row.compared("logs", &name, comparison::of_logs(case, &name, &output));
            }
        }
        for name in case.files().into_iter().filter(|name| name.contains("export") && name.ends_with(".json")) {
            row.add("numbers", &name, statistics::export(case, &name));
        }
        row
    }

    fn compared(&mut self, column: &'static str, name: &str, likeness: Result<Likeness, String>) {
        self.cells.entry(column).or_default().near |= likeness == Ok(Likeness::NearAtRandom);
        self.add(column, name, likeness.map(|_| 1));
    }

    fn add(&mut self, column: &'static str, name: &str, outcome: Result<usize, String>) {
        match outcome {
            Ok(count) => self.cells.entry(column).or_default().equal += count,
            Err(difference) => self.different.push((column, name.into(), difference)),
        }
    }

    fn text(&self) -> String {
        let cell = |column: &&str| {
            let differs = self.different.iter().any(|(of, ..)| of == column);
            match self.cells.get(*column) {
                _ if differs => "differs".into(),
                Some(cell) if cell.near => format!("{}~", cell.equal),
                Some(cell) => cell.equal.to_string(),
                None => "-".to_string(),
            }
        };
        COLUMNS.iter().map(cell).map(|cell| format!(" {cell:>9}")).collect()
    }
}

#[test]
fn every_golden_is_equal() {
    let Some(root) = goldens() else { return };
    let head: String = COLUMNS.iter().map(|column| format!(" {column:>9}")).collect();
    eprintln!("{:<24} {:<15}{head}", "benchmark", "version");
    let mut different = Vec::new();
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases(&root) {
        let row = Row::new(&case);
        eprintln!("{:<24} {:<15}{}", case.benchmark, case.version, row.text());
        row.cells.iter().for_each(|(column, cell)| *totals.entry(column).or_default() += cell.equal);
        for (column, name, difference) in row.different {
            different.push(format!("{} {}, {column}: {name}: {difference}", case.benchmark, case.version));
        }
    }
    eprintln!("{:<40}{}", "equal in all", COLUMNS.map(|column| format!(" {:>9}", totals[column])).concat());
    eprintln!("~ rows drawn at random are near; - MMTests printed none, or it was not kept");
    assert!(different.is_empty(), "\n{}", different.join("\n"));
    assert!(COLUMNS.iter().all(|column| totals[column] > 30), "{totals:?}");
}
