//! `parse`: a tool's saved output -> a record.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{
            identity::record_id,
            saved,
            sending::{self, Sending, Signals},
            values::{key_value, once, parameter},
        },
        terminal,
    },
    definition::{Axis, Definition, ITERATIONS, Logs, Store},
    emit::emit,
    parse::{Saved, Taken, printed, taken, without_end},
    plan::{Plan, Settings},
    record::{Benchmark, Labels, Record, Verdict},
    run, suites,
    text::{counted, printable},
};
use anyhow::{Context, anyhow};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Reads a tool's saved output, without running anything
///
/// Each file is one iteration; one that lkp's runner kept is taken apart at its command lines. A parameter is what the output
/// or its command line says of it, or what --param says. The record goes to standard output, or, with --signals, its signals.
/// Of MMTests (`parse mmtests`) it is the folder of a run, with all its benchmarks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sysbench cpu --threads=4 run | lava-bench parse sysbench-cpu
  lava-bench parse sysbench-cpu --param THREADS=4 run-1.txt run-2.txt
  lava-bench parse sysbench-cpu --param THREADS=4 --signals all run-1.txt
  lava-bench parse mmtests work/log/6.12 --signals all")]
pub(in crate::cli) struct Args {
    /// The definition's name
    name: String,
    /// Files with the tool's output; without any, or for `-`, standard input. For a definition whose results are logs, the
    /// folder of a run
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The standard errors of the same iterations, where they are apart; without, each file is taken for both outputs
    #[arg(long, value_name = "FILE")]
    stderr: Vec<PathBuf>,
    /// A file that the tool wrote, of the same iterations in order
    #[arg(long, value_name = "NAME=FILE", value_parser = key_value)]
    file: Vec<(String, String)>,
    /// A parameter that the tool was run with, where its output does not say it; VALUE may be @FILE: the
    /// text of a file
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
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

impl Args {
    /// Whether it sends signals.
    pub(in crate::cli) fn sends(&self) -> bool {
        self.signals.is_some()
    }
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let definition = store.load(&args.name).map_err(Failure::input)?;
    let record = match &definition.logs {
        Some(logs) => of_logs(args, logs)?,
        None => of_outputs(args, definition)?,
    };
    match args.signals {
        None => terminal::data(&format!("{}\n", record.to_json()))?,
        Some(signals) => {
            let sent = emit(args.sending.console(), args.sending.wanted(signals), &record);
            sent.map_err(|unsent| sending::failure(unsent, "the record"))?;
        }
    }
    for benchmark in &record.benchmarks {
        for case in &benchmark.cases {
            let name = format!("{} {}", benchmark.name.as_str(), case.labels);
            for reason in &case.reasons {
                terminal::tell(&format!("lava-bench: {}: {}", name.trim_end(), printable(reason.as_bytes())));
            }
        }
    }
    Ok(if record.verdicts().all(|verdict| verdict == Verdict::Pass) { Code::Done } else { Code::Failed })
}

/// The record of what a tool printed.
fn of_outputs(args: &Args, definition: Definition) -> Result<Record, Failure> {
    let all = taken(&definition, read_all(&definition, args)?);
    let outputs = all.iter().flat_map(|taken| &taken.outputs);
    let endless = outputs.flat_map(|saved| without_end(&definition, &saved.outputs()));
    for form in endless.collect::<BTreeSet<_>>() {
        terminal::tell(&format!("lava-bench: {form}: nothing in this output says that it is complete"));
    }
    let mut benchmark: Option<Benchmark> = None;
    for taken in &all {
        let one = of_case(args, &definition, taken)?;
        match &mut benchmark {
            Some(benchmark) => join(benchmark, one),
            None => benchmark = Some(one),
        }
    }
    let record = record(args.label.clone(), benchmark.context("no output").map_err(Failure::input)?);
    let several = "hint: its outputs are of several cases that differ in what is no axis: parse them apart";
    record.check().map_err(|error| Failure::input(anyhow!("benchmark `{}`: {error}\n{several}", args.name)))?;
    Ok(record)
}

/// Adds the cases of one benchmark to another run of it: what differs are values of an axis.
fn join(benchmark: &mut Benchmark, other: Benchmark) {
    for (name, value) in other.parameters {
        match benchmark.parameters.get_mut(&name) {
            Some(known) if known.split(' ').any(|one| one == value) => {}
            Some(known) => known.push_str(&format!(" {value}")),
            None => drop(benchmark.parameters.insert(name, value)),
        }
    }
    benchmark.cases.extend(other.cases);
}

/// The benchmark with the one case that outputs are of.
fn of_case(args: &Args, definition: &Definition, taken: &Taken) -> Result<Benchmark, Failure> {
    let parameters = told(args, definition, taken)?;
    let known: BTreeSet<String> = parameters.iter().map(|(name, _)| own_name(name, definition).into()).collect();
    unless_told(definition, &known, taken)?;
    let cpus = crate::system::cpus::allowed().len();
    let settings = Settings { parameters, cpus, agent: "lava-bench".into(), ..Settings::default() };
    let plan = Plan::new(vec![definition.clone()], &settings).map_err(Failure::input)?;
    let planned = &plan.benchmarks[0];
    let [case] = planned.cases.as_slice() else {
        let (name, count) = (&args.name, planned.cases.len());
        let value = |axis: &Axis| planned.cases[0].values.get(&axis.parameter);
        let varies = |axis: &&Axis| planned.cases.iter().any(|case| case.values.get(&axis.parameter) != value(axis));
        let axis = planned.definition.matrix.iter().find(varies);
        let (axis, value) = axis.map_or(("", ""), |axis| (&axis.parameter, value(axis).map_or("", String::as_str)));
        return Err(Failure::input(anyhow!(
            "benchmark `{name}`: the output is of one case, the parameters give {count}\n\
             hint: say which it is, as in --param {axis}={value}"
        )));
    };
    let mut benchmark = run::opening(planned, 1, None);
    // A default is what the tool would have been run with here. With what it was run is known only where somebody says it.
    benchmark.parameters.retain(|name, _| known.contains(name));
    let instance = taken.instance.and_then(|number| Some(("instance".parse().ok()?, number.to_string())));
    let instance = Labels::new(instance.into_iter().collect()).unwrap_or_default();
    for mut case in run::parsed(&planned.definition, case, &taken.outputs) {
        case.series = benchmark.primary_first(&case).into_iter().cloned().collect();
        case.labels = case.labels.then(&instance).unwrap_or_else(|_| case.labels.clone());
        benchmark.cases.push(case);
    }
    Ok(benchmark)
}

/// What is known of the parameters that the tool was run with: what the user says, what the outputs say themselves, and what
/// their command lines say.
fn told(args: &Args, definition: &Definition, taken: &Taken) -> Result<Vec<(String, String)>, Failure> {
    once(&args.param)?;
    let outputs = &taken.outputs;
    let mut parameters = vec![(ITERATIONS.into(), outputs.len().to_string())];
    let given = |name: &String| args.param.iter().any(|(given, _)| own_name(given, definition) == name);
    let mut said = taken.said.clone();
    said.extend(outputs.iter().rev().flat_map(|saved| printed(definition, &saved.outputs())));
    parameters.extend(said.into_iter().filter(|(name, _)| !given(name)));
    parameters.extend(args.param.iter().cloned());
    Ok(parameters)
}

/// `NAME` of `BENCHMARK.NAME`.
fn own_name<'a>(name: &'a str, definition: &Definition) -> &'a str {
    name.strip_prefix(definition.name.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
}

/// Refuses an output of which it is not known which case it is of.
fn unless_told(definition: &Definition, known: &BTreeSet<String>, taken: &Taken) -> Result<(), Failure> {
    let axes = definition.matrix.iter().map(|axis| axis.parameter.as_str());
    let unknown: Vec<&str> = axes.filter(|name| !known.contains(*name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let is_empty = |saved: &Saved| {
        let mut all = [&saved.stdout, &saved.stderr].into_iter().chain(saved.files.values());
        all.all(|bytes| bytes.trim_ascii().is_empty())
    };
    if taken.outputs.iter().all(is_empty) {
        let hint = "hint: name a file with what the tool printed, or send it to standard input";
        return Err(Failure::input(anyhow!("benchmark `{}`: the output is empty\n{hint}", definition.name)));
    }
    let first = |name: &str| {
        let values = definition.parameter(name).and_then(|parameter| parameter.values(&parameter.default, 1).ok());
        values.and_then(|values| values.into_iter().next()).unwrap_or_default()
    };
    let hint: Vec<String> = unknown.iter().map(|name| format!("--param {name}={}", first(name))).collect();
    Err(Failure::input(anyhow!(
        "benchmark `{}`: the output does not say what {} was\nhint: say which it is, as in {}",
        definition.name,
        unknown.join(" and "),
        hint.join(" ")
    )))
}

/// The record of the benchmarks in the logs of one run.
fn of_logs(args: &Args, logs: &Logs) -> Result<Record, Failure> {
    let wrong = |what: &str| {
        let hint = "hint: `parse mmtests FOLDER` takes the folder of one run, work/log/NAME, alone";
        Failure::input(anyhow!("benchmark `{}`: {what}\n{hint}", args.name))
    };
    let [folder] = args.files.as_slice() else { return Err(wrong("its results are one folder of logs")) };
    if !(args.stderr.is_empty() && args.file.is_empty() && args.param.is_empty()) {
        return Err(wrong("--stderr, --file and --param say nothing of logs"));
    }
    if !folder.is_dir() {
        return Err(wrong(&format!("{}: is no folder", folder.display())));
    }
    let suite = suites::named(logs.format).and_then(|suite| suite.logs.as_ref());
    let reader = suite.ok_or_else(|| wrong("no suite reads its logs"))?;
    let runs = reader.runs(folder).with_context(|| folder.display().to_string()).map_err(Failure::input)?;
    let run = match runs.as_slice() {
        [run] => run,
        [] => return Err(wrong(&format!("{}: no run of MMTests in it, which has iter-0", folder.display()))),
        several => {
            let names: Vec<String> = several.iter().map(|run| run.display().to_string()).collect();
            return Err(wrong(&format!("{} runs: {}", several.len(), names.join(", "))));
        }
    };
    let logged = reader.run(run, args.label.as_deref(), record_id()).map_err(Failure::input)?;
    logged.notes.iter().for_each(|note| terminal::tell(&format!("lava-bench: {note}")));
    Ok(Record { agent: Some(run::agent()), ..logged.record })
}

fn record(label: Option<String>, benchmark: Benchmark) -> Record {
    Record { id: record_id(), label, agent: Some(run::agent()), benchmarks: vec![benchmark], ..Record::default() }
}

/// The outputs of each iteration.
fn read_all(definition: &Definition, args: &Args) -> Result<Vec<Saved>, Failure> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    if !args.stderr.is_empty() && args.stderr.len() != files.len() {
        let (errors, outputs) = (counted(args.stderr.len(), "file"), counted(files.len(), "output"));
        return Err(Failure::input(anyhow!("--stderr: {errors} for {outputs}\nhint: name one for each output")));
    }
    let mut all = Vec::new();
    for (iteration, path) in files.iter().enumerate() {
        let stdout = read(path)?;
        let stderr = args.stderr.get(iteration).map_or_else(|| Ok(stdout.clone()), |path| read(path))?;
        let mut saved = Saved { stdout, stderr, files: BTreeMap::new() };
        for name in definition.files() {
            let given = args.file.iter().filter(|(given, _)| given == name).nth(iteration);
            // A tool that writes nothing but a file has its file as its output.
            let bytes = given.map_or_else(|| Ok(saved.stdout.clone()), |(_, path)| read(path.as_ref()))?;
            saved.files.insert(name.into(), bytes);
        }
        all.push(saved);
    }
    let unknown = |name: &&String| !definition.files().contains(name.as_str());
    match args.file.iter().map(|(name, _)| name).find(unknown) {
        Some(name) => {
            Err(Failure::input(anyhow!("--file {name}: definition `{}` reads no such file", definition.name)))
        }
        None => Ok(all),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.is_dir() {
        let hint =
            "hint: name the file with the tool's output; `parse mmtests`, `convert` and `compare` read logs of MMTests";
        return Err(Failure::input(anyhow!("{}: is a folder\n{hint}", path.display())));
    }
    saved::read(path).with_context(|| path.display().to_string()).map_err(Failure::input)
}
