//! What lava-run logs of test cases: an object each -> a database result.

use super::item::{ItemError, needed, number, text};
use crate::rebuild::DatabaseResult;
use serde_json::{Map, Value};

/// Whether an object has the form of a test case.
pub(super) fn is_case(object: &Map<String, Value>) -> bool {
    ["case", "definition", "result"].iter().all(|key| object.get(*key).is_some_and(Value::is_string))
}

/// The result of a test case; LAVA's own steps have none.
pub(super) fn result(object: &Map<String, Value>) -> Result<Option<DatabaseResult>, ItemError> {
    if text(object, "definition").as_deref() == Some("lava") {
        return Ok(None);
    }
    let measurement = match object.get("measurement") {
        None | Some(Value::Null) => None,
        value => Some(number(value).ok_or(ItemError::NotANumber("measurement"))?),
    };
    let result = DatabaseResult::verdict(needed(object, "case")?, needed(object, "result")?);
    Ok(Some(result.with(measurement, text(object, "units"))))
}
