//! `bisect step`: measures a build until the boots say which side it is of.

use super::{
    git,
    measure::{Bench, Measured},
};
use crate::{
    bisect::{Begin, Bisection, Ends, Entry, Log, Outcome, Step, choose},
    boots::collect,
    cli::{
        exit::{Code, Failure},
        options::{lab::LabArgs, source, values::share},
        terminal,
    },
    compare::number,
    statistics::sequential::Answer,
    suites::Selection,
};
use anyhow::{Context, anyhow};
use std::{ffi::OsString, path::PathBuf};

/// Measures the commit that is checked out, and says which side it is of
///
/// The COMMAND builds, boots and measures once. It puts the record into the folder that `{}` and $LAVA_BENCH_OUTPUT name, as
/// `lava-bench run` does by itself, or prints the board's console. It is repeated until the evidence is enough.
///
/// Exit codes are those of `git bisect run`: 0 good, 1 bad, 125 skip, 128 and more end the bisection. A COMMAND that ends with
/// another code than 0 and leaves no record skips the commit; one that ends with 0 and leaves none ends the bisection.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git bisect run lava-bench bisect step --good good/ --bad bad/ \\
      --log ../bisect.log -- timeout 30m ./build-and-run
  lava-bench bisect step --good good/ --bad bad/ --log bisect.log \\
      --commit v6.12 --commits 16 -- lava-bench run sysbench-cpu")]
pub(in crate::cli) struct Args {
    /// Boots of the good commit, as `compare` takes them
    #[arg(long, required = true, num_args = 1.., value_name = "SOURCE")]
    good: Vec<PathBuf>,
    /// Boots of the bad commit
    #[arg(long, required = true, num_args = 1.., value_name = "SOURCE")]
    bad: Vec<PathBuf>,
    /// Where each measurement and answer is noted; the records are in FILE.boots
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// Only this benchmark
    #[arg(long, value_name = "NAME")]
    benchmark: Option<String>,
    /// Only this metric; without it, the one that tells the sides apart best
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// The share of bisections that may name a wrong commit
    #[arg(long, value_parser = error, default_value = "5%", value_name = "SHARE")]
    error: f64,
    /// The most measurements of one commit; then it is skipped
    #[arg(long, value_parser = clap::value_parser!(u16).range(2..=1000), default_value_t = 12, value_name = "NUMBER")]
    most: u16,
    /// How many commits there are, instead of what `git bisect` says at the first step
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..), value_name = "NUMBER")]
    commits: Option<u64>,
    /// What is measured, instead of the commit that is checked out
    #[arg(long, value_name = "NAME")]
    commit: Option<String>,
    /// Counts iterations too in which the machine was disturbed
    #[arg(long)]
    with_disturbed: bool,
    #[command(flatten)]
    lab: LabArgs,
    /// What measures once
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// A share of errors below a half.
fn error(text: &str) -> Result<f64, String> {
    share(text).and_then(|share| if share < 0.5 { Ok(share) } else { Err("write a share below 50 %".into()) })
}

pub(super) fn run(args: &Args) -> Result<Code, Failure> {
    let commit = args.commit.clone().map_or_else(git::head, Ok).map_err(Failure::input)?;
    let ends = args.ends()?;
    let (mut log, mut bisection) = args.log(&ends)?;
    if let Some(known) = bisection.answered(&commit) {
        source::say(&format!("{commit}: {known}, as the log says"));
        return Ok(code(known));
    }
    let (outcome, why) = args.judge(&commit, &ends, &mut log, &mut bisection)?;
    source::say(&format!("{commit}: {outcome}: {why}"));
    log.add(&Entry::Answer { commit, answer: outcome, why }).map_err(Failure::agent)?;
    Ok(code(outcome))
}

fn code(outcome: Outcome) -> Code {
    match outcome {
        Outcome::Good => Code::Done,
        Outcome::Bad => Code::Failed,
        Outcome::Skip => Code::Skip,
    }
}

impl Args {
    fn ends(&self) -> Result<Ends, Failure> {
        let boots = |sources: &[PathBuf]| {
            let gathered = source::gather(sources, &Selection::default(), &self.lab, self.with_disturbed)?;
            Ok::<_, Failure>(gathered.boots)
        };
        let (good, bad) = (boots(&self.good)?, boots(&self.bad)?);
        choose(&good, &bad, self.benchmark.as_deref(), self.metric.as_deref()).map_err(Failure::input)
    }

    /// The log with what it says; a new one begins with what is bisected.
    fn log(&self, ends: &Ends) -> Result<(Log, Bisection), Failure> {
        let (mut log, entries, damaged) = Log::open(&self.log).map_err(Failure::input)?;
        for line in damaged {
            source::say(&format!("{}: line {line} is damaged, and does not count", self.log.display()));
        }
        let begin = |planned: u64| {
            let sides = (ends.good.clone(), ends.bad.clone());
            Begin::new(ends.subject.to_string(), sides, self.error, planned, usize::from(self.most))
        };
        if let Some(bisection) = Bisection::of(&entries) {
            if !bisection.begin().is_of(&begin(1)) {
                return Err(Failure::input(anyhow!(
                    "{}: it is of another bisection: other boots of the sides, another metric, --error or --most\n\
                     hint: name another --log",
                    self.log.display()
                )));
            }
            return Ok((log, bisection));
        }
        let begin = begin(self.commits.map_or_else(git::commits, Ok).map_err(Failure::input)?);
        source::say(&format!("{}: {} good boots, {} bad ones", begin.subject, begin.good.len(), begin.bad.len()));
        let entry = Entry::Begin(begin);
        log.add(&entry).map_err(Failure::agent)?;
        let bisection = Bisection::of(&[entry]).context("a log").map_err(Failure::agent)?;
        Ok((log, bisection))
    }

    /// Measures until there is an answer, and says why it is that one.
    fn judge(
        &self,
        commit: &str,
        ends: &Ends,
        log: &mut Log,
        bisection: &mut Bisection,
    ) -> Result<(Outcome, String), Failure> {
        let mut folder = self.log.clone().into_os_string();
        folder.push(".boots");
        let bench = Bench { folder: folder.into(), command: &self.command, lab: &self.lab };
        loop {
            let step = bisection.step(commit).map_err(Failure::input)?;
            if let Some(outcome) = outcome(step.answer) {
                return Ok((outcome, why(&step)));
            }
            let (folder, measured) = bench.measure(commit, step.measured + 1).map_err(Failure::input)?;
            let records = match measured {
                Measured::Records(records) => records,
                Measured::Not(why) => return Ok((Outcome::Skip, why)),
            };
            let boots = collect(&records, self.with_disturbed);
            let values = ends.values(&boots).with_context(|| folder.display().to_string()).map_err(Failure::input)?;
            let boots = boots.boots.iter().map(|boot| boot.key.to_string()).collect();
            let entry = Entry::Measured { commit: commit.into(), values, folder, boots };
            log.add(&entry).map_err(Failure::agent)?;
            bisection.add(&entry);
            let now = bisection.step(commit).map_err(Failure::input)?;
            terminal::say(&format!(
                "lava-bench: {commit}: measurement {} of {}: {}",
                now.measured,
                self.most,
                why(&now)
            ));
        }
    }
}

/// What `git bisect` is told; `None` while another boot is needed.
pub(super) fn outcome(answer: Answer) -> Option<Outcome> {
    match answer {
        Answer::Good => Some(Outcome::Good),
        Answer::Bad => Some(Outcome::Bad),
        Answer::Unlike | Answer::Undecided => Some(Outcome::Skip),
        Answer::Another => None,
    }
}

/// What an answer rests on, in words.
pub(super) fn why(step: &Step) -> String {
    let values = step.values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(" ");
    let values = if values.is_empty() { "no value that counts".into() } else { values };
    let evidence = match (&step.evidence, step.bound) {
        (Some(evidence), Some(bound)) => {
            let side = if evidence.log_ratio > 0.0 { "bad" } else { "good" };
            format!("; evidence for {side} {:.1} of {bound:.1}", evidence.log_ratio.abs())
        }
        _ => String::new(),
    };
    let end = match step.answer {
        Answer::Another => ": another boot is needed",
        Answer::Unlike => ": unlike both sides",
        Answer::Undecided => ": the most boots are taken, and nothing is decided",
        Answer::Good | Answer::Bad => "",
    };
    format!("{values}{evidence}{end}")
}
