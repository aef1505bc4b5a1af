//! A run of lkp -> a record: what its tests measured and said, what was watched meanwhile, and what went wrong.
//!
//! Each tested program becomes a benchmark `lkp-NAME` with one number a metric, as `stats.json` has it. What watched the run
//! stands in the execution, so that no monitor is ever compared as if it were a result.

mod metric;

use super::{
    names::Names,
    root::{Job, PLACE, Root},
};
use crate::record::{
    Benchmark, Board, Case, Distribution, Execution, Exit, Ident, Kernel, Lab, Labels, Loss, Machine, Memory, Monitor,
    Processor, Record, RecordId, Tool, Usage, Value, Verdict,
};
pub(super) use metric::slug;
#[cfg(feature = "host")]
pub(super) use metric::stat_of;
use metric::{MetricNames, unit};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, UNIX_EPOCH},
};

/// The parameter that says which architecture was measured: lkp's axes do not.
pub(super) const ARCH: &str = "arch";

/// What the benchmarks' names begin with.
pub(super) const PREFIX: &str = "lkp-";

/// The label of a test's verdict.
const TEST: &str = "test";

/// The statistics of one program, by the name behind the program.
type Stats<'r> = BTreeMap<&'r str, Vec<(&'r str, f64)>>;

/// The record of one run.
pub(super) fn to_record(root: &Root, names: &Names, id: RecordId) -> Record {
    let mut losses = root.losses.clone();
    let mut stats: Stats = BTreeMap::new();
    for (name, value) in &root.stats {
        let (program, rest) = name.split_once('.').unwrap_or((name, ""));
        stats.entry(program).or_default().push((rest, value.value));
    }
    let mut benchmarks: Vec<Benchmark> = tested(root, names, &stats)
        .iter()
        .map(|program| benchmark(root, names, program, &stats, &mut losses))
        .collect();
    // Names that differ only in what a name cannot have are runs of one benchmark.
    for at in 0..benchmarks.len() {
        let before = benchmarks[..at].iter().filter(|known| known.name == benchmarks[at].name).count();
        benchmarks[at].run = before as u32 + 1;
    }
    let job = root.job.as_ref();
    Record {
        id,
        label: job.and_then(|job| job.fact("commit")).map(str::to_string),
        started: root.started.and_then(time),
        lab: job
            .and_then(|job| job.fact("commit"))
            .map(|commit| Lab { kernel_build: Some(commit.into()), ..Lab::default() }),
        machine: job.map(machine),
        benchmarks,
        losses,
        ..Record::default()
    }
}

/// The programs that were tested: those with numbers of their own, and what the job says.
fn tested(root: &Root, names: &Names, stats: &Stats) -> Vec<String> {
    let measured = stats.keys().filter(|program| names.is_of_a_test(program)).map(ToString::to_string);
    let mut all: BTreeSet<String> = measured.chain(root.kept.keys().cloned()).collect();
    let testcase = root.testcase().map(str::to_string);
    // A case may be of programs with other names, as `fio-basic` is of fio.
    if all.is_empty() {
        all.insert(testcase.clone().unwrap_or_else(|| "unknown".into()));
    }
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort_by_key(|program| Some(program) != testcase.as_ref());
    all
}

fn benchmark(root: &Root, names: &Names, program: &str, stats: &Stats, losses: &mut Vec<Loss>) -> Benchmark {
    let own = stats.get(program).map(Vec::as_slice).unwrap_or_default();
    let mut metrics = MetricNames::new(names, program);
    let mut main = main_case(root, program, stats, names);
    let mut tests: Vec<Case> = Vec::new();
    for (name, value) in own.iter().filter(|(name, _)| !name.is_empty() && !name.starts_with("time.")) {
        match (names.verdict(program, name), Value::try_from(*value)) {
            (Some((test, verdict)), _) if *value != 0.0 => tests.extend(test_case(test, verdict, &tests)),
            (Some(_), _) => {}
            (None, Ok(value)) => main.series.push(metrics.series(name, value)),
            (None, Err(error)) => losses.push(Loss::new(format!("{program}.{name}"), error.to_string())),
        }
    }
    judge(&mut main, root, program, !tests.is_empty() || own.iter().any(|(name, _)| name.starts_with("time.")));
    let mut cases = vec![main];
    cases.extend(tests);
    Benchmark {
        name: ident(&format!("{PREFIX}{program}")),
        run: 1,
        tool: Some(Tool { name: program.into(), version: None }),
        parameters: root.job.as_ref().map(parameters).unwrap_or_default(),
        metrics: metrics.declared(),
        cases,
    }
}

/// A test's verdict as a case; lkp may say it twice in other words.
fn test_case(test: &str, result: Verdict, known: &[Case]) -> Option<Case> {
    let labels = Labels::new(vec![(ident(TEST), test.to_string())]).ok()?;
    let reasons = if result == Verdict::Fail { vec!["lkp says so".into()] } else { Vec::new() };
    (!known.iter().any(|case| case.labels == labels)).then(|| Case { labels, result, reasons, ..Case::default() })
}

/// The verdict of a program's run, and why it is not `pass`.
fn judge(case: &mut Case, root: &Root, program: &str, ran: bool) {
    let state = &root.state;
    case.reasons = state.happened.iter().map(|what| format!("last_state: {what}")).collect();
    let kept = root.kept.get(program);
    if !case.reasons.is_empty() {
        case.reasons.extend(kept.cloned());
    }
    let nothing = case.series.is_empty();
    case.result = match () {
        () if nothing && state.gave_up() => Verdict::Skip,
        () if !case.reasons.is_empty() => Verdict::Fail,
        () if !nothing || ran || kept.is_some() => Verdict::Pass,
        () if !root.losses.is_empty() => Verdict::Unknown,
        () => Verdict::Fail,
    };
    if nothing && case.reasons.is_empty() && case.result != Verdict::Pass {
        let why = root.losses.first().map(|loss| format!("{}: {}", loss.what, loss.reason));
        case.reasons.push(why.unwrap_or_else(|| format!("stats.json has no number of {program}")));
    }
}

/// The case of the program itself, before its numbers.
fn main_case(root: &Root, program: &str, stats: &Stats, names: &Names) -> Case {
    let own = stats.get(program).map(Vec::as_slice).unwrap_or_default();
    let of_time: Vec<(&str, f64)> =
        own.iter().filter_map(|(name, value)| Some((name.strip_prefix("time.")?, *value))).collect();
    let of_time = if of_time.is_empty() { stats.get("time").cloned().unwrap_or_default() } else { of_time };
    let time = |name: &str| of_time.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let disturbances = disturbances(root, stats);
    let execution = Execution {
        iteration: Some(0),
        started: root.started.and_then(self::time),
        elapsed_seconds: time("elapsed_time").unwrap_or_default(),
        exit: Exit::Code(root.state.exit_code().unwrap_or(0)),
        usage: (!of_time.is_empty()).then(|| usage(&time)),
        monitors: monitors(stats, names),
        faults: root.faults.faults.clone(),
        disturbances: disturbances.clone(),
        ..Execution::default()
    };
    Case { valid: Some(disturbances.is_empty()), executions: vec![execution], ..Case::default() }
}

/// What GNU time said; lkp leaves out what is 0.
fn usage(time: &dyn Fn(&str) -> Option<f64>) -> Usage {
    let count = |name: &str| time(name).map_or(0, |number| number as u64);
    Usage {
        user_seconds: time("user_time").unwrap_or_default(),
        system_seconds: time("system_time").unwrap_or_default(),
        max_rss_bytes: count("maximum_resident_set_size").saturating_mul(1024),
        major_faults: count("major_page_faults"),
        minor_faults: count("minor_page_faults"),
        voluntary_switches: count("voluntary_context_switches"),
        involuntary_switches: count("involuntary_context_switches"),
        group: None,
    }
}

/// What the kernel complained of: as we read its log, and what lkp alone found in it.
fn disturbances(root: &Root, stats: &Stats) -> Vec<String> {
    let ours = root.faults.disturbances();
    let of = |log: &str| {
        let all = stats.get(log).map(Vec::as_slice).unwrap_or_default().iter();
        let counts = |(name, value): &&(&str, f64)| {
            *value != 0.0 && !name.starts_with("timestamp:") && !name.starts_with("boot")
        };
        all.filter(counts).map(|(name, _)| (*name).to_string()).collect::<Vec<_>>()
    };
    let mut theirs: Vec<String> = [of("kmsg"), of("dmesg")].concat();
    theirs.sort();
    theirs.dedup();
    match ours.is_empty() {
        true => theirs.into_iter().map(|what| format!("lkp found in the kernel's log: {what}")).collect(),
        false => ours,
    }
}

/// What watched the run: one number each, as lkp put its samples together.
fn monitors(stats: &Stats, names: &Names) -> Vec<Monitor> {
    // The kernel's log is no measurement.
    let watching = stats.iter().filter(|(program, _)| names.is_monitor(program) && **program != "kmsg");
    let all = watching.flat_map(|(program, all)| all.iter().map(move |(name, value)| (*program, *name, *value)));
    let mut seen = BTreeMap::<String, usize>::new();
    all.filter_map(|(program, name, value)| {
        let value = Value::try_from(value).ok()?;
        let short = slug(&format!("{program}-{name}"), 54);
        let count = seen.entry(short.clone()).and_modify(|count| *count += 1).or_insert(1);
        let text = if *count > 1 { format!("{short}-{count}") } else { short };
        let unit = unit(names.meaning(program, name).unit);
        Some(Monitor { name: ident(&text), unit, readings: 1, minimum: value, median: value, maximum: value })
    })
    .collect()
}

/// What a run was asked to do, and what its numbers depend on besides.
fn parameters(job: &Job) -> BTreeMap<String, String> {
    let place = PLACE.iter().filter(|key| matches!(**key, "compiler" | "kconfig" | "rootfs"));
    let known = place.chain([&ARCH]).filter_map(|key| Some(((*key).to_string(), job.fact(key)?.to_string())));
    job.parameters.clone().into_iter().chain(known).collect()
}

fn machine(job: &Job) -> Machine {
    let text = |key: &str| job.fact(key).map(str::to_string);
    Machine {
        kernel: Kernel { architecture: text("arch"), ..Kernel::default() },
        processor: Processor {
            threads: job.fact("nr_cpu").and_then(|count| count.parse().ok()),
            ..Processor::default()
        },
        memory: Memory { total_bytes: job.memory(), ..Memory::default() },
        board: Board { model: text("tbox_group"), ..Board::default() },
        distribution: Distribution { id: text("rootfs"), ..Distribution::default() },
        ..Machine::default()
    }
}

fn time(seconds: f64) -> Option<String> {
    let time = UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
    Some(humantime::format_rfc3339_millis(time).to_string())
}

/// The name that a text is, as near as a name can be.
fn ident(text: &str) -> Ident {
    let slug = slug(text, 60);
    // A letter, and then what a slug has.
    slug.parse().unwrap_or_else(|_| unreachable!("{slug}"))
}

#[cfg(test)]
mod tests;
