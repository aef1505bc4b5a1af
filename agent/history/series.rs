//! One line of values -> what became of the series: its changes with builds, words and suspects.

use super::{
    lines::{Line, LinePoint},
    shape::{self, FEWEST, Kind, Shape, shape},
    suspects::{Suspect, Suspects},
};
use crate::{
    boots::Boots,
    compare::{Subject, in_words, interval_in_words},
    record::Better,
    statistics::median,
};
use std::{ops::Range, time::SystemTime};

/// One boot of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The kernel's build, where it has a name.
    pub build: Option<String>,
    /// Its number among the series' boots in the order of time, from 1.
    pub boot: usize,
    /// When it began.
    pub started: Option<SystemTime>,
}

/// A boot's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The boot.
    pub place: Place,
    /// The median of its samples.
    pub value: f64,
}

/// What can be said of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its level changed.
    Changed,
    /// It did not.
    Level,
    /// It has fewer than 16 boots.
    TooFew,
    /// Its median is 0: no change is a share of that.
    NoScale,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelChange {
    /// A step or a trend.
    pub kind: Kind,
    /// The position of `to` in the series, from 0.
    pub at: usize,
    /// The last boot of the old level.
    pub from: Place,
    /// The first boot of the new level.
    pub to: Place,
    /// Whether the trend had not ended at the newest boot.
    pub goes_on: bool,
    /// The medians of the old level and of the new one.
    pub levels: (f64, f64),
    /// The change as a share of the old level: 0.05 is 5 % more.
    pub change: f64,
    /// Its 90 % interval.
    pub interval: (f64, f64),
    /// `worse`, `better`, or `changed` where no direction is.
    pub word: &'static str,
    /// The change in words.
    pub words: String,
    /// The interval in words.
    pub interval_words: String,
    /// The distance from "no change", in standard errors.
    pub t: f64,
    /// How often chance alone gets as far.
    pub p: f64,
    /// What else changed there.
    pub suspects: Vec<Suspect>,
}

/// A boot far from the level around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spike {
    /// The boot.
    pub place: Place,
    /// Its position in the series, from 0.
    pub at: usize,
    /// How far it is from the level, as a share of that.
    pub change: f64,
    /// The same in words.
    pub words: String,
}

/// The newest boots, far from the level before them: too few for a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// How many they are.
    pub boots: usize,
    /// How far their median is from the level, as a share of it.
    pub change: f64,
    /// The same in words.
    pub words: String,
    /// `worse`, `better`, or `changed` where no direction is.
    pub word: &'static str,
}

impl Departure {
    /// In a sentence, without its full stop.
    pub(crate) fn in_words(&self) -> String {
        let Departure { boots, words, word, .. } = self;
        match boots {
            1 => format!("{word}? {words} in the last boot than before; one boot is too few for a change"),
            boots => format!("{word}? {words} in the last {boots} boots than before; too few for a change"),
        }
    }
}

/// What became of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesHistory {
    /// What is measured.
    pub subject: Subject,
    /// Which values are better.
    pub better: Better,
    /// Whether a person would quote it.
    pub primary: bool,
    /// The kind of machine.
    pub machine: String,
    /// The board, as a lab calls it.
    pub device: Option<String>,
    /// Its boots, in the order of time.
    pub points: Vec<Point>,
    /// What can be said of it.
    pub state: State,
    /// Changes of level, in the order of time.
    pub changes: Vec<LevelChange>,
    /// Spikes, in the order of time.
    pub spikes: Vec<Spike>,
    /// What the newest boots did.
    pub departure: Option<Departure>,
}

impl SeriesHistory {
    /// Whether a report names it: its level changed, or may just do so.
    pub fn is_news(&self) -> bool {
        self.state == State::Changed || self.departure.is_some()
    }

    /// Where it stands in a report: what got worse first, and of that the largest.
    pub(super) fn order(&self) -> (usize, f64, bool) {
        let of_word = |word: &str| {
            let sizes = self.changes.iter().filter(|change| change.word == word).map(|change| change.change.abs());
            let departure = self.departure.iter().filter(|departure| departure.word == word);
            sizes.chain(departure.map(|departure| departure.change.abs())).reduce(f64::max)
        };
        let words = ["worse", "changed", "better"];
        let found = words.iter().enumerate().find_map(|(rank, word)| Some((rank, of_word(word)?)));
        let (rank, size) = found.unwrap_or(match self.state {
            State::Changed | State::Level => (3, 0.0),
            State::NoScale => (4, 0.0),
            State::TooFew => (5, 0.0),
        });
        (rank, -size, !self.primary)
    }
}

/// Tells what became of lines.
pub(super) struct Teller<'a> {
    boots: &'a Boots,
    suspects: Suspects<'a>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(boots: &'a Boots) -> Teller<'a> {
        Teller { boots, suspects: Suspects::new(boots) }
    }

    pub(super) fn tell(&mut self, line: &Line) -> SeriesHistory {
        let values: Vec<f64> = line.points.iter().map(|point| point.value).collect();
        let found = if values.len() < FEWEST { Ok(Some(Shape::default())) } else { shape(&values) };
        // Values of records are finite.
        let found = found.unwrap_or_default();
        let state = match &found {
            _ if values.len() < FEWEST => State::TooFew,
            None => State::NoScale,
            Some(shape) if shape.changes.is_empty() => State::Level,
            Some(_) => State::Changed,
        };
        let Shape { changes, spikes, departure } = found.unwrap_or_default();
        let changes = changes.into_iter().map(|change| self.change(line, &values, change)).collect();
        let spikes = spikes.into_iter().map(|spike| self.spike(line, spike)).collect();
        let point = |(at, value): (usize, &f64)| Point { place: self.place(&line.points, at), value: *value };
        SeriesHistory {
            subject: line.subject.clone(),
            better: line.better,
            primary: line.primary,
            machine: line.machine.clone(),
            device: line.device.clone(),
            points: values.iter().enumerate().map(point).collect(),
            state,
            changes,
            spikes,
            departure: departure.map(|departure| of_newest(line, departure)),
        }
    }

    fn place(&self, points: &[LinePoint], at: usize) -> Place {
        let boot = &self.boots.boots[points[at].boot];
        Place { build: boot.build.clone(), boot: at + 1, started: boot.started }
    }

    fn change(&mut self, line: &Line, values: &[f64], found: shape::Change) -> LevelChange {
        let shape::Change { kind, old, new, change, interval, t, p } = found;
        let unit = line.subject.unit.as_ref().map(|unit| unit.as_str());
        let middle = |range: &Range<usize>| median(&mut values[range.clone()].to_vec()).unwrap_or(0.0);
        LevelChange {
            kind,
            at: new.start,
            from: self.place(&line.points, old.end - 1),
            to: self.place(&line.points, new.start),
            goes_on: kind == Kind::Trend && new.start + 1 == values.len(),
            levels: (middle(&old), middle(&new)),
            change,
            interval,
            word: word(change, line.better),
            words: in_words(change, unit, line.better),
            interval_words: interval_in_words(interval, unit, line.better),
            t,
            p,
            suspects: self.suspects.of(&line.points, &old, &new),
        }
    }

    fn spike(&self, line: &Line, spike: shape::Spike) -> Spike {
        let unit = line.subject.unit.as_ref().map(|unit| unit.as_str());
        let words = in_words(spike.change, unit, line.better);
        Spike { place: self.place(&line.points, spike.at), at: spike.at, change: spike.change, words }
    }
}

fn of_newest(line: &Line, shape::Departure { boots, change }: shape::Departure) -> Departure {
    let unit = line.subject.unit.as_ref().map(|unit| unit.as_str());
    Departure { boots, change, words: in_words(change, unit, line.better), word: word(change, line.better) }
}

fn word(change: f64, better: Better) -> &'static str {
    match (better, change > 0.0) {
        (Better::Neither, _) => "changed",
        (Better::Higher, true) | (Better::Lower, false) => "better",
        _ => "worse",
    }
}
