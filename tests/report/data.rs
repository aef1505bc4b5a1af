//! Records of boots, as many as a test wants: the same on every machine.

use serde_json::{Value, json};
use std::{fs, path::Path};

/// What a kernel is called, so that a report finds its commit.
pub(crate) const OLD: &str = "v6.11-rc7-12-g0123456789ab";
pub(crate) const NEW: &str = "v6.12-rc3-79-gabcdef000079";

/// A board: its model, what a lab calls it, how fast it is.
#[derive(Clone, Copy)]
pub(crate) struct Board(pub(crate) &'static str, pub(crate) &'static str, pub(crate) f64);

pub(crate) const PI: Board = Board("Raspberry Pi 4 Model B", "rpi4-03", 1.0);
pub(crate) const ROCK: Board = Board("Radxa Rock 5B", "rock-5b-01", 2.2);
pub(crate) const JUNO: Board = Board("Juno r2", "juno-02", 0.6);

/// What is measured: so many cases of so many metrics, each so often.
#[derive(Clone, Copy)]
pub(crate) struct Shape(pub(crate) usize, pub(crate) usize, pub(crate) usize);

/// Noise that is the same in every run: normal enough, of about one.
fn noise(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut one = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..12).map(|_| one()).sum::<f64>() - 6.0
}

/// The record of one boot; `factor` is what a case's metric is multiplied with.
pub(crate) fn boot(
    kernel: &str,
    number: u64,
    board: Board,
    shape: Shape,
    factor: impl Fn(usize, usize) -> f64,
) -> Value {
    let Shape(cases, metrics, iterations) = shape;
    let Board(model, device, speed) = board;
    let name = |metric: usize| if metric == 0 { "events-per-second".into() } else { format!("rate-{metric}") };
    let case = |case: usize| {
        let series = |metric: usize| {
            let level = 1000.0 * (case + 1) as f64 * (1.0 + metric as f64 * 0.3) * speed * factor(case, metric);
            let seed = |iteration: usize| number * 7_919 + (case * 97 + metric * 13 + iteration) as u64;
            let level = level * (1.0 + 0.004 * noise(seed(1_000)));
            let sample = |iteration: usize| [(level * (1.0 + 0.002 * noise(seed(iteration))) * 100.0).round() / 100.0];
            json!({"metric": name(metric), "samples": (0..iterations).map(sample).collect::<Vec<_>>()})
        };
        let execution = |iteration: usize| {
            let heat = 52_000 + (noise(number + iteration as u64) * 3_000.0) as i64;
            json!({"role": "iteration", "iteration": iteration, "elapsed_seconds": 10.2, "exit": {"code": 0},
                   "conditions": {"temperature_millicelsius": heat, "load_average_hundredths": 104, "frequency_khz": {"0": 1_800_000}},
                   "monitors": [{"name": "power", "unit": "W", "readings": 10, "minimum": 3.1, "median": 3.4, "maximum": 4.0}]})
        };
        json!({"labels": {"threads": (1u64 << case.min(40)).to_string(), "n": case.to_string()}, "result": "pass", "valid": true,
               "command": ["sysbench", "cpu", format!("--threads={}", case + 1), "--cpu-max-prime=10000", "--time=10", "run"],
               "executions": (0..iterations).map(execution).collect::<Vec<_>>(),
               "series": (0..metrics).map(series).collect::<Vec<_>>()})
    };
    let metric =
        |metric: usize| json!({"name": name(metric), "unit": "events/s", "better": "higher", "primary": metric == 0});
    let day = number % 336;
    json!({
        "schema": "lava-bench-record/2", "id": format!("{number:08x}"),
        "started": format!("2026-{:02}-{:02}T02:28:25Z", 1 + day / 28, 1 + day % 28),
        "lab": {"server": "https://lava.example.org", "job": (4000 + number).to_string(), "device": device, "git_describe": kernel},
        "machine": {"kernel": {"release": kernel, "command_line": "console=ttyS0"}, "board": {"model": model},
                    "processor": {"model": "Cortex-A72", "threads": 4}},
        "boots": [{"id": format!("{number:012x}")}],
        "benchmarks": [{
            "name": "sysbench-cpu", "tool": {"name": "sysbench", "version": "1.0.20"},
            "parameters": {"MAX_PRIME": "10000", "TIME": "10", "ITERATIONS": iterations.to_string()},
            "metrics": (0..metrics).map(metric).collect::<Vec<_>>(),
            "cases": (0..cases).map(case).collect::<Vec<_>>(),
        }],
    })
}

/// A record as a line: what it is stands first in it, as in the program's own.
pub(crate) fn line(record: &Value) -> String {
    let text = record.to_string();
    format!(
        "{{\"schema\":{},{}\n",
        record["schema"],
        text.replace(",\"schema\":\"lava-bench-record/2\"", "").trim_start_matches('{')
    )
}

/// Writes records, one a file, into a folder.
pub(crate) fn write(folder: &Path, records: impl IntoIterator<Item = Value>) {
    fs::create_dir_all(folder).unwrap();
    for record in records {
        let name = format!("{}.json", record["id"].as_str().unwrap());
        fs::write(folder.join(name), line(&record)).unwrap();
    }
}

/// `old` and `new` in a folder: so many boots a side on one board.
pub(crate) fn sides(folder: &Path, boots: u64, shape: Shape, factor: impl Fn(usize, usize) -> f64 + Copy) {
    write(&folder.join("old"), (0..boots).map(|at| boot(OLD, 100 + at, PI, shape, |_, _| 1.0)));
    write(&folder.join("new"), (0..boots).map(|at| boot(NEW, 200 + at, PI, shape, factor)));
}

/// The third case of the first metric is 6 % slower; another one is faster.
pub(crate) fn one_worse(case: usize, metric: usize) -> f64 {
    match (case, metric) {
        (2, 0) => 0.94,
        (1, 1) => 1.08,
        _ => 1.0,
    }
}

/// Names as only a broken board prints them: markup, quotes, ends of lines, and what turns a line around.
pub(crate) const HOSTILE: &str = "</script><script>alert(1)</script>\"'&{{ 7*7 }}\r\nBcc: all@example.org\n\u{202e}gnp.exe\u{2066}\u{200f} \u{5dc}\u{5d5}\u{5d7}";
