//! How much is measured, and in which order.

use super::{
    early::{COUNTING, definition, killed_after, with_definition},
    support::{Said, run},
};
use lava_bench::record::{Case, Order, Record, Role};
use std::{fs, path::Path};
use tempfile::TempDir;

fn record(folder: &Path) -> Record {
    Record::from_json(fs::read(folder.join("out/record.json")).unwrap().trim_ascii_end()).unwrap()
}

/// Runs the definition of `steps` with this script.
fn ran(folder: &Path, script: &str, arguments: &[&str]) -> Said {
    definition(folder, script);
    let all = [&["run", "steps", "--output", "out"][..], arguments].concat();
    Said::of(&mut with_definition(folder, &all))
}

fn iterations(case: &Case) -> usize {
    case.executions.iter().filter(|execution| execution.role == Role::Iteration).count()
}

fn valid(case: &Case) -> usize {
    let counted = case.executions.iter().filter(|execution| execution.role == Role::Iteration);
    counted.filter(|execution| execution.disturbances.is_empty()).count()
}

/// The positions of the cases, in the order in which their executions with this role began.
fn turns(record: &Record, role: Role) -> Vec<usize> {
    let cases = record.benchmarks[0].cases.iter().enumerate();
    let mut begun: Vec<(f64, usize)> = cases
        .flat_map(|(at, case)| {
            let counted = case.executions.iter().filter(|execution| execution.role == role);
            counted.map(move |execution| (execution.since_boot_seconds.unwrap(), at)).collect::<Vec<_>>()
        })
        .collect();
    begun.sort_by(|a, b| a.0.total_cmp(&b.0));
    begun.into_iter().map(|(_, at)| at).collect()
}

#[test]
fn a_case_is_measured_until_its_median_is_known_or_the_most_are_done() {
    let folder = TempDir::new().unwrap();
    let said = ran(folder.path(), "sleep 0.01; echo score 7", &["--until", "1%"]);
    assert_eq!(said.code, 0, "{said:?}");
    let record = record(folder.path());
    for case in &record.benchmarks[0].cases {
        // Another program may disturb any of them, and then it does not count.
        let (all, valid) = (iterations(case), valid(case));
        assert!(valid == 6 || (valid < 6 && all == 40), "{case:?}");
        let expected = match valid {
            6 => format!("the median is known to 0.00 % after {all} iterations"),
            _ => "40 iterations were the most; too few valid values to say how well the median is known".into(),
        };
        assert_eq!(case.stopped.as_deref(), Some(expected.as_str()));
        // It may take more than one line.
        let told = said.stderr.replace("\n  ", " ");
        assert!(told.contains(&format!("steps {}: {expected}", case.labels)), "{said:?}");
    }
    assert_eq!(record.benchmarks[0].parameters["ITERATIONS"], "40");
    let first = iterations(&record.benchmarks[0].cases[0]);
    assert!(said.stderr.contains(&format!("n=2: iteration 1 of 40 ({} of {}", first + 1, first + 40)), "{said:?}");

    // Each run gives one more point than the one before: never known to 1 %.
    let folder = TempDir::new().unwrap();
    let said = ran(folder.path(), COUNTING, &["--until", "1%", "--at-most", "8", "--at-least", "2"]);
    assert_eq!(said.code, 0, "{said:?}");
    let cases = &self::record(folder.path()).benchmarks[0].cases;
    assert_eq!(cases.iter().map(iterations).collect::<Vec<_>>(), [8, 8]);
    let stopped = cases[0].stopped.as_deref().unwrap();
    assert!(stopped.starts_with("8 iterations were the most; "), "{stopped}");

    let folder = TempDir::new().unwrap();
    let said = ran(folder.path(), COUNTING, &["--until", "1%", "--budget", "50ms"]);
    assert_eq!(said.code, 0, "{said:?}");
    let stopped = self::record(folder.path()).benchmarks[0].cases[0].stopped.clone().unwrap();
    assert!(stopped.starts_with("0.05 s were the budget; too few valid values"), "{stopped}");
}

#[test]
fn the_machine_is_warm_when_the_metric_is_steady() {
    let folder = TempDir::new().unwrap();
    let rising =
        "n=$(cat $COUNT 2>/dev/null || echo 0); n=$((n + 1)); echo $n >$COUNT; [ $n -lt 5 ] || n=4; echo score $n";
    let said = ran(folder.path(), rising, &["--warm-up", "steady", "--iterations", "1"]);
    assert_eq!(said.code, 0, "{said:?}");
    let warm_ups = turns(&record(folder.path()), Role::WarmUp);
    // 1, 2, 3, 4, and a second 4; the second case finds a warm machine.
    assert_eq!(warm_ups, [0, 0, 0, 0, 0, 1, 1, 1, 1]);

    let folder = TempDir::new().unwrap();
    let said = ran(folder.path(), COUNTING, &["--warm-up", "steady", "--iterations", "1", "--param", "N=1"]);
    assert_eq!(turns(&record(folder.path()), Role::WarmUp).len(), 10);
    assert!(said.stderr.contains("steps n=1: not steady after 10 warm-ups"), "{said:?}");
}

#[test]
fn cases_take_turns_and_a_run_that_was_killed_goes_on_with_them() {
    let folder = TempDir::new().unwrap();
    let said = ran(folder.path(), COUNTING, &["--order", "interleaved", "--iterations", "3"]);
    assert_eq!(said.code, 0, "{said:?}");
    let interleaved = record(folder.path());
    assert_eq!((turns(&interleaved, Role::Iteration), interleaved.order), (vec![0, 1, 0, 1, 0, 1], Order::Interleaved));

    let order = |kill: Option<usize>| {
        let folder = TempDir::new().unwrap();
        definition(folder.path(), COUNTING);
        let arguments = ["run", "steps", "--output", "out", "--order", "random", "--seed", "5", "--param", "N=1 2 3"];
        match kill {
            Some(begun) => {
                killed_after(folder.path(), begun, &arguments);
                let (out, copy) = (folder.path().join("out"), folder.path().join("copy.json"));
                let recovered = run(&["recover", out.to_str().unwrap(), "-o", copy.to_str().unwrap()]);
                assert_eq!(recovered.code, 0, "{recovered:?}");
                let said = Said::of(&mut with_definition(folder.path(), &["run", "--resume", "out"]));
                assert_eq!(said.code, 0, "{said:?}");
            }
            None => assert_eq!(Said::of(&mut with_definition(folder.path(), &arguments)).code, 0),
        }
        let record = record(folder.path());
        assert_eq!((record.order, record.seed), (Order::Random, Some(5)));
        let cases = &record.benchmarks[0].cases;
        assert!(cases.iter().all(|case| iterations(case) == 6 && case.series[0].samples.len() == 6), "{cases:?}");
        turns(&record, Role::Iteration)
    };
    let whole = order(None);
    assert_eq!(whole.len(), 18);
    assert!(whole.chunks(3).any(|round| round != [0, 1, 2]), "{whole:?}");
    assert!(whole.chunks(3).all(|round| (0..3).all(|case| round.contains(&case))), "{whole:?}");
    // The rounds begin anew, but no iteration is measured twice.
    assert_eq!(order(Some(8)).len(), 18);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    for (arguments, expected) in [
        (&["--seed", "3"][..], "--seed: the order is not random\nhint: set it together with --order random"),
        (&["--until", "1%", "--at-least", "9", "--at-most", "8"], "--at-least: 9 is more than --at-most 8"),
        (&["--until", "1%", "--at-most", "10001"], "--at-most: 10001 iterations (at most 10000)"),
        (&["--at-most", "8"], "--until <SHARE>"),
        (&["--until", "200%"], "write a share above 0 % and below 100 %, as 5% or 0.05"),
        (&["--warm-up", "warm"], "write a whole number from 0 to 100000, or steady"),
        (&["--until", "1%", "--iterations", "3"], "cannot be used with"),
        (&["--resume", "there", "--order", "random"], "cannot be used with"),
    ] {
        let said = run(&[&["run"][..], if arguments[0] == "--resume" { &[] } else { &["primes"] }, arguments].concat());
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.stderr.contains(expected), "{arguments:?}: {said:?}");
    }
}
