//! `run`: plan, run, parse, record, emit.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{
            identity::{record_id, run_number},
            job, mmtests,
            sending::{self, Sending, Signals},
            values::{once, parameter, time_limit},
        },
        table, terminal,
    },
    definition::{ITERATIONS, Store},
    emit::{Emitter, Patience, Unsent},
    plan::{Plan, Settings},
    record::{Record, RecordId, Role, Schema, Verdict},
    run::{Event, Folder, FolderError, MachineConditions, Observer, Runner, Stop, now, version},
    system,
    text::printable,
};
use anyhow::{Context, anyhow};
use std::{
    env, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Runs benchmarks: the record goes to a folder, the signals to the console
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench run sysbench-cpu --param THREADS='1 4' --iterations 5
  lava-bench run sysbench-cpu primes --param TIME=2 --output /mnt/results
  lava-bench run primes --signals all > capture.log
  lava-bench run --mmtests configs/config-scheduler-sysbench-cpu")]
pub(in crate::cli) struct Args {
    /// The benchmarks' names
    #[arg(required_unless_present = "mmtests", conflicts_with = "mmtests", value_name = "NAME")]
    names: Vec<String>,
    /// Runs what a configuration file of MMTests asks for, as far as it is understood: see `show --mmtests`
    #[arg(long, value_name = "FILE")]
    mmtests: Option<PathBuf>,
    /// Sets a parameter of every named benchmark that has it; NAME may be BENCHMARK.NAME, and VALUE
    /// @FILE: the text of a file
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    param: Vec<(String, String)>,
    /// How many times each case is measured: the same as --param ITERATIONS=N
    #[arg(long, value_name = "N")]
    iterations: Option<u32>,
    /// How long one command may take, instead of what the definition says
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    timeout: Option<Duration>,
    /// What the record is called
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// The folder for the record and the raw outputs, new or empty; else $LAVA_BENCH_OUTPUT (numbered
    /// where a run has used it), else a new one in /tmp
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Shows what would be run
    #[arg(long)]
    dry_run: bool,
    /// Which signals are sent
    #[arg(long, value_enum, default_value_t = Signals::Auto, value_name = "WHICH")]
    signals: Signals,
    #[command(flatten)]
    sending: Sending,
    /// A failed or skipped case is no reason for another exit code than 0: for LAVA's `sh -e`
    #[arg(long)]
    exit_zero: bool,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    // Before any thread is started.
    let mut stop = Stop::new().context("signals").map_err(Failure::agent)?;
    be(Patience::Measuring)?;
    let chosen = args.mmtests.as_deref().map(|path| mmtests::read(path, store)).transpose()?;
    chosen.iter().for_each(mmtests::Chosen::warn);
    if chosen.as_ref().is_some_and(|chosen| chosen.names().is_empty()) {
        return Err(Failure::told(Code::Nothing));
    }
    let plan = plan(args, chosen.as_ref(), store)?;
    if args.dry_run {
        be(Patience::Sending)?;
        terminal::data(&dry_run(&plan, &mut stop))?;
        return Ok(Code::Done);
    }
    let id = record_id();
    let mut folder = output_folder(args.output.as_deref(), id)?;
    let wanted = args.sending.wanted(args.signals);
    let mut emitter = Emitter::new(args.sending.console(), wanted, id, Schema::default());
    let mut progress = Progress;
    let runner = Runner {
        id,
        label: args.label.clone(),
        machine: system::machine(Path::new("/")),
        number: &run_number,
        folder: &mut folder,
        stop: &mut stop,
        watches: vec![Box::new(MachineConditions::new("/"))],
        observers: vec![&mut progress, &mut emitter],
    };
    let record = runner.run(&plan);
    let written = folder.write(&record);
    let sent = send(emitter, &record, &mut stop)?;
    terminal::say(table::record(&record).trim_end());
    for complaint in folder.complaints() {
        terminal::say(&format!("lava-bench: {}", printable(complaint.as_bytes())));
    }
    close(&record, &folder, written, sent, wanted.frames.is_some())?;
    Ok(code(&record, args.exit_zero))
}

fn be(patience: Patience) -> Result<(), Failure> {
    terminal::be(patience).context("standard output and standard error").map_err(Failure::agent)
}

/// Sends what is to be sent at the end. The record is written: a signal ends this, and a second one that came before it
/// does too.
fn send(mut emitter: Emitter, record: &Record, stop: &mut Stop) -> Result<Result<usize, Unsent>, Failure> {
    let patience = |stop: &mut Stop| if stop.asked() { Patience::Interrupted } else { Patience::Sending };
    be(patience(stop))?;
    emitter.be(patience(stop));
    let sent = if stop.insisted() { Err(Unsent::Stopped) } else { emitter.finish(record) };
    // What is left to say has its own time.
    be(patience(stop))?;
    Ok(sent)
}

fn plan(args: &Args, chosen: Option<&mmtests::Chosen>, store: &Store) -> Result<Plan, Failure> {
    let names = chosen.map_or_else(|| args.names.clone(), mmtests::Chosen::names);
    let definitions = names.iter().map(|name| store.load(name).map_err(Failure::input)).collect::<Result<_, _>>()?;
    // What the user sets counts before what the configuration says.
    let mut parameters = chosen.map(mmtests::Chosen::parameters).unwrap_or_default();
    let mut set = args.param.clone();
    set.extend(args.iterations.map(|count| (ITERATIONS.into(), count.to_string())));
    once(&set)?;
    parameters.extend(set);
    let agent = env::current_exe().map_or_else(|_| "lava-bench".into(), |path| path.display().to_string());
    let settings = Settings { parameters, timeout: args.timeout, cpus: system::cpus::allowed().len(), agent };
    let plan = Plan::new(definitions, &settings).map_err(Failure::input)?;
    job::check(&plan)?;
    Ok(plan)
}

fn dry_run(plan: &Plan, stop: &mut Stop) -> String {
    let mut text = String::new();
    for planned in &plan.benchmarks {
        let version = version(&planned.definition, &planned.parameters, stop).unwrap_or_default();
        text.push_str(&format!(
            "{}: {} cases, {} warm-ups and {} iterations each\n",
            planned.definition.name,
            planned.cases.len(),
            planned.warm_up,
            planned.iterations
        ));
        for case in &planned.cases {
            let command = case.commands.iter().find(|(versions, _)| versions.contain(version.as_deref()));
            let words = command.or(case.commands.last()).map(|(_, words)| words.join(" "));
            text.push_str(&format!("  {}: {}\n", case.labels, words.unwrap_or_default()));
        }
    }
    text
}

/// The folder that is named; else the one that the environment names, numbered where a run has used it; else a new one in
/// /tmp.
fn output_folder(named: Option<&Path>, id: RecordId) -> Result<Folder, Failure> {
    let variable = env::var_os("LAVA_BENCH_OUTPUT").filter(|named| !named.is_empty());
    let claimed = match (named, variable) {
        (Some(path), _) => Folder::claim(path),
        (None, Some(path)) => Folder::claim_numbered(Path::new(&path)),
        (None, None) => {
            let time: String = now().chars().take_while(|c| *c != '.').filter(|c| !"-:".contains(*c)).collect();
            // No folder in between that is somebody's: every user may make one in /tmp.
            Folder::make(&env::temp_dir().join(format!("lava-bench-{time}Z-{id}")))
        }
    };
    claimed.map_err(|error| match error {
        FolderError::Taken(_) => Failure::input(error),
        FolderError::Unusable { .. } => Failure::agent(error),
    })
}

/// Reports what could not be written or sent. What was measured is never lost: it is in the folder, in the frames, or it is
/// printed.
fn close(
    record: &Record,
    folder: &Folder,
    written: io::Result<PathBuf>,
    sent: Result<usize, Unsent>,
    frames: bool,
) -> Result<(), Failure> {
    match (written, sent) {
        (Ok(path), Ok(held_back)) => {
            terminal::say(&format!("record: {}", path.display()));
            if held_back > 0 {
                let emit = format!("`lava-bench emit {} --signals none --stream on` sends it all", path.display());
                let hint = if frames { format!("the frames hold all that they say, and {emit}") } else { emit };
                terminal::say(&format!(
                    "signals: {held_back} lines were held back, as the console took nothing\nhint: {hint}"
                ));
            }
            Ok(())
        }
        (Ok(path), Err(unsent)) => {
            let text = format!("signals: not all could be sent: {unsent}\n{}", sending::hint(&unsent, &path));
            match unsent {
                Unsent::Failed(_) => Err(Failure::agent(anyhow!(text))),
                Unsent::Stalled | Unsent::Stopped => {
                    terminal::say(&format!("record: {}\nlava-bench: {text}", path.display()));
                    Err(Failure::unsent(Unsent::Stopped))
                }
            }
        }
        (Err(error), sent) => {
            if sent.is_err() || !frames {
                // The last resort, whoever reads standard output.
                terminal::data(&format!("{}\n", record.to_json()))?;
            }
            let place = if sent.is_ok() && frames { "its frames were sent" } else { "it stands on standard output" };
            let shown = folder.path().display();
            Err(Failure::agent(anyhow!("record: cannot be written to {shown}: {error}\nhint: {place}")))
        }
    }
}

fn code(record: &Record, exit_zero: bool) -> Code {
    let verdicts: Vec<Verdict> = record.verdicts().collect();
    if record.interrupted {
        Code::Interrupted
    } else if exit_zero {
        Code::Done
    } else if verdicts.iter().all(|verdict| *verdict == Verdict::Skip) {
        Code::Nothing
    } else if verdicts.contains(&Verdict::Fail) {
        Code::Failed
    } else {
        Code::Done
    }
}

/// Tells people on standard error which command is about to run.
struct Progress;

impl Observer for Progress {
    fn event(&mut self, event: &Event<'_>) {
        match *event {
            // Clean-ups are short, and nothing is measured any more.
            Event::ExecutionBegins { step, .. } if step.role == Role::CleanUp => {}
            Event::ExecutionBegins { benchmark, case, step } => {
                let point = if case.labels.is_empty() { String::new() } else { format!(" {}", case.labels) };
                terminal::say(&format!("{}{point}: {step}", benchmark.name));
            }
            _ => {}
        }
    }
}
