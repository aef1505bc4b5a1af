//! `check`: definitions and their samples.

use crate::{
    cli::{
        absent,
        exit::{Code, Failure},
        terminal,
    },
    definition::{Definition, DefinitionError, Origin, Store},
    emit::Unsent,
    run::{Stop, unblock, version},
    samples::samples,
    system::find_program,
    text::counted,
};
use anyhow::Context;
use serde_json::json;
use std::path::PathBuf;

/// Validates definitions and runs their samples
///
/// Without PATH, the built-in definitions and those of --definitions. The samples stand beside a definition's file; the
/// built-in ones have none with them. Where a definition's tool is here, it is asked for its version. `no end` names the
/// forms of an output in which nothing says that it is complete. A definition that names no primary metric is valid, and a
/// note says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench check
  lava-bench check test-definitions
  lava-bench check my-tool/my-tool.yaml --leftovers
  lava-bench check my-tool/my-tool.yaml --accept")]
pub(in crate::cli) struct Args {
    /// Definitions' files, or folders of them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Writes what is found in each sample as what is expected, for review
    #[arg(long)]
    accept: bool,
    /// Lists the lines of each sample that its definition says nothing about
    #[arg(long, conflicts_with = "json")]
    leftovers: bool,
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

/// What is said of a definition without primary metrics.
const NO_PRIMARY: &str = "note: no `primary`: its first metric stands for it";

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let mut right = true;
    let mut objects = Vec::new();
    for (name, definition) in definitions(args, store)? {
        if let (true, Ok(definition)) = (args.leftovers, &definition) {
            terminal::data(&leftovers(definition))?;
        }
        let endless = definition.as_ref().map(endless).unwrap_or_default();
        let notes = definition.as_ref().map_or_else(|_| Ok(Vec::new()), notes)?;
        let checked = definition.and_then(|definition| prove(&definition, args.accept));
        let (line, object) = match checked {
            Ok((count, errors)) if errors.is_empty() => {
                let samples = if count == 0 { "no samples".into() } else { counted(count, "sample") };
                let noted: String = notes.iter().map(|note| format!("\n        {note}")).collect();
                let end = if endless.is_empty() { String::new() } else { format!("; no end: {}", endless.join(", ")) };
                let object = json!({"name": name, "ok": true, "samples": count, "endless": endless, "notes": notes});
                (format!("ok    {name} ({samples}{end}){noted}"), object)
            }
            Ok((count, errors)) => {
                right = false;
                let lines = errors.iter().map(|error| format!("\n        {error}")).collect::<String>();
                let object = json!({"name": name, "ok": false, "samples": count, "endless": endless, "errors": errors});
                (format!("wrong {name}{lines}"), object)
            }
            Err(error) => {
                right = false;
                (format!("wrong {error}"), json!({"name": name, "ok": false, "errors": [error]}))
            }
        };
        if !args.json {
            terminal::data(&terminal::fitted(&format!("{line}\n")))?;
        }
        objects.push(object);
    }
    if args.json {
        terminal::data(&format!("{:#}\n", serde_json::Value::from(objects)))?;
    }
    Ok(if right { Code::Done } else { Code::Invalid })
}

type Named = (String, Result<Definition, String>);

fn definitions(args: &Args, store: &Store) -> Result<Vec<Named>, Failure> {
    let all = |store: &Store| -> Vec<Named> {
        let load = |name: &str| (name.to_string(), store.load(name).map_err(|error| error.to_string()));
        store.names().map(load).collect()
    };
    if args.paths.is_empty() {
        return Ok(all(store));
    }
    let mut found = Vec::new();
    for path in &args.paths {
        if path.is_dir() {
            found.extend(all(&Store::default().with_folder(path).map_err(Failure::input)?));
        } else {
            let definition = Store::load_file(path).map_err(|error| {
                DefinitionError { hint: error.hint.clone().or_else(|| absent::hint(path)), ..error }.to_string()
            });
            found.push((path.display().to_string(), definition));
        }
    }
    Ok(found)
}

/// The lines that nothing matches, each behind its sample's file.
fn leftovers(definition: &Definition) -> String {
    let Origin::File(file) = &definition.origin else { return String::new() };
    let mut text = String::new();
    for sample in samples(file, definition) {
        for line in sample.leftovers(definition).unwrap_or_default() {
            text.push_str(&format!("{}: {line}\n", sample.stdout.display()));
        }
    }
    text
}

/// What a person should know of a definition that is valid.
fn notes(definition: &Definition) -> Result<Vec<String>, Failure> {
    let primary = definition.lacks_primary().then(|| NO_PRIMARY.into());
    let otherwise = definition.read_otherwise_by_lava().into_iter().map(|(line, value)| {
        format!("note: line {line}: LAVA takes `{value}` for another value, as in YAML 1.1: put it in quotes")
    });
    Ok(primary.into_iter().chain(otherwise).chain(unknown_version(definition)?).collect())
}

/// Why the version of the tool is not known, where the definition is a person's and the tool is here.
fn unknown_version(definition: &Definition) -> Result<Option<String>, Failure> {
    let values = definition.defaults();
    let is_here = find_program(&definition.tool.name.filled(&values)).is_some();
    if !is_here || definition.tool.version.is_none() || !matches!(definition.origin, Origin::File(_)) {
        return Ok(None);
    }
    let mut stop = Stop::new().context("signals").map_err(Failure::agent)?;
    let version = version(definition, &values, &mut stop);
    let interrupted = stop.asked();
    drop(stop);
    // Elsewhere a signal ends this verb by itself.
    unblock();
    if interrupted {
        Err(Failure::unsent(Unsent::Stopped))
    } else {
        Ok(version.err().map(|unknown| format!("note: {unknown}")))
    }
}

/// The forms that do not say where they end: what is missing from one of them is not seen.
fn endless(definition: &Definition) -> Vec<String> {
    definition.outputs.iter().filter(|form| !form.has_end()).map(|form| form.name.clone()).collect()
}

/// How many samples there are, and what is wrong with them.
fn prove(definition: &Definition, accept: bool) -> Result<(usize, Vec<String>), String> {
    let Origin::File(file) = &definition.origin else { return Ok((0, Vec::new())) };
    let samples = samples(file, definition);
    let proved = samples.iter().map(|sample| if accept { sample.accept(definition) } else { sample.prove(definition) });
    let errors = proved.filter_map(Result::err).map(|error| error.to_string()).collect();
    Ok((samples.len(), errors))
}
