//! JSON documents -> database results: LAVA's and SQUAD's REST lists, SQUAD's files, tuxrun's results.
//!
//! A file may hold several documents, such as all pages of a list.

use super::{Content, Sink, Told};
use crate::{lab::lava::read::Metadata, rebuild::DatabaseResult, record};
use serde::{
    Deserialize,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::{Deserializer, Map, Value, error::Category};
use std::{
    fmt::{self, Display},
    io,
    marker::PhantomData,
};

/// What a text that begins like JSON is.
pub(super) enum Read {
    /// An export.
    Known(Told),
    /// A record of ours.
    Record,
    /// A document that ends too early.
    Cut { line: u64 },
    /// An export that is not what it should be.
    Malformed { what: Content, document: usize, why: String },
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
    let mut told: Option<Told> = None;
    for (number, (document, text)) in (1..).zip(&documents) {
        let Some(content) = content(document) else {
            if is_record(document) {
                return Read::Record;
            }
            let Some(told) = &mut told else { return Read::Unknown };
            told.notes.push(format!("document {number}: not an export that is known; passed over"));
            continue;
        };
        let told = told.get_or_insert_with(|| Told::new(content));
        match results(content, document, text) {
            Ok((results, lists)) => {
                if let Err(error) = results.into_iter().try_for_each(|result| sink.result(result)) {
                    return Read::Full(error);
                }
                if lists > 0 {
                    told.notes.push(format!(
                        "{lists} metrics are lists of samples, whose iterations are not known: their medians are taken"
                    ));
                }
            }
            Err(why) => return Read::Malformed { what: content, document: number, why },
        }
    }
    told.map_or(Read::Unknown, Read::Known)
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
        let item = items.first()?.as_object()?;
        return match item {
            _ if !item.contains_key("name") => None,
            _ if item.contains_key("measurement") && item.contains_key("result") => Some(Content::LavaTests),
            _ if item.contains_key("measurement_list") || item.contains_key("measurements") => {
                Some(Content::SquadMetrics)
            }
            _ if item.contains_key("status") => Some(Content::SquadTests),
            _ => None,
        };
    }
    let object = document.as_object()?;
    // SQUAD's names have their suite before them.
    let named = object.keys().all(|name| name.contains('/'));
    let all = |is: fn(&Value) -> bool| object.values().all(is);
    match object {
        _ if object.is_empty() => None,
        _ if named && all(|value| value.get("value").unwrap_or(value).as_f64().is_some() || is_list(value)) => {
            Some(Content::SquadMetrics)
        }
        _ if named && all(|value| value.is_null() || value.get("result").unwrap_or(value).is_string()) => {
            Some(Content::SquadTests)
        }
        _ if all(|suite| suite.as_object().is_some_and(|suite| suite.values().all(Value::is_object))) => {
            Some(Content::Tuxrun)
        }
        _ => None,
    }
}

fn is_list(value: &Value) -> bool {
    let list = value.get("value").unwrap_or(value).as_array();
    list.is_some_and(|list| list.iter().all(|value| value.as_f64().is_some()))
}

/// An object's members in their order, which a [`Value`] does not keep.
struct Ordered<T>(Vec<(String, T)>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Members<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

fn ordered<T: DeserializeOwned>(text: &[u8]) -> Result<Vec<(String, T)>, String> {
    serde_json::from_slice::<Ordered<T>>(text).map(|Ordered(members)| members).map_err(|error| error.to_string())
}

/// The results of a document in their order, and how many of them are lists.
fn results(content: Content, document: &Value, text: &[u8]) -> Result<(Vec<DatabaseResult>, usize), String> {
    if let Some(items) = items(document) {
        let mut results = Vec::new();
        for (number, item) in (1..).zip(items) {
            let result = listed(content, item).map_err(|why| format!("item {number}: {why}"))?;
            results.extend(result);
        }
        return Ok((results, 0));
    }
    if content == Content::Tuxrun {
        let suites: Vec<(String, Ordered<Value>)> = ordered(text)?;
        return Ok((suites.into_iter().flat_map(tuxrun).collect(), 0));
    }
    let members: Vec<(String, Value)> = ordered(text)?;
    let several = |(_, value): &&(String, Value)| is_list(value) && several(value);
    let lists = members.iter().filter(several).count();
    let results = members.iter().map(|(name, value)| match content {
        Content::SquadMetrics => squad_metric(name, value),
        _ => Ok(squad_test(name, value)),
    });
    Ok((results.collect::<Result<_, _>>()?, lists))
}

/// An item of a list.
fn listed(content: Content, item: &Value) -> Result<Option<DatabaseResult>, String> {
    let item = item.as_object().ok_or("not an object")?;
    match content {
        Content::LavaTests => lava(item),
        Content::SquadMetrics => squad_metric_item(item).map(Some),
        _ => squad_test_item(item).map(Some),
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(Into::into).filter(|text: &String| !text.is_empty())
}

fn needed(object: &Map<String, Value>, key: &str) -> Result<String, String> {
    text(object, key).ok_or_else(|| format!("no text `{key}`"))
}

/// A number, or a text that is one.
fn number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => text.parse::<f64>().ok().map(|_| text.clone()),
        value => value.as_f64().map(shortest),
    }
}

fn shortest(number: impl Display) -> String {
    number.to_string()
}

fn lava(item: &Map<String, Value>) -> Result<Option<DatabaseResult>, String> {
    let metadata = item.get("metadata").and_then(Value::as_str).and_then(Metadata::read);
    if metadata.as_ref().is_some_and(|metadata| metadata.definition.as_deref() == Some("lava")) {
        return Ok(None);
    }
    let column = match item.get("measurement") {
        None | Some(Value::Null) => None,
        value => Some(number(value).ok_or("`measurement` is no number")?),
    };
    let exact = metadata.and_then(|metadata| metadata.exact());
    Ok(Some(DatabaseResult {
        name: needed(item, "name")?,
        result: needed(item, "result")?,
        units: text(item, "unit").filter(|_| column.is_some()),
        measurement: column.map(|column| exact.unwrap_or(column)),
    }))
}

/// What stands behind the suite.
fn short(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().into()
}

fn squad_metric(name: &str, value: &Value) -> Result<DatabaseResult, String> {
    let units = value.get("unit").and_then(Value::as_str).filter(|unit| !unit.is_empty());
    let number = match value.get("value").unwrap_or(value) {
        Value::Array(list) => median(list),
        value => value.as_f64(),
    };
    Ok(DatabaseResult {
        name: short(name),
        result: "pass".into(),
        measurement: Some(shortest(number.ok_or_else(|| format!("metric `{name}`: no number"))?)),
        units: units.map(Into::into),
    })
}

fn several(value: &Value) -> bool {
    value.get("value").unwrap_or(value).as_array().is_some_and(|list| list.len() > 1)
}

/// As a record's series computes it: a metric's value for charts.
fn median(list: &[Value]) -> Option<f64> {
    let numbers = list.iter().filter_map(Value::as_f64);
    Some(record::Value::median(numbers.filter_map(|number| number.try_into().ok()).collect())?.get())
}

fn squad_test(name: &str, value: &Value) -> DatabaseResult {
    // SQUAD writes null for a test that was skipped.
    let result = value.get("result").unwrap_or(value).as_str().unwrap_or("skip");
    DatabaseResult { name: short(name), result: result.into(), measurement: None, units: None }
}

fn squad_metric_item(item: &Map<String, Value>) -> Result<DatabaseResult, String> {
    Ok(DatabaseResult {
        name: short(&needed(item, "name")?),
        result: "pass".into(),
        measurement: Some(number(item.get("result")).ok_or("`result` is no number")?),
        units: text(item, "unit"),
    })
}

fn squad_test_item(item: &Map<String, Value>) -> Result<DatabaseResult, String> {
    let result = needed(item, "status")?;
    Ok(DatabaseResult { name: short(&needed(item, "name")?), result, measurement: None, units: None })
}

fn tuxrun((suite, Ordered(cases)): (String, Ordered<Value>)) -> impl Iterator<Item = DatabaseResult> {
    let cases = cases.into_iter().filter(move |_| suite != "lava");
    cases.filter_map(|(name, case)| {
        let measurement = number(case.get("measurement"));
        Some(DatabaseResult {
            name,
            result: case.get("result")?.as_str()?.into(),
            units: case.get("units").and_then(Value::as_str).filter(|_| measurement.is_some()).map(Into::into),
            measurement,
        })
    })
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
        assert!(bad.unwrap_err().to_string().contains("item 1: `measurement` is no number"));
    }
}
