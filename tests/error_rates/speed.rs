//! How long the verdicts and the change points take; `scripts/measure-statistics` does the same with other programs.

use crate::{
    history,
    simulation::{Noise, Random, series},
    windows::moved,
};
use lava_bench::statistics::{
    change_points::{Sensitivity, change_points},
    verdict::{Board, Direction, Setting, Sides, judge},
};
use nix::time::{ClockId, clock_gettime};
use serde_json::json;
use std::{env, fs, hint::black_box, path::PathBuf};

const METRICS: usize = 500;
const REPEATS: usize = 9;

/// The processor's milliseconds that something takes: the median of some repeats.
fn milliseconds(mut work: impl FnMut()) -> f64 {
    let now = || clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap();
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let start = now();
            work();
            let taken = now() - start;
            taken.tv_sec() as f64 * 1e3 + taken.tv_nsec() as f64 / 1e6
        })
        .collect();
    lava_bench::statistics::median(&mut times).unwrap()
}

/// 20 past boots and 3 new ones; every twentieth metric is 10 % slower.
fn boards(random: &mut Random) -> Vec<Board> {
    let board = |at: usize| {
        let boots = series(random, Noise::Spiky, 0.03, 23);
        let new = if at.is_multiple_of(20) { moved(&boots[20..], 0.1) } else { boots[20..].to_vec() };
        Board { past: boots[..20].to_vec(), new, ..Board::default() }
    };
    (0..METRICS).map(board).collect()
}

#[test]
#[ignore = "measures; scripts/measure-statistics runs it"]
fn speed() {
    let mut random = Random(1);
    let boards = boards(&mut random);
    let verdicts = || {
        let sides =
            boards.iter().map(|board| (Sides::new(std::slice::from_ref(board), None).unwrap(), Direction::Lower));
        judge(&sides.collect::<Vec<_>>(), &Setting::default())
    };
    let compare = milliseconds(|| drop(black_box(verdicts())));

    let folder = env::var_os("HISTORIES").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let histories: Vec<Vec<f64>> = match &folder {
        Some(folder) => history::read(folder).into_iter().map(|series| series.boots).collect(),
        None => (0..245).map(|_| series(&mut random, Noise::Spiky, 0.03, 660)).collect(),
    };
    let cuts = |boots: &[f64]| change_points(boots, &Sensitivity::default()).unwrap();
    let changes = milliseconds(|| histories.iter().for_each(|boots| drop(black_box(cuts(boots)))));
    let long = series(&mut random, Noise::Normal, 0.03, 50_000);
    let long_changes = milliseconds(|| drop(black_box(cuts(&long))));

    println!("{METRICS} metrics of 20 + 3 boots, with intervals: {compare:.1} ms of CPU time");
    println!("{} boots in {} series: {changes:.1} ms", histories.iter().map(Vec::len).sum::<usize>(), histories.len());
    println!("50000 boots in one series: {long_changes:.1} ms");
    if let Some(file) = env::var_os("MEASURED") {
        let answers: Vec<_> = verdicts().iter().map(|f| (f.shift.t, f.shift.df, f.p, f.interval)).collect();
        let sides: Vec<_> = boards.iter().map(|board| (&board.past, &board.new)).collect();
        let all = json!({
            "sides": sides, "answers": answers, "compare": compare, "series": histories, "changes": changes,
        });
        fs::write(file, all.to_string()).unwrap();
    }
}
