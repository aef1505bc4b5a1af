//! What surrounds a run: rights, limits, mounts, folders, and what is missing. It ends with its record, or says what is missing.

use super::children::{BOUND, agent, arguments, ended, in_shell, is_root, only_case, runs, said, skip, with_tool};
use crate::support::{PROGRAM, Said, clean, definition, ends_within, record, shell};
use lava_bench::record::Exit;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A user that has no process.
const STRANGER: &str = "54321";

/// A shell script that runs as somebody who is not root, with no more processes than it has itself.
fn as_stranger(script: &str) -> Option<Command> {
    if !is_root() {
        return None;
    }
    let mut command = clean(Command::new("setpriv"));
    command.args(["--reuid", STRANGER, "--regid", STRANGER, "--clear-groups", "bash", "-c", script]);
    command.env("AGENT", PROGRAM);
    let reached = clean(Command::new("setpriv"))
        .args(["--reuid", STRANGER, "--regid", STRANGER, "--clear-groups", PROGRAM, "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !reached {
        skip("another user cannot run the program");
    }
    reached.then_some(command)
}

#[test]
fn a_child_with_more_rights_is_left_and_named() {
    let folder = with_tool("echo score 1", "");
    open_to_all(folder.path());
    let helper = folder.path().join("helper");
    let copied = Command::new("cp").arg("/usr/bin/setpriv").arg(&helper).status().is_ok_and(|status| status.success());
    let Some(mut command) = as_stranger("exec $RUN --timeout 1s").filter(|_| copied) else { return };
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o4755)).unwrap();
    let tool = format!("exec {} --reuid 0 --clear-groups sleep 40", helper.display());
    definition(folder.path(), "tool", &tool, "");
    command.env("RUN", format!("{PROGRAM} {}", arguments(folder.path()).join(" ")));
    let told = ended(command);
    assert_eq!(told.code, 1, "{told:?}");
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    if case.executions[0].exit == Exit::Code(1) {
        return skip("no program gets more rights here");
    }
    assert_eq!(case.executions[0].exit, Exit::TimeoutMs(1000));
    assert!(said(case).contains("cannot be ended"), "{}", said(case));
}

/// A folder in which everybody may write, as /tmp.
fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o1777)).unwrap();
}

#[test]
fn threads_that_cannot_be_started_are_an_error() {
    let Some(command) =
        as_stranger("ulimit -u 1; exec \"$AGENT\" workload primes --threads 4 --limit 10 --seconds 0.1")
    else {
        return;
    };
    let told = ended(command);
    assert!(told.code == 5 && told.stderr.contains("thread") && !told.stderr.contains("panicked"), "{told:?}");
}

#[test]
fn processes_that_cannot_be_started_are_in_the_record() {
    let folder = with_tool("echo score 1", "");
    open_to_all(folder.path());
    let Some(mut command) = as_stranger("ulimit -u 1; exec $RUN") else { return };
    let words = arguments(folder.path()).join(" ").replace("--signals none", "--signals primary");
    command.env("RUN", format!("{PROGRAM} {words}"));
    let told = ended(command);
    // No thread can be started that waits for a console either: the record is written, and how to send its signals is said.
    assert!(told.code == 5 && told.stderr.contains("--signals none --stream on` sends the whole record"), "{told:?}");
    let record = record(&folder.path().join("out"));
    assert!(said(only_case(&record)).contains("not started: `sh`"), "{}", said(only_case(&record)));
}

#[test]
fn a_small_stack_is_enough() {
    let folder = with_tool("echo score 1", "");
    let mut command = in_shell(folder.path(), "ulimit -s 64; exec $RUN");
    // The environment is on the stack, too.
    let run = format!("{PROGRAM} {}", arguments(folder.path()).join(" "));
    command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("RUN", run);
    let told = ended(command);
    assert_eq!(told.code, 0, "{told:?}");
}

/// A shell script with mounts of its own.
pub(super) fn with_mounts(folder: &Path, script: &str) -> Option<Command> {
    if !is_root() {
        return None;
    }
    if !Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|status| status.success()) {
        skip("no mount namespace");
        return None;
    }
    let mut command = clean(Command::new("unshare"));
    command.args(["-m", "bash", "-c", script]);
    command.env("RUN", format!("{PROGRAM} {}", arguments(folder).join(" ")));
    Some(command)
}

#[test]
fn a_daemon_is_ended_without_proc() {
    let daemon = "setsid sh -c 'setsid sh -c \"echo \\$\\$ > pid; exec sleep 100\" &' > /dev/null 2>&1";
    let folder = with_tool(&format!("{daemon}; while ! [ -s pid ]; do sleep 0.1; done; echo score 1"), "");
    let Some(command) = with_mounts(folder.path(), "mount -t tmpfs none /proc && exec $RUN") else { return };
    let told = ended(command);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(!runs(&folder.path().join("out/tool/case/work/pid")), "the daemon still runs");
}

#[test]
fn what_a_background_command_left_is_ended() {
    let daemon =
        "setsid sh -c 'echo $$ > pid; exec sleep 100' > /dev/null 2>&1 & while ! [ -s pid ]; do sleep 0.1; done";
    let words = serde_json::to_string(&["sh", "-c", &format!("{daemon}; echo ready; exec sleep 100")]).unwrap();
    // The command itself is over before the daemon is there.
    let folder = with_tool("echo score 1", &format!("  background: [{{command: {words}, ready: '^ready'}}]\n"));
    let path = folder.path().join("tool.yaml");
    let text = fs::read_to_string(&path).unwrap();
    // Not one iteration, which would end it on its own: the first background command's successor fails.
    let failing =
        format!("background: [{{command: {words}, ready: '^ready'}}, {{command: [sh, -c, 'exit 3'], ready: x}}]");
    fs::write(&path, text.replace(&format!("background: [{{command: {words}, ready: '^ready'}}]"), &failing)).unwrap();
    let told = ended(agent(folder.path(), &[]));
    assert_eq!(told.code, 1, "{told:?}");
    assert!(!runs(&folder.path().join("out/tool/case/work/pid")), "the daemon still runs: {told:?}");
}

#[test]
fn what_is_missing_is_named() {
    let folder = with_tool("echo score 1", "");
    let Some(command) = with_mounts(folder.path(), "mount -t tmpfs none /dev && exec $RUN") else { return };
    let told = ended(command);
    assert_eq!(told.code, 1, "{told:?}");
    let record = record(&folder.path().join("out"));
    assert!(said(only_case(&record)).contains("not started: `/dev/null`"), "{}", said(only_case(&record)));
}

#[test]
fn a_program_whose_interpreter_is_missing_is_not_said_to_be_missing() {
    let folder = with_tool("echo score 1", "");
    let tool = folder.path().join("script");
    fs::write(&tool, "#!/no/such/shell\n").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("tool.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("command: [").unwrap();
    let end = at + text[at..].find('\n').unwrap();
    fs::write(&path, text.replace(&text[at..end], &format!("command: ['{}']", tool.display()))).unwrap();
    assert_eq!(ended(agent(folder.path(), &[])).code, 1);
    let record = record(&folder.path().join("out"));
    assert!(said(only_case(&record)).contains("interpreter"), "{}", said(only_case(&record)));
}

/// Runs the definition in `folder` with the output folder that it gets by itself, below `tmp`.
const BY_ITSELF: &str = "exec \"$AGENT\" --definitions \"$DEFINITIONS\" run tool --signals none";

#[test]
fn every_user_gets_an_output_folder() {
    let folder = with_tool("echo score 1", "");
    let tmp = folder.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    open_to_all(&tmp);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let Some(mut stranger) = as_stranger(BY_ITSELF) else { return };
    for command in [&mut shell(BY_ITSELF), &mut stranger] {
        command.env("TMPDIR", &tmp).env("DEFINITIONS", folder.path());
        let told = Said::from(command.output().unwrap());
        assert_eq!(told.code, 0, "{told:?}");
    }
}

#[test]
fn an_output_folder_follows_nobodys_link() {
    let folder = with_tool("echo score 1", "");
    let [tmp, victim] = ["tmp", "victim"].map(|name| folder.path().join(name));
    fs::create_dir(&tmp).unwrap();
    fs::create_dir(&victim).unwrap();
    for name in ["lava-bench", "lava-bench-0", "lava-bench-job-7"] {
        std::os::unix::fs::symlink(&victim, tmp.join(name)).unwrap();
    }
    let mut command = shell(BY_ITSELF);
    let told: Said =
        command.env("TMPDIR", &tmp).env("DEFINITIONS", folder.path()).env("LAVA_JOB_ID", "7").output().unwrap().into();
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 0, "{told:?}");
}

#[test]
fn runs_at_once_get_a_folder_each() {
    let folder = with_tool("echo score 1", "");
    let named = folder.path().join("results");
    for round in 0..3 {
        let mut runs: Vec<Child> = (0..8)
            .map(|_| {
                let mut command = shell(BY_ITSELF);
                command.env("LAVA_BENCH_OUTPUT", &named).env("DEFINITIONS", folder.path()).stderr(Stdio::null());
                command.spawn().unwrap()
            })
            .collect();
        for run in &mut runs {
            assert_eq!(ends_within(run, BOUND), Some(0), "round {round}");
        }
    }
    let mut ids: Vec<String> = (1..=24)
        .map(|number| match number {
            1 => named.clone(),
            _ => folder.path().join(format!("results.{number}")),
        })
        .map(|path| record(&path).id.to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 24);
}
