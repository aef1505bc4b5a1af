//! SQUAD's tests and metrics, of a test run's files and of its REST interface's lists -> database results.

use crate::{
    lab::source::item::{ItemError, needed, number, text},
    rebuild::DatabaseResult,
    record,
};
use serde_json::{Map, Value};

/// What a metric counts as.
const PASS: &str = "pass";

/// Whether a list's item is a metric.
pub(in crate::lab) fn is_metric_item(item: &Map<String, Value>) -> bool {
    item.contains_key("measurement_list") || item.contains_key("measurements")
}

/// Whether a list's item is a test.
pub(in crate::lab) fn is_test_item(item: &Map<String, Value>) -> bool {
    item.contains_key("status")
}

/// Whether a document has the form of `metrics_file`.
pub(in crate::lab) fn is_metrics_file(document: &Map<String, Value>) -> bool {
    is_named(document) && document.values().all(|value| inner(value, "value").as_f64().is_some() || is_list(value))
}

/// Whether a document has the form of `tests_file`.
pub(in crate::lab) fn is_tests_file(document: &Map<String, Value>) -> bool {
    is_named(document) && document.values().all(|value| value.is_null() || inner(value, "result").is_string())
}

/// SQUAD's names have their suite before them.
fn is_named(document: &Map<String, Value>) -> bool {
    document.keys().all(|name| name.contains('/'))
}

/// The results of `metrics_file`, and how many of them are lists.
pub(in crate::lab) fn metrics(members: &[(String, Value)]) -> Result<(Vec<DatabaseResult>, usize), ItemError> {
    let several = |(_, value): &&(String, Value)| is_list(value) && has_several(value);
    let lists = members.iter().filter(several).count();
    let results = members.iter().map(|(name, value)| metric(name, value));
    Ok((results.collect::<Result<_, _>>()?, lists))
}

/// The results of `tests_file`.
pub(in crate::lab) fn tests(members: &[(String, Value)]) -> Vec<DatabaseResult> {
    members.iter().map(|(name, value)| test(name, value)).collect()
}

/// A metric of a list.
pub(in crate::lab) fn metric_item(item: &Map<String, Value>) -> Result<DatabaseResult, ItemError> {
    let name = needed(item, "name")?;
    let measurement = number(item.get("result")).ok_or(ItemError::NotANumber("result"))?;
    Ok(DatabaseResult::verdict(short(&name), PASS).with(Some(measurement), text(item, "unit")))
}

/// A test of a list.
pub(in crate::lab) fn test_item(item: &Map<String, Value>) -> Result<DatabaseResult, ItemError> {
    let result = needed(item, "status")?;
    Ok(DatabaseResult::verdict(short(&needed(item, "name")?), result))
}

fn metric(name: &str, value: &Value) -> Result<DatabaseResult, ItemError> {
    let units = value.get("unit").and_then(Value::as_str).filter(|unit| !unit.is_empty());
    let number = match inner(value, "value") {
        Value::Array(list) => median(list),
        value => value.as_f64(),
    };
    let measurement = number.ok_or_else(|| ItemError::NoNumber(name.into()))?.to_string();
    Ok(DatabaseResult::verdict(short(name), PASS).with(Some(measurement), units.map(Into::into)))
}

fn test(name: &str, value: &Value) -> DatabaseResult {
    // SQUAD writes null for a test that was skipped.
    let result = inner(value, "result").as_str().unwrap_or("skip");
    DatabaseResult::verdict(short(name), result)
}

/// What stands after the suite.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// A value that stands alone, or among others with the name `key`.
fn inner<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(value)
}

fn is_list(value: &Value) -> bool {
    inner(value, "value").as_array().is_some_and(|list| list.iter().all(|value| value.as_f64().is_some()))
}

fn has_several(value: &Value) -> bool {
    inner(value, "value").as_array().is_some_and(|list| list.len() > 1)
}

/// As a record's series computes it: a metric's value for charts.
fn median(list: &[Value]) -> Option<f64> {
    let numbers = list.iter().filter_map(Value::as_f64);
    Some(record::Value::median(numbers.filter_map(|number| number.try_into().ok()).collect())?.get())
}
