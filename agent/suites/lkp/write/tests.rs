use super::*;
use crate::{
    definition::Store,
    record::{Benchmark, Board, Case, Labels, Machine, RecordId, Series, Value, Verdict},
    suites::lkp::{record::to_record, root},
};

/// A record of a definition of ours, whose first case has one sample a metric.
fn native(name: &str, samples: &[(&str, &[f64])]) -> Record {
    let definition = Store::embedded().load(name).unwrap();
    let series = |(metric, values): &(&str, &[f64])| Series {
        metric: metric.parse().unwrap(),
        labels: Labels::default(),
        samples: values.iter().map(|value| vec![Some(Value::try_from(*value).unwrap())]).collect(),
    };
    let case = Case {
        labels: Labels::new(vec![("threads".parse().unwrap(), "4".into())]).unwrap(),
        result: Verdict::Pass,
        series: samples.iter().map(series).collect(),
        ..Case::default()
    };
    let benchmark = Benchmark {
        name: definition.name.clone(),
        run: 1,
        tool: None,
        parameters: BTreeMap::new(),
        metrics: definition.metrics.iter().map(|spec| spec.metric.clone()).collect(),
        cases: vec![case],
    };
    let machine = Machine { board: Board { model: Some("board/7".into()), ..Board::default() }, ..Machine::default() };
    Record {
        id: RecordId(1),
        label: Some("v6.1".into()),
        machine: Some(machine),
        benchmarks: vec![benchmark],
        ..Record::default()
    }
}

#[test]
fn our_metrics_have_lkps_names_and_units_and_a_zero_is_said() {
    let record = native(
        "sysbench-cpu",
        &[("events", &[10.0, 20.0]), ("latency-mean", &[0.5, 0.7]), ("thread-time-stddev", &[0.0])],
    );
    let (all, left) = runs(&record, names());
    let [run] = all.as_slice() else { panic!("one run") };
    assert_eq!(
        run.stats,
        [("sysbench-cpu.workload".to_string(), 30.0), ("sysbench-cpu.latency_ms.avg".to_string(), 0.6)]
    );
    assert_eq!(run.facts["testcase"], "mytest");
    assert_eq!(run.parameters["mytest"], "sysbench-cpu-threads-4");
    assert_eq!(left, ["sysbench-cpu.runtime/thread.stddev: it is 0, which lkp has no number for"]);
    let record = native("fio", &[("read-bandwidth", &[65.430_251]), ("read-latency-p99", &[2.5])]);
    assert_eq!(
        runs(&record, names()).0[0].stats,
        [("fio.read_bw_MBps".to_string(), 62.3984375), ("fio.read_clat_99%_ns".to_string(), 2500.0)]
    );
}

#[test]
fn labels_of_the_case_and_of_its_tests_stand_in_lkps_names() {
    let labels = |pairs: &[(&str, &str)]| {
        Labels::new(pairs.iter().map(|(key, value)| (key.parse().unwrap(), (*value).into())).collect()).unwrap()
    };
    let mut record = native("aim9", &[("operations", &[17.5])]);
    record.benchmarks[0].cases[0].labels = labels(&[("test", "page_test")]);
    assert_eq!(runs(&record, names()).0[0].stats, [("aim9.page_test.ops_per_sec".to_string(), 17.5)]);
    // lkp has no such name.
    let mut record = native("sockperf", &[("messages-per-second", &[5.0])]);
    record.benchmarks[0].cases[0].labels = labels(&[("mode", "under-load"), ("protocol", "udp")]);
    assert_eq!(runs(&record, names()).0[0].stats, [("sockperf.messages_per_second".to_string(), 5.0)]);
    let mut record = native("blktests", &[]);
    let case = &mut record.benchmarks[0].cases[0];
    case.labels = labels(&[("tests", "meta")]);
    case.executions.push(crate::record::Execution::default());
    let of = |pairs: &[(&str, &str)], result| Case { labels: labels(pairs), result, ..Case::default() };
    let group = [("tests", "meta"), ("group", "meta")];
    let of = |more: &[(&str, &str)], result| of(&[&group[..], more].concat(), result);
    record.benchmarks[0].cases.extend([
        of(&[("test", "001")], Verdict::Pass),
        of(&[("test", "018"), ("condition", "x=0 y=1")], Verdict::Fail),
        of(&[("test", "019")], Verdict::Unknown),
    ]);
    let written = &runs(&record, names()).0[0].stats;
    let named: Vec<&str> =
        written.iter().map(|(name, _)| name.as_str()).filter(|name| !name.contains("time.")).collect();
    assert_eq!(named, ["blktests.meta/001.pass", "blktests.meta/018.x=0_y=1.fail", "blktests.meta.019.unknown"]);
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::TempDir::new().unwrap();
    let first = folder.path().join("first");
    let source = native("sysbench-cpu", &[("events", &[10.0]), ("events-per-second", &[99.5])]);
    write(&[source.clone(), Record { id: RecordId(2), ..source }], &first).unwrap();
    assert!(write(&[Record::default()], &folder.path().join("none")).is_err());
    let roots = root::read_all(&first, names()).unwrap();
    assert_eq!(roots.len(), 2);
    assert!(roots[0].folder.with_file_name("matrix.json").is_file());
    let record = to_record(&roots[0], names(), RecordId(3));
    record.check().unwrap();
    assert_eq!(record.losses, []);
    assert_eq!((record.label.as_deref(), record.benchmarks[0].name.as_str()), (Some("v6.1"), "lkp-sysbench-cpu"));
    // Once it is lkp's, it stays as it is.
    let second = folder.path().join("second");
    write(&[record], &second).unwrap();
    let again = root::read_all(&second, names()).unwrap();
    assert_eq!(again[0].stats, roots[0].stats);
    assert!(write(&[Record::default()], &second).is_err());
}
