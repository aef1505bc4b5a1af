//! The order of signals: a benchmark and its cases -> signals, as they become known.

use super::{
    Name, NameLabels, Reserved, Signal, Word,
    name::{encode_labels, hash},
};
use crate::record::{Benchmark, Case, Ident, Labels, Metric, Record, Schema, Series, Tool, Unit, Value, Verdict};
use std::collections::BTreeMap;

/// How many sample signals a benchmark sends: SQUAD takes milliseconds for each.
pub const DEFAULT_BUDGET: usize = 1000;

/// Bytes of label text in one `_label` case: encoded, at most three times as many characters.
const PIECE: usize = 30;

/// Which samples have signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    samples: usize,
    only_primary: bool,
}

impl Budget {
    /// Those of all metrics, at most `samples` of a benchmark. Where a definition names primary metrics, the others have half
    /// of that at most, so that the primary ones of later cases are not left out for them.
    pub const fn all(samples: usize) -> Self {
        Self { samples, only_primary: false }
    }

    /// Those of primary metrics alone, at most `samples` of a benchmark; of the others there is nothing else either.
    pub const fn primary(samples: usize) -> Self {
        Self { samples, only_primary: true }
    }
}

impl From<usize> for Budget {
    fn from(samples: usize) -> Self {
        Self::all(samples)
    }
}

/// The samples that are sent of some metrics of a benchmark.
#[derive(Debug)]
struct Share {
    budget: usize,
    /// Whether an iteration of the case had more.
    full: bool,
}

impl Share {
    /// Whether an iteration's samples fit, which are then taken. Of a case there are the first iterations, and no others.
    fn takes(&mut self, samples: usize) -> bool {
        self.full |= samples > self.budget;
        if !self.full {
            self.budget -= samples;
        }
        !self.full
    }
}

/// The signals of one benchmark, in three acts: [`opening`](Self::opening), [`case`](Self::case) for each case, before it
/// [`samples`](Self::samples) whenever an iteration of it is done, [`closing`](Self::closing). No name comes twice, and it
/// makes no difference to what is sent whether [`samples`](Self::samples) is called.
#[derive(Debug)]
pub struct Sequence {
    benchmark: Ident,
    run: Labels,
    schema: Schema,
    only_primary: bool,
    /// What all metrics may send, and what those may that are not primary.
    all: Share,
    others: Share,
    /// How many iterations of the case that is measured have been gone through.
    iterations: usize,
    samples: u32,
    sent: u32,
    hashed: BTreeMap<u64, String>,
    told: Vec<String>,
}

impl Sequence {
    /// The sequence of `benchmark`, which stands in a record of the version `schema`.
    pub fn new(benchmark: &Benchmark, schema: Schema, budget: Budget) -> Self {
        let Budget { samples, only_primary } = budget;
        let marked = benchmark.metrics.iter().any(|metric| metric.primary);
        let others = match marked {
            _ if only_primary => 0,
            true => samples / 2,
            false => samples,
        };
        Self {
            benchmark: benchmark.name.clone(),
            run: Labels::of_run(benchmark.run),
            schema,
            only_primary,
            all: Share { budget: samples, full: false },
            others: Share { budget: others, full: false },
            iterations: 0,
            samples: 0,
            sent: 0,
            hashed: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// The tool, the parameters, and the metrics with their direction, unit and label keys.
    pub fn opening(&mut self, benchmark: &Benchmark) -> Vec<Signal> {
        let (mut signals, only_primary) = (Vec::new(), self.only_primary);
        if let Some(Tool { name, version }) = &benchmark.tool {
            let mut labels = vec![("name", name.clone())];
            labels.extend(version.clone().map(|version| ("version", version)));
            signals.push(self.about(Reserved::Tool, labels));
        }
        for (name, value) in &benchmark.parameters {
            signals.push(self.about(Reserved::Param, vec![("name", name.clone()), ("value", value.clone())]));
        }
        let quoted = benchmark.primary();
        for metric in benchmark.metrics.iter().filter(|metric| !only_primary || quoted.contains(&metric.name)) {
            let Metric { name, unit, better, labels, primary } = metric;
            let mut about =
                vec![("name", name.to_string()), ("better", better.as_str().into()), ("unit", unit.to_string())];
            if !labels.is_empty() {
                let keys: Vec<&str> = labels.iter().map(Ident::as_str).collect();
                about.push(("labels", keys.join(",")));
            }
            if *primary {
                about.push(("primary", "yes".into()));
            }
            signals.push(self.about(Reserved::Metric, about));
        }
        self.tell(signals)
    }

    /// The samples of those iterations of a case that are done and were not sent before, as long as they are in the budget.
    pub fn samples(&mut self, benchmark: &Benchmark, case: &Case) -> Vec<Signal> {
        let mut signals = Vec::new();
        let done = case.series.iter().map(|series| series.samples.len()).max().unwrap_or(0);
        // Where no metric is marked, all are alike.
        let (first, others) = match self.only_primary || benchmark.has_marked() {
            true => benchmark.by_rank(case),
            false => (benchmark.primary_first(case), Vec::new()),
        };
        for iteration in self.iterations..done {
            signals.extend(self.iteration(benchmark, case, &first, iteration, false));
            signals.extend(self.iteration(benchmark, case, &others, iteration, true));
        }
        self.iterations = self.iterations.max(done);
        self.tell(signals)
    }

    /// One iteration's samples of some series, if they are in the budget.
    fn iteration(
        &mut self,
        benchmark: &Benchmark,
        case: &Case,
        series: &[&Series],
        iteration: usize,
        are_others: bool,
    ) -> Vec<Signal> {
        let of = |series: &&Series| series.samples.get(iteration).map_or(0, |samples| samples.iter().flatten().count());
        let measured: usize = series.iter().map(of).sum();
        self.samples = self.samples.saturating_add(count(measured));
        if are_others && (measured > self.all.budget || !self.others.takes(measured)) {
            self.others.full = true;
            return Vec::new();
        }
        if !self.all.takes(measured) {
            return Vec::new();
        }
        self.sent = self.sent.saturating_add(count(measured));
        let failed = self.schema >= Schema::V2 && case.has_failed_in(iteration);
        let result = if failed { Verdict::Fail } else { Verdict::Pass };
        let mut signals = Vec::new();
        for series in series {
            if let Some((name, unit)) = self.series(benchmark, case, series) {
                signals.extend(sample_signals(&name, series, iteration, unit));
            }
        }
        signals.into_iter().map(|signal| Signal { result, ..signal }).collect()
    }

    /// A case's samples that were not sent before, its values for a chart, its validity and its verdict.
    pub fn case(&mut self, benchmark: &Benchmark, case: &Case) -> Vec<Signal> {
        let mut all = self.samples(benchmark, case);
        (self.iterations, self.all.full, self.others.full) = (0, false, false);
        let mut signals = Vec::new();
        let charts = if self.only_primary { benchmark.by_rank(case).0 } else { benchmark.primary_first(case) };
        for series in charts {
            let Some((name, unit)) = self.series(benchmark, case, series) else { continue };
            let chart = series.median().map(|value| Signal::value(name, value, unit));
            // Who looks at the number alone, as a chart does, sees that it does not count. Version 1 stays as it is.
            let result = if self.schema >= Schema::V2 { case.result } else { Verdict::Pass };
            signals.extend(chart.map(|signal| Signal { result, ..signal }));
        }
        if let Some(valid) = case.valid {
            let verdict = if valid { Verdict::Pass } else { Verdict::Fail };
            signals.push(Signal::verdict(self.name(Word::Reserved(Reserved::Valid), &case.labels), verdict));
        }
        signals.extend(self.faults(case));
        signals.push(Signal::verdict(self.name(Word::Reserved(Reserved::Case), &case.labels), case.result));
        all.extend(self.tell(signals));
        all
    }

    /// A case that failed for each kind of fault that the kernel reported while the commands of `case` ran, with their number.
    fn faults(&mut self, case: &Case) -> Vec<Signal> {
        let mut counts: BTreeMap<&Ident, u32> = BTreeMap::new();
        for fault in case.executions.iter().flat_map(|execution| &execution.faults) {
            let count = counts.entry(&fault.kind).or_default();
            *count = count.saturating_add(1);
        }
        let signal = |(kind, count): (&Ident, u32)| {
            let name = self.name(Word::Fault(kind.clone()), &case.labels);
            let measurement = "faults".parse().ok().map(|unit| (Value::from(count), unit));
            Signal { name, result: Verdict::Fail, measurement }
        };
        counts.into_iter().map(signal).collect()
    }

    /// The name of a series, and its metric's unit.
    pub(crate) fn series<'a>(
        &mut self,
        benchmark: &'a Benchmark,
        case: &Case,
        series: &Series,
    ) -> Option<(Name, &'a Unit)> {
        let metric = benchmark.metrics.iter().find(|metric| metric.name == series.metric)?;
        let labels = case.labels.then(&series.labels).unwrap_or_default();
        Some((self.name(Word::Metric(metric.name.clone()), &labels), &metric.unit))
    }

    /// The dictionary of hashed labels and the manifest.
    pub fn closing(&mut self) -> Vec<Signal> {
        let mut signals = self.dictionary();
        let number = |name: Name, number: u32, unit: Option<Unit>| match unit {
            Some(unit) => Signal::value(name, Value::from(number), &unit),
            None => Signal::verdict(name, Verdict::Pass),
        };
        let mut about = Vec::new();
        if self.schema >= Schema::V2 {
            about.push((reserved("schema"), "2".to_string()));
        }
        if self.only_primary {
            about.push((reserved("metrics"), "primary".to_string()));
        }
        let samples = self.name(Word::Reserved(Reserved::Samples), &Labels::new(about).unwrap_or_default());
        signals.push(number(samples, self.samples, "samples".parse().ok()));
        let mut signals = self.tell(signals);
        let sent = self.name(Word::Reserved(Reserved::Signals), &Labels::default());
        signals.push(number(sent, self.sent, "signals".parse().ok()));
        let crc = self.name(Word::Reserved(Reserved::Crc32), &Labels::default());
        signals.push(number(crc, checksum(self.told.iter().map(String::as_str)), "crc32".parse().ok()));
        signals
    }

    fn name(&mut self, word: Word, labels: &Labels) -> Name {
        // `run` is reserved: no label of a record has its key.
        let labels = self.run.then(labels).unwrap_or_default();
        let name = Name::new(&self.benchmark, word, &labels);
        if let NameLabels::Hashed(hash) = name.labels() {
            self.hashed.entry(*hash).or_insert_with(|| encode_labels(&labels));
        }
        name
    }

    fn about(&mut self, word: Reserved, labels: Vec<(&'static str, String)>) -> Signal {
        let labels = Labels::new(labels.into_iter().map(|(key, value)| (reserved(key), value)).collect());
        Signal::verdict(self.name(Word::Reserved(word), &labels.unwrap_or_default()), Verdict::Pass)
    }

    fn dictionary(&mut self) -> Vec<Signal> {
        let mut signals = Vec::new();
        for (key, text) in std::mem::take(&mut self.hashed) {
            debug_assert_eq!(key, hash(&text));
            // The text is ASCII: any byte is a boundary.
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(PIECE).collect();
            for (at, piece) in pieces.iter().enumerate() {
                signals.push(self.about(
                    Reserved::Label,
                    vec![
                        ("hash", format!("{key:012x}")),
                        ("of", pieces.len().to_string()),
                        ("part", at.to_string()),
                        ("text", String::from_utf8_lossy(piece).into_owned()),
                    ],
                ));
            }
        }
        signals
    }

    fn tell(&mut self, signals: Vec<Signal>) -> Vec<Signal> {
        self.told.extend(signals.iter().map(canonical));
        signals
    }
}

/// All signals of `record`, with sample signals as `budget` says.
pub fn record_signals(record: &Record, budget: impl Into<Budget>) -> Vec<Signal> {
    let budget = budget.into();
    let mut signals = Vec::new();
    for benchmark in &record.benchmarks {
        let mut sequence = Sequence::new(benchmark, record.schema, budget);
        signals.extend(sequence.opening(benchmark));
        for case in &benchmark.cases {
            signals.extend(sequence.case(benchmark, case));
        }
        signals.extend(sequence.closing());
    }
    signals
}

/// The CRC-32 over the sorted canonical lines of signals: what a database keeps of them (names, results, values with 10
/// decimals, units), so that it can be computed from a database too.
pub fn checksum<'a>(lines: impl Iterator<Item = &'a str>) -> u32 {
    let mut lines: Vec<&str> = lines.collect();
    lines.sort_unstable();
    let mut crc = crc32fast::Hasher::new();
    lines.iter().for_each(|line| crc.update(line.as_bytes()));
    crc.finalize()
}

impl Signal {
    /// The line of this signal in the list that [`checksum`] covers.
    pub fn canonical(&self) -> String {
        canonical(self)
    }
}

fn canonical(signal: &Signal) -> String {
    let (value, unit) = match &signal.measurement {
        Some((value, unit)) => (value.to_database(), unit.as_str()),
        None => ("-".into(), "-"),
    };
    // SQUAD keeps no result of a case that has a measurement.
    let result = if matches!(signal.name.word(), Word::Metric(_)) { Verdict::Pass } else { signal.result };
    format!("{}\t{}\t{value}\t{unit}\n", signal.name, result.as_str())
}

fn sample_signals(name: &Name, series: &Series, iteration: usize, unit: &Unit) -> Vec<Signal> {
    let samples = series.samples.get(iteration).map_or(&[][..], Vec::as_slice);
    let signal = |(at, value): (u32, &Option<Value>)| {
        value.map(|value| Signal::value(name.at(count(iteration), at), value, unit))
    };
    (0..).zip(samples).filter_map(signal).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// An identifier that is one because it stands here.
fn reserved(key: &str) -> Ident {
    key.parse().unwrap_or_else(|error| unreachable!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn record() -> Record {
        Record::from_json(
            br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[{"name":"sysbench-cpu",
            "tool":{"name":"sysbench","version":"1.0.20"},"parameters":{"MAX_PRIME":"10000"},
            "metrics":[{"name":"events-per-second","unit":"events/s","better":"higher"},
                       {"name":"latency","unit":"ms","better":"lower","labels":["percentile"]}],
            "cases":[{"labels":{"threads":"4"},"result":"pass","valid":true,"series":[
              {"metric":"events-per-second","samples":[[4213.07],[4100.5]]},
              {"metric":"latency","labels":{"percentile":"95"},"samples":[[1.5,2.5]]}]}]}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn tells_all_that_the_record_holds() {
        let names: Vec<String> = record_signals(&record(), DEFAULT_BUDGET).iter().map(Signal::to_string).collect();
        let expected = "\
            TESTCASE TEST_CASE_ID=sysbench-cpu._tool.name_sysbench.version_1_2e0_2e20 RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu._param.name_MAX_5fPRIME.value_10000 RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu._metric.name_events-per-second.better_higher.unit_events_2fs RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu._metric.name_latency.better_lower.unit_ms.labels_percentile RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu.events-per-second.threads_4.0.0 RESULT=pass MEASUREMENT=4213.07 UNITS=events/s
            TESTCASE TEST_CASE_ID=sysbench-cpu.latency.threads_4.percentile_95.0.0 RESULT=pass MEASUREMENT=1.5 UNITS=ms
            TESTCASE TEST_CASE_ID=sysbench-cpu.latency.threads_4.percentile_95.0.1 RESULT=pass MEASUREMENT=2.5 UNITS=ms
            TESTCASE TEST_CASE_ID=sysbench-cpu.events-per-second.threads_4.1.0 RESULT=pass MEASUREMENT=4100.5 UNITS=events/s
            TESTCASE TEST_CASE_ID=sysbench-cpu.events-per-second.threads_4 RESULT=pass MEASUREMENT=4156.785 UNITS=events/s
            TESTCASE TEST_CASE_ID=sysbench-cpu.latency.threads_4.percentile_95 RESULT=pass MEASUREMENT=2 UNITS=ms
            TESTCASE TEST_CASE_ID=sysbench-cpu._valid.threads_4 RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu._case.threads_4 RESULT=pass
            TESTCASE TEST_CASE_ID=sysbench-cpu._samples RESULT=pass MEASUREMENT=4 UNITS=samples
            TESTCASE TEST_CASE_ID=sysbench-cpu._signals RESULT=pass MEASUREMENT=4 UNITS=signals";
        let expected: Vec<&str> = expected.lines().map(str::trim_start).collect();
        assert_eq!(names[..names.len() - 1], expected);
        assert!(
            names[names.len() - 1].starts_with("TESTCASE TEST_CASE_ID=sysbench-cpu._crc32 RESULT=pass MEASUREMENT=")
        );
    }

    #[test]
    fn the_numbers_of_what_failed_do_not_pass() {
        let mut record = record();
        record.schema = Schema::V2;
        let case = &mut record.benchmarks[0].cases[0];
        (case.result, case.reasons) = (Verdict::Fail, vec!["iteration 2: exit status 1".into()]);
        let told = |record: &Record| -> Vec<(Option<u32>, Verdict)> {
            let numbers = record_signals(record, DEFAULT_BUDGET).into_iter();
            let numbers = numbers.filter(|signal| matches!(signal.name.word(), Word::Metric(_)));
            numbers.map(|signal| (signal.name.position().map(|(iteration, _)| iteration), signal.result)).collect()
        };
        let all = told(&record);
        assert_eq!(all.len(), 6);
        for (iteration, result) in all {
            // Nothing is wrong with the first iteration.
            let expected = if iteration == Some(0) { Verdict::Pass } else { Verdict::Fail };
            assert_eq!(result, expected, "{iteration:?}");
        }
        record.benchmarks[0].cases[0].result = Verdict::Unknown;
        assert!(told(&record).contains(&(None, Verdict::Unknown)));
        record.schema = Schema::V1;
        assert!(told(&record).iter().all(|(_, result)| *result == Verdict::Pass));
    }

    #[test]
    fn keeps_to_the_budget_and_says_so() {
        // The first iteration has three samples, the second one.
        for (budget, sent) in [(4, 4), (3, 3), (2, 0), (0, 0)] {
            let signals = record_signals(&record(), budget);
            let text: Vec<String> = signals.iter().map(Signal::to_string).collect();
            let samples = signals.iter().filter(|signal| signal.name.position().is_some()).count();
            assert_eq!(samples, sent, "{text:#?}");
            assert!(text.iter().any(|line| line.contains("_samples RESULT=pass MEASUREMENT=4 ")));
            assert!(text.iter().any(|line| line.contains(&format!("_signals RESULT=pass MEASUREMENT={sent} "))));
        }
    }

    #[test]
    fn samples_come_as_soon_as_their_iteration_is_done_and_make_no_difference() {
        let record = record();
        let benchmark = &record.benchmarks[0];
        for budget in [DEFAULT_BUDGET, 3, 2] {
            let mut sequence = Sequence::new(benchmark, record.schema, Budget::all(budget));
            let mut signals = sequence.opening(benchmark);
            let mut begun = benchmark.cases[0].clone();
            begun.series.iter_mut().for_each(|series| series.samples.truncate(1));
            let first = sequence.samples(benchmark, &begun);
            assert_eq!(first.len(), if budget > 2 { 3 } else { 0 });
            signals.extend(first);
            signals.extend(sequence.case(benchmark, &benchmark.cases[0]));
            signals.extend(sequence.closing());
            assert_eq!(signals, record_signals(&record, budget));
        }
    }

    #[test]
    fn no_name_comes_twice_in_numbered_runs() {
        let mut record = record();
        let mut again = record.benchmarks[0].clone();
        again.run = 2;
        record.benchmarks.push(again);
        let signals = record_signals(&record, DEFAULT_BUDGET);
        let names: BTreeSet<String> = signals.iter().map(|signal| signal.name.to_string()).collect();
        assert_eq!(names.len(), signals.len());
        assert!(names.contains("sysbench-cpu._case.run_2.threads_4"));
    }

    #[test]
    fn long_labels_get_a_dictionary() {
        let mut record = record();
        record.benchmarks[0].parameters.insert("JOB".into(), "/x y".repeat(60));
        let signals = record_signals(&record, DEFAULT_BUDGET);
        let pieces = signals.iter().filter(|signal| *signal.name.word() == Word::Reserved(Reserved::Label)).count();
        assert!(pieces > 1 && signals.iter().all(|signal| signal.to_line(record.id).len() <= 300));
    }
}
