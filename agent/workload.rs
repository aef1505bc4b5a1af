//! The workload inside the agent, for boards with nothing installed: parameters -> rounds. It runs as a process of its own.

use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use std::{
    hint::black_box,
    io, thread,
    time::{Duration, Instant},
};

/// Counts the primes below `limit` in each of `threads` threads for `time`; how many rounds each thread finished, and how
/// long it all took. Each thread stays on one of `cpus`. Nothing is allocated in a round: the C library's allocator is not
/// what is measured.
///
/// # Errors
/// What the system says where it starts no further thread.
pub fn primes(threads: u32, limit: u32, time: Duration, cpus: &[usize]) -> io::Result<(Vec<u64>, Duration)> {
    let started = Instant::now();
    let workers: io::Result<Vec<_>> = (0..threads as usize)
        .map(|number| {
            let cpu = cpus.get(number % cpus.len().max(1)).copied();
            thread::Builder::new().spawn(move || {
                if let Some(cpu) = cpu {
                    pin(cpu);
                }
                let mut rounds = 0;
                loop {
                    black_box(count(black_box(limit)));
                    rounds += 1;
                    if started.elapsed() >= time {
                        break rounds;
                    }
                }
            })
        })
        .collect();
    let rounds = workers?.into_iter().map(|worker| worker.join().unwrap_or(0)).collect();
    Ok((rounds, started.elapsed()))
}

/// A thread that cannot be pinned runs where the kernel puts it.
fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    if set.set(cpu).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

/// How many primes there are below `limit`, by division.
fn count(limit: u32) -> u32 {
    let is_prime = |number: &u32| {
        (2..).take_while(|divisor| divisor * divisor <= *number).all(|divisor| !number.is_multiple_of(divisor))
    };
    (2..limit.min(1 << 31)).filter(is_prime).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_primes() {
        assert_eq!((count(2), count(3), count(10), count(100), count(10_000)), (0, 1, 4, 25, 1229));
        let (rounds, elapsed) = primes(2, 10, Duration::from_millis(5), &[]).unwrap();
        assert!(rounds.len() == 2 && rounds.iter().all(|count| *count > 0) && elapsed >= Duration::from_millis(5));
    }
}
