//! MMTests' JSON <-> [`Extract`]s. One object for one run, or a list of them; keys in any order, numbers as texts or numbers.

use super::{
    extract::{Extract, Iteration, Operation},
    header::Header,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::Map;
use std::{collections::HashSet, fmt, io};

/// Why a document is not MMTests JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON, or not of this form.
    #[error("not MMTests JSON: {0}\nhint: write it with extract-mmtests.pl --print-json")]
    Json(String),
    /// It is cut off, or was never written.
    #[error("not MMTests JSON: {0}\nhint: the file is empty or ends too early; was the extraction interrupted?")]
    Cut(String),
    /// A field without which nobody knows what was measured where.
    #[error(
        "not MMTests JSON: object {0}: `{1}` is missing, or not a text\nhint: write it with extract-mmtests.pl --print-json"
    )]
    Missing(usize, &'static str),
    /// No run.
    #[error("MMTests JSON: no run in it\nhint: write it with extract-mmtests.pl --print-json, with -n RUN")]
    Empty,
}

/// The runs of a document, in its order.
///
/// # Errors
/// The document is not MMTests JSON.
pub fn read(json: &[u8]) -> Result<Vec<Extract>, JsonError> {
    // Some editors begin a file so; JSON does not.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let several = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = if several { serde_json::from_slice(json) } else { serde_json::from_slice(json).map(|run| vec![run]) };
    let runs: Vec<Extract> = read.map_err(|error| {
        let what = error.to_string();
        // An error inside of an operation was put into words before it came here.
        let cut = error.is_eof() || what.contains("EOF while parsing");
        if cut { JsonError::Cut(what) } else { JsonError::Json(what) }
    })?;
    if runs.is_empty() {
        return Err(JsonError::Empty);
    }
    for (at, Extract { header, .. }) in runs.iter().enumerate() {
        header.module_name.text().ok_or(JsonError::Missing(at, "_ModuleName"))?;
        header.test_name.text().ok_or(JsonError::Missing(at, "_TestName"))?;
    }
    Ok(runs)
}

/// Writes `runs` as MMTests does: one run as an object, several as a list, in one line without an end.
///
/// # Errors
/// What writing says.
pub fn write(runs: &[Extract], out: impl io::Write) -> Result<(), serde_json::Error> {
    match runs {
        [run] => serde_json::to_writer(out, run),
        _ => serde_json::to_writer(out, runs),
    }
}

impl Serialize for Extract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.header.to_map();
        let mut map = serializer.serialize_map(Some(fields.len() + 1))?;
        for (key, value) in &fields {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("_ResultData", &Operations(&self.operations))?;
        map.end()
    }
}

struct Operations<'a>(&'a [Operation]);

impl Serialize for Operations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for operation in self.0 {
            map.serialize_entry(&operation.name, &operation.iterations)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Extract {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Extract;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object as extract-mmtests.pl --print-json writes it")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extract, A::Error> {
                let mut fields = Map::new();
                let mut operations = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key == "_ResultData" {
                        if operations.replace(map.next_value_seed(ResultData)?).is_some() {
                            return Err(A::Error::duplicate_field("_ResultData"));
                        }
                    } else if fields.insert(key.clone(), map.next_value()?).is_some() {
                        return Err(A::Error::custom(format!("duplicate field `{key}`")));
                    }
                }
                let operations = operations.ok_or_else(|| A::Error::missing_field("_ResultData"))?;
                let header = Header::from_map(fields);
                let mut run = Extract { header, operations };
                run.order();
                Ok(run)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// `_ResultData`: operation -> iterations.
struct ResultData;

impl<'de> DeserializeSeed<'de> for ResultData {
    type Value = Vec<Operation>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Operation>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResultData {
    type Value = Vec<Operation>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operations and their iterations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Operation>, A::Error> {
        let mut operations = Vec::new();
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let about = |what: String| A::Error::custom(format!("operation `{name}`: {what}"));
            if !seen.insert(name.clone()) {
                return Err(about("appears twice".into()));
            }
            let iterations: Vec<Option<Iteration>> = map.next_value().map_err(|error| about(error.to_string()))?;
            for (at, iteration) in iterations.iter().enumerate() {
                let Some(Iteration { numbers, values }) = iteration else { continue };
                if numbers.len() != values.len() {
                    let text =
                        format!("iteration {at} has {} values and {} sample numbers", values.len(), numbers.len());
                    return Err(about(text));
                }
            }
            operations.push(Operation { name, iterations });
        }
        Ok(operations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const ONE: &str = r#"{"_ModuleName":"ExtractX","_TestName":"a","_GeneratedOperations":["z",1,"none"],
        "_ResultData":{"1":[null,{"Values":["2.50"],"SampleNrs":["1"]}],"z":[{"SampleNrs":["1",2],"Values":[1,2.5]}]}}"#;

    #[test]
    fn reads_objects_and_lists_and_writes_them_again() {
        for json in [ONE.to_string(), format!("[{ONE},{ONE}]")] {
            let runs = read(json.as_bytes()).unwrap();
            let names: Vec<&str> = runs[0].operations.iter().map(|operation| operation.name.as_str()).collect();
            assert_eq!(names, ["z", "1"]);
            assert_eq!(runs[0].listed(), ["z", "1", "none"]);
            let mut back = Vec::new();
            write(&runs, &mut back).unwrap();
            let value = |json: &[u8]| serde_json::from_slice::<Value>(json).unwrap();
            assert_eq!(value(&back), value(json.as_bytes()));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (json, text) in [
            ("", "ends too early"),
            ("[]", "no run in it"),
            ("[1]", "an object as extract-mmtests.pl"),
            ("{}", "missing field `_ResultData`"),
            (&ONE[..150], "ends too early"),
            (r#"{"_ResultData":{}}"#, "object 0: `_ModuleName` is missing, or not a text"),
            (
                r#"{"_ResultData":{"x":[{"SampleNrs":[1],"Values":[]}]}}"#,
                "iteration 0 has 0 values and 1 sample numbers",
            ),
            (
                r#"{"_ResultData":{"x":[{"SampleNrs":[1],"Values":["1,000"]}]}}"#,
                "operation `x`: invalid value: string \"1,000\"",
            ),
            (r#"{"_ResultData":{"x":[],"x":[]}}"#, "operation `x`: appears twice"),
            (r#"{"_X":1,"_X":2,"_ResultData":{}}"#, "duplicate field `_X`"),
            (r#"{"_ResultData":{"x":[{"SampleNrs":[],"Values":[],"More":1}]}}"#, "unknown field `More`"),
            (r#"{"_ResultData":{"x":[1]}}"#, "expected SampleNrs and Values of an iteration"),
        ] {
            let error = read(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(text), "{json}: {error}");
        }
    }
}
