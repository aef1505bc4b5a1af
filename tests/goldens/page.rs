//! The table of `docs/test-definitions.md`: each script's numbers beside ours, counted.

use crate::{
    compare::compare,
    support::{golden, project},
    table::{Program, Suite, Table},
};
use std::{collections::BTreeSet, env, fs};

const BEGIN: &str = "<!-- table of tests/goldens: begin -->\n";
const END: &str = "<!-- table of tests/goldens: end -->";

/// The definitions that read a program's outputs.
fn definitions(program: &Program) -> String {
    let names: BTreeSet<String> = program.sources.iter().map(|source| source.definition.replace('$', "*")).collect();
    let names: Vec<String> =
        names.into_iter().map(|name| if name.starts_with('*') { "of the same name".into() } else { name }).collect();
    if names.is_empty() { "–".into() } else { names.join(", ") }
}

fn row(program: &Program, outcome: &crate::Outcome) -> String {
    let told = |(why, count): (&String, &usize)| format!("{count} `{why}`");
    let different: Vec<String> = outcome.different.iter().map(told).collect();
    let omitted: Vec<String> = outcome.omitted.iter().map(|(why, count)| format!("{count}: {why}")).collect();
    format!(
        "| {} | {} | {} | {} | {} |\n",
        program.runs.join(", "),
        definitions(program).replace("*test", "cpu, -memory, -mutex, -threads"),
        outcome.equal,
        different.join(", "),
        omitted.join("; ")
    )
}

fn rows(table: &Table) -> Option<String> {
    let folder = golden(Suite::TestDefinitions.folder())?;
    let programs = table.programs.iter().filter(|program| program.suite == Suite::TestDefinitions);
    let rows: String = programs.map(|program| row(program, &compare(program, &folder))).collect();
    let head = "| their runs | our definition | equal | they are wrong | we do not take |\n|---|---|---|---|---|\n";
    Some(format!("{head}{rows}"))
}

/// `LAVA_BENCH_WRITE_PAGE=1` writes the table into the page.
#[test]
fn the_page_has_the_table_of_each_script() {
    let Some(rows) = rows(&crate::table()) else { return };
    let path = project("docs/test-definitions.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (there, after) = rest.split_once(END).expect("where it ends");
    if env::var_os("LAVA_BENCH_WRITE_PAGE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{rows}{END}{after}")).expect("the page can be written");
    } else {
        assert_eq!(there, rows);
    }
}
