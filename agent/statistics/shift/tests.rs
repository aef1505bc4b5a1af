use super::*;

const A: [f64; 20] = [
    100.0, 101.5, 99.2, 100.7, 98.9, 100.3, 99.8, 101.1, 100.2, 99.5, 100.9, 99.9, 118.0, 100.4, 99.1, 100.6, 101.3,
    99.7, 100.1, 100.8,
];

fn ln(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

fn groups(groups: &[(&[f64], &[f64])]) -> Groups {
    let logarithms: Vec<_> = groups.iter().map(|(old, new)| (ln(old), ln(new))).collect();
    let borrowed: Vec<_> = logarithms.iter().map(|(old, new)| (old.as_slice(), new.as_slice())).collect();
    Groups::new(&borrowed).unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

/// Figures of two implementations that were made apart from this one: t, df, effect, se.
fn golden(groups: &Groups, [t, df, effect, se]: [f64; 4]) {
    let found = shift(groups, Model::COMPARE, 0.0);
    near(found.t, t);
    assert!((found.df / df - 1.0).abs() < 1e-9, "{} instead of {df}", found.df);
    near(found.effect, effect);
    near(found.se, se);
}

/// The p-value and the 90 % interval of the same.
fn golden_interval(groups: &Groups, p: f64, interval: (f64, f64)) {
    let profile = Profile::new(groups, Model::COMPARE);
    let found = profile.shift(0.0).p();
    assert!((found / p - 1.0).abs() < 1e-9, "{found:e} instead of {p:e}");
    let (low, high) = profile.interval(0.1);
    near(low, interval.0);
    near(high, interval.1);
}

#[test]
fn three_new_boots_at_the_old_level() {
    let boots = groups(&[(&A, &[100.4, 99.6, 100.9])]);
    golden(&boots, [0.0790582974, 57.1300040488, 0.000641037567, 0.008108416046]);
    golden_interval(&boots, 9.372625250255e-01, (-0.013344966239, 0.014509759353));
}

#[test]
fn three_new_boots_that_agree() {
    let boots = groups(&[(&A, &[105.2, 104.1, 106.0])]);
    golden(&boots, [4.9090904188, 40.9539470528, 0.047407848765, 0.009657155343]);
    golden_interval(&boots, 1.505446909118e-05, (0.032910220600, 0.061759547267));
}

#[test]
fn one_of_three_new_boots_is_a_spike() {
    let boots = groups(&[(&A, &[100.2, 99.9, 131.0])]);
    golden(&boots, [0.0879777625, 31.6053756376, 0.001073312997, 0.012199821478]);
    golden_interval(&boots, 9.304494394537e-01, (-0.020110098761, 0.026343731029));
}

#[test]
fn one_new_boot() {
    let boots = groups(&[(&A, &[107.0])]);
    golden(&boots, [3.9603549231, 24.1896763285, 0.065244798822, 0.016474482739]);
    golden_interval(&boots, 5.756487332363e-04, (0.043612730397, 0.086771788291));
}

#[test]
fn three_boots_each() {
    let boots = groups(&[(&[100.0, 101.5, 99.2], &[105.2, 104.1, 106.0])]);
    golden(&boots, [4.0412705061, 7.3043890330, 0.047837832894, 0.011837325124]);
    golden_interval(&boots, 4.506494704757e-03, (0.025102383601, 0.070168765136));
}

#[test]
fn older_boots_give_spread_and_no_level() {
    let boots = groups(&[(&[110.2, 111.0, 109.5], &[115.8, 114.9, 116.4]), (&A, &[])]);
    golden(&boots, [4.6333372614, 40.2237892727, 0.048477437531, 0.010462747431]);
    golden_interval(&boots, 3.741161104222e-05, (0.032276870515, 0.064642446371));
}

#[test]
fn two_boards_share_one_shift() {
    let boots = groups(&[(&A, &[105.2, 104.1, 106.0]), (&[50.0, 50.6, 49.8, 50.3], &[52.4])]);
    golden(&boots, [5.6466062922, 65.4861453320, 0.046383625293, 0.008214425248]);
}

#[test]
fn the_bounds_of_the_interval_are_where_p_is_alpha() {
    for new in [vec![100.4], vec![90.0, 131.0], vec![105.2, 104.1, 106.0], vec![100.2; 10]] {
        let boots = groups(&[(&A, &new)]);
        let profile = Profile::new(&boots, Model::COMPARE);
        let (low, high) = profile.interval(0.1);
        assert!(low < high);
        for bound in [low, high] {
            let p = profile.shift(bound).p();
            assert!((p - 0.1).abs() < 1e-9, "{new:?}: {p} at {bound}");
        }
    }
}

#[test]
fn what_cannot_be_tested_is_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e61] {
        assert!(Groups::new(&[(&[1.0, 2.0], &[bad])]).is_none());
        assert!(Groups::new(&[(&[bad, 2.0], &[1.0])]).is_none());
        assert!(Groups::of_pairs(&[bad]).is_none());
    }
    assert!(Groups::new(&[]).is_none());
    assert!(Groups::new(&[(&[], &[])]).is_none());
    assert!(Groups::new(&[(&[1.0], &[])]).is_none());
    assert!(Groups::new(&[(&[], &[1.0])]).is_none());
    assert!(Groups::of_pairs(&[]).is_none());
}

/// Every number of every test is finite, and every interval has its estimate within.
fn always_numbers(groups: &Groups) {
    for model in [Model::COMPARE, Model::NONE, Model { jitter: 0.0, ..Model::COMPARE }] {
        let profile = Profile::new(groups, model);
        for delta in [0.0, 0.05, -3.0, 1e50] {
            let found = profile.shift(delta);
            let Shift { t, df, effect, se, spread } = found;
            for number in [t, df, effect, se, spread] {
                assert!(number.is_finite(), "{model:?} {delta}: {found:?}");
            }
            assert!(df >= 0.5 && se > 0.0 && (0.0..=1.0).contains(&found.p()), "{model:?} {delta}: {found:?}");
        }
        let (low, high) = profile.interval(0.1);
        assert!(low.is_finite() && high.is_finite() && low <= high, "{model:?}: {low} {high}");
    }
}

#[test]
fn odd_numbers_give_numbers() {
    let spikes: Vec<f64> = (0..40).map(|at| if at % 13 == 0 { 1e50 } else { f64::from(at % 7) }).collect();
    let sides: [(&[f64], &[f64]); 10] = [
        (&[0.0], &[0.0]),
        (&[1.0], &[2.0]),
        (&[4.6; 20], &[4.6; 3]),
        (&[4.6; 20], &[4.7; 3]),
        (&[700.0; 20], &[-700.0, 700.0]),
        (&[0.0, 1.0, 0.0, 1.0, 1.0, 0.0], &[1.0, 1.0]),
        (&[-1e60, 1e60], &[1e60]),
        (&[1e-300, -1e-300, 5e-324], &[0.0, -0.0]),
        (&[1.0, 1.0 + f64::EPSILON, 1.0], &[1.0]),
        (&spikes, &[3.0, 1e50, 4.0]),
    ];
    for (old, new) in sides {
        always_numbers(&Groups::new(&[(old, new)]).unwrap());
        always_numbers(&Groups::new(&[(old, new), (&[5.0; 3], &[]), (&[7.0], &[8.0])]).unwrap());
        always_numbers(&Groups::of_pairs(old).unwrap());
    }
}

#[test]
fn ten_thousand_boots_are_a_group_too() {
    let boots: Vec<f64> = (0..10_000_u32).map(|at| f64::from(at.wrapping_mul(2_654_435_761) >> 16) * 1e-7).collect();
    let moved: Vec<f64> = boots.iter().map(|boot| boot + 1e-3).collect();
    let groups = Groups::new(&[(&boots, &moved)]).unwrap();
    always_numbers(&groups);
    assert!((shift(&groups, Model::COMPARE, 0.0).effect - 1e-3).abs() < 1e-9);
}

/// Boards of one old boot and one new one each, all different, with a spread of 1 %.
fn boards(count: usize) -> Groups {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    // The sum of twelve is nearly normal.
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let boots: Vec<_> =
        (0..count).map(|at| ([at as f64 + 0.01 * normal()], [at as f64 + 0.01 * normal() - 0.05])).collect();
    Groups::new(&boots.iter().map(|(old, new)| (&old[..], &new[..])).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_fit_of_thousands_of_boards_ends_at_its_maximum() {
    let groups = boards(3000);
    for (fitted, shift) in [(Fitted::LevelsAndShift, 0.0), (Fitted::Levels, 0.0), (Fitted::Levels, -0.049)] {
        let mut fit = Fit::from_medians(&groups, Model::COMPARE, shift, fitted);
        let before = fit.variance;
        let moved = fit.pass(&groups, Model::COMPARE, fitted);
        assert!(moved < 1e-10 * before.sqrt(), "{fitted:?}: {moved:e}");
        assert!((fit.variance / before - 1.0).abs() < 1e-10, "{fitted:?}");
    }
}
