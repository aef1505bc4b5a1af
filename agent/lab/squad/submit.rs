//! A record -> what SQUAD takes as one test run.
//!
//! Names are the ones under which the same results come to SQUAD through LAVA (`SUITE/NAME`, the suite being the
//! benchmark), so that histories join: verdicts and what is known about the run as tests, each series as one metric with
//! all its samples as a list. The log holds the signals and frames that the board says, or said; the record is attached.
//! The record's id is the `job_id`: SQUAD takes it once.

use super::{fetch, there};
use crate::{
    lab::{Client, ServerError},
    record::{Benchmark, Labels, Record, Verdict},
    signal::{DEFAULT_BUDGET, Name, Redundancy, Signal, Word, frames, record_signals},
};
use serde::Serialize;
use serde_json::json;
use std::{collections::BTreeMap, fmt, io, str::FromStr};
use ureq::unversioned::multipart::{self, Form};

/// A group's, project's, build's or environment's name in SQUAD's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// Why a text is not a [`Slug`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a name for SQUAD: letters, digits, `_`, `.`, `-`, the first a letter or digit, at most 100")]
pub struct NotASlug;

impl FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        // A user's own group begins with `~`.
        let rest = text.strip_prefix('~').unwrap_or(text);
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        let first = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        if plain && first && text.len() <= 100 { Ok(Self(text.into())) } else { Err(NotASlug) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Slug {
    /// `text` in lower case, with `-` for each run of other characters.
    fn of(text: &str) -> Option<Self> {
        let kept = |c: char| if c.is_ascii_alphanumeric() || "_.".contains(c) { c.to_ascii_lowercase() } else { '-' };
        let text: String = text.chars().map(kept).collect();
        let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
        parts.join("-").parse().ok()
    }

    /// The build that a record is of, where none is given: its label, else its kernel.
    pub fn of_build(record: &Record) -> Option<Self> {
        let kernel = record.machine.as_ref().and_then(|machine| machine.kernel.release.as_deref());
        record.label.as_deref().or(kernel).and_then(Self::of)
    }

    /// The environment that a record is from, where none is given: its board's model.
    pub fn of_environment(record: &Record) -> Option<Self> {
        Self::of(record.machine.as_ref()?.board.model.as_deref()?)
    }
}

/// A metric of SQUAD.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Metric {
    value: Vec<f64>,
    unit: String,
}

/// One test run.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    tests: BTreeMap<String, &'static str>,
    metrics: BTreeMap<String, Metric>,
    metadata: BTreeMap<&'static str, String>,
    log: String,
    record: String,
}

/// Where a record is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: Slug,
    pub(crate) project: Slug,
    pub(crate) build: Slug,
    pub(crate) environment: Slug,
}

impl Place {
    /// The path of SQUAD's submission interface.
    pub(crate) fn path(&self) -> String {
        let Place { group, project, build, environment } = self;
        format!("/api/submit/{group}/{project}/{build}/{environment}")
    }

    /// The path of the build's page.
    pub(crate) fn page(&self) -> String {
        format!("/{}/{}/build/{}/", self.group, self.project, self.build)
    }
}

/// What SQUAD made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A new test run with this number.
    New(u64),
    /// It was there.
    There,
    /// The test run with this number has its id, and other results.
    Other(u64),
    /// Something with its id was there; why it is unknown whether it has the same results.
    Unclear(String),
}

impl Submission {
    /// What is sent of `record`; `log` is what the board said, where that is at hand.
    ///
    /// # Errors
    /// A record that is too long for frames.
    pub fn new(record: &Record, log: Option<String>) -> io::Result<Self> {
        let mut submission = Self {
            tests: BTreeMap::new(),
            metrics: BTreeMap::new(),
            metadata: metadata(record),
            log: log.map_or_else(|| said(record), Ok)?,
            record: record.to_json(),
        };
        // No sample has a signal of its own: they are lists.
        for signal in record_signals(record, 0) {
            let name = format!("{}/{}", signal.name.benchmark(), signal.name);
            match signal.measurement {
                Some((value, unit)) => {
                    let metric = Metric { value: vec![value.get()], unit: unit.to_string() };
                    submission.metrics.insert(name, metric);
                }
                None => {
                    submission.tests.insert(name, word(signal.result));
                }
            }
        }
        record.benchmarks.iter().for_each(|benchmark| submission.lists(benchmark));
        Ok(submission)
    }

    /// Replaces the values for charts by the samples that they are the medians of.
    fn lists(&mut self, benchmark: &Benchmark) {
        let run = Labels::of_run(benchmark.run);
        for case in &benchmark.cases {
            for series in &case.series {
                let labels = run.then(&case.labels).and_then(|labels| labels.then(&series.labels));
                let name = Name::new(&benchmark.name, Word::Metric(series.metric.clone()), &labels.unwrap_or_default());
                if let Some(metric) = self.metrics.get_mut(&format!("{}/{name}", benchmark.name)) {
                    metric.value = series.values().map(f64::from).collect();
                }
            }
        }
    }

    /// What would be sent, for people and scripts.
    pub fn preview(&self) -> serde_json::Value {
        json!({
            "tests": self.tests, "metrics": self.metrics, "metadata": self.metadata,
            "log": {"bytes": self.log.len()}, "attachments": {"record.json": {"bytes": self.record.len()}},
        })
    }

    /// Sends it.
    ///
    /// # Errors
    /// What [`ServerError`] says; a test run that is there already is not an error.
    pub(crate) fn send(&self, client: &Client, place: &Place) -> Result<Sent, ServerError> {
        const IS_SQUAD: &str = "hint: is --server the address of a SQUAD?";
        let (path, parts) = (place.path(), self.parts());
        let (status, text) = client.post(&path, || form(&parts))?;
        let url = client.url(&path);
        let told = crate::text::printable(text.trim().as_bytes());
        match status {
            201 => match told.parse() {
                Ok(number) => Ok(Sent::New(number)),
                Err(_) if told.is_empty() => Err(client.wrong(&path, format!("the answer is empty\n{IS_SQUAD}"))),
                Err(_) => {
                    Err(client.wrong(&path, format!("the answer is not a test run's number: {told}\n{IS_SQUAD}")))
                }
            },
            400 if told.starts_with("There is already a test run with job_id") => Ok(self.there(client, place)),
            401 | 403 => Err(ServerError::Refused {
                url,
                status,
                hint: match client.has_token() {
                    true => "the token is wrong, or its user may not submit here",
                    false => {
                        "it needs the token of a user who may submit\nhint: set SQUAD_TOKEN in the environment, or --token-file FILE"
                    }
                },
            }),
            404 => Err(ServerError::Answer { url, why: "the server has no such group or project (404)".into() }),
            status if told.is_empty() => Err(client.wrong(&path, format!("HTTP status {status}, without a word"))),
            status => Err(client.wrong(&path, format!("HTTP status {status}: {told}"))),
        }
    }

    /// What is there under this record's id.
    fn there(&self, client: &Client, place: &Place) -> Sent {
        let (group, project, build) = (&place.group.0, &place.project.0, &place.build.0);
        let build = fetch::Build { group, project, build, test_run: None };
        let id = self.metadata.get("job_id").map(String::as_str).unwrap_or_default();
        let ours = there::Results {
            tests: self.tests.keys().map(String::as_str).collect(),
            metrics: self.metrics.iter().map(|(name, metric)| (name.as_str(), metric.value.as_slice())).collect(),
        };
        match there::other(client, &build, &ours, id) {
            Ok(None) => Sent::There,
            Ok(Some(run)) => Sent::Other(run),
            Err(error) => Sent::Unclear(error.to_string().lines().next().unwrap_or_default().into()),
        }
    }

    /// The fields that SQUAD's submission interface reads as files.
    fn parts(&self) -> [Part; 5] {
        let json = |value: serde_json::Value| value.to_string();
        [
            ("tests", "tests.json", json(json!(self.tests))),
            ("metrics", "metrics.json", json(json!(self.metrics))),
            ("metadata", "metadata.json", json(json!(self.metadata))),
            ("log", "log.txt", self.log.clone()),
            ("attachment", "record.json", self.record.clone()),
        ]
    }
}

/// A field, its file's name, and what is in it.
type Part = (&'static str, &'static str, String);

fn form(parts: &[Part]) -> Form<'_> {
    let mut form = Form::new();
    for (field, file, text) in parts {
        form = form.part(field, multipart::Part::text(text).file_name(file));
    }
    form
}

/// SQUAD's word: it knows three.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Skip | Verdict::Unknown => "skip",
    }
}

/// What the board says of `record`.
fn said(record: &Record) -> io::Result<String> {
    let signals = record_signals(record, DEFAULT_BUDGET);
    let signals = signals.iter().map(|signal: &Signal| signal.to_line(record.id));
    // A stored log is not damaged on its way.
    let plain = Redundancy::percent(0).map_err(io::Error::other)?;
    let frames = frames(record.id, &record.to_json(), plain)?;
    Ok(signals.chain(frames.iter().map(ToString::to_string)).map(|line| line + "\n").collect())
}

fn metadata(record: &Record) -> BTreeMap<&'static str, String> {
    let machine = record.machine.as_ref();
    let facts = [
        ("job_id", Some(record.id.to_string())),
        ("datetime", record.started.clone()),
        ("label", record.label.clone()),
        ("agent", record.agent.as_ref().map(|agent| format!("lava-bench {} {}", agent.version, agent.target))),
        ("kernel", machine.and_then(|machine| machine.kernel.release.clone())),
        ("kernel_version", machine.and_then(|machine| machine.kernel.version.clone())),
        ("architecture", machine.and_then(|machine| machine.kernel.architecture.clone())),
        ("board", machine.and_then(|machine| machine.board.model.clone())),
        ("distribution", machine.and_then(|machine| machine.distribution.pretty_name.clone())),
        ("losses", (!record.losses.is_empty()).then(|| record.losses.len().to_string())),
    ];
    facts.into_iter().filter_map(|(key, fact)| Some((key, fact?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::Rebuilder;

    fn record() -> Record {
        Record::from_json(
            br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","label":"next 7","started":"2026-11-24T02:28:26Z","benchmarks":[
            {"name":"fio","run":2,"tool":{"name":"fio","version":"3.33"},"parameters":{"SIZE":"1M"},
            "metrics":[{"name":"latency","unit":"ms","better":"lower","labels":["percentile"]}],
            "cases":[{"labels":{"threads":"4"},"result":"pass","valid":true,"series":[
              {"metric":"latency","labels":{"percentile":"95"},"samples":[[1.5,2.5],[3.25]]}]},
              {"labels":{"threads":"8"},"result":"unknown","series":[]}]}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn has_the_names_that_come_through_lava_and_the_samples_as_lists() {
        let preview = Submission::new(&record(), None).unwrap().preview();
        let latency = &preview["metrics"]["fio/fio.latency.run_2.threads_4.percentile_95"];
        assert_eq!(latency, &json!({"value": [1.5, 2.5, 3.25], "unit": "ms"}));
        assert_eq!(preview["tests"]["fio/fio._case.run_2.threads_4"], "pass");
        assert_eq!(preview["tests"]["fio/fio._case.run_2.threads_8"], "skip");
        assert_eq!(
            preview["metadata"],
            json!({"job_id": "0a1b2c3d", "datetime": "2026-11-24T02:28:26Z", "label": "next 7"})
        );
        assert!(preview["metrics"].as_object().unwrap().keys().all(|name| !name.ends_with(".0.0")));
    }

    #[test]
    fn its_log_gives_the_record_back() {
        let submission = Submission::new(&record(), None).unwrap();
        let mut rebuilder = Rebuilder::default();
        rebuilder.source(submission.log.as_bytes()).unwrap();
        assert_eq!(rebuilder.finish()[0].json, record().to_json());
        assert_eq!(Submission::new(&record(), Some("said".into())).unwrap().log, "said");
    }

    #[test]
    fn its_parts_are_delimited() {
        let parts = Submission::new(&record(), None).unwrap().parts();
        let mut form = form(&parts);
        let boundary = form.boundary().to_owned();
        let body = io::read_to_string(&mut form).unwrap();
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!((parts.len(), parts[0], parts[6]), (7, "", "--\r\n"));
        let text = parts[5].split_once("\r\n\r\n").unwrap().1;
        assert_eq!(text.strip_suffix("\r\n"), Some(&*record().to_json()));
    }

    #[test]
    fn names_are_slugs() {
        for good in ["a", "6.12.3-rc1", "~me", &"x".repeat(100)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "~", "-a", "a b", "a/b", "a+b", &"x".repeat(101)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
        assert_eq!(Slug::of_build(&record()).unwrap().to_string(), "next-7");
        assert_eq!(Slug::of_environment(&record()), None);
        assert_eq!(Slug::of("Raspberry Pi 4 Model B Rev 1.4").unwrap().to_string(), "raspberry-pi-4-model-b-rev-1.4");
    }
}
