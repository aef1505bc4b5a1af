//! `show`: one definition.

#[cfg(feature = "host")]
use crate::{cli::options::record, lab::lava::job};
use crate::{
    cli::{
        exit::{Code, Failure},
        options::mmtests,
        table, terminal,
    },
    definition::{Definition, Store},
    run::missing,
};
#[cfg(feature = "host")]
use anyhow::Context;
use serde_json::{Value, json};
#[cfg(feature = "host")]
use std::path::Path;
use std::path::PathBuf;

/// Shows a definition: parameters with their defaults, metrics with unit and direction, a LAVA job's part
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench show sysbench-cpu
  lava-bench show sysbench-cpu --yaml > my-sysbench.yaml
  lava-bench show sysbench-cpu --lava --record record.json >> job.yaml
  lava-bench show iperf --lava --multinode >> job.yaml
  lava-bench show --mmtests configs/config-scheduler-sysbench-cpu")]
pub(in crate::cli) struct Args {
    /// The definition's name
    #[arg(required_unless_present = "mmtests")]
    name: Option<String>,
    /// What of the definitions `run --mmtests` would run for a configuration file of MMTests on this machine, and what of
    /// the file is not understood
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "yaml", "json"])]
    mmtests: Option<PathBuf>,
    /// The definition's own text
    #[arg(long, conflicts_with = "json")]
    yaml: bool,
    /// An object on standard output
    #[arg(long)]
    json: bool,
    /// A LAVA job's part, which needs no repository
    #[cfg(feature = "host")]
    #[arg(long, conflicts_with_all = ["json", "yaml", "mmtests"])]
    lava: bool,
    /// The parts of a LAVA job with two boards: one runs the tool's server, the other one measures
    #[cfg(feature = "host")]
    #[arg(long, requires = "lava", conflicts_with = "record")]
    multinode: bool,
    /// An earlier run's record: the job's part then has its parameters, and names the test cases to expect
    #[cfg(feature = "host")]
    #[arg(long, value_name = "FILE", requires = "lava")]
    record: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    if let Some(path) = &args.mmtests {
        let chosen = mmtests::read(path, store)?;
        terminal::data(&chosen.page())?;
        return Ok(if chosen.names().is_empty() { Code::Nothing } else { Code::Done });
    }
    let definition = store.load(args.name.as_deref().unwrap_or_default()).map_err(Failure::input)?;
    let text = match (args.yaml, args.json) {
        (true, _) => definition.text.clone(),
        (_, true) => format!("{:#}\n", object(&definition)),
        #[cfg(feature = "host")]
        _ if args.multinode => job::multinode(&definition).map_err(Failure::input)?,
        #[cfg(feature = "host")]
        _ if args.lava => job_part(&definition, args.record.as_deref()).map_err(Failure::input)?,
        _ => page(&definition),
    };
    terminal::data(&text)?;
    Ok(Code::Done)
}

#[cfg(feature = "host")]
fn job_part(definition: &Definition, of: Option<&Path>) -> anyhow::Result<String> {
    let Some(path) = of else { return job::inline(definition, None) };
    let record = record::read(path)?;
    job::inline(definition, Some(&record)).with_context(|| path.display().to_string())
}

fn object(definition: &Definition) -> Value {
    let parameters = definition.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name, "default": parameter.default, "list": parameter.list,
            "values": parameter.kind.to_string(), "description": parameter.description,
        })
    });
    let metrics = definition.primary_first().into_iter().map(|spec| {
        let mut object = json!(spec.metric);
        object["range"] = json!([spec.range.0, spec.range.1]);
        object["description"] = json!(spec.description);
        object
    });
    json!({
        "name": definition.name, "suite": definition.suite, "description": definition.description,
        "tool": definition.tool.name.filled(&definition.defaults()), "packages": definition.tool.packages, "missing": missing(&definition.tool, &definition.needs, &definition.defaults()),
        "parameters": parameters.collect::<Vec<_>>(), "metrics": metrics.collect::<Vec<_>>(),
        "origin": definition.origin.to_string(),
    })
}

fn page(definition: &Definition) -> String {
    let parameters: Vec<Vec<String>> = definition
        .parameters
        .iter()
        .flat_map(|parameter| {
            let list = if parameter.list { ", several give a case each" } else { "" };
            let mut rows = table::text_rows(&parameter.name, &parameter.default);
            rows[0].push(format!("{} ({}{list})", parameter.description, parameter.kind));
            rows
        })
        .collect();
    let metrics: Vec<Vec<String>> = definition
        .primary_first()
        .into_iter()
        .map(|spec| {
            let better = match spec.metric.better.as_str() {
                "neither" => "-".into(),
                word => format!("{word} is better"),
            };
            let labels = spec.metric.labels.iter().map(|key| format!("for each {key}"));
            let primary = spec.metric.primary.then(|| "primary".to_string());
            let text = primary.into_iter().chain(spec.description.clone()).chain(labels).collect::<Vec<_>>().join(", ");
            vec![format!("  {}", spec.metric.name), spec.metric.unit.to_string(), better, text]
        })
        .collect();
    let missing = missing(&definition.tool, &definition.needs, &definition.defaults());
    let here =
        if missing.is_empty() { "can run here".into() } else { format!("cannot run here: {}", missing.join("; ")) };
    format!(
        "{}: {}\n\ntool: {} ({here})\n\nparameters:\n{}\nmetrics:\n{}\nin a LAVA job:\n{}",
        definition.name,
        definition.description,
        definition.tool.name.filled(&definition.defaults()),
        table::columns(&parameters),
        table::columns(&metrics),
        from_git(definition),
    )
}

/// The part that runs the definition from git.
fn from_git(definition: &Definition) -> String {
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
