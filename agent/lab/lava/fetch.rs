//! A job of LAVA -> its log, and the test cases of its suites.

use crate::{
    lab::{Client, Job, ServerError, following, http::exists},
    record::Lab,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Test cases a page: LAVA takes 2 to 4 s for them.
const PAGE: usize = 1000;

/// The suite of LAVA's own steps.
const LAVA: &str = "lava";

#[derive(Deserialize)]
struct State {
    id: Option<u64>,
    state: String,
    health: String,
    actual_device: Option<String>,
    requested_device_type: Option<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    next: Option<String>,
    results: Vec<T>,
}

#[derive(Deserialize)]
struct Suite {
    id: u64,
    name: String,
}

/// Fetches the job `number` into `folder`.
pub(in crate::lab) fn fetch(client: &Client, number: u64, folder: &Path) -> Result<Job, ServerError> {
    let folder = folder.join(format!("job-{number}"));
    fs::create_dir_all(&folder).map_err(ServerError::file(&folder))?;
    let ended = folder.join("ended");
    if !exists(&ended) {
        forget(&folder)?;
    }
    let path = format!("/api/v0.2/jobs/{number}");
    let url = client.url(&path);
    let state: State = document(client, &format!("{path}/"), &folder.join("job.json"))?;
    if let Some(other) = state.id.filter(|id| *id != number) {
        let why = format!("the server answers with job {other}\nhint: name job {other} if you mean that one");
        return Err(ServerError::Answer { url, why });
    }
    let device = state.actual_device.clone().or(state.requested_device_type.clone()).unwrap_or_default();
    client.tell(&format!("{url}: {} on {device}, {}", state.health, state.state));
    let mut job = begun(client, number, state);
    if job.ended {
        fs::write(&ended, "").map_err(ServerError::file(&ended))?;
    }
    let log = folder.join("log.yaml");
    match cached(&log, || client.download(&format!("{path}/logs/"), &log)) {
        Ok(()) => job.files.push(log),
        Err(ServerError::Missing { .. }) => {
            job.notes.push(format!("the server has no log of it {}", if job.ended { "any more" } else { "yet" }));
        }
        Err(error) => return Err(error),
    }
    for suite in suites(client, &path, &folder)?.into_iter().filter(|suite| suite.name != LAVA) {
        suite_tests(client, &format!("{path}/suites/{}", suite.id), &suite, &folder, &mut job)?;
    }
    Ok(job)
}

/// The job of which nothing but its state is known.
fn begun(client: &Client, number: u64, state: State) -> Job {
    let ended = state.state == "Finished";
    let so_far = format!("the job is {}: these are its results so far", state.state);
    let lab = Lab {
        server: Some(client.url("")),
        job: Some(number.to_string()),
        device: state.actual_device,
        device_type: state.requested_device_type,
        ..Lab::default()
    };
    let notes = if ended { Vec::new() } else { vec![so_far] };
    Job { name: format!("job {number}"), files: Vec::new(), notes, lab: Some(lab), ended }
}

/// Removes what was fetched before the job had ended.
fn forget(folder: &Path) -> Result<(), ServerError> {
    let wrong = ServerError::file(folder);
    for entry in fs::read_dir(folder).map_err(wrong)? {
        fs::remove_file(entry.map_err(wrong)?.path()).map_err(wrong)?;
    }
    Ok(())
}

fn cached(file: &Path, fetch: impl FnOnce() -> Result<(), ServerError>) -> Result<(), ServerError> {
    if exists(file) { Ok(()) } else { fetch() }
}

fn document<T: DeserializeOwned>(client: &Client, path: &str, file: &Path) -> Result<T, ServerError> {
    client.json(path, file, |error| {
        format!("not an answer of LAVA's REST interface: {error}\nhint: is this a LAVA server, with its prefix?")
    })
}

/// All pages of a list. The server's own idea of its address is ignored: it may be behind another, and the token is for
/// that one alone.
fn pages<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    mut query: String,
    file: impl Fn(usize) -> PathBuf,
) -> Result<Vec<(PathBuf, Vec<T>)>, ServerError> {
    let (mut pages, mut asked) = (Vec::new(), BTreeSet::new());
    loop {
        client.check_pages(path, pages.len())?;
        let file = file(pages.len());
        let page: Page<T> = document(client, &format!("{path}/?{query}"), &file)?;
        pages.push((file, page.results));
        let Some(next) = page.next else { return Ok(pages) };
        asked.insert(std::mem::take(&mut query));
        query = following(&next, &asked).map_err(|error| client.wrong(path, error))?;
    }
}

fn suites(client: &Client, path: &str, folder: &Path) -> Result<Vec<Suite>, ServerError> {
    let file = |page| folder.join(format!("suites-{page}.json"));
    let pages = pages(client, &format!("{path}/suites"), "limit=100".into(), file)?;
    Ok(pages.into_iter().flat_map(|(_, suites)| suites).collect())
}

/// The test cases of a suite, in their order. LAVA before 2026.04 cannot list a case of 1e20 and more: then as CSV.
fn suite_tests(client: &Client, path: &str, suite: &Suite, folder: &Path, job: &mut Job) -> Result<(), ServerError> {
    let whole = folder.join(format!("suite-{}.done", suite.id));
    let csv = folder.join(format!("suite-{}.csv", suite.id));
    let file = |page| folder.join(format!("suite-{}-{page}.json", suite.id));
    if exists(&whole) {
        let kept = (0..).map(file).take_while(|file| exists(file)).chain([csv].into_iter().filter(|csv| exists(csv)));
        job.files.extend(kept);
        return Ok(());
    }
    let query = format!("ordering=id&limit={PAGE}");
    match pages::<serde::de::IgnoredAny>(client, &format!("{path}/tests"), query, file) {
        Ok(pages) => {
            let cases: usize = pages.iter().map(|(_, cases)| cases.len()).sum();
            client.tell(&format!("{}: {cases} test cases", suite.name));
            job.files.extend(pages.into_iter().map(|(file, _)| file));
        }
        Err(ServerError::GaveUp { why, .. }) if why.starts_with("HTTP status 5") => {
            job.notes.push(format!("{}: the server cannot list its test cases ({why}): taken as CSV", suite.name));
            (0..)
                .map(file)
                .take_while(|file| exists(file))
                .try_for_each(|file| fs::remove_file(&file).map_err(ServerError::file(&file)))?;
            client.download(&format!("{path}/csv/"), &csv)?;
            job.files.push(csv);
        }
        Err(error) => return Err(error),
    }
    fs::write(&whole, "").map_err(ServerError::file(&whole))
}
