//! `list`: the definitions.

use super::{Code, Failure, table, terminal};
use crate::{definition::Store, run::missing};
use serde_json::json;

/// Lists the definitions: name, what is measured, whether it can run here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench list
  lava-bench list --json")]
pub(super) struct Args {
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let mut rows = vec![vec!["NAME".into(), "METRICS".into(), "HERE".into()]];
    let mut objects = Vec::new();
    for name in store.names() {
        let definition = store.load(name).map_err(Failure::input)?;
        let missing = missing(&definition);
        let metrics: Vec<&str> = definition.metrics.iter().map(|spec| spec.metric.name.as_str()).collect();
        let shown = match metrics.as_slice() {
            [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a}, {b}, {c} and {} more", rest.len()),
            all => all.join(", "),
        };
        let here = if missing.is_empty() { "yes".into() } else { format!("no: {}", missing.join("; ")) };
        rows.push(vec![name.into(), shown, here]);
        objects.push(json!({
            "name": name, "suite": definition.suite, "description": definition.description, "metrics": metrics,
            "available": missing.is_empty(), "missing": missing, "origin": definition.origin.to_string(),
        }));
    }
    let text = if args.json { format!("{:#}\n", serde_json::Value::from(objects)) } else { table::columns(&rows) };
    terminal::data(&text)?;
    Ok(Code::Done)
}
