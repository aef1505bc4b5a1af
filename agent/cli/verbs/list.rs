//! `list`: the definitions.

use crate::{
    cli::{
        exit::{Code, Failure},
        table, terminal,
    },
    definition::{Outline, Store},
    run::missing,
};
use anyhow::anyhow;
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Value, json};

/// Lists the definitions by suite: name, what is measured, whether it can run here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench list
  lava-bench list --available --suite sysbench
  lava-bench list 'latency|futex' --json")]
pub(in crate::cli) struct Args {
    /// Only those whose name, metrics or description this regular expression finds something in
    #[arg(value_name = "REGEX")]
    pattern: Option<String>,
    /// Only those of this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only those that can run here
    #[arg(long)]
    available: bool,
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

/// A definition and what keeps it from running here.
struct Row {
    definition: Outline,
    missing: Vec<String>,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let rows = rows(args, store)?;
    let text = match args.json {
        true => format!("{:#}\n", rows.iter().map(object).collect::<Value>()),
        false => page(&rows),
    };
    terminal::data(&text)?;
    Ok(if rows.is_empty() { Code::Nothing } else { Code::Done })
}

fn rows(args: &Args, store: &Store) -> Result<Vec<Row>, Failure> {
    let pattern =
        args.pattern.as_ref().map(|text| RegexBuilder::new(text).unicode(false).case_insensitive(true).build());
    let pattern = pattern.transpose().map_err(|error| {
        let error = error.to_string();
        Failure::input(anyhow!("regular expression: {}", error.lines().last().unwrap_or_default()))
    })?;
    let mut rows = Vec::new();
    for definition in store.outlines() {
        let definition = match definition {
            Ok(definition) => definition,
            // One that is wrong hides no other.
            Err(error) => {
                terminal::say(&format!("lava-bench: left out: {error}"));
                continue;
            }
        };
        let found = pattern.as_ref().is_none_or(|pattern| mentions(&definition, pattern));
        let of_suite = args.suite.is_none() || args.suite == definition.suite;
        if found && of_suite {
            let missing = missing(&definition.tool, &definition.needs, &definition.defaults);
            rows.push(Row { definition, missing });
        }
    }
    rows.retain(|row| !args.available || row.missing.is_empty());
    rows.sort_by_key(|row| (row.definition.suite.is_none(), row.definition.suite.clone(), row.definition.name.clone()));
    Ok(rows)
}

fn mentions(definition: &Outline, pattern: &Regex) -> bool {
    let metrics = definition.metrics.iter().map(String::as_str);
    let mut texts = metrics.chain([definition.name.as_str(), definition.description.as_str()]);
    texts.any(|text| pattern.is_match(text.as_bytes()))
}

fn page(rows: &[Row]) -> String {
    let mut cells = vec![["NAME", "SUITE", "METRICS", "HERE"].map(String::from).to_vec()];
    cells.extend(rows.iter().map(|Row { definition, missing }| {
        let shown = match definition.metrics.as_slice() {
            [a, b, rest @ ..] if rest.len() > 1 => format!("{a}, {b} and {} more", rest.len()),
            all => all.join(", "),
        };
        let here = if missing.is_empty() { "yes".into() } else { format!("no: {}", missing.join("; ")) };
        vec![definition.name.to_string(), definition.suite.clone().unwrap_or_else(|| "-".into()), shown, here]
    }));
    table::columns(&cells)
}

fn object(Row { definition, missing }: &Row) -> Value {
    json!({
        "name": definition.name, "suite": definition.suite, "description": definition.description, "metrics": definition.metrics,
        "available": missing.is_empty(), "missing": missing, "origin": definition.origin.to_string(),
    })
}
