//! Boots -> one line of values for each series on each machine, in the order of time.
//!
//! Series that differ in the tool's version or in parameters alone are one line where one follows the other, and lines of
//! their own where both go on at the same time.

use super::{Rules, machines::Machines};
use crate::{
    boots::{Boots, Circumstances, Point, SeriesKey},
    compare::Subject,
    record::{Better, Ident, Labels, Unit},
    text::printable,
};
use std::collections::{BTreeMap, BTreeSet};

/// One line.
pub(super) struct Line<'a> {
    pub(super) subject: Subject,
    pub(super) better: Better,
    pub(super) primary: bool,
    pub(super) machine: String,
    pub(super) device: Option<String>,
    pub(super) points: Vec<LinePoint<'a>>,
}

/// One boot of a line.
#[derive(Clone, Copy)]
pub(super) struct LinePoint<'a> {
    pub(super) boot: usize,
    pub(super) value: f64,
    pub(super) way: &'a Circumstances,
}

/// What all ways to run a series have in common.
type Base<'a> = (&'a Ident, &'a Labels, &'a Ident, &'a Labels, &'a Unit, usize);

/// A part of a line that was run in one way.
struct Part<'a> {
    points: Vec<LinePoint<'a>>,
    better: Better,
    primary: bool,
}

/// All lines, and notes of ways to run a benchmark that follow each other.
pub(super) fn of<'a>(boots: &'a Boots, machines: &Machines, rules: &Rules) -> (Vec<Line<'a>>, Vec<String>) {
    let asked = |names: &[String], name: &Ident| names.is_empty() || names.iter().any(|asked| asked == name.as_str());
    let mut parts: BTreeMap<Base<'a>, Vec<Part<'a>>> = BTreeMap::new();
    for (key, series) in &boots.series {
        if !asked(&rules.benchmarks, &key.case.benchmark) || !asked(&rules.metrics, &key.metric) {
            continue;
        }
        for (machine, points) in by_machine(key, &series.points, machines) {
            let base = (&key.case.benchmark, &key.case.labels, &key.metric, &key.labels, &key.unit, machine);
            let part = Part { points, better: series.better, primary: series.primary };
            parts.entry(base).or_default().push(part);
        }
    }
    let (mut lines, mut turns) = (Vec::new(), Turns::new());
    for (base, parts) in parts {
        let joined = join(parts, machines);
        let subjects: Vec<Subject> = subjects(&base, &joined);
        for (part, subject) in joined.into_iter().zip(subjects) {
            note_turns(base.0, &part, &mut turns);
            let (machine, device) = machines.name(base.5);
            let Part { points, better, primary } = part;
            lines.push(Line { subject, better, primary, machine, device, points });
        }
    }
    let notes = turns.iter().map(|((benchmark, what), values)| turn_in_words(benchmark, what, values)).collect();
    (lines, notes)
}

/// The points of each machine, in the order of time.
fn by_machine<'a>(key: &'a SeriesKey, points: &[Point], machines: &Machines) -> BTreeMap<usize, Vec<LinePoint<'a>>> {
    let mut found: BTreeMap<usize, Vec<LinePoint>> = BTreeMap::new();
    for Point { boot, value, .. } in points {
        let point = LinePoint { boot: *boot, value: *value, way: &key.case.circumstances };
        found.entry(machines.machine(*boot)).or_default().push(point);
    }
    found.values_mut().for_each(|points| points.sort_by_key(|point| machines.place[point.boot]));
    found
}

/// Joins parts of which one follows the other: each goes on the line whose last way to run it differs least.
fn join<'a>(mut parts: Vec<Part<'a>>, machines: &Machines) -> Vec<Part<'a>> {
    let place = |point: &LinePoint| machines.place[point.boot];
    parts.retain(|part| !part.points.is_empty());
    parts.sort_by_key(|part| place(&part.points[0]));
    let mut lines: Vec<Part> = Vec::new();
    for part in parts {
        let distance = |line: &Part| line.points.last().map_or(0, |last| distance(last.way, part.points[0].way));
        let open = lines.iter_mut().filter(|line| follows(line, &part, machines));
        match open.min_by_key(|line| distance(line)) {
            Some(line) => {
                let in_order = is_behind(line, &part, machines);
                line.better = if line.better == part.better { line.better } else { Better::Neither };
                line.primary |= part.primary;
                line.points.extend(part.points);
                if !in_order {
                    line.points.sort_by_key(place);
                }
            }
            None => lines.push(part),
        }
    }
    lines
}

/// Whether all of a part comes after all of a line.
fn is_behind(line: &Part, part: &Part, machines: &Machines) -> bool {
    let place = |point: Option<&LinePoint>| point.map(|point| machines.place[point.boot]);
    place(line.points.last()) < place(part.points.first())
}

/// Whether two parts take turns seldom, so that one of them follows the other, and no boot has both.
fn follows(line: &Part, part: &Part, machines: &Machines) -> bool {
    if is_behind(line, part, machines) {
        return true;
    }
    let mut places: Vec<(usize, bool)> = line.points.iter().map(|point| (machines.place[point.boot], false)).collect();
    places.extend(part.points.iter().map(|point| (machines.place[point.boot], true)));
    places.sort_unstable();
    let turns = places.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    places.windows(2).all(|pair| pair[0].0 != pair[1].0) && turns <= (places.len() / 8).max(1)
}

/// In how many things two ways to run a benchmark differ.
fn distance(one: &Circumstances, other: &Circumstances) -> usize {
    differences(one, other).count()
}

/// What two ways to run a benchmark differ in: a name, and the value of each.
fn differences<'a>(old: &'a Circumstances, new: &'a Circumstances) -> impl Iterator<Item = (String, Turn)> + 'a {
    let (before, now) = (of_way(old), of_way(new));
    let names: BTreeSet<String> = before.keys().chain(now.keys()).cloned().collect();
    names.into_iter().filter_map(move |name| {
        let (old, new) = (before.get(&name).cloned(), now.get(&name).cloned());
        (old != new).then_some((name, (old, new)))
    })
}

/// A way to run a benchmark, as named values.
pub(super) fn of_way(way: &Circumstances) -> BTreeMap<String, String> {
    let shown = |value: &str| if value.is_empty() { "''".into() } else { printable(value.as_bytes()) };
    let mut named: BTreeMap<String, String> =
        way.parameters.iter().map(|(name, value)| (format!("parameter {name}"), shown(value))).collect();
    if let Some((name, version)) = &way.tool {
        named.insert(format!("tool {}", printable(name.as_bytes())), shown(version.as_deref().unwrap_or("unknown")));
    }
    named
}

/// What a line is of; of several of one series each with the parameters that tell it from the others.
fn subjects(base: &Base, lines: &[Part]) -> Vec<Subject> {
    let (benchmark, case, metric, labels, unit, _) = *base;
    let ways: Vec<&Circumstances> = lines.iter().map(|line| line.points[0].way).collect();
    let telling = |way: &Circumstances| {
        let tells = |name: &str, value: &String| ways.iter().any(|other| other.parameters.get(name) != Some(value));
        let named = way.parameters.iter().filter(|(name, value)| tells(name, value));
        named.map(|(name, value)| (name.clone(), printable(value.as_bytes()))).collect()
    };
    let subject = |way: &&Circumstances| Subject {
        benchmark: benchmark.clone(),
        parameters: telling(way),
        case: case.clone(),
        metric: Some(metric.clone()),
        labels: labels.clone(),
        unit: Some(unit.clone()),
    };
    ways.iter().map(subject).collect()
}

/// The old and the new value of something; `None` where it was not there.
type Turn = (Option<String>, Option<String>);

/// By benchmark and by what changed in the way it was run: the values.
type Turns = BTreeMap<(Ident, String), BTreeSet<Turn>>;

fn note_turns(benchmark: &Ident, line: &Part, turns: &mut Turns) {
    for pair in line.points.windows(2).filter(|pair| pair[0].way != pair[1].way) {
        for (what, turn) in differences(pair[0].way, pair[1].way) {
            turns.entry((benchmark.clone(), what)).or_default().insert(turn);
        }
    }
}

fn turn_in_words(benchmark: &Ident, what: &str, values: &BTreeSet<Turn>) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
    let changed = match values.first() {
        Some((old, new)) if values.len() == 1 => format!("{} -> {}", shown(old), shown(new)),
        _ => format!("changed {} times", values.len()),
    };
    format!("{benchmark}: {what}: {changed}; the series go on across it")
}
