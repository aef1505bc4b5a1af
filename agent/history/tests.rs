use super::*;
use crate::{boots, history::shape::Kind, record::Record};

/// One boot in a line of JSON.
struct Made {
    started: Option<String>,
    boot: String,
    device: &'static str,
    model: &'static str,
    governor: &'static str,
    tool: &'static str,
    agent: &'static str,
    parameters: String,
    value: f64,
}

fn made(at: usize, value: f64) -> Made {
    Made {
        started: Some(format!("2026-{:02}-{:02}T02:00:00Z", 1 + at / 28, 1 + at % 28)),
        boot: format!("{:012x}", at + 1),
        device: "board-1",
        model: "A board",
        governor: "schedutil",
        tool: "1.0",
        agent: "0.1.0",
        parameters: r#""N":"4""#.into(),
        value: value * (1.0 + (at * 7 % 5) as f64 / 500.0),
    }
}

fn record(at: usize, boot: &Made) -> Record {
    let Made { device, model, governor, tool, agent, parameters, value, boot: id, .. } = boot;
    let started = boot.started.as_ref().map(|time| format!(r#""started":"{time}","#)).unwrap_or_default();
    let machine = match *model {
        "" => String::new(),
        _ => format!(
            r#""machine":{{"board":{{"model":"{model}"}},"processor":{{"frequency":[{{"cpus":"0","governor":"{governor}"}}]}}}},"#
        ),
    };
    let json = format!(
        r#"{{"schema":"lava-bench-record/2","id":"{:08x}","agent":{{"version":"{agent}","target":"t"}},{started}
        "lab":{{"device":"{device}","git_describe":"v{at}"}},{machine}"boots":[{{"id":"{id}"}}],"benchmarks":[{{"name":"b",
        "tool":{{"name":"t","version":"{tool}"}},"parameters":{{{parameters}}},
        "metrics":[{{"name":"time","unit":"s","better":"lower","primary":true}}],"cases":[{{"result":"pass","valid":true,
        "series":[{{"metric":"time","samples":[[{value}]]}}]}}]}}]}}"#,
        at + 1
    );
    Record::from_json(json.as_bytes()).unwrap()
}

fn told(boots: &[Made]) -> Changes {
    let records: Vec<Record> = boots.iter().enumerate().map(|(at, boot)| record(at, boot)).collect();
    history(&boots::collect(&records, false), &Rules::default()).unwrap()
}

/// Forty boots of which the last twenty take 10 % longer.
fn step() -> Vec<Made> {
    (0..40).map(|at| made(at, if at < 20 { 10.0 } else { 11.0 })).collect()
}

fn suspects(changes: &Changes) -> Vec<String> {
    changes.series[0].changes[0].suspects.iter().map(ToString::to_string).collect()
}

#[test]
fn a_step_has_its_builds_and_its_size() {
    let found = told(&step());
    let [series] = &found.series[..] else { panic!("{found:?}") };
    let [change] = &series.changes[..] else { panic!("{series:?}") };
    assert_eq!((series.state, change.kind, change.at, change.word), (State::Changed, Kind::Step, 20, "worse"));
    assert_eq!((change.from.build.as_deref(), change.from.boot), (Some("v19"), 20));
    assert_eq!((change.to.build.as_deref(), change.to.boot), (Some("v20"), 21));
    assert!(change.words.ends_with(" % slower") && (change.change - 0.1).abs() < 0.01, "{change:?}");
    assert!((change.levels.1 / change.levels.0 - 1.1).abs() < 0.01 && change.suspects.is_empty(), "{change:?}");
    assert_eq!((found.boots, found.builds, series.points.len(), found.notes.len()), (40, 40, 40, 0));
}

#[test]
fn what_else_changed_there_is_a_suspect() {
    let mut boots = step();
    for (at, boot) in boots.iter_mut().enumerate() {
        // Nearly all: one boot on each side is otherwise.
        boot.governor = if (at >= 20) != (at == 15 || at == 25) { "performance" } else { "schedutil" };
        boot.tool = if at >= 20 { "1.1" } else { "1.0" };
        boot.agent = if at >= 20 { "0.2.0" } else { "0.1.0" };
        // Something that changes to and fro, and something that changed long before, are none.
        boot.parameters = format!(r#""N":"{}""#, if at < 8 { 4 } else { 5 });
    }
    let found = told(&boots);
    assert_eq!(found.series.len(), 1, "one history, whatever it was run with");
    assert_eq!(suspects(&found), ["tool t: 1.0 -> 1.1", "agent: 0.1.0 -> 0.2.0", "governor: schedutil -> performance"]);
    assert_eq!(
        found.notes,
        ["b: parameter N: 4 -> 5; the series go on across it", "b: tool t: 1.0 -> 1.1; the series go on across it"]
    );
    for (at, boot) in boots.iter_mut().enumerate() {
        boot.governor = if at % 3 == 0 { "performance" } else { "schedutil" };
        (boot.tool, boot.agent) = ("1.0", "0.1.0");
    }
    assert_eq!(suspects(&told(&boots)), [""; 0]);
}

#[test]
fn ways_to_run_that_go_on_side_by_side_are_histories_of_their_own() {
    // Every second boot runs with another parameter, and takes twice as long.
    let mut boots = step();
    for (at, boot) in boots.iter_mut().enumerate().filter(|(at, _)| at % 2 == 1) {
        boot.parameters = format!(r#""N":"{}""#, if at < 20 { 8 } else { 9 });
        boot.value *= 2.0;
    }
    let found = told(&boots);
    let names: Vec<String> = found.series.iter().map(|series| series.subject.to_string()).collect();
    assert_eq!(names, ["b N=4: time", "b N=8: time"]);
    assert!(found.series.iter().all(|series| series.points.len() == 20 && series.changes.len() == 1), "{found:?}");
    let suspects = |at: usize| found.series[at].changes[0].suspects.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((suspects(0), suspects(1)), (vec![], vec!["parameter N: 8 -> 9".to_string()]));
}

#[test]
fn each_kind_of_machine_and_each_board_has_its_own() {
    let mut boots = step();
    for (at, boot) in boots.iter_mut().enumerate() {
        boot.device = if at % 2 == 0 { "board-1" } else { "board-2" };
        // Of board 2 nothing is said now and then; the last boot of board 1 is on other hardware.
        boot.model = match at {
            7 | 9 => "",
            38 => "Another board",
            _ => "A board",
        };
    }
    let found = told(&boots);
    let mut shown: Vec<_> =
        found.series.iter().map(|one| (one.device.as_deref(), one.machine.as_str(), one.points.len())).collect();
    shown.sort_unstable();
    assert_eq!(
        shown,
        [(Some("board-1"), "A board", 19), (Some("board-1"), "Another board", 1), (Some("board-2"), "A board", 20)]
    );
    assert!(found.notes[0].starts_with("2 of 40 boots: nothing is said of the machine"), "{:?}", found.notes);
    assert!(found.notes[1].starts_with("board-1: board: A board -> Another board"), "{:?}", found.notes);
}

#[test]
fn boots_stand_in_the_order_of_time_or_as_they_were_given() {
    let mut boots = step();
    boots.reverse();
    let found = told(&boots);
    let change = &found.series[0].changes[0];
    // The records are numbered as they were given.
    assert_eq!((change.from.build.as_deref(), change.word, found.notes.len()), (Some("v20"), "worse", 0));
    boots[3].started = Some("1970-01-01T00:00:12Z".into());
    boots[9].started = None;
    let found = told(&boots);
    let change = &found.series[0].changes[0];
    assert_eq!((change.from.build.as_deref(), change.word), (Some("v19"), "better"));
    assert!(found.notes.len() == 1 && found.notes[0].starts_with("2 of 40 boots: no time"), "{:?}", found.notes);
    assert!(found.span.is_some());
}

#[test]
fn records_of_one_boot_are_one_value() {
    let mut boots = step();
    for at in 0..40 {
        let mut again = made(at, 10.0);
        again.value = boots[at].value;
        boots.push(again);
    }
    let found = told(&boots);
    assert_eq!((found.boots, found.series[0].points.len(), found.series[0].changes.len()), (40, 40, 1));
}

#[test]
fn odd_values_are_told_as_what_they_are() {
    let state = |count: usize, value: fn(usize) -> f64| {
        let boots: Vec<Made> = (0..count).map(|at| Made { value: value(at), ..made(at, 0.0) }).collect();
        let found = told(&boots);
        (found.series[0].state, found.series[0].changes.len())
    };
    assert_eq!(state(40, |_| 7.0), (State::Level, 0));
    assert_eq!(state(40, |_| 0.0), (State::NoScale, 0));
    assert_eq!(state(40, |at| -10.0 - (at / 20) as f64), (State::Changed, 1));
    assert_eq!(state(1, |_| 7.0), (State::TooFew, 0));
    assert_eq!(state(15, |_| 7.0), (State::TooFew, 0));
    assert_eq!(state(16, |at| 7.0 + (at / 8) as f64 + (at % 3) as f64 / 100.0), (State::Changed, 1));
}

#[test]
fn names_that_nothing_has_are_refused_with_those_there_are() {
    let records: Vec<Record> = step().iter().enumerate().map(|(at, boot)| record(at, boot)).collect();
    let boots = boots::collect(&records, false);
    let error = |benchmarks: &[&str], metrics: &[&str]| {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        history(&boots, &Rules { benchmarks: names(benchmarks), metrics: names(metrics) })
            .map_err(|error| error.to_string())
    };
    let none = "nothing of that name was measured\nhint: there is";
    assert_eq!(error(&["c"], &[]), Err(format!("--benchmark c: {none} b")));
    assert_eq!(error(&["b"], &["time", "nothing"]), Err(format!("--metric nothing: {none} time")));
    assert!(error(&["b"], &["time"]).is_ok());
    let empty = history(&boots::collect(&[], false), &Rules::default());
    assert_eq!(empty.unwrap_err().to_string(), "0 boots: nothing was measured");
}

#[test]
fn a_report_is_never_empty_and_fits_a_dumb_console() {
    let mut boots = step();
    boots[5].value *= 2.0;
    let text = in_text(&told(&boots), View::default());
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 80), "{text}");
    for part in [
        "40 boots of 40 builds, 2026-01-01 to 2026-02-12: 1 series\n",
        "machine: A board (board-1)\n",
        "\nb: time (10 to 11.088 s)\n  ",
        "  worse: 10.",
        "step from v19 (boot 20, 2026-01-20) to v20",
        "  spike: 99.",
        "1 series changed, 0 did not\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let few = in_text(&told(&step()[..9]), View::default());
    assert!(few.contains("1 series has too few boots: fewer than 16, 9 at most"), "{few}");
    assert!(!few.contains("did not"), "{few}");
    let unicode = in_text(&told(&step()), View { all: true, unicode: true });
    assert!(unicode.contains('█') && unicode.lines().all(|line| line.chars().count() <= 80), "{unicode}");
}

#[test]
fn what_is_too_much_for_a_text_is_counted() {
    let mut boots: Vec<Made> = (0..100).map(|at| made(at, 10.0)).collect();
    boots.iter_mut().step_by(12).for_each(|boot| boot.value *= 2.0);
    boots[24].value *= 2.0;
    let mut records: Vec<Record> = boots.iter().enumerate().map(|(at, boot)| record(at, boot)).collect();
    records.extend_from_within(..20);
    let found = history(&boots::collect(&records, false), &Rules::default()).unwrap();
    let text = in_text(&found, View { all: true, unicode: false });
    assert_eq!((found.series[0].spikes.len(), found.notes.len()), (9, 20));
    assert!(text.contains("9 spikes in 100 boots, the largest: ") && text.contains("v24 (boot 25"), "{text}");
    assert_eq!((text.matches("slower at").count(), text.matches("note: record").count()), (5, 8), "{text}");
    assert!(text.contains("note: and 12 more notes") && text.contains("1 of them with spikes"), "{text}");
    let names = (0..40).map(|at| format!(r#"{{"name":"m{at}","unit":"s","better":"lower"}}"#)).collect::<Vec<_>>();
    let series = (0..40).map(|at| format!(r#"{{"metric":"m{at}","samples":[[1.0]]}}"#)).collect::<Vec<_>>();
    let json = format!(
        r#"{{"schema":"lava-bench-record/2","id":"00000001","benchmarks":[{{"name":"b","parameters":{{}},"metrics":[{}],
        "cases":[{{"result":"pass","valid":true,"series":[{}]}}]}}]}}"#,
        names.join(","),
        series.join(",")
    );
    let rules = Rules { metrics: vec!["n".into()], ..Rules::default() };
    let boots = boots::collect(&[Record::from_json(json.as_bytes()).unwrap()], false);
    let error = history(&boots, &rules).unwrap_err().to_string();
    assert!(error.ends_with(", 10 more") && error.matches(", m").count() == 29, "{error}");
}

#[test]
fn newest_boots_that_left_the_level_are_no_good_news() {
    let boots: Vec<Made> = (0..40).map(|at| made(at, if at < 36 { 10.0 } else { 13.0 })).collect();
    let found = told(&boots);
    let text = in_text(&found, View::default());
    assert_eq!((found.series[0].state, found.series[0].changes.len()), (State::Level, 0));
    assert!(
        text.contains("  worse? 30.")
            && text.contains("% slower in the last 4 boots than before; too few for a change"),
        "{text}"
    );
    assert!(text.contains("0 series changed, 1 may just do so, 0 did not\n"), "{text}");
    let json = serde_json::to_value(Document::of(&found, false)).unwrap();
    assert_eq!(json["series"][0]["departure"]["boots"], 4);
}
