//! Jobs of lkp-tests: what runs of them, and what is said of the rest.

use crate::{
    Fake,
    support::{Said, path_with, program, record},
    sysbench_output,
};
use std::fs;
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
