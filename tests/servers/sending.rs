//! What `submit` does with several records, with one that the server has already, and with a server that says strange things.

use crate::{
    TOKEN, submit,
    support::{
        Said, example, program, project, run,
        server::{Answer, Fake},
    },
};
use lava_bench::lab::{Address, Client, ServerError, fetch};
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tempfile::TempDir;

/// A folder with three records, one of them in a folder below.
fn records() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    for (name, id) in [("a.json", "0000000a"), ("b.json", "0000000b"), ("below/c.json", "0000000c")] {
        fs::write(folder.path().join(name), example().replace("0a1b2c3d", id)).unwrap();
    }
    folder
}

fn submit_all(server: &str, folder: &TempDir) -> Said {
    let place = ["--server", server, "--group", "perf", "--project", "linux", "--build", "v1", "--environment", "qemu"];
    Said::of(program().args(["submit", "squad"]).arg(folder.path()).args(place).env("SQUAD_TOKEN", TOKEN))
}

#[test]
fn a_folder_of_records_goes_in_one_call_and_a_server_that_is_away_is_not_tried_for_each() {
    let folder = records();
    let fake = Fake::new(|_, before| Answer::status(201, (before + 1).to_string()));
    let said = submit_all(&fake.url, &folder);
    let pages: String = (1..4).map(|run| format!("{}/perf/linux/build/v1/testrun/{run}/\n", fake.url)).collect();
    assert_eq!((said.code, said.stdout), (0, pages), "{}", said.stderr);
    let away = Fake::new(|_, before| match before {
        0 => Answer::status(201, "1"),
        _ => Answer::status(503, "").with("Retry-After: 0"),
    });
    let said = submit_all(&away.url, &folder);
    assert_eq!((said.code, away.requests().len()), (5, 7), "{}", said.stderr);
    assert!(said.stderr.contains("2 records of 3 not sent, from record 0000000b on\n"), "{}", said.stderr);
    // What is wrong with one is not wrong with the next.
    let picky =
        Fake::new(|_, before| if before == 1 { Answer::status(400, "bad JSON") } else { Answer::status(201, "7") });
    let said = submit_all(&picky.url, &folder);
    assert_eq!((said.code, picky.requests().len()), (2, 3), "{}", said.stderr);
    assert!(said.stderr.contains("record 0000000b: ") && said.stderr.contains("HTTP status 400: bad JSON"), "{said:?}");
}

#[test]
fn other_results_under_the_same_id_are_told_apart() {
    let place = ["--server", "http://x.invalid", "--group", "perf", "--project", "linux", "--build", "v1"];
    let record = project("docs/example-record.json");
    let dry = Said::of(program().args(["submit", "squad"]).arg(record).args(place).args([
        "--environment",
        "qemu",
        "--dry-run",
    ]));
    let sent: Value = serde_json::from_str(&dry.stdout).unwrap();
    let (whole, mut part, mut less) = (sent["metrics"].clone(), sent["metrics"].clone(), sent["metrics"].clone());
    let name = "sysbench-cpu/sysbench-cpu.events-per-second.threads_4";
    part[name]["value"] = json!([4213.07]);
    less.as_object_mut().unwrap().remove(name);
    for (metrics, code, told) in [
        (whole, 0, "record 0a1b2c3d: is there already, in "),
        (part, 2, "record 0a1b2c3d: other results are there under its id, in "),
        (less, 2, "/perf/linux/build/v1/testrun/12/\nhint: delete that test run on the server"),
    ] {
        let tests = sent["tests"].to_string();
        let fake = Fake::new(move |request, _| match request.path.as_str() {
            _ if request.method == "POST" => Answer::status(400, "There is already a test run with job_id 0a1b2c3d"),
            path if path.starts_with("/api/builds/") => Answer::ok("{\"next\": null, \"results\": [{\"id\": 3}]}"),
            path if path.starts_with("/api/testruns/?") => Answer::ok(
                json!({"next": null, "results": [{"id": 11, "job_id": "other"}, {"id": 12, "job_id": "0a1b2c3d"}]})
                    .to_string(),
            ),
            "/api/testruns/12/metrics_file/" => Answer::ok(metrics.to_string()),
            "/api/testruns/12/tests_file/" => Answer::ok(tests.as_str()),
            _ => Answer::status(404, "{}"),
        });
        let said = submit(&fake.url, &[]);
        assert!(said.code == code && said.stderr.contains(told), "{said:?}");
        assert!(!said.stderr.contains("unknown"), "{said:?}");
    }
}

#[test]
fn a_build_that_is_not_the_records_own_label_is_told() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("it.json");
    fs::write(&file, example().replacen('{', "{\"label\": \"v6.12-rc2\", ", 1)).unwrap();
    let labelled = |build: &str| {
        let place =
            ["--server", "http://x.invalid", "--group", "g", "--project", "p", "--environment", "e", "--build", build];
        Said::of(program().args(["submit", "squad", "--dry-run"]).arg(&file).args(place))
    };
    let said = labelled("v6.12-rc3");
    let warning = "warning: record 0a1b2c3d: its label is v6.12-rc2, and it is sent as build v6.12-rc3\n";
    assert_eq!((said.code, said.stderr.as_str()), (0, warning));
    assert_eq!(labelled("v6.12-rc2").stderr, "");
}

#[test]
fn no_answer_and_no_argument_shows_a_secret() {
    let echo = format!("bad request with {TOKEN}, and {TOKEN}");
    let fake = Fake::new(move |request, _| match request.method.as_str() {
        "POST" => Answer::status(400, echo.as_str()),
        _ => Answer::ok(format!("{{\"id\": 7, \"state\": \"{TOKEN}\", \"health\": \"{TOKEN}\"}}")),
    });
    let said = submit(&fake.url, &[]);
    let whole = "HTTP status 400: bad request with [the token], and [the token]\n";
    assert!(said.code == 2 && said.stderr.ends_with(whole), "{said:?}");
    let address = format!("lava+{}/scheduler/job/7", fake.url);
    let said = Said::of(program().args(["rebuild", &address]).env("LAVA_TOKEN", TOKEN));
    assert!(!said.stderr.contains("s3cret"), "{said:?}");
    let record = project("docs/example-record.json");
    let place = ["--group", "g", "--project", "p", "--build", "b", "--environment", "e"];
    for arguments in [["--server", "http://me:s3cret@qa.example"], ["--token-file", TOKEN]] {
        let mut command = program();
        command.args(["submit", "squad"]).arg(&record).args(place).args(arguments);
        if arguments[0] != "--server" {
            command.args(["--server", &fake.url]);
        }
        let said = Said::of(&mut command);
        assert!(said.code == 2 && !said.stderr.contains("s3cret") && said.stderr.contains("\nhint: "), "{said:?}");
    }
}

#[test]
fn what_is_no_answer_of_squad_is_told_with_what_to_do() {
    for (answer, told) in [
        (
            Answer::status(302, "").with("Location: /login/"),
            "the server leads to another address (302), http://127.0.0.1:",
        ),
        (
            Answer::status(302, "").with("Location: /login/"),
            "/login/\nhint: is --server right, with its scheme and prefix?\n",
        ),
        (Answer::status(201, ""), "the answer is empty\nhint: is --server the address of a SQUAD?\n"),
        (Answer::status(201, "welcome"), "the answer is not a test run's number: welcome\nhint: is --server"),
        (Answer::status(418, ""), "HTTP status 418, without a word\n"),
    ] {
        let fake = Fake::new(move |_, _| answer.clone());
        let said = submit(&fake.url, &[]);
        assert!(said.code == 2 && said.stderr.contains(told), "{said:?}");
    }
}

#[test]
fn one_client_waits_so_long_and_not_longer_for_all_that_it_asks() {
    let fake = Fake::new(|_, _| Answer { silent: true, ..Answer::default() });
    let address: Address = format!("lava+{}/scheduler/job/7", fake.url).parse().unwrap();
    let bounds = lava_bench::lab::Bounds {
        patience: Duration::from_millis(5900),
        pause: Duration::from_secs(2),
        ..Default::default()
    };
    let client = Client::new(address.server(), None, |_| {}).with_bounds(bounds);
    let folder = TempDir::new().unwrap();
    let tries = || match fetch(&address, &client, folder.path()) {
        Err(ServerError::GaveUp { tries, why, .. }) => {
            assert_eq!(why, "the server closed the connection without an answer");
            tries
        }
        other => panic!("{other:?}"),
    };
    // A pause of 2 s, and none of 4 s. Then nothing is left for what else it is asked.
    assert_eq!((tries(), tries()), (2, 1));
}

#[test]
fn a_jobs_log_that_is_not_there_yet_is_not_gone() {
    for (state, told) in [("Submitted", "the server has no log of it yet"), ("Finished", "no log of it any more")] {
        let fake = Fake::new(move |request, _| match request.path.as_str() {
            "/api/v0.2/jobs/7/" => Answer::ok(json!({"id": 7, "state": state, "health": "Unknown"}).to_string()),
            "/api/v0.2/jobs/7/logs/" => Answer::status(404, "{}"),
            _ => Answer::ok("{\"next\": null, \"results\": []}"),
        });
        let address = format!("lava+{}/scheduler/job/7", fake.url);
        let said = run(&["rebuild", &address]);
        assert!(said.code == 4 && said.stderr.contains(told), "{said:?}");
        let said = run(&["rebuild", "--ended", &address]);
        assert_eq!(said.code, if state == "Finished" { 4 } else { 3 }, "{said:?}");
    }
}
