use super::*;
use quick_xml::{Reader, events::Event};
use std::collections::BTreeMap;

/// Two boots, iterations with several samples, one that is lost, one that was disturbed, and a case that failed.
const RECORD: &str = r#"{"schema":"lava-bench-record/2","id":"0a1b2c3d","label":"6.12, \"odd\"","started":"2026-11-24T02:28:25Z",
    "machine":{"kernel":{"release":"6.12.3"},"board":{"model":"Pi | 4"}},
    "boots":[{"id":"3f9a0c7d12be"},{"id":"3f9a0c7d12bf"}],
    "benchmarks":[{"name":"b","run":2,"tool":{"name":"tool","version":"1.2"},"parameters":{"N":"4"},"metrics":[
      {"name":"rate","unit":"events/s","better":"higher","labels":["op"],"primary":true},
      {"name":"time","unit":"s","better":"neither"}],
     "cases":[{"labels":{"k":"a,b \"c\"\nd"},"result":"pass","valid":false,"executions":[
        {"iteration":0,"elapsed_seconds":1.25,"exit":{"code":0}},
        {"iteration":1,"boot":1,"elapsed_seconds":2.0,"exit":{"code":0},"disturbances":["throttled"]}],
       "series":[{"metric":"rate","labels":{"op":"read"},"samples":[[1.5,null],[2e-7,10000.0,3.0]]},
                 {"metric":"time","samples":[[],[0.25]]}]},
      {"labels":{"k":"bad"},"result":"fail","reasons":["exit status 1","\u001b[31m<no> output"],"series":[]},
      {"labels":{"k":"later"},"result":"skip","reasons":["not enough memory"],"series":[]},
      {"labels":{"k":"cut"},"result":"unknown","series":[]}]}],
    "not_begun":["c"]}"#;

/// One of which only signals came through.
const SIGNALS: &str = r#"{"schema":"lava-bench-record/2","id":"0a1b2c3e","benchmarks":[{"name":"b","parameters":{},
    "metrics":[{"name":"time","unit":"s","better":"lower"}],
    "cases":[{"result":"pass","series":[{"metric":"time","samples":[[1.0]]}]}]}],
    "losses":[{"what":"x","reason":"y"}]}"#;

fn records() -> Vec<Record> {
    [RECORD, SIGNALS].iter().map(|json| Record::from_json(json.as_bytes()).unwrap()).collect()
}

fn written(name: &str, records: &[Record]) -> String {
    let format = FORMATS.iter().find(|format| format.name == name).unwrap();
    let mut out = Vec::new();
    format.write(records, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    ::csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_table_has_exactly_one_row_for_each_sample_lost_ones_too() {
    let records = records();
    let rows = rows(&written("csv", &records));
    let series = records.iter().flat_map(|record| &record.benchmarks).flat_map(|benchmark| &benchmark.cases);
    let samples: usize = series.flat_map(|case| &case.series).map(|series| series.samples.concat().len()).sum();
    assert_eq!((rows.len(), samples), (7, 7));
    let columns =
        |names: [&str; 6]| -> Vec<[String; 6]> { rows.iter().map(|row| names.map(|name| row[name].clone())).collect() };
    let expected = [
        ["rate", "1", "1", "1.5", "3f9a0c7d12be", "true"],
        ["rate", "1", "2", "", "3f9a0c7d12be", "true"],
        ["rate", "2", "1", "0.0000002", "3f9a0c7d12bf", "false"],
        ["rate", "2", "2", "10000", "3f9a0c7d12bf", "false"],
        ["rate", "2", "3", "3", "3f9a0c7d12bf", "false"],
        ["time", "2", "1", "0.25", "3f9a0c7d12bf", "false"],
        ["time", "1", "1", "1", "", ""],
    ];
    assert_eq!(columns(["metric", "iteration", "position", "value", "boot", "valid"]), expected);
}

#[test]
fn what_a_row_says_of_its_sample_reads_back() {
    let text = written("csv", &records());
    assert_eq!(
        text.lines().next(),
        Some(
            "record,label,benchmark,run,case,metric,labels,unit,better,iteration,position,value,boot,started,kernel,board,\
             tool,tool_version,result,valid,primary"
        )
    );
    let rows = rows(&text);
    for (name, first, last) in [
        ("record", "0a1b2c3d", "0a1b2c3e"),
        ("label", "6.12, \"odd\"", ""),
        ("run", "2", "1"),
        ("case", "k=a,b \"c\"\nd", ""),
        ("labels", "op=read", ""),
        ("unit", "events/s", "s"),
        ("better", "higher", "lower"),
        ("started", "2026-11-24T02:28:25Z", ""),
        ("kernel", "6.12.3", ""),
        ("board", "Pi | 4", ""),
        ("tool", "tool", ""),
        ("tool_version", "1.2", ""),
        ("result", "pass", "pass"),
        ("primary", "true", "true"),
    ] {
        assert_eq!((&*rows[0][name], &*rows[6][name]), (first, last), "{name}");
    }
    assert_eq!(rows[5]["primary"], "false");
    // Where nothing was measured the columns are there.
    assert_eq!(written("csv", &[]).lines().count(), 1);
}

#[test]
fn junit_has_a_test_for_each_case_and_none_passes_that_did_not() {
    let text = written("junit", &records());
    let mut reader = Reader::from_str(&text);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                element.attributes().for_each(|attribute| drop(attribute.unwrap()));
                *found.entry(element.name().as_ref().into()).or_default() += 1;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let count = |name: &str| found.get(name).copied().unwrap_or_default();
    assert_eq!((count("testsuite"), count("testcase")), (3, 6));
    assert_eq!((count("failure"), count("skipped"), count("error")), (1, 1, 2));
    for part in [
        r#"<testsuites name="lava-bench" tests="6" failures="1" errors="2" skipped="1">"#,
        r#"<testsuite name="b run 2" tests="4" failures="1" errors="1" skipped="1" timestamp="2026-11-24T02:28:25Z">"#,
        r#" time="3.250">"#,
        r#"<failure message="exit status 1; \u{1b}[31m&lt;no&gt; output" type="fail"/>"#,
        r#"<property name="parameter.N" value="4"/>"#,
        r#"<property name="losses" value="1"/>"#,
        "rate op=read: 2.25 events/s (median of 4, 1 lost)",
        "not valid: iteration 2: throttled",
        r#"<testcase classname="c" name="c">"#,
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
