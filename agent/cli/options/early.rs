//! Runs that ended early: their folders -> what is to be run again, or gone on with.

use crate::{
    cli::{
        exit::Failure,
        options::values::{CpuList, cpu_list},
    },
    definition::{Definition, Store},
    plan::{Plan, PlannedBenchmark, PlannedCase, Settings},
    record::{Ident, Record, Verdict},
    run::{Asked, CPUSET, JOURNAL, PlannedRun, RECORD, Recovered},
};
use anyhow::{Context, anyhow};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// The record in a run's folder, or what its journal has of it.
pub(in crate::cli) fn record(folder: &Path) -> anyhow::Result<Record> {
    let path = folder.join(RECORD);
    if !path.exists() && !folder.join(JOURNAL).exists() {
        fs::metadata(folder).with_context(|| folder.display().to_string())?;
        return Err(anyhow!("{}: no record in it\nhint: name the output folder of a run", folder.display()));
    }
    if path.is_file() || !folder.join(JOURNAL).is_file() {
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        return Record::from_json(bytes.trim_ascii_end()).with_context(|| path.display().to_string());
    }
    Ok(Recovered::read(folder)?.record())
}

/// What a plan was asked for.
pub(in crate::cli) fn planned(plan: &Plan, timeout: Option<Duration>) -> PlannedRun {
    let benchmarks = plan.benchmarks.iter().map(Asked::of).collect();
    PlannedRun { benchmarks, timeout_seconds: timeout.map(|timeout| timeout.as_secs_f64()), effort: plan.effort }
}

/// The plan of a run that ended early, and what it has done.
pub(in crate::cli) fn resumed(folder: &Path, store: &Store, settings: &Settings) -> Result<(Plan, Recovered), Failure> {
    if !folder.join(JOURNAL).is_file() && folder.join(RECORD).is_file() {
        return Err(Failure::input(anyhow!(
            "{}: the run has ended: there is nothing to go on with\nhint: --only-failed runs again what did not pass",
            folder.display()
        )));
    }
    let recovered = Recovered::read(folder).map_err(Failure::input)?;
    let timeout = recovered.plan.timeout_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let effort = recovered.plan.effort;
    let cpus = cpuset(&recovered.record()).map_or(settings.cpus, |CpuList(cpus)| cpus.len());
    let settings = Settings { timeout, effort, cpus, ..settings.clone() };
    let mut benchmarks = Vec::new();
    for asked in &recovered.plan.benchmarks {
        let definition = definition(asked, store).map_err(Failure::input)?;
        benchmarks.push(planned_again(definition, &asked.parameters, settings.clone())?);
    }
    Ok((Plan { benchmarks, effort }, recovered))
}

/// The CPUs that the commands of a run were kept on.
pub(in crate::cli) fn cpuset(record: &Record) -> Option<CpuList> {
    let tuned = record.tuned.iter().find(|tuned| tuned.knob == CPUSET)?;
    cpu_list(tuned.during.as_deref()?).ok()
}

fn definition(asked: &Asked, store: &Store) -> anyhow::Result<Definition> {
    let definition = match &asked.file {
        Some(file) => Store::load_file(file)?,
        None => store.load(asked.name.as_str())?,
    };
    if !asked.is_of(&definition) {
        return Err(anyhow!(
            "benchmark `{}`: its definition changed since the run began\nhint: begin a new run",
            asked.name
        ));
    }
    Ok(definition)
}

/// The part of a plan that did not pass in the run in `folder`.
pub(in crate::cli) fn failed(folder: &Path, store: &Store, settings: &Settings) -> Result<Plan, Failure> {
    let record = record(folder).map_err(Failure::input)?;
    let cpus = cpuset(&record).map_or(settings.cpus, |CpuList(cpus)| cpus.len());
    let settings = &Settings { cpus, ..settings.clone() };
    let mut benchmarks = Vec::new();
    for benchmark in record.benchmarks.iter().filter(|benchmark| benchmark.run == 1 || record.benchmarks.len() == 1) {
        let definition = store.load(benchmark.name.as_str()).map_err(Failure::input)?;
        let mut planned = planned_again(definition, &benchmark.parameters, settings.clone())?;
        // A case that is not there was not asked for, unless the run ended before it.
        let passed = |planned: &PlannedCase| {
            let same = benchmark.cases.iter().find(|case| case.labels == planned.labels);
            same.map_or(!record.interrupted, |case| case.result == Verdict::Pass)
        };
        planned.cases.retain(|case| !passed(case));
        if !planned.cases.is_empty() {
            benchmarks.push(planned);
        }
    }
    for name in &record.not_begun {
        let definition = store.load(name.as_str()).map_err(Failure::input)?;
        benchmarks.push(planned_again(definition, &BTreeMap::new(), settings.clone())?);
    }
    Ok(Plan { benchmarks, effort: settings.effort })
}

/// One benchmark with the parameters that it had.
fn planned_again(
    definition: Definition,
    parameters: &BTreeMap<String, String>,
    settings: Settings,
) -> Result<PlannedBenchmark, Failure> {
    let name: Ident = definition.name.clone();
    let known = |parameter: &&String| definition.parameter(parameter).is_some();
    let given = parameters.keys().filter(known).map(|key| (format!("{name}.{key}"), parameters[key].clone()));
    let settings = Settings { parameters: given.collect(), ..settings };
    let mut plan = Plan::new(vec![definition], &settings).map_err(Failure::input)?;
    plan.benchmarks.pop().ok_or_else(|| Failure::input(anyhow!("benchmark `{name}`: no plan")))
}
