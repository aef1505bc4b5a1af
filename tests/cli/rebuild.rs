//! What a run said gives its record back, and what is lost is named.

use crate::{
    Fake, PRIMES, record_text,
    support::{Said, program, project, rebuild, record, run, run_with},
    sysbench_output,
};
use std::fs;
use tempfile::TempDir;

#[test]
fn a_run_is_rebuilt_from_what_it_said() {
    let fake = Fake::new(&sysbench_output());
    let output = fake.run(&[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let rebuilt = rebuild(&output.stdout);
    assert_eq!((rebuilt.code, rebuilt.stderr.contains("complete")), (0, true));
    assert_eq!(rebuilt.stdout, record_text(&fake.output()));
    let record = record(&fake.output());
    assert_eq!(record.benchmarks[0].cases[0].series.len(), 12);
    assert!(output.stderr.contains("threads=1: pass"), "{}", output.stderr);

    let file = fake.output().join("record.json");
    let again = run(&["emit", file.to_str().unwrap()]);
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(Into::into).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(again.stdout), sorted(output.stdout));
    let summary = run(&["emit", file.to_str().unwrap(), "--signals", "summary", "--stream", "off"]);
    assert!(summary.stdout.contains("TEST_CASE_ID=sysbench-cpu.events-per-second.threads_1 "));
    assert!(!summary.stdout.contains(".0.0 ") && !summary.stdout.contains("LBF1."));
}

#[test]
fn without_frames_the_losses_are_named() {
    let fake = Fake::new(&sysbench_output());
    let output = fake.run(&["--stream", "off"]);
    let lines: Vec<String> =
        output.stdout.lines().filter(|line| !line.contains("latency-p95.threads_1.1.0")).map(Into::into).collect();
    let rebuilt = rebuild(lines.join("\n"));
    assert_eq!(rebuilt.code, 4);
    assert!(rebuilt.stderr.contains("sysbench-cpu: 23 of 24 sample signals found"), "{}", rebuilt.stderr);
    let record = rebuilt.record();
    assert_eq!(record.benchmarks[0].cases[0].series.iter().map(|series| series.values().count()).sum::<usize>(), 23);
}

#[test]
fn several_records_in_one_log_do_not_mix() {
    let folder = TempDir::new().unwrap();
    let mut log = Vec::new();
    let mut records = String::new();
    for number in ["1", "2"] {
        let output = folder.path().join(number);
        let said = Said::of(program().args(PRIMES).arg("--output").arg(&output));
        log.push(said.stdout.lines().map(String::from).collect::<Vec<_>>());
        records += &record_text(&output);
    }
    let mixed: Vec<String> = log[0].iter().zip(&log[1]).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let rest = log[0].iter().skip(log[1].len()).chain(log[1].iter().skip(log[0].len())).cloned();
    let rebuilt = rebuild(mixed.into_iter().chain(rest).collect::<Vec<_>>().join("\r\n"));
    assert_eq!(rebuilt.stdout, records, "{}", rebuilt.stderr);
}

#[test]
fn rebuild_explains_what_came_from_where() {
    let record = project("docs/example-record.json");
    let record = record.to_str().unwrap();
    let lines = run(&["emit", record, "--redundancy", "0"]).stdout;
    assert_eq!(lines.matches("LBF1.").count(), 3);
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    // A frame is lost, a sample's signal is cut, and there is another program's.
    let damaged = lines.replace("MEASUREMENT=4100.5", "MEASURE").replace("LBF1.0a1b2c3d.1.", "LBF1.");
    fs::write(&log, format!("{damaged}<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=other RESULT=pass>\n")).unwrap();
    let output = run(&["rebuild", log.to_str().unwrap(), "--explain", "--json"]);
    assert_eq!(output.code, 4, "{}", output.stderr);
    let told: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let of = &told["records"][0];
    assert_eq!(of["id"], "0a1b2c3d");
    assert_eq!((of["frames"]["found"].as_u64(), of["frames"]["needed"].as_u64()), (Some(2), Some(3)));
    assert_eq!((of["samples"]["exact"].as_u64(), of["samples"]["lost"].as_u64()), (Some(1), Some(1)));
    let lost = of["losses"].as_array().unwrap().iter().map(|loss| loss["what"].as_str().unwrap());
    assert!(lost.clone().any(|what| what == "sysbench-cpu.events-per-second.threads_4.1.0"), "{of}");
    let passed =
        serde_json::json!({"damaged_frames": 1, "damaged_signals": 1, "foreign_signals": 1, "foreign_results": 0});
    assert_eq!(told["passed_over"], passed);
    let text = run(&["rebuild", log.to_str().unwrap(), "--explain"]).stdout;
    assert!(text.contains("frames: 2 found, 3 needed, 3 sent; not used: 2 frames found, 3 needed"), "{text}");
    // Any three of the frames that are sent by default give it back.
    let frames = run(&["emit", record, "--signals", "none", "--stream", "on"]).stdout;
    let last: Vec<&str> = frames.lines().rev().take(3).collect();
    assert_eq!(rebuild(last.join("\n")).stdout, fs::read_to_string(record).unwrap());
    let refused = run(&["emit", record, "--redundancy", "401"]);
    assert!(refused.code == 2 && refused.stderr.contains("0 to 400"), "{}", refused.stderr);
}

/// Signals say how many samples there are, and their checksum: those of a record that lost some would hide the losses.
#[test]
fn a_record_with_losses_is_sent_with_its_losses_or_not_at_all() {
    let example = fs::read_to_string(project("docs/example-record.json")).unwrap();
    let said = run_with(&["emit", "-", "--stream", "off"], example.as_bytes()).stdout;
    let (line, rest) = (said.lines().find(|line| line.contains(".1.0 ")).unwrap(), said.clone());
    let folder = TempDir::new().unwrap();
    let (log, record) = (folder.path().join("cut.log"), folder.path().join("record.json"));
    fs::write(&log, rest.replace(&format!("{line}\n"), "")).unwrap();
    let (log, record) = (log.to_str().unwrap(), record.to_str().unwrap());
    assert_eq!(run(&["rebuild", log, "-o", record]).code, 4);
    let refused = run(&["emit", record]);
    assert!(refused.code == 2 && refused.stdout.is_empty(), "{refused:?}");
    assert!(refused.stderr.contains("has losses: its signals would be taken for all"), "{}", refused.stderr);
    // As the hint says.
    let sent = run(&["emit", record, "--signals", "none", "--stream", "on"]);
    let again = run_with(&["rebuild", "-"], sent.stdout.as_bytes());
    assert_eq!((again.code, again.stdout), (4, fs::read_to_string(record).unwrap()), "{}", again.stderr);
}

#[test]
fn what_is_wrong_with_a_record_is_said_once() {
    let said = run_with(&["emit", "-"], b"score 7\n");
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (
            2,
            "lava-bench: -: not a record: expected value at line 1 column 1\n\
             hint: a record is what `run` and `rebuild` write\n"
        )
    );
    let cut = run_with(&["emit", "-"], &crate::support::example().as_bytes()[..99]);
    let expected = "lava-bench: -: not a whole record: EOF while parsing ";
    assert!(cut.stderr.starts_with(expected) && cut.stderr.ends_with("rebuild it from the board's log\n"), "{cut:?}");
}
