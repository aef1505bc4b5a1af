//! `docs/validity.md`: its table is the code's.

use crate::document;
use lava_bench::validity::RULES;

const VALIDITY: &str = "docs/validity.md";

#[test]
fn the_table_of_the_rules_is_the_codes() {
    let row = |cells: [&str; 4]| format!("| {} |\n", cells.join(" | "));
    let head = row(["rule", "reads", "too much", "why"]) + "|---|---|---|---|\n";
    let rows: String = RULES
        .iter()
        .map(|rule| row([&format!("`{}`", rule.name), rule.reads, &rule.bound.to_string(), rule.why]))
        .collect();
    let expected = head + &rows;
    assert!(
        document(VALIDITY).contains(&(expected.clone() + "\n")),
        "{VALIDITY}: the table of the rules is\n{expected}"
    );
}
