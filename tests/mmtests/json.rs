//! MMTests' JSON, read and written again, and through a record's signals and back.

use super::goldens::Case;
use lava_bench::{
    rebuild::Rebuilder,
    record::{Record, RecordId},
    signal::record_signals,
    suites::mmtests::compare::{Comparison, Options, View},
    suites::mmtests::{self, Extract},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// JSON -> runs -> records -> signals on a console -> records -> runs -> JSON.
fn through_signals(runs: &[Extract]) -> Value {
    let mut console = String::new();
    for (id, run) in (1..).zip(runs) {
        let record = mmtests::to_record(run, RecordId(id));
        record.check().unwrap_or_else(|error| panic!("{}: {error}", run.name()));
        let again = Record::from_json(record.to_json().as_bytes()).expect("a record reads itself");
        let back = mmtests::to_extracts(&again).expect("its own");
        assert_eq!(written(&back), written(std::slice::from_ref(run)), "{}", run.name());
        let signals = record_signals(&record, usize::MAX);
        console.extend(signals.iter().map(|signal| format!("{}\n", signal.to_line(record.id))));
    }
    let mut rebuilder = Rebuilder::default();
    rebuilder.source(console.as_bytes()).expect("memory can be read");
    let rebuilt: Vec<Extract> = rebuilder
        .finish()
        .iter()
        .flat_map(|rebuilt| {
            // The document itself is lost, as there are no frames; nothing else may be.
            assert_eq!(rebuilt.record.losses.len(), 1, "{:?}", rebuilt.record.losses);
            mmtests::to_extracts(&rebuilt.record).expect("its own")
        })
        .collect();
    written(&rebuilt)
}

/// Whether the document `name` is the same when it is read and written.
pub(super) fn read_and_written(case: &Case, name: &str) -> Result<(), String> {
    let original: Value = serde_json::from_str(&case.read(name)).map_err(|error| error.to_string())?;
    (written(&case.runs(name)) == original).then_some(()).ok_or_else(|| "it is another document".into())
}

/// Whether the document `name` is the same when it came through signals.
pub(super) fn signalled(case: &Case, name: &str) -> Result<(), String> {
    let original: Value = serde_json::from_str(&case.read(name)).map_err(|error| error.to_string())?;
    (through_signals(&case.runs(name)) == original).then_some(()).ok_or_else(|| "it is another document".into())
}

fn written(runs: &[Extract]) -> Value {
    let mut json = Vec::new();
    mmtests::write(runs, &mut json).expect("it can be written");
    serde_json::from_slice(&json).expect("JSON")
}

/// A number as Perl's JSON may have it.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-1_000_000i64..1_000_000).prop_map(Value::from),
        4 => (0i64..1_000_000, 0usize..5).prop_map(|(n, decimals)| json!(format!("{:.decimals$}", n as f64 / 1000.0))),
        2 => any::<f64>().prop_filter("JSON has finite ones", |n| n.is_finite()).prop_map(Value::from),
        1 => any::<f64>().prop_map(|n| json!(format!("{n:e}"))),
        1 => any::<u64>().prop_map(Value::from),
        1 => prop_oneof![Just("nan"), Just("Inf"), Just("-infinity"), Just(" 5 "), Just("007"), Just("1e-09"), Just("-0.0")]
            .prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn iteration() -> impl Strategy<Value = Value> {
    let counted = prop::collection::vec(number(), 0..6).prop_map(|values| {
        let numbers: Vec<Value> = (1..=values.len()).map(|n| if n == 1 { json!("1") } else { json!(n) }).collect();
        json!({"SampleNrs": numbers, "Values": values})
    });
    let any = prop::collection::vec((number(), number()), 0..6).prop_map(|samples| {
        let (numbers, values): (Vec<Value>, Vec<Value>) = samples.into_iter().unzip();
        json!({"SampleNrs": numbers, "Values": values})
    });
    prop_oneof![4 => counted, 2 => any, 1 => Just(Value::Null)]
}

fn document() -> impl Strategy<Value = Value> {
    let operation = prop_oneof![3 => "[a-z]{1,4}(/sec)?-[0-9]", 1 => "\\PC{0,40}", 1 => ".{0,12}"];
    let operations = prop::collection::btree_map(operation, prop::collection::vec(iteration(), 0..4), 0..5);
    let text = prop_oneof![2 => "[A-Za-z0-9 .-]{0,12}", 1 => ".{0,60}", 1 => Just("=".to_string()), 1 => Just("[1".to_string())];
    let fields =
        (text.clone(), text, prop::bool::ANY, prop::option::of(Just("Higher")), prop::collection::vec(".{0,9}", 0..3));
    (operations, fields).prop_map(|(operations, (module, name, listed, preferred, command))| {
        let mut run =
            json!({"_ModuleName": format!("Extract{module}"), "_TestName": name, "_Cmd": command, "_PlotLength": null});
        if listed {
            let mut names: Vec<Value> = operations.keys().rev().map(|name| json!(name)).collect();
            names.push(json!("without data"));
            run["_GeneratedOperations"] = names.into();
        }
        run["_Spelling"] = json!("of a field");
        run["=x"] = json!("=");
        if let Some(preferred) = preferred {
            run["_PreferredVal"] = json!(preferred);
        }
        run["_ResultData"] = operations.into_iter().collect();
        run
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_comes_back_through_signals(runs in prop::collection::vec(document(), 1..3)) {
        let original = if let [run] = runs.as_slice() { run.clone() } else { Value::from(runs) };
        let runs = mmtests::read(original.to_string().as_bytes()).expect("it is MMTests JSON");
        prop_assert_eq!(written(&runs), original.clone());
        prop_assert_eq!(through_signals(&runs), original);
    }

    #[test]
    fn no_bytes_make_it_panic(document in document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..at]] {
            if let Ok(runs) = mmtests::read(bytes) {
                let all: Vec<&Extract> = runs.iter().collect();
                if let Ok(comparison) = Comparison::new(&all, &Options::default()) {
                    prop_assert!(comparison.print(View::default()).lines().count() >= 2);
                    let ratios = comparison.print(View { ratio: true, ..View::default() });
                    prop_assert!(ratios.contains("Gmean"));
                }
            }
        }
    }
}
