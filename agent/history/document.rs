//! A history -> the JSON document `lava-bench-history/1`; `docs/history.md` has its fields.

use super::{Changes, Departure, LevelChange, Place, SeriesHistory, Spike, State, Suspect, shape::Kind};
use crate::record::{Better, Ident, Labels, Unit};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

/// The document's format and version.
pub const SCHEMA: &str = "lava-bench-history/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    boots: usize,
    builds: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    machines: &'a BTreeMap<String, BTreeSet<String>>,
    counts: Counts,
    notes: &'a [String],
    series: Vec<OneSeries<'a>>,
}

/// How many series of each state there are, whether the document lists them or not.
#[derive(Debug, Default, Serialize)]
struct Counts {
    changed: usize,
    level: usize,
    too_few_boots: usize,
    median_is_zero: usize,
}

#[derive(Debug, Serialize)]
struct OneSeries<'a> {
    benchmark: &'a Ident,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parameters: &'a BTreeMap<String, String>,
    case: &'a Labels,
    metric: Option<&'a Ident>,
    labels: &'a Labels,
    unit: Option<&'a Unit>,
    better: Better,
    primary: bool,
    machine: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    state: &'static str,
    boots: usize,
    values: Vec<OneValue<'a>>,
    changes: Vec<OneChange<'a>>,
    spikes: Vec<OneSpike<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    departure: Option<OneDeparture<'a>>,
}

#[derive(Debug, Serialize)]
struct OnePlace<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<&'a str>,
    boot: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
}

#[derive(Debug, Serialize)]
struct OneValue<'a> {
    #[serde(flatten)]
    place: OnePlace<'a>,
    value: f64,
}

#[derive(Debug, Serialize)]
struct OneChange<'a> {
    kind: &'static str,
    at: usize,
    from: OnePlace<'a>,
    to: OnePlace<'a>,
    goes_on: bool,
    verdict: &'static str,
    old_level: f64,
    new_level: f64,
    change: f64,
    change_words: &'a str,
    interval: [f64; 2],
    interval_words: &'a str,
    t: f64,
    p: f64,
    suspects: &'a [Suspect],
}

#[derive(Debug, Serialize)]
struct OneSpike<'a> {
    at: usize,
    #[serde(flatten)]
    place: OnePlace<'a>,
    change: f64,
    change_words: &'a str,
}

#[derive(Debug, Serialize)]
struct OneDeparture<'a> {
    boots: usize,
    verdict: &'static str,
    change: f64,
    change_words: &'a str,
}

impl<'a> Document<'a> {
    /// The document of a history; with `all` it lists also the series without news.
    pub fn of(changes: &'a Changes, all: bool) -> Document<'a> {
        let mut counts = Counts::default();
        for series in &changes.series {
            *match series.state {
                State::Changed => &mut counts.changed,
                State::Level => &mut counts.level,
                State::TooFew => &mut counts.too_few_boots,
                State::NoScale => &mut counts.median_is_zero,
            } += 1;
        }
        let listed = changes.series.iter().filter(|series| all || series.is_news());
        Document {
            schema: SCHEMA,
            boots: changes.boots,
            builds: changes.builds,
            first: changes.span.map(|(first, _)| time(first)),
            last: changes.span.map(|(_, last)| time(last)),
            machines: &changes.machines,
            counts,
            notes: &changes.notes,
            series: listed.map(one_series).collect(),
        }
    }
}

fn one_series(series: &SeriesHistory) -> OneSeries<'_> {
    let SeriesHistory { subject, better, primary, machine, device, points, state, changes, spikes, departure } = series;
    OneSeries {
        benchmark: &subject.benchmark,
        parameters: &subject.parameters,
        case: &subject.case,
        metric: subject.metric.as_ref(),
        labels: &subject.labels,
        unit: subject.unit.as_ref(),
        better: *better,
        primary: *primary,
        machine,
        device: device.as_deref(),
        state: match state {
            State::Changed => "changed",
            State::Level => "level",
            State::TooFew => "too-few-boots",
            State::NoScale => "median-is-zero",
        },
        boots: points.len(),
        values: points.iter().map(|point| OneValue { place: one_place(&point.place), value: point.value }).collect(),
        changes: changes.iter().map(one_change).collect(),
        spikes: spikes.iter().map(one_spike).collect(),
        departure: departure.as_ref().map(one_departure),
    }
}

fn one_place(place: &Place) -> OnePlace<'_> {
    OnePlace { build: place.build.as_deref(), boot: place.boot, started: place.started.map(time) }
}

fn one_change(found: &LevelChange) -> OneChange<'_> {
    OneChange {
        kind: match found.kind {
            Kind::Step => "step",
            Kind::Trend => "trend",
        },
        at: found.at,
        from: one_place(&found.from),
        to: one_place(&found.to),
        goes_on: found.goes_on,
        verdict: found.word,
        old_level: found.levels.0,
        new_level: found.levels.1,
        change: found.change,
        change_words: &found.words,
        interval: [found.interval.0, found.interval.1],
        interval_words: &found.interval_words,
        t: found.t,
        p: found.p,
        suspects: &found.suspects,
    }
}

fn one_spike(spike: &Spike) -> OneSpike<'_> {
    OneSpike { at: spike.at, place: one_place(&spike.place), change: spike.change, change_words: &spike.words }
}

fn one_departure(departure: &Departure) -> OneDeparture<'_> {
    let Departure { boots, change, words, word } = departure;
    OneDeparture { boots: *boots, verdict: word, change: *change, change_words: words }
}

fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
