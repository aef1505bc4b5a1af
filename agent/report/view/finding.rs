//! A finding in full: where it was seen, its boots drawn and listed, its iterations with their conditions.

use super::{
    Input, columns,
    combined::Finding,
    draw::{LANE, Lane, Range, Tick, lanes, ticks},
    lines::Line,
    reproduce::Reproduce,
};
use crate::{
    compare::number,
    report::{
        document::{Document, Iteration, MetricFields, OneBoot},
        sentences::{chance, count},
        templates::Drawing,
    },
    statistics::median,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// On how many boards a finding is drawn.
const MOST_SEEN: usize = 8;
/// How many boots of a side are listed.
const MOST_BOOTS: usize = 60;
/// How many iterations of a side are listed.
const MOST_ITERATIONS: usize = 60;

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Item {
    name: String,
    word: String,
    /// `worse on 3 of 4 machines`; of one comparison nothing.
    agreement: Option<String>,
    /// On which machines something else is said: `same on X`.
    others: Vec<Line>,
    seen: Vec<Seen>,
    more: usize,
    reproduce: Option<Reproduce>,
}

/// The finding that the first sentence is of, for a mail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Main {
    name: String,
    unit: String,
    /// The boots side by side, as lines of a text.
    boots: Vec<String>,
    caption: String,
    reproduce: Option<Reproduce>,
}

impl Main {
    /// Of what is the same or unknown there is none.
    pub(super) fn of(finding: &Finding, input: &Input) -> Option<Main> {
        let (at, metric) = finding.first().filter(|_| !["same", "unknown"].contains(&finding.word))?;
        let document = &input.documents[*at];
        Some(Main {
            name: metric.name.clone(),
            unit: metric.unit.as_ref().map_or_else(|| "no unit".into(), ToString::to_string),
            boots: columns::boots(metric, document),
            caption: beside_the_table(metric),
            reproduce: Reproduce::of(metric, document),
        })
    }
}

/// A finding on one machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Seen {
    line: Line,
    suspect: bool,
    caption: String,
    lanes: Vec<LaneLabel>,
    height: usize,
    plot: Drawing,
    ticks: Vec<Tick>,
    /// The values of boots, side by side.
    boots: Vec<BootRow>,
    more_boots: usize,
    iterations: Option<Iterations>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct LaneLabel {
    name: &'static str,
    boots: usize,
}

/// A boot of a side.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct BootRow {
    side: &'static str,
    id: String,
    kernel: String,
    started: String,
    device: String,
    value: String,
}

/// A table of iterations.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Iterations {
    /// The names of what is known of them, with the unit.
    columns: Vec<String>,
    rows: Vec<IterationRow>,
    left_out: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct IterationRow {
    side: &'static str,
    boot: String,
    iteration: usize,
    value: String,
    counts: bool,
    why: String,
    cells: Vec<String>,
}

impl Item {
    pub(super) fn of(finding: &Finding, input: &Input, labels: &[String]) -> Item {
        let label = |at: &usize| labels.get(*at).map_or("", String::as_str);
        let several = input.documents.len() > 1;
        let agreeing: Vec<_> = finding.agreeing().collect();
        let others = finding.seen.iter().filter(|(_, metric)| metric.verdict != finding.word);
        let compared = finding.seen.len();
        let agreement = format!("{} in {} of {}", finding.word, agreeing.len(), count(compared, "comparison"));
        let seen = agreeing.iter().take(MOST_SEEN);
        let first = finding.first().map(|(at, metric)| (&input.documents[*at], *metric));
        Item {
            name: first.map(|(_, metric)| metric.name.clone()).unwrap_or_default(),
            word: finding.word.into(),
            agreement: several.then_some(agreement),
            others: others.map(|(at, metric)| Line::of(metric, label(at))).collect(),
            seen: seen.map(|(at, metric)| Seen::of(metric, &input.documents[*at], label(at))).collect(),
            more: agreeing.len().saturating_sub(MOST_SEEN),
            reproduce: first.and_then(|(document, metric)| Reproduce::of(metric, document)),
        }
    }
}

impl Seen {
    fn of(metric: &MetricFields, document: &Document, label: &str) -> Seen {
        let (points, boots) = (&metric.points, &document.boots);
        let values = |side: &[(usize, f64)]| side.iter().map(|(_, value)| *value).collect::<Vec<f64>>();
        // Around the new median: the old level that the test believes in is that of past boots too, not the base's alone.
        let interval = metric.new.zip(metric.change).zip(metric.interval).map(|((new, change), (low, high))| {
            let old = new / (1.0 + change);
            (old * (1.0 + low), old * (1.0 + high))
        });
        let interval = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        let sides = [("past", &points.past, None), ("base", &points.base, None), ("new", &points.new, interval)];
        let sides: Vec<_> = sides.into_iter().filter(|(_, side, _)| !side.is_empty()).collect();
        let all = sides
            .iter()
            .flat_map(|(_, side, _)| values(side))
            .chain(interval.map(|(low, _)| low))
            .chain(interval.map(|(_, high)| high));
        let range = Range::of(all).filter(|_| !sides.is_empty());
        let drawn: Vec<Lane> = sides
            .iter()
            .map(|(class, side, interval)| Lane { class, values: values(side), interval: *interval })
            .collect();
        let rows = rows(metric, boots.base.as_slice(), boots.new.as_slice());
        Seen {
            line: Line::of(metric, label),
            suspect: metric.suspect,
            caption: caption(metric),
            lanes: sides.iter().map(|(name, side, _)| LaneLabel { name, boots: side.len() }).collect(),
            height: sides.len() * LANE,
            plot: range.map(|range| lanes(&drawn, range)).unwrap_or_default(),
            ticks: range.map(ticks).unwrap_or_default(),
            more_boots: points.base.len() + points.new.len() - rows.len(),
            boots: rows,
            iterations: Iterations::of(metric),
        }
    }
}

/// How many boots, their medians, the interval.
fn caption(metric: &MetricFields) -> String {
    let unit = metric.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let side = |name: &str, points: &[(usize, f64)]| {
        let middle = median(&mut points.iter().map(|(_, value)| *value).collect::<Vec<f64>>());
        middle
            .map(|middle| format!("{}: median {}{unit}", count(points.len(), &format!("{name} boot")), number(middle)))
    };
    let points = &metric.points;
    let sides = [side("past", &points.past), side("base", &points.base), side("new", &points.new)];
    let mut parts: Vec<String> = sides.into_iter().flatten().collect();
    parts.extend(metric.interval_words.as_ref().map(|words| format!("90 % interval of the change: {words}")));
    parts.extend(metric.spread.map(|spread| format!("boots of one kernel spread by {:.1} %", spread * 100.0)));
    parts.extend(metric.q.map(|q| format!("q {}", chance(q))));
    parts.extend(metric.reason.clone());
    parts.join("; ") + "."
}

/// What a table of the boots of both sides, with their medians, does not say.
fn beside_the_table(metric: &MetricFields) -> String {
    let unit = metric.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let past = median(&mut metric.points.past.iter().map(|(_, value)| *value).collect::<Vec<f64>>());
    let past = past.map(|middle| match metric.points.past.len() {
        1 => format!("The past boot has {}{unit}.", number(middle)),
        boots => format!("The median of {boots} past boots is {}{unit}.", number(middle)),
    });
    let spread = metric.spread.map(|spread| format!("Boots of one kernel spread by {:.1} %.", spread * 100.0));
    let reason = metric.reason.as_ref().map(|reason| format!("Note: {reason}."));
    [past, spread, reason].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn rows(metric: &MetricFields, base: &[OneBoot], new: &[OneBoot]) -> Vec<BootRow> {
    let of = |side: &'static str, points: &[(usize, f64)], boots: &[OneBoot]| {
        let row = |(at, value): &(usize, f64)| {
            let boot = boots.get(*at)?;
            Some(BootRow {
                side,
                id: boot.id.clone(),
                kernel: boot.kernel.clone().unwrap_or_else(|| "unknown kernel".into()),
                started: boot.started.as_deref().unwrap_or("").chars().take(16).collect::<String>().replace('T', " "),
                device: boot.device.clone().unwrap_or_default(),
                value: number(*value),
            })
        };
        points.iter().filter_map(row).take(MOST_BOOTS).collect::<Vec<BootRow>>()
    };
    let mut all = of("base", &metric.points.base, base);
    all.extend(of("new", &metric.points.new, new));
    all
}

impl Iterations {
    fn of(metric: &MetricFields) -> Option<Iterations> {
        let evidence = metric.evidence.as_ref()?;
        let sides = [("base", &evidence.base), ("new", &evidence.new)];
        let all: Vec<(&'static str, &Iteration)> = sides
            .into_iter()
            .flat_map(|(side, all)| all.iter().take(MOST_ITERATIONS).map(move |one| (side, one)))
            .collect();
        let columns: BTreeSet<(usize, String)> =
            all.iter().flat_map(|(_, one)| known(one)).map(|(at, name, _)| (at, name)).collect();
        let columns: Vec<(usize, String)> = columns.into_iter().collect();
        let row = |(side, one): &(&'static str, &Iteration)| {
            let known = known(one);
            let cell = |column: &(usize, String)| {
                let found = known.iter().find(|(at, name, _)| (*at, name) == (column.0, &column.1));
                found.map(|(_, _, text)| text.clone()).unwrap_or_default()
            };
            IterationRow {
                side,
                boot: one.boot.clone(),
                iteration: one.iteration,
                value: number(one.value),
                counts: one.counts,
                why: one.disturbances.join("; "),
                cells: columns.iter().map(cell).collect(),
            }
        };
        let listed = evidence.base.len() + evidence.new.len();
        Some(Iterations {
            rows: all.iter().map(row).collect(),
            columns: columns.iter().map(|(_, name)| name.clone()).collect(),
            left_out: evidence.left_out + listed - all.len(),
        })
    }
}

/// What is known of an iteration: conditions, then monitors, each with its place and its name.
fn known(one: &Iteration) -> Vec<(usize, String, String)> {
    let mut all: Vec<(usize, String, String)> = Vec::new();
    let mut add =
        |at: usize, name: &str, value: Option<String>| all.extend(value.map(|value| (at, name.to_string(), value)));
    if let Some(conditions) = &one.conditions {
        let some = |count: u64| (count > 0).then(|| count.to_string());
        add(0, "temperature, \u{b0}C", conditions.temperature_celsius.map(|degrees| format!("{degrees:.1}")));
        let mhz = |(low, high): (u64, u64)| if low == high { low.to_string() } else { format!("{low} to {high}") };
        add(1, "MHz", conditions.frequency_mhz.map(mhz));
        add(2, "load", conditions.load_average.map(|load| format!("{load:.2}")));
        add(3, "throttle events", some(conditions.throttle_events));
        add(4, "CPU stall, ms", some(conditions.cpu_stall_ms));
        add(5, "IO stall, ms", some(conditions.io_stall_ms));
        add(6, "memory stall, ms", some(conditions.memory_stall_ms));
        add(7, "steal, ms", some(conditions.steal_ms));
    }
    for monitor in &one.monitors {
        let (low, middle, high) = (number(monitor.minimum), number(monitor.median), number(monitor.maximum));
        let shown = if low == high { middle } else { format!("{middle} ({low} to {high})") };
        add(8, &format!("{}, {}", monitor.name, monitor.unit), Some(shown));
    }
    all
}
