//! Runs that get SIGKILL again and again, each time recovered and gone on with: what a run had told as done is in the record
//! that `recover` makes after each kill, and once in the record at the end, with the same value.

use super::{harm::Random, number, row::Row};
use crate::support::{Said, definition, program};
use lava_bench::record::{Record, Role};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How many iterations a run has.
const ITERATIONS: u32 = 60;

/// The values that a run told, by their iteration.
type Told = BTreeMap<usize, f64>;

/// Runs or goes on with a run until it ends or is killed; whether it was killed. What it told is added.
fn killed(folder: &Path, goes_on: bool, last: bool, random: &mut Random, told: &mut Told) -> Result<bool, String> {
    let mut command = program();
    command.arg("--definitions").arg(folder).args(["run", "--signals", "all"]);
    let out = folder.join("out");
    match goes_on {
        true => command.arg("--resume").arg(&out),
        false => command.args(["tool", "--iterations", &ITERATIONS.to_string(), "--output"]).arg(&out),
    };
    let (log, errors) = (folder.join("log"), folder.join("errors"));
    command.stdout(File::create(&log).unwrap()).stderr(File::create(&errors).unwrap());
    let mut child = command.spawn().unwrap();
    if !last {
        let (begun, later) = (random.below(16), Duration::from_millis(random.below(60) as u64));
        while child.try_wait().unwrap().is_none()
            && fs::read_to_string(&errors).unwrap().matches(": iteration ").count() < begun
        {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(later);
    }
    let done = last || child.try_wait().unwrap().is_some();
    if !done {
        let _ = kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGKILL);
    }
    let status = child.wait().unwrap();
    let well = matches!(status.code(), None | Some(0 | 1));
    listen(&fs::read_to_string(log).unwrap(), told)?;
    well.then_some(status.code().is_none()).ok_or_else(|| format!("{status}: {}", fs::read_to_string(errors).unwrap()))
}

/// Takes in the samples of a log's whole lines. A run that goes on tells again what is done.
fn listen(log: &str, told: &mut Told) -> Result<(), String> {
    for line in log.lines().filter(|line| line.ends_with('>')) {
        let Some((_, rest)) = line.split_once("TEST_CASE_ID=tool.score.") else { continue };
        let Some((iteration, rest)) = rest.split_once(".0 RESULT=pass MEASUREMENT=") else { continue };
        let value: f64 =
            rest.split(' ').next().unwrap_or_default().parse().map_err(|_| format!("not a value: {line}"))?;
        let iteration = iteration.parse().map_err(|_| format!("not an iteration: {line}"))?;
        if told.insert(iteration, value).is_some_and(|before| before != value) {
            return Err(format!("told twice: {line}"));
        }
    }
    Ok(())
}

/// Each iteration that was told is in the record once, with its value; returns how many there are.
fn holds(json: &str, told: &Told) -> Result<usize, String> {
    let record = Record::from_json(json.trim_end().as_bytes()).map_err(|error| error.to_string())?;
    let cases: Vec<_> = record.benchmarks.iter().flat_map(|benchmark| &benchmark.cases).collect();
    let [case] = cases.as_slice() else {
        return if told.is_empty() { Ok(0) } else { Err(format!("{} cases", cases.len())) };
    };
    let of = |iteration: usize| {
        let is_it = |execution: &&lava_bench::record::Execution| {
            execution.role == Role::Iteration && execution.iteration == u32::try_from(iteration).ok()
        };
        let times = case.executions.iter().filter(is_it).count();
        let values = case.series.first().and_then(|series| series.samples.get(iteration));
        (times, values.map_or(&[][..], |values| values.as_slice()))
    };
    for (iteration, value) in told {
        let (times, values) = of(*iteration);
        if times != 1 || values.len() != 1 || values[0].map(|value| value.get()) != Some(*value) {
            return Err(format!("iteration {iteration} was told as {value}, and is there {times} times: {values:?}"));
        }
    }
    Ok((0..ITERATIONS as usize).filter(|iteration| of(*iteration).0 == 1).count())
}

/// One run that is killed until `left` kills are used up, or until it is done; how many iterations had been told before a kill,
/// and whether a step was put in quarantine.
fn one_run(left: &AtomicU64, random: &mut Random) -> Result<(usize, bool), String> {
    let folder = TempDir::new().unwrap();
    let script = "echo >> begun; n=$(wc -l < begun); sleep 0.02; echo score $((n * 1000 + 7))";
    definition(folder.path(), "tool", script, "");
    let out = folder.path().join("out");
    let (mut told, mut before, mut goes_on) = (Told::new(), 0, false);
    loop {
        let last = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err();
        if !killed(folder.path(), goes_on, last, random, &mut told)? {
            // This kill is still to be used.
            left.fetch_add(u64::from(!last), Ordering::Relaxed);
            break;
        }
        before = told.len();
        let recovered = folder.path().join("recovered.json");
        let said = Said::of(program().arg("recover").arg(&out).arg("-o").arg(&recovered));
        goes_on = said.code == 0 && recovered.is_file();
        if goes_on {
            holds(&fs::read_to_string(&recovered).unwrap(), &told)?;
            fs::remove_file(recovered).unwrap();
        } else if out.join("record.json").is_file() {
            break;
        } else if told.is_empty() {
            let _ = fs::remove_dir_all(&out);
        } else {
            return Err(format!("{} iterations were told: {said:?}", told.len()));
        }
    }
    let json = fs::read_to_string(out.join("record.json")).map_err(|error| format!("no record: {error}"))?;
    let record = Record::from_json(json.trim_end().as_bytes()).map_err(|error| error.to_string())?;
    let (there, named) = (holds(&json, &told)?, !record.quarantine.is_empty());
    let whole = there == ITERATIONS as usize && !record.interrupted;
    if whole == named {
        Err(format!("{there} of {ITERATIONS} iterations, {:?}", record.quarantine))
    } else {
        Ok((before, named))
    }
}

#[test]
#[ignore = "scripts/hostile runs it"]
fn no_sigkill_loses_an_iteration_that_was_told() {
    let (kills, first) = (number("LAVA_BENCH_KILLS", 20), number("LAVA_BENCH_SEED", 1));
    let (begun, left, next) = (Instant::now(), AtomicU64::new(kills), AtomicU64::new(0));
    let (broken, sums) = (Mutex::new(Vec::new()), Mutex::new((0, 0)));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while left.load(Ordering::Relaxed) > 0 {
                    let seed = first.wrapping_add(next.fetch_add(1, Ordering::Relaxed));
                    match one_run(&left, &mut Random::new(seed)) {
                        Ok((told, quarantine)) => {
                            let mut sums = sums.lock().unwrap();
                            *sums = (sums.0 + told, sums.1 + usize::from(quarantine));
                        }
                        Err(why) => broken.lock().unwrap().push(format!("seed {seed}: {why}")),
                    }
                }
            });
        }
    });
    let (broken, (told, quarantines)) = (broken.into_inner().unwrap(), sums.into_inner().unwrap());
    let runs = next.into_inner();
    let name = format!(
        "sigkills: of {runs} runs, then recover and resume; {told} iterations had been told, {quarantines} runs left a step out"
    );
    Row { attack: &name, tried: kills, broken: broken.len() as u64, known: 0, begun }.print();
    assert!(broken.is_empty(), "{name}: {} broken\n{}", broken.len(), broken[..broken.len().min(10)].join("\n"));
}
