//! When what ran, as MMTests writes it: `tests-timestamp` and `tests-activity` of an iteration, `mmtests-activity` of a run,
//! and what GNU time says of a command.

use crate::{
    record::{Execution, Exit},
    suites::mmtests::benchmarks::hundredths,
};
use std::{
    fmt::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A benchmark's time in an iteration.
pub(super) struct Span<'a> {
    benchmark: &'a str,
    begun: u64,
    ended: u64,
    status: i32,
    /// User, system and elapsed seconds.
    used: Option<[f64; 3]>,
}

impl<'a> Span<'a> {
    /// `None` where no execution says when it began.
    pub(super) fn of(benchmark: &'a str, executions: &[&Execution]) -> Option<Self> {
        let begun = executions.iter().filter_map(|execution| started(execution)).min()?;
        let ended = executions.iter().filter_map(|execution| {
            let elapsed = Duration::try_from_secs_f64(execution.elapsed_seconds).ok()?;
            Some(started(execution)? + elapsed.as_secs())
        });
        let status = executions.iter().map(|execution| match execution.exit {
            Exit::Code(code) => code,
            _ => 1,
        });
        let used: Option<Vec<[f64; 3]>> = executions.iter().map(|execution| used(execution)).collect();
        let sum = |all: Vec<[f64; 3]>| [0, 1, 2].map(|at| all.iter().map(|one| one[at]).sum());
        Some(Self {
            benchmark,
            begun,
            ended: ended.max()?,
            status: status.into_iter().find(|status| *status != 0).unwrap_or(0),
            used: used.map(sum),
        })
    }
}

fn started(execution: &Execution) -> Option<u64> {
    epoch(execution.started.as_deref()?)
}

fn used(execution: &Execution) -> Option<[f64; 3]> {
    let usage = execution.usage?;
    Some([usage.user_seconds, usage.system_seconds, execution.elapsed_seconds])
}

/// `tests-timestamp`: when the iteration and its benchmarks began and ended, with which status, and what they used.
pub(super) fn timestamps(started: Option<u64>, spans: &[Span], finished: Option<u64>) -> String {
    let line = |key: &str, time: Option<u64>| time.map_or_else(String::new, |time| format!("{key} :: {time}\n"));
    let mut text = line("start", started);
    for span in spans {
        let _ = writeln!(text, "test begin :: {} {}", span.benchmark, span.begun);
        let _ = writeln!(text, "test end :: {} {} {}", span.benchmark, span.ended, span.status);
        if let Some([user, system, elapsed]) = span.used {
            let name = span.benchmark;
            let _ = writeln!(text, "time :: {name} {user:.2} user {system:.2} system {elapsed:.2} elapsed");
        }
    }
    text + &line("finish", finished)
}

/// What both kinds of activity have of the iteration `number`, from 1. MMTests' reports find runs and benchmarks in it.
pub(super) fn activity(number: u64, started: Option<u64>, spans: &[Span], finished: Option<u64>) -> String {
    let mut text = String::new();
    let begun = started.or(spans.iter().map(|span| span.begun).min()).unwrap_or(0);
    let ended = finished.or(spans.iter().map(|span| span.ended).max()).unwrap_or(begun);
    let _ = writeln!(text, "{begun} run-mmtests: Start\n{begun} run-mmtests: Iteration {number} start");
    for Span { benchmark, begun, ended, status, .. } in spans {
        let _ = writeln!(text, "{begun} run-mmtests: test start :: {benchmark} {begun}");
        let _ = writeln!(text, "{ended} run-mmtests: test end :: {benchmark} {ended} {status}");
    }
    let _ = writeln!(text, "{ended} run-mmtests: Iteration {number} end");
    text
}

/// The end of a run's activity: the status is that of its last benchmark.
pub(super) fn end_of_activity(spans: &[Span], finished: Option<u64>) -> String {
    let last = spans.last();
    let time = finished.or(last.map(|span| span.ended)).unwrap_or(0);
    format!("{time} run-mmtests: End\n{time} status :: {}\n", last.map_or(0, |span| span.status))
}

/// What GNU time would have said.
pub(super) fn gnu_time(execution: &Execution) -> Option<String> {
    let usage = execution.usage?;
    let [user, system, elapsed] = [usage.user_seconds, usage.system_seconds, execution.elapsed_seconds].map(hundredths);
    let percent = (user + system) * 100 / elapsed.max(1);
    let resident = usage.max_rss_bytes / 1024;
    let (major, minor) = (usage.major_faults, usage.minor_faults);
    let plain = |time: u64| format!("{}.{:02}", time / 100, time % 100);
    let clock = match elapsed / 360_000 {
        0 => format!("{}:{:02}.{:02}", elapsed / 6_000, elapsed / 100 % 60, elapsed % 100),
        hours => format!("{hours}:{:02}:{:02}", elapsed / 6_000 % 60, elapsed / 100 % 60),
    };
    Some(format!(
        "{}user {}system {clock}elapsed {percent}%CPU (0avgtext+0avgdata {resident}maxresident)k\n\
         0inputs+0outputs ({major}major+{minor}minor)pagefaults 0swaps\n",
        plain(user),
        plain(system)
    ))
}

/// Seconds since 1970.
pub(super) fn epoch(time: &str) -> Option<u64> {
    let time: SystemTime = humantime::parse_rfc3339_weak(time).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}
