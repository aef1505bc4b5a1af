//! Servers that lie, redirect, or send without end.

use super::support::{
    Said, ends_within, program,
    server::{Answer, Fake, Request},
};
use lava_bench::lab::{Address, Bounds, Client, ServerError, fetch};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Stdio,
    sync::mpsc::channel,
    thread,
    time::Duration,
};
use tempfile::TempDir;

const TOKEN: &str = "0123456789s3cret";

const JOB: &str = "/api/v0.2/jobs/7/";

fn job() -> Answer {
    Answer::ok("{\"id\": 7, \"state\": \"Finished\", \"health\": \"Complete\"}")
}

/// A job whose log has no signal, without suites.
fn plain(request: &Request) -> Answer {
    match request.path.as_str() {
        JOB => job(),
        path if path.ends_with("/logs/") => Answer::ok("- {\"lvl\": \"target\", \"msg\": \"hello\"}\n"),
        _ => Answer::ok("{\"next\": null, \"results\": []}"),
    }
}

/// Rebuilds from job 7 of a server, in time.
fn rebuild(url: &str) -> Said {
    let mut command = program();
    command.args(["rebuild", &format!("lava+{url}/scheduler/job/7")]).env("LAVA_TOKEN", TOKEN);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let code = ends_within(&mut child, Duration::from_secs(120)).unwrap_or(-1);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(!stderr.contains(TOKEN), "{stderr}");
    Said { code, stdout, stderr }
}

#[test]
fn only_the_addressed_port_gets_the_token() {
    let other = Fake::new(|request, _| plain(request));
    let to = other.url.clone();
    let fake = Fake::new(move |request, _| Answer::status(302, "").with(&format!("Location: {to}{}", request.path)));
    let said = rebuild(&fake.url);
    // There is nothing to rebuild in it.
    assert_eq!(said.code, 4, "{}", said.stderr);
    let asks = |request: &Request| request.method == "GET" && request.header("authorization").is_some();
    assert!(fake.requests().iter().all(asks));
    let led = other.requests();
    assert!(!led.is_empty() && led.iter().all(|request| request.header("authorization").is_none()), "{led:?}");
    // On the same server it comes along.
    let fake = Fake::new(|request, _| match request.path.as_str() {
        JOB => Answer::status(307, "").with("Location: /moved"),
        "/moved" => job(),
        _ => plain(request),
    });
    assert_eq!(rebuild(&fake.url).code, 4);
    assert!(fake.requests().iter().all(|request| request.header("authorization").is_some()));
}

#[test]
fn answers_that_are_always_cut_off_at_the_same_place_are_given_up() {
    let fake = Fake::new(|request, _| match plain(request) {
        // A server without ranges begins anew each time.
        whole if request.path.ends_with("/logs/") => Answer { cut: 9, ..whole },
        whole => whole,
    });
    let said = rebuild(&fake.url);
    assert_eq!(said.code, 5, "{}", said.stderr);
    assert!(said.stderr.contains("(asked 6 times)"), "{}", said.stderr);
}

/// What a server answers.
type Answers = Box<dyn Fn(&Request) -> Answer + Send>;

#[test]
fn what_a_server_says_in_circles_or_of_others_is_refused() {
    let deep = "[".repeat(100_000);
    let answers: [(&str, Answers, &str); 6] = [
        (
            "circle",
            Box::new(|request| Answer::status(301, "").with(&format!("Location: {}", request.path))),
            "redirects more than",
        ),
        (
            "deep",
            Box::new(move |_| Answer::ok(format!("{{\"state\": {deep}"))),
            "not an answer of LAVA's REST interface: ",
        ),
        (
            "other job",
            Box::new(|_| Answer::ok("{\"id\": 8, \"state\": \"Finished\", \"health\": \"Complete\"}")),
            "the server answers with job 8\nhint: ",
        ),
        (
            "itself",
            Box::new(|request| match request.path.contains("suites") {
                true => Answer::ok("{\"next\": \"http://other.invalid/?limit=100\", \"results\": []}"),
                false => plain(request),
            }),
            "the next page's address is wrong, or was asked for before: http://other.invalid/?limit=100\nhint: ",
        ),
        (
            "no end",
            Box::new(|request| match request.path.split_once("/suites/?limit=") {
                Some((_, limit)) => {
                    let next = limit.parse::<u32>().unwrap() + 1;
                    Answer::ok(format!("{{\"next\": \"/?limit={next}\", \"results\": []}}"))
                }
                None => plain(request),
            }),
            "a list of more than 1000 pages\nhint: ",
        ),
        (
            "large",
            Box::new(|request| match request.path.contains("suites") {
                true => Answer::ok(vec![b' '; 70 << 20]),
                false => plain(request),
            }),
            "more than 64.0 MiB\nhint: ",
        ),
    ];
    for (name, answer, expected) in answers {
        let fake = Fake::new(move |request, _| answer(request));
        let said = rebuild(&fake.url);
        assert_eq!(said.code, 2, "{name}: {}", said.stderr);
        assert!(said.stderr.contains(expected), "{name}: {}", said.stderr);
    }
}

/// A server that does what it wants with each connection, after the request's head.
fn wild(answer: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                answer(stream);
            });
        }
    });
    url
}

#[test]
fn an_answer_that_trickles_or_has_no_end_is_given_up() {
    let endless = |text: &'static [u8], pause| {
        wild(move |mut stream: TcpStream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(text).is_ok() {
                thread::sleep(pause);
            }
        })
    };
    let trickle = endless(b" ", Duration::from_millis(20));
    let flood = endless(&[b' '; 65_536], Duration::ZERO);
    let headers = wild(|mut stream: TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-More: yes\r\n").is_ok() {}
    });
    for (url, expected) in
        [(trickle, "too slow: "), (flood, "more than 64.0 MiB\nhint: "), (headers, "/api/v0.2/jobs/7/: ")]
    {
        let folder = TempDir::new().unwrap();
        let address: Address = format!("lava+{url}/scheduler/job/7").parse().unwrap();
        let (window, pause) = (Duration::from_millis(300), Duration::ZERO);
        let bounds = Bounds { window, pause, slowest: 1000, ..Bounds::default() };
        let client = Client::new(address.server(), None, |_| {}).with_bounds(bounds);
        let error: ServerError = fetch(&address, &client, folder.path()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        let left = fs::read_dir(folder.path().join("job-7")).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
        assert!(left.map(|file| file.len()).sum::<u64>() < 1 << 20);
    }
}

#[test]
fn a_signal_during_a_fetch_leaves_no_folder_behind() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let folder = TempDir::new().unwrap();
        let (asked, was_asked) = channel();
        let url = wild(move |stream: TcpStream| {
            let _ = asked.send(());
            thread::sleep(Duration::from_secs(100));
            drop(stream);
        });
        let mut command = program();
        command.args(["rebuild", &format!("lava+{url}/scheduler/job/7")]).env("TMPDIR", folder.path());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        was_asked.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(ends_within(&mut child, Duration::from_secs(20)), None, "the signal ends it");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_answer_that_unpacks_without_end_takes_no_memory() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..300).for_each(|_| packed.write_all(&[b' '; 1 << 20]).unwrap());
    let bomb = packed.finish().unwrap();
    // A document is taken as it comes, and a log is unpacked while it is read.
    for (path, code, expected) in [("/suites/", 2, "not JSON: "), ("/logs/", 4, "no signal and no frame of a record")] {
        for header in ["Content-Encoding: gzip", "X-Encoding: none"] {
            let bomb = bomb.clone();
            let fake = Fake::new(move |request, _| match request.path.contains(path) {
                true => Answer::ok(bomb.clone()).with(header),
                false => plain(request),
            });
            let said = rebuild(&fake.url);
            assert!(said.code == code && said.stderr.contains(expected), "{path}: {}", said.stderr);
        }
    }
}

#[test]
fn a_length_that_is_not_the_answers_is_no_whole_answer() {
    let body = "{\"id\": 7, \"state\": \"Finished\", \"health\": \"Complete\"}";
    for (length, expected) in [
        ("400", Some("(asked 6 times)")),
        ("18446744073709551615", Some("hint: ")),
        ("3", Some("not JSON: ")),
        // No length: the answer ends with its connection.
        ("99999999999999999999", None),
        ("-1", None),
        ("0x10", None),
    ] {
        let url = wild(move |mut stream: TcpStream| {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        });
        let folder = TempDir::new().unwrap();
        let address: Address = format!("lava+{url}/scheduler/job/7").parse().unwrap();
        let bounds = Bounds { pause: Duration::ZERO, ..Bounds::default() };
        let client = Client::new(address.server(), None, |_| {}).with_bounds(bounds);
        let said = fetch(&address, &client, folder.path()).map_or_else(|error| error.to_string(), |_| "whole".into());
        assert!(expected.is_none_or(|expected| said.contains(expected)), "{length}: {said}");
    }
}
