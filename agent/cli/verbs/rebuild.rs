//! `rebuild`: captures and results of databases -> records.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{
            identity::record_id,
            lab::{LabArgs, take_in},
            source,
        },
        terminal,
    },
    lab::{Address, source::Job},
    rebuild::{Explanation, Passed, Rebuilder, Rebuilt},
    record::{Loss, Record},
    run::{JOURNAL, RECORD},
    suites::Selection,
    text::counted,
};
use anyhow::{Context, anyhow};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Rebuilds records from what a board said, or from what LAVA or SQUAD keep of it
///
/// Files are recognised by their content, gzip, xz and zstd included: the agent's output, a serial capture, LAVA's job log,
/// its results as REST pages, csv, yaml or junit, lava-run's results.jsonl, SQUAD's log_file, tests_file and metrics_file,
/// tuxrun's results. Several are taken together. A folder that MMTests wrote (work/log, or one run in it) becomes records by
/// itself. An address is that of a job's or a build's page, with lava+ or squad+ before it where the page alone does not say
/// which it is; the token for it is LAVA_TOKEN or SQUAD_TOKEN.
///
/// A record that is complete is byte for byte the board's; of any other the losses are listed on standard error and in the
/// record, and the exit code is 4. Several records are written one a line. A record of version 2 that comes from LAVA's job
/// gets what the server knows of that job as its `lab`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench rebuild serial.log -o record.json
  lava-bench rebuild job-1.yaml.xz job-1-serial.log
  lava-bench rebuild lava+https://lava.example/scheduler/job/7 -o record.json
  lava-bench rebuild squad+https://qa.example/perf/linux/build/v6.12/testrun/5
  lava-bench rebuild serial.log --explain
  lava-bench run primes | lava-bench rebuild -")]
pub(in crate::cli) struct Args {
    /// Files, `-` for standard input, or addresses
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Where the records go, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Prints what came from where instead of the records; --output writes those too
    #[arg(long)]
    explain: bool,
    /// The explanation as JSON, one line for each job
    #[arg(long, requires = "explain")]
    json: bool,
    /// Takes only jobs that have ended; one that has not is exit code 3, and nothing is written
    #[arg(long)]
    ended: bool,
    #[command(flatten)]
    lab: LabArgs,
}

/// How many losses are told one by one.
const SHOWN: usize = 20;

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    let sources = args.sources.iter().map(PathBuf::as_path);
    let (addresses, files): (Vec<&Path>, Vec<&Path>) =
        sources.partition(|source| source.to_str().is_some_and(Address::is_meant));
    let (folders, files): (Vec<&Path>, Vec<&Path>) = files.into_iter().partition(|path| path.is_dir());
    let logged = logged(&folders)?;
    let (jobs, _scratch) = args.lab.fetch(&addresses)?;
    if let Some(job) = jobs.iter().find(|job| args.ended && !job.ended) {
        let hint = "hint: give the same command again when it has";
        return Err(Failure::nothing(anyhow!("{}: it has not ended, and no record is made of it\n{hint}", job.name)));
    }
    if jobs.len() > 1 && !files.is_empty() {
        return Err(Failure::input(anyhow!(
            "{} jobs and files: which job a file is of is unknown\nhint: give one job's address, or files alone",
            jobs.len()
        )));
    }
    let mut told = Vec::new();
    let mut complete = true;
    if jobs.is_empty() && (folders.is_empty() || !files.is_empty()) {
        let mut rebuilder = Rebuilder::default();
        for path in &files {
            complete &= take_in(path, &mut rebuilder)?;
        }
        told.push(rebuilder.explained());
    }
    for fetched in &jobs {
        let mut job = Job::default();
        // A file is taken together with the one job that there is.
        for path in files.iter().copied().chain(fetched.files.iter().map(PathBuf::as_path)) {
            complete &= take_in(path, &mut job)?;
        }
        let (mut records, passed) = job.explained();
        records.iter_mut().for_each(|rebuilt| rebuilt.add_lab(fetched.lab.as_ref()));
        told.push((records, passed));
    }
    tell(args, told, &logged, complete)
}

/// Prints what is asked for of what was rebuilt: the explanation, the records.
fn tell(args: &Args, told: Vec<(Vec<Rebuilt>, Passed)>, logged: &[Record], complete: bool) -> Result<Code, Failure> {
    for (records, passed) in told.iter().filter(|(records, _)| args.explain && !records.is_empty()) {
        terminal::data(&explanation(records, passed, args.json))?;
    }
    let others = told.iter().map(|(_, passed)| passed.foreign_signals + passed.foreign_results).sum();
    let damaged = told.iter().map(|(_, passed)| passed.damaged_signals + passed.damaged_frames).sum();
    let rebuilt: Vec<Rebuilt> = told.into_iter().flat_map(|(records, _)| records).collect();
    if rebuilt.is_empty() && logged.is_empty() {
        say_nothing(args, others, damaged);
        return Ok(Code::Incomplete);
    }
    write(args, &rebuilt, logged, complete)
}

/// Says that there is no record, and what may be the reason. There are signals and results of `others`, and `damaged` ones
/// of ours.
fn say_nothing(args: &Args, others: usize, damaged: usize) {
    let is_address = args.sources.iter().any(|path| path.to_str().is_some_and(Address::is_meant));
    let names: Vec<String> = args.sources.iter().map(|path| path.display().to_string()).collect();
    let hint = match (damaged, others) {
        (0, 0) if is_address => {
            "the job's log on the server says how far the board got, and whether lava-bench ran".into()
        }
        (0, 0) => "name what a board's console said, or a job's address; MMTests' JSON is read by convert".into(),
        (0, others) => {
            format!("{} of other programs: was the benchmark run with --signals all?", counted(others, "test case"))
        }
        (damaged, _) => format!("{damaged} damaged, none whole: another log of the same job may have more"),
    };
    terminal::tell(&format!("lava-bench: {}: no signal and no frame of a record\nhint: {hint}", names.join(", ")));
}

/// The records of MMTests' folders.
fn logged(folders: &[&Path]) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for folder in folders {
        let folder_of_a_run = [RECORD, JOURNAL].iter().any(|name| folder.join(name).is_file());
        if folder_of_a_run {
            let folder = folder.display();
            let hint = format!("hint: its record is there: `lava-bench show {folder}`");
            return Err(Failure::input(anyhow!("{folder}: a run's folder, where nothing is to be rebuilt\n{hint}")));
        }
        let content = source::results(folder, &Selection::default());
        let content = content.with_context(|| folder.display().to_string()).map_err(Failure::input)?;
        records.extend(content.into_records(&record_id));
    }
    Ok(records)
}

fn write(args: &Args, rebuilt: &[Rebuilt], logged: &[Record], mut complete: bool) -> Result<Code, Failure> {
    if args.output.is_some() || !args.explain {
        terminal::output(args.output.as_deref(), |out| {
            rebuilt.iter().try_for_each(|rebuilt| writeln!(out, "{}", rebuilt.json))?;
            logged.iter().try_for_each(|record| writeln!(out, "{}", record.to_json()))
        })?;
    }
    let records: Vec<&Record> = rebuilt.iter().map(|rebuilt| &rebuilt.record).chain(logged).collect();
    for record in &records {
        complete &= record.losses.is_empty();
        report(&record.id.to_string(), &record.losses);
    }
    if records.len() > 1 {
        terminal::tell(&format!("{} records, one a line", records.len()));
    }
    Ok(if complete { Code::Done } else { Code::Incomplete })
}

/// What came from where, as text or as one line of JSON.
fn explanation(rebuilt: &[Rebuilt], passed: &Passed, json: bool) -> String {
    #[derive(Serialize)]
    struct Explained<'a> {
        #[serde(flatten)]
        explanation: &'a Explanation,
        losses: &'a [Loss],
    }
    let explained = |rebuilt: &'_ Rebuilt| terminal::harmless(&rebuilt.explanation.to_string());
    if !json {
        let nothing_lost = rebuilt.iter().all(|rebuilt| rebuilt.record.losses.is_empty());
        let text: String = rebuilt.iter().map(explained).chain([passed.in_words(nothing_lost)]).collect();
        return terminal::fitted(&text);
    }
    let records: Vec<Explained> = rebuilt
        .iter()
        .map(|rebuilt| Explained { explanation: &rebuilt.explanation, losses: &rebuilt.record.losses })
        .collect();
    let json = serde_json::json!({ "records": records, "passed_over": passed });
    format!("{json}\n")
}

fn report(id: &str, losses: &[Loss]) {
    if losses.is_empty() {
        return terminal::tell(&format!("record {id}: complete"));
    }
    terminal::tell(&format!("record {id}: {}", counted(losses.len(), "loss")));
    for Loss { what, reason } in losses.iter().take(SHOWN) {
        terminal::tell(&format!("  {what}: {reason}"));
    }
    if losses.len() > SHOWN {
        terminal::tell(&format!("  and {} more, all listed in the record", losses.len() - SHOWN));
    }
}
