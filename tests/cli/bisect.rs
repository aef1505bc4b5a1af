//! `bisect step` and `bisect replay`: real bisections of a small repository, with a script that measures.

use super::support::{PROGRAM, Said, clean, program, run};
use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// How far the boots of one build spread, in turn: 2 % around 0.
const SPREAD: [f64; 8] = [0.006, -0.021, 0.013, -0.004, 0.024, -0.013, 0.001, -0.009];

/// The record of one boot, in one line.
fn record(boot: usize, value: f64, more: &str) -> String {
    format!(
        r#"{{"schema":"lava-bench-record/2","id":"{boot:08x}","machine":{{"board":{{"model":"A board"}}}},"boots":[{{"id":"{boot:012x}"}}],"benchmarks":[{{"name":"b","parameters":{{}},"metrics":[{{"name":"rate","unit":"events/s","better":"higher"}}],"cases":[{{"result":"pass","valid":true,"series":[{{"metric":"rate","samples":[[{value}]]}}]{more}}}]}}]}}"#
    )
}

/// Records of a side, one a line.
fn side(path: &Path, first: usize, level: f64) {
    let mut text = String::new();
    for (boot, spread) in SPREAD.iter().take(6).enumerate() {
        writeln!(text, "{}", record(first + boot, level * (1.0 + spread), "")).unwrap();
    }
    fs::write(path, text).unwrap();
}

/// A repository of 16 commits after a good one, each with a level in its file, and a script that measures it.
struct Bisected {
    folder: TempDir,
}

const FIRST_BAD: usize = 11;

impl Bisected {
    /// `measure` is what the script does with `$LEVEL` and `$N`, the number of its calls.
    fn new(measure: &str) -> Self {
        let bisected = Self { folder: TempDir::new().unwrap() };
        side(&bisected.path("good.json"), 1000, 100.0);
        side(&bisected.path("bad.json"), 2000, 95.0);
        fs::create_dir(bisected.path("tree")).unwrap();
        let mut script = String::from("set -e\ngit init -q\ngit config user.name a\ngit config user.email a@b\n");
        for commit in 0..=16 {
            let level = if commit < FIRST_BAD { 100 } else { 95 };
            writeln!(script, "echo '{level} {commit}' > level; git add level; git commit -qm 'commit {commit}'")
                .unwrap();
        }
        assert!(bisected.git("bash", &["-c", &script]).code == 0);
        let spreads = SPREAD.map(|spread| (1.0 + spread).to_string()).join(" ");
        let text = format!(
            "#!/bin/bash\nset -e\nread -r LEVEL COMMIT < level\nN=$(($(cat ../calls 2>/dev/null || echo 0) + 1)); echo $N > ../calls\n\
             set -- {spreads}\nshift $((N % {}))\nVALUE=$(awk \"BEGIN{{print $LEVEL * $1}}\")\n{measure}\n",
            SPREAD.len()
        );
        super::support::script(&bisected.path("measure"), &text);
        bisected
    }

    /// A script that leaves the record of a boot in the folder that it is given.
    fn usual() -> Self {
        Self::new(&format!(
            "echo '{}' | sed \"s/0000002a/$(printf %08x $N)/g; s/4711/$VALUE/\" > \"$LAVA_BENCH_OUTPUT/record.json\"",
            record(42, 4711.0, "")
        ))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, program: &str, arguments: &[&str]) -> Said {
        let mut command = clean(Command::new(program));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        Said::of(command.args(arguments).current_dir(self.path("tree")))
    }

    /// The arguments of a step, as one line of a shell.
    fn step(&self, more: &str) -> String {
        let [good, bad, log, measure] = ["good.json", "bad.json", "log", "measure"].map(|name| self.path(name));
        let [good, bad, log, measure] = [good, bad, log, measure].map(|path| path.display().to_string());
        format!("{PROGRAM} bisect step --good {good} --bad {bad} --log {log} {more} -- {measure}")
    }

    /// One step outside of `git bisect run`.
    fn alone(&self, more: &str) -> Said {
        self.git("bash", &["-c", &self.step(&format!("--commits 16 {more}"))])
    }

    /// The whole bisection.
    fn run(&self) -> Said {
        let script = format!("git bisect start HEAD HEAD~16 && git bisect run {}", self.step(""));
        self.git("bash", &["-c", &script])
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    fn replay(&self) -> Said {
        run(&["bisect", "replay", self.path("log").to_str().unwrap()])
    }
}

#[test]
fn git_bisect_run_finds_the_commit_and_the_log_gives_the_same_answers_again() {
    let bisected = Bisected::usual();
    let said = bisected.run();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout.contains(&format!("commit {FIRST_BAD}\n")) && said.stdout.contains("is the first bad commit"),
        "{said:?}"
    );
    assert!(said.stderr.contains("b: rate: 6 good boots, 6 bad ones"), "{said:?}");
    let measured = bisected.log().lines().filter(|line| line.contains("{\"measured\"")).count();
    assert!((8..=40).contains(&measured), "{}", bisected.log());
    assert!(bisected.log().contains("\"planned\":4"), "{}", bisected.log());
    let replayed = bisected.replay();
    assert_eq!(replayed.code, 0, "{replayed:?}");
    let answers: Vec<&str> = replayed.stdout.lines().filter(|line| line.starts_with("git bisect ")).collect();
    assert_eq!(answers.len(), 4, "{replayed:?}");
    // Every record that it rests on is kept.
    assert_eq!(fs::read_dir(bisected.path("log.boots")).unwrap().count(), 2 * measured);
    // A commit that was answered is not measured again.
    let commit = answers[0].split(' ').nth(3).unwrap();
    let again = bisected.alone(&format!("--commit {commit}"));
    assert!(again.stderr.contains("as the log says") && again.code < 2, "{again:?}");
}

#[test]
fn a_console_on_standard_output_is_a_record_too() {
    let bisected = Bisected::new(&format!("echo '{}' | sed \"s/4711/$VALUE/\"", record(42, 4711.0, "")));
    let said = bisected.alone("");
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains(": bad: "), "{said:?}");
}

#[test]
fn what_cannot_be_measured_is_skipped_and_what_is_set_up_wrongly_ends_the_bisection() {
    for (measure, code, told) in [
        ("exit 125", 125, "skip: "),
        ("exit 7", 125, "ended with exit code 7, and left no record"),
        ("exit 128", 128, "ended with exit code 128"),
        ("kill -9 $$", 128, "ended by signal 9"),
        ("true", 128, "it left nothing"),
        ("echo hello", 128, "no record in"),
        ("echo '{' > \"$LAVA_BENCH_OUTPUT/record.json\"; exit 1", 125, "left no record"),
    ] {
        let said = Bisected::new(measure).alone("");
        assert_eq!(said.code, code, "{measure}: {said:?}");
        assert!(said.stderr.contains(told), "{measure}: {said:?}");
    }
    let other = record(42, 95.0, "").replace("\"rate\"", "\"other\"").replace("\"name\":\"b\"", "\"name\":\"c\"");
    let said = Bisected::new(&format!("echo '{other}'")).alone("");
    assert_eq!((said.code, said.stderr.contains("no `b: rate` in the record")), (128, true), "{said:?}");
    let other = record(42, 95.0, "").replace("A board", "Another");
    let said = Bisected::new(&format!("echo '{other}'")).alone("");
    assert_eq!((said.code, said.stderr.contains("the record is of Another")), (128, true), "{said:?}");
    let program = Bisected::usual();
    fs::remove_file(program.path("measure")).unwrap();
    assert_eq!(program.alone("").code, 128);
}

#[test]
fn iterations_that_do_not_count_are_measured_again_up_to_the_most() {
    let bisected =
        Bisected::new(&format!("echo '{}'", record(42, 95.0, "").replace("\"valid\":true", "\"valid\":false")));
    let said = bisected.alone("--most 3");
    assert_eq!(said.code, 125, "{said:?}");
    assert!(said.stderr.contains("measurement 3 of 3: no value that counts"), "{said:?}");
}

#[test]
fn a_level_of_its_own_is_skipped() {
    let bisected = Bisected::usual();
    fs::write(bisected.path("tree/level"), "70 0\n").unwrap();
    let said = bisected.alone("");
    assert_eq!((said.code, said.stderr.contains("unlike both sides")), (125, true), "{said:?}");
}

#[test]
fn a_log_that_was_cut_loses_its_last_line_alone_and_another_bisections_is_refused() {
    let bisected = Bisected::usual();
    let first = bisected.alone("");
    assert_eq!(first.code, 1, "{first:?}");
    let whole = bisected.log();
    // The answer is cut: it is computed again from the boots, and nothing is measured.
    fs::write(bisected.path("log"), &whole[..whole.len() - 20]).unwrap();
    let calls = fs::read_to_string(bisected.path("calls")).unwrap();
    let again = bisected.alone("");
    assert_eq!((again.code, again.stderr.contains("is damaged, and does not count")), (1, true), "{again:?}");
    assert_eq!(fs::read_to_string(bisected.path("calls")).unwrap(), calls);
    assert_eq!(bisected.replay().code, 0);
    // The last boot is cut too: it is measured again.
    let lines: Vec<&str> = whole.lines().collect();
    let (boots, last) = (lines[..lines.len() - 2].join("\n"), lines[lines.len() - 2]);
    fs::write(bisected.path("log"), format!("{boots}\n{}", &last[..30])).unwrap();
    assert_eq!(bisected.alone("").code, 1);
    assert_ne!(fs::read_to_string(bisected.path("calls")).unwrap(), calls);
    for more in ["--error 1%", "--most 5"] {
        let said = bisected.alone(more);
        assert_eq!((said.code, said.stderr.contains("of another bisection")), (128, true), "{said:?}");
    }
    fs::write(bisected.path("log"), &whole[3..]).unwrap();
    let said = bisected.alone("");
    assert_eq!((said.code, said.stderr.contains("its first line is damaged")), (128, true), "{said:?}");
}

#[test]
fn sides_that_are_no_ends_and_wrong_arguments_end_the_bisection() {
    let bisected = Bisected::usual();
    let good = bisected.path("good.json");
    fs::write(&good, "").unwrap();
    assert_eq!(bisected.alone("").code, 128);
    fs::write(&good, record(1, 100.0, "")).unwrap();
    let said = bisected.alone("");
    assert_eq!((said.code, said.stderr.contains("2 boots on both sides")), (128, true), "{said:?}");
    side(&good, 1000, 95.4);
    let said = bisected.alone("");
    assert_eq!((said.code, said.stderr.contains("do not differ")), (128, true), "{said:?}");
    fs::remove_file(&good).unwrap();
    assert_eq!(bisected.alone("").code, 128);
    let bisected = Bisected::usual();
    assert_eq!(bisected.alone("--metric nothing-such").code, 128);
    assert_eq!(bisected.alone("--error 60%").code, 128);
    assert_eq!(bisected.alone("--nothing-such").code, 128);
    // Without git, the number of commits has to be given.
    let said = bisected.git("bash", &["-c", &bisected.step("")]);
    assert_eq!((said.code, said.stderr.contains("--commits")), (128, true), "{said:?}");
    let outside = env::temp_dir();
    let said = Said::of(program().current_dir(outside).env("GIT_CEILING_DIRECTORIES", "/").args(["bisect", "step"]));
    assert_eq!(said.code, 128, "{said:?}");
    assert_eq!(run(&["bisect", "replay", "/nothing/such"]).code, 2);
}
