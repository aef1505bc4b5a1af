//! What comes from LAVA and SQUAD, and goes to SQUAD: against a server of the tests' own, and, where it is wanted
//! (`LAVA_BENCH_SERVERS=1`), against real ones from `scripts/lava-server` and `scripts/squad`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod night;
mod real;
mod sending;
mod tls;
mod two;

use lava_bench::{
    lab::{Address, Client, Job, ServerError, Token, fetch},
    record::{Lab, Record},
};
use serde_json::{Value, json};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{
    Said, example, program, project, run,
    server::{Answer, Fake, Request},
};
use tempfile::TempDir;

const TOKEN: &str = "0123456789s3cret";

/// What comes of it from a server, which knows the job.
fn example_of_job_7(url: &str) -> String {
    let lab = Lab {
        server: Some(url.into()),
        job: Some("7".into()),
        device: Some("pty01".into()),
        device_type: Some("pty".into()),
        ..Lab::default()
    };
    let record = Record::from_json(example().as_bytes()).unwrap();
    Record { lab: Some(lab), ..record }.to_json() + "\n"
}

/// What a board says of it.
fn example_said() -> String {
    run(&["emit", project("docs/example-record.json").to_str().unwrap()]).stdout
}

/// A job's log as LAVA stores it.
fn log() -> String {
    let said = example_said();
    let line = |line| json!({"dt": "2026-11-24T02:28:26.000000", "lvl": "target", "msg": line});
    said.lines().map(|said| format!("- {}\n", line(said))).collect()
}

fn job(state: &str) -> String {
    json!({"id": 7, "state": state, "health": "Complete", "actual_device": "pty01", "requested_device_type": "pty"})
        .to_string()
}

fn suites() -> String {
    json!({"count": 2, "next": null, "results": [{"id": 1, "name": "lava"}, {"id": 2, "name": "0_sysbench-cpu"}]})
        .to_string()
}

fn case(number: usize) -> Value {
    json!({"id": number, "name": format!("sysbench-cpu.events.0.{number}"), "result": "pass", "unit": "s",
        "measurement": "1.5000000000", "metadata": "definition: 0_sysbench-cpu\nmeasurement: 1.5\n", "suite": 2})
}

/// The server's answers where nothing is wrong, with two pages of test cases. It thinks that it is called otherwise.
fn lava(request: &Request) -> Answer {
    match request.path.as_str() {
        "/api/v0.2/jobs/7/" => Answer::ok(job("Finished")),
        "/api/v0.2/jobs/7/logs/" => Answer::ok(log()),
        "/api/v0.2/jobs/7/suites/?limit=100" => Answer::ok(suites()),
        "/api/v0.2/jobs/7/suites/2/tests/?ordering=id&limit=1000" => {
            let next = "http://inside.invalid/api/v0.2/jobs/7/suites/2/tests/?limit=1000&offset=1&ordering=id";
            Answer::ok(json!({"count": 2, "next": next, "results": [case(0)]}).to_string())
        }
        "/api/v0.2/jobs/7/suites/2/tests/?limit=1000&offset=1&ordering=id" => {
            Answer::ok(json!({"count": 2, "next": null, "results": [case(1)]}).to_string())
        }
        _ => Answer::status(404, "{\"detail\":\"Not found.\"}"),
    }
}

struct Fetched {
    folder: TempDir,
    jobs: Result<Vec<Job>, ServerError>,
    told: String,
}

/// Fetches job 7, with pauses of 0 s.
fn fetched(fake: &Fake, folder: TempDir) -> Fetched {
    let address: Address = format!("lava+{}/scheduler/job/7", fake.url).parse().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    let token = Token::find(Some(&token), "").unwrap();
    let told = Arc::new(Mutex::new(String::new()));
    let say = Arc::clone(&told);
    let tell = move |line: &str| say.lock().unwrap().push_str(&format!("{line}\n"));
    let client = Client::new(address.server(), token, tell).with_pause(Duration::ZERO);
    let jobs = fetch(&address, &client, folder.path());
    let told = told.lock().unwrap().clone();
    assert!(!told.contains(TOKEN), "{told}");
    Fetched { folder, jobs, told }
}

fn contents(job: &Job) -> Vec<String> {
    job.files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn lavas_pages_come_from_the_addressed_server_and_only_it_gets_the_token() {
    let fake = Fake::new(|request, _| lava(request));
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
    let jobs = jobs.unwrap();
    let files = contents(&jobs[0]);
    assert_eq!((jobs.len(), files.len(), &files[0]), (1, 3, &log()));
    assert!(files[1].contains("events.0.0") && files[2].contains("events.0.1"));
    let requests = fake.requests();
    assert!(requests.iter().all(|request| request.header("authorization") == Some(&format!("Token {TOKEN}"))));
    assert!(!requests.iter().any(|request| request.path.contains("suites/1/")), "LAVA's own steps");
}

#[test]
fn what_fails_for_a_while_is_asked_for_again() {
    let fake = Fake::new(|request, before| match (request.path.ends_with("/logs/"), before) {
        (false, 0) => Answer::status(503, "busy"),
        (false, 1) => Answer::status(429, "slowly").with("Retry-After: 0"),
        (true, 0) => Answer { silent: true, ..Answer::default() },
        _ => lava(request),
    });
    let Fetched { jobs, told, folder: _folder } = fetched(&fake, TempDir::new().unwrap());
    assert_eq!(contents(&jobs.unwrap()[0])[0], log());
    assert!(told.contains("HTTP status 503; again in") && told.contains("HTTP status 429; again in"), "{told}");
}

#[test]
fn a_log_that_is_cut_off_is_continued_where_it_ended() {
    let fake = Fake::new(|request, before| {
        let whole = log().into_bytes();
        match request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()) {
            _ if !request.path.ends_with("/logs/") => lava(request),
            None => Answer { cut: whole.len() - 100, ..Answer::ok(whole) },
            Some(from) => {
                let from: usize = from;
                let rest = whole[from..].to_vec();
                let range = format!("Content-Range: bytes {from}-{}/{}", whole.len() - 1, whole.len());
                // More cuts than tries, but each brings something.
                let cut = if before < 9 { rest.len() - 50 } else { 0 };
                Answer { cut, ..Answer::status(206, rest).with(&range) }
            }
        }
    });
    let Fetched { jobs, told, folder: _folder } = fetched(&fake, TempDir::new().unwrap());
    assert_eq!(contents(&jobs.unwrap()[0])[0], log(), "{told}");
    let ranges: Vec<_> =
        fake.requests().iter().filter_map(|request| request.header("range").map(str::to_owned)).collect();
    assert!(ranges[..2] == ["bytes=100-", "bytes=150-"] && ranges.len() == 9, "{ranges:?}");
}

#[test]
fn a_log_is_taken_anew_where_the_server_knows_no_ranges_or_has_another_file() {
    for status in [200, 416] {
        let fake = Fake::new(move |request, before| match request.header("range") {
            _ if !request.path.ends_with("/logs/") => lava(request),
            None if before == 0 => Answer { cut: 40, ..Answer::ok(log()) },
            Some(_) if status == 416 => Answer::status(416, ""),
            _ => Answer::ok(log()),
        });
        let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
        assert_eq!(contents(&jobs.unwrap()[0])[0], log());
    }
}

#[test]
fn a_page_that_ends_too_early_without_saying_so_is_asked_for_again() {
    let fake = Fake::new(|request, before| match lava(request) {
        whole if request.path.contains("/tests/") && before == 0 => Answer::ok(&whole.body[..whole.body.len() / 2]),
        whole => whole,
    });
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
    assert_eq!(jobs.unwrap()[0].files.len(), 3);
}

#[test]
fn it_ends_when_the_server_does_not_recover() {
    let fake = Fake::new(|_, _| Answer::status(502, ""));
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
    let error = jobs.unwrap_err().to_string();
    assert!(
        error.contains("/api/v0.2/jobs/7/: HTTP status 502 (asked 6 times)\nhint: give the same command"),
        "{error}"
    );
    let fake = Fake::new(|_, _| Answer::status(429, "").with("Retry-After: 86400"));
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
    let error = jobs.unwrap_err().to_string();
    assert!(error.contains("only in 86400 s (asked 1 time)"), "{error}");
}

#[test]
fn test_cases_that_lava_cannot_list_come_as_csv() {
    const CSV: &str = "job,suite,result,measurement,unit,name\n7,0_a,pass,1.5,s,a.b.0.0\n";
    let fake = Fake::new(|request, _| match request.path.as_str() {
        path if path.contains("offset") => Answer::status(500, "{\"error\": \"InvalidOperation\"}"),
        "/api/v0.2/jobs/7/suites/2/csv/" => Answer::ok(CSV),
        _ => lava(request),
    });
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, TempDir::new().unwrap());
    let jobs = jobs.unwrap();
    assert_eq!(contents(&jobs[0])[1..], [CSV]);
    assert!(jobs[0].notes[0].contains("HTTP status 500"), "{:?}", jobs[0].notes);
}

#[test]
fn what_is_kept_of_an_ended_job_is_not_fetched_again() {
    let states = Arc::new(Mutex::new("Running"));
    let state = Arc::clone(&states);
    let fake = Fake::new(move |request, _| match request.path.as_str() {
        "/api/v0.2/jobs/7/" => Answer::ok(job(*state.lock().unwrap())),
        _ => lava(request),
    });
    let count = || fake.requests().iter().filter(|request| request.path.ends_with("/logs/")).count();
    let Fetched { jobs, folder, .. } = fetched(&fake, TempDir::new().unwrap());
    assert!(jobs.unwrap()[0].notes[0].contains("the job is Running"));
    *states.lock().unwrap() = "Finished";
    let Fetched { jobs, folder, .. } = fetched(&fake, folder);
    assert_eq!((count(), jobs.unwrap()[0].files.len()), (2, 3));
    let Fetched { jobs, folder: _folder, .. } = fetched(&fake, folder);
    assert_eq!((count(), jobs.unwrap()[0].files.len()), (2, 3));
}

#[test]
fn a_wrong_token_is_told_without_it() {
    let fake = Fake::new(|_, _| Answer::status(401, "{\"detail\":\"Invalid token.\"}"));
    let address = format!("lava+{}/scheduler/job/7", fake.url);
    let output = Said::of(program().args(["rebuild", &address]).env("LAVA_TOKEN", TOKEN));
    let said = &output.stderr;
    assert_eq!(output.code, 2, "{said}");
    assert!(said.contains("refuses (401): the token is wrong") && !said.contains(TOKEN), "{said}");
    let output = run(&["rebuild", &address]);
    assert!(output.stderr.contains("hint: set LAVA_TOKEN in the environment"), "{}", output.stderr);
    assert_eq!(fake.requests().len(), 2, "it is not asked again");
}

#[test]
fn a_record_comes_from_lavas_address() {
    let fake = Fake::new(|request, before| match before {
        0 if request.path.ends_with("/logs/") => Answer { cut: 70, ..Answer::ok(log()) },
        _ => lava(request),
    });
    let keep = TempDir::new().unwrap();
    let address = format!("lava+{}/scheduler/job/7", fake.url);
    let output = Said::of(program().args(["rebuild", &address, "--keep"]).arg(keep.path()));
    assert_eq!((output.code, output.stdout), (0, example_of_job_7(&fake.url)), "{}", output.stderr);
    let folder = fs::read_dir(keep.path()).unwrap().next().unwrap().unwrap().path();
    let output = run(&["rebuild", folder.join("job-7/log.yaml").to_str().unwrap()]);
    assert_eq!((output.code, output.stdout), (0, example() + "\n"));
}

fn squad(request: &Request, log: &str) -> Answer {
    let list = |items: Value| Answer::ok(json!({"next": null, "previous": null, "results": items}).to_string());
    match request.path.as_str() {
        "/api/builds/?project__group__slug=perf&project__slug=linux&version=v6%2E1" => list(json!([{"id": 3}])),
        "/api/builds/?project__group__slug=perf&project__slug=linux&version=none" => list(json!([])),
        "/api/testruns/?build=3&limit=100" => list(json!([{"id": 12}])),
        "/api/testruns/12/log_file/" => Answer::ok(log),
        "/api/testruns/12/tests_file/" => Answer::ok("{\"sysbench-cpu/sysbench-cpu._case.threads_4\": \"pass\"}"),
        _ => Answer::status(404, "{}"),
    }
}

#[test]
fn a_record_comes_from_squads_address() {
    let said = example_said();
    let fake = Fake::new(move |request, _| squad(request, &said));
    for address in ["perf/linux/build/v6.1", "perf/linux/build/v6.1/testrun/12/"] {
        let address = format!("squad+{}/{address}", fake.url);
        let output = Said::of(program().args(["rebuild", &address]).env("SQUAD_TOKEN", TOKEN));
        assert_eq!((output.code, output.stdout), (0, example() + "\n"), "{}", output.stderr);
        assert!(output.stderr.contains("test run 12: the server has no metrics_file"));
    }
    let output = run(&["rebuild", &format!("squad+{}/perf/linux/build/none", fake.url)]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("perf/linux: no build called none"), "{}", output.stderr);
}

fn submit(server: &str, arguments: &[&str]) -> Said {
    let record = project("docs/example-record.json");
    let mut command = program();
    command.args(["submit", "squad"]).arg(record).args(["--server", server, "--group", "perf", "--project", "linux"]);
    command.args(["--build", "v1", "--environment", "qemu"]).args(arguments);
    Said::of(command.env("SQUAD_TOKEN", TOKEN))
}

#[test]
fn a_record_is_submitted_once() {
    let fake = Fake::new(|_, before| match before {
        0 => Answer::status(503, ""),
        1 => Answer::status(201, "12"),
        _ => Answer::status(400, "There is already a test run with job_id 0a1b2c3d"),
    });
    let output = submit(&fake.url, &[]);
    let page = format!("{}/perf/linux/build/v1/testrun/12/\n", fake.url);
    assert_eq!((output.code, output.stdout), (0, page), "{}", output.stderr);
    let output = submit(&fake.url, &[]);
    assert_eq!((output.code, output.stdout.len()), (0, 0));
    assert!(output.stderr.contains("record 0a1b2c3d: is there already"), "{}", output.stderr);
    let request = &fake.requests()[1];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/submit/perf/linux/v1/qemu"));
    assert_eq!(request.header("auth-token"), Some(TOKEN));
    assert!(request.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    let body = String::from_utf8_lossy(&request.body);
    assert!(body.contains("name=\"log\"") && body.contains("\"value\":[4213.07,4100.5]") && body.contains(&example()));
}

#[test]
fn a_refused_submission_says_why_and_a_dry_run_sends_nothing() {
    let fake = Fake::new(|_, before| match before {
        0 => Answer::status(403, "{\"detail\": \"User needs permission to submit results.\"}"),
        _ => Answer::status(404, "{\"detail\": \"No Project matches the given query.\"}"),
    });
    let output = submit(&fake.url, &["--dry-run"]);
    let preview: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((fake.requests().len(), &preview["metadata"]["job_id"]), (0, &json!("0a1b2c3d")));
    let refused = "(403): the token is wrong, or its user may not submit here";
    for expected in [refused, "no such group or project (404)"] {
        let output = submit(&fake.url, &[]);
        let said = &output.stderr;
        assert!(output.code == 2 && said.contains(expected) && !said.contains(TOKEN), "{said}");
    }
}

#[test]
fn what_is_not_known_from_the_record_is_asked_for() {
    let record = project("docs/example-record.json");
    let place = ["--server", "http://x.invalid", "--group", "a", "--project", "b"];
    let output = Said::of(program().args(["submit", "squad"]).arg(record).args(place));
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("record 0a1b2c3d: it has no label and no kernel to name the build after"),
        "{}",
        output.stderr
    );
}

#[test]
fn the_example_is_a_record() {
    assert_eq!(Record::from_json(example().as_bytes()).unwrap().to_json(), example());
}
