//! JSON <-> [`Record`], in the document's own version.

use super::{Invalid, Record};
#[cfg(feature = "host")]
use super::{Schema, version1};
use serde::{Deserialize, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, io};

/// What every version's `schema` begins with.
const FORMAT: &str = "lava-bench-record/";

/// The newest version.
const NEWEST: u32 = 2;

/// The part of a document that says how to read the rest.
#[derive(Deserialize)]
#[serde(expecting = "a record")]
struct Head<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
}

impl Record {
    /// The record that `json` holds, its invariants checked. One of version 1 stays one.
    ///
    /// # Errors
    /// What is wrong with it, or that its version is unknown.
    pub fn from_json(json: &[u8]) -> Result<Self, Invalid> {
        let Head { schema } = serde_json::from_slice(json)?;
        let record = match schema.strip_prefix(FORMAT) {
            Some("2") => whole(json, |document| Self::deserialize(document))?,
            #[cfg(feature = "host")]
            Some("1") => whole(json, |document| version1::Record1::deserialize(document))?.into(),
            Some(version) => return Err(unknown(version)),
            None => return Err(serde_json::Error::custom(format_args!("its schema is {}", shown(&schema))).into()),
        };
        record.check()?;
        Ok(record)
    }
}

/// The bytes of a document that `read` reads all of.
fn whole<'a, T>(
    json: &'a [u8],
    read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::SliceRead<'a>>) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let mut document = serde_json::Deserializer::from_slice(json);
    let value = read(&mut document)?;
    document.end()?;
    Ok(value)
}

fn unknown(version: &str) -> Invalid {
    match version.parse::<u32>() {
        Ok(number) if number > NEWEST => Invalid::Newer(number),
        _ => Invalid::UnknownVersion(shown(version)),
    }
}

/// A text of somebody else's, short and printable.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("`{}`", short.escape_debug())
}

/// The document of the version that `schema` says.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "host")]
        if self.schema == Schema::V1 {
            return version1::Record1::from(self.clone()).serialize(serializer);
        }
        Self::serialize(self, serializer)
    }
}

impl Record {
    /// The canonical JSON: one line without its line end.
    pub fn to_json(&self) -> String {
        // Strings for keys, finite numbers: serde_json has nothing to refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Writes [`Self::to_json`].
    ///
    /// # Errors
    /// What writing says.
    pub fn write_json(&self, out: impl io::Write) -> io::Result<()> {
        Ok(serde_json::to_writer(out, self)?)
    }
}

#[cfg(feature = "host")]
#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        Record::from_json(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_newer_version_is_named_and_what_to_do() {
        let newer = r#"{"schema":"lava-bench-record/3","id":"0a1b2c3d","weather":[{"x":1}],"benchmarks":[]}"#;
        let told = "record: its version is 3, and this program reads 1 and 2\nhint: use a newer lava-bench";
        assert_eq!(error(newer), told);
        for version in ["0", "01", "-1", "x\\u001b", "99999999999"] {
            let text = error(&format!(r#"{{"schema":"lava-bench-record/{version}"}}"#));
            assert!(text.starts_with("record: its version `") && !text.contains('\u{1b}'), "{text}");
        }
        assert!(error(r#"{"schema":"other/1"}"#).contains("its schema is `other/1`"));
        assert!(error(r#"{"id":"0a1b2c3d"}"#).contains("missing field `schema`"));
        let twice = r#"{"schema":"lava-bench-record/2","id":"0a1b2c3d","benchmarks":[]}{}"#;
        assert!(error(twice).contains("trailing characters"));
    }

    #[test]
    fn a_version_has_its_own_fields_and_no_other() {
        for (version, field) in [("1", r#""seed":1"#), ("1", r#""boots":[]"#), ("2", r#""weather":1"#)] {
            let json = format!(r#"{{"schema":"lava-bench-record/{version}","id":"0a1b2c3d",{field},"benchmarks":[]}}"#);
            assert!(error(&json).contains("unknown field"), "{json}");
        }
        let twice =
            r#"{"schema":"lava-bench-record/2","schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[]}"#;
        assert!(error(twice).contains("duplicate field"), "{twice}");
    }
}
