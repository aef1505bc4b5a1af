//! Every name and unit that any definition can produce passes each hop unchanged: LAVA's signal pattern and database,
//! SQUAD's names and limits, tuxrun's keys. The hops are modelled after what LAVA 2023.01 and 2026.07, SQUAD 1.98 and
//! tuxrun were seen to do.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lava_bench::{
    definition::{Definition, Store},
    record::{Benchmark, Case, Ident, Labels, Record, RecordId, Series, Tool, Value, Verdict},
    signal::{DEFAULT_BUDGET, Signal, record_signals},
};
use proptest::{prelude::*, test_runner::Config};
use std::collections::{BTreeMap, BTreeSet};

/// A test case after a hop.
#[derive(Clone, Debug, PartialEq)]
struct TestCase {
    suite: String,
    name: String,
    result: String,
    measurement: Option<f64>,
    units: Option<String>,
}

/// LAVA: `<LAVA_SIGNAL_(\S+) ([^>]+)>`, split at white space, each part a key and a value; before 2025.02 only one `=` a part.
fn lava(suite: &str, line: &str) -> Option<TestCase> {
    let body = line.strip_prefix("<LAVA_SIGNAL_TESTCASE ")?;
    let body = &body[..body.find('>')?];
    let mut fields = BTreeMap::new();
    for part in body.split_whitespace() {
        let (key, value) = part.split_once('=').filter(|(_, value)| !value.contains('='))?;
        fields.insert(key, value);
    }
    let result = fields.get("RESULT").filter(|result| ["pass", "fail", "skip", "unknown"].contains(result))?;
    let measurement = match fields.get("MEASUREMENT") {
        // 2026.07 hangs on nan and inf, and drops what numeric(30,10) does not hold.
        Some(number) => Some(number.parse::<f64>().ok().filter(|number| number.is_finite() && number.abs() < 1e20)?),
        None => None,
    };
    let name = fields.get("TEST_CASE_ID")?;
    // A search window of 4000 characters of which 2000 are read; its pages know these characters; `job` is its own.
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"()+._-".contains(&byte));
    (line.len() <= 900 && suite.len() <= 190 && plain && !name.is_empty() && *name != "job").then(|| TestCase {
        suite: suite.into(),
        name: (*name).into(),
        result: (*result).into(),
        measurement,
        units: fields.get("UNITS").filter(|_| measurement.is_some()).map(|units| (*units).into()),
    })
}

/// SQUAD: what stands before the first `_` of a suite goes; the last `/` ends the suite; 256 characters each, a unit 30.
fn squad(case: &TestCase) -> Option<TestCase> {
    let suite = case.suite.split_once('_').map_or(case.suite.as_str(), |(_, suite)| suite);
    let full = format!("{suite}/{}", case.name);
    let (suite, name) = full.rsplit_once('/')?;
    let fits = suite.len() <= 256 && name.len() <= 256 && case.units.as_ref().is_none_or(|unit| unit.len() <= 30);
    let safe = !name.ends_with(']') && !suite.contains(['$', '<']) && !full.contains(['<', '>']);
    (fits && safe).then(|| TestCase { suite: suite.into(), name: name.into(), ..case.clone() })
}

/// tuxrun: `digits_` before a suite's or a case's name goes.
fn tuxrun(case: &TestCase) -> TestCase {
    let strip = |name: &str| match name.split_once('_') {
        Some((digits, rest)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest.to_owned()
        }
        _ => name.to_owned(),
    };
    TestCase { suite: strip(&case.suite), name: strip(&case.name), ..case.clone() }
}

/// What a definition leaves open.
#[derive(Clone, Debug)]
struct Open {
    run: u32,
    version: String,
    /// For parameters, matrix labels and labels of series, in turn.
    texts: Vec<String>,
    value: f64,
    samples: usize,
    verdict: usize,
}

fn open() -> impl Strategy<Value = Open> {
    let text = prop_oneof!["[ -~]{0,40}", "\\PC{0,60}", "[0-9]{1,6}", Just("x/[y]=>z ".repeat(20))];
    let value = prop_oneof![-1e20..1e20_f64, -1.0..1.0_f64, Just(0.0)];
    let texts = proptest::collection::vec(text, 1..8);
    (prop_oneof![Just(1_u32), any::<u32>()], "\\PC{0,40}", texts, value, 0_usize..40, 0_usize..4).prop_map(
        |(run, version, texts, value, samples, verdict)| Open { run, version, texts, value, samples, verdict },
    )
}

/// A record that the definition could make, for some tool, some machine, some parameters.
fn record(definition: &Definition, open: &Open) -> Record {
    let mut texts = open.texts.iter().cycle().cloned();
    let mut next = || texts.next().unwrap();
    let parameters = definition.parameters.iter().map(|parameter| (parameter.name.clone(), next())).collect();
    let labels = |keys: &mut dyn Iterator<Item = &Ident>, next: &mut dyn FnMut() -> String| {
        Labels::new(keys.map(|key| (key.clone(), next())).collect()).unwrap()
    };
    let point = labels(&mut definition.matrix.iter().map(|axis| &axis.label), &mut next);
    let value = Value::try_from(open.value).unwrap_or_else(|_| Value::from(1));
    let series = definition.metrics.iter().map(|spec| Series {
        metric: spec.metric.name.clone(),
        labels: labels(&mut spec.metric.labels.iter(), &mut next),
        samples: vec![vec![Some(value); open.samples]; 2],
    });
    let series = series.collect();
    let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::Skip, Verdict::Unknown];
    let case = Case {
        labels: point,
        result: verdicts[open.verdict],
        valid: Some(open.verdict == 0),
        series,
        ..Case::default()
    };
    let benchmark = Benchmark {
        name: definition.name.clone(),
        run: open.run.max(1),
        tool: Some(Tool {
            name: definition.tool.name.filled(&definition.defaults()),
            version: Some(open.version.clone()),
        }),
        parameters,
        metrics: definition.metrics.iter().map(|spec| spec.metric.clone()).collect(),
        cases: vec![case],
    };
    Record { id: RecordId(7), benchmarks: vec![benchmark], ..Record::default() }
}

fn passes(definition: &Definition, signals: &[Signal]) -> Result<(), TestCaseError> {
    let mut names = BTreeSet::new();
    for signal in signals {
        let line = signal.to_line(RecordId(7));
        let Some(case) = lava(&format!("0_{}", definition.name), &line) else {
            return Err(TestCaseError::fail(format!("LAVA drops {line}")));
        };
        prop_assert_eq!(case.measurement, signal.measurement.as_ref().map(|(value, _)| value.get()));
        let Some(kept) = squad(&case) else { return Err(TestCaseError::fail(format!("SQUAD drops {line}"))) };
        let tuxrun = tuxrun(&case);
        for hop in [&case, &kept, &tuxrun] {
            prop_assert_eq!(hop.name.parse(), Ok(signal.name.clone()));
            prop_assert_eq!(hop.units.as_deref(), signal.measurement.as_ref().map(|(_, unit)| unit.as_str()));
        }
        prop_assert_eq!((&kept.suite, &tuxrun.suite), (&definition.name.to_string(), &definition.name.to_string()));
        // The last of two with one name wins, in SQUAD and in tuxrun.
        prop_assert!(names.insert(kept.name), "{} comes twice", case.name);
    }
    Ok(())
}

#[test]
fn every_definitions_names_and_units_pass_every_hop() {
    let store = Store::embedded();
    let names: Vec<String> = store.names().map(Into::into).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let definition = store.load(&name).unwrap();
        let mut runner = proptest::test_runner::TestRunner::new(Config { cases: 24, ..Config::default() });
        let result = runner.run(&open(), |open| {
            let record = record(&definition, &open);
            record.check().unwrap();
            passes(&definition, &record_signals(&record, DEFAULT_BUDGET))
        });
        assert!(result.is_ok(), "{name}: {}", result.unwrap_err());
    }
}

#[test]
fn the_models_drop_what_the_systems_drop() {
    let signal = |name: &str, units: &str| {
        format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={name} RESULT=pass MEASUREMENT=1 UNITS={units}>")
    };
    for (name, units) in
        [("a b", "s"), ("a=b", "s"), ("a>b", "s"), ("a/b", "s"), ("job", "s"), ("a", "m s"), ("a", "a=b")]
    {
        assert_eq!(lava("0_a", &signal(name, units)), None, "{name} {units}");
    }
    assert_eq!(lava("0_a", "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass MEASUREMENT=nan>"), None);
    let case = lava("0_a", &signal("a", &"x".repeat(31))).unwrap();
    assert_eq!(squad(&case), None);
    assert_eq!(squad(&TestCase { name: "x".repeat(257), units: None, ..case.clone() }), None);
    assert_eq!(tuxrun(&TestCase { name: "12_a".into(), ..case }).name, "a");
}
