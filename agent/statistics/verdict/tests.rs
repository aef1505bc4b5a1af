use super::*;

const A: [f64; 20] = [
    100.0, 101.5, 99.2, 100.7, 98.9, 100.3, 99.8, 101.1, 100.2, 99.5, 100.9, 99.9, 118.0, 100.4, 99.1, 100.6, 101.3,
    99.7, 100.1, 100.8,
];

fn board(past: &[f64], base: &[f64], new: &[f64]) -> Board {
    Board { older: Vec::new(), past: past.to_vec(), base: base.to_vec(), new: new.to_vec() }
}

fn sides(past: &[f64], base: &[f64], new: &[f64]) -> Sides {
    Sides::new(&[board(past, base, new)], None).unwrap()
}

fn lone(sides: Sides, direction: Direction) -> Finding {
    judge(&[(sides, direction)], &Setting::default()).remove(0)
}

fn verdict(past: &[f64], base: &[f64], new: &[f64]) -> Verdict {
    lone(sides(past, base, new), Direction::Lower).verdict
}

#[test]
fn one_new_boot_of_4_percent_asks_for_2_more() {
    let finding = lone(sides(&A, &[], &[104.0]), Direction::Lower);
    assert!((finding.p - 0.014310212785).abs() < 1e-12);
    assert!((finding.p_calibrated.unwrap() - 0.143102127851).abs() < 1e-12);
    assert!((finding.interval.0 - 0.015174795082).abs() < 1e-9);
    assert!((finding.interval.1 - 0.058333852955).abs() < 1e-9);
    assert_eq!(finding.verdict, Verdict::Unknown(Undecided::MoreBoots(2)));
    assert_eq!(finding.boots, (20, 1));
}

#[test]
fn the_number_of_boots_is_the_smallest_that_decides() {
    for new in [vec![104.0], vec![101.0, 104.0], vec![101.8, 102.9, 102.5], vec![97.0]] {
        for past in [&A[..], &A[..5]] {
            let sides = sides(past, &[], &new);
            let finding = lone(sides.clone(), Direction::Lower);
            let Verdict::Unknown(Undecided::MoreBoots(more)) = finding.verdict else { continue };
            let variance = (finding.shift.se.powi(2) - 0.005_f64.powi(2)) * sides.groups().weight();
            let decides = |n: usize| {
                let (weight, freedom) = sides.grown(n);
                let se = (variance / weight + 0.005_f64.powi(2)).sqrt();
                let Some(c) = sides.calibration(n) else { return false };
                let tail = |x: f64| crate::statistics::student::above(x, freedom + 1.0);
                let effect = finding.shift.effect.abs();
                tail(effect / se - 0.84) <= 0.01 / (2.0 * c) || tail((1.05_f64.ln() - effect) / se - 0.84) <= 0.05
            };
            assert_eq!((1..=60).find(|n| decides(*n)), Some(more), "{new:?}");
        }
    }
}

#[test]
fn the_direction_chooses_the_word_and_nothing_else() {
    for (new, higher, lower) in [
        ([105.2, 104.1, 106.0], Verdict::Better, Verdict::Worse),
        ([95.2, 94.1, 96.0], Verdict::Worse, Verdict::Better),
    ] {
        let found = |direction| lone(sides(&A, &[], &new), direction);
        assert_eq!(found(Direction::Higher).verdict, higher);
        assert_eq!(found(Direction::Lower).verdict, lower);
        assert_eq!(found(Direction::Neither).verdict, Verdict::Changed);
        assert_eq!(found(Direction::Higher).shift, found(Direction::Lower).shift);
        assert!(!found(Direction::Lower).suspect);
    }
    assert_eq!(verdict(&A, &[], &[100.4, 99.6, 100.9]), Verdict::Same);
}

#[test]
fn a_flag_on_one_boot_is_a_suspect() {
    let finding = lone(sides(&A, &[], &[120.0]), Direction::Lower);
    assert_eq!(finding.verdict, Verdict::Worse);
    assert!(finding.suspect);
}

#[test]
fn one_boot_a_side_without_history_decides_nothing() {
    for (old, new) in [(100.0, 100.0), (100.0, 200.0), (0.0, 5.0), (-1.0, 1e9)] {
        match Sides::new(&[board(&[], &[old], &[new])], None) {
            Ok(sides) => {
                let finding = lone(sides, Direction::Lower);
                assert_eq!(finding.verdict, Verdict::Unknown(Undecided::TooFewBoots));
                assert_eq!((finding.p_calibrated, finding.q), (None, None));
            }
            Err(why) => assert_eq!((old, why), (0.0, Untestable::NoScale)),
        }
    }
    // One new boot on a base of five, no history either: more boots decide, this one does not.
    assert!(matches!(verdict(&A[..5], &[], &[200.0]), Verdict::Unknown(Undecided::MoreBoots(_))));
    assert_eq!(verdict(&A, &[100.0], &[200.0]), Verdict::Worse);
}

#[test]
fn few_boots_that_say_little_are_calibrated() {
    let factor = |past: usize, base: usize, new: usize| sides(&A[..past], &A[..base], &A[..new]).calibration(0);
    assert_eq!([factor(20, 0, 1), factor(10, 3, 2), factor(19, 0, 3)], [Some(10.0), Some(4.0), Some(1.4)]);
    assert_eq!([factor(0, 1, 1), factor(9, 0, 1), factor(0, 5, 1)], [None; 3]);
    assert_eq!([factor(9, 0, 2), factor(0, 3, 3), factor(0, 10, 10)], [Some(3.0), Some(1.0), Some(1.0)]);
}

#[test]
fn the_boots_that_count_are_the_last_ones() {
    let long: Vec<f64> = (0..80).map(|at| 100.0 + f64::from(at % 5)).collect();
    let older = vec![vec![500.0; 9], vec![1.0, 90.0, 91.0, 90.5], vec![70.0; 18]];
    let all = Sides::new(&[Board { older, past: long.clone(), base: vec![102.0], new: vec![101.0; 3] }], None).unwrap();
    assert_eq!(all.boots(), (50, 3));
    let last = Board {
        older: vec![vec![91.0, 90.5], vec![70.0; 18]],
        past: long[31..].to_vec(),
        base: vec![102.0],
        new: vec![101.0; 3],
    };
    let (all, last) = (lone(all, Direction::Lower), lone(Sides::new(&[last], None).unwrap(), Direction::Lower));
    assert!((all.shift.t - last.shift.t).abs() < 1e-9 && (all.p - last.p).abs() < 1e-9);
}

#[test]
fn a_board_without_boots_on_one_side_is_left_out_and_named() {
    let boards = [board(&A, &[], &[]), board(&A, &[], &[105.2, 104.1, 106.0]), board(&[], &[], &[104.0])];
    let sides = Sides::new(&boards, None).unwrap();
    assert_eq!(sides.left_out(), [0, 2]);
    assert_eq!(sides.boots(), (20, 3));
    assert_eq!(Sides::new(&boards[..1], None).unwrap_err(), Untestable::NoCommonBoard);
    assert_eq!(Sides::new(&[], None).unwrap_err(), Untestable::NoCommonBoard);
    assert_eq!(Sides::of_pairs(&[]).unwrap_err(), Untestable::NoCommonBoard);
}

#[test]
fn pairs_see_through_what_both_boots_share() {
    let shared = [1.0, 1.4, 0.8, 1.2, 0.9, 1.1];
    let pairs: Vec<_> = shared.iter().zip(&A).map(|(all, own)| (100.0 * all, all * own * 1.05)).collect();
    let finding = lone(Sides::of_pairs(&pairs).unwrap(), Direction::Lower);
    assert_eq!(finding.verdict, Verdict::Worse);
    assert!((finding.change() - 0.052).abs() < 0.01, "{}", finding.change());
    let unpaired = sides(&[], &shared.map(|all| 100.0 * all), &pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    assert!(matches!(lone(unpaired, Direction::Lower).verdict, Verdict::Unknown(_)));
}

#[test]
fn values_of_0_and_less_are_shares_of_the_median() {
    let base = [-2.0, -2.02, -1.98, -2.01, -1.99, -2.0, -2.03, -1.97, -2.0, -2.01, -1.99, -2.0];
    let finding = lone(sides(&base, &[], &[-1.5, -1.51, -1.49]), Direction::Higher);
    assert_eq!((finding.verdict, finding.scale), (Verdict::Better, Scale::Share));
    assert!((finding.change() - 0.25).abs() < 0.01);
    // A single 0 among positive values: shares too.
    assert_eq!(sides(&[3.0, 0.0, 3.1, 3.2], &[], &[3.0]).scale(), Scale::Share);
    assert_eq!(Sides::new(&[board(&[0.0, 0.0, 1.0], &[], &[1.0])], None).unwrap_err(), Untestable::NoScale);
    assert_eq!(Sides::new(&[board(&[], &[0.0; 3], &[0.0, 0.0, 1.0])], None).unwrap_err(), Untestable::NoScale);
}

#[test]
fn nothing_on_both_sides_is_the_same() {
    let finding = lone(Sides::new(&[board(&[], &[0.0; 3], &[0.0; 3])], None).unwrap(), Direction::Lower);
    assert_eq!((finding.verdict, finding.change()), (Verdict::Same, 0.0));
}

#[test]
fn infinite_values_and_nan_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Sides::new(&[board(&A, &[], &[bad])], None).unwrap_err(), Untestable::NotFinite);
        assert_eq!(Sides::new(&[board(&[bad], &[1.0], &[1.0])], None).unwrap_err(), Untestable::NotFinite);
        assert_eq!(Sides::of_pairs(&[(1.0, bad)]).unwrap_err(), Untestable::NotFinite);
    }
    let older = Board { older: vec![vec![f64::NAN]], ..board(&A, &[], &[1.0]) };
    assert_eq!(Sides::new(&[older], None).unwrap_err(), Untestable::NotFinite);
}

#[test]
fn bad_values_never_give_anything_but_numbers() {
    let columns: [&[f64]; 9] = [
        &[5.0],
        &[5.0; 12],
        &[0.0; 12],
        &[-1.0, 0.0, 1.0],
        &[15.0, 16.0, 15.0, 16.0, 16.0, 15.0, 15.0, 16.0, 15.0, 16.0],
        &[f64::MAX, f64::MIN_POSITIVE, 1.0],
        &[f64::MAX, -f64::MAX, 5e-324],
        &[1e-320; 11],
        &[1.0; 10_000],
    ];
    for past in columns {
        for new in columns {
            let Ok(sides) = Sides::new(&[board(past, &[], new), board(new, past, new)], None) else { continue };
            let finding = lone(sides, Direction::Higher);
            let (low, high) = finding.interval;
            let change = finding.change_interval();
            for number in
                [finding.p, finding.shift.t, finding.shift.se, finding.change(), low, high, change.0, change.1]
            {
                assert!(number.is_finite(), "{finding:?}");
            }
            if past == new {
                assert!(!matches!(finding.verdict, Verdict::Better | Verdict::Worse), "{finding:?}");
            }
        }
    }
}

#[test]
fn constant_values_are_same_or_different() {
    assert_eq!(verdict(&[5.0; 20], &[], &[5.0; 3]), Verdict::Same);
    assert_eq!(verdict(&[5.0; 20], &[], &[6.0; 3]), Verdict::Worse);
    assert_eq!(verdict(&[], &[5.0; 3], &[5.0; 3]), Verdict::Same);
    assert_eq!(verdict(&[], &[5.0; 3], &[4.0; 3]), Verdict::Better);
}

#[test]
fn the_reason_says_what_would_not_help() {
    let reason = |new: &[f64], past: &[f64]| match verdict(past, &[], new) {
        Verdict::Unknown(reason) => reason,
        other => panic!("{other:?}"),
    };
    let noisy: Vec<f64> = (0..40).map(|at| 100.0 * (1.0 + 0.3 * f64::from(at % 7) - 0.9)).collect();
    assert_eq!(reason(&noisy[..3], &noisy[..12]), Undecided::ShortHistory);
    assert_eq!(reason(&[100.0, 180.0], &[100.0, 190.0, 30.0]), Undecided::TooNoisy);
    let setting = Setting { margin: 0.014, ..Setting::default() };
    let edge = judge(&[(sides(&A, &[], &[101.2, 101.3, 101.4]), Direction::Lower)], &setting).remove(0);
    assert_eq!(edge.verdict, Verdict::Unknown(Undecided::EdgeOfMargin));
}

#[test]
fn a_family_is_corrected_and_metrics_that_cannot_decide_do_not_count() {
    let q = false_discovery_rates(&[0.01, 0.04, 0.03, 0.005, 0.9]);
    for (found, expected) in q.iter().zip([0.025, 0.05, 0.05, 0.025, 0.9]) {
        assert!((found - expected).abs() < 1e-15, "{q:?}");
    }
    assert!(false_discovery_rates(&[]).is_empty());
    let one = (sides(&A, &[], &[104.0, 103.2, 104.4]), Direction::Lower);
    let quiet = (sides(&A, &[], &[100.4, 99.6, 100.9]), Direction::Lower);
    let mute = (sides(&[], &[1.0], &[1.0]), Direction::Lower);
    let with_mute = judge(&[one.clone(), mute.clone(), mute], &Setting::default());
    assert_eq!(with_mute[0].verdict, Verdict::Worse);
    assert_eq!(with_mute[0].q, with_mute[0].p_calibrated);
    let mut crowd = vec![quiet; 499];
    crowd.push(one);
    let found = judge(&crowd, &Setting::default()).pop().unwrap();
    assert!((found.q.unwrap() - 500.0 * found.p_calibrated.unwrap()).abs() < 1e-12);
}

#[test]
fn a_repeat_confirms_in_the_same_direction() {
    let finding = |new: &[f64]| lone(sides(&A, &[], new), Direction::Lower);
    let first = finding(&[105.2, 104.1, 106.0]);
    assert!(first.is_confirmed_by(&finding(&[104.0, 103.8, 104.9])));
    assert!(!first.is_confirmed_by(&finding(&[95.0, 95.2, 96.0])));
    assert!(!first.is_confirmed_by(&finding(&[100.4, 99.6, 100.9])));
}

#[test]
fn jitter_is_what_builds_vary_more_than_their_boots() {
    let builds: Vec<Vec<f64>> = (0..10).map(|at| vec![100.0 + f64::from(at % 5), 100.2 + f64::from(at % 5)]).collect();
    let borrowed: Vec<&[f64]> = builds.iter().map(Vec::as_slice).collect();
    // Means 100.1 ... 104.1 twice each; within: 0.02 = 0.2^2 / 2.
    let means: Vec<f64> = builds.iter().map(|build| (build[0].ln() + build[1].ln()) / 2.0).collect();
    let centre = means.iter().sum::<f64>() / 10.0;
    let between = means.iter().map(|mean| (mean - centre).powi(2)).sum::<f64>() / 9.0;
    let within = builds.iter().map(|build| (build[1].ln() - build[0].ln()).powi(2) / 2.0).sum::<f64>() / 10.0;
    let expected = (between - within / 2.0).sqrt();
    assert!((jitter_of_builds(&borrowed).unwrap() - expected).abs() < 1e-15);
    assert_eq!(jitter_of_builds(&borrowed[..7]), None);
    assert_eq!(jitter_of_builds(&[&[5.0, 5.0][..]; 8]), Some(0.005));
    assert_eq!(jitter_of_builds(&[&[0.0, 0.0][..]; 8]), None);
    assert_eq!(jitter_of_builds(&[&[f64::NAN, 0.0][..]; 8]), None);
}

#[test]
fn the_index_turns_metrics_so_that_more_is_better() {
    let index = |metrics: &[(&[f64], Direction)]| super::index(metrics);
    let found = index(&[(&[4.0, 1.0], Direction::Higher), (&[0.25, 1.0], Direction::Lower)]).unwrap();
    assert!((found[0] - 4.0).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12);
    assert_eq!(index(&[(&[4.0], Direction::Neither)]), None);
    assert_eq!(index(&[(&[4.0], Direction::Higher), (&[], Direction::Higher)]), None);
    assert_eq!(index(&[(&[0.0], Direction::Higher)]), None);
}

/// 20 boots of about 100, and so many of other levels.
fn unlike(base: &[f64], new: &[f64]) -> Finding {
    lone(sides(&A, base, new), Direction::Higher)
}

#[test]
fn a_base_that_is_unlike_its_history_says_alone_what_is_old() {
    let base = [110.2, 109.4, 110.9];
    // The new side is worse than the base, and better than what was before.
    assert_eq!(unlike(&base, &[104.9, 105.2, 104.3]).verdict, Verdict::Worse);
    // Nothing changed from the base to the new side.
    let same = unlike(&base, &[110.5, 109.9, 110.1]);
    assert_eq!((same.verdict, same.boots), (Verdict::Same, (3, 3)));
    assert_eq!(unlike(&base, &[116.0, 115.1, 116.6]).verdict, Verdict::Better);
    // The history says how far boots spread.
    assert!(same.shift.df > 20.0, "{}", same.shift.df);
    // A base that is like its history goes on with it.
    let like = unlike(&[100.4, 99.6, 100.9], &[105.2, 104.1, 106.0]);
    assert_eq!((like.verdict, like.boots), (Verdict::Better, (23, 3)));
}

#[test]
fn one_boot_of_the_base_that_is_unlike_its_history_decides_nothing() {
    for new in [[110.5, 109.9, 110.1], [100.4, 99.6, 100.9], [104.0, 104.1, 104.2]] {
        let finding = unlike(&[112.0], &new);
        assert_eq!(finding.verdict, Verdict::Unknown(Undecided::OddBase), "{new:?}");
        assert_eq!((finding.p_calibrated, finding.boots), (None, (1, 3)));
    }
    assert_eq!(unlike(&[101.0], &[105.2, 104.1, 106.0]).verdict, Verdict::Better);
}

#[test]
fn boards_whose_base_is_unlike_their_history_need_boots_of_the_base() {
    let second: Vec<f64> = A.iter().map(|value| value * 2.0).collect();
    let boards = [board(&A, &[110.2, 109.4], &[110.0]), board(&second, &[], &[220.0])];
    let sides = Sides::new(&boards, None).unwrap();
    assert_eq!((sides.is_unlike_history(), sides.left_out(), sides.boots()), (true, &[1][..], (2, 1)));
}
