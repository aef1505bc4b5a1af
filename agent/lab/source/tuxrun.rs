//! tuxrun's results: suites of cases -> database results.

use super::item::{Ordered, number};
use crate::rebuild::DatabaseResult;
use serde_json::{Map, Value};

/// Whether a document has the form of tuxrun's results.
pub(super) fn is_results(document: &Map<String, Value>) -> bool {
    let is_suite = |suite: &Value| suite.as_object().is_some_and(|suite| suite.values().all(Value::is_object));
    document.values().all(is_suite)
}

/// The results of all suites but LAVA's own.
pub(super) fn results(suites: Vec<(String, Ordered<Value>)>) -> impl Iterator<Item = DatabaseResult> {
    suites.into_iter().filter(|(suite, _)| suite != "lava").flat_map(|(_, Ordered(cases))| cases).filter_map(result)
}

fn result((name, case): (String, Value)) -> Option<DatabaseResult> {
    let measurement = number(case.get("measurement"));
    let units = case.get("units").and_then(Value::as_str).map(Into::into);
    Some(DatabaseResult::verdict(name, case.get("result")?.as_str()?).with(measurement, units))
}
