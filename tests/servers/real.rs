//! Against a real LAVA and a real SQUAD: what a board measured is what comes back, from the log and from the databases.

use super::{
    support::{PROGRAM, Said, program, project, record, run, wanted},
    two,
};
use lava_bench::record::{Benchmark, Case, Record, Series, Value};
use serde_json::{Value as Json, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A server that ends with its standard input.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
    token: String,
}

impl Server {
    fn start(script: &str, arguments: &[&str]) -> Self {
        let script = project(script);
        let mut command = Command::new(script);
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let field = |key: &str| {
            let word = ready.split_whitespace().find_map(|word| word.strip_prefix(key));
            word.unwrap_or_else(|| panic!("the server is not ready: {ready}")).to_owned()
        };
        Self { url: field("URL="), token: field("TOKEN="), child }
    }

    pub(super) fn get(&self, path: &str) -> Json {
        let authorization = format!("Token {}", self.token);
        let mut response =
            ureq::get(format!("{}{path}", self.url)).header("Authorization", authorization).call().unwrap();
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    }

    pub(super) fn post(&self, path: &str, form: &[(&str, &str)]) -> String {
        let request = ureq::post(format!("{}{path}", self.url)).header("Auth-Token", &self.token);
        let request = request.header("Authorization", format!("Token {}", self.token));
        request.send_form(form.iter().copied()).unwrap().body_mut().read_to_string().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It may have ended.
        let _ = self.child.wait();
    }
}

/// A job for the server's board, whose test is what `show --lava` prints. LAVA 2023.01 refuses its list of expected cases.
fn definition() -> String {
    let part = run(&["show", "primes", "--lava"]);
    assert_eq!(part.code, 0, "{}", part.stderr);
    let frame = "job_name: primes\ndevice_type: pty\nvisibility: public\npriority: medium\n\
        environment: {LAVA_BENCH_OUTPUT: /mnt/host/record}\n\
        timeouts: {job: {minutes: 5}, action: {minutes: 3}, connection: {minutes: 1}}\nactions:\n\
        - deploy: {to: overlay, os: oe}\n- boot:\n    method: minimal\n    reset: false\n    prompts: ['board:/# ']\n    \
        transfer_overlay: {download_command: /opt/lava-job/scripts/fetch-overlay, unpack_command: 'tar -C / -xzf'}\n";
    frame.to_owned() + &part.stdout
}

/// Lets SQUAD submit the job to LAVA, as its users do: its number there, and SQUAD's own.
fn run_job(lava: &Server, squad: &Server) -> (u64, u64) {
    let form = [("backend", "lava"), ("definition", &*definition())];
    let own = squad.post("/api/submitjob/perf/linux/v1/pty", &form).trim().parse().unwrap();
    let job = squad.get(&format!("/api/testjobs/{own}/"))["job_id"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/v0.2/jobs/{job}/");
    let until = Instant::now() + Duration::from_secs(300);
    while lava.get(&path)["state"] != "Finished" {
        assert!(Instant::now() < until, "the job does not end");
        thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(lava.get(&path)["health"], "Complete");
    (job, own)
}

/// Lets SQUAD fetch the job from LAVA; the address of its test run.
fn fetch_job(squad: &Server, own: u64) -> String {
    squad.post(&format!("/api/testjobs/{own}/fetch/"), &[]);
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let runs = squad.get("/api/testruns/?build__version=v1");
        if let Some(run) = runs["results"][0]["id"].as_u64() {
            return format!("squad+{}/perf/linux/build/v1/testrun/{run}/", squad.url);
        }
        assert!(Instant::now() < until, "SQUAD does not fetch the job: {}", squad.get("/api/testjobs/"));
        thread::sleep(Duration::from_secs(1));
    }
}

pub(super) fn rebuild(sources: &[&Path], tokens: &[&Server], keep: &Path) -> Said {
    let mut command = program();
    for (variable, server) in ["LAVA_TOKEN", "SQUAD_TOKEN"].iter().zip(tokens) {
        command.env(variable, &server.token);
    }
    Said::of(command.arg("rebuild").args(sources).arg("--keep").arg(keep))
}

/// The files below `folder` that hold a database's results.
fn results(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match name.as_str() {
            _ if path.is_dir() => results(&path, found),
            "tests.json" | "metrics.json" => found.push(path),
            _ if name.starts_with("suite-") && name.ends_with(".json") => found.push(path),
            _ => {}
        }
    }
    // As SQUAD's verdicts come before its metrics.
    found.sort_by(|a, b| b.cmp(a));
}

/// A record as a database can give it: without what only frames carry, each number within 10 decimals.
fn skeleton(record: &Record) -> Json {
    let number = |value: Value| format!("{:.10}", value.get());
    let series = |series: &Series| {
        let samples = |samples: &Vec<Option<Value>>| samples.iter().map(|value| value.map(number)).collect();
        let samples: Vec<Vec<Option<String>>> = series.samples.iter().map(samples).collect();
        json!({"metric": series.metric, "labels": series.labels, "samples": samples})
    };
    let case = |case: &Case| {
        let mut all: Vec<Json> = case.series.iter().map(series).collect();
        all.sort_by_key(ToString::to_string);
        json!({"labels": case.labels, "result": case.result, "valid": case.valid, "series": all})
    };
    let benchmark = |benchmark: &Benchmark| {
        let mut cases: Vec<Json> = benchmark.cases.iter().map(case).collect();
        cases.sort_by_key(ToString::to_string);
        let mut metrics: Vec<Json> = benchmark.metrics.iter().map(|metric| json!(metric)).collect();
        metrics.sort_by_key(ToString::to_string);
        json!({"name": benchmark.name, "tool": benchmark.tool, "parameters": benchmark.parameters, "metrics": metrics, "cases": cases})
    };
    record.benchmarks.iter().map(benchmark).collect()
}

/// What a database's files alone give is the board's record.
fn check_databases(folder: &Path, record: &Record, server: &str) {
    let mut files = Vec::new();
    results(folder, &mut files);
    assert!(!files.is_empty(), "{server}");
    let output = Said::of(program().arg("rebuild").args(&files));
    assert_eq!(skeleton(&output.record()), skeleton(record), "{server}: {}", output.stderr);
}

#[test]
fn what_a_board_measured_comes_back_from_lava_and_squad() {
    if !wanted("LAVA_BENCH_SERVERS", "sets up a LAVA server and a SQUAD") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let share = folder.path().join("share");
    let share_text = share.to_str().unwrap();
    let lava = ["--port", "18050", "--agent", PROGRAM, "--share", share_text];
    let lava = Server::start("scripts/lava-server", &lava);
    let squad = ["--port", "18060", "--lava", &lava.url, "--lava-token", &lava.token];
    let squad = Server::start("scripts/squad", &squad);

    let (job, own) = run_job(&lava, &squad);
    let json = fs::read_to_string(share.join("record/record.json")).unwrap();
    let record = record(&share.join("record"));

    let keep = folder.path().join("lava");
    let address = format!("lava+{}/scheduler/job/{job}", lava.url);
    let output = rebuild(&[Path::new(&address)], &[&lava], &keep);
    let mut rebuilt = output.record();
    let lab = rebuilt.lab.take().unwrap();
    assert_eq!((lab.job, lab.server), (Some(job.to_string()), Some(lava.url.clone())));
    assert_eq!((output.code, rebuilt.to_json() + "\n"), (0, json.clone()), "{}", output.stderr);
    check_databases(&keep, &record, "LAVA");

    let keep = folder.path().join("squad");
    let address = fetch_job(&squad, own);
    let output = rebuild(&[Path::new(&address)], &[&lava, &squad], &keep);
    assert_eq!((output.code, output.stdout), (0, json.clone()), "{}", output.stderr);
    check_databases(&keep, &record, "SQUAD");

    two::check(&lava, &share, &folder.path().join("two"));
    submitted(&squad, &share.join("record/record.json"), &json, folder.path());
}

/// Sent directly, twice: one test run, whose log gives the record back, with a list of samples for each metric.
fn submitted(squad: &Server, record: &Path, json: &str, folder: &Path) {
    let submit = || {
        let mut command = program();
        command.args(["submit", "squad"]).arg(record).args(["--server", &squad.url, "--group", "perf"]);
        command.args(["--project", "linux", "--build", "v2", "--environment", "pty"]);
        Said::of(command.env("SQUAD_TOKEN", &squad.token))
    };
    let (first, second) = (submit(), submit());
    assert_eq!((first.code, second.code), (0, 0), "{}{}", first.stderr, second.stderr);
    assert!(first.stdout.contains("/perf/linux/build/v2/testrun/"), "{}", first.stdout);
    assert!(second.stdout.is_empty() && second.stderr.contains("is there already"));
    let address = format!("squad+{}/perf/linux/build/v2/", squad.url);
    let output = rebuild(&[Path::new(&address)], &[squad, squad], &folder.join("submitted"));
    assert_eq!((output.code, output.stdout), (0, json.to_owned()), "{}", output.stderr);

    // A metric has the name that it has when it comes through LAVA: one history.
    let names = |version: &str| {
        let builds = squad.get(&format!("/api/builds/?version={version}"));
        let path = format!("/api/builds/{}/metrics/?limit=1000", builds["results"][0]["id"]);
        let mut metrics = Vec::new();
        for metric in squad.get(&path)["results"].as_array().unwrap() {
            metrics.push((
                metric["name"].as_str().unwrap().to_owned(),
                metric["measurement_list"].as_array().unwrap().len(),
            ));
        }
        metrics
    };
    let (through_lava, direct) = (names("v1"), names("v2"));
    assert!(direct.iter().any(|(_, samples)| *samples > 1), "{direct:?}");
    assert!(direct.iter().all(|(name, _)| through_lava.iter().any(|(other, _)| other == name)), "{direct:?}");
}
