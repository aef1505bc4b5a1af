//! The script of `docs/sources.md` for a night with several boards, as it stands there, against a server that is LAVA and SQUAD.

use crate::{
    TOKEN,
    support::{
        PROGRAM, Said, clean, example, path_with, project, run,
        server::{Answer, Fake, Request},
    },
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// What both servers are like tonight.
#[derive(Default)]
struct Servers {
    /// Jobs that have not ended.
    running: Vec<u64>,
    /// Jobs whose board said nothing of ours.
    silent: Vec<u64>,
    lava_is_away: bool,
    squad_is_away: bool,
    /// Where what was taken was sent to.
    taken: Vec<String>,
}

/// The record of a job: each is a boot of its own.
fn record(job: u64) -> Value {
    let mut record: Value = serde_json::from_str(&example()).unwrap();
    record["id"] = format!("{job:08x}").into();
    record["started"] = format!("2026-11-{:02}T02:28:25.900Z", job % 100).into();
    record["boots"][0] =
        json!({"id": format!("{job:012x}"), "booted": format!("2026-11-{:02}T02:09:00.000Z", job % 100)});
    let noise = (job * 7 % 5) as f64;
    record["benchmarks"][0]["cases"][0]["series"][0]["samples"] = json!([[4200.5 + noise], [4201.25 + noise]]);
    record
}

fn log(job: u64) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), record(job).to_string()).unwrap();
    let said = run(&["emit", file.path().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let line = |line| json!({"dt": "2026-11-24T02:28:26.000000", "lvl": "target", "msg": line});
    said.stdout.lines().map(|said| format!("- {}\n", line(said))).collect()
}

impl Servers {
    fn answer(&mut self, request: &Request) -> Answer {
        let away = || Answer::status(503, "").with("Retry-After: 0");
        if request.method == "POST" {
            return match request.header("auth-token") {
                _ if self.squad_is_away => away(),
                Some(TOKEN) => {
                    self.taken.push(request.path.clone());
                    Answer::status(201, self.taken.len().to_string())
                }
                _ => Answer::status(401, "{\"detail\": \"Invalid token.\"}"),
            };
        }
        let Some(rest) = request.path.strip_prefix("/api/v0.2/jobs/") else { return Answer::status(404, "{}") };
        let (number, what) = rest.split_once('/').unwrap();
        let job: u64 = number.parse().unwrap();
        match what {
            _ if self.lava_is_away => away(),
            "" => {
                let state = if self.running.contains(&job) { "Running" } else { "Finished" };
                Answer::ok(json!({"id": job, "state": state, "health": "Complete"}).to_string())
            }
            "logs/" if self.silent.contains(&job) => Answer::ok("- {\"lvl\": \"target\", \"msg\": \"Kernel panic\"}\n"),
            // A job that has not ended has the first part of its log.
            "logs/" if self.running.contains(&job) => {
                Answer::ok(log(job).lines().take(2).map(|line| format!("{line}\n")).collect::<String>())
            }
            "logs/" => Answer::ok(log(job)),
            _ => Answer::ok("{\"next\": null, \"results\": []}"),
        }
    }
}

/// A lab: its folder with the script, and its servers.
struct Lab {
    folder: TempDir,
    url: String,
    fake: Fake,
    servers: Arc<Mutex<Servers>>,
}

impl Lab {
    fn new() -> Lab {
        let servers = Arc::new(Mutex::new(Servers::default()));
        let shared = Arc::clone(&servers);
        let fake = Fake::new(move |request, _| shared.lock().unwrap().answer(request));
        let page = fs::read_to_string(project("docs/sources.md")).unwrap();
        let (_, section) = page.split_once("## A night with several boards").unwrap();
        let (script, _) = section.split_once("```sh\n").unwrap().1.split_once("\n```").unwrap();
        assert_eq!(script.matches("https://qa.example").count(), 1);
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("night"), script.replace("https://qa.example", &fake.url)).unwrap();
        Lab { folder, url: fake.url.clone(), fake, servers }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn now(&self, change: impl FnOnce(&mut Servers)) {
        change(&mut self.servers.lock().unwrap());
    }

    /// Adds a job to the list; as an editor may leave it, without an end of the last line.
    fn add(&self, build: &str, board: &str, job: u64) {
        let before = fs::read_to_string(self.path("jobs")).unwrap_or_default();
        let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        fs::write(self.path("jobs"), format!("{before}{gap}{build} {board} lava+{}/scheduler/job/{job}", self.url))
            .unwrap();
    }

    fn night(&self, build: &str, base: &str, token: &str) -> Said {
        let mut command = clean(Command::new("sh"));
        command.current_dir(self.folder.path()).args(["night", build, base]);
        command.env("PATH", path_with(Path::new(PROGRAM).parent().unwrap()));
        Said::of(command.env("LAVA_TOKEN", TOKEN).env("SQUAD_TOKEN", token))
    }

    /// The boards and jobs that are left, with their builds.
    fn left(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("jobs")).unwrap();
        let short = |line: &str| line.replace(&format!("lava+{}/scheduler/job/", self.url), "");
        text.lines().map(short).collect()
    }

    fn taken(&self) -> Vec<String> {
        let taken = std::mem::take(&mut self.servers.lock().unwrap().taken);
        taken.into_iter().map(|path| path.replace("/api/submit/perf/linux/", "")).collect()
    }

    fn mail(&self, build: &str) -> String {
        fs::read_to_string(self.path(&format!("{build}.eml"))).unwrap()
    }
}

#[test]
fn a_server_that_is_away_one_night_gets_its_records_the_next_one_under_their_own_build() {
    let lab = Lab::new();
    (11..23).for_each(|job| {
        fs::create_dir_all(lab.path(&format!("records/night-{job}"))).unwrap();
        fs::write(lab.path(&format!("records/night-{job}/rpi4-01.json")), record(job).to_string()).unwrap();
    });
    lab.add("rc2", "rpi4-01", 24);
    lab.add("rc2", "rpi4-02", 124);
    lab.now(|servers| servers.squad_is_away = true);
    let said = lab.night("rc2", "night-22", TOKEN);
    assert_eq!((said.code, lab.taken().len()), (1, 0), "{said:?}");
    assert_eq!(lab.left(), ["rc2 rpi4-01 24", "rc2 rpi4-02 124"]);
    let posts = || lab.fake.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(posts(), 6, "it is not asked again for the second board");
    lab.add("rc3", "rpi4-01", 25);
    lab.now(|servers| servers.squad_is_away = false);
    let said = lab.night("rc3", "rc2", TOKEN);
    assert_eq!((said.code, lab.left().len()), (0, 0), "{said:?}");
    assert_eq!(lab.taken(), ["rc2/rpi4-01", "rc2/rpi4-02", "rc3/rpi4-01"]);
    // One boot a night: the earlier nights decide.
    let mail = lab.mail("rc3");
    assert!(mail.contains("  history  12 past boots\r\n"), "{mail}");
    assert!(!mail.contains("Nothing is decided") && mail.contains("\r\nSubject: No regression"), "{mail}");
    // The list is empty: nothing is sent to a wrong build, and the mail is written anew.
    fs::remove_file(lab.path("rc3.eml")).unwrap();
    assert_eq!((lab.night("rc3", "rc2", TOKEN).code, lab.taken().len()), (0, 0));
    assert!(lab.mail("rc3").contains("No regression"));
}

#[test]
fn a_job_that_still_runs_is_taken_when_it_has_ended() {
    let lab = Lab::new();
    // An empty line is not a job.
    fs::write(lab.path("jobs"), "\n").unwrap();
    lab.add("rc3", "rpi4-01", 24);
    lab.add("rc3", "rpi4-02", 124);
    lab.now(|servers| servers.running = vec![124]);
    let said = lab.night("rc3", "rc2", TOKEN);
    assert!(
        said.code == 1 && said.stderr.contains("job 124: it has not ended, and no record is made of it"),
        "{said:?}"
    );
    assert_eq!((lab.left(), lab.taken()), (vec!["rc3 rpi4-02 124".to_string()], vec!["rc3/rpi4-01".to_string()]));
    assert!(!lab.path("records/rc3/rpi4-02.json").exists());
    lab.now(|servers| servers.running.clear());
    let said = lab.night("rc3", "rc2", TOKEN);
    assert_eq!((said.code, lab.left().len(), lab.taken()), (0, 0, vec!["rc3/rpi4-02".to_string()]), "{said:?}");
    let whole = fs::read_to_string(lab.path("records/rc3/rpi4-02.json")).unwrap();
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!((&whole["benchmarks"], whole.get("losses")), (&record(124)["benchmarks"], None));
}

#[test]
fn a_wrong_token_and_a_board_without_results_are_no_success_and_the_mail_is_written() {
    let lab = Lab::new();
    lab.add("rc3", "rpi4-01", 24);
    lab.add("rc3", "rpi4-02", 25);
    lab.now(|servers| servers.silent = vec![25]);
    let said = lab.night("rc3", "rc2", "wrong-s3cret");
    assert!(said.code == 1 && said.stderr.contains("refuses (401): the token is wrong"), "{said:?}");
    assert!(!said.stderr.contains("s3cret"), "{said:?}");
    assert!(
        said.stderr.contains("/scheduler/job/25: no signal and no frame of a record\nhint: the job's log on"),
        "{said:?}"
    );
    assert_eq!(lab.left(), ["rc3 rpi4-01 24"]);
    // There is no record of rc2.
    let mail = lab.mail("rc3");
    assert!(mail.contains("\r\nSubject: No data: records/rc2: no record in it"), "{mail}");
    let said = lab.night("rc3", "rc2", TOKEN);
    assert_eq!((said.code, lab.left().len(), lab.taken()), (0, 0, vec!["rc3/rpi4-01".to_string()]), "{said:?}");
}

#[test]
fn lava_is_asked_for_nothing_more_on_a_night_when_it_is_away() {
    let lab = Lab::new();
    lab.add("rc3", "rpi4-01", 24);
    lab.add("rc3", "rpi4-02", 25);
    lab.now(|servers| servers.lava_is_away = true);
    assert_eq!(lab.night("rc3", "rc2", TOKEN).code, 1);
    assert_eq!((lab.left().len(), lab.fake.requests().len()), (2, 6));
    assert!(lab.mail("rc3").contains("\r\nSubject: No data: "));
}
