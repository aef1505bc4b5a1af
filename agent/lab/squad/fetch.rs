//! A build of SQUAD -> the log, tests and metrics of its test runs, as they were submitted.

use crate::{
    lab::{Client, Job, ServerError, following, http::exists},
    text::counted,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

/// A build, and which of its test runs.
pub(in crate::lab) struct Build<'a> {
    pub(in crate::lab) group: &'a str,
    pub(in crate::lab) project: &'a str,
    pub(in crate::lab) build: &'a str,
    pub(in crate::lab) test_run: Option<u64>,
}

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    results: Vec<Item>,
}

#[derive(Deserialize)]
pub(super) struct Item {
    pub(super) id: u64,
    /// Of a test run: what it was called when it was sent.
    #[serde(default)]
    pub(super) job_id: Option<String>,
}

/// Fetches a build's test runs into `folder`.
pub(in crate::lab) fn fetch(client: &Client, build: &Build, folder: &Path) -> Result<Vec<Job>, ServerError> {
    fs::create_dir_all(folder).map_err(ServerError::file(folder))?;
    let runs = match build.test_run {
        Some(run) => vec![run],
        None => test_runs(client, build, folder)?.iter().map(|run| run.id).collect(),
    };
    runs.into_iter().map(|run| test_run(client, run, folder)).collect()
}

/// The test runs of a build, the oldest first.
pub(super) fn test_runs(client: &Client, build: &Build, folder: &Path) -> Result<Vec<Item>, ServerError> {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let query = format!(
        "project__group__slug={}&project__slug={}&version={}",
        encode(build.group),
        encode(build.project),
        encode(build.build)
    );
    let builds = items(client, "/api/builds/", query, folder)?;
    let [Item { id, .. }] = builds.as_slice() else {
        let count = if builds.is_empty() { "no build".into() } else { counted(builds.len(), "build") };
        let why = format!("{}/{}: {count} called {}", build.group, build.project, build.build);
        let hint = "\nhint: something private looks as if it were not there: does it need a token?";
        return Err(client.wrong("/api/builds/", why + hint));
    };
    let mut runs = items(client, "/api/testruns/", format!("build={id}&limit=100"), folder)?;
    runs.sort_unstable_by_key(|run| run.id);
    Ok(runs)
}

/// All items of a list; the next page is asked of the addressed server, whatever its own idea of its address is.
fn items(client: &Client, path: &str, mut query: String, folder: &Path) -> Result<Vec<Item>, ServerError> {
    let (mut items, mut asked, file) = (Vec::new(), BTreeSet::new(), folder.join("list.json"));
    loop {
        client.check_pages(path, asked.len())?;
        let page: Page = client.json(&format!("{path}?{query}"), &file, |error| {
            format!("not an answer of SQUAD's REST interface: {error}\nhint: is this a SQUAD server?")
        })?;
        items.extend(page.results);
        let Some(next) = page.next else { return Ok(items) };
        asked.insert(query);
        query = following(&next, &asked).map_err(|error| client.wrong(path, error))?;
    }
}

fn test_run(client: &Client, run: u64, folder: &Path) -> Result<Job, ServerError> {
    let folder = folder.join(format!("testrun-{run}"));
    fs::create_dir_all(&folder).map_err(ServerError::file(&folder))?;
    let mut job = Job { name: format!("test run {run}"), files: Vec::new(), notes: Vec::new(), lab: None, ended: true };
    client.tell(&client.url(&format!("/api/testruns/{run}/")));
    for (what, name) in [("log_file", "log.txt"), ("tests_file", "tests.json"), ("metrics_file", "metrics.json")] {
        let file = folder.join(name);
        let fetched =
            if exists(&file) { Ok(()) } else { client.download(&format!("/api/testruns/{run}/{what}/"), &file) };
        match fetched {
            Ok(()) => job.files.push(file),
            Err(ServerError::Missing { .. }) => job.notes.push(format!("the server has no {what} for it")),
            Err(error) => return Err(error),
        }
    }
    if job.files.is_empty() {
        return Err(ServerError::Missing { url: client.url(&format!("/api/testruns/{run}/")) });
    }
    Ok(job)
}
