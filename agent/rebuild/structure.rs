//! Signals alone -> the structure and the values of a record, and what is lost of them.

use crate::{
    record::{Benchmark, Better, Case, Ident, Labels, Loss, Metric, Record, RecordId, Schema, Series, Tool, Unit, Value, Verdict},
    signal::{Name, NameLabels, Reserved, Signal, Word, checksum, decode_labels, hash},
};
use std::collections::{BTreeMap, BTreeSet};

/// What `signals` tell of the record `id`; the ones in `contradicted` tell nothing.
pub(super) fn record(id: RecordId, signals: Vec<Signal>, contradicted: &BTreeSet<Name>) -> Record {
    let mut losses: Vec<Loss> =
        contradicted.iter().map(|name| loss(name, "it was found with two different contents")).collect();
    let signals: Vec<Signal> = signals.into_iter().filter(|signal| !contradicted.contains(&signal.name)).collect();
    let dictionary = dictionary(&signals);
    let mut told: Vec<Told> = Vec::new();
    for signal in signals {
        let Some((run, labels)) = labels_of(&signal.name, &dictionary) else {
            losses.push(loss(&signal.name, "its labels are hashed, and their dictionary is not complete"));
            continue;
        };
        let name = signal.name.benchmark().clone();
        let at = told.iter().position(|told| told.name == name && told.run == run).unwrap_or_else(|| {
            told.push(Told::new(name, run));
            told.len() - 1
        });
        told[at].take(signal, labels);
    }
    let benchmarks = told.into_iter().map(|told| told.benchmark(&mut losses)).collect();
    Record {
        schema: Schema::V1,
        id,
        label: None,
        agent: None,
        started: None,
        finished: None,
        interrupted: false,
        machine: None,
        benchmarks,
        losses,
    }
}

fn loss(what: impl ToString, reason: impl Into<String>) -> Loss {
    Loss { what: what.to_string(), reason: reason.into() }
}

/// The texts of hashed labels, as far as all pieces are there.
fn dictionary(signals: &[Signal]) -> BTreeMap<u64, Labels> {
    let mut pieces: BTreeMap<u64, BTreeMap<usize, &str>> = BTreeMap::new();
    let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
    for signal in signals {
        let (Word::Reserved(Reserved::Label), NameLabels::Plain(labels)) = (signal.name.word(), signal.name.labels()) else {
            continue;
        };
        let key = labels.get("hash").and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let number = |key| labels.get(key).and_then(|digits| digits.parse::<usize>().ok());
        if let (Some(key), Some(of), Some(part), Some(text)) = (key, number("of"), number("part"), labels.get("text")) {
            lengths.insert(key, of);
            pieces.entry(key).or_default().insert(part, text);
        }
    }
    let whole = pieces.into_iter().filter_map(|(key, parts)| {
        let text: String = parts.values().copied().collect();
        let complete = parts.len() == lengths[&key] && hash(&text) == key;
        Some((key, decode_labels(&text).filter(|_| complete)?))
    });
    whole.collect()
}

/// The run number and the labels that a name carries.
fn labels_of(name: &Name, dictionary: &BTreeMap<u64, Labels>) -> Option<(u32, Labels)> {
    let labels = match name.labels() {
        NameLabels::Plain(labels) => labels,
        NameLabels::Hashed(key) => dictionary.get(key)?,
    };
    let (run, labels) = labels.split(|key| key.as_str() == "run");
    let run = run.get("run").map_or(Some(1), |digits| digits.parse().ok())?;
    Some((run, labels))
}

/// A sample as its signal told it.
struct Sample {
    /// Which signal of the benchmark it was: cases are in the order of their first one.
    turn: usize,
    name: Name,
    metric: Ident,
    labels: Labels,
    position: Option<(u32, u32)>,
    value: Value,
    unit: Unit,
}

/// What verdicts told of one case.
struct Point {
    turn: usize,
    labels: Labels,
    result: Option<Verdict>,
    valid: Option<bool>,
}

/// What was told of one benchmark.
struct Told {
    turn: usize,
    name: Ident,
    run: u32,
    tool: Option<Tool>,
    parameters: BTreeMap<String, String>,
    metrics: Vec<Metric>,
    verdicts: Vec<Point>,
    samples: Vec<Sample>,
    manifest: BTreeMap<Reserved, f64>,
    lines: Vec<String>,
    odd: Vec<Name>,
}

impl Told {
    fn new(name: Ident, run: u32) -> Self {
        Self {
            turn: 0,
            name,
            run,
            tool: None,
            parameters: BTreeMap::new(),
            metrics: Vec::new(),
            verdicts: Vec::new(),
            samples: Vec::new(),
            manifest: BTreeMap::new(),
            lines: Vec::new(),
            odd: Vec::new(),
        }
    }

    fn take(&mut self, signal: Signal, labels: Labels) {
        self.turn += 1;
        let word = signal.name.word().clone();
        if !matches!(word, Word::Reserved(Reserved::Signals | Reserved::Crc32)) {
            self.lines.push(signal.canonical());
        }
        let understood = match word {
            Word::Metric(metric) => self.sample(&signal, metric, labels),
            Word::Reserved(word) => self.about(word, &signal, labels),
        };
        if understood.is_none() {
            self.odd.push(signal.name);
        }
    }

    fn sample(&mut self, signal: &Signal, metric: Ident, labels: Labels) -> Option<()> {
        let (value, unit) = signal.measurement.clone()?;
        let position = signal.name.position();
        self.samples.push(Sample { turn: self.turn, name: signal.name.clone(), metric, labels, position, value, unit });
        Some(())
    }

    fn about(&mut self, word: Reserved, signal: &Signal, labels: Labels) -> Option<()> {
        match word {
            Reserved::Case => self.point(labels).result = Some(signal.result),
            Reserved::Valid => self.point(labels).valid = Some(signal.result == Verdict::Pass),
            Reserved::Tool => {
                self.tool = Some(Tool { name: labels.get("name")?.into(), version: labels.get("version").map(Into::into) });
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
                };
                self.metrics.push(metric);
            }
            Reserved::Label => {}
            Reserved::Samples | Reserved::Signals | Reserved::Crc32 => {
                self.manifest.insert(word, signal.measurement.as_ref()?.0.get());
            }
        }
        Some(())
    }

    fn point(&mut self, labels: Labels) -> &mut Point {
        let at = self.verdicts.iter().position(|point| point.labels == labels).unwrap_or_else(|| {
            self.verdicts.push(Point { turn: self.turn, labels, result: None, valid: None });
            self.verdicts.len() - 1
        });
        &mut self.verdicts[at]
    }

    /// What was sent and how it is called in losses.
    fn title(&self) -> String {
        if self.run == 1 { self.name.to_string() } else { format!("{} (run {})", self.name, self.run) }
    }

    fn benchmark(mut self, losses: &mut Vec<Loss>) -> Benchmark {
        losses.extend(self.odd.iter().map(|name| loss(name, "it is not understood")));
        self.check_manifest(losses);
        self.complete_metrics(losses);
        let mut cases = self.place_samples(losses);
        let mut judged = BTreeSet::new();
        for Point { turn, labels, result, valid } in std::mem::take(&mut self.verdicts) {
            let case = case_at(&mut cases, labels, turn);
            case.valid = valid;
            if let Some(result) = result {
                case.result = result;
                judged.insert(case.labels.clone());
            }
        }
        cases.sort_by_key(|(turn, _)| *turn);
        let cases: Vec<Case> = cases.into_iter().map(|(_, case)| case).collect();
        for case in cases.iter().filter(|case| !judged.contains(&case.labels)) {
            losses.push(loss(format!("{}._case {}", self.title(), case.labels), "the verdict's signal is missing"));
        }
        gaps(&self.name, self.run, &cases, losses);
        Benchmark { name: self.name, run: self.run, tool: self.tool, parameters: self.parameters, metrics: self.metrics, cases }
    }

    /// The cases that samples are from, each with the turn of its first signal.
    fn place_samples(&mut self, losses: &mut Vec<Loss>) -> Vec<(usize, Case)> {
        let mut cases = Vec::new();
        for sample in std::mem::take(&mut self.samples) {
            let Some(metric) = self.metrics.iter().find(|metric| metric.name == sample.metric) else {
                losses.push(loss(&sample.name, "which of its labels are the case's is not known"));
                continue;
            };
            let (own, point) = sample.labels.split(|key| metric.labels.contains(key));
            let far = sample.position.is_some_and(|(iteration, number)| iteration.max(number) > FARTHEST);
            if own.len() != metric.labels.len() || sample.unit != metric.unit || far {
                losses.push(loss(&sample.name, "it does not fit its metric"));
                continue;
            }
            place(case_at(&mut cases, point, sample.turn), own, sample);
        }
        cases
    }

    /// Whether all signals are there that were sent.
    fn check_manifest(&self, losses: &mut Vec<Loss>) {
        let title = self.title();
        let found = self.samples.iter().filter(|sample| sample.position.is_some()).count();
        let number = |word| self.manifest.get(&word).copied();
        match number(Reserved::Signals) {
            Some(sent) if sent == found as f64 => {}
            Some(sent) => losses.push(loss(&title, format!("{found} of {sent} sample signals found"))),
            None => losses.push(loss(&title, "how many sample signals there were is not known: the manifest is missing")),
        }
        match (number(Reserved::Samples), number(Reserved::Signals)) {
            (Some(samples), Some(sent)) if samples == sent => {}
            (Some(samples), Some(sent)) => {
                losses.push(loss(&title, format!("only {sent} of {samples} samples have signals: more than the budget")));
            }
            _ => losses.push(loss(&title, "how many samples there were is not known: the manifest is missing")),
        }
        let right = number(Reserved::Crc32) == Some(f64::from(checksum(self.lines.iter().map(String::as_str))));
        if !right {
            losses.push(loss(&title, "some signals are missing: their checksum is not the manifest's, or that is missing"));
        }
    }

    /// A metric whose own signal is lost is known from its samples, but for its direction, and for its labels where no
    /// verdict tells which ones are the case's.
    fn complete_metrics(&mut self, losses: &mut Vec<Loss>) {
        let points: Vec<&Labels> = self.verdicts.iter().map(|point| &point.labels).collect();
        for sample in &self.samples {
            if self.metrics.iter().any(|metric| metric.name == sample.metric) {
                continue;
            }
            let point = points.iter().find(|point| sample.labels.iter().take(point.len()).eq(point.iter()));
            if let Some(point) = point.filter(|point| points.iter().all(|other| other.len() == point.len())) {
                losses.push(loss(format!("{}._metric {}", self.name, sample.metric), "its direction is lost"));
                let labels = sample.labels.iter().skip(point.len()).map(|(key, _)| key.clone()).collect();
                let (name, unit) = (sample.metric.clone(), sample.unit.clone());
                self.metrics.push(Metric { name, unit, better: Better::Neither, labels });
            }
        }
    }
}

fn case_at(cases: &mut Vec<(usize, Case)>, labels: Labels, turn: usize) -> &mut Case {
    let at = cases.iter().position(|(_, case)| case.labels == labels).unwrap_or_else(|| {
        let case = Case {
            labels,
            result: Verdict::Unknown,
            reasons: Vec::new(),
            valid: None,
            disturbances: Vec::new(),
            command: Vec::new(),
            executions: Vec::new(),
            series: Vec::new(),
        };
        cases.push((turn, case));
        cases.len() - 1
    });
    cases[at].0 = cases[at].0.min(turn);
    &mut cases[at].1
}

fn place(case: &mut Case, own: Labels, sample: Sample) {
    let all = &mut case.series;
    let at = all.iter().position(|series| series.metric == sample.metric && series.labels == own).unwrap_or_else(|| {
        all.push(Series { metric: sample.metric, labels: own, samples: Vec::new() });
        all.len() - 1
    });
    // A value for a chart is computed from the samples and no sample itself.
    let Some((iteration, number)) = sample.position else { return };
    let (iteration, number) = (iteration as usize, number as usize);
    let samples = &mut all[at].samples;
    samples.resize(samples.len().max(iteration + 1), Vec::new());
    let samples = &mut samples[iteration];
    samples.resize(samples.len().max(number + 1), None);
    samples[number] = Some(sample.value);
}

/// The highest position that is believed: a forged one must not make us allocate.
const FARTHEST: u32 = 1_000_000;

/// Lists the positions before known ones whose samples are missing.
fn gaps(name: &Ident, run: u32, cases: &[Case], losses: &mut Vec<Loss>) {
    let run = Labels::new(if run == 1 { Vec::new() } else { "run".parse().map(|key| vec![(key, run.to_string())]).unwrap_or_default() });
    let run = run.unwrap_or_default();
    for case in cases {
        for series in &case.series {
            let labels = run.then(&case.labels).and_then(|labels| labels.then(&series.labels)).unwrap_or_default();
            let stem = Name::new(name, Word::Metric(series.metric.clone()), &labels);
            for (iteration, samples) in (0..).zip(&series.samples) {
                let lost = (0..).zip(samples).filter(|(_, sample)| sample.is_none());
                losses.extend(lost.map(|(number, _)| loss(stem.at(iteration, number), "its signal is missing")));
            }
        }
    }
}
