//! JSON that is broken: what MMTests prints from it where that is sensible, else an error that says where, and what to do.
//!
//! `MMTESTS_DIR_2026` names a tree of MMTests of January 2026; then it is asked what it makes of the same.

use super::{
    bad_input::Theirs::{self, Dies, Other, Same},
    program::{TWO, program},
    support,
};
use serde_json::{Value, json};
use std::{fs, process::Command};

/// What is wrong, the JSON, what ours says, and what MMTests does.
type Case = (&'static str, String, Result<&'static str, &'static str>, Theirs);

fn run(name: &str, data: &Value) -> Value {
    json!({"_ModuleName": "ExtractSysbenchcpu", "_TestName": name, "_PreferredVal": "Higher", "_ResultData": data})
}

/// Two runs: this one, and one that is well.
fn two(data: &Value) -> String {
    json!([run("a", data), run("b", &json!({"1": iterations(&json!([1, 2, 3]))}))]).to_string()
}

/// One iteration with these values.
fn iterations(values: &Value) -> Value {
    let numbers: Vec<usize> = (1..=values.as_array().map_or(0, Vec::len)).collect();
    json!([{"SampleNrs": numbers, "Values": values}])
}

fn values(values: &Value) -> String {
    two(&json!({"1": iterations(values)}))
}

/// Samples that MMTests may have written.
fn odd() -> Vec<Case> {
    let iteration = |numbers: Value, values: Value| json!({"SampleNrs": numbers, "Values": values});
    let one = |value: Value| two(&json!({"1": [value]}));
    let names = ["a b", "a/b", "\"q\"", "<b>", "a\tb", "a\nb", "\u{1b}[31m", "", "%s", "\u{0}", "..", "01"];
    let names: Value = names.iter().map(|name| ((*name).to_string(), iterations(&json!([1, 2, 3])))).collect();
    let both = json!([run("a", &names), run("b", &names)]).to_string();
    let less = json!([
        run("a", &json!({"1": iterations(&json!([1, 2])), "2": iterations(&json!([1, 2]))})),
        run("b", &json!({"1": iterations(&json!([1, 2])), "3": iterations(&json!([1, 2]))}))
    ]);
    let empty =
        json!([run("a", &json!({"1": iterations(&json!([1]))})), run("b", &json!({"1": iterations(&json!([]))}))]);
    let same =
        json!([run("a", &json!({"1": iterations(&json!([1]))})), run("a", &json!({"1": iterations(&json!([2]))}))]);
    vec![
        ("operations with any character", both, Ok(""), Same),
        ("sample numbers twice", one(iteration(json!([1, 1, 1]), json!([1, 2, 3]))), Ok(""), Same),
        ("sample numbers downwards", one(iteration(json!([3, 2, 1]), json!([1, 2, 3]))), Ok(""), Same),
        ("one sample", values(&json!([5])), Ok("the baseline has no spread"), Same),
        ("two runs of one name", same.to_string(), Ok(""), Same),
        ("null among the values", values(&json!([null, 1, 2])), Ok("1 values are null and left out"), Same),
        ("nan", values(&json!(["nan", 1])), Ok("no mean (a value is nan"), Dies),
        ("infinite", values(&json!(["inf", 1])), Ok(""), Dies),
        ("a zero in a harmonic mean", values(&json!([5, 0, 3])), Ok("no mean"), Same),
        ("zeros alone in a harmonic mean", values(&json!([0, 0])), Ok("no mean"), Dies),
        (
            "an iteration without samples",
            two(&json!({"1": [iteration(json!([1]), json!([1])), null]})),
            Ok("no samples in iteration 1"),
            Dies,
        ),
        ("an operation more and one less", less.to_string(), Ok("run `b`: operation `3`: not in the baseline"), Dies),
        (
            "a later run without samples",
            empty.to_string(),
            Ok("run `b`: operation `1`: no samples; the table shows 0"),
            Same,
        ),
        (
            "one run",
            json!([run("a", &json!({"1": iterations(&json!([1]))}))]).to_string(),
            Ok("it is the only run"),
            Same,
        ),
        ("no list", run("a", &json!({"1": iterations(&json!([1]))})).to_string(), Ok("it is the only run"), Dies),
        ("no operations", two(&json!({})), Err("run `a`: the baseline has no samples\nhint: "), Dies),
        ("no iterations", two(&json!({"1": []})), Err("run `a`: the baseline has no samples\nhint: "), Dies),
        ("no values", values(&json!([])), Err("run `a`: the baseline has no samples\nhint: "), Dies),
    ]
}

/// What is no such document.
fn broken() -> Vec<Case> {
    let foreign = "neither a record nor a suite's results";
    let cut = "\nhint: the file is empty or ends too early";
    let whole = values(&json!([1]));
    let spelled = |number: &str| values(&json!(["X"])).replace("\"X\"", number);
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let name = |name: Value| whole.replacen("\"a\"", &name.to_string(), 1);
    let text = |text: &str| text.to_string();
    let data = |data: Value| two(&data);
    vec![
        ("nothing", text(""), Err("it is empty"), Dies),
        ("a part", whole[..whole.len() - 40].into(), Err(cut), Dies),
        ("a log", text("events per second: 5\n"), Err(foreign), Dies),
        ("more behind it", format!("{whole}x"), Err("trailing characters"), Dies),
        ("no run", text("[]"), Err(foreign), Dies),
        ("null", text("null"), Err(foreign), Dies),
        ("an empty object", text("{}"), Err("missing field `_ResultData`"), Dies),
        ("nesting", deep(100_000), Err(foreign), Dies),
        ("nesting in a field", whole.replacen("\"a\"", &deep(100_000), 1), Err("recursion limit exceeded"), Dies),
        ("a huge number", spelled("1e400"), Err("operation `1`: number out of range"), Dies),
        ("a huge whole number", spelled(&"9".repeat(400)), Err("operation `1`: number out of range"), Dies),
        ("NaN as a number", spelled("NaN"), Err("operation `1`: expected value"), Dies),
        ("a word for a value", values(&json!(["abc"])), Err("operation `1`: invalid value: string \"abc\""), Other),
        ("a truth for a value", values(&json!([true])), Err("operation `1`: invalid type: boolean `true`"), Other),
        ("a list for a value", values(&json!([[1]])), Err("operation `1`: invalid type: sequence"), Other),
        (
            "a number for an iteration",
            data(json!({"1": [5]})),
            Err("expected SampleNrs and Values of an iteration"),
            Dies,
        ),
        (
            "a number for the samples",
            data(json!({"1": [{"SampleNrs": 1, "Values": 1}]})),
            Err("expected a list of numbers"),
            Dies,
        ),
        ("no sample numbers", data(json!({"1": [{"Values": [1]}]})), Err("missing field `SampleNrs`"), Dies),
        (
            "fewer sample numbers",
            data(json!({"1": [{"SampleNrs": [], "Values": [1]}]})),
            Err("1 values and 0 sample numbers"),
            Other,
        ),
        (
            "another field",
            data(json!({"1": [{"SampleNrs": [1], "Values": [1], "X": 1}]})),
            Err("unknown field `X`"),
            Other,
        ),
        ("an object for the iterations", data(json!({"1": {"0": 1}})), Err("operation `1`: invalid type: map"), Dies),
        ("a list for the operations", data(json!([1])), Err("expected operations and their iterations"), Dies),
        ("a field twice", whole.replacen('{', "{\"_TestName\":\"x\",", 1), Err("duplicate field `_TestName`"), Other),
        (
            "an operation twice",
            whole.replacen("\"1\":", "\"1\":[],\"1\":", 1),
            Err("operation `1`: appears twice"),
            Other,
        ),
        ("a number for the name", name(json!(5)), Err("object 0: `_TestName` is missing, or not a text"), Other),
        ("null for the name", name(json!(null)), Err("object 0: `_TestName` is missing, or not a text"), Other),
    ]
}

#[test]
fn json_that_is_broken_is_compared_as_mmtests_does_or_named() {
    let mmtests = support::mmtests("MMTESTS_DIR_2026", "which would read the same JSON");
    let mut unlike = Vec::new();
    let file = tempfile::NamedTempFile::new().expect("a file");
    for (what, json, expected, theirs) in odd().into_iter().chain(broken()) {
        let (code, table, said) = program(&["compare", "-", "--sort", "--mmtests-version", "classic-2026-01"], &json);
        match expected {
            Ok(note) => assert!(code == 0 && table.lines().count() > 2 && said.contains(note), "{what}: {code} {said}"),
            Err(error) => assert!(code == 2 && table.is_empty() && said.contains(error), "{what}: {code} {said}"),
        }
        assert!(expected != Ok("") || said.is_empty(), "{what}: {said}");
        // What can be converted comes back as it was; what holds nothing at all is an error.
        let (code, record, said) = program(&["convert", "-", "--to", "record"], &json);
        if code == 0 {
            let (_, back, said) = program(&["convert", "-", "--to", "mmtests-json"], &record);
            let value = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
            let one = |value: Value| {
                value.as_array().filter(|all| all.len() == 1).map_or(value.clone(), |all| all[0].clone())
            };
            assert_eq!(value(&back), one(value(&json)), "{what}: {said}");
        }
        assert!(code == 0 || (code == 2 && expected.is_err() && record.is_empty()), "{what}: {code} {said}");
        let Some(mmtests) = &mmtests else { continue };
        fs::write(file.path(), &json).expect("it can be written");
        let mut command = Command::new("bin/compare-mmtests.pl");
        let output = command.current_dir(mmtests).arg("--from-json").arg(file.path()).output().expect("MMTests runs");
        let found = match output.status.success() {
            false => Dies,
            true if output.stdout == table.as_bytes() => Same,
            true => Other,
        };
        if found != theirs {
            unlike.push(format!("{what}: {found:?}, and not {theirs:?}"));
        }
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
}

#[test]
fn a_mark_of_the_encoding_is_no_error() {
    let (code, table, said) = program(&["compare", "-"], &format!("\u{feff}{TWO}"));
    assert!(code == 0 && table == program(&["compare", "-"], TWO).1, "{said}");
}

#[test]
fn bad_input_is_an_error_that_says_what_to_do() {
    let empty = r#"{"_ModuleName":"ExtractX","_TestName":"a","_ResultData":{}}"#;
    for (input, arguments, message) in [
        ("", &["compare", "-"][..], "it is empty"),
        (&TWO[..300], &["compare", "-"], "ends too early"),
        ("{\"a\":1}", &["compare", "-"], "missing field `_ResultData`"),
        (empty, &["compare", "-"], "run `a`: the baseline has no samples"),
        (TWO, &["compare", "-", "--sub-heading", "tput"], "sub-heading `tput`: no operation begins with it"),
        (TWO, &["compare", "-", "--sub-heading", "("], "sub-heading `(`"),
        (TWO, &["compare", "-", "--runs", "5.15"], "there are old, new"),
        (TWO, &["compare", "-", "--benchmark", "fio"], "there is sysbenchcpu"),
        (TWO, &["compare", "/nowhere"], "/nowhere"),
        (TWO, &["convert", "agent", "--to", "record"], "agent: no record in it, and no run of MMTests"),
        (r#"{"schema":"lava-bench-record/1","id":"x"}"#, &["convert", "-", "--to", "record"], "record id `x`"),
    ] {
        let (code, out, error) = program(arguments, input);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(message) && out.is_empty(), "{arguments:?}: {error}{out}");
    }
}
