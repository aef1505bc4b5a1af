//! Versions: a document of any version -> [`Record`], and from one version to the other.

use super::{Invalid, Record};
use serde::{Deserialize, de::Error as _};
use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

/// What every version's `schema` begins with.
const FORMAT: &str = "lava-bench-record/";

/// The newest version.
const NEWEST: u32 = 2;

/// The part of a document that tells how to read the rest.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
}

impl Record {
    /// The record that `json` holds, its invariants checked. One of version 1 stays one.
    ///
    /// # Errors
    /// What is wrong with it, or that its version is not known.
    pub fn from_json(json: &[u8]) -> Result<Self, Invalid> {
        let Head { schema } = serde_json::from_slice(json)?;
        let record = match schema.strip_prefix(FORMAT) {
            Some("2") => whole(json, |document| Self::deserialize(document))?,
            #[cfg(feature = "host")]
            Some("1") => whole(json, |document| super::version1::Record1::deserialize(document))?.into(),
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

impl Record {
    /// The same, with `started` in every execution of which it is known: reckoned from its boot.
    #[must_use]
    pub fn with_times(&self) -> Self {
        let mut record = self.clone();
        let booted: Vec<Option<SystemTime>> = record.boots.iter().map(|boot| time(boot.booted.as_deref()?)).collect();
        let cases = record.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.cases);
        for execution in cases.flat_map(|case| &mut case.executions) {
            let reckoned = || started(*booted.get(execution.boot as usize)?, execution.since_boot_seconds?);
            execution.started = execution.started.take().or_else(reckoned);
        }
        record
    }
}

fn time(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339_weak(text).ok()
}

fn started(booted: Option<SystemTime>, since: f64) -> Option<String> {
    let milliseconds = Duration::try_from_secs_f64(since).ok()?.as_secs_f64() * 1000.0;
    let at = booted?.checked_add(Duration::from_millis(milliseconds.round() as u64))?;
    // What is later than the year 9999 has no such form.
    let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since_1970.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_millis(at).to_string())
}

#[cfg(feature = "host")]
mod raise {
    use super::super::{Case, Execution, Record, Role, Schema, version1};
    use std::collections::BTreeSet;

    impl Record {
        /// The same as a document of version 2. All of a version 1's is in it.
        #[must_use]
        pub fn raised(self) -> Self {
            Self { schema: Schema::V2, ..self }
        }

        /// The same as a document of version 1, and the fields of which that cannot hold all: each named by its path in the
        /// document, as far as there is something in them.
        #[must_use]
        pub fn lowered(&self) -> (Self, Vec<&'static str>) {
            if self.schema == Schema::V1 {
                return (self.clone(), Vec::new());
            }
            let timed = self.with_times();
            let lost = lost(&timed);
            // What it cannot hold is left out by writing and reading it.
            let lowered = Self::from(version1::Record1::from(timed));
            (lowered, lost)
        }
    }

    /// The fields of which version 1 cannot hold all, in the document's order.
    fn lost(record: &Record) -> Vec<&'static str> {
        let Record { lab, boots, tuned, order, seed, benchmarks, not_begun, quarantine, .. } = record;
        let cases: Vec<&Case> = benchmarks.iter().flat_map(|benchmark| &benchmark.cases).collect();
        let any = |holds: &dyn Fn(&Execution) -> bool| cases.iter().flat_map(|case| &case.executions).any(holds);
        let unmeasured = |execution: &Execution| matches!(execution.role, Role::Iteration | Role::Unmeasured);
        let boots_seen: BTreeSet<u32> =
            cases.iter().flat_map(|case| &case.executions).map(|execution| execution.boot).collect();
        let all = [
            ("lab", lab.is_some()),
            ("boots", boots.iter().any(|boot| boot.id.is_some()) || boots_seen.len() > 1),
            ("tuned", !tuned.is_empty()),
            ("order", !order.is_planned()),
            ("seed", seed.is_some()),
            ("benchmarks.metrics.primary", benchmarks.iter().flat_map(|one| &one.metrics).any(|metric| metric.primary)),
            ("benchmarks.cases.stopped", cases.iter().any(|case| case.stopped.is_some())),
            ("benchmarks.cases.executions", any(&|execution| !version1::has(execution))),
            ("benchmarks.cases.executions.role", any(&|execution| version1::has(execution) && !unmeasured(execution))),
            ("benchmarks.cases.executions.monitors", any(&|execution| !execution.monitors.is_empty())),
            ("benchmarks.cases.executions.faults", any(&|execution| !execution.faults.is_empty())),
            ("not_begun", !not_begun.is_empty()),
            ("quarantine", !quarantine.is_empty()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(field, _)| field).collect()
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
