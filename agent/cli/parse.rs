//! `parse`: a tool's saved output -> a record.

use super::{Code, Failure, Signals, key_value, run::record_id, sending::Sending, terminal};
use crate::{
    definition::{ITERATIONS, Store},
    emit::emit,
    parse::printable,
    plan::{Plan, Settings},
    record::{Benchmark, Record, Schema, Verdict},
    run,
};
use anyhow::{Context, anyhow};
use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
};

/// Reads a tool's saved output, without running anything
///
/// Each file is one iteration. The record goes to standard output, or, with --signals, its signals.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sysbench cpu --threads=4 run | lava-bench parse sysbench-cpu --param THREADS=4
  lava-bench parse sysbench-cpu --param THREADS=4 run-1.txt run-2.txt
  lava-bench parse sysbench-cpu --param THREADS=4 --signals all run-1.txt")]
pub(super) struct Args {
    /// The definition's name
    name: String,
    /// Files with the tool's output; without any, or for `-`, standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Sets a parameter that the tool was run with
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
    param: Vec<(String, String)>,
    /// What the record is called
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Sends signals instead of writing the record
    #[arg(long, value_enum, value_name = "WHICH")]
    signals: Option<Signals>,
    #[command(flatten)]
    sending: Sending,
}

pub(super) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let definition = store.load(&args.name).map_err(Failure::input)?;
    let outputs = read_all(&args.files)?;
    let mut parameters = args.param.clone();
    parameters.insert(0, (ITERATIONS.into(), outputs.len().to_string()));
    let settings =
        Settings { parameters, timeout: None, cpus: crate::system::cpus::allowed().len(), agent: "lava-bench".into() };
    let plan = Plan::new(vec![definition], &settings).map_err(Failure::input)?;
    let planned = &plan.benchmarks[0];
    let [case] = planned.cases.as_slice() else {
        let axis = &planned.definition.matrix[0].parameter;
        let error = anyhow!(
            "benchmark `{}`: the output is of one case, the parameters give {}",
            args.name,
            planned.cases.len()
        );
        return Err(Failure::input(anyhow!("{error}\nhint: say which it is, as in --param {axis}=1")));
    };
    let mut benchmark = run::opening(planned, 1, None);
    benchmark.cases.push(run::parsed(&planned.definition, case, &outputs));
    let record = record(args.label.clone(), benchmark);
    match args.signals {
        None => terminal::data(&format!("{}\n", record.to_json()))?,
        Some(signals) => {
            emit(args.sending.console(), args.sending.wanted(signals), &record).map_err(Failure::output)?;
        }
    }
    for reason in &record.benchmarks[0].cases[0].reasons {
        terminal::say(&format!("lava-bench: {}: {}", args.name, printable(reason.as_bytes())));
    }
    Ok(if record.verdicts().all(|verdict| verdict == Verdict::Pass) { Code::Done } else { Code::Failed })
}

fn record(label: Option<String>, benchmark: Benchmark) -> Record {
    Record {
        schema: Schema::V1,
        id: record_id(),
        label,
        agent: Some(run::agent()),
        started: None,
        finished: None,
        interrupted: false,
        machine: None,
        benchmarks: vec![benchmark],
        losses: Vec::new(),
    }
}

/// The output of each iteration.
fn read_all(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    let read = |path: &PathBuf| {
        let mut bytes = Vec::new();
        let read = match path.to_str() {
            Some("-") => io::stdin().read_to_end(&mut bytes).map(|_| bytes),
            _ => fs::read(path),
        };
        read.with_context(|| path.display().to_string()).map_err(Failure::input)
    };
    files.iter().map(read).collect()
}
