//! LAVA's exports of a job's results, CSV, YAML and JUnit, and its REST interface's lists -> database results, one by one.
//!
//! All but JUnit keep the measurement twice: in a column (with 10 decimals in new databases), and, as the double that LAVA
//! read, in the test case's metadata. The latter is taken where it is there.

use crate::{
    lab::source::{
        Content, Sink, SourceError, SourceReport,
        item::{ItemError, needed, number, text},
    },
    rebuild::DatabaseResult,
    text::yaml,
};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, ErrorKind, Read},
};

/// The suite of LAVA's own steps.
const LAVA: &str = "lava";

/// The most bytes of one test case in an export; a reader's buffer adds to it.
const MAX_ITEM: u64 = 1 << 20;

/// What is asked of a test case, in CSV and YAML alike.
#[derive(Deserialize)]
struct Row<Metadata> {
    name: String,
    suite: String,
    result: String,
    measurement: Option<String>,
    unit: Option<String>,
    metadata: Option<Metadata>,
}

/// What LAVA's dispatcher reported of a test case.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    measurement: Option<f64>,
    #[serde(default)]
    definition: Option<String>,
}

impl Metadata {
    /// As LAVA's REST interface has it, and, in Python's spelling, its CSV export: both are YAML. Anything else, as a test
    /// case of another program may have, tells nothing.
    fn read(text: &str) -> Option<Self> {
        yaml::read(text).ok()
    }

    /// The measurement, shortest.
    fn exact(&self) -> Option<String> {
        self.measurement.filter(|number| number.is_finite()).map(|number| number.to_string())
    }
}

impl<M> Row<M> {
    fn result(self, metadata: impl Fn(M) -> Option<Metadata>) -> Option<DatabaseResult> {
        if self.suite == LAVA {
            return None;
        }
        let exact = self.metadata.and_then(metadata).and_then(|metadata| metadata.exact());
        // Python's word for nothing.
        let column = self.measurement.filter(|text| !text.is_empty() && text != "None");
        let measurement = column.map(|column| exact.unwrap_or(column));
        let units = self.unit.filter(|unit| !unit.is_empty());
        Some(DatabaseResult::verdict(self.name, self.result).with(measurement, units))
    }
}

/// Whether an item of a list in JSON is a test case as LAVA's REST interface lists it.
pub(in crate::lab) fn is_item(item: &Map<String, Value>) -> bool {
    item.contains_key("measurement") && item.contains_key("result")
}

/// A test case as LAVA's REST interface lists it; none where it is one of LAVA's own steps.
pub(in crate::lab) fn item(item: &Map<String, Value>) -> Result<Option<DatabaseResult>, ItemError> {
    let metadata = item.get("metadata").and_then(Value::as_str).and_then(Metadata::read);
    if metadata.as_ref().is_some_and(|metadata| metadata.definition.as_deref() == Some(LAVA)) {
        return Ok(None);
    }
    let column = match item.get("measurement") {
        None | Some(Value::Null) => None,
        value => Some(number(value).ok_or(ItemError::NotANumber("measurement"))?),
    };
    let exact = metadata.and_then(|metadata| metadata.exact());
    let measurement = column.map(|column| exact.unwrap_or(column));
    let result = DatabaseResult::verdict(needed(item, "name")?, needed(item, "result")?);
    Ok(Some(result.with(measurement, text(item, "unit"))))
}

/// LAVA's CSV export of a job or a suite.
pub(in crate::lab) fn csv(source: impl Read, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let what = Content::LavaCsv;
    let meter = Meter::default();
    let rows = csv::Reader::from_reader(Metered { inner: source, meter: &meter }).into_deserialize::<Row<String>>();
    for row in rows {
        let row = row.map_err(|error| {
            let (line, why) = (error.position().map_or(0, csv::Position::line), error.to_string());
            match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() != ErrorKind::FileTooLarge => SourceError::Read(error),
                _ => SourceError::Malformed { what, line, why },
            }
        })?;
        meter.refill();
        row.result(|text| Metadata::read(&text)).into_iter().try_for_each(|result| sink.result(result))?;
    }
    Ok(SourceReport::new(what))
}

/// LAVA's YAML export of a job or a suite: a list, each item of which begins with `- ` in the first column.
pub(in crate::lab) fn yaml(mut source: impl BufRead, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let (mut item, mut first, mut line) = (String::new(), 1, 0);
    loop {
        let mut bytes = Vec::new();
        let read = source.by_ref().take(MAX_ITEM).read_until(b'\n', &mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        if read == 0 || (text.starts_with("- ") && !item.is_empty()) {
            yaml_item(&item, first, sink)?;
            (item, first) = (String::new(), line + 1);
        }
        if read == 0 {
            return Ok(SourceReport::new(Content::LavaYaml));
        }
        line += 1;
        item.push_str(&text);
        if item.len() as u64 > MAX_ITEM {
            let why = format!("an item of more than {MAX_ITEM} bytes");
            return Err(SourceError::Malformed { what: Content::LavaYaml, line: first, why });
        }
    }
}

fn yaml_item(item: &str, first: u64, sink: &mut impl Sink) -> Result<(), SourceError> {
    let rows: Vec<Row<serde_yaml::Value>> = yaml::read(item).map_err(|error| {
        let line = first + error.line().saturating_sub(1) as u64;
        SourceError::Malformed { what: Content::LavaYaml, line, why: error.to_string() }
    })?;
    let mut results = rows.into_iter().filter_map(|row| row.result(|value| serde_yaml::from_value(value).ok()));
    results.try_for_each(|result| sink.result(result)).map_err(Into::into)
}

/// LAVA's JUnit export: names and failures only. It has no measurements, and does not distinguish `pass` from `unknown`.
pub(in crate::lab) fn junit(source: impl Read, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let what = Content::LavaJunit;
    let meter = Meter::default();
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(Metered { inner: source, meter: &meter }));
    let (mut buffer, mut suite) = (Vec::new(), Suite::default());
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).and_then(|event| suite.take(&event, sink).map(|()| event));
        match event {
            Ok(Event::Eof) if suite.depth == 0 => break,
            Ok(Event::Eof) => {
                let why = "it ends before its last element is closed\nhint: it was not downloaded whole".into();
                return Err(SourceError::Malformed { what, line: meter.lines.get(), why });
            }
            Ok(_) => meter.refill(),
            Err(quick_xml::Error::Io(error)) if error.kind() != ErrorKind::FileTooLarge => {
                return Err(SourceError::Read(io::Error::new(error.kind(), error.to_string())));
            }
            Err(error) => {
                return Err(SourceError::Malformed { what, line: meter.lines.get(), why: error.to_string() });
            }
        }
    }
    let mut told = SourceReport::new(what);
    told.notes
        .push("JUnit has no measurements, and does not tell a pass from an unknown: LAVA's csv export does".into());
    Ok(told)
}

/// Where in a JUnit document we are.
#[derive(Default)]
struct Suite {
    depth: usize,
    case: Option<DatabaseResult>,
}

impl Suite {
    fn take(&mut self, event: &Event, sink: &mut impl Sink) -> Result<(), quick_xml::Error> {
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                self.open(tag)?;
            }
            Event::Empty(tag) => {
                self.open(tag)?;
                self.close(tag.name().as_ref(), sink)?;
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.close(tag.name().as_ref(), sink)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), quick_xml::Error> {
        let attribute = |name| match tag.try_get_attribute(name)? {
            Some(attribute) => attribute.normalized_value(XmlVersion::default()).map(|value| value.into_owned()),
            None => Ok(String::new()),
        };
        match (tag.name().as_ref(), &mut self.case) {
            ("testcase", case) => {
                let name = attribute("name")?;
                let ours = attribute("classname")? != LAVA;
                *case = ours.then(|| DatabaseResult::verdict(name, "pass"));
            }
            ("failure" | "error", Some(case)) => case.result = "fail".into(),
            ("skipped", Some(case)) => case.result = "skip".into(),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str, sink: &mut impl Sink) -> io::Result<()> {
        if name != "testcase" {
            return Ok(());
        }
        // An unknown verdict counts as none; every other case without a measurement passes, or says that it fails.
        let told = self.case.take().filter(|case| case.result != "pass" || !case.name.contains("._case"));
        told.map_or(Ok(()), |case| sink.result(case))
    }
}

/// How much of a source may still be read for one row, and how many lines were read.
struct Meter {
    left: Cell<u64>,
    lines: Cell<u64>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { left: Cell::new(MAX_ITEM), lines: Cell::new(1) }
    }
}

impl Meter {
    fn refill(&self) {
        self.left.set(MAX_ITEM);
    }
}

/// A source that is not read further once a row becomes too long.
struct Metered<'a, R> {
    inner: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let (left, lines) = (&self.meter.left, &self.meter.lines);
        let few = left.get().checked_sub(read as u64);
        left.set(few.ok_or_else(|| io::Error::new(ErrorKind::FileTooLarge, "a row of more than 1 MiB"))?);
        lines.set(lines.get() + memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::source::{
        read,
        tests::{Seen, seen},
    };

    const CSV: &str = r#""job","suite","result","measurement","unit","duration","timeout","logged","level","metadata","url","name","id","log_start_line","log_end_line"
"4","lava","pass","None","","","","2026","","{'definition': 'lava', 'case': 'validate', 'result': 'pass'}","/results/testcase/45","validate","45","",""
"4","0_primes","pass","0E-10","s","","","2026","","{'definition': '0_primes', 'case': 'primes.a.0.0', 'result': 'pass', 'measurement': 1e-12, 'units': 's'}","/results/testcase/46","primes.a.0.0","46","1","1"
"4","0_primes","pass","1.5000000000","s","","","2026","","{'extra': 'it''s', ]","/results/testcase/47","primes.a.0.1","47","1","1"
"4","0_primes","unknown","None","","","","2026","","","/results/testcase/48","primes._case","48","1","1"
"#;

    #[test]
    fn reads_csv_and_takes_the_double_that_lava_read() {
        assert_eq!(
            seen(CSV),
            ["primes.a.0.0 pass 0.000000000001 s", "primes.a.0.1 pass 1.5000000000 s", "primes._case unknown"]
        );
    }

    #[test]
    fn names_the_line_of_a_malformed_row() {
        let cut = CSV.rsplit_once(",\"primes._case").unwrap().0;
        let error = read(cut.as_bytes(), &mut Seen::default()).unwrap_err().to_string();
        assert!(error.starts_with("LAVA's results as CSV, line 5:"), "{error}");
        let unclosed = format!("{CSV}\"{}", "x".repeat(3 << 20));
        let error = read(unclosed.as_bytes(), &mut Seen::default()).unwrap_err().to_string();
        assert!(error.contains("more than 1 MiB"), "{error}");
    }

    #[test]
    fn reads_yaml_of_both_versions() {
        let old = "- id: '23'\n  job: '2'\n  measurement: None\n  metadata:\n    case: validate\n    definition: lava\n  name: validate\n  \
                   result: pass\n  suite: lava\n  unit: ''\n- id: '24'\n  measurement: '0.30000000000000004'\n  metadata:\n    \
                   measurement: 0.30000000000000004\n  name: a.b.0.0\n  result: pass\n  suite: 0_a\n  unit: s\n";
        assert_eq!(seen(old), ["a.b.0.0 pass 0.30000000000000004 s"]);
        let new = "- name: a.b.0.0\n  job: '4'\n  suite: 0_a\n  result: pass\n  measurement: 0E-10\n  unit: s\n  metadata:\n    \
                   measurement: 1.0e-12\n    extra:\n    - uuid: 4_1\n- name: a._case\n  suite: 0_a\n  result: fail\n  measurement: None\n";
        assert_eq!(seen(new), ["a.b.0.0 pass 0.000000000001 s", "a._case fail"]);
        let error = read(&new.as_bytes()[..new.len() - 30], &mut Seen::default()).unwrap_err().to_string();
        assert!(error.starts_with("LAVA's results as YAML, line 1"), "{error}");
    }

    #[test]
    fn reads_from_junit_what_it_tells() {
        let xml = "<?xml version=\"1.0\"?>\n<testsuites>\n<testsuite name=\"lava\"><testcase name=\"validate\" classname=\"lava\"/></testsuite>\n\
            <testsuite name=\"0_a\"><testcase name=\"a._case\" classname=\"0_a\"/><testcase name=\"a._case.n_1\" classname=\"0_a\">\
            <failure type=\"failure\" message=\"failed\">&lt;x</failure></testcase><testcase name=\"a._tool.name_b\" classname=\"0_a\"/>\
            <testcase name=\"a._case.n_2\" classname=\"0_a\"><skipped/></testcase></testsuite></testsuites>\n";
        assert_eq!(seen(xml), ["a._case.n_1 fail", "a._tool.name_b pass", "a._case.n_2 skip"]);
        let error = read(xml.split("</testsuites>").next().unwrap().as_bytes(), &mut Seen::default()).unwrap_err();
        assert!(error.to_string().contains("line 4: it ends before"), "{error}");
    }
}
