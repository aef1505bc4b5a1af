use super::*;

fn found(values: &[f64]) -> Vec<usize> {
    change_points(values, &Sensitivity::default()).unwrap().iter().map(|change| change.at).collect()
}

fn example() -> Vec<f64> {
    let (low, high) = ([100.0, 101.0, 99.5, 100.5, 99.0], [104.0, 105.0, 103.5, 104.5, 103.0]);
    [low.repeat(8), high.repeat(6), vec![100.0, 130.0, 104.0, 104.5], high.repeat(3)].concat()
}

#[test]
fn the_example_has_one_change_with_this_t() {
    let changes = change_points(&example(), &Sensitivity::default()).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].at, 40);
    assert!((changes[0].t - 21.7561117999).abs() < 1e-9, "{}", changes[0].t);
    let change = changes[0].change();
    assert!((change - 0.04).abs() < 0.001, "{change}");
    let (low, high) = changes[0].interval(&example().iter().map(|value| value.ln()).collect::<Vec<_>>()).unwrap();
    assert!(low < changes[0].effect && changes[0].effect < high);
}

#[test]
fn a_series_of_values_below_0_has_changes_too() {
    let turned: Vec<f64> = example().iter().map(|value| -value).collect();
    let changes = change_points(&turned, &Sensitivity::default()).unwrap();
    assert_eq!(changes.iter().map(|change| change.at).collect::<Vec<_>>(), [40]);
    assert_eq!(changes[0].scale, Scale::Share);
    assert!((changes[0].change() + 0.04).abs() < 0.002);
}

#[test]
fn a_spike_does_not_count_as_a_change() {
    let mut values: Vec<f64> = (0..60).map(|at| 100.0 + f64::from(at * 7 % 5)).collect();
    values[20] = 900.0;
    values[40] = 1.0;
    values[41] = 1.0;
    assert!(found(&values).is_empty());
}

#[test]
fn infinite_values_and_nan_are_refused_with_their_place() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let found = change_points(&[1.0, bad, 2.0], &Sensitivity::default());
        assert_eq!(found, Err(NotFinite { at: 1 }));
    }
}

#[test]
fn odd_series_give_numbers() {
    let mut odd: Vec<Vec<f64>> = vec![
        vec![],
        vec![1.0],
        vec![1.0; 15],
        vec![5.0; 10_000],
        vec![0.0; 100],
        (0..100).map(|at| f64::from(at / 50)).collect(),
        (0..100).map(|at| f64::from(at % 2)).collect(),
        (0..100).map(|at| f64::from(at / 50) - 0.5).collect(),
        (0..100).map(|at| if at < 50 { f64::MAX } else { -f64::MAX }).collect(),
        (0..100).map(|at| if at < 50 { f64::MAX } else { 5e-324 }).collect(),
        (0..100).map(|at| if at < 50 { 1e-310 } else { 3e-310 }).collect(),
        (0..100)
            .map(|at| {
                if at < 30 {
                    1e300
                } else if at < 60 {
                    1e-300
                } else {
                    7.0
                }
            })
            .collect(),
        (0..3000).map(f64::from).collect(),
    ];
    odd.push((0..400).map(|at| if at % 2 == 0 { 1e-200 } else { f64::from(at) * 1e200 }).collect());
    for values in odd {
        for sensitivity in [Sensitivity::default(), Sensitivity { penalty: 0.0, shortest: 0, side: 0, t: 0.0 }] {
            for change in change_points(&values, &sensitivity).unwrap() {
                let ChangePoint { at, t, effect, .. } = change;
                assert!(at > 0 && at < values.len());
                let scaled = change.scale.apply(&values, &values).unwrap();
                let (low, high) = change.interval(&scaled).unwrap();
                for number in [t, effect, low, high, change.change()] {
                    assert!(number.is_finite(), "{change:?} of {:?}", &values[..2]);
                }
            }
        }
    }
}

#[test]
fn a_step_between_two_values_is_found() {
    assert_eq!(found(&(0..100).map(|at| 10.0 + f64::from(at / 50)).collect::<Vec<_>>()), [50]);
    assert!(found(&[7.0; 5000]).is_empty());
}
