//! Two boards in one job: LAVA's coordinator carries the server's address to the board that measures.

use super::{
    real::{Server, rebuild},
    support::{Said, record, run},
};
use lava_bench::record::Record;
use serde_json::Value as Json;
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// A job of two boards, whose tests are what `show --lava --multinode` prints, with runs of a second.
fn definition() -> String {
    let part = run(&["show", "iperf", "--lava", "--multinode"]);
    assert_eq!(part.code, 0, "{}", part.stderr);
    let mut job = "job_name: iperf\nvisibility: public\npriority: medium\n\
        protocols: {lava-multinode: {roles: {server: {device_type: pty, count: 1}, client: {device_type: pty, count: 1}}, \
        timeout: {minutes: 5}}}\n\
        timeouts: {job: {minutes: 5}, action: {minutes: 3}, connection: {minutes: 1}}\nactions:\n"
        .to_string();
    for role in ["server", "client"] {
        job.push_str(&format!(
            "- deploy: {{role: [{role}], to: overlay, os: oe}}\n- boot:\n    role: [{role}]\n    method: minimal\n    reset: false\n    \
             prompts: ['board:/# ']\n    transfer_overlay: {{download_command: /opt/lava-job/scripts/fetch-overlay, \
             unpack_command: 'tar -C / -xzf'}}\n"
        ));
    }
    let part = part.stdout.replace("TIME=10", "TIME=1").replace("PROTOCOL=tcp udp", "PROTOCOL=tcp");
    // LAVA hands a job's `environment` to no half of a MultiNode job.
    job + &part.replace("lava-bench run iperf", "lava-bench run iperf --output /mnt/host/iperf")
}

/// Runs the job; the numbers of its two halves.
fn run_job(lava: &Server) -> Vec<String> {
    let answer = lava.post("/api/v0.2/jobs/", &[("definition", &definition())]);
    assert_eq!(serde_json::from_str::<Json>(&answer).unwrap()["job_ids"].as_array().unwrap().len(), 2, "{answer}");
    // What it tells are numbers of the group, N.0 and N.1; each half has a number of its own, too.
    let latest = lava.get("/api/v0.2/jobs/?ordering=-id&limit=2");
    let jobs: Vec<String> = latest["results"].as_array().unwrap().iter().map(|job| job["id"].to_string()).collect();
    for job in &jobs {
        let until = Instant::now() + Duration::from_secs(300);
        while lava.get(&format!("/api/v0.2/jobs/{job}/"))["state"] != "Finished" {
            assert!(Instant::now() < until, "job {job} does not end");
            thread::sleep(Duration::from_secs(1));
        }
        assert_eq!(lava.get(&format!("/api/v0.2/jobs/{job}/"))["health"], "Complete", "{job}");
    }
    jobs
}

/// The record of the client comes back from its half of the job, and was measured against another address than its own
/// loopback device's.
pub(super) fn check(lava: &Server, share: &Path, keep: &Path) {
    let jobs = run_job(lava);
    let json = fs::read_to_string(share.join("iperf/record.json")).unwrap();
    let record = record(&share.join("iperf"));
    let benchmark = &record.benchmarks[0];
    assert!(!benchmark.parameters["SERVER"].is_empty() && !benchmark.parameters["SERVER"].starts_with("127."));
    assert!(benchmark.cases.iter().all(|case| case.result.as_str() == "pass"), "{:#?}", benchmark.cases);
    let back: Vec<_> = jobs
        .iter()
        .map(|job| rebuild(&[Path::new(&format!("lava+{}/scheduler/job/{job}", lava.url))], &[lava], &keep.join(job)))
        .collect();
    // What the server knows of the job stands in the rebuilt one alone.
    let same = |output: &Said| {
        Record::from_json(output.stdout.trim_end().as_bytes())
            .is_ok_and(|rebuilt| Record { lab: None, ..rebuilt }.to_json() + "\n" == json)
    };
    assert!(back.iter().any(|output| output.code == 0 && same(output)), "{back:#?}");
}
