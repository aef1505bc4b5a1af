use super::*;
use crate::{boots::collect, record::Record};
use serde_json::{Value, json};

/// A boot: values of one metric `t` in seconds, of one case.
fn boot(number: u32, values: &[f64]) -> Value {
    let samples: Vec<[f64; 1]> = values.iter().map(|value| [*value]).collect();
    json!({
        "schema": "lava-bench-record/2", "id": format!("{number:08x}"), "started": "2026-11-24T02:28:25Z",
        "machine": {"kernel": {"release": "6.1"}, "board": {"model": "Pi"}},
        "boots": [{"id": format!("{number:012x}")}],
        "benchmarks": [{
            "name": "b", "tool": {"name": "tool", "version": "1"}, "parameters": {"N": "4", "ITERATIONS": "3"},
            "metrics": [{"name": "t", "unit": "s", "better": "lower"}],
            "cases": [{"result": "pass", "valid": true, "series": [{"metric": "t", "samples": samples}]}],
        }],
    })
}

/// One boot for each value, numbered from `first`.
fn side(first: u32, values: &[f64]) -> Vec<Value> {
    values.iter().zip(first..).map(|(value, number)| boot(number, &[*value])).collect()
}

fn with(mut records: Vec<Value>, pointer: &str, value: &Value) -> Vec<Value> {
    for record in &mut records {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        record.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value.clone());
    }
    records
}

fn boots(records: &[Value]) -> Boots {
    let read = |record: &Value| Record::from_json(record.to_string().as_bytes()).unwrap();
    collect(&records.iter().map(read).collect::<Vec<_>>(), false)
}

fn compared(base: &[Value], new: &[Value], past: &[Value], rules: &Rules) -> Result<Comparison, NotComparable> {
    compare(&boots(base), &boots(new), &boots(past), rules)
}

fn default(base: &[Value], new: &[Value]) -> Comparison {
    compared(base, new, &[], &Rules::default()).unwrap()
}

fn words(comparison: &Comparison) -> Vec<&'static str> {
    comparison.metrics.iter().map(MetricFinding::word).collect()
}

const QUIET: [f64; 3] = [100.0, 101.5, 99.2];
const SLOWER: [f64; 3] = [115.2, 114.1, 116.0];

#[test]
fn three_boots_a_side_find_15_percent_and_nothing_in_the_same_kernel() {
    assert_eq!(words(&default(&side(1, &QUIET), &side(11, &SLOWER))), ["worse"]);
    assert_eq!(words(&default(&side(1, &SLOWER), &side(11, &QUIET))), ["better"]);
    let same = default(&side(1, &QUIET), &side(11, &[100.5, 99.8, 101.0]));
    assert_eq!((words(&same), same.has_regression()), (vec!["same"], false));
}

#[test]
fn iterations_of_one_boot_never_decide() {
    let many = |number, level: f64| boot(number, &[level, level * 1.001, level * 0.999, level * 1.0005]);
    let comparison = default(&[many(1, 100.0)], &[many(2, 150.0)]);
    assert_eq!(words(&comparison), ["unknown"]);
    let reason = reason_in_words(&comparison.metrics[0], &comparison.setting).unwrap();
    assert!(reason.starts_with("one boot a side decides nothing"), "{reason}");
    // Many records of one boot are one boot.
    let records: Vec<Value> =
        (1..=6).map(|id| with(vec![many(id, 100.0)], "/boots", &json!([{"id": "aaaaaaaaaaaa"}])).remove(0)).collect();
    assert_eq!(words(&default(&records, &side(11, &SLOWER))), ["unknown"]);
}

#[test]
fn a_history_decides_what_few_boots_do_not() {
    let levels: Vec<f64> = (0..20).map(|at| 100.0 + f64::from(at * 7 % 5) * 0.4).collect();
    let past = side(100, &levels);
    let one = compared(&side(1, &[100.4]), &side(11, &[115.0]), &past, &Rules::default()).unwrap();
    assert_eq!((words(&one), one.past, one.metrics[0].boots.past), (vec!["worse"], 20, 20));
    assert!(one.metrics[0].finding.as_ref().unwrap().suspect);
    // What is younger than the new boot, or on a side, is no past.
    let later = with(past.clone(), "/started", &json!("2027-01-01T00:00:00Z"));
    let unknown = compared(&side(1, &[100.4]), &side(11, &[115.0]), &later, &Rules::default()).unwrap();
    assert_eq!((words(&unknown), unknown.past), (vec!["unknown"], 0));
    let own = compared(&past, &side(11, &[115.0]), &past, &Rules::default()).unwrap();
    assert_eq!(own.past, 0);
}

#[test]
fn a_base_that_is_unlike_its_history_is_what_the_new_side_is_compared_with() {
    let levels: Vec<f64> = (0..20).map(|at| 80.0 + f64::from(at * 7 % 5) * 0.4).collect();
    let past = side(100, &levels);
    let slower = compared(&side(1, &[70.4, 70.1, 69.9]), &side(11, &[75.2, 75.0, 74.7]), &past, &Rules::default());
    let slower = slower.unwrap();
    assert_eq!((words(&slower), slower.metrics[0].boots.past), (vec!["worse"], 0));
    assert_eq!(
        slower.notes,
        ["the base is unlike its history in b: t: the history says how far boots spread there, and not what is old"]
    );
    let same = compared(&side(1, &[70.4, 70.1, 69.9]), &side(11, &[70.2, 70.0, 70.3]), &past, &Rules::default());
    assert_eq!(words(&same.unwrap()), ["same"]);
    let odd = compared(&side(1, &[70.4]), &side(11, &[75.2, 75.0, 74.7]), &past, &Rules::default()).unwrap();
    let reason = reason_in_words(&odd.metrics[0], &odd.setting);
    assert_eq!(words(&odd), ["unknown"]);
    assert_eq!(
        reason.as_deref(),
        Some("the base's only boot is unlike its history: 2 more boots of the base would tell")
    );
}

#[test]
fn what_numbers_depend_on_is_refused_unless_it_is_allowed() {
    let base = side(1, &QUIET);
    for (pointer, value, told) in [
        ("/benchmarks/0/parameters/N", json!("8"), "b: parameter N: 4 -> 8"),
        ("/benchmarks/0/tool/version", json!("2"), "b: tool tool: 1 -> 2"),
        ("/machine/board/model", json!("Rock"), "machine: board: Pi -> Rock"),
    ] {
        let new = with(side(11, &QUIET), pointer, &value);
        let error = compared(&base, &new, &[], &Rules::default()).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        let allowed = compared(&base, &new, &[], &Rules { allow_different: true, ..Rules::default() }).unwrap();
        assert_eq!(words(&allowed), ["same"]);
        assert_eq!(allowed.differences.iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
    }
    // How often it was measured changes no number.
    let often = with(side(11, &QUIET), "/benchmarks/0/parameters/ITERATIONS", &json!("9"));
    assert_eq!(words(&default(&base, &often)), ["same"]);
}

#[test]
fn one_benchmark_that_does_not_compare_leaves_the_others() {
    let two = |records: Vec<Value>, version: &str| -> Vec<Value> {
        let add = |mut record: Value| {
            let mut other = record["benchmarks"][0].clone();
            other["name"] = json!("c");
            other["tool"]["version"] = json!(version);
            record["benchmarks"].as_array_mut().unwrap().push(other);
            record
        };
        records.into_iter().map(add).collect()
    };
    let comparison = default(&two(side(1, &QUIET), "1"), &two(side(11, &QUIET), "2"));
    assert_eq!((words(&comparison), comparison.refused.len()), (vec!["same"], 1));
    assert!(comparison.has_unknown() && comparison.cases.is_empty());
}

#[test]
fn a_case_that_passed_and_fails_is_a_regression_whatever_the_numbers() {
    let failing = with(side(11, &QUIET), "/benchmarks/0/cases/0/result", &json!("fail"));
    let comparison = default(&side(1, &QUIET), &failing);
    assert_eq!(comparison.cases[0].change, CaseChange::Broke);
    assert!(comparison.has_regression() && comparison.has_failure());
    assert_eq!(words(&comparison), ["unknown"]);
    assert_eq!(default(&failing, &side(1, &QUIET)).cases[0].change, CaseChange::Fixed);
    assert_eq!(
        default(&failing, &with(side(1, &QUIET), "/benchmarks/0/cases/0/result", &json!("fail"))).cases[0].change,
        CaseChange::FailsOnBoth
    );
    let skipped = with(side(11, &[]), "/id", &json!("0000000b"));
    assert_eq!(compared(&side(1, &QUIET), &skipped, &[], &Rules::default()).unwrap_err(), NotComparable::Empty("new"));
}

#[test]
fn what_is_on_one_side_alone_is_named() {
    let other = with(side(11, &QUIET), "/benchmarks/0/name", &json!("c"));
    let both = [other.clone(), side(21, &QUIET)].concat();
    let comparison = default(&side(1, &QUIET), &both);
    assert_eq!(comparison.cases.iter().map(|case| case.change).collect::<Vec<_>>(), [CaseChange::Added]);
    let comparison = default(&both, &side(1, &QUIET));
    assert_eq!(comparison.cases.iter().map(|case| case.change).collect::<Vec<_>>(), [CaseChange::Missing]);
    assert!(comparison.has_failure() && !comparison.has_regression() && comparison.has_unknown());
    let error = compared(&side(1, &QUIET), &other, &[], &Rules::default()).unwrap_err();
    let expected =
        "nothing was measured on both sides: base has b; new has c\nhint: compare runs of the same benchmark";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_metric_that_is_gone_or_has_another_unit_is_unknown() {
    let gone = with(side(11, &QUIET), "/benchmarks/0/cases/0/series", &json!([]));
    let comparison = default(&side(1, &QUIET), &gone);
    assert_eq!((words(&comparison), comparison.has_unknown()), (vec!["unknown"], true));
    let other = with(side(11, &QUIET), "/benchmarks/0/metrics/0/unit", &json!("ms"));
    assert_eq!(words(&default(&side(1, &QUIET), &other)), ["unknown", "unknown"]);
}

#[test]
fn a_comparison_of_the_same_boots_is_none() {
    // Other records of the same boots.
    let mut again = side(1, &QUIET);
    again.iter_mut().zip(21..).for_each(|(record, number)| record["id"] = json!(format!("{number:08x}")));
    let comparison = default(&side(1, &QUIET), &again);
    assert!(comparison.is_of_itself() && comparison.has_unknown());
    let error = compared(&side(1, &QUIET), &side(1, &QUIET), &[], &Rules::default()).unwrap_err();
    assert!(matches!(error, NotComparable::Same(records) if records.len() == 3));
}

#[test]
fn a_case_that_fails_and_was_not_on_the_base_is_new() {
    let mut new = side(11, &QUIET);
    for record in &mut new {
        let cases = record["benchmarks"][0]["cases"].as_array_mut().unwrap();
        cases.push(json!({"labels": {"n": "2"}, "result": "fail", "reasons": ["x"], "series": []}));
    }
    let comparison = default(&side(1, &QUIET), &new);
    let changes: Vec<_> = comparison.cases.iter().map(|case| (case.change, case.new.fail)).collect();
    assert_eq!(changes, [(CaseChange::Added, 3)]);
    assert!(!comparison.has_regression() && comparison.has_unknown());
}

#[test]
fn a_case_that_is_skipped_in_one_boot_is_named() {
    let mut new = side(11, &QUIET);
    new[1]["benchmarks"][0]["cases"][0]["result"] = json!("skip");
    let comparison = default(&side(1, &QUIET), &new);
    assert_eq!(comparison.cases[0].new.to_string(), "skipped in 1 of 3 boots");
    assert!(comparison.has_failure());
}

#[test]
fn odd_values_never_give_a_verdict_that_they_do_not_carry() {
    for (base, new, word) in [
        ([5.0; 3], [5.0; 3], "same"),
        ([5.0; 3], [6.0; 3], "worse"),
        ([0.0; 3], [0.0; 3], "same"),
        ([0.0; 3], [1.0, 2.0, 3.0], "unknown"),
        ([-2.0, -2.1, -1.9], [-2.0, -2.05, -1.95], "unknown"),
        ([15.0, 16.0, 15.0], [16.0, 15.0, 16.0], "unknown"),
    ] {
        let comparison = default(&side(1, &base), &side(11, &new));
        assert_eq!(words(&comparison), [word], "{base:?} {new:?}");
        let reason = reason_in_words(&comparison.metrics[0], &comparison.setting);
        assert!(word != "unknown" || reason.is_some());
    }
    let neither = |records| with(records, "/benchmarks/0/metrics/0/better", &json!("neither"));
    assert_eq!(words(&default(&neither(side(1, &QUIET)), &neither(side(11, &SLOWER)))), ["changed"]);
    assert!(!default(&neither(side(1, &QUIET)), &neither(side(11, &SLOWER))).has_regression());
}

#[test]
fn disturbed_iterations_do_not_count_and_are_counted() {
    let disturbed =
        json!([{"iteration": 0, "elapsed_seconds": 1.0, "exit": {"code": 0}, "disturbances": ["throttled"]}]);
    let new = with(side(11, &SLOWER), "/benchmarks/0/cases/0/executions", &disturbed);
    let comparison = default(&side(1, &QUIET), &new);
    assert_eq!((words(&comparison), comparison.new.invalid), (vec!["unknown"], 3));
    let reason = reason_in_words(&comparison.metrics[0], &comparison.setting);
    assert_eq!(reason.as_deref(), Some("no valid value on the new side"));
    let base = with(side(1, &QUIET), "/benchmarks/0/cases/0/executions", &disturbed);
    let error = compared(&base, &new, &[], &Rules::default()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "no iteration counts that both sides have: the machine was disturbed in 3 iterations of the base and in 3"
        ),
        "{error}"
    );
}

#[test]
fn boards_of_one_kind_have_levels_of_their_own() {
    let of = |device: &str, records| with(records, "/lab", &json!({"device": device}));
    let base = [of("pi-1", side(1, &QUIET)), of("pi-2", side(4, &[200.0, 201.5, 199.2]))].concat();
    let new = [of("pi-1", side(11, &SLOWER)), of("pi-2", side(14, &[230.2, 228.1, 232.0]))].concat();
    let comparison = default(&base, &new);
    assert_eq!(words(&comparison), ["worse"]);
    assert!((comparison.metrics[0].finding.as_ref().unwrap().change() - 0.148).abs() < 0.01);
    // A board on one side alone is left out, and none in common is refused.
    let comparison = default(&base, &of("pi-1", side(11, &SLOWER)));
    assert_eq!((words(&comparison), comparison.notes.len()), (vec!["worse"], 1));
    let error = compared(&of("pi-1", side(1, &QUIET)), &of("pi-2", side(11, &QUIET)), &[], &Rules::default());
    assert!(error.unwrap_err().to_string().contains("machine: device: pi-1 -> pi-2"));
}

#[test]
fn what_else_differs_is_named() {
    let mut new = with(side(11, &QUIET), "/machine/kernel/command_line", &json!("quiet mitigations=off"));
    new = with(new, "/machine/processor", &json!({"frequency": [{"cpus": "0-3", "governor": "powersave"}]}));
    let base = with(side(1, &QUIET), "/machine/kernel/command_line", &json!("quiet"));
    let told: Vec<String> = default(&base, &new).differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["command line mitigations: (none) -> off", "governor: (none) -> powersave"]);
}

#[test]
fn metrics_of_one_benchmark_that_move_together_have_an_index() {
    let many = |first: u32, values: &[f64]| -> Vec<Value> {
        let cases = |level: f64| -> Value {
            (1..=6).map(|n| json!({"labels": {"n": n.to_string()}, "result": "pass", "series": [{"metric": "t", "samples": [[level * f64::from(n)]]}]})).collect()
        };
        values
            .iter()
            .zip(first..)
            .map(|(value, number)| with(vec![boot(number, &[])], "/benchmarks/0/cases", &cases(*value)).remove(0))
            .collect()
    };
    let comparison = default(&many(1, &QUIET), &many(11, &SLOWER));
    assert_eq!((words(&comparison), comparison.indexes.len()), (vec!["worse"; 6], 1));
    assert_eq!(
        (comparison.indexes[0].word(), comparison.indexes[0].subject.to_string()),
        ("worse", "b: index".to_string())
    );
}

#[test]
fn names_that_nothing_has_are_refused() {
    for rules in [
        Rules { benchmarks: vec!["x".into()], ..Rules::default() },
        Rules { metrics: vec!["x".into()], ..Rules::default() },
    ] {
        let error = compared(&side(1, &QUIET), &side(11, &QUIET), &[], &rules).unwrap_err();
        assert!(matches!(error, NotComparable::NoSuch { .. }), "{error}");
    }
    let rules = Rules { benchmarks: vec!["b".into()], metrics: vec!["t".into()], ..Rules::default() };
    assert_eq!(words(&compared(&side(1, &QUIET), &side(11, &QUIET), &[], &rules).unwrap()), ["same"]);
}

#[test]
fn a_board_without_a_value_on_one_side_is_in_no_median() {
    let of = |device: &str, records| with(records, "/lab", &json!({"device": device}));
    let base = [of("pi-1", side(1, &QUIET)), of("pi-2", side(4, &[200.0, 201.5, 199.2, 202.0]))].concat();
    let mut broken = of("pi-2", side(14, &[230.2, 228.1]));
    broken = with(broken, "/benchmarks/0/cases/0/result", &json!("fail"));
    let comparison = default(&base, &[of("pi-1", side(11, &SLOWER)), broken].concat());
    let finding = &comparison.metrics[0];
    assert_eq!((finding.base, finding.new), (Some(100.0), Some(115.2)));
    assert_eq!((finding.boots.base, finding.boots.new, finding.points.base.len()), (3, 3, 3));
    assert_eq!(comparison.cases[0].change, CaseChange::Broke);
}

#[test]
fn how_a_case_went_says_what_became_of_it() {
    let result = |first, word: &str| {
        let records = with(side(first, &QUIET), "/benchmarks/0/cases/0/result", &json!(word));
        with(records, "/interrupted", &json!(word == "unknown"))
    };
    for (base, new, change) in [
        ("pass", "unknown", Some(CaseChange::Unfinished)),
        ("unknown", "pass", Some(CaseChange::Unfinished)),
        ("unknown", "unknown", Some(CaseChange::Unfinished)),
        ("fail", "unknown", Some(CaseChange::Unfinished)),
        // Nobody knows whether it passed.
        ("unknown", "fail", Some(CaseChange::Unfinished)),
        ("skip", "fail", Some(CaseChange::Added)),
        ("pass", "fail", Some(CaseChange::Broke)),
        ("pass", "skip", Some(CaseChange::Missing)),
        ("pass", "pass", None),
    ] {
        let passed = |first| with(side(first, &QUIET), "/benchmarks/0/name", &json!("c"));
        let (old, now) = ([result(1, base), passed(21)].concat(), [result(11, new), passed(31)].concat());
        let comparison = default(&old, &now);
        assert_eq!(comparison.cases.first().map(|case| case.change), change, "{base} {new}");
        let unfinished = change == Some(CaseChange::Unfinished);
        assert!(!unfinished || (comparison.has_unknown() && !comparison.has_regression() && !comparison.has_failure()));
    }
    // One of several boots is enough to doubt; one that fails is enough to say so.
    let mut new = side(11, &QUIET);
    new[0]["benchmarks"][0]["cases"][0]["result"] = json!("unknown");
    let comparison = default(&side(1, &QUIET), &new);
    assert_eq!(comparison.cases[0].new.to_string(), "not finished in 1 of 3 boots");
    new[1]["benchmarks"][0]["cases"][0]["result"] = json!("fail");
    new[1]["benchmarks"][0]["cases"][0]["reasons"] = json!(["exit status 1"]);
    let comparison = default(&side(1, &QUIET), &new);
    assert_eq!(comparison.cases[0].new.reason.as_deref(), Some("exit status 1"));
    assert!(comparison.has_regression());
}
