//! Signals alone -> the structure and the values of a record, and what is lost of them.

use super::{
    cases::{Cases, ROOM, Sample, gaps},
    names::{Part, dictionary, resolve},
};
use crate::{
    record::{Benchmark, Better, Case, Ident, Labels, Loss, Metric, Record, RecordId, Schema, Tool, Verdict},
    signal::{Name, Reserved, Signal, Word, checksum},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A signal and how exact its value is.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub(super) signal: Signal,
    /// It comes from a database, which keeps 10 decimals.
    pub(super) rounded: bool,
}

/// How many samples of a record come from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Samples {
    /// Bit-exact, and proved.
    pub exact: usize,
    /// From a database: 10 decimals, proved by the checksum.
    pub rounded: usize,
    /// From a database whose checksum does not fit: likely, but not proved.
    pub unproved: usize,
    /// Known to be lost.
    pub lost: usize,
}

/// What `evidence` says about the record `id`; the names in `contradicted` do not count.
pub(super) fn record(id: RecordId, evidence: Vec<Evidence>, contradicted: &BTreeSet<Name>) -> (Record, Samples) {
    let mut losses: Vec<Loss> =
        contradicted.iter().map(|name| Loss::new(name, "it was found with two different contents")).collect();
    let evidence: Vec<Evidence> =
        evidence.into_iter().filter(|evidence| !contradicted.contains(&evidence.signal.name)).collect();
    let dictionary = dictionary(evidence.iter().map(|evidence| &evidence.signal));
    let mut told: Vec<BenchmarkSignals> = Vec::new();
    let mut parts: BTreeMap<Part, usize> = BTreeMap::new();
    for evidence in evidence {
        let Some((part, labels)) = resolve(&evidence.signal.name, &dictionary) else {
            losses
                .push(Loss::new(&evidence.signal.name, "its labels are hashed, and their dictionary is not complete"));
            continue;
        };
        let at = *parts.entry(part).or_insert_with_key(|(name, run)| {
            told.push(BenchmarkSignals::new(name.clone(), *run));
            told.len() - 1
        });
        told[at].take(evidence, labels);
    }
    let (mut samples, mut room) = (Samples::default(), ROOM);
    // If no signal gives the version, version 1 can hold everything that they say.
    let schema = told.iter().map(|told| told.schema).max().unwrap_or(Schema::V1);
    let benchmarks = told.into_iter().map(|told| told.benchmark(&mut losses, &mut samples, &mut room)).collect();
    let record = Record { schema, id, benchmarks, losses, ..Record::default() };
    (record, samples)
}

/// What verdicts said about one case.
struct Point {
    turn: usize,
    labels: Labels,
    result: Option<Verdict>,
    valid: Option<bool>,
}

/// What the signals of one benchmark say.
struct BenchmarkSignals {
    turn: usize,
    name: Ident,
    run: u32,
    /// The record's version, if a signal gives it.
    schema: Schema,
    /// Whether only primary metrics were to be sent.
    only_primary: bool,
    tool: Option<Tool>,
    parameters: BTreeMap<String, String>,
    metrics: Vec<Metric>,
    verdicts: Vec<Point>,
    /// Where in `verdicts` a case is.
    points: BTreeMap<Labels, usize>,
    samples: Vec<Sample>,
    manifest: BTreeMap<Reserved, f64>,
    lines: Vec<String>,
    /// The faults that the kernel reported: more than their number is lost.
    faults: Vec<Loss>,
    odd: Vec<Name>,
}

impl BenchmarkSignals {
    fn new(name: Ident, run: u32) -> Self {
        Self {
            turn: 0,
            name,
            run,
            schema: Schema::V1,
            only_primary: false,
            tool: None,
            parameters: BTreeMap::new(),
            metrics: Vec::new(),
            verdicts: Vec::new(),
            points: BTreeMap::new(),
            samples: Vec::new(),
            manifest: BTreeMap::new(),
            lines: Vec::new(),
            faults: Vec::new(),
            odd: Vec::new(),
        }
    }

    fn take(&mut self, evidence: Evidence, labels: Labels) {
        let Evidence { signal, rounded } = evidence;
        self.turn += 1;
        let word = signal.name.word().clone();
        if !matches!(word, Word::Reserved(Reserved::Signals | Reserved::Crc32)) {
            self.lines.push(signal.canonical());
        }
        let understood = match word {
            Word::Metric(metric) => self.sample(&signal, metric, labels, rounded),
            Word::Reserved(word) => self.about(word, &signal, labels),
            Word::Fault(_) => self.fault(&signal),
        };
        if understood.is_none() {
            self.odd.push(signal.name);
        }
    }

    fn sample(&mut self, signal: &Signal, metric: Ident, labels: Labels, rounded: bool) -> Option<()> {
        let (value, unit) = signal.measurement.clone()?;
        let (turn, name, position) = (self.turn, signal.name.clone(), signal.name.position());
        self.samples.push(Sample { turn, name, metric, labels, position, value, unit, rounded });
        Some(())
    }

    /// What signals tell of faults is how many there were.
    fn fault(&mut self, signal: &Signal) -> Option<()> {
        let (count, _) = signal.measurement.as_ref()?;
        let why = format!("the kernel reported {count} of these faults: what it said of them is in the frames alone");
        self.faults.push(Loss::new(&signal.name, why));
        Some(())
    }

    fn about(&mut self, word: Reserved, signal: &Signal, labels: Labels) -> Option<()> {
        match word {
            Reserved::Case => self.point(labels).result = Some(signal.result),
            Reserved::Valid => self.point(labels).valid = Some(signal.result == Verdict::Pass),
            Reserved::Tool => {
                self.tool =
                    Some(Tool { name: labels.get("name")?.into(), version: labels.get("version").map(Into::into) });
            }
            Reserved::Param => {
                self.parameters.insert(labels.get("name")?.into(), labels.get("value")?.into());
            }
            Reserved::Metric => {
                let keys = labels.get("labels").map(|keys| keys.split(',').map(str::parse).collect::<Result<_, _>>());
                let metric = Metric {
                    name: labels.get("name")?.parse().ok()?,
                    unit: labels.get("unit")?.parse().ok()?,
                    better: labels.get("better")?.parse().ok()?,
                    labels: keys.unwrap_or_else(|| Ok(Vec::new())).ok()?,
                    primary: is_told(&labels, "primary", "yes")?,
                };
                if metric.primary {
                    self.schema = Schema::V2;
                }
                self.metrics.push(metric);
            }
            Reserved::Label => {}
            Reserved::Samples | Reserved::Signals | Reserved::Crc32 => {
                if is_told(&labels, "schema", "2")? {
                    self.schema = Schema::V2;
                }
                self.only_primary |= is_told(&labels, "metrics", "primary")?;
                self.manifest.insert(word, signal.measurement.as_ref()?.0.get());
            }
        }
        Some(())
    }

    fn point(&mut self, labels: Labels) -> &mut Point {
        let (turn, verdicts) = (self.turn, &mut self.verdicts);
        let at = *self.points.entry(labels).or_insert_with_key(|labels| {
            verdicts.push(Point { turn, labels: labels.clone(), result: None, valid: None });
            verdicts.len() - 1
        });
        &mut self.verdicts[at]
    }

    /// What was sent and how it is called in losses.
    fn title(&self) -> String {
        if self.run == 1 { self.name.to_string() } else { format!("{} (run {})", self.name, self.run) }
    }

    fn benchmark(mut self, losses: &mut Vec<Loss>, counts: &mut Samples, room: &mut usize) -> Benchmark {
        losses.extend(self.odd.iter().map(|name| Loss::new(name, "it is not understood")));
        losses.append(&mut self.faults);
        let proved = self.check_manifest(losses);
        self.complete_metrics(losses);
        self.list_rounded(proved, losses, counts);
        let mut cases = self.place_samples(losses, room);
        let mut judged = BTreeSet::new();
        for Point { turn, labels, result, valid } in std::mem::take(&mut self.verdicts) {
            let (_, case) = cases.at(labels, turn);
            case.valid = valid;
            if let Some(result) = result {
                case.result = result;
                judged.insert(case.labels.clone());
            }
        }
        let cases = cases.in_order();
        for case in cases.iter().filter(|case| !judged.contains(&case.labels)) {
            losses
                .push(Loss::new(format!("{}._case {}", self.title(), case.labels), "the verdict's signal is missing"));
        }
        gaps(&self.name, self.run, &cases, losses);
        counts.count_lost(&self.manifest, &cases);
        Benchmark {
            name: self.name,
            run: self.run,
            tool: self.tool,
            parameters: self.parameters,
            metrics: self.metrics,
            cases,
        }
    }

    /// The cases that samples are from.
    fn place_samples(&mut self, losses: &mut Vec<Loss>, room: &mut usize) -> Cases {
        let mut cases = Cases::default();
        // The first of two counts.
        let metrics: BTreeMap<&Ident, &Metric> =
            self.metrics.iter().rev().map(|metric| (&metric.name, metric)).collect();
        for sample in std::mem::take(&mut self.samples) {
            let Some(metric) = metrics.get(&sample.metric) else {
                losses.push(Loss::new(&sample.name, "which of its labels are the case's is not known"));
                continue;
            };
            let (own, point) = sample.labels.split(|key| metric.labels.contains(key));
            if own.len() != metric.labels.len() || sample.unit != metric.unit {
                losses.push(Loss::new(&sample.name, "it does not fit its metric"));
                continue;
            }
            if let Err(name) = cases.place(point, own, sample, room) {
                losses.push(Loss::new(name, "its position is too far from the others' to be believed"));
            }
        }
        cases
    }

    /// Lists the series that have samples from a database, and counts all samples.
    fn list_rounded(&self, proved: bool, losses: &mut Vec<Loss>, counts: &mut Samples) {
        let mut series: BTreeMap<Name, (usize, usize)> = BTreeMap::new();
        for sample in self.samples.iter().filter(|sample| sample.position.is_some()) {
            let (rounded, all) = series.entry(sample.name.stem()).or_default();
            *rounded += usize::from(sample.rounded);
            *all += 1;
        }
        for (name, (rounded, all)) in series {
            counts.exact += all - rounded;
            *(if proved { &mut counts.rounded } else { &mut counts.unproved }) += rounded;
            let doubt = if proved { "" } else { ", and not proved: the checksum does not fit" };
            if rounded > 0 {
                losses.push(Loss::new(
                    name,
                    format!("{rounded} of {all} samples are a database's, rounded to 10 decimals{doubt}"),
                ));
            }
        }
    }

    /// Whether all signals are there that were sent, and the checksum over them is right.
    fn check_manifest(&self, losses: &mut Vec<Loss>) -> bool {
        let title = self.title();
        let found = self.samples.iter().filter(|sample| sample.position.is_some()).count();
        let number = |word| self.manifest.get(&word).copied();
        match number(Reserved::Signals) {
            Some(sent) if sent == found as f64 => {}
            Some(sent) => losses.push(Loss::new(&title, format!("{found} of {sent} sample signals found"))),
            None => losses
                .push(Loss::new(&title, "how many sample signals there were is not known: the manifest is missing")),
        }
        match (number(Reserved::Samples), number(Reserved::Signals)) {
            _ if self.only_primary => losses.push(Loss::new(&title, "only primary metrics were to have signals")),
            (Some(samples), Some(sent)) if samples == sent => {}
            (Some(samples), Some(sent)) => {
                losses.push(Loss::new(
                    &title,
                    format!("only {sent} of {samples} samples have signals: more than the budget"),
                ));
            }
            _ => losses.push(Loss::new(&title, "how many samples there were is not known: the manifest is missing")),
        }
        let right = number(Reserved::Crc32) == Some(f64::from(checksum(self.lines.iter().map(String::as_str))));
        if !right {
            losses.push(Loss::new(
                &title,
                "some signals are missing: their checksum is not the manifest's, or that is missing",
            ));
        }
        right
    }

    /// A metric whose own signal is lost is known from its samples, but for its direction, and for its labels where no
    /// verdict tells which ones are the case's.
    fn complete_metrics(&mut self, losses: &mut Vec<Loss>) {
        let mut known: BTreeSet<Ident> = self.metrics.iter().map(|metric| metric.name.clone()).collect();
        let mut lengths = self.verdicts.iter().map(|point| point.labels.len());
        let Some(length) = lengths.next().filter(|first| lengths.all(|length| length == *first)) else { return };
        for sample in &self.samples {
            if known.contains(&sample.metric) {
                continue;
            }
            let cut = |labels: &[(Ident, String)]| Labels::new(labels.to_vec()).unwrap_or_default();
            let all = sample.labels.iter().as_slice();
            if all.len() < length || !self.points.contains_key(&cut(&all[..length])) {
                continue;
            }
            losses.push(Loss::new(format!("{}._metric {}", self.name, sample.metric), "its direction is lost"));
            let labels = all[length..].iter().map(|(key, _)| key.clone()).collect();
            let (name, unit) = (sample.metric.clone(), sample.unit.clone());
            known.insert(name.clone());
            self.metrics.push(Metric { name, unit, better: Better::Neither, labels, primary: false });
        }
    }
}

/// Whether a label has the one value that it may have; `None` where it has another one.
fn is_told(labels: &Labels, key: &str, value: &str) -> Option<bool> {
    match labels.get(key) {
        None => Some(false),
        Some(told) => (told == value).then_some(true),
    }
}

impl Samples {
    /// Counts what a manifest or a gap says of lost samples; the larger of both, as they overlap.
    fn count_lost(&mut self, manifest: &BTreeMap<Reserved, f64>, cases: &[Case]) {
        let series = || cases.iter().flat_map(|case| &case.series);
        let found = series().map(|series| series.values().count()).sum::<usize>();
        let gaps = series().flat_map(|series| &series.samples).flatten().filter(|sample| sample.is_none()).count();
        let lacking = manifest.get(&Reserved::Samples).map_or(0.0, |samples| samples - found as f64);
        // Of a number that is not negative, and a small one unless it is forged.
        self.lost += gaps.max(lacking.clamp(0.0, 1e9) as usize);
    }
}
