//! Records -> boots: which records are of one boot, which iterations count, and one number for each series.

use super::{Boot, BootKey, Boots, CaseKey, Circumstances, Kind, Outcome, Point, Series, SeriesKey};
use crate::{
    record::{
        self, Benchmark, Better, Case, Execution, Ident, Iterations, Lab, Machine, Record, Tuned, Value, Verdict,
    },
    text::printable,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hasher},
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A clock that shows less than this was never set: the first of January 2000.
const CLOCK_WAS_SET: Duration = Duration::from_secs(946_684_800);

/// The boots of records. `with_disturbed` counts iterations too in which the machine was disturbed.
///
/// A record that is given twice counts once.
pub fn collect(records: &[Record], with_disturbed: bool) -> Boots {
    let mut collector = Collector::new(with_disturbed);
    records.iter().for_each(|record| collector.add(record));
    collector.finish()
}

/// Takes records one after the other, and keeps of each what its boots are.
#[derive(Default)]
pub struct Collector {
    with_disturbed: bool,
    all: Boots,
    positions: BTreeMap<BootKey, usize>,
    /// The samples of each series in each boot.
    samples: BTreeMap<SeriesKey, BTreeMap<usize, Vec<Value>>>,
    /// How each case went, by boot.
    outcomes: BTreeMap<CaseKey, BTreeMap<usize, Outcome>>,
    /// The hashes of the records so far, by their ids.
    seen: HashMap<u32, Vec<u64>>,
    machines: HashMap<u64, Vec<Arc<Machine>>>,
}

/// Writes to a hash, so that a document is never in memory for it.
struct Hashed(DefaultHasher);

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hash of a document's JSON.
fn hash(document: &impl Serialize) -> u64 {
    let mut hashed = Hashed(DefaultHasher::new());
    // A hash takes all that it is given.
    let _ = serde_json::to_writer(&mut hashed, document);
    hashed.0.finish()
}

impl Collector {
    /// Nothing yet.
    pub fn new(with_disturbed: bool) -> Collector {
        Collector { with_disturbed, ..Collector::default() }
    }

    /// Takes a record. One that was given before counts once.
    pub fn add(&mut self, record: &Record) {
        let same = self.seen.entry(record.id.0).or_default();
        let hash = hash(record);
        if same.contains(&hash) {
            self.all.notes.push(format!("record {} is given twice, and counts once", record.id));
            return;
        }
        same.push(hash);
        self.all.records.insert(record.id);
        self.record(record);
    }

    /// A machine that was seen before is the same one in memory.
    fn machine(&mut self, record: &Record) -> Option<Arc<Machine>> {
        let machine = record.machine.as_ref()?;
        let known = self.machines.entry(hash(machine)).or_default();
        let same = known.iter().find(|known| ***known == *machine).cloned();
        Some(same.unwrap_or_else(|| {
            known.push(Arc::new(machine.clone()));
            Arc::clone(&known[known.len() - 1])
        }))
    }

    fn record(&mut self, record: &Record) {
        let positions: Vec<usize> = (0..record.boots.len().max(1)).map(|at| self.boot(record, at)).collect();
        self.all.boots[positions[0]].losses.extend(record.losses.iter().cloned());
        for at in &positions {
            self.all.boots[*at].ended_early |= record.interrupted;
        }
        if !record.not_begun.is_empty() {
            let names: Vec<String> = record.not_begun.iter().map(ToString::to_string).collect();
            self.all.notes.push(format!("record {} ended before {} began", record.id, names.join(", ")));
        }
        for benchmark in &record.benchmarks {
            let circumstances = Circumstances::of(benchmark);
            let primary = benchmark.primary();
            for case in &benchmark.cases {
                let labels = case.labels.clone();
                let key = CaseKey { benchmark: benchmark.name.clone(), circumstances: circumstances.clone(), labels };
                self.case((benchmark, &primary), case, &key, &positions);
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
        let machine = self.machine(record);
        let set = |tuned: &Tuned| Some((tuned.knob.clone(), tuned.during.clone()?));
        let tuned = record.tuned.iter().filter_map(set).collect();
        let kind = machine.as_deref().map(Kind::of).unwrap_or_default();
        let device = record.lab.as_ref().and_then(|lab| lab.device.clone());
        let build = build_of(record);
        let agent = record.agent.as_ref().map(|agent| printable(agent.version.as_bytes()));
        let (iterations, faults, losses) = ((0, 0), 0, Vec::new());
        let job = record.lab.as_ref().and_then(job);
        let boot = Boot {
            key: key.clone(),
            started,
            machine,
            tuned,
            kind,
            device,
            job,
            build,
            agent,
            iterations,
            faults,
            losses,
            ended_early: false,
        };
        self.all.boots.push(boot);
        self.positions.insert(key, self.all.boots.len() - 1);
        self.all.boots.len() - 1
    }

    fn case(&mut self, of: (&Benchmark, &BTreeSet<&Ident>), case: &Case, key: &CaseKey, positions: &[usize]) {
        let (benchmark, primary) = of;
        let taken = Taken::of(case, positions, self.with_disturbed);
        for boot in &taken.boots {
            self.outcome(key, case, *boot);
        }
        for execution in &case.executions {
            self.all.boots[position(positions, execution)].faults += execution.faults.len();
        }
        let counted = !matches!(case.result, Verdict::Fail | Verdict::Skip);
        let mut iterations = BTreeSet::new();
        for series in &case.series {
            let Some(metric) = benchmark.metrics.iter().find(|metric| metric.name == series.metric) else { continue };
            let (metric_name, labels) = (series.metric.clone(), series.labels.clone());
            let key = SeriesKey { case: key.clone(), metric: metric_name, labels, unit: metric.unit.clone() };
            self.declare(&key, metric.better, primary.contains(&series.metric));
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
        let reason = case.reasons.first().cloned();
        if !self.outcomes.contains_key(key) {
            self.outcomes.insert(key.clone(), BTreeMap::new());
        }
        let Some(outcomes) = self.outcomes.get_mut(key) else { return };
        let outcome = Outcome { boot, result: case.result, reason };
        let known = outcomes.entry(boot).or_insert_with(|| outcome.clone());
        if known.result.worse(case.result) != known.result {
            *known = outcome;
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

    /// The boots of all records.
    pub fn finish(mut self) -> Boots {
        self.all.cases = self.outcomes.into_iter().map(|(key, of)| (key, of.into_values().collect())).collect();
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
struct Taken<'a> {
    iterations: Iterations<'a>,
    positions: &'a [usize],
    boots: BTreeSet<usize>,
    with_disturbed: bool,
}

impl<'a> Taken<'a> {
    fn of(case: &'a Case, positions: &'a [usize], with_disturbed: bool) -> Self {
        let mut boots: BTreeSet<usize> = case.executions.iter().map(|one| position(positions, one)).collect();
        if boots.is_empty() {
            boots.insert(positions[0]);
        }
        Taken { iterations: Iterations::of(case), positions, boots, with_disturbed }
    }

    fn iteration(&self, number: usize) -> (usize, bool) {
        let execution = self.iterations.execution(number);
        let boot = execution.map_or(self.positions[0], |execution| position(self.positions, execution));
        (boot, self.with_disturbed || self.iterations.is_valid(number) != Some(false))
    }
}

/// The position among all boots of the one that an execution ran in.
fn position(positions: &[usize], execution: &Execution) -> usize {
    *positions.get(execution.boot as usize).unwrap_or(&positions[0])
}

/// The address of a job, where its server and its number are known.
fn job(lab: &Lab) -> Option<String> {
    let (server, job) = (lab.server.as_deref()?, lab.job.as_deref()?);
    let number = job.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let web = server.starts_with("https://") || server.starts_with("http://");
    let server = server.trim_end_matches('/');
    // An address that is cut leads nowhere.
    let plain = server.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<');
    let server = if plain { server.into() } else { printable(server.as_bytes()) };
    (web && number).then(|| format!("{server}/scheduler/job/{job}"))
}

/// What a record's kernel is called.
pub fn build_of(record: &Record) -> Option<String> {
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
