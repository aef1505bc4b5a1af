use super::*;
use crate::record::Record;

/// A record in one line of JSON: its id, its boot, its cases.
fn record(id: &str, boot: &str, cases: &str) -> Record {
    let boots = if boot.is_empty() { String::new() } else { format!(r#""boots":[{{"id":"{boot}"}}],"#) };
    let json = format!(
        r#"{{"schema":"lava-bench-record/2","id":"{id}","started":"2026-11-24T02:28:25Z",{boots}"benchmarks":[{{"name":"b",
           "parameters":{{"N":"4"}},"metrics":[{{"name":"t","unit":"s","better":"lower","primary":true}}],"cases":[{cases}]}}]}}"#
    );
    Record::from_json(json.as_bytes()).unwrap()
}

fn case(samples: &str) -> String {
    format!(r#"{{"result":"pass","valid":true,"series":[{{"metric":"t","samples":{samples}}}]}}"#)
}

fn values(records: &[Record], with_disturbed: bool) -> Vec<f64> {
    let all = collect(records, with_disturbed);
    assert!(all.series.len() < 2);
    all.series.values().flat_map(|series| series.points.iter().map(|point| point.value)).collect()
}

#[test]
fn a_boot_is_the_median_of_its_samples_over_all_its_records() {
    let one = record("0a1b2c3d", "3f9a0c7d12be", &case("[[1.0],[2.0],[3.0]]"));
    let two = record("0a1b2c3e", "3f9a0c7d12be", &case("[[10.0],[11.0]]"));
    let other = record("0a1b2c3f", "000000000000", &case("[[5.0]]"));
    assert_eq!(values(&[one.clone(), two.clone(), other.clone()], false), [3.0, 5.0]);
    let all = collect(&[one.clone(), two, other], false);
    assert_eq!((all.boots.len(), all.boots[0].iterations), (2, (5, 0)));
    // Given twice it counts once; another record with the same id is another one.
    let twice = collect(&[one.clone(), one.clone()], false);
    assert_eq!((twice.boots[0].iterations, twice.notes.len()), ((3, 0), 1));
}

#[test]
fn a_condensed_record_has_the_same_boots() {
    let text = include_str!("../../docs/example-record.json");
    let mut records = vec![Record::from_json(text.trim_end().as_bytes()).unwrap()];
    let more = r#"{"result":"pass","valid":true,"reasons":["a","b"],"stopped":"known","command":["x"],"executions":[
        {"iteration":0,"elapsed_seconds":1.0,"exit":{"code":3},"faults":[{"kind":"oom-kill","text":"t","seconds":1.0}]},
        {"iteration":1,"elapsed_seconds":1.0,"exit":{"code":0},"disturbances":["a","b"]}],
        "series":[{"metric":"t","samples":[[1.0],[2.0]]}]}"#;
    records.push(record("0a1b2c3f", "00000000000a", more));
    records.push(record("0a1b2c3e", "", &case("[[1.0],[2.0],[3.0]]")));
    let small: Vec<Record> = records.iter().cloned().map(condensed).collect();
    assert!(small[1].to_json().len() < records[1].to_json().len());
    for with_disturbed in [false, true] {
        let (all, of_small) = (collect(&records, with_disturbed), collect(&small, with_disturbed));
        assert_eq!(all, of_small);
        assert_eq!(all.only(|_| true), all);
        let one = all.only(|boot| boot.faults > 0);
        assert_eq!((one.boots.len(), one.series.len(), one.cases.len()), (1, 1, 1));
    }
}

#[test]
fn records_without_a_boots_id_are_boots_of_their_own() {
    let records = [record("0a1b2c3d", "", &case("[[1.0]]")), record("0a1b2c3e", "", &case("[[2.0]]"))];
    assert_eq!(values(&records, false), [1.0, 2.0]);
}

#[test]
fn iterations_in_which_the_machine_was_disturbed_do_not_count() {
    let disturbed = r#"{"result":"pass","valid":false,"executions":[
        {"iteration":0,"elapsed_seconds":1.0,"exit":{"code":0}},
        {"iteration":1,"elapsed_seconds":1.0,"exit":{"code":0},"disturbances":["throttled"]}],
        "series":[{"metric":"t","samples":[[1.0],[9.0]]}]}"#;
    let records = [record("0a1b2c3d", "3f9a0c7d12be", disturbed)];
    assert_eq!(values(&records, false), [1.0]);
    assert_eq!(values(&records, true), [5.0]);
    assert_eq!(collect(&records, false).boots[0].iterations, (1, 1));
    // A record of signals alone says of the whole case that it is not valid.
    let unexplained = r#"{"result":"pass","valid":false,"series":[{"metric":"t","samples":[[1.0]]}]}"#;
    let records = [record("0a1b2c3d", "3f9a0c7d12be", unexplained)];
    assert_eq!(values(&records, false), [0.0; 0]);
    assert_eq!(values(&records, true), [1.0]);
}

#[test]
fn what_a_failed_case_measured_does_not_count() {
    let failed = r#"{"result":"fail","reasons":["exit status 1"],"series":[{"metric":"t","samples":[[1.0]]}]}"#;
    let records = [record("0a1b2c3d", "3f9a0c7d12be", failed)];
    assert_eq!(values(&records, false), [0.0; 0]);
    let all = collect(&records, false);
    let outcome = &all.cases.values().next().unwrap()[0];
    assert_eq!((outcome.result, outcome.reason.as_deref()), (Verdict::Fail, Some("exit status 1")));
}

#[test]
fn iterations_belong_to_the_boot_that_they_ran_in() {
    let json = r#"{"schema":"lava-bench-record/2","id":"0a1b2c3d","boots":[{"id":"3f9a0c7d12be"},{"id":"3f9a0c7d12bf"}],
        "benchmarks":[{"name":"b","parameters":{},"metrics":[{"name":"t","unit":"s","better":"lower"}],"cases":[{"result":"pass",
        "executions":[{"iteration":0,"elapsed_seconds":1.0,"exit":{"code":0}},
        {"iteration":1,"boot":1,"elapsed_seconds":1.0,"exit":{"code":0}}],
        "series":[{"metric":"t","samples":[[1.0],[9.0]]}]}]}]}"#;
    assert_eq!(values(&[Record::from_json(json.as_bytes()).unwrap()], false), [1.0, 9.0]);
}

#[test]
fn a_clock_that_was_never_set_tells_no_time() {
    let mut one = record("0a1b2c3d", "3f9a0c7d12be", &case("[[1.0]]"));
    assert!(collect(&[one.clone()], false).boots[0].started.is_some());
    one.started = Some("1970-01-01T00:02:00Z".into());
    assert_eq!(collect(&[one], false).boots[0].started, None);
}
