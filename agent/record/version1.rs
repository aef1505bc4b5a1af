//! Version 1 of the document, as far as it differs: its wire structs <-> [`Record`].
//!
//! Nothing here changes any more. An execution of version 1 says neither its role nor its boot, and stands with its outputs'
//! whole paths; the disturbances of all executions are the case's.

use super::{
    Agent, Benchmark, Better, Case, Conditions, Execution, Exit, Ident, Labels, Loss, Machine, Metric, Output, Record,
    RecordId, Role, Schema, Series, Tool, Unit, Usage, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record1 {
    schema: Schema,
    id: RecordId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<Agent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine: Option<Machine>,
    benchmarks: Vec<Benchmark1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    losses: Vec<Loss>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Benchmark1 {
    name: Ident,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    run: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<Tool>,
    parameters: BTreeMap<String, String>,
    metrics: Vec<Metric1>,
    cases: Vec<Case1>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric1 {
    name: Ident,
    unit: Unit,
    better: Better,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Ident>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case1 {
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    result: Verdict,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disturbances: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    executions: Vec<Execution1>,
    series: Vec<Series>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Execution1 {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iteration: Option<u32>,
    started: String,
    elapsed_seconds: f64,
    exit: Exit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conditions: Option<Conditions>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Output>,
}

fn first() -> u32 {
    1
}

fn is_first(run: &u32) -> bool {
    *run == 1
}

/// A record whose `schema` stays version 1.
impl From<Record1> for Record {
    fn from(wire: Record1) -> Self {
        let Record1 { schema, id, label, agent, started, finished, interrupted, machine, benchmarks, losses } = wire;
        let benchmarks = benchmarks.into_iter().map(Benchmark::from).collect();
        Self {
            schema,
            id,
            label,
            agent,
            started,
            finished,
            interrupted,
            machine,
            benchmarks,
            losses,
            ..Self::default()
        }
    }
}

/// What version 1 can hold of a record; its executions say when they began, or they are left out.
impl From<Record> for Record1 {
    fn from(record: Record) -> Self {
        let Record { id, label, agent, started, finished, interrupted, machine, benchmarks, losses, .. } = record;
        let benchmarks = benchmarks.into_iter().map(Benchmark1::from).collect();
        Self { schema: Schema::V1, id, label, agent, started, finished, interrupted, machine, benchmarks, losses }
    }
}

impl From<Benchmark1> for Benchmark {
    fn from(wire: Benchmark1) -> Self {
        let Benchmark1 { name, run, tool, parameters, metrics, cases } = wire;
        let metric = |Metric1 { name, unit, better, labels }| Metric { name, unit, better, labels, primary: false };
        let metrics = metrics.into_iter().map(metric).collect();
        Self { name, run, tool, parameters, metrics, cases: cases.into_iter().map(Case::from).collect() }
    }
}

impl From<Benchmark> for Benchmark1 {
    fn from(benchmark: Benchmark) -> Self {
        let Benchmark { name, run, tool, parameters, metrics, cases } = benchmark;
        let metric = |Metric { name, unit, better, labels, .. }| Metric1 { name, unit, better, labels };
        let metrics = metrics.into_iter().map(metric).collect();
        Self { name, run, tool, parameters, metrics, cases: cases.into_iter().map(Case1::from).collect() }
    }
}

impl From<Case1> for Case {
    fn from(wire: Case1) -> Self {
        let Case1 { labels, result, reasons, valid, disturbances, command, executions, series } = wire;
        let executions = executions.into_iter().map(Execution::from).collect();
        Self { labels, result, reasons, valid, disturbances, command, executions, series, ..Self::default() }
    }
}

impl From<Case> for Case1 {
    fn from(mut case: Case) -> Self {
        let disturbances = case.all_disturbances();
        let executions = std::mem::take(&mut case.executions);
        let executions = executions.into_iter().filter_map(|execution| Execution1::of(&case, execution)).collect();
        let Case { labels, result, reasons, valid, command, series, .. } = case;
        Self { labels, result, reasons, valid, disturbances, command, executions, series }
    }
}

impl From<Execution1> for Execution {
    fn from(wire: Execution1) -> Self {
        let Execution1 { iteration, started, elapsed_seconds, exit, usage, conditions, outputs } = wire;
        let role = if iteration.is_some() { Role::Iteration } else { Role::Unmeasured };
        let started = Some(started);
        Self { role, iteration, started, elapsed_seconds, exit, usage, conditions, outputs, ..Self::default() }
    }
}

/// Whether version 1 has executions like this one.
pub(super) fn has(execution: &Execution) -> bool {
    execution.started.is_some() && !matches!(execution.role, Role::Preparation | Role::CleanUp)
}

impl Execution1 {
    fn of(case: &Case, execution: Execution) -> Option<Self> {
        if !has(&execution) {
            return None;
        }
        let Execution { role, iteration, started, elapsed_seconds, exit, usage, conditions, outputs, .. } = execution;
        let iteration = iteration.filter(|_| role == Role::Iteration);
        let outputs = outputs.into_iter().map(|output| Output { file: case.path(&output), ..output }).collect();
        let usage = usage.map(|usage| Usage { group: None, ..usage });
        let conditions = conditions.map(|conditions| conditions_of(&conditions));
        Some(Self { iteration, started: started?, elapsed_seconds, exit, usage, conditions, outputs })
    }
}

/// Of conditions what version 1 knows.
pub(super) fn conditions_of(conditions: &Conditions) -> Conditions {
    Conditions {
        memory_full_stall_us: 0,
        io_full_stall_us: 0,
        memory_available_before_percent: None,
        busy_cpu_us: 0,
        agent_cpu_us: 0,
        others_cpu_us: 0,
        busiest_other: None,
        others_disk_bytes: 0,
        busiest_disk_user: None,
        kernel_cpu_us: 0,
        quota_stall_us: 0,
        oom_kills: 0,
        frequency_limit_fell: None,
        clock_source_changed: None,
        online_cpus_changed: None,
        clock_step_us: 0,
        suspended_us: 0,
        ..conditions.clone()
    }
}
