//! `FOLDER?device=board-7&build=v6.12`: a source, and which of its records are wanted.

use crate::{
    boots::build_of,
    cli::exit::Failure,
    record::{Lab, Record},
};
use anyhow::anyhow;
use std::path::{Path, PathBuf};

/// What records are asked for by: a name, and whether a record has a value.
type Key = (&'static str, fn(&Record, &str) -> bool);

const KEYS: [Key; 7] = [
    ("build", |record, wanted| build_of(record).is_some_and(|build| build == wanted)),
    ("device", |record, wanted| of_lab(record, |lab| lab.device.as_deref()) == Some(wanted)),
    ("device-type", |record, wanted| of_lab(record, |lab| lab.device_type.as_deref()) == Some(wanted)),
    ("label", |record, wanted| record.label.as_deref() == Some(wanted)),
    ("id", |record, wanted| record.id.to_string() == wanted),
    // A day, a month, or a year.
    ("started", |record, wanted| record.started.as_deref().is_some_and(|started| started.starts_with(wanted))),
    ("benchmark", |record, wanted| record.benchmarks.iter().any(|one| one.name.as_str() == wanted)),
];

fn of_lab(record: &Record, of: fn(&Lab) -> Option<&str>) -> Option<&str> {
    record.lab.as_ref().and_then(of)
}

/// Which records are wanted: those that have all of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(usize, String)>);

impl Query {
    /// The source in a path, and what is asked of it. A file or a folder whose name has a `?` is itself.
    pub(super) fn split(path: &Path) -> Result<(PathBuf, Query), Failure> {
        let all = || (path.to_path_buf(), Query::default());
        let Some((source, asked)) = path.to_str().and_then(|text| text.rsplit_once('?')) else { return Ok(all()) };
        if path.exists() || source.contains("://") {
            return Ok(all());
        }
        let one = |word: &str| {
            let (name, value) = word.split_once('=').filter(|(_, value)| !value.is_empty())?;
            Some((KEYS.iter().position(|(key, _)| *key == name)?, value.to_string()))
        };
        let wanted = asked.split('&').map(|word| {
            one(word).ok_or_else(|| {
                let keys = KEYS.map(|(key, _)| key).join(", ");
                Failure::input(anyhow!(
                    "{}: `{word}` is nothing that records are asked for by\nhint: KEY=VALUE, with & between several; keys are {keys}",
                    path.display()
                ))
            })
        });
        Ok((source.into(), Query(wanted.collect::<Result<_, _>>()?)))
    }

    pub(super) fn wants(&self, record: &Record) -> bool {
        self.0.iter().all(|(key, value)| KEYS[*key].1(record, value))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_asked_for_by_what_they_say() {
        let json = r#"{"schema":"lava-bench-record/2","id":"0a1b2c3d","label":"a=b","started":"2026-11-24T02:28:25Z",
            "lab":{"device":"board-7","device_type":"rpi4","git_describe":"v6.12"},"benchmarks":[]}"#;
        let record = Record::from_json(json.as_bytes()).unwrap();
        let wants = |asked: &str| Query::split(Path::new(asked)).unwrap().1.wants(&record);
        for asked in [
            "/nothing/such",
            "/nothing/such?device=board-7",
            "x?build=v6.12&device-type=rpi4&started=2026-11-24",
            "x?label=a=b&id=0a1b2c3d",
        ] {
            assert!(wants(asked), "{asked}");
        }
        for asked in ["x?device=board-8", "x?build=v6.12&started=2026-12", "x?benchmark=b", "x?label=a"] {
            assert!(!wants(asked), "{asked}");
        }
    }

    #[test]
    fn what_is_no_question_is_refused_with_what_there_is() {
        let error = Query::split(Path::new("x?board=7")).unwrap_err().error().unwrap();
        assert!(error.contains("`board=7`") && error.contains("device-type"), "{error}");
        assert!(Query::split(Path::new("x?device=")).is_err() && Query::split(Path::new("x?")).is_err());
        assert_eq!(Query::split(Path::new("lava+https://a/?x=1")).unwrap().1, Query::default());
    }
}
