//! What only a board can show: the device binary on an emulated aarch64 machine, behind a serial line.
//!
//! These tests boot `scripts/board`, which takes seconds and, the first time, downloads; they run with
//! `LAVA_BENCH_BOARD=1` and are skipped without it.

mod support;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use support::{Said, clean, program, project};
use tempfile::TempDir;

/// A board that has run a command: its exit status, what the serial line carried, and what the board left in the share.
struct Booted {
    output: Output,
    folder: TempDir,
}

impl Booted {
    fn status(&self) -> i32 {
        self.output.status.code().expect("scripts/board exits, whatever happens on the board")
    }

    /// The raw bytes of the serial line.
    fn capture(&self) -> Vec<u8> {
        fs::read(self.capture_path()).expect("the capture is kept")
    }

    fn capture_path(&self) -> PathBuf {
        self.folder.path().join("serial.log")
    }

    /// The host's side of /mnt/host.
    fn share(&self) -> PathBuf {
        self.folder.path().join("share")
    }

    fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// Runs a command on a board of its own, with a share; `options` are those of `scripts/board`.
fn board(options: &[&str], command: &[&str]) -> Booted {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("share")).expect("a folder to share");
    let output = clean(Command::new(project("scripts/board")))
        .arg("--capture")
        .arg(folder.path().join("serial.log"))
        .arg("--share")
        .arg(folder.path().join("share"))
        .args(options)
        .arg("--")
        .args(command)
        .output()
        .expect("scripts/board starts");
    Booted { output, folder }
}

/// Whether the tests of this file are wanted; says so when they are not.
fn wanted() -> bool {
    support::wanted("LAVA_BENCH_BOARD", "boots a board")
}

#[test]
fn the_serial_line_carries_the_output_and_nothing_else() {
    if !wanted() {
        return;
    }
    let booted = board(&[], &["uname", "-m"]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    assert_eq!(booted.capture(), b"aarch64\r\n");
    assert_eq!(booted.output.stdout, booted.capture());
}

#[test]
fn the_exit_status_and_the_arguments_arrive_as_they_are() {
    if !wanted() {
        return;
    }
    let booted = board(&[], &["sh", "-c", r#"printf '%s|' "$@"; exit 7"#, "sh", "a  b", "it's", "$HOME", "*", ""]);
    assert_eq!(booted.status(), 7, "{}", booted.errors());
    assert_eq!(String::from_utf8_lossy(&booted.capture()), "a  b|it's|$HOME|*||");
}

#[test]
fn a_single_argument_is_a_line_for_the_shell() {
    if !wanted() {
        return;
    }
    let booted = board(&[], &["lava-bench --version && sysbench --version >/mnt/host/sysbench; exit 3"]);
    assert_eq!(booted.status(), 3, "{}", booted.errors());
    assert!(booted.capture().starts_with(b"lava-bench "), "{:?}", String::from_utf8_lossy(&booted.capture()));
    let written = fs::read_to_string(booted.share().join("sysbench")).expect("what the board wrote is on the host");
    assert!(written.starts_with("sysbench 1."), "{written}");
}

#[test]
fn a_board_without_proc_gives_numbers() {
    if !wanted() {
        return;
    }
    let run = "lava-bench run primes --param TIME=0.1 --param THREADS=1 --iterations 1 --output /mnt/host/out";
    let booted = board(&[], &[&format!("umount -l /proc; {run}")]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let record = fs::read_to_string(booted.share().join("out/record.json")).expect("a record");
    assert!(record.contains("\"result\":\"pass\"") && record.contains("\"page_size_bytes\":4096"), "{record}");
}

/// Debian's kernel does not boot with less than 96 MiB; with 128, less than 64 are left for programs.
#[test]
fn a_board_with_little_memory_gives_numbers() {
    if !wanted() {
        return;
    }
    let line = "cat /proc/meminfo; lava-bench run primes --iterations 1 --output /mnt/host/record";
    let booted = board(&["--memory", "128"], &[line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let said = String::from_utf8_lossy(&booted.output.stdout).into_owned();
    let available = said.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB"));
    assert!(available.is_some_and(|kilobytes| kilobytes.parse().is_ok_and(|free: u32| free < 64 << 10)), "{said}");
    assert!(booted.share().join("record/record.json").is_file());
}

#[test]
fn noise_puts_kernel_lines_between_and_inside_lines() {
    if !wanted() {
        return;
    }
    let loop_of_lines = "i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo \"line $i\"; done";
    let booted = board(&["--noise"], &[loop_of_lines]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let text = String::from_utf8_lossy(&booted.capture()).into_owned();
    assert!(text.contains("Booting Linux on physical CPU"), "kernel messages are on the console");
    let inside = text.lines().filter(|line| line.starts_with("line ") && line.contains("] noise ")).count();
    assert!(inside > 0, "no line was hit");
}

#[test]
fn a_board_that_ends_early_is_told_from_a_command_that_fails() {
    if !wanted() {
        return;
    }
    let crashed = board(&[], &["echo c >/proc/sysrq-trigger"]);
    assert_eq!(crashed.status(), 125);
    assert!(crashed.errors().contains("went down before the command ended"), "{}", crashed.errors());
    let late = board(&["--timeout", "6s"], &["sleep 60"]);
    assert_eq!(late.status(), 124);
    assert!(late.errors().contains("within 6s"), "{}", late.errors());
    let unbootable = board(&["--append", "rdinit=/none"], &["true"]);
    assert_eq!(unbootable.status(), 125);
    assert!(unbootable.errors().contains("did not boot"), "{}", unbootable.errors());
}

/// Runs benchmarks on a board; what it wrote to the share, and what is rebuilt from its serial line.
fn record_and_rebuilt(options: &[&str], environment: &str) -> (String, String, String) {
    let line = format!(
        "{environment} lava-bench run sysbench-cpu primes --param TIME=1 --iterations 2 --signals all --output /mnt/host/record"
    );
    let booted = board(options, &[&line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let written = fs::read_to_string(booted.share().join("record/record.json")).expect("the board wrote a record");
    let rebuild = Said::of(program().arg("rebuild").arg(booted.capture_path()));
    (written, rebuild.stdout, String::from_utf8_lossy(&booted.capture()).into_owned())
}

#[test]
fn a_crash_costs_the_iteration_that_runs_and_none_before() {
    if !wanted() {
        return;
    }
    // What the tool printed is kept on the host, and tells what the kernel's crash must not take.
    let line = "lava-bench run primes --param THREADS=1 --param TIME=0.5 --iterations 100 --signals all --output /mnt/host/run &
        until [ -s /mnt/host/run/primes/threads_1/4.stdout ]; do sleep 0.1; done; echo c >/proc/sysrq-trigger";
    let booted = board(&["--noise"], &[line]);
    assert_eq!(booted.status(), 125, "{}", booted.errors());
    let rebuild = Said::of(program().arg("rebuild").arg(booted.capture_path()));
    assert_eq!(rebuild.code, 4, "{}", rebuild.stderr);
    let record = rebuild.record();
    assert!(!record.losses.is_empty());
    let mut series = record.benchmarks[0].cases[0].series.iter();
    let rates = series.find(|series| series.metric.as_str() == "rounds-per-second").expect("its samples were sent");
    for iteration in 0..4 {
        let printed = booted.share().join(format!("run/primes/threads_1/{iteration}.stdout"));
        let printed = fs::read_to_string(printed).expect("the tool's output");
        let printed = printed.lines().find_map(|line| line.strip_prefix("rounds per second: ")).expect("its figure");
        let rebuilt = rates.samples[iteration][0].expect("an iteration that was done is there");
        assert_eq!(rebuilt.get(), printed.parse::<f64>().expect("a number"), "iteration {iteration}");
    }
}

#[test]
fn power_cuts_lose_nothing_that_was_told() {
    if !wanted() {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let cuts = Said::of(
        clean(Command::new(project("scripts/power-cuts"))).args(["3", "--output"]).arg(folder.path().join("cuts")),
    );
    assert!(cuts.code == 0 && cuts.stdout.contains("cuts 3, boots 4,"), "{cuts:?}");
}

#[test]
fn an_oom_kill_is_found_while_a_command_runs() {
    if !wanted() {
        return;
    }
    // The group has 16 MiB, and the command wants more.
    let line = "mkdir /tmp/groups; mount -t cgroup2 none /tmp/groups; echo +memory >/tmp/groups/cgroup.subtree_control
        mkdir /tmp/groups/small; echo 16M >/tmp/groups/small/memory.max; mkdir -p /tmp/definitions/eater
        cat >/tmp/definitions/eater/eater.yaml <<'END'
metadata: {format: Lava-Test Test Definition 1.0, name: eater, description: an OOM kill}
run: {steps: [lava-bench run eater]}
benchmark:
  schema: 1
  tool: {name: sh}
  command: [sh, -c, '(echo 0 >/tmp/groups/small/cgroup.procs; exec tail /dev/zero); echo score 1']
  metrics: [{name: score, unit: points, better: higher, range: [0, 10]}]
  primary: [score]
  outputs: [{name: one, recognise: '^score', patterns: [{metric: score, regex: '^score (?P<value>[0-9]+)$'}]}]
END
        lava-bench --definitions /tmp/definitions run eater --iterations 1 --signals all --output /mnt/host/record";
    let booted = board(&[], &[line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let capture = String::from_utf8_lossy(&booted.capture()).into_owned();
    assert!(capture.contains("eater._kernel-oom-kill RESULT=fail MEASUREMENT=1 UNITS=faults"), "{capture}");
    let written = fs::read_to_string(booted.share().join("record/record.json")).expect("the board wrote a record");
    let record = lava_bench::record::Record::from_json(written.trim_end().as_bytes()).expect("a record");
    let case = &record.benchmarks[0].cases[0];
    let execution = case.executions.iter().find(|execution| execution.iteration == Some(0)).expect("an iteration");
    assert_eq!((execution.faults.len(), execution.faults[0].kind.as_str(), case.valid), (1, "oom-kill", Some(false)));
    assert!(execution.faults[0].text.contains("Killed process"), "{}", execution.faults[0].text);
    assert_eq!(Said::of(program().arg("rebuild").arg(booted.capture_path())).stdout, written);
}

#[test]
fn each_case_gets_a_boot_of_its_own_where_the_definition_says_so() {
    if !wanted() {
        return;
    }
    let kept = TempDir::new().expect("a temporary folder");
    let share = kept.path().display().to_string();
    let definition = r#"
metadata: {format: Lava-Test Test Definition 1.0, name: boots, description: a boot between its cases}
params: {N: "1,2"}
run: {steps: ['lava-bench run boots --param "N=$N" --definitions test-definitions --exit-zero']}
benchmark:
  schema: 1
  tool: {name: sh}
  reboot: true
  parameters: [{name: N, type: integer, list: true, minimum: 1, maximum: 9, description: the case}]
  matrix: [{label: n, parameter: N}]
  command: [sh, -c, 'echo score {N}']
  metrics: [{name: score, unit: points, better: higher, range: [0, 10]}]
  primary: [score]
  outputs: [{name: one, recognise: '^score', patterns: [{metric: score, regex: '^score (?P<value>[0-9]+)$'}]}]
"#;
    fs::write(kept.path().join("boots.yaml"), definition).expect("a definition");
    let lines = [
        "lava-bench --definitions /mnt/host run boots --iterations 2 --signals all --output /mnt/host/run",
        "lava-bench run --resume /mnt/host/run --signals all",
    ];
    let boots = lines.map(|line| board(&["--share", &share], &[line]));
    assert_eq!(boots.each_ref().map(Booted::status), [6, 0], "{} {}", boots[0].errors(), boots[1].errors());
    let written = fs::read_to_string(kept.path().join("run/record.json")).expect("the board wrote a record");
    let record = lava_bench::record::Record::from_json(written.trim_end().as_bytes()).expect("a record");
    let of_cases = |case: &lava_bench::record::Case| case.executions.iter().map(|one| one.boot).collect::<Vec<_>>();
    let ran: Vec<_> = record.benchmarks[0].cases.iter().map(of_cases).collect();
    assert!(record.boots.len() == 2 && ran == [[0, 0], [1, 1]], "{written}");
    // The log of a LAVA job holds both boots.
    let log = kept.path().join("job.log");
    fs::write(&log, boots.each_ref().map(Booted::capture).concat()).expect("a log");
    let rebuild = Said::of(program().arg("rebuild").arg(&log));
    assert_eq!((rebuild.code, rebuild.stdout), (0, written), "{}", rebuild.stderr);
}

#[test]
fn a_clock_that_jumps_and_a_processor_that_goes_cost_no_value() {
    if !wanted() {
        return;
    }
    let definition = |name: &str, does: &str| {
        format!(
            "mkdir -p /tmp/definitions/{name}; cat >/tmp/definitions/{name}/{name}.yaml <<'END'
metadata: {{format: Lava-Test Test Definition 1.0, name: {name}, description: a hard condition}}
run: {{steps: [lava-bench run {name}]}}
benchmark:
  schema: 1
  tool: {{name: sh}}
  command: [sh, -c, '{does}; echo score 1']
  metrics: [{{name: score, unit: points, better: higher, range: [0, 10]}}]
  primary: [score]
  outputs: [{{name: one, recognise: '^score', patterns: [{{metric: score, regex: '^score (?P<value>[0-9]+)$'}}]}}]
END
"
        )
    };
    // The board has no battery: its clock begins in 1970, and a daemon sets it while a command runs.
    let line = format!(
        "{}{}date -s @5 >/dev/null; lava-bench --definitions /tmp/definitions run clock processor --iterations 2 --signals all --output /mnt/host/record",
        definition("clock", "date -s @1790000000 >/dev/null"),
        definition("processor", "echo 0 >/sys/devices/system/cpu/cpu1/online"),
    );
    let booted = board(&[], &[&line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let written = fs::read_to_string(booted.share().join("record/record.json")).expect("the board wrote a record");
    let record = lava_bench::record::Record::from_json(written.trim_end().as_bytes()).expect("a record");
    for benchmark in &record.benchmarks {
        let case = &benchmark.cases[0];
        assert_eq!(case.series[0].values().count(), 2, "{written}");
        // Times come from a clock that nobody sets.
        assert!(case.executions.iter().all(|one| one.elapsed_seconds < 60.0), "{written}");
    }
    let said = |at: usize| {
        let executions = record.benchmarks[at].cases[0].executions.iter();
        executions.flat_map(|execution| execution.disturbances.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(said(1).contains("cpus: "), "{}", said(1));
    assert_eq!(Said::of(program().arg("rebuild").arg(booted.capture_path())).stdout, written);
}

#[test]
fn commands_stay_in_their_group_and_on_its_processor() {
    if !wanted() {
        return;
    }
    // A disk and memory, so that there is something to count.
    let line = "mkdir /tmp/groups; mount -t cgroup2 none /tmp/groups; mkdir -p /tmp/definitions/greedy
        cat >/tmp/definitions/greedy/greedy.yaml <<'END'
metadata: {format: Lava-Test Test Definition 1.0, name: greedy, description: much memory and a disk}
run: {steps: [lava-bench run greedy]}
benchmark:
  schema: 1
  tool: {name: sh}
  command: [sh, -c, 'dd if=/dev/vda of=/dev/null bs=1M count=8 2>/dev/null; dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null;
      echo cpu $(grep Cpus_allowed_list /proc/self/status | tr -dc 0-9); echo high $(cat /tmp/groups/lava-bench.*/memory.high)']
  metrics: [{name: cpu, unit: cpu, better: neither, range: [0, 10]}, {name: high, unit: B, better: neither, range: [0, 1e9]}]
  primary: [cpu]
  outputs: [{name: one, recognise: '^cpu', patterns: [{metric: cpu, regex: '^cpu (?P<value>[0-9]+)$'}, {metric: high, regex: '^high (?P<value>[0-9]+)$'}]}]
END
        lava-bench --definitions /tmp/definitions run greedy --cpuset 1 --iterations 1 --signals all --output /mnt/host/record";
    let disk = TempDir::new().expect("a temporary folder");
    let disk = disk.path().join("disk");
    fs::File::create(&disk).and_then(|file| file.set_len(16 << 20)).expect("a disk");
    let booted = board(&["--disk", &disk.display().to_string()], &[line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let written = fs::read_to_string(booted.share().join("record/record.json")).expect("the board wrote a record");
    let record = lava_bench::record::Record::from_json(written.trim_end().as_bytes()).expect("a record");
    let tuned = &record.tuned[0];
    assert_eq!(
        (tuned.knob.as_str(), tuned.before.as_deref(), tuned.during.as_deref()),
        ("cpuset", Some("0-1"), Some("1"))
    );
    let case = &record.benchmarks[0].cases[0];
    let told: Vec<f64> = case.series.iter().flat_map(|series| series.values().map(|value| value.get())).collect();
    let total = record.machine.as_ref().and_then(|machine| machine.memory.total_bytes).expect("its memory") as f64;
    // The kernel rounds to pages.
    assert!(told[0] == 1.0 && (told[1] / total - 0.9).abs() < 0.001, "{told:?} of {total}");
    let usage = case.executions[0].usage.as_ref().and_then(|usage| usage.group.as_ref()).expect("a group");
    let peak = usage.memory_peak_bytes.expect("memory is counted");
    assert!((200 << 20..300 << 20).contains(&peak) && usage.read_bytes >= Some(8 << 20), "{usage:?}");
}

#[test]
fn the_record_comes_back_from_the_serial_line() {
    if !wanted() {
        return;
    }
    let (written, rebuilt, capture) = record_and_rebuilt(&[], "");
    assert_eq!(rebuilt, written);
    assert!(capture.contains("sysbench-cpu._case.threads_2 RESULT=pass"), "{capture}");
    let record = lava_bench::record::Record::from_json(written.trim_end().as_bytes()).expect("a record");
    let machine = record.machine.expect("a board's record says what it is");
    assert_eq!(machine.kernel.architecture.as_deref(), Some("aarch64"));
}

#[test]
fn the_record_comes_back_from_under_kernel_noise() {
    if !wanted() {
        return;
    }
    let (written, rebuilt, capture) = record_and_rebuilt(&["--noise"], "");
    assert!(capture.contains("] noise "), "there is no noise");
    assert_eq!(rebuilt, written);
}

#[test]
fn the_record_comes_back_through_the_kernels_log() {
    if !wanted() {
        return;
    }
    let (written, rebuilt, capture) = record_and_rebuilt(&["--noise"], "KMSG=true");
    assert!(capture.contains("] <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=primes."), "{capture}");
    assert_eq!(rebuilt, written);
}

#[test]
fn the_kernels_log_drops_no_line_of_ours_whatever_its_limits_are() {
    if !wanted() {
        return;
    }
    // 10 lines in 5 seconds for each open file, and none at all.
    for limit in ["ratelimit", "off"] {
        let (written, rebuilt, capture) =
            record_and_rebuilt(&["--append", &format!("printk.devkmsg={limit}")], "KMSG=true");
        assert_eq!(capture.contains("] <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=primes."), limit == "ratelimit");
        assert_eq!(rebuilt, written);
    }
}

#[test]
fn the_kernel_is_quiet_while_lines_are_written_and_only_then() {
    if !wanted() {
        return;
    }
    let line = "lava-bench run primes --param TIME=0.1 --signals none --output /mnt/host/record
        lava-bench emit /mnt/host/record/record.json
        cat /proc/sys/kernel/printk >/mnt/host/after
        lava-bench emit /mnt/host/record/record.json --baud 9600 &
        until grep -q ^1 /proc/sys/kernel/printk; do :; done
        kill -TERM $!; wait $!; echo $? >/mnt/host/status; cat /proc/sys/kernel/printk >/mnt/host/ended
        lava-bench emit /mnt/host/record/record.json --baud 9600 &
        until grep -q ^1 /proc/sys/kernel/printk; do :; done
        kill -KILL $!; wait $!
        for i in 1 2 3 4 5 6 7 8 9 10; do grep -q ^7 /proc/sys/kernel/printk && break; sleep 1; done
        cat /proc/sys/kernel/printk >/mnt/host/killed";
    let booted = board(&["--noise"], &[line]);
    assert_eq!(booted.status(), 0, "{}", booted.errors());
    let said = |name: &str| {
        let text = fs::read_to_string(booted.share().join(name)).expect("what the board wrote");
        text.split_ascii_whitespace().next().unwrap_or_default().to_string()
    };
    // That the loops end says that it was quiet.
    assert_eq!([said("after"), said("status"), said("ended")], ["7", "143", "7"]);
    assert_eq!(said("killed"), "7", "not even SIGKILL leaves the kernel quiet");
    let capture = String::from_utf8_lossy(&booted.capture()).into_owned();
    let ours = |line: &&str| line.contains("<LAVA_SIGNAL") || line.contains("LBF1.");
    assert!(capture.contains("] noise ") && !capture.lines().filter(ours).any(|line| line.contains("] noise ")));
}
