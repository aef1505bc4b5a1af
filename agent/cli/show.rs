//! `show`: one definition.

use super::{Code, Failure, table, terminal};
use crate::{
    definition::{Definition, Store},
    run::missing,
};
use serde_json::{Value, json};

/// Shows a definition: parameters with their defaults, metrics with unit and direction, a LAVA job's part
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench show sysbench-cpu
  lava-bench show sysbench-cpu --yaml > my-sysbench.yaml")]
pub(super) struct Args {
    /// The definition's name
    name: String,
    /// The definition's own text
    #[arg(long, conflicts_with = "json")]
    yaml: bool,
    /// An object on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let definition = store.load(&args.name).map_err(Failure::input)?;
    let text = match (args.yaml, args.json) {
        (true, _) => definition.text.clone(),
        (_, true) => format!("{:#}\n", object(&definition)),
        _ => page(&definition),
    };
    terminal::data(&text)?;
    Ok(Code::Done)
}

fn object(definition: &Definition) -> Value {
    let parameters = definition.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name, "default": parameter.default, "list": parameter.list,
            "values": parameter.kind.to_string(), "description": parameter.description,
        })
    });
    let metrics = definition.metrics.iter().map(|spec| {
        let mut object = json!(spec.metric);
        object["range"] = json!([spec.range.0, spec.range.1]);
        object["description"] = json!(spec.description);
        object
    });
    json!({
        "name": definition.name, "suite": definition.suite, "description": definition.description,
        "tool": definition.tool.name, "packages": definition.tool.packages, "missing": missing(definition),
        "parameters": parameters.collect::<Vec<_>>(), "metrics": metrics.collect::<Vec<_>>(),
        "origin": definition.origin.to_string(),
    })
}

fn page(definition: &Definition) -> String {
    let parameters: Vec<Vec<String>> = definition
        .parameters
        .iter()
        .map(|parameter| {
            let list = if parameter.list { ", several give a case each" } else { "" };
            let text = format!("{} ({}{list})", parameter.description, parameter.kind);
            vec![format!("  {}", parameter.name), parameter.default.clone(), text]
        })
        .collect();
    let metrics: Vec<Vec<String>> = definition
        .metrics
        .iter()
        .map(|spec| {
            let better = match spec.metric.better.as_str() {
                "neither" => "-".into(),
                word => format!("{word} is better"),
            };
            let labels: Vec<String> = spec.metric.labels.iter().map(|key| format!("for each {key}")).collect();
            let text = spec.description.iter().cloned().chain(labels).collect::<Vec<_>>().join(", ");
            vec![format!("  {}", spec.metric.name), spec.metric.unit.to_string(), better, text]
        })
        .collect();
    let missing = missing(definition);
    let here = if missing.is_empty() { "can run here".into() } else { format!("cannot run here: {}", missing.join("; ")) };
    format!(
        "{}: {}\n\ntool: {} ({here})\n\nparameters:\n{}\nmetrics:\n{}\nin a LAVA job:\n{}",
        definition.name,
        definition.description,
        definition.tool.name,
        table::columns(&parameters),
        table::columns(&metrics),
        job(definition),
    )
}

/// The part of a LAVA job that runs the definition from git.
fn job(definition: &Definition) -> String {
    let mut text = format!(
        "  - test:\n      timeout: {{minutes: 30}}\n      definitions:\n      - from: git\n        repository: URL_OF_YOUR_DEFINITIONS\n        \
         path: test-definitions/{0}/{0}.yaml\n        name: {0}\n        parameters:\n",
        definition.name
    );
    for parameter in &definition.parameters {
        text.push_str(&format!("          {}: '{}'\n", parameter.name, parameter.default.replace('\'', "''")));
    }
    text
}
