//! `run`: plan, run, parse, record, emit.

use crate::{
    cli::{
        dry_run::dry_run,
        exit::{Code, Failure},
        options::{
            chosen::ChosenArgs,
            early,
            effort::EffortArgs,
            foreign::{self, Foreign},
            groups::GroupArgs,
            identity::{record_id, run_number},
            job,
            lkp::LkpArgs,
            sending::{self, Sending, Signals},
            values::{iterations, once, parameter, time_limit},
        },
        progress::{Progress, invalid, summary},
        table, terminal,
    },
    definition::{ITERATIONS, Store},
    emit::{Emitter, Patience, Unsent},
    plan::{Plan, Settings},
    record::{Record, RecordId, Schema, Verdict},
    run::{
        Folder, FolderError, JOURNAL, Journal, KernelLog, MachineConditions, Observer, Recovered, Resumption, Runner,
        Stop, now,
    },
    system,
    text::{counted, printable},
};
use anyhow::{Context, anyhow};
use std::{
    env, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Runs benchmarks: the record goes to a folder, the signals to the console
///
/// NAME is a benchmark; where no benchmark has that name, a suite, and all its benchmarks run. What cannot run here is
/// skipped, and the record says why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench run sysbench-cpu --param THREADS='1 4' --iterations 5
  lava-bench run 'lmbench-lat-*' --available
  lava-bench run sysbench-cpu primes --param TIME=2 --output /mnt/results
  lava-bench run primes --signals all > capture.log
  lava-bench run --mmtests configs/config-scheduler-sysbench-cpu
  lava-bench run --lkp jobs/hackbench/hackbench.yaml
  lava-bench run --test-plan plans/qcomlt/bench.yaml")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    chosen: ChosenArgs,
    /// Runs what a configuration file of MMTests asks for: `show --mmtests` says what that is
    #[arg(long, value_name = "FILE")]
    mmtests: Option<PathBuf>,
    #[command(flatten)]
    lkp: LkpArgs,
    /// Runs what a test plan of Linaro's test-definitions asks for: `show --test-plan` says what that is
    #[arg(long, value_name = "FILE", conflicts_with = "mmtests")]
    test_plan: Option<PathBuf>,
    /// Skips, changes and adds tests of the plan, as `test-runner.py --overlay` does
    #[arg(long, value_name = "FILE", requires = "test_plan", conflicts_with_all = ["names", "mmtests", "lkp", "resume", "only_failed"])]
    overlay: Option<PathBuf>,
    /// Sets a parameter of each benchmark that has it. NAME may be BENCHMARK.NAME; VALUE may be @FILE: the text of a file
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    param: Vec<(String, String)>,
    /// How many times each case is measured: the same as --param ITERATIONS=N
    #[arg(long, value_name = "N", value_parser = iterations)]
    iterations: Option<u32>,
    #[command(flatten)]
    effort: EffortArgs,
    /// How long one command may take, instead of what the definition says
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    timeout: Option<Duration>,
    /// What the record is called
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// The folder for the record and the raw outputs, new or empty. Without it: $LAVA_BENCH_OUTPUT, numbered where a run has
    /// used it, or else a new one in /tmp
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Goes on with the run in DIR, which ended early: what is measured is not measured again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["names", "mmtests", "lkp", "test_plan", "only_failed", "param", "iterations", "timeout", "label", "output", "until", "at_least", "at_most", "budget", "warm_up", "order", "seed"])]
    resume: Option<PathBuf>,
    /// Runs again what did not pass in the run in DIR, with its parameters
    #[arg(long, value_name = "DIR", conflicts_with_all = ["names", "mmtests", "lkp", "test_plan", "param", "iterations"])]
    only_failed: Option<PathBuf>,
    #[command(flatten)]
    groups: GroupArgs,
    /// Shows what would be run
    #[arg(long)]
    dry_run: bool,
    /// Which signals are sent
    #[arg(long, value_enum, default_value_t = Signals::Auto, value_name = "WHICH")]
    signals: Signals,
    #[command(flatten)]
    sending: Sending,
    /// Exits with 0 also where a case failed or was skipped: for LAVA's `sh -e`
    #[arg(long)]
    exit_zero: bool,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    // Before any thread is started.
    let mut stop = Stop::new().context("signals").map_err(Failure::agent)?;
    be(Patience::Measuring)?;
    if args.lkp.are_given() {
        return run_jobs(args, store, &mut stop);
    }
    let (plan, recovered) = planned(args, store)?;
    if plan.benchmarks.is_empty() {
        return Err(Failure::told(Code::Nothing));
    }
    if args.dry_run {
        be(Patience::Sending)?;
        terminal::data(&dry_run(&plan, &mut stop))?;
        return Ok(Code::Done);
    }
    measure(args, &plan, recovered.as_ref(), args.output.as_deref(), &mut stop)
}

/// Runs lkp's jobs. Those whose parameters are no full matrix take several runs, each with a folder of its own.
fn run_jobs(args: &Args, store: &Store, stop: &mut Stop) -> Result<Code, Failure> {
    let jobs = args.lkp.read(store, Some(args.output.as_deref().unwrap_or(Path::new("/"))))?;
    jobs.warn();
    let plans = jobs.plans(store, &Settings { parameters: set(args)?, ..settings(args)? })?;
    let mut last = Err(Failure::told(Code::Nothing));
    for (plan, number) in plans.iter().zip(1..) {
        if args.dry_run {
            be(Patience::Sending)?;
            terminal::data(&dry_run(plan, stop))?;
            last = Ok(Code::Done);
            continue;
        }
        let several = args.output.as_ref().filter(|_| plans.len() > 1);
        let folder = several.map(|folder| folder.join(number.to_string()));
        let code = measure(args, plan, None, folder.as_deref().or(args.output.as_deref()), stop)?;
        last = Ok(match (last, code) {
            (_, Code::Interrupted | Code::Reboot) => return Ok(code),
            (Ok(Code::Failed), _) => Code::Failed,
            (Ok(before), Code::Nothing) => before,
            (_, code) => code,
        });
    }
    last
}

/// The plan, and of a run that is gone on with what it has done. An empty plan has been explained.
fn planned(args: &Args, store: &Store) -> Result<(Plan, Option<Recovered>), Failure> {
    if let Some(folder) = &args.resume {
        let (plan, recovered) = early::resumed(folder, store, &settings(args)?)?;
        return Ok((plan, Some(recovered)));
    }
    if let Some(folder) = &args.only_failed {
        let plan = early::failed(folder, store, &settings(args)?)?;
        if plan.benchmarks.is_empty() {
            terminal::tell(&format!("lava-bench: {}: all cases passed, so nothing is run again", folder.display()));
        }
        return Ok((plan, None));
    }
    let foreign = foreign::read(args.mmtests.as_deref(), args.test_plan.as_deref(), args.overlay.as_deref(), store)?;
    if foreign.as_ref().is_some_and(|foreign| foreign.names.is_empty()) {
        return Ok((Plan::default(), None));
    }
    Ok((plan(args, foreign, store)?, None))
}

fn measure(
    args: &Args,
    plan: &Plan,
    recovered: Option<&Recovered>,
    output: Option<&Path>,
    stop: &mut Stop,
) -> Result<Code, Failure> {
    let resumption = recovered.map(|recovered| recovered.resumption(system::boot(Path::new("/"))));
    let id = resumption.as_ref().map_or_else(record_id, |resumption| resumption.record.id);
    let mut folder = match &args.resume {
        Some(folder) => Folder::resume(folder).map_err(Failure::agent)?,
        None => output_folder(output, id)?,
    };
    let mut journal = journal(args, &folder, plan, recovered.zip(resumption.as_ref()))?;
    let wanted = args.sending.wanted(args.signals);
    let mut emitter = Emitter::new(args.sending.console(), wanted, id, Schema::default());
    let mut progress = Progress::new(plan, resumption.as_ref());
    // The journal is first: what the others say is on the storage.
    let mut observers: Vec<&mut dyn Observer> = Vec::new();
    observers.extend(journal.as_mut().map(|journal| journal as &mut dyn Observer));
    observers.extend([&mut progress as &mut dyn Observer, &mut emitter]);
    let (cgroups, tuned) = args.groups.groups(recovered, args.only_failed.as_ref())?;
    let runner = Runner {
        id,
        label: args.label.clone(),
        machine: system::machine(Path::new("/")),
        number: &run_number,
        folder: &mut folder,
        stop,
        cgroups,
        tuned,
        watches: vec![Box::new(KernelLog::new("/")), Box::new(MachineConditions::new("/"))],
        observers,
        resumption,
    };
    let record = runner.run(plan);
    journal.and_then(|journal| journal.complaint()).into_iter().for_each(|complaint| folder.complain(complaint));
    end(args, plan, &record, &folder, emitter, stop)
}

/// Writes the record, sends what is to be sent at the end, and says what became of the run.
fn end(
    args: &Args,
    plan: &Plan,
    record: &Record,
    folder: &Folder,
    emitter: Emitter,
    stop: &mut Stop,
) -> Result<Code, Failure> {
    let wanted = args.sending.wanted(args.signals);
    let written = folder.write(record);
    let sent = if wanted.is_nothing() { Ok(0) } else { send(emitter, record, stop)? };
    terminal::say(table::record(record, terminal::error_width(), terminal::colored).trim_end());
    let complaints = folder.complaints().iter().map(|complaint| printable(complaint.as_bytes()));
    complaints.for_each(|complaint| terminal::tell(&format!("lava-bench: {complaint}")));
    close(record, folder, written, sent, wanted.frames.is_some())?;
    invalid(record).into_iter().for_each(|text| terminal::say_wrapped(&text));
    terminal::tell(&summary(plan, record));
    let waits = record.interrupted && !stop.asked();
    if record.interrupted && folder.path().join(JOURNAL).is_file() {
        let (why, first) =
            if waits { ("the next case needs a new boot\n", "boot the machine; then ") } else { ("", "") };
        terminal::tell(&format!("{why}hint: {first}`lava-bench run --resume {}` goes on", folder.path().display()));
    }
    Ok(code(record, waits, args.exit_zero))
}

/// The run's journal. A new run goes on without one, and says so; a resumed one needs it.
fn journal(
    args: &Args,
    folder: &Folder,
    plan: &Plan,
    early: Option<(&Recovered, &Resumption)>,
) -> Result<Option<Journal>, Failure> {
    match early {
        Some((recovered, resumption)) => match Journal::resume(folder.path(), resumption, recovered.tail) {
            Ok(journal) => Ok(Some(journal)),
            Err(error) => Err(Failure::input(anyhow!("{}: {error}", folder.path().display()))),
        },
        None => {
            let begun = Journal::begin(folder.path(), early::planned(plan, args.timeout));
            let journal = begun.map_err(|error| {
                terminal::tell(&format!("lava-bench: no journal: {error}; if the run is killed, its record is lost"))
            });
            Ok(journal.ok())
        }
    }
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

fn plan(args: &Args, foreign: Option<Foreign>, store: &Store) -> Result<Plan, Failure> {
    let (names, mut parameters) = match foreign {
        Some(Foreign { names, parameters }) => (names, parameters),
        None => (args.chosen.names(store)?, Vec::new()),
    };
    if names.is_empty() {
        let hint = "hint: `lava-bench doctor NAME` says what a benchmark lacks";
        return Err(Failure::nothing(anyhow!("--available: none of these benchmarks can run here\n{hint}")));
    }
    let definitions = names.iter().map(|name| store.load(name).map_err(Failure::input)).collect::<Result<_, _>>()?;
    // What the user sets counts before what the file says.
    parameters.extend(set(args)?);
    let settings = Settings { parameters, ..settings(args)? };
    let plan = Plan::new(definitions, &settings).map_err(Failure::input)?;
    say_what_does_not_stop_early(&plan);
    job::check(&plan)?;
    Ok(plan)
}

/// What the user sets.
fn set(args: &Args) -> Result<Vec<(String, String)>, Failure> {
    let mut set = args.param.clone();
    set.extend(args.iterations.map(|count| (ITERATIONS.into(), count.to_string())));
    once(&set)?;
    Ok(set)
}

/// --until has nothing to go by where a tool repeats by itself, or measures nothing.
fn say_what_does_not_stop_early(plan: &Plan) {
    for planned in plan.benchmarks.iter().filter(|planned| plan.effort.until.is_some() && planned.until.is_none()) {
        let name = &planned.definition.name;
        let why = if planned.definition.iterates { "its tool repeats by itself" } else { "it has no metric" };
        terminal::tell(&format!(
            "lava-bench: {name}: {why}: it runs as often as its definition says, whatever --until says"
        ));
    }
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    let agent = env::current_exe().map_or_else(|_| "lava-bench".into(), |path| path.display().to_string());
    let cpus = args.groups.cpus().unwrap_or_else(|| system::cpus::allowed().len());
    let effort = args.effort.effort()?;
    Ok(Settings { parameters: Vec::new(), timeout: args.timeout, effort, cpus, agent })
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
        FolderError::Unusable { .. } => Failure::agent(error),
        _ => Failure::input(error),
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
            terminal::tell(&format!("record: {}", path.display()));
            if held_back > 0 {
                let emit = format!("`lava-bench emit {} --signals none --stream on` sends it all", path.display());
                let hint = if frames { format!("the frames hold all that they say, and {emit}") } else { emit };
                let lines = counted(held_back, "line");
                terminal::tell(&format!("signals: {lines} held back, as the console took nothing\nhint: {hint}"));
            }
            Ok(())
        }
        (Ok(path), Err(unsent)) => {
            let text = format!("signals: not all could be sent: {unsent}\n{}", sending::hint(&unsent, &path));
            match unsent {
                Unsent::Failed(_) => Err(Failure::agent(anyhow!(text))),
                Unsent::Stalled | Unsent::Stopped => {
                    terminal::tell(&format!("record: {}\nlava-bench: {text}", path.display()));
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

fn code(record: &Record, waits: bool, exit_zero: bool) -> Code {
    let verdicts: Vec<Verdict> = record.verdicts().collect();
    if waits {
        if exit_zero { Code::Done } else { Code::Reboot }
    } else if record.interrupted {
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
