use super::*;
use crate::{
    boots::{Boots, collect},
    compare::{Comparison, Rules, compare},
    record::Record,
    statistics::verdict::Scale,
};
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use std::collections::BTreeMap;

/// A side: for each boot a record with the benchmarks of `benchmarks`, in JSON.
fn side(first: u32, boots: &[String]) -> Boots {
    let record = |(at, benchmarks): (usize, &String)| {
        let id = first + at as u32;
        let json = format!(
            r#"{{"schema":"lava-bench-record/2","id":"{id:08x}","label":"6.12.{first}","boots":[{{"id":"{id:012x}"}}],
               "benchmarks":[{benchmarks}]}}"#
        );
        Record::from_json(json.as_bytes()).unwrap()
    };
    collect(&boots.iter().enumerate().map(record).collect::<Vec<Record>>(), false)
}

fn benchmark(name: &str, parameter: &str, cases: &str) -> String {
    format!(
        r#"{{"name":"{name}","parameters":{{"N":"{parameter}"}},"metrics":[
           {{"name":"t","unit":"s","better":"lower","primary":true}},{{"name":"r","unit":"a|b/s","better":"higher","primary":true,"labels":["op"]}}],
           "cases":[{cases}]}}"#
    )
}

fn case(label: &str, t: f64, r: f64) -> String {
    format!(
        r#"{{"labels":{{"k":{}}},"result":"pass","valid":true,"series":[{{"metric":"t","samples":[[{t}]]}},
           {{"metric":"r","labels":{{"op":"x y"}},"samples":[[{r}]]}}]}}"#,
        Value::from(label)
    )
}

const FAILED: &str =
    r#"{"labels":{"k":"broken"},"result":"fail","reasons":["exit | status `1`\u001b[0m\n<b>"],"series":[]}"#;

/// What a name of others may hold.
const ODD: &str = "a|b `c` <i>\\*\n\u{1b}&\"'@all";

/// Two sides with something of each kind: worse, unknown, the same, broken, missing, refused, odd names.
fn comparison() -> Comparison {
    let boot = |at: usize, worse: f64, broken: &str, extra: &str, parameter: &str| {
        let noise = [1.0, 1.002, 0.998, 1.001][at % 4];
        let wild = [1.0, 1.7, 0.6, 1.3][(at * 3 + usize::from(worse > 1.0)) % 4];
        let cases = format!("{},{},{broken}{extra}", case("same", noise, wild), case(ODD, worse * noise, wild));
        [benchmark("b", "4", &cases), benchmark("other", parameter, &case("x", 1.0, 1.0))].join(",")
    };
    let passes = case("broken", 1.0, 5.0);
    let lost = format!(",{}", case("lost", 1.0, 5.0));
    let base: Vec<String> = (0..4).map(|at| boot(at, 1.0, &passes, &lost, "1")).collect();
    let new: Vec<String> = (0..4).map(|at| boot(at, 1.5, FAILED, "", "2")).collect();
    compare(&side(2, &base), &side(16, &new), &Boots::default(), &Rules::default()).unwrap()
}

fn written(face: fn(&Comparison, &mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    face(&comparison(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_has_everything_and_no_number_that_is_none() {
    let document: Value =
        serde_json::from_str(&written(|comparison, out| Document::of(comparison).write(out))).unwrap();
    assert_eq!(document["schema"], "lava-bench-comparison/1");
    assert_eq!(document["base"]["kernels"][0], serde_json::json!({"name": "6.12.2", "boots": 4}));
    assert_eq!(document["settings"]["margin"], 0.05);
    let worse = &document["metrics"][0];
    assert_eq!((&worse["verdict"], &worse["metric"], &worse["unit"]), (&"worse".into(), &"t".into(), &"s".into()));
    assert_eq!(worse["case"]["k"], ODD);
    let change = worse["change"].as_f64().unwrap();
    assert!((0.45..0.55).contains(&change), "{change}");
    assert_eq!(worse["change_words"], "50.0 % slower");
    assert!(worse["interval"][0].as_f64().unwrap() < change && change < worse["interval"][1].as_f64().unwrap());
    assert_eq!(worse["boots"], serde_json::json!({"past": 0, "base": 4, "new": 4}));
    let metrics = document["metrics"].as_array().unwrap();
    let counted = |word: &str| metrics.iter().filter(|metric| metric["verdict"] == word).count();
    for word in ["worse", "changed", "better", "unknown", "same"] {
        assert_eq!(document["summary"]["metrics"][word], counted(word), "{word}");
    }
    assert!(counted("worse") == 1 && counted("unknown") > 0 && counted("same") == 1, "{document:#}");
    let unknown = metrics.iter().find(|metric| metric["verdict"] == "unknown").unwrap();
    assert!(!unknown["reason"].as_str().unwrap().is_empty());
    let cases: Vec<_> = document["cases"].as_array().unwrap().iter().map(|case| case["change"].as_str()).collect();
    assert_eq!(cases, [Some("fails"), Some("missing")]);
    assert_eq!(document["refused"][0]["benchmark"], "other");
}

#[test]
fn a_number_that_is_none_is_null() {
    let mut comparison = comparison();
    let finding = &mut comparison.metrics[0];
    finding.base = Some(f64::NAN);
    if let Ok(judged) = &mut finding.finding {
        (judged.p, judged.interval, judged.shift.effect) = (f64::NAN, (0.0, f64::NAN), f64::NAN);
        judged.scale = Scale::Share;
    }
    let mut out = Vec::new();
    Document::of(&comparison).write(&mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    for field in ["base", "p", "interval", "change", "change_words"] {
        assert_eq!(document["metrics"][0][field], Value::Null, "{field}");
    }
    let mut out = Vec::new();
    csv(&comparison, &mut out).unwrap();
    assert!(!String::from_utf8(out).unwrap().contains("NaN"));
    assert!(!markdown(&comparison).contains("NaN"));
}

#[test]
fn the_table_has_a_row_for_each_metric_case_and_refusal() {
    let (text, comparison) = (written(csv), comparison());
    let mut table = csv_reader(&text);
    let rows: Vec<BTreeMap<String, String>> = table.deserialize().collect::<Result<_, _>>().unwrap();
    let of = |row: &str| rows.iter().filter(|fields| fields["row"] == row).collect::<Vec<_>>();
    assert_eq!(of("metric").len(), comparison.metrics.len());
    assert_eq!(of("index").len(), comparison.indexes.len());
    assert_eq!(of("case").iter().map(|row| row["verdict"].as_str()).collect::<Vec<_>>(), ["fails", "missing"]);
    assert_eq!((of("refused")[0]["benchmark"].as_str(), of("refused")[0]["metric"].as_str()), ("other", ""));
    let worse = of("metric")[0];
    assert_eq!((worse["verdict"].as_str(), &worse["case"]), ("worse", &format!("k={ODD}")));
    assert!(worse["interval_low"].parse::<f64>().unwrap() < worse["change"].parse::<f64>().unwrap());
    assert!(text.starts_with("row,benchmark,parameters,case,metric,labels,unit,better,primary,base,new,change,"));
    assert_eq!(table.headers().unwrap().len(), 25);
}

fn csv_reader(text: &str) -> ::csv::Reader<&[u8]> {
    ::csv::Reader::from_reader(text.as_bytes())
}

#[test]
fn junit_fails_what_is_worse_or_broken_and_skips_what_is_unknown() {
    let (text, comparison) = (written(junit), comparison());
    let mut reader = Reader::from_str(&text);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                element.attributes().for_each(|attribute| drop(attribute.unwrap()));
                *found.entry(String::from_utf8_lossy(element.name().as_ref().as_bytes()).into()).or_default() += 1;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let [worse, .., unknown, _] = comparison.counts();
    let indexes = |word: &str| comparison.indexes.iter().filter(|finding| finding.word() == word).count();
    let tests = comparison.metrics.len() + comparison.indexes.len() + comparison.cases.len() + comparison.refused.len();
    assert_eq!(found["testsuite"], 2);
    assert_eq!(found["testcase"], tests);
    assert_eq!(found["failure"], worse + indexes("worse") + comparison.cases.len());
    assert_eq!(found["skipped"], unknown + indexes("unknown") + comparison.refused.len());
    assert!(text.contains(r#"<property name="base.kernels" value="6.12.2 (4 boots)"/>"#), "{text}");
}

#[test]
fn markdown_says_what_was_found_first() {
    let report = markdown(&comparison());
    let first = report.lines().next().unwrap();
    assert_eq!(
        first,
        "**Regression: 1 case fails that passed, 1 case is missing, 1 metric is worse, 4 metrics are unknown, 1 metric is the same, \
         1 benchmark does not compare**: `6.12.16` (4 boots) against `6.12.2` (4 boots), on `unknown machine`."
    );
    for part in [
        "- **fails**: `b k=broken`: passes in all 4 boots -> fails in all 4 boots: <code>exit &#124; status ",
        "| **worse** | <code>b k=a&#124;b &#96;c&#96; &#60;i>&#92;&#42;",
        "| 50.0 % slower |",
        "1 metric is the same within 5 %.",
        "- other: parameter `N`: `1` -> `2`",
        "docs/comparison.md",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(report.contains("metrics are unknown:\n\n- "), "{report}");
    let rows: Vec<&str> = report.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 2 && rows.iter().all(|row| row.matches('|').count() == 8), "{rows:#?}");
}

#[test]
fn a_long_report_is_cut_and_says_so() {
    let mut comparison = comparison();
    let worse = comparison.metrics[0].clone();
    comparison.metrics = vec![worse; 70];
    let report = markdown(&comparison);
    assert_eq!(report.lines().filter(|line| line.starts_with("| **worse**")).count(), 50);
    assert!(report.contains("\n\nand 20 more\n"), "{report}");
}

#[test]
fn text_has_80_columns_and_the_answer_first() {
    for all in [false, true] {
        let page = text(&comparison(), all, 80);
        assert!(
            page.starts_with("Regression: 1 case fails that passed, 1 case is missing, 1 metric is worse, "),
            "{page}"
        );
        let long: Vec<&str> = page.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{long:#?}");
        let (fails, worse) = (page.find("Fails, and passed on the base (1):"), page.find("Worse (1):"));
        assert!(fails < worse && fails.is_some(), "{page}");
        assert!(page.contains("Not compared") && page.contains("parameter N: 1 -> 2"), "{page}");
    }
}
