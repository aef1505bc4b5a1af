//! `show`: one definition.

#[cfg(not(feature = "host"))]
use crate::run::RECORD;
#[cfg(feature = "host")]
use crate::{
    cli::options::{identity::record_id, lab::LabArgs, source},
    lab::{Address, lava::job},
    suites::Selection,
};
use crate::{
    cli::{
        exit::{Code, Failure},
        options::{lkp::LkpArgs, mmtests, record, test_plan},
        table, terminal,
        wrap::wrap,
    },
    definition::{Definition, Store},
    record::Record,
    run::missing,
    text::counted,
};
#[cfg(feature = "host")]
use anyhow::Context;
use anyhow::anyhow;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Shows a definition, or the table of a run
///
/// Of a definition: its parameters with their defaults, its metrics with unit and direction, a LAVA job's part. Of a run: each
/// case with its verdict and its numbers, as `run` printed them. What is not a definition's name is a run: the file of a
/// record or the folder of a run; in the host build also a log, a job's address, or what MMTests or lkp wrote.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench show sysbench-cpu
  lava-bench show results/record.json
  lava-bench show sysbench-cpu --yaml > my-sysbench.yaml
  lava-bench show sysbench-cpu --lava --record record.json >> job.yaml
  lava-bench show iperf --lava --multinode >> job.yaml
  lava-bench show --mmtests configs/config-scheduler-sysbench-cpu
  lava-bench show --lkp jobs/hackbench/hackbench.yaml
  lava-bench show --test-plan plans/qcomlt/bench.yaml")]
pub(in crate::cli) struct Args {
    /// A definition's name, or a run: a file, a folder or `-`
    #[arg(required_unless_present_any = ["mmtests", "lkp", "test_plan"], conflicts_with = "lkp")]
    name: Option<String>,
    /// Shows what `run --mmtests` would run of a configuration file of MMTests, and what of the file is not understood
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "yaml", "json"])]
    mmtests: Option<PathBuf>,
    #[command(flatten)]
    lkp: LkpArgs,
    /// Shows what `run --test-plan` would run of a test plan of Linaro's test-definitions, and what not
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "mmtests", "yaml", "json"])]
    test_plan: Option<PathBuf>,
    /// Skips, changes and adds tests of the plan, as `test-runner.py --overlay` does
    #[arg(long, value_name = "FILE", requires = "test_plan", conflicts_with_all = ["name", "mmtests", "lkp"])]
    overlay: Option<PathBuf>,
    /// The definition's own text
    #[arg(long, conflicts_with_all = ["json", "lkp"])]
    yaml: bool,
    /// An object on standard output; of a run its records, one a line; of lkp's jobs each atomic job, one a line
    #[arg(long)]
    json: bool,
    /// A LAVA job's part, which needs no repository
    #[cfg(feature = "host")]
    #[arg(long, conflicts_with_all = ["json", "yaml", "mmtests", "lkp", "test_plan"])]
    lava: bool,
    /// A LAVA job's parts for two boards: one runs the tool's server, the other one measures
    #[cfg(feature = "host")]
    #[arg(long, requires = "lava", conflicts_with = "record")]
    multinode: bool,
    /// Takes the parameters from a record, and names the test cases to expect
    #[cfg(feature = "host")]
    #[arg(long, value_name = "FILE", requires = "lava")]
    record: Option<PathBuf>,
    #[cfg(feature = "host")]
    #[command(flatten)]
    lab: LabArgs,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    if let Some(path) = &args.mmtests {
        let chosen = mmtests::read(path, store)?;
        terminal::data(&terminal::fitted(&chosen.page(terminal::width())))?;
        return Ok(if chosen.names().is_empty() { Code::Nothing } else { Code::Done });
    }
    if args.lkp.are_given() {
        let jobs = args.lkp.read(store, None)?;
        terminal::data(&if args.json { jobs.json() } else { jobs.page(terminal::width()) })?;
        return Ok(jobs.code());
    }
    if let Some(path) = &args.test_plan {
        let plan = test_plan::read(path, args.overlay.as_deref(), store)?;
        terminal::data(&test_plan::page(&plan, terminal::width()))?;
        return Ok(if plan.choices.is_empty() { Code::Nothing } else { Code::Done });
    }
    let name = args.name.as_deref().unwrap_or_default();
    if is_run(name, store) {
        return show_run(args, name);
    }
    if is_path(name) {
        let hint = "hint: name a run's folder, a record or a log that is there; `lava-bench list` shows the benchmarks";
        return Err(Failure::input(anyhow!("{name}: no such file or folder\n{hint}")));
    }
    let definition = store.load(name).map_err(Failure::input)?;
    let text = match (args.yaml, args.json) {
        (true, _) => definition.text.clone(),
        (_, true) => format!("{:#}\n", object(&definition)),
        #[cfg(feature = "host")]
        _ if args.multinode => job::multinode(&definition).map_err(Failure::input)?,
        #[cfg(feature = "host")]
        _ if args.lava => job_part(&definition, args.record.as_deref()).map_err(Failure::input)?,
        _ => page(&definition, terminal::width()),
    };
    terminal::data(&text)?;
    Ok(Code::Done)
}

/// Whether `name` is a run: a definition with the same name comes first.
fn is_run(name: &str, store: &Store) -> bool {
    #[cfg(feature = "host")]
    let is_address = Address::is_meant(name);
    #[cfg(not(feature = "host"))]
    let is_address = false;
    !store.names().any(|known| known == name) && (is_address || name == "-" || Path::new(name).exists())
}

/// Whether a file or folder is meant, rather than a definition.
fn is_path(name: &str) -> bool {
    name.contains('/') || Path::new(name).extension().is_some()
}

/// Prints the tables of a run's records.
fn show_run(args: &Args, name: &str) -> Result<Code, Failure> {
    #[cfg(feature = "host")]
    let of_definition = args.yaml || args.lava || args.multinode || args.record.is_some();
    #[cfg(not(feature = "host"))]
    let of_definition = args.yaml;
    if of_definition {
        let hint = "hint: --yaml and --lava go with a definition's name: `lava-bench list` shows them";
        return Err(Failure::input(anyhow!("{name}: is not a definition\n{hint}")));
    }
    let records = records(args, Path::new(name))?;
    let several = records.len() > 1;
    for record in &records {
        let text = if args.json { format!("{}\n", record.to_json()) } else { tables(record, several) };
        terminal::data(&text)?;
        let lost = record.losses.len();
        if lost > 0 {
            let what = counted(lost, "loss");
            terminal::tell(&format!("lava-bench: record {}: {what}: not all that was measured is shown", record.id));
        }
    }
    Ok(if records.is_empty() { Code::Nothing } else { Code::Done })
}

/// The table of one record, below its id where there are several.
fn tables(record: &Record, several: bool) -> String {
    let label = record.label.as_deref().map(|label| format!(" ({label})")).unwrap_or_default();
    let title = if several { format!("record {}{label}\n", record.id) } else { String::new() };
    terminal::harmless(&format!("{title}{}", table::record(record, terminal::width(), str::to_string)))
}

#[cfg(feature = "host")]
fn records(args: &Args, path: &Path) -> Result<Vec<Record>, Failure> {
    let content = source::read(path, &Selection::default(), &args.lab)?;
    Ok(content.into_records(&record_id))
}

#[cfg(not(feature = "host"))]
fn records(_: &Args, path: &Path) -> Result<Vec<Record>, Failure> {
    let file = if path.is_dir() { path.join(RECORD) } else { path.into() };
    record::read(&file).map(|record| vec![record]).map_err(Failure::input)
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

fn page(definition: &Definition, width: usize) -> String {
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
    let tool = definition.tool.name.filled(&definition.defaults());
    let reboot = if definition.reboot { "\neach case needs a boot of its own" } else { "" };
    format!(
        "{}\n\n{}{reboot}\n\nparameters:\n{}\nmetrics:\n{}\nin a LAVA job:\n{}",
        wrap(&format!("{}: {}", definition.name, definition.description), width, 2),
        wrap(&format!("tool: {tool} ({here})"), width, 2),
        table::fitted(&parameters, width),
        table::fitted(&metrics, width),
        from_git(definition, width),
    )
}

/// The part that runs the definition from git.
fn from_git(definition: &Definition, width: usize) -> String {
    let name = &definition.name;
    let path = field("        path", &format!("test-definitions/{name}/{name}.yaml"), false, width);
    let mut text = format!(
        "  - test:\n      timeout: {{minutes: 30}}\n      definitions:\n      - from: git\n        \
         repository: URL_OF_YOUR_DEFINITIONS\n{path}        name: {name}\n        parameters:\n"
    );
    for parameter in &definition.parameters {
        text.push_str(&field(&format!("          {}", parameter.name), &parameter.default, true, width));
    }
    text
}

/// A key of YAML and its text, quoted where it must be. A text of several lines, or a longer one than `width` leaves room
/// for, has a line for each of its parts.
fn field(key: &str, text: &str, quoted: bool, width: usize) -> String {
    let plain = if quoted { format!("'{}'", text.replace('\'', "''")) } else { text.into() };
    let line = format!("{key}: {plain}");
    if line.chars().count() <= width && !text.contains('\n') {
        return format!("{line}\n");
    }
    let indent = " ".repeat(key.len() - key.trim_start().len() + 2);
    let mut lines = vec![format!("{key}: \"")];
    // A backslash at the end of a line and the blanks of the next one are not part of the text.
    for part in text.split_inclusive(['\n', ' ', '/']) {
        let part = part.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let last = lines.last_mut().filter(|line| line.chars().count() + part.chars().count() < width - 1);
        match last.filter(|line| !line.ends_with("\\n")) {
            Some(line) => line.push_str(&part),
            // A blank that begins a line is part of the text behind a backslash alone.
            None if part.starts_with(' ') => lines.push(format!("{indent}\\{part}")),
            None => lines.push(format!("{indent}{part}")),
        }
    }
    format!("{}\"\n", lines.join("\\\n"))
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_yaml_whatever_its_text() {
        let long = "a word and/another ".repeat(20);
        for text in ["", "4", "it's", "a\nb\n", "[global]\nsize=64m\n", "a\\b \"c\"\n  d", &long, long.trim_end()] {
            for width in [40, 80] {
                let yaml = field("    KEY", text, true, width);
                assert!(yaml.lines().all(|line| line.len() <= width), "{yaml}");
                let read: std::collections::BTreeMap<String, String> = crate::text::yaml::read(&yaml).unwrap();
                assert_eq!(read["KEY"], text, "{yaml}");
            }
        }
    }
}
