use super::*;

fn begin() -> Begin {
    let (good, bad) = (vec![100.0, 101.5, 99.2, 100.7, 98.9], vec![95.1, 94.2, 96.0, 94.9, 95.3]);
    Begin::new("b: rate".into(), (good, bad), 0.05, 16, 4)
}

fn measured(commit: &str, values: &[f64]) -> Entry {
    Entry::Measured { commit: commit.into(), values: values.to_vec(), folder: "f".into(), boots: Vec::new() }
}

fn answer(commit: &str, answer: Outcome) -> Entry {
    Entry::Answer { commit: commit.into(), answer, why: String::new() }
}

fn bisection(entries: &[Entry]) -> Bisection {
    Bisection::of(&[&[Entry::Begin(begin())], entries].concat()).unwrap()
}

#[test]
fn a_step_rests_on_the_boots_of_its_commit_alone() {
    let all = bisection(&[measured("c1", &[95.0]), measured("c2", &[100.0]), measured("c1", &[94.8])]);
    let (one, two) = (all.step("c1").unwrap(), all.step("c2").unwrap());
    assert_eq!((one.answer, two.answer), (Answer::Bad, Answer::Another));
    assert_eq!((one.values, one.measured, two.values), (vec![95.0, 94.8], 2, vec![100.0]));
    assert_eq!(all.step("c3").unwrap().answer, Answer::Another);
}

#[test]
fn what_was_answered_joins_its_side_and_spends_its_share_of_the_error() {
    let boots = measured("c2", &[97.6]);
    let without = bisection(std::slice::from_ref(&boots)).step("c2").unwrap();
    let told = [measured("c1", &[97.5, 97.6, 97.7]), answer("c1", Outcome::Good), boots];
    let with = bisection(&told).step("c2").unwrap();
    let ratio = |step: &Step| step.evidence.unwrap().log_ratio;
    assert!(ratio(&with) < ratio(&without), "{with:?} {without:?}");
    // A build that was skipped says nothing of either side.
    let skipped = [told[0].clone(), answer("c1", Outcome::Skip), told[2].clone()];
    assert_eq!(ratio(&bisection(&skipped).step("c2").unwrap()), ratio(&without));
    assert_eq!(bisection(&told).answered("c1"), Some(Outcome::Good));
}

#[test]
fn measurements_without_a_value_count_against_the_most() {
    let nothing: Vec<Entry> = (0..4).map(|_| measured("c1", &[])).collect();
    assert_eq!(bisection(&nothing[..3]).step("c1").unwrap().answer, Answer::Another);
    assert_eq!(bisection(&nothing).step("c1").unwrap().answer, Answer::Undecided);
}

#[test]
fn a_log_without_a_beginning_is_none() {
    assert_eq!(Bisection::of(&[measured("c1", &[1.0])]), None);
}
