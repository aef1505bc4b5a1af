//! Records -> boots: which records are of one boot, which iterations count, and one number for each series.

use super::{Boot, BootKey, Boots, CaseKey, Circumstances, Kind, Outcome, Point, Series, SeriesKey};
use crate::{
    record::{self, Benchmark, Better, Case, Lab, Machine, Record, Role, Value, Verdict},
    text::printable,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, SystemTime},
};

/// A clock that shows less than this was never set: the first of January 2000.
const CLOCK_WAS_SET: Duration = Duration::from_secs(946_684_800);

/// The boots of records. `with_disturbed` counts iterations too in which the machine was disturbed.
///
/// A record that is given twice counts once.
pub fn collect(records: &[Record], with_disturbed: bool) -> Boots {
    let mut collector = Collector { with_disturbed, ..Collector::default() };
    let mut seen: HashMap<u32, Vec<&Record>> = HashMap::new();
    for record in records {
        let same = seen.entry(record.id.0).or_default();
        if same.contains(&record) {
            collector.all.notes.push(format!("record {} is given twice, and counts once", record.id));
            continue;
        }
        same.push(record);
        collector.record(record);
    }
    collector.finish()
}

#[derive(Default)]
struct Collector {
    with_disturbed: bool,
    all: Boots,
    positions: BTreeMap<BootKey, usize>,
    /// The samples of each series in each boot.
    samples: BTreeMap<SeriesKey, BTreeMap<usize, Vec<Value>>>,
}

impl Collector {
    fn record(&mut self, record: &Record) {
        let positions: Vec<usize> = (0..record.boots.len().max(1)).map(|at| self.boot(record, at)).collect();
        self.all.boots[positions[0]].losses.extend(record.losses.iter().cloned());
        for benchmark in &record.benchmarks {
            let circumstances = Circumstances::of(benchmark);
            for case in &benchmark.cases {
                let labels = case.labels.clone();
                let key = CaseKey { benchmark: benchmark.name.clone(), circumstances: circumstances.clone(), labels };
                self.case(benchmark, case, &key, &positions);
            }
        }
    }

    /// The position of a record's boot among all.
    fn boot(&mut self, record: &Record, at: usize) -> usize {
        let id = record.boots.get(at).and_then(|boot| boot.id.clone());
        let key = id.map_or(BootKey::Record(record.id, at as u32), BootKey::Id);
        let started = time(record.started.as_deref());
        if let Some(position) = self.positions.get(&key) {
            let boot = &mut self.all.boots[*position];
            boot.started = boot.started.into_iter().chain(started).min();
            return *position;
        }
        let machine = record.machine.clone();
        let kind = machine.as_ref().map(Kind::of).unwrap_or_default();
        let device = record.lab.as_ref().and_then(|lab| lab.device.clone());
        let build = build(record);
        let agent = record.agent.as_ref().map(|agent| printable(agent.version.as_bytes()));
        let (iterations, faults, losses) = ((0, 0), 0, Vec::new());
        let boot = Boot { key: key.clone(), started, machine, kind, device, build, agent, iterations, faults, losses };
        self.all.boots.push(boot);
        self.positions.insert(key, self.all.boots.len() - 1);
        self.all.boots.len() - 1
    }

    fn case(&mut self, benchmark: &Benchmark, case: &Case, key: &CaseKey, positions: &[usize]) {
        let taken = Taken::of(case, positions, self.with_disturbed);
        for boot in taken.boots() {
            self.outcome(key, case, boot);
        }
        for execution in &case.executions {
            let boot = positions.get(execution.boot as usize).unwrap_or(&positions[0]);
            self.all.boots[*boot].faults += execution.faults.len();
        }
        let counted = !matches!(case.result, Verdict::Fail | Verdict::Skip);
        let mut iterations = BTreeSet::new();
        for series in &case.series {
            let Some(metric) = benchmark.metrics.iter().find(|metric| metric.name == series.metric) else { continue };
            let (metric_name, labels) = (series.metric.clone(), series.labels.clone());
            let key = SeriesKey { case: key.clone(), metric: metric_name, labels, unit: metric.unit.clone() };
            self.declare(&key, metric.better, benchmark.primary().contains(&series.metric));
            let samples = self.samples.entry(key).or_default();
            for (iteration, values) in series.samples.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
                let (boot, valid) = taken.iteration(iteration);
                iterations.insert((boot, iteration, valid && counted));
                if valid && counted {
                    samples.entry(boot).or_default().extend(values.iter().flatten());
                }
            }
        }
        for (boot, _, valid) in iterations {
            let (good, bad) = &mut self.all.boots[boot].iterations;
            *(if valid { good } else { bad }) += 1;
        }
    }

    fn outcome(&mut self, key: &CaseKey, case: &Case, boot: usize) {
        let worse = |result: Verdict| match result {
            Verdict::Pass => 0,
            Verdict::Skip => 1,
            Verdict::Unknown => 2,
            Verdict::Fail => 3,
        };
        let reason = case.reasons.first().cloned();
        let outcomes = self.all.cases.entry(key.clone()).or_default();
        match outcomes.iter_mut().find(|outcome| outcome.boot == boot) {
            Some(known) if worse(known.result) >= worse(case.result) => {}
            Some(known) => *known = Outcome { boot, result: case.result, reason },
            None => outcomes.push(Outcome { boot, result: case.result, reason }),
        }
    }

    fn declare(&mut self, key: &SeriesKey, better: Better, primary: bool) {
        let new = Series { better, primary, points: Vec::new() };
        let known = self.all.series.entry(key.clone()).or_insert(new);
        known.primary |= primary;
        if known.better != better {
            known.better = Better::Neither;
        }
    }

    fn finish(mut self) -> Boots {
        for (key, boots) in self.samples {
            let point = |(boot, values): (usize, Vec<Value>)| {
                let samples = values.len();
                Some(Point { boot, value: Value::median(values)?.get(), samples })
            };
            let points = boots.into_iter().filter_map(point).collect();
            self.all.series.entry(key).and_modify(|series| series.points = points);
        }
        self.all
    }
}

/// Of a case: in which boot each iteration ran, and whether it counts.
struct Taken {
    first: usize,
    boots: Vec<usize>,
    iterations: BTreeMap<usize, (usize, bool)>,
    valid: bool,
}

impl Taken {
    fn of(case: &Case, positions: &[usize], with_disturbed: bool) -> Taken {
        let first = positions[0];
        let of_executions = case.executions.iter().any(|execution| !execution.disturbances.is_empty());
        // Of signals alone only `valid` is there, and no reason.
        let unexplained = case.valid == Some(false) && !of_executions;
        let valid = with_disturbed || (case.disturbances.is_empty() && !unexplained);
        let mut taken = Taken { first, boots: Vec::new(), iterations: BTreeMap::new(), valid };
        for execution in &case.executions {
            let boot = *positions.get(execution.boot as usize).unwrap_or(&first);
            taken.boots.push(boot);
            if let (Role::Iteration, Some(number)) = (execution.role, execution.iteration) {
                let undisturbed = with_disturbed || execution.disturbances.is_empty();
                taken.iterations.insert(number as usize, (boot, undisturbed));
            }
        }
        taken
    }

    fn boots(&self) -> BTreeSet<usize> {
        if self.boots.is_empty() { BTreeSet::from([self.first]) } else { self.boots.iter().copied().collect() }
    }

    /// A tool that iterates by itself has one execution for all its iterations.
    fn iteration(&self, number: usize) -> (usize, bool) {
        let alone = (self.iterations.len() == 1).then(|| self.iterations.values().next()).flatten();
        let (boot, undisturbed) = self.iterations.get(&number).or(alone).copied().unwrap_or((self.first, true));
        (boot, undisturbed && self.valid)
    }
}

/// What a record's kernel is called.
fn build(record: &Record) -> Option<String> {
    let lab = record.lab.as_ref();
    let of_lab = lab.and_then(|Lab { git_describe, kernel_build, .. }| git_describe.clone().or(kernel_build.clone()));
    let of_user = record.label.clone();
    let named = of_lab.or(of_user).or_else(|| record.machine.as_ref().and_then(kernel));
    named.map(|name| printable(name.as_bytes()))
}

/// A kernel's release, with the part of its version that tells builds apart.
fn kernel(machine: &Machine) -> Option<String> {
    let record::Kernel { release, version, .. } = &machine.kernel;
    match (release, version) {
        (Some(release), Some(version)) => Some(format!("{release} {version}")),
        (release, _) => release.clone(),
    }
}

/// A time, where the clock had been set.
fn time(text: Option<&str>) -> Option<SystemTime> {
    let time = humantime::parse_rfc3339_weak(text?).ok()?;
    (time >= SystemTime::UNIX_EPOCH + CLOCK_WAS_SET).then_some(time)
}
