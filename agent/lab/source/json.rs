//! JSON documents -> database results: LAVA's and SQUAD's REST lists, SQUAD's files, lava-run's and tuxrun's results.
//!
//! A file may hold several documents, such as all pages of a list.

use super::{Content, ExportError, ItemError, Sink, SourceReport, item::ordered, lava_run, tuxrun};
use crate::{
    lab::{lava::read as lava, squad::read as squad},
    rebuild::DatabaseResult,
};
use serde_json::{Deserializer, Value, error::Category};
use std::io;

/// What a text that begins like JSON is.
pub(super) enum Read {
    /// An export.
    Known(SourceReport),
    /// A record of ours.
    Record,
    /// A document that ends too early.
    Cut { line: u64 },
    /// An export that is not what it should be.
    Malformed { what: Content, document: usize, why: ExportError },
    /// Nothing that is known here.
    Unknown,
    /// More than can be kept.
    Full(io::Error),
}

/// The most values in all documents together: one takes up to 100 bytes, and an export of 150,000 test cases has a third
/// of them.
const MAX_VALUES: usize = 5_000_000;

/// Reads the documents of `bytes`.
pub(super) fn read(bytes: &[u8], sink: &mut impl Sink) -> Read {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Each value but the first of its list or object has a comma before it, and that one a bracket.
    let values = memchr::memchr3_iter(b',', b'[', b'{', bytes).count();
    if values > MAX_VALUES {
        let why = format!("a JSON document of more than {MAX_VALUES} values");
        return Read::Full(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    let documents = match documents(bytes) {
        Ok(documents) => documents,
        Err(error) if error.classify() == Category::Eof => return Read::Cut { line: error.line() as u64 },
        Err(_) => return Read::Unknown,
    };
    let mut report: Option<SourceReport> = None;
    for (number, (document, text)) in (1..).zip(&documents) {
        let Some(content) = content(document) else {
            if is_record(document) {
                return Read::Record;
            }
            let Some(report) = &mut report else { return Read::Unknown };
            report.notes.push(format!("document {number}: an unknown kind of export; passed over"));
            continue;
        };
        let report = report.get_or_insert_with(|| SourceReport::new(content));
        match results(content, document, text) {
            Ok((results, lists)) => {
                if let Err(error) = results.into_iter().try_for_each(|result| sink.result(result)) {
                    return Read::Full(error);
                }
                if lists > 0 {
                    report.notes.push(format!(
                        "{lists} metrics are lists of samples, whose iterations are not known: their medians are taken"
                    ));
                }
            }
            Err(why) => return Read::Malformed { what: content, document: number, why },
        }
    }
    report.map_or(Read::Unknown, Read::Known)
}

/// Each document, and its text.
fn documents(bytes: &[u8]) -> serde_json::Result<Vec<(Value, &[u8])>> {
    let mut documents = Vec::new();
    let mut stream = Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut begin = 0;
    while let Some(document) = stream.next() {
        documents.push((document?, &bytes[begin..stream.byte_offset()]));
        begin = stream.byte_offset();
    }
    Ok(documents)
}

fn is_record(document: &Value) -> bool {
    document.get("schema").and_then(Value::as_str).is_some_and(|schema| schema.starts_with("lava-bench-record/"))
}

/// The items of a REST list: a page, or just the items.
fn items(document: &Value) -> Option<&Vec<Value>> {
    document.as_array().or_else(|| document.get("results")?.as_array())
}

/// What a document is, by the fields of its first item.
fn content(document: &Value) -> Option<Content> {
    if let Some(items) = items(document) {
        let item = items.first()?.as_object().filter(|item| item.contains_key("name"))?;
        return match item {
            _ if lava::is_item(item) => Some(Content::LavaTests),
            _ if squad::is_metric_item(item) => Some(Content::SquadMetrics),
            _ if squad::is_test_item(item) => Some(Content::SquadTests),
            _ => None,
        };
    }
    let object = document.as_object().filter(|object| !object.is_empty())?;
    match object {
        _ if lava_run::is_case(object) => Some(Content::LavaRun),
        _ if squad::is_metrics_file(object) => Some(Content::SquadMetrics),
        _ if squad::is_tests_file(object) => Some(Content::SquadTests),
        _ if tuxrun::is_results(object) => Some(Content::Tuxrun),
        _ => None,
    }
}

/// The results of a document in their order, and how many of them are lists.
fn results(content: Content, document: &Value, text: &[u8]) -> Result<(Vec<DatabaseResult>, usize), ExportError> {
    if let Some(items) = items(document) {
        let mut results = Vec::new();
        for (number, item) in (1..).zip(items) {
            results.extend(listed(content, item).map_err(|why| ExportError::Item { number, why })?);
        }
        return Ok((results, 0));
    }
    match content {
        Content::LavaRun => {
            Ok((document.as_object().map(lava_run::result).transpose()?.flatten().into_iter().collect(), 0))
        }
        Content::Tuxrun => Ok((tuxrun::results(ordered(text)?).collect(), 0)),
        Content::SquadMetrics => Ok(squad::metrics(&ordered(text)?)?),
        _ => Ok((squad::tests(&ordered(text)?), 0)),
    }
}

/// An item of a list.
fn listed(content: Content, item: &Value) -> Result<Option<DatabaseResult>, ItemError> {
    let item = item.as_object().ok_or(ItemError::NotAnObject)?;
    match content {
        Content::LavaTests => lava::item(item),
        Content::SquadMetrics => squad::metric_item(item).map(Some),
        _ => squad::test_item(item).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::source::{
        Content, SourceError, read,
        tests::{Seen, seen},
    };

    #[test]
    fn reads_lavas_pages_one_after_another() {
        let page = r#"{"count":3,"next":null,"previous":null,"results":[
            {"id":1,"result":"pass","unit":"","name":"validate","measurement":null,"metadata":"definition: lava\ncase: validate\n","suite":7,"test_set":null},
            {"id":2,"result":"pass","unit":"s","name":"a.b.0.0","measurement":"0.0000000000","metadata":"definition: 0_a\nmeasurement: 1.0e-12\n","suite":8},
            {"id":3,"result":"fail","unit":"","name":"a._case","measurement":null,"metadata":"definition: 0_a\n","suite":8}]}"#;
        let expected = ["a.b.0.0 pass 0.000000000001 s", "a._case fail"];
        assert_eq!(seen(page), expected);
        assert_eq!(seen(&format!("{page}\n{page}\n")), [expected, expected].concat());
        let cut = read(&page.as_bytes()[..page.len() - 3], &mut Seen::default());
        assert!(matches!(cut, Err(SourceError::Malformed { what: Content::Json, line: 4, .. })), "{cut:?}");
    }

    #[test]
    fn reads_squads_files_and_lists() {
        assert_eq!(
            seen(
                r#"{"a/a.b.0.0": {"value": 12.5, "unit": "s"}, "a/a.b": 1e-12, "x/c": {"value": [1, 4, 2.5], "unit": "ms"}}"#
            ),
            ["a.b.0.0 pass 12.5 s", "a.b pass 0.000000000001", "c pass 2.5 ms"]
        );
        assert_eq!(
            seen(r#"{"a/a._case": "pass", "a/a._valid": {"result": "fail", "log": ""}, "a/a._case.n_1": null}"#),
            ["a._case pass", "a._valid fail", "a._case.n_1 skip"]
        );
        assert_eq!(
            seen(
                r#"{"next": null, "results": [{"name": "a/a.b", "short_name": "a.b", "result": 1.5, "measurements": "1.5", "unit": "s"}]}"#
            ),
            ["a.b pass 1.5 s"]
        );
        assert_eq!(seen(r#"{"results": [{"name": "a/a._case", "status": "skip"}]}"#), ["a._case skip"]);
    }

    #[test]
    fn reads_what_lava_run_logs() {
        let text = r#"{"definition": "lava", "case": "0_a", "result": "pass", "uuid": "7_1.1", "duration": "0.1"}
{"definition": "0_a", "case": "a.b.0.0", "result": "pass", "measurement": "4213.07", "units": "events/s"}
{"definition": "0_a", "case": "a.b.1.0", "result": "pass", "measurement": 2.5, "units": "events/s", "starttc": null}
{"definition": "0_a", "case": "a._case", "result": "fail"}
"#;
        assert_eq!(seen(text), ["a.b.0.0 pass 4213.07 events/s", "a.b.1.0 pass 2.5 events/s", "a._case fail"]);
    }

    #[test]
    fn reads_tuxrun() {
        let text = r#"{"lava": {"validate": {"result": "pass"}, "file-download": {"kernel": {"result": "pass"}, "url": null}},
            "a": {"a.b.0.0": {"result": "pass", "measurement": 1.5, "units": "s"}, "a._case": {"result": "unknown"}}}"#;
        assert_eq!(seen(text), ["a.b.0.0 pass 1.5 s", "a._case unknown"]);
    }

    #[test]
    fn anything_else_is_a_capture_and_a_record_is_refused() {
        for text in
            ["{\"fio version\": \"fio-3.33\"}\nmore\n", "[{\"a\": 1}]", "{\"a\": [}\n", "{\"count\": 1, \"next\": 2}"]
        {
            let mut seen = Seen::default();
            assert_eq!(read(text.as_bytes(), &mut seen).unwrap().content, Content::Capture, "{text}");
            assert_eq!(seen.lines, text.as_bytes());
        }
        let record = br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[]}"#;
        assert!(matches!(read(&record[..], &mut Seen::default()), Err(SourceError::Record)));
        let bad =
            read(&br#"{"results": [{"name": "a", "result": "pass", "measurement": "x"}]}"#[..], &mut Seen::default());
        assert!(bad.unwrap_err().to_string().contains("item 1: `measurement` is not a number"));
    }
}
