//! Jobs of lkp-tests: what runs of them, and what is said of the rest.

use crate::{
    Fake,
    support::{Said, path_with, program, project, record},
    sysbench_output,
};
use lava_bench::record::{Benchmark, Verdict};
use std::{fs, os::unix::fs::PermissionsExt};
use tempfile::TempDir;

/// A run of a job in a folder with a fake sysbench.
fn run_job(fake: &Fake, text: &str, arguments: &[&str]) -> Said {
    let job = fake.folder.path().join("job.yaml");
    fs::write(&job, text).unwrap();
    let mut command = program();
    command.env("PATH", path_with(&fake.folder.path().join("bin"))).args(["run", "--lkp"]).arg(job);
    Said::of(command.arg("--output").arg(fake.output()).args(arguments))
}

const JOB: &str = "suite: sysbench-cpu\ntestcase: sysbench-cpu\ncategory: benchmark\nnr_threads: 1t\n\
                   cpufreq_governor: performance\nvmstat:\nsysbench-cpu:\n  cpu_max_prime: 20000\n";

#[test]
fn a_job_of_lkp_runs_without_lkp() {
    let fake = Fake::new(&sysbench_output());
    let said = run_job(&fake, &format!("{JOB}runtime: 2s\niterations: 3x\n"), &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("not set: setups and servers: cpufreq_governor\n"), "{}", said.stderr);
    assert!(said.stderr.contains("not set: monitors: vmstat\n"), "{}", said.stderr);
    let benchmark = &record(&fake.output()).benchmarks[0];
    assert_eq!((benchmark.name.as_str(), benchmark.cases.len()), ("sysbench-cpu", 1));
    for (name, value) in [("THREADS", "1"), ("TIME", "2"), ("MAX_PRIME", "20000"), ("ITERATIONS", "3")] {
        assert_eq!(benchmark.parameters[name], value, "{name}");
    }
}

#[test]
fn jobs_that_are_no_matrix_run_one_after_another() {
    let fake = Fake::new(&sysbench_output());
    let said = run_job(&fake, &format!("{JOB}runtime: 2s\n---\nruntime: 1m\n"), &["--iterations", "1"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for (folder, time) in [("1", "2"), ("2", "60")] {
        let benchmark = &record(&fake.output().join(folder)).benchmarks[0];
        assert_eq!((&*benchmark.parameters["TIME"], &*benchmark.parameters["ITERATIONS"]), (time, "1"));
    }
}

#[test]
fn a_job_that_cannot_run_says_why() {
    let fake = Fake::new(&sysbench_output());
    let cases = [
        ("need_cpu: 100000\n", 3, "not run: need_cpu: 100000: there are "),
        ("kernel_cmdline: no-such-word=1\n", 3, "not run: the kernel was not booted with `no-such-word=1`\n"),
        ("blogbench:\ndisk: 1HDD\n", 3, "not run: it has several programs"),
        ("x: 1\n<<: job.yaml\n", 2, "job.yaml: line 10: `<<: job.yaml`: the file includes itself\nhint: "),
        ("<<: no.yaml\n", 2, "job.yaml: line 9: `<<: no.yaml`: there is no such file"),
        ("suite: [a]\n", 2, "job.yaml: line "),
        ("% exec 'reboot'\n", 2, "job.yaml: line 9: `exec 'reboot'` is not understood"),
    ];
    for (more, code, text) in cases {
        let said = run_job(&fake, &format!("{JOB}{more}"), &[]);
        assert_eq!(said.code, code, "{more}: {}", said.stderr);
        assert!(said.stderr.contains(text), "{more}: {}", said.stderr);
    }
    assert!(!fake.output().exists());
}

#[test]
fn facts_of_another_machine_and_its_disk_are_taken() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("host"), "nr_cpu: 64\nmemory: 128G\n").unwrap();
    fs::write(
        path("job.yaml"),
        "suite: <LBF\nnr_threads: 50%\ndisk: 1SSD\nfs: xfs\nschbench:\n  worker_threads: 50%\n",
    )
    .unwrap();
    fs::create_dir(path("disk")).unwrap();
    let show = |arguments: &[&str]| {
        let (job, host) = (path("job.yaml"), path("host"));
        Said::of(program().args(["show", "--lkp", &job, "--lkp-host", &host]).args(arguments))
    };
    let said = show(&["--json"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(!said.stdout.contains(['<']) && !said.stdout.contains("LBF"), "{}", said.stdout);
    let object: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(object["not_run"], "schbench: `disk: 1SSD`: its definition takes no directory");
    assert_eq!(object["job"]["suite"], "<LBF");
    assert_eq!((&object["job"]["nr_cpu"], &object["job"]["nr_threads"]), (&64.into(), &"50%".into()));
    fs::write(path("job.yaml"), "suite: fsmark\nnr_threads: 50%\niterations: 1\ndisk: 1SSD\nfs: xfs\nfsmark:\n  filesize: 4K\n  test_size: 1G\n").unwrap();
    assert!(show(&[]).stdout.contains("not run: fsmark: `disk: 1SSD`: no disk was named with --disk\n"));
    let said = show(&["--disk", &path("disk")]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("THREADS=32"), "{}", said.stdout);
    let said = show(&["--disk", &path("host")]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("it is not a folder\nhint: make a file system"), "{}", said.stderr);
}

/// A tree with lkp's layout: what its programs are started with is our own, and as short as it can be.
struct FakeTree(TempDir);

impl FakeTree {
    fn new() -> Self {
        let tree = Self(TempDir::new().unwrap());
        tree.write("include/none", "");
        tree.write("lib/http.sh", "");
        tree.write("lib/env.sh", "");
        tree.write(
            "lib/job.sh",
            "start_daemon() { env \"$@\" & }\nrun_test() {\n\tenv \"$@\" || { echo \"test.x.exit_code.$?: 1\" \
             >>$RESULT_ROOT/last_state; exit 1; }\n}\n",
        );
        tree.write(
            "bin/run-test",
            "#!/bin/sh\nname=$1; shift\nexec $LKP_SRC/programs/$name/run \"$@\" >$RESULT_ROOT/$name\n",
        );
        tree.write("bin/run-daemon", "#!/bin/sh\nexec $LKP_SRC/programs/$1/daemon >/dev/null\n");
        tree
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        if text.starts_with("#!") {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// A program that measures; `parse` is its parser, where it has one.
    fn program(&self, name: &str, run: &str, parse: &str) {
        self.write(&format!("programs/{name}/run"), &format!("#!/bin/sh\n# - size\n# - nr_threads\n\n{run}\n"));
        if !parse.is_empty() {
            self.write(&format!("programs/{name}/parse"), parse);
        }
    }

    fn run(&self, job: &str, arguments: &[&str]) -> (Said, Vec<Benchmark>) {
        self.write("jobs/job.yaml", job);
        let output = TempDir::new().unwrap();
        let record_folder = output.path().join("run");
        let mut command = program();
        command.args(["run", "--lkp"]).arg(self.0.path().join("jobs/job.yaml")).arg("--output").arg(&record_folder);
        let said = Said::of(command.args(arguments));
        let benchmarks = if record_folder.exists() { record(&record_folder).benchmarks } else { Vec::new() };
        (said, benchmarks)
    }
}

#[test]
fn a_program_without_a_definition_runs_with_the_tree() {
    let tree = FakeTree::new();
    tree.program(
        "newbench",
        r#"echo "size $size, $nr_threads threads, $mode""#,
        "#!/bin/sh\n# all\nsed -n 's/^size \\([0-9]*\\),.*/throughput: \\1.5/p'\necho lines: $(wc -l <$1)\n",
    );
    let job = "suite: newbench\ntestcase: newbench\ncategory: benchmark\nmode: it's\nnr_threads: 2t\nvmstat:\n\
               newbench:\n  size: [7, 9]\n";
    let (said, _) = tree.run(job, &["--dry-run"]);
    assert!(
        said.stderr.contains("otherwise than lkp: the tree of lkp runs it (newbench: it is unknown)"),
        "{}",
        said.stderr
    );
    let (said, benchmarks) = tree.run(&job.replace("[7, 9]", "7"), &["--iterations", "2"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(benchmarks.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["lkp-tests", "lkp-newbench"]);
    assert_eq!(benchmarks[0].cases[0].labels.get("job"), Some("newbench/2t-7"));
    let [case] = &benchmarks[1].cases[..] else { panic!("{:?}", benchmarks[1]) };
    let value = |name: &str| {
        let series = case.series.iter().find(|series| series.metric.as_str() == name).unwrap();
        series.values().next().unwrap().get()
    };
    assert_eq!((value("throughput"), value("lines")), (7.5, 1.0));
    assert_eq!(case.series[0].samples.len(), 2);
    assert_eq!(
        (benchmarks[1].parameters["size"].as_str(), benchmarks[1].parameters["nr_threads"].as_str()),
        ("7", "2t")
    );
}

#[test]
fn a_run_of_the_tree_is_judged_by_its_results_and_not_by_exit_codes() {
    let cases = [
        // What no parser reads is kept, and said.
        ("echo some output", "", Verdict::Pass, "", "its output is kept, and not parsed: the tree has no parser for x"),
        ("echo some output", "#!/no/such/ruby\n", Verdict::Pass, "", "and not parsed: "),
        ("exit 3", "", Verdict::Fail, "last_state: test.x.exit_code.3", ""),
        ("echo 'no such tool' >&2; exit 99", "", Verdict::Skip, "no such tool", ""),
        ("true", "", Verdict::Fail, "last_state: is_incomplete_run", ""),
        ("echo output", "#!/bin/sh\n", Verdict::Fail, "last_state: is_incomplete_run", ""),
    ];
    for (run, parse, verdict, reason, said) in cases {
        let tree = FakeTree::new();
        tree.program("x", run, parse);
        let (all, benchmarks) = tree.run("suite: x\ntestcase: x\nx:\n", &[]);
        let case = &benchmarks[1].cases[0];
        assert_eq!(case.result, verdict, "{run}: {}", all.stderr);
        assert!(case.reasons.join("\n").contains(reason), "{run}: {:?}", case.reasons);
        assert!(all.stderr.replace('\n', " ").contains(said), "{run}: {}", all.stderr);
    }
}

#[test]
fn servers_of_a_job_are_started_and_a_disk_that_nobody_named_is_not_written_to() {
    let tree = FakeTree::new();
    tree.write("programs/server/daemon", "#!/bin/sh\n# - port\n\necho $port >$TMP/port\nsleep 60\n");
    tree.program("client", "sleep 1; cat $TMP/port; echo \"on $mount_points\"", "");
    let job = "suite: client\ntestcase: client\ncluster: cs-localhost\nif role server:\n  server: {port: 77}\nif role client:\n  client:\n";
    let (said, benchmarks) = tree.run(job, &[]);
    assert_eq!((said.code, benchmarks[1].cases[0].result), (0, Verdict::Pass), "{}", said.stderr);
    assert!(!said.stderr.contains("not set"), "{}", said.stderr);
    let (said, _) = tree.run(&format!("{job}disk: 1HDD\nfs: ext4\n"), &[]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(
        said.stderr.contains("the tree of lkp does not run it: `disk: 1HDD`: no disk was named with --disk"),
        "{}",
        said.stderr
    );
    // A local file system would be measured in the name of NFS.
    let disk = TempDir::new().unwrap();
    let (said, _) =
        tree.run(&format!("{job}disk: 1HDD\nfs: ext4\nfs2: nfsv4\n"), &["--disk", disk.path().to_str().unwrap()]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let reason = said.stderr.replace("\n  ", " ");
    assert!(
        reason.contains("the tree of lkp does not run it: `fs2: nfsv4`: it needs a file system over another one"),
        "{reason}"
    );
}

#[test]
fn a_script_that_lkp_compiled_is_what_runs() {
    let tree = FakeTree::new();
    tree.program("x", "echo \"$text\"", "#!/bin/sh\nsed 's/^/number: /'\n");
    tree.write(
        "jobs/job.sh",
        "#!/bin/sh\nexport_top_env()\n{\n\texport text=42\n}\nrun_job()\n{\n\t. $LKP_SRC/lib/job.sh\n\texport_top_env\n\
         \trun_test $LKP_SRC/bin/run-test x\n}\n\"$@\"\n",
    );
    let (said, benchmarks) = tree.run("suite: x\ntestcase: x\nx:\n", &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(benchmarks[1].cases[0].series[0].values().next().unwrap().get(), 42.0);
}

#[test]
fn roots_of_two_architectures_are_not_compared_unseen() {
    let folder = TempDir::new().unwrap();
    for commit in ["v6.1", "v6.2"] {
        for run in ["0", "1", "2"] {
            let from = project("tests/lkp/result").join(commit).join(run);
            let to = folder.path().join(commit).join(run);
            fs::create_dir_all(&to).unwrap();
            fs::copy(from.join("stats.json"), to.join("stats.json")).unwrap();
            let job = fs::read_to_string(from.join("job.yaml")).unwrap();
            let job = if commit == "v6.2" { job.replace("aarch64", "x86_64") } else { job };
            fs::write(to.join("job.yaml"), job).unwrap();
        }
    }
    let side = |commit: &str| folder.path().join(commit);
    let said = Said::of(program().arg("compare").arg(side("v6.1")).arg(side("v6.2")));
    assert_eq!(said.code, 2, "{}", said.stdout);
    assert!(said.stderr.contains("parameter arch: aarch64 -> x86_64\nhint: "), "{}", said.stderr);
    // lkp's own table has them side by side.
    let said = Said::of(program().arg("compare").arg(folder.path()).args(["--format", "lkp", "--all"]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("runs on aarch64 and x86_64 are compared"), "{}", said.stderr);
}

#[test]
fn what_is_shown_of_a_job_fits_a_serial_console() {
    let folder = TempDir::new().unwrap();
    let job = folder.path().join("job.yaml");
    let monitors: String =
        ["vmstat", "mpstat", "iostat", "numa-vmstat", "numa-meminfo", "proc-vmstat", "slabinfo", "turbostat"]
            .map(|name| format!("{name}:\n"))
            .concat();
    fs::write(&job, format!("suite: a\n{monitors}nr_threads: 4\nruntime: 5m\nnetperf:\n  test: [TCP_RR, UDP_RR]\n"))
        .unwrap();
    let said = Said::of(program().env("COLUMNS", "80").args(["show", "--lkp"]).arg(&job));
    assert!(said.stdout.contains("not set: monitors: iostat mpstat"), "{}", said.stdout);
    let long: Vec<&str> =
        said.stdout.lines().filter(|line| line.chars().count() > 80 && !line.contains("job.yaml")).collect();
    assert!(long.is_empty(), "{long:?}");
}
