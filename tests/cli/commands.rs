//! The commands that a run starts: what they may do, how they end, and that nothing of them stays.

use crate::{
    Fake, run_shell, shell_definition,
    support::{Said, becomes_true, program, rebuild, record, run, script},
    sysbench_output,
};
use lava_bench::record::{Ident, Role, Verdict};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

#[test]
fn a_missing_tool_is_a_skip_with_the_package() {
    let folder = TempDir::new().unwrap();
    let text = run(&["show", "sysbench-cpu", "--yaml"]).stdout.replace("name: sysbench\n", "name: no-such-tool\n");
    fs::write(folder.path().join("sysbench-cpu.yaml"), text).unwrap();
    let definitions = folder.path().to_str().unwrap();
    for (exit_zero, expected) in [(&[][..], 3), (&["--exit-zero"], 0)] {
        let output = folder.path().join(format!("output-{expected}"));
        let arguments = ["--definitions", definitions, "run", "sysbench-cpu", "--output", output.to_str().unwrap()];
        let output = run(&[&arguments, exit_zero].concat());
        assert_eq!(output.code, expected);
        assert!(output.stdout.contains("sysbench-cpu._case.threads_1 RESULT=skip"), "{}", output.stdout);
        assert!(output.stderr.contains("program `no-such-tool` not found; install the package sysbench"));
        assert_eq!(rebuild(&output.stdout).code, 0);
    }
}

#[test]
fn a_tool_is_found_where_a_parameter_says() {
    let folder = TempDir::new().unwrap();
    let tool = folder.path().join("run_kselftest.sh");
    script(&tool, "printf 'TAP version 13\\n1..1\\nok 1 selftests: size: get_size\\n'");
    let run_in = |place: &Path, output: &str| {
        let output = folder.path().join(output);
        let parameter = format!("KSELFTESTS={}", place.display());
        let arguments = ["run", "kselftest", "--param", "COLLECTIONS=size", "--signals", "none", "--param", &parameter];
        let finished = Said::of(program().args(arguments).arg("--output").arg(&output));
        (finished.code, record(&output).benchmarks.remove(0))
    };
    let (here, benchmark) = run_in(folder.path(), "here");
    // Only root may run it.
    if !benchmark.cases[0].reasons.iter().any(|reason| reason.contains("root")) {
        assert_eq!((here, benchmark.cases.len()), (0, 2), "{:?}", benchmark.cases[0].reasons);
        assert_eq!(benchmark.tool.unwrap().name, tool.display().to_string());
    }
    let (elsewhere, benchmark) = run_in(Path::new("/no/such/folder"), "elsewhere");
    assert_eq!(elsewhere, 3);
    let reason = &benchmark.cases[0].reasons[0];
    assert!(reason.contains("program `/no/such/folder/run_kselftest.sh` not found"), "{reason}");
    assert!(reason.ends_with("; KSELFTESTS says where it is"), "{reason}");
}

#[test]
fn exit_statuses_and_signals_are_reasons() {
    for (script, reason) in [
        ("echo oh no >&2; exit 7", "iteration 1: exit status 7; it says: oh no"),
        ("kill -SEGV $$", "iteration 1: killed by SIGSEGV"),
        ("rm -f $0; exit 1", "iteration 2: not started: `sysbench`"),
    ] {
        let fake = Fake::new(script);
        let mut command = fake.command(&[]);
        if script.starts_with("rm") {
            // Once it is gone, no other sysbench may take its place.
            command.env("PATH", format!("{}:{}", fake.folder.path().join("bin").display(), tools(&fake).display()));
        }
        let output = Said::of(&mut command);
        assert_eq!(output.code, 1);
        assert!(output.stderr.contains(reason), "{}", output.stderr);
    }
}

/// A folder with the few programs that a script needs.
fn tools(fake: &Fake) -> PathBuf {
    let folder = fake.folder.path().join("tools");
    fs::create_dir(&folder).unwrap();
    for name in ["sh", "rm"] {
        symlink(Path::new("/bin").join(name), folder.join(name)).unwrap();
    }
    folder
}

#[test]
fn a_timeout_ends_the_whole_process_tree() {
    let fake = Fake::new("echo $$ > pids; sleep 1000 & echo $! >> pids; setsid sleep 1000 & echo $! >> pids; wait");
    let output = fake.run(&["--timeout", "1s"]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("iteration 1: timed out after 1 s"), "{}", output.stderr);
    let pids = fs::read_to_string(fake.output().join("sysbench-cpu/threads_1/work/pids")).unwrap();
    for pid in pids.lines() {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} still runs");
    }
    assert_eq!(pids.lines().count(), 3);
}

#[test]
fn a_daemon_that_its_tool_stopped_is_gone() {
    // As perf's test of its daemon does: it waits until the process is no more.
    let fake = Fake::new(&format!(
        "sh -c 'setsid sleep 1000 & echo $! > daemon'; daemon=$(cat daemon); kill $daemon\n\
         while kill -0 $daemon 2>&-; do sleep 0.05; done; {}",
        sysbench_output()
    ));
    let output = fake.run(&["--timeout", "30s"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn a_command_runs_with_no_signal_blocked() {
    let fake = Fake::new(&format!("grep SigBlk /proc/self/status > mask; {}", sysbench_output()));
    assert_eq!(fake.run(&[]).code, 0);
    let mask = fs::read_to_string(fake.output().join("sysbench-cpu/threads_1/work/mask")).unwrap();
    assert_eq!(mask, "SigBlk:\t0000000000000000\n");
}

#[test]
fn interrupted_keeps_what_was_measured() {
    let fake = Fake::new(&format!("[ -e once ] && touch again && exec sleep 1000; touch once; {}", sysbench_output()));
    let child = fake.command(&["primes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let again = fake.output().join("sysbench-cpu/threads_1/work/again");
    assert!(becomes_true(|| again.exists()), "{} never came", again.display());
    signal(&child, "INT");
    let output = Said::from(child.wait_with_output().unwrap());
    assert_eq!(output.code, 130, "{}", output.stderr);
    let record = record(&fake.output());
    assert!(record.interrupted);
    let not_begun: Vec<&str> = record.not_begun.iter().map(Ident::as_str).collect();
    assert_eq!(not_begun, ["primes"]);
    let case = &record.benchmarks[0].cases[0];
    assert_eq!((case.result, case.series[0].values().count()), (Verdict::Unknown, 1));
    assert_eq!(rebuild(&output.stdout).stdout.trim_end(), record.to_json());
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap().success());
}

#[test]
fn a_background_command_runs_until_the_case_is_over() {
    let benchmark = |server: &str| {
        format!(
            "  metrics: [{{name: speed, unit: MB/s, better: higher, range: [0, 100]}}]\n  background:\n    \
             - {{command: [sh, -c, '{server}'], ready: '^ready$', within: 300ms}}\n  outputs:\n    - name: all\n      \
             recognise: '^speed '\n      patterns:\n        - {{metric: speed, regex: '^speed (?P<value>\\d+)$'}}\n"
        )
    };
    // The server waits for a byte in each iteration; nobody else could answer.
    let server = benchmark(
        "mkfifo ask answer; echo ready; while read line < ask; do echo 7 > answer; done; sleep 60 & sleep 60",
    );
    let folder = shell_definition("echo now > ask; read number < answer; echo speed $number", &server);
    let (output, measured) = run_shell(&folder, &["--iterations", "3"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let case = &measured.benchmarks[0].cases[0];
    assert_eq!(case.series[0].samples.len(), 3);
    assert_eq!((case.executions.len(), case.executions[3].role), (4, Role::Background));

    // A load may not end before the iterations, and is not there where its parameter is empty.
    let load = |load: &str| {
        format!(
            "  metrics: [{{name: speed, unit: MB/s, better: higher, range: [0, 100]}}]\n  background:\n    \
             - {{command: [sh, -c, '{load}'], when: '{load}', settle: 50ms, lasts: true}}\n  outputs:\n    - name: all\n      \
             recognise: '^speed '\n      patterns:\n        - {{metric: speed, regex: '^speed (?P<value>\\d+)$'}}\n"
        )
    };
    // It ends when the second iteration tells it to; how fast that is seen depends on the machine.
    let told = "until [ -e enough ]; do sleep 0.01; done; echo over";
    for (command, iterations, reason) in [
        ("", 50..51, ""),
        ("sleep 60", 50..51, ""),
        ("echo over", 0..1, "exit status 0 before it was ready; it says: over"),
        (told, 2..50, "exit status 0 before the case was over; it says: over"),
    ] {
        let folder = shell_definition(
            "if [ -e once ]; then touch enough; sleep 0.02; fi; touch once; echo speed 1",
            &load(command),
        );
        let (_, measured) = run_shell(&folder, &["--iterations", "50"]);
        let case = &measured.benchmarks[0].cases[0];
        let measured = case.series.first().map_or(0, |series| series.samples.len());
        assert!(iterations.contains(&measured), "{command}: {measured}");
        let reasons = case.reasons.join("; ");
        assert!(reasons.contains(reason) && reasons.is_empty() == reason.is_empty(), "{command}: {reasons}");
    }

    for (server, reason) in [
        ("exit 3", "exit status 3 before it was ready"),
        ("echo no; sleep 60", "not ready after 300ms; it says: no"),
        ("echo ready; sleep 0.1; exit 4", "exit status 4 before the case was over"),
    ] {
        let folder = shell_definition("sleep 0.2; echo speed 1", &benchmark(server));
        let (output, measured) = run_shell(&folder, &[]);
        assert_eq!(output.code, 1);
        let reasons = measured.benchmarks[0].cases[0].reasons.join("; ");
        assert!(reasons.contains(reason), "{reasons}");
    }
}

#[test]
fn each_execution_says_what_it_was_for_and_when_it_began() {
    let folder = TempDir::new().unwrap();
    let script = "n=$(cat n || echo 0); echo $((n+1)) > n; [ $n != 1 ] || exit 3; echo speed $n";
    let text = format!(
        "metadata: {{format: Lava-Test Test Definition 1.0, name: roles, description: fails once}}\nparams: {{RETRIES: '2'}}\n\
         run: {{steps: ['lava-bench run roles --param \"RETRIES=$RETRIES\"']}}\nbenchmark:\n  schema: 1\n  tool: {{name: sh}}\n  \
         parameters: [{{name: RETRIES, type: integer, minimum: 0, maximum: 9, description: more attempts}}]\n  retries: RETRIES\n  \
         warm-up: 1\n  prepare: [[sh, -c, 'exit 0']]\n  cleanup: [[sh, -c, 'exit 0']]\n  background: [{{command: [sleep, '60']}}]\n  \
         command: [sh, -c, '{script}']\n  metrics:\n    - {{name: speed, unit: MB/s, better: higher, range: [0, 100]}}\n  outputs:\n    \
         - {{name: all, recognise: '^speed ', patterns: [{{metric: speed, regex: '^speed (?P<value>\\d+)$'}}]}}\n"
    );
    fs::write(folder.path().join("roles.yaml"), text).unwrap();
    let output = folder.path().join("output");
    let (definitions, into) = (folder.path().to_str().unwrap(), output.to_str().unwrap());
    let said = run(&["--definitions", definitions, "run", "roles", "--iterations", "1", "--output", into]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let record = record(&output);
    let executions = &record.benchmarks[0].cases[0].executions;
    let roles: Vec<(Role, Option<u32>)> =
        executions.iter().map(|execution| (execution.role, execution.iteration)).collect();
    let expected = [
        (Role::Preparation, None),
        (Role::WarmUp, None),
        (Role::Retry, Some(0)),
        (Role::Iteration, Some(0)),
        (Role::Background, None),
        (Role::CleanUp, None),
    ];
    assert_eq!(roles, expected);
    assert_eq!((record.boots.len(), record.boots[0].id.is_some()), (1, true));
    let begun: Vec<f64> = executions.iter().filter_map(|execution| execution.since_boot_seconds).collect();
    // The background command began before the warm-up.
    assert!(begun.len() == 6 && begun[0] <= begun[4] && begun[4] <= begun[1] && begun[3] <= begun[5], "{begun:?}");
    assert!(executions.iter().all(|execution| execution.started.is_none()));
    // Reckoned from the boot, it is the time of day that the record has.
    let timed = record.with_times();
    let first = timed.benchmarks[0].cases[0].executions[0].started.clone().unwrap();
    let (started, finished) = (record.started.unwrap(), record.finished.unwrap());
    assert!(started[..17] <= first[..17] && first[..17] <= finished[..17], "{started} {first} {finished}");
}
