//! The attacks that take minutes: ignored by a usual run of the tests, and run by `scripts/hostile`, which says how long
//! (`LAVA_BENCH_SECONDS`) and with which numbers (`LAVA_BENCH_SEED`). Each prints one row of the script's table.

mod floods;
mod forged;
mod kills;
mod sigkills;

#[path = "../../damage/harm.rs"]
mod harm;
#[path = "../../support/row.rs"]
mod row;

use harm::Random;
use row::Row;
use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Attacks with one seed after the other on `threads` threads until the time is over, and prints the row. The attack says
/// what went wrong; what it names as known is counted apart.
fn attack(name: &str, threads: usize, try_one: impl Fn(&mut Random) -> Result<(), String> + Sync) {
    let (first, seconds) = (number("LAVA_BENCH_SEED", 1), number("LAVA_BENCH_SECONDS", 10));
    let (begun, next, broken) = (Instant::now(), AtomicU64::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while begun.elapsed() < Duration::from_secs(seconds) {
                    let seed = first.wrapping_add(next.fetch_add(1, Ordering::Relaxed));
                    if let Err(why) = try_one(&mut Random::new(seed)) {
                        broken.lock().unwrap().push(format!("seed {seed}: {why}"));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    Row { attack: name, tried: next.into_inner(), broken: broken.len() as u64, known: 0, begun }.print();
    assert!(broken.is_empty(), "{name}: {} broken\n{}", broken.len(), broken[..broken.len().min(10)].join("\n"));
}
