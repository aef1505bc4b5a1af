//! Children that do not end, flood or hide: the run ends in time, with its record.

use crate::support::{PROGRAM, Said, definition, ends_within, program, record, shell};
use lava_bench::record::{Case, Exit, Record, Verdict};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// No run here takes this long unless it hangs.
pub(super) const BOUND: Duration = Duration::from_secs(60);

/// A folder with a definition `tool` whose command is `script`; `more` are further keys of it.
pub(super) fn with_tool(script: &str, more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    definition(folder.path(), "tool", script, more);
    folder
}

/// The arguments that run the definition in `folder`, with its output in `out` beside it.
pub(super) fn arguments(folder: &Path) -> Vec<String> {
    let [definitions, output] = [folder.to_path_buf(), folder.join("out")].map(|path| path.display().to_string());
    ["--definitions", &definitions, "run", "tool", "--signals", "none", "--output", &output].map(Into::into).to_vec()
}

pub(super) fn agent(folder: &Path, more: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments(folder)).args(more);
    command
}

/// A shell script in which `$RUN` runs the definition in `folder`.
pub(super) fn in_shell(folder: &Path, script: &str) -> Command {
    let mut command = shell(script);
    command.env("RUN", format!("{PROGRAM} {}", arguments(folder).join(" ")));
    command
}

/// Runs `command` to its end, which must come in time.
pub(super) fn ended(mut command: Command) -> Said {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let readers = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ]
    .map(|pipe| thread::spawn(move || read(pipe.unwrap())));
    let code = ends_within(&mut child, BOUND).unwrap_or(-1);
    let [stdout, stderr] = readers.map(|reader| reader.join().unwrap());
    Said { code, stdout, stderr }
}

fn read(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether `what` comes true in time.
fn comes_true(mut what: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        if what() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap().success());
}

/// Whether the process whose number stands in `file` runs; a dead one that nobody waited for does not.
pub(super) fn runs(file: &Path) -> bool {
    let pid = fs::read_to_string(file).unwrap_or_default().trim().to_string();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !pid.is_empty() && stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

#[expect(clippy::print_stderr, reason = "a test that skips says so")]
pub(super) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

pub(super) fn is_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        skip("not root");
    }
    root
}

pub(super) fn only_case(record: &Record) -> &Case {
    assert_eq!((record.benchmarks.len(), record.benchmarks[0].cases.len()), (1, 1));
    &record.benchmarks[0].cases[0]
}

/// All that a case says of what went wrong.
pub(super) fn said(case: &Case) -> String {
    let executions = case.executions.iter().flat_map(|execution| &execution.disturbances);
    let all = case.reasons.iter().chain(&case.disturbances).chain(executions);
    all.map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// A tool that takes itself into the agent's process group and does not end for SIGTERM.
const IN_OUR_GROUP: &str =
    r#"exec perl -e '$SIG{{TERM}} = "IGNORE"; setpgrp(0, getpgrp(getppid())); open(F, ">", "here"); sleep 100'"#;

#[test]
fn a_child_in_the_agents_own_group_ends_at_its_time_limit() {
    let folder = with_tool(IN_OUR_GROUP, "");
    assert_eq!(ended(agent(folder.path(), &["--timeout", "1s"])).code, 1);
    let record = record(&folder.path().join("out"));
    assert_eq!(only_case(&record).executions[0].exit, Exit::TimeoutMs(1000));
}

#[test]
fn a_child_in_the_agents_own_group_ends_with_the_agent() {
    let folder = with_tool(IN_OUR_GROUP, "");
    let mut child = agent(folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
    assert!(comes_true(|| folder.path().join("out/tool/case/work/here").exists()));
    signal(&child, "TERM");
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    assert!(record(&folder.path().join("out")).interrupted);
}

/// A file system that takes no write until it is dropped, as a storage card that died: who writes to it cannot be killed.
struct Frozen {
    folder: TempDir,
}

impl Frozen {
    fn new() -> Option<Self> {
        if !is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let frozen = Self { folder };
        let (image, path) = (frozen.folder.path().join("image"), frozen.path());
        fs::create_dir(&path).unwrap();
        let script =
            "truncate -s 16M \"$1\" && mkfs.ext4 -q \"$1\" && mount -o loop \"$1\" \"$2\" && fsfreeze -f \"$2\"";
        let made = Command::new("sh").args(["-c", script, "sh"]).args([&image, &path]).output().unwrap();
        if !made.status.success() {
            skip(&format!("no file system to freeze: {}", String::from_utf8_lossy(&made.stderr)));
            return None;
        }
        Some(frozen)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("frozen")
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let script = "fsfreeze -u \"$1\"; umount \"$1\" || umount -l \"$1\"";
        let _ = Command::new("sh").args(["-c", script, "sh"]).arg(self.path()).output();
    }
}

#[test]
fn a_child_that_cannot_be_killed_is_left_and_named() {
    let Some(frozen) = Frozen::new() else { return };
    let folder = with_tool(&format!("echo $$ > stuck; : > {}/file", frozen.path().display()), "");
    let told = ended(agent(folder.path(), &["--timeout", "1s"]));
    assert_eq!(told.code, 1, "{told:?}");
    let pid = fs::read_to_string(folder.path().join("out/tool/case/work/stuck")).unwrap();
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    assert_eq!((case.result, &case.executions[0].exit), (Verdict::Fail, &Exit::TimeoutMs(1000)));
    assert!(said(case).contains(&format!("process {} cannot be ended", pid.trim())), "{}", said(case));
}

#[test]
fn a_child_that_cannot_be_killed_does_not_keep_the_agent() {
    let Some(frozen) = Frozen::new() else { return };
    let folder = with_tool(&format!("echo $$ > stuck; : > {}/file", frozen.path().display()), "");
    let mut child = agent(folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
    assert!(comes_true(|| folder.path().join("out/tool/case/work/stuck").exists()));
    signal(&child, "TERM");
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    let record = record(&folder.path().join("out"));
    assert!(record.interrupted && said(only_case(&record)).contains("cannot be ended"), "{record:?}");
}

#[test]
fn a_helper_that_cannot_be_killed_is_left_and_named() {
    let Some(frozen) = Frozen::new() else { return };
    for key in ["prepare", "cleanup"] {
        let words = format!("[sh, -c, ': > {}/file']", frozen.path().display());
        let folder = with_tool("echo score 1", &format!("  {key}: [{words}]\n"));
        assert_eq!(ended(agent(folder.path(), &["--timeout", "1s"])).code, 1, "{key}");
        let record = record(&folder.path().join("out"));
        assert!(said(only_case(&record)).contains("cannot be ended"), "{key}: {}", said(only_case(&record)));
    }
}

#[test]
fn a_background_command_that_cannot_be_killed_is_left_and_named() {
    let Some(frozen) = Frozen::new() else { return };
    let words = format!("[sh, -c, 'echo ready; : > {}/file']", frozen.path().display());
    let more = format!("  background: [{{command: {words}, ready: ready}}]\n");
    let folder = with_tool("echo score 1", &more);
    let told = ended(agent(folder.path(), &[]));
    let record = record(&folder.path().join("out"));
    assert!(said(only_case(&record)).contains("cannot be ended"), "{told:?} {}", said(only_case(&record)));
}

#[test]
fn what_comes_after_a_child_that_was_left_is_measured_and_marked() {
    let Some(frozen) = Frozen::new() else { return };
    // The process that is left stands outside of the command's group, and the command itself ends well.
    let stuck = format!("[ -e stuck ] || setsid sh -c 'echo > stuck; : > {}/file' &", frozen.path().display());
    let folder = with_tool(&format!("{stuck}\nwhile ! [ -e stuck ]; do sleep 0.1; done; echo score 1"), "");
    let told = ended(agent(folder.path(), &["--iterations", "3"]));
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    assert_eq!((told.code, case.series[0].values().count(), case.valid), (0, 3, Some(false)), "{told:?}");
    for iteration in 1..=3 {
        assert!(
            case.all_disturbances().iter().any(|line| line.starts_with(&format!("iteration {iteration}: process ")))
        );
    }
}

#[test]
fn a_dead_child_is_seen_whatever_was_ignored_before() {
    let folder = with_tool("echo score 1", "");
    let told = ended(in_shell(folder.path(), "trap '' CHLD; exec $RUN --timeout 50s"));
    assert_eq!(told.code, 0, "{told:?}");
}

#[test]
fn a_signal_ends_the_run_whatever_was_blocked_or_ignored_before() {
    for name in ["TERM", "INT"] {
        let folder = with_tool("echo > here; exec sleep 100", "");
        let blocked =
            "use POSIX; my $all = POSIX::SigSet->new; $all->fillset; sigprocmask(SIG_SETMASK, $all); exec @ARGV";
        let script = format!("trap '' TERM INT CHLD; exec perl -e '{blocked}' $RUN");
        let mut child = in_shell(folder.path(), &script).stderr(Stdio::null()).spawn().unwrap();
        assert!(comes_true(|| folder.path().join("out/tool/case/work/here").exists()));
        signal(&child, name);
        assert_eq!(ends_within(&mut child, BOUND), Some(130), "{name}");
        assert!(record(&folder.path().join("out")).interrupted);
    }
}

#[test]
fn a_run_that_shall_outlive_its_terminal_does() {
    let folder = with_tool("kill -HUP $PPID; sleep 1; echo score 1", "");
    let told = ended(in_shell(folder.path(), "trap '' HUP; exec $RUN"));
    assert_eq!(told.code, 0, "{told:?}");
}

#[test]
fn a_command_begins_with_no_signal_blocked_or_ignored() {
    let folder = with_tool("grep -E 'Sig(Blk|Ign)' /proc/self/status > signals; echo score 1", "");
    let told = ended(in_shell(folder.path(), "trap '' CHLD XFSZ INT QUIT TERM USR1 ALRM; exec $RUN"));
    assert_eq!(told.code, 0, "{told:?}");
    let signals = fs::read_to_string(folder.path().join("out/tool/case/work/signals")).unwrap();
    let sets: Vec<u64> = signals.lines().map(|line| u64::from_str_radix(&line[8..], 16).unwrap()).collect();
    // 32 and 33 are the C library's own: no program can set them.
    let others = !(0b11 << 31);
    assert_eq!((sets[0] & others, sets[1] & others), (0, 0), "{signals}");
}

#[test]
fn a_limit_of_file_sizes_costs_files_and_not_the_record() {
    let folder = with_tool("i=0; while [ $i -lt 2000 ]; do echo text $i; i=$((i+1)); done; echo score 1", "");
    let told = ended(in_shell(folder.path(), "ulimit -f 1; exec $RUN"));
    assert_eq!(told.code, 5, "{told:?}");
    let record = Record::from_json(told.stdout.trim_end().as_bytes()).unwrap();
    assert_eq!(only_case(&record).result, Verdict::Pass);
    let output = &only_case(&record).executions[0].outputs[0];
    assert!(output.kept_bytes.is_some_and(|kept| kept <= 1024), "{output:?}");
}

#[test]
fn an_output_file_that_is_no_file_is_a_problem_of_its_case() {
    for (make, what) in [
        ("mkfifo result", "a FIFO"),
        ("ln -s /dev/zero result", "a device"),
        ("mkfifo fifo; ln -s fifo result", "a FIFO"),
        ("mkdir result", "a folder"),
        ("perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"result\"))'", "a socket"),
    ] {
        let folder = with_tool(make, "");
        let path = folder.path().join("tool.yaml");
        let text = fs::read_to_string(&path).unwrap().replace("{name: one,", "{name: one, from: {file: result},");
        fs::write(&path, text).unwrap();
        let told = ended(agent(folder.path(), &[]));
        assert_eq!(told.code, 1, "{make}: {told:?}");
        let record = record(&folder.path().join("out"));
        let reason = format!("iteration 1: file `result`: {what}");
        assert!(said(only_case(&record)).contains(&reason), "{make}: {}", said(only_case(&record)));
    }
}

#[test]
fn a_time_limit_comes_in_time_under_a_flood() {
    let folder = with_tool("for i in 1 2 3 4 5 6 7 8; do yes & yes >&2 & done; wait", "");
    assert_eq!(ended(agent(folder.path(), &["--timeout", "2s"])).code, 1);
    let record = record(&folder.path().join("out"));
    let execution = &only_case(&record).executions[0];
    assert_eq!(execution.exit, Exit::TimeoutMs(2000));
    assert!(execution.elapsed_seconds < 8.0, "{} s", execution.elapsed_seconds);
}

#[test]
fn a_stop_between_two_commands_begins_no_other() {
    // More samples than a pipe that nobody reads holds.
    let script = "echo >> begun; i=0; while [ $i -lt 1000 ]; do echo score $i; i=$((i+1)); done";
    let folder = with_tool(script, "");
    let path = folder.path().join("tool.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("{metric: score,", "{metric: score, expect: any,")).unwrap();
    let mut child = program()
        .args(arguments(folder.path()).iter().map(|word| if word == "none" { "all" } else { word }))
        .args(["--iterations", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(comes_true(|| folder.path().join("out/tool/case/0.stdout").exists()));
    thread::sleep(Duration::from_secs(3));
    signal(&child, "TERM");
    let stdout = child.stdout.take().unwrap();
    let reader = thread::spawn(move || read(stdout));
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    assert!(reader.join().unwrap().contains("TEST_CASE_ID=tool.score.0.999"));
    let begun = fs::read_to_string(folder.path().join("out/tool/case/work/begun")).unwrap();
    assert_eq!(begun.lines().count(), 1);
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    assert!(record.interrupted && case.series[0].values().count() == 1000 && case.executions.len() == 1);
}

#[test]
fn a_clean_up_is_done_when_the_run_is_told_to_end() {
    let folder = with_tool(
        "echo > here; exec sleep 100",
        "  cleanup: [[sh, -c, 'echo cleaning; sleep 1; echo more; echo > cleaned']]\n",
    );
    let mut child = agent(folder.path(), &["--iterations", "2"]).stderr(Stdio::null()).spawn().unwrap();
    assert!(comes_true(|| folder.path().join("out/tool/case/work/here").exists()));
    signal(&child, "TERM");
    assert_eq!(ends_within(&mut child, BOUND), Some(130));
    assert!(folder.path().join("out/tool/case/work/cleaned").exists());
    // A second signal ends the clean-up, too.
    let folder = with_tool("echo > here; exec sleep 100", "  cleanup: [[sh, -c, 'echo > cleaning; exec sleep 100']]\n");
    let mut child = agent(folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
    for file in ["here", "cleaning"] {
        assert!(comes_true(|| folder.path().join("out/tool/case/work").join(file).exists()));
        signal(&child, "TERM");
    }
    assert_eq!(ends_within(&mut child, Duration::from_secs(25)), Some(130));
}

#[test]
fn a_case_with_neither_sample_nor_verdict_does_not_pass() {
    let folder = with_tool("echo score none", "");
    let path = folder.path().join("tool.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("{metric: score,", "{metric: score, expect: any,")).unwrap();
    let told = ended(agent(folder.path(), &[]));
    assert_eq!(told.code, 1, "{told:?}");
    let record = record(&folder.path().join("out"));
    assert_eq!(only_case(&record).reasons, ["neither a sample nor a verdict"]);
}

#[test]
fn background_output_has_a_bound() {
    let more = "  background: [{command: [sh, -c, 'echo ready; exec yes'], ready: '^ready$'}]\n";
    let folder = with_tool("sleep 3; echo score 1", more);
    // Memory: as much as no run needs.
    let told = ended(in_shell(folder.path(), "ulimit -v 1000000; exec $RUN"));
    assert_eq!(told.code, 1, "{told:?}");
    let kept = fs::metadata(folder.path().join("out/tool/case/background-0.stdout")).unwrap().len();
    assert!(kept <= 64 << 20, "{kept}");
    let record = record(&folder.path().join("out"));
    let output = only_case(&record).executions.iter().flat_map(|execution| &execution.outputs);
    assert!(output.clone().any(|output| output.kept_bytes == Some(kept) && output.bytes > kept), "{output:?}");
    assert!(said(only_case(&record)).contains("background `sh -c"), "{}", said(only_case(&record)));
}

#[test]
fn a_background_command_ends_with_the_agent_however_that_ends() {
    // The agent is killed; then it waits longer than a clock counts.
    for (within, kill) in [("50s", true), ("18446744073709551615s", false)] {
        let words = "[sh, -c, 'echo $$ > ../../../../pid; exec sleep 100']";
        let more = format!("  background: [{{command: {words}, ready: never, within: {within}}}]\n");
        let folder = with_tool("echo score 1", &more);
        let pid = folder.path().join("pid");
        let mut child = agent(folder.path(), &[]).stderr(Stdio::piped()).spawn().unwrap();
        let begun = comes_true(|| runs(&pid) || child.try_wait().unwrap().is_some());
        assert!(begun, "{within}");
        signal_if_it_runs(&mut child, if kill { "KILL" } else { "TERM" });
        let code = ends_within(&mut child, BOUND);
        assert!(code.is_none_or(|code| code == 130 || code == 2), "{within}: {code:?}");
        assert!(comes_true(|| !runs(&pid)), "{within}: it still runs");
    }
}

fn signal_if_it_runs(child: &mut Child, name: &str) {
    if child.try_wait().unwrap().is_none() {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    }
}
