//! Children that do harm, and machines that lack what others have: the run ends, and what was measured is there.

use super::children::{agent, arguments, ended, in_shell, is_root, only_case, said, with_tool};
use super::surroundings::with_mounts;
use crate::support::{PROGRAM, Said, record, shell};
use lava_bench::record::{Exit, Role, Verdict};

#[test]
fn a_child_that_stops_itself_ends_at_its_time_limit() {
    let folder = with_tool("kill -STOP $$; echo score 1", "");
    assert_eq!(ended(agent(folder.path(), &["--timeout", "1s"])).code, 1);
    let record = record(&folder.path().join("out"));
    assert_eq!(only_case(&record).executions[0].exit, Exit::TimeoutMs(1000));
}

#[test]
fn a_line_of_100_mb_without_an_end_has_a_bound() {
    let folder = with_tool("echo score 1; head -c 100000000 /dev/zero | tr '\\0' x", "");
    // Twice what an output may be, and as much again for all else.
    let told = ended(in_shell(folder.path(), "ulimit -v 1500000; exec $RUN"));
    assert_eq!(told.code, 1, "{told:?}");
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    assert!(said(case).contains("output of 100000008 bytes: too long to parse"), "{}", said(case));
    assert_eq!(case.executions[0].outputs[0].kept_bytes, Some(64 << 20));
}

#[test]
fn a_child_that_kills_the_agent_costs_nothing_that_was_measured() {
    let script = "n=$(cat ../../../count 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ../../../count; [ $n != 3 ] || kill -KILL $PPID; echo score $n";
    let folder = with_tool(script, "");
    let told = ended(agent(folder.path(), &["--iterations", "4"]));
    assert_eq!(told.code, -1, "{told:?}");
    let samples = |record: &lava_bench::record::Record| -> Vec<f64> {
        let cases = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases);
        cases.flat_map(|case| &case.series).flat_map(|series| series.values().map(|value| value.get())).collect()
    };
    let (definitions, out) = (folder.path().display().to_string(), folder.path().join("out").display().to_string());
    let again = Said::of(crate::support::program().args([
        "--definitions",
        &definitions,
        "run",
        "--resume",
        &out,
        "--signals",
        "none",
    ]));
    assert_eq!(again.code, 0, "{again:?}");
    // The third iteration is the one that the agent died in: it was measured again.
    assert_eq!(samples(&record(&folder.path().join("out"))), [1.0, 2.0, 4.0, 5.0]);
}

#[test]
fn a_run_that_was_stopped_and_went_on_is_one_record_in_the_log_of_both() {
    let script = "n=$(cat ../../../count 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ../../../count; [ $n != 3 ] || kill -INT $PPID; echo score $n";
    let folder = with_tool(script, "");
    let words = arguments(folder.path()).into_iter().map(|word| if word == "none" { "all".into() } else { word });
    let stopped = ended({
        let mut command = crate::support::program();
        command.args(words).args(["--iterations", "4"]);
        command
    });
    let out = folder.path().join("out").display().to_string();
    let definitions = folder.path().display().to_string();
    let mut again = crate::support::program();
    again.args(["--definitions", &definitions, "run", "--resume", &out, "--signals", "all"]);
    let again = ended(again);
    assert_eq!(again.code, 0, "{again:?}");
    let log = folder.path().join("console.log");
    for told in [format!("{}{}", stopped.stdout, again.stdout), format!("{}{}", again.stdout, stopped.stdout)] {
        assert!(stopped.stdout.contains("LBF1.") && again.stdout.contains("LBF1."), "{told}");
        std::fs::write(&log, told).unwrap();
        let rebuilt = Said::of(crate::support::program().arg("rebuild").arg(&log));
        assert_eq!(rebuilt.code, 0, "{rebuilt:?}");
        assert_eq!(rebuilt.stdout, std::fs::read_to_string(folder.path().join("out/record.json")).unwrap());
    }
}

#[test]
fn a_child_whose_memory_ends_is_a_failure_and_the_run_goes_on() {
    let hungry = "if [ -e ../../fed ]; then echo score 1; exit; fi; touch ../../fed; ulimit -v 100000; exec perl -e '$x = \"x\" x 400_000_000'";
    let folder = with_tool(hungry, "");
    let told = ended(agent(folder.path(), &["--iterations", "2"]));
    assert_eq!(told.code, 1, "{told:?}");
    let record = record(&folder.path().join("out"));
    let case = only_case(&record);
    let measured: Vec<&Exit> = case
        .executions
        .iter()
        .filter(|execution| execution.role == Role::Iteration)
        .map(|execution| &execution.exit)
        .collect();
    assert!(measured.len() == 2 && *measured[0] != Exit::Code(0) && *measured[1] == Exit::Code(0), "{measured:?}");
    assert_eq!((case.result, case.series[0].values().count()), (Verdict::Fail, 1));
}

#[test]
fn a_board_without_home_tmp_and_a_writable_root_runs_where_an_output_folder_is_named() {
    let folder = with_tool("echo score 1", "");
    let script = "mount -t tmpfs none /run && mount -o remount,ro,bind / && unset HOME TMPDIR && \
        ! touch /nowhere 2>/dev/null && eval \"exec env -i PATH=$PATH $RUN\"";
    let Some(mut command) = with_mounts(folder.path(), script) else { return };
    let run = arguments(folder.path()).join(" ").replace(&folder.path().join("out").display().to_string(), "/run/out");
    // What was measured is on standard output where nothing else is left of it.
    command.env("RUN", format!("sh -c '{PROGRAM} {run} && cat /run/out/record.json'"));
    let told = ended(command);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.stdout.contains(r#""samples":[[1.0]]"#), "{told:?}");
    // Without a name there is no place, and that is said.
    let Some(mut command) = with_mounts(folder.path(), "mount -o remount,ro,bind / && exec env -i PATH=\"$PATH\" $RUN")
    else {
        return;
    };
    let run = arguments(folder.path()).join(" ");
    command.env("RUN", format!("{PROGRAM} {}", run.rsplit_once(" --output").map_or("", |(before, _)| before)));
    let told = ended(command);
    assert_eq!(told.code, 5, "{told:?}");
    assert!(told.stderr.contains("Read-only file system"), "{told:?}");
    assert!(told.stderr.contains("hint: name a folder that can be written to with --output"), "{told:?}");
}

#[test]
fn one_cpu_is_enough() {
    let told = ended(shell(&format!("exec taskset -c 0 {PROGRAM} run primes --param TIME=0.1 --dry-run")));
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.stdout.contains("primes: 1 case,") && told.stdout.contains("--threads 1"), "{told:?}");
}

#[test]
fn a_command_that_fills_the_disk_costs_no_result() {
    if !is_root() {
        return;
    }
    let folder = with_tool("head -c 100M /dev/zero > filling; rm filling; echo score 1", "");
    let script =
        "mkdir -p $OUT && mount -t tmpfs -o size=8m none $OUT && $RUN; code=$?; cat $OUT/record.json; exit $code";
    let Some(mut command) = with_mounts(folder.path(), script) else { return };
    command.env("OUT", folder.path().join("out"));
    let told = ended(command);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.stdout.contains(r#""samples":[[1.0]"#), "{told:?}");
}
