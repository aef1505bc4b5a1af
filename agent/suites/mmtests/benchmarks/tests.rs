//! All files are read, and what they name is there.

use super::*;
use crate::{
    definition::{Definition, Store},
    record::{Better, Value},
};

#[test]
fn every_file_is_read_and_every_pattern_is_one() {
    for benchmark in store::all() {
        let rules = benchmark.reports.iter().flat_map(|report| &report.rules);
        for rule in rules {
            let Rule { after, until, columns, heading, complete, define, .. } = rule;
            let optional = [after, until, columns, heading, complete, define];
            // To ask for the groups' names compiles a pattern.
            let names =
                std::iter::once(&rule.logs).chain(optional.into_iter().flatten()).map(|pattern| pattern.names());
            assert!(names.map(Iterator::count).sum::<usize>() < 20, "{}: {:?}", benchmark.name, rule.logs);
            for line in &rule.lines {
                let valued = line.pattern.value.or(line.pattern.columns).is_some() || line.value.is_some();
                assert!(valued || line.take == Take::Nothing, "{}: {:?}", benchmark.name, line.pattern);
            }
        }
        let own = benchmark.report(None);
        let presented = own.is_some_and(|report| report.presentation.is_some());
        assert_eq!(presented, !benchmark.reports.is_empty(), "{}: its own report is not presented", benchmark.name);
        let modules = benchmark.reports.iter().flat_map(|report| &report.modules);
        for module in modules {
            let (name, of) = (&benchmark.name, &module.benchmark);
            assert!(
                of.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
                "{of}"
            );
            assert_ne!(module.version, Version::Head, "{name}: it has no modules");
        }
        for equivalent in &benchmark.definitions {
            let variant = |of: &String| of_name(of).any(|one| one.name == benchmark.name);
            assert!(equivalent.benchmarks.iter().all(variant), "{}: {:?}", benchmark.name, equivalent.benchmarks);
        }
    }
    assert!(with_rules().count() > 60);
}

#[test]
fn a_file_that_is_wrong_is_named() {
    for (text, error) in [
        ("report: []", "benchmarks/x.yaml: unknown field `report`"),
        ("reports: [{rules: [{logs: a, lines: [{match: b, metric: c, sampel: d}]}]}]", "unknown field `sampel`"),
        ("reports: [{rules: [{logs: a, shared: b}]}]", "benchmarks/x.yaml: `shared: b` is not in shared.yaml"),
        ("reports: [{rules: [{logs: a}]}]", "benchmarks/x.yaml: a rule for `a` has no lines"),
        ("reports: [{modules: [{version: 2021-11, name: X}]}]", "module X needs one of `better` and `data`"),
        ("definitions: [{benchmarks: [x]}]", "definitions need one of `definition` and `without`"),
        (
            "results: [{definition: a, benchmark: b, chosen_by: [c]}]",
            "results of a have a `benchmark` or a `chosen_by`",
        ),
        (
            "reports: [{presentation: {summary: Multiops, better: up, decimals: 2, metrics: []}}]",
            "benchmarks/x.yaml: reports[0].presentation.better: unknown variant `up`",
        ),
    ] {
        let said = Benchmark::parse("x", text).map(drop).unwrap_err().to_string();
        assert!(said.contains(error), "{text}: {said}");
    }
}

#[test]
fn variants_are_those_of_their_benchmark() {
    let name = |benchmark: &str| of_name(benchmark).next().map(|one| one.name.as_str());
    assert_eq!(name("hackbench-process-pipes"), Some("hackbench"));
    assert_eq!(name("redis-memtier"), Some("redis-memtier"));
    assert_eq!(presentation("fio", Some("latency")).map(|known| known.decimals), Some(4));
    assert!(presentation("nothing-such", None).is_none());
    let rules_of = |name, alternative| rules(name, alternative, Version::Head).len();
    assert_eq!(rules_of("hackbench-process-pipes", None), 2);
    assert_eq!(rules_of("fio", Some("latency")), 1);
    assert_eq!(rules_of("nothing-such", None), 0);
    assert_eq!(rules_of("dbench4", Some("tput")), 0);
    let older = rules("dbench4", Some("tput"), Version::Classic202601);
    assert!(older[0].classic.as_ref().is_some_and(|module| module.module == "ExtractDbench4tput"));
}

#[test]
fn modules_read_variants_where_they_say_so() {
    let name = |benchmark: &str, alternative| {
        module(Version::Classic202601, benchmark, alternative).map(|module| module.name.as_str())
    };
    assert_eq!(name("wis-pread", None), Some("Wiscommon"));
    assert_eq!(name("futexbench-requeue-pi", None), Some("Futexbenchrequeuepi"));
    assert_eq!(name("fio", Some("latency")), Some("Fiolatency"));
    // What a module of the other version wrote.
    assert_eq!(name("fiolatency", None), Some("Fiolatency"));
    assert_eq!(name("sysbench-cpu-lower", None), None);
}

#[test]
fn throughputs_are_higher_better_whatever_mmtests_says() {
    for (benchmark, operation) in
        [("sysbenchcpu", "events/sec-1"), ("schbench", "RPS-50.0th-1"), ("stressng", "bops-x-1")]
    {
        let known = presentation(benchmark, None).unwrap();
        assert_eq!(known.metric(operation).map(|metric| metric.better), Some(Better::Higher), "{benchmark}");
        assert_eq!(known.direction, Direction::Lower, "{benchmark}");
    }
}

#[test]
fn definitions_and_parameters_are_there() {
    for equivalent in store::all().flat_map(|one| &one.definitions) {
        assert_ne!(equivalent.definition.is_some(), equivalent.without.is_some(), "{:?}", equivalent.benchmarks);
        let Some(name) = &equivalent.definition else { continue };
        let definition = Store::embedded().load(name).unwrap_or_else(|error| panic!("{error}"));
        let own = equivalent.choice.values().flat_map(BTreeMap::keys);
        for name in equivalent.parameters.iter().map(|parameter| &parameter.name).chain(own) {
            assert!(definition.parameter(name).is_some(), "{}: {name}", definition.name);
        }
        for (benchmark, choice) in &equivalent.choice {
            assert!(equivalent.benchmarks.contains(benchmark), "{benchmark}");
            for (name, values) in choice {
                let parameter = definition.parameter(name).expect("it is there");
                assert!(parameter.values(values, 4).is_ok(), "{benchmark}: {name}");
            }
        }
    }
}

/// The label's key as a value, if a case or a series of the metric has the label.
fn labels(definition: &Definition, metric: Option<&str>, key: &str) -> Option<&'static str> {
    let of_case = definition.matrix.iter().any(|axis| axis.label.as_str() == key);
    let spec = metric.and_then(|name| definition.metrics.iter().find(|spec| spec.metric.name.as_str() == name));
    let of_series = spec.is_some_and(|spec| spec.metric.labels.iter().any(|label| label.as_str() == key));
    (of_case || of_series).then_some("1")
}

#[test]
fn metrics_and_labels_of_results_are_there() {
    for results in store::all().flat_map(|one| &one.results) {
        let definition = Store::embedded().load(&results.definition).unwrap_or_else(|error| panic!("{error}"));
        let name = &results.definition;
        assert_ne!(results.benchmark.is_some(), !results.chosen_by.is_empty(), "{name}");
        let of_case = |key: &str| labels(&definition, None, key);
        if let Some(benchmark) = &results.benchmark {
            let filled = result_names::fill(benchmark, &of_case).unwrap_or_else(|| panic!("{name}: {benchmark}"));
            assert!(presentation(&filled, None).is_some(), "{name}: MMTests has no {benchmark}");
        }
        let is_there = |key: &String| of_case(key).is_some() || definition.parameter(key).is_some();
        assert!(results.chosen_by.iter().all(is_there), "{name}");
        for operation in &results.operations {
            let metric = &operation.metric;
            assert!(definition.metrics.iter().any(|spec| spec.metric.name.as_str() == metric), "{name}: {metric}");
            let of_series = |key: &str| labels(&definition, Some(metric), key);
            assert!(result_names::fill(&operation.name, &of_series).is_some(), "{name}: {}", operation.name);
            assert!(operation.label.iter().all(|(key, _)| of_series(key).is_some()), "{name}: {metric}");
        }
        let Some(log) = &results.log else { continue };
        let of_execution = |key: &str| if key == "iteration" { Some("1") } else { of_case(key) };
        assert!(log.name(&of_execution).or(log.time(&of_execution)).is_some(), "{name}: {log:?}");
    }
}

#[test]
fn values_have_mmtests_unit() {
    let label = |key: &str| ["groups", "tasks", "ipc"].contains(&key).then_some("1");
    let messaging = result_names("perf-bench-sched-messaging").and_then(|known| known.operation("total-time", &label));
    let messaging = messaging.expect("one");
    assert_eq!(messaging.name, "time-1");
    for (milliseconds, seconds) in [(23.0, 0.023), (71.0, 0.071), (1229.0, 1.229), (0.1, 0.0001)] {
        assert_eq!(messaging.of(&[Value::try_from(milliseconds).ok()]), [Some(seconds)]);
    }
    assert_eq!(result_names::Precision::TwoDecimals.round(1053.539), 1053.54);
    assert_eq!(result_names::Precision::SixDigits.round(123.45678), 123.457);
    assert_eq!(result_names::Precision::SixDigits.round(1234567.0), 1234567.0);
    assert_eq!([0.29, 0.299, 12.0].map(|time| result_names::Precision::Hundredths.round(time)), [0.29, 0.29, 12.0]);
    assert_eq!([59.999, 3600.5].map(|time| result_names::Precision::Clock.round(time)), [59.99, 3600.0]);
}

#[test]
fn benchmarks_are_chosen_by_labels() {
    let named =
        |definition: &str, label: &dyn Fn(&str) -> Option<&'static str>| result_names(definition)?.benchmark(label);
    let messaging = |key: &str| match key {
        "tasks" => Some("thread"),
        "ipc" => Some("pipes"),
        _ => None,
    };
    assert_eq!(named("perf-bench-sched-messaging", &messaging).as_deref(), Some("hackbench-thread-pipes"));
    let test = |value: &'static str| move |key: &str| (key == "test").then_some(value);
    assert_eq!(named("will-it-scale", &test("pread2")).as_deref(), Some("wis-pread"));
    assert_eq!(named("will-it-scale", &test("dup1")), None);
    let netperf = |key: &str| match key {
        "test" => Some("UDP_RR"),
        "SERVER" => Some("::1"),
        _ => None,
    };
    assert_eq!(named("netperf", &netperf).as_deref(), Some("netperf-ipv6-udp-rr"));
    assert_eq!(named("netperf", &test("UDP_RR")), None, "the server decides, too");
    assert_eq!(named("libmicro", &test("exec_10")).as_deref(), Some("libmicro-execsystem"));
    assert!(result_names("primes").is_none());
}
