//! A history -> drawings and sentences.

use super::{
    Input, MOST_SERIES,
    combined::Finding,
    draw::{HIGH, Range, ends, history, place},
};
use crate::{
    compare::{Subject, number},
    history::{Changes, LevelChange, Place, SeriesHistory, State, shape::Kind},
    report::{document::MetricFields, sentences::count, templates::Drawing},
};
use serde::Serialize;

/// How many spikes of a series are listed, and how many suspects of a change.
const MOST: usize = 8;

/// What changed over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct History {
    /// `100 boots of 100 builds, 2026-01-01 to 2026-04-10`.
    about: String,
    /// `2 series changed, 1 did not`.
    tail: Vec<String>,
    notes: Vec<String>,
    series: Vec<Series>,
    /// How many series with news are not drawn.
    more: usize,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Series {
    name: String,
    machine: String,
    unit: String,
    /// `changed`, `level`, `too few boots`, `its median is 0`.
    state: String,
    boots: usize,
    plot: Drawing,
    high: f64,
    lowest: String,
    highest: String,
    first: String,
    last: String,
    changes: Vec<OneChange>,
    newest: Option<String>,
    spikes: Vec<String>,
    more_spikes: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct OneChange {
    number: usize,
    /// In per cent of the width.
    at: String,
    word: &'static str,
    words: String,
    suspects: Vec<String>,
}

impl History {
    pub(super) fn of(changes: &Changes, findings: &[Finding], input: &Input) -> History {
        let is_of_finding = |series: &SeriesHistory| {
            let told = findings.iter().filter(|finding| finding.word != "same").take(MOST_SERIES);
            told.flat_map(|finding| finding.first()).any(|(_, metric)| is_of(&series.subject, metric))
        };
        let shown = |series: &&SeriesHistory| input.all_series || series.is_news() || is_of_finding(series);
        let shown: Vec<&SeriesHistory> = changes.series.iter().filter(shown).collect();
        let day = |time| humantime::format_rfc3339_seconds(time).to_string().chars().take(10).collect::<String>();
        let span = changes.span.map(|(first, last)| format!(", {} to {}", day(first), day(last))).unwrap_or_default();
        let about = format!("{} of {}{span}", count(changes.boots, "boot"), count(changes.builds, "build"));
        History {
            about,
            tail: tail(changes),
            notes: changes.notes.iter().take(MOST).cloned().collect(),
            more: shown.len().saturating_sub(MOST_SERIES),
            series: shown.into_iter().take(MOST_SERIES).map(Series::of).collect(),
        }
    }

    /// How many series changed for the worse, in a sentence.
    pub(super) fn headline(changes: &Changes) -> String {
        let of = |word: &str| {
            changes.series.iter().filter(|series| series.changes.iter().any(|change| change.word == word)).count()
        };
        let [worse, changed, better] = ["worse", "changed", "better"].map(of);
        let told: Vec<String> = [(worse, "got worse"), (changed, "changed"), (better, "got better")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} series {what}"))
            .collect();
        if told.is_empty() {
            return tail(changes).into_iter().next().unwrap_or_else(|| "No data: nothing was measured".into());
        }
        format!("{} over time", told.join(", "))
    }
}

fn is_of(subject: &Subject, metric: &MetricFields) -> bool {
    (&subject.benchmark, &subject.case, &subject.metric, &subject.labels, &subject.unit)
        == (&metric.benchmark, &metric.case, &metric.metric, &metric.labels, &metric.unit)
}

/// What is not drawn: never nothing.
fn tail(changes: &Changes) -> Vec<String> {
    let of = |state: State| changes.series.iter().filter(|series| series.state == state).count();
    let mut lines = vec![format!("{} series changed, {} did not", of(State::Changed), of(State::Level))];
    if of(State::TooFew) > 0 {
        lines.push(format!("No data: {} series with fewer than 16 boots each", of(State::TooFew)));
    }
    if of(State::NoScale) > 0 {
        lines.push(format!(
            "No data: {} series with a median of 0, and no change is a share of that",
            of(State::NoScale)
        ));
    }
    lines.push("A change in the last 7 boots of a series is not sure to be seen yet".into());
    lines
}

impl Series {
    fn of(series: &SeriesHistory) -> Series {
        let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
        let places: Vec<usize> = series.changes.iter().map(|change| change.at).collect();
        let plot = Range::of(values.iter().copied()).map(|range| history(&values, range, &places)).unwrap_or_default();
        let (lowest, highest) = ends(&values).unwrap_or_default();
        let end = |point: Option<&crate::history::Point>| point.map(|point| named(&point.place)).unwrap_or_default();
        let device = series.device.as_ref().map(|device| format!(" ({device})")).unwrap_or_default();
        let mut spikes: Vec<_> = series.spikes.iter().collect();
        spikes.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
        Series {
            name: series.subject.to_string(),
            machine: format!("{}{device}", series.machine),
            unit: series.subject.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: state(series),
            boots: values.len(),
            plot,
            high: HIGH,
            lowest,
            highest,
            first: end(series.points.first()),
            last: end(series.points.last()),
            changes: series
                .changes
                .iter()
                .enumerate()
                .map(|(at, change)| OneChange::of(at, change, values.len()))
                .collect(),
            newest: series.departure.as_ref().map(|departure| format!("{}.", departure.in_words())),
            more_spikes: spikes.len().saturating_sub(MOST),
            spikes: spikes
                .iter()
                .take(MOST)
                .map(|spike| format!("{} at {}", spike.words, named(&spike.place)))
                .collect(),
        }
    }
}

/// What can be said of a series, in words.
fn state(series: &SeriesHistory) -> String {
    match series.state {
        State::Changed => "changed".into(),
        State::Level => "no change".into(),
        State::TooFew => format!("no data: {} are too few for a history", count(series.points.len(), "boot")),
        State::NoScale => "no data: its median is 0".into(),
    }
}

impl OneChange {
    fn of(at: usize, change: &LevelChange, boots: usize) -> OneChange {
        let LevelChange { kind, from, to, word, words, interval_words, suspects, levels, .. } = change;
        let kind = match kind {
            Kind::Step => "step",
            Kind::Trend => "trend",
        };
        let end = if change.goes_on { ", the newest boot" } else { "" };
        let (old, new) = (number(levels.0), number(levels.1));
        OneChange {
            number: at + 1,
            at: format!("{:.1}", place(change.at, boots)),
            word,
            words: format!(
                "{word}: {words} ({interval_words}), {old} -> {new}, {kind} from {} to {}{end}",
                named(from),
                named(to)
            ),
            suspects: suspects.iter().take(MOST).map(ToString::to_string).collect(),
        }
    }
}

/// `v6.12-rc4 (boot 41, 2026-02-02)`.
fn named(place: &Place) -> String {
    let day = place.started.map(|time| humantime::format_rfc3339_seconds(time).to_string());
    let day = day.map(|day| format!(", {}", day.chars().take(10).collect::<String>())).unwrap_or_default();
    format!("{} (boot {}{day})", place.build.as_deref().unwrap_or("unknown build"), place.boot)
}
