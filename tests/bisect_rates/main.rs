//! How often a bisection finds the right commit, and with how many boots: simulated, so that the truth is known.
//!
//! `scripts/bisect-rates` prints the table; a usual run of the tests makes a part of it.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

#[path = "../error_rates/simulation.rs"]
#[expect(dead_code, reason = "another test uses the rest")]
mod simulation;

use lava_bench::statistics::sequential::{Answer, Levels, Limits, error_of_step};
use simulation::{Noise, Random, series};
use std::collections::BTreeMap;

/// What is simulated.
#[derive(Clone, Copy)]
struct Design {
    noise: Noise,
    /// The spread between boots of a build.
    spread: f64,
    /// How far builds of one source differ.
    jitter: f64,
    /// What the bad builds have less.
    change: f64,
    /// Boots of each side.
    side: usize,
    builds: usize,
    /// The share of wrong commits that is asked for.
    error: f64,
    most: usize,
}

const DESIGN: Design = Design {
    noise: Noise::Normal,
    spread: 0.02,
    jitter: 0.0,
    change: 0.05,
    side: 5,
    builds: 16,
    error: 0.05,
    most: 12,
};

/// How a bisection ended, or many of them.
#[derive(Clone, Copy, Debug, Default)]
struct Ended {
    right: usize,
    wrong: usize,
    /// A build was skipped, and the bisection stopped there.
    skipped: usize,
    boots: usize,
    /// Of the naive one.
    naive_right: usize,
    naive_boots: usize,
    /// Of the naive one that takes three boots of each build.
    three_right: usize,
    three_boots: usize,
    /// How often sides were taken that could not be told apart.
    alike: usize,
}

/// The builds of one bisection: a level each, of which the first bad one is `first_bad`.
struct Builds {
    design: Design,
    levels: Vec<f64>,
    first_bad: usize,
}

impl Builds {
    fn new(random: &mut Random, design: Design) -> Builds {
        // The first build is known to be good, and the last one to be bad.
        let first_bad = 1 + random.below(design.builds - 1);
        let levels = (0..design.builds).map(|build| {
            let change = if build < first_bad { 1.0 } else { 1.0 - design.change };
            change * (design.jitter * random.normal()).exp()
        });
        Builds { design, levels: levels.collect(), first_bad }
    }

    fn boots(&self, random: &mut Random, build: usize, count: usize) -> Vec<f64> {
        let boots = series(random, self.design.noise, self.design.spread, count);
        boots.into_iter().map(|boot| boot * self.levels[build]).collect()
    }
}

/// Halves the builds between a good and a bad one until they are neighbours; the first bad one, or `None` where one is skipped.
fn halve(builds: usize, mut is_bad: impl FnMut(usize, usize) -> Option<bool>) -> Option<usize> {
    let (mut good, mut bad, mut step) = (0, builds - 1, 0);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        *(if is_bad(middle, step)? { &mut bad } else { &mut good }) = middle;
        step += 1;
    }
    Some(bad)
}

/// One bisection by the rule, and two naive ones: a threshold in the middle of the sides, for one boot and for the mean of three.
fn bisect(random: &mut Random, design: Design, ended: &mut Ended) {
    let builds = Builds::new(random, design);
    let (good, bad) = loop {
        let good = builds.boots(random, 0, design.side);
        let bad = builds.boots(random, design.builds - 1, design.side);
        if Levels::new(&good, &bad).is_ok() {
            break (good, bad);
        }
        ended.alike += 1;
    };
    let steps = (design.builds as f64).log2().ceil() as usize;
    let (mut taken, mut known_good, mut known_bad) = (0, good.clone(), bad.clone());
    let found = halve(design.builds, |build, step| {
        let limits = Limits { error: error_of_step(design.error, steps, step), most: design.most };
        // What was answered joins its side.
        let levels = Levels::new(&known_good, &known_bad).ok()?;
        let mut boots = Vec::new();
        loop {
            boots.extend(builds.boots(random, build, 1));
            taken += 1;
            match limits.answer(levels.evidence(&boots).as_ref(), boots.len()) {
                Answer::Good => {
                    known_good.append(&mut boots);
                    return Some(false);
                }
                Answer::Bad => {
                    known_bad.append(&mut boots);
                    return Some(true);
                }
                Answer::Another => {}
                Answer::Unlike | Answer::Undecided => return None,
            }
        }
    });
    ended.boots += taken;
    match found {
        Some(found) if found == builds.first_bad => ended.right += 1,
        Some(_) => ended.wrong += 1,
        None => ended.skipped += 1,
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let threshold = f64::midpoint(mean(&good), mean(&bad));
    for (count, right, boots) in
        [(1, &mut ended.naive_right, &mut ended.naive_boots), (3, &mut ended.three_right, &mut ended.three_boots)]
    {
        let naive = halve(design.builds, |build, _| {
            *boots += count;
            Some(mean(&builds.boots(random, build, count)) < threshold)
        });
        *right += usize::from(naive == Some(builds.first_bad));
    }
}

fn simulated(design: Design, runs: usize, seed: u64) -> Ended {
    let mut ended = Ended::default();
    let mut random = Random(seed);
    (0..runs).for_each(|_| bisect(&mut random, design, &mut ended));
    ended
}

#[test]
fn of_sixteen_builds_the_right_one_is_found_as_often_as_is_stated() {
    let ended = simulated(DESIGN, 400, 1);
    println!("{ended:?}");
    assert!(ended.wrong * 100 <= 5 * 400, "{ended:?}");
    assert!(ended.right > ended.naive_right, "{ended:?}");
}

/// The rows of the table, by their names.
fn designs() -> BTreeMap<&'static str, Design> {
    let normal = DESIGN;
    BTreeMap::from([
        ("1: 3 boots a side", Design { side: 3, ..normal }),
        ("2: 5 boots a side", normal),
        ("3: 10 boots a side", Design { side: 10, ..normal }),
        ("4: 5, with spikes", Design { noise: Noise::Spiky, ..normal }),
        ("5: 5, builds differ by 0.5 %", Design { jitter: 0.005, ..normal }),
        ("6: 5, builds differ by 1 %", Design { jitter: 0.01, ..normal }),
        ("7: 5, error 1 %", Design { error: 0.01, ..normal }),
        ("8: 5, a change of 3 %", Design { change: 0.03, ..normal }),
        ("9: 5, a change of 10 %", Design { change: 0.1, ..normal }),
    ])
}

#[test]
#[ignore = "a table: scripts/bisect-rates runs it"]
fn table() {
    let runs: usize =
        std::env::var("RUNS").ok().filter(|runs| !runs.is_empty()).map_or(1000, |runs| runs.parse().unwrap());
    println!(
        "{runs} bisections each; 16 builds, one change of 5 % at a spread of 2 %, error 5 %, at most 12 boots a build"
    );
    println!("naive: a threshold in the middle of the sides, with 1 boot and with the mean of 3 boots of each build");
    println!("alike: sides that could not be told apart, and were taken again\n");
    println!(
        "{:30} {:>7} {:>7} {:>8} {:>6} {:>7} | {:>8} {:>6} | {:>8} {:>6}",
        "", "right", "wrong", "skipped", "boots", "alike", "naive 1", "boots", "naive 3", "boots"
    );
    for (name, design) in designs() {
        let ended = simulated(design, runs, 42);
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / runs as f64);
        let mean = |count: usize| format!("{:.1}", count as f64 / runs as f64);
        let Ended { right, wrong, skipped, boots, naive_right, naive_boots, three_right, three_boots, alike } = ended;
        println!(
            "{:30} {:>7} {:>7} {:>8} {:>6} {:>7} | {:>8} {:>6} | {:>8} {:>6}",
            &name[3..],
            share(right),
            share(wrong),
            share(skipped),
            mean(boots),
            share(alike),
            share(naive_right),
            mean(naive_boots),
            share(three_right),
            mean(three_boots),
        );
    }
}
