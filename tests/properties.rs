//! The two properties that carry the design, for any record: what is emitted and captured gives the record back; and after
//! any damage every value of a rebuilt record is right, or is listed as lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lava_bench::{
    rebuild::{DatabaseResult, Rebuilder, Rebuilt},
    record::{
        Benchmark, Better, Boot, Case, Conditions, Execution, Exit, Fault, Ident, Lab, Labels, Metric, Monitor, Order,
        Output, Quarantined, Record, RecordId, Role, Schema, Series, Tool, Tuned, Value, Verdict,
    },
    signal::{Budget, DEFAULT_BUDGET, Redundancy, frames, record_signals},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 10_000, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

fn ident(text: &str) -> Ident {
    text.parse().unwrap()
}

fn any_value() -> impl Strategy<Value = Value> {
    let odd = any::<u64>().prop_filter_map("no value", |bits| Value::try_from(f64::from_bits(bits)).ok());
    prop_oneof![4 => (0..1_000_000_u32).prop_map(|n| Value::try_from(f64::from(n) / 100.0).unwrap()), 1 => odd]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-zA-Z0-9._/ -]{0,12}", 1 => "\\PC{0,40}", 1 => "x{150,190}"]
}

fn any_series(metric: usize, labelled: bool) -> impl Strategy<Value = Vec<Series>> {
    let samples = vec(vec(any_value().prop_map(Some), 0..4), 0..4);
    vec((any_text(), samples), 0..3).prop_map(move |all| {
        let mut seen = BTreeSet::new();
        let series = all.into_iter().filter_map(|(text, mut samples)| {
            // A run leaves no iterations behind the last one that gave a sample.
            while samples.last().is_some_and(Vec::is_empty) {
                samples.pop();
            }
            let pairs = if labelled { vec![(ident("part"), text)] } else { Vec::new() };
            let labels = Labels::new(pairs).unwrap();
            (seen.insert(labels.clone()) && !samples.is_empty()).then(|| Series {
                metric: ident(&format!("metric-{metric}")),
                labels,
                samples,
            })
        });
        series.collect()
    })
}

fn any_case(axes: usize) -> impl Strategy<Value = Case> {
    let verdict = prop_oneof![Just(Verdict::Pass), Just(Verdict::Fail), Just(Verdict::Skip), Just(Verdict::Unknown)];
    (vec(any_text(), axes), any_series(0, false), any_series(1, true), verdict, any::<Option<bool>>()).prop_map(
        |(point, plain, labelled, result, valid)| {
            let labels = point.into_iter().enumerate().map(|(axis, text)| (ident(&format!("axis-{axis}")), text));
            Case {
                labels: Labels::new(labels.collect()).unwrap(),
                result,
                reasons: vec!["a reason".into()],
                valid,
                command: vec!["tool".into()],
                series: plain.into_iter().chain(labelled).collect(),
                ..Case::default()
            }
        },
    )
}

fn any_benchmark() -> impl Strategy<Value = Benchmark> {
    let cases = (0..3_usize).prop_flat_map(|axes| vec(any_case(axes), 1..4));
    (cases, vec(("[A-Z_]{1,9}", any_text()), 0..3), proptest::option::of(any_text())).prop_map(
        |(cases, parameters, version)| {
            let mut seen = BTreeSet::new();
            let metric = |name: &str, unit: &str, better, labels| Metric {
                name: ident(name),
                unit: unit.parse().unwrap(),
                better,
                labels,
                primary: false,
            };
            Benchmark {
                name: ident("bench"),
                run: 1,
                tool: Some(Tool { name: "tool".into(), version }),
                parameters: parameters.into_iter().collect(),
                metrics: vec![
                    metric("metric-0", "events/s", Better::Higher, Vec::new()),
                    metric("metric-1", "ms", Better::Lower, vec![ident("part")]),
                ],
                cases: cases.into_iter().filter(|case| seen.insert(case.labels.clone())).collect(),
            }
        },
    )
}

/// A record of version 1 with what signals tell.
fn any_bare() -> impl Strategy<Value = Record> {
    (any::<u32>(), vec((any_benchmark(), 0..2_u8), 1..3)).prop_map(|(id, benchmarks)| {
        let benchmarks = benchmarks.into_iter().zip(1..).map(|((benchmark, other), number)| Benchmark {
            name: ident(if other == 0 { "bench" } else { "other-bench" }),
            run: number,
            ..benchmark
        });
        Record {
            schema: Schema::V1,
            id: RecordId(id),
            label: Some("label".into()),
            benchmarks: benchmarks.collect(),
            ..Record::default()
        }
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    let version1 = (any_bare(), vec(any_execution(), 0..3)).prop_map(|(mut record, executions)| {
        let known = |execution: &Execution| Execution {
            role: if execution.iteration.is_some() { Role::Iteration } else { Role::Unmeasured },
            iteration: execution.iteration,
            started: Some("2026-01-01T00:00:00.000Z".into()),
            elapsed_seconds: execution.elapsed_seconds,
            exit: execution.exit.clone(),
            conditions: execution.conditions.clone(),
            outputs: execution.outputs.clone(),
            ..Execution::default()
        };
        for case in record.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases) {
            case.executions = executions.iter().map(known).collect();
            case.disturbances = executions.iter().flat_map(|execution| execution.disturbances.clone()).collect();
        }
        record
    });
    let version2 = (any_bare(), any_course(), vec(any_execution(), 0..3), any::<[bool; 2]>(), any_text()).prop_map(
        |(record, course, executions, primary, text)| {
            let mut record = Record { id: record.id, label: record.label, benchmarks: record.benchmarks, ..course };
            for benchmark in &mut record.benchmarks {
                benchmark.metrics.iter_mut().zip(primary).for_each(|(metric, primary)| metric.primary = primary);
                for case in &mut benchmark.cases {
                    case.executions.clone_from(&executions);
                    case.folder = Some(text.clone());
                    case.stopped = Some(text.clone()).filter(|_| primary[0]);
                }
            }
            record
        },
    );
    prop_oneof![version1, version2].prop_map(|record| {
        record.check().unwrap();
        record
    })
}

fn any_execution() -> impl Strategy<Value = Execution> {
    let role = prop_oneof![
        Just(Role::Iteration),
        Just(Role::WarmUp),
        Just(Role::Retry),
        Just(Role::Preparation),
        Just(Role::CleanUp),
        Just(Role::Background),
        Just(Role::Unmeasured),
    ];
    let exit = prop_oneof![
        4 => Just(Exit::Code(0)),
        1 => any::<i32>().prop_map(Exit::Code),
        1 => Just(Exit::Signal("SIGKILL".into())),
        1 => any::<u64>().prop_map(Exit::TimeoutMs),
        1 => Just(Exit::Interrupted),
        1 => any_text().prop_map(Exit::NotStarted),
    ];
    (role, exit, any::<u32>(), 0..2_u32, any_text(), any::<[bool; 5]>(), any_value()).prop_map(
        |(role, exit, number, boot, text, some, value)| Execution {
            role,
            iteration: role.has_iteration().then_some(number),
            boot,
            since_boot_seconds: some[0].then_some(f64::from(number) / 1000.0),
            started: some[1].then(|| "2026-01-01T00:00:00.000Z".into()),
            elapsed_seconds: f64::from(number) / 1e6,
            exit,
            usage: None,
            conditions: some[2].then(|| Conditions { running_tasks: Some(number), ..Conditions::default() }),
            monitors: some[3]
                .then(|| Monitor {
                    name: ident("power"),
                    unit: "W".parse().unwrap(),
                    readings: number,
                    minimum: value,
                    median: value,
                    maximum: value,
                })
                .into_iter()
                .collect(),
            faults: some[4]
                .then(|| Fault {
                    kind: ident(&format!("kind-{}", number % 3)),
                    text: text.clone(),
                    seconds: f64::from(number) / 1e6,
                })
                .into_iter()
                .collect(),
            disturbances: some[3].then(|| text.clone()).into_iter().collect(),
            outputs: vec![Output { file: text, bytes: number.into(), kept_bytes: some[4].then_some(0) }],
        },
    )
}

/// A record of version 2 without benchmarks, with two boots.
fn any_course() -> impl Strategy<Value = Record> {
    let order = prop_oneof![Just(Order::Planned), Just(Order::Interleaved), Just(Order::Random)];
    (any_text(), any::<[bool; 6]>(), order, any::<Option<u32>>(), any::<u64>()).prop_map(
        |(text, some, order, seed, id)| {
            let maybe = |there: bool| there.then(|| text.clone());
            let boot = |id: u64| Boot {
                id: some[0].then(|| format!("{:012x}", id & 0xffff_ffff_ffff).parse().unwrap()),
                booted: some[1].then(|| "2026-01-01T00:00:00.000Z".into()),
            };
            let tuned = Tuned {
                knob: text.clone(),
                path: maybe(some[1]),
                before: maybe(some[2]),
                during: maybe(some[3]),
                restored: some[0],
            };
            let lab = Lab { server: maybe(some[4]), job: maybe(some[5]), branch: maybe(some[0]), ..Lab::default() };
            let quarantined = Quarantined {
                benchmark: ident("bench"),
                labels: Labels::new(vec![(ident("axis-0"), text.clone())]).unwrap(),
                step: text.clone(),
                reason: text.clone(),
            };
            Record {
                interrupted: some[3],
                lab: some[2].then_some(lab),
                boots: vec![boot(id), boot(!id)],
                tuned: some[4].then_some(tuned).into_iter().collect(),
                order,
                seed,
                not_begun: some[5].then(|| ident("third-bench")).into_iter().collect(),
                quarantine: some[0].then_some(quarantined).into_iter().collect(),
                ..Record::default()
            }
        },
    )
}

/// `line` as it is copied from a screen that is `width` columns wide; a copy may lose the blanks at the ends of lines.
fn on_screen(line: &str, width: usize, trimmed: bool) -> String {
    let parts = line.as_bytes().chunks(width).map(|part| String::from_utf8_lossy(part));
    parts.map(|part| format!("{}\n", if trimmed { part.trim_end() } else { &part })).collect()
}

fn signal_lines(record: &Record) -> Vec<String> {
    lines_within(record, Budget::all(DEFAULT_BUDGET))
}

fn lines_within(record: &Record, budget: Budget) -> Vec<String> {
    record_signals(record, budget).iter().map(|signal| signal.to_line(record.id)).collect()
}

fn all_lines(record: &Record) -> Vec<String> {
    let mut lines = signal_lines(record);
    lines.extend(frames(record.id, &record.to_json(), Redundancy::default()).unwrap().iter().map(ToString::to_string));
    lines
}

fn rebuilt(bytes: &[u8]) -> Vec<Rebuilt> {
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(bytes).unwrap();
    rebuilder.finish()
}

/// One thing that happens to a capture.
#[derive(Clone, Debug)]
enum Damage {
    DeleteLine(Index),
    DoubleLine(Index),
    SwapLines(Index, Index),
    CutLine(Index, Index),
    KernelLine(Index, Index),
    DeleteBytes(Index, u8),
    Overwrite(Index, u8),
    Insert(Index, u8),
    DeleteHalf(bool),
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Damage::DeleteLine),
        at().prop_map(Damage::DoubleLine),
        (at(), at()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        (at(), at()).prop_map(|(a, b)| Damage::CutLine(a, b)),
        (at(), at()).prop_map(|(a, b)| Damage::KernelLine(a, b)),
        (at(), any::<u8>()).prop_map(|(a, count)| Damage::DeleteBytes(a, count)),
        (at(), any::<u8>()).prop_map(|(a, byte)| Damage::Overwrite(a, byte)),
        (at(), any::<u8>()).prop_map(|(a, byte)| Damage::Insert(a, byte)),
        any::<bool>().prop_map(Damage::DeleteHalf),
    ]
}

fn kernel_line(line: &[u8], at: &Index) -> Vec<u8> {
    let at = at.index(line.len() + 1);
    [&line[..at], b"[   17.204511] usb 1-1: new device <unknown> x=1\r\n", &line[at..]].concat()
}

fn damaged(lines: &[String], damages: &[Damage]) -> Vec<u8> {
    let mut bytes: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect();
    for damage in damages {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        match damage {
            Damage::DeleteLine(at) => drop(lines.remove(at.index(count))),
            Damage::DoubleLine(at) => lines.insert(at.index(count), lines[at.index(count)].clone()),
            Damage::SwapLines(a, b) => lines.swap(a.index(count), b.index(count)),
            Damage::CutLine(at, length) => {
                let line = &mut lines[at.index(count)];
                line.truncate(length.index(line.len()));
            }
            Damage::KernelLine(at, column) => lines[at.index(count)] = kernel_line(&lines[at.index(count)], column),
            Damage::DeleteHalf(first) => drop(if *first { lines.drain(..count / 2) } else { lines.drain(count / 2..) }),
            Damage::DeleteBytes(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + usize::from(*length)).min(bytes.len()));
                continue;
            }
            Damage::Overwrite(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
                continue;
            }
            Damage::Insert(at, byte) => {
                bytes.insert(at.index(bytes.len()), *byte);
                continue;
            }
        }
        bytes = lines.concat();
    }
    bytes
}

type Values = BTreeMap<(Ident, u32, Labels, Ident, Labels, usize, usize), Value>;

/// Every value, under all that tells it from others.
fn values(record: &Record) -> Values {
    let mut values = Values::new();
    for benchmark in &record.benchmarks {
        for case in &benchmark.cases {
            for series in &case.series {
                for (iteration, samples) in series.samples.iter().enumerate() {
                    for (number, value) in samples.iter().enumerate() {
                        let place = (
                            benchmark.name.clone(),
                            benchmark.run,
                            case.labels.clone(),
                            series.metric.clone(),
                            series.labels.clone(),
                            iteration,
                            number,
                        );
                        values.extend(value.map(|value| (place, value)));
                    }
                }
            }
        }
    }
    values
}

/// Whether `rebuilt` says nothing that `record` does not say, and names what it lacks.
fn honest(record: &Record, rebuilt: &Record) -> Result<(), TestCaseError> {
    if rebuilt.losses.is_empty() {
        prop_assert_eq!(record, rebuilt);
        return Ok(());
    }
    let (original, found) = (values(record), values(rebuilt));
    for (place, value) in &found {
        prop_assert_eq!(original.get(place).map(|v| v.get().to_bits()), Some(value.get().to_bits()), "{:?}", place);
    }
    let lost = |what: &str| rebuilt.losses.iter().any(|loss| loss.what == what);
    prop_assert!(lost("document"));
    for benchmark in &rebuilt.benchmarks {
        let title = if benchmark.run == 1 {
            benchmark.name.to_string()
        } else {
            format!("{} (run {})", benchmark.name, benchmark.run)
        };
        let same = |other: &&Benchmark| other.name == benchmark.name && other.run == benchmark.run;
        let source = record.benchmarks.iter().find(same).expect("no benchmark is invented");
        let count = |values: &Values| {
            values.keys().filter(|place| (&place.0, place.1) == (&benchmark.name, benchmark.run)).count()
        };
        prop_assert!(count(&found) == count(&original) || lost(&title), "{} lacks values in silence", title);
        for (name, value) in &benchmark.parameters {
            prop_assert_eq!(source.parameters.get(name), Some(value));
        }
        // Lines that changed places change the order, and nothing else.
        let metrics = benchmark.metrics.len() == source.metrics.len()
            && benchmark.metrics.iter().all(|m| source.metrics.contains(m));
        let complete = benchmark.parameters == source.parameters && metrics && benchmark.tool == source.tool;
        prop_assert!(complete || lost(&title), "{} lacks parts in silence", title);
        for metric in &benchmark.metrics {
            let known = source.metrics.contains(metric) || lost(&format!("{}._metric {}", benchmark.name, metric.name));
            prop_assert!(known, "{:?}", metric);
        }
        for case in &benchmark.cases {
            let source = source.cases.iter().find(|other| other.labels == case.labels).expect("no case is invented");
            let known = source.result == case.result || lost(&format!("{title}._case {}", case.labels));
            prop_assert!(known, "{:?} {:?}", case.labels, case.result);
            prop_assert!(case.valid == source.valid || lost(&title));
        }
    }
    Ok(())
}

/// `record` as LAVA's database keeps it.
fn database(record: &Record, budget: usize) -> Vec<DatabaseResult> {
    let result = |signal: &lava_bench::signal::Signal| DatabaseResult {
        name: signal.name.to_string(),
        result: signal.result.as_str().into(),
        measurement: signal.measurement.as_ref().map(|(value, _)| value.to_database()),
        units: signal.measurement.as_ref().map(|(_, unit)| unit.as_str().into()),
    };
    record_signals(record, budget).iter().map(result).collect()
}

fn rebuilt_with(bytes: &[u8], results: Vec<DatabaseResult>) -> Vec<Rebuilt> {
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(bytes).unwrap();
    results.into_iter().for_each(|result| rebuilder.result(result).unwrap());
    rebuilder.finish()
}

/// Whether every value of `rebuilt` is that of `record`, or rounded and said to be.
fn rounded(record: &Record, rebuilt: &Record) -> Result<(), TestCaseError> {
    let original = values(record);
    for (place, value) in values(rebuilt) {
        let source = original.get(&place).copied();
        prop_assert_eq!(source.map(Value::to_database), Some(value.to_database()), "{:?}", place);
        if source.map(|source| source.get().to_bits()) != Some(value.get().to_bits()) {
            let said = rebuilt.losses.iter().any(|loss| {
                loss.reason.contains("rounded to 10 decimals")
                    && (loss.what.contains(&format!(".{}", place.3)) && loss.what.starts_with(&format!("{}.", place.0)))
            });
            prop_assert!(said, "{:?}", place);
        }
    }
    Ok(())
}

/// `benchmarks` with 1 for each value.
fn structure(benchmarks: &[Benchmark]) -> Vec<Benchmark> {
    let mut benchmarks = benchmarks.to_vec();
    let series = benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases).flat_map(|case| &mut case.series);
    series
        .flat_map(|series| series.samples.iter_mut().flatten())
        .for_each(|value| *value = value.map(|_| Value::from(1)));
    benchmarks
}

/// What signals alone can tell of `record`.
fn told_by_signals(record: &Record) -> Vec<Benchmark> {
    let mut benchmarks = record.benchmarks.clone();
    for benchmark in &mut benchmarks {
        for case in std::mem::take(&mut benchmark.cases) {
            // Those of primary metrics are told first.
            let series = benchmark.primary_first(&case).into_iter().cloned().collect();
            let Case { labels, result, valid, .. } = case;
            benchmark.cases.push(Case { labels, result, valid, series, ..Case::default() });
        }
    }
    benchmarks
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn round_trip(record in any_record()) {
        let text = all_lines(&record).join("\n");
        let rebuilt = rebuilt(text.as_bytes());
        prop_assert_eq!(rebuilt.len(), 1);
        prop_assert_eq!(&rebuilt[0].json, &record.to_json());
        prop_assert_eq!(&rebuilt[0].record, &record);
    }

    #[test]
    fn signals_alone_give_structure_and_values(record in any_record()) {
        let rebuilt = rebuilt(signal_lines(&record).join("\n").as_bytes());
        prop_assert_eq!(rebuilt.len(), 1);
        let lost = rebuilt[0].record.losses.iter().map(|loss| loss.what.as_str());
        let (faults, lost): (Vec<&str>, Vec<&str>) = lost.partition(|what| what.contains("._kernel-"));
        prop_assert_eq!(lost, vec!["document"]);
        // What the kernel said of faults is not told.
        let told = record_signals(&record, DEFAULT_BUDGET).into_iter().map(|signal| signal.name.to_string());
        prop_assert_eq!(faults, told.filter(|name| name.contains("._kernel-")).collect::<Vec<_>>());
        prop_assert_eq!(&rebuilt[0].record.benchmarks, &told_by_signals(&record));
        prop_assert_eq!(rebuilt[0].record.schema, record.schema);
    }

    #[test]
    fn raised_and_lowered(record in any_record()) {
        let read = |record: &Record| Record::from_json(record.to_json().as_bytes()).unwrap();
        let raised = record.clone().raised();
        prop_assert_eq!(&read(&raised), &raised);
        let (lowered, lost) = raised.lowered();
        prop_assert_eq!((&read(&lowered), lowered.schema), (&lowered, Schema::V1));
        prop_assert_eq!(values(&lowered), values(&record));
        if record.schema == Schema::V1 {
            prop_assert_eq!((lowered.to_json(), lost), (record.to_json(), Vec::new()));
        } else if lost.is_empty() {
            // What is not named is there: the times, and each disturbance with its execution's name.
            let benchmarks = |record: &Record| record.benchmarks.iter().map(|one| one.metrics.clone()).collect::<Vec<_>>();
            prop_assert_eq!(benchmarks(&lowered), benchmarks(&record));
            let executions = |record: &Record| -> usize {
                record.benchmarks.iter().flat_map(|one| &one.cases).map(|case| case.executions.len()).sum()
            };
            prop_assert_eq!(executions(&lowered), executions(&record));
        }
    }

    #[test]
    fn primary_metrics_alone(record in any_record(), lost in vec(any::<Index>(), 0..3)) {
        let mut lines = lines_within(&record, Budget::primary(DEFAULT_BUDGET));
        lost.iter().take(lines.len() - 1).for_each(|at| drop(lines.remove(at.index(lines.len()))));
        for rebuilt in rebuilt(lines.join("\n").as_bytes()) {
            let told = rebuilt.record.benchmarks.iter().flat_map(|benchmark| {
                let source = record.benchmarks.iter().find(|source| (&source.name, source.run) == (&benchmark.name, benchmark.run));
                let quoted = source.unwrap().primary().into_iter().cloned().collect::<BTreeSet<Ident>>();
                benchmark.metrics.iter().map(move |metric| quoted.contains(&metric.name))
            });
            prop_assert!(told.into_iter().all(|quoted| quoted));
            honest(&record, &rebuilt.record)?;
        }
    }

    #[test]
    fn damage(record in any_record(), damages in vec(any_damage(), 1..12), with_frames in any::<bool>()) {
        let lines = if with_frames { all_lines(&record) } else { signal_lines(&record) };
        for rebuilt in rebuilt(&damaged(&lines, &damages)) {
            prop_assert_eq!(rebuilt.record.id, record.id);
            rebuilt.record.check().unwrap();
            honest(&record, &rebuilt.record)?;
        }
    }

    #[test]
    fn a_database_alone_gives_structure_and_values_to_10_decimals(record in any_record(), budget in 0..30_usize) {
        for budget in [DEFAULT_BUDGET, budget] {
            let rebuilt = rebuilt_with(&[], database(&record, budget));
            prop_assert_eq!(rebuilt.len(), 1);
            let samples = &rebuilt[0].explanation.samples;
            prop_assert_eq!((samples.exact, samples.unproved), (0, 0));
            let rebuilt = &rebuilt[0].record;
            rebuilt.check().unwrap();
            prop_assert!(rebuilt.losses[..2].iter().map(|loss| loss.what.as_str()).eq(["document", "id"]));
            rounded(&record, rebuilt)?;
            if budget == DEFAULT_BUDGET {
                prop_assert_eq!(&structure(&rebuilt.benchmarks), &structure(&told_by_signals(&record)));
                prop_assert_eq!(values(&record).len(), samples.rounded);
            }
        }
    }

    #[test]
    fn a_database_fills_what_a_log_lost(record in any_record(), lost in vec(any::<Index>(), 1..20), damages in vec(any_damage(), 0..3)) {
        let mut lines = signal_lines(&record);
        for at in lost {
            // The checksums vouch for the database: they stay.
            let at = at.index(lines.len());
            if !lines[at].contains("._crc32") {
                lines.remove(at);
            }
        }
        let log = lines.join("\r\n");
        let whole = rebuilt_with(log.as_bytes(), database(&record, DEFAULT_BUDGET));
        prop_assert_eq!(whole.len(), 1);
        prop_assert_eq!(whole[0].record.id, record.id);
        prop_assert_eq!((whole[0].explanation.samples.unproved, whole[0].explanation.samples.lost), (0, 0));
        rounded(&record, &whole[0].record)?;
        prop_assert_eq!(values(&whole[0].record).len(), values(&record).len());
        // With the log damaged in any way, and a database that lost as much.
        let lines = signal_lines(&record);
        let mut results = database(&record, DEFAULT_BUDGET);
        results.retain(|result| log.contains(&format!("={} ", result.name)));
        for rebuilt in rebuilt_with(&damaged(&lines, &damages), results) {
            rebuilt.record.check().unwrap();
            rounded(&record, &rebuilt.record)?;
        }
    }

    #[test]
    fn a_foreign_database_changes_nothing(record in any_record(), lost in vec(any::<Index>(), 1..20), change in 0.0..1e6_f64) {
        let mut lines = signal_lines(&record);
        for at in lost.iter().take(lines.len() - 1) {
            lines.remove(at.index(lines.len()));
        }
        // Another run of the same benchmarks: every value is another.
        let mut other = record.clone();
        let series = other.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases).flat_map(|case| &mut case.series);
        for value in series.flat_map(|series| series.samples.iter_mut().flatten()) {
            let number = value.unwrap().get();
            *value = Value::try_from(if (number - change).abs() < 1.0 { change + 2.0 } else { change }).ok();
        }
        // What the log lost may be told by the database where the checksum proves it: a metric's direction, but no value.
        let both = rebuilt_with(lines.join("\n").as_bytes(), database(&other, DEFAULT_BUDGET));
        prop_assert_eq!(both[0].record.id, record.id);
        let original = values(&record);
        for (place, value) in values(&both[0].record) {
            prop_assert_eq!(original.get(&place).map(|value| value.get().to_bits()), Some(value.get().to_bits()), "{:?}", place);
        }
    }

    #[test]
    fn a_screen_that_breaks_lines_loses_nothing(record in any_record(), width in 24..220_usize, trimmed in any::<bool>()) {
        for lines in [all_lines(&record), signal_lines(&record)] {
            let broken: String = lines.iter().map(|line| on_screen(line, width, trimmed)).collect();
            let (whole, broken) = (rebuilt(lines.join("\n").as_bytes()), rebuilt(broken.as_bytes()));
            let json = |all: &[Rebuilt]| all.iter().map(|one| one.json.clone()).collect::<Vec<_>>();
            prop_assert_eq!(json(&broken), json(&whole));
        }
    }

    #[test]
    fn kernel_lines_inside_of_lines_lose_nothing(record in any_record(), columns in vec(any::<Index>(), 1..8)) {
        let lines = all_lines(&record).into_iter().enumerate();
        let bytes: Vec<u8> = lines
            .flat_map(|(number, line)| kernel_line(&[line.as_bytes(), b"\r\n"].concat(), &columns[number % columns.len()]))
            .collect();
        let rebuilt = rebuilt(&bytes);
        prop_assert_eq!(rebuilt.len(), 1);
        prop_assert_eq!(&rebuilt[0].record, &record);
    }
}

proptest! {
    // An erasure code's decoding takes a millisecond.
    #![proptest_config(ProptestConfig { cases: 1_000, ..config() })]

    #[test]
    fn any_frames_that_are_enough_give_the_record_back(
        record in any_record(), percent in 0..=100_u32, keys in vec(any::<u64>(), 200), others in any_record(),
    ) {
        let lines = |record: &Record, percent| -> Vec<String> {
            let redundancy = Redundancy::percent(percent).unwrap();
            frames(record.id, &record.to_json(), redundancy).unwrap().iter().map(ToString::to_string).collect()
        };
        let (needed, mut kept) = (lines(&record, 0).len(), lines(&record, percent));
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by_key(|at| keys[at % keys.len()]);
        kept = order.into_iter().take(needed).map(|at| kept[at].clone()).collect();
        // Another record's frames, all of them or too few, among them.
        let other = lines(&others, 0);
        let fewer = if keys[0] % 2 == 0 { other.len() } else { other.len() - 1 };
        kept.extend(other.into_iter().take(fewer));
        kept.sort();
        let rebuilt = rebuilt(kept.join("\r\n").as_bytes());
        if record.id != others.id {
            prop_assert_eq!(&rebuilt.iter().find(|rebuilt| rebuilt.record.id == record.id).unwrap().json, &record.to_json());
        }
    }
}
